//! Marks in the scanned text that allow a finding where it stands: `ringfence:allow RULE reason`.
//!
//! A mark is for its own line, or for the next one if nothing but a comment stands in its line. Whether the
//! text is one whose marks are obeyed is for others to say.

/// What a mark begins with.
const MARK: &[u8] = b"ringfence:allow ";

/// Whether a mark allows what `rule` has found in the line that begins at byte `at` or holds it.
#[must_use]
pub fn is_allowed(text: &[u8], at: usize, rule: &str) -> bool {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
    let own = line_at(text, start);
    let above = start.checked_sub(1).map(|end| {
        let start = memchr::memrchr(b'\n', &text[..end]).map_or(0, |end| end + 1);
        &text[start..end]
    });
    allows(own, rule).is_some() || above.and_then(|line| allows(line, rule)).is_some_and(|alone| alone)
}

fn line_at(text: &[u8], start: usize) -> &[u8] {
    let len = memchr::memchr(b'\n', &text[start..]).unwrap_or(text.len() - start);
    &text[start..start + len]
}

/// Whether the line has a mark with a reason for the rule: if so, whether the mark stands alone.
fn allows(line: &[u8], rule: &str) -> Option<bool> {
    let at = memchr::memmem::find(line, MARK)?;
    let words = String::from_utf8_lossy(&line[at + MARK.len()..]);
    let mut words = words.split_whitespace();
    let is_reason = |word: &str| word.chars().any(char::is_alphanumeric);
    let told = words.next() == Some(rule) && words.any(is_reason);
    let alone = !line[..at].iter().any(u8::is_ascii_alphanumeric);
    told.then_some(alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_for_one_rule_with_a_reason_and_for_one_line() {
        let cases: [(&str, bool); 7] = [
            ("HERE # ringfence:allow rule a sample", true),
            ("HERE # ringfence:allow other a sample", false),
            ("HERE # ringfence:allow rule", false),
            ("HERE /* ringfence:allow rule */", false),
            ("# ringfence:allow rule a sample\nHERE", true),
            ("x = 1 # ringfence:allow rule a sample\nHERE", false),
            ("# ringfence:allow rule a sample\n\nHERE", false),
        ];
        for (text, allowed) in cases {
            let at = text.find("HERE").expect("it is in each");
            assert_eq!(is_allowed(text.as_bytes(), at, "rule"), allowed, "{text}");
        }
    }
}
