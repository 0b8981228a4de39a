//! What images carry: env files, secrets as build arguments, secrets in their environment.

use std::sync::LazyLock;

use regex::Regex;

use super::super::bind_yaml;
use super::super::model::{Class, Entry, Env, File, Format, Position, Project};
use super::super::names::{means_secret, re};
use super::super::parse::dockerfile::{self, Instruction};
use super::super::parse::yaml;
use super::code::scripts;
use super::{Level, Problem, Sink};

static BUILD_ARG: LazyLock<Regex> = LazyLock::new(|| re(r#"--build-arg[ =]["']?([A-Za-z_][A-Za-z0-9_]*)"#));

static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| re(r"(?m)^[ \t]*([A-Za-z_][A-Za-z0-9_]*)="));

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files_in(Format::Dockerfile) {
        copied(project, sink, index, file);
    }
    for entry in &project.entries {
        arguments(project, sink, entry);
    }
    handed_to_actions(project, sink);
    for script in scripts(project) {
        let text = &project.files[script.file].text[script.span.clone()];
        for name in BUILD_ARG.captures_iter(text).filter_map(|found| found.get(1)) {
            if means_secret(&name.as_str().to_ascii_uppercase()) {
                let span = script.span.start + name.start()..script.span.start + name.end();
                let message = format!("{} is handed over as a build argument", name.as_str());
                let problem = Problem::at("secret-in-build-arg", script.file, span, script.env, message)
                    .level(Level::Warning);
                sink.push(Problem { key: name.as_str().to_owned(), ..problem });
            }
        }
    }
}

/// Lines of `build-args` that a job hands to an action which builds an image.
fn handed_to_actions(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files_in(Format::Yaml) {
        if !bind_yaml::is_ci(&file.path) || !file.text.contains("build-args") {
            continue;
        }
        let (leaves, _) = yaml::parse(&file.text);
        for leaf in leaves.iter().filter(|leaf| leaf.key() == "build-args" && leaf.is_below("with")) {
            let text = &file.text[leaf.span.clone()];
            for name in ASSIGNED.captures_iter(text).filter_map(|found| found.get(1)) {
                if means_secret(&name.as_str().to_ascii_uppercase()) {
                    let span = leaf.span.start + name.start()..leaf.span.start + name.end();
                    let message = format!("{} is handed over as a build argument", name.as_str());
                    let env = bind_yaml::job_env(file, &leaves, leaf);
                    let problem =
                        Problem::at("secret-in-build-arg", index, span, env, message).level(Level::Warning);
                    sink.push(Problem { key: name.as_str().to_owned(), ..problem });
                }
            }
        }
    }
}

fn arguments(project: &Project, sink: &mut Sink, entry: &Entry) {
    match entry.position {
        Position::BuildArg if means_secret(&entry.name) || entry.holds_secret() => {
            let message = format!("{} is a build argument: the image's history shows it", entry.key);
            sink.push(Problem::of("secret-in-build-arg", entry, message));
        }
        Position::ImageEnv if entry.holds_secret() && entry.class > Class::Placeholder => {
            let is_local = entry.class == Class::Url
                && super::super::url::hosts(&entry.name, entry.value.text())
                    .iter()
                    .all(|host| super::super::url::is_loopback(host));
            if !is_local || project.file_of(entry).env == Env::Production {
                let message = format!("{} is part of the image", entry.key);
                sink.push(Problem::of("secret-in-image-env", entry, message));
            }
        }
        _ => {}
    }
}

/// `COPY .env…`, and `COPY . …` where .dockerignore does not keep env files out.
fn copied(project: &Project, sink: &mut Sink, index: usize, file: &File) {
    let instructions = dockerfile::parse(&file.text);
    let shipped = dockerfile::final_stages(&file.text, &instructions);
    for instruction in
        instructions.iter().filter(|instruction| matches!(instruction.word.as_str(), "COPY" | "ADD"))
    {
        let Some(source) =
            sources(&file.text, instruction).into_iter().find(|source| takes_env_file(project, file, source))
        else {
            continue;
        };
        let message = format!("`{} {source}` takes an env file into the image", instruction.word);
        let problem = Problem::at("env-file-in-image", index, instruction.span.clone(), file.env, message);
        let in_final = shipped.contains(&instruction.stage);
        sink.push(if in_final { problem } else { problem.level(Level::Warning) });
    }
}

/// What the instruction copies from the build's folder; nothing if it copies from another stage.
fn sources<'t>(text: &'t str, instruction: &Instruction) -> Vec<&'t str> {
    let arguments = &text[instruction.arguments.clone()];
    if arguments.contains("--from=") {
        return Vec::new();
    }
    let words =
        arguments.split(|c: char| c.is_whitespace() || "[],\"\\".contains(c)).filter(|word| !word.is_empty());
    let mut words: Vec<&str> = words.filter(|word| !word.starts_with("--")).collect();
    words.pop();
    words
}

fn takes_env_file(project: &Project, dockerfile: &File, source: &str) -> bool {
    let source = source.trim_start_matches("./").trim_end_matches('/');
    let name = source.rsplit('/').next().unwrap_or(source);
    let is_env = |name: &str| {
        (name == ".env" || name.starts_with(".env.") || name.starts_with(".env*"))
            && super::super::names::env_of_name(name) != Some(Env::Example)
    };
    if is_env(name) {
        return true;
    }
    let is_whole = matches!(source, "" | "." | "*");
    let context = dockerfile.folder();
    let excluded = ignore_rules(project, dockerfile);
    project.files_in(Format::Dotenv).any(|(_, file)| {
        let Some(below) = file.path.strip_prefix(context) else { return false };
        let taken = is_whole || below.strip_prefix(source).is_some_and(|rest| rest.starts_with('/'));
        taken && file.env != Env::Example && !is_ignored(&excluded, below)
    })
}

/// The lines of .dockerignore that count for this Dockerfile.
fn ignore_rules<'p>(project: &'p Project, dockerfile: &File) -> Vec<&'p str> {
    let own = format!("{}.dockerignore", dockerfile.path);
    let common = format!("{}.dockerignore", dockerfile.folder());
    let file = project.file_at(&own).or_else(|| project.file_at(&common));
    let lines = file.map(|file| file.text.lines()).into_iter().flatten();
    lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// Docker's patterns: from the context's root, folders take their content along, the last match decides.
fn is_ignored(rules: &[&str], path: &str) -> bool {
    let mut ignored = false;
    for rule in rules {
        let (negated, pattern) = match rule.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, *rule),
        };
        let pattern = pattern.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        let matches = (1..=parts.len()).any(|n| glob_from_root(pattern, &parts[..n].join("/")));
        if matches {
            ignored = !negated;
        }
    }
    ignored
}

fn glob_from_root(pattern: &str, path: &str) -> bool {
    // The slash makes the pattern one of the whole path.
    super::super::config::glob(&format!("./{pattern}"), path)
        && (pattern.contains('/') || !path.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockers_patterns_begin_at_the_root_and_the_last_one_decides() {
        let cases: &[(&[&str], &str, bool)] = &[
            (&[".env*"], ".env.production", true),
            (&[".env*"], "app/.env", false),
            (&["**/.env*"], "app/.env", true),
            (&["**/.env*"], ".env", true),
            (&["*", "!.env"], ".env", false),
            (&["config"], "config/.env", true),
            (&[], ".env", false),
        ];
        for (rules, path, want) in cases {
            assert_eq!(is_ignored(rules, path), *want, "{rules:?} {path}");
        }
    }
}
