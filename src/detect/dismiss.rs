//! Why a candidate is not a secret. Each reason has a name; nothing is dropped without one.

use std::sync::OnceLock;

use super::context::{Language, PlaceFacts, Role};
use super::score::{self, Lists, reads_like_a_word, words_of};
use super::{Candidate, ChecksumName, PositionName, Rule, Syntax, checksum, entropy};

/// A named reason why a candidate is not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dismissed {
    /// Below the rule's entropy.
    LowEntropy,
    /// One character, or a run such as `abcdef` or `123456`, makes most of it.
    Repeated,
    /// Says itself that it is an example (`changeme`, `<your-key>`, `xxxx`).
    Placeholder,
    /// Refers to a value kept elsewhere (`${X}`, `process.env.X`, `vault:…`).
    Reference,
    /// What `redact` has put in the place of a value.
    Redacted,
    /// Encrypted where it stands (SOPS, ansible-vault, sealed).
    Encrypted,
    /// Too short to be a credential.
    TooShort,
    /// The name means something else (`password_url`, `token_count`).
    NotACredentialName,
    /// An expression of the language, not a value.
    Code,
    /// A path, a URL, a type or a file name.
    NotAValue,
    /// Words of a language: a label, a message, a translation.
    Prose,
    /// A value its vendor documents as an example.
    DocumentedSample,
    /// A default pair of user and password on a local host (`postgres:postgres@localhost`).
    LocalDefault,
    /// Too little speaks for a secret: the score is below every level of confidence.
    Unlikely,
    /// The same bytes are another rule's finding.
    Overlap,
}

impl Dismissed {
    /// The reason in words, for the author of a rule.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::LowEntropy => "too little entropy",
            Self::Repeated => "repeated characters or a run of them",
            Self::Placeholder => "a placeholder",
            Self::Reference => "a reference to a value kept elsewhere",
            Self::Redacted => "masked by redact",
            Self::Encrypted => "encrypted",
            Self::TooShort => "too short",
            Self::NotACredentialName => "its name means something else",
            Self::Code => "code",
            Self::NotAValue => "a path, a URL or a type",
            Self::Prose => "words of a language",
            Self::DocumentedSample => "a sample that its vendor documents",
            Self::LocalDefault => "a default password of a local host",
            Self::Unlikely => "too little speaks for a secret",
            Self::Overlap => "another rule's finding",
        }
    }
}

/// Values that vendors print in their documentation, as hashes so that no scanner finds them here.
const SAMPLES_CONTEXT: &str = "ringfence 2026 documented samples v1";

/// Whether a value of a rule with a format of its own is harmless.
pub(super) fn of_format(rule: &Rule, value: &[u8]) -> Option<Dismissed> {
    let body = value.strip_prefix(rule.secret_prefix.as_bytes()).unwrap_or(value);
    let pair = (rule.checksum == Some(ChecksumName::Base64Pair))
        .then(|| checksum::password_of_pair(value))
        .flatten();
    let letters = rule.position == Some(PositionName::Header) && is_plain_word(value);
    let says_little = |password: &Vec<u8>| is_placeholder(password) || only_says_secret(password);
    let lists = vocabulary().in_text(body);
    let checks: [(Dismissed, &dyn Fn() -> bool); 7] = [
        (Dismissed::Prose, &|| letters),
        (Dismissed::Placeholder, &|| pair.as_ref().is_some_and(says_little)),
        (Dismissed::DocumentedSample, &|| is_documented_sample(value)),
        (Dismissed::Reference, &|| is_reference(body, lists) && !is_noise(body)),
        (Dismissed::Placeholder, &|| is_placeholder_with(body, lists)),
        (Dismissed::Repeated, &|| is_repeated(body)),
        (Dismissed::LowEntropy, &|| rule.min_entropy > 0.0 && entropy::shannon(value) < rule.min_entropy),
    ];
    checks.into_iter().find(|(_, applies)| applies()).map(|(why, _)| why)
}

