//! TOML with the bytes of every value, by the `toml` crate.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::tree::Leaf;

/// Leaves, and what is wrong if the text is no TOML.
#[must_use]
pub fn parse(text: &str) -> (Vec<Leaf>, Option<String>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut leaves = Vec::new();
    table_leaves(table.get_ref(), &mut Vec::new(), &mut leaves);
    leaves.sort_by_key(|leaf| leaf.span.start);
    (leaves, errors.first().map(|error| error.message().to_owned()))
}

fn table_leaves(table: &DeTable<'_>, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        value_leaves(value, key.span(), path, leaves);
        path.pop();
    }
}

fn value_leaves(
    value: &Spanned<DeValue<'_>>,
    key_span: std::ops::Range<usize>,
    path: &mut Vec<String>,
    leaves: &mut Vec<Leaf>,
) {
    let (text, quoted) = match value.get_ref() {
        DeValue::Table(table) => return table_leaves(table, path, leaves),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                value_leaves(item, key_span.clone(), path, leaves);
                path.pop();
            }
            return;
        }
        DeValue::String(text) => (text.to_string(), true),
        DeValue::Integer(number) => (number.to_string(), false),
        DeValue::Float(number) => (number.to_string(), false),
        DeValue::Boolean(yes) => (yes.to_string(), false),
        DeValue::Datetime(time) => (time.to_string(), false),
    };
    let mut span = value.span();
    if quoted && span.len() >= 2 {
        let marks = if span.len() >= text.len() + 6 { 3 } else { 1 };
        span = span.start + marks..span.end.saturating_sub(marks).max(span.start + marks);
    }
    leaves.push(Leaf { path: path.clone(), text, key_span, span, document: 0, quoted });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_paths_and_bytes() {
        let text = "a = \"x\"\n[b.c]\nd = true\ne = [1]\n";
        let (leaves, error) = parse(text);
        let got: Vec<_> = leaves.iter().map(|leaf| (leaf.path.join("."), &text[leaf.span.clone()])).collect();
        let want = [("a", "x"), ("b.c.d", "true"), ("b.c.e.0", "1")].map(|(p, v)| (p.to_owned(), v));
        assert_eq!((got, error), (want.to_vec(), None));
        assert!(parse("a = [").1.is_some());
    }
}
