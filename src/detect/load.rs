//! Reads rule files. Shared with build.rs (by `#[path]`), so it uses nothing else of the crate.
//!
//! One file is one provider. Unknown keys are errors; an error names file, line and column and shows the line.

use std::fmt;

use serde::Deserialize;

use super::compile::{Shape, analyse, literal_shape};

/// A provider's rule file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// The service that issues the secrets.
    pub provider: String,
    /// The provider's page with the format facts; https.
    #[serde(default)]
    pub docs: String,
    /// Where and how to rotate.
    #[serde(default)]
    pub rotate: Rotate,
    /// The rules.
    #[serde(default)]
    pub rule: Vec<RuleSource>,
}

/// Rotation facts of a provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// Where to revoke; https.
    pub console: String,
    /// What to do, in order.
    pub steps: Vec<String>,
}

/// One rule as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSource {
    /// Stable id, prefixed by the file's stem.
    pub id: String,
    /// What the secret is.
    pub title: String,
    /// What a holder can do.
    pub risk: String,
    /// critical, high, medium, low or info.
    pub severity: SeverityName,
    /// high, medium or low.
    pub confidence: ConfidenceName,
    /// Literals of which one is in every match, compared caselessly; derived where absent.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// The regular expression, with one group named `secret`.
    #[serde(default)]
    pub pattern: String,
    /// Hand-written matcher in place of a pattern.
    #[serde(default)]
    pub matcher: Option<MatcherName>,
    /// Files that are secrets themselves, in place of a pattern.
    #[serde(default)]
    pub file: Option<FileName>,
    /// Cheap test of the text round a keyword that every match passes.
    #[serde(default)]
    pub precheck: Option<PrecheckName>,
    /// Where the value stands, for a value without a format of its own: it is scored.
    #[serde(default)]
    pub position: Option<PositionName>,
    /// Least Shannon entropy of the value, bits a byte.
    #[serde(default)]
    pub min_entropy: f32,
    /// How the value checks itself.
    #[serde(default)]
    pub checksum: Option<ChecksumName>,
    /// What the format says about the value's use.
    #[serde(default)]
    pub kind: Option<KindName>,
    /// What else the value tells.
    #[serde(default)]
    pub tells: Option<TellsName>,
    /// The other half of a credential.
    #[serde(default)]
    pub near: Option<NearSource>,
    /// Generator for test values where a random walk over the pattern is not valid.
    #[serde(default)]
    pub sample: Option<SampleName>,
    /// Lines that must and must not match.
    #[serde(default)]
    pub examples: Examples,
}

/// A rule's examples.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Lines with `<secret>` in them that the rule finds.
    pub matches: Vec<String>,
    /// Lines in which the rule finds nothing.
    pub ignores: Vec<String>,
}

/// The other half of a multi-part credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearSource {
    /// Rule id of the partner.
    pub rule: String,
    /// How many lines away it may be.
    pub lines: u32,
}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        pub enum $name {
            $(#[doc = $text] #[serde(rename = $text)] $variant,)*
        }
    };
}

names!(
    /// Severity as written in a rule file.
    SeverityName { Critical = "critical", High = "high", Medium = "medium", Low = "low", Info = "info" }
);
names!(
    /// Confidence as written in a rule file.
    ConfidenceName { High = "high", Medium = "medium", Low = "low" }
);
names!(
    /// Hand-written matchers.
    MatcherName { Pem = "pem", Putty = "putty", Assignment = "assignment", Jwk = "jwk", Der = "der" }
);
names!(
    /// Files that are secrets by what they are; closed, since the engine knows their content.
    FileName {
        KeyStore = "key-store",
        PasswordStore = "password-store",
        PrivateKey = "private-key",
        Keytab = "keytab",
        Pgpass = "pgpass",
        Netrc = "netrc",
        Htpasswd = "htpasswd",
        Kubeconfig = "kubeconfig",
        TerraformState = "terraform-state",
        RailsKey = "rails-key",
        VaultPassword = "vault-password",
    }
);
names!(
    /// Tests of the text after a keyword; closed, since each is a function of the engine.
    PrecheckName { Userinfo = "userinfo" }
);
names!(
    /// Credential positions that a pattern finds.
    PositionName { Header = "header", Userinfo = "userinfo", Command = "command", Call = "call" }
);
names!(
    /// Checks a value carries in itself.
    ChecksumName {
        Crc32Base62Tail = "crc32-base62-tail",
        Crc32HexTail = "crc32-hex-tail",
        Base64Pair = "base64-pair",
        Jwt = "jwt",
        Discord = "discord",
        Crc16Base32 = "crc16-base32",
        GitlabRoutable = "gitlab-routable",
        Bech32 = "bech32",
    }
);
names!(
    /// What a value tells besides; closed, since each is a function of the engine.
    TellsName { AwsAccount = "aws-account" }
);
names!(
    /// What a format says about the use of its values.
    KindName { Live = "live", Test = "test", Publishable = "publishable", Public = "public" }
);
names!(
    /// Generators of valid test values.
    SampleName { Jwt = "jwt", Base64Pair = "base64-pair", Pem = "pem", Putty = "putty", Discord = "discord", Der = "der" }
);

