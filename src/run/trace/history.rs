//! Looks for known values in the objects of a history: of each version only what its delta base lacks.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use super::Tracing;
use crate::detect::Detector;
use crate::finding::Coverage;
use crate::run::{Settings, parts, seam};
use crate::source::history::{HistoryBlob, ObjectNumber};

/// A value and where it begins.
pub(in crate::run) type Start = (usize, u32);

/// Which objects of one history hold which values.
#[derive(Debug)]
pub(in crate::run) struct Objects<'a> {
    pub(super) tracing: &'a Tracing,
    pub(super) settings: &'a Settings,
    pub(super) detector: &'a Detector,
    of: Mutex<HashMap<ObjectNumber, BTreeSet<u32>>>,
}

impl<'a> Objects<'a> {
    pub(in crate::run) fn new(
        tracing: &'a Tracing,
        (settings, detector): (&'a Settings, &'a Detector),
    ) -> Self {
        Self { tracing, settings, detector, of: Mutex::default() }
    }

    /// Looks at what is new in a blob; returns the values that the blobs built on it inherit.
    pub(in crate::run) fn blob(&self, blob: &HistoryBlob<'_>, base: Option<&[Start]>) -> Vec<Start> {
        let tracer = &self.tracing.tracer;
        let mut starts = Vec::new();
        let mut look = |range| {
            let found = tracer.find_in(blob.bytes, range);
            self.tracing.spelled(blob.bytes, &found);
            starts.extend(found.into_iter().map(|sighting| (sighting.span.start, sighting.value)));
        };
        match (blob.copies, base) {
            (Some((copies, base_len)), Some(base)) if !self.settings.no_seam => {
                let (kept, fresh) = seam::split(copies, base_len, blob.bytes.len(), tracer.reach());
                fresh.into_iter().for_each(&mut look);
                for range in kept.iter().filter(|_| !base.is_empty()) {
                    starts.extend(base.iter().filter_map(|&(at, value)| Some((range.moved(at)?, value))));
                }
            }
            _ => look(0..blob.bytes.len()),
        }
        starts.sort_unstable();
        starts.dedup();
        if blob.counts && !starts.is_empty() {
            self.add(blob.number, starts.iter().map(|(_, value)| *value));
        }
        starts
    }

    /// Looks at what an archive holds, or packed parts of a file.
    pub(in crate::run) fn parts(&self, archive: &HistoryBlob<'_>) {
        if !archive.counts || parts::are_sources(archive.bytes, b"") {
            return;
        }
        // How a value is written there is not kept: nothing that replaces text reaches into an archive.
        let mut values = BTreeSet::new();
        let nowhere = parts::nowhere(archive.bytes);
        parts::each((archive.bytes, &nowhere), self.settings, &mut Coverage::default(), &mut |part| {
            if part.name.is_none() {
                let found = self.tracing.tracer.find_in(part.blob.bytes, part.blob.core.clone());
                values.extend(found.into_iter().map(|sighting| sighting.value));
            }
        });
        if !values.is_empty() {
            self.add(archive.number, values);
        }
    }

    pub(super) fn add(&self, object: ObjectNumber, values: impl IntoIterator<Item = u32>) {
        let mut of = self.of.lock().expect("no thread panics while it holds the lock");
        of.entry(object).or_default().extend(values);
    }

    /// Objects with values so far.
    pub(in crate::run) fn hits(&self) -> BTreeSet<ObjectNumber> {
        self.of.lock().expect("no thread panics while it holds the lock").keys().copied().collect()
    }

    /// The values of each object.
    pub(super) fn values(&self) -> HashMap<ObjectNumber, BTreeSet<u32>> {
        self.of.lock().expect("no thread panics while it holds the lock").clone()
    }
}
