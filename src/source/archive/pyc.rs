//! Strings of compiled Python (`.pyc`), which stand right beside their lengths and kinds: a byte that is a letter to
//! a rule. Each is put on a line of its own. Format: CPython, `Python/marshal.c`; nothing is run.

/// Bytes before the marshalled code: magic number, flags, and a time and size or a hash.
const HEADER: usize = 16;
/// Shorter strings are names.
const SHORTEST: usize = 6;
/// Kinds of strings with a length of one byte, and of four.
const SHORT: &[u8] = b"zZ";
const LONG: &[u8] = b"uasAt";
/// Says that an object is referred to again.
const REF: u8 = 0x80;

/// Whether these bytes begin compiled Python, of version 3.7 or later.
pub(super) fn is_one(head: &[u8]) -> bool {
    matches!(head.get(..8), Some([_, 0x0c..=0x0f, b'\r', b'\n', 0..=3, 0, 0, 0]))
        && head.get(HEADER).is_some_and(|kind| kind & !REF == b'c')
}

/// All strings, a line each.
pub(super) fn strings(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), HEADER);
    while at < bytes.len() {
        let found = string_at(&bytes[at..]).filter(|(_, text)| text.len() >= SHORTEST && is_text(text));
        at += found.map_or(1, |(before, text)| before + text.len());
        if let Some((_, text)) = found {
            out.extend_from_slice(text);
            out.push(b'\n');
        }
    }
    out
}

/// The bytes of what may be a string, by its kind and length, and how many stand before them.
fn string_at(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (len, rest) = if SHORT.contains(&(kind & !REF)) {
        let (len, rest) = rest.split_first()?;
        (usize::from(*len), rest)
    } else if LONG.contains(&(kind & !REF)) {
        let (len, rest) = rest.split_first_chunk::<4>()?;
        (u32::from_le_bytes(*len) as usize, rest)
    } else {
        return None;
    };
    Some((bytes.len() - rest.len(), rest.get(..len)?))
}

fn is_text(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t');
    !bytes.iter().any(is_control) && std::str::from_utf8(bytes).is_ok()
}
