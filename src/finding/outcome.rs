//! The result of a run: findings shown, findings hidden and counted, coverage, launch rows.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{
    Audit, Confidence, Coverage, Entry, Exposure, Identity, Place, Provenance, RuleMeta, Secret, Severity,
    Variable,
};

/// One secret, with all its places.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that recognised it.
    pub rule: RuleMeta,
    /// How bad; the rule's own unless the value says otherwise (test keys, encrypted keys).
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// How it is named in reports.
    pub identity: Identity,
    /// What may be shown of it.
    pub masked: String,
    /// The value; printed with `--show-secrets` only.
    pub secret: Secret,
    /// What raised or lowered the confidence, for people.
    pub reasons: Vec<String>,
    /// Encodings that were undone to see it, outermost first.
    pub decoded_by: Vec<String>,
    /// All its places, sorted; never empty.
    pub places: Vec<Place>,
    /// Environments that it concerns, such as `production`, as far as paths and settings tell; sorted.
    pub environments: Vec<String>,
    /// Since when it is in the history; `None` where no history was scanned or it is not in it.
    pub exposure: Option<Exposure>,
    /// What the environment lint says besides; nothing for secrets.
    pub lint: Option<LintFacts>,
}

/// What a lint finding says besides the facts of every finding.
#[derive(Debug, Clone)]
pub struct LintFacts {
    /// What is wrong here, in one sentence that holds no value.
    pub message: String,
    /// The environment that the place belongs to.
    pub environment: String,
    /// The variable, where there is one.
    pub key: String,
    /// The other sides: where the same value stands, the file that lacks the key.
    pub related: Vec<Place>,
}

impl Finding {
    /// What it is and who may have it, in one sentence that holds no value.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.lint {
            Some(lint) => lint.message.clone(),
            None => format!("{}: {}", self.rule.title, self.rule.risk),
        }
    }

    /// Its places in files outside the history: where the value may be in use.
    ///
    /// What git keeps for itself, such as its log of references, is no such file.
    pub fn in_use(&self) -> impl Iterator<Item = &Place> {
        let is_used = |origin: &Provenance| !origin.is_history() && !origin.is_own_file();
        self.places.iter().filter(move |place| place.part.is_none() && is_used(&place.provenance))
    }

    /// Whether it is to be mended before a launch: every error, and warnings that may not wait.
    #[must_use]
    pub fn fix_first(&self) -> bool {
        match (self.severity, self.rule.lint) {
            (Severity::Critical | Severity::High, _) => true,
            (Severity::Medium, lint) => lint.is_none_or(|lint| !lint.may_wait),
            (Severity::Low | Severity::Info, _) => false,
        }
    }
}

/// Why a finding is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiddenReason {
    /// Below `--confidence`.
    Confidence,
    /// Its own checksum is wrong, and `--strict` is given.
    Checksum,
    /// Only in objects that no reference leads to.
    Unreachable,
    /// Allowed where it stands, with a reason.
    Allowed,
    /// Left out by the configuration, with a reason.
    Ignored,
    /// Looked at before: in the baseline, with a reason.
    Baseline,
}

impl HiddenReason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Confidence, Self::Checksum, Self::Unreachable, Self::Allowed, Self::Ignored, Self::Baseline];

    /// The stable id used in JSON.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Confidence => "below-confidence",
            Self::Checksum => "wrong-checksum",
            Self::Unreachable => "unreachable",
            Self::Allowed => "allowed",
            Self::Ignored => "ignored",
            Self::Baseline => "baseline",
        }
    }

    /// One phrase for the summary, after a count.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Confidence => "of low confidence (--confidence low shows them)",
            Self::Checksum => "with a wrong checksum (shown without --strict)",
            Self::Unreachable => "only in unreachable objects",
            Self::Allowed => "allowed where they stand (ringfence:allow)",
            Self::Ignored => "left out by ringfence.toml",
            Self::Baseline => "in the baseline",
        }
    }
}

/// What is shown and what is hidden, with the reason. The one place that hides.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Findings, sorted: worst first, then by first place.
    pub shown: Vec<Finding>,
    /// How many findings were hidden, by reason.
    pub hidden: BTreeMap<HiddenReason, usize>,
    /// Entries of the baseline that hid nothing. Of use where everything was scanned.
    pub unused: Vec<Unused>,
}

impl Verdict {
    /// Worst first, then by place.
    pub fn sort(&mut self) {
        self.shown.sort_by_cached_key(|finding| {
            (
                Reverse(finding.severity),
                Reverse(finding.confidence),
                finding.places[0].sort_key(),
                finding.rule.id,
            )
        });
    }
}

/// An entry of the baseline that hid nothing.
#[derive(Debug, Clone)]
pub struct Unused {
    /// The entry.
    pub entry: Entry,
    /// Whether its last day is over.
    pub expired: bool,
}

/// What `check` says about a row of the launch page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaunchState {
    /// Must be mended before launch.
    FixFirst,
    /// Can wait.
    Defer,
    /// Ran and found nothing.
    Ok,
    /// Nothing was looked at, or not all of it.
    NotChecked,
}

impl LaunchState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::FixFirst, Self::Defer, Self::Ok, Self::NotChecked];

    /// As printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FixFirst => "fix first",
            Self::Defer => "defer",
            Self::Ok => "ok",
            Self::NotChecked => "not checked",
        }
    }
}

/// One row of the launch page.
#[derive(Debug, Clone)]
pub struct LaunchRow {
    /// What a team asks.
    pub title: String,
    /// The answer.
    pub state: LaunchState,
    /// What ran on how much, or why nothing did and how a person would check it.
    pub detail: String,
}

/// Everything a report is made from.
#[derive(Debug)]
pub struct Outcome {
    /// Findings.
    pub verdict: Verdict,
    /// What was scanned.
    pub coverage: Coverage,
    /// The launch page; empty except for `check`.
    pub launch: Vec<LaunchRow>,
    /// The way out of a leak; only for `audit`.
    pub audit: Option<Audit>,
    /// The variables of the project; empty where none was linted.
    pub inventory: Vec<Variable>,
    /// The name of what was looked at: of a folder, a file or a repository.
    pub subject: String,
    /// Whether values may be printed.
    pub show_secrets: bool,
    /// Rules in force, for SARIF and the tool section.
    pub rules: Vec<RuleMeta>,
}
