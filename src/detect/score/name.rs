//! What a name says about its value: which kind of credential, whose, or something else about it.

use std::sync::OnceLock;

use super::feature::{Feature, Features};
use super::words::{Lists, words_of};

/// Word endings and the kind they mean, longest first where one ends in another.
#[rustfmt::skip]
const KINDS: &[(Feature, &[&str])] = &[
    (Feature::NamePassword, &["password", "passwords", "passwd", "passphrase", "passcode", "passwort", "pass", "pswd", "psw", "pwd", "pw", "passw", "psk", "bindpw", "requirepass"]),
    (Feature::NameSecret, &["secret", "secrets"]),
    (Feature::NameToken, &["token", "tokens", "jwt", "bearer", "sid", "csrf", "xsrf", "session", "cookie"]),
    (Feature::NameCredential, &["credential", "credentials", "creds", "cred", "identified"]),
    (Feature::NameSalt, &["salt", "nonce", "pepper", "seed", "iv", "totp", "otp", "hotp", "mfa"]),
    (Feature::NameApiKey, &["apikey", "appkey", "accesskey", "secretkey", "authkey", "privatekey", "masterkey", "signingkey", "encryptionkey", "accountkey", "sharedkey", "securitykey", "licensekey", "sessionkey"]),
    (Feature::NameKey, &["key", "keys"]),
    (Feature::NameAuth, &["auth", "authorization", "authcode", "oauth", "signature", "sig", "verifier", "authentication"]),
];

/// Words before "key" that make it one that gives access.
#[rustfmt::skip]
const KEY_QUALIFIERS: &[&str] = &[
    "api", "access", "secret", "private", "auth", "master", "signing", "encryption", "account", "shared", "aes", "hmac", "mac",
    "crypto", "cipher", "app", "application", "client", "consumer", "security", "session", "license", "server", "service",
    "subscription", "storage", "write", "admin", "root", "validation", "cookie", "jwt", "des", "rsa", "aws", "stripe", "maps",
    "recaptcha", "oauth", "ingest", "integration", "deploy", "encrypt", "decrypt", "sign", "hash", "user",
];

/// Words after the credential word that change nothing about what the value is.
#[rustfmt::skip]
const NEUTRAL: &[&str] = &[
    "confirmation", "confirm", "again", "repeat", "value", "val", "default", "string", "str", "plain", "new", "old", "current",
    "prod", "production", "dev", "staging", "test", "raw", "text", "code", "encoded", "base64", "b64", "data", "body", "bytes",
    "constant", "expected", "actual", "primary", "secondary", "live", "sandbox", "from", "for", "new", "generate", "of",
];

