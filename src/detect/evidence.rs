//! What the text says about a found value, for people: whose it is. Public parts only, and nothing that may be a
//! secret itself: a user name is short, and no candidate has its bytes.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::settle::{Match, Settled};
use super::{ChecksumName, Detector, Range2, Rule, Syntax, TellsName, checksum};

/// How far on either side of an assignment a user name is looked for, in bytes and in lines.
const NEAR: usize = 240;
const LINES: usize = 2;
/// Longer names may be tokens in the place of a name.
const LONGEST_USER: usize = 24;

/// Says of each match whose it is, where the text tells.
pub(super) fn add(detector: &Detector, bytes: &[u8], settled: &mut Settled) {
    if settled.matches.is_empty() {
        return;
    }
    let values = Values::of(settled);
    for found in settled.matches.iter_mut().filter(|found| found.decoded.is_none()) {
        let rule = &detector.rules()[usize::from(found.rule)];
        let told = match rule.tells {
            Some(TellsName::AwsAccount) => aws_account(&bytes[found.value.range()])
                .map(|account| format!("of the AWS account {account:012}")),
            None => user(rule, bytes, found)
                .filter(|user| !values.overlap(*user))
                .and_then(|user| name(&bytes[user.range()])),
        };
        let in_pair = || {
            let value = &bytes[found.value.range()];
            let is_pair = rule.checksum == Some(ChecksumName::Base64Pair);
            name(&checksum::user_of_pair(value).filter(|_| is_pair)?)
        };
        found.facts.extend(told.or_else(in_pair));
    }
}

/// What may be a secret: by its start, and the farthest end of all that begin before.
struct Values(Vec<(usize, usize)>);

impl Values {
    fn of(settled: &Settled) -> Self {
        let dismissed = settled.dismissed.iter().map(|(candidate, _)| candidate.value);
        let matched = settled.matches.iter().map(|found| found.value);
        let mut all: Vec<(usize, usize)> =
            dismissed.chain(matched).map(|value| (value.start, value.end)).collect();
        all.sort_unstable();
        let mut farthest = 0;
        for (_, end) in &mut all {
            farthest = farthest.max(*end);
            *end = farthest;
        }
        Self(all)
    }

    fn overlap(&self, range: Range2) -> bool {
        let before = self.0.partition_point(|(start, _)| *start < range.end);
        before.checked_sub(1).is_some_and(|last| self.0[last].1 > range.start)
    }
}

/// A user name in words, if it is one and nobody's address.
fn name(user: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(user).ok().filter(|text| (2..=LONGEST_USER).contains(&text.len()))?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // Many digits, or digits and letters of both cases, are what is drawn at random.
    let is_drawn = digits > 4 || digits > 0 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    (text.bytes().all(fits) && !is_drawn).then(|| format!("of the user {text}"))
}

/// Where the name of the value's user stands.
fn user(rule: &Rule, bytes: &[u8], found: &Match) -> Option<Range2> {
    if found.syntax != Syntax::Pattern {
        return beside(bytes, found.value, found.syntax);
    }
    rule.tells_user().then(|| before(bytes, found.span.start, found.value.start)).flatten()
}

/// The name before a colon, as in `scheme://name:value@host` and `-u name:value`, or after "login".
fn before(bytes: &[u8], start: usize, end: usize) -> Option<Range2> {
    let text = bytes.get(start..end)?;
    if let Some(text) = text.strip_suffix(b":") {
        let from = text.iter().rposition(|byte| b"/ \t\"'=".contains(byte)).map_or(0, |at| at + 1);
        return Some((start + from..start + text.len()).into());
    }
    let login = memchr::memmem::rfind(&text.to_ascii_lowercase(), b"login")? + b"login".len();
    let from = login + text[login..].iter().position(|byte| !byte.is_ascii_whitespace())?;
    let len = text[from..].iter().position(u8::is_ascii_whitespace)?;
    Some((start + from..start + from + len).into())
}

