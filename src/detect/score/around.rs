//! What stands round a candidate: the operator, the quotes, the rest of the line and the lines above.
//!
//! Reads at most `assign::BEFORE` bytes before the name and `assign::AFTER` after the value, which lie
//! within the reach of a scan; nothing here may look farther.

use std::sync::OnceLock;

use super::feature::{Feature, Features};
use super::words::Lists;
use crate::detect::assign::{AFTER, BEFORE};
use crate::detect::{Candidate, Syntax};

const USERS: &[&str] = &["user", "login", "email", "uname", "account", "admin", "@", "root"];
const HOSTS: &[&str] =
    &["host", "port", "://", "server", "endpoint", "smtp", "database", "jdbc", "dbname", "localhost"];
#[rustfmt::skip]
const LABELS: &[&str] = &["label", "placeholder", "translat", "i18n", "tooltip", "gettext", "<input", "<label", "aria-", "type=\"password", "msgid", "title", "caption"];
#[rustfmt::skip]
const TESTS: &[&str] = &["test", "example", "sample", "mock", "fake", "dummy", "assert", "expect", "should", "spec", "fixture", "stub", "wrong", "invalid"];
const HASHES: &[&str] = &[
    "sha256",
    "sha1",
    "sha512",
    "md5",
    "integrity",
    "checksum",
    "digest",
    "hash",
    "commit",
    "etag",
    "fingerprint",
    "bcrypt",
    "resolved",
    "revision",
];
const PUBLICS: &[&str] =
    &["public_key", "publickey", "public key", "public-key", "ssh-rsa", "pubkey", "publictoken"];
const PARSERS: &[&str] = &[
    "lexer",
    "parser",
    "grammar",
    "keycode",
    "keyboard",
    "tokeniz",
    "dict",
    "hashmap",
    "primary key",
    "foreign",
    "sort",
    "cache",
    "tokens",
];
const TYPES: &[&str] = &[
    "type:",
    "type=",
    "string;",
    "typeof",
    "interface",
    "required:",
    "varchar",
    "struct",
    "json:\"",
    "@param",
    "schema",
    "properties",
];

fn lists() -> &'static Lists {
    static LISTS: OnceLock<Lists> = OnceLock::new();
    LISTS.get_or_init(|| Lists::new(&[USERS, HOSTS, LABELS, TESTS, HASHES, PUBLICS, PARSERS, TYPES]))
}

/// Features of how name and value are written.
pub(super) fn writing(bytes: &[u8], candidate: &Candidate, name_len: usize) -> Features {
    let mut set = Features::default();
    if candidate.syntax != Syntax::Pattern {
        operator(bytes, candidate, name_len, &mut set);
    }
    if candidate.syntax == Syntax::Bare {
        bare(bytes, candidate, &mut set);
    }
    set
}

fn operator(bytes: &[u8], candidate: &Candidate, name_len: usize, set: &mut Features) {
    let (name, value) = (candidate.span.start, candidate.value);
    let between = &bytes[name + name_len..value.start];
    let trimmed = trim_closers(between);
    let starts = |text: &[u8]| trimmed.starts_with(text);
    let before = name.checked_sub(1).map(|at| bytes[at]);
    let member =
        between.windows(3).any(|part| part.eq_ignore_ascii_case(b"val") || part.eq_ignore_ascii_case(b"aul"));
    let compare = starts(b"==") || starts(b"!=");
    let query = matches!(before, Some(b'?' | b'&' | b';')) && starts(b"=");
    let list = memchr::memchr2(b'[', b'(', trimmed.get(1..).unwrap_or_default()).is_some() && !starts(b"(");
    let feature = match trimmed.first() {
        _ if candidate.syntax == Syntax::Element => Feature::OperatorElement,
        _ if member => Feature::OperatorMember,
        _ if compare => Feature::OperatorCompare,
        _ if query => Feature::OperatorQuery,
        _ if starts(b"||") || starts(b"??") || starts(b"or ") || starts(b")") => Feature::OperatorFallback,
        Some(b'(') => Feature::OperatorCall,
        Some(b',') => Feature::OperatorComma,
        Some(b'=') if starts(b"=>") => Feature::OperatorArrow,
        Some(b'=' | b'+' | b'?') => Feature::OperatorEquals,
        Some(b':') if starts(b":-") => Feature::OperatorFallback,
        Some(b':') if starts(b":=") => Feature::OperatorEquals,
        Some(b':') => Feature::OperatorColon,
        _ if bytes[name..].starts_with(b"-") => Feature::OperatorFlag,
        _ => Feature::OperatorBlank,
    };
    set.put(feature, true);
    set.put(Feature::OperatorFlag, bytes[name..].starts_with(b"--"));
    set.put(Feature::OperatorSecondArgument, starts(b"(") && between.contains(&b','));
    set.put(Feature::OperatorList, list);
    set.put(Feature::OperatorWrapped, wrapped(trimmed));
    set.put(Feature::OperatorTight, !between.contains(&b' '));
    set.put(
        Feature::Escaped,
        candidate.syntax == Syntax::Quoted && (between.ends_with(b"\\\"") || between.ends_with(b";")),
    );
}

