//! What a value is: twelve classes, tried in order. A provider's format is looked up in what the detector found.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use regex::Regex;

use super::model::{Class, Mode, Name};
use super::names::{self, re};
use super::random::looks_random;
use super::url;
use crate::detect::{Detector, Dismissed, KindName, PlaceFacts, Settled, is_documented_sample};

/// What the detector found in one text.
pub(super) struct Known<'d> {
    detector: &'d Detector,
    settled: Settled,
    /// Whether the text round a line tells what secrets stand in it.
    pub(super) is_local: bool,
}

/// A value's class, and its credentials if it is a URL or a connection string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) class: Class,
    pub(super) mode: Mode,
    /// Credentials in it, decoded.
    pub(super) parts: Vec<String>,
}

impl<'d> Known<'d> {
    /// Looks for secrets in the text of a file.
    pub(super) fn new(detector: &'d Detector, text: &str, path: &str) -> Self {
        let settled = detector.find(text.as_bytes(), &PlaceFacts::of_path(path.as_bytes()));
        Self { detector, settled, is_local: false }
    }

    /// Looks for those with a format of their own, which is all that tells a class.
    pub(super) fn formats(detector: &'d Detector, text: &str, path: &str) -> Self {
        let facts = PlaceFacts::of_path(path.as_bytes());
        let (settled, is_local) = detector.find_formats(text.as_bytes(), &facts);
        Self { detector, settled, is_local }
    }

    /// Everything that may be a secret, found or dismissed; for masks.
    pub(super) fn spans(&self) -> impl Iterator<Item = Range<usize>> {
        let found = self.settled.matches.iter().map(|found| found.value);
        let dismissed = self.settled.dismissed.iter().map(|(candidate, _)| candidate.value);
        found.chain(dismissed).map(|value| value.start..value.end)
    }

    /// The kind of the provider's token that makes most of the range; `Some(None)` if the format does not tell.
    fn token(&self, span: &Range<usize>) -> Option<Option<KindName>> {
        self.settled.matches.iter().find_map(|found| {
            let rule = &self.detector.rules()[usize::from(found.rule)];
            let inside = span.start <= found.value.start && found.value.end <= span.end;
            let most = (found.value.end - found.value.start) * 3 >= span.len() * 2;
            let is_token = rule.has_own_format() && rule.position.is_none() && inside && most;
            is_token.then_some(rule.kind)
        })
    }

    fn is_sample(&self, span: &Range<usize>) -> bool {
        self.settled.dismissed.iter().any(|(candidate, why)| {
            let value = candidate.value;
            *why == Dismissed::DocumentedSample && span.start <= value.start && value.end <= span.end
        })
    }

    /// A token inside a URL, such as a chat's webhook.
    fn token_within(&self, span: &Range<usize>) -> Option<Range<usize>> {
        self.settled.matches.iter().find_map(|found| {
            let rule = &self.detector.rules()[usize::from(found.rule)];
            let inside = span.start <= found.value.start && found.value.end <= span.end;
            let is_secret = !matches!(rule.kind, Some(KindName::Publishable | KindName::Public));
            (inside && rule.has_own_format() && is_secret).then_some(found.value.start..found.value.end)
        })
    }
}

static ENCRYPTED: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"^(encrypted:[A-Za-z0-9+/=_-]{20,}|ENC\[|\$ANSIBLE_VAULT;|-----BEGIN AGE ENCRYPTED|\{cipher\}|AQICAH|vault:v\d+:|Ag[A-Za-z0-9+/=]{150,}$)",
    )
});
static REFERENCE_WITHIN: LazyLock<Regex> =
    LazyLock::new(|| re(r"\$\{[^}]+\}|\$\([^)]*\)|%env\([^)]*\)%|\{\{.*\}\}|<%=?|@Microsoft\.KeyVault\("));
