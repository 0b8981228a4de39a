//! YAML by what it configures: compose, Kubernetes, CI, frameworks, platforms.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use regex::Regex;

use super::bind::{Raw, is_about_settings};
use super::model::{Env, File, Position};
use super::names::{env_of_name, env_of_word, re};
use super::parse::tree::Leaf;

/// Whether the file configures CI.
pub(super) fn is_ci(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.contains(".github/workflows/")
        || path.contains(".github/actions/")
        || path.contains(".circleci/")
        || name.starts_with(".gitlab-ci")
        || name.starts_with("bitbucket-pipelines")
        || name.starts_with("azure-pipelines")
        || name == "Jenkinsfile"
}

/// Whether the file is Docker Compose's.
pub(super) fn is_compose(name: &str) -> bool {
    name.starts_with("docker-compose") || name.starts_with("compose.") || name.starts_with("compose-")
}

/// The variables that these leaves set.
pub(super) fn variables(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let name = file.name();
    let path = file.path.as_str();
    match () {
        () if is_ci(path) => ci(file, leaves),
        () if is_compose(name) => compose(file, leaves),
        () if name.starts_with("kustomization") => kustomize(file, leaves),
        () if leaves.iter().any(|leaf| leaf.is_at(&["apiVersion"])) => kubernetes(file, leaves),
        () if name.starts_with("values") || path.contains("/values/") => {
            nested(leaves, file.env, Position::Manifest)
        }
        () if name.starts_with("application") || name.starts_with("bootstrap") => spring(file, leaves),
        () if matches!(name, "database.yml" | "secrets.yml" | "cable.yml" | "mongoid.yml") => {
            by_top_key(leaves, file.env)
        }
        () if name.starts_with("serverless") => serverless(file, leaves),
        () if name == "render.yaml" => named_values(leaves, file.env, Position::Manifest),
        () if name.starts_with("app.y") => parent_is(leaves, "env_variables", file.env),
        () if path.contains("config/packages/") => nested(leaves, file.env, Position::Settings),
        () if path.contains(".ebextensions/") => nested(leaves, file.env, Position::Manifest),
        () if leaves.iter().any(|leaf| leaf.begins(&["Resources", "*", "Type"])) => {
            cloudformation(leaves, file.env)
        }
        () if is_about_settings(file) && !file.path.contains("zones/") => {
            let own = leaves.iter().filter(|leaf| !leaf.begins(&["sops"]));
            own.map(|leaf| Raw::nested(leaf, file.env, Position::Other)).collect()
        }
        () => Vec::new(),
    }
}

fn nested(leaves: &[Leaf], env: Env, position: Position) -> Vec<Raw<'static>> {
    leaves.iter().map(|leaf| Raw::nested(leaf, env, position)).collect()
}

fn parent(leaf: &Leaf) -> &str {
    leaf.path.len().checked_sub(2).map_or("", |at| &leaf.path[at])
}

fn parent_is(leaves: &[Leaf], name: &str, env: Env) -> Vec<Raw<'static>> {
    let below = leaves.iter().filter(|leaf| parent(leaf) == name);
    below.map(|leaf| Raw::new(leaf, leaf.key(), env, Position::Manifest)).collect()
}

/// `- name: KEY, value: text` and `- key: KEY, value: text`.
pub(super) fn named_values(leaves: &[Leaf], env: Env, position: Position) -> Vec<Raw<'static>> {
    let value = leaves.iter().filter(|leaf| matches!(leaf.key(), "value" | "Value"));
    let name_of = |leaf: &Leaf| {
        let base = &leaf.path[..leaf.path.len() - 1];
        let same = |other: &&Leaf| {
            other.document == leaf.document
                && other.path.len() == leaf.path.len()
                && other.path.starts_with(base)
        };
        let is_name = |other: &&Leaf| matches!(other.key(), "name" | "key" | "Name" | "Key");
        leaves.iter().filter(same).find(is_name).map(|other| other.text.clone())
    };
    value
        .filter(|leaf| leaf.path.len() > 2)
        .filter_map(|leaf| Some(Raw::new(leaf, &name_of(leaf)?, env, position)))
        .filter(|raw| !raw.key.contains([' ', '/']))
        .collect()
}

