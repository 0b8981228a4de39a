//! Session cookies that scripts or listeners can take, and sessions that never end.

use std::sync::LazyLock;

use regex::Regex;

use super::super::model::{Entry, Env, Format, Project};
use super::super::names::{ends_in, re};
use super::code::{self, find_in_code, is_off, is_test_or_example, searches};
use super::{Level, Problem, Sink};

/// A call that sets a cookie, with the cookie's name; its options follow.
static COOKIE: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"(?:\.cookie|\.cookies\.set|cookies\(\)\.set|setCookie|\.setCookie|Cookies\.set|set_cookie|setcookie|cookies\.set)\(\s*(?:\w+\s*,\s*)?["']([\w.-]+)["']"#,
    )
});
/// A session of a framework, with its options after it.
static SESSION: LazyLock<Regex> =
    LazyLock::new(|| re(r"\b(?:session|cookieSession|expressSession|iron[sS]ession)\(\s*\{"));
static OFF: LazyLock<Regex> =
    LazyLock::new(|| re(r"(?i)\b(?:http_?only|secure)['\x22]?\s*(?:=>|[:=])\s*false\b"));
static NONE: LazyLock<Regex> =
    LazyLock::new(|| re(r"(?i)\bsame_?site['\x22]?\s*(?:=>|[:=])\s*['\x22]none['\x22]"));

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in
        project.files_in(Format::Code).filter(|(index, _)| !is_test_or_example(project, *index))
    {
        for found in COOKIE.captures_iter(&file.code) {
            let (Some(whole), Some(name)) = (found.get(0), found.get(1)) else { continue };
            if is_session(name.as_str()) {
                options(sink, index, (&file.code, whole.start()), file.env);
            }
        }
        for found in SESSION.find_iter(&file.code) {
            options(sink, index, (&file.code, found.start()), file.env);
        }
    }
    settings(project, sink);
    lifetimes(project, sink);
}

/// Cookies that hold who somebody is; those for looks and forms are left alone.
fn is_session(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let harmless = ["theme", "locale", "csrf", "xsrf", "lang", "consent", "sidebar", "tz"];
    let telling =
        ["sess", "sid", "auth", "token", "jwt", "login", "remember", "identity", "user", "access", "refresh"];
    !harmless.iter().any(|word| lower.contains(word)) && telling.iter().any(|word| lower.contains(word))
}

/// The text of the call that begins at `at`, by its brackets.
fn call(code: &str, at: usize) -> &str {
    let mut depth = 0_i32;
    for (n, byte) in code.as_bytes()[at..].iter().enumerate().take(2_000) {
        match byte {
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return &code[at..at + n + 1];
                }
            }
            _ => {}
        }
    }
    let mut end = (at + 2_000).min(code.len());
    while !code.is_char_boundary(end) {
        end -= 1;
    }
    &code[at..end]
}

fn options(sink: &mut Sink, index: usize, (code, at): (&str, usize), env: Env) {
    let text = call(code, at);
    let level = if env == Env::Production { Level::Error } else { Level::Warning };
    let level = if env.runs() && env != Env::Production { Level::Off } else { level };
    let mut told = false;
    for found in OFF.find_iter(text) {
        let message = "The session's cookie is sent in the clear, or scripts can read it";
        sink.push(
            Problem::at("insecure-cookie", index, at + found.start()..at + found.end(), env, message)
                .level(level),
        );
        told = true;
    }
    let secure = re_secure().is_match(text);
    if let Some(found) = NONE.find(text).filter(|_| !secure) {
        let message = "SameSite=None without Secure: browsers refuse the cookie, or send it in the clear";
        sink.push(
            Problem::at("insecure-cookie", index, at + found.start()..at + found.end(), env, message)
                .level(level),
        );
        told = true;
    }
    let lower = text.to_ascii_lowercase();
    let sets_flags = lower.contains("httponly") || lower.contains("http_only");
    if !told && !sets_flags && level != Level::Off && !text.contains("...") {
        let message = "The session's cookie has no HttpOnly";
        sink.push(
            Problem::at(
                "insecure-cookie",
                index,
                at..at + text.find('\n').unwrap_or(text.len()),
                env,
                message,
            )
            .level(Level::Note),
        );
    }
}

