//! Builds a [`Project`] from files: format and environment of each, the variables it sets, what programs read.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::bind::{self, Raw};
use super::bind_yaml::is_compose;
use super::called::{self, Names};
use super::checks::{self, Problem};
use super::class::{self, Known};
use super::config::Config;
use super::model::{
    Class, Entries, Entry, Env, File, Format, Hidden, Mode, Notes, Part, Project, Use, Value,
};
use super::parse::dotenv::{self, Kind, Line};
use super::parse::profile::Profile;
use super::parse::source;
use super::strength::weakness;
use super::{discover, uses};
use crate::detect::Detector;
use crate::finding::{Fingerprint, FingerprintKey};

/// A file as it was read.
#[derive(Debug)]
pub struct Source {
    /// Path below the project's folder.
    pub path: String,
    /// Its path as reports show it.
    pub shown: String,
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// Whether git tracks it.
    pub tracked: bool,
    /// Whether .gitignore leaves it out.
    pub ignored: bool,
    /// Whether others than its owner may read it.
    pub open: bool,
}

/// What a lint needs besides files.
#[derive(Debug)]
pub struct Facts {
    /// What ringfence.toml says.
    pub config: Config,
    /// Names values.
    pub key: FingerprintKey,
    /// The day of the run, in days since 1970.
    pub today: i64,
    /// Whether the folder is in a git repository.
    pub in_git: bool,
    /// Only the grammar of env files is looked at: what they set is not judged.
    pub only_grammar: bool,
}

/// A file that could not be read as what it is: path and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its path.
    pub path: String,
    /// What is wrong.
    pub why: String,
}

/// One file's share of a project.
struct Share {
    file: File,
    entries: Vec<Entry>,
    about_lines: Vec<Problem>,
    uses: Vec<Use>,
    hidden: Hidden,
    broken: Option<String>,
}

/// What the making of all shares needs.
struct Maker<'m> {
    detector: &'m Detector,
    facts: &'m Facts,
    profiles: Vec<Profile>,
    has_production_compose: bool,
}

/// The project of these files, sorted by path, and the files that are broken.
#[must_use]
pub fn build(mut sources: Vec<Source>, detector: &Detector, facts: Facts) -> (Project, Vec<Broken>) {
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources.retain(|source| discover::format(&source.path).is_some());
    let has_production_compose = sources.iter().any(|source| {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        is_compose(name) && super::names::env_of_name(name) == Some(Env::Production)
    });
    let profiles = checks::profiles(&facts.config);
    let maker = Maker { detector, facts: &facts, profiles, has_production_compose };
    let shares: Vec<Share> = sources
        .into_par_iter()
        .enumerate()
        .map_init(Names::default, |names, (index, source)| maker.share(index, source, names))
        .collect();
    let mut project = Project {
        files: Vec::with_capacity(shares.len()),
        entries: Entries(Vec::with_capacity(shares.len())),
        names: Vec::new(),
        about_lines: Vec::new(),
        uses: Vec::new(),
        programs: BTreeMap::new(),
        hidden: Vec::with_capacity(shares.len()),
        in_git: facts.in_git,
        config: facts.config,
        key: facts.key,
        today: facts.today,
        only_grammar: facts.only_grammar,
    };
    let mut broken = Vec::new();
    for share in shares {
        broken.extend(share.broken.map(|why| Broken { path: share.file.shown.clone(), why }));
        if share.file.is_searched() {
            let ending = share.file.ending().to_owned();
            project.programs.entry(ending).or_default().push(project.files.len());
        }
        project.files.push(share.file);
        project.entries.0.push(share.entries);
        project.about_lines.extend(share.about_lines);
        project.uses.extend(share.uses);
        project.hidden.push(share.hidden);
    }
    project.names = called::number(&mut project.entries);
    (project, broken)
}

