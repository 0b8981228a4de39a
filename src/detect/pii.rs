//! Personal data in text: addresses, numbers of cards and accounts, phones, cookies of sessions, passwords in request bodies.
//!
//! None of them has a literal that a prefilter could look for, so they are no rules: the text is walked once, from each
//! `@`, `+`, the ends of names and what may be a long number. A number counts only if its own check is right, where it has one.

mod body;
mod telling;

pub(super) use telling::Block;

use std::ops::Range;

use crate::finding::{Confidence, RuleMeta, Severity};

/// What personal data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// RFC 5322, as people use it.
    Email,
    /// ISO/IEC 7812: a known issuer's prefix, its length, and Luhn's check.
    Card,
    /// ISO 13616: a country's length, and mod 97.
    Iban,
    /// E.164, with its `+`.
    Phone,
    /// A United States social security number; its shape is all there is.
    Ssn,
    /// The cookie of a session, by the names that frameworks give it.
    Session,
    /// A password in a request body.
    Password,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Email, Self::Card, Self::Iban, Self::Phone, Self::Ssn, Self::Session, Self::Password];

    /// What reports say about it.
    #[must_use]
    pub fn meta(self) -> RuleMeta {
        let (id, title, risk, severity) = match self {
            Self::Email => (
                "pii-email",
                "E-mail address",
                "Names a person; whoever reads the file can write to it.",
                Severity::Low,
            ),
            Self::Card => (
                "pii-card",
                "Payment card number",
                "Pays on the holder's account; card networks forbid it in logs.",
                Severity::High,
            ),
            Self::Iban => (
                "pii-iban",
                "Bank account number (IBAN)",
                "Names a person's account, which can be debited.",
                Severity::Medium,
            ),
            Self::Phone => (
                "pii-phone",
                "Phone number",
                "Names a person; whoever reads the file can call.",
                Severity::Low,
            ),
            Self::Ssn => (
                "pii-ssn",
                "Social security number (US)",
                "Opens accounts in the person's name.",
                Severity::High,
            ),
            Self::Session => (
                "pii-session-cookie",
                "Session cookie",
                "Acts as the user while the session lasts.",
                Severity::Medium,
            ),
            Self::Password => (
                "pii-password-field",
                "Password in a request body",
                "Logs in as the user, who may use it elsewhere too.",
                Severity::High,
            ),
        };
        RuleMeta {
            id,
            title,
            provider: "Personal data",
            risk,
            severity,
            docs: DOCS,
            rotate_console: "",
            rotate_steps: &[
                "Keep it out of what is written there: leave it out, mask it or log an id of your own",
                "Delete the copies, or let them expire",
            ],
            lint: None,
        }
    }

    /// How sure one is.
    #[must_use]
    pub fn confidence(self) -> Confidence {
        match self {
            Self::Card | Self::Iban | Self::Session | Self::Email | Self::Password => Confidence::High,
            Self::Phone => Confidence::Medium,
            Self::Ssn => Confidence::Low,
        }
    }
}

const DOCS: &str = "https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude";

/// Names that frameworks give the cookie of a session.
const SESSIONS: [&[u8]; 7] = [
    b"PHPSESSID",
    b"JSESSIONID",
    b"ASP.NET_SessionId",
    b"connect.sid",
    b"sessionid",
    b"session_id",
    b"_session",
];

/// What begins within `core`, in order.
#[must_use]
pub fn find(text: &[u8], core: Range<usize>) -> Vec<(Kind, Range<usize>)> {
    let (mut found, mut number, mut session) = (Vec::new(), 0, 0);
    telling::places(text, &mut |at| match text[at] {
        b'@' => found.extend(email(text, at).map(|span| (Kind::Email, span))),
        b'D' | b'N' | b'd' | b'n' if text.get(at + 1).is_some_and(|byte| b"=\"\\".contains(byte)) => {
            let cookie = cookie(text, session..at + 1);
            session = cookie.as_ref().map_or(session, |span| span.end);
            found.extend(cookie.map(|span| (Kind::Session, span)));
            found.extend(body::password(text, at + 1).map(|span| (Kind::Password, span)));
        }
        // Numbers do not overlap.
        b'+' | b'0'..=b'9' | b'A'..=b'Z' if at >= number => {
            let one = one_number(text, at);
            number = one.as_ref().map_or(number, |(_, span)| span.end);
            found.extend(one);
        }
        _ => {}
    });
    found.retain(|(_, span)| core.contains(&span.start));
    found.sort_by_key(|(kind, span)| (span.start, *kind));
    found
}

