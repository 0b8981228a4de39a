//! Keeps text from scanned files (paths above all) from steering a terminal or lying by direction.
//!
//! Excerpts come clean already; everything else that a repository's author can choose passes here.

use std::io;

/// Text for a terminal, on one line: what could steer it is shown as U+FFFD.
pub(crate) fn terminal(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { '\u{fffd}' } else { c }).collect()
}

/// JSON whose strings hold such characters as `\u` escapes: the same document, safe to look at.
pub(super) fn json(document: String) -> String {
    if !document.bytes().any(may_begin_unsafe) {
        return document;
    }
    let mut out = Vec::with_capacity(document.len());
    write_json(&document, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("parts of a text, cut between characters, are text")
}

/// The same, written as it is.
pub(super) fn write_json(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let begins = |(_, byte): &(usize, u8)| may_begin_unsafe(*byte);
    let may_be = text.bytes().enumerate().filter(begins).map(|(at, _)| at);
    let mut from = 0;
    for at in may_be {
        let Some(c) = text[at..].chars().next().filter(|c| *c != '\n' && is_unsafe(*c)) else { continue };
        out.write_all(&text.as_bytes()[from..at])?;
        write!(out, "\\u{:04x}", u32::from(c))?;
        from = at + c.len_utf8();
    }
    out.write_all(&text.as_bytes()[from..])
}

/// Whether the UTF-8 of an unsafe character may begin with this byte, which no other byte of one does.
fn may_begin_unsafe(byte: u8) -> bool {
    byte < b' ' && byte != b'\n' || matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2)
}

/// Control characters, line separators, and characters that change the direction of text.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_text_keeps_letters_and_loses_controls() {
        let cases = [
            ("src/ü 🔑.ts", "src/ü 🔑.ts"),
            ("a\u{1b}[31m", "a\u{fffd}[31m"),
            ("a\nb\rc\td", "a\u{fffd}b\u{fffd}c\u{fffd}d"),
            ("\u{9b}x\u{202e}y\u{2067}", "\u{fffd}x\u{fffd}y\u{fffd}"),
        ];
        for (text, want) in cases {
            assert_eq!(terminal(text), want);
        }
    }

    #[test]
    fn the_first_byte_of_an_unsafe_character_tells_that_it_may_be_one() {
        for c in ('\0'..=char::MAX).filter(|c| *c != '\n' && is_unsafe(*c)) {
            assert!(may_begin_unsafe(c.encode_utf8(&mut [0; 4]).as_bytes()[0]), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn escaped_json_is_the_same_document() {
        let value = serde_json::json!({ "path": "a\u{1b}\u{9b}\u{7f}\u{202e}\nü" });
        let escaped = json(serde_json::to_string_pretty(&value).expect("a value can be written"));
        assert!(!escaped.contains(|c| c != '\n' && is_unsafe(c)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("still JSON"), value);
    }
}