/// A rule file that cannot be used: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// The file.
    pub file: String,
    /// 1-based line and column, where known.
    pub at: Option<(usize, usize)>,
    /// What is wrong, and how to mend it.
    pub message: String,
    /// The line of the file.
    pub frame: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.file, self.message)?,
            None => write!(f, "{}: {}", self.file, self.message)?,
        }
        if !self.frame.is_empty() {
            write!(f, "\n  | {}", self.frame)?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

/// A rule with what its pattern says about itself.
#[derive(Debug, Clone)]
pub struct LoadedRule {
    /// As written.
    pub source: RuleSource,
    /// Derived from the pattern.
    pub shape: Shape,
}

/// Parses and checks one rule file.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn load(file: &str, text: &str) -> Result<(RuleFile, Vec<LoadedRule>), LoadError> {
    let parsed: RuleFile = toml::from_str(text).map_err(|error| {
        let at = error.span().map(|span| position(text, span.start));
        LoadError {
            file: file.to_owned(),
            at,
            message: error.message().to_owned(),
            frame: at.map_or(String::new(), |(line, _)| line_of(text, line)),
        }
    })?;
    let mut rules = Vec::with_capacity(parsed.rule.len());
    for source in &parsed.rule {
        let shape = check(source).map_err(|message| rule_error(file, text, &source.id, &message))?;
        rules.push(LoadedRule { source: source.clone(), shape });
    }
    Ok((parsed, rules))
}

fn check(rule: &RuleSource) -> Result<Shape, String> {
    let id_ok = rule.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if rule.id.is_empty() || !id_ok {
        return Err("`id` must be kebab-case: lower-case letters, digits and hyphens".into());
    }
    if let Some(short) = rule.keywords.iter().find(|keyword| keyword.len() < 3) {
        return Err(format!("keyword {short:?} has fewer than 3 bytes: it would match everywhere"));
    }
    if rule.file.is_some() && !(rule.pattern.is_empty() && rule.matcher.is_none()) {
        return Err("a rule of a `file` has neither `pattern` nor `matcher`".into());
    }
    match (rule.matcher, rule.pattern.is_empty()) {
        (Some(_), false) => Err("a rule has either `pattern` or `matcher`, not both".into()),
        (None, true) if rule.file.is_some() => Ok(Shape::default()),
        (None, true) => Err("a rule needs a `pattern` with one group `(?P<secret>…)`".into()),
        (Some(_), true) if rule.keywords.is_empty() => Err("a `matcher` rule needs `keywords`".into()),
        (Some(_), true) => Ok(literal_shape(&rule.keywords)),
        (None, false) => analyse(&rule.pattern, &rule.keywords),
    }
}

fn rule_error(file: &str, text: &str, id: &str, message: &str) -> LoadError {
    let needle = format!("\"{id}\"");
    let at = text.find(&needle).map(|offset| position(text, offset));
    LoadError {
        file: file.to_owned(),
        at,
        message: format!("rule `{id}`: {message}"),
        frame: at.map_or(String::new(), |(line, _)| line_of(text, line)),
    }
}

fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn line_of(text: &str, line: usize) -> String {
    text.lines().nth(line - 1).unwrap_or_default().to_owned()
}
