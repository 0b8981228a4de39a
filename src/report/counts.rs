//! What a report says besides its findings, for formats that have no fields of their own for it: what is hidden,
//! what is out of scope, what was not scanned.

use super::{safe, words};
use crate::finding::Outcome;

/// Gaps that are named for each reason; the rest is counted.
const NAMED: usize = 5;

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Hidden,
    OutOfScope,
    NotScanned,
    Note,
}

impl About {
    /// As it stands in a report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::OutOfScope => "out of scope",
            Self::NotScanned => "not scanned",
            Self::Note => "note",
        }
    }
}

/// All of it, a sentence each, safe for a terminal.
pub(super) fn sentences(outcome: &Outcome) -> Vec<(About, String)> {
    let coverage = &outcome.coverage;
    let hidden = outcome.verdict.hidden.iter();
    let hidden = hidden
        .map(|(why, &count)| (About::Hidden, format!("{} {}", words::number(count as u64), why.phrase())));
    let left = coverage.out_of_scope().iter();
    let left =
        left.map(|(why, &count)| (About::OutOfScope, format!("{} {}", words::number(count), why.phrase())));
    let gaps = coverage.gaps_by_reason().into_iter().map(|(reason, gaps)| {
        let mut named: Vec<String> = gaps.iter().take(NAMED).map(|gap| gap.place.clone()).collect();
        if gaps.len() > NAMED {
            named.push(format!("and {} more", words::number((gaps.len() - NAMED) as u64)));
        }
        let count = words::number(gaps.len() as u64);
        (About::NotScanned, format!("{count} {}: {} ({})", reason.id(), reason.way_out(), named.join(", ")))
    });
    let notes = coverage.notes().iter().map(|note| (About::Note, note.clone()));
    let all = hidden.chain(left).chain(gaps).chain(notes);
    all.map(|(about, text)| (about, safe::terminal(&text))).collect()
}

/// Whether everything in scope was scanned, in a sentence.
pub(super) fn verdict(outcome: &Outcome) -> String {
    match outcome.coverage.gaps().len() as u64 {
        0 => "Everything in scope was scanned.".into(),
        count => format!("INCOMPLETE: {} in scope not scanned.", words::count(count, "thing")),
    }
}
