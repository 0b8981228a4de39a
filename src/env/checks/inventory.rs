//! Variables that are missing, misspelt or not looked after.

use std::collections::{BTreeMap, BTreeSet};

use super::super::config::{day, days};
use super::super::model::{Class, Entry, Env, Format, Position, Project};
use super::{Level, Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let sets = sets(project);
    missing(project, sink, &sets);
    missing_in_example(project, sink);
    near_misses(sink, &sets);
    types(project, sink);
    owners(project, sink);
}

/// Env files of one folder and environment: what they set together, sorted by key.
type Sets<'p> = BTreeMap<(&'p str, Env), Vec<&'p Entry>>;

fn sets(project: &Project) -> Sets<'_> {
    let mut out: Sets<'_> = BTreeMap::new();
    for (index, file) in project.files_in(Format::Dotenv) {
        if (file.local && file.env == Env::Shared) || super::super::discover::is_copy(file.name()) {
            continue;
        }
        let own = project.entries_of(index).filter(|entry| entry.position == Position::EnvFile);
        out.entry((file.folder(), file.env)).or_default().extend(own);
    }
    for set in out.values_mut() {
        // The first of equal keys is the one that counts.
        set.sort_by_key(|entry| entry.number);
        set.dedup_by_key(|entry| entry.number);
    }
    out.retain(|_, set| !set.is_empty());
    out
}

/// Whether a set has this variable.
fn has(set: &[&Entry], entry: &Entry) -> bool {
    set.binary_search_by_key(&entry.number, |own| own.number).is_ok()
}

/// Variables that only developers' machines and tests have.
fn is_development_only(key: &str) -> bool {
    key.split('_').any(|word| matches!(word, "DEV" | "DEBUG" | "TEST" | "LOCAL"))
        || ["WDS_", "CHOKIDAR_", "VITEST_", "JEST_", "PLAYWRIGHT_", "CYPRESS_", "STORYBOOK_"]
            .iter()
            .any(|prefix| key.starts_with(prefix))
}

fn missing(project: &Project, sink: &mut Sink, sets: &Sets<'_>) {
    let folders: BTreeSet<&str> = sets.keys().map(|(folder, _)| *folder).collect();
    let manifest: BTreeSet<&str> = project
        .entries
        .iter()
        .filter(|entry| entry.env == Env::Production && entry.position != Position::EnvFile)
        .map(|entry| entry.key.as_str())
        .collect();
    for folder in folders {
        let of = |env: Env| sets.get(&(folder, env));
        let Some(production) = of(Env::Production) else { continue };
        let shared = of(Env::Shared);
        let others = [Env::Staging, Env::Development, Env::Test].into_iter().filter_map(of);
        let mut others: Vec<&Entry> =
            others.flatten().copied().filter(|entry| !has(production, entry)).collect();
        others.sort_by_key(|entry| entry.number);
        for entries in others.chunk_by(|a, b| a.number == b.number) {
            let key = entries[0].key.as_str();
            let in_staging =
                entries.iter().any(|entry| entry.env == Env::Staging && entry.class != Class::Empty);
            let with_value = entries.iter().filter(|entry| entry.class != Class::Empty).count();
            let is_set = shared.is_some_and(|shared| has(shared, entries[0])) || manifest.contains(key);
            let is_optional = || {
                entries.iter().any(|entry| entry.notes.optional)
                    || has_default(project, key)
                    || is_development_only(key)
                    || production.iter().any(|own| is_near(&own.key, key))
            };
            if !is_set && (in_staging || with_value >= 2) && !is_optional() {
                report_missing(project, sink, (folder, key), entries);
            }
        }
    }
    required(project, sink, sets);
}

/// The finding stands at the first line of production's file.
fn report_missing(project: &Project, sink: &mut Sink, (folder, key): (&str, &str), entries: &[&Entry]) {
    let file = project.files.iter().position(|file| {
        file.format == Format::Dotenv && file.env == Env::Production && file.folder() == folder
    });
    let Some(file) = file else { return };
    let end = project.files[file].text.find('\n').unwrap_or(project.files[file].text.len());
    let required = project.config.key(key).is_some_and(|config| {
        config.required_in.iter().any(|env| super::super::names::env_of_word(env) == Some(Env::Production))
    });
    let message = format!("{key} is set in {} and missing in production", entries[0].env.name());
    let related = entries.iter().map(|entry| (entry.file, entry.key_span.clone())).collect();
    let problem =
        Problem::at("key-missing-in-environment", file, 0..end, Env::Production, message).related(related);
    let problem = Problem { key: key.to_owned(), ..problem };
    sink.push(if required { problem.level(Level::Error) } else { problem });
}