fn re_secure() -> &'static Regex {
    static SECURE: LazyLock<Regex> = LazyLock::new(|| {
        re(r"(?i)\bsecure['\x22]?\s*[:=]\s*(?:true|process|!)|\bsecure['\x22]?\s*[:=]\s*\w*prod")
    });
    &SECURE
}

/// Settings of frameworks, in env files, settings and properties.
fn settings(project: &Project, sink: &mut Sink) {
    let flags = project.by_name(|name| FLAGS.iter().any(|known| ends_in(&name.name, known)));
    // Few names are about cookies, sessions and how long something lives.
    let counts = project
        .by_name(|name| ["COOKIE", "SESSION", "JWT", "TOKEN"].iter().any(|word| name.name.contains(word)));
    for entry in project.entries.iter().filter(|entry| entry.env.runs() && counts[entry]) {
        let name = entry.name.as_str();
        let value = entry.value.text().trim();
        let is_flag = flags[entry];
        let is_csrf = name.contains("CSRF") && !name.contains("HTTP");
        let insecure_none = matches!(
            name,
            "SESSION_SAME_SITE" | "SESSION_COOKIE_SAMESITE" | "COOKIE_SAMESITE" | "SESSION_SAMESITE"
        ) && value.eq_ignore_ascii_case("none")
            && project.entries_of(entry.file).all(|other| !other.name.contains("SECURE"));
        if ((is_flag && !is_csrf && is_off(value)) || insecure_none)
            && entry.env != Env::Test
            && entry.env != Env::Development
        {
            let message = format!("{} leaves the session's cookie unprotected", entry.key);
            let level = if entry.env == Env::Production { Level::Error } else { Level::Warning };
            sink.push(Problem::of("insecure-cookie", entry, message).level(level));
        }
        lifetime(sink, entry);
    }
    code::search(project, sink, &IN_CODE);
}

/// Switches that protect the cookie of a session.
const FLAGS: &[&str] = &[
    "SESSION_SECURE_COOKIE",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_HTTP_ONLY",
    "COOKIE_SECURE",
    "COOKIE_HTTPONLY",
    "COOKIE_HTTP_ONLY",
    "SESSION_SECURE",
    "REMEMBER_COOKIE_SECURE",
    "AUTH_COOKIE_SECURE",
    "SERVER_SERVLET_SESSION_COOKIE_SECURE",
    "SERVER_SERVLET_SESSION_COOKIE_HTTP_ONLY",
    "SECURE_COOKIES",
    "SECURE_COOKIE",
];

/// Settings of how long sessions and tokens live.
fn lifetime(sink: &mut Sink, entry: &Entry) {
    let name = entry.name.as_str();
    let value = entry.value.text().trim();
    let days = match () {
        () if matches!(name, "SESSION_LIFETIME") => number(value).map(|minutes| minutes / 1_440),
        () if matches!(name, "SESSION_COOKIE_AGE" | "SESSION_MAX_AGE" | "SESSION_TTL" | "COOKIE_MAX_AGE") => {
            number(value)
                .map(|seconds| if seconds > 100_000_000 { seconds / 86_400_000 } else { seconds / 86_400 })
        }
        () if matches!(
            name,
            "JWT_EXPIRES_IN"
                | "JWT_EXPIRATION"
                | "JWT_EXPIRY"
                | "JWT_TTL"
                | "TOKEN_EXPIRES_IN"
                | "ACCESS_TOKEN_EXPIRES_IN"
                | "SESSION_EXPIRES_IN"
                | "SESSION_TIMEOUT"
        ) =>
        {
            super::super::config::days(value).and_then(|days| u64::try_from(days).ok()).filter(|_| {
                value.ends_with(|c: char| c.is_ascii_alphabetic()) && value.ends_with(['d', 'w', 'y'])
            })
        }
        () => None,
    };
    let never = (name.starts_with("JWT_") || name.starts_with("SESSION_") || name.starts_with("TOKEN_"))
        && name.contains("EXP")
        && matches!(value.to_ascii_lowercase().as_str(), "never" | "none" | "0" | "-1" | "false");
    if days.is_some_and(|days| days > 30) || never {
        let message = format!("{} lets sessions live too long", entry.key);
        sink.push(Problem::of("session-never-expires", entry, message));
    }
}

