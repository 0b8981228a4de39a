//! Numbers, sizes and dates as people read them. The same words in every format.

use jiff::Timestamp;

use crate::finding::{Finding, Original, Place, RuleMeta};

/// A number with thousands separated: `1,204`.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with its noun: `1 file`, `1,204 files`.
pub(super) fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// A size with three or four figures at most: `512 bytes`, `3.4 MiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return count(bytes, "byte");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1023.95 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// The UTC day of a time in seconds; `None` for a time no calendar has.
pub(super) fn day(seconds: i64) -> Option<String> {
    Some(Timestamp::from_second(seconds).ok()?.strftime("%Y-%m-%d").to_string())
}

/// The time in RFC 3339, UTC; `None` for a time no calendar has.
pub(super) fn time(seconds: i64) -> Option<String> {
    Some(Timestamp::from_second(seconds).ok()?.to_string())
}

/// Whether files of the work tree hold the value still.
pub(super) fn in_use(finding: &Finding) -> String {
    match finding.in_use().count() as u64 {
        0 => "not in the work tree any more".to_owned(),
        places => format!("still in the work tree: {}", count(places, "place")),
    }
}

/// The first 12 digits of an object id.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// A commit as people name it: short id and author's day.
pub(super) fn commit(id: &str, author_time: i64) -> String {
    match day(author_time) {
        Some(day) => format!("{} of {day}", short(id)),
        None => short(id).to_owned(),
    }
}

/// Whether the value is still in the newest commit.
pub(super) fn at_head(yes: bool) -> &'static str {
    if yes { "still at HEAD" } else { "no longer at HEAD" }
}

/// `, from src/pay.ts:12:8` for generated code whose source is known; else nothing.
pub(super) fn from(place: &Place) -> String {
    let from =
        |original: &Original| format!(", from {}:{}:{}", original.path, original.line, original.column);
    place.original.as_deref().map(from).unwrap_or_default()
}

/// The same as a sentence.
pub(super) fn generated(place: &Place) -> String {
    match from(place).strip_prefix(", from ") {
        Some(from) => format!(" Generated from '{from}'."),
        None => String::new(),
    }
}

/// The sentence with a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    format!("{text}{}", if text.ends_with(['.', '!', '?']) { "" } else { "." })
}

/// What to do about a value of this rule, in one paragraph.
pub(super) fn help(rule: &RuleMeta) -> String {
    let mut parts: Vec<String> = rule.rotate_steps.iter().map(|step| sentence(step)).collect();
    if !rule.rotate_console.is_empty() {
        parts.push(format!("Where: {}", rule.rotate_console));
    }
    parts.join(" ")
}

/// The path as text; bytes that are not UTF-8 become U+FFFD.
pub(super) fn path(place: &Place) -> String {
    place.provenance.path().to_string()
}

/// The path of the file that is there: of the archive, for a member of one.
pub(super) fn file(place: &Place) -> String {
    place.provenance.outermost().path().to_string()
}

/// Where in an archive it is, as a sentence with a blank before; nothing elsewhere.
pub(super) fn in_archive(place: &Place) -> String {
    match place.provenance.archives().is_empty() {
        true => String::new(),
        false => {
            let layer = place.layer.map(|layer| format!(" ({layer})")).unwrap_or_default();
            format!(" In '{}', line {}{layer}.", path(place), place.span.line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (100_000, "100,000")];
        for (n, want) in cases {
            assert_eq!(number(n), want);
        }
        assert_eq!((count(1, "file"), count(2, "file")), ("1 file".into(), "2 files".into()));
    }

    #[test]
    fn sizes_have_one_decimal_and_never_say_1024() {
        let cases = [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (3_565_158, "3.4 MiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (bytes, want) in cases {
            assert_eq!(size(bytes).replace(',', ""), want);
        }
    }

    #[test]
    fn an_absurd_commit_time_is_left_out() {
        assert_eq!(commit(&"ab".repeat(20), 1_767_323_045), "abababababab of 2026-01-02");
        assert_eq!(commit("abc", i64::MAX), "abc");
        assert_eq!(time(0).as_deref(), Some("1970-01-01T00:00:00Z"));
    }
}
