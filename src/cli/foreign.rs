//! What other scanners were told to leave alone: their baselines and ignore files, to be carried over.
//!
//! Formats as their documentation describes them: `.gitleaksignore` (`file:rule:line`, with `commit:` before it
//! for a place in the history), Gitleaks' JSON reports used as baselines, detect-secrets' baselines (SHA-1 of
//! each value). Rules have other names there, so an entry is known again by its value or by its place.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::finding::{Finding, Place, State};

/// An entry of a foreign file.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    path: String,
    line: u64,
    /// The commit that brought it in, if it says one.
    commit: String,
    /// The value, or its SHA-1 in hex, if it says one.
    secret: Secret,
    /// What somebody has found out.
    pub(super) state: Option<State>,
    /// How it is named in messages: never by its value.
    pub(super) name: String,
}

#[derive(Debug, Default)]
enum Secret {
    #[default]
    Unknown,
    Value(crate::finding::Secret),
    Sha1(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfGitleaks {
    file: String,
    #[serde(default)]
    start_line: u64,
    #[serde(default)]
    commit: String,
    #[serde(default)]
    secret: String,
    #[serde(default, rename = "RuleID")]
    rule: String,
}

#[derive(Deserialize)]
struct OfDetectSecrets {
    results: std::collections::BTreeMap<String, Vec<Detected>>,
}

#[derive(Deserialize)]
struct Detected {
    #[serde(rename = "type")]
    kind: String,
    hashed_secret: String,
    #[serde(default)]
    line_number: u64,
    is_secret: Option<bool>,
}

/// The entries of a file, whichever of the formats it has.
///
/// # Errors
/// When it has none of them; the line is named.
pub(super) fn read(path: &std::path::Path) -> Result<Vec<Foreign>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    match text.trim_start().as_bytes().first() {
        Some(b'[') => {
            let all: Vec<OfGitleaks> = serde_json::from_str(&text)
                .with_context(|| format!("{shown} is no report of Gitleaks in JSON"))?;
            Ok(all.into_iter().map(of_gitleaks).collect())
        }
        Some(b'{') => {
            let all: OfDetectSecrets = serde_json::from_str(&text)
                .with_context(|| format!("{shown} is no baseline of detect-secrets"))?;
            let of_file = |(path, all): (String, Vec<Detected>)| {
                all.into_iter().map(move |found| of_detect_secrets(&path, found))
            };
            Ok(all.results.into_iter().flat_map(of_file).collect())
        }
        _ => ignored(&text).with_context(|| format!("{shown} is no .gitleaksignore")),
    }
}

fn of_gitleaks(found: OfGitleaks) -> Foreign {
    let name = format!("{}:{}:{}", found.file, found.rule, found.start_line);
    let secret = match found.secret.as_str() {
        "" | "REDACTED" => Secret::Unknown,
        value => Secret::Value(crate::finding::Secret::new(value.as_bytes())),
    };
    Foreign { path: found.file, line: found.start_line, commit: found.commit, secret, state: None, name }
}

fn of_detect_secrets(path: &str, found: Detected) -> Foreign {
    Foreign {
        path: path.to_owned(),
        line: found.line_number,
        secret: Secret::Sha1(found.hashed_secret),
        state: (found.is_secret == Some(false)).then_some(State::FalsePositive),
        name: format!("{path}:{}:{}", found.kind, found.line_number),
        ..Foreign::default()
    }
}

fn ignored(text: &str) -> Result<Vec<Foreign>> {
    let mut all = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut fields: Vec<&str> = line.split(':').collect();
        let number = fields.pop().and_then(|number| number.parse().ok());
        let (Some(number), Some(_rule)) = (number, fields.pop()) else {
            bail!("line {}: it is not `file:rule:line`", at + 1);
        };
        let is_commit = |field: &str| field.len() == 40 && field.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = match fields.first() {
            Some(first) if fields.len() > 1 && is_commit(first) => fields.remove(0).to_owned(),
            _ => String::new(),
        };
        all.push(Foreign {
            path: fields.join(":"),
            line: number,
            commit,
            name: line.to_owned(),
            ..Foreign::default()
        });
    }
    Ok(all)
}

impl Foreign {
    /// Whether it is about this finding.
    pub(super) fn is(&self, finding: &Finding) -> bool {
        let value = finding.secret.expose();
        match &self.secret {
            Secret::Value(known) => known.expose() == value || self.stands_at(finding),
            Secret::Sha1(hash) => sha1(value).is_some_and(|found| found.eq_ignore_ascii_case(hash)),
            Secret::Unknown => self.stands_at(finding),
        }
    }

    fn stands_at(&self, finding: &Finding) -> bool {
        let is_here = |place: &&Place| {
            let path = place.provenance.path();
            let path = path.strip_prefix(b"./").unwrap_or(&path);
            let commit = place.commit.as_ref().map_or("", |commit| commit.id.as_str());
            path == self.path.as_bytes()
                && place.span.line == self.line
                && (self.commit.is_empty() || self.commit == commit)
        };
        finding.lint.is_none() && finding.places.iter().any(|place| is_here(&place))
    }
}

fn sha1(value: &[u8]) -> Option<String> {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(value);
    hasher.try_finalize().ok().map(|hash| hash.to_string())
}
