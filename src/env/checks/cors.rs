//! Which other sites may read answers: wildcards with credentials, and lists that are too long.

use std::sync::LazyLock;

use regex::Regex;

use super::super::model::{Env, Format, Project};
use super::super::names::{ends_in, re};
use super::super::parse::json;
use super::super::url;
use super::code::{is_on, is_test_or_example};
use super::{Level, Problem, Sink};

/// How far apart wildcard and credentials may stand, in lines.
const NEAR: usize = 8;

static WILDCARD: LazyLock<Regex> = LazyLock::new(|| {
    re(r#"(?x)
        \borigins?['"]?\s*[:=]\s*\[?\s*['"]\*['"] | \ballow_origins\s*=\s*\[\s*['"]\*['"] | allow_origin_regex\s*=\s*r?['"]\.\*['"]
        | CORS_ALLOW_ALL_ORIGINS\s*=\s*True | \borigins\s+['"]\*['"] | CORS_ORIGIN_ALLOW_ALL\s*=\s*True | allowed(?:Origins?|OriginPatterns)\(\s*['"]\*['"] | origins\s*=\s*(?:\{\s*)?['"]\*['"]
        | Access-Control-Allow-Origin['"]?\s*[,:=]?\s*(?:=>)?\s*['"]?\*(?:['"\s;,]|$) | AllowAnyOrigin\(\) | AllowedOrigins:\s*\[\]string\{\s*"\*" | AllowAllOrigins:\s*true
        | ['"]?allowed_?origins['"]?\s*(?:=>|=|:)\s*\[?\s*['"]\*['"] | addAllowedOrigin(?:Pattern)?\(\s*['"]\*['"] | setAllowedOrigin(?:s|Patterns)\(\s*(?:\w+\.\w+|listOf|arrayOf)\(\s*"\*" | allow_origins\s*=\s*\[\s*['"]\*['"]"#)
});
static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| {
    re(r#"(?x)
        \b(?:supports_|allow_)?[cC]redentials['"]?\s*[:=]\s*(?:true|True) | CORS_ALLOW_CREDENTIALS\s*=\s*True | [aA]llowCredentials\(\s*(?:true)?\s*\) | \ballowCredentials\s*=\s*true
        | Access-Control-Allow-Credentials['"]?\s*[,:=]?\s*(?:=>)?\s*['"]?true | AllowCredentials:\s*true | allowCredentials\s*[=:]\s*['"]?true | ['"]supports_credentials['"]\s*=>\s*true
        | allow_credentials\s*=\s*true | access_control_allow_credentials\s*=\s*true"#)
});
/// The answer's origin is whatever the request said.
static ECHO: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"\borigin\s*:\s*true\b|Access-Control-Allow-Origin['"]?\s*,\s*(?:req|request)\.(?:headers?\.origin|get\(|header\()|Access-Control-Allow-Origin\s+\$http_origin|\borigin\s*:\s*\(\s*origin\s*,\s*\w+\s*\)\s*=>\s*\w+\(\s*null\s*,\s*true"#,
    )
});
/// Patterns that other domains match too: no `^` or `$`, dots that match anything; and `null`.
static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
    re(r#"\borigins?\s*:\s*\[?\s*(?:/(?:[^/^\n][^/\n]*[^$/\n]|\^[^/\n]*[^$/\n])/|['"]null['"])"#)
});

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files.iter().enumerate() {
        if !file.code.is_empty() && !is_test_or_example(project, index) {
            in_text(sink, index, &file.code, file.env);
        } else if file.format == Format::Json && matches!(file.name(), "vercel.json" | "firebase.json") {
            headers(sink, index, &file.text, file.env);
        } else if matches!(file.format, Format::Toml | Format::Yaml)
            && file.text.contains("Access-Control-Allow-Origin")
        {
            in_text(sink, index, &file.text, file.env);
        }
    }
    for entry in project.entries.iter().filter(|entry| entry.env.runs()) {
        let name = entry.name.as_str();
        let is_list = [
            "CORS_ORIGIN",
            "CORS_ORIGINS",
            "ALLOWED_ORIGINS",
            "ALLOWED_ORIGIN",
            "CORS_ALLOWED_ORIGINS",
            "CORS_ALLOW_ORIGIN",
            "CORS_ALLOW_ORIGINS",
        ]
        .iter()
        .any(|known| ends_in(name, known) || name.strip_suffix('S').is_some_and(|one| one.ends_with(known)));
        let all = matches!(name, "CORS_ALLOW_ALL_ORIGINS" | "CORS_ORIGIN_ALLOW_ALL" | "CORS_ALLOW_ALL")
            && is_on(entry.value.text());
        let wrong = |origin: &str| {
            let origin = origin.trim().trim_matches(['"', '\'', '[', ']']);
            origin == "*"
                || origin == "null"
                || (entry.env == Env::Production
                    && url::parse(origin)
                        .is_some_and(|url| url.hosts().any(|host| url::nonproduction(host).is_some())))
        };
        if all || (is_list && entry.value.text().split([',', ' ', ';', '|']).any(wrong)) {
            let credentials = project.entries_of(entry.file).any(|other| {
                matches!(other.name.as_str(), "CORS_ALLOW_CREDENTIALS" | "CORS_CREDENTIALS")
                    && is_on(other.value.text())
            });
            let wildcard = all || entry.value.text().contains('*');
            let (check, message) = match credentials && wildcard {
                true => (
                    "cors-wildcard-with-credentials",
                    format!("{} lets every site in, with cookies", entry.key),
                ),
                false => (
                    "cors-permissive-origins",
                    format!("{} lets in more than production's own pages", entry.key),
                ),
            };
            sink.push(Problem::of(check, entry, message));
        }
    }
}

fn lines_between(text: &str, a: usize, b: usize) -> usize {
    text.as_bytes()[a.min(b)..a.max(b)].iter().filter(|&&byte| byte == b'\n').count()
}

fn in_text(sink: &mut Sink, index: usize, text: &str, env: Env) {
    let credentials: Vec<usize> = CREDENTIALS.find_iter(text).map(|found| found.start()).collect();
    if credentials.is_empty() {
        return;
    }
    let near = |at: usize| {
        credentials.iter().any(|&other| same_block(text, at, other) && lines_between(text, at, other) <= NEAR)
    };
    for found in WILDCARD.find_iter(text).filter(|found| near(found.start())) {
        let message = "Every site may send requests with the visitor's cookies and read the answers";
        sink.push(Problem::at("cors-wildcard-with-credentials", index, found.range(), env, message));
    }
    for found in ECHO.find_iter(text).filter(|found| near(found.start())) {
        let message = "The answer allows whatever origin the request named, with cookies";
        sink.push(
            Problem::at("cors-permissive-origins", index, found.range(), env, message).level(Level::Warning),
        );
    }
    for found in LOOSE.find_iter(text).filter(|found| near(found.start())) {
        let message = "Other domains match this origin as well";
        sink.push(
            Problem::at("cors-permissive-origins", index, found.range(), env, message).level(Level::Warning),
        );
    }
}

/// Whether no statement ends between two calls of the same kind: `cors({…}); cors({…})` are two blocks.
fn same_block(text: &str, a: usize, b: usize) -> bool {
    let between = &text[a.min(b)..a.max(b)];
    let calls = between.matches("cors(").count()
        + between.matches("server {").count()
        + between.matches("location ").count();
    calls == 0
}

/// `headers: [{ key, value }]` of hosting platforms.
fn headers(sink: &mut Sink, index: usize, text: &str, env: Env) {
    let (leaves, _) = json::parse(text);
    let value_of = |name: &'static str| {
        leaves
            .iter()
            .enumerate()
            .filter(move |(_, leaf)| leaf.key() == "key" && leaf.text.eq_ignore_ascii_case(name))
            .filter_map(|(at, leaf)| {
                let base = &leaf.path[..leaf.path.len() - 1];
                leaves[at.saturating_sub(1)..]
                    .iter()
                    .find(|other| other.key() == "value" && other.path.starts_with(base))
            })
    };
    let with_credentials = value_of("Access-Control-Allow-Credentials").any(|leaf| leaf.text == "true");
    for origin in value_of("Access-Control-Allow-Origin").filter(|leaf| leaf.text == "*" && with_credentials)
    {
        let message = "Every site may send requests with the visitor's cookies and read the answers";
        sink.push(Problem::at("cors-wildcard-with-credentials", index, origin.span.clone(), env, message));
    }
}
