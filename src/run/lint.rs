//! Lints a project: lists its files, reads those that say something about environments, and runs the checks.

use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Run;
use super::trace::Leaks;
use crate::detect::Detector;
use crate::env::{self, Config, Facts, Project, Source, discover};
use crate::finding::{Coverage, FingerprintKey, GapReason, HiddenReason, Scanned};
use crate::source::{Listed, Listing};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;
/// Files are held as a whole while they are linted.
const LONGEST: u64 = 128 << 20;

/// A project and the files round it.
#[derive(Debug)]
pub struct Whole {
    /// What the lint knows of it.
    pub project: Project,
    /// Files in which its values may turn up: all but those that .gitignore leaves out, and of these what a
    /// build puts out and logs.
    pub places: Vec<PathBuf>,
    /// The same, of the ignored ones only.
    pub ignored_places: Vec<PathBuf>,
}

impl Run<'_> {
    /// Reads the project below `root`.
    pub fn read_project(&mut self, root: &Path, config: Config) -> Whole {
        self.read(root, config, false)
    }

    /// Reads the env files below `root`, for their grammar alone.
    pub fn read_env_files(&mut self, root: &Path, config: Config) -> Project {
        self.read(root, config, true).project
    }

    fn read(&mut self, root: &Path, config: Config, only_grammar: bool) -> Whole {
        let facts = Facts {
            config,
            key: self.settings.key.clone(),
            today: self.settings.today.div_euclid(DAY),
            in_git: false,
            only_grammar,
        };
        self.is_about(root);
        let mut coverage = Coverage::default();
        let whole = read(root, facts, self.settings.worktree.no_ignore, (&self.detector, &mut coverage));
        self.lint_scanned = std::mem::take(&mut coverage.scanned);
        self.coverage.join(coverage);
        whole
    }

    /// Lints a project, with what was found of the values that are followed; its findings join those of scans.
    pub fn lint(&mut self, project: &Project) {
        let leaks = self.tracing.as_ref().map(|tracing| Leaks::of(tracing, &tracing.found(), project));
        let leaks = leaks.unwrap_or_default();
        self.inventory = env::inventory::rows(project);
        let linted = env::lint(project, &self.detector, leaks.problems);
        self.linted.extend(linted.findings);
        for (why, count) in linted.hidden {
            *self.lint_hidden.entry(why).or_default() += count;
        }
        for finding in leaks.findings {
            let path = finding.places[0].provenance.path().to_string();
            if env::leaves_out(project, finding.rule.id, &path) {
                *self.lint_hidden.entry(HiddenReason::Ignored).or_default() += 1;
            } else {
                self.linted.push(finding);
            }
        }
    }
}

/// Reads the project below `root` without checking it, and what of it could not be read.
#[must_use]
pub fn read_project(root: &Path, config: Config, key: FingerprintKey) -> (Project, Coverage) {
    let detector = Detector::new(crate::detect::builtin());
    let mut coverage = Coverage::default();
    let facts = Facts { config, key, today: 0, in_git: false, only_grammar: false };
    (read(root, facts, false, (&detector, &mut coverage)).project, coverage)
}

fn read(
    root: &Path,
    facts: Facts,
    no_ignore: bool,
    (detector, coverage): (&Detector, &mut Coverage),
) -> Whole {
    let listing = Listing::of(root, coverage);
    let wanted = listing.files.iter().filter(|file| match facts.only_grammar {
        true => discover::format(&file.path) == Some(env::model::Format::Dotenv),
        false => is_wanted(file, no_ignore),
    });
    let wanted: Vec<&Listed> = wanted.collect();
    let ignored_root = listing.ignored_root;
    let read: Vec<_> = wanted
        .par_iter()
        .map(|file| {
            let source = source(root, file)?;
            Ok(Source { ignored: source.ignored || (ignored_root && !source.tracked), ..source })
        })
        .collect();
    let mut sources = Vec::new();
    for (file, source) in wanted.into_iter().zip(read) {
        match source {
            Ok(source) => {
                let bytes = source.bytes.len() as u64;
                coverage.scanned = add(coverage.scanned, bytes);
                sources.push(source);
            }
            Err(error) => {
                let error: std::io::Error = error;
                coverage.gap(GapReason::Unreadable, file.path.clone(), error.to_string());
            }
        }
    }
    let facts = Facts { in_git: listing.in_git, ..facts };
    let (project, broken) = env::build(sources, detector, facts);
    for file in broken {
        coverage.gap(GapReason::Unparsable, file.path, file.why);
    }
    let ships =
        |file: &&Listed| file.ignored && (discover::is_output(&file.path) || discover::is_log(&file.path));
    let ignored_places: Vec<PathBuf> =
        listing.files.iter().filter(ships).map(|file| file.full.clone()).collect();
    let open = listing.files.iter().filter(|file| !file.ignored || no_ignore);
    let places = open.map(|file| file.full.clone()).chain(ignored_places.iter().cloned()).collect();
    Whole { project, places, ignored_places }
}

pub(super) fn add(scanned: Scanned, bytes: u64) -> Scanned {
    Scanned { files: scanned.files + 1, file_bytes: scanned.file_bytes + bytes, ..scanned }
}

/// Ignored files count where they are the place for secrets, or where a build puts what it ships.
fn is_wanted(file: &Listed, no_ignore: bool) -> bool {
    use env::model::Format;
    match discover::format(&file.path) {
        None => false,
        Some(Format::Dotenv | Format::Opaque | Format::Bundle) => true,
        Some(_) => !file.ignored || no_ignore,
    }
}

/// How reports show a path below the root.
pub(super) fn shown(root: &Path, path: &str) -> String {
    match root.as_os_str().as_encoded_bytes() {
        b"." | b"./" => path.to_owned(),
        _ if root.is_file() => root.to_string_lossy().into_owned(),
        _ => format!("{}/{path}", root.to_string_lossy().trim_end_matches('/')),
    }
}

pub(super) fn source(root: &Path, file: &Listed) -> std::io::Result<Source> {
    let opened = std::fs::File::open(&file.full)?;
    let meta = opened.metadata()?;
    if !meta.is_file() {
        return Err(std::io::Error::other("it is no file any more"));
    }
    if meta.len() > LONGEST {
        return Err(std::io::Error::other("of more than 128 MiB: too long to be linted"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).map_or(0, |len| len + 1));
    opened.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(Source {
        path: file.path.clone(),
        shown: shown(root, &file.path),
        bytes,
        tracked: file.tracked,
        ignored: file.ignored,
        open: is_open(&meta),
    })
}

/// Whether others than its owner may read the file.
#[cfg(unix)]
pub(super) fn is_open(meta: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
pub(super) fn is_open(_: &Metadata) -> bool {
    false
}
