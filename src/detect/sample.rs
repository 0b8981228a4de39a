//! Makes values that a rule must find: a seeded walk over the rule's own pattern, its checksum made right.
//!
//! Also expands `{kind:n}`, the filler of examples. Its checksums are written anew, not taken from
//! `checksum`, so that the examples check the engine's. Made for examples and tests: no scan calls it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::compile::{parse, secret_group};
use super::random::Random;
use super::{Candidate, ChecksumName, Detector, Dismissed, LoadedRule, PlaceFacts, SampleName, Syntax};

const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const LOWER_DIGITS: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ALNUM: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64_ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";

/// Most more than the least that a repetition is repeated, so that samples stay short.
const SPREAD: u32 = 24;
/// How often a value is drawn before all of the rule's values count as dismissed.
const TRIES: usize = 100;

/// A value of `rule` that the engine must report, and how often a fresh one was dismissed before it.
///
/// A value is drawn again if it happens to look like a placeholder or too regular, as it may.
///
/// # Errors
/// Why the last value was dismissed, if every value is.
pub fn sample(
    detector: &Detector,
    rule: &LoadedRule,
    random: &mut Random,
) -> Result<(String, usize), Dismissed> {
    let mut last = Dismissed::Overlap;
    for tries in 0..TRIES {
        let value = draw(rule, random);
        match judged(detector, rule, &value) {
            None => return Ok((value, tries)),
            Some(why) => last = why,
        }
    }
    Err(last)
}

/// Why the value by itself is no secret of the rule.
fn judged(detector: &Detector, rule: &LoadedRule, value: &str) -> Option<Dismissed> {
    let index = detector.rules().iter().position(|known| known.meta.id == rule.source.id)?;
    let span = (0..value.len()).into();
    let rule = u16::try_from(index).ok()?;
    let candidate = Candidate { rule, span, value: span, anchor: 0, syntax: Syntax::Pattern };
    detector.judge(value.as_bytes(), &candidate, &PlaceFacts::ANY).err()
}

fn draw(rule: &LoadedRule, random: &mut Random) -> String {
    let value = match rule.source.sample {
        Some(kind) => special(kind, random),
        None if rule.source.pattern.is_empty() => {
            let len = random.between(16, 22);
            // At least two digits, without which a bare word is taken for a name.
            format!("{}{}", random.text(DIGITS, 2), random.text(ALNUM, len))
        }
        None => {
            let hir = parse(&rule.shape.pattern).expect("the loader has parsed the pattern");
            walk(secret_group(&hir).expect("the loader has found the group"), random)
        }
    };
    match rule.source.checksum {
        Some(kind) => with_checksum(kind, value, random),
        None => value,
    }
}

/// A random match of a pattern, as far as letters decide: word boundaries are for the caller to check.
#[must_use]
pub fn walk(hir: &Hir, random: &mut Random) -> String {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => String::new(),
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).into_owned(),
        HirKind::Class(class) => match printable(class) {
            none if none.is_empty() => String::new(),
            some => char::from(*random.pick(&some)).to_string(),
        },
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX).min(repetition.min + SPREAD);
            let times = random.between(repetition.min as usize, most as usize);
            (0..times).map(|_| walk(&repetition.sub, random)).collect()
        }
        HirKind::Capture(capture) => walk(&capture.sub, random),
        HirKind::Concat(parts) => parts.iter().map(|part| walk(part, random)).collect(),
        HirKind::Alternation(branches) => {
            // A class of 64 letters is 64 times as likely as an escape beside it, as in real values.
            let choices: Vec<&Hir> = branches.iter().flat_map(|branch| vec![branch; width(branch)]).collect();
            let choice = *random.pick(&choices);
            walk(choice, random)
        }
    }
}

fn width(branch: &Hir) -> usize {
    match branch.kind() {
        HirKind::Class(class) => printable(class).len().max(1),
        _ => 1,
    }
}

/// The class's printable ASCII, or its blanks where it has nothing else.
fn printable(class: &Class) -> Vec<u8> {
    let in_class = |byte: &u8| match class {
        Class::Bytes(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(byte))
        }
        Class::Unicode(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&char::from(*byte)))
        }
    };
    let all: Vec<u8> = (0..128).filter(in_class).collect();
    let graphic: Vec<u8> = all.iter().copied().filter(u8::is_ascii_graphic).collect();
    if graphic.is_empty() { all } else { graphic }
}

