//! Regions that are runs of base64, base32 or hexadecimal digits, over one line or many of equal length.

use std::ops::Range;

use super::{Encoding, LONGEST, Region, Way, inflate};

/// Shortest run of hexadecimal or base32 digits.
const SHORTEST_HEX: usize = 32;
/// How much of a run tells whether there is text in it.
const HEAD: usize = 192;
/// Lengths of lines that a long region is broken into.
const LINE: Range<usize> = 40..129;
/// Farthest that such lines are indented.
const INDENT: usize = 32;
/// Bytes beyond a line that tell whether it goes on in the next.
pub(super) const NEXT_LINE: usize = INDENT + LINE.end + 2 * BACKSLASHES + 8;
/// Printable bytes in a row that make decoded bytes a text.
const STRETCH: usize = 12;

/// The value of a base64 digit, of either alphabet.
const fn digit(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => NONE,
    }
}

const NONE: u8 = 0xff;

static DIGITS: [u8; 256] = {
    let mut all = [NONE; 256];
    let mut byte = 0;
    while byte < 256 {
        all[byte] = digit(byte as u8);
        byte += 1;
    }
    all
};

pub(super) fn is_digit(byte: u8) -> bool {
    DIGITS[usize::from(byte)] != NONE
}

fn run_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().position(|&byte| !is_digit(byte)).unwrap_or(bytes.len() - at)
}

/// Calls `found` if there may be text in the run that begins at `start`.
pub(super) fn of_run(bytes: &[u8], start: usize, found: &mut dyn FnMut(usize, Encoding)) {
    let (head, kinds) = head_and_kinds(&bytes[start..bytes.len().min(start + HEAD)]);
    if is_name(kinds) {
        return;
    }
    let hex = if kinds & BEYOND_HEX == 0 { head } else { hex_digits(head) };
    let is_hex = hex.len() >= SHORTEST_HEX && may_be_hex(hex);
    if is_hex && [0, 1].iter().any(|&skip| is_readable(&decode_hex(hex, skip))) {
        found(start, Encoding::Hex);
    }
    // A hash is a run of base64 as well, and none that holds text.
    if hex.len() < head.len() && alignments(head).next().is_some() && !continues(bytes, start, head.len()) {
        found(start, Encoding::Base64);
    }
    if head.len() >= SHORTEST_HEX && is_base32(kinds) && is_text(&decode_base32(head)) {
        found(start, Encoding::Base32);
    }
}

/// What a run is made of, as far as [`is_name`] asks: one bit a kind of digit.
const UPPER: u8 = 1;
const LOWER: u8 = 2;
/// A mark, or a letter that is no hexadecimal digit.
const BEYOND_HEX: u8 = 4;
const NO_UPPER_BASE32: u8 = 8;
const NO_LOWER_BASE32: u8 = 16;
/// Every digit has it.
const ANY: u8 = 32;

static KINDS: [u8; 256] = {
    let mut all = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let (upper, lower) = (byte.is_ascii_uppercase(), byte.is_ascii_lowercase());
        let in_base32 = matches!(byte, b'2'..=b'7');
        if digit(byte) != NONE {
            all[at] = ANY
                | if upper { UPPER } else { 0 }
                | if lower { LOWER } else { 0 }
                | if byte.is_ascii_hexdigit() { 0 } else { BEYOND_HEX }
                | if upper || in_base32 { 0 } else { NO_UPPER_BASE32 }
                | if lower || in_base32 { 0 } else { NO_LOWER_BASE32 };
        }
        at += 1;
    }
    all
};

/// The run with which `text` begins, and the kinds of its digits: one pass, since nearly every run is a name.
fn head_and_kinds(text: &[u8]) -> (&[u8], u8) {
    let (mut len, mut kinds) = (0, 0);
    for byte in text {
        match KINDS[usize::from(*byte)] {
            0 => break,
            kind => kinds |= kind,
        }
        len += 1;
    }
    (&text[..len], kinds)
}

/// Whether a run is a name, a path or a ruler such as `----`: text in base64 has letters of both cases within a few
/// digits, and neither base32 nor hexadecimal digits have marks among them.
fn is_name(kinds: u8) -> bool {
    let has = |kind: u8| kinds & kind != 0;
    !(has(UPPER) && has(LOWER)) && has(BEYOND_HEX) && !is_base32(kinds)
}

/// Whether a run is all of base32, in one case.
fn is_base32(kinds: u8) -> bool {
    kinds & NO_UPPER_BASE32 == 0 || kinds & NO_LOWER_BASE32 == 0
}

/// Whether digits may hold text: some in a row stand for bytes below 128. False is certain, true is not.
fn may_be_hex(digits: &[u8]) -> bool {
    let is_packed =
        [&b"1f8b08"[..], b"1F8B08", b"28b52ffd", b"28B52FFD"].iter().any(|start| digits.starts_with(start));
    // Windows overlap by what a stretch needs.
    let mut windows = (0..digits.len()).step_by(64 - 2 * STRETCH);
    is_packed || windows.any(|from| has_low_stretch(&digits[from..]))
}

