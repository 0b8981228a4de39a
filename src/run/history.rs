//! Scans a history: each blob once, only what is new in it, then attribution of what was found.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Write;
use std::sync::{Arc, Mutex};

use bstr::BString;

use super::Progress;
use super::cache::Cache;
use super::collect::{Collector, Found, HistoryFacts, Hit};
use super::exposure::Exposures;
use super::kept::{Kept, Known, Tried, inherit};
use super::repository::With;
use super::values::{Stands, ValueId, ValueKey, Values};
use super::{names, seam};
use crate::detect::{Candidate, Detector, Match, PlaceFacts, Range2, Syntax};
use crate::finding::{CommitRef, Coverage, Exposure, Fingerprint, GapReason, Provenance};
use crate::source::Start;
use crate::source::history::{Attribution, History, HistoryBlob, Introduced, ObjectNumber, TextSink};

struct Scan<'a> {
    detector: &'a Detector,
    collector: &'a Collector<'a>,
    values: Mutex<Values>,
}

/// Scans all of `history` but what is `known` already, and hands its hits to the collector.
///
/// If the history is complete, `cache` takes what the next scan may know.
pub(super) fn scan(
    history: &mut History,
    known: Option<Values>,
    cache: Option<&Cache>,
    coverage: &mut Coverage,
    (with, progress): (&With<'_>, &Progress),
) {
    let (detector, collector) = (with.detector, with.collector);
    let (gaps, before) = (coverage.gaps().len(), coverage.scanned);
    let scan = Scan { detector, collector, values: Mutex::new(known.unwrap_or_default()) };
    history.visit_blobs(progress, coverage, &|blob, base: Option<&Vec<Kept>>| scan.blob(blob, base));
    let hits = scan.hits();
    let text = |number, bytes: &[u8]| {
        let (copies, counts) = (None, true);
        scan.blob(&HistoryBlob { number, bytes, copies, counts }, None);
    };
    let is_named = |text: &[u8]| names::is_named(detector, text);
    history.visit_commits(&hits, progress, coverage, &TextSink { text: &text, is_named: &is_named });
    scan.names(history);
    let attribution = history.attribute(&scan.hits());
    let values = scan.values.into_inner().expect("no thread panicked");
    let keys = values.keys();
    collector.expose(exposures(history, &values, &keys, &attribution, collector.settings.today));
    let (blobs, placed, given) = (HashMap::new(), HashSet::new(), HashSet::new());
    let mut placing =
        Placing { history, detector, collector, values: &values, keys, coverage, blobs, placed, given };
    placing.all(&attribution);
    if let Some(cache) = cache.filter(|_| coverage.gaps().len() == gaps && history.is_whole()) {
        let scanned =
            (coverage.scanned.blobs - before.blobs, coverage.scanned.blob_bytes - before.blob_bytes);
        let snapshot = |out: &mut dyn Write| history.write_snapshot(&attribution, scanned, out);
        let stored = values.to_store(history).map(|values| cache.store(history.folder(), &values, snapshot));
        // Without it the next scan takes longer, and nothing else.
        drop(stored);
    }
}

/// How long each value of the history has been exposed.
fn exposures(
    history: &History,
    values: &Values,
    keys: &[ValueKey],
    attribution: &Attribution,
    today: i64,
) -> HashMap<Fingerprint, Exposure> {
    let of = |object: ObjectNumber| -> Vec<Fingerprint> {
        values.of_object.get(&object).into_iter().flatten().map(|&id| keys[id as usize].1).collect()
    };
    let at_head = attribution.at_head.iter().flat_map(|(_, object)| of(*object)).collect();
    Exposures::new(history, attribution, &of).all(&at_head, today)
}

impl Scan<'_> {
    /// Notes the values in names as values of the trees that have them.
    fn names(&self, history: &History) {
        for &tree in history.named_trees() {
            let mut values: Vec<ValueId> = Vec::new();
            for name in history.names_in(tree) {
                let found = self.detector.find(&name, &PlaceFacts::ANY).matches;
                values.extend(found.iter().map(|found| self.value_id(&name, found, None)));
            }
            values.sort_unstable();
            values.dedup();
            self.values
                .lock()
                .expect("no thread panics while it holds the lock")
                .of_object
                .insert(tree, values);
        }
    }

    /// Objects with hits so far.
    fn hits(&self) -> BTreeSet<ObjectNumber> {
        self.values
            .lock()
            .expect("no thread panics while it holds the lock")
            .of_object
            .keys()
            .copied()
            .collect()
    }

    /// Scans what is new in a blob; returns the candidates that the blobs built on it inherit.
    fn blob(&self, blob: &HistoryBlob<'_>, base: Option<&Vec<Kept>>) -> Vec<Kept> {
        let mut kept = Vec::new();
        let mut fresh = Vec::new();
        match (blob.copies, base) {
            (Some((copies, base_len)), Some(base)) if !self.collector.settings.no_seam => {
                let (ranges, dirty) =
                    seam::split(copies, base_len, blob.bytes.len(), self.detector.reach());
                inherit(base, &ranges, &mut kept);
                for range in dirty {
                    self.detector.scan_range(blob.bytes, range, &mut fresh);
                }
                self.whole_if_wide(blob, &mut kept, &mut fresh);
            }
            _ => self.detector.scan_range(blob.bytes, 0..blob.bytes.len(), &mut fresh),
        }
        kept.extend(fresh.into_iter().filter_map(|candidate| self.keep(blob, candidate)));
        for kept in kept.iter_mut().filter(|kept| matches!(kept.values, Known::Untried)) {
            kept.values = Known::Tried(Arc::new(self.try_long(blob, &kept.candidate)));
        }
        kept.retain(|kept| !kept.is_forgotten(self.detector.reach()));
        kept.sort_by_key(|kept| kept.candidate.anchor);
        if blob.counts && !kept.is_empty() {
            self.record(blob, &kept);
        }
        kept
    }

    /// Scans a version whole if there is text of several bytes a character in it: what decides about that lies farther
    /// away than in other text.
    fn whole_if_wide(&self, blob: &HistoryBlob<'_>, kept: &mut Vec<Kept>, fresh: &mut Vec<Candidate>) {
        if kept.iter().any(|kept| kept.candidate.is_wide()) || fresh.iter().any(Candidate::is_wide) {
            kept.clear();
            fresh.clear();
            self.detector.scan_range(blob.bytes, 0..blob.bytes.len(), fresh);
        }
    }

    /// Drops what is no secret in any place.
    fn keep(&self, blob: &HistoryBlob<'_>, candidate: Candidate) -> Option<Kept> {
        if self.detector.is_long(&candidate) {
            return Some(Kept { candidate, values: Known::Untried });
        }
        let found = self.detector.judge(blob.bytes, &candidate, &PlaceFacts::ANY).ok()?;
        let stands = Stands::plain(blob.number, &found);
        let values = Known::One(self.value_id(blob.bytes, &found, Some(stands)));
        Some(Kept { candidate, values })
    }

    fn try_long(&self, blob: &HistoryBlob<'_>, candidate: &Candidate) -> Tried {
        let settled = self.detector.settle(blob.bytes, std::slice::from_ref(candidate), &PlaceFacts::ANY);
        let id = |(index, found): (usize, &Match)| {
            let stands = match candidate.syntax {
                Syntax::Encoded(encoding) => {
                    Stands::encoded(blob.number, (candidate.anchor, encoding), index)
                }
                _ => Stands::plain(blob.number, found),
            };
            self.value_id(blob.bytes, found, Some(stands))
        };
        let values = settled.matches.iter().enumerate().map(id).collect();
        let reach = self.detector.long_reach(blob.bytes, candidate);
        Tried { values, reach, cut: settled.cut.len() }
    }

    fn value_id(&self, bytes: &[u8], found: &Match, stands: Option<Stands>) -> ValueId {
        let print = self.collector.settings.key.fingerprint(found.value_in(bytes));
        self.values.lock().expect("no thread panics while it holds the lock").id(found, print, stands)
    }

    fn record(&self, blob: &HistoryBlob<'_>, kept: &[Kept]) {
        let formats: HashSet<Range2> = kept.iter().filter_map(|kept| self.format_at(kept)).collect();
        let mut values: Vec<ValueId> = Vec::new();
        for kept in kept {
            match &kept.values {
                // A rule with a format of its own has the same bytes: this one gives way wherever the blob stands.
                Known::One(_)
                    if formats.contains(&kept.candidate.value) && self.format_at(kept).is_none() => {}
                Known::One(value) => values.push(*value),
                Known::Tried(tried) => {
                    values.extend(&tried.values);
                    self.collector.count_cut(tried.cut);
                }
                Known::Untried => {}
            }
        }
        values.sort_unstable();
        values.dedup();
        if !values.is_empty() {
            self.values
                .lock()
                .expect("no thread panics while it holds the lock")
                .of_object
                .insert(blob.number, values);
        }
    }

    /// Where the value of a rule with a format of its own stands.
    fn format_at(&self, kept: &Kept) -> Option<Range2> {
        let rule = &self.detector.rules()[usize::from(kept.candidate.rule)];
        let known = matches!(kept.values, Known::One(_));
        (known && rule.has_own_format()).then_some(kept.candidate.value)
    }
}

