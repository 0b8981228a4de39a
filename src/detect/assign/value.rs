//! Reads the value or values at an opening: quoted, bare, the text of an element, a list, arguments.

use super::operator::Opening;
use super::{MOST, Range2, VALUE, blanks, count, is_name, starts};
use crate::detect::Syntax;

/// How a quoted value is quoted.
#[derive(Debug, Clone, Copy)]
struct Quote {
    /// Bytes of the opening, and of the closing.
    open: usize,
    close: &'static [u8],
    /// Backslashes before the quote, as in JSON within a string.
    slashes: usize,
}

type Sink<'a> = &'a mut dyn FnMut(Range2, Syntax);

/// Calls `found` for each value at the opening.
pub(super) fn read(text: &[u8], opening: Opening, found: Sink<'_>) {
    match opening {
        Opening::Any(at) => any(text, at, found),
        Opening::Quoted(at) => {
            if let Some((quote, at)) = opened(text, at) {
                quoted(text, at, quote).into_iter().for_each(|value| found(without_scheme(text, value), Syntax::Quoted));
            }
        }
        Opening::Arguments(at) => arguments(text, at, found),
        Opening::Element(at) => {
            let end = take(text, at, |byte| byte != b'<' && byte != b'\n');
            if text[end..].starts_with(b"</") {
                found((at..end).into(), Syntax::Element);
            }
        }
        Opening::Query(at) => found((at..take(text, at, |b| is_bare(b) && b != b'&' && b != b'#')).into(), Syntax::Bare),
        Opening::Default(at) => found((at..take(text, at, is_bare)).into(), Syntax::Bare),
    }
}

fn any(text: &[u8], at: usize, found: Sink<'_>) {
    let at = at + blanks(text, at);
    if let Some((quote, at)) = opened(text, at) {
        quoted(text, at, quote).into_iter().for_each(|value| found(without_scheme(text, value), Syntax::Quoted));
    } else if matches!(text.get(at), Some(b'[' | b'(')) && opened(text, first_of_list(text, at)).is_some() {
        list(text, first_of_list(text, at), found);
    } else {
        let word = at..take(text, at, is_bare);
        let rest = word.end + blanks(text, word.end);
        // `Authorization: Token …`
        let value = match is_scheme(&text[word.clone()]) && rest > word.end {
            true => rest..take(text, rest, is_bare),
            false => word,
        };
        found(value.into(), Syntax::Bare);
    }
}

fn first_of_list(text: &[u8], at: usize) -> usize {
    at + 1 + count(text, at + 1, |byte| byte.is_ascii_whitespace())
}

/// Values in quotes with commas between them, from the first quote on.
fn list(text: &[u8], first: usize, found: Sink<'_>) {
    let mut at = first;
    for _ in 0..MOST {
        let Some((quote, open)) = opened(text, at) else { return };
        let Some(value) = quoted(text, open, quote) else { return };
        found(value, Syntax::Quoted);
        let end = value.end + quote.close.len() + quote.slashes;
        let comma = end + count(text, end, |byte| byte.is_ascii_whitespace());
        if text.get(comma) != Some(&b',') {
            return;
        }
        at = comma + 1 + count(text, comma + 1, |byte| byte.is_ascii_whitespace());
    }
}

/// The first quoted argument, and the second: `Password("…")`, `login(user, "…")`, `Credential("user", "…")`.
fn arguments(text: &[u8], from: usize, found: Sink<'_>) {
    let mut at = from;
    for _ in 0..2 {
        at += count(text, at, |byte| byte.is_ascii_whitespace());
        if let Some((quote, open)) = opened(text, at) {
            let Some(value) = quoted(text, open, quote) else { return };
            found(value, Syntax::Quoted);
            at = value.end + quote.close.len() + quote.slashes;
        } else {
            at += count(text, at, |byte| is_name(byte) || byte == b'@');
        }
        at += blanks(text, at);
        if text.get(at) != Some(&b',') {
            return;
        }
        at += 1;
    }
}

