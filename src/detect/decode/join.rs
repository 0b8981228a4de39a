//! String literals that are put together: `"abc" + "def"`, `"abc" "def"`, `["abc", "def"].join("")`, over one
//! line or several.
//!
//! Undone by leaving out the quotes and what is between them. A region is what stands round neighbouring
//! joints, much as one of escapes.

use std::ops::Range;

use super::{LONGEST, Pieces, Region, Way, escape, run};

/// Longest literal between two joints.
const GAP: usize = 192;
/// Text after the last joint that belongs to the region.
const TAIL: usize = 192;
/// Most bytes between two literals: blanks, line breaks, an operator.
const BLANKS: usize = 80;
/// Characters of a token, before and after a joint together, that make it worth a look.
const TOKEN: usize = 16;
/// How far that is looked for.
const AHEAD: usize = 160;
/// Longest list of literals.
pub(super) const LIST: usize = 1024;

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn is_gap(byte: u8) -> bool {
    b" +.\t\r\n".contains(&byte)
}

/// What stands in secrets without being escaped.
fn is_token(byte: u8) -> bool {
    run::is_digit(byte) || b".:=@~!$%".contains(&byte)
}

/// The two quotes and all between them, if the quote at `open` begins a literal that is joined to one before.
fn joint(bytes: &[u8], open: usize) -> Option<Range<usize>> {
    let gaps = bytes[..open].iter().rev().take(BLANKS).take_while(|byte| is_gap(**byte)).count();
    let close = open.checked_sub(1 + gaps)?;
    let before = close.checked_sub(1).map(|at| bytes[at]);
    (is_quote(bytes[open]) && is_quote(bytes[close]) && before.is_some_and(|byte| byte != b'\\'))
        .then(|| close..open + 1)
}

/// Whether a token goes on in the literal that the quote at `open` begins.
pub(super) fn is_telling(bytes: &[u8], open: usize) -> bool {
    let bytes = &bytes[..bytes.len().min(open + AHEAD)];
    // Most are empty literals.
    if !bytes.get(open + 1).is_some_and(|byte| is_token(*byte)) {
        return false;
    }
    let Some(joint) = joint(bytes, open) else { return false };
    let text = &bytes[..joint.start];
    let before = text.iter().rev().take(TOKEN).take_while(|byte| is_token(**byte)).count();
    let is_escaped = joint.start >= 2 && bytes[joint.start - 2] == b'\\';
    let after = if before > 0 && !is_escaped { token_after(bytes, joint.end) } else { 0 };
    after > 0 && before + after >= TOKEN
}

/// Characters of a token from `at` on, through further joints.
fn token_after(bytes: &[u8], mut at: usize) -> usize {
    let mut count = 0;
    while count < TOKEN {
        let more = bytes[at..].iter().take(TOKEN).take_while(|byte| is_token(**byte)).count();
        count += more;
        at += more;
        if more == 0 || !bytes.get(at).copied().is_some_and(is_quote) {
            break;
        }
        let gaps = bytes[at + 1..].iter().take(BLANKS).take_while(|byte| is_gap(**byte)).count();
        match bytes.get(at + 1 + gaps) {
            Some(&byte) if is_quote(byte) => at += gaps + 2,
            _ => break,
        }
    }
    count
}

/// Whether no joint of the same region comes before the one at `open`; `last` is the last one that was seen.
pub(super) fn is_first(bytes: &[u8], open: usize, last: Option<usize>) -> bool {
    let from = open.saturating_sub(GAP);
    let before = || {
        let mut quotes = memchr::memrchr2_iter(b'"', b'\'', &bytes[from..open]);
        quotes.find(|&quote| is_telling(bytes, from + quote)).map(|quote| from + quote)
    };
    last.or_else(before).is_none_or(|last| open - last >= GAP)
}

/// The region of the joints from `anchor` on.
pub(super) fn region(bytes: &[u8], anchor: usize) -> Region {
    let limit = bytes.len().min(anchor + LONGEST);
    let mut last = anchor;
    for at in memchr::memchr2_iter(b'"', b'\'', &bytes[anchor..limit]).map(|at| at + anchor) {
        if at - last >= GAP {
            break;
        }
        if joint(bytes, at).is_some() {
            last = at;
        }
    }
    let first = joint(bytes, anchor).map_or(anchor, |joint| joint.start);
    let line_end = memchr::memchr(b'\n', &bytes[last..]).map_or(bytes.len(), |len| last + len);
    let end = escape::end(bytes, last, line_end.min(last + TAIL));
    Region { range: escape::start(bytes, first)..end, is_cut: limit < bytes.len() && limit - last < GAP }
}

