//! The file that takes values out of a history: lines for `--replace-text` of git-filter-repo, and back.
//!
//! Names of files, references and authors have options of their own, which take the body of a function instead:
//! `names.py` reads the texts from the file, so that it holds none.
//!
//! The format has no comments and no escapes: a literal ends with its line. What has line breaks or bytes that an
//! editor may change is a regular expression of Python, with every byte but letters and digits as `\xNN`.
//! <https://htmlpreview.github.io/?https://github.com/newren/git-filter-repo/blob/docs/html/git-filter-repo.html>

use zeroize::Zeroizing;

use crate::finding::Secret;

/// What stands in place of each text.
const INSTEAD: &[u8] = b"==>***REMOVED***";
const LITERAL: &[u8] = b"literal:";
const REGEX: &[u8] = b"regex:";
/// What takes the texts out of names.
const NAMES: &str = include_str!("names.py");

/// Texts that are to be taken out, longest first: no text may be broken by one that is a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purge {
    texts: Vec<Secret>,
}

impl Purge {
    /// Takes each text once.
    #[must_use]
    pub fn new(mut texts: Vec<Secret>) -> Self {
        texts.retain(|text| !text.expose().is_empty());
        texts.sort_by(|a, b| {
            let (a, b) = (a.expose(), b.expose());
            b.len().cmp(&a.len()).then_with(|| a.cmp(b))
        });
        texts.dedup();
        Self { texts }
    }

    /// The texts.
    #[must_use]
    pub fn texts(&self) -> &[Secret] {
        &self.texts
    }

    /// The file. It holds the values.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::new());
        let mut patterns: Vec<&[u8]> = Vec::new();
        for text in self.texts.iter().map(Secret::expose) {
            // Literals come before all patterns, in whatever order they are written.
            let is_part = patterns.iter().any(|longer| memchr::memmem::find(longer, text).is_some());
            if is_part || !text.iter().all(|&byte| byte == b' ' || byte.is_ascii_graphic()) {
                patterns.push(text);
                out.extend_from_slice(REGEX);
                out.extend_from_slice(&escaped(text));
            } else {
                out.extend_from_slice(LITERAL);
                out.extend_from_slice(text);
            }
            out.extend_from_slice(INSTEAD);
            out.push(b'\n');
        }
        out
    }

    /// The body of a function of Python that takes the texts out of a name; `plan` is where the file is.
    #[must_use]
    pub fn of_names(plan: &str) -> String {
        // A string of JSON is one of Python.
        NAMES.replace("{{plan}}", &serde_json::Value::from(plan).to_string())
    }

    /// Reads such a file; also literals that were added by hand, with or without `literal:` and `==>`.
    ///
    /// # Errors
    /// The number of the first line, from 1, that is another pattern: what it stands for is not known.
    pub fn parse(bytes: &[u8]) -> Result<Self, usize> {
        let mut texts = Vec::new();
        for (at, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = match memchr::memmem::rfind(line, b"==>") {
                Some(end) => &line[..end],
                None => line,
            };
            let text = match line.strip_prefix(REGEX) {
                Some(pattern) => unescaped(pattern).ok_or(at + 1)?,
                None if line.starts_with(b"glob:") => return Err(at + 1),
                None => Zeroizing::new(line.strip_prefix(LITERAL).unwrap_or(line).to_vec()),
            };
            texts.push(Secret::new(&text));
        }
        Ok(Self::new(texts))
    }
}

fn escaped(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::new());
    for &byte in text {
        match byte.is_ascii_alphanumeric() {
            true => out.push(byte),
            false => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    out
}

/// The text of a pattern that has nothing but letters, digits and `\xNN`.
fn unescaped(pattern: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::new());
    let mut rest = pattern;
    while let Some((&first, after)) = rest.split_first() {
        if first.is_ascii_alphanumeric() {
            out.push(first);
            rest = after;
            continue;
        }
        let digits =
            rest.strip_prefix(b"\\x")?.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit))?;
        out.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = &rest[4..];
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purge(texts: &[&[u8]]) -> Purge {
        Purge::new(texts.iter().map(|text| Secret::new(text)).collect())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let texts: [&[u8]; 7] = [
            b"plain text",
            b"two\nlines\r\n",
            b"a==>b",
            b"regex:a",
            b"glob:*",
            b"\xff\x00\x01 ",
            b"literal:x",
        ];
        let purge = purge(&texts);
        assert_eq!(purge.texts().len(), texts.len());
        assert_eq!(Purge::parse(&purge.to_bytes()), Ok(purge));
    }

    #[test]
    fn a_part_of_a_longer_text_is_taken_out_after_it() {
        let file = purge(&[b"second", b"first\nsecond", b"sec", b"other"]).to_bytes();
        let lines: Vec<&[u8]> = file.split(|&byte| byte == b'\n').collect();
        assert!(lines[0].starts_with(b"regex:first"));
        assert!(lines[1].starts_with(b"regex:second"), "a literal would come first and break the pattern");
        assert!(lines[2].starts_with(b"literal:other"));
        assert!(lines[3].starts_with(b"regex:sec="));
    }

    #[test]
    fn lines_of_other_hands_are_read_if_they_say_one_text() {
        assert_eq!(
            Purge::parse(b"one\r\nliteral:two\n\nthree==>3\n"),
            Ok(purge(&[b"one", b"two", b"three"]))
        );
        for other in [&b"x\nregex:a.c"[..], b"x\nglob:a*", b"x\nregex:\\xg1", b"x\nregex:\\x1"] {
            assert_eq!(Purge::parse(other), Err(2));
        }
    }
}
