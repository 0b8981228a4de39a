//! Tells findings in a stream while it is read.
//!
//! What counts is found by reading the stream in pieces, as ever. Lines that wait to fill a piece are looked at besides; what
//! that shows is told at once, and is kept apart. So what a run finds does not depend on when bytes arrive.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::io;

use super::collect::{Collector, Hit};
use super::often::Often;
use super::{Run, Settings, merge, pii, redact, suppress};
use crate::finding::{Coverage, Finding, Fingerprint};
use crate::source::{Blob, Next, Source, read_live};

/// How many values before a new one are judged with it once more: its other half stands near.
const NEAR: usize = 256;

/// A rule, and how its finding is named.
type Name = (&'static str, String);

/// What was told while a stream was read.
#[derive(Debug, Default)]
pub struct Told(BTreeMap<Name, String>);

impl Told {
    /// Whether this finding was told, whatever became known of it since.
    #[must_use]
    pub fn has(&self, finding: &Finding) -> bool {
        self.0.contains_key(&name(finding))
    }

    /// Whether this very finding was told, with all that is known of it.
    #[must_use]
    pub fn is_known(&self, finding: &Finding) -> bool {
        self.0.get(&name(finding)).is_some_and(|told| *told == facts(finding))
    }

    /// What was told and is no finding of the whole, for people.
    #[must_use]
    pub fn withdrawn(&self, shown: &[Finding]) -> Vec<String> {
        let shown: HashSet<String> = shown.iter().map(|finding| finding.identity.full()).collect();
        let gone = self.0.keys().filter(|(_, identity)| !shown.contains(identity));
        gone.map(|(rule, identity)| {
            let short = &identity[..identity.len().min(10)];
            format!("told while it was read and withdrawn: {rule} {short}; what came after it tells that it is none")
        })
        .collect()
    }
}

fn name(finding: &Finding) -> Name {
    (finding.rule.id, finding.identity.full())
}

/// What may become known later.
fn facts(finding: &Finding) -> String {
    let message = finding.lint.as_ref().map(|lint| &lint.message);
    format!("{} {:?} {:?} {message:?}", finding.places.len(), finding.confidence, finding.severity)
}

/// Reads a stream to its end and tells what is found in it.
pub(super) fn read(
    run: &Run<'_>,
    next: &mut Source<'_>,
    tell: &mut dyn FnMut(&[&Finding]) -> io::Result<()>,
    coverage: &mut Coverage,
) -> (io::Result<u64>, Told) {
    let (early, personal) = (Collector::new(run.settings), pii::Personal::default());
    let (first, latest) = Default::default();
    let teller =
        RefCell::new(Teller { run, tell, first, latest, taken: 0, told: Told::default(), broken: None });
    let mut next = |wait| match teller.borrow_mut().broken.take() {
        Some(error) => Next::End(Err(error)),
        None => next(wait),
    };
    let mut look = |blob: &Blob<'_>| {
        let done = redact::open_block(&blob.bytes[blob.core.clone()])
            .map_or(blob.core.end, |at| blob.core.start + at);
        let core = blob.core.start..done;
        run.look_at(
            &Blob { bytes: blob.bytes, origin: blob.origin.clone(), core, start: blob.start },
            &early,
            &personal,
        );
        let hits = std::mem::take(&mut *early.hits.lock().expect("no thread panics while it holds the lock"));
        teller.borrow_mut().take(&hits, &personal);
        done
    };
    let max_depth = run.settings.worktree.archive_depth;
    let mut often = Often::after(&run.collector);
    let read = read_live((&mut next, &mut look), max_depth, coverage, &mut |blob| {
        run.blob(&blob);
        often.limit(&run.collector, run.settings);
        teller.borrow_mut().take_judged();
    });
    often.note(coverage);
    (read, teller.into_inner().told)
}

/// Knows what was found and told.
struct Teller<'t, 'a> {
    run: &'t Run<'a>,
    tell: &'t mut dyn FnMut(&[&Finding]) -> io::Result<()>,
    /// Of each value under each rule, the first hit of each confidence.
    first: BTreeMap<Fingerprint, Vec<Hit>>,
    /// The values that came last, in order.
    latest: VecDeque<Fingerprint>,
    /// How many of the run's own hits were taken.
    taken: usize,
    told: Told,
    /// Why nothing more can be told.
    broken: Option<io::Error>,
}

impl Teller<'_, '_> {
    /// Takes what the run has found since it was asked last.
    fn take_judged(&mut self) {
        let run = self.run;
        let hits = run.collector.hits.lock().expect("no thread panics while it holds the lock");
        let from = std::mem::replace(&mut self.taken, hits.len());
        self.take(&hits[from..], &run.personal);
    }

    /// Takes hits, and tells those that are new.
    fn take(&mut self, hits: &[Hit], personal: &pii::Personal) {
        let settings = self.run.settings;
        let before = self.latest.len();
        for hit in hits {
            let print = settings.key.fingerprint(hit.secret.expose());
            let of_value = self.first.entry(print).or_default();
            let kind = (hit.rule.id, hit.confidence);
            if !of_value.iter().any(|known| (known.rule.id, known.confidence) == kind) {
                self.latest.push_back(print);
                of_value.push(hit.clone());
            }
        }
        let mut found = match self.latest.len() > before {
            true => self.findings(settings),
            false => Vec::new(),
        };
        self.latest.drain(..self.latest.len().saturating_sub(NEAR));
        found.extend(personal.findings(settings.pii, &settings.key, &self.run.detector));
        found.retain(|finding| finding.confidence >= settings.confidence);
        let new = found.iter().filter(|finding| !self.told.0.contains_key(&name(finding)));
        let new: Vec<&Finding> = new.collect();
        self.told.0.extend(new.iter().map(|finding| (name(finding), facts(finding))));
        if !new.is_empty()
            && let Err(error) = (self.tell)(&new)
        {
            self.broken = Some(error);
        }
    }

    /// What comes of the latest values: of all there are, each piece of a stream would cost more than the one before.
    fn findings(&self, settings: &Settings) -> Vec<Finding> {
        let collector = Collector::new(settings);
        let latest: BTreeSet<Fingerprint> = self.latest.iter().copied().collect();
        let of_values = latest.iter().filter_map(|print| self.first.get(print));
        collector.add(of_values.flatten().cloned());
        let mut verdict = merge::verdict(collector, settings);
        suppress::apply(&mut verdict, settings);
        verdict.shown
    }
}
