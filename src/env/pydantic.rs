//! Fields of pydantic-settings: each reads the variable of its own name, in any case, with the prefix of its class.
//!
//! A class counts if it names `BaseSettings` as its base; classes that inherit from one by another name are not followed.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::names::re;

/// A field that is read from the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// The variable, in capitals.
    pub(super) key: String,
    /// Where its name stands.
    pub(super) span: Range<usize>,
    /// Whether the class goes on without the variable.
    pub(super) has_default: bool,
    /// Where a literal stands that takes its place.
    pub(super) literal: Option<Range<usize>>,
}

static CLASS: LazyLock<Regex> =
    LazyLock::new(|| re(r"(?m)^class[ \t]+\w+\([^()\n]*\bBaseSettings\b[^()\n]*\)[ \t]*:[^\n]*\n"));
static FIELD: LazyLock<Regex> =
    LazyLock::new(|| re(r"^[ \t]+([A-Za-z]\w*)[ \t]*:[ \t]*([^=\n]+?)[ \t]*(?:=[ \t]*([^\n]*))?$"));
static PREFIX: LazyLock<Regex> =
    LazyLock::new(|| re(r#"\benv_prefix["']?\s*[=:]\s*["']([A-Za-z0-9_]*)["']"#));
static ALIAS: LazyLock<Regex> = LazyLock::new(|| {
    re(r#"\b(?:validation_alias|alias|env)\s*=\s*(?:AliasChoices\(\s*|\[\s*)?["']([A-Za-z_]\w*)["']"#)
});
static DEFAULT: LazyLock<Regex> = LazyLock::new(|| re(r"\bdefault(?:_factory)?\s*=\s*[^.\s]"));
static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"^(?:Field\(\s*(?:[^()\n]*?\bdefault\s*=\s*)?)?(?:SecretStr\(\s*)?(?:"([^"\n]+)"|'([^'\n]+)')\s*(?:[,)]|$)"#,
    )
});

/// The fields of all such classes of a program, comments blanked.
pub(super) fn fields(code: &str) -> Vec<Field> {
    CLASS.find_iter(code).flat_map(|class| of_class(code, body(code, class.end()))).collect()
}

/// The indented lines from `start` on.
fn body(code: &str, start: usize) -> Range<usize> {
    let mut end = start;
    for line in code[start..].split_inclusive('\n') {
        if line.starts_with(|c: char| !c.is_whitespace()) {
            break;
        }
        end += line.len();
    }
    start..end
}

fn of_class(code: &str, body: Range<usize>) -> Vec<Field> {
    let text = &code[body.clone()];
    let prefix = PREFIX.captures(text).and_then(|found| found.get(1)).map_or("", |prefix| prefix.as_str());
    let (mut out, mut indent, mut in_text, mut next) = (Vec::new(), None, false, body.start);
    let mut at = body.start;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.matches("\"\"\"").count() % 2 == 1 {
            in_text = !in_text;
            continue;
        }
        let own = line.len() - line.trim_start().len();
        if in_text || start < next || line.trim().is_empty() || own != *indent.get_or_insert(own) {
            continue;
        }
        let Some(found) = FIELD.captures(line.trim_end()) else { continue };
        let value = found.get(3).map(|value| statement(code, start + value.start()));
        next = value.as_ref().map_or(at, |value| value.end);
        let (Some(name), Some(kind)) = (found.get(1), found.get(2)) else { continue };
        if name.as_str() != "model_config" && !kind.as_str().contains("ClassVar") {
            let span = start + name.start()..start + name.end();
            out.push(field(code, prefix, span, value));
        }
    }
    out
}

fn field(code: &str, prefix: &str, span: Range<usize>, value: Option<Range<usize>>) -> Field {
    let text = value.clone().map_or("", |value| &code[value]);
    let alias = ALIAS.captures(text).and_then(|found| Some(found.get(1)?.as_str().to_ascii_uppercase()));
    let is_field = text.starts_with("Field(");
    let first = text.trim_start_matches("Field(").trim_start();
    let by_position = !first.starts_with("...")
        && !first.starts_with(')')
        && !first.split([',', '(', '"', '\'']).next().unwrap_or_default().contains('=');
    let literal = value.and_then(|value| {
        let found = LITERAL.captures(text)?;
        let literal = found.get(1).or(found.get(2))?;
        Some(value.start + literal.start()..value.start + literal.end())
    });
    Field {
        key: alias.unwrap_or_else(|| format!("{prefix}{}", &code[span.clone()]).to_ascii_uppercase()),
        span,
        has_default: !text.is_empty() && (by_position || is_field && DEFAULT.is_match(text)),
        literal,
    }
}

/// The expression from `start` on: to the end of its line, or further while a bracket is open.
fn statement(code: &str, start: usize) -> Range<usize> {
    let mut open = 0_i32;
    for (at, byte) in code.as_bytes()[start..].iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open -= 1,
            b'\n' if open <= 0 => return start..start + at,
            _ => {}
        }
    }
    start..code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_reads_the_variable_of_its_name() {
        let code = concat!(
            "class Plain:\n    other: str\n\n",
            "class Settings(BaseSettings):\n    \"\"\"About\n    it: all\n    \"\"\"\n",
            "    model_config = SettingsConfigDict(env_prefix=\"APP_\")\n",
            "    database_url: PostgresDsn\n    port: int = 80\n    jwt_secret: str = \"x y\"\n",
            "    api_key: SecretStr = Field(..., validation_alias=\"VENDOR_KEY\")\n",
            "    token: str = Field(\n        default='lit',\n        title=\"t\",\n    )\n",
            "    kind: ClassVar[str] = \"a\"\n    needed: str = Field(min_length=3)\n\n",
            "    def url(self) -> str:\n        name: str = \"no\"\n        return name\n",
        );
        let got: Vec<_> = fields(code)
            .into_iter()
            .map(|field| (field.key, field.has_default, field.literal.map(|literal| &code[literal])))
            .collect();
        let want = [
            ("APP_DATABASE_URL", false, None),
            ("APP_PORT", true, None),
            ("APP_JWT_SECRET", true, Some("x y")),
            ("VENDOR_KEY", false, None),
            ("APP_TOKEN", true, Some("lit")),
            ("APP_NEEDED", false, None),
        ];
        assert_eq!(got, want.map(|(key, has_default, literal)| (key.to_owned(), has_default, literal)));
    }
}
