//! Regions in which single characters are written as escapes: `%2F`, `\u002f`, `\x2f`, `\057`, `&#47;`, `=2F`.
//!
//! A region is what stands round neighbouring escapes in one line. It begins at the first escape for a
//! printable character that has none for some way before it.

use std::ops::Range;

use super::{Encoding, LONGEST, Pieces, Region, Way, code};

/// Farthest that two escapes of one region stand apart.
const GAP: usize = 192;
/// Text before the first and after the last escape that belongs to the region.
const AROUND: usize = 192;
/// Length of a line that is broken in quoted-printable text.
const BROKEN: Range<usize> = 60..78;

/// Names of characters that are not letters or digits.
#[rustfmt::skip]
const ENTITIES: &[(&[u8], u8)] = &[
    (b"amp", b'&'), (b"lt", b'<'), (b"gt", b'>'), (b"quot", b'"'), (b"apos", b'\''), (b"sol", b'/'), (b"colon", b':'),
    (b"commat", b'@'), (b"equals", b'='), (b"lowbar", b'_'), (b"UnderBar", b'_'), (b"hyphen", b'-'), (b"dash", b'-'),
    (b"period", b'.'), (b"plus", b'+'), (b"nbsp", b' '), (b"num", b'#'), (b"quest", b'?'), (b"semi", b';'),
    (b"excl", b'!'), (b"dollar", b'$'), (b"percnt", b'%'), (b"ast", b'*'), (b"bsol", b'\\'), (b"comma", b','),
    (b"Tab", b'\t'), (b"NewLine", b'\n'), (b"lpar", b'('), (b"rpar", b')'),
];

/// The last telling escape of each kind.
#[derive(Default)]
pub(super) struct Last([Option<usize>; 4]);

impl Last {
    /// Calls `found` if the two bytes at `at` begin the first escape of a region; the scan began at `start`.
    pub(super) fn at(
        &mut self,
        bytes: &[u8],
        (at, start): (usize, usize),
        found: &mut dyn FnMut(usize, Encoding),
    ) {
        let (encoding, slot) = match bytes[at] {
            b'%' => (Encoding::Percent, 0),
            b'\\' => (Encoding::Escape, 1),
            b'&' => (Encoding::Entity, 2),
            b'=' => (Encoding::QuotedPrintable, 3),
            _ if code::begins_list(bytes, at) => return found(at, Encoding::Codes),
            _ => return,
        };
        if !is_telling(encoding, bytes, at) {
            return;
        }
        let last = self.0[slot].or_else(|| before(encoding, bytes, at, start));
        if last.is_none_or(|last| !is_near(encoding, bytes, last, at)) {
            found(at, encoding);
        }
        self.0[slot] = Some(at);
    }
}

/// Whether two escapes are of one region.
fn is_near(encoding: Encoding, bytes: &[u8], one: usize, other: usize) -> bool {
    let over_lines = encoding == Encoding::QuotedPrintable;
    other - one < GAP && (over_lines || memchr::memchr(b'\n', &bytes[one..other]).is_none())
}

/// The last telling escape before `start`, if it is near enough to `at`.
fn before(encoding: Encoding, bytes: &[u8], at: usize, start: usize) -> Option<usize> {
    let from = at.saturating_sub(GAP).min(start);
    let mut marks = memchr::memrchr_iter(bytes[at], &bytes[from..start]).map(|mark| from + mark);
    marks.find(|&mark| is_telling(encoding, bytes, mark))
}

/// Part of a word that may be a token.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.~+/=%:\\&;#@".contains(&byte)
}

/// Whether an escape for a printable character, or for the zero of UTF-16, is at `at`, in or beside a word.
fn is_telling(encoding: Encoding, bytes: &[u8], at: usize) -> bool {
    let Some((code, len)) = one(encoding, &bytes[at..]) else { return false };
    let word = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|&byte| is_word(byte));
    let (before, after) = (word(at.checked_sub(1)), word(Some(at + len)));
    match encoding {
        // A line that goes on, or the sign that every such text writes as an escape.
        Encoding::QuotedPrintable if code == NOTHING => before && after && is_broken_line(bytes, at),
        Encoding::QuotedPrintable => code == u32::from(b'='),
        // A format such as `%5d` stands apart.
        Encoding::Percent => is_printable(code) && (before || after),
        Encoding::Escape if len == 2 => code == u32::from(b'/') && before && after,
        Encoding::Escape => is_printable(code) || (code, len) == (0, 6),
        _ => is_printable(code) && (bytes[at + 1] == b'#' || before && after),
    }
}

fn is_printable(code: u32) -> bool {
    (0x21..0x7f).contains(&code)
}

/// Whether the line that ends at `at` is as long as lines are that programs break.
fn is_broken_line(bytes: &[u8], at: usize) -> bool {
    let before = &bytes[at.saturating_sub(BROKEN.end)..at];
    let len = memchr::memrchr(b'\n', before).map_or(before.len(), |newline| before.len() - newline - 1);
    BROKEN.contains(&len)
}

/// The code of an escape that stands for no character at all.
const NOTHING: u32 = u32::MAX;

