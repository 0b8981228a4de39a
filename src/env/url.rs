//! URLs and connection strings: who is asked, with what password. And what a host's name tells.

use std::borrow::Cow;

use super::model::Env;
use super::names;

/// The parts of a URL, as text of the value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Url<'v> {
    /// In lower case.
    pub scheme: Cow<'v, str>,
    /// Before the `:` of the userinfo.
    pub user: &'v str,
    /// After it.
    pub password: Option<&'v str>,
    /// Hosts and ports; several in connection strings.
    pub servers: &'v str,
    /// From the first `/` on.
    pub path: &'v str,
    /// After `?`.
    pub query: &'v str,
}

impl<'v> Url<'v> {
    /// Hosts without their ports.
    pub fn hosts(&self) -> impl Iterator<Item = &'v str> + use<'v> {
        self.servers.split(',').map(|server| split_port(server).0)
    }

    /// The first port that is named.
    #[must_use]
    pub fn port(&self) -> Option<&'v str> {
        self.servers.split(',').find_map(|server| split_port(server).1)
    }
}

/// Reads the value as one URL.
#[must_use]
pub fn parse(value: &str) -> Option<Url<'_>> {
    let value = names::trim(value);
    let value = value.strip_prefix("jdbc:").unwrap_or(value);
    let (scheme, rest) = split_scheme(value)?;
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-:".contains(&b));
    if !is_scheme || rest.is_empty() || has_blank(value) {
        return None;
    }
    let (before, query) = match memchr::memchr(b'?', rest.as_bytes()) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, ""),
    };
    let at = memchr::memrchr(b'@', before.as_bytes()).unwrap_or(0);
    let slash = memchr::memchr(b'/', &before.as_bytes()[at..]).map(|n| n + at);
    let (authority, path) = before.split_at(slash.unwrap_or(before.len()));
    let (userinfo, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = match userinfo.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (userinfo, None),
    };
    Some(Url { scheme: lower(scheme), user, password, servers: hosts, path, query })
}

fn has_blank(value: &str) -> bool {
    value.bytes().any(|b| !b.is_ascii_graphic()) && value.contains(char::is_whitespace)
}

/// The text in lower case, which most is.
pub(super) fn lower(text: &str) -> Cow<'_, str> {
    match text.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

/// Before and after the first `://`. Most values have none.
fn split_scheme(value: &str) -> Option<(&str, &str)> {
    let bytes = value.as_bytes();
    let at = memchr::memchr_iter(b':', bytes).find(|&at| bytes[at + 1..].starts_with(b"//"))?;
    Some((&value[..at], &value[at + 3..]))
}

/// Whether the host is this one, or below it.
#[must_use]
pub fn is_at(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, after.strip_prefix(':'));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

/// Hosts a value names: those of its URLs, or the value itself if its key says that it is a host.
#[must_use]
pub fn hosts<'v>(name: &str, value: &'v str) -> Vec<&'v str> {
    let mut found: Vec<&str> = Vec::new();
    let has_scheme = split_scheme(value).is_some();
    if has_scheme {
        for part in value.split([',', ' ', ';', '|']) {
            found.extend(parse(part).into_iter().flat_map(|url| url.hosts()));
        }
    }
    let by_name = [
        "HOST", "HOSTNAME", "HOSTS", "DOMAIN", "ENDPOINT", "SERVER", "SERVERS", "ADDR", "ADDRESS", "URL",
        "BROKERS",
    ];
    if found.is_empty() && !value.is_empty() && by_name.iter().any(|end| name.ends_with(end)) {
        let bare = value.split([',', ' ']).map(|part| split_port(part.split('/').next().unwrap_or(part)).0);
        found.extend(bare.filter(|host| is_host(host)));
    }
    if found.is_empty() {
        found.extend(ado_host(value));
    }
    found.retain(|host| !host.is_empty() && !host.contains(['$', '{', '<', '%']));
    found
}

/// Whether all hosts of a value are this machine or names that only a cluster knows.
#[must_use]
pub fn is_local(name: &str, value: &str) -> bool {
    let hosts = hosts(name, value);
    !hosts.is_empty() && hosts.iter().all(|host| is_loopback(host) || !host.contains('.'))
}

/// The host of a connection string such as `Server=tcp:db.acme.io,1433;Database=app`.
fn ado_host(value: &str) -> Option<&str> {
    memchr::memchr(b';', value.as_bytes())?;
    let mut pairs = value.split(';').filter_map(|pair| pair.split_once('='));
    if pairs.clone().count() < 2 {
        return None;
    }
    let names = ["server", "data source", "host", "addr", "address", "hostname", "accountendpoint"];
    let (_, host) =
        pairs.find(|(name, _)| names.iter().any(|known| name.trim().eq_ignore_ascii_case(known)))?;
    let host = host.trim();
    let host = host.strip_prefix("tcp:").unwrap_or(host);
    host.split([',', '\\', ':', '/']).next()
}