/// Variables of jobs, in the environment that the job deploys to.
fn ci(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let holders = ["env", "variables", "environment", "with"];
    let mut out = Vec::new();
    for leaf in leaves {
        let by_value =
            leaf.key() == "value" && leaf.path.len() > 2 && leaf.path[leaf.path.len() - 3] == "variables";
        let direct = leaf.path.len() > 1
            && holders.contains(&parent(leaf))
            && !matches!(leaf.key(), "name" | "url" | "action" | "on_stop" | "deployment_tier");
        let env = job_env(file, leaves, leaf);
        let position = position(leaf);
        // A list's items are named by what stands beside the value.
        if by_value && !is_number(parent(leaf)) {
            out.push(Raw::new(leaf, parent(leaf), env, position));
        } else if direct && !is_number(leaf.key()) {
            out.push(Raw::new(leaf, leaf.key(), env, position));
        } else if direct {
            out.extend(Raw::item(leaf, env, position));
        }
    }
    out.extend(named_values(leaves, file.env, Position::Ci));
    for leaf in leaves.iter().filter(|leaf| is_script(leaf)) {
        out.extend(exports(file, leaf, job_env(file, leaves, leaf)));
    }
    out
}

/// Whether a job runs what stands here.
pub(super) fn is_script(leaf: &Leaf) -> bool {
    let holders = ["run", "script", "before_script", "after_script", "command", "bash", "powershell", "pwsh"];
    leaf.path.iter().rev().take(2).any(|part| holders.contains(&part.as_str()))
}

/// `export KEY=literal` of a script.
fn exports(file: &File, leaf: &Leaf, env: Env) -> Vec<Raw<'static>> {
    static EXPORT: LazyLock<Regex> = LazyLock::new(|| {
        re(
            r#"\bexport[ \t]+([A-Z][A-Z0-9_]*)=(?:"([^"$`\n]+)"|'([^'\n]+)'|([^\s"'$`;&|<>()]+))(?:[\s;&"']|$)"#,
        )
    });
    let Some(text) = file.text.get(leaf.span.clone()) else { return Vec::new() };
    let raw = |found: regex::Captures<'_>| {
        let (key, value) = (found.get(1)?, found.get(2).or(found.get(3)).or(found.get(4))?);
        let moved = |range: Range<usize>| leaf.span.start + range.start..leaf.span.start + range.end;
        Some(Raw {
            text: value.as_str().to_owned().into(),
            key_span: moved(key.range()),
            span: moved(value.range()),
            ..Raw::new(leaf, key.as_str(), env, position(leaf))
        })
    };
    EXPORT.captures_iter(text).filter_map(raw).collect()
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn position(leaf: &Leaf) -> Position {
    let second_image =
        leaf.path.windows(2).any(|pair| pair[0] == "docker" && is_number(&pair[1]) && pair[1] != "0");
    match leaf.is_below("services") || second_image {
        true => Position::CiService,
        false => Position::Ci,
    }
}

/// The environment that the leaf's job names; by `environment:`, else by the job's or the file's name.
pub(super) fn job_env(file: &File, leaves: &[Leaf], leaf: &Leaf) -> Env {
    let prefix: &[String] = match leaf.path.first().map(String::as_str) {
        Some("jobs") if leaf.path.len() > 1 => &leaf.path[..2],
        Some(_) if leaf.path.len() > 1 => &leaf.path[..1],
        _ => return file.env,
    };
    let declared = leaves.iter().find(|other| {
        let rest = other.path.strip_prefix(prefix);
        rest.is_some_and(|rest| {
            rest == ["environment"] || rest == ["environment", "name"] || rest == ["deployment"]
        })
    });
    let job = prefix.last().map_or("", String::as_str);
    let by_job = || env_of_name(job).filter(|env| env.runs() && (prefix.len() == 2 || !is_keyword(job)));
    match declared.and_then(|declared| env_of_name(&declared.text)) {
        Some(env) => env,
        None => by_job().unwrap_or(file.env),
    }
}

fn is_keyword(job: &str) -> bool {
    matches!(job, "variables" | "env" | "stages" | "default" | "include" | "workflow" | "image" | "services")
}

