//! Variables that are missing, misspelt or not looked after.

use std::collections::{BTreeMap, BTreeSet};

use super::super::config::{day, days};
use super::super::model::{Class, Entry, Env, Format, Position, Project};
use super::{Level, Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    missing(project, sink);
    missing_in_example(project, sink);
    near_misses(project, sink);
    types(project, sink);
    owners(project, sink);
}

/// Env files of one folder and environment: what they set together.
type Sets<'p> = BTreeMap<(&'p str, Env), BTreeMap<&'p str, &'p Entry>>;

fn sets(project: &Project) -> Sets<'_> {
    let mut out: Sets<'_> = BTreeMap::new();
    for entry in project.env_file_entries() {
        let file = project.file_of(entry);
        let is_own = file.local && entry.env == Env::Shared;
        if !is_own && !super::super::discover::is_copy(file.name()) {
            out.entry((file.folder(), entry.env)).or_default().entry(entry.key.as_str()).or_insert(entry);
        }
    }
    out
}

/// Variables that only developers' machines and tests have.
fn is_development_only(key: &str) -> bool {
    key.split('_').any(|word| matches!(word, "DEV" | "DEBUG" | "TEST" | "LOCAL"))
        || ["WDS_", "CHOKIDAR_", "VITEST_", "JEST_", "PLAYWRIGHT_", "CYPRESS_", "STORYBOOK_"]
            .iter()
            .any(|prefix| key.starts_with(prefix))
}

fn missing(project: &Project, sink: &mut Sink) {
    let sets = sets(project);
    let folders: BTreeSet<&str> = sets.keys().map(|(folder, _)| *folder).collect();
    for folder in folders {
        let of = |env: Env| sets.get(&(folder, env));
        let Some(production) = of(Env::Production) else { continue };
        let shared = of(Env::Shared);
        let mut others: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for env in [Env::Staging, Env::Development, Env::Test] {
            for (key, entry) in of(env).into_iter().flatten() {
                others.entry(key).or_default().push(entry);
            }
        }
        let manifest: BTreeSet<&str> = project
            .entries
            .iter()
            .filter(|entry| entry.env == Env::Production && entry.position != Position::EnvFile)
            .map(|entry| entry.key.as_str())
            .collect();
        for (key, entries) in others {
            let in_staging =
                entries.iter().any(|entry| entry.env == Env::Staging && entry.class != Class::Empty);
            let with_value = entries.iter().filter(|entry| entry.class != Class::Empty).count();
            let is_set = production.contains_key(key)
                || shared.is_some_and(|shared| shared.contains_key(key))
                || manifest.contains(key);
            let optional = entries.iter().any(|entry| entry.notes.optional)
                || has_default(project, key)
                || is_development_only(key)
                || near_miss(production.keys(), key);
            if !is_set && !optional && (in_staging || with_value >= 2) {
                report_missing(project, sink, (folder, key), &entries);
            }
        }
    }
    required(project, sink, &sets);
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
            let has = own.iter().any(|(_, keys)| keys.contains_key(key.as_str()));
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
    for (index, file) in project.files_in(Format::Dotenv).filter(|(_, file)| file.env == Env::Example) {
        let listed: BTreeSet<&str> = project.entries_of(index).map(|entry| entry.key.as_str()).collect();
        let beside = project.env_file_entries().filter(|entry| {
            let other = project.file_of(entry);
            other.folder() == file.folder()
                && other.env != Env::Example
                && !super::super::discover::is_copy(other.name())
                && !entry.notes.optional
        });
        let missing: BTreeSet<&str> =
            beside.map(|entry| entry.key.as_str()).filter(|key| !listed.contains(key)).collect();
        if missing.is_empty() || listed.is_empty() && file.text.trim().is_empty() {
            continue;
        }
        let end = file.text.find('\n').unwrap_or(file.text.len());
        let names: Vec<&str> = missing.into_iter().take(20).collect();
        let message = format!("The example lacks {}", names.join(", "));
        let problem = Problem::at("key-missing-in-example", index, 0..end, Env::Shared, message);
        sink.push(Problem { key: names.join(","), ..problem });
    }
}

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

fn near_miss<'k>(keys: impl Iterator<Item = &'k &'k str>, key: &str) -> bool {
    keys.copied().any(|other| is_near(other, key))
}

fn near_misses(project: &Project, sink: &mut Sink) {
    let sets = sets(project);
    let mut told = BTreeSet::new();
    for ((folder, env), keys) in &sets {
        for ((other_folder, other_env), others) in &sets {
            if folder != other_folder || !env.runs() || !other_env.runs() || env >= other_env {
                continue;
            }
            for (key, entry) in keys.iter().filter(|(key, _)| !others.contains_key(*key)) {
                for (other_key, other) in
                    others.iter().filter(|(other, _)| !keys.contains_key(*other) && is_near(key, other))
                {
                    if told.insert((*key, *other_key)) {
                        let message = format!("{key} here is {other_key} in {}", other.env.name());
                        let problem = Problem::at(
                            "key-name-near-miss",
                            entry.file,
                            entry.key_span.clone(),
                            entry.env,
                            message,
                        );
                        sink.push(
                            Problem { key: (*key).to_owned(), ..problem }
                                .related(vec![(other.file, other.key_span.clone())]),
                        );
                    }
                }
            }
        }
    }
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
    let mut by_key: BTreeMap<(&str, &str), Vec<(&Entry, &'static str)>> = BTreeMap::new();
    for entry in project.env_file_entries().filter(|entry| entry.env.runs() && !entry.holds_secret()) {
        if let Some(kind) = kind(entry) {
            by_key
                .entry((project.file_of(entry).folder(), entry.key.as_str()))
                .or_default()
                .push((entry, kind));
        }
    }
    for mut entries in by_key.into_values() {
        // What differs is told of production, where it is there.
        entries.sort_by_key(|(entry, _)| entry.env == Env::Production);
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
        if !says_something
            || !entry.holds_secret()
            || entry.env == Env::Example
            || !told.insert(entry.key.as_str())
        {
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