/// The value of a session's cookie whose name stands at the end of this part of the text.
fn cookie(text: &[u8], name: Range<usize>) -> Option<Range<usize>> {
    let is_value = |byte: &&u8| byte.is_ascii_alphanumeric() || b"%._~+/-".contains(byte);
    let is_named =
        text[name.end] == b'=' && SESSIONS.iter().any(|session| text[name.clone()].ends_with(session));
    if !is_named {
        return None;
    }
    let start = name.end + 1;
    let len = text[start..].iter().take(512).take_while(is_value).count();
    (len >= 16).then(|| start..start + len)
}

fn email(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_local = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let local = text[..at].iter().rev().take(65).take_while(is_local).count();
    let is_domain = |byte: &&u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let len = text[at + 1..].iter().take(254).take_while(is_domain).count();
    let domain = text[at + 1..at + 1 + len].trim_ascii_end();
    let domain = std::str::from_utf8(domain).ok()?.trim_end_matches(['.', '-']);
    let (_, last) = domain.rsplit_once('.')?;
    let start = at.checked_sub(local).filter(|_| (1..=64).contains(&local))?;
    // The userinfo of a URL, and what ssh logs in as.
    let in_url = start > 0 && matches!(text[start - 1], b':' | b'/');
    let is_word = (2..=24).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    let reserved = ["test", "example", "invalid", "localhost", "local"];
    let is_example = reserved.contains(&last) || RESERVED.iter().any(|name| is_below(domain, name));
    let is_file =
        ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "css", "json", "service"].contains(&last);
    let is_person = text[start].is_ascii_alphanumeric() && &text[start..at] != b"git";
    let counts = is_word && is_person && !in_url && !is_example && !is_file;
    counts.then(|| start..at + 1 + domain.len())
}

/// Domains for documentation (RFC 2606), and one that forwards to nobody.
const RESERVED: [&str; 4] = ["example.com", "example.net", "example.org", "users.noreply.github.com"];

