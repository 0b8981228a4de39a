//! Denser alphabets than base64: ascii85 between `<~` and `~>`, and ascii85 or base58 as a value in a credential position.
//!
//! Nothing but its position tells that a word is base58, so that a keyed value's anchor is the keyword of its name.

use std::ops::Range;

use super::super::assign;
use super::{Encoding, LONGEST, Region, Way, inflate, run};

const OPENS: &[u8] = b"<~";
const CLOSES: &[u8] = b"~>";
/// Bytes after `<~` that tell whether there is text.
const HEAD: usize = 240;
/// Shortest value of a key that is decoded: base58 of fifteen bytes.
const SHORTEST: usize = 20;
/// The reach of a keyed value's anchor.
pub(super) const KEYED: usize = assign::REACH;

/// Calls `found` for each `<~` in `range` that text follows.
pub(super) fn delimited(bytes: &[u8], range: Range<usize>, found: &mut dyn FnMut(usize, Encoding)) {
    // The second byte of the mark is the rarer one.
    let second = range.start + 1..bytes.len().min(range.end + 1);
    let marks =
        memchr::memchr_iter(OPENS[1], bytes.get(second).unwrap_or_default()).map(|at| range.start + at);
    for at in marks.filter(|&at| bytes[at] == OPENS[0]) {
        let head = &bytes[at + OPENS.len()..bytes.len().min(at + HEAD)];
        let digits = head.iter().take_while(|byte| is_ascii85(**byte)).count();
        if ascii85(&head[..digits]).is_some_and(|text| run::is_text(&text) || inflate::may_be_packed(&text)) {
            found(at, Encoding::Ascii85);
        }
    }
}

/// What a value in a credential position is encoded with, if there is text in it.
pub(super) fn of_value(value: &[u8]) -> Option<Encoding> {
    let holds_text = |encoding: &Encoding| decode(*encoding, value).is_some_and(|text| run::is_text(&text));
    let fits = (SHORTEST..=KEYED).contains(&value.len());
    [Encoding::Base58, Encoding::Ascii85].into_iter().find(|encoding| fits && holds_text(encoding))
}

/// The first value that the keyword at `anchor` names and that holds text, and its encoding.
pub(super) fn keyed(bytes: &[u8], anchor: usize) -> Option<(Range<usize>, Encoding)> {
    let mut first = None;
    assign::at(bytes, anchor, 1, &mut |found| {
        let value = found.value();
        if first.is_none() {
            first = of_value(&bytes[value.clone()]).map(|encoding| (value, encoding));
        }
    });
    first
}

/// The region at `anchor`: what stands between the marks, or the value that a key names.
pub(super) fn region(encoding: Encoding, bytes: &[u8], anchor: usize) -> Region {
    if encoding == Encoding::Ascii85 && bytes[anchor..].starts_with(OPENS) {
        let (start, limit) = (anchor + OPENS.len(), bytes.len().min(anchor + LONGEST));
        let digits = bytes[start..limit].iter().take_while(|byte| is_ascii85(**byte)).count();
        let end = start + digits;
        let marks = if bytes[end..].starts_with(CLOSES) { CLOSES.len() } else { 0 };
        return Region { range: anchor..end + marks, is_cut: end == limit && limit < bytes.len() };
    }
    let value = keyed(bytes, anchor).filter(|(_, found)| *found == encoding);
    Region { range: value.map_or(anchor..anchor, |(value, _)| value), is_cut: false }
}

/// What a region's text decodes to; nothing if it is not of the alphabet.
pub(super) fn decoded(encoding: Encoding, text: &[u8]) -> Option<Way> {
    let inner = text.strip_prefix(OPENS).unwrap_or(text);
    decode(encoding, inner.strip_suffix(CLOSES).unwrap_or(inner)).map(Way::whole)
}

fn decode(encoding: Encoding, digits: &[u8]) -> Option<Vec<u8>> {
    if encoding == Encoding::Base58 { base58(digits) } else { ascii85(digits) }
}

fn is_ascii85(byte: u8) -> bool {
    matches!(byte, b'!'..=b'u' | b'z') || byte.is_ascii_whitespace()
}

/// Five digits are four bytes, `z` is four zeros, blanks and line ends mean nothing; a group that is cut has a byte less
/// than digits.
fn ascii85(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 5 * 4 + 4);
    let (mut group, mut count) = (0u64, 0);
    for &byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'z' if count == 0 => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group = group * 85 + u64::from(byte - b'!');
                count += 1;
            }
            _ => return None,
        }
        if count == 5 {
            out.extend_from_slice(&u32::try_from(group).ok()?.to_be_bytes());
            (group, count) = (0, 0);
        }
    }
    if count > 1 {
        let padded = (count..5).fold(group, |group, _| group * 85 + 84);
        out.extend_from_slice(&u32::try_from(padded).ok()?.to_be_bytes()[..count - 1]);
    }
    Some(out)
}

/// The value of a base58 digit, in Bitcoin's order; letters that look like others are left out.
fn digit58(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'1'..=b'9' => byte - b'1',
        b'A'..=b'H' => byte - b'A' + 9,
        b'J'..=b'N' => byte - b'J' + 17,
        b'P'..=b'Z' => byte - b'P' + 22,
        b'a'..=b'k' => byte - b'a' + 33,
        b'm'..=b'z' => byte - b'm' + 44,
        _ => return None,
    }))
}

/// The bytes of one large number; quadratic, so for values only.
fn base58(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.iter().map(|byte| digit58(*byte)).collect::<Option<_>>()?;
    // Least first.
    let mut words: Vec<u32> = Vec::with_capacity(text.len() / 5 + 1);
    for five in digits.chunks(5) {
        let mut carry = five.iter().fold(0, |sum, digit| sum * 58 + u64::from(*digit));
        let factor = 58u64.pow(five.len() as u32);
        for word in &mut words {
            let product = u64::from(*word) * factor + carry;
            *word = product as u32;
            carry = product >> 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let bytes = words.iter().rev().flat_map(|word| word.to_be_bytes()).skip_while(|byte| *byte == 0);
    Some(std::iter::repeat_n(0, zeros).chain(bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// draft-msporny-base58, section 5, and the start of the sample that Wikipedia has for ascii85.
    #[test]
    fn public_samples_are_decoded() {
        let hello = base58(b"2NEpo7TZRRrLZSi2U").expect("all digits");
        assert_eq!(hello, b"Hello World!");
        assert_eq!(base58(b"11233QC4").expect("all digits"), [0, 0, 0x28, 0x7f, 0xb4, 0xcd]);
        assert_eq!(ascii85(b"9jqo^BlbD-BleB1DJ+*+F(f,q").expect("all digits"), b"Man is distinguished");
        assert_eq!(ascii85(b"9jqo ^\nBl").expect("all digits"), b"Man i");
        assert_eq!((base58(b"0OIl"), ascii85(b"v"), ascii85(b"uuuuu")), (None, None, None));
    }
}