/// Words for a secret and nothing else, such as `super-secret-token`.
fn only_says_secret(value: &[u8]) -> bool {
    const SAYING: [&[u8]; 10] =
        [b"super", b"very", b"my", b"the", b"secret", b"token", b"password", b"pass", b"api", b"key"];
    let mut words = value.split(|byte| !byte.is_ascii_alphanumeric());
    words.all(|word| SAYING.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Small letters only, a capital before them at most: what follows "basic" in a sentence.
fn is_plain_word(value: &[u8]) -> bool {
    value[1..].iter().all(|byte| byte.is_ascii_lowercase() || b"-_/.".contains(byte))
}

/// Whether a value in a credential position is harmless for certain; what is not is scored.
pub(super) fn of_assignment(bytes: &[u8], candidate: &Candidate, facts: &PlaceFacts) -> Option<Dismissed> {
    let value = &bytes[candidate.value.range()];
    let name = name_of(bytes, candidate);
    if facts.role == Role::Translation {
        return Some(Dismissed::Prose);
    }
    if facts.role == Role::Lock {
        return Some(Dismissed::NotAValue);
    }
    let bare_word = candidate.syntax == Syntax::Bare && is_identifier(value);
    let code = || facts.language == Language::Code || is_statement(bytes, candidate, name.len());
    if bare_word && code() && !is_in_string(bytes, candidate) {
        return Some(Dismissed::Code);
    }
    let variant = variant_of(bytes, candidate, name.len());
    let other = |name: &[u8]| !name.is_empty() && score::means_something_else(name);
    let named = || is_public(name) || other(name) || other(variant);
    of_value(value, name, candidate.syntax).or_else(|| named().then_some(Dismissed::NotACredentialName))
}

/// The last part of a path such as `Token::Name(`, which says what the value is; nothing where there is none.
fn variant_of<'b>(bytes: &'b [u8], candidate: &Candidate, name_len: usize) -> &'b [u8] {
    let after = &bytes[candidate.span.start + name_len..candidate.value.start];
    let Some(path) = after.strip_prefix(b"::") else { return &[] };
    &path[..path.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()]
}

/// Whether a bare word is code in any language: blanks round the operator, and what ends an expression after it.
fn is_statement(bytes: &[u8], candidate: &Candidate, name_len: usize) -> bool {
    let between = &bytes[candidate.span.start + name_len..candidate.value.start];
    let after = bytes.get(candidate.value.end);
    between.starts_with(b" ") && after.is_some_and(|byte| b";()[]{},<>".contains(byte))
}

/// Names of keys and tokens that are made to be published, and of identifiers and values of one session.
fn is_public(name: &[u8]) -> bool {
    let letters: Vec<u8> =
        name.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    [
        "publickey",
        "publictoken",
        "publishable",
        "pubkey",
        "recvkey",
        "gpgkey",
        "keyid",
        "authenticitytoken",
        "htmlsafenonce",
        "cspnonce",
        "identifierkey",
        "repositorykey",
        "integrationkey",
    ]
    .iter()
    .any(|part| memchr::memmem::find(&letters, part.as_bytes()).is_some())
        // Duo's integration key, which is an identifier: https://duo.com/docs/protecting-applications.
        || letters == b"ikey"
}

/// Whether the name stands in a string that the value ends in: `"user=x;password=y"`.
fn is_in_string(bytes: &[u8], candidate: &Candidate) -> bool {
    let quote = |byte: &u8| b"\"'`".contains(byte);
    let ends = bytes.get(candidate.value.end).is_some_and(|byte| quote(byte) || b"&;,\\ ".contains(byte));
    let start = candidate.span.start;
    let before = &bytes[start.saturating_sub(super::assign::BEFORE)..start];
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
    ends && line.iter().filter(|byte| quote(byte)).count() % 2 == 1
}

fn of_value(value: &[u8], name: &[u8], syntax: Syntax) -> Option<Dismissed> {
    let trimmed = value.trim_ascii();
    let (short, variable) = (trimmed.len() < 4, trimmed.first() == Some(&b'$'));
    let lists = std::cell::LazyCell::new(|| vocabulary().in_text(trimmed));
    // In this order, each only if those before do not apply: most candidates are none at first sight.
    let checks: [(Dismissed, &dyn Fn() -> bool); 9] = [
        (Dismissed::Reference, &|| {
            variable && (short || (syntax == Syntax::Bare && names_variable(trimmed)))
        }),
        (Dismissed::TooShort, &|| short),
        (Dismissed::Reference, &|| is_reference(trimmed, *lists)),
        (Dismissed::Encrypted, &|| is_encrypted(trimmed)),
        (Dismissed::Repeated, &|| is_repeated(trimmed)),
        (Dismissed::Placeholder, &|| is_placeholder_with(trimmed, *lists) || echoes(trimmed, name)),
        (Dismissed::Code, &|| is_code(trimmed, syntax)),
        (Dismissed::NotAValue, &|| is_location(trimmed) || is_timestamp(trimmed)),
        (Dismissed::Prose, &|| is_prose(trimmed) || is_identifier_of_words(trimmed, name)),
    ];
    checks.into_iter().find(|(_, applies)| applies()).map(|(why, _)| why)
}