/// Whether a call that is no conversion stands between the operator and the value: `= find("…")`.
fn wrapped(between: &[u8]) -> bool {
    let Some(call) =
        between.strip_suffix(b"\"").or(between.strip_suffix(b"'")).and_then(|text| text.strip_suffix(b"("))
    else {
        return false;
    };
    let word = call.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let name = call[call.len() - word..].to_ascii_lowercase();
    let conversions = [
        &b"some"[..],
        b"string",
        b"byte",
        b"bytes",
        b"from",
        b"new",
        b"str",
        b"b64decode",
        b"decode",
        b"encode",
        b"of",
    ];
    word > 0 && word < call.len() && !conversions.contains(&&name[..])
}

/// User and host of a URL round a password.
pub(super) fn userinfo(bytes: &[u8], candidate: &Candidate) -> Features {
    let mut set = Features::default();
    let (start, value) = (candidate.span.start, candidate.value);
    let before = bytes[start..value.start].strip_suffix(b":").unwrap_or_default();
    let user = &before[memchr::memrchr(b'/', before).map_or(0, |at| at + 1)..];
    let plain = [
        &b"user"[..],
        b"username",
        b"foo",
        b"me",
        b"name",
        b"login",
        b"myuser",
        b"usr",
        b"test",
        b"userid",
        b"u",
    ];
    set.put(Feature::UserPlain, plain.iter().any(|word| user.eq_ignore_ascii_case(word)));
    let rest = bytes.get(value.end + 1..bytes.len().min(value.end + AFTER)).unwrap_or_default();
    let in_host = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let host = rest[..rest.iter().take_while(in_host).count()].to_ascii_lowercase();
    let made_up = [
        "example", "host", "server", "hostname", "foo", "bar", "some", "fake", "domain", "test", "invalid",
        "my", "your",
    ];
    let labels = || host.split(|&byte| byte == b'.');
    let reserved = labels().any(|label| made_up.iter().any(|word| label == word.as_bytes()));
    set.put(
        Feature::HostExample,
        reserved || labels().any(|label| label.starts_with(b"example") || label.starts_with(b"some")),
    );
    set.put(Feature::HostLocal, !host.contains(&b'.') || host.starts_with(b"127."));
    set
}

fn trim_closers(between: &[u8]) -> &[u8] {
    let closer = |byte: &&u8| matches!(byte, b'"' | b'\'' | b'`' | b']' | b'\\' | b'*' | b' ' | b'\t');
    &between[between.iter().take_while(closer).count()..]
}

/// Features of the text round the candidate, the value itself cut out.
pub(super) fn neighbours(bytes: &[u8], candidate: &Candidate) -> Features {
    let mut set = Features::default();
    let (name, value) = (candidate.span.start, candidate.value);
    let before = &bytes[name.saturating_sub(BEFORE)..name];
    let after = &bytes[value.end..bytes.len().min(value.end + AFTER)];
    let near = lists().in_text(before) | lists().in_text(after);
    let held = |list: u32| near >> list & 1 == 1;
    set.put(Feature::NearUser, held(0));
    set.put(Feature::NearHost, held(1));
    set.put(Feature::NearLabel, held(2));
    set.put(Feature::NearTest, held(3));
    set.put(Feature::NearHash, held(4));
    set.put(Feature::NearPublic, held(5));
    set.put(Feature::NearParser, held(6));
    set.put(Feature::NearType, held(7));
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
    let whole = line.len() < before.len() || name <= BEFORE;
    let first = line.trim_ascii_start();
    let marked =
        [&b"//"[..], b"#", b"/*", b"* ", b"-- ", b"<!--", b";"].iter().any(|mark| first.starts_with(mark));
    set.put(Feature::Comment, whole && marked);
    set
}

fn bare(bytes: &[u8], candidate: &Candidate, set: &mut Features) {
    let (name, value) = (candidate.span.start, candidate.value);
    let before = &bytes[name.saturating_sub(BEFORE)..name];
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
    let quotes = line.iter().filter(|&&byte| byte == b'"').count();
    let singles = line.iter().filter(|&&byte| byte == b'\'' || byte == b'`').count();
    set.put(Feature::BareInString, quotes % 2 == 1 || singles % 2 == 1);
    let after = &bytes[value.end..bytes.len().min(value.end + AFTER)];
    let code = matches!(
        after,
        [b'(' | b'[' | b'{' | b';' | b'<' | b'>' | b'|' | b')' | b',', ..]
            | [b' ', b'=' | b'+' | b'?' | b'|' | b'&' | b'{' | b'*' | b'<' | b'>', ..]
    );
    set.put(Feature::BareStatement, code);
    let word = |byte: &u8| byte.is_ascii_alphabetic();
    set.put(Feature::BareContinued, matches!(after, [b' ', next, ..] if word(next)));
}
