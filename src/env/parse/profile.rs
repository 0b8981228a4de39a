//! What each loader makes of a dotenv line. They disagree on `#`, `$`, backticks and broken quotes.
//!
//! npm, node, python and dotenvy are held against the loaders themselves ([`super::loader`]); compose, docker
//! and sh follow their documentation.

use super::dotenv::Pair;
use super::loader::{Piece, Setting, dotenvy, node, npm, python};

/// A loader's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// npm's dotenv, 16 to 18.
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
            Self::Npm => loaded(text, pair, npm::read),
            Self::Node => loaded(text, pair, node::read),
            Self::Python => loaded(text, pair, python::read),
            Self::Compose => compose(text, pair, raw),
            Self::Dotenvy => loaded(text, pair, dotenvy::read),
            Self::Sh => sh(text, pair, raw),
        }
    }
}

fn inner<'t>(text: &'t str, pair: &Pair) -> &'t str {
    &text[pair.value.clone()]
}

/// What a loader reads, other variables as marks. A plain `${X}` stays, since every loader has an option or a
/// companion for it.
fn loaded(text: &str, pair: &Pair, read: fn(&str) -> Vec<Setting>) -> Option<String> {
    let line = format!("K{}", &text[pair.key.end..pair.raw.end]);
    let shown = |piece: Piece| match piece {
        Piece::Text(text) => text,
        Piece::Variable { name, default: None, braces: true } if is_name(&name) => format!("${{{name}}}"),
        Piece::Variable { .. } => "\u{1}".to_owned(),
    };
    Some(read(&line).into_iter().next()?.value?.into_iter().map(shown).collect())
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Compose: quotes `"` and `'`, nothing after them.
fn compose(text: &str, pair: &Pair, raw: &str) -> Option<String> {
    match pair.quote {
        Some(b'"') if pair.closed && pair.after.is_empty() => Some(expanded(&escapes(inner(text, pair)))),
        Some(b'\'') if pair.closed && pair.after.is_empty() => Some(inner(text, pair).to_owned()),
        Some(b'"' | b'\'') => None,
        _ => Some(expanded(&without_comment(pair, raw))),
    }
}

/// sh: parts may be quoted, blanks are an error, `$X` is expanded, and what backticks hold is run.
fn sh(text: &str, pair: &Pair, raw: &str) -> Option<String> {
    match pair.quote {
        Some(b'`') => None,
        Some(b'\'') if pair.closed && pair.after.is_empty() => Some(inner(text, pair).to_owned()),
        Some(b'"') if pair.closed && pair.after.is_empty() => Some(expanded(&escapes(inner(text, pair)))),
        _ => {
            let value = without_comment(pair, raw);
            let open = |quote| value.matches(quote).count() % 2 == 1;
            let broken = value.contains([' ', '\t']) || open('"') || open('\'');
            (!broken).then(|| expanded(&value.replace(['"', '\''], "")))
        }
    }
}

fn without_comment(pair: &Pair, raw: &str) -> String {
    if pair.comment.as_ref().is_some_and(|comment| comment.start == pair.raw.start) {
        return String::new();
    }
    let cut = raw.match_indices('#').map(|(n, _)| n).find(|&n| n > 0 && raw[..n].ends_with([' ', '\t']));
    raw[..cut.unwrap_or(raw.len())].trim_end().to_owned()
}

fn escapes(value: &str) -> String {
    value.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\\\"", "\"")
}

/// Expansion, as far as values can be compared: what would be replaced becomes a mark, but for a plain `${X}`.
fn expanded(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|braces| braces.split_once('}')) {
            if is_name(name) {
                out.push_str(&format!("${{{name}}}"));
            } else {
                out.push('\u{1}');
            }
            rest = after;
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
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
            ("HASH=#x", some(""), some(""), some("#x"), some("")),
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
