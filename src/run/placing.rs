//! Turns the values of objects into hits at commits and paths.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bstr::BString;
use rayon::prelude::*;

use super::collect::{Collector, Found, HistoryFacts, Hit};
use super::exposure::Exposures;
use super::values::{Held, ValueId, ValueKey, Values};
use super::{mapped, names, parts};
use crate::detect::{Detector, Match, PlaceFacts};
use crate::finding::{CommitRef, Coverage, Fingerprint, GapReason, Provenance};
use crate::source::Start;
use crate::source::history::{Attribution, History, Introduced, ObjectNumber};

/// Turns values in blobs into hits at commits and paths.
pub(super) struct Placing<'a> {
    history: &'a History,
    detector: &'a Detector,
    collector: &'a Collector<'a>,
    values: &'a Values,
    /// The keys of the values, by id.
    keys: Vec<ValueKey>,
    coverage: &'a mut Coverage,
    /// Hits of blobs at paths, by value, of the values that come to the path with this blob: a file that grows by a value
    /// a commit has as many versions as values, and all of each would be their square.
    blobs: HashMap<(ObjectNumber, BString), ByValue>,
    /// All hits of the blob that was read last: one blob is placed for each of its values in turn.
    last: Option<((ObjectNumber, BString), ByValue)>,
    placed: HashSet<(ValueId, BString)>,
    /// What has a hit: of the placed, some are no secret at their path.
    given: HashSet<Fingerprint>,
}

impl<'a> Placing<'a> {
    pub(super) fn new(
        history: &'a History,
        (detector, collector): (&'a Detector, &'a Collector<'a>),
        values: &'a Values,
        coverage: &'a mut Coverage,
    ) -> Self {
        let (blobs, last, placed, given) = Default::default();
        Self {
            history,
            detector,
            collector,
            values,
            keys: values.keys(),
            coverage,
            blobs,
            last,
            placed,
            given,
        }
    }
}

/// Hits of one blob at one path.
type ByValue = HashMap<ValueId, Vec<Hit>>;

/// Whether a value is new, or still there, is asked of the value under whatever rule.
impl Placing<'_> {
    pub(super) fn all(&mut self, attribution: &Attribution, exposures: &Exposures<'_>) {
        self.read_ahead(attribution);
        let head: HashMap<BString, ObjectNumber> = attribution.at_head.iter().cloned().collect();
        let mut reachable: BTreeSet<ObjectNumber> = BTreeSet::new();
        for introduced in &attribution.introduced {
            reachable.extend(introduced.places.iter().map(|(_, blob)| *blob));
            self.introduced(introduced, &head, exposures);
        }
        self.at_head_only(attribution);
        self.without_commit(&attribution.held_by_refs, false);
        reachable.extend(&attribution.held_by_refs);
        for (&number, commit) in &attribution.messages {
            reachable.insert(number);
            self.place_message(number, commit.clone());
        }
        let lost: BTreeSet<ObjectNumber> =
            self.values.of_object.keys().copied().filter(|number| !reachable.contains(number)).collect();
        self.in_lost_commits(&attribution.lost);
        self.staged_only(&attribution.staged);
        self.without_commit(&lost, true);
    }

    fn introduced(
        &mut self,
        introduced: &Introduced,
        head: &HashMap<BString, ObjectNumber>,
        exposures: &Exposures<'_>,
    ) {
        let mut before = self.prints(introduced.places.iter().map(|(_, blob)| blob));
        before.retain(|print| self.given.contains(print) && !exposures.brings(introduced.number, *print));
        for (path, blob) in &introduced.places {
            for (value, _) in self.of(*blob).to_vec() {
                let print = self.print(value);
                let introduces = !before.contains(&print);
                if !self.placed.insert((value, path.clone())) && !introduces {
                    continue;
                }
                let facts = HistoryFacts {
                    commit: Some(introduced.commit.clone()),
                    at_head: Some(head.get(path).is_some_and(|blob| self.holds(*blob, print))),
                    unreachable: false,
                };
                self.place_blob(*blob, path, value, facts);
            }
        }
    }

    fn print(&self, value: ValueId) -> Fingerprint {
        self.keys[value as usize].1
    }

