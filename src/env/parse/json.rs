//! JSON with the bytes of every value, comments and trailing commas allowed. No recursion: depth costs nothing.

use std::ops::Range;

use super::tree::Leaf;

/// Leaves, and what is wrong if the text is no JSON.
#[must_use]
pub fn parse(text: &str) -> (Vec<Leaf>, Option<String>) {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } };
    let (mut leaves, mut stack): (Vec<Leaf>, Vec<Open>) = (Vec::new(), Vec::new());
    while let Some(byte) = reader.next_byte() {
        match byte {
            b'{' => stack.push(Open::Object(None)),
            b'[' => stack.push(Open::Array(0)),
            b'}' | b']' => {
                stack.pop();
            }
            b',' => match stack.last_mut() {
                Some(Open::Object(key)) => *key = None,
                Some(Open::Array(index)) => *index += 1,
                None => {}
            },
            b':' => {}
            _ => {
                let (span, value, quoted) = match reader.scalar(byte) {
                    Some(scalar) => scalar,
                    None => return (leaves, Some(format!("unexpected text at byte {}", reader.at))),
                };
                if let Some(Open::Object(key @ None)) = stack.last_mut() {
                    *key = Some((value, span));
                } else {
                    leaves.push(leaf(&stack, value, span, quoted));
                }
            }
        }
    }
    let open = (!stack.is_empty()).then(|| "the text ends inside an object or a list".to_owned());
    (leaves, open)
}

enum Open {
    Object(Option<(String, Range<usize>)>),
    Array(usize),
}

fn leaf(stack: &[Open], text: String, span: Range<usize>, quoted: bool) -> Leaf {
    let mut key_span = span.start..span.start;
    let mut path = Vec::with_capacity(stack.len());
    for open in stack {
        match open {
            Open::Object(Some((key, at))) => {
                path.push(key.clone());
                key_span = at.clone();
            }
            Open::Object(None) => {}
            Open::Array(index) => path.push(index.to_string()),
        }
    }
    Leaf { path, text, key_span, span, document: 0, quoted }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    /// The next byte that is no blank and no comment; it is consumed if it is a mark.
    fn next_byte(&mut self) -> Option<u8> {
        loop {
            let rest = &self.text[self.at..];
            let blank = rest.len() - rest.trim_start().len();
            let skip = match &rest.as_bytes()[blank..] {
                [b'/', b'/', ..] => rest[blank..].find('\n').unwrap_or(rest.len() - blank),
                [b'/', b'*', ..] => rest[blank..].find("*/").map_or(rest.len() - blank, |n| n + 2),
                _ => 0,
            };
            self.at += blank + skip;
            if skip == 0 {
                break;
            }
        }
        let byte = *self.text.as_bytes().get(self.at)?;
        if matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':') {
            self.at += 1;
        }
        Some(byte)
    }

    fn scalar(&mut self, first: u8) -> Option<(Range<usize>, String, bool)> {
        let start = self.at;
        if first == b'"' {
            let bytes = self.text.as_bytes();
            let mut at = start + 1;
            while *bytes.get(at)? != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            self.at = at + 1;
            let raw = self.text.get(start..at + 1)?;
            let value = serde_json::from_str(raw).unwrap_or_else(|_| raw[1..raw.len() - 1].to_owned());
            return Some((start + 1..at, value, true));
        }
        let rest = &self.text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || ",]}:/\"[{".contains(c)).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| (start..start + end, rest[..end].to_owned(), false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_paths_and_bytes() {
        let text = "{ // note\n \"a\": { \"b\": \"x\\ny\", }, \"c\": [true, {\"d\": 1}] }";
        let (leaves, error) = parse(text);
        let got: Vec<_> = leaves.iter().map(|leaf| (leaf.path.join("."), leaf.text.as_str())).collect();
        let want = [("a.b", "x\ny"), ("c.0", "true"), ("c.1.d", "1")].map(|(p, v)| (p.to_owned(), v));
        assert_eq!((got, error), (want.to_vec(), None));
    }

    #[test]
    fn broken_text_never_panics() {
        for text in ["{", "\"", "{\"a", "[1,", "\\", "{\"a\":\"\\", "}", "{\"ü\":\"", "@"] {
            let _leaves = parse(text);
        }
        assert!(parse("{\"a\": \"").1.is_some());
    }
}
