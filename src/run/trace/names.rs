//! Known values in names: of files and folders in the trees of a history, of branches and tags.

use std::collections::BTreeSet;

use super::history::Objects;
use super::{Seen, Tracing, simplest};
use crate::detect::Detector;
use crate::finding::Provenance;
use crate::run::names::masked;
use crate::source::Start;
use crate::source::history::History;

impl Tracing {
    /// Whether a value is in a name.
    pub(in crate::run) fn is_named(&self, name: &[u8]) -> bool {
        !self.tracer.find_in(name, 0..name.len()).is_empty()
    }

    /// The values in a name, which is all or a part of what `origin` names; masked there as rules mask it.
    pub(super) fn in_name(&self, name: &[u8], origin: &Provenance, detector: &Detector) -> Vec<Seen> {
        let sightings = self.tracer.find_in(name, 0..name.len());
        self.spelled(name, &sightings);
        let origin = origin.clone().with_path(&|path| masked(detector, path));
        self.seen(&simplest(sightings), name, Start::default(), &origin)
    }

    /// Looks at the names of all references.
    pub(in crate::run) fn references(&self, history: &History, detector: &Detector) {
        for name in history.reference_names() {
            let origin = Provenance::Reference(name.into());
            for part in name.split('/') {
                let seen = self.in_name(part.as_bytes(), &origin, detector);
                if !seen.is_empty() {
                    self.change(|found| found.seen.extend(seen));
                }
            }
        }
    }
}

impl Objects<'_> {
    /// Notes the values in names as values of the trees that have them.
    pub(in crate::run) fn names(&self, history: &History) {
        for &tree in history.named_trees() {
            let mut values = BTreeSet::new();
            for name in history.names_in(tree) {
                let sightings = self.tracing.tracer.find_in(&name, 0..name.len());
                self.tracing.spelled(&name, &sightings);
                values.extend(sightings.iter().map(|sighting| sighting.value));
            }
            if !values.is_empty() {
                self.add(tree, values);
            }
        }
    }
}
