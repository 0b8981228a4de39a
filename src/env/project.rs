//! Builds a [`Project`] from files: format and environment of each, the variables it sets, what programs read.

use std::ops::Range;

use rayon::prelude::*;

use super::bind::{self, Raw};
use super::bind_yaml::is_compose;
use super::class::{self, Known};
use super::config::Config;
use super::model::{Class, Entry, Env, File, Format, Mode, Part, Project, Use, Value};
use super::names::upper_snake;
use super::parse::dotenv::{self, Kind, Line};
use super::parse::source;
use super::strength::weakness;
use super::{discover, uses};
use crate::detect::Detector;
use crate::finding::FingerprintKey;

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
    uses: Vec<Use>,
    hidden: Vec<Range<usize>>,
    broken: Option<String>,
}

/// The project of these files, sorted by path, and the files that are broken.
#[must_use]
pub fn build(mut sources: Vec<Source>, detector: &Detector, facts: Facts) -> (Project, Vec<Broken>) {
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let has_production_compose = sources.iter().any(|source| {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        is_compose(name) && super::names::env_of_name(name) == Some(Env::Production)
    });
    let shares: Vec<Share> = sources
        .into_par_iter()
        .enumerate()
        .filter_map(|(index, source)| share(index, source, detector, &facts, has_production_compose))
        .collect();
    let mut project = Project {
        files: Vec::new(),
        entries: Vec::new(),
        uses: Vec::new(),
        hidden: Vec::new(),
        in_git: facts.in_git,
        config: facts.config,
        key: facts.key,
        today: facts.today,
        only_grammar: facts.only_grammar,
    };
    let mut broken = Vec::new();
    for (index, share) in shares.into_iter().enumerate() {
        broken.extend(share.broken.map(|why| Broken { path: share.file.shown.clone(), why }));
        project.files.push(share.file);
        project.entries.extend(share.entries.into_iter().map(|entry| Entry { file: index, ..entry }));
        project.uses.extend(share.uses.into_iter().map(|found| Use { file: index, ..found }));
        project.hidden.push(share.hidden);
    }
    (project, broken)
}

fn share(
    index: usize,
    source: Source,
    detector: &Detector,
    facts: &Facts,
    has_production_compose: bool,
) -> Option<Share> {
    let format = discover::format(&source.path)?;
    let place = discover::place(&source.path, format, &facts.config);
    let (text, broken) = text(source.bytes, format);
    let mut file = File {
        code: match format {
            Format::Code | Format::Hcl => {
                source::without_comments(&text, source.path.rsplit('.').next().unwrap_or_default())
            }
            Format::Server => source::without_comments(&text, "conf"),
            _ => String::new(),
        },
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
        && !has_production_compose
    {
        file.env = Env::Development;
        file.reason = "compose builds from this folder, and no compose file is for production".into();
    }
    if facts.only_grammar {
        return Some(Share { file, entries: Vec::new(), uses: Vec::new(), hidden: Vec::new(), broken });
    }
    let lines = if format == Format::Dotenv { dotenv::parse(&file.text) } else { Vec::new() };
    let (raws, error) = bind::variables(&file, &lines);
    let known = (!raws.is_empty()).then(|| Known::formats(detector, &file.text, &file.path));
    let entries: Vec<Entry> = match &known {
        Some(known) => {
            raws.into_iter().map(|raw| entry(index, raw, &file, known, (detector, facts))).collect()
        }
        None => Vec::new(),
    };
    let mut hidden: Vec<Range<usize>> =
        known.iter().flat_map(|known| known.spans().collect::<Vec<_>>()).collect();
    let is_hidden = |entry: &&Entry| {
        entry.holds_secret()
            || !matches!(
                entry.class,
                Class::Empty | Class::Boolean | Class::Number | Class::Reference | Class::Url | Class::Public
            )
    };
    hidden.extend(entries.iter().filter(is_hidden).map(|entry| entry.value_span.clone()));
    if file.format == Format::Dotenv {
        hidden.extend(remains(&file.text, &lines));
    }
    let uses = uses::find(index, &file);
    let is_template = file.path.contains("templates/") || file.path.contains("locales/");
    let broken = broken.or(error.filter(|_| file.format != Format::Yaml || !is_template));
    Some(Share { file, entries, uses, hidden, broken })
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

fn entry(
    index: usize,
    raw: Raw,
    file: &File,
    known: &Known<'_>,
    (detector, facts): (&Detector, &Facts),
) -> Entry {
    let name = upper_snake(if raw.path.is_empty() { &raw.key } else { &raw.path });
    let same = file.text.get(raw.span.clone()) == Some(raw.text.as_str());
    let judged = match same {
        true => class::judge(&name, &raw.text, &raw.span, known),
        // The bytes are an encoding of the value: look at the value itself.
        false => {
            let text = format!("{name}=\"{}\"", raw.text);
            let own = Known::formats(detector, &text, ".env");
            class::judge(&name, &raw.text, &(name.len() + 2..text.len() - 1), &own)
        }
    };
    let mode = match class::mode(&name, &raw.text) {
        Mode::Unknown => judged.mode,
        told => told,
    };
    let part = |text: String| Part { print: facts.key.fingerprint(text.as_bytes()), value: Value::new(text) };
    let mut notes = raw.notes;
    if let Some(config) = facts.config.key(&raw.key) {
        notes.owner = notes.owner.or_else(|| config.owner.clone());
        notes.rotated = notes.rotated.or_else(|| config.rotated.clone());
        notes.rotate_every = notes.rotate_every.or_else(|| config.rotate_every.clone());
        notes.injected |= config.injected;
    }
    let mut entry = Entry {
        file: index,
        print: facts.key.fingerprint(raw.text.trim().as_bytes()),
        name,
        key: raw.key,
        path: raw.path,
        value: Value::new(raw.text),
        key_span: raw.key_span,
        value_span: raw.span,
        env: raw.env,
        position: raw.position,
        class: judged.class,
        mode,
        notes,
        parts: judged.parts.into_iter().map(part).collect(),
        weak: None,
    };
    if entry.holds_secret() || entry.class == Class::SecretByName {
        entry.weak = weakness(&entry.name, entry.value.text());
    }
    entry
}
