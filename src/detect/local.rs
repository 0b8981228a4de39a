//! Default credentials of a server on the same machine: `postgres://postgres:postgres@localhost/db`.
//!
//! Who writes them keeps nothing secret: the pair is the image's own, and only the machine itself, or a
//! container beside it, can be reached with it. The same pair on any other host is reported.

use super::Candidate;

/// Bytes after the `@` that are read; a longer host is not local.
pub(super) const HOST: usize = 64;

/// Passwords that images and manuals set up out of the box.
#[rustfmt::skip]
const DEFAULTS: &[&str] = &[
    "postgres", "postgresql", "mysql", "mariadb", "mongo", "mongodb", "redis", "rabbitmq", "neo4j", "elastic", "clickhouse",
    "root", "toor", "admin", "administrator", "guest", "user", "test", "testing", "default", "docker", "local", "localhost",
    "dev", "development", "minio", "minioadmin", "minio123",
];

/// Whether the candidate, a password in a URL, is its user's name again or a well-known default, on a local host.
pub(super) fn is_default(bytes: &[u8], candidate: &Candidate) -> bool {
    let (span, value) = (candidate.span, candidate.value);
    let Some(host) = bytes.get(value.end..).and_then(|rest| rest.strip_prefix(b"@")) else { return false };
    let before = &bytes[span.start..value.start];
    let user = before.strip_suffix(b":").and_then(|text| text.rsplit(|&byte| byte == b'/').next());
    let password = &bytes[value.range()];
    let equal = user.is_some_and(|user| user.eq_ignore_ascii_case(password));
    let known = || DEFAULTS.iter().any(|default| password.eq_ignore_ascii_case(default.as_bytes()));
    (equal || known()) && is_local(&host[..host.len().min(HOST)])
}

/// Whether the host that `text` begins with is this machine, or a name without a dot, as containers have.
fn is_local(text: &[u8]) -> bool {
    if let Some(rest) = text.strip_prefix(b"[::1]") {
        return ends_host(rest);
    }
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let len = text.iter().take_while(|byte| in_name(byte)).count();
    let (name, rest) = text.split_at(len);
    let dotted = name.contains(&b'.');
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    let is_name = !dotted && name.first().is_some_and(u8::is_ascii_alphabetic);
    let loopback =
        name.starts_with(b"127.") && name.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    len < HOST
        && ends_host(rest)
        && (is_name || loopback || is("0.0.0.0") || is("localhost.localdomain") || is("host.docker.internal"))
}

/// Whether a host ends here. A comma does not: it leads to further hosts.
fn ends_host(rest: &[u8]) -> bool {
    rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || b":/?#\"'`)]};<>\\|&".contains(byte))
}

#[cfg(test)]
mod tests {
    use crate::detect::{Detector, Dismissed, PlaceFacts, builtin};

    /// How much is found in a URL, and whether something is dismissed as a local default.
    fn found_in(scheme: &str, user: &str, password: &str, host: &str) -> (usize, bool) {
        let text = format!("url = \"{scheme}://{user}:{password}@{host}\"");
        let settled = Detector::new(builtin()).find(text.as_bytes(), &PlaceFacts::ANY);
        let dismissed = settled.dismissed.iter().any(|(_, why)| *why == Dismissed::LocalDefault);
        (settled.matches.len(), dismissed)
    }

    #[test]
    fn default_credentials_on_a_local_host_are_dismissed_by_name() {
        for (scheme, user, password, host) in [
            ("postgres", "postgres", "postgres", "localhost/db"),
            ("postgresql", "shop", "shop", "127.0.0.1:5432/shop"),
            ("mysql", "root", "mysql", "db"),
            ("amqp", "guest", "guest", "[::1]:5672/"),
            ("redis", "", "redis", "cache:6379/0"),
            ("http", "admin", "admin", "host.docker.internal:8080/"),
        ] {
            assert_eq!(found_in(scheme, user, password, host), (0, true), "{scheme} {host}");
        }
    }

    #[test]
    fn the_same_on_another_host_and_other_passwords_are_found() {
        for (password, host) in [
            ("postgres", "db.example.com/db"),
            ("postgres", "10.0.0.7/db"),
            ("postgres", "3232235777/db"),
            ("postgres", "localhost.example.com/db"),
            ("postgres", "localhost,db.example.com/db"),
            ("postgres", "${HOST}/db"),
            ("hunter7Kx", "localhost/db"),
            ("postgres7", "localhost/db"),
        ] {
            assert_eq!(found_in("postgres", "postgres", password, host), (1, false), "{password} {host}");
        }
    }
}