/// Variables that ringfence.toml requires.
fn required(project: &Project, sink: &mut Sink, sets: &Sets<'_>) {
    for (key, config) in &project.config.keys {
        for env in config.required_in.iter().filter_map(|name| super::super::names::env_of_word(name)) {
            let own: Vec<_> = sets.iter().filter(|((_, of), _)| *of == env).collect();
            let has = own.iter().any(|(_, set)| set.iter().any(|entry| entry.key == *key));
            let Some(file) =
                project.files.iter().position(|file| file.format == Format::Dotenv && file.env == env)
            else {
                continue;
            };
            let already = sink.problems.iter().any(|problem| {
                problem.key == *key
                    && problem.check.meta.id == "key-missing-in-environment"
                    && problem.env == env
            });
            if !has && !already && !config.injected {
                let end = project.files[file].text.find('\n').unwrap_or(project.files[file].text.len());
                let message = format!("{key} is required in {} and missing", env.name());
                let problem =
                    Problem::at("key-missing-in-environment", file, 0..end, env, message).level(Level::Error);
                sink.push(Problem { key: key.clone(), ..problem });
            }
        }
    }
}

fn has_default(project: &Project, key: &str) -> bool {
    let mut uses = project.uses.iter().filter(|used| used.key == key).peekable();
    uses.peek().is_some() && uses.all(|used| used.has_default)
}

fn missing_in_example(project: &Project, sink: &mut Sink) {
    let examples = project.files_in(Format::Dotenv).filter(|(_, file)| file.env == Env::Example);
    let folders: BTreeSet<&str> = examples.map(|(_, file)| file.folder()).collect();
    let mut beside: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in project.env_file_entries().filter(|_| !folders.is_empty()) {
        let file = project.file_of(entry);
        let counts = folders.contains(file.folder())
            && file.env != Env::Example
            && !super::super::discover::is_copy(file.name())
            && !entry.notes.optional;
        if counts {
            beside.entry(file.folder()).or_default().insert(entry.key.as_str());
        }
    }
    for (index, file) in project.files_in(Format::Dotenv).filter(|(_, file)| file.env == Env::Example) {
        let listed: BTreeSet<&str> = project.entries_of(index).map(|entry| entry.key.as_str()).collect();
        let beside = beside.get(file.folder()).into_iter().flatten().copied();
        let names: Vec<&str> = beside.filter(|key| !listed.contains(key)).take(NAMED).collect();
        if names.is_empty() || listed.is_empty() && file.text.trim().is_empty() {
            continue;
        }
        let end = file.text.find('\n').unwrap_or(file.text.len());
        let message = format!("The example lacks {}", names.join(", "));
        let problem = Problem::at("key-missing-in-example", index, 0..end, Env::Shared, message);
        sink.push(Problem { key: names.join(","), ..problem });
    }
}

/// Variables that one message names.
const NAMED: usize = 20;
const SHORTEST_NEAR: usize = 8;

/// The name with doubled letters written once: people double the wrong one.
fn squeezed(text: &str) -> String {
    let mut out: Vec<char> = text.chars().collect();
    out.dedup();
    out.into_iter().collect()
}

/// One edit, a moved `_`, a doubled letter or a plural apart; names that differ in digits only are meant to differ.
fn is_near(a: &str, b: &str) -> bool {
    if a == b || a.len() < SHORTEST_NEAR || b.len() < SHORTEST_NEAR {
        return false;
    }
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let plain = |text: &str| text.replace('_', "");
    letters(a) != letters(b)
        && (plain(a) == plain(b) || squeezed(a) == squeezed(b) || strsim::damerau_levenshtein(a, b) == 1)
        || letters(a) == letters(b) && plain(a) == plain(b) && a != b
}

fn near_misses(sink: &mut Sink, sets: &Sets<'_>) {
    let mut told = BTreeSet::new();
    for ((folder, env), set) in sets.iter().filter(|((_, env), _)| env.runs()) {
        let later = sets.range((*folder, *env)..).skip(1).take_while(|((other, _), _)| other == folder);
        for (_, others) in later.filter(|((_, env), _)| env.runs()) {
            let unmatched: Vec<&Entry> = others.iter().copied().filter(|other| !has(set, other)).collect();
            for entry in set.iter().filter(|entry| !unmatched.is_empty() && !has(others, entry)) {
                for other in unmatched.iter().filter(|other| is_near(&entry.key, &other.key)) {
                    if told.insert((entry.number, other.number)) {
                        sink.push(near_problem(entry, other));
                    }
                }
            }
        }
    }
}