/// Whether every second of the first 64 digits is at most 7, as often in a row as a stretch is long.
fn has_low_stretch(digits: &[u8]) -> bool {
    let mut low = 0u64;
    for (at, &byte) in digits.iter().take(64).enumerate() {
        low |= u64::from(byte & 0xf8 == b'0') << at;
    }
    // 2, 4 and 8 in a row; and 8 with 4 after them are the 12 of a stretch.
    let two = low & low >> 2;
    let four = two & two >> 4;
    let eight = four & four >> 8;
    eight & four >> 16 != 0
}

const _: () = assert!(STRETCH == 12, "what `has_low_stretch` counts");

/// Places of 64 digits at which four times four in a row may stand for twelve bytes below 128.
///
/// Four digits are three bytes, whose highest bits are spread over three of them.
fn low_fours(digits: &[u8]) -> u64 {
    let (mut first, mut second, mut third) = (0u64, 0u64, 0u64);
    for (at, &byte) in digits.iter().take(64).enumerate() {
        let value = u64::from(DIGITS[usize::from(byte)]);
        first |= (value >> 5 & 1) << at;
        second |= (value >> 3 & 1) << at;
        third |= (value >> 1 & 1) << at;
    }
    let known = u64::MAX >> (64 - digits.len().clamp(3, 64) + 2);
    let low = !(first | second >> 1 | third >> 2) & known;
    let pairs = low & low >> 4;
    pairs & pairs >> 8
}

/// Whether a run of base64 may hold text. False is certain, true is not.
fn may_be_base64(digits: &[u8]) -> bool {
    // Windows overlap by what a stretch needs.
    let mut from = 0;
    while from + STRETCH < digits.len() {
        if low_fours(&digits[from..]) != 0 {
            return true;
        }
        from += 64 - 18;
    }
    false
}

/// The hexadecimal digits that a run begins with, `0x` left out.
fn hex_digits(run: &[u8]) -> &[u8] {
    let run = run.strip_prefix(b"0x").unwrap_or(run);
    &run[..run.iter().take_while(|byte| byte.is_ascii_hexdigit()).count()]
}

/// Most backslashes before a letter that stands for the end of a line: a literal in a literal, four deep.
const BACKSLASHES: usize = 8;

/// How many backslashes come first; nothing if too many do.
fn backslashes<'b>(text: impl Iterator<Item = &'b u8>) -> Option<usize> {
    let count = text.take(BACKSLASHES + 1).take_while(|byte| **byte == b'\\').count();
    (1..=BACKSLASHES).contains(&count).then_some(count)
}

/// The text before the end of a line with which `text` ends, as it is or as `\n` in a literal.
fn before_break(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_suffix(b"\n") {
        return Some(rest.strip_suffix(b"\r").unwrap_or(rest));
    }
    let before = |text: &'_ [u8], letter: u8| {
        let rest = text.strip_suffix(&[letter])?;
        Some(rest.len() - backslashes(rest.iter().rev())?)
    };
    let rest = &text[..before(text, b'n')?];
    Some(before(rest, b'r').map_or(rest, |end| &rest[..end]))
}

/// The text after the end of a line with which `text` begins, as it is or as `\n` in a literal.
fn after_break(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"\r").unwrap_or(text).strip_prefix(b"\n") {
        return Some(rest);
    }
    let after = |text: &'_ [u8], letter: u8| {
        let count = backslashes(text.iter())?;
        (text.get(count) == Some(&letter)).then_some(count + 1)
    };
    let rest = after(text, b'r').map_or(text, |start| &text[start..]);
    Some(&rest[after(rest, b'n')?..])
}

/// Whether a run is a further line of a region that began above.
fn continues(bytes: &[u8], start: usize, len: usize) -> bool {
    // The letter of an escape is taken for the first digit.
    let escaped = usize::from(bytes[..start].ends_with(b"\\") && bytes[start] == b'n');
    let before = &bytes[start.saturating_sub(INDENT + 2 * BACKSLASHES + 2 + LINE.end)..start + escaped];
    let indent = before.iter().rev().take_while(|byte| b" \t".contains(byte)).count();
    let Some(text) = before_break(&before[..before.len() - indent]) else { return false };
    let above = text.iter().rev().take_while(|&&byte| is_digit(byte)).count();
    indent <= INDENT && LINE.contains(&above) && len - escaped <= above && ends_line(bytes, start + len)
}

/// Where the run of the next line is, if it goes on there.
fn next_line(bytes: &[u8], run: &Range<usize>) -> Option<Range<usize>> {
    let after = after_break(&bytes[run.end..])?;
    let indent = after.iter().take_while(|byte| b" \t".contains(byte)).count();
    let start = bytes.len() - after.len() + indent;
    let line = LINE.contains(&run.len()) && indent <= INDENT;
    let len = bytes[start..].iter().take(LINE.end).take_while(|&&byte| is_digit(byte)).count();
    (line && (1..=run.len()).contains(&len) && ends_line(bytes, start + len)).then(|| start..start + len)
}

/// Whether a region of so many bytes may have further lines.
pub(super) fn may_go_on(len: usize) -> bool {
    len >= LINE.start
}

