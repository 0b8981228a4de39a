//! Whether a secret can be guessed: too short, on everybody's list, or a pattern.

use std::sync::LazyLock;

use hashbrown::HashSet;

/// Words that most guessed passwords are made of; digits and marks round them do not help.
const WORDS: &[&str] = &[
    "password",
    "passwort",
    "passwd",
    "pass",
    "secret",
    "mysecret",
    "supersecret",
    "topsecret",
    "verysecret",
    "admin",
    "administrator",
    "root",
    "toor",
    "user",
    "guest",
    "test",
    "tester",
    "testing",
    "demo",
    "default",
    "letmein",
    "welcome",
    "login",
    "master",
    "qwerty",
    "qwertz",
    "azerty",
    "abc",
    "hello",
    "monkey",
    "dragon",
    "shadow",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "iloveyou",
    "trustno",
    "superman",
    "batman",
    "starwars",
    "whatever",
    "freedom",
    "charlie",
    "michael",
    "jordan",
    "access",
    "flower",
    "computer",
    "internet",
    "service",
    "server",
    "system",
    "manager",
    "oracle",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "redis",
    "rabbitmq",
    "elastic",
    "kibana",
    "minio",
    "minioadmin",
    "grafana",
    "keycloak",
    "jenkins",
    "docker",
    "kubernetes",
    "laravel",
    "symfony",
    "django",
    "rails",
    "spring",
    "wordpress",
    "drupal",
    "magento",
    "node",
    "react",
    "vue",
    "angular",
    "jwt",
    "jwtsecret",
    "token",
    "mytoken",
    "key",
    "mykey",
    "apikey",
    "secretkey",
    "mysecretkey",
    "yoursecret",
    "session",
    "sessionsecret",
    "cookie",
    "keyboardcat",
    "private",
    "public",
    "company",
    "office",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "monday",
    "god",
    "love",
    "sex",
    "money",
    "matrix",
    "killer",
    "hockey",
    "soccer",
    "ranger",
    "buster",
    "thomas",
    "robert",
    "changethis",
    "temp",
    "temporary",
    "local",
    "localhost",
    "dev",
    "developer",
    "development",
    "staging",
    "production",
    "prod",
    "example",
    "sample",
    "foobar",
    "barfoo",
    "asdf",
    "asdfgh",
    "zxcvbn",
    "qazwsx",
    "pa55word",
    "passphrase",
];

/// What the name promises decides how long a value must be.
#[must_use]
pub fn least_length(name: &str) -> usize {
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let signs = is(&[
        "SIGNING",
        "ENCRYPTION",
        "SESSION",
        "JWT",
        "COOKIE",
        "SECRET_KEY",
        "SALT",
        "PEPPER",
        "HMAC",
        "APP_KEY",
        "MASTER_KEY",
        "AUTH_SECRET",
        "NEXTAUTH",
        "CRYPT",
    ]);
    match () {
        () if signs || name == "SECRET" || name == "APP_SECRET" => 16,
        () if is(&["PASSWORD", "PASSWD", "PWD"]) || name.ends_with("PASS") => 12,
        () => 0,
    }
}

/// Why a value is weak, whatever its name; nothing if it is not.
#[must_use]
pub fn weakness(name: &str, value: &str) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    if value.is_empty() {
        return None;
    }
    let letters = value.bytes().filter(u8::is_ascii_alphanumeric).count();
    if letters <= name.len() && is_own_name(name, &lower) {
        return Some("it is the variable's own name");
    }
    if is_common(&lower) {
        return Some("it is on every list of common passwords");
    }
    let first = value.as_bytes()[0];
    let second = value.bytes().find(|byte| *byte != first).unwrap_or(first);
    if value.bytes().all(|byte| byte == first || byte == second) {
        return Some("it repeats one or two characters");
    }
    if is_sequence(&lower) {
        return Some("it is a run of the alphabet, of digits or of the keyboard");
    }
    let period = (1..=lower.len() / 3)
        .find(|&n| lower.as_bytes().chunks(n).all(|part| lower.as_bytes()[..n].starts_with(part)));
    if period.is_some() {
        return Some("it repeats itself");
    }
    let bits = guess_bits(&lower);
    if value.len() >= 6 && bits < ENOUGH_BITS && super::random::shannon(value) < 2.5 {
        return Some("it has too few different characters");
    }
    (bits < 24.0).then_some("it can be guessed in no time")
}

/// Whether the value is the name, or its end, but for case and marks.
fn is_own_name(name: &str, lower: &str) -> bool {
    let squeezed: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let own_name: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    squeezed == own_name || (squeezed.len() >= 4 && own_name.ends_with(&squeezed) && lower.len() < 24)
}

/// Bytes of the longest of [`WORDS`], and of the shortest.
const LONGEST_WORD: usize = 13;
const SHORTEST_WORD: usize = 3;

static WORD_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.iter().copied().collect());