/// A region's text with its literals joined.
pub(super) fn decoded(text: &[u8], with_places: bool) -> Way {
    let mut out = Pieces::new(text.len(), with_places);
    let mut from = 0;
    for open in memchr::memchr2_iter(b'"', b'\'', text) {
        if let Some(joint) = joint(text, open).filter(|joint| joint.start >= from) {
            out.copy(text, from..joint.start);
            from = joint.end;
        }
    }
    out.copy(text, from..text.len());
    out.finish()
}

/// Whether literals stand where the word at `at` puts something together.
pub(super) fn has_literals(bytes: &[u8], at: usize) -> bool {
    let text = &bytes[at..bytes.len().min(at + 96)];
    if text.starts_with(b"${") {
        let end = |pair: &[u8]| is_quote(pair[0]) && pair[1] == b'}';
        return text[3..].windows(2).any(end);
    }
    let before = bytes[..at].iter().rev().take(BLANKS).find(|byte| !byte.is_ascii_whitespace());
    let list = bytes[..at].iter().rev().take(BLANKS).find(|byte| !b" \t\r\n],".contains(byte));
    let Some(open) = memchr::memchr(b'(', text) else { return false };
    let opens = |byte: &&u8| b"[]{( \t\r\n".contains(byte) || byte.is_ascii_lowercase();
    let skipped = text[open + 1..].iter().take_while(opens).count();
    let is_after = text.get(open + 1 + skipped).copied().is_some_and(is_quote);
    let is_before = before == Some(&b']') && list.copied().is_some_and(is_quote);
    // What a list is joined with is no literal of it.
    if before == Some(&b']') { is_before } else { is_after }
}

/// The list of literals that the word at `anchor` puts together.
///
/// `["a", "b"].join("")` stands before the word, `"".join(["a", "b"])` and `concat("a", "b")` after it, and
/// `${"a"}` is within a literal of its own.
pub(super) fn list(bytes: &[u8], anchor: usize) -> Region {
    let before = anchor.saturating_sub(LIST);
    let after = bytes.len().min(anchor + LIST);
    let last = |byte: u8| memchr::memrchr(byte, &bytes[before..anchor]).map(|at| before + at);
    let next = |byte: u8, from: usize| memchr::memchr(byte, &bytes[from..after]).map(|at| from + at);
    let range = if bytes[anchor] == b'$' {
        let start = last(b'`').unwrap_or(anchor);
        start..next(b'`', anchor).unwrap_or(anchor)
    } else {
        let open = next(b'(', anchor).unwrap_or(anchor);
        let is_before =
            bytes[..anchor].iter().rev().take(BLANKS).find(|byte| !byte.is_ascii_whitespace()) == Some(&b']');
        match (is_before, last(b'[')) {
            (true, start) => start.unwrap_or(anchor)..anchor,
            _ => escape::start(bytes, anchor)..next(b')', open).unwrap_or(open),
        }
    };
    Region { range, is_cut: false }
}

/// A list's text with its literals joined; nothing if no two of them make a token.
pub(super) fn list_decoded(text: &[u8], with_places: bool) -> Option<Way> {
    let mut out = Pieces::new(text.len(), with_places);
    let (mut from, mut at, mut joints) = (0, 0, 0);
    while let Some(quote) = text[at..].iter().position(|byte| is_quote(*byte)).map(|found| at + found) {
        let Some(cut) = list_joint(text, quote) else {
            at = quote + 1;
            continue;
        };
        let before = cut.start.checked_sub(1).and_then(|at| text.get(at));
        let is_tight = |byte: Option<&u8>| byte.is_some_and(|byte| is_token(*byte));
        joints += usize::from(is_tight(before) && is_tight(text.get(cut.end)));
        out.copy(text, from..cut.start.max(from));
        (from, at) = (cut.end, cut.end);
    }
    out.copy(text, from..text.len());
    (joints > 0).then(|| out.finish())
}

/// What is left out where the quote at `quote` ends a literal of a list, or begins or ends a part of a template.
fn list_joint(text: &[u8], quote: usize) -> Option<Range<usize>> {
    if text[..quote].ends_with(b"${") {
        return Some(quote - 2..quote + 1);
    }
    let rest = &text[quote + 1..];
    if rest.starts_with(b"}") {
        let more =
            if rest[1..].starts_with(b"${") && rest.get(3).copied().is_some_and(is_quote) { 3 } else { 0 };
        return Some(quote..quote + 2 + more);
    }
    let is_between = |byte: &&u8| is_gap(**byte) || b",()".contains(byte) || byte.is_ascii_alphabetic();
    let between = rest.iter().take(BLANKS).take_while(is_between).count();
    let words = rest[..between].iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let is_call = words == 0 || rest[..between].windows(6).any(|six| six.eq_ignore_ascii_case(b"concat"));
    let ends = between > 0 && is_call && rest.get(between).copied().is_some_and(is_quote);
    ends.then(|| quote..quote + between + 2)
}
