//! Lints a project: lists its files, reads those that say something about environments, and runs the checks.

use std::path::Path;

use super::Run;
use crate::detect::Detector;
use crate::env::{self, Config, Facts, Project, Source, discover};
use crate::finding::{Coverage, FingerprintKey, GapReason, Scanned};
use crate::source::{Listed, Listing};

/// Seconds of a day.
const DAY: i64 = 86_400;

impl Run<'_> {
    /// Lints the project below `root`; its findings join those of scans. Returns the project, for an inventory.
    pub fn lint(&mut self, root: &Path, config: Config) -> Project {
        let facts = Facts {
            config,
            key: self.settings.key.clone(),
            today: self.settings.today.div_euclid(DAY),
            in_git: false,
        };
        let no_ignore = self.settings.worktree.no_ignore;
        let project = read(root, facts, no_ignore, (&self.detector, &mut self.coverage));
        let linted = env::lint(&project, &self.detector);
        self.linted.extend(linted.findings);
        for (why, count) in linted.hidden {
            *self.lint_hidden.entry(why).or_default() += count;
        }
        project
    }
}

/// Reads the project below `root` without checking it, and what of it could not be read.
#[must_use]
pub fn read_project(root: &Path, config: Config, key: FingerprintKey) -> (Project, Coverage) {
    let detector = Detector::new(crate::detect::builtin());
    let mut coverage = Coverage::default();
    let facts = Facts { config, key, today: 0, in_git: false };
    (read(root, facts, false, (&detector, &mut coverage)), coverage)
}

fn read(
    root: &Path,
    facts: Facts,
    no_ignore: bool,
    (detector, coverage): (&Detector, &mut Coverage),
) -> Project {
    let listing = Listing::of(root, coverage);
    let wanted = listing.files.iter().filter(|file| is_wanted(file, no_ignore));
    let mut sources = Vec::new();
    for file in wanted {
        match source(root, file) {
            Ok(source) => {
                let bytes = source.bytes.len() as u64;
                coverage.scanned = add(coverage.scanned, bytes);
                sources.push(source);
            }
            Err(error) => coverage.gap(GapReason::Unreadable, file.path.clone(), error.to_string()),
        }
    }
    let facts = Facts { in_git: listing.in_git, ..facts };
    let (project, broken) = env::build(sources, detector, facts);
    for file in broken {
        coverage.gap(GapReason::Unparsable, file.path, file.why);
    }
    project
}

fn add(scanned: Scanned, bytes: u64) -> Scanned {
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

fn source(root: &Path, file: &Listed) -> std::io::Result<Source> {
    let bytes = std::fs::read(&file.full)?;
    let shown = match root.as_os_str().as_encoded_bytes() {
        b"." | b"./" => file.path.clone(),
        _ if root.is_file() => root.to_string_lossy().into_owned(),
        _ => format!("{}/{}", root.to_string_lossy().trim_end_matches('/'), file.path),
    };
    Ok(Source {
        path: file.path.clone(),
        shown,
        bytes,
        tracked: file.tracked,
        ignored: file.ignored,
        open: is_open(&file.full),
    })
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}