fn is_word(text: &str) -> bool {
    (SHORTEST_WORD..=LONGEST_WORD).contains(&text.len()) && WORD_SET.contains(text)
}

/// The letter that a digit or a mark stands for in passwords.
fn letter_for(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    }
}

/// Plain letters of a password: what stands for letters undone, digits and marks at its ends left out.
fn is_common(lower: &str) -> bool {
    let outer = |c: char| !c.is_ascii_alphabetic();
    let is_known = |word: &str| is_word(word) || is_word(word.trim_matches(outer));
    let is_plain_word =
        |text: &str| text.len() <= LONGEST_WORD && is_word(&text.chars().map(letter_for).collect::<String>());
    let words = || {
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(MOST_WORDS + 1)
    };
    let all_words = || {
        (2..=MOST_WORDS).contains(&words().count())
            && words()
                .all(|word| is_known(word) || word.bytes().all(|b| b.is_ascii_digit()) || word.len() <= 2)
    };
    is_word(lower.trim_matches(outer))
        || is_plain_word(lower)
        || is_plain_word(lower.trim_matches(|c: char| outer(letter_for(c))))
        || all_words()
        || is_joined(lower.trim_matches(outer))
        || (lower.len() <= 10 && lower.len() >= 4 && lower.bytes().all(|b| b.is_ascii_digit()))
}

/// What people put before and between the words of a password.
const GLUE: &[&str] = &[
    "my", "your", "our", "the", "this", "is", "a", "so", "super", "very", "app", "dev", "prod", "local",
    "new",
];

/// Whether these letters are a few known words, one after another: `mysupersecretkey`.
fn is_joined(letters: &str) -> bool {
    if letters.is_empty()
        || letters.len() > MOST_WORDS * LONGEST_WORD
        || !letters.bytes().all(|b| b.is_ascii_alphabetic())
    {
        return false;
    }
    // How few words make up what comes before each byte; glue counts, and the last must be a known one.
    let mut fewest = vec![usize::MAX; letters.len() + 1];
    fewest[0] = 0;
    for end in 1..=letters.len() {
        let is_part = |word: &str| is_word(word) || end < letters.len() && GLUE.contains(&word);
        let before = (0..end).filter(|&start| fewest[start] <= MOST_WORDS && is_part(&letters[start..end]));
        fewest[end] = before.map(|start| fewest[start] + 1).min().unwrap_or(usize::MAX);
    }
    fewest[letters.len()] <= MOST_WORDS + 1
}

/// More words than that are a passphrase.
const MOST_WORDS: usize = 4;

/// By key of a keyboard, those beside it, a bit each.
static BESIDE: LazyLock<[u128; 128]> = LazyLock::new(|| {
    let mut out = [0; 128];
    for row in ["qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "1234567890"] {
        for pair in row.as_bytes().windows(2) {
            out[usize::from(pair[0])] |= 1 << pair[1];
            out[usize::from(pair[1])] |= 1 << pair[0];
        }
    }
    out
});

/// Most of it are steps by one, or neighbours on a keyboard.
fn is_sequence(lower: &str) -> bool {
    let bytes = lower.as_bytes();
    if bytes.len() < 4 {
        return false;
    }
    let beside = &*BESIDE;
    let step = |pair: &[u8]| pair[0].abs_diff(pair[1]) == 1;
    let on_row =
        |pair: &[u8]| pair[0] < 128 && pair[1] < 128 && beside[usize::from(pair[0])] >> pair[1] & 1 == 1;
    // Enough of something else decides.
    let pairs = bytes.len() - 1;
    let others = bytes.windows(2).filter(|pair| !step(pair) && !on_row(pair)).take(pairs / 4 + 1).count();
    others * 4 <= pairs
}

/// Nobody guesses so much.
const ENOUGH_BITS: f64 = 40.0;

/// A lower bound of the guesses, in bits, as far as it matters: a known word counts 8, a digit 3.3, a letter of a word-like run 2.
fn guess_bits(lower: &str) -> f64 {
    let mut bits = 0.0;
    for run in lower.as_bytes().chunk_by(|a, b| a.is_ascii_alphabetic() == b.is_ascii_alphabetic()) {
        let vowels = || run.iter().filter(|byte| b"aeiouy".contains(byte)).count();
        bits += match run[0].is_ascii_alphabetic() {
            true if std::str::from_utf8(run).is_ok_and(is_word) => 8.0,
            true if run.len() >= 4 && vowels() * 5 >= run.len() && vowels() * 3 <= run.len() * 2 => {
                8.0 + run.len() as f64
            }
            true => 4.5 * run.len() as f64,
            false => 3.3 * run.len() as f64,
        };
        if bits >= ENOUGH_BITS {
            break;
        }
    }
    bits
}

/// Bytes of the longest password that products come with.
pub const LONGEST_DEFAULT: usize = 21;