/// Turns values in blobs into hits at commits and paths.
struct Placing<'a> {
    history: &'a History,
    detector: &'a Detector,
    collector: &'a Collector<'a>,
    values: &'a Values,
    /// The keys of the values, by id.
    keys: Vec<ValueKey>,
    coverage: &'a mut Coverage,
    /// Hits of blobs at paths, by value: one blob is placed for each of its values in turn.
    blobs: HashMap<(ObjectNumber, BString), HashMap<ValueId, Vec<Hit>>>,
    placed: HashSet<(ValueId, BString)>,
    /// What has a hit: of the placed, some are no secret at their path.
    given: HashSet<Fingerprint>,
}

/// Whether a value is new, or still there, is asked of the value under whatever rule.
impl Placing<'_> {
    fn all(&mut self, attribution: &Attribution) {
        let head: HashMap<BString, ObjectNumber> = attribution.at_head.iter().cloned().collect();
        let mut reachable: BTreeSet<ObjectNumber> = BTreeSet::new();
        for introduced in &attribution.introduced {
            reachable.extend(introduced.places.iter().map(|(_, blob)| *blob));
            self.introduced(introduced, &head);
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

    fn introduced(&mut self, introduced: &Introduced, head: &HashMap<BString, ObjectNumber>) {
        let mut before = self.prints(&introduced.before);
        before.retain(|print| self.given.contains(print));
        for (path, blob) in &introduced.places {
            for value in self.of(*blob).to_vec() {
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
        blobs.into_iter().flat_map(|blob| self.of(*blob)).map(|value| self.print(*value)).collect()
    }

    fn holds(&self, blob: ObjectNumber, print: Fingerprint) -> bool {
        self.of(blob).iter().any(|value| self.print(*value) == print)
    }

    fn of(&self, blob: ObjectNumber) -> &[ValueId] {
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
            for value in self.of(*blob).to_vec() {
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
                for value in self.of(*blob).to_vec() {
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
            for value in self.of(*blob).to_vec() {
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
            for value in self.of(number).to_vec() {
                if seen.insert(value) {
                    self.placed.insert((value, BString::default()));
                    let facts = HistoryFacts { unreachable, ..HistoryFacts::default() };
                    self.place_blob(number, &BString::default(), value, facts);
                }
            }
        }
    }

    fn place_blob(&mut self, blob: ObjectNumber, path: &BString, value: ValueId, facts: HistoryFacts) {
        let key = (blob, path.clone());
        if !self.blobs.contains_key(&key) {
            let hits = match self.history.is_tree(blob) {
                true => self.hits_of_names(blob, path),
                false => {
                    let path = self.history.shown_path(path);
                    self.hits_of(blob, &Provenance::Blob { path, id: self.history.id(blob) })
                }
            };
            let mut by_value: HashMap<ValueId, Vec<Hit>> = HashMap::new();
            hits.into_iter().for_each(|(value, hit)| by_value.entry(value).or_default().push(hit));
            self.blobs.insert(key.clone(), by_value);
        }
        let Some(hits) = self.blobs[&key].get(&value) else { return };
        self.given.insert(self.keys[value as usize].1);
        self.collector.add(hits.iter().map(|hit| hit.clone().with_history(facts.clone())));
    }

    fn place_message(&mut self, number: ObjectNumber, commit: Option<CommitRef>) {
        let hits = self.hits_of(number, &Provenance::Message { id: self.history.id(number) });
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
    fn hits_of(&mut self, number: ObjectNumber, origin: &Provenance) -> Vec<(ValueId, Hit)> {
        let bytes = match self.history.read(number) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.coverage.gap(GapReason::CorruptObject, self.history.id(number), why);
                return Vec::new();
            }
        };
        let settled = self.detector.find(&bytes, &PlaceFacts::of_path(&origin.path()));
        let found = Found { bytes: &bytes, settled: &settled, start: Start::default(), origin };
        let hits = self.collector.hits_of(self.detector, &found);
        hits.into_iter().filter_map(|(found, hit)| Some((self.known(&found, &hit)?, hit))).collect()
    }
}