/// The name part of an assignment's span.
pub(super) fn name_of<'b>(bytes: &'b [u8], candidate: &Candidate) -> &'b [u8] {
    let text = &bytes[candidate.span.start..candidate.value.start];
    let len = text.iter().take_while(|&&b| b.is_ascii_alphanumeric() || b"_-.$".contains(&b)).count();
    &text[..len]
}

/// The value only says its name again: `password = "password"`, `SECRET_KEY: secret-key`.
fn echoes(value: &[u8], name: &[u8]) -> bool {
    let letters = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
    };
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits > 3 {
        return false;
    }
    let value_letters = letters(value);
    let fits = (1..=name.len()).contains(&value_letters.len());
    fits && memchr::memmem::find(&letters(name), &value_letters).is_some()
}

#[rustfmt::skip]
const PLACEHOLDERS: &[&str] = &[
    "example", "changeme", "change-me", "change_me", "changethis", "change-this", "change_this", "!!!set", "placeholder", "dummy", "replace", "your-", "your_", "yourpass",
    "yoursecret", "yourtoken", "yourapi", "insert", "redacted", "xxxxx", "-----", "todo", "fixme",
    "....", "...snip", "undefined", "foobar", "lorem", "sample", "notasecret", "not-a-secret", "not_a_secret", "enter_", "enter-", "my-secret",
    "my_secret", "mysecret", "mypassword", "my_password", "s3cr3t", "s3cret", "secr3t", "p4ssw0rd", "passw0rd", "fake", "test_token", "testtoken", "some-", "some_",
    "secret_here", "key_here", "filtered", "goes_here", "goes-here", "masked", "hidden", "abcdefgh", "12345678",
];

/// What documentation writes in the place of a password, as in `redis://user:password@host`.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "pass", "password", "passwd", "passw0rd", "passphrase", "secret", "pw", "pwd", "user_password", "userpassword",
    "user_pass", "userpass", "db_password", "dbpassword", "db_pass", "dbpass", "db_pwd", "dbpwd", "the_password",
    "thepassword", "your password", "mypass", "my_pass", "mypwd", "mypasswd", "token", "apikey", "api_key", "api-key",
    "access_token", "accesstoken", "credentials", "credential", "some password", "pass_word", "pass-word", "redispassword",
    "foo", "bar", "baz", "qux", "hashed", // a cast of a framework: the value is hashed before it is stored
    "open sesame", // RFC 7617, section 2
];

/// What stands round a word for a value, in addresses too.
const BRACKETS: &[(&[u8], &[u8])] = &[(b"<", b">"), (b"[", b"]"), (b"%3c", b"%3e"), (b"%5b", b"%5d")];

/// What programs write for no value, or for a kind of one.
const LITERALS: &[&str] = &["null", "none", "true", "false", "nil", "empty", "string", "optional"];

const REFERRING: u32 = 0;
const ALL_WORDS: u32 = 1;
const LONG_WORDS: u32 = 2;

/// Words that are looked for in every value, all at once.
fn vocabulary() -> &'static Lists {
    static LISTS: OnceLock<Lists> = OnceLock::new();
    LISTS.get_or_init(|| {
        let long: Vec<&str> = PLACEHOLDERS.iter().copied().filter(|word| word.len() > 5).collect();
        Lists::new(&[REFERENCES, PLACEHOLDERS, &long])
    })
}

fn is_placeholder(value: &[u8]) -> bool {
    is_placeholder_with(value, vocabulary().in_text(value))
}

/// The same, with the lists that have a word in the value.
fn is_placeholder_with(value: &[u8], lists: u32) -> bool {
    let between = |&(open, close): &(&[u8], &[u8])| {
        let (begins, ends) = (value.len().min(open.len()), value.len().saturating_sub(close.len()));
        value[..begins].eq_ignore_ascii_case(open) && value[ends..].eq_ignore_ascii_case(close)
    };
    let bracketed = BRACKETS.iter().any(between);
    let word = WORDS.iter().chain(LITERALS).any(|word| word.as_bytes().eq_ignore_ascii_case(value));
    let held = |list: u32| lists >> list & 1 == 1;
    let masked = memchr::memmem::find(value, b"****").is_some() || value.ends_with(b"...");
    // In a long random value a short word occurs by chance; only words of six letters and more count there.
    bracketed || word || masked || held(if value.len() > 40 { LONG_WORDS } else { ALL_WORDS })
}

