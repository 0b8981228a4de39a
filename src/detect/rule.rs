//! A rule as the engine uses it, and the table of built-in rules that build.rs makes from rules/.

use super::load::{
    self, ChecksumName, ConfidenceName, FileName, KindName, LoadError, MatcherName, PositionName,
    PrecheckName, SeverityName, TellsName,
};
use crate::finding::{Confidence, RuleMeta, Severity};

/// A rule, ready to be matched.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What reports say about it.
    pub meta: RuleMeta,
    /// Confidence of the bare pattern.
    pub confidence: Confidence,
    /// The expanded pattern; empty for hand-written matchers.
    pub pattern: &'static str,
    /// Lower-case literals of which one is in every match.
    pub keywords: &'static [&'static [u8]],
    /// The farthest a keyword begins after the start of a match.
    pub before: usize,
    /// The longest match.
    pub max_len: usize,
    /// What every secret begins with; public.
    pub secret_prefix: &'static str,
    /// Test of the text after a keyword, if any.
    pub precheck: Option<PrecheckName>,
    /// Where the value stands, if it is scored.
    pub position: Option<PositionName>,
    /// Least Shannon entropy of the value, bits a byte.
    pub min_entropy: f32,
    /// How the value checks itself.
    pub checksum: Option<ChecksumName>,
    /// What the format says about the value's use.
    pub kind: Option<KindName>,
    /// What the value tells besides, if anything.
    pub tells: Option<TellsName>,
    /// Partner rule, and how many lines away it may be.
    pub near: Option<(&'static str, u32)>,
    /// Hand-written matcher, if any.
    pub matcher: Option<MatcherName>,
    /// The files that are secrets themselves, for a rule that is about files.
    pub file: Option<FileName>,
}

impl Rule {
    /// Whether a user's name stands before the value.
    pub(super) fn tells_user(&self) -> bool {
        let before = [PositionName::Userinfo, PositionName::Command].map(Some).contains(&self.position);
        before || self.precheck == Some(PrecheckName::Userinfo) || self.keywords == [b"machine"]
    }

    /// Whether a whole file is the secret, and what stands as its value only names it.
    #[must_use]
    pub fn is_of_files(&self) -> bool {
        self.file.is_some_and(FileName::is_binary)
    }

    /// Whether the rule tells what the value is, not only that its name means a credential.
    #[must_use]
    pub fn has_own_format(&self) -> bool {
        self.file.is_none_or(FileName::is_binary)
            && self.matcher != Some(MatcherName::Assignment)
            && ![PositionName::Header, PositionName::Call].map(Some).contains(&self.position)
    }
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The rules that ringfence ships.
#[must_use]
pub fn builtin() -> Vec<Rule> {
    BUILTIN.to_vec()
}

/// Reads a user's rule file.
///
/// The rules live as long as the process: they are few, and made once.
///
/// # Errors
/// What is wrong, with file, line and column.
pub fn load_user(file: &str, text: &str) -> Result<Vec<Rule>, LoadError> {
    let (parsed, rules) = load::load(file, text)?;
    let provider = leak(&parsed.provider);
    let docs = leak(&parsed.docs);
    let console = leak(&parsed.rotate.console);
    let steps: Vec<&'static str> = parsed.rotate.steps.iter().map(|step| leak(step)).collect();
    let steps: &'static [&'static str] = steps.leak();
    let to_rule = |loaded: &load::LoadedRule| {
        let (source, shape) = (&loaded.source, &loaded.shape);
        let keywords: Vec<&'static [u8]> =
            shape.keywords.iter().map(|keyword| &*keyword.clone().leak()).collect();
        Rule {
            meta: RuleMeta {
                id: leak(&source.id),
                title: leak(&source.title),
                provider,
                risk: leak(&source.risk),
                severity: severity(source.severity),
                docs,
                rotate_console: console,
                rotate_steps: steps,
                lint: None,
            },
            confidence: confidence(source.confidence),
            pattern: leak(&shape.pattern),
            keywords: keywords.leak(),
            before: shape.before,
            max_len: shape.max_len,
            secret_prefix: leak(&shape.secret_prefix),
            precheck: source.precheck,
            position: source.position,
            min_entropy: source.min_entropy,
            checksum: source.checksum,
            kind: source.kind,
            tells: source.tells,
            near: source.near.as_ref().map(|near| (leak(&near.rule), near.lines)),
            matcher: source.matcher,
            file: source.file,
        }
    };
    Ok(rules.iter().map(to_rule).collect())
}

fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn severity(name: SeverityName) -> Severity {
    match name {
        SeverityName::Critical => Severity::Critical,
        SeverityName::High => Severity::High,
        SeverityName::Medium => Severity::Medium,
        SeverityName::Low => Severity::Low,
        SeverityName::Info => Severity::Info,
    }
}

fn confidence(name: ConfidenceName) -> Confidence {
    match name {
        ConfidenceName::High => Confidence::High,
        ConfidenceName::Medium => Confidence::Medium,
        ConfidenceName::Low => Confidence::Low,
    }
}