/// Pairs of user and password that products come with.
const PAIRS: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("postgres", "password"),
    ("postgres", ""),
    ("root", "root"),
    ("root", ""),
    ("root", "password"),
    ("root", "example"),
    ("root", "toor"),
    ("admin", "admin"),
    ("admin", "password"),
    ("admin", "changeme"),
    ("guest", "guest"),
    ("user", "user"),
    ("user", "password"),
    ("minioadmin", "minioadmin"),
    ("elastic", "changeme"),
    ("elastic", "elastic"),
    ("sa", "Password123"),
    ("sa", "yourStrong(!)Password"),
    ("rabbitmq", "rabbitmq"),
    ("mysql", "mysql"),
    ("redis", "redis"),
    ("mongo", "mongo"),
    ("neo4j", "neo4j"),
    ("admin", "admin123"),
    ("cassandra", "cassandra"),
    ("test", "test"),
    ("default", ""),
    ("keycloak", "keycloak"),
    ("grafana", "grafana"),
    ("couchdb", "couchdb"),
    ("artemis", "artemis"),
    ("activemq", "activemq"),
    ("airflow", "airflow"),
    ("superset", "superset"),
    ("zabbix", "zabbix"),
];

/// Whether a product comes with this user and password.
#[must_use]
pub fn is_default_pair(user: &str, password: &str) -> bool {
    PAIRS.iter().any(|(u, p)| u.eq_ignore_ascii_case(user) && *p == password)
}

/// Parts of names that belong to a product, and the passwords it comes with.
const PRODUCTS: &[(&str, &[&str])] = &[
    ("POSTGRES", &["postgres", "password", "example"]),
    ("PG", &["postgres"]),
    ("MYSQL", &["root", "mysql", "password", "example"]),
    ("MARIADB", &["root", "mariadb", "example"]),
    ("MONGO", &["root", "mongo", "admin", "example"]),
    ("MINIO", &["minioadmin", "minio123"]),
    ("RABBIT", &["guest", "rabbitmq"]),
    ("ELASTIC", &["elastic", "changeme"]),
    ("KEYCLOAK", &["admin", "keycloak"]),
    ("KC_", &["admin"]),
    ("GF_", &["admin"]),
    ("GRAFANA", &["admin", "grafana"]),
    ("REDIS", &["redis", "foobared"]),
    ("MSSQL", &["Password123"]),
    ("SA_", &["Password123", "yourStrong(!)Password"]),
    ("NEO4J", &["neo4j", "neo4j/neo4j"]),
    ("CLICKHOUSE", &["default", "clickhouse"]),
    ("PGADMIN", &["admin", "root"]),
    ("AIRFLOW", &["airflow"]),
    ("DB_", &["postgres", "root", "mysql"]),
    ("DATABASE_", &["postgres", "root", "mysql"]),
];

/// Whether a variable that belongs to a product holds the password the product comes with.
#[must_use]
pub fn is_product_default(name: &str, value: &str) -> bool {
    super::names::means_secret(name)
        && PRODUCTS.iter().any(|(product, values)| name.contains(product) && values.contains(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_first_is_weak() {
        let base = "password";
        let capital = format!("{}{}", base[..1].to_uppercase(), &base[1..]);
        let weak = [
            "secret".to_owned(),
            format!("{capital}123!"),
            "p@ssw0rd".to_owned(),
            "admin".to_owned(),
            "a".repeat(32),
            "abcdefghijklmn".to_owned(),
            "12345678".to_owned(),
            "qwertyuiop".to_owned(),
            "my-secret-key".to_owned(),
            ["mysuper", "secretkey"].concat(),
            "abababababab".to_owned(),
            "test".to_owned(),
        ];
        for value in weak {
            assert!(weakness("JWT_SECRET", &value).is_some(), "{value}");
        }
        for value in [
            "xK9#mQ2$vL7pR4wZ",
            "correct-horse-battery-staple-9",
            "correcthorsebatterystaple",
            "8392048239847293846571",
        ] {
            assert_eq!(weakness("DB_PASSWORD", value), None, "{value}");
        }
        assert!(weakness("DB_PASSWORD", "db_password").is_some());
    }

    #[test]
    fn no_word_is_longer_than_the_longest() {
        assert_eq!(WORDS.iter().map(|word| word.len()).max(), Some(LONGEST_WORD));
        assert_eq!(WORDS.iter().map(|word| word.len()).min(), Some(SHORTEST_WORD));
    }

    #[test]
    fn no_default_is_longer_than_the_longest() {
        let of_products = PRODUCTS.iter().flat_map(|(_, values)| values.iter());
        let all = PAIRS.iter().map(|(_, password)| password).chain(of_products);
        assert_eq!(all.map(|password| password.len()).max(), Some(LONGEST_DEFAULT));
    }

    #[test]
    fn products_come_with_known_passwords() {
        assert!(is_default_pair("postgres", "postgres") && !is_default_pair("app", "postgres"));
        assert!(is_product_default("MINIO_ROOT_PASSWORD", "minioadmin"));
        assert!(!is_product_default("POSTGRES_USER", "postgres"));
    }
}
