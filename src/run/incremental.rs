//! Scans parts of a history: each changed blob whole, reported as far as what stood there before lacks it.
//!
//! What was there before is looked at only where something was found, which is rare.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use bstr::BString;
use rayon::prelude::*;

use super::Progress;
use super::collect::{Collector, Found, Hit};
use crate::detect::{Detector, PlaceFacts};
use crate::finding::{Confidence, Coverage, Fingerprint, OutOfScope, Provenance};
use crate::source::Start;
use crate::source::incremental::{Change, IncrementalError, Kind, ObjectId, Objects, Origins, Repository};

/// Values that a blob holds at a path, and how sure that is.
type Values = HashMap<Fingerprint, Confidence>;

/// What finds and keeps, and what is known already.
pub(super) struct Scan<'a> {
    pub(super) objects: &'a Objects,
    pub(super) detector: &'a Detector,
    pub(super) collector: &'a Collector<'a>,
    pub(super) progress: &'a Progress,
    older: Mutex<HashMap<(ObjectId, BString), Arc<Values>>>,
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
            scan.change(change, origin, &|| origins.get_or_init(|| staged.origins(scan.objects)))
        })
        .collect();
    scan.collector.add(all.into_iter().flatten());
    scan.objects.report(coverage);
    Ok(())
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        objects: &'a Objects,
        detector: &'a Detector,
        collector: &'a Collector<'a>,
        progress: &'a Progress,
    ) -> Self {
        Self { objects, detector, collector, progress, older: Mutex::default() }
    }

    /// What a changed blob holds that what it took the place of does not. `origins` is asked only where needed.
    pub(super) fn change<'o>(
        &self,
        change: &Change,
        origin: Provenance,
        origins: &dyn Fn() -> &'o Origins,
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
            let origins = origins();
            if origins.present.contains(&change.id) {
                return Vec::new();
            }
            for (path, id) in &origins.removed {
                self.take_away(&mut hits, *id, path);
            }
        }
        hits
    }

    /// Everything found in these bytes.
    pub(super) fn hits(&self, bytes: &[u8], origin: &Provenance) -> Vec<Hit> {
        let settled = self.detector.find(bytes, &PlaceFacts::of_path(&origin.path()));
        if settled.matches.is_empty() {
            return Vec::new();
        }
        let found = Found { bytes, settled: &settled, start: Start::default(), origin };
        self.collector.hits_of(self.detector, &found).into_iter().map(|(_, hit)| hit).collect()
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

    /// The values that a blob holds at a path; none if it cannot be read, for then nothing is known of it.
    pub(super) fn values(&self, blob: ObjectId, path: &BString) -> Arc<Values> {
        let lock = || self.older.lock().expect("no thread panics while it holds the lock");
        let key = (blob, path.clone());
        if let Some(known) = lock().get(&key) {
            return Arc::clone(known);
        }
        let mut values = Values::new();
        if let Some((Kind::Blob, bytes)) = self.objects.peek(&blob) {
            for found in self.detector.find(&bytes, &PlaceFacts::of_path(path)).matches {
                let print =
                    self.collector.settings.key.fingerprint(&bytes[found.value.start..found.value.end]);
                let sure = values.entry(print).or_insert(found.confidence);
                *sure = found.confidence.max(*sure);
            }
        }
        let values = Arc::new(values);
        lock().insert(key, Arc::clone(&values));
        values
    }
}