impl Maker<'_> {
    fn share(&self, index: usize, source: Source, names: &mut Names) -> Share {
        let (mut file, broken) = self.file(source);
        let lines = if file.format == Format::Dotenv { dotenv::parse(&file.text) } else { Vec::new() };
        let about_lines = checks::of_lines(index, &file, &lines, &self.profiles);
        let mut share = Share {
            entries: Vec::new(),
            about_lines,
            uses: Vec::new(),
            hidden: Hidden::default(),
            broken,
            file,
        };
        if self.facts.only_grammar {
            return share;
        }
        file = share.file;
        let (raws, error) = bind::variables(&file, &lines);
        if !raws.is_empty() {
            let known = Known::formats(self.detector, &file.text, &file.path);
            share.entries.reserve_exact(raws.len());
            share.entries.extend(raws.into_iter().map(|raw| self.entry(index, raw, &file, (&known, names))));
            share.hidden = Hidden { spans: known.spans().collect(), is_local: known.is_local };
        }
        share
            .hidden
            .spans
            .extend(share.entries.iter().filter(is_hidden).map(|entry| entry.value_span.clone()));
        if file.format == Format::Dotenv {
            share.hidden.spans.extend(remains(&file.text, &lines));
        }
        share.uses = uses::find(index, &file);
        let is_template = file.path.contains("templates/") || file.path.contains("locales/");
        share.broken = share.broken.or(error.filter(|_| file.format != Format::Yaml || !is_template));
        Share { file, ..share }
    }

    fn file(&self, source: Source) -> (File, Option<String>) {
        let format = discover::format(&source.path).unwrap_or(Format::Opaque);
        let place = discover::place(&source.path, format, &self.facts.config);
        let (text, broken) = text(source.bytes, format);
        let code = match format {
            Format::Code | Format::Hcl => {
                source::without_comments(&text, source.path.rsplit('.').next().unwrap_or_default())
            }
            Format::Server => source::without_comments(&text, "conf"),
            _ => String::new(),
        };
        let mut file = File {
            may_read_env: uses::may_read(&code),
            code,
            path: source.path,
            shown: source.shown,
            text,
            format,
            env: place.env,
            reason: place.reason,
            local: place.local,
            tracked: source.tracked,
            ignored: source.ignored,
            open: source.open,
        };
        let builds_here = |text: &str| text.lines().any(|line| line.trim_start().starts_with("build:"));
        if file.env == Env::Shared
            && is_compose(file.name())
            && builds_here(&file.text)
            && !self.has_production_compose
        {
            file.env = Env::Development;
            file.reason = "compose builds from this folder, and no compose file is for production".into();
        }
        (file, broken)
    }

    fn entry(
        &self,
        index: usize,
        raw: Raw<'_>,
        file: &File,
        (known, names): (&Known<'_>, &mut Names),
    ) -> Entry {
        let facts = self.facts;
        let called = names.called(&raw.key, &raw.path);
        let same = file.text.get(raw.span.clone()) == Some(&*raw.text);
        let judged = match same {
            true => class::judge(&called, &raw.text, &raw.span, known),
            // The bytes are an encoding of the value: look at the value itself.
            false => {
                let text = format!("{}=\"{}\"", called.name, raw.text);
                let own = Known::formats(self.detector, &text, ".env");
                class::judge(&called, &raw.text, &(called.name.len() + 2..text.len() - 1), &own)
            }
        };
        let mode = match class::mode(&called.name, &raw.text) {
            Mode::Unknown => judged.mode,
            told => told,
        };
        let part =
            |text: String| Part { print: facts.key.fingerprint(text.as_bytes()), value: Value::new(text) };
        let notes = facts.config.key(&raw.key).into_iter().fold(raw.notes, |notes, config| Notes {
            owner: notes.owner.or_else(|| config.owner.clone()),
            rotated: notes.rotated.or_else(|| config.rotated.clone()),
            rotate_every: notes.rotate_every.or_else(|| config.rotate_every.clone()),
            injected: notes.injected || config.injected,
            ..notes
        });
        let mut entry = Entry {
            file: index,
            print: Fingerprint::default(),
            called,
            number: 0,
            value: Value::new(raw.text.into_owned()),
            key_span: raw.key_span,
            value_span: raw.span,
            env: raw.env,
            position: raw.position,
            class: judged.class,
            mode,
            notes: notes.into(),
            parts: judged.parts.into_iter().map(part).collect(),
            weak: None,
        };
        let holds_secret = entry.holds_secret();
        if holds_secret || entry.class == Class::Url {
            entry.print = facts.key.fingerprint(super::names::trim(entry.value.text()).as_bytes());
        }
        if holds_secret || entry.class == Class::SecretByName {
            entry.weak = weakness(&entry.name, entry.value.text());
        }
        entry
    }
}

/// Whether a value may be one that must not be shown.
fn is_hidden(entry: &&Entry) -> bool {
    entry.holds_secret()
        || !matches!(
            entry.class,
            Class::Empty | Class::Boolean | Class::Number | Class::Reference | Class::Url | Class::Public
        )
}

/// Lines of an env file that may be what is left of a value over several lines.
fn remains(text: &str, lines: &[Line]) -> Vec<Range<usize>> {
    let is_name =
        |line: &str| line.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let lines = lines.iter().filter_map(|line| match &line.kind {
        Kind::Bare if !is_name(text[line.span.clone()].trim()) => Some(line.span.clone()),
        Kind::Pair(pair) if pair.quote.is_some() && !pair.closed => Some(pair.raw.clone()),
        _ => None,
    });
    lines.collect()
}

/// The bytes as text; what is wrong where they are none.
fn text(bytes: Vec<u8>, format: Format) -> (String, Option<String>) {
    if format == Format::Opaque {
        return (String::from_utf8_lossy(&bytes).into_owned(), None);
    }
    let has_nul = memchr::memchr(0, &bytes).is_some();
    match String::from_utf8(bytes) {
        Ok(text) if has_nul => (text.replace('\0', "\u{1a}"), Some("it holds NUL bytes".into())),
        Ok(text) => (text, None),
        Err(error) => {
            let why = matches!(format, Format::Dotenv | Format::Yaml | Format::Toml | Format::Json)
                .then(|| "it is not UTF-8".to_owned());
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), why)
        }
    }
}
