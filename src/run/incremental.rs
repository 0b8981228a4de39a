//! Scans parts of a history: each changed blob whole, reported as far as what stood there before lacks it.
//!
//! What was there before is looked at only where something was found, which is rare.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock};

use bstr::BString;
use rayon::prelude::*;

use super::Progress;
use super::collect::{Collector, Found, HistoryFacts, Hit};
use super::{mapped, parts};
use crate::detect::{Detector, PlaceFacts};
use crate::finding::{
    CommitRef, Confidence, Coverage, Exposure, Fingerprint, GapReason, OutOfScope, Provenance, contained,
};
use crate::source::Start;
use crate::source::incremental::{
    Change, Commit, IncrementalError, Kind, ObjectId, Objects, Origins, Part, Repository, Selection,
};

/// Values that a blob holds at a path, and how sure that is.
type Values = HashMap<Fingerprint, Confidence>;

/// What finds and keeps, and what is known already.
pub(super) struct Scan<'a> {
    pub(super) objects: &'a Objects,
    pub(super) detector: &'a Detector,
    pub(super) collector: &'a Collector<'a>,
    pub(super) progress: &'a Progress,
    older: Mutex<HashMap<(ObjectId, BString), Arc<Values>>>,
    /// What was read of archives, and what was not.
    archives: Mutex<Coverage>,
}

/// Scans what is staged.
///
/// # Errors
/// When the index cannot be read.
pub(super) fn scan_staged(
    repository: &Repository,
    index: Option<&Path>,
    scan: &Scan<'_>,
    coverage: &mut Coverage,
) -> Result<(), IncrementalError> {
    let staged = repository.staged(index, coverage)?;
    coverage.leave_out(OutOfScope::Submodule, staged.submodules);
    let origins = OnceLock::new();
    let all: Vec<Vec<Hit>> = staged
        .changes
        .par_iter()
        .map(|change| {
            let origin = Provenance::Staged { path: change.path.clone(), id: change.id.to_string() };
            scan.change(change, origin, &|_| origins.get_or_init(|| staged.origins(scan.objects)))
        })
        .collect();
    scan.collector.add(all.into_iter().flatten());
    scan.report(coverage);
    Ok(())
}

/// Scans the commits of a part of the history: their texts, and what each brought in.
///
/// # Errors
/// When the part names something that is not here.
pub(super) fn scan_part(
    repository: &Repository,
    part: &Part,
    scan: &Scan<'_>,
    coverage: &mut Coverage,
) -> Result<(), IncrementalError> {
    let selection = repository.select(part, coverage)?;
    let head = repository.head_tree(&mut Coverage::default());
    scan.progress.total.store(selection.commits.len() as u64, Ordering::Relaxed);
    let head = Head { objects: scan.objects, tree: head, values: Mutex::default() };
    let found: Vec<Vec<Hit>> =
        selection.commits.par_iter().map(|commit| scan.commit(commit, &head)).collect();
    let loose = scan.without_commit(&selection);
    let hits: Vec<Hit> = found.into_iter().flatten().chain(loose).collect();
    scan.collector.expose(exposures(scan, &hits, &head));
    scan.collector.add(hits);
    scan.report(coverage);
    Ok(())
}

/// What HEAD holds.
struct Head<'a> {
    objects: &'a Objects,
    tree: Option<ObjectId>,
    /// Values that are known to be in it.
    values: Mutex<HashSet<Fingerprint>>,
}

impl Head<'_> {
    fn blob_at(&self, path: &BString) -> Option<ObjectId> {
        self.objects.blob_at(self.tree?, path.as_ref())
    }
}

