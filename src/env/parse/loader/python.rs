//! python-dotenv 1.2.

use super::{Piece, Setting};

/// What it reads. A line that it cannot read is passed over.
#[must_use]
pub fn read(text: &str) -> Vec<Setting> {
    // Python opens the file as text, which makes every line end `\n`.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader { rest: &text };
    let mut settings = Vec::new();
    while !reader.rest.is_empty() {
        match reader.binding() {
            Some(setting) => settings.extend(setting),
            None => reader.rest = reader.rest.split_once('\n').map_or("", |(_, rest)| rest),
        }
    }
    settings
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// A line, or none where it is broken; a comment sets nothing.
    fn binding(&mut self) -> Option<Option<Setting>> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return Some(None);
        }
        let after_export = self.rest.strip_prefix("export").unwrap_or(self.rest);
        if after_export.starts_with(is_blank) {
            self.rest = after_export.trim_start_matches(is_blank);
        }
        let key = match self.rest.chars().next() {
            Some('#') => None,
            _ => Some(self.key()?),
        };
        self.blanks();
        let value = if self.take('=') { Some(self.value()?) } else { None };
        self.end()?;
        Some(key.map(|key| Setting { key: key.to_owned(), value: value.map(|value| pieces(&value)) }))
    }

    fn key(&mut self) -> Option<&'t str> {
        let (key, rest) = match self.rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'')?,
            None => {
                let is_end = |c: char| c == '=' || c == '#' || c.is_whitespace();
                self.rest.split_at(self.rest.find(is_end).unwrap_or(self.rest.len()))
            }
        };
        if key.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(key)
    }

    fn value(&mut self) -> Option<String> {
        let had_blanks = self.blanks();
        match self.rest.chars().next() {
            Some('#') if had_blanks => Some(String::new()),
            Some(quote @ ('"' | '\'')) => {
                let inner = &self.rest[1..];
                let end = closing(inner, quote)?;
                self.rest = &inner[end + 1..];
                Some(unescaped(&inner[..end], quote))
            }
            _ => {
                let (line, _) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                self.rest = &self.rest[line.len()..];
                let is_comment = |at: &usize| line[..*at].ends_with(char::is_whitespace);
                let end = line.match_indices('#').map(|(at, _)| at).find(is_comment);
                Some(line[..end.unwrap_or(line.len())].trim_end().to_owned())
            }
        }
    }

    /// A comment, and the end of the line.
    fn end(&mut self) -> Option<()> {
        self.blanks();
        if self.rest.starts_with('#') {
            self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..];
        }
        if !self.rest.is_empty() {
            self.rest = self.rest.strip_prefix('\n')?;
        }
        Some(())
    }

    fn blanks(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches(is_blank);
        self.rest.len() < before
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() && c != '\n'
}

/// Where the quote is closed; a backslash takes the next character with it.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_end = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        is_end.then_some(at)
    })
}

fn unescaped(text: &str, quote: char) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match (chars.next(), quote) {
            (Some(c @ ('\\' | '\'')), _) | (Some(c @ '"'), '"') => out.push(c),
            (Some('a'), '"') => out.push('\u{7}'),
            (Some('b'), '"') => out.push('\u{8}'),
            (Some('f'), '"') => out.push('\u{c}'),
            (Some('n'), '"') => out.push('\n'),
            (Some('r'), '"') => out.push('\r'),
            (Some('t'), '"') => out.push('\t'),
            (Some('v'), '"') => out.push('\u{b}'),
            (other, _) => {
                out.push('\\');
                out.extend(other);
            }
        }
    }
    out
}

/// `${NAME}` and `${NAME:-default}`, within every kind of quotes.
fn pieces(value: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut text_from, mut at) = (0, 0);
    while let Some(found) = value[at..].find("${") {
        let start = at + found;
        let inner = &value[start + 2..];
        let end = inner.find(['}', ':']).unwrap_or(inner.len());
        let (name, after) = inner.split_at(end);
        let default = after.strip_prefix(":-").and_then(|after| after.split_once('}'));
        let (default, after) = match (default, after.strip_prefix('}')) {
            (Some((default, after)), _) => (Some(default.to_owned()), after),
            (None, Some(after)) => (None, after),
            (None, None) => {
                at = start + 2;
                continue;
            }
        };
        pieces.push(Piece::Text(value[text_from..start].to_owned()));
        pieces.push(Piece::Variable { name: name.to_owned(), default, braces: true });
        at = value.len() - after.len();
        text_from = at;
    }
    pieces.push(Piece::Text(value[text_from..].to_owned()));
    pieces
}