/// Whether a vendor prints this very value in its documentation.
pub(crate) fn is_documented_sample(value: &[u8]) -> bool {
    const SAMPLES: &[[u8; 8]] = &[
        // The token on the front page of jwt.io.
        [0xb8, 0xdd, 0xe3, 0x86, 0x76, 0xb1, 0x29, 0xa4],
        // reCAPTCHA's site key and secret for tests (developers.google.com/recaptcha/docs/faq).
        [0x10, 0x9f, 0x4b, 0x23, 0x3c, 0x58, 0x59, 0x5e],
        [0x88, 0x98, 0xce, 0x48, 0x3a, 0x33, 0x9a, 0x42],
    ];
    let hash = blake3::derive_key(SAMPLES_CONTEXT, value);
    SAMPLES.iter().any(|sample| hash.starts_with(sample))
}

#[rustfmt::skip]
const REFERENCES: &[&str] = &[
    "\u{27e6}", // the bracket of our corpus
    "${", "{{", "#{", "%{", "<%", "$(", "%(", "process.env", "os.environ", "getenv", "env(", "env[", "secrets.", "vault:",
    "op://", "arn:", "!ref", "!sub", "ref+", "ssm:", "keyvault", "secretsmanager", "import.meta", "@env", "{env", "<?", "?>",
    "`$", "{0}", "%s", "{}",
];

/// Names that refer only where the value begins with them: in a long token they occur by chance.
const REFERENCE_STARTS: &[&str] = &["data.", "var.", "local.", "each.", "module.", "env:", "dep:"];

/// Whether a part such as `{user}`, `{hex:40}` or `<token>` is to be filled in.
fn has_blank(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_:.- ".contains(byte);
    [(b'{', b'}'), (b'<', b'>')].iter().any(|&(open, close)| {
        memchr::memchr_iter(open, value).any(|at| {
            let len = value[at + 1..].iter().take_while(|byte| inner(byte)).count();
            len > 0 && value.get(at + 1 + len) == Some(&close)
        })
    })
}

fn is_reference(value: &[u8], lists: u32) -> bool {
    if has_blank(value) {
        return true;
    }
    // `%40pass` is a password written for a URL, `%PASSWORD%` is a variable.
    let encoded = value.len() > 3
        && value[0] == b'%'
        && value[1..3].iter().all(u8::is_ascii_hexdigit)
        && !value.ends_with(b"%");
    let starts =
        |part: &&str| value.get(..part.len()).is_some_and(|text| text.eq_ignore_ascii_case(part.as_bytes()));
    let sigil = matches!(value.first(), Some(b'$' | b'@' | b'&' | b'%' | b'{'))
        && value[1..].iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_%{}.:-[]'\"".contains(&byte));
    (sigil && !encoded) || lists >> REFERRING & 1 == 1 || REFERENCE_STARTS.iter().any(starts)
}

/// Characters drawn from all that can be printed, as WordPress does: a blank or `${` among them came by chance.
/// English sentences and templates have at most 4.5 bits a character at this length; 64 such characters, 5.2 to 5.7.
fn is_noise(value: &[u8]) -> bool {
    value.len() >= 48
        && value.iter().filter(|byte| byte.is_ascii_punctuation()).count() * 8 >= value.len()
        && entropy::shannon(value) >= 4.9
}

/// `$HOME/x`: a variable, and more after it.
fn names_variable(value: &[u8]) -> bool {
    matches!(value, [b'$', next, ..] if next.is_ascii_uppercase() || b"{(".contains(next))
}

fn is_encrypted(value: &[u8]) -> bool {
    ["ENC[", "encrypted:", "$ANSIBLE_VAULT", "!vault", "{cipher}", "AQICAH", "AgA"]
        .iter()
        .any(|p| value.starts_with(p.as_bytes()))
}

/// At most two different characters, or neighbours that count up or down, over most of the value.
fn is_repeated(value: &[u8]) -> bool {
    if value.len() < 4 {
        return true;
    }
    let second = value.iter().find(|byte| **byte != value[0]).unwrap_or(&value[0]);
    let steps = value.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    value.iter().all(|byte| [value[0], *second].contains(byte)) || steps * 10 >= (value.len() - 1) * 8
}

