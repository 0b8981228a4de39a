//! Bundlers that put the whole environment into what they build, publish the source, or load parts in the clear.

use std::sync::LazyLock;

use regex::Regex;

use super::super::discover::is_angular_workspace;
use super::super::model::{Env, Format, Position, Project};
use super::super::names::{env_of_word, means_secret, re};
use super::super::parse::{json, tree::Leaf};
use super::code::{self, find_in_code, is_on, is_test_or_example, searches};
use super::{Level, Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    code::search(project, sink, &IN_CODE);
    next_config(project, sink);
    nuxt_config(project, sink);
    angular(project, sink);
    for entry in &project.entries {
        if entry.name == "GENERATE_SOURCEMAP"
            && is_on(entry.value.text())
            && matches!(entry.env, Env::Production | Env::Shared)
        {
            let message = "The build publishes source maps";
            sink.push(Problem::of("production-source-maps", entry, message).level(Level::Warning));
        }
        let is_angular = entry.position == Position::Settings
            && project.file_of(entry).path.contains("environments/environment");
        if is_angular && entry.holds_secret() {
            let message = format!("{} is part of what Angular builds for clients", entry.key);
            sink.push(Problem::of("bundler-exposes-environment", entry, message));
        }
    }
    mixed_content(project, sink);
}

const JS: &[&str] = &["js", "ts", "mjs", "cjs", "mts", "cts", "jsx", "tsx"];

searches! { IN_CODE:
    "bundler-exposes-environment", JS, r#"define\s*:\s*\{[^{}]*?(?P<at>['"]?process\.env['"]?\s*:\s*(?:JSON\.stringify\(\s*)?process\.env\b)"#, "The bundler puts every variable into the bundle";
    "bundler-exposes-environment", JS, r#"DefinePlugin\(\s*\{[^{}]*?(?P<at>['"]?process\.env['"]?\s*:\s*JSON\.stringify\(\s*process\.env\s*\))"#, "The bundler puts every variable into the bundle";
    "bundler-exposes-environment", JS, r"EnvironmentPlugin\(\s*(?:Object\.keys\(\s*)?process\.env", "The bundler puts every variable into the bundle";
    "bundler-exposes-environment", JS, r#"envPrefix\s*:\s*(?:''|""|\[\s*(?:''|"")\s*\])"#, "Without a prefix every variable is for clients";
    "bundler-exposes-environment", &[], r"window\.(?:__ENV__|__ENV|ENV|env|_env_)\s*=\s*(?:JSON\.stringify\(\s*)?process\.env\b", "Every variable is handed to clients";
    "production-source-maps", JS, r"productionBrowserSourceMaps\s*:\s*true", "The build publishes source maps";
    "production-source-maps", &["js", "ts", "mjs", "cjs", "mts"], r"build\s*:\s*\{[^{}]*?(?P<at>\bsourcemap\s*:\s*(?:true|['\x22]inline['\x22]))", "The build publishes source maps";
    "production-source-maps", &["js", "ts", "mjs", "cjs"], r"productionSourceMap\s*:\s*true", "The build publishes source maps";
}

static NEXT_ENV: LazyLock<Regex> = LazyLock::new(|| re(r"\b(?:env|publicRuntimeConfig)\s*:\s*\{([^{}]*)\}"));
static NAMED: LazyLock<Regex> =
    LazyLock::new(|| re(r"process\.env\.([A-Z0-9_]+)|(?m)^\s*([A-Z][A-Z0-9_]+)\s*[:,]"));
