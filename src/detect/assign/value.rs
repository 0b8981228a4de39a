//! Reads the value or values at an opening: quoted, bare, the text of an element, a list, arguments.

use super::operator::{CDATA, Opening};
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
            if let Some(value) = opened(text, at).and_then(|(quote, at)| quoted(text, at, quote)) {
                without_scheme(text, value).into_iter().for_each(|value| found(value, Syntax::Quoted));
            }
        }
        Opening::Arguments(at) => arguments(text, at, found),
        Opening::Element(at) => element(text, at, found),
        Opening::Query(at) => {
            found((at..take(text, at, |b| is_bare(b) && b != b'&' && b != b'#')).into(), Syntax::Bare)
        }
        Opening::Default(at) => found((at..take(text, at, is_bare)).into(), Syntax::Bare),
    }
}

/// The text of an element, also in a section of plain text or in an element for the value alone.
fn element(text: &[u8], at: usize, found: Sink<'_>) {
    let first = at + count(text, at, |byte| byte.is_ascii_whitespace());
    let inner = [CDATA, b"<value>", b"<string>"].into_iter().find(|open| starts(text, first, open));
    let start = inner.map_or(at, |open| first + open.len());
    let end = take(text, start, |byte| byte != b'<' && byte != b'\n');
    match inner {
        Some(CDATA) => {
            let end = take(text, start, |byte| byte != b']' && byte != b'\n');
            if text[end..].starts_with(b"]]>") {
                found((start..end).into(), Syntax::Element);
            }
        }
        _ if text[end..].starts_with(b"</") => found((start..end).into(), Syntax::Element),
        _ => {}
    }
}

fn any(text: &[u8], at: usize, found: Sink<'_>) {
    let at = at + blanks(text, at);
    if let Some((quote, at)) = opened(text, at) {
        let value = quoted(text, at, quote).and_then(|value| without_scheme(text, value));
        value.into_iter().for_each(|value| found(value, Syntax::Quoted));
    } else if matches!(text.get(at), Some(b'[' | b'(')) && opened(text, first_of_list(text, at)).is_some() {
        list(text, first_of_list(text, at), found);
    } else {
        let word = at..take(text, at, is_bare);
        let rest = word.end + blanks(text, word.end);
        // `Authorization: Token …`
        let value = match &text[word.clone()] {
            scheme if rest > word.end && has_own_rule(scheme) => return,
            scheme if rest > word.end && is_scheme(scheme) => rest..take(text, rest, is_bare),
            _ => word,
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
        let plain = at + count(text, at, |byte| byte.is_ascii_alphabetic() || byte == b'@').min(2);
        let direct = [at, plain].into_iter().find_map(|open| Some((quote_at(text, open)?, open)));
        if let Some((quote, open)) = direct.or_else(|| optional(text, at)) {
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

/// `Some("…")` as an argument.
fn optional(text: &[u8], at: usize) -> Option<(Quote, usize)> {
    let open = starts(text, at, b"some(").then_some(at + 5)?;
    quote_at(text, open).map(|quote| (quote, open))
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
        1 | 2 if !paren && text[at..at + word].iter().all(|b| b.is_ascii_alphabetic() || *b == b'@') => {
            at + word
        }
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
        let open = if wide {
            3
        } else if double {
            2
        } else {
            slashes + 1
        };
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
            b'\\'
                if quote.slashes > 0
                    && text[at..].get(quote.slashes..).is_some_and(|rest| rest.starts_with(quote.close)) =>
            {
                return Some((start..at).into());
            }
            b'\\' => at += 2,
            _ if text[at..].starts_with(quote.close) => return Some((start..at).into()),
            _ => at += 1,
        }
    }
    None
}

/// Schemes of headers whose values are found by rules of their own.
fn has_own_rule(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"basic") || word.eq_ignore_ascii_case(b"bearer")
}

/// Other words that say how a header's value is meant.
fn is_scheme(word: &[u8]) -> bool {
    ["token", "apikey", "api-key", "key", "oauth", "jwt"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
}

/// A quoted value without the scheme it begins with; none where the scheme has a rule of its own.
fn without_scheme(text: &[u8], value: Range2) -> Option<Range2> {
    let word = count(text, value.start, |byte| byte.is_ascii_alphabetic() || byte == b'-').min(8);
    let rest = value.start + word + blanks(text, value.start + word);
    if rest == value.start + word || rest >= value.end {
        return Some(value);
    }
    match &text[value.start..value.start + word] {
        scheme if has_own_rule(scheme) => None,
        scheme if is_scheme(scheme) => Some((rest..value.end).into()),
        _ => Some(value),
    }
}

fn is_bare(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"\"'`,;)<>]}{|".contains(&byte)
}

/// The end of what passes `test`, [`VALUE`] bytes at most.
fn take(text: &[u8], start: usize, test: impl Fn(u8) -> bool) -> usize {
    let limit = text.len().min(start + VALUE);
    start + text[start.min(limit)..limit].iter().take_while(|&&byte| test(byte)).count()
}