/// An identifier chain, a call, an index, a comparison: code even between quotes of a template.
fn is_code(value: &[u8], syntax: Syntax) -> bool {
    let has = |set: &[u8]| value.iter().any(|byte| set.contains(byte));
    let ends_open = value.ends_with(b"(") || value.ends_with(b"[") || value.ends_with(b"{");
    let call = has(b"(") && has(b")") || value.starts_with(b"function") || value.starts_with(b"new ");
    match syntax {
        Syntax::Quoted | Syntax::Pattern | Syntax::Encoded(_) => call && !has(b"!@#%^&*"),
        Syntax::Bare | Syntax::Element => {
            let dotted = value.split(|&b| b == b'.').count() > 1 && is_identifier(value);
            ends_open || has(b"([{") || dotted || value.starts_with(b"self.") || value.starts_with(b"->")
        }
    }
}

fn is_identifier(value: &[u8]) -> bool {
    value.iter().all(|&byte| byte.is_ascii_alphabetic() || b"_.".contains(&byte))
}

/// A date with a time (ISO 8601): `2009-09-02T16:44:36Z`.
fn is_timestamp(value: &[u8]) -> bool {
    let shape = b"dddd-dd-ddTdd:dd";
    let fits = |(byte, wanted): (&u8, &u8)| match wanted {
        b'd' => byte.is_ascii_digit(),
        b'T' => b"T ".contains(byte),
        mark => byte == mark,
    };
    let rest = value.get(shape.len()..).unwrap_or_default();
    value.len() >= shape.len()
        && value.iter().zip(shape).all(fits)
        && rest.iter().all(|byte| byte.is_ascii_digit() || b":.+-Z".contains(byte))
}

/// Paths, URLs, numbers of a program.
fn is_location(value: &[u8]) -> bool {
    let starts = |prefix: &str| value.starts_with(prefix.as_bytes());
    let slashes = value.iter().filter(|&&byte| byte == b'/').count();
    let path_like =
        slashes >= 2 && value.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"/._-~:".contains(&byte));
    let url = memchr::memmem::find(value, b"://").is_some();
    let short_path =
        path_like && (starts("/") || starts("./") || starts("../") || starts("~/") || value.len() < 32);
    let seconds = value.len() == 10 && starts("1") && value.iter().all(u8::is_ascii_digit);
    let number = seconds || (starts("0x") && value.len() <= 10);
    // Base64 has slashes too, but few, and seldom near each other.
    let deep = path_like && slashes >= 4 && value.len() / slashes < 16;
    let picture = slashes >= 1
        && [".png", ".jpg", ".svg", ".mov", ".json", ".html"]
            .iter()
            .any(|ending| value.ends_with(ending.as_bytes()));
    url || short_path || number || deep || picture || is_curve(value)
}

/// Names of elliptic curves, as code gives them to what makes keys: `prime256v1`, `secp384r1`, `ed25519`.
fn is_curve(value: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] = [b"prime", b"secp", b"sect", b"brainpoolp", b"ed", b"curve"];
    let is = |name: &[u8]| {
        let Some((start, rest)) = value.split_at_checked(name.len()) else { return false };
        let size = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let kind = &rest[size..];
        start.eq_ignore_ascii_case(name)
            && (2..=5).contains(&size)
            && (kind.is_empty()
                || matches!(kind, [b'k' | b'r' | b'v' | b't' | b'K' | b'R' | b'V' | b'T', b'0'..=b'9']))
    };
    NAMES.into_iter().any(is)
}