fn is_host(text: &str) -> bool {
    let chars = text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
    chars && (text.contains('.') || text.eq_ignore_ascii_case("localhost") || text.starts_with("::"))
}

/// Whether the host is this machine.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let ends = ".localhost";
    host.eq_ignore_ascii_case("localhost")
        || host == "::1"
        || host == "0.0.0.0"
        || host.eq_ignore_ascii_case("host.docker.internal")
        || host
            .len()
            .checked_sub(ends.len())
            .is_some_and(|at| host.as_bytes()[at..].eq_ignore_ascii_case(ends.as_bytes()))
        || (host.starts_with("127.") && host.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// Whether the name means something only inside a cluster or a network: `redis`, `db.internal`.
#[must_use]
pub fn is_internal(host: &str) -> bool {
    let ends = [".internal", ".svc", ".local", ".cluster.local", ".lan", ".intranet", ".consul", ".private"];
    !host.contains('.') || ends.iter().any(|end| host.ends_with(end)) || is_private_address(host)
}

fn is_private_address(host: &str) -> bool {
    match host.parse::<std::net::Ipv4Addr>() {
        Ok(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Err(_) => false,
    }
}

/// Why a production value must not name this host; nothing if it may.
#[must_use]
pub fn nonproduction(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if is_loopback(&host) {
        return Some("this very machine");
    }
    let tunnels = [
        ".ngrok.io",
        ".ngrok.app",
        ".ngrok-free.app",
        ".ngrok-free.dev",
        ".ngrok.dev",
        ".trycloudflare.com",
        ".loca.lt",
        ".lhr.life",
        ".serveo.net",
    ];
    if tunnels.iter().any(|end| host.ends_with(end)) {
        return Some("a tunnel to a developer's machine");
    }
    if host.ends_with(".vercel.app") && host.contains("-git-") {
        return Some("a preview of a branch");
    }
    let examples = ["example.com", "example.org", "example.net"];
    if [".test", ".example", ".invalid"].iter().any(|end| host.ends_with(end))
        || examples.iter().any(|name| is_at(&host, name))
    {
        return Some("a name reserved for tests and examples");
    }
    if host.ends_with(".local") && !host.ends_with(".cluster.local") && !host.ends_with(".svc.local") {
        return Some("a name of a local network");
    }
    match env_of_host(&host) {
        Some(Env::Staging) => Some("a staging system"),
        Some(Env::Development) => Some("a development system"),
        Some(Env::Test) => Some("a test system"),
        _ => None,
    }
}

/// The environment that a label of the host names. The last two labels are the domain: `app.dev` is none.
#[must_use]
pub fn env_of_host(host: &str) -> Option<Env> {
    let count = host.split('.').count();
    if count < 2 {
        return None;
    }
    let own = host.split('.').take(count - 2);
    let of_label = |label: &str| {
        env_of_word_in_host(label).or_else(|| label.split(['-', '_']).find_map(env_of_word_in_host))
    };
    own.into_iter().find_map(of_label).or_else(|| {
        let domain = host.split('.').nth(count - 2)?;
        domain.split('-').skip(1).find_map(|part| {
            env_of_word_in_host(part).filter(|env| matches!(env, Env::Staging | Env::Production))
        })
    })
}

fn env_of_word_in_host(word: &str) -> Option<Env> {
    match word {
        "live" => Some(Env::Production),
        "demo" | "ci" | "nonprod" => None,
        "dist" | "sample" | "template" | "schema" | "defaults" | "example" | "tmpl" => None,
        _ => names::env_of_word(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_come_apart() {
        let url = parse("mongodb+srv://u:p@ss@a.b.net:1,c.net/db?x=1").expect("it is one");
        assert_eq!((url.user, url.password, url.path, url.query), ("u", Some("p@ss"), "/db", "x=1"));
        assert_eq!(url.hosts().collect::<Vec<_>>(), ["a.b.net", "c.net"]);
        assert_eq!(url.port(), Some("1"));
        assert_eq!(parse("https://[::1]:80/x").expect("it is one").hosts().next(), Some("::1"));
        for text in ["", "a b://c", "://x", "x://", "not a url"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn hosts_of_other_environments_are_told_from_their_look_alikes() {
        let other = [
            "api.staging.acme.io",
            "staging-api.acme.io",
            "localhost",
            "127.0.0.1",
            "x.ngrok-free.app",
            "login.acme.test",
            "host.docker.internal",
            "app-git-fix-acme.vercel.app",
            "dev.acme.io",
            "example.com",
            "acme-staging.com",
            "acme-dev.azurewebsites.net",
        ];
        let own = [
            "api.latest.acme.io",
            "cdn.devices.acme.io",
            "contest.acme.io",
            "developers.acme.io",
            "app.acme.dev",
            "redis",
            "db.acme.io",
            "test.com",
            "sandbox.io",
            "product.acme.io",
        ];
        for host in other {
            assert!(nonproduction(host).is_some(), "{host}");
        }
        for host in own {
            assert_eq!(nonproduction(host), None, "{host}");
        }
    }
}
