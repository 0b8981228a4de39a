//! The generic matcher: a name that means a credential, an operator, a value, in any common syntax.
//!
//! Reads at most [`REACH`] bytes on either side of the keyword. What the value is worth is for `dismiss`.

use super::{Candidate, Range2, Syntax};

/// Bytes on either side of the keyword that may be read.
pub(super) const REACH: usize = NAME + GAP + VALUE + 8;
const NAME: usize = 48;
const GAP: usize = 72;
const VALUE: usize = 200;

/// A value in a credential position.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    name: Range2,
    value: Range2,
    syntax: Syntax,
}

impl Assignment {
    pub(super) fn candidate(self, rule: u16, anchor: usize) -> Candidate {
        let span = (self.name.start..self.value.end).into();
        Candidate { rule, span, value: self.value, anchor, syntax: self.syntax }
    }
}

/// The assignment whose name holds the keyword at `at`.
pub(super) fn at(bytes: &[u8], at: usize, len: usize) -> Option<Assignment> {
    let name = name_around(bytes, at, len);
    let (open, syntax) = value_start(bytes, name)?;
    let (start, end, syntax) = match syntax {
        Syntax::Quoted => quoted(bytes, open)?,
        Syntax::Element => element(bytes, open)?,
        _ => bare(bytes, open),
    };
    let span = start..end;
    (end > start).then(|| Assignment { name, value: span.into(), syntax })
}

fn name_around(bytes: &[u8], at: usize, len: usize) -> Range2 {
    let from = at.saturating_sub(NAME);
    let start = at - bytes[from..at].iter().rev().take_while(|&&byte| is_name(byte)).count();
    let to = bytes.len().min(at + len + NAME);
    let end = at + len + bytes[at + len..to].iter().take_while(|&&byte| is_name(byte)).count();
    (start..end).into()
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// Where the value begins after the name, and how it is written: `=`, `:`, `=>`, `,` after a quoted key,
/// `(` of a setter, `>` of an element, a blank after a flag.
fn value_start(bytes: &[u8], name: Range2) -> Option<(usize, Syntax)> {
    let limit = bytes.len().min(name.end + GAP);
    let text = &bytes[..limit];
    let mut at = name.end;
    let closers = count(text, at, |byte| matches!(byte, b'"' | b'\'' | b'`' | b']' | b'\\'));
    at += closers;
    at += blanks(text, at);
    let spaced = at > name.end + closers;
    let operator = text.get(at).copied()?;
    match operator {
        b'=' | b':' => {
            at += count(text, at, |byte| matches!(byte, b':' | b'=' | b'>')).min(3);
            at += blanks(text, at);
            Some(opened(text, skip_type(text, at, operator)))
        }
        b'!' if text.get(at + 1) == Some(&b'=') => {
            Some(opened(text, at + 2 + count(text, at + 2, |b| b == b'=')))
        }
        b',' if closers > 0 => quoted_only(text, at + 1),
        b'(' => quoted_only(text, at + 1),
        b'>' if closers == 0 && bytes.get(name.start.wrapping_sub(1)) == Some(&b'<') => {
            Some((at + 1, Syntax::Element))
        }
        b'"' | b'\'' if spaced && closers == 0 => quoted_only(text, at),
        _ if spaced && closers == 0 && text[name.start..].starts_with(b"--") => Some(opened(text, at)),
        _ => None,
    }
}

fn quoted_only(text: &[u8], at: usize) -> Option<(usize, Syntax)> {
    let (start, syntax) = opened(text, at + blanks(text, at));
    (syntax == Syntax::Quoted).then_some((start, syntax))
}

/// Skips a type annotation: `password: &str = "…"`, `let token: String = "…"`.
fn skip_type(text: &[u8], at: usize, operator: u8) -> usize {
    if operator != b':' {
        return at;
    }
    let type_len = count(text, at, |byte| is_name(byte) || b"&<>[]?| ".contains(&byte)).min(40);
    match text.get(at + type_len) {
        Some(b'=') if type_len > 0 => {
            let after = at + type_len + count(text, at + type_len, |byte| byte == b'=');
            after + blanks(text, after)
        }
        _ => at,
    }
}

/// Whether a quote opens here, after at most a string prefix (`b"`, `@"`) or a wrapper (`Some("`).
fn opened(text: &[u8], at: usize) -> (usize, Syntax) {
    let at = at + blanks(text, at);
    let word = count(text, at, |byte| is_name(byte) || byte == b':' || byte == b'@').min(24);
    let mut quote = at;
    if word > 0 && (word <= 2 || text.get(at + word) == Some(&b'(')) {
        quote = at + word + usize::from(text.get(at + word) == Some(&b'('));
    }
    let slashes = count(text, quote, |byte| byte == b'\\').min(3);
    if text.get(quote + slashes).is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'`')) {
        (quote, Syntax::Quoted)
    } else {
        (at, Syntax::Bare)
    }
}

