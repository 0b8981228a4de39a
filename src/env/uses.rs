//! Where programs read variables, in the languages that people write servers and front ends in.

use std::sync::LazyLock;

use regex::Regex;

use super::model::{File, Format, Use};
use super::names::re;
use super::pydantic;

/// Patterns with the variable in group 1. What stands after a match tells whether there is a default.
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let name = r#"([A-Za-z_][A-Za-z0-9_]*)"#;
    let quoted = r#"["'`]([A-Za-z_][A-Za-z0-9_]*)["'`]"#;
    [
        format!(r"\bprocess\.env\??\.{name}"),
        format!(r"\bprocess\.env\[{quoted}\]"),
        format!(r"\bimport\.meta\.env\.{name}"),
        format!(r"\b(?:Deno\.env\.get|env::var|env::var_os|os\.Getenv|os\.LookupEnv|System\.getenv|GetEnvironmentVariable|getenv|os\.getenv|ENV\.fetch|environ\.get|env|env\.str|env\.int|env\.bool|env!|option_env!|config|decouple\.config)\(\s*{quoted}"),
        format!(r"\bBun\.env\.{name}"),
        format!(r"\b(?:os\.environ|ENV|\$_ENV|\$_SERVER)\[{quoted}\]"),
        format!(r"\bSystem\.(?:fetch_env!?|get_env)\(\s*{quoted}"),
        r#"@Value\(\s*"\$\{([A-Z_][A-Z0-9_]*)"#.to_owned(),
    ]
    .iter()
    .map(|pattern| re(pattern))
    .collect()
});

/// What a text has that reads a variable, in these ways or those that checks look for.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    re(r"env|ENV|Env|config\(|@Value|_SERVER|phpinfo|BaseSettings|getOrDefault|getProperty|GetValue")
});

/// Whether a program may read a variable, or print all.
pub(super) fn may_read(code: &str) -> bool {
    MARK.is_match(code)
}

static DESTRUCTURED: LazyLock<Regex> =
    LazyLock::new(|| re(r"\{([^{}]*)\}\s*=\s*(?:process\.env|import\.meta\.env|Bun\.env)\b"));
static IMPORTED: LazyLock<Regex> =
    LazyLock::new(|| re(r#"import\s*\{([^{}]*)\}\s*from\s*["']\$env/static/(?:public|private)["']"#));

/// All places of a file that read a variable.
pub(super) fn find(index: usize, file: &File) -> Vec<Use> {
    if file.format != Format::Code {
        return Vec::new();
    }
    let text = file.code.as_str();
    let mut out = Vec::new();
    // One of these is in every pattern below.
    if !file.may_read_env {
        return out;
    }
    for pattern in PATTERNS.iter() {
        for found in pattern.captures_iter(text) {
            let (Some(whole), Some(key)) = (found.get(0), found.get(1)) else { continue };
            let is_call = whole.as_str().contains('(');
            let shouts = key.as_str().bytes().all(|b| !b.is_ascii_lowercase());
            if is_call && !shouts {
                continue;
            }
            out.push(Use {
                file: index,
                key: key.as_str().to_owned(),
                span: key.range(),
                has_default: has_default(text, whole.end(), is_call),
                any_case: false,
            });
        }
    }
    listed(index, text, &mut out);
    if file.ending() == "py" {
        let fields = pydantic::fields(text).into_iter();
        out.extend(fields.map(|pydantic::Field { key, span, has_default, .. }| Use {
            file: index,
            key,
            span,
            has_default,
            any_case: true,
        }));
    }
    out.sort_by_key(|found| found.span.start);
    out.dedup_by(|b, a| a.span == b.span);
    out
}

/// `const { A, B } = process.env`, and what SvelteKit imports by name.
fn listed(index: usize, text: &str, out: &mut Vec<Use>) {
    for found in DESTRUCTURED.captures_iter(text).chain(IMPORTED.captures_iter(text)) {
        let Some(list) = found.get(1) else { continue };
        let mut at = list.start();
        for part in list.as_str().split(',') {
            let name = part
                .split(['=', ':'])
                .next()
                .unwrap_or_default()
                .split(" as ")
                .next()
                .unwrap_or_default()
                .trim();
            let start = at + part.find(name).unwrap_or(0);
            if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                out.push(Use {
                    file: index,
                    key: name.to_owned(),
                    span: start..start + name.len(),
                    has_default: part.contains('='),
                    any_case: false,
                });
            }
            at += part.len() + 1;
        }
    }
}

/// `||`, `??`, `, default)`, a comparison: the program goes on without the variable.
fn has_default(text: &str, end: usize, is_call: bool) -> bool {
    let rest = text[end..].trim_start_matches([' ', '\t', '\n']);
    if is_call {
        return rest.starts_with(',')
            || rest.starts_with(") ||")
            || rest.starts_with(") ??")
            || rest.starts_with(").unwrap_or")
            || rest.starts_with(") or ")
            || rest.starts_with(").ok()")
            || rest.starts_with(") {");
    }
    ["||", "??", "===", "!==", "==", "!=", "?", "&&", ")  {"].iter().any(|mark| rest.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::model::Env;
    use crate::env::parse::source;

    fn uses(path: &str, text: &str) -> Vec<(String, bool)> {
        let file = File {
            path: path.into(),
            shown: path.into(),
            text: text.into(),
            code: source::without_comments(text, path.rsplit('.').next().unwrap_or_default()),
            may_read_env: may_read(text),
            format: Format::Code,
            env: Env::Shared,
            reason: String::new(),
            local: false,
            tracked: false,
            ignored: false,
            open: false,
        };
        find(0, &file).into_iter().map(|found| (found.key, found.has_default)).collect()
    }

    #[test]
    fn each_language_has_its_way_to_read_a_variable() {
        let cases = [
            ("a.ts", "x(process.env.A, process.env['B'] ?? 1)", &[("A", false), ("B", true)][..]),
            ("a.ts", "const { C, D = 1 } = process.env", &[("C", false), ("D", true)]),
            ("a.ts", "import.meta.env.VITE_X", &[("VITE_X", false)]),
            (
                "a.py",
                "os.environ['A'], os.getenv('B', 1), os.environ.get('C')",
                &[("A", false), ("B", true), ("C", false)],
            ),
            ("a.rb", "ENV['A']; ENV.fetch('B', 'x')", &[("A", false), ("B", true)]),
            ("a.php", "env('A', false); getenv('B')", &[("A", true), ("B", false)]),
            ("a.go", "os.Getenv(\"A\")", &[("A", false)]),
            ("a.rs", "std::env::var(\"A\").unwrap_or_default()", &[("A", true)]),
            ("a.java", "@Value(\"${A}\") String a = System.getenv(\"B\");", &[("A", false), ("B", false)]),
            ("a.exs", "System.fetch_env!(\"A\"), System.get_env(\"B\", \"x\")", &[("A", false), ("B", true)]),
            ("a.ts", "// process.env.NO", &[]),
        ];
        for (path, text, want) in cases {
            let want: Vec<_> = want.iter().map(|(key, yes)| ((*key).to_owned(), *yes)).collect();
            assert_eq!(uses(path, text), want, "{text}");
        }
    }
}
