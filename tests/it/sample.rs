//! Makes values that a rule must find: a seeded walk over the rule's own pattern, its checksum made right.
//!
//! Also expands `{kind:n}`, the filler of examples and corpus files.

use std::path::PathBuf;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex_syntax::hir::{Class, Hir, HirKind};
use ringfence::detect::{
    Candidate, ChecksumName, Detector, LoadedRule, PlaceFacts, RuleFile, SampleName, Syntax, builtin, load,
    parse_pattern, secret_group,
};

use super::random::Random;

pub(crate) const DIGITS: &str = "0123456789";
pub(crate) const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
pub(crate) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(crate) const ALNUM: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64_ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";

/// Most more than the least that a repetition is repeated, so that samples stay short.
const SPREAD: u32 = 24;

/// A rule file of the repository.
pub(crate) struct Provider {
    pub(crate) stem: String,
    pub(crate) file: RuleFile,
    pub(crate) rules: Vec<LoadedRule>,
}

/// Every file in rules/, through the public loader.
pub(crate) fn providers() -> Vec<Provider> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))
        .expect("the repository has a folder rules")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).expect("a rule file can be read");
        let name = path.display().to_string();
        let (file, rules) = load(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        Provider { stem, file, rules }
    };
    paths.iter().map(read).collect()
}

/// Every rule in rules/.
pub(crate) fn all_rules() -> &'static [LoadedRule] {
    static RULES: OnceLock<Vec<LoadedRule>> = OnceLock::new();
    RULES.get_or_init(|| providers().into_iter().flat_map(|provider| provider.rules).collect())
}

/// The built-in rules, ready to scan.
pub(crate) fn detector() -> &'static Detector {
    static DETECTOR: OnceLock<Detector> = OnceLock::new();
    DETECTOR.get_or_init(|| Detector::new(builtin()))
}

/// The rule with this id.
pub(crate) fn rule(id: &str) -> &'static LoadedRule {
    all_rules().iter().find(|rule| rule.source.id == id).unwrap_or_else(|| panic!("no rule {id}"))
}

/// A value of `rule` that the engine must report, and how often a fresh one was dismissed before it.
///
/// A value is drawn again if it happens to look like a placeholder or too regular, as it may.
pub(crate) fn secret(rule: &LoadedRule, random: &mut Random) -> (String, usize) {
    for tries in 0..100 {
        let value = draw(rule, random);
        if !is_dismissed(rule, &value) {
            return (value, tries);
        }
    }
    panic!("every value of {} is dismissed, such as {}", rule.source.id, draw(rule, random));
}

fn is_dismissed(rule: &LoadedRule, value: &str) -> bool {
    let detector = detector();
    let index = detector.rules().iter().position(|known| known.meta.id == rule.source.id);
    let span = (0..value.len()).into();
    let candidate = Candidate {
        rule: index.and_then(|index| u16::try_from(index).ok()).expect("the rule is built in"),
        span,
        value: span,
        anchor: 0,
        syntax: Syntax::Pattern,
    };
    detector.judge(value.as_bytes(), &candidate, &PlaceFacts::ANY).is_err()
}

fn draw(rule: &LoadedRule, random: &mut Random) -> String {
    let value = match rule.source.sample {
        Some(kind) => special(kind, random),
        None if rule.source.pattern.is_empty() => {
            let len = random.between(14, 22);
            // At least two digits, without which a bare word is taken for a name.
            format!("{}{}", random.text(DIGITS, 2), random.text(ALNUM, len))
        }
        None => {
            let hir = parse_pattern(&rule.shape.pattern).expect("the loader has parsed the pattern");
            walk(secret_group(&hir).expect("the loader has found the group"), random)
        }
    };
    match rule.source.checksum {
        Some(kind) => with_checksum(kind, value, random),
        None => value,
    }
}

/// A random match of a pattern, as far as letters decide: word boundaries are for the caller to check.
pub(crate) fn walk(hir: &Hir, random: &mut Random) -> String {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => String::new(),
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).into_owned(),
        HirKind::Class(class) => char::from(*random.pick(&printable(class))).to_string(),
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
        HirKind::Class(class) => printable(class).len(),
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

fn with_checksum(kind: ChecksumName, mut value: String, random: &mut Random) -> String {
    match kind {
        ChecksumName::Crc32Base62Tail => {
            let body = value.rfind('_').map_or(0, |at| at + 1);
            let split = value.len() - 6;
            let tail = base62(crc32fast::hash(&value.as_bytes()[body..split]));
            value.replace_range(split.., &tail);
        }
        ChecksumName::Crc32HexTail => {
            let split = value.len() - 8;
            let crc = crc32fast::hash(&value.as_bytes()[..split]);
            let upper = value[split..].bytes().any(|byte| byte.is_ascii_uppercase());
            let tail = if upper { format!("{crc:08X}") } else { format!("{crc:08x}") };
            value.replace_range(split.., &tail);
        }
        ChecksumName::Discord => {
            let id = format!("{}{}", random.between(1, 9), random.text(DIGITS, 17));
            let dot = value.find('.').expect("a Discord token has dots");
            value.replace_range(..dot, &STANDARD_NO_PAD.encode(id));
        }
        ChecksumName::Base64Pair | ChecksumName::Jwt => {}
    }
    value
}

/// A CRC-32 as 6 base-62 digits, most significant first; written again here, to check the engine's.
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
pub(crate) fn fill(text: &str, random: &mut Random) -> String {
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
pub(crate) fn filler(spec: &str, random: &mut Random) -> Option<String> {
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
