//! What a report says about a rule. The matching part of a rule lives in `detect`.

use super::Severity;

/// The facts about a rule that reach a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleMeta {
    /// Stable kebab-case id, prefixed by the provider file's stem.
    pub id: &'static str,
    /// What the secret is, for people.
    pub title: &'static str,
    /// The service that issues it.
    pub provider: &'static str,
    /// What somebody who holds the secret can do.
    pub risk: &'static str,
    /// How bad a match is.
    pub severity: Severity,
    /// The provider's page that describes the format.
    pub docs: &'static str,
    /// Where to revoke or rotate it; a URL.
    pub rotate_console: &'static str,
    /// What to do, in order.
    pub rotate_steps: &'static [&'static str],
    /// What more there is to say of a check of the environment lint; nothing for rules that find secrets.
    pub lint: Option<&'static LintMeta>,
}

/// What reports say about a check of the environment lint besides the facts of every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LintMeta {
    /// The question of a launch checklist that it answers.
    pub phrase: &'static str,
    /// GitHub's `security-severity`, where it is other than that of the severity.
    pub security_severity: Option<&'static str>,
    /// An example that is reported.
    pub bad: &'static str,
    /// How it should be.
    pub good: &'static str,
    /// Whether its warnings may wait until after the launch.
    pub may_wait: bool,
}
