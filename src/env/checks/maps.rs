//! Source maps that a build has put where browsers fetch it: that they are there, and that they hold a server's source.
//!
//! What runs on a server only may have its maps beside it. So a map counts where a page stands in the same output, or
//! in a folder of static files.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::discover;
use super::super::model::{File, Format, Project};
use super::super::names::re;
use super::code::is_test_or_example;
use super::{Problem, Sink};

static NAMES_MAP: LazyLock<Regex> = LazyLock::new(|| re(r"(?://|/\*)[#@] ?sourceMappingURL=([^\s*]{1,200})"));
static SERVER_NAME: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"(?:^|/)(?:server|pages/api|app/api|lib/server|netlify/functions|supabase/functions)/|\.server\.|(?:^|/)\+server\.|\+(?:page|layout)\.server\.",
    )
});
/// Modules that only a server has.
static SERVER_MODULE: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"(?:\bfrom\s*|\brequire\(\s*|\bimport\s*\(?\s*)\\?["'](?:node:(?:fs|net|tls|dgram|child_process|cluster|worker_threads|http|https)(?:/promises)?|child_process|server-only|pg|mysql2(?:/promise)?|mongodb|mongoose|ioredis|nodemailer|jsonwebtoken|bcrypt|firebase-admin(?:/[a-z]+)?|@prisma/client|\$env/(?:static|dynamic)/private)\\?["']"#,
    )
});

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files_in(Format::Bundle) {
        if is_test_or_example(project, index) || !is_served(project, &file.path) {
            continue;
        }
        match file.ending() {
            "map" => server_source(index, file, sink),
            "js" | "mjs" | "css" => named(project, index, sink),
            _ => {}
        }
    }
}

/// Whether browsers fetch what the build puts here.
fn is_served(project: &Project, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    if parts.iter().any(|part| matches!(*part, "server" | "functions" | "serverless")) {
        return false;
    }
    let is_static = |part: &&str| matches!(*part, "static" | "public" | "client" | "assets" | "_astro");
    parts.iter().any(is_static) || has_page(project, path)
}

/// Whether a page stands in the folder of the file, or in one above it within the same output.
fn has_page(project: &Project, path: &str) -> bool {
    let is_above = |page: &str| {
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    let mut pages =
        project.files_in(Format::Bundle).filter(|(_, file)| matches!(file.ending(), "html" | "htm"));
    pages.any(|(_, page)| discover::is_output(&page.path) && is_above(&page.path))
}

/// Code that names a map which is there, or holds it.
fn named(project: &Project, index: usize, sink: &mut Sink) {
    let file = &project.files[index];
    let Some(found) = NAMES_MAP.captures_iter(&file.text).last() else { return };
    let url = found.get(1).map_or("", |url| url.as_str());
    let name = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_there = |map: &File| map.ending() == "map" && map.path.starts_with(folder) && map.name() == name;
    let message = match url.starts_with("data:") {
        true => "The code holds its source map",
        false if project.files.iter().any(is_there) => {
            "The code names its source map, which is published with it"
        }
        false => return,
    };
    let span = found.get(0).map_or(0..0, |whole| whole.start()..whole.start() + MARK.min(whole.len()));
    sink.push(Problem::at("production-source-maps", index, span, file.env, message));
}

/// What is pointed at of a comment: a map in it is long.
const MARK: usize = 24;

/// A source of a server, by its name or by what it imports; told once a map.
fn server_source(index: usize, file: &File, sink: &mut Sink) {
    let names = strings(&file.text, "\"sources\"");
    let contents = strings(&file.text, "\"sourcesContent\"");
    let held = names.iter().zip(&contents).filter(|(name, content)| {
        let (name, content) = (&file.text[(*name).clone()], &file.text[(*content).clone()]);
        let is_own = !name.contains("node_modules") && !name.contains("/webpack/") && !content.is_empty();
        is_own && (SERVER_NAME.is_match(name) || SERVER_MODULE.is_match(content))
    });
    let held: Vec<&Range<usize>> = held.map(|(name, _)| name).collect();
    let Some(first) = held.first() else { return };
    let more = match held.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let message = format!("The map hands out the server's source {}{more}", &file.text[(*first).clone()]);
    sink.push(Problem::at("server-source-in-map", index, (*first).clone(), file.env, message));
}

/// Where the strings of all arrays under this key stand; an empty range for another element.
fn strings(text: &str, key: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for (at, _) in text.match_indices(key) {
        let rest = text[at + key.len()..].trim_start().strip_prefix(':').map(str::trim_start);
        let Some(mut rest) = rest.and_then(|rest| rest.strip_prefix('[')) else { continue };
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ',']);
            let at = text.len() - rest.len();
            let len = match rest.strip_prefix('"') {
                Some(string) => string_len(string),
                None if rest.starts_with("null") => None,
                None => break,
            };
            all.push(len.map_or(at..at, |len| at + 1..at + 1 + len));
            rest = &rest[len.map_or(4, |len| len + 2).min(rest.len())..];
        }
    }
    all
}

/// How long a string is up to its closing quote; the whole rest where there is none.
fn string_len(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.as_bytes().get(at..)?)?;
        if text.as_bytes()[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}
