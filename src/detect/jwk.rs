//! Private members of a JSON Web Key (RFC 7517, RFC 7518 section 6), found from its `"kty"`.

use super::Range2;
use super::work::visited;

/// How far before and after `"kty"` the object may reach.
const WINDOW: usize = 4096;
/// Shortest private member: 16 bytes of a symmetric key would be 22 letters.
const SHORTEST: usize = 16;
/// The private members of keys of every type.
const PRIVATE: &[&[u8]] = &[b"d", b"k", b"p", b"q", b"dp", b"dq", b"qi"];

/// The values of private members in the object round the `kty` at `at`.
pub(super) fn private_members(bytes: &[u8], at: usize) -> Vec<Range2> {
    let before = &bytes[at.saturating_sub(WINDOW)..at];
    if !matches!(before.last(), Some(b'"' | b'\'')) {
        return Vec::new();
    }
    // The object has no objects in it, so its braces are the nearest ones.
    let Some(open) = memchr::memrchr2(b'{', b'}', before).filter(|&brace| before[brace] == b'{') else {
        return Vec::new();
    };
    let start = at - before.len() + open;
    let after = &bytes[at..bytes.len().min(at + WINDOW)];
    let end = at + memchr::memchr2(b'{', b'}', after).unwrap_or(after.len());
    let object = &bytes[start..end];
    visited(|| before.len() - open + object.len());
    let quotes = memchr::memchr2_iter(b'"', b'\'', object);
    quotes
        .filter_map(|quote| member(object, quote))
        .map(|value| (start + value.start..start + value.end).into())
        .collect()
}

/// The value of a private member whose name begins after the quote at `at`.
fn member(object: &[u8], at: usize) -> Option<Range2> {
    let rest = &object[at + 1..];
    let name = PRIVATE.iter().find(|name| {
        let ends = matches!(rest.get(name.len()), Some(b'"' | b'\'' | b'\\'));
        ends && rest.starts_with(name)
    })?;
    let skip =
        |from: usize, set: &[u8]| from + object[from..].iter().take_while(|byte| set.contains(byte)).count();
    let colon = skip(at + 1 + name.len(), b"\"'\\ \t");
    if object.get(colon) != Some(&b':') {
        return None;
    }
    let start = skip(colon + 1, b"\"'\\ \t\r\n");
    let in_value = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(byte);
    let end = start + object[start..].iter().take_while(|byte| in_value(byte)).count();
    (end - start >= SHORTEST).then(|| (start..end).into())
}