/// The text between the quote at `open` (maybe escaped, as in JSON in a string) and its like.
fn quoted(bytes: &[u8], open: usize) -> Option<(usize, usize, Syntax)> {
    let slashes = count(bytes, open, |byte| byte == b'\\').min(3);
    let quote = *bytes.get(open + slashes)?;
    let mut start = open + slashes + 1;
    if slashes == 0 && bytes[start..].starts_with(&[quote, quote]) {
        start += 2;
    }
    let limit = bytes.len().min(start + VALUE);
    let mut at = start;
    while at < limit {
        match bytes[at] {
            b'\n' | b'\r' => return None,
            byte if byte == quote => return Some((start, at, Syntax::Quoted)),
            b'\\' if slashes > 0 && bytes.get(at + slashes) == Some(&quote) => {
                return Some((start, at, Syntax::Quoted));
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The text up to the closing tag.
fn element(bytes: &[u8], start: usize) -> Option<(usize, usize, Syntax)> {
    let end = take(bytes, start, |byte| byte != b'<' && byte != b'\n');
    bytes[end..].starts_with(b"</").then_some((start, end, Syntax::Element))
}

fn bare(bytes: &[u8], start: usize) -> (usize, usize, Syntax) {
    (
        start,
        take(bytes, start, |byte| !byte.is_ascii_whitespace() && !b"\"'`,;)<>]}{|".contains(&byte)),
        Syntax::Bare,
    )
}

fn take(bytes: &[u8], start: usize, test: impl Fn(u8) -> bool) -> usize {
    let limit = bytes.len().min(start + VALUE);
    start + bytes[start.min(limit)..limit].iter().take_while(|&&byte| test(byte)).count()
}

fn count(bytes: &[u8], at: usize, test: impl Fn(u8) -> bool) -> usize {
    bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|&&byte| test(byte)).take(GAP).count())
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    count(bytes, at, |byte| byte == b' ' || byte == b'\t').min(24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_every_common_syntax() {
        let cases = [
            ("password = \"VAL\"", Syntax::Quoted),
            ("DB_PASSWORD=VAL", Syntax::Bare),
            ("password: VAL", Syntax::Bare),
            ("\"password\": \"VAL\",", Syntax::Quoted),
            ("'password' => 'VAL'", Syntax::Quoted),
            ("password := `VAL`", Syntax::Quoted),
            ("setPassword(\"VAL\")", Syntax::Quoted),
            ("<password>VAL</password>", Syntax::Element),
            ("let password: &str = \"VAL\";", Syntax::Quoted),
            ("password: Some(\"VAL\")", Syntax::Quoted),
            ("{\\\"password\\\": \\\"VAL\\\"}", Syntax::Quoted),
            ("put(\"password\", \"VAL\")", Syntax::Quoted),
            ("mysql --password VAL -h x", Syntax::Bare),
            ("if (password == 'VAL')", Syntax::Quoted),
            ("config['password'] = b'VAL'", Syntax::Quoted),
            ("PASSWORD 'VAL'", Syntax::Quoted),
        ];
        for (text, syntax) in cases {
            let keyword = text.to_ascii_lowercase().find("password").expect("each case has the name");
            let found = at(text.as_bytes(), keyword, 8).unwrap_or_else(|| panic!("nothing in {text}"));
            assert_eq!(&text[found.value.range()], "VAL", "{text}");
            assert_eq!(found.syntax, syntax, "{text}");
        }
    }

    #[test]
    fn a_name_without_a_value_is_nothing() {
        for text in
            ["password", "password()", "the password is secret", "password = \"", "password:\n", "password;"]
        {
            assert_eq!(at(text.as_bytes(), text.find("password").expect("named"), 8), None, "{text}");
        }
    }
}
