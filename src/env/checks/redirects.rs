//! Redirects that lead back to themselves, and security headers without HSTS.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::model::{Env, File, Format, Project};
use super::super::names::re;
use super::super::parse::{json, toml};
use super::code::is_test_or_example;
use super::{Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in
        project.files.iter().enumerate().filter(|(index, _)| !is_test_or_example(project, *index))
    {
        loops(sink, index, file, &rules(file));
        hsts(sink, index, file);
    }
    for entry in project.entries.iter().filter(|entry| entry.env.runs()) {
        let is_off = entry.name == "SECURE_HSTS_SECONDS"
            && entry.value.text().trim().parse::<u64>().is_ok_and(|seconds| seconds < DAY);
        if is_off {
            sink.push(Problem::of(
                "hsts-missing-or-disabled",
                entry,
                format!("{} is less than a day", entry.key),
            ));
        }
    }
}

const DAY: u64 = 86_400;

/// From, to, and where the rule stands.
type Rule = (String, String, Range<usize>);

fn rules(file: &File) -> Vec<Rule> {
    match file.name() {
        "_redirects" => plain(&file.text),
        "netlify.toml" => pairs(&toml::parse(&file.text).0, ("from", "to")),
        "vercel.json" | "firebase.json" => pairs(&json::parse(&file.text).0, ("source", "destination")),
        name if name.starts_with("next.config") => in_code(&file.code),
        _ if file.format == Format::Server => nginx(&file.code),
        _ => Vec::new(),
    }
}

/// `/from /to 301`, a line each.
fn plain(text: &str) -> Vec<Rule> {
    let mut at = 0;
    let mut out = Vec::new();
    for line in text.split_inclusive('\n') {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [from, to, rest @ ..] = words.as_slice()
            && !from.starts_with('#')
            && !rest.iter().any(|word| word.starts_with("200"))
        {
            out.push(((*from).to_owned(), (*to).to_owned(), at..at + line.trim_end().len()));
        }
        at += line.len();
    }
    out
}

fn pairs(leaves: &[super::super::parse::tree::Leaf], (from, to): (&str, &str)) -> Vec<Rule> {
    let sources = leaves.iter().filter(|leaf| leaf.key() == from && leaf.is_below("redirects"));
    sources
        .filter_map(|leaf| {
            let base = &leaf.path[..leaf.path.len() - 1];
            let of = |name: &str| {
                leaves.iter().find(|other| {
                    other.key() == name && other.path.starts_with(base) && other.path.len() == leaf.path.len()
                })
            };
            let rewrites = of("status").is_some_and(|status| status.text == "200");
            (!rewrites).then(|| Some((leaf.text.clone(), of(to)?.text.clone(), leaf.span.clone())))?
        })
        .collect()
}

