//! YAML, by granit-parser's events. A document that breaks off gives what stands before the break.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{Event, Parser, Span};

use super::tree::Leaf;

/// Leaves, and what is wrong if the text is no YAML.
#[must_use]
pub fn parse(text: &str) -> (Vec<Leaf>, Option<String>) {
    let mut state = State { text, leaves: Vec::new(), stack: Vec::new(), document: 0 };
    for event in Parser::new_from_str(&without_erb(text)) {
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
        let has_erb = self.text.get(range.clone()).is_some_and(|written| written.contains("<%"));
        let value =
            if has_erb { self.text[within_quotes(self.text, range.clone())].to_owned() } else { value };
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

/// The text with ERB masked, byte for byte: Rails fills its settings in before it reads them. What gives a value
/// becomes a word, what steers becomes blanks.
fn without_erb(text: &str) -> Cow<'_, str> {
    if !text.contains("<%") {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find("<%") {
        let Some(end) = rest[start..].find("%>").map(|end| start + end + 2) else { break };
        let before = rest[..start].rsplit('\n').next().unwrap_or_default();
        let after = rest[end..].split('\n').next().unwrap_or_default();
        // What fills a line by itself gives lines.
        let is_value =
            rest[start..].starts_with("<%=") && !(before.trim().is_empty() && after.trim().is_empty());
        let filler = if is_value { 'x' } else { ' ' };
        out.push_str(&rest[..start]);
        let mask = |char: char| if char.is_ascii() && char != '\n' { filler } else { char };
        out.extend(rest[start..end].chars().map(mask));
        rest = &rest[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
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
    fn what_rails_fills_in_is_a_value() {
        let text = "<% 1.upto(4) do |n| %>\nedge_<%= n %>:\n  url: <%= ENV[\"URL\"] %>\n  name: \"p<%= 'ü' %>q\"\n<% end %>\n<%= more %>\n";
        let (leaves, error) = parse(text);
        let got: Vec<_> = leaves.iter().map(|leaf| (leaf.path[1].as_str(), leaf.text.as_str())).collect();
        assert_eq!((got, error), (vec![("url", "<%= ENV[\"URL\"] %>"), ("name", "p<%= 'ü' %>q")], None));
        assert_eq!(&text[leaves[1].span.clone()], "p<%= 'ü' %>q");
    }

    #[test]
    fn a_broken_document_gives_what_stands_before_the_break() {
        let (leaves, error) = parse("a: 1\nb: [\n");
        assert!(error.is_some());
        assert_eq!(leaves[0].path, ["a"]);
    }
}
