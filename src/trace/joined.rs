//! What may stand between two pieces of one value: `"ab" + "cd"`, `"ab" \` and a line break, wrapped base64.

/// Longest gap between two pieces.
pub(super) const LONGEST: usize = 64;

/// The end of the gap that begins at `from`, if one does.
pub(super) fn after(text: &[u8], from: usize) -> Option<usize> {
    let rest = &text[from.min(text.len())..text.len().min(from + LONGEST)];
    let first = *rest.first()?;
    if is_quote(first) || (first == b'\\' && rest.get(1).is_some_and(|&b| is_quote(b))) {
        // In a literal within a literal, both quotes are escaped.
        let slashes = |text: &[u8]| text.iter().take_while(|&&b| b == b'\\').count();
        let escape = slashes(rest);
        let between = escape + 1 + glue(&rest[escape + 1..]);
        let close = between + escape.min(slashes(&rest[between..]));
        return rest.get(close).filter(|&&b| is_quote(b)).map(|_| from + close + 1);
    }
    let skipped = rest.iter().take_while(|&&b| is_wrap(b)).count();
    let is_line_end = rest[..skipped].contains(&b'\n') || rest[..skipped].starts_with(b"\\n");
    (is_line_end && skipped < rest.len()).then_some(from + skipped)
}

/// The start of the gap that ends at `to`, if one does.
pub(super) fn before(text: &[u8], to: usize) -> Option<usize> {
    let last = *text[..to].last()?;
    if !is_quote(last) && !is_wrap(last) {
        return None;
    }
    let least = to.saturating_sub(LONGEST);
    (least..to).rev().find(|&from| after(text, from) == Some(to) && !continues(text, from))
}

/// Whether the gap at `from` is the rest of a longer one.
fn continues(text: &[u8], from: usize) -> bool {
    from > 0 && is_wrap(text[from]) && is_wrap(text[from - 1])
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// How many blanks and operators that join strings come first. A backslash is one where it continues the line: in
/// `'\''` it is a shell's quote.
fn glue(text: &[u8]) -> usize {
    let is_glue = |(at, byte): &(usize, &u8)| match byte {
        b'\\' => matches!(text.get(at + 1), Some(b'\r' | b'\n')),
        byte => b" \t\r\n+.,&~|<>".contains(byte),
    };
    text.iter().enumerate().take_while(is_glue).count()
}

/// A line break, what continues a line, and the next line's indent.
fn is_wrap(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_found_from_both_sides() {
        for gap in [
            "\" + \"",
            "' .\n  '",
            "\"\"",
            "\",\"",
            "\\\n",
            "\n    ",
            "\"\n  \"",
            "' \\\n  '",
            "\" <> \"",
            "\\\" + \\\"",
        ] {
            let text = format!("abcd{gap}efgh");
            let (from, to) = (4, 4 + gap.len());
            assert_eq!(after(text.as_bytes(), from), Some(to), "{gap:?}");
            assert_eq!(before(text.as_bytes(), to), Some(from), "{gap:?}");
        }
        for none in ["; ", " ", "\" x \"", "'\\''", ""] {
            assert_eq!(after(format!("abcd{none}efgh").as_bytes(), 4), None, "{none:?}");
        }
    }
}
