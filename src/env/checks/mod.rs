//! The checks: a table of what each is about, and the functions that look for it.
//!
//! Each file holds one idea. A check that needs what other parts of ringfence find (values in bundles, in
//! history) is named where that is known: in `run`.

mod bundler;
mod catalog;
mod ci;
mod client;
mod code;
mod cookies;
mod cors;
mod crossref;
mod dns;
mod envname;
mod fallback;
mod files;
mod grammar;
mod hosts;
mod image;
mod inlined;
mod inventory;
mod keymode;
mod logs;
mod manifest;
mod maps;
mod redirects;
mod references;
mod resource;
mod shadow;
mod shared;
mod strength;
mod switches;
mod transport;
mod unfinished;

use std::ops::Range;

use rayon::prelude::*;

pub(super) use grammar::{of_lines, profiles};

use super::model::{Entry, Env, Project, Value};
use crate::finding::{RuleMeta, Severity};

/// How bad a check's finding is in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Right practice there: not reported.
    Off,
    /// Worth knowing.
    Note,
    /// To be mended.
    Warning,
    /// To be mended before a launch.
    Error,
}

/// One check.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// What reports say about it.
    pub meta: RuleMeta,
    /// Production, staging, development, test, and files without a marker.
    pub levels: [Level; 5],
}

impl Check {
    /// How bad it is in this environment.
    #[must_use]
    pub fn level(&self, env: Env) -> Level {
        match env {
            Env::Production => self.levels[0],
            Env::Staging => self.levels[1],
            Env::Development => self.levels[2],
            Env::Test => self.levels[3],
            Env::Shared | Env::Unknown => self.levels[4],
            Env::Example => Level::Off,
        }
    }
}

/// All checks.
pub fn all() -> impl Iterator<Item = &'static Check> {
    catalog::ALL.iter().flat_map(|part| part.iter())
}

/// The check with this id.
///
/// # Panics
/// When the catalog lacks it.
#[must_use]
pub fn check(id: &str) -> &'static Check {
    all().find(|check| check.meta.id == id).unwrap_or_else(|| panic!("{id} is in the catalog"))
}

/// Something that is wrong at one place.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The check.
    pub check: &'static Check,
    /// Index of the file.
    pub file: usize,
    /// Where.
    pub span: Range<usize>,
    /// The environment it concerns.
    pub env: Env,
    /// How bad, where it is not as the table says.
    pub own_level: Option<Level>,
    /// What is wrong, in one sentence without any value.
    pub message: String,
    /// The variable.
    pub key: String,
    /// The secret it is about; it names the finding, and is masked.
    pub secret: Option<Value>,
    /// The other sides.
    pub related: Vec<(usize, Range<usize>)>,
}

impl Problem {
    /// A problem at some bytes of a file.
    pub(super) fn at(
        id: &str,
        file: usize,
        span: Range<usize>,
        env: Env,
        message: impl Into<String>,
    ) -> Self {
        Self {
            check: check(id),
            file,
            span,
            env,
            own_level: None,
            message: message.into(),
            key: String::new(),
            secret: None,
            related: Vec::new(),
        }
    }

    /// A problem with a variable: at its value, or at its key where it has none.
    pub(super) fn of(id: &str, entry: &Entry, message: impl Into<String>) -> Self {
        let span =
            if entry.value_span.is_empty() { entry.key_span.clone() } else { entry.value_span.clone() };
        let secret = entry.holds_secret().then(|| entry.value.clone());
        Self { key: entry.key.clone(), secret, ..Self::at(id, entry.file, span, entry.env, message) }
    }

    /// As bad as this, whatever the table says.
    pub(super) fn level(self, level: Level) -> Self {
        Self { own_level: Some(level), ..self }
    }

    /// With its other sides.
    pub(super) fn related(self, related: Vec<(usize, Range<usize>)>) -> Self {
        Self { related, ..self }
    }

    fn effective(&self) -> Level {
        self.own_level.unwrap_or_else(|| self.check.level(self.env))
    }

    /// How bad it is, as findings have it.
    #[must_use]
    pub fn severity(&self) -> Severity {
        let bracket = self.check.meta.lint.and_then(|lint| lint.security_severity);
        match self.effective() {
            Level::Error if bracket.is_some_and(|bracket| bracket.starts_with('9')) => Severity::Critical,
            Level::Error => Severity::High,
            Level::Warning => Severity::Medium,
            Level::Note | Level::Off => Severity::Info,
        }
    }
}

/// A secret of an old commit that is in use here.
#[must_use]
pub fn leaked(file: usize, span: Range<usize>, env: Env, message: String) -> Problem {
    Problem::at("leaked-secret-unrotated", file, span, env, message)
}

/// A secret of an env file that stands here.
#[must_use]
pub fn in_bundle(file: usize, span: Range<usize>, env: Env, message: impl Into<String>) -> Problem {
    Problem::at("env-value-in-bundle", file, span, env, message)
}

/// Collects problems; what is right practice in its environment is dropped.
#[derive(Debug, Default)]
pub(super) struct Sink {
    problems: Vec<Problem>,
}

impl Sink {
    pub(super) fn push(&mut self, problem: Problem) {
        if problem.effective() != Level::Off {
            self.problems.push(problem);
        }
    }

    /// Whether this check has found something at these bytes.
    pub(super) fn has(&self, id: &str, file: usize, span: &Range<usize>) -> bool {
        let same = |problem: &&Problem| problem.check.meta.id == id && problem.file == file;
        self.problems
            .iter()
            .filter(same)
            .any(|problem| problem.span.start < span.end && span.start < problem.span.end)
    }
}

/// A function that looks for what some checks are about.
type Look = fn(&Project, &mut Sink);

/// Each for itself, in any order.
const LOOKS: &[Look] = &[
    grammar::look,
    shared::look,
    keymode::look,
    hosts::look,
    resource::look,
    envname::look,
    crossref::look,
    ci::look,
    shadow::look,
    switches::look,
    unfinished::look,
    strength::look,
    fallback::look,
    transport::look,
    client::look,
    bundler::look,
    maps::look,
    inlined::look,
    inventory::look,
    references::look,
    files::look,
    image::look,
    logs::look,
    cors::look,
    cookies::look,
    dns::look,
    redirects::look,
];

/// Those that look at what others have found.
const LATER: &[Look] = &[manifest::look];

/// Those about env files as such.
const GRAMMAR: &[Look] = &[grammar::look];

/// Runs every check, or those of the grammar.
pub(super) fn run(project: &Project) -> Vec<Problem> {
    let (looks, later) = if project.only_grammar { (GRAMMAR, &[][..]) } else { (LOOKS, LATER) };
    let found = |look: &Look| {
        let mut sink = Sink::default();
        look(project, &mut sink);
        sink.problems
    };
    // A look takes long or hardly anything: one at a time for whoever is free.
    let found: Vec<Vec<Problem>> = looks.par_iter().with_max_len(1).map(found).collect();
    let mut sink = Sink { problems: found.concat() };
    later.iter().for_each(|look| look(project, &mut sink));
    sink.problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_an_id_of_its_own_and_says_what_it_is_about() {
        let mut ids: Vec<&str> = all().map(|check| check.meta.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for check in all() {
            let lint = check.meta.lint.expect("checks are of the lint");
            for text in [check.meta.title, check.meta.risk, lint.phrase, lint.bad, lint.good] {
                assert!(!text.is_empty(), "{}", check.meta.id);
            }
            let worst = check.levels.iter().max().expect("there are five");
            assert_ne!(*worst, Level::Off, "{}", check.meta.id);
        }
    }
}
