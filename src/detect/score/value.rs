//! What a value looks like: its length, its letters, whether it reads like words or like code.

use std::sync::OnceLock;

use super::feature::{Feature, Features};
use super::words::{Lists, reads_like_a_word, words_of};
use crate::detect::entropy;

/// Words of programs and forms that are values of such names without being secrets.
#[rustfmt::skip]
const VOCABULARY: &[&str] = &[
    "authorization", "authentication", "bearer", "basic", "digest", "client", "credentials", "session", "cookie", "header", "query",
    "string", "object", "number", "boolean", "bytes", "buffer", "value", "default", "required", "optional", "enabled", "disabled",
    "hidden", "visible", "input", "text", "field", "label", "form", "button", "submit", "cancel", "confirm", "reset", "forgot",
    "change", "enter", "please", "invalid", "incorrect", "missing", "expired", "valid", "unknown", "none", "null", "true", "false",
    "access", "refresh", "public", "private", "primary", "foreign", "unique", "index", "column", "table", "user", "username",
    "email", "login", "logout", "register", "account", "profile", "name", "title", "description", "message", "error",
    "warning", "config", "setting", "option", "parameter", "argument", "request", "response", "method", "function", "class",
    "module", "package", "import", "export", "static", "const", "return", "self", "this", "model", "view", "controller",
    "service", "provider", "manager", "factory", "handler", "listener", "identifier", "keyword", "operator", "comment", "punctuation",
];
/// Passwords of manuals and images, as parts.
#[rustfmt::skip]
const WEAK: &[&str] = &[
    "admin", "root", "letmein", "qwerty", "welcome", "hunter2", "postgres", "mysql", "guest", "abc123", "p@ss",
];
const CREDENTIALS: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "key",
    "pwd",
    "auth",
];
#[rustfmt::skip]
const TESTS: &[&str] = &[
    "test", "sample", "foo", "bar", "baz", "demo", "mock", "stub", "some", "your", "wrong", "bogus", "valid", "random", "temp", "correct",
    "super", "new", "my", "whatever", "ignored", "blah", "asdasd", "dontcare", "matter", "nothing", "irrelevant", "hello",
    "world", "insert", "real", "strong", "safe", "secure", "dev", "local", "docker", "noodle", "n00d", "psst", "pwned", "let_me", "supersecret",
];
const COUNTING: &[&str] = &["123", "abc", "321", "xyz", "asdf", "qwer", "000", "111"];
const ENDINGS: &[&str] = &[
    ".json", ".yml", ".yaml", ".xml", ".html", ".htm", ".svg", ".png", ".jpg", ".js", ".ts", ".py", ".rb",
    ".go", ".java", ".php", ".txt", ".pem", ".crt", ".key", ".conf", ".cfg", ".ini", ".md", ".sh", ".com",
    ".org", ".net", ".io", ".dev", ".local", ".css", ".sql", ".db", ".log", ".jks", ".p12", ".pfx", ".p8",
    ".mov", ".cer", ".der",
];

fn lists() -> &'static Lists {
    static LISTS: OnceLock<Lists> = OnceLock::new();
    LISTS.get_or_init(|| Lists::new(&[VOCABULARY, WEAK, CREDENTIALS, TESTS, COUNTING]))
}

/// Features of the value's letters.
pub(super) fn shape(value: &[u8]) -> Features {
    let mut set = Features::default();
    length(value, &mut set);
    alphabet(value, &mut set);
    form(value, &mut set);
    set
}

/// Features of the words in the value. In a long one short words occur by chance.
pub(super) fn vocabulary(value: &[u8]) -> Features {
    let mut set = Features::default();
    let held = if value.len() > 32 { 0 } else { lists().in_text(value) };
    let held = |list: u32| held >> list & 1 == 1;
    set.put(Feature::Vocabulary, held(0));
    set.put(Feature::WeakPassword, held(1));
    set.put(Feature::NamesCredential, held(2));
    set.put(Feature::TestWord, held(3));
    set.put(Feature::SaysCounting, held(4));
    set
}

fn length(value: &[u8], set: &mut Features) {
    let feature = match value.len() {
        0..=5 => Feature::Length5,
        6..=7 => Feature::Length7,
        8..=11 => Feature::Length11,
        12..=19 => Feature::Length19,
        20..=39 => Feature::Length39,
        _ => Feature::Length40,
    };
    set.put(feature, true);
}