#[rustfmt::skip]
const PLACES: &[&str] = &[
    "url", "uri", "path", "file", "filename", "filepath", "keypath", "dir", "directory", "folder", "endpoint", "host", "location", "page", "link", "route", "domain",
    "server", "port", "address", "ref", "arn", "store", "storage", "vault", "source", "bucket", "bundle", "cert", "certificate",
];
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "label", "hint", "message", "msg", "title", "placeholder", "prompt", "error", "errors", "help", "desc", "description",
    "tooltip", "caption", "heading", "button", "input", "field", "form", "icon", "view", "dialog", "screen", "menu", "text", "txt",
    "invalid", "required", "missing", "mismatch", "incorrect", "reset", "forgot", "forgotten", "changed", "change", "submit", "show", "hide",
    "info", "warning", "notice", "subject", "template", "email", "mail", "line", "column", "test",
];
#[rustfmt::skip]
const METAS: &[&str] = &[
    "type", "types", "count", "length", "len", "size", "policy", "expiry", "expires", "expiration", "expire", "ttl", "timeout",
    "age", "format", "encoder", "validator", "strength", "class", "schema", "param", "parameter", "header", "prefix", "suffix",
    "algorithm", "alg", "algo", "enabled", "disabled", "valid", "exists", "visible", "issuer", "manager", "provider", "service",
    "factory", "version", "mode", "set", "status", "state", "level", "index", "kind", "usage", "limit", "min", "max",
    "rotation", "is", "has", "method", "function", "callback", "handler", "regex", "pattern", "options", "option", "config", "settings",
    "scheme", "scope", "scopes", "audience", "within", "interval", "duration", "period", "time", "date", "at", "by", "on", "only",
    "startswith", "endswith", "contains", "exact", "use", "used", "using", "backend", "module", "plugin", "driver", "callable", "generator", "complexity",
    "char", "encoding", "charset", "bits", "event", "action", "grant", "role", "roles", "permission", "permissions", "flag", "flow",
    "required", "needed", "protected", "column", "table", "user", "username", "login", "attempts", "attempt", "retries",
];
const IDENTITIES: &[&str] = &[
    "name",
    "names",
    "id",
    "ids",
    "identifier",
    "uuid",
    "guid",
    "env",
    "var",
    "variable",
    "alias",
    "fingerprint",
    "thumbprint",
];
#[rustfmt::skip]
const HASHES: &[&str] = &["hash", "hashes", "hashed", "digest", "encrypted", "crypt", "md5", "sha1", "sha2", "sha256", "sha512", "checksum", "hasher", "salted", "bcrypt", "cipher", "enc", "sum"];
const PUBLICS: &[&str] = &["public", "pub", "publishable", "site", "pk"];
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "get", "set", "is", "has", "check", "reset", "validate", "forgot", "change", "update", "verify", "generate", "create", "encode",
    "show", "toggle", "confirm", "enter", "invalid", "missing", "no", "use", "require", "requires", "allow", "hash", "make", "test", "assert", "with", "without",
    "parse", "read", "load", "fetch", "find", "add", "remove", "delete", "on", "handle", "need", "should", "can", "enable", "disable", "save", "store", "remember",
    "decode", "encrypt", "decrypt", "refresh", "revoke", "select", "label", "reveal", "hide",
];
#[rustfmt::skip]
const TESTS: &[&str] = &[
    "test", "tests", "testing", "mock", "fake", "dummy", "example", "sample", "expected", "wrong", "invalid", "bad", "stub", "demo", "incorrect",
    "placeholder", "foo", "bar",
];
/// Lower-case parts of names that have a credential word by chance, or mean something else by it.
#[rustfmt::skip]
const PARSERS: &[&str] = &[
    "tokeniz", "secretary", "passwordless", "compass", "bypass", "passenger", "passive", "author", "keyboard", "keycode", "keydown",
    "keyup", "keypress", "monkey", "turkey", "hotkey", "keyword", "keyframe", "keyspace", "keymap", "keybinding", "jsonwebtoken", "csrf",
    "foreignkey", "primarykey", "foreign_key", "primary_key", "sortkey", "sort_key", "cachekey", "cache_key", "partitionkey", "partition_key", "translation",
    "i18n", "recv-key", "identifierkey", "repositorykey", "assettoken", "gpgkey", "gpg_key", "gpg-key", "authenticity", "htpasswd", "seeds", "passing", "passed", "passes", "encompass", "trespass", "surpass", "keynote", "keystone", "donkey", "jockey", "hockey", "whiskey",
    "accredit", "incredible", "sacred", "nextpagetoken", "next_token", "nexttoken", "page_token", "pagetoken", "continuationtoken", "shortcut", "localekey", "resourcekey",
];

