//! npm's dotenv, versions 16 to 18.

use std::sync::LazyLock;

use regex::Regex;

use super::{Setting, plain};

/// A pair, over several lines where it is quoted. A line that is none is passed over. `~` stands for a blank, to
/// which JavaScript counts the byte-order mark.
const PAIR: &str = concat!(
    r"(?m)^~*(?:export~+)?([A-Za-z0-9_.-]+)(?:~*=~*?|:~+?)",
    r#"(~*'(?:\\'|[^'])*'|~*"(?:\\"|[^"])*"|~*`(?:\\`|[^`])*`|[^#\n]+)?~*(?:#.*)?$"#,
);

/// What it reads.
#[must_use]
pub fn read(text: &str) -> Vec<Setting> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&PAIR.replace('~', r"[\s\x{feff}]")).expect("the pattern is well-formed")
    });
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let setting =
        |found: regex::Captures<'_>| plain(&found[1], value(found.get(2).map_or("", |m| m.as_str())));
    LINE.captures_iter(&text).map(setting).collect()
}

fn value(raw: &str) -> String {
    let raw = raw.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let inner = quote.and_then(|quote| raw[1..].strip_suffix(quote)).unwrap_or(raw);
    match quote {
        Some('"') => inner.replace("\\n", "\n").replace("\\r", "\r"),
        _ => inner.to_owned(),
    }
}