fn number(value: &str) -> Option<u64> {
    value.replace('_', "").parse().ok()
}

searches! { IN_CODE:
    "insecure-cookie", &["php"], r"['\x22](?:secure|http_only)['\x22]\s*=>\s*false", "The session's cookie is unprotected";
    "insecure-cookie", &["rb"], r"session_store[^\n]*(?:secure|httponly):\s*false", "The session's cookie is unprotected";
    "insecure-cookie", &["go"], r"http\.Cookie\{[^}]*(?:HttpOnly|Secure):\s*false", "The session's cookie is unprotected";
    "insecure-cookie", &["cs"], r"\.?Cookie\.(?:HttpOnly\s*=\s*false|SecurePolicy\s*=\s*CookieSecurePolicy\.None)", "The session's cookie is unprotected";
    "insecure-cookie", &["java", "kt"], r"\.(?:setHttpOnly|setSecure)\(\s*false\s*\)|\.(?:httpOnly|secure)\(\s*false\s*\)", "A cookie is unprotected";
    "session-never-expires", &["js", "ts", "mjs", "cjs", "py"], r"ignoreExpiration\s*:\s*true|verify_exp['\x22]?\s*:\s*False", "Tokens count after their end";
}

static SIGN: LazyLock<Regex> = LazyLock::new(|| re(r"\b(?:jwt|jsonwebtoken|JWT)\.sign\("));
/// The same in Python, where what is signed stands in the call.
static ENCODE: LazyLock<Regex> = LazyLock::new(|| re(r"\bjwt\.encode\(\s*(?:payload\s*=\s*)?\{"));
static LONG: LazyLock<Regex> = LazyLock::new(|| re(r"\bexpiresIn\s*:\s*['\x22](\d+)\s*([a-z]+)"));

/// Tokens that are signed without an end, or with one after more than 30 days.
fn lifetimes(project: &Project, sink: &mut Sink) {
    find_in_code(project, &["py"], &ENCODE, |index, span, _| {
        let file = &project.files[index];
        let has_end = call(&file.code, span.start).contains("exp") || file.code.contains("[\"exp\"]");
        if !has_end && !is_test_or_example(project, index) {
            let message = "The token is signed without an end";
            sink.push(
                Problem::at("session-never-expires", index, span, file.env, message).level(Level::Warning),
            );
        }
    });
    find_in_code(project, &["js", "ts", "mjs", "cjs", "tsx", "jsx"], &SIGN, |index, span, _| {
        let file = &project.files[index];
        let text = call(&file.code, span.start);
        let long = LONG.captures(text).and_then(|found| {
            super::super::config::days(&format!("{}{}", &found[1], &found[2]))
                .filter(|_| !found[2].starts_with("mi") && !found[2].starts_with("ms") && (&found[2] != "m"))
        });
        let has_end = text.contains("expiresIn")
            || text.contains("exp:")
            || text.contains("exp ")
            || text.contains("options")
            || text.contains("...")
            || text.contains("expir");
        if is_test_or_example(project, index) || (has_end && long.is_none_or(|days| days <= 30)) {
            return;
        }
        let message = if has_end {
            "The token lives for more than 30 days"
        } else {
            "The token is signed without an end"
        };
        sink.push(Problem::at("session-never-expires", index, span, file.env, message).level(Level::Warning));
    });
}