/// One of these is in every reference that may stand within a value.
const REFERS: &[u8] = b"$%{<@";

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    re(r"(?x)
        ^(\$[A-Za-z_]\w*$ | (op|doppler|ref\+\w+|vault|ssm|infisical|secretsmanager|awssm|gcpsm|akv|keyvault)(://|:)
        | arn:aws[\w-]*:(secretsmanager|ssm|kms) | projects/[^/]+/secrets/ | exec\( | \$\$cap_
        | (var|local|data|module|secrets|aws_\w+|random_\w+)\.\w | process\.env | %[A-Z_]+% | \#\{[^}]+\}\#?$ | @[a-z0-9_-]+$
        | file:// | /run/secrets/ | secret(Ref)?: | \$\w+[:/@])")
});

fn is_reference(value: &str) -> bool {
    value.bytes().any(|byte| REFERS.contains(&byte)) && REFERENCE_WITHIN.is_match(value)
        || may_refer(value) && REFERENCE.is_match(value)
}

/// The pattern is asked of few values: how a reference begins, and a mark that each has.
fn may_refer(value: &str) -> bool {
    value.starts_with(|c| "$odrvsiagkplme%#@f/".contains(c))
        && value.bytes().any(|b| b"$:/.(%#@".contains(&b))
}

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    re(r"(?ix)^(
        change[-_\ ]?(me|it|this|that).* | .*[-_\ ]?change[-_]?me | (your|my)[-_\ ].* | <.*> | \[.*\] | x{3,} | x+(-x+)+ | \*{3,} | \.{3,} | …
        | todo.* | tbd | fixme | .*place[-_]?holder.* | dummy.* | example.* | (to[-_]?be[-_]?)?replaced?[-_\ ]?(me|with|this|by).* | replace
        | insert[-_\ ].* | .*(secret|key|token|password|value)[-_]here | put[-_].* | enter[-_].* | foo | bar | baz | foobar | test123 | none | null
        | undefined | n/?a | set[-_]me.* | fill[-_](me|in).* | sk_(live|test)_(x+|\.+|\*+) | .*x{8,} | not[-_]?set | redacted | secret_here | fake[-_].*
        )$")
});

/// What most placeholders begin with, two bytes of each: the rest has one of the marks of [`may_be_placeholder`].
const PLACEHOLDERS_BEGIN: &[&[u8; 2]] = &[
    b"ch", b"yo", b"my", b"xx", b"x-", b"**", b"..", b"to", b"tb", b"fi", b"du", b"ex", b"re", b"in", b"pu",
    b"en", b"fo", b"ba", b"te", b"no", b"nu", b"un", b"n/", b"na", b"se", b"sk", b"fa",
];

/// Most values are none, and this is sooner told than by the pattern.
fn may_be_placeholder(value: &str) -> bool {
    let bytes = value.as_bytes();
    let ends = |end: &str| {
        bytes.len() >= end.len() && bytes[bytes.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
    };
    let begins = match bytes {
        [first, second, ..] => {
            let two = [first.to_ascii_lowercase(), second.to_ascii_lowercase()];
            PLACEHOLDERS_BEGIN.iter().any(|begin| **begin == two)
        }
        _ => false,
    };
    let holder = || {
        memchr::memchr2_iter(b'h', b'H', bytes)
            .any(|at| bytes[at..].get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"holder")))
    };
    begins
        || bytes.first().is_some_and(|byte| matches!(byte, b'<' | b'[') || !byte.is_ascii())
        || ends("me")
        || ends("here")
        || ends("xxxxxxxx")
        || !value.is_ascii()
        || holder()
}

fn is_switch(value: &str) -> bool {
    ["true", "false", "yes", "no", "on", "off", "enabled", "disabled", "y", "n"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"(?i)^[+-]?\d[\d_.,]*\s*(ms|s|m|h|d|w|y|min|mins|sec|hours?|days?|weeks?|kb|mb|gb|kib|mib|gib|k|%|px)?$",
    )
});
static PUBLIC: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"^(pk_(live|test)_|pk\.eyJ|phc_|G-[A-Z0-9]{6,}$|GTM-|UA-\d+-|[\w-]+\.apps\.googleusercontent\.com$|sb_publishable_|ca-pub-|AIza)",
    )
});
static ADO: LazyLock<Regex> = LazyLock::new(|| {
    re(r"(?i)(?:^|;|\s)(?:password|pwd|accountkey|sharedaccesskey|secretkey)\s*=\s*([^;\s][^;]*)")
});
static IN_QUERY: LazyLock<Regex> = LazyLock::new(|| {
    re(r"(?i)(?:^|&)(?:(?:api|auth|access)?_?(?:token|key|secret)|sig|password|pass)=([^&#]{8,})")
});

