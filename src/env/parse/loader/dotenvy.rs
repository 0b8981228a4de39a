//! dotenvy 0.15 (Rust), as its `dotenv` reads a file.

use super::{Piece, Setting};

/// What it reads, in order. At a line that it cannot read it gives up, and the last setting is empty.
#[must_use]
pub fn read(text: &str) -> Vec<Setting> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut settings = Vec::new();
    while !rest.is_empty() {
        let (line, after) = logical_line(rest);
        match line.and_then(setting) {
            Some(setting) => settings.extend(setting),
            None => {
                settings.push(Setting { key: String::new(), value: None });
                break;
            }
        }
        rest = after;
    }
    settings
}

/// Where the reader of lines stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Complete,
    Escaped,
    Quoted(char),
    QuotedEscaped(char),
    Blank,
}

/// A line, over several where a quote is open, and what follows it; none where the file ends before it does.
fn logical_line(text: &str) -> (Option<&str>, &str) {
    let mut state = State::Complete;
    let mut start = 0;
    while start < text.len() {
        let end = text[start..].find('\n').map_or(text.len(), |n| start + n + 1);
        if text[..end].trim_start().starts_with('#') {
            return (Some(""), &text[end..]);
        }
        for (at, c) in text[start..end].char_indices() {
            if state == State::Blank && c == '#' {
                return (Some(&text[..start + at]), &text[end..]);
            }
            state = next(state, c);
        }
        if state == State::Complete {
            return (Some(&text[..end]), &text[end..]);
        }
        start = end;
    }
    (None, "")
}

fn next(state: State, c: char) -> State {
    match (state, c) {
        (State::Escaped, _) => State::Complete,
        (State::QuotedEscaped(quote), _) => State::Quoted(quote),
        (State::Quoted(quote), '\\') => State::QuotedEscaped(quote),
        (State::Quoted(quote), c) if c == quote => State::Complete,
        (State::Quoted(_), _) => state,
        (_, '\\') => State::Escaped,
        (_, '"' | '\'') => State::Quoted(c),
        (State::Complete, c) if c.is_whitespace() && !matches!(c, '\n' | '\r') => State::Blank,
        _ => State::Complete,
    }
}

/// A line's variable, or none where the line is broken; a comment sets nothing.
fn setting(line: &str) -> Option<Option<Setting>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Some(None);
    }
    let (mut key, mut rest) = name(line)?;
    if key == "export" && !rest.starts_with('=') {
        (key, rest) = name(rest)?;
    }
    let rest = rest.strip_prefix('=')?.trim_start();
    let value = if rest.starts_with('#') { Vec::new() } else { value(rest)? };
    Some(Some(Setting { key: key.to_owned(), value: Some(value) }))
}

/// A name, and what follows it without blanks.
fn name(line: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let end = line.find(|c| !is_name(c)).unwrap_or(line.len());
    line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        .then(|| (&line[..end], line[end..].trim_start()))
}

/// A value as it is read, one character after the other.
#[derive(Default)]
struct Reader {
    pieces: Vec<Piece>,
    text: String,
    quote: Option<char>,
    escaped: bool,
    ended: bool,
    /// The name of a variable that is being read, and whether braces stand round it.
    variable: Option<(String, bool)>,
}

fn value(text: &str) -> Option<Vec<Piece>> {
    let mut reader = Reader::default();
    for c in text.chars() {
        if reader.ended && c == '#' {
            break;
        }
        reader.take(c)?;
    }
    let in_braces = matches!(reader.variable, Some((_, true)));
    if in_braces || reader.quote.is_some() {
        return None;
    }
    reader.variable_ends();
    reader.pieces.push(Piece::Text(reader.text));
    Some(reader.pieces)
}

impl Reader {
    /// Takes a character; none where it may not stand.
    fn take(&mut self, c: char) -> Option<()> {
        if self.ended {
            return matches!(c, ' ' | '\t').then_some(());
        }
        if self.escaped {
            self.escaped = false;
            self.text.push(match c {
                '\\' | '\'' | '"' | '$' | ' ' => c,
                'n' => '\n',
                _ => return None,
            });
            return Some(());
        }
        if self.variable.is_some() && self.quote != Some('\'') {
            self.in_variable(c);
            return Some(());
        }
        match (self.quote, c) {
            (Some(quote), c) if c == quote => self.quote = None,
            (Some('\''), c) => self.text.push(c),
            (_, '$') => self.variable = Some((String::new(), false)),
            (_, '\\') => self.escaped = true,
            (Some(_), c) => self.text.push(c),
            (None, '"' | '\'') => self.quote = Some(c),
            (None, ' ' | '\t') => self.ended = true,
            (None, c) => self.text.push(c),
        }
        Some(())
    }

    fn in_variable(&mut self, c: char) {
        let Some((name, braces)) = &mut self.variable else { return };
        match c {
            c if c.is_alphanumeric() => name.push(c),
            '{' if !*braces && name.is_empty() => *braces = true,
            '}' if *braces => self.variable_ends(),
            c if *braces => name.push(c),
            '$' => {
                self.variable_ends();
                self.variable = Some((String::new(), false));
            }
            // A quote that follows a name is text, too.
            c => {
                self.variable_ends();
                self.text.push(c);
            }
        }
    }

    fn variable_ends(&mut self) {
        if let Some((name, braces)) = self.variable.take() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
            self.pieces.push(Piece::Variable { name, default: None, braces });
        }
    }
}
