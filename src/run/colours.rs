//! Control sequences of terminals in logs, as blanks: the `m` of `ESC [ 31 m` would run into the token after it.
//!
//! Blanks take as many bytes, so that all else stays where it is. A sequence is ECMA-48's CSI with digits; in JSON its first
//! character is an escape.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use regex::bytes::Regex;

use crate::source::Blob;

static RAW: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\x1b["));
static ESCAPED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br"\u001b["));
static SEQUENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u)(?:\x1b|\\+u001[bB])\[[0-9;:?]{0,32}[A-Za-z]").expect("a constant pattern")
});

/// Whether there may be a control sequence.
pub(super) fn are_in(text: &[u8]) -> bool {
    RAW.find(text).is_some() || ESCAPED.find(text).is_some()
}

/// The text with blanks for control sequences.
pub(super) fn without(text: &[u8]) -> Cow<'_, [u8]> {
    blanked(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The same for a piece of text.
pub(super) fn without_in<T>(blob: &Blob<'_>, then: impl FnOnce(&Blob<'_>) -> T) -> T {
    let bytes = &without(blob.bytes);
    then(&Blob { bytes, origin: blob.origin.clone(), core: blob.core.clone(), start: blob.start })
}

/// The text with blanks for control sequences; nothing if it has none.
fn blanked(text: &[u8]) -> Option<Vec<u8>> {
    if !are_in(text) {
        return None;
    }
    let mut out = text.to_vec();
    for found in SEQUENCE.find_iter(text) {
        out[found.range()].fill(b' ');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_sequence_is_blanked_and_nothing_moves() {
        let cases: [(&[u8], &[u8]); 4] = [
            (b"a\x1b[31mb\x1b[0mc", b"a     b    c"),
            (b"a\x1b[mb\x1b[Kc", b"a   b   c"),
            (br#"{"m":"\u001b[38;5;208mb"}"#, br#"{"m":"                b"}"#),
            (b"a\x1b[\xffb", b"a\x1b[\xffb"),
        ];
        for (text, want) in cases {
            assert_eq!(blanked(text).as_deref(), Some(want), "{}", text.escape_ascii());
        }
        assert_eq!(blanked(b"array[31m"), None);
    }
}
