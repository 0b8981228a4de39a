//! Jobs that deploy one environment with another one's secrets; secrets in CI configuration; no scan in CI.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::super::bind_yaml::{is_ci, job_env};
use super::super::model::{Class, Env, Format, Position, Project};
use super::super::names::{env_of_word, re};
use super::super::parse::yaml;
use super::super::url;
use super::{Level, Problem, Sink};

static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    re(r"(?:secrets|vars)\.([A-Za-z_][A-Za-z0-9_]*)|\$\{?([A-Z][A-Z0-9_]{3,})|\$\(([A-Z][A-Z0-9_]{3,})\)")
});
static TARGET: LazyLock<Regex> = LazyLock::new(|| {
    re(r"(?:--env|--stage|--environment|--target-env|--namespace|-n|-e)[ =]([A-Za-z][\w-]*)")
});

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let files: Vec<(usize, &super::super::model::File)> =
        project.files_in(Format::Yaml).filter(|(_, file)| is_ci(&file.path)).collect();
    for (index, file) in &files {
        let (leaves, _) = yaml::parse(&file.text);
        let mut served: BTreeMap<&str, Vec<(Env, std::ops::Range<usize>)>> = BTreeMap::new();
        let has_environment = leaves.iter().any(|leaf| leaf.path.iter().any(|part| part == "environment"));
        for leaf in &leaves {
            let env = job_env(file, &leaves, leaf);
            let text = &file.text[leaf.span.clone()];
            for found in VARIABLE.captures_iter(text) {
                let Some(name) = found.get(1).or(found.get(2)).or(found.get(3)) else { continue };
                let span = leaf.span.start + name.start()..leaf.span.start + name.end();
                match other_environment(env, name.as_str()) {
                    Some(other) => {
                        let message = format!(
                            "A job of {} uses {}, which is for {}",
                            env.name(),
                            name.as_str(),
                            other.name()
                        );
                        sink.push(Problem::at("ci-environment-mismatch", *index, span, env, message));
                    }
                    None if found.get(1).is_some() && env.runs() => {
                        served.entry(name.as_str()).or_default().push((env, span))
                    }
                    None => {}
                }
            }
            for found in TARGET.captures_iter(text) {
                let Some(name) = found.get(1) else { continue };
                if let Some(other) = other_environment(env, name.as_str()) {
                    let span = leaf.span.start + name.start()..leaf.span.start + name.end();
                    let message = format!("A job of {} deploys to {}", env.name(), other.name());
                    sink.push(Problem::at("ci-environment-mismatch", *index, span, env, message));
                }
            }
        }
        if !has_environment {
            serves_both(sink, *index, served);
        }
    }
    literals(project, sink);
    no_scan(sink, &files);
}

/// The environment that a whole word of the name means, if the job is for another.
fn other_environment(env: Env, name: &str) -> Option<Env> {
    let named =
        name.split(['_', '-']).find_map(env_of_word).filter(|other| other.runs() && *other != Env::Test)?;
    (env.runs() && env != Env::Test && named != env).then_some(named)
}

/// One secret for a job of staging and one of production, where no `environment:` tells them apart.
fn serves_both(sink: &mut Sink, file: usize, served: BTreeMap<&str, Vec<(Env, std::ops::Range<usize>)>>) {
    for (name, places) in served {
        let is_for = |env: Env| places.iter().find(|(own, _)| *own == env);
        if let (Some((_, span)), Some(_)) = (is_for(Env::Production), is_for(Env::Staging)) {
            let message = format!("Jobs of staging and production use one {name}");
            sink.push(
                Problem::at("ci-environment-mismatch", file, span.clone(), Env::Production, message)
                    .level(Level::Note),
            );
        }
    }
}

/// Values of secrets that stand in CI configuration.
fn literals(project: &Project, sink: &mut Sink) {
    for entry in
        project.entries.iter().filter(|entry| matches!(entry.position, Position::Ci | Position::CiService))
    {
        let is_literal = entry.holds_secret() && entry.class > Class::Placeholder;
        let is_service = entry.position == Position::CiService
            || (entry.value.text().len() < 12
                && super::super::strength::is_product_default(&entry.name, entry.value.text()));
        let is_local = entry.class == Class::Url && url::is_local(&entry.name, entry.value.text());
        if is_literal && !is_service && !is_local {
            let message = format!("{} stands in CI configuration", entry.key);
            sink.push(Problem::of("secret-in-ci-config", entry, message));
        }
    }
}

/// Words by which a step that looks for secrets is known.
const SCANNERS: &[&str] = &[
    "ringfence",
    "gitleaks",
    "trufflehog",
    "detect-secrets",
    "ggshield",
    "secretlint",
    "kingfisher",
    "betterleaks",
    "secret_detection",
    "secret-detection",
    "talisman",
];

fn no_scan(sink: &mut Sink, files: &[(usize, &super::super::model::File)]) {
    let has = files
        .iter()
        .any(|(_, file)| SCANNERS.iter().any(|name| file.text.to_ascii_lowercase().contains(name)));
    if let Some((index, file)) = files.first().filter(|_| !has) {
        let end = file.text.find('\n').unwrap_or(file.text.len());
        let message = "No step of CI looks for secrets in what a change brings in";
        sink.push(Problem::at("no-secret-scan-in-ci", *index, 0..end, Env::Shared, message));
    }
}
