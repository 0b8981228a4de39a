//! Secrets with a literal that is used where the variable is missing.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::bind_yaml::is_compose;
use super::super::model::{Format, Project, Value};
use super::super::names::{means_secret, re, upper_snake};
use super::super::pydantic;
use super::code::{find_where, is_test_or_example};
use super::{Problem, Sink};

/// The variable in group 1, the literal in group 2.
static IN_CODE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let name = r"([A-Za-z_][A-Za-z0-9_]*)";
    let literal = r#"["'`]([^"'`\n]+)["'`]"#;
    [
        format!(r#"(?:process\.env|import\.meta\.env|Bun\.env)\??(?:\.|\[["']){name}(?:["']\])?\s*(?:\|\||\?\?)\s*{literal}"#),
        format!(r#"(?:getenv|environ\.get|ENV\.fetch|\benv|env\.str|\bconfig|os\.getenv|Deno\.env\.get|getOrDefault|System\.getProperty|GetValue)\(\s*["']{name}["']\s*,\s*(?:default\s*=\s*)?{literal}"#),
        format!(r#"(?:getenv|environ\.get|Deno\.env\.get|os\.Getenv|GetEnvironmentVariable|env::var)\(\s*["']{name}["']\s*\)\s*(?:\|\||\?\?|\?:|or)\s*{literal}"#),
        format!(r#"env::var\(\s*"{name}"\s*\)\s*\.\s*unwrap_or(?:_else)?\(\s*(?:\|_?\w*\|\s*)?{literal}"#),
        format!(r#"ENV\[["']{name}["']\]\s*\|\|\s*{literal}"#),
        format!(r#"(?:getEnv|getenv|GetEnv|envOr|EnvOr|getEnvOrDefault|env\.GetString|envOrDefault)\(\s*"{name}"\s*,\s*{literal}"#),
        format!(r#"ENV\.fetch\(\s*["']{name}["']\s*\)\s*(?:\{{|\bdo\b)\s*{literal}"#),
        format!(r#"System\.get_env\(\s*"{name}"\s*(?:,|\)\s*\|\|)\s*{literal}"#),
        format!(r#"\$_(?:ENV|SERVER)\[["']{name}["']\]\s*(?:\?\?|\?:|\|\|)\s*{literal}"#),
        r#"@Value\(\s*"\$\{([A-Za-z_][\w.-]*):([^}"\n]+)\}"#.to_owned(),
        format!(r#"\{{\s*(?:[^{{}}]*,\s*)?{name}\s*=\s*{literal}[^{{}}]*\}}\s*=\s*process\.env"#),
    ]
    .iter()
    .map(|pattern| re(pattern))
    .collect()
});

static DASH: LazyLock<Regex> = LazyLock::new(|| re(r"\$\{([A-Za-z_][A-Za-z0-9_]*):?-([^}$\n]+)\}"));
static COLON: LazyLock<Regex> = LazyLock::new(|| re(r"\$\{([A-Za-z_][\w.-]*):([^}$\n-][^}$\n]*)\}"));

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for pattern in IN_CODE.iter() {
        find_where(project, (&[], |file| file.may_read_env), pattern, |file, _, found| {
            let (Some(key), Some(literal)) = (found.get(1), found.get(2)) else { return };
            report(project, sink, file, (key.range(), literal.range()));
        });
    }
    for (index, file) in project.files.iter().enumerate().filter(|(_, file)| file.may_read_env) {
        let fields = if file.ending() == "py" { pydantic::fields(&file.code) } else { Vec::new() };
        for field in fields {
            if let Some(literal) = field.literal {
                report(project, sink, index, (field.span, literal));
            }
        }
    }
    for (index, file) in project.files.iter().enumerate() {
        let name = file.name();
        let is_spring =
            name.starts_with("application") && matches!(file.format, Format::Yaml | Format::Properties);
        let is_shell = matches!(file.ending(), "sh" | "bash" | "zsh" | "env")
            || matches!(file.format, Format::Dockerfile | Format::Dotenv);
        let text = if file.format == Format::Code { &file.code } else { &file.text };
        let pattern = match () {
            () if is_spring => &COLON,
            () if is_shell || is_compose(name) || super::super::bind_yaml::is_ci(&file.path) => &DASH,
            () => continue,
        };
        for found in pattern.captures_iter(text) {
            if let (Some(key), Some(literal)) = (found.get(1), found.get(2)) {
                report(project, sink, index, (key.range(), literal.range()));
            }
        }
    }
}

/// A variable and the literal in its place, by where they stand.
fn report(project: &Project, sink: &mut Sink, file: usize, (key, literal): (Range<usize>, Range<usize>)) {
    // Comments are blanked byte for byte, so that both texts have the same places.
    let text = &project.files[file].text;
    let (name, value) = (&text[key.clone()], text[literal.clone()].trim());
    let is_reference = value.starts_with(['$', '<', '{']) || value.contains("://localhost");
    if !means_secret(&upper_snake(name))
        || value.is_empty()
        || is_reference
        || is_test_or_example(project, file)
        || is_commented(project, file, key.start)
    {
        return;
    }
    let message = format!("{name} has a literal as default: everybody with the code knows it");
    let problem = Problem::at("hardcoded-secret-fallback", file, literal, project.files[file].env, message);
    sink.push(Problem { key: name.to_owned(), secret: Some(Value::new(value)), ..problem });
}

fn is_commented(project: &Project, file: usize, at: usize) -> bool {
    let text = &project.files[file].text;
    let start = text[..at.min(text.len())].rfind('\n').map_or(0, |n| n + 1);
    text[start..].trim_start().starts_with('#')
}
