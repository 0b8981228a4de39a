//! Variables that a build or a server has written into what browsers load: which of them are secrets.
//!
//! Known are the places where frameworks put them: `window.__ENV__`, `import.meta.env`, `__NEXT_DATA__`, and the
//! payloads of Nuxt and SvelteKit. There each value still has its variable's name.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::class::jwt_role;
use super::super::model::{Format, Project, Value};
use super::super::names::{means_no_secret, means_secret, re, upper_snake};
use super::code::is_test_or_example;
use super::{Level, Problem, Sink};

/// What stands before the object of variables, up to its brace.
static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"(?:\b(?:window|globalThis|self)(?:\.(?:__ENV__|__ENV|_ENV|ENV|__env|_env_|env|__RUNTIME_CONFIG__|__NUXT__(?:\.config)?|__sveltekit_\w+)|\[["'](?:__ENV__|ENV|env)["']\])|\bimport\.meta\.env|\b__vite_import_meta_env__|\bprocess\.env|\bexport const env)\s*=\s*(?:Object\.freeze\()?\{|<script\s+id="(?:__NEXT_DATA__|__NUXT_DATA__)"[^>]{0,200}>\s*[\[{]"#,
    )
});
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"["']?\b([A-Za-z_][A-Za-z0-9_]{2,80})["']?\s*:\s*(?:"([^"\\\n]{8,})"|'([^'\\\n]{8,})'|`([^`\\\n]{8,})`)"#,
    )
});
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    re(r"(?i)^(?:x+|\*+|<.*>|your[-_].*|change.?me.*|\$\{?\w+\}?|__\w+__|%\w+%|undefined)$")
});

/// The most of an object that is looked at.
const LONGEST: usize = 256 << 10;

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files_in(Format::Bundle) {
        if is_test_or_example(project, index) || !matches!(file.ending(), "html" | "htm" | "js" | "mjs") {
            continue;
        }
        for head in HEAD.find_iter(&file.text) {
            let body = object(&file.text, head.end() - 1);
            pairs(project, (index, body), sink);
        }
    }
}

/// The object that begins at the brace, strings heeded.
fn object(text: &str, start: usize) -> Range<usize> {
    let (mut depth, mut quote) = (0_usize, 0_u8);
    let mut bytes = text.as_bytes()[start..].iter().take(LONGEST).enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'\\' if quote != 0 => {
                bytes.next();
            }
            b'"' | b'\'' | b'`' if quote == 0 => quote = byte,
            _ if quote != 0 => quote = if byte == quote { 0 } else { quote },
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return start..start + at + 1;
        }
    }
    let cut = text.len().min(start + LONGEST);
    start..(cut..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

fn pairs(project: &Project, (index, body): (usize, Range<usize>), sink: &mut Sink) {
    let file = &project.files[index];
    let Some(text) = file.text.get(body.clone()) else { return };
    for found in PAIR.captures_iter(text) {
        let value = (2..=4).find_map(|group| found.get(group));
        let (Some(name), Some(value)) = (found.get(1), value) else { continue };
        let Some((level, what)) = judged(name.as_str(), value.as_str()) else { continue };
        let span = body.start + value.start()..body.start + value.end();
        if sink.has("secret-inlined-in-bundle", index, &span) {
            continue;
        }
        let message = format!("{} is {what}, and is written into what browsers load", name.as_str());
        let problem = Problem {
            key: name.as_str().to_owned(),
            secret: Some(Value::new(value.as_str())),
            ..Problem::at("secret-inlined-in-bundle", index, span, file.env, message)
        };
        sink.push(if level == Level::Note { problem.level(level) } else { problem });
    }
}

/// How bad it is that this is public, and what it is; nothing for what is no key at all.
fn judged(name: &str, value: &str) -> Option<(Level, &'static str)> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| value.starts_with(prefix));
    let role = jwt_role(value);
    if begins(&["sk_", "sk-", "sk.", "rk_", "whsec_"]) || role.as_deref() == Some("service_role") {
        return Some((Level::Error, "a secret"));
    }
    if begins(&["pk_", "pk.", "AIza", "phc_"]) || role.as_deref() == Some("anon") {
        return Some((Level::Note, "a key that may be public"));
    }
    let name = &upper_snake(name);
    let by_name = means_secret(name) && !means_no_secret(name) && !name.contains("PUBLIC_KEY");
    let is_reference = value.contains("://") && !value.contains('@') || value.contains(' ');
    let counts = by_name && !name.ends_with("_DSN") && !is_reference && !PLACEHOLDER.is_match(value);
    counts.then_some((Level::Error, "named like a secret"))
}
