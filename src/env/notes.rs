//! What comments say of a variable: owner, rotation, and whether a finding is allowed there.

use super::model::Notes;

/// Reads the annotations of a comment into `notes`.
pub(super) fn read(comment: &str, notes: &mut Notes) {
    let mut words = comment.split([' ', '\t', '#', ',']).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let mut value = || {
            let next = words.peek().filter(|next| !next.starts_with('@')).map(|next| (*next).to_owned());
            if next.is_some() {
                words.next();
            }
            next
        };
        match word.trim_end_matches(':') {
            "@owner" => notes.owner = value(),
            "@rotated" | "@last-rotated" => notes.rotated = value(),
            "@rotate-every" | "@rotate" => notes.rotate_every = value(),
            "@expires" | "@expire" => notes.expires = value(),
            "@optional" => notes.optional = true,
            "@required" => notes.required = true,
            "@public" => notes.public = true,
            "@secret" | "@sensitive" => notes.secret = true,
            "injected" | "@injected" => notes.injected = true,
            _ => {}
        }
    }
}

/// A mark that allows a finding: `ringfence:allow CHECK reason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allow {
    pub(super) check: String,
    pub(super) reason: String,
    /// Byte position of the mark.
    pub(super) at: usize,
    /// The line it stands in, from 0.
    pub(super) line: usize,
    /// Whether nothing but the comment stands in its line: then it is for the next line.
    pub(super) alone: bool,
}

const MARK: &str = "ringfence:allow ";
const FOREIGN: &str = "dotenv-linter:off ";

/// All marks of a text. `dotenv-linter:off CHECK` counts as one, with itself as reason.
pub(super) fn allows(text: &str) -> Vec<Allow> {
    let mut out = Vec::new();
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    if !has(MARK) && !has(FOREIGN) {
        return out;
    }
    let mut start = 0;
    for (line, whole) in text.split_inclusive('\n').enumerate() {
        for (mark, foreign) in [(MARK, false), (FOREIGN, true)] {
            let Some(at) = whole.find(mark) else { continue };
            let rest = whole[at + mark.len()..].trim().trim_end_matches("*/").trim_end_matches("-->").trim();
            let (check, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let check = if foreign { own_name(check).to_owned() } else { check.to_owned() };
            let reason = if foreign { "dotenv-linter:off".to_owned() } else { reason.trim().to_owned() };
            let before = whole[..at].trim();
            let alone = matches!(before, "" | "#" | "//" | "/*" | "<!--" | ";" | "--" | "#!" | "{/*");
            out.push(Allow { check, reason, at: start + at, line, alone });
        }
        start += whole.len();
    }
    out
}

/// Our names of the other linter's checks.
fn own_name(check: &str) -> &str {
    const ALIASES: &[(&str, &str)] = &[
        ("DuplicatedKey", "duplicate-key"),
        ("LowercaseKey", "lowercase-key"),
        ("IncorrectDelimiter", "invalid-key"),
        ("KeyWithoutValue", "key-without-equals"),
        ("LeadingCharacter", "leading-character"),
        ("SpaceCharacter", "space-around-equals"),
        ("TrailingWhitespace", "trailing-whitespace"),
        ("ValueWithoutQuotes", "unquoted-whitespace"),
        ("QuoteCharacter", "unterminated-quote"),
        ("UnorderedKey", "unordered-key"),
        ("SubstitutionKey", "unresolved-reference"),
        ("SchemaViolation", "type-differs-across-environments"),
        ("EndingBlankLine", "ending-blank-line"),
        ("ExtraBlankLine", "extra-blank-line"),
    ];
    ALIASES.iter().find(|(theirs, _)| *theirs == check).map_or(check, |(_, ours)| ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_read_in_any_order() {
        let mut notes = Notes::default();
        read(
            "# Card payments @rotated 2026-01-31 @owner pay@acme.io @rotate-every 90d @required",
            &mut notes,
        );
        assert_eq!(notes.owner.as_deref(), Some("pay@acme.io"));
        assert_eq!(
            (notes.rotated.as_deref(), notes.rotate_every.as_deref()),
            (Some("2026-01-31"), Some("90d"))
        );
        assert!(notes.required && !notes.optional);
    }

    #[test]
    fn a_mark_names_check_and_reason() {
        let text = "A=1 # ringfence:allow weak-secret local only\n# ringfence:allow duplicate-key\nA=2\n";
        let marks = allows(text);
        let got: Vec<_> =
            marks.iter().map(|m| (m.check.as_str(), m.reason.as_str(), m.line, m.alone)).collect();
        assert_eq!(got, [("weak-secret", "local only", 0, false), ("duplicate-key", "", 1, true)]);
    }
}
