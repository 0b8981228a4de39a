//! One secret in two environments: as a whole, as a part of a connection string, or most of production's.

use std::collections::BTreeSet;
use std::ops::Range;

use hashbrown::HashMap;

use super::super::model::{Class, Entry, Env, Format, Mode, Project};
use super::super::random::looks_random;
use super::super::strength::weakness;
use super::{Level, Problem, Sink};
use crate::finding::Fingerprint;

/// Tokens of build tools are the same wherever something is built.
const BUILD_TOKENS: &[&str] = &[
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "PYPI_TOKEN",
    "CARGO_REGISTRY_TOKEN",
    "SONAR_TOKEN",
    "CODECOV_TOKEN",
];
const SHORTEST: usize = 8;
const SHORTEST_PIECE: usize = 16;

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let whole = whole_values(project, sink);
    fragments(project, sink, &whole);
    copied(project, sink);
    in_shared_files(project, sink);
}

/// Whether sharing this variable's value would matter.
fn counts(project: &Project, entry: &Entry) -> bool {
    let allowed =
        project.config.separation.allow_shared.iter().any(|key| *key == entry.key || *key == entry.name);
    entry.env.runs() && !allowed && entry.class != Class::ProviderPublic
}

fn is_strong(entry: &Entry) -> bool {
    entry.value.text().len() >= SHORTEST && entry.weak.is_none()
}

fn is_strong_part(entry: &Entry, value: &str) -> bool {
    value.len() >= SHORTEST && weakness(&entry.name, value).is_none()
}

fn several_environments(entries: &[&Entry]) -> bool {
    entries.iter().any(|entry| entry.env != entries[0].env)
}

/// Fingerprints of values that are reported as a whole.
fn whole_values(project: &Project, sink: &mut Sink) -> BTreeSet<Fingerprint> {
    let secrets = project.entries.iter().filter(|entry| entry.is_secret() && counts(project, entry));
    let mut found: Vec<(Fingerprint, &Entry)> =
        secrets.filter(|entry| is_strong(entry)).map(|entry| (entry.print, entry)).collect();
    let mut told = BTreeSet::new();
    for (print, entries) in groups(&mut found) {
        let only_tests = entries.iter().all(|entry| matches!(entry.env, Env::Development | Env::Test));
        if several_environments(&entries)
            && !(only_tests && entries.iter().all(|entry| entry.mode == Mode::Test))
        {
            report(project, sink, "shared-secret-across-environments", &entries, "The value of");
            told.insert(print);
        }
    }
    told
}

/// What has the same name twice or more, by name.
fn groups<T: Copy>(found: &mut [(Fingerprint, T)]) -> impl Iterator<Item = (Fingerprint, Vec<T>)> {
    found.sort_by_key(|(print, _)| *print);
    let several = found.chunk_by(|(a, _), (b, _)| a == b).filter(|group| group.len() > 1);
    several.map(|group| (group[0].0, group.iter().map(|(_, what)| *what).collect()))
}

