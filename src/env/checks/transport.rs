//! Connections without encryption, and certificates that nobody verifies.

use super::super::model::{Class, Entry, Project};
use super::super::names::{self, ends_in};
use super::super::url;
use super::code::{self, is_off, is_on, searches};
use super::{Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let listed = project.by_name(|name| is_list(&name.name));
    for entry in &project.entries {
        let value = entry.value.text();
        let may_be_url = value.bytes().any(|byte| matches!(byte, b':' | b'='));
        if !may_be_url && !is_short(value) {
            continue;
        }
        if entry.env.runs()
            && !listed[entry]
            && let Some(why) = insecure(entry)
        {
            sink.push(Problem::of("insecure-transport-in-production", entry, format!("{} {why}", entry.key)));
        }
        if let Some(why) = unverified(entry) {
            sink.push(Problem::of("tls-verification-disabled", entry, format!("{} {why}", entry.key)));
        }
    }
    code::search(project, sink, &IN_CODE);
    scripts(project, sink);
}

/// Protocols whose names say that they are in the clear.
const CLEAR: &[&str] =
    &["http", "ws", "ftp", "ldap", "amqp", "mqtt", "telnet", "smtp", "imap", "pop3", "redis"];

/// Words for on, off and modes, and numbers of ports.
fn is_short(value: &str) -> bool {
    names::trim(value).len() <= "disabled".len()
}

/// Whether the variable lists what nothing connects to.
fn is_list(name: &str) -> bool {
    ["PROXY", "XMLNS", "NAMESPACE", "SCHEMA_LOCATION", "CORS", "ORIGINS", "ALLOWED_ORIGIN"]
        .iter()
        .any(|word| name.contains(word))
}

fn insecure(entry: &Entry) -> Option<String> {
    let name = entry.name.as_str();
    let value = entry.value.text();
    let says_something = value.contains("://") || value.contains('=') || is_off(value);
    let is_mode_or_port = || name.ends_with("MODE") || name.ends_with("_PORT");
    if !says_something && !is_mode_or_port() {
        return None;
    }
    let lower = value.to_ascii_lowercase();
    let off = (name == "SECURE_SSL_REDIRECT"
        || name == "FORCE_SSL"
        || name.ends_with("_FORCE_SSL")
        || name == "FORCE_HTTPS"
        || name.ends_with("USE_SSL")
        || name == "SSL_ENABLED"
        || name.ends_with("_USE_TLS")
        || name == "DB_SSL")
        && is_off(value);
    if off {
        return Some("switches encryption off".into());
    }
    let public =
        |host: &str| !url::is_loopback(host) && !url::is_internal(host) && !host.contains(['$', '{']);
    for part in value.split([',', ' ', ';']) {
        let Some(url) = url::parse(part) else { continue };
        let Some(host) = url.hosts().find(|host| public(host)) else { continue };
        if CLEAR.contains(&&*url.scheme)
            && (url.scheme != "redis" || url.query.contains("ssl=false"))
            && !is_identifier(host)
        {
            return Some(format!("talks to {host} without encryption ({}://)", url.scheme));
        }
        let query = url.query.to_ascii_lowercase();
        if ["ssl=false", "tls=false", "sslmode=disable", "usessl=false", "ssl=0", "encrypt=false"]
            .iter()
            .any(|off| query.contains(off))
        {
            return Some(format!("switches encryption to {host} off"));
        }
    }
    let is_mode = (name.ends_with("SSLMODE") || name.ends_with("SSL_MODE"))
        && matches!(lower.as_str(), "disable" | "disabled");
    let is_ado = lower.contains("encrypt=false;") && entry.class == Class::Url;
    let is_port = name.ends_with("SMTP_PORT") || name.ends_with("MAIL_PORT");
    match () {
        () if is_mode || is_ado => Some("switches encryption off".into()),
        () if is_port && value.trim() == "25" => Some("is the port of mail without encryption".into()),
        () => None,
    }
}

/// Hosts whose http:// URLs name something and are never asked.
fn is_identifier(host: &str) -> bool {
    [
        "www.w3.org",
        "schemas.xmlsoap.org",
        "schemas.microsoft.com",
        "xmlns.com",
        "schemas.android.com",
        "json-schema.org",
        "purl.org",
        "maven.apache.org",
        "java.sun.com",
        "www.springframework.org",
    ]
    .contains(&host)
}