/// The class of a value; `span` is where it stands in the text that `known` looked at.
pub(super) fn judge(called: &Name, value: &str, span: &Range<usize>, known: &Known<'_>) -> Judged {
    let plain = |class| Judged { class, mode: Mode::Unknown, parts: Vec::new() };
    let value = names::trim(value);
    if value.is_empty() || value == "~" {
        return plain(Class::Empty);
    }
    if value.starts_with(['e', 'E', '$', '-', '{', 'A', 'v']) && ENCRYPTED.is_match(value) {
        return plain(Class::Encrypted);
    }
    let url = url::parse(value);
    let parts = parts(value, url.as_ref(), span, known);
    if parts.is_empty() && is_reference(value) {
        return plain(Class::Reference);
    }
    if may_be_placeholder(value) && PLACEHOLDER.is_match(value)
        || known.is_sample(span)
        || is_documented(value)
    {
        return plain(Class::Placeholder);
    }
    if is_switch(value) {
        return plain(Class::Boolean);
    }
    let may_count = value.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    if may_count && NUMBER.is_match(value) && (value.len() < 4 || !called.is_secret) {
        return plain(Class::Number);
    }
    if url.is_some() || !parts.is_empty() {
        return Judged { class: Class::Url, mode: Mode::Unknown, parts };
    }
    of_provider_or_name(called, value, span, known)
}

/// The class of a value that is none of the plain ones.
fn of_provider_or_name(called: &Name, value: &str, span: &Range<usize>, known: &Known<'_>) -> Judged {
    let plain = |class| Judged { class, mode: Mode::Unknown, parts: Vec::new() };
    let name = called.name.as_str();
    let mode = mode(name, value);
    if let Some(role) = jwt_role(value) {
        return Judged {
            mode,
            ..plain(if role == "anon" { Class::ProviderPublic } else { Class::ProviderSecret })
        };
    }
    let may_be_public =
        value.starts_with(['p', 'G', 'U', 's', 'c', 'A']) || value.ends_with(".apps.googleusercontent.com");
    if may_be_public
        && PUBLIC.is_match(value)
        && (!value.starts_with("AIza") || names::is_for_clients(name, &[]))
    {
        return Judged { mode, ..plain(Class::ProviderPublic) };
    }
    if called.is_no_secret && name.ends_with("KEY") && known.token(span).is_none() {
        return Judged { mode, ..plain(Class::ProviderPublic) };
    }
    let token = known.token(span);
    let mode = match (mode, token) {
        (Mode::Unknown, Some(Some(KindName::Live))) => Mode::Live,
        (Mode::Unknown, Some(Some(KindName::Test))) => Mode::Test,
        _ => mode,
    };
    let class = match token {
        Some(Some(KindName::Publishable | KindName::Public)) => Class::ProviderPublic,
        Some(_) => Class::ProviderSecret,
        None if mode != Mode::Unknown && value.len() >= 20 => Class::ProviderSecret,
        // Keys of OpenAI, Anthropic and those who do as they do.
        None if value.starts_with("sk-") && value.len() >= 35 && looks_random(value) => Class::ProviderSecret,
        None if called.is_secret => Class::SecretByName,
        None if looks_random(value) && !called.is_no_secret && !is_about_digest(name) => {
            Class::SecretByEntropy
        }
        None => Class::Public,
    };
    Judged { mode, ..plain(class) }
}

