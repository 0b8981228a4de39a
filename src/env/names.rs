//! What names tell: which environment a word means, and whether a variable's name means a secret.

use std::sync::LazyLock;

use regex::Regex;

use super::model::Env;

/// A constant regex. Names and words are of ASCII: those of all of Unicode take longer to compile than most projects to read.
pub(super) fn re(pattern: &str) -> Regex {
    Regex::new(&of_ascii(pattern)).expect("the pattern is a constant that tests compile")
}

/// The text without blanks at its ends, which most has none of.
pub(super) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// The pattern with `\w`, `\d` and `\b` as they are in ASCII.
fn of_ascii(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    let (mut chars, mut in_class) = (pattern.chars(), false);
    while let Some(c) = chars.next() {
        match c {
            '[' => in_class = true,
            ']' => in_class = false,
            '\\' => {
                let escaped = chars.next().unwrap_or_default();
                match (escaped, in_class) {
                    ('w', true) => out.push_str("0-9A-Za-z_"),
                    ('w', false) => out.push_str("[0-9A-Za-z_]"),
                    ('d', true) => out.push_str("0-9"),
                    ('d', false) => out.push_str("[0-9]"),
                    ('b', false) => out.push_str(r"(?-u:\b)"),
                    _ => out.extend([c, escaped]),
                }
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// The environment that a whole word means.
#[must_use]
pub fn env_of_word(word: &str) -> Option<Env> {
    // None is longer.
    const LONGEST: usize = "development".len();
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    Some(match std::str::from_utf8(lower).ok()? {
        "production" | "prod" | "prd" => Env::Production,
        "staging" | "stage" | "stg" | "uat" | "qa" | "preprod" | "preview" | "sandbox" | "nonprod" => {
            Env::Staging
        }
        "development" | "dev" | "develop" | "local" => Env::Development,
        "test" | "testing" | "ci" | "e2e" => Env::Test,
        "example" | "sample" | "template" | "dist" | "defaults" | "schema" | "tmpl" => Env::Example,
        _ => return None,
    })
}

/// The words of a name: split at `. _ / - :` and blanks, and where capitals begin.
#[must_use]
pub fn words(name: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        let bytes = part.as_bytes();
        let mut start = 0;
        for at in 1..bytes.len() {
            if bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase() {
                out.push(&part[start..at]);
                start = at;
            }
        }
        out.push(&part[start..]);
    }
    out
}

/// The environment that a name's words mean: `pre-prod` is staging, an example is an example of whatever.
#[must_use]
pub fn env_of_name(name: &str) -> Option<Env> {
    let words = words(name);
    let found: Vec<Env> = words.iter().filter_map(|word| env_of_word(word)).collect();
    let is_before = words.windows(2).any(|pair| {
        matches!(pair[0].to_ascii_lowercase().as_str(), "pre" | "non" | "not")
            && env_of_word(pair[1]) == Some(Env::Production)
    });
    if found.contains(&Env::Example) {
        return Some(Env::Example);
    }
    if is_before {
        return Some(Env::Staging);
    }
    // `.local` marks one machine; another word says for which environment.
    let first = found.first().copied();
    found.iter().copied().find(|env| *env != Env::Development).or(first)
}

/// `spring.datasource.password`, `jwtSecret` and `jwt-secret` as `UPPER_SNAKE`.
#[must_use]
pub fn upper_snake(name: &str) -> String {
    if name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') {
        return name.to_owned();
    }
    words(name).join("_").to_ascii_uppercase()
}

/// Whether the name is `tail`, or has it for its last words: `_DEBUG` ends `APP_DEBUG`, not `NODEBUG`.
#[must_use]
pub fn ends_in(name: &str, tail: &str) -> bool {
    name.strip_suffix(tail).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
}

/// Whether the name is `head`, or has it for its first words.
#[must_use]
pub fn begins_with(name: &str, head: &str) -> bool {
    name.strip_prefix(head).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    re(
        "(^|_)(SECRET|SECRETS|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|PRIVATE_KEY|API_?KEY|ACCESS_KEY|AUTH|CREDENTIALS?|\
        SALT|PEPPER|SIGNING_KEY|ENCRYPTION_KEY|APP_KEY|MASTER_KEY|WEBHOOK_SECRET|DSN|CONNECTION_?STRINGS?|\
        (SESSION|COOKIE|CRYPT|CRYPTO|HASH|HMAC|JWT|LICENSE|STORAGE|ACCOUNT|SERVICE|SERVICE_ROLE|RESTRICTED|AUTH)_KEY|\
        SECRET_KEY_BASE)(_|$)",
    )
});

static NOT_SECRET: LazyLock<Regex> = LazyLock::new(|| {
    re(
        "(_TTL|_EXPIRY|_LENGTH|_MIN|_MAX|_NAME|_ID|_URL|_URI|_PATH|_FILE|_DIR|_ARN|_HEADER|_ALGORITHM|_ALG|_ROUNDS|\
        _ENABLED|_ENABLE|_DISABLED|_TYPE|_PUBLIC|PUBLISHABLE(_KEY)?|SITE_?KEY|ANON(_KEY)?|_PREFIX|_ISSUER|_AUDIENCE|\
        PUBLIC_KEY|PUBLIC_TOKEN|_DOMAIN|_HOST|_PORT|_USER|_USERNAME|_EMAIL|_REGION|_MODE|_METHOD|_PROVIDERS?|\
        _STRATEGY|_SCOPES?|_AGE|_EXPIRES|_EXPIRES_IN|_EXPIRATION|_TIMEOUT|_VERSION|_LIFETIME|_DAYS|_HOURS|_MINUTES|\
        _SECONDS|_COUNT|_LIMIT|_SIZE|_CLASS|_REQUIRED|_BACKEND|_DRIVER|_REALM|_ROLE|_STORE|_FORMAT|_FIELD|_COOKIE|\
        _VERIFY|_VERIFICATION|_CHECK|_POLICY|_ENDPOINT|_SERVER|_ORIGIN|_REDIRECT|_CALLBACK|_REF|_MANAGER|_SERVICE|\
        _RESET|_GUARD|_BROKER|_RULES|_HASHER|_HASHERS|_ENCODER|_VALIDATORS|_SECURE|_SAMESITE|_HTTPONLY|_PAGE|_TABLE|_COST|\
        KEY_VAULT|_PUBLIC_KEY_[A-Z]+)$",
    )
});

/// Whether the name, in `UPPER_SNAKE`, means a secret.
#[must_use]
pub fn means_secret(name: &str) -> bool {
    SECRET.is_match(name) && !NOT_SECRET.is_match(name)
}

/// Whether the name says that it is something else than a secret.
#[must_use]
pub fn means_no_secret(name: &str) -> bool {
    NOT_SECRET.is_match(name)
}

/// Names with one of these beginnings end up in what browsers or phones download.
pub const CLIENT_PREFIXES: &[&str] = &[
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "EXPO_PUBLIC_",
    "PUBLIC_",
    "GATSBY_",
    "NUXT_PUBLIC_",
    "VUE_APP_",
    "STORYBOOK_",
    "NG_APP_",
    "RSBUILD_",
    "PARCEL_",
    "REDWOOD_ENV_",
    "WXT_",
    "PLASMO_PUBLIC_",
    "MIX_",
];

/// Whether a bundler hands the variable to clients.
#[must_use]
pub fn is_for_clients(name: &str, own_prefixes: &[String]) -> bool {
    CLIENT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || own_prefixes.iter().any(|prefix| !prefix.is_empty() && name.starts_with(prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_mean_an_environment() {
        let cases = [
            (".env.production", Some(Env::Production)),
            (".env.prod.example", Some(Env::Example)),
            (".env.production.local", Some(Env::Production)),
            ("appsettings.Staging.json", Some(Env::Staging)),
            ("applicationProd.yml", Some(Env::Production)),
            ("pre-prod.tfvars", Some(Env::Staging)),
            (".env.local", Some(Env::Development)),
            ("latest", None),
            ("contest.yml", None),
            ("developers", None),
            ("product.yml", None),
            ("devices.json", None),
        ];
        for (name, want) in cases {
            assert_eq!(env_of_name(name), want, "{name}");
        }
    }

    #[test]
    fn names_of_secrets_are_told_from_names_about_secrets() {
        let secret = [
            "JWT_SECRET",
            "DB_PASSWORD",
            "API_KEY",
            "APIKEY",
            "STRIPE_SECRET_KEY",
            "SESSION_KEY",
            "SMTP_PASS",
        ];
        let other = [
            "PASSWORD_MIN_LENGTH",
            "TOKEN_TTL",
            "SECRET_NAME",
            "PUBLIC_KEY",
            "RECAPTCHA_SITE_KEY",
            "COMPASS",
            "SUPABASE_ANON_KEY",
            "BYPASS",
            "MONKEY",
            "AUTHOR",
            "AUTH_URL",
            "TOKENIZER",
            "STRIPE_PUBLISHABLE_KEY",
        ];
        for name in secret {
            assert!(means_secret(name), "{name}");
        }
        for name in other {
            assert!(!means_secret(name), "{name}");
        }
    }

    #[test]
    fn names_have_one_form() {
        for name in ["spring.datasource.password", "springDatasource-password", "SPRING_DATASOURCE_PASSWORD"]
        {
            assert_eq!(upper_snake(name), "SPRING_DATASOURCE_PASSWORD");
        }
    }
}