fn near_problem(entry: &Entry, other: &Entry) -> Problem {
    let message = format!("{} here is {} in {}", entry.key, other.key, other.env.name());
    let problem = Problem::at("key-name-near-miss", entry.file, entry.key_span.clone(), entry.env, message);
    Problem { key: entry.key.clone(), ..problem }.related(vec![(other.file, other.key_span.clone())])
}

/// What kind of thing a value is, as code would read it.
fn kind(entry: &Entry) -> Option<&'static str> {
    Some(match entry.class {
        Class::Boolean => "a switch",
        Class::Number if matches!(entry.value.text().trim(), "0" | "1") => return None,
        Class::Number => "a number",
        Class::Url => "a URL",
        Class::Empty | Class::Reference | Class::Encrypted | Class::Placeholder => return None,
        _ => "text",
    })
}

fn types(project: &Project, sink: &mut Sink) {
    let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, file) in project.files_in(Format::Dotenv) {
        folders.entry(file.folder()).or_default().push(index);
    }
    for files in folders.into_values().filter(|files| files.len() > 1) {
        let entries = files.into_iter().flat_map(|index| project.entries_of(index));
        let mut kinds: Vec<(&Entry, &'static str)> = entries
            .filter(|entry| entry.env.runs() && !entry.holds_secret())
            .filter_map(|entry| Some((entry, kind(entry)?)))
            .collect();
        // What differs is told of production, where it is there.
        kinds.sort_by_key(|(entry, _)| (entry.number, entry.env == Env::Production));
        kinds.chunk_by(|(a, _), (b, _)| a.number == b.number).for_each(|entries| type_of(sink, entries));
    }
}

/// Tells if values of one variable are of two kinds.
fn type_of(sink: &mut Sink, entries: &[(&Entry, &'static str)]) {
    let (first, kind) = entries[0];
    let plain = |kind: &str| kind == "a URL" || kind == "text";
    if let Some((other, other_kind)) =
        entries.iter().find(|(_, other)| *other != kind && !(plain(kind) && plain(other)))
    {
        let message = format!("{} is {other_kind} here and {kind} in {}", other.key, first.env.name());
        sink.push(
            Problem::of("type-differs-across-environments", other, message)
                .related(vec![(first.file, first.value_span.clone())]),
        );
    }
}

fn owners(project: &Project, sink: &mut Sink) {
    let config = &project.config.inventory;
    let says_something = config.require_owner
        || config.require_rotation
        || project.entries.iter().any(|entry| entry.notes.owner.is_some() || entry.notes.rotated.is_some());
    let mut told = BTreeSet::new();
    let owned: BTreeSet<&str> = project
        .entries
        .iter()
        .filter(|entry| entry.notes.owner.is_some())
        .map(|entry| entry.key.as_str())
        .collect();
    let dated: BTreeSet<&str> = project
        .entries
        .iter()
        .filter(|entry| entry.notes.rotated.is_some())
        .map(|entry| entry.key.as_str())
        .collect();
    for entry in project.env_file_entries() {
        overdue(project, sink, entry);
        let counts = says_something && entry.holds_secret() && entry.env != Env::Example;
        if !counts || !told.insert(entry.key.as_str()) {
            continue;
        }
        let required =
            |yes: bool, problem: Problem| if yes { problem.level(Level::Warning) } else { problem };
        if !owned.contains(entry.key.as_str()) {
            let problem = Problem::of(
                "secret-without-owner",
                entry,
                format!("Nobody is named who looks after {}", entry.key),
            );
            sink.push(required(config.require_owner, problem));
        }
        if !dated.contains(entry.key.as_str()) {
            let problem = Problem::of(
                "secret-without-rotation-note",
                entry,
                format!("Nothing tells when {} was last rotated", entry.key),
            );
            sink.push(required(config.require_rotation, problem));
        }
    }
}

fn overdue(project: &Project, sink: &mut Sink, entry: &Entry) {
    let notes = &entry.notes;
    if let Some(end) = notes.expires.as_deref().and_then(day).filter(|end| *end < project.today) {
        let message = format!("{} expired {} days ago", entry.key, project.today - end);
        sink.push(Problem::of("rotation-overdue", entry, message));
        return;
    }
    let every = notes.rotate_every.as_deref().or(project.config.inventory.max_age.as_deref()).and_then(days);
    if let (Some(rotated), Some(every)) = (notes.rotated.as_deref().and_then(day), every) {
        let late = project.today - rotated - every;
        if late > 0 {
            sink.push(Problem::of(
                "rotation-overdue",
                entry,
                format!("{} was to be rotated {late} days ago", entry.key),
            ));
        }
    }
}