/// Makes a value's checksum right; a value of another form stays as it is.
fn with_checksum(kind: ChecksumName, value: String, random: &mut Random) -> String {
    let mended = match kind {
        ChecksumName::Crc32Base62Tail => {
            let body = value.rfind('_').map_or(0, |at| at + 1);
            value.len().checked_sub(6).and_then(|end| {
                let crc = crc32fast::hash(value.get(body..end)?.as_bytes());
                Some(format!("{}{}", &value[..end], base62(crc)))
            })
        }
        ChecksumName::Crc32HexTail => value.len().checked_sub(8).and_then(|end| {
            let (body, tail) = value.split_at_checked(end)?;
            let crc = crc32fast::hash(body.as_bytes());
            let upper = tail.bytes().any(|byte| byte.is_ascii_uppercase());
            Some(if upper { format!("{body}{crc:08X}") } else { format!("{body}{crc:08x}") })
        }),
        ChecksumName::Discord => value.find('.').map(|dot| {
            let id = format!("{}{}", random.between(1, 9), random.text(DIGITS, 17));
            format!("{}{}", STANDARD_NO_PAD.encode(id), &value[dot..])
        }),
        ChecksumName::Crc16Base32 => Some(with_crc16(&value)),
        ChecksumName::GitlabRoutable => with_length_and_crc(&value),
        ChecksumName::Bech32 => Some(with_bech32(&value)),
        ChecksumName::Base64Pair | ChecksumName::Jwt => None,
    };
    mended.unwrap_or(value)
}

/// Ends a routable token in the length of its payload and the CRC-32 of all before, in base 36.
fn with_length_and_crc(value: &str) -> Option<String> {
    let (prefix, payload) = value.split_once('.')?.0.split_once('-')?;
    let base36 = |number: u64, digits: u32| -> String {
        let digit = |power| LOWER_DIGITS.as_bytes()[(number / 36u64.pow(power) % 36) as usize];
        (0..digits).rev().map(|power| char::from(digit(power))).collect()
    };
    let body = format!("{prefix}-{payload}.01.{}", base36(payload.len() as u64, 2));
    let crc = base36(u64::from(crc32fast::hash(body.as_bytes())), 7);
    Some(body + &crc)
}

/// Replaces the last six letters by the check of BIP 173, found letter by letter as the one remainder that comes out.
fn with_bech32(value: &str) -> String {
    const LETTERS: &str = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    let Some((prefix, data)) = value.rsplit_once('1') else { return value.to_owned() };
    let body = &data[..data.len().saturating_sub(6)];
    let of = |letter: char| LETTERS.find(letter).unwrap_or(0) as u32;
    let lower = prefix.to_ascii_lowercase();
    let mut values: Vec<u32> = lower.bytes().map(|byte| u32::from(byte) / 32).collect();
    values.push(0);
    values.extend(lower.bytes().map(|byte| u32::from(byte) % 32));
    values.extend(body.chars().map(of));
    values.extend([0; 6]);
    let sum = values.iter().fold(1u32, |sum, value| {
        let mut next = ((sum % (1 << 25)) << 5) ^ value;
        for (bit, base) in
            [996_825_010, 642_813_549, 513_874_426, 1_027_748_829, 705_979_059].iter().enumerate()
        {
            next ^= if sum / (1 << 25) / (1 << bit) % 2 == 1 { *base } else { 0 };
        }
        next
    }) ^ 1;
    let letter = |at: u32| char::from(LETTERS.as_bytes()[(sum >> (5 * (5 - at)) & 31) as usize]);
    format!("{prefix}1{body}{}", (0..6).map(letter).collect::<String>())
}

