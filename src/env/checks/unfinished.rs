//! Values that are not there yet: placeholders, empty secrets, references to nothing.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::super::bind_yaml::is_compose;
use super::super::model::{Class, Entry, Env, Format, Mode, Position, Project};
use super::super::names::re;
use super::{Level, Problem, Sink};

static NAMED: LazyLock<Regex> =
    LazyLock::new(|| re(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-?+=])?|(?:^|[^\\$])\$([A-Z_][A-Z0-9_]*)"));

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let templates = templates(project);
    for entry in project.entries.iter().filter(|entry| entry.env.runs()) {
        placeholder(project, sink, entry);
        if !templates.contains(&entry.file) {
            empty(sink, entry);
        }
    }
    references(project, sink);
}

fn placeholder(project: &Project, sink: &mut Sink, entry: &Entry) {
    let required = || {
        entry.notes.required || project.config.key(&entry.key).is_some_and(|key| !key.required_in.is_empty())
    };
    if entry.class == Class::Placeholder && entry.mode == Mode::Unknown && (entry.is_secret || required()) {
        let message = format!("{} still holds a placeholder", entry.key);
        sink.push(Problem::of("placeholder-in-production", entry, message));
    }
}

/// Files of which every value is empty: they show what there is to fill in.
fn templates(project: &Project) -> BTreeSet<usize> {
    let mut filled = vec![false; project.files.len()];
    project
        .entries
        .iter()
        .filter(|entry| entry.class != Class::Empty)
        .for_each(|entry| filled[entry.file] = true);
    (0..project.files.len()).filter(|file| !filled[*file]).collect()
}

fn empty(sink: &mut Sink, entry: &Entry) {
    let optional = entry.notes.injected || entry.notes.optional;
    if entry.class == Class::Empty
        && entry.is_secret
        && !optional
        && entry.position != Position::BuildArg
        && entry.position != Position::Ci
    {
        sink.push(Problem::of("empty-secret-in-production", entry, format!("{} is empty", entry.key)));
    }
}

fn references(project: &Project, sink: &mut Sink) {
    let defined: HashSet<&str> = project.names.iter().map(|name| name.key.as_str()).collect();
    let refers = |entry: &&Entry| memchr::memchr2(b'$', b'{', entry.value.text().as_bytes()).is_some();
    for entry in project.entries.iter().filter(refers) {
        let is_env_file = entry.position == Position::EnvFile && entry.env != Env::Example;
        let file = project.file_of(entry);
        let in_compose = file.format == Format::Yaml && is_compose(file.name());
        if !(is_env_file || in_compose) || file.text[..entry.value_span.start].ends_with('\'') {
            continue;
        }
        let text = entry.value.text();
        let is_set = |name: &str| {
            defined.contains(name) && name != entry.key || is_ambient(name) || name == entry.key && in_compose
        };
        let missing = NAMED.captures_iter(text).find_map(|found| {
            let name = found.get(1).or(found.get(3))?.as_str();
            (found.get(2).is_none()
                && !is_set(name)
                && (found.get(1).is_some() || entry.class == Class::Reference))
                .then(|| name.to_owned())
        });
        if let Some(name) = missing {
            let problem = Problem::of(
                "unresolved-reference",
                entry,
                format!("{} refers to {name}, which nothing sets", entry.key),
            );
            sink.push(if in_compose { problem.level(Level::Note) } else { problem });
        } else if is_env_file && text.contains("{{") && text.contains("}}") {
            let message = format!("{} holds a template that nobody has filled in", entry.key);
            sink.push(Problem::of("unresolved-reference", entry, message));
        }
    }
}

/// Variables that every shell or host sets.
fn is_ambient(name: &str) -> bool {
    matches!(
        name,
        "HOME" | "PATH" | "USER" | "PWD" | "HOSTNAME" | "SHELL" | "LANG" | "TMPDIR" | "UID" | "GID" | "PORT"
    ) || ["GITHUB_", "CI_", "VERCEL_", "RAILWAY_", "RENDER_", "HEROKU_", "FLY_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}