fn compose(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let mut out = Vec::new();
    for leaf in leaves.iter().filter(|leaf| {
        leaf.begins(&["services", "*"]) || leaf.begins(&["x-*"]) || leaf.path[0].starts_with("x-")
    }) {
        let holder = parent(leaf);
        let position =
            if leaf.path.iter().any(|part| part == "args") { Position::BuildArg } else { Position::Manifest };
        if !matches!(holder, "environment" | "args") {
            continue;
        }
        match is_number(leaf.key()) {
            true => out.extend(Raw::item(leaf, file.env, position)),
            false => out.push(Raw::new(leaf, leaf.key(), file.env, position)),
        }
    }
    out
}

fn kustomize(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let literals = leaves.iter().filter(|leaf| parent(leaf) == "literals");
    literals.filter_map(|leaf| Raw::item(leaf, file.env, Position::Manifest)).collect()
}

fn kubernetes(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let mut out = Vec::new();
    let documents = leaves.iter().map(|leaf| leaf.document).max().unwrap_or(0);
    for document in 0..=documents {
        let own: Vec<Leaf> = leaves.iter().filter(|leaf| leaf.document == document).cloned().collect();
        let at = |path: &[&str]| own.iter().find(|leaf| leaf.is_at(path)).map(|leaf| leaf.text.as_str());
        let kind = at(&["kind"]).unwrap_or_default();
        let named = || {
            at(&["metadata", "namespace"])
                .and_then(env_of_name)
                .or_else(|| at(&["metadata", "name"]).and_then(env_of_name))
        };
        let env = if file.env == Env::Shared { named().unwrap_or(file.env) } else { file.env };
        if matches!(kind, "SealedSecret" | "ExternalSecret" | "ClusterExternalSecret" | "SecretStore")
            || own.iter().any(|leaf| leaf.begins(&["sops"])) && kind != "Secret"
        {
            continue;
        }
        for leaf in own.iter().filter(|leaf| leaf.path.len() == 2) {
            match leaf.path[0].as_str() {
                "data" if kind == "Secret" => {
                    out.push(decoded(Raw::new(leaf, leaf.key(), env, Position::Manifest)))
                }
                "data" | "stringData" => out.push(Raw::new(leaf, leaf.key(), env, Position::Manifest)),
                _ => {}
            }
        }
        out.extend(named_values(&own, env, Position::Manifest));
    }
    out
}

fn decoded(raw: Raw<'static>) -> Raw<'static> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(raw.text.trim());
    match bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => Raw { text: text.trim_end_matches('\n').to_owned().into(), ..raw },
        None => raw,
    }
}

/// Each document may be for a profile of its own.
fn spring(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let profile = |document: usize| {
        let names = ["spring.config.activate.on-profile", "spring.profiles"];
        let leaf = leaves
            .iter()
            .find(|leaf| leaf.document == document && names.contains(&leaf.path.join(".").as_str()));
        leaf.and_then(|leaf| env_of_name(&leaf.text))
    };
    let is_profile = |leaf: &&Leaf| !leaf.path.join(".").ends_with("on-profile");
    leaves
        .iter()
        .filter(is_profile)
        .map(|leaf| Raw::nested(leaf, profile(leaf.document).unwrap_or(file.env), Position::Settings))
        .collect()
}

/// CloudFormation and SAM: the environment of functions and containers.
fn cloudformation(leaves: &[Leaf], env: Env) -> Vec<Raw<'static>> {
    let mut out = parent_is(leaves, "Variables", env);
    out.extend(named_values(leaves, env, Position::Manifest));
    out
}

/// Rails: the top key is the environment.
fn by_top_key(leaves: &[Leaf], default: Env) -> Vec<Raw<'static>> {
    leaves
        .iter()
        .map(|leaf| {
            let env = env_of_word(&leaf.path[0]).unwrap_or(default);
            let raw = Raw::nested(leaf, env, Position::Settings);
            let path = raw.path.split_once('.').map_or(raw.path.clone(), |(_, rest)| rest.to_owned().into());
            Raw { path, ..raw }
        })
        .collect()
}

/// Serverless: `environment` of the provider and of functions; stages have sections of their own.
fn serverless(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let stage = |leaf: &Leaf| match leaf.path[0].as_str() {
        "custom" | "params" | "stages" => leaf.path.iter().skip(1).find_map(|part| env_of_word(part)),
        _ => None,
    };
    leaves
        .iter()
        .filter(|leaf| parent(leaf) == "environment" || stage(leaf).is_some())
        .map(|leaf| Raw::new(leaf, leaf.key(), stage(leaf).unwrap_or(file.env), Position::Manifest))
        .collect()
}