fn is_below(domain: &str, name: &str) -> bool {
    domain.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What the number that begins at `start` is; all but a phone's begin a word.
fn one_number(text: &[u8], start: usize) -> Option<(Kind, Range<usize>)> {
    let begins_word = start.checked_sub(1).is_none_or(|before| !text[before].is_ascii_alphanumeric());
    match text[start] {
        b'+' => phone(text, start).map(|span| (Kind::Phone, span)),
        b'0'..=b'9' if begins_word => number(text, start),
        b'A'..=b'Z' if begins_word => iban(text, start + 2).map(|span| (Kind::Iban, span)),
        _ => None,
    }
}

/// What the number that begins at `start` is, if it is no phone's.
fn number(text: &[u8], start: usize) -> Option<(Kind, Range<usize>)> {
    let run = text[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    match start.checked_sub(1).map(|index| text[index]) {
        Some(b'+' | b'_' | b'-' | b'.' | b'%' | b'&' | b'/') => None,
        // Most numbers are neither in one piece nor in groups what a card's is.
        _ if run >= 13 || run == 4 && has_second_group(text, start) => card(text, start),
        _ if run == 3 && text.get(start + run) == Some(&b'-') => ssn(text, start),
        _ => None,
    }
}

/// Whether four digits, a separator and four digits more stand here: no year does.
fn has_second_group(text: &[u8], start: usize) -> bool {
    let second = text.get(start + 4..start + 9);
    second.is_some_and(|second| b" -".contains(&second[0]) && second[1..].iter().all(u8::is_ascii_digit))
}

/// The digits from `start` on, with single separators between, and where they end.
fn grouped(text: &[u8], start: usize, most: usize, separators: &[u8]) -> (Vec<u8>, usize) {
    let (mut digits, mut end, mut at) = (Vec::new(), start, start);
    while let Some(&byte) = text.get(at).filter(|_| digits.len() <= most) {
        if byte.is_ascii_digit() {
            digits.push(byte - b'0');
            end = at + 1;
        } else if !separators.contains(&byte) || end != at {
            break;
        }
        at += 1;
    }
    (digits, end)
}

fn ends_word(text: &[u8], end: usize) -> bool {
    let next = |at: usize| text.get(at).copied().unwrap_or(b' ');
    let goes_on = next(end) == b'.' && next(end + 1).is_ascii_digit();
    !next(end).is_ascii_alphanumeric() && next(end) != b'_' && !goes_on
}

fn card(text: &[u8], start: usize) -> Option<(Kind, Range<usize>)> {
    let (digits, end) = grouped(text, start, 19, b" -");
    let prefix = |len: usize| digits.iter().take(len).fold(0_u32, |sum, digit| sum * 10 + u32::from(*digit));
    let known = match digits.len() {
        13 | 19 => prefix(1) == 4,
        14 => matches!(prefix(2), 36 | 38 | 39) || (300..=305).contains(&prefix(3)),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            prefix(1) == 4
                || (51..=55).contains(&prefix(2))
                || (2221..=2720).contains(&prefix(4))
                || (3528..=3589).contains(&prefix(4))
                || prefix(4) == 6011
                || prefix(2) == 65
                || (644..=649).contains(&prefix(3))
        }
        _ => false,
    };
    // Numbers for tests repeat one or two digits.
    let distinct = (0..10).filter(|digit| digits.contains(digit)).count();
    (known && distinct > 3 && luhn(&digits) && ends_word(text, end)).then_some((Kind::Card, start..end))
}

/// ISO/IEC 7812-1, annex B.
fn luhn(digits: &[u8]) -> bool {
    let weighed = digits.iter().rev().enumerate().map(|(at, &digit)| match at % 2 {
        0 => u32::from(digit),
        _ => u32::from(digit) * 2 / 10 + u32::from(digit) * 2 % 10,
    });
    weighed.sum::<u32>().is_multiple_of(10)
}

fn ssn(text: &[u8], start: usize) -> Option<(Kind, Range<usize>)> {
    let number = text.get(start..start + 11).filter(|_| ends_word(text, start + 11))?;
    let is_digit = |at: &usize| number[*at].is_ascii_digit();
    let shaped = [0, 1, 2, 4, 5, 7, 8, 9, 10].iter().all(is_digit) && number[3] == b'-' && number[6] == b'-';
    let (area, group, serial) = (&number[..3], &number[4..6], &number[7..]);
    let given = area != b"000" && area != b"666" && area[0] != b'9' && group != b"00" && serial != b"0000";
    (shaped && given && text.get(start + 11) != Some(&b'-')).then_some((Kind::Ssn, start..start + 11))
}

fn phone(text: &[u8], plus: usize) -> Option<Range<usize>> {
    let before = plus.checked_sub(1).map_or(b' ', |index| text[index]);
    if before.is_ascii_alphanumeric() || b"+.)]_".contains(&before) || text.get(plus + 1) == Some(&b'0') {
        return None;
    }
    let (digits, end) = grouped(text, plus + 1, 15, b" -.");
    ((9..=15).contains(&digits.len()) && ends_word(text, end)).then_some(plus..end)
}

/// An IBAN whose check digits are at `digits`; the country stands before them.
fn iban(text: &[u8], digits: usize) -> Option<Range<usize>> {
    let start = digits.checked_sub(2)?;
    if !text[start].is_ascii_uppercase() {
        return None;
    }
    let country = std::str::from_utf8(&text[start..digits]).ok()?;
    let len = LENGTHS.iter().find(|(name, _)| name.contains(country) && country.len() == 2)?;
    let starts_word = start == 0 || !(text[start - 1].is_ascii_alphanumeric() || text[start - 1] == b'_');
    let (mut number, mut at) = (Vec::new(), start);
    while number.len() < len.1 {
        match *text.get(at)? {
            byte if byte.is_ascii_uppercase() || byte.is_ascii_digit() => number.push(byte),
            b' ' if (at - start) % 5 == 4 => {}
            _ => return None,
        }
        at += 1;
    }
    (starts_word && ends_word(text, at) && mod_97(&number) == 1).then_some(start..at)
}

/// ISO 7064, MOD 97-10: the first four characters at the end, letters as two digits.
fn mod_97(number: &[u8]) -> u32 {
    let moved = number[4..].iter().chain(&number[..4]);
    moved.fold(0, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}

/// Countries by the length of their numbers (SWIFT, IBAN Registry).
const LENGTHS: [(&str, usize); 18] = [
    ("NO", 15),
    ("BE", 16),
    ("DK FI FO GL NL SD", 18),
    ("MK SI", 19),
    ("AT BA EE KZ LT LU XK MN", 20),
    ("CH CR HR LI LV", 21),
    ("BG BH DE GB GE IE ME RS VA", 22),
    ("AE GI IL IQ OM SO TL", 23),
    ("AD CZ ES MD PK RO SA SE SK TN VG", 24),
    ("PT ST LY", 25),
    ("IS TR", 26),
    ("FR GR IT MC MR SM BI", 27),
    ("AL AZ BY CY DO GT HU LB NI PL SV", 28),
    ("BR EG PS QA UA", 29),
    ("JO KW MU YE", 30),
    ("MT SC", 31),
    ("LC", 32),
    ("RU", 33),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::Regex;

    use super::*;

    /// Each word tried, none left out.
    fn plainly(text: &[u8]) -> Vec<(Kind, Range<usize>)> {
        let mut found = Vec::new();
        let (mut at, mut last) = (0, b' ');
        while let Some(&byte) = text.get(at) {
            let starts = byte.is_ascii_alphanumeric() && !last.is_ascii_alphanumeric();
            let is_phone = last == b'+' && byte.is_ascii_digit();
            let has_check = text.get(at + 2..at + 4).is_some_and(|two| two.iter().all(u8::is_ascii_digit));
            let one = match byte {
                b'A'..=b'Z' if !has_check => None,
                _ => one_number(text, if is_phone { at - 1 } else { at }),
            };
            let one = one.filter(|_| starts);
            at = one.as_ref().map_or(at + 1, |(_, span)| span.end);
            last = text[at - 1];
            found.extend(one);
        }
        let ats = text.iter().enumerate().filter(|(_, byte)| **byte == b'@');
        let ends = (1..text.len()).filter_map(|end| body::password(text, end));
        found.extend(ends.map(|span| (Kind::Password, span)));
        found.extend(ats.filter_map(|(at, _)| Some((Kind::Email, email(text, at)?))));
        let names = r"PHPSESSID|JSESSIONID|ASP\.NET_SessionId|connect\.sid|sessionid|session_id|_session";
        let cookie = Regex::new(&format!(r"(?-u)(?:{names})=([0-9A-Za-z%._~+/-]{{16,512}})"));
        let cookie = cookie.expect("a constant pattern");
        found.extend(
            cookie
                .captures_iter(text)
                .map(|found| (Kind::Session, found.get(1).expect("it is there").range())),
        );
        found.sort_by_key(|(kind, span)| (span.start, *kind));
        found
    }

    /// Pieces of numbers, with right checks among them.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9]{1,6}",
            "[0-9]{12,20}",
            "[ .+_=/-]",
            "[A-Z]{2}[0-9]{2}",
            "[a-z]{1,3}",
            "[1-8][0-9]{2}-[0-9]{2}-[0-9]{4}",
            "[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{1,5}",
            Just("\n".to_owned()),
            Just(["4172 6301 58", "29 3744"].concat()),
            Just(["41726301", "58293744"].concat()),
            Just(["DE89 3704 0044", " 0532 0130 00"].concat()),
            Just(["NO93860", "11117947"].concat()),
            Just("+49 30 5550 19283".to_owned()),
            Just("+1 3600 1234 5678 95".to_owned()),
            Just("kim@acme-shop.io".to_owned()),
            "(PHPSESSID|my_session|connect.sid)=[a-z0-9]{14,20}",
            "&(user_)?[Pp]assword=[a-z0-9]{0,9}&?",
            "\"(PASSWORD|passwd)\": ?\"[a-z]{3}\"",
            "[a-z]{60,70}",
        ]
    }

    proptest! {
        #[test]
        fn what_is_told_of_blocks_leaves_nothing_out(pieces in proptest::collection::vec(piece(), 0..60)) {
            let text = pieces.concat();
            prop_assert_eq!(find(text.as_bytes(), 0..text.len()), plainly(text.as_bytes()));
        }
    }

    #[test]
    fn the_numbers_that_the_test_above_is_made_of_count() {
        let text = [
            ["4172 6301 58", "29 3744"].concat(),
            ["DE89 3704 0044", " 0532 0130 00"].concat(),
            ["NO93860", "11117947"].concat(),
            "+1 3600 1234 5678 95".to_owned(),
        ];
        let kinds: Vec<Kind> =
            text.iter().flat_map(|text| find(text.as_bytes(), 0..text.len())).map(|(kind, _)| kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Iban).count(), 2, "{kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Card).count(), 1, "{kinds:?}");
        assert!(kinds.contains(&Kind::Phone), "{kinds:?}");
    }
}