/// Features of the name before the value.
pub(super) fn features(name: &[u8]) -> Features {
    let mut set = Features::default();
    let lower = name.to_ascii_lowercase();
    let words = words_of(name, &lower);
    let mut core: &[&[u8]] = &words;
    let mut confirm = false;
    while let [rest @ .., last] = core
        && !rest.is_empty()
        && kind_of(core).is_none()
        && (is(NEUTRAL, last) || last.iter().all(u8::is_ascii_digit))
    {
        confirm = true;
        core = rest;
    }
    let kind = kind_of(core);
    if let Some(kind) = kind {
        set.put(kind, true);
    }
    let last = words.last().copied().unwrap_or_default();
    let first = words.first().copied().unwrap_or_default();
    let ended = kind.is_none();
    set.put(Feature::NameInside, ended);
    set.put(Feature::NameAlone, words.len() == 1);
    set.put(Feature::NameQualified, !ended && core.len() > 1);
    set.put(Feature::NameConfirm, confirm);
    set.put(
        Feature::NameUpper,
        name.iter().any(u8::is_ascii_uppercase) && !name.iter().any(u8::is_ascii_lowercase),
    );
    set.put(Feature::NameVerb, words.len() > 1 && is(VERBS, first));
    set.put(Feature::NameLong, words.len() > 4);
    set.put(Feature::NameTest, words.iter().any(|word| is(TESTS, word)));
    set.put(Feature::NamePublic, words.iter().any(|word| is(PUBLICS, word)));
    set.put(Feature::NamePlace, ended && is(PLACES, last));
    set.put(Feature::NameLabel, (ended && is(LABELS, last)) || words.iter().any(|word| *word == b"label"));
    set.put(Feature::NameMeta, ended && is(METAS, last));
    set.put(Feature::NameIdentity, ended && is(IDENTITIES, last));
    set.put(Feature::NameHash, words.iter().any(|word| is(HASHES, word)));
    set.put(Feature::NameParser, parsers().in_text(name) > 0);
    set
}

/// Whether the name means a property of a credential, such as its place or its type, and not the credential.
pub(in crate::detect) fn means_something_else(name: &[u8]) -> bool {
    let set = features(name);
    [Feature::NamePlace, Feature::NameLabel, Feature::NameMeta, Feature::NameIdentity]
        .iter()
        .any(|other| set.has(*other))
}

fn parsers() -> &'static Lists {
    static LISTS: OnceLock<Lists> = OnceLock::new();
    LISTS.get_or_init(|| Lists::new(&[PARSERS]))
}

fn is(list: &[&str], word: &[u8]) -> bool {
    list.iter().any(|known| known.as_bytes() == word)
}

/// The kind that the end of a name means: `db_password`, `DBPASSWORD`, `accessKey`.
fn kind_of(words: &[&[u8]]) -> Option<Feature> {
    let [before @ .., last] = words else { return None };
    let stem: &[u8] = match last.iter().rposition(|byte| !byte.is_ascii_digit()) {
        Some(at) => &last[..=at],
        None => return None,
    };
    let ends = |word: &str| {
        // Three letters are a word by themselves only: `bypass` is none for `pass`.
        if word.len() > 4 {
            stem.ends_with(word.as_bytes())
        } else {
            stem == word.as_bytes() || (stem.ends_with(word.as_bytes()) && joined(stem, word))
        }
    };
    let kind = KINDS.iter().find(|(_, words)| words.iter().any(|word| ends(word))).map(|(kind, _)| *kind)?;
    let qualified = before.last().is_some_and(|word| is(KEY_QUALIFIERS, word));
    if kind == Feature::NameKey && qualified { Some(Feature::NameApiKey) } else { Some(kind) }
}

/// What short words are joined to: `dbpass`, `userpwd`, `appkey`.
#[rustfmt::skip]
const BEGINNINGS: &[&str] = &[
    "db", "user", "admin", "root", "my", "pg", "mysql", "ftp", "mail", "smtp", "imap", "ldap", "sql", "redis", "key", "store", "trust",
    "login", "proxy", "http", "app", "api", "x", "host", "web", "sys", "j", "ssh", "ice", "truststore", "keystore",
];

/// Short words at the end of a joined one count after a usual beginning: `dbpass`, `userpwd`, `appkey`.
fn joined(stem: &[u8], word: &str) -> bool {
    is(BEGINNINGS, &stem[..stem.len() - word.len()])
}