/// Credentials inside a URL or a connection string.
fn parts(value: &str, url: Option<&url::Url<'_>>, span: &Range<usize>, known: &Known<'_>) -> Vec<String> {
    let is_value = |text: &&str| {
        !text.is_empty() && !text.contains(['$', '{', '<', '%'])
            || text.contains('%') && !text.contains(['{', '$'])
    };
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut out: Vec<String> = Vec::new();
    if let Some(url) = url {
        out.extend(url.password.filter(is_value).map(decoded));
        out.extend(
            IN_QUERY
                .captures_iter(url.query)
                .filter_map(|found| Some(found.get(1)?.as_str()).filter(is_value).map(decoded)),
        );
        if out.is_empty()
            && let Some(token) = known.token_within(span)
        {
            let (start, end) = (token.start - span.start, token.end - span.start);
            out.extend(value.get(start..end).map(str::to_owned));
        }
    } else if value.contains(';') || value.contains("assword=") {
        out.extend(
            ADO.captures_iter(value)
                .filter_map(|found| Some(found.get(1)?.as_str()))
                .filter(is_value)
                .map(|text| text.trim().to_owned()),
        );
    }
    out
}

/// What such a key begins with.
const TELLING: [char; 16] = ['s', 'r', 'p', 'a', 'w', 'l', 'E', '6', '1', '0', '2', '3', 'S', 't', 'A', '+'];

/// What the beginning of a payment key and the like tells.
pub(super) fn mode(name: &str, value: &str) -> Mode {
    if !value.starts_with(TELLING) {
        return Mode::Unknown;
    }
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| value.starts_with(prefix));
    let named = |word: &str| name.contains(word);
    if begins(&["sk_live_", "rk_live_", "rzp_live_", "pk_live_", "access_token$production$", "whsec_live_"])
        || (begins(&["live_"]) && value.len() >= 20)
        || (named("SQUARE") && begins(&["EAAA", "sq0atp-"]))
    {
        return Mode::Live;
    }
    let samples = ["6LeIxAcTAAAAA", "10000000-ffff-ffff-ffff", "0x0000000000000000000000000000000000000000"];
    let is_turnstile = ["1x0000000000000000", "2x0000000000000000", "3x0000000000000000"];
    if begins(&[
        "sk_test_",
        "rk_test_",
        "pk_test_",
        "rzp_test_",
        "access_token$sandbox$",
        "sandbox-sq0",
        "SANDBOX-",
    ]) || begins(&samples)
        || begins(&is_turnstile)
        || (begins(&["test_"]) && value.len() >= 20 && (named("MOLLIE") || named("KEY") || named("TOKEN")))
        || (begins(&["sb-", "sq0idb-sandbox"]) && named("SQUARE"))
        || value.starts_with("AKIAIOSFODNN7") && value.ends_with("EXAMPLE")
        || (value.starts_with("+1500555") && named("TWILIO"))
        || (value.starts_with("wJalrXUtnFEMI") && value.ends_with("EXAMPLEKEY"))
    {
        return Mode::Test;
    }
    Mode::Unknown
}

/// No key of the list is shorter.
const SHORTEST_SAMPLE: usize = 32;

/// A key of the documentation: a cloud's, by how it begins and ends, or one of the list.
fn is_documented(value: &str) -> bool {
    ["AKIAIOSFODNN7", "wJalrXUtnFEMI"].iter().any(|begin| value.starts_with(begin))
        && value.contains("EXAMPLE")
        || (value.len() >= SHORTEST_SAMPLE && is_documented_sample(value.as_bytes()))
}

/// The `role` of a JWT's payload, if it has one (Supabase).
pub(super) fn jwt_role(value: &str) -> Option<String> {
    if !value.starts_with("eyJ") {
        return None;
    }
    let payload = value.split('.').nth(1)?;
    let bytes =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    Some(claims.get("role")?.as_str()?.to_owned())
}