/// The character that the escape at the start of `text` stands for, and the length of the escape.
fn one(encoding: Encoding, text: &[u8]) -> Option<(u32, usize)> {
    match encoding {
        Encoding::Percent => Some((digits(text.get(1..3)?, 16)?, 3)),
        Encoding::Escape => backslash(text),
        Encoding::QuotedPrintable => match text.get(1..)? {
            [b'\n', ..] => Some((NOTHING, 2)),
            [b'\r', b'\n', ..] => Some((NOTHING, 3)),
            [a, b, ..] if !a.is_ascii_lowercase() && !b.is_ascii_lowercase() => {
                Some((digits(&[*a, *b], 16)?, 3))
            }
            _ => None,
        },
        _ => entity(text),
    }
}

fn digits(text: &[u8], radix: u32) -> Option<u32> {
    let digit = |code: u32, byte: &u8| code.checked_mul(radix)?.checked_add((*byte as char).to_digit(radix)?);
    (!text.is_empty()).then(|| text.iter().try_fold(0, digit))?
}

fn backslash(text: &[u8]) -> Option<(u32, usize)> {
    let simple = |code: u8| Some((u32::from(code), 2));
    match *text.get(1)? {
        b'u' if text.get(2) == Some(&b'{') => {
            let end = text.iter().take(11).position(|&byte| byte == b'}')?;
            Some((digits(&text[3..end], 16)?, end + 1))
        }
        b'u' => Some((digits(text.get(2..6)?, 16)?, 6)),
        b'U' => Some((digits(text.get(2..10)?, 16)?, 10)),
        b'x' => Some((digits(text.get(2..4)?, 16)?, 4)),
        b'0'..=b'3' => Some((digits(text.get(1..4)?, 8)?, 4)),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        byte @ (b'/' | b'"' | b'\'' | b'\\') => simple(byte),
        _ => None,
    }
}

fn entity(text: &[u8]) -> Option<(u32, usize)> {
    let end = text.iter().take(11).position(|&byte| byte == b';')?;
    let name = text.get(1..end)?;
    let code = match name {
        [b'#', b'x' | b'X', hex @ ..] => digits(hex, 16)?,
        [b'#', decimal @ ..] => digits(decimal, 10)?,
        _ => u32::from(ENTITIES.iter().find(|(known, _)| *known == name)?.1),
    };
    Some((code, end + 1))
}

/// The region round the escapes from `anchor` on.
pub(super) fn region(encoding: Encoding, bytes: &[u8], anchor: usize) -> Region {
    let limit = bytes.len().min(anchor + LONGEST);
    let line = |from: usize, to: usize| memchr::memchr(b'\n', &bytes[from..to]).map_or(to, |len| from + len);
    let line_end = match encoding {
        Encoding::QuotedPrintable => limit,
        _ => line(anchor, limit),
    };
    let mut last = anchor;
    for at in memchr::memchr_iter(bytes[anchor], &bytes[anchor..line_end]).map(|at| at + anchor) {
        if at - last >= GAP {
            break;
        }
        if is_telling(encoding, bytes, at) {
            last = at;
        }
    }
    let end = match encoding {
        // The line after the last that is broken is its end.
        Encoding::QuotedPrintable => limit.min(last + AROUND),
        _ => end(bytes, last, line_end.min(last + AROUND)),
    };
    let is_cut = line_end == limit && limit < bytes.len() && limit - last < GAP;
    Region { range: start(bytes, anchor)..end, is_cut }
}

/// Where a region begins: with the line, or with a word that is at most so far before the anchor.
pub(super) fn start(bytes: &[u8], anchor: usize) -> usize {
    let before = &bytes[anchor.saturating_sub(AROUND)..anchor];
    let start = anchor - before.len();
    match before.iter().rposition(|&byte| byte == b'\n') {
        Some(newline) => start + newline + 1,
        None => start + torn(before.iter(), before.len() == AROUND),
    }
}

/// Where a region ends whose last escape is at `last`: at `end`, or before a word that would be cut there.
pub(super) fn end(bytes: &[u8], last: usize, end: usize) -> usize {
    let after = bytes[last..end].iter().rev().take(AROUND / 2);
    end - torn(after, end == last + AROUND)
}

/// How many bytes of a word that is cut apart come first.
fn torn<'b>(mut text: impl Iterator<Item = &'b u8>, is_cut: bool) -> usize {
    if is_cut { text.position(|&byte| !is_word(byte)).unwrap_or(0) } else { 0 }
}

/// A region's text with its escapes undone.
pub(super) fn decoded(encoding: Encoding, text: &[u8], with_places: bool) -> Way {
    let mark = match encoding {
        Encoding::Percent => b'%',
        Encoding::Escape => b'\\',
        Encoding::QuotedPrintable => b'=',
        _ => b'&',
    };
    let mut out = Pieces::new(text.len(), with_places);
    let (mut from, mut at) = (0, 0);
    while let Some(found) = memchr::memchr(mark, &text[at..]).map(|found| at + found) {
        at = found + 1;
        if let Some((code, len)) = one(encoding, &text[found..]) {
            out.copy(text, from..found);
            push(code, encoding, found..found + len, &mut out);
            at = found + len;
            from = at;
        }
    }
    out.copy(text, from..text.len());
    out.finish()
}

/// Escapes of two or three digits stand for bytes, the others for characters.
fn push(code: u32, encoding: Encoding, place: Range<usize>, out: &mut Pieces) {
    match u8::try_from(code) {
        _ if code == NOTHING => {}
        Ok(byte) if byte < 0x80 || encoding != Encoding::Entity => out.push(&[byte], place),
        _ => {
            let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.push(character.encode_utf8(&mut [0; 4]).as_bytes(), place);
        }
    }
}
