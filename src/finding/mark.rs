//! Marks in the scanned text that allow a finding where it stands: `ringfence:allow RULE reason`.
//!
//! A mark is for its own line, or for the next one if nothing but a comment stands in its line. Whether the
//! text is one whose marks are obeyed is for others to say.

/// What a mark begins with.
const MARK: &[u8] = b"ringfence:allow ";

/// Marks of other scanners, as their documentation gives them: tool, mark, and whether it is for the next line.
///
/// They name no rule of ours and give no reason, so they count only for those who ask for it.
const FOREIGN: &[(&str, &str, bool)] = &[
    ("gitleaks", "gitleaks:allow", false),
    ("betterleaks", "betterleaks:allow", false),
    ("trufflehog", "trufflehog:ignore", false),
    ("kingfisher", "kingfisher:ignore", false),
    ("detect-secrets", "pragma: allowlist secret", false),
    ("detect-secrets", "pragma: allowlist nextline secret", true),
    ("secretlint", "secretlint-disable-line", false),
    ("secretlint", "secretlint-disable-next-line", true),
];

/// The tools whose marks can be honored.
pub fn foreign_tools() -> impl Iterator<Item = &'static str> {
    FOREIGN.iter().map(|(tool, ..)| *tool)
}

/// Whether a mark of one of these tools allows what stands in the line that holds byte `at`.
#[must_use]
pub fn is_allowed_by(text: &[u8], at: usize, tools: &[String]) -> bool {
    let (own, above) = lines(text, at);
    let has = |line: Option<&[u8]>, mark: &str| {
        line.is_some_and(|line| memchr::memmem::find(line, mark.as_bytes()).is_some())
    };
    let honored = FOREIGN.iter().filter(|(tool, ..)| tools.iter().any(|known| known == tool));
    honored.into_iter().any(|(_, mark, next)| has(if *next { above } else { Some(own) }, mark))
}

/// Whether a mark allows what `rule` has found in the line that begins at byte `at` or holds it.
#[must_use]
pub fn is_allowed(text: &[u8], at: usize, rule: &str) -> bool {
    let (own, above) = lines(text, at);
    allows(own, rule).is_some() || above.and_then(|line| allows(line, rule)).is_some_and(|alone| alone)
}

/// The line that holds byte `at`, and the one above it.
fn lines(text: &[u8], at: usize) -> (&[u8], Option<&[u8]>) {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
    let above = start.checked_sub(1).map(|end| {
        let start = memchr::memrchr(b'\n', &text[..end]).map_or(0, |end| end + 1);
        &text[start..end]
    });
    (line_at(text, start), above)
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
    fn marks_of_others_count_for_those_who_ask() {
        let tools = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let cases: [(&str, &[&str], bool); 5] = [
            ("HERE # gitleaks:allow", &["gitleaks"], true),
            ("HERE # gitleaks:allow", &["detect-secrets"], false),
            ("HERE # pragma: allowlist secret", &["detect-secrets"], true),
            ("# pragma: allowlist nextline secret\nHERE", &["detect-secrets"], true),
            ("# gitleaks:allow\nHERE", &["gitleaks"], false),
        ];
        for (text, names, allowed) in cases {
            let at = text.find("HERE").expect("it is in each");
            assert_eq!(is_allowed_by(text.as_bytes(), at, &tools(names)), allowed, "{text}");
        }
    }

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
