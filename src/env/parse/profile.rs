//! What each loader makes of a dotenv line. They disagree on `#`, `$`, backticks and broken quotes.
//!
//! npm, node, python and dotenvy were held against the loaders themselves; compose, docker and sh follow
//! their documentation.

use super::dotenv::Pair;

/// A loader's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// npm's dotenv 16.
    Npm,
    /// `node --env-file`.
    Node,
    /// python-dotenv 1.
    Python,
    /// dotenvy 0.15 (Rust).
    Dotenvy,
    /// Docker Compose.
    Compose,
    /// `docker run --env-file`.
    Docker,
    /// A POSIX shell that sources the file.
    Sh,
}

impl Profile {
    /// All, by the names configuration uses.
    pub const ALL: [(&'static str, Self); 7] = [
        ("npm", Self::Npm),
        ("node", Self::Node),
        ("python", Self::Python),
        ("dotenvy", Self::Dotenvy),
        ("compose", Self::Compose),
        ("docker-env-file", Self::Docker),
        ("sh", Self::Sh),
    ];

    /// As printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, profile)| *profile == self).map_or("", |(name, _)| name)
    }

    /// What the loader takes as the value; nothing where it gives an error.
    #[must_use]
    pub fn value(self, text: &str, pair: &Pair) -> Option<String> {
        let raw = text[pair.raw.clone()].trim_end();
        match self {
            Self::Docker => Some(raw.to_owned()),
            Self::Npm => Some(npm(text, pair, raw)),
            Self::Node => Some(node(raw)),
            Self::Python => python(text, pair, raw),
            Self::Compose => closed(text, pair, raw, true).map(|value| self.unescaped(value, pair)),
            Self::Dotenvy => dotenvy(text, pair, raw),
            Self::Sh => sh(text, pair, raw),
        }
    }

    fn unescaped(self, value: String, pair: &Pair) -> String {
        if pair.quote == Some(b'\'') { value } else { expanded(&value, true) }
    }
}

fn inner<'t>(text: &'t str, pair: &Pair) -> &'t str {
    &text[pair.value.clone()]
}

/// npm: up to `#`, unless the whole is quoted.
fn npm(text: &str, pair: &Pair, raw: &str) -> String {
    if pair.closed && pair.after.is_empty() {
        return if pair.quote == Some(b'"') {
            escapes(inner(text, pair))
        } else {
            inner(text, pair).to_owned()
        };
    }
    raw.split('#').next().unwrap_or_default().trim().to_owned()
}

/// node: a quote ends at the next one, whatever follows.
fn node(raw: &str) -> String {
    if let Some(quote) = raw.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))
        && let Some((value, _)) = raw[1..].split_once(quote)
    {
        return if quote == '"' { value.replace("\\n", "\n") } else { value.to_owned() };
    }
    raw.split('#').next().unwrap_or_default().trim().to_owned()
}

/// python-dotenv: backticks are text; a comment needs a blank before it; `${X:-d}` is expanded.
fn python(text: &str, pair: &Pair, raw: &str) -> Option<String> {
    let value = closed(text, pair, raw, false)?;
    Some(expanded(&value, false))
}

/// What is common to python and compose: quotes `"` and `'`, nothing after them.
fn closed(text: &str, pair: &Pair, raw: &str, after_is_error: bool) -> Option<String> {
    match pair.quote {
        Some(b'"' | b'\'') if pair.closed && pair.after.is_empty() => {
            let value = inner(text, pair);
            Some(if pair.quote == Some(b'"') { escapes(value) } else { value.to_owned() })
        }
        Some(b'"' | b'\'') if pair.closed || after_is_error => None,
        Some(b'`') => Some(without_comment(raw)),
        _ => Some(without_comment(raw)),
    }
}

/// dotenvy: parts may be quoted, backticks are text, blanks are an error, `$X` is expanded.
fn dotenvy(text: &str, pair: &Pair, raw: &str) -> Option<String> {
    match pair.quote {
        Some(b'\'') if pair.closed && pair.after.is_empty() => Some(inner(text, pair).to_owned()),
        Some(b'"') if pair.closed && pair.after.is_empty() => {
            Some(expanded(&escapes(inner(text, pair)), true))
        }
        _ => {
            let value = without_comment(raw);
            let open = |quote| value.matches(quote).count() % 2 == 1;
            let broken = value.contains([' ', '\t']) || open('"') || open('\'');
            (!broken).then(|| expanded(&value.replace(['"', '\''], ""), true))
        }
    }
}

/// sh: like dotenvy, but what backticks hold is run, and braces have defaults.
fn sh(text: &str, pair: &Pair, raw: &str) -> Option<String> {
    match pair.quote {
        Some(b'`') => None,
        _ => dotenvy(text, pair, raw),
    }
}

fn without_comment(raw: &str) -> String {
    let cut = raw.match_indices('#').map(|(n, _)| n).find(|&n| n > 0 && raw[..n].ends_with([' ', '\t']));
    raw[..cut.unwrap_or(raw.len())].trim_end().to_owned()
}

fn escapes(value: &str) -> String {
    value.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\\\"", "\"")
}

/// Expansion, as far as values can be compared: what would be replaced becomes a mark. A plain `${X}` stays,
/// since every loader has an option or a companion for it.
fn expanded(value: &str, bare_dollar: bool) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|braces| braces.split_once('}')) {
            if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                out.push_str(&format!("${{{name}}}"));
            } else {
                out.push('\u{1}');
            }
            rest = after;
        } else if bare_dollar && rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            out.push('\u{1}');
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        } else {
            out.push('$');
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::super::dotenv::{Kind, parse};
    use super::*;

    fn value(profile: Profile, text: &str) -> Option<String> {
        parse(text).into_iter().find_map(|line| match line.kind {
            Kind::Pair(pair) => Some(profile.value(text, &pair)),
            _ => None,
        })?
    }

    /// What the loaders themselves give.
    #[test]
    fn each_dialect_reads_a_line_as_its_loader_does() {
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            ("A=val#nohash", some("val"), some("val"), some("val#nohash"), some("val#nohash")),
            ("HASH=#x", some(""), some(""), some("#x"), some("#x")),
            ("B=`x`", some("x"), some("x"), some("`x`"), some("`x`")),
            ("Q=\"a\"b", some("\"a\"b"), some("a"), None, some("ab")),
            ("JSON={\"a\":1}", some("{\"a\":1}"), some("{\"a\":1}"), some("{\"a\":1}"), some("{a:1}")),
            ("SP=a b c", some("a b c"), some("a b c"), some("a b c"), None),
            ("B=$A", some("$A"), some("$A"), some("$A"), some("\u{1}")),
            ("B=${A:-d}", some("${A:-d}"), some("${A:-d}"), some("\u{1}"), some("\u{1}")),
        ];
        for (text, npm, node, python, dotenvy) in cases {
            let got =
                [Profile::Npm, Profile::Node, Profile::Python, Profile::Dotenvy].map(|p| value(p, text));
            assert_eq!(got, [npm, node, python, dotenvy], "{text}");
        }
        assert_eq!(value(Profile::Docker, "A=\"x\""), some("\"x\""));
    }
}
