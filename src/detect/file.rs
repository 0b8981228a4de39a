//! Files that are secrets by what they are: known by their name, and believed only if their content agrees.
//!
//! Most of them hold nothing that a rule could tell from other text, or no text at all.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use super::context::Role;
use super::dismiss::{self, Dismissed};
use super::settle::{Match, Settled};
use super::{Detector, FileName, Range2, Syntax};
use crate::finding::Confidence;

/// How much of a file is looked at.
const HEAD: usize = 256 << 10;
/// What of a store's bytes names it: salts and keys that no two stores share stand within.
const STORE: usize = 512;

/// Names in lower case: whole, or what a name ends with if they begin with `*`.
#[rustfmt::skip]
const NAMES: &[(FileName, &[&str])] = &[
    (FileName::KeyStore, &["*.p12", "*.pfx", "*.jks", "*.jceks", "*.keystore", "keystore"]),
    (FileName::PasswordStore, &["*.kdbx", "*.kdb", "*.psafe3", "*.keychain", "*.keychain-db", "*.kwl"]),
    (FileName::PrivateKey, &["*.pk8", "*.p8", "*.der", "*.key", "*.gpg", "*.pgp", "id_rsa", "id_dsa"]),
    (FileName::Keytab, &["*.keytab"]),
    (FileName::Pgpass, &[".pgpass", "pgpass.conf"]),
    (FileName::Netrc, &[".netrc", "_netrc"]),
    (FileName::Htpasswd, &["*.htpasswd", "htpasswd", "*passwd", "passwd-", "shadow", "shadow-", "*.shadow"]),
    (FileName::Kubeconfig, &["kubeconfig", "*.kubeconfig", "kubeconfig.yaml", "kubeconfig.yml", "config"]),
    (FileName::TerraformState, &["*.tfstate", "*.tfstate.backup"]),
    (FileName::RailsKey, &["master.key", "production.key", "staging.key", "development.key", "test.key"]),
    (FileName::VaultPassword, &[".vault_pass", ".vault-pass", ".vault_password", ".vault_pass.txt", "vault_pass.txt"]),
];

impl FileName {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(file, _)| *file)
    }

    /// What the last part of a path tells.
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let is = |pattern: &&str| match pattern.strip_prefix('*') {
            Some(ending) => lower.ends_with(ending.as_bytes()),
            None => lower == pattern.as_bytes(),
        };
        // Whole names first: a key of Rails ends like any other.
        let whole = |pattern: &&str| !pattern.starts_with('*') && is(pattern);
        let named = |test: &dyn Fn(&&str) -> bool| NAMES.iter().find(|(_, names)| names.iter().any(test));
        named(&whole).or_else(|| named(&is)).map(|(file, _)| *file)
    }

    /// Whether the whole file is the secret, rather than a word of its text.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Self::KeyStore | Self::PasswordStore | Self::PrivateKey | Self::Keytab)
    }

    /// Where the secret stands in a file of this name, if the content is what the name says.
    pub(super) fn secret(self, bytes: &[u8]) -> Option<Range2> {
        let head = &bytes[..bytes.len().min(HEAD)];
        if !self.is_binary() {
            return self.in_text(head);
        }
        let is = match self {
            Self::KeyStore => is_pkcs12(head) || is_java_store(head),
            Self::PasswordStore => is_password_store(head),
            Self::Keytab => is_keytab(head),
            _ => is_der_key(head) || is_pgp_secret(head) || is_gnupg_key(head),
        };
        is.then(|| (0..bytes.len().min(STORE)).into())
    }

    fn in_text(self, head: &[u8]) -> Option<Range2> {
        let is_real = match self {
            Self::TerraformState => has(head, b"\"attributes\"") || has(head, b"\"primary\""),
            Self::Kubeconfig => has(head, b"clusters:") || has(head, b"\"clusters\""),
            _ => true,
        };
        let pattern = PATTERNS.iter().find(|(file, _)| *file == self).filter(|_| is_real)?;
        Some(pattern.1.captures(head)?.name("secret")?.range().into())
    }
}

impl Detector {
    /// The file as a secret, if a file of this name with this content is one. Its rule may be switched off.
    #[must_use]
    pub fn secret_file(&self, bytes: &[u8], file: FileName, role: Role) -> Option<Match> {
        let rule = self.rules.iter().position(|rule| rule.file == Some(file))?;
        let value = file.secret(bytes)?;
        let of_text = || dismiss::of_format(&self.rules[rule], &bytes[value.range()]);
        if !file.is_binary() && of_text().is_some() {
            return None;
        }
        let (meta, confidence) = (&self.rules[rule].meta, self.rules[rule].confidence);
        let is_sample = matches!(role, Role::Test | Role::Example | Role::Docs);
        Some(Match {
            rule: u16::try_from(rule).expect("fewer than 65,536 rules"),
            span: value,
            value,
            syntax: Syntax::Pattern,
            confidence: if is_sample { Confidence::Low } else { confidence },
            severity: meta.severity,
            reasons: vec!["its name and content say what it is"],
            facts: Vec::new(),
            pair: None,
            decoded: None,
        })
    }
}