static DEVTOOL: LazyLock<Regex> =
    LazyLock::new(|| re(r#"devtool\s*:\s*['"](?:inline-|eval-|cheap-module-|cheap-)?source-map['"]"#));

/// `env: { SECRET }` of next.config and `devtool` of a production webpack configuration.
fn next_config(project: &Project, sink: &mut Sink) {
    find_in_code(project, JS, &NEXT_ENV, |index, _, found| {
        let file = &project.files[index];
        let Some(body) = found.get(1).filter(|_| file.name().starts_with("next.config")) else { return };
        for name in NAMED.captures_iter(body.as_str()).filter_map(|found| found.get(1).or(found.get(2))) {
            if means_secret(name.as_str()) {
                let span = body.start() + name.start()..body.start() + name.end();
                let message = format!("{} is put into the bundle", name.as_str());
                sink.push(Problem::at("bundler-exposes-environment", index, span, file.env, message));
            }
        }
    });
    find_in_code(project, JS, &DEVTOOL, |index, span, _| {
        let file = &project.files[index];
        let is_production = file.env == Env::Production
            || file.code.contains("mode: 'production'")
            || file.code.contains("mode: \"production\"");
        if file.name().starts_with("webpack") && is_production {
            sink.push(Problem::at(
                "production-source-maps",
                index,
                span,
                Env::Production,
                "The build publishes source maps",
            ));
        }
    });
}

static NUXT_PUBLIC: LazyLock<Regex> = LazyLock::new(|| re(r"\bpublic\s*:\s*\{([^{}]*)\}"));
static NUXT_MAPS: LazyLock<Regex> =
    LazyLock::new(|| re(r"\bsourcemap\s*:\s*(?:true\b|\{[^{}]*?(?P<at>\bclient\s*:\s*true\b))"));

/// `runtimeConfig.public` of Nuxt is for clients, and `sourcemap` is for them too unless it says otherwise.
fn nuxt_config(project: &Project, sink: &mut Sink) {
    let is_nuxt = |index: usize| project.files[index].name().starts_with("nuxt.config");
    find_in_code(project, JS, &NUXT_PUBLIC, |index, _, found| {
        let Some(body) = found.get(1).filter(|_| is_nuxt(index)) else { return };
        for name in NAMED.captures_iter(body.as_str()).filter_map(|found| found.get(1)) {
            if means_secret(name.as_str()) {
                let span = body.start() + name.start()..body.start() + name.end();
                let message = format!("{} is put into the bundle", name.as_str());
                let env = project.files[index].env;
                sink.push(Problem::at("bundler-exposes-environment", index, span, env, message));
            }
        }
    });
    find_in_code(project, JS, &NUXT_MAPS, |index, whole, found| {
        let span = found.name("at").map_or(whole, |at| at.range());
        if is_nuxt(index) {
            let env = project.files[index].env;
            sink.push(Problem::at(
                "production-source-maps",
                index,
                span,
                env,
                "The build publishes source maps",
            ));
        }
    });
}

/// Source maps of Angular's production build: its own setting, or the one of all builds where it has none.
fn angular(project: &Project, sink: &mut Sink) {
    let files = project.files_in(Format::Json);
    for (index, file) in files.filter(|(_, file)| is_angular_workspace(file.name())) {
        let (leaves, _) = json::parse(&file.text);
        let target = |leaf: &Leaf| {
            let at = leaf.path.iter().position(|part| part == "sourceMap")?;
            let build = leaf.path.iter().rposition(|part| part == "build")?;
            (build < at).then(|| (at, leaf.path[..build].to_vec(), leaf.path[build + 1..at].to_vec()))
        };
        let is_production = |of: &[String]| match of {
            [kind, name] => kind == "configurations" && env_of_word(name) == Some(Env::Production),
            _ => false,
        };
        let maps: Vec<_> = leaves.iter().filter_map(|leaf| Some((leaf, target(leaf)?))).collect();
        for (leaf, (at, project_path, of)) in &maps {
            let own = |other: &[String]| is_production(other) || other == ["options"];
            let overridden = of == &["options"]
                && maps.iter().any(|(_, (_, path, other))| path == project_path && is_production(other));
            let hidden = maps.iter().any(|(other, _)| {
                other.path.starts_with(&leaf.path[..=*at]) && other.key() == "hidden" && other.text == "true"
            });
            let is_on = leaf.text == "true" && matches!(leaf.key(), "sourceMap" | "scripts");
            if is_on && own(of) && !overridden && !hidden {
                let message = "The build publishes source maps";
                let span = leaf.span.clone();
                sink.push(Problem::at("production-source-maps", index, span, Env::Production, message));
            }
        }
    }
}

/// What a page loads: scripts, styles, images, frames, and URLs in styles.
static ASSET: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"(?i)<(?:script|img|iframe|link|source|video|audio|embed|object)\b[^>]*?\s(?:src|href|data)\s*=\s*["']?(http://[^"'\s>]+)|url\(\s*["']?(http://[^"')\s]+)|@import\s+["'](http://[^"']+)"#,
    )
});

fn mixed_content(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files_in(Format::Bundle) {
        if is_test_or_example(project, index) || file.ending() == "map" {
            continue;
        }
        for found in ASSET.captures_iter(&file.text) {
            let Some(url) = found.get(1).or(found.get(2)).or(found.get(3)) else { continue };
            let host = url.as_str()[7..].split(['/', ':', '?']).next().unwrap_or_default();
            let tag = found.get(0).map_or("", |whole| whole.as_str()).to_ascii_lowercase();
            let is_link = tag.starts_with("<link")
                && ["canonical", "alternate", "license", "profile"].iter().any(|rel| tag.contains(rel));
            if !super::super::url::is_loopback(host) && !is_link && host != "www.w3.org" {
                let message = format!("The page loads a part from {host} without encryption");
                sink.push(Problem::at("mixed-content-in-bundle", index, url.range(), file.env, message));
            }
        }
    }
}
