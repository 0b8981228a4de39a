//! Joins reports of parts of one thing (shards, machines of a matrix): a secret that several tell of is one finding.

use std::collections::BTreeMap;

use super::inventory;
use crate::finding::{Finding, LaunchRow, LaunchState, Outcome};

/// Why reports cannot be joined.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Two audits: each has a purge of its own repository.
    #[error("audits cannot be joined: the purge of each is that of its repository")]
    Audits,
}

/// One outcome of many. A secret is told by rule and fingerprint, so all must have been made with one key.
///
/// # Errors
/// When one of several is an audit.
pub fn merge(first: Outcome, others: Vec<Outcome>) -> Result<Outcome, MergeError> {
    if !others.is_empty() && others.iter().chain([&first]).any(|outcome| outcome.audit.is_some()) {
        return Err(MergeError::Audits);
    }
    let mut merged = first;
    let mut findings: BTreeMap<(&'static str, String, String), Finding> = BTreeMap::new();
    let mut add = |finding: Finding| {
        // Of one variable the lint may have several things to say.
        let says = finding.lint.as_ref().map(|lint| lint.message.clone()).unwrap_or_default();
        let key = (finding.rule.id, finding.identity.full(), says);
        match findings.get_mut(&key) {
            Some(known) => join(known, finding),
            None => drop(findings.insert(key, finding)),
        }
    };
    std::mem::take(&mut merged.verdict.shown).into_iter().for_each(&mut add);
    for other in others {
        other.verdict.shown.into_iter().for_each(&mut add);
        for (why, count) in other.verdict.hidden {
            *merged.verdict.hidden.entry(why).or_default() += count;
        }
        merged.coverage.join(other.coverage);
        merged.rules.extend(other.rules);
        inventory::join(&mut merged.inventory, other.inventory);
        for row in other.launch {
            join_row(&mut merged.launch, row);
        }
    }
    merged.rules.sort_by_key(|rule| rule.id);
    merged.rules.dedup_by_key(|rule| rule.id);
    merged.verdict.shown = findings.into_values().collect();
    merged.verdict.sort();
    Ok(merged)
}

/// What another report tells of the same secret.
pub(super) fn join(known: &mut Finding, other: Finding) {
    known.severity = known.severity.max(other.severity);
    known.confidence = known.confidence.max(other.confidence);
    known.places.extend(other.places);
    known.places.sort_by_cached_key(crate::finding::Place::sort_key);
    known.places.dedup_by(|b, a| a.sort_key() == b.sort_key() && a.part == b.part);
    add_new(&mut known.reasons, other.reasons);
    add_new(&mut known.environments, other.environments);
    known.environments.sort();
    match (&mut known.exposure, other.exposure) {
        (Some(own), Some(other)) if *own != other => {
            own.join(other);
            own.introduced.dedup();
            own.removed.dedup();
            for names in [&mut own.branches, &mut own.tags] {
                names.sort();
                names.dedup();
            }
        }
        (own @ None, other) => *own = other,
        _ => {}
    }
}

pub(super) fn add_new(known: &mut Vec<String>, others: Vec<String>) {
    for other in others {
        if !known.contains(&other) {
            known.push(other);
        }
    }
}

/// The worse of two answers to one question, with what both say.
fn join_row(rows: &mut Vec<LaunchRow>, other: LaunchRow) {
    let badness = |state: LaunchState| match state {
        LaunchState::FixFirst => 3,
        LaunchState::Defer => 2,
        LaunchState::NotChecked => 1,
        LaunchState::Ok => 0,
    };
    match rows.iter_mut().find(|row| row.title == other.title) {
        Some(row) => {
            if badness(other.state) > badness(row.state) {
                row.state = other.state;
            }
            if row.detail != other.detail {
                row.detail += &format!("; {}", other.detail);
            }
        }
        None => rows.push(other),
    }
}