/// What is told of each value: who brought it in, and whether HEAD is known to hold it.
fn exposures(scan: &Scan<'_>, hits: &[Hit], head: &Head<'_>) -> HashMap<Fingerprint, Exposure> {
    let at_head = head.values.lock().expect("no thread panicked");
    let mut exposures: HashMap<Fingerprint, Exposure> = HashMap::new();
    for hit in hits {
        let print = scan.collector.settings.key.fingerprint(hit.secret.expose());
        let exposure = exposures.entry(print).or_default();
        exposure.introduced.extend(hit.place.commit.clone());
        exposure.at_head |= hit.place.at_head == Some(true) || at_head.contains(&print);
        exposure.reachable = true;
    }
    for exposure in exposures.values_mut() {
        exposure.introduced.sort_unstable();
        exposure.introduced.dedup();
    }
    exposures
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        objects: &'a Objects,
        detector: &'a Detector,
        collector: &'a Collector<'a>,
        progress: &'a Progress,
    ) -> Self {
        Self { objects, detector, collector, progress, older: Mutex::default(), archives: Mutex::default() }
    }

    fn report(&self, coverage: &mut Coverage) {
        self.objects.report(coverage);
        let archives = self.archives.lock().expect("no thread panicked");
        coverage.join(archives.clone());
    }

    /// What a commit brought in: in its text, and in blobs.
    fn commit(&self, commit: &Commit, head: &Head<'_>) -> Vec<Hit> {
        self.progress.add(0);
        let named = Some(commit.named());
        let mut hits = self.text(&commit.id, Kind::Commit, named.as_ref());
        let origins = OnceLock::new();
        let changes = self.objects.changes(commit);
        let of_change = |change: &Change| {
            let origin = Provenance::Blob { path: change.path.clone(), id: change.id.to_string() };
            let found = self.change(change, origin, &|hits| {
                self.note_head(hits, change, head);
                origins.get_or_init(|| self.objects.origins(commit))
            });
            let at_head = |hit: &Hit| {
                let blob = head.blob_at(&change.path)?;
                let print = self.collector.settings.key.fingerprint(hit.secret.expose());
                Some(self.values(blob, &change.path).contains_key(&print))
            };
            let placed = |hit: Hit| {
                let at_head = Some(at_head(&hit).unwrap_or(false));
                hit.with_history(HistoryFacts { commit: named.clone(), at_head, unreachable: false })
            };
            found.into_iter().map(placed).collect::<Vec<_>>()
        };
        let of_changes: Vec<Vec<Hit>> = changes.par_iter().map(of_change).collect();
        hits.extend(of_changes.into_iter().flatten());
        hits
    }

    /// A value that was moved along is at HEAD if the blob that it was moved to is.
    fn note_head(&self, hits: &[Hit], change: &Change, head: &Head<'_>) {
        if head.blob_at(&change.path) == Some(change.id) {
            let prints = hits.iter().map(|hit| self.collector.settings.key.fingerprint(hit.secret.expose()));
            head.values.lock().expect("no thread panics while it holds the lock").extend(prints);
        }
    }

    /// What stands in the text of a commit or tag.
    fn text(&self, id: &ObjectId, kind: Kind, commit: Option<&CommitRef>) -> Vec<Hit> {
        let Some(bytes) = self.objects.need_kind(id, kind, &"a text to scan") else { return Vec::new() };
        let facts = HistoryFacts { commit: commit.cloned(), ..HistoryFacts::default() };
        let hits = self.hits(&bytes, &Provenance::Message { id: id.to_string() });
        hits.into_iter().map(|hit| hit.with_history(facts.clone())).collect()
    }

    /// What stands in tags, and in what tags and references lead to without a commit.
    fn without_commit(&self, selection: &Selection) -> Vec<Hit> {
        let mut hits: Vec<Hit> =
            selection.tags.iter().flat_map(|tag| self.text(tag, Kind::Tag, None)).collect();
        let blob = |id: &ObjectId| Change { path: BString::default(), id: *id, before: Vec::new() };
        let files = selection.trees.iter().flat_map(|tree| self.objects.files(*tree));
        let nothing = Origins::default();
        for change in selection.blobs.iter().map(blob).chain(files) {
            let origin = Provenance::Blob { path: change.path.clone(), id: change.id.to_string() };
            hits.extend(self.change(&change, origin, &|_| &nothing));
        }
        hits
    }

    /// What a changed blob holds that what it took the place of does not. `origins` is asked only where needed.
    pub(super) fn change<'o>(
        &self,
        change: &Change,
        origin: Provenance,
        origins: &(dyn Fn(&[Hit]) -> &'o Origins + Sync),
    ) -> Vec<Hit> {
        let Some(bytes) = self.objects.need_kind(&change.id, Kind::Blob, &change.path) else {
            return Vec::new();
        };
        self.objects.count(&change.id, bytes.len());
        self.progress.add(bytes.len());
        let mut hits = self.hits(&bytes, &origin);
        for id in &change.before {
            self.take_away(&mut hits, *id, &change.path);
        }
        if change.before.is_empty() && !hits.is_empty() {
            let origins = origins(&hits);
            if origins.present.contains(&change.id) {
                return Vec::new();
            }
            for (path, id) in &origins.removed {
                self.take_away(&mut hits, *id, path);
            }
        }
        hits
    }

    /// Everything found in these bytes, or in what they hold if they are an archive.
    pub(super) fn hits(&self, bytes: &[u8], origin: &Provenance) -> Vec<Hit> {
        let mut coverage = Coverage::default();
        let all = contained(|| {
            let of_parts = parts::hits((bytes, origin), (self.detector, self.collector), &mut coverage);
            let mut hits: Vec<Hit> = of_parts.into_iter().map(|(_, hit)| hit).collect();
            if !parts::are_archive(bytes, &origin.path()) {
                hits.extend(self.own_hits(bytes, origin));
            }
            hits
        });
        let hits = all.unwrap_or_else(|place| {
            coverage.gap(GapReason::Fault, origin.path().to_string(), format!("ringfence failed {place}"));
            Vec::new()
        });
        self.archives.lock().expect("no thread panics while it holds the lock").join(coverage);
        hits
    }

    fn own_hits(&self, bytes: &[u8], origin: &Provenance) -> Vec<Hit> {
        let bytes = &parts::own_text(bytes, &origin.path());
        let settled = self.detector.find(bytes, &PlaceFacts::of_path(&origin.path()));
        self.collector.count_cut(settled.cut.len());
        if settled.matches.is_empty() {
            return Vec::new();
        }
        let found = Found { bytes, settled: &settled, start: Start::default(), origin };
        let hits = self.collector.hits_of(self.detector, &found);
        let mut hits: Vec<Hit> = hits.into_iter().map(|(_, hit)| hit).collect();
        mapped::lead_back_within(bytes, hits.iter_mut(), (self.collector, self.detector));
        hits
    }

    /// Drops the hits whose values the blob holds at the path, as sure as would be shown or surer.
    fn take_away(&self, hits: &mut Vec<Hit>, blob: ObjectId, path: &BString) {
        if hits.is_empty() {
            return;
        }
        let settings = self.collector.settings;
        let older = self.values(blob, path);
        hits.retain(|hit| {
            let enough = hit.confidence.min(settings.confidence);
            let print = settings.key.fingerprint(hit.secret.expose());
            older.get(&print).is_none_or(|known| *known < enough)
        });
    }

    /// The values in these bytes at a path, and how sure each is.
    fn prints(&self, bytes: &[u8], path: &BString) -> Vec<(Fingerprint, Confidence)> {
        let key = &self.collector.settings.key;
        let (origin, with) = (Provenance::File(path.clone()), (self.detector, self.collector));
        let hits = parts::hits((bytes, &origin), with, &mut Coverage::default()).into_iter();
        let of_parts = hits.map(|(_, hit)| (key.fingerprint(hit.secret.expose()), hit.confidence));
        let mut prints: Vec<(Fingerprint, Confidence)> = of_parts.collect();
        if !parts::are_archive(bytes, path) {
            let bytes = &parts::own_text(bytes, path);
            let found = self.detector.find(bytes, &PlaceFacts::of_path(path)).matches.into_iter();
            prints.extend(found.map(|found| (key.fingerprint(found.value_in(bytes)), found.confidence)));
        }
        prints
    }

    /// The values that a blob holds at a path; none if it cannot be read, for then nothing is known of it.
    pub(super) fn values(&self, blob: ObjectId, path: &BString) -> Arc<Values> {
        let lock = || self.older.lock().expect("no thread panics while it holds the lock");
        let key = (blob, path.clone());
        if let Some(known) = lock().get(&key) {
            return Arc::clone(known);
        }
        let mut values = Values::new();
        if let Some((Kind::Blob, bytes)) = self.objects.peek(&blob) {
            for (print, confidence) in self.prints(&bytes, path) {
                let sure = values.entry(print).or_insert(confidence);
                *sure = confidence.max(*sure);
            }
        }
        let values = Arc::new(values);
        lock().insert(key, Arc::clone(&values));
        values
    }
}
