//! Dockerfiles: instructions with continued lines joined, and the build stage each belongs to.

use std::ops::Range;

/// One instruction.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// In capitals: `COPY`.
    pub word: String,
    /// What follows, continuations included.
    pub arguments: Range<usize>,
    /// The whole.
    pub span: Range<usize>,
    /// Number of the build stage, from 0; instructions before the first `FROM` are of stage 0.
    pub stage: usize,
}

/// All instructions in order.
#[must_use]
pub fn parse(text: &str) -> Vec<Instruction> {
    let (mut out, mut at, mut stages): (Vec<Instruction>, usize, usize) = (Vec::new(), 0, 0);
    while at < text.len() {
        let start = at;
        let end = loop {
            let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
            let line = text[at..end].trim_end();
            at = (end + 1).min(text.len());
            let continued = line.ends_with('\\') && !line.trim_start().starts_with('#');
            if !continued || at >= text.len() {
                break end;
            }
        };
        let body = text[start..end].trim_end();
        let begin = start + (body.len() - body.trim_start().len());
        let body = body.trim_start();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        let word_end = body.find(char::is_whitespace).unwrap_or(body.len());
        let word = body[..word_end].to_ascii_uppercase();
        stages += usize::from(word == "FROM");
        let rest = &body[word_end..];
        let arguments = begin + word_end + (rest.len() - rest.trim_start().len())..begin + body.len();
        out.push(Instruction {
            word,
            arguments,
            span: begin..begin + body.len(),
            stage: stages.saturating_sub(1),
        });
    }
    out
}

/// The stages of which the last one takes something: itself, what it builds upon and what it copies from.
#[must_use]
pub fn final_stages(text: &str, instructions: &[Instruction]) -> Vec<usize> {
    let froms: Vec<(&str, Option<&str>)> = instructions
        .iter()
        .filter(|instruction| instruction.word == "FROM")
        .map(|instruction| {
            let words: Vec<&str> = text[instruction.arguments.clone()].split_whitespace().collect();
            let base = words.iter().find(|word| !word.starts_with("--")).copied().unwrap_or_default();
            let name = words.iter().position(|word| word.eq_ignore_ascii_case("as"));
            (base, name.and_then(|at| words.get(at + 1)).copied())
        })
        .collect();
    let mut wanted = vec![froms.len().saturating_sub(1)];
    let mut at = 0;
    while at < wanted.len() {
        let base = froms.get(wanted[at]).map_or("", |(base, _)| base);
        let below = froms.iter().position(|(_, name)| *name == Some(base));
        if let Some(below) = below.filter(|below| !wanted.contains(below)) {
            wanted.push(below);
        }
        at += 1;
    }
    wanted
}

/// `KEY=value` pairs of `ENV` and `ARG`, with the bytes of key and value; also the old form `ENV KEY value`.
#[must_use]
pub fn pairs(text: &str, instruction: &Instruction) -> Vec<(Range<usize>, Range<usize>)> {
    let arguments = &text[instruction.arguments.clone()];
    let offset = instruction.arguments.start;
    let first = arguments.split_whitespace().next().unwrap_or_default();
    if instruction.word == "ENV" && !first.contains('=') {
        let rest = arguments[first.len()..].trim();
        let start = offset + arguments.len() - arguments[first.len()..].trim_start().len();
        return vec![(offset..offset + first.len(), start..start + rest.len())];
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at < arguments.len() {
        let rest = &arguments[at..];
        let begin = at + (rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\\']).len());
        let end = word_end(arguments, begin);
        if end == begin {
            break;
        }
        let word = &arguments[begin..end];
        let (key, value) = match word.find('=') {
            Some(sep) => (begin..begin + sep, unquoted(arguments, begin + sep + 1..end)),
            None => (begin..end, end..end),
        };
        out.push((offset + key.start..offset + key.end, offset + value.start..offset + value.end));
        at = end;
    }
    out
}

/// The end of the word at `begin`; blanks within quotes belong to it.
fn word_end(text: &str, begin: usize) -> usize {
    let mut quote = None;
    for (n, c) in text[begin..].char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, c) if c.is_whitespace() => return begin + n,
            _ => {}
        }
    }
    text.len()
}

fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    match text[range.clone()].as_bytes() {
        [open @ (b'"' | b'\''), .., close] if open == close => range.start + 1..range.end - 1,
        _ => range,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_joined_and_stages_followed() {
        let text =
            "FROM a AS base\nRUN x \\\n  y\n# c\nFROM b AS tool\nFROM base\nENV A=1 B=\"x y\"\nENV C d e\n";
        let all = parse(text);
        let words: Vec<_> = all.iter().map(|one| (one.word.as_str(), one.stage)).collect();
        assert_eq!(words, [("FROM", 0), ("RUN", 0), ("FROM", 1), ("FROM", 2), ("ENV", 2), ("ENV", 2)]);
        assert_eq!(final_stages(text, &all), [2, 0]);
        let shown = |one: &Instruction| -> Vec<_> {
            pairs(text, one).into_iter().map(|(key, value)| (&text[key], &text[value])).collect()
        };
        assert_eq!(shown(&all[4]), [("A", "1"), ("B", "x y")]);
        assert_eq!(shown(&all[5]), [("C", "d e")]);
    }
}