fn alphabet(value: &[u8], set: &mut Features) {
    let all = |test: fn(&u8) -> bool| value.iter().all(test);
    let any = |test: fn(&u8) -> bool| value.iter().any(test);
    let (upper, lower, digit) =
        (any(u8::is_ascii_uppercase), any(u8::is_ascii_lowercase), any(u8::is_ascii_digit));
    set.put(Feature::Digits, all(u8::is_ascii_digit));
    set.put(Feature::Lower, all(u8::is_ascii_lowercase));
    set.put(Feature::Upper, all(u8::is_ascii_uppercase));
    let rest_lower = value
        .split_first()
        .is_some_and(|(first, rest)| first.is_ascii_uppercase() && rest.iter().all(u8::is_ascii_lowercase));
    set.put(Feature::Capitalized, rest_lower && value.len() > 1);
    set.put(Feature::LettersDigits, digit && (upper || lower));
    set.put(Feature::Interleaved, changes(value) >= 3);
    set.put(Feature::MixedCase, upper && lower && case_changes(value) >= 3);
    set.put(
        Feature::Special,
        (upper || lower || digit) && value.iter().any(|byte| b"!@#$%^&*+?~".contains(byte)),
    );
    set.put(Feature::NonAscii, value.iter().any(|byte| !byte.is_ascii()));
    set.put(Feature::Markup, value.iter().any(|byte| b"<>{}[]()|;\\".contains(byte)));
    let random = entropy::relative(value);
    set.put(Feature::Entropy, value.len() >= 8 && random > 0.85);
    set.put(Feature::LowEntropy, value.len() >= 8 && random < 0.7);
}

/// How often letters and digits follow each other.
fn changes(value: &[u8]) -> usize {
    value
        .windows(2)
        .filter(|pair| {
            (pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic())
                || (pair[0].is_ascii_alphabetic() && pair[1].is_ascii_digit())
        })
        .count()
}

/// How often a capital follows a capital's small neighbour and the reverse, beyond words that begin with one.
fn case_changes(value: &[u8]) -> usize {
    value
        .windows(3)
        .filter(|part| {
            part[0].is_ascii_lowercase() && part[1].is_ascii_uppercase() && !part[2].is_ascii_lowercase()
                || part[0].is_ascii_uppercase()
                    && part[1].is_ascii_lowercase()
                    && part[2].is_ascii_uppercase()
        })
        .count()
}

fn form(value: &[u8], set: &mut Features) {
    let all = |test: fn(&u8) -> bool| value.iter().all(test);
    let hex = value.len() >= 16 && all(u8::is_ascii_hexdigit);
    set.put(Feature::Hex, hex);
    set.put(Feature::HexOfHash, hex && matches!(value.len(), 32 | 40 | 64 | 96 | 128));
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
    set.put(Feature::Base64Tail, value.len() >= 8 && value.ends_with(b"=") && all(base64));
    let base32 = |byte: &u8| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(byte);
    set.put(
        Feature::Base32,
        matches!(value.len(), 16 | 26 | 32 | 52 | 56 | 58)
            && all(base32)
            && value.iter().any(u8::is_ascii_digit),
    );
    set.put(Feature::Uuid, is_uuid(value));
    let blanks = value.iter().filter(|&&byte| byte == b' ').count();
    set.put(Feature::Blank, blanks > 0);
    set.put(Feature::Words, blanks > 1);
    set.put(Feature::Slashed, value.contains(&b'/'));
    let name = value.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_-.$".contains(&byte));
    let lower = value.to_ascii_lowercase();
    let words = words_of(value, &lower);
    let in_words =
        words.iter().filter(|word| word.len() >= 2 && word.iter().all(u8::is_ascii_alphabetic)).count()
            == words.len();
    let split = |byte: u8| value.contains(&byte);
    let several = name && words.len() > 1 && in_words;
    set.put(Feature::Camel, several && !split(b'_') && !split(b'-') && !split(b'.'));
    set.put(Feature::Snake, several && (split(b'_') || split(b'-')));
    set.put(Feature::Dotted, several && split(b'.'));
    let like = |word: &&&[u8]| word.len() >= 3 && reads_like_a_word(word);
    let letters: usize = words.iter().map(|word| word.len()).sum();
    let in_likes: usize = words.iter().filter(like).map(|word| word.len()).sum();
    set.put(Feature::WordLike, letters > 0 && in_likes * 10 >= letters * 8);
    set.put(Feature::HashFormat, is_hash(value));
    let numbers = value.iter().all(|&byte| byte.is_ascii_digit() || b".-:^~/v".contains(&byte));
    set.put(Feature::VersionLike, numbers && !all(u8::is_ascii_digit) && value.len() < 40);
    set.put(Feature::FileName, ENDINGS.iter().any(|ending| lower.ends_with(ending.as_bytes())));
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, &byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Password hashes of crypt(3), Django, LDAP.
fn is_hash(value: &[u8]) -> bool {
    let crypt =
        value.len() > 3 && value[0] == b'$' && matches!(memchr::memchr(b'$', &value[1..]), Some(1..=12));
    let lower = value[..value.len().min(16)].to_ascii_lowercase();
    crypt
        || [
            "sha1$",
            "md5$",
            "sha256$",
            "pbkdf2",
            "bcrypt",
            "crypt$",
            "argon2",
            "scrypt",
            "{ssha",
            "{sha",
            "{crypt",
            "{md5",
            "scram-sha",
            "sha512:",
            "sha256:",
            "sha1:",
        ]
        .iter()
        .any(|start| lower.starts_with(start.as_bytes()))
}