/// Four readable words and more joined to a name, as in `currentUserAccessToken`. For a password they may be a phrase.
fn is_identifier_of_words(value: &[u8], name: &[u8]) -> bool {
    let joined = value.iter().all(|byte| byte.is_ascii_alphabetic() || b"_-.".contains(byte));
    if !joined || memchr::memmem::find(&name.to_ascii_lowercase(), b"pass").is_some() {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let words = words_of(value, &lower);
    words.len() >= 4
        && words.iter().all(|word| word.len() >= 2 && (word.len() < 4 || reads_like_a_word(word)))
}

/// Four words and more, or mostly letters beyond ASCII.
fn is_prose(value: &[u8]) -> bool {
    let non_ascii = value.iter().filter(|byte| !byte.is_ascii()).count();
    let words = value
        .split(|&byte| byte == b' ')
        .filter(|word| word.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 2);
    non_ascii * 3 > value.len() || words.count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random enough to be kept.
    const RANDOM: &str = "q8Zr2LwX0pVt";

    fn verdict(name: &str, value: &str, path: &str) -> Option<Dismissed> {
        let text = format!("{name} = \"{value}\"");
        let mut found = None;
        crate::detect::assign::at(text.as_bytes(), 0, 1, &mut |at| found = Some(at.candidate(0, 0)));
        let facts = PlaceFacts::of_path(path.as_bytes());
        of_assignment(text.as_bytes(), &found.expect("an assignment"), &facts)
    }

    #[test]
    fn harmless_values_are_dismissed_by_name() {
        let cases = [
            ("password", "${DB_PASSWORD}", Dismissed::Reference),
            ("password", "process.env.DB_PASSWORD", Dismissed::Reference),
            ("password", "abc{hex:40}", Dismissed::Reference),
            ("password", "https-<token>-x", Dismissed::Reference),
            ("password", "changeme", Dismissed::Placeholder),
            ("password", "%5BFILTERED%5D", Dismissed::Placeholder),
            ("password", "%3chere%3E", Dismissed::Placeholder),
            ("db_password", "password", Dismissed::Placeholder),
            ("password", "<your password>", Dismissed::Reference),
            ("password", "xxxxxxxxxx", Dismissed::Repeated),
            ("password", "abc", Dismissed::TooShort),
            ("password_url", RANDOM, Dismissed::NotACredentialName),
            ("tokenCount", RANDOM, Dismissed::NotACredentialName),
            ("password", "Please enter it again", Dismissed::Prose),
            ("api_key", "currentUserAccessTokenName", Dismissed::Prose),
            ("secret", "/run/secrets/db", Dismissed::NotAValue),
            ("token", "2009-09-02T16:44:36Z", Dismissed::NotAValue),
            ("token", "2009-09-02 16:44:36.120+02:00", Dismissed::NotAValue),
            ("secret", "ENC[AES256,data]", Dismissed::Encrypted),
        ];
        for (name, value, expected) in cases {
            assert_eq!(verdict(name, value, "a.yaml"), Some(expected), "{name} = {value}");
        }
    }

    #[test]
    fn a_sample_that_its_vendor_documents_is_known_by_its_hash() {
        let part = |json: &str| base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, json);
        let payload = r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#;
        let signature = ["SflKxwRJSMeKKF2QT4", "fwpMeJf36POk6yJV", "_adQssw5c"].concat();
        let token = |header: &str| [part(header), part(payload), signature.clone()].join(".");
        assert!(is_documented_sample(token(r#"{"alg":"HS256","typ":"JWT"}"#).as_bytes()));
        assert!(!is_documented_sample(token(r#"{"alg":"HS512","typ":"JWT"}"#).as_bytes()));
    }

    fn of_connection(password: &str) -> Option<Dismissed> {
        let rules = crate::detect::builtin();
        let rule =
            rules.iter().find(|rule| rule.meta.id == "connection-string-redis").expect("it is built in");
        of_format(rule, password.as_bytes())
    }

    #[test]
    fn what_documentation_writes_for_a_password_is_a_placeholder() {
        for word in ["password", "PASSWORD", "passwd", "pass", "secret", "pwd", "mypassword", "db_password"] {
            assert_eq!(of_connection(word), Some(Dismissed::Placeholder), "{word}");
        }
        assert_eq!(of_connection("****"), Some(Dismissed::Placeholder));
        assert_eq!(of_connection("zzzzzzzz"), Some(Dismissed::Repeated));
        for variable in ["$PASSWORD", "${REDIS_PASSWORD}", "%PASSWORD%", "{password}", "%s"] {
            assert_eq!(of_connection(variable), Some(Dismissed::Reference), "{variable}");
        }
    }

    #[test]
    fn a_percent_encoded_password_is_no_reference() {
        for password in ["%40dmin7Kq", "q8Zr%23LwX0", "%24ecurePa55"] {
            assert_eq!(of_connection(password), None, "{password}");
        }
    }

    #[test]
    fn values_that_look_like_secrets_are_kept() {
        for value in [RANDOM, "hunter2!Kx9", "Tr0ub4dor&3"] {
            assert_eq!(verdict("db.password", value, "a.yaml"), None, "{value}");
        }
    }
}