/// A name in an assignment near by: quoted, or one that ends its line if the value is not quoted either.
fn beside(bytes: &[u8], value: Range2, syntax: Syntax) -> Option<Range2> {
    static USER: LazyLock<Regex> = LazyLock::new(|| {
        let key =
            r#"(?i-u:\b|_)(?i-u:user(?:_?name|_?id)?|login|client_?id)["'\]]{0,2}[ \t]*(?::|=|=>|:=)[ \t]*"#;
        let names = r#"(?-u:"([\w.@+-]{2,40})"|'([\w.@+-]{2,40})'|([\w.@+-]{2,40})[ \t]*\r?(?:\n|$))"#;
        Regex::new(&format!("{key}{names}")).expect("a test runs it")
    });
    let from = line_back(bytes, value.start);
    let to = line_on(bytes, value.end);
    let groups = if syntax == Syntax::Quoted { 1..3 } else { 1..4 };
    let name = |found: regex::bytes::Captures<'_>| {
        groups.clone().find_map(|group| found.get(group).map(|name| name.range()))
    };
    let all = USER.captures_iter(&bytes[from..to]).filter_map(name);
    let ranges = all.map(|name| Range2 { start: from + name.start, end: from + name.end });
    ranges.min_by_key(|name| (value.start.abs_diff(name.start), name.start))
}

/// The start of the line so many lines before, at most so far away.
fn line_back(bytes: &[u8], at: usize) -> usize {
    let first = at.saturating_sub(NEAR);
    let breaks = memchr::memrchr_iter(b'\n', &bytes[first..at]);
    breaks.take(LINES + 1).last().map_or(first, |line| first + line + 1)
}

/// The end of the line so many lines on, at most so far away.
fn line_on(bytes: &[u8], at: usize) -> usize {
    let last = bytes.len().min(at + NEAR);
    let breaks = memchr::memchr_iter(b'\n', &bytes[at..last]);
    breaks.take(LINES + 1).last().map_or(last, |line| at + line + 1)
}

/// The account in a key id of the kind that is made since 2019: 40 bits after the first of what is base32.
///
/// Source: not AWS's own words, but `sts get-access-key-info` agrees; keys made before tell nothing, and have a zero there.
fn aws_account(id: &[u8]) -> Option<u64> {
    let digit = |byte: &u8| {
        Some(u64::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        }))
    };
    let bits = id.get(4..13)?.iter().try_fold(0u64, |bits, byte| Some(bits << 5 | digit(byte)?))?;
    let account = bits >> 4 & 0xff_ffff_ffff;
    (bits >> 44 == 1 && account < 1_000_000_000_000).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{PlaceFacts, builtin};

    fn facts(text: &str) -> Vec<String> {
        let found = Detector::new(builtin()).find(text.as_bytes(), &PlaceFacts::of_path(b"a.env"));
        found.matches.into_iter().flat_map(|found| found.facts).collect()
    }

    #[test]
    fn the_user_of_a_value_is_told_wherever_the_text_names_one() {
        let word = ["q8Zr2L", "wX0pVt"].concat();
        for text in [
            format!("url = https://deploy:{word}@git.corp.io/a"),
            format!("postgres://deploy:{word}@db.corp.io/a"),
            format!("machine git.corp.io\n  login deploy\n  password {word}\n"),
            ["curl -", "u deploy:", &word, " https://corp.io"].concat(),
            format!("DB_USER=deploy\nDB_PASSWORD={word}\n"),
            format!("{{\"password\": \"{word}\", \"username\": \"deploy\"}}"),
        ] {
            assert_eq!(facts(&text), ["of the user deploy"], "{}", text.replace(&word, "…"));
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_told_as_a_user() {
        let (word, token) = (["q8Zr2L", "wX0pVt"].concat(), ["9fK2q8Zr2L", "wX0pVt77Qm"].concat());
        assert!(facts(&format!("url = https://{token}:{word}@git.corp.io/a")).is_empty());
        assert!(facts(&format!("DB_PASSWORD={word}\nname = x\n")).is_empty());
        assert!(facts(&format!("a = 1\n\n\n\nuser = deploy\n\n\n\nDB_PASSWORD={word}\n")).is_empty());
    }

    /// The pair that the public description of the format gives.
    #[test]
    fn a_key_id_tells_its_account() {
        let id = ["ASIA", "Y34FZKBO", "KMUTVV7A"].concat();
        assert_eq!(aws_account(id.as_bytes()), Some(609_629_065_308));
        let old = ["AKIA", "IOSFODNN", "7EXAMPLE"].concat();
        assert_eq!(aws_account(old.as_bytes()), None);
    }
}
