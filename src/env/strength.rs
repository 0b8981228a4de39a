//! Whether a secret can be guessed: too short, on everybody's list, or a pattern.

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
    if value.len() >= 6 && bits < 40.0 && super::class::shannon(value) < 2.5 {
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

/// Bytes of the longest of [`WORDS`].
const LONGEST_WORD: usize = 13;

/// Plain letters of a password: what stands for letters undone, digits and marks at its ends left out.
fn is_common(lower: &str) -> bool {
    let plain: String = lower
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            c => c,
        })
        .collect();
    let outer = |c: char| !c.is_ascii_alphabetic();
    let bare = lower.trim_matches(outer);
    let in_list = |text: &str| text.len() <= LONGEST_WORD && WORDS.contains(&text);
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let all_words = words.len() > 1
        && words.len() <= 4
        && words.iter().all(|word| {
            in_list(word)
                || in_list(word.trim_matches(outer))
                || word.bytes().all(|b| b.is_ascii_digit())
                || word.len() <= 2
        });
    in_list(bare)
        || in_list(&plain)
        || in_list(plain.trim_matches(outer))
        || all_words
        || (lower.len() <= 10 && lower.len() >= 4 && lower.bytes().all(|b| b.is_ascii_digit()))
}

/// Most of it are steps by one, or neighbours on a keyboard.
fn is_sequence(lower: &str) -> bool {
    const ROWS: [&str; 5] = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "1234567890"];
    let bytes = lower.as_bytes();
    if bytes.len() < 4 {
        return false;
    }
    let step = |pair: &[u8]| pair[0].abs_diff(pair[1]) == 1;
    let on_row = |pair: &[u8]| {
        ROWS.iter().any(|row| {
            let at = |key: u8| row.bytes().position(|own| own == key);
            matches!((at(pair[0]), at(pair[1])), (Some(a), Some(b)) if a.abs_diff(b) == 1)
        })
    };
    // Enough of something else decides.
    let pairs = bytes.len() - 1;
    let others = bytes.windows(2).filter(|pair| !step(pair) && !on_row(pair)).take(pairs / 4 + 1).count();
    others * 4 <= pairs
}

/// A lower bound of the guesses, in bits: a known word counts 8, a digit 3.3, a letter of a word-like run 2.
fn guess_bits(lower: &str) -> f64 {
    let mut bits = 0.0;
    for run in lower.as_bytes().chunk_by(|a, b| a.is_ascii_alphabetic() == b.is_ascii_alphabetic()) {
        let text = std::str::from_utf8(run).unwrap_or_default();
        let vowels = run.iter().filter(|byte| b"aeiouy".contains(byte)).count();
        bits += match run[0].is_ascii_alphabetic() {
            true if run.len() <= LONGEST_WORD && WORDS.contains(&text) => 8.0,
            true if run.len() >= 4 && vowels * 5 >= run.len() && vowels * 3 <= run.len() * 2 => {
                8.0 + run.len() as f64
            }
            true => 4.5 * run.len() as f64,
            false => 3.3 * run.len() as f64,
        };
    }
    bits
}

/// Pairs of user and password that products come with.
#[must_use]
pub fn is_default_pair(user: &str, password: &str) -> bool {
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
    PAIRS.iter().any(|(u, p)| u.eq_ignore_ascii_case(user) && *p == password)
}

/// Whether a variable that belongs to a product holds the password the product comes with.
#[must_use]
pub fn is_product_default(name: &str, value: &str) -> bool {
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
            "abababababab".to_owned(),
            "test".to_owned(),
        ];
        for value in weak {
            assert!(weakness("JWT_SECRET", &value).is_some(), "{value}");
        }
        for value in ["xK9#mQ2$vL7pR4wZ", "correct-horse-battery-staple-9"] {
            assert_eq!(weakness("DB_PASSWORD", value), None, "{value}");
        }
        assert!(weakness("DB_PASSWORD", "db_password").is_some());
    }

    #[test]
    fn no_word_is_longer_than_the_longest() {
        assert_eq!(WORDS.iter().map(|word| word.len()).max(), Some(LONGEST_WORD));
    }

    #[test]
    fn products_come_with_known_passwords() {
        assert!(is_default_pair("postgres", "postgres") && !is_default_pair("app", "postgres"));
        assert!(is_product_default("MINIO_ROOT_PASSWORD", "minioadmin"));
        assert!(!is_product_default("POSTGRES_USER", "postgres"));
    }
}
