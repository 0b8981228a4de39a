//! The `coverage` and `summary` parts of the JSON formats.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::finding::{Coverage, Gap, GapReason, Severity, Verdict};

/// Gaps that are listed for each reason; `count` tells them all.
const EXAMPLES: usize = 20;

/// What was scanned and what was not.
#[derive(Serialize)]
pub(super) struct Entry<'a> {
    complete: bool,
    scanned: Scanned,
    not_scanned: Vec<NotScanned<'a>>,
    out_of_scope: Vec<Left<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Scanned {
    files: u64,
    file_bytes: u64,
    members: u64,
    member_bytes: u64,
    blobs: u64,
    blob_bytes: u64,
    commits: u64,
    refs: u64,
}

#[derive(Serialize)]
struct NotScanned<'a> {
    reason: &'static str,
    count: usize,
    way_out: &'static str,
    examples: Vec<Example<'a>>,
}

#[derive(Serialize)]
struct Example<'a> {
    place: &'a str,
    detail: &'a str,
}

#[derive(Serialize)]
struct Left<'a> {
    reason: &'static str,
    count: u64,
    detail: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<&'a str>,
}

impl<'a> Entry<'a> {
    /// The part for this coverage.
    pub(super) fn new(coverage: &'a Coverage) -> Self {
        let scanned = &coverage.scanned;
        let out_of_scope = coverage.out_of_scope().iter();
        Self {
            complete: coverage.complete(),
            scanned: Scanned {
                files: scanned.files,
                file_bytes: scanned.file_bytes,
                members: scanned.members,
                member_bytes: scanned.member_bytes,
                blobs: scanned.blobs,
                blob_bytes: scanned.blob_bytes,
                commits: scanned.commits,
                refs: scanned.refs,
            },
            not_scanned: coverage.gaps_by_reason().into_iter().map(not_scanned).collect(),
            out_of_scope: out_of_scope
                .map(|(&why, &count)| Left {
                    reason: why.id(),
                    count,
                    detail: why.phrase(),
                    examples: coverage.left_out_names(why).collect(),
                })
                .collect(),
            notes: coverage.notes(),
        }
    }
}

fn not_scanned((reason, gaps): (GapReason, Vec<&Gap>)) -> NotScanned<'_> {
    let examples = gaps.iter().take(EXAMPLES).map(|gap| Example { place: &gap.place, detail: &gap.detail });
    NotScanned {
        reason: reason.id(),
        count: gaps.len(),
        way_out: reason.way_out(),
        examples: examples.collect(),
    }
}

/// Counts of findings, shown and hidden.
#[derive(Serialize)]
pub(super) struct Summary {
    findings: usize,
    by_severity: BySeverity,
    hidden: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct BySeverity {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

impl Summary {
    /// The counts of this verdict.
    pub(super) fn new(verdict: &Verdict) -> Self {
        let count =
            |severity: Severity| verdict.shown.iter().filter(|shown| shown.severity == severity).count();
        Self {
            findings: verdict.shown.len(),
            by_severity: BySeverity {
                critical: count(Severity::Critical),
                high: count(Severity::High),
                medium: count(Severity::Medium),
                low: count(Severity::Low),
                info: count(Severity::Info),
            },
            hidden: verdict.hidden.iter().map(|(reason, &count)| (reason.id(), count)).collect(),
        }
    }
}
