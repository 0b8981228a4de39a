//! Secrets that end up in browsers and phones: by a bundler's prefix, or by code that runs there.

use std::sync::LazyLock;

use regex::Regex;

use super::super::model::{Class, Entry, Format, Project};
use super::super::names::{CLIENT_PREFIXES, is_for_clients, means_no_secret, means_secret, re};
use super::super::parse::json;
use super::code::is_test_or_example;
use super::{Level, Problem, Sink};

static OWN_PREFIX: LazyLock<Regex> =
    LazyLock::new(|| re(r#"envPrefix\s*:\s*(?:\[([^\]]*)\]|(["'][^"']+["']))"#));

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let own = own_prefixes(project);
    for entry in project.entries.iter().filter(|entry| is_for_clients(&entry.name, &own)) {
        prefixed(sink, entry);
    }
    client_code(project, sink, &own);
}

/// Prefixes that bundlers are configured with.
fn own_prefixes(project: &Project) -> Vec<String> {
    let configs = project.files.iter().filter(|file| file.name().starts_with("vite.config"));
    let lists = configs.flat_map(|file| OWN_PREFIX.captures_iter(&file.code).collect::<Vec<_>>());
    let texts = lists.filter_map(|found| Some(found.get(1).or(found.get(2))?.as_str()));
    texts
        .flat_map(|text| text.split(','))
        .map(|part| part.trim().trim_matches(['"', '\'']).to_owned())
        .filter(|prefix| !prefix.is_empty())
        .collect()
}

fn prefixed(sink: &mut Sink, entry: &Entry) {
    let value = entry.value.text();
    let private_format = ["sk.", "sk_", "rk_", "whsec_"].iter().any(|prefix| value.starts_with(prefix))
        || super::super::class::jwt_role(value).is_some_and(|role| role == "service_role");
    let name_says = means_secret(&entry.name)
        && !means_no_secret(&entry.name)
        && !entry.name.contains("PUBLIC_KEY")
        && !entry.name.ends_with("_DSN");
    let is_secret = entry.class == Class::ProviderSecret
        || private_format
        || (name_says && matches!(entry.class, Class::SecretByName | Class::SecretByEntropy))
        || !entry.parts.is_empty();
    if is_secret
        && entry.class > Class::Placeholder
        && entry.class != Class::ProviderPublic
        && !entry.notes.public
    {
        let message = format!("{} is a secret, and its prefix puts it into what clients download", entry.key);
        sink.push(Problem::of("secret-under-client-prefix", entry, message));
    } else if name_says && matches!(entry.class, Class::Empty | Class::Reference) {
        let message = format!("{} is named like a secret, and its prefix is for clients", entry.key);
        sink.push(Problem::of("secret-under-client-prefix", entry, message).level(Level::Note));
    }
}

/// Whether the file runs on the client, and from which byte on that is not so.
fn client_part(project: &Project, path: &str, code: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit('.').next().unwrap_or_default();
    let server = name.contains(".server.")
        || name.starts_with("+page.server")
        || name.starts_with("+layout.server")
        || name.starts_with("+server")
        || path.contains("/server/")
        || path.contains("/api/")
        || name.ends_with(".config.ts")
        || name.ends_with(".config.js");
    if server {
        return false;
    }
    let head: String = code.trim_start().chars().take(40).collect();
    let is_marked = head.starts_with("'use client'") || head.starts_with("\"use client\"");
    let is_page = (path.starts_with("pages/") || path.contains("src/pages/"))
        && matches!(ending, "js" | "jsx" | "ts" | "tsx")
        && has_dependency(project, "next");
    let is_component =
        (path.contains("src/") || path.starts_with("components/")) && matches!(ending, "vue" | "svelte");
    let is_static = path.starts_with("public/") && ending == "js";
    let is_native = (has_dependency(project, "react-native") || has_dependency(project, "expo"))
        && matches!(ending, "js" | "jsx" | "ts" | "tsx");
    is_marked || is_page || is_component || is_static || is_native
}

fn has_dependency(project: &Project, name: &str) -> bool {
    project.files_in(Format::Json).filter(|(_, file)| file.name() == "package.json").any(|(_, file)| {
        file.text.contains(name)
            && json::parse(&file.text)
                .0
                .iter()
                .any(|leaf| leaf.begins(&["dependencies", name]) || leaf.begins(&["devDependencies", name]))
    })
}

fn client_code(project: &Project, sink: &mut Sink, own: &[String]) {
    for (index, file) in project.files_in(Format::Code) {
        if is_test_or_example(project, index) || !client_part(project, &file.path, &file.code) {
            continue;
        }
        let server_body = server_body(&file.code);
        for used in project.uses.iter().filter(|used| used.file == index) {
            let on_server = server_body.as_ref().is_some_and(|body| body.contains(&used.span.start));
            let prefixed = CLIENT_PREFIXES.iter().any(|prefix| used.key.starts_with(prefix))
                || is_for_clients(&used.key, own);
            if means_secret(&used.key) && !prefixed && !on_server {
                let message = format!("Code that runs on clients reads {}", used.key);
                let problem =
                    Problem::at("server-secret-in-client-code", index, used.span.clone(), file.env, message);
                sink.push(Problem { key: used.key.clone(), ..problem });
            }
        }
        for part in ["$env/static/private", "$env/dynamic/private"] {
            if let Some(at) = file.code.find(part) {
                let message = "Code that runs on clients imports private variables";
                sink.push(Problem::at(
                    "server-secret-in-client-code",
                    index,
                    at..at + part.len(),
                    file.env,
                    message,
                ));
            }
        }
    }
}

/// The body of getServerSideProps or getStaticProps, by its braces.
fn server_body(code: &str) -> Option<std::ops::Range<usize>> {
    let at = ["getServerSideProps", "getStaticProps"].iter().find_map(|name| code.find(name))?;
    let mut after_arguments = code[at..].find(')').map(|n| at + n)?;
    after_arguments += code[after_arguments..].find('{')?;
    let mut depth = 0_usize;
    for (n, byte) in code.as_bytes()[after_arguments..].iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(after_arguments..after_arguments + n),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    Some(after_arguments..code.len())
}