fn in_code(code: &str) -> Vec<Rule> {
    static PAIR: LazyLock<Regex> =
        LazyLock::new(|| re(r#"source\s*:\s*['"]([^'"]+)['"]\s*,\s*destination\s*:\s*['"]([^'"]+)['"]"#));
    let Some(start) = code.find("redirects") else { return Vec::new() };
    let found = PAIR.captures_iter(&code[start..]);
    found
        .filter_map(|found| {
            Some((
                found[1].to_owned(),
                found[2].to_owned(),
                start + found.get(0)?.start()..start + found.get(0)?.end(),
            ))
        })
        .collect()
}

/// `location = /a { return 301 /b; }`, and a server that sends its own address back to itself.
fn nginx(code: &str) -> Vec<Rule> {
    static LOCATION: LazyLock<Regex> =
        LazyLock::new(|| re(r"location\s+(?:=\s+)?(/\S*)\s*\{[^{}]*?(return\s+30[1278]\s+(\S+?);)"));
    static REWRITE: LazyLock<Regex> =
        LazyLock::new(|| re(r"rewrite\s+\^(/[\w/.-]*)\$\s+(\S+)\s+(?:permanent|redirect)"));
    static SERVER: LazyLock<Regex> = LazyLock::new(|| re(r"server\s*\{(?:[^{}]|\{[^{}]*\})*\}"));
    static TO_ITSELF: LazyLock<Regex> = LazyLock::new(|| {
        re(r"(?m)^\s*(return\s+30[1278]\s+https://\$(?:host|server_name|http_host)\$request_uri\s*;)")
    });
    static NAMES: LazyLock<Regex> = LazyLock::new(|| re(r"\bserver_name\s+([^;]+);"));
    static TO_NAME: LazyLock<Regex> =
        LazyLock::new(|| re(r"(?m)^\s*(return\s+30[1278]\s+https://([\w.-]+)\$request_uri\s*;)"));
    let mut out = Vec::new();
    for found in LOCATION.captures_iter(code) {
        let at = found.get(2).map_or(0..0, |at| at.range());
        out.push((found[1].to_owned(), found[3].to_owned(), at));
    }
    out.extend(
        REWRITE.captures_iter(code).map(|found| {
            (found[1].to_owned(), found[2].to_owned(), found.get(0).map_or(0..0, |at| at.range()))
        }),
    );
    for server in SERVER.find_iter(code) {
        let text = server.as_str();
        let is_tls =
            text.contains("listen 443") || text.contains("listen [::]:443") || text.contains(" ssl;");
        let plain_too = text.contains("listen 80") || text.contains("if (");
        let names = NAMES.captures(text).map_or("", |found| found.get(1).map_or("", |names| names.as_str()));
        let by_name = || {
            let names: Vec<&str> = names.split_whitespace().collect();
            let goes = TO_NAME.captures(text)?;
            // Of several names one is the right one, and the others are sent there.
            (names == [goes.get(2)?.as_str()]).then(|| goes.get(1)).flatten()
        };
        let in_location = TO_ITSELF.captures(text).and_then(|found| found.get(1)).or_else(by_name);
        if let Some(found) = in_location.filter(|_| is_tls && !plain_too) {
            let at = server.start() + found.start()..server.start() + found.end();
            out.push(("https://itself/".to_owned(), "https://itself/".to_owned(), at));
        }
    }
    out
}

/// The path of a target, without scheme, host and the slash at its end.
fn path(target: &str) -> String {
    let own = target.split_once("://").filter(|(_, rest)| {
        rest.starts_with("$host") || rest.starts_with("$server_name") || rest.starts_with("itself")
    });
    let text = own.map_or(target, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let text = text.split(['?', '#']).next().unwrap_or_default();
    if text.len() > 1 { text.trim_end_matches('/').to_owned() } else { text.to_owned() }
}

fn loops(sink: &mut Sink, index: usize, file: &File, rules: &[Rule]) {
    let next: BTreeMap<String, String> =
        rules.iter().rev().map(|(from, to, _)| (path(from), path(to))).collect();
    for (from, _, span) in rules {
        let start = path(from);
        let mut at = next.get(&start);
        let mut steps = 0;
        while let Some(to) = at.filter(|_| steps < rules.len() + 1) {
            if *to == start {
                let message = format!("The redirect of {start} leads back to itself");
                let env = if file.env == Env::Shared { Env::Shared } else { file.env };
                sink.push(Problem::at("redirect-loop", index, span.clone(), env, message));
                break;
            }
            at = next.get(to);
            steps += 1;
        }
    }
}

static OTHER_HEADERS: LazyLock<Regex> = LazyLock::new(|| {
    re(r"(?i)X-Frame-Options|X-Content-Type-Options|Content-Security-Policy|Referrer-Policy")
});
static MAX_AGE: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"(?i)Strict-Transport-Security[^\n]{0,40}?max-age\s*=\s*(\d+)|(?:hsts|strictTransportSecurity)['"]?\s*:\s*\{\s*maxAge\s*:\s*(\d+)"#,
    )
});
static OFF: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"helmet\([^)]*?((?:hsts|strictTransportSecurity)\s*:\s*false)|(SECURE_HSTS_SECONDS\s*=\s*0\b)|(config\.ssl_options\s*=\s*\{[^}]*hsts:\s*false)",
    )
});

fn hsts(sink: &mut Sink, index: usize, file: &File) {
    let is_headers = file.format == Format::Server
        || matches!(file.name(), "vercel.json" | "netlify.toml" | "firebase.json");
    let text = if file.code.is_empty() { &file.text } else { &file.code };
    let is_program = file.format == Format::Code;
    if !is_headers && !is_program {
        return;
    }
    for found in OFF.captures_iter(text) {
        let at = found.iter().skip(1).flatten().next().map_or(0..0, |at| at.range());
        sink.push(Problem::at("hsts-missing-or-disabled", index, at, file.env, "HSTS is switched off"));
    }
    for found in MAX_AGE.captures_iter(text) {
        let Some(age) = found.get(1).or(found.get(2)) else { continue };
        if age.as_str().parse::<u64>().is_ok_and(|seconds| seconds < DAY) {
            sink.push(Problem::at(
                "hsts-missing-or-disabled",
                index,
                age.range(),
                file.env,
                "HSTS lasts for less than a day",
            ));
        }
    }
    let has = text.to_ascii_lowercase().contains("strict-transport-security");
    if let Some(found) = OTHER_HEADERS.find(text).filter(|_| is_headers && !has) {
        let message = "Security headers are sent, and HSTS is not among them";
        sink.push(Problem::at("hsts-missing-or-disabled", index, found.range(), file.env, message));
    }
}