/// Whether a quote opens here, after at most a string prefix (`b"`, `@"`) or a wrapper (`Some("`, `[]byte("`).
fn opened(text: &[u8], at: usize) -> Option<(Quote, usize)> {
    let at = at + blanks(text, at);
    if let Some(quote) = quote_at(text, at) {
        return Some((quote, at));
    }
    let word = count(text, at, |byte| is_name(byte) || b":@[]!".contains(&byte)).min(32);
    let paren = text.get(at + word) == Some(&b'(');
    let wrapped = match word {
        0 => return None,
        1 | 2 if !paren => at + word,
        _ if paren => at + word + 1,
        // `new String("…")`
        3 if starts(text, at, b"new ") => {
            let class = count(text, at + 4, is_name).min(32);
            if text.get(at + 4 + class) != Some(&b'(') {
                return None;
            }
            at + 4 + class + 1
        }
        _ => return None,
    };
    quote_at(text, wrapped).map(|quote| (quote, wrapped))
}

fn quote_at(text: &[u8], at: usize) -> Option<Quote> {
    let slashes = count(text, at, |byte| byte == b'\\').min(3);
    let plain = |close: &'static [u8]| {
        // `"""` and ```` ``` ````
        let wide = slashes == 0 && text.get(at + 1) == text.get(at) && text.get(at + 2) == text.get(at);
        let double = slashes == 0 && close == b"`" && text.get(at + 1) == text.get(at);
        let open = if wide { 3 } else if double { 2 } else { slashes + 1 };
        Some(Quote { open, close, slashes })
    };
    match text.get(at + slashes)? {
        b'"' => plain(b"\""),
        b'\'' => plain(b"'"),
        b'`' => plain(b"`"),
        b'&' if slashes == 0 => ENTITIES
            .iter()
            .find(|entity| text[at..].starts_with(entity))
            .map(|entity| Quote { open: entity.len(), close: entity, slashes: 0 }),
        0xe2 if slashes == 0 => CURLY
            .iter()
            .find(|(open, _)| text[at..].starts_with(open.as_bytes()))
            .map(|(open, close)| Quote { open: open.len(), close: close.as_bytes(), slashes: 0 }),
        _ => None,
    }
}

/// Quotes as HTML writes them.
const ENTITIES: &[&[u8]] = &[b"&quot;", b"&#34;", b"&#39;", b"&apos;", b"&#x27;", b"&#x22;"];
/// Quotes as word processors write them.
const CURLY: &[(&str, &str)] = &[("\u{2018}", "\u{2019}"), ("\u{201c}", "\u{201d}")];

/// The length of the quote written as an entity at `at`; 0 if there is none.
pub(super) fn entity(text: &[u8], at: usize) -> usize {
    ENTITIES.iter().find(|entity| text[at..].starts_with(entity)).map_or(0, |entity| entity.len())
}

/// The text between the quote at `at` and its like, on one line.
fn quoted(text: &[u8], at: usize, quote: Quote) -> Option<Range2> {
    let start = at + quote.open;
    let limit = text.len().min(start + VALUE);
    let mut at = start;
    while at < limit {
        match text[at] {
            b'\n' | b'\r' => return None,
            b'\\' if quote.slashes > 0 && text[at..].get(quote.slashes..).is_some_and(|rest| rest.starts_with(quote.close)) => {
                return Some((start..at).into());
            }
            b'\\' => at += 2,
            _ if text[at..].starts_with(quote.close) => return Some((start..at).into()),
            _ => at += 1,
        }
    }
    None
}

/// Words that say how a header's value is meant. What follows `Basic` and `Bearer` has rules of its own.
fn is_scheme(word: &[u8]) -> bool {
    ["token", "apikey", "api-key", "key", "oauth", "jwt", "basic", "bearer"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
}

/// A quoted value without the scheme it begins with.
fn without_scheme(text: &[u8], value: Range2) -> Range2 {
    let word = count(text, value.start, |byte| byte.is_ascii_alphabetic() || byte == b'-').min(8);
    let rest = value.start + word + blanks(text, value.start + word);
    let scheme = rest > value.start + word && is_scheme(&text[value.start..value.start + word]);
    if scheme && rest < value.end { (rest..value.end).into() } else { value }
}

fn is_bare(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"\"'`,;)<>]}{|".contains(&byte)
}

/// The end of what passes `test`, [`VALUE`] bytes at most.
fn take(text: &[u8], start: usize, test: impl Fn(u8) -> bool) -> usize {
    let limit = text.len().min(start + VALUE);
    start + text[start.min(limit)..limit].iter().take_while(|&&byte| test(byte)).count()
}
