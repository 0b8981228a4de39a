//! What reports of other scanners have in common: a rule, a place, and perhaps the value, which goes no further than
//! its fingerprint. So what two scanners say of one value can be seen side by side.

use std::collections::BTreeMap;

use super::convert::lasting;
use super::merge::join;
use crate::finding::{
    CommitRef, Confidence, Coverage, Finding, FingerprintKey, GapReason, Identity, Outcome, Place,
    Provenance, RuleMeta, Secret, Severity, Span, Verdict,
};

/// The id of an object that is not known, as git writes it.
const NO_OBJECT: &str = "0000000000000000000000000000000000000000";

/// One result of another scanner.
pub(super) struct Seen<'a> {
    pub(super) tool: &'a str,
    pub(super) rule: &'a str,
    /// What the scanner says of the rule.
    pub(super) says: &'a str,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    /// The value, if the report has it.
    pub(super) value: Option<&'a str>,
    pub(super) path: String,
    /// Line and column of the first and after the last character, from 1.
    pub(super) lines: [u64; 4],
    pub(super) commit: Option<CommitRef>,
}

/// The outcome of these results. What was scanned is not told, so it is never complete.
pub(super) fn outcome(tool: &str, findings: Vec<Finding>) -> Outcome {
    let mut by_value: BTreeMap<(&'static str, String), Finding> = BTreeMap::new();
    for finding in findings {
        match by_value.get_mut(&(finding.rule.id, finding.identity.full())) {
            Some(known) => join(known, finding),
            None => drop(by_value.insert((finding.rule.id, finding.identity.full()), finding)),
        }
    }
    let mut verdict = Verdict { shown: by_value.into_values().collect(), ..Verdict::default() };
    verdict.sort();
    let mut rules: Vec<RuleMeta> = verdict.shown.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let mut coverage = Coverage::default();
    coverage.gap(GapReason::Untold, tool, "");
    Outcome {
        verdict,
        coverage,
        launch: Vec::new(),
        audit: None,
        inventory: Vec::new(),
        subject: String::new(),
        show_secrets: false,
        rules,
    }
}

impl Seen<'_> {
    /// The finding that it is for us.
    pub(super) fn finding(self, key: &FingerprintKey) -> Finding {
        let rule = slug(&format!("{}-{}", self.tool, self.rule));
        let [line, column, end_line, end_column] = self.lines;
        let place = [rule.as_bytes(), self.path.as_bytes(), &line.to_le_bytes()];
        let identity = match self.value.filter(|value| is_whole(value)) {
            Some(value) => key.identity(&Secret::new(value.as_bytes()), &place),
            None => Identity::Place(key.fingerprint(&place.join(&0))),
        };
        let provenance = match &self.commit {
            Some(_) => Provenance::Blob { path: self.path.into(), id: NO_OBJECT.to_owned() },
            None => Provenance::File(self.path.into()),
        };
        Finding {
            rule: RuleMeta {
                id: lasting(rule),
                title: lasting(self.rule.to_owned()),
                provider: lasting(self.tool.to_owned()),
                risk: lasting(self.says.to_owned()),
                severity: self.severity,
                docs: "",
                rotate_console: "",
                rotate_steps: &["Find out which service accepts the value, and change it there"],
                lint: None,
            },
            severity: self.severity,
            confidence: self.confidence,
            identity,
            masked: format!("[redacted] · fp {}", identity.short()),
            secret: Secret::new(b""),
            reasons: Vec::new(),
            decoded_by: Vec::new(),
            places: vec![Place {
                commit: self.commit,
                ..Place::new(provenance, Span { start: 0, end: 0, line, column, end_line, end_column })
            }],
            environments: Vec::new(),
            exposure: None,
            lint: None,
        }
    }
}

/// Whether it is a value, and not what a scanner shows in place of it.
fn is_whole(value: &str) -> bool {
    value.len() >= 4 && !["REDACTED", "redacted", "...", "…", "***"].iter().any(|mask| value.contains(mask))
}

/// Lower-case letters and digits with dashes between, as all our ids are.
fn slug(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}
