//! Walks over JSON without building it: a source map may be large and hostile, and only a few of its values matter.
//!
//! Nothing recurses and nothing is kept, so that nesting and size cost time in proportion to the text and no memory.

use std::ops::Range;

/// A place in JSON text. Every step returns nothing where the text is not what it should be.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Begins at byte `at`.
    pub(super) fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Calls `each` for every key, escapes not undone; it must step over the value.
    pub(super) fn object(&mut self, each: &mut dyn FnMut(&mut Self, &[u8]) -> Option<()>) -> Option<()> {
        self.eat(b'{')?;
        if self.eat(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = self.string()?;
            self.eat(b':')?;
            let text = self.text;
            each(self, &text[key])?;
            if self.eat(b'}').is_some() {
                return Some(());
            }
            self.eat(b',')?;
        }
    }

    /// Calls `each` for every element; it must step over it.
    pub(super) fn array(&mut self, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.eat(b'[')?;
        if self.eat(b']').is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            if self.eat(b']').is_some() {
                return Some(());
            }
            self.eat(b',')?;
        }
    }

    /// Where a string stands, without its quotes.
    pub(super) fn string(&mut self) -> Option<Range<usize>> {
        self.eat(b'"')?;
        let start = self.at;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', self.text.get(self.at..)?)?;
            match self.text[self.at] {
                b'"' => break,
                _ => self.at += 2,
            }
        }
        self.at += 1;
        Some(start..self.at - 1)
    }

    /// Where a string stands; nothing for a value of another type, which is stepped over.
    pub(super) fn string_or_other(&mut self) -> Option<Option<Range<usize>>> {
        match self.peek()? {
            b'"' => self.string().map(Some),
            _ => self.skip().map(|()| None),
        }
    }

    /// A number that is whole and not negative; 0 for another value.
    pub(super) fn number(&mut self) -> Option<u64> {
        self.peek()?;
        let start = self.at;
        self.skip()?;
        let digits = std::str::from_utf8(&self.text[start..self.at]).ok()?;
        Some(digits.trim().parse().unwrap_or(0))
    }

    /// Steps over a value of any type.
    pub(super) fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => self.at += 1,
                _ => self.scalar()?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn scalar(&mut self) -> Option<()> {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let len = self.text[self.at..].iter().take_while(is_part).count();
        self.at += len;
        (len > 0).then_some(())
    }
}

/// The text that a JSON string stands for; half a surrogate pair is U+FFFD.
pub(super) fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let Some((&kind, after)) = rest.split_first() else { return out };
        rest = after;
        match kind {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => rest = code_point(rest, &mut out),
            other => out.push(other),
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Adds the character of a `\u` escape, and of the one after it if they are a pair; returns what follows.
fn code_point<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let unit = |text: &[u8]| u16::from_str_radix(std::str::from_utf8(text.get(..4)?).ok()?, 16).ok();
    let Some(first) = unit(rest) else { return rest };
    let second = rest.get(4..6).filter(|mark| mark == b"\\u").and_then(|_| unit(&rest[6..]));
    let pair = |second| char::decode_utf16([first, second]).next()?.ok().filter(|c| c.len_utf16() == 2);
    let (character, len) = match second.and_then(pair) {
        Some(character) => (character, 10),
        None => (char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER), 4),
    };
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    &rest[len..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_broken_ones_do_no_harm() {
        let cases: [(&str, &str); 7] = [
            (r"a\nb\t\u0041", "a\nb\tA"),
            (r#"\"\\\/"#, "\"\\/"),
            (r"\ud83d\ude00!", "\u{1f600}!"),
            (r"\ud83d!", "\u{fffd}!"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\u12", "12"),
            ("\\", ""),
        ];
        for (raw, want) in cases {
            assert_eq!(String::from_utf8_lossy(&unescaped(raw.as_bytes())), want, "{raw}");
        }
    }

    #[test]
    fn deep_and_broken_text_ends() {
        let deep = "[".repeat(1_000_000);
        for text in ["", "{", "\"", "\"\\", "[1,", "]", "{\"a\"}", deep.as_str()] {
            assert!(Cursor::new(text.as_bytes(), 0).skip().is_none() || text == "{\"a\"}");
        }
        let closed = deep + &"]".repeat(1_000_000);
        assert!(Cursor::new(closed.as_bytes(), 0).skip().is_some());
    }
}