fn report(project: &Project, sink: &mut Sink, check: &str, entries: &[&Entry], what: &str) {
    for entry in entries {
        let others: Vec<&&Entry> = entries.iter().filter(|other| other.env != entry.env).collect();
        let names: BTreeSet<&str> = others.iter().map(|other| other.env.name()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let files: BTreeSet<&str> =
            others.iter().map(|other| project.file_of(other).shown.as_str()).collect();
        let files: Vec<&str> = files.into_iter().collect();
        let message =
            format!("{what} {} is used in {} as well ({})", entry.key, names.join(" and "), files.join(", "));
        let related = entries
            .iter()
            .filter(|other| !std::ptr::eq(**other, *entry))
            .map(|other| (other.file, other.value_span.clone()));
        let mut problem = Problem::of(check, entry, message).related(related.collect());
        problem.own_level = level(project, entry, &others);
        sink.push(problem);
    }
}

/// What the configuration says of these pairs of environments, and what is known of build tokens.
fn level(project: &Project, entry: &Entry, others: &[&&Entry]) -> Option<Level> {
    if BUILD_TOKENS.contains(&entry.key.as_str()) {
        return Some(Level::Note);
    }
    let is_env = |name: &String, env: Env| {
        name == "*" || name == env.name() || super::super::names::env_of_word(name) == Some(env)
    };
    let listed = |pairs: &[[String; 2]]| {
        pairs.iter().any(|[a, b]| {
            others.iter().any(|other| {
                (is_env(a, entry.env) && is_env(b, other.env))
                    || (is_env(b, entry.env) && is_env(a, other.env))
            })
        })
    };
    let separation = &project.config.separation;
    match (listed(&separation.strict), listed(&separation.warn)) {
        (true, _) => Some(Level::Error),
        (false, true) => Some(Level::Warning),
        (false, false) => None,
    }
}

/// Passwords of URLs and connection strings, and long pieces of tokens, that stand elsewhere too.
fn fragments(project: &Project, sink: &mut Sink, whole: &BTreeSet<Fingerprint>) {
    let mut found: Vec<(Fingerprint, (&Entry, bool))> = Vec::new();
    for entry in project.entries.iter().filter(|entry| entry.holds_secret() && counts(project, entry)) {
        for part in entry.parts.iter().filter(|part| is_strong_part(entry, part.value.text())) {
            found.push((part.print, (entry, true)));
        }
        if entry.is_secret() && is_strong(entry) && !whole.contains(&entry.print) {
            found.push((entry.print, (entry, false)));
            for piece in pieces(entry.value.text()) {
                found.push((project.key.fingerprint(piece.as_bytes()), (entry, true)));
            }
        }
    }
    for (_, uses) in groups(&mut found).filter(|(_, uses)| uses.iter().any(|(_, part)| *part)) {
        let mut entries: Vec<&Entry> = uses.iter().map(|(entry, _)| *entry).collect();
        entries.dedup_by(|a, b| std::ptr::eq(*a, *b));
        if several_environments(&entries) {
            report(project, sink, "shared-secret-fragment", &entries, "A credential in");
        }
    }
}

/// Parts of a token that are long and random enough to be a credential of their own.
fn pieces(value: &str) -> impl Iterator<Item = &str> {
    let parts = value.split(|c: char| !(c.is_ascii_alphanumeric() || "+/_-".contains(c)));
    parts.filter(move |piece| {
        piece.len() >= SHORTEST_PIECE && piece.len() < value.len() && looks_random(piece)
    })
}

/// Most of production's secrets are another environment's.
fn copied(project: &Project, sink: &mut Sink) {
    let of = |env: Env| -> HashMap<Fingerprint, &Entry> {
        let own = project
            .entries
            .iter()
            .filter(|entry| entry.env == env && entry.is_secret() && counts(project, entry));
        let mut first = HashMap::new();
        for entry in own.filter(|entry| entry.value.text().len() >= SHORTEST) {
            first.entry(entry.print).or_insert(entry);
        }
        first
    };
    let production = of(Env::Production);
    for env in [Env::Staging, Env::Development, Env::Test] {
        let other = of(env);
        let mut shared: Vec<&&Entry> = production
            .iter()
            .filter(|&(print, _)| other.contains_key(print))
            .map(|(_, entry)| entry)
            .collect();
        if shared.len() < 4 || shared.len() * 4 < production.len() * 3 {
            continue;
        }
        shared.sort_by_key(|entry| (entry.file, entry.value_span.start));
        let message = format!(
            "{} of {} secrets of production equal those of {}",
            shared.len(),
            production.len(),
            env.name()
        );
        let related: Vec<(usize, Range<usize>)> =
            shared.iter().skip(1).map(|entry| (entry.file, entry.value_span.clone())).collect();
        sink.push(Problem::of("production-copied-from-nonproduction", shared[0], message).related(related));
        return;
    }
}

/// A secret in a file without a marker, while other files have one.
fn in_shared_files(project: &Project, sink: &mut Sink) {
    let has_environments = project.files_in(Format::Dotenv).any(|(_, file)| file.env.runs());
    for entry in project.env_file_entries().filter(|entry| has_environments && entry.env == Env::Shared) {
        if entry.holds_secret() && !project.file_of(entry).local {
            let message = format!("{} is in a file that every environment reads", entry.key);
            sink.push(Problem::of("shared-file-holds-secret", entry, message));
        }
    }
}