    fn prints<'b>(&self, blobs: impl IntoIterator<Item = &'b ObjectNumber>) -> HashSet<Fingerprint> {
        blobs.into_iter().flat_map(|blob| self.of(*blob)).map(|(value, _)| self.print(*value)).collect()
    }

    fn holds(&self, blob: ObjectNumber, print: Fingerprint) -> bool {
        self.of(blob).iter().any(|(value, _)| self.print(*value) == print)
    }

    fn of(&self, blob: ObjectNumber) -> &[Held] {
        self.values.of_object.get(&blob).map_or(&[], Vec::as_slice)
    }

    /// Paths of HEAD to which a value came without a new blob: by a rename or a copy.
    fn at_head_only(&mut self, attribution: &Attribution) {
        let mut first: HashMap<ObjectNumber, CommitRef> = HashMap::new();
        for introduced in &attribution.introduced {
            for (_, blob) in &introduced.places {
                first.entry(*blob).or_insert_with(|| introduced.commit.clone());
            }
        }
        for (path, blob) in &attribution.at_head {
            for (value, _) in self.of(*blob).to_vec() {
                if self.placed.insert((value, path.clone())) {
                    let commit = first.get(blob).cloned();
                    let facts = HistoryFacts { commit, at_head: Some(true), unreachable: false };
                    self.place_blob(*blob, path, value, facts);
                }
            }
        }
    }

    /// Values that only commits hold to which no reference leads.
    fn in_lost_commits(&mut self, lost: &[Introduced]) {
        let known = self.placed_values();
        for introduced in lost {
            for (path, blob) in &introduced.places {
                for (value, _) in self.of(*blob).to_vec() {
                    if !known.contains(&value) && self.placed.insert((value, path.clone())) {
                        let commit = Some(introduced.commit.clone());
                        let facts = HistoryFacts { commit, unreachable: true, ..HistoryFacts::default() };
                        self.place_blob(*blob, path, value, facts);
                    }
                }
            }
        }
    }

    /// Values that are staged and in no commit.
    fn staged_only(&mut self, staged: &[(BString, ObjectNumber)]) {
        let known = self.placed_values();
        for (path, blob) in staged {
            for (value, _) in self.of(*blob).to_vec() {
                if !known.contains(&value) && self.placed.insert((value, path.clone())) {
                    let facts = HistoryFacts { unreachable: true, ..HistoryFacts::default() };
                    self.place_blob(*blob, path, value, facts);
                }
            }
        }
    }

    fn placed_values(&self) -> HashSet<ValueId> {
        self.placed.iter().map(|(value, _)| *value).collect()
    }

    /// Objects that no commit holds: one place for each value that has none yet.
    fn without_commit(&mut self, objects: &BTreeSet<ObjectNumber>, unreachable: bool) {
        let mut seen = self.placed_values();
        for &number in objects {
            for (value, _) in self.of(number).to_vec() {
                if seen.insert(value) {
                    self.placed.insert((value, BString::default()));
                    let facts = HistoryFacts { unreachable, ..HistoryFacts::default() };
                    self.place_blob(number, &BString::default(), value, facts);
                }
            }
        }
    }

    fn place_blob(&mut self, blob: ObjectNumber, path: &BString, value: ValueId, facts: HistoryFacts) {
        if !self.counts(blob, path, value) {
            return;
        }
        let key = (blob, path.clone());
        let is_kept = self.blobs.get(&key).is_some_and(|kept| kept.contains_key(&value));
        if !is_kept && self.last.as_ref().is_none_or(|(last, _)| *last != key) {
            let hits = self.hits_at(blob, path);
            let hits = self.by_value(blob, hits);
            self.last = Some((key.clone(), hits));
        }
        let last = || self.last.as_ref().and_then(|(_, hits)| hits.get(&value));
        let kept = if is_kept { self.blobs[&key].get(&value) } else { last() };
        let Some(hits) = kept.filter(|hits| !hits.is_empty()) else { return };
        self.given.insert(self.keys[value as usize].1);
        self.collector.add(hits.iter().map(|hit| hit.clone().with_history(facts.clone())));
    }

    /// Whether a value of an object counts at a path. False is certain, true is not: other values may overlap it.
    fn counts(&self, object: ObjectNumber, path: &BString, value: ValueId) -> bool {
        let facts = PlaceFacts::of_path(&self.history.shown_path(path));
        self.of(object).iter().any(|(held, places)| *held == value && places.has(&facts))
    }

    /// Reads on all threads what `all` will ask for: each blob where one of its values comes to a path.
    fn read_ahead(&mut self, attribution: &Attribution) {
        let mut seen: HashSet<(ValueId, &BString)> = HashSet::new();
        let mut wanted: BTreeMap<(ObjectNumber, &BString), HashSet<ValueId>> = BTreeMap::new();
        let introduced = attribution.introduced.iter().flat_map(|introduced| &introduced.places);
        for (path, blob) in introduced.chain(&attribution.at_head) {
            for (value, _) in self.of(*blob) {
                if seen.insert((*value, path)) && self.counts(*blob, path, *value) {
                    wanted.entry((*blob, path)).or_default().insert(*value);
                }
            }
        }
        let read = |((blob, path), values): ((ObjectNumber, &BString), HashSet<ValueId>)| {
            let mut hits = self.hits_at(blob, path);
            if let Ok(hits) = &mut hits {
                hits.retain(|(value, _)| values.contains(value));
                hits.shrink_to_fit();
            }
            ((blob, path.clone()), values, hits)
        };
        let read: Vec<_> = wanted.into_par_iter().map(read).collect();
        for (key, values, hits) in read {
            let mut hits = self.by_value(key.0, hits);
            // What has no hit here is known to have none.
            for value in values {
                hits.entry(value).or_default();
            }
            self.blobs.insert(key, hits);
        }
    }

    /// What a blob holds; that it cannot be read is a gap.
    fn by_value(&mut self, blob: ObjectNumber, hits: Result<Vec<(ValueId, Hit)>, String>) -> ByValue {
        let hits = hits.unwrap_or_else(|why| {
            self.coverage.gap(GapReason::CorruptObject, self.history.id(blob), why);
            Vec::new()
        });
        let mut by_value = ByValue::new();
        hits.into_iter().for_each(|(value, hit)| by_value.entry(value).or_default().push(hit));
        by_value
    }

    /// The values of a blob or tree at a path.
    fn hits_at(&self, blob: ObjectNumber, path: &BString) -> Result<Vec<(ValueId, Hit)>, String> {
        if self.history.is_tree(blob) {
            return Ok(self.hits_of_names(blob, path));
        }
        let path = self.history.shown_path(path);
        self.hits_of(blob, &Provenance::Blob { path, id: self.history.id(blob) })
    }

    fn place_message(&mut self, number: ObjectNumber, commit: Option<CommitRef>) {
        let hits = self.hits_of(number, &Provenance::Message { id: self.history.id(number) });
        let hits = hits.unwrap_or_else(|why| {
            self.coverage.gap(GapReason::CorruptObject, self.history.id(number), why);
            Vec::new()
        });
        let facts = HistoryFacts { commit, ..HistoryFacts::default() };
        self.collector.add(hits.into_iter().map(|(_, hit)| hit.with_history(facts.clone())));
    }

    /// The values in the names that a tree has.
    fn hits_of_names(&self, tree: ObjectNumber, folder: &BString) -> Vec<(ValueId, Hit)> {
        let mut all = Vec::new();
        for name in self.history.names_in(tree) {
            let mut path = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&name);
            let path = self.history.shown_path(&path);
            let origin = Provenance::Name { path, id: self.history.id(tree) };
            let hits = names::hits(self.collector, self.detector, &name, &origin);
            all.extend(hits.into_iter().filter_map(|(found, hit)| Some((self.known(&found, &hit)?, hit))));
        }
        all
    }

    fn known(&self, found: &Match, hit: &Hit) -> Option<ValueId> {
        let print = self.collector.settings.key.fingerprint(hit.secret.expose());
        self.values.known(found, print)
    }

    /// Reads an object again and scans it whole, as what stands at its path.
    fn hits_of(&self, number: ObjectNumber, origin: &Provenance) -> Result<Vec<(ValueId, Hit)>, String> {
        let bytes = self.history.read(number)?;
        // What cannot be read of it is told already.
        let with = (self.detector, self.collector);
        let mut hits = parts::hits((&bytes, origin), with, &mut Coverage::default());
        if !parts::are_archive(&bytes, &origin.path()) {
            hits.extend(self.own_hits(&bytes, origin));
        }
        Ok(hits.into_iter().filter_map(|(found, hit)| Some((self.known(&found, &hit)?, hit))).collect())
    }

    fn own_hits(&self, bytes: &[u8], origin: &Provenance) -> Vec<(Match, Hit)> {
        let bytes = &parts::own_text(bytes, &origin.path());
        let settled = self.detector.find(bytes, &PlaceFacts::of_path(&origin.path()));
        let found = Found { bytes, settled: &settled, start: Start::default(), origin };
        let mut hits = self.collector.hits_of(self.detector, &found);
        let own = hits.iter_mut().map(|(_, hit)| hit);
        mapped::lead_back_within(bytes, own, (self.collector, self.detector));
        hits
    }
}
