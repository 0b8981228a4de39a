//! Marks that `redact` has put in the place of values, `[ringfence:<rule>:<digits>]`: no values themselves.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

const BEGIN: &[u8] = b"[ringfence:";
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BEGIN));

/// The longest mark: that of the longest id of a rule.
const LONGEST: usize = 96;
/// So few bytes beside marks are no value: `FlyV1 ` before one.
const LEFT: usize = 16;

/// Whether a value is a mark, or a part of one, or marks with hardly anything beside them.
pub(super) fn is_mark(bytes: &[u8], value: Range<usize>) -> bool {
    let mut left = value.len();
    let from = value.start.saturating_sub(LONGEST);
    let end = bytes.len().min(value.end + BEGIN.len());
    for begin in FINDER.find_iter(&bytes[from..end]).map(|at| from + at) {
        let Some(len) = len_of_mark(&bytes[begin..]) else { continue };
        left -= value.end.min(begin + len).saturating_sub(value.start.max(begin));
    }
    left < LEFT.min(value.len())
}

/// The length of the mark that the text begins with.
fn len_of_mark(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(LONGEST)];
    let rest = text.strip_prefix(BEGIN)?;
    let rule = memchr::memchr(b':', rest)?;
    let is_rule = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(byte);
    let digits = rest[rule + 1..].strip_prefix(b"w-").unwrap_or(&rest[rule + 1..]);
    let is_named = rule > 0 && rest[..rule].iter().all(is_rule);
    let has_digits = digits.len() > 8 && digits[..8].iter().all(u8::is_ascii_hexdigit) && digits[8] == b']';
    (is_named && has_digits).then(|| text.len() - digits.len() + 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_mark_only_if_nothing_of_length_stands_beside_it() {
        let mark = "[ringfence:generic-password:w-0a1b2c3d]";
        let text = format!(
            "password = \"{mark}\" and {mark}ponies42-and-dragons and [ringfence:x] and [ringfence:y:123]"
        );
        let at = |part: &str| {
            let start = text.find(part).expect("it is there");
            start..start + part.len()
        };
        for (value, want) in [
            (at(mark), true),
            (at(&mark["[ringfence:".len()..mark.len() - 1]), true),
            (at("w-0a1b2c3d"), true),
            (at(&format!("\"{mark}\"")), true),
            (at(&format!("{mark}ponies42-and-dragons")), false),
            (at("ponies42"), false),
            (at("[ringfence:x]"), false),
            (at("[ringfence:y:123]"), false),
            (at("and"), false),
        ] {
            assert_eq!(is_mark(text.as_bytes(), value.clone()), want, "{}", &text[value]);
        }
    }
}