/// Whether the name says that the value is one of those that look random and are no secret.
fn is_about_digest(name: &str) -> bool {
    const WORDS: [&str; 11] = [
        "DIGEST",
        "SHA",
        "COMMIT",
        "CHECKSUM",
        "HASH",
        "REVISION",
        "INTEGRITY",
        "ETAG",
        "VERSION",
        "IMAGE",
        "FINGERPRINT",
    ];
    name.split('_').any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::called::Names;
    use super::*;
    use crate::detect::builtin;

    proptest! {
        #[test]
        fn what_is_ruled_out_as_a_placeholder_is_none(parts in vec(select(PIECES), 0..5), upper in any::<bool>()) {
            let value = parts.concat();
            let value = if upper { value.to_ascii_uppercase() } else { value };
            prop_assert!(may_be_placeholder(&value) || !PLACEHOLDER.is_match(&value), "{value}");
        }
    }

    const PIECES: &[&str] = &[
        "change",
        "me",
        "it",
        "-",
        "_",
        " ",
        "your",
        "my",
        "<",
        ">",
        "[",
        "]",
        "x",
        "xxxx",
        "***",
        "...",
        "…",
        "todo",
        "tbd",
        "fixme",
        "place",
        "holder",
        "dummy",
        "example",
        "to",
        "be",
        "replace",
        "d",
        "with",
        "insert",
        "secret",
        "key",
        "here",
        "put",
        "enter",
        "foo",
        "bar",
        "baz",
        "test123",
        "none",
        "null",
        "undefined",
        "n/a",
        "na",
        "set",
        "fill",
        "in",
        "sk_live_",
        "not",
        "redacted",
        "fake",
        "a",
        "7",
        "ſ",
    ];

    fn class(name: &str, value: &str) -> Class {
        let detector = Detector::new(builtin());
        let text = format!("{name}={value}");
        let known = Known::new(&detector, &text, ".env");
        let called = Names::default().called(name, name);
        judge(&called, value, &(name.len() + 1..text.len()), &known).class
    }

    #[test]
    fn values_without_a_format_are_told_apart() {
        let cases = [
            ("A", "", Class::Empty),
            ("JWT_SECRET", "${JWT_SECRET}", Class::Reference),
            ("JWT_SECRET", "op://vault/item", Class::Reference),
            ("JWT_SECRET", "changeme", Class::Placeholder),
            ("JWT_SECRET", "<your-secret>", Class::Placeholder),
            ("DEBUG", "true", Class::Boolean),
            ("PORT", "3000", Class::Number),
            ("TOKEN_TTL", "15m", Class::Number),
            ("API_URL", "https://api.acme.io", Class::Url),
            ("DB_PASSWORD", "hunter", Class::SecretByName),
            ("NAME", "Acme Operations Console", Class::Public),
            ("GIT_SHA", "0b".repeat(20).as_str(), Class::Public),
        ]
        .map(|(name, value, want)| (name.to_owned(), value.to_owned(), want));
        for (name, value, want) in cases {
            assert_eq!(class(&name, &value), want, "{name}");
        }
    }

    #[test]
    fn what_no_reference_begins_with_is_not_searched_for_one() {
        for value in [
            "$NAME",
            "op://a/b",
            "doppler:a",
            "ref+ssm://x",
            "vault:a",
            "infisical:x",
            "secretsmanager:x",
            "awssm:x",
            "gcpsm:x",
            "akv:x",
            "keyvault://x",
            "arn:aws:kms:x",
            "projects/a/secrets/b",
            "exec(x",
            "$$cap_x",
            "var.x",
            "local.x",
            "data.x",
            "module.x",
            "secrets.x",
            "aws_db.x",
            "random_id.x",
            "process.env",
            "%HOME%",
            "#{x}#",
            "@lookup",
            "file://x",
            "/run/secrets/x",
            "secretRef:x",
            "secret:x",
            "$x:y",
        ] {
            assert!(REFERENCE.is_match(value) && may_refer(value), "{value}");
        }
    }

    #[test]
    fn sops_dotenvx_and_vault_values_are_encrypted() {
        for value in ["ENC[AES256_GCM,data:x]", "{cipher}00ff", "vault:v1:abc", "$ANSIBLE_VAULT;1.1;AES256"] {
            assert_eq!(class("DB_PASSWORD", value), Class::Encrypted, "{value}");
        }
    }
}
