//! What code does with literals: calls that put them together, lists of characters' numbers, reversal.

use std::ops::Range;

use super::{Encoding, Region, Way, join, run};

/// Words that tell of it, in lower case, and what they tell of.
pub(in crate::detect) const WORDS: &[(&[u8], Encoding)] = &[
    (b".join(", Encoding::List),
    (b"concat(", Encoding::List),
    (b"concat!(", Encoding::List),
    (b"${\"", Encoding::List),
    (b"${'", Encoding::List),
    (b"fromcharcode(", Encoding::Codes),
    (b"from([", Encoding::Codes),
    (b"bytes([", Encoding::Codes),
    (b"bytearray([", Encoding::Codes),
    (b"uint8array([", Encoding::Codes),
    (b"byte[]", Encoding::Codes),
    (b"reverse(", Encoding::Reverse),
    (b"strrev(", Encoding::Reverse),
    (b"[::-1]", Encoding::Reverse),
];

/// Longest list of numbers, in bytes.
const LIST: usize = 16 << 10;
/// Bytes of a list that tell whether there is text in it.
const HEAD: usize = 200;
/// How far from the word a literal stands that is turned round.
const NEAR: usize = 300;
/// Shortest literal that is turned round.
const SHORTEST: usize = 16;

/// What the word at `at` is the anchor of.
pub(super) fn at_word(bytes: &[u8], at: usize, word: usize) -> Option<(usize, Encoding)> {
    let encoding = WORDS[word].1;
    let is_anchor = match encoding {
        Encoding::Codes => {
            let head = &bytes[..bytes.len().min(at + HEAD)];
            let again = &bytes[at.saturating_sub(24)..at];
            // The calls of a chain make one list.
            let follows = memchr::memmem::find(again, b"fromCharCode").is_some();
            !follows && run::is_text(&numbers(head, start(head, at)).0)
        }
        Encoding::Reverse => literal(bytes, at).is_some(),
        Encoding::List => join::has_literals(bytes, at),
        _ => true,
    };
    is_anchor.then_some((at, encoding))
}

/// Whether a list of numbers such as `0x67, 0x68` begins at `at`.
pub(super) fn begins_list(bytes: &[u8], at: usize) -> bool {
    let before = bytes[at.saturating_sub(32)..at].iter().rev();
    let last = before.copied().find(|byte| !byte.is_ascii_whitespace()).unwrap_or(b' ');
    let printable = bytes.get(at + 2).is_some_and(|digit| matches!(digit, b'2'..=b'7'));
    let is_more = bytes.get(at + 4) == Some(&b',');
    last != b',' && printable && is_more && run::is_text(&numbers(&bytes[..bytes.len().min(at + HEAD)], at).0)
}

/// Where the numbers begin that belong to the word at `anchor`, or to the number there.
fn start(bytes: &[u8], anchor: usize) -> usize {
    if bytes[anchor] == b'0' {
        return anchor;
    }
    let open = bytes[anchor..].iter().take(24).position(|byte| b"([{".contains(byte));
    anchor + open.unwrap_or(0)
}

/// The region of the list at `anchor`.
pub(super) fn codes(bytes: &[u8], anchor: usize) -> Region {
    let limit = bytes.len().min(anchor + LIST);
    let start = start(bytes, anchor);
    Region { range: start..numbers(&bytes[..limit], start).1, is_cut: false }
}

/// The characters whose numbers stand in a list.
pub(super) fn codes_decoded(text: &[u8]) -> Way {
    Way::whole(numbers(text, 0).0)
}

/// The bytes that a list stands for, and where its last number ends.
fn numbers(text: &[u8], mut at: usize) -> (Vec<u8>, usize) {
    let (mut out, mut end) = (Vec::new(), at);
    while let Some(&byte) = text.get(at) {
        let word = text[at..].iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let number = &text[at..at + word];
        match byte {
            b'0'..=b'9' => {
                let Some(value) = value(number) else { break };
                out.push(value);
                at += word;
                end = at;
            }
            b'\'' if text.get(at + 2) == Some(&b'\'') => {
                out.push(text[at + 1]);
                at += 3;
                end = at;
            }
            b'a'..=b'z' | b'A'..=b'Z' if is_call(number) => at += word,
            byte if byte.is_ascii_whitespace() || b"()[]{},+.".contains(&byte) => at += 1,
            _ => break,
        }
    }
    (out, end)
}

/// The words of chained calls.
fn is_call(word: &[u8]) -> bool {
    [&b"fromcharcode"[..], b"string", b"chr", b"byte", b"char"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

fn value(number: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(number).ok()?;
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The literal that the word at `anchor` turns round: its argument, or the nearest one before.
fn literal(bytes: &[u8], anchor: usize) -> Option<Range<usize>> {
    let after = &bytes[anchor..bytes.len().min(anchor + NEAR)];
    let open = after.iter().take(16).position(|byte| *byte == b'(').map_or(0, |at| at + 1);
    if let Some(&quote @ (b'"' | b'\'')) = after.get(open) {
        let len = memchr::memchr(quote, &after[open + 1..])?;
        let start = anchor + open + 1;
        return is_token(&bytes[start..start + len]).then(|| start..start + len);
    }
    let from = anchor.saturating_sub(NEAR);
    let mut quotes = memchr::memrchr2_iter(b'"', b'\'', &bytes[from..anchor]).map(|at| from + at);
    let mut close = quotes.next()?;
    for open in quotes {
        if bytes[open] == bytes[close] && is_token(&bytes[open + 1..close]) {
            return Some(open + 1..close);
        }
        close = open;
    }
    None
}

fn is_token(text: &[u8]) -> bool {
    text.len() >= SHORTEST && text.iter().all(u8::is_ascii_graphic)
}

/// The region of the literal that is turned round.
pub(super) fn reversed(bytes: &[u8], anchor: usize) -> Region {
    Region { range: literal(bytes, anchor).unwrap_or(anchor..anchor), is_cut: false }
}

/// A literal from its end to its start.
pub(super) fn reversed_decoded(text: &[u8]) -> Way {
    Way::whole(text.iter().rev().copied().collect())
}
