//! YAML, by granit-parser's events. A document that breaks off gives what stands before the break.

use std::ops::Range;

use granit_parser::{Event, Parser, Span};

use super::tree::Leaf;

/// Leaves, and what is wrong if the text is no YAML.
#[must_use]
pub fn parse(text: &str) -> (Vec<Leaf>, Option<String>) {
    let mut state = State { text, leaves: Vec::new(), stack: Vec::new(), document: 0 };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => state.take(event, span),
            Err(error) => return (state.leaves, Some(error.to_string())),
        }
    }
    (state.leaves, None)
}

/// A collection that is open.
enum Open {
    /// The key that waits for its value.
    Map(Option<(String, Range<usize>)>),
    /// The index of the next item.
    List(usize),
}

struct State<'t> {
    text: &'t str,
    leaves: Vec<Leaf>,
    stack: Vec<Open>,
    document: usize,
}

impl State<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::DocumentEnd => self.document += 1,
            Event::MappingStart(..) => self.open(Open::Map(None)),
            Event::SequenceStart(..) => self.open(Open::List(0)),
            Event::MappingEnd | Event::SequenceEnd => {
                self.stack.pop();
                self.done();
            }
            Event::Alias(_) => self.scalar(String::new(), span, false),
            Event::Scalar(value, style, ..) => {
                let quoted = !matches!(style, granit_parser::ScalarStyle::Plain);
                self.scalar(value.into_owned(), span, quoted);
            }
            _ => {}
        }
    }

    fn open(&mut self, open: Open) {
        // A collection as a key: its parts have no name of their own.
        if let Some(Open::Map(key @ None)) = self.stack.last_mut() {
            *key = Some((String::new(), 0..0));
        }
        self.stack.push(open);
    }

    /// The value of the innermost collection's key or index is complete.
    fn done(&mut self) {
        match self.stack.last_mut() {
            Some(Open::Map(key)) => *key = None,
            Some(Open::List(index)) => *index += 1,
            None => {}
        }
    }

    fn scalar(&mut self, value: String, span: Span, quoted: bool) {
        let range = span.byte_range().unwrap_or(0..0);
        let range = range.start.min(self.text.len())..range.end.min(self.text.len());
        if let Some(Open::Map(key @ None)) = self.stack.last_mut() {
            *key = Some((value, range));
            return;
        }
        let mut path = Vec::new();
        let mut key_span = range.start..range.start;
        for open in &self.stack {
            match open {
                Open::Map(Some((key, span))) => {
                    path.push(key.clone());
                    key_span = span.clone();
                }
                Open::Map(None) => {}
                Open::List(index) => {
                    path.push(index.to_string());
                    key_span = range.start..range.start;
                }
            }
        }
        let span = within_quotes(self.text, range);
        self.leaves.push(Leaf { path, text: value, key_span, span, document: self.document, quoted });
        self.done();
    }
}

fn within_quotes(text: &str, range: Range<usize>) -> Range<usize> {
    let Some(slice) = text.get(range.clone()) else { return range.start..range.start };
    match slice.as_bytes() {
        [open @ (b'"' | b'\''), .., close] if open == close && slice.len() >= 2 => {
            range.start + 1..range.end - 1
        }
        _ => range.start..range.start + slice.trim_end().len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_paths_and_bytes() {
        let text = "a:\n  b: 'x y'\n  c: [1, 2]\n---\nd: \"ü\"\n";
        let (leaves, error) = parse(text);
        let got: Vec<_> = leaves
            .iter()
            .map(|leaf| (leaf.path.join("."), &text[leaf.span.clone()], leaf.document))
            .collect();
        let want = [("a.b", "x y", 0), ("a.c.0", "1", 0), ("a.c.1", "2", 0), ("d", "ü", 1)]
            .map(|(p, v, d)| (p.to_owned(), v, d));
        assert_eq!((got, error), (want.to_vec(), None));
    }

    #[test]
    fn a_broken_document_gives_what_stands_before_the_break() {
        let (leaves, error) = parse("a: 1\nb: [\n");
        assert!(error.is_some());
        assert_eq!(leaves[0].path, ["a"]);
    }
}
