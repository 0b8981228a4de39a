//! Dotenv files, without loss: every line has its bytes, and a broken line does not hide the next.
//!
//! What a line *means* differs between loaders; that is [`super::profile`]'s business.

use std::ops::Range;

/// One line, or several where a quoted value goes over them.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its bytes, without the line's end.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a line is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing.
    Blank,
    /// From `#` on.
    Comment,
    /// `KEY=value`, or `KEY: value`.
    Pair(Pair),
    /// Text without `=`.
    Bare,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The key.
    pub key: Range<usize>,
    /// Whether `export` stands before it.
    pub export: bool,
    /// Whether `:` stands in place of `=`.
    pub colon: bool,
    /// Whether there are blanks before or after the `=`.
    pub spaced: bool,
    /// All after the `=`, blanks before it left out, up to the end of the line.
    pub raw: Range<usize>,
    /// The value: within its quotes, or up to blanks and an inline comment.
    pub value: Range<usize>,
    /// The quote that opens it.
    pub quote: Option<u8>,
    /// Whether that quote is closed.
    pub closed: bool,
    /// What follows the closing quote, up to a comment.
    pub after: Range<usize>,
    /// An inline comment.
    pub comment: Option<Range<usize>>,
}

/// All lines of the text.
#[must_use]
pub fn parse(text: &str) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lines = Vec::new();
    while at < bytes.len() {
        let line = line(text, at);
        at = find(text, line.span.end..bytes.len(), b'\n').map_or(bytes.len(), |n| n + 1);
        lines.push(line);
    }
    lines
}

fn line(text: &str, start: usize) -> Line {
    let end = line_end(text, start);
    let span = start..end;
    let trimmed = text[span.clone()].trim_start();
    let at = end - trimmed.len();
    let kind = match trimmed.bytes().next() {
        None => Kind::Blank,
        Some(b'#') => Kind::Comment,
        Some(_) => match separator(text, at, end) {
            Some((sep, colon)) => return pair(text, start..end, (at, sep), colon),
            None => Kind::Bare,
        },
    };
    Line { span, kind }
}

/// The first of these bytes in the range.
fn find(text: &str, range: Range<usize>, byte: u8) -> Option<usize> {
    memchr::memchr(byte, &text.as_bytes()[range.clone()]).map(|n| range.start + n)
}

/// The end of the line that begins at `start`, without CR.
fn line_end(text: &str, start: usize) -> usize {
    let end = find(text, start..text.len(), b'\n').unwrap_or(text.len());
    if end > start && text.as_bytes()[end - 1] == b'\r' { end - 1 } else { end }
}