fn unverified(entry: &Entry) -> Option<&'static str> {
    let name = entry.name.as_str();
    let value = entry.value.text();
    if !value.contains('=') && !is_on(value) && !is_off(value) {
        return None;
    }
    let off_names = [
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "PYTHONHTTPSVERIFY",
        "STRICT_SSL",
        "NPM_CONFIG_STRICT_SSL",
        "SSL_VERIFY",
        "VERIFY_SSL",
        "TLS_VERIFY",
        "SSL_VERIFY_PEER",
        "REJECT_UNAUTHORIZED",
        "VERIFY_TLS",
        "CURL_SSL_VERIFY",
        "VAULT_VERIFY",
    ];
    let on_names = [
        "GIT_SSL_NO_VERIFY",
        "VAULT_SKIP_VERIFY",
        "TLS_INSECURE",
        "TLS_SKIP_VERIFY",
        "SSL_INSECURE",
        "INSECURE_SKIP_VERIFY",
        "SKIP_TLS_VERIFY",
        "SSL_NO_VERIFY",
        "SKIP_SSL_VERIFY",
        "CURL_INSECURE",
        "TLS_INSECURE_SKIP_VERIFY",
    ];
    let named = |list: &[&str]| list.iter().any(|known| ends_in(name, known));
    let in_value = value.contains('=') && {
        let lower = value.to_ascii_lowercase().replace(' ', "");
        [
            "trustservercertificate=true",
            "verify=false",
            "sslverify=false",
            "tlsinsecure=true",
            "tlsallowinvalidcertificates=true",
        ]
        .iter()
        .any(|off| lower.contains(off))
    };
    ((is_off(value) && named(&off_names)) || (is_on(value) && named(&on_names)) || in_value)
        .then_some("switches the verification of certificates off")
}

const JS: &[&str] = &["js", "ts", "mjs", "cjs", "jsx", "tsx", "mts", "cts"];

searches! { IN_CODE:
    "insecure-transport-in-production", &["rb"], r"config\.force_ssl\s*=\s*false", "Requests without encryption are answered";
    "insecure-transport-in-production", &["py"], r"SECURE_SSL_REDIRECT\s*=\s*False", "Requests without encryption are answered";
    "tls-verification-disabled", &["py"], r"\bverify\s*=\s*False\b|ssl\._create_unverified_context|verify_mode\s*=\s*ssl\.CERT_NONE|check_hostname\s*=\s*False|cert_reqs\s*=\s*['\x22]?(?:ssl\.)?CERT_NONE|verify_ssl\s*=\s*False", "Certificates are not verified";
    "tls-verification-disabled", &["go"], r"InsecureSkipVerify\s*[:=]\s*true", "Certificates are not verified";
    "tls-verification-disabled", JS, r"\brejectUnauthorized['\x22]?\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED['\x22]?\]?\s*=\s*['\x22]?0|strictSSL\s*:\s*false", "Certificates are not verified";
    "tls-verification-disabled", &["rs"], r"danger_accept_invalid_(?:certs|hostnames)\(\s*true", "Certificates are not verified";
    "tls-verification-disabled", &["php"], r"CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*(?:,|=>)\s*(?:false|0)|['\x22]verify['\x22]\s*=>\s*false|['\x22]verify_peer(?:_name)?['\x22]\s*=>\s*false", "Certificates are not verified";
    "tls-verification-disabled", &["rb"], r"VERIFY_NONE|verify_ssl:?\s*(?:=>)?\s*false", "Certificates are not verified";
    "tls-verification-disabled", &["cs"], r"ServerCertificate(?:Custom)?ValidationCallback\s*(?:\+?=)\s*(?:\([^)]*\)|delegate[^{]*)\s*(?:=>\s*true|\{\s*return\s+true)|DangerousAcceptAnyServerCertificateValidator", "Certificates are not verified";
    "tls-verification-disabled", &["java", "kt"], r"NoopHostnameVerifier|ALLOW_ALL_HOSTNAME_VERIFIER|TrustAllStrategy|InsecureTrustManagerFactory|[hH]ostnameVerifier(?:\(|\s*=)\s*\{?\s*(?:\([^)]*\)|\w+\s*,\s*\w+)\s*->\s*true\b", "Certificates are not verified";
    "tls-verification-disabled", &["ex", "exs"], r"\bverify:\s*:verify_none\b", "Certificates are not verified";
}

fn scripts(project: &Project, sink: &mut Sink) {
    use std::sync::LazyLock;
    static OFF: LazyLock<regex::Regex> = LazyLock::new(|| {
        super::super::names::re(
            r"(?m)\bcurl\b[^\n|;&]*?\s(-[a-zA-Z]*k[a-zA-Z]*|--insecure)(?:\s|$)|\bwget\b[^\n|;&]*(--no-check-certificate)|(git\s+config\s[^\n]*http\.sslVerify\s+false)|(npm\s+(?:config\s+)?set\s+strict-ssl\s+false)|(NODE_TLS_REJECT_UNAUTHORIZED=0|GIT_SSL_NO_VERIFY=(?:1|true))|(--insecure-skip-tls-verify)",
        )
    });
    for script in code::scripts(project) {
        let file = &project.files[script.file];
        let text = if file.code.is_empty() { &file.text } else { &file.code };
        for found in OFF.captures_iter(&text[script.span.clone()]) {
            let at = found.iter().skip(1).flatten().next().map_or(0..0, |at| at.range());
            let span = script.span.start + at.start..script.span.start + at.end;
            sink.push(Problem::at(
                "tls-verification-disabled",
                script.file,
                span,
                script.env,
                "A script does not verify certificates",
            ));
        }
    }
}
