//! All variables of a project, a row each: where they are set, what they are, who looks after them. No values.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Class, Entry, Env, Mode, Position, Project, Use};
use super::names::is_for_clients;
use crate::finding::{Fingerprint, Identity, Secret, Variable};

/// The columns of an inventory.
const COLUMNS: [Env; 6] =
    [Env::Production, Env::Staging, Env::Development, Env::Test, Env::Shared, Env::Example];

/// The rows of a project, by name.
#[must_use]
pub fn rows(project: &Project) -> Vec<Variable> {
    let mut by_key: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in project.entries.iter().filter(|entry| is_listed(entry)) {
        by_key.entry(entry.key.as_str()).or_default().push(entry);
    }
    let mut uses: BTreeMap<&str, Vec<&Use>> = BTreeMap::new();
    for used in project.uses.iter().filter(|used| by_key.contains_key(used.key.as_str())) {
        uses.entry(used.key.as_str()).or_default().push(used);
    }
    let mut lines = Lines { project, ends: BTreeMap::new() };
    let of = |(key, entries): (&str, Vec<&Entry>)| {
        let uses = uses.get(key).map_or(&[][..], Vec::as_slice);
        Variable {
            origins: entries.iter().map(|entry| lines.place(entry.file, entry.key_span.start)).collect(),
            references: uses.iter().map(|used| lines.place(used.file, used.span.start)).collect(),
            ..row(project, key, &entries)
        }
    };
    by_key.into_iter().map(of).collect()
}

/// Lines of files, counted once a file.
struct Lines<'p> {
    project: &'p Project,
    ends: BTreeMap<usize, Vec<usize>>,
}

impl Lines<'_> {
    /// `file:line` of a byte.
    fn place(&mut self, file: usize, at: usize) -> String {
        let text = &self.project.files[file].text;
        let ends = || text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        let ends = self.ends.entry(file).or_insert_with(ends);
        format!("{}:{}", self.project.files[file].shown, ends.partition_point(|&end| end < at) + 1)
    }
}

/// Variables of the environment; settings of frameworks have names of their own.
fn is_listed(entry: &Entry) -> bool {
    matches!(entry.position, Position::EnvFile | Position::Manifest | Position::Ci | Position::ImageEnv)
        && entry.key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// All of a row but its places.
fn row(project: &Project, key: &str, entries: &[&Entry]) -> Variable {
    let first = |read: fn(&Entry) -> &Option<String>| entries.iter().find_map(|entry| read(entry).clone());
    let cell = |env: &Env| {
        let own = entries.iter().filter(|entry| entry.env == *env);
        // Of several places the one that says most.
        let most = own.max_by_key(|entry| entry.class);
        (env.name(), most.map_or("missing".to_owned(), |entry| state(project, entry)))
    };
    let mode = entries.iter().find_map(|entry| match entry.mode {
        Mode::Live => Some("live"),
        Mode::Test => Some("test"),
        Mode::Unknown => None,
    });
    Variable {
        key: key.to_owned(),
        environments: COLUMNS.iter().map(cell).collect(),
        class: class_name(entries.iter().map(|entry| entry.class).max().unwrap_or(Class::Empty)),
        secret: entries.iter().any(|entry| entry.holds_secret()),
        mode,
        client_exposed: is_for_clients(key, &[]),
        same_as: same(entries),
        owner: first(|entry| &entry.notes.owner),
        rotated: first(|entry| &entry.notes.rotated),
        rotate_every: first(|entry| &entry.notes.rotate_every),
        origins: Vec::new(),
        references: Vec::new(),
    }
}

fn state(project: &Project, entry: &Entry) -> String {
    match entry.class {
        Class::Empty => "empty".into(),
        Class::Placeholder => "placeholder".into(),
        Class::Reference => "reference".into(),
        Class::Encrypted => "encrypted".into(),
        _ if entry.is_secret() => {
            let place: [&[u8]; 3] =
                [project.file_of(entry).path.as_bytes(), entry.key.as_bytes(), entry.env.name().as_bytes()];
            match project.key.identity(&Secret::new(entry.value.text().as_bytes()), &place) {
                print @ Identity::Value(_) => format!("fp:{}", print.short()),
                print @ Identity::Place(_) => print.short(),
            }
        }
        _ => "present".into(),
    }
}

/// Environments that hold one secret.
fn same(entries: &[&Entry]) -> Vec<Vec<&'static str>> {
    let mut groups: BTreeMap<Fingerprint, BTreeSet<&'static str>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_secret()) {
        groups.entry(entry.print).or_default().insert(entry.env.name());
    }
    let mut out: Vec<Vec<&'static str>> =
        groups.into_values().filter(|envs| envs.len() > 1).map(|envs| envs.into_iter().collect()).collect();
    out.sort();
    out
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Empty => "empty",
        Class::Encrypted => "encrypted",
        Class::Reference => "reference",
        Class::Placeholder => "placeholder",
        Class::Boolean => "boolean",
        Class::Number => "number",
        Class::Url => "url",
        Class::ProviderSecret => "provider secret",
        Class::ProviderPublic => "provider public",
        Class::SecretByName => "secret by name",
        Class::SecretByEntropy => "secret by entropy",
        Class::Public => "public config",
    }
}