/// Whether nothing but padding and the end of a line or a literal comes at `at`.
fn ends_line(bytes: &[u8], at: usize) -> bool {
    let padding = bytes[at..].iter().take(2).take_while(|&&byte| byte == b'=').count();
    bytes.get(at + padding).is_none_or(|byte| b"\r\n\"'`<\\".contains(byte))
}

/// The region that begins at `anchor`.
pub(super) fn region(encoding: Encoding, bytes: &[u8], anchor: usize) -> Region {
    let limit = bytes.len().min(anchor + LONGEST);
    let bounded = &bytes[..limit];
    let end = run_end(bounded, anchor);
    if encoding == Encoding::Hex {
        let digits = hex_digits(&bytes[anchor..end]);
        let prefix = if bytes[anchor..].starts_with(b"0x") { 2 } else { 0 };
        let end = anchor + prefix + digits.len();
        return Region { range: anchor..end, is_cut: end == limit && limit < bytes.len() };
    }
    let mut line = anchor..end;
    while let Some(next) = next_line(bounded, &line) {
        line = next;
    }
    let is_cut = line.end == limit && limit < bytes.len() && is_digit(bytes[limit]);
    Region { range: anchor..line.end, is_cut }
}

/// What a region's text decodes to, in each way that gives text.
pub(super) fn decoded(encoding: Encoding, text: &[u8]) -> Vec<Way> {
    let mut is_escaped = false;
    let is_own = |&byte: &u8| {
        let is_letter_of_escape = std::mem::replace(&mut is_escaped, byte == b'\\');
        is_digit(byte) && !is_letter_of_escape
    };
    let digits: Vec<u8> = text.iter().copied().filter(is_own).collect();
    let head = text.iter().take(HEAD).take_while(|&&byte| is_digit(byte)).count();
    let ways: Vec<Vec<u8>> = match encoding {
        Encoding::Hex => {
            let digits = hex_digits(text);
            let ways = [decode_hex(digits, 0), decode_hex(digits, 1)];
            ways.into_iter().filter(|way| is_readable(&way[..way.len().min(HEAD / 2)])).collect()
        }
        Encoding::Base32 => vec![decode_base32(&digits)],
        _ => {
            let of = |skip: usize| decode_base64(&digits[skip.min(digits.len())..]);
            alignments(&text[..head]).map(of).collect()
        }
    };
    ways.into_iter().map(Way::whole).collect()
}

/// How many digits to leave out at the start so that there is text.
fn alignments(head: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let has_text = may_be_base64(head);
    (0..4).filter(move |&skip| {
        let digits = &head[skip.min(head.len())..];
        let packed = || skip == 0 && inflate::may_be_packed(&decode_base64(&head[..head.len().min(6)]));
        has_text && is_text(&decode_base64(digits)) || packed()
    })
}

fn decode_base64(digits: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    let value = |byte: u8| u32::from(DIGITS[usize::from(byte)]);
    let (fours, rest) = digits.as_chunks::<4>();
    for &[a, b, c, d] in fours {
        let bits = value(a) << 18 | value(b) << 12 | value(c) << 6 | value(d);
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    let bits = rest.iter().fold(0, |bits, &byte| bits << 6 | value(byte)) << (6 * (4 - rest.len()));
    out.extend_from_slice(&bits.to_be_bytes()[1..rest.len().max(1)]);
    out
}

/// The bytes that digits of base32 stand for, without padding.
pub(in crate::detect) fn decode_base32(digits: &[u8]) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'2'..=b'7' => u64::from(byte - b'2' + 26),
        _ => u64::from((byte | 0x20).wrapping_sub(b'a') & 31),
    };
    let mut out = Vec::with_capacity(digits.len() / 8 * 5 + 5);
    for eight in digits.chunks(8) {
        let bits = eight.iter().fold(0, |bits, &byte| bits << 5 | value(byte)) << (64 - 5 * eight.len());
        out.extend_from_slice(&bits.to_be_bytes()[..eight.len() * 5 / 8]);
    }
    out
}

fn decode_hex(digits: &[u8], skip: usize) -> Vec<u8> {
    let value = |byte: u8| (byte as char).to_digit(16).map_or(0, |digit| digit as u8);
    let (pairs, _) = digits.get(skip..).unwrap_or_default().as_chunks::<2>();
    pairs.iter().map(|&[high, low]| value(high) << 4 | value(low)).collect()
}

/// Whether bytes hold text, or what was packed.
fn is_readable(bytes: &[u8]) -> bool {
    is_text(bytes) || inflate::is_telling(bytes)
}

/// Whether some bytes in a row are printable, as they are or with zeros between them.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let (mut row, mut wide) = (0, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        row = if printable(byte) { row + 1 } else { 0 };
        let other = if at > 0 { bytes[at - 1] } else { 1 };
        wide = if byte == 0 && printable(other) || other == 0 && printable(byte) { wide + 1 } else { 0 };
        if row >= STRETCH || wide >= 2 * STRETCH {
            return true;
        }
    }
    false
}