/// Base32 whose last two bytes are the CRC-16 of those before, least significant first.
fn with_crc16(value: &str) -> String {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digit = |character| DIGITS.find(character).unwrap_or(0);
    let mut bits: Vec<bool> = value
        .chars()
        .flat_map(|character| (0..5).rev().map(move |bit| digit(character) >> bit & 1 == 1))
        .collect();
    bits.truncate((bits.len() / 8 - 2) * 8);
    let crc = bits.iter().fold(0u16, |crc, &bit| {
        let over = (crc >> 15 == 1) != bit;
        crc << 1 ^ if over { 0x1021 } else { 0 }
    });
    let told = crc.swap_bytes();
    bits.extend((0..16).rev().map(|bit| told >> bit & 1 == 1));
    let number =
        |five: &[bool]| five.iter().fold(0, |all, &bit| all << 1 | usize::from(bit)) << (5 - five.len());
    bits.chunks(5).map(|five| char::from(DIGITS.as_bytes()[number(five)])).collect()
}

/// A CRC-32 as 6 base-62 digits, most significant first.
fn base62(crc: u32) -> String {
    let digit = |power: u32| char::from(ALNUM.as_bytes()[(crc / 62u32.pow(power) % 62) as usize]);
    (0..6).rev().map(digit).collect()
}

fn special(kind: SampleName, random: &mut Random) -> String {
    match kind {
        SampleName::Jwt => jwt(random),
        SampleName::Base64Pair => STANDARD.encode(format!("deploy:{}", random.text(ALNUM, 14))),
        SampleName::Pem => pem(random),
        SampleName::Putty => putty(random),
        SampleName::Der => format!("MIIEpAIBAAKCAQEA{}", random.text(BASE64_ALPHABET, 180)),
        SampleName::Discord => {
            let tail = format!("{}.{}", random.text(ALNUM, 6), random.text(ALNUM, 38));
            with_checksum(ChecksumName::Discord, format!(".{tail}"), random)
        }
    }
}

fn jwt(random: &mut Random) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = format!(
        r#"{{"sub":"{}","iat":1767225600,"jti":"{}"}}"#,
        random.text(DIGITS, 8),
        random.text(ALNUM, 12)
    );
    format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims), random.text(ALNUM, 43))
}

/// A block of an EC key's size, on one line with escapes or on several.
fn pem(random: &mut Random) -> String {
    let label = ["PRIVATE", "KEY"].join(" ");
    let label = if random.below(2) == 0 {
        label
    } else {
        format!("{} {label}", random.pick(&["RSA", "EC", "OPENSSH"]))
    };
    let newline = *random.pick(&["\n", "\\n"]);
    let lines = [
        random.text(BASE64_ALPHABET, 64),
        random.text(BASE64_ALPHABET, 64),
        random.text(BASE64_ALPHABET, 40),
    ];
    let dashes = "-".repeat(5);
    format!(
        "{dashes}BEGIN {label}{dashes}{newline}{}{newline}{dashes}END {label}{dashes}",
        lines.join(newline)
    )
}

fn putty(random: &mut Random) -> String {
    let lines: Vec<String> = (0..2).map(|_| random.text(BASE64_ALPHABET, 64)).collect();
    let (head, private) = (["PuTTY", "User", "Key", "File"].join("-"), ["Private", "Lines"].join("-"));
    format!(
        "{head}-3: ssh-ed25519\nEncryption: none\nComment: deploy\nPublic-Lines: 1\n{}\n{private}: 2\n{}\n",
        random.text(BASE64_ALPHABET, 64),
        lines.join("\n")
    )
}

/// Replaces every `{kind:n}` by filler; braces round anything else stay.
#[must_use]
pub fn fill(text: &str, random: &mut Random) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let filler = rest[open..].find('}').and_then(|close| {
            let text = filler(&rest[open + 1..open + close], random)?;
            Some((text, open + close + 1))
        });
        let (text, next) = filler.unwrap_or_else(|| ("{".into(), open + 1));
        out.push_str(&text);
        rest = &rest[next..];
    }
    out + rest
}

/// `hex:40` and the like; nothing if it is no filler.
#[must_use]
pub fn filler(spec: &str, random: &mut Random) -> Option<String> {
    let (kind, len) = spec.split_once(':')?;
    let len: usize = len.parse().ok()?;
    let alphabet = match kind {
        "x" => "x",
        "alnum" => ALNUM,
        "hex" => "0123456789abcdef",
        "HEX" => "0123456789ABCDEF",
        "digit" => DIGITS,
        "upper" => UPPER,
        "lower" => LOWER,
        "base64" => BASE64_ALPHABET,
        _ => return None,
    };
    Some(random.text(alphabet, len))
}