/// The first `=`, or `: ` after a single word.
fn separator(text: &str, at: usize, end: usize) -> Option<(usize, bool)> {
    let line = &text[at..end];
    let equals = memchr::memchr(b'=', line.as_bytes());
    let is_word_end = |n: &usize| line.as_bytes().get(n + 1) == Some(&b' ');
    let colon = memchr::memchr_iter(b':', line.as_bytes())
        .find(is_word_end)
        .filter(|&n| line[..n].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    match (equals, colon) {
        (Some(equals), Some(colon)) if colon < equals => Some((at + colon, true)),
        // The end of a line of base64 is no key.
        (Some(equals), _) if is_base64(&line[..equals]) => None,
        (Some(equals), _) => Some((at + equals, false)),
        (None, Some(colon)) => Some((at + colon, true)),
        (None, None) => None,
    }
}

fn is_base64(key: &str) -> bool {
    let has = |test: fn(&u8) -> bool| key.as_bytes().iter().any(test);
    key.len() >= 32
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && !key.contains([' ', '_', '.'])
}

fn pair(text: &str, line: Range<usize>, (at, sep): (usize, usize), colon: bool) -> Line {
    let name = text[at..sep].trim_end();
    let spaced_before = name.len() < sep - at;
    let (export, key_start) = match name.strip_prefix("export ") {
        Some(rest) => (true, at + name.len() - rest.trim_start().len()),
        None => (false, at),
    };
    let key = key_start..at + name.len();
    let end = line.end;
    let from = end - text[sep + 1..end].trim_start_matches([' ', '\t']).len();
    let spaced = spaced_before || (from > sep + 1 && from < end && !colon);
    let quote = text.as_bytes().get(from).copied().filter(|b| from < end && matches!(b, b'"' | b'\'' | b'`'));
    let mut pair = Pair {
        key,
        export,
        colon,
        spaced,
        raw: from..end,
        value: from..end,
        quote,
        closed: false,
        after: end..end,
        comment: None,
    };
    match quote.and_then(|quote| closing(text, from, end, quote)) {
        Some(close) => quoted(text, &mut pair, close),
        None => bare(text, &mut pair),
    }
    Line { span: line.start..pair.raw.end, kind: Kind::Pair(pair) }
}

/// Where the quote that opens at `from` is closed: on its line, or on a later one if no line before that
/// looks like a pair of its own.
fn closing(text: &str, from: usize, end: usize, quote: u8) -> Option<usize> {
    let find = |range: Range<usize>| {
        let bytes = text.as_bytes();
        let mut escaped = false;
        range.into_iter().find(|&at| {
            let hit = bytes[at] == quote && !escaped;
            escaped = bytes[at] == b'\\' && !escaped && quote != b'\'';
            hit
        })
    };
    if let Some(close) = find(from + 1..end) {
        return Some(close);
    }
    let mut at = end;
    while let Some(next) = text[at..].find('\n').map(|n| at + n + 1).filter(|&next| next < text.len()) {
        let end = line_end(text, next);
        if looks_like_pair(&text[next..end]) {
            return None;
        }
        if let Some(close) = find(next..end) {
            return Some(close);
        }
        at = end;
    }
    None
}

/// `KEY=value` or `export KEY=…`; lines of base64 that end in `=` do not count.
fn looks_like_pair(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((key, value)) = line.split_once('=') else { return false };
    let is_name = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !key.is_empty();
    is_name && !value.trim_end().bytes().all(|b| b == b'=') && key.len() < 50
}

fn quoted(text: &str, pair: &mut Pair, close: usize) {
    pair.closed = true;
    pair.value = pair.raw.start + 1..close;
    let end = line_end(text, close);
    pair.raw.end = end;
    let rest = &text[close + 1..end];
    let comment = rest.find('#').filter(|&n| rest[..n].trim().is_empty() || rest[..n].ends_with([' ', '\t']));
    pair.comment = comment.map(|n| close + 1 + n..end);
    let after_end = comment.map_or(end, |n| close + 1 + n);
    let after = &text[close + 1..after_end];
    let begin = close + 1 + (after.len() - after.trim_start().len());
    pair.after = begin.min(after_end)..begin + after.trim().len();
}

fn bare(text: &str, pair: &mut Pair) {
    let raw = &text[pair.raw.clone()];
    // A comment follows a blank; that after the `=` is not in `raw`.
    let before = &text[..pair.raw.start];
    let is_comment = |&n: &usize| (if n == 0 { before } else { &raw[..n] }).ends_with([' ', '\t']);
    let comment = memchr::memchr_iter(b'#', raw.as_bytes()).find(is_comment);
    pair.comment = comment.map(|n| pair.raw.start + n..pair.raw.end);
    let value = raw[..comment.unwrap_or(raw.len())].trim_end();
    pair.value = pair.raw.start..pair.raw.start + value.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let both = |line: Line| match line.kind {
            Kind::Pair(pair) => Some((text[pair.key].to_owned(), text[pair.value].to_owned())),
            _ => None,
        };
        parse(text).into_iter().filter_map(both).collect()
    }

    #[test]
    fn values_end_where_quotes_blanks_and_comments_say() {
        let cases = [
            ("A=1", "1"),
            ("export A=1", "1"),
            ("A = 1", "1"),
            ("A=a b # note", "a b"),
            ("A=a#b", "a#b"),
            ("A=#b", "#b"),
            ("A= # note", ""),
            ("A=\"a # b\" # note", "a # b"),
            ("A='x'", "x"),
            ("A=", ""),
            ("A: 1", "1"),
            ("\u{feff}A=1", "1"),
            ("A=\"one\ntwo\"", "one\ntwo"),
            ("A=1\r\n", "1"),
        ];
        for (text, want) in cases {
            assert_eq!(pairs(text), [("A".to_owned(), want.to_owned())], "{text:?}");
        }
    }

    #[test]
    fn an_open_quote_does_not_swallow_the_next_key() {
        let got = pairs("A=\"open\nB=2\nC=\"3\"\n");
        let want = [("A", "\"open"), ("B", "2"), ("C", "3")];
        assert_eq!(got, want.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn any_bytes_are_lines_and_nothing_is_lost() {
        for text in ["=", "==", "\0", "A=\u{0}\"", "#", "\"", "A=`", "export", "export =", "\r\n\r", ": :"] {
            let covered: usize = parse(text).iter().map(|line| line.span.len()).sum();
            let line_ends = text.matches(['\n', '\r']).count();
            assert!(covered + line_ends >= text.trim_start_matches('\u{feff}').len(), "{text:?}");
        }
    }
}