/// A file tells that it is a secret only where nothing in it does.
pub(super) fn settle(found: Match, settled: &mut Settled) {
    if settled.matches.iter().any(|other| other.confidence >= Confidence::Medium) {
        return;
    }
    let overlaps = |other: &Match| other.value.start < found.value.end && found.value.start < other.value.end;
    let (less, others): (Vec<Match>, Vec<Match>) = settled.matches.drain(..).partition(overlaps);
    settled.dismissed.extend(less.iter().map(|less| (less.candidate(), Dismissed::Overlap)));
    settled.dismissed.sort_by_key(|(candidate, why)| (candidate.value, candidate.rule, *why));
    settled.matches = others;
    settled.matches.push(found);
    settled.matches.sort_by_key(|found| (found.value, found.rule));
}

/// Where the value stands in files of text.
static PATTERNS: LazyLock<Vec<(FileName, Regex)>> = LazyLock::new(|| {
    let pattern = |text: &str| {
        RegexBuilder::new(text).unicode(false).multi_line(true).build().expect("a test compiles all of them")
    };
    // https://www.postgresql.org/docs/current/libpq-pgpass.html
    let pgpass = r"^[^:\s#]{1,253}:(?:\d{1,5}|\*):[^:\s]{1,64}:[^:\s]{1,64}:(?P<secret>[^\s:]{3,200})\s*$";
    let hash =
        r"\$(?:apr1|1|2[abxy]?|5|6|7|y|gy)\$[0-9A-Za-z./$=,]{20,120}|\{S?SHA\}[0-9A-Za-z+/]{27,48}={0,2}";
    let lineage = r#""lineage"\s{0,8}:\s{0,8}"(?P<secret>[0-9A-Za-z-]{8,64})""#;
    let user =
        r#"["']?(?:client-key-data|token|password)["']?[ \t]*:[ \t]*["']?(?P<secret>[^\s"',]{8,4096})"#;
    vec![
        (FileName::Pgpass, pattern(pgpass)),
        (FileName::Netrc, pattern(r"\bpassword\s{1,16}(?P<secret>\S{3,200})")),
        (FileName::Htpasswd, pattern(&format!(r"^[^\s:#]{{1,255}}:(?P<secret>{hash})(?::|\s*$)"))),
        (FileName::Kubeconfig, pattern(user)),
        (FileName::TerraformState, pattern(lineage)),
        (FileName::RailsKey, pattern(r"\A\s*(?P<secret>[0-9a-f]{32}|[0-9a-f]{64})\s*\z")),
        (FileName::VaultPassword, pattern(r"\A\s*(?P<secret>\S{6,200})\s*\z")),
    ]
});

fn has(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// A DER SEQUENCE of long form, and what stands in it (ITU-T X.690).
fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0x30, 0x82, _, _, rest @ ..] | [0x30, 0x83, _, _, _, rest @ ..] | [0x30, 0x81, _, rest @ ..] => {
            Some(rest)
        }
        // Of indefinite length.
        [0x30, 0x80, rest @ ..] => Some(rest),
        [0x30, 0..=0x7f, rest @ ..] => Some(rest),
        _ => None,
    }
}

/// PKCS #12, version 3, with a bag that holds a key; certificates alone are no secret (RFC 7292).
fn is_pkcs12(head: &[u8]) -> bool {
    const BAG_TYPES: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01";
    let is_key = |at: usize| matches!(head.get(at + BAG_TYPES.len()), Some(1 | 2));
    sequence(head).is_some_and(|inside| inside.starts_with(b"\x02\x01\x03\x30"))
        && memchr::memmem::find_iter(head, BAG_TYPES).any(is_key)
}

/// A Java key store (JKS, JCEKS) with a private or secret key in it: most hold certificates to trust alone.
fn is_java_store(head: &[u8]) -> bool {
    let magic = head.starts_with(b"\xfe\xed\xfe\xed") || head.starts_with(b"\xce\xce\xce\xce");
    let number = |at: usize| Some(u32::from_be_bytes(*head.get(at..)?.first_chunk()?) as usize);
    let short = |at: usize| Some(usize::from(u16::from_be_bytes(*head.get(at..)?.first_chunk()?)));
    let mut at = 12;
    let mut entries = number(8).filter(|_| magic).unwrap_or(0);
    // Magic, version, number of entries; each a tag, an alias, a time, and what its tag says.
    while entries > 0 {
        match number(at) {
            Some(1 | 3) => return true,
            Some(2) => {}
            _ => return false,
        }
        let next = || {
            let kind = at + 4 + 2 + short(at + 4)? + 8;
            let certificate = kind + 2 + short(kind)?;
            Some(certificate + 4 + number(certificate)?)
        };
        match next() {
            Some(next) => at = next,
            None => return false,
        }
        entries -= 1;
    }
    false
}

/// KeePass, Password Safe, macOS keychain, KWallet.
fn is_password_store(head: &[u8]) -> bool {
    let magic: [&[u8]; 5] = [
        b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5",
        b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5",
        b"PWS3",
        b"kych",
        b"KWALLET\n\r\0\r\n",
    ];
    head.len() > 100 && magic.iter().any(|magic| head.starts_with(magic))
}

/// A Kerberos key table, format 2, with at least one entry.
fn is_keytab(head: &[u8]) -> bool {
    head.len() > 40 && head.starts_with(b"\x05\x02\0\0")
}

/// A private key in DER: PKCS #8, encrypted or not, PKCS #1 or SEC 1 (RFC 5208, 8017, 5915).
fn is_der_key(head: &[u8]) -> bool {
    let Some(inside) = sequence(head).filter(|_| head.len() >= 48) else { return false };
    let pkcs8 = inside.starts_with(b"\x02\x01\x00\x30") && has(&inside[..inside.len().min(40)], b"\x06");
    let pkcs1 = inside.starts_with(b"\x02\x01\x00\x02\x82") || inside.starts_with(b"\x02\x01\x00\x02\x81");
    let sec1 = inside.starts_with(b"\x02\x01\x01\x04");
    let pbes = inside.len() > 20 && has(&inside[..20], b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05");
    pkcs8 || pkcs1 || sec1 || pbes
}

/// An OpenPGP secret-key packet, version 3 to 6, in its old or new form (RFC 9580).
fn is_pgp_secret(head: &[u8]) -> bool {
    match head {
        [0x94, _, version, ..] | [0x95, _, _, version, ..] | [0xc5, 0..=0xbf, version, ..] => {
            head.len() > 64 && (3..=6).contains(version)
        }
        [0xc5, 0xc0..=0xdf, _, version, ..] => head.len() > 64 && (3..=6).contains(version),
        _ => false,
    }
}

/// A key of GnuPG's private-keys-v1.d.
fn is_gnupg_key(head: &[u8]) -> bool {
    let start = &head[..head.len().min(4096)];
    let heads: [&[u8]; 5] = [
        b"(11:private-key",
        b"(21:protected-private-key",
        b"Key: (private-key",
        b"Key: (protected-private-key",
        b"Created: ",
    ];
    heads[..4].iter().any(|text| start.starts_with(text))
        || start.starts_with(heads[4])
            && (has(start, b"Key: (private-key") || has(start, b"Key: (protected-private-key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> FileName {
        FileName::of(name.as_bytes()).unwrap_or_else(|| panic!("{name} is known"))
    }

    fn is(name: &str, bytes: &[u8]) -> bool {
        file(name).secret(bytes).is_some()
    }

    /// A DER value of this tag.
    fn der(tag: u8, inside: &[u8]) -> Vec<u8> {
        let len = u16::try_from(inside.len()).expect("a short one").to_be_bytes();
        [&[tag, 0x82, len[0], len[1]], inside].concat()
    }

    #[test]
    fn names_tell_the_kind_in_any_case_and_others_tell_none() {
        assert_eq!(file("Shop.PFX"), FileName::KeyStore);
        assert_eq!(file("master.key"), FileName::RailsKey);
        assert_eq!(file("server.key"), FileName::PrivateKey);
        assert_eq!(file("terraform.tfstate.backup"), FileName::TerraformState);
        assert!(
            ["id_rsa.pub", "config.yml", "a.tfvars", "p12", ""]
                .iter()
                .all(|name| FileName::of(name.as_bytes()).is_none())
        );
        assert_eq!(FileName::all().count(), NAMES.len());
    }

    #[test]
    fn a_pkcs12_counts_if_a_bag_holds_a_key() {
        let bag = |kind: u8| {
            [b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01", [kind].as_slice(), &[7; 99]].concat()
        };
        let store = |kind: u8| der(0x30, &[b"\x02\x01\x03".as_slice(), &der(0x30, &bag(kind))].concat());
        assert!(is("a.p12", &store(2)) && is("a.jks", &store(1)));
        assert!(!is("a.p12", &store(3)), "a certificate");
        assert!(!is("a.p12", b"") && !is("a.p12", b"see the wiki for the store"));
    }

    #[test]
    fn a_java_store_counts_if_an_entry_is_a_key() {
        let entry = |tag: u8| {
            [&[0, 0, 0, tag, 0, 2], b"ab".as_slice(), &[0; 8], &[0, 5], b"X.509", &[0, 0, 0, 3], b"crt"]
                .concat()
        };
        let store = |tags: &[u8]| {
            let count = [0, 0, 0, u8::try_from(tags.len()).expect("few")];
            let entries: Vec<u8> = tags.iter().flat_map(|tag| entry(*tag)).collect();
            [b"\xfe\xed\xfe\xed\0\0\0\x02".as_slice(), &count, &entries].concat()
        };
        assert!(is("a.jks", &store(&[1])) && is("debug.keystore", &store(&[2, 2, 1])));
        assert!(
            !is("cacerts.jks", &store(&[2, 2]))
                && !is("a.jks", &store(&[]))
                && !is("a.jks", &store(&[2])[..20])
        );
    }

    #[test]
    fn private_keys_are_told_from_public_ones_and_certificates() {
        let long = [9; 64];
        let rsa = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00".as_slice();
        assert!(is("a.pk8", &der(0x30, &[b"\x02\x01\x00", rsa, &long].concat())));
        assert!(is("a.der", &der(0x30, &[b"\x02\x01\x00\x02\x82\x01\x01".as_slice(), &long].concat())));
        assert!(!is("a.der", &der(0x30, &[rsa, &long].concat())), "a public key");
        assert!(
            !is("a.der", &der(0x30, &[b"\x30\x82\x01\x01\xa0\x03\x02\x01\x02".as_slice(), &long].concat())),
            "a certificate"
        );
        assert!(is("secring.gpg", &[b"\x95\x03\x98\x04".as_slice(), &long].concat()));
        assert!(!is("pubring.gpg", &[b"\x99\x03\x98\x04".as_slice(), &long].concat()));
        assert!(is("a.key", b"(21:protected-private-key(3:rsa"));
        assert!(!is("a.key", b"a key of a map") && !is("id_rsa", b""));
    }

    #[test]
    fn stores_of_passwords_are_known_by_their_first_bytes() {
        let store = |magic: &[u8]| [magic, &[5; 200]].concat();
        assert!(is("a.kdbx", &store(b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5")) && is("a.psafe3", &store(b"PWS3")));
        assert!(!is("a.kdbx", &store(b"\0")) && !is("a.kdbx", b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"));
        assert!(is("http.keytab", &store(b"\x05\x02\0\0\0\x3f")) && !is("http.keytab", b"\x05\x02"));
    }

    #[test]
    fn files_of_text_give_the_value_in_them() {
        let value = |name: &str, text: &str| {
            let range = file(name).secret(text.as_bytes())?.range();
            Some(text[range].to_owned())
        };
        let (word, hex) = (["q8Zr2L", "wX0pVt"].concat(), "0f".repeat(16));
        let found = Some(word.clone());
        assert_eq!(value(".pgpass", &format!("# hosts\ndb.internal:5432:*:app:{word}\n")), found);
        assert_eq!(value("_netrc", &format!("default\nlogin a\npassword {word}\n")), found);
        assert_eq!(value(".vault_pass", &format!("{word}\n")), found);
        assert_eq!(value("master.key", &hex), Some(hex.clone()));
        let config = format!("clusters: []\nusers:\n- user:\n    token: {word}\n");
        assert_eq!((value("kubeconfig", &config), value("config", &config)), (found.clone(), found));
        let state = |tail: &str| format!("{{\"lineage\": \"{hex}\", \"resources\": [{tail}]}}");
        assert_eq!(value("terraform.tfstate", &state("{\"attributes\": {}}")), Some(hex.clone()));
        let hash = ["$apr1$", &hex].concat();
        assert_eq!(value(".htpasswd", &format!("app:{hash}\n")), Some(hash.clone()));
        assert_eq!(value("shadow", &format!("daemon:*:1:\nroot:{hash}:17000:0:99999:7:::\n")), Some(hash));
        for (name, text) in [
            ("terraform.tfstate", state("")),
            (".pgpass", "# host:port:database:user:password\n".to_owned()),
            ("passwd", "root:x:0:0:root:/root:/bin/sh\n".to_owned()),
            (".vault_pass", "#!/bin/sh\npass show vault\n".to_owned()),
            ("config", format!("[core]\n  token: {word}\n")),
            ("master.key", "-----BEGIN CERTIFICATE-----".to_owned()),
        ] {
            assert_eq!(value(name, &text), None, "{name}");
        }
    }
}
