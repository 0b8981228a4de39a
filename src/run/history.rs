//! Scans a history: each blob once, only what is new in it, then attribution of what was found.

mod archive;

use std::collections::{BTreeSet, HashSet};
use std::io::Write;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use bstr::ByteSlice;

use super::Progress;
use super::cache::Cache;
use super::collect::Collector;
use super::exposure::Exposures;
use super::kept::{Kept, Known, Tried, Version, inherit};
use super::placing::Placing;
use super::repository::With;
use super::seen::Seen;
use super::trace::Objects;
use super::values::{Held, Stands, ValueId, ValueKey, Values};
use super::{colours, names, parts, seam};
use crate::detect::{Candidate, Detector, FileName, Match, PlaceFacts, Places, Range2, Role, Syntax};
use crate::env::discover::is_env_file;
use crate::finding::{Coverage, Fingerprint, GapReason, contained};
use crate::source::Opening;
use crate::source::history::{Attribution, History, HistoryBlob, ObjectNumber, TextSink};

/// What the blobs built on a blob inherit.
#[derive(Debug)]
struct Passed {
    version: Version,
    traced: Vec<(usize, u32)>,
    /// An archive hands nothing on: its own bytes are not looked at.
    is_archive: bool,
}

impl Passed {
    /// Looks at a blob: for what rules find, and for known values.
    fn of(
        blob: &HistoryBlob<'_>,
        base: Option<&Self>,
        (scan, traced): (Option<&Scan<'_>>, Option<&Objects<'_>>),
    ) -> Self {
        if let Some(opening) = Opening::of(blob.bytes, b"") {
            scan.iter().for_each(|scan| scan.open(blob));
            traced.iter().for_each(|traced| traced.parts(blob));
            if opening.replaces() {
                return Self { version: Version::default(), traced: Vec::new(), is_archive: true };
            }
        }
        let base = base.filter(|base| !base.is_archive);
        let version = scan.map(|scan| scan.blob(blob, base.map(|base| &base.version)));
        let traced = traced.map(|traced| traced.blob(blob, base.map(|base| base.traced.as_slice())));
        Self { version: version.unwrap_or_default(), traced: traced.unwrap_or_default(), is_archive: false }
    }
}

struct Scan<'a> {
    detector: &'a Detector,
    collector: &'a Collector<'a>,
    values: Mutex<Values>,
    /// Pieces of text that were scanned; nothing without seams, and once all blobs were read.
    seen: Option<Seen<Kept>>,
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
    let seen = (!with.settings.no_seam).then(|| Seen::new(with.settings.memory));
    let mut scan = Scan { detector, collector, values: Mutex::new(known.unwrap_or_default()), seen };
    let traced = with.tracing.map(|tracing| Objects::new(tracing, (with.settings, detector)));
    let blob = |blob: &HistoryBlob<'_>, base: Option<&Passed>| {
        Passed::of(blob, base, (with.detects.then_some(&scan), traced.as_ref()))
    };
    history.visit_blobs(progress, coverage, &blob);
    let mut hits = scan.told_by_content();
    hits.extend(traced.iter().flat_map(Objects::hits));
    scan.seen = None;
    let text = |number, bytes: &[u8], ids_end: usize| {
        let text = HistoryBlob { number, bytes, copies: None, counts: true, part: None };
        if with.detects {
            scan.text(&text, ids_end..bytes.len());
        }
        traced.iter().for_each(|traced| drop(traced.blob(&text, None)));
    };
    let is_traced = |text: &[u8]| with.tracing.is_some_and(|tracing| tracing.is_named(text));
    let is_named = |text: &[u8]| with.detects && names::is_named(detector, text) || is_traced(text);
    let is_followed = |name: &[u8]| {
        let is_of_use = || FileName::of(name).is_some() || name.ends_with(parts::BROTLI.as_bytes());
        with.detects && is_of_use() || traced.is_some() && is_env_file(&name.to_str_lossy())
    };
    let sink = TextSink { text: &text, is_named: &is_named, is_followed: &is_followed };
    history.visit_commits(&hits, progress, coverage, &sink);
    if with.detects {
        scan.names(history);
        scan.files(history);
    }
    if let Some(traced) = &traced {
        traced.names(history);
        traced.place(history, &with.settings.key, with.settings.today, coverage);
    }
    let attribution = history.attribute(&scan.hits());
    attribution.count_gaps(coverage);
    let values = scan.values.into_inner().expect("no thread panicked");
    let keys = values.keys();
    let (mut exposures, at_head) = exposures(history, &values, &keys, &attribution);
    let shown = |name: &str| names::masked(detector, name.as_bytes()).to_string();
    collector.expose(exposures.all(&at_head, collector.settings.today, &shown));
    Placing::new(history, (detector, collector), &values, coverage).all(&attribution, &exposures);
    let is_whole = || coverage.gaps().len() == gaps && history.is_whole();
    // Paths are stored as they are.
    let holds_no_value = || !attribution.paths().any(|path| names::is_named(detector, path));
    if let Some(cache) = cache.filter(|_| is_whole() && holds_no_value()) {
        let scanned =
            (coverage.scanned.blobs - before.blobs, coverage.scanned.blob_bytes - before.blob_bytes);
        let snapshot = |out: &mut dyn Write| history.write_snapshot(&attribution, scanned, out);
        let stored = values.to_store(history).map(|values| cache.store(history.folder(), &values, snapshot));
        // Without it the next scan takes longer, and nothing else.
        drop(stored);
    }
    archive::count(&values, history, &attribution, coverage);
}

/// Follows the values of the history through its commits.
fn exposures<'a>(
    history: &'a History,
    values: &Values,
    keys: &[ValueKey],
    attribution: &'a Attribution,
) -> (Exposures<'a>, BTreeSet<Fingerprint>) {
    let of = |object: ObjectNumber| -> Vec<Fingerprint> {
        let held = values.of_object.get(&object).into_iter().flatten();
        held.map(|&(id, _)| keys[id as usize].1).collect()
    };
    let at_head = attribution.at_head.iter().flat_map(|(_, object)| of(*object)).collect();
    (Exposures::new(history, attribution, &of), at_head)
}

impl Scan<'_> {
    /// Notes the values in names as values of the trees that have them.
    fn names(&self, history: &History) {
        for &tree in history.named_trees() {
            let mut values: Vec<Held> = Vec::new();
            for name in history.names_in(tree) {
                let found = self.detector.find(&name, &PlaceFacts::ANY).matches;
                values.extend(found.iter().map(|found| (self.value_id(&name, found, None), Places::ALL)));
            }
            self.hold(tree, values);
        }
    }

    /// Notes files that are secrets themselves as values of their blobs: whether they count is told at each path.
    fn files(&self, history: &History) {
        for &blob in history.followed() {
            // What cannot be read is a gap already.
            let Ok(bytes) = history.read(blob) else { continue };
            let is = |file| self.detector.secret_file(&bytes, file, Role::Any);
            let text = HistoryBlob { number: blob, bytes: &bytes, copies: None, counts: true, part: None };
            if Opening::of(&bytes, b"").is_none() {
                // What brotli has packed is known by its name alone.
                self.open(&text);
            }
            let held = |found: Match| {
                (self.value_id(&bytes, &found, Some(Stands::plain(&text, &found))), Places::ALL)
            };
            let files: Vec<Held> = FileName::all().filter_map(is).map(held).collect();
            if !files.is_empty() {
                self.hold(blob, files);
            }
        }
    }

    /// Objects that matter whatever their names are.
    fn told_by_content(&self) -> BTreeSet<ObjectNumber> {
        let values = self.lock();
        let keys = values.keys();
        let is_file =
            |(id, _): &Held| self.detector.rules()[usize::from(keys[*id as usize].0)].file.is_some();
        let told = values.of_object.iter().filter(|(_, held)| !held.iter().all(is_file));
        told.map(|(object, _)| *object).chain(values.gaps.keys().copied()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.values.lock().expect("no thread panics while it holds the lock")
    }

    /// Objects with hits so far.
    fn hits(&self) -> BTreeSet<ObjectNumber> {
        self.lock().of_object.keys().copied().collect()
    }

    /// Scans what people wrote of a commit or tag. Each is another, so that nothing of it was seen before.
    fn text(&self, text: &HistoryBlob<'_>, range: Range<usize>) {
        let plain = colours::without(text.bytes);
        let (text, mut kept) = (&HistoryBlob { bytes: &plain, ..*text }, Vec::new());
        self.scan_range(text, range.clone(), &mut kept);
        self.finish(text, self.detector.may_be_wide(text.bytes, range), &mut kept);
    }

    /// Scans what is new in a blob; returns what the blobs built on it inherit. Where that fails, nothing, so that they are read
    /// as a whole.
    fn blob(&self, blob: &HistoryBlob<'_>, base: Option<&Version>) -> Version {
        contained(|| self.version(blob, base)).unwrap_or_else(|place| {
            let mut coverage = Coverage::default();
            coverage.gap(GapReason::Fault, String::new(), format!("ringfence failed {place}"));
            let mut values = self.lock();
            values.of_object.entry(blob.number).or_default();
            values.gaps.entry(blob.number).or_default().extend(coverage.gaps().into_iter().cloned());
            Version { has_colours: true, ..Version::default() }
        })
    }

    fn version(&self, blob: &HistoryBlob<'_>, base: Option<&Version>) -> Version {
        let (mut kept, bytes, reach) = (Vec::new(), blob.bytes, self.detector.reach());
        let base = base.filter(|base| !base.has_colours);
        if self.has_colours(blob, base) {
            return self.coloured(blob);
        }
        let is_wide = |range: &Range<usize>| self.detector.may_be_wide(bytes, range.clone());
        let may_be_wide = match (blob.copies, base) {
            (Some((copies, base_len)), Some(base)) if !self.collector.settings.no_seam => {
                let (ranges, dirty) = seam::split(copies, base_len, bytes.len(), reach);
                inherit(&base.kept, &ranges, &mut kept);
                let is_new = dirty.iter().any(is_wide);
                dirty.into_iter().for_each(|range| self.fresh(blob, range, &mut kept));
                is_new || base.may_be_wide && is_wide(&(0..bytes.len()))
            }
            _ => {
                self.fresh(blob, 0..bytes.len(), &mut kept);
                is_wide(&(0..bytes.len()))
            }
        };
        self.finish(blob, may_be_wide, &mut kept);
        kept.retain(|kept| kept.is_inherited(reach));
        kept.sort_by_key(|kept| kept.candidate.anchor);
        Version { kept, may_be_wide, has_colours: false }
    }

    /// Whether there may be control sequences of a terminal in a blob; its base has none.
    fn has_colours(&self, blob: &HistoryBlob<'_>, base: Option<&Version>) -> bool {
        match (blob.copies, base) {
            (Some((copies, base_len)), Some(_)) if !self.collector.settings.no_seam => {
                let (_, new) = seam::split(copies, base_len, blob.bytes.len(), self.detector.reach());
                new.into_iter().any(|range| colours::are_in(&blob.bytes[range]))
            }
            _ => colours::are_in(blob.bytes),
        }
    }

    /// Scans a blob with blanks for control sequences, all of it. It hands nothing on: what is built on it may have lost half
    /// of a sequence.
    fn coloured(&self, blob: &HistoryBlob<'_>) -> Version {
        let plain = colours::without(blob.bytes);
        let blob = &HistoryBlob { bytes: &plain, copies: None, ..*blob };
        let mut kept = Vec::new();
        self.fresh(blob, 0..plain.len(), &mut kept);
        self.finish(blob, self.detector.may_be_wide(&plain, 0..plain.len()), &mut kept);
        Version { has_colours: true, ..Version::default() }
    }

    /// Tries what takes more than the reach of a scan, and notes all values.
    fn finish(&self, blob: &HistoryBlob<'_>, may_be_wide: bool, kept: &mut Vec<Kept>) {
        if may_be_wide {
            let mut wide = Vec::new();
            self.detector.scan_wide(blob.bytes, &mut wide);
            kept.extend(wide.into_iter().map(|candidate| Kept { candidate, values: Known::Untried }));
        }
        let untried = |kept: &&Kept| matches!(kept.values, Known::Untried);
        let found =
            self.detector.resolve(blob.bytes, kept.iter().filter(untried).map(|kept| &kept.candidate));
        for kept in kept.iter_mut().filter(|kept| matches!(kept.values, Known::Untried)) {
            kept.values = Known::Tried(Arc::new(self.try_long(blob, &kept.candidate, &found)));
        }
        if blob.counts && !kept.is_empty() {
            self.record(blob, kept);
        }
    }

    /// Scans a range, but for pieces of text that were scanned before.
    fn fresh(&self, blob: &HistoryBlob<'_>, range: Range<usize>, out: &mut Vec<Kept>) {
        let Some(seen) = &self.seen else { return self.scan_range(blob, range, out) };
        for piece in seen.pieces(blob.bytes, range, self.detector.reach()) {
            if let Some(found) = seen.get(&piece) {
                out.extend(
                    found.iter().flat_map(|found| found.iter()).map(|kept| kept.shifted(0, piece.from)),
                );
            } else {
                let first = out.len();
                self.scan_range(blob, piece.range.clone(), out);
                seen.put(&piece, out[first..].iter().map(|kept| kept.shifted(piece.from, 0)).collect());
            }
        }
    }

    fn scan_range(&self, blob: &HistoryBlob<'_>, range: Range<usize>, out: &mut Vec<Kept>) {
        let mut fresh = Vec::new();
        self.detector.scan_range(blob.bytes, range, &mut fresh);
        out.extend(fresh.into_iter().filter_map(|candidate| self.keep(blob, candidate)));
    }

    /// Drops what is no secret in any place.
    fn keep(&self, blob: &HistoryBlob<'_>, candidate: Candidate) -> Option<Kept> {
        if self.detector.is_long(&candidate) {
            let values = self.try_near(blob, &candidate)?;
            return Some(Kept { candidate, values });
        }
        let found = self.detector.judge(blob.bytes, &candidate, &PlaceFacts::ANY).ok()?;
        let stands = Stands::plain(blob, &found);
        let places = self.detector.places(blob.bytes, &found.candidate());
        let values = Known::One((self.value_id(blob.bytes, &found, Some(stands)), places));
        Some(Kept { candidate, values })
    }

    /// Reads an encoded region at once if it lies within the reach of a scan, so that the same text is read once;
    /// `None` if it tells nothing.
    fn try_near(&self, blob: &HistoryBlob<'_>, candidate: &Candidate) -> Option<Known> {
        if !matches!(candidate.syntax, Syntax::Encoded(_))
            || self.detector.long_reach(blob.bytes, candidate) > self.detector.reach()
        {
            return Some(Known::Untried);
        }
        let tried = self.try_long(blob, candidate, &[]);
        (!tried.tells_nothing()).then(|| Known::Tried(Arc::new(tried)))
    }

    /// Settles an encoded region, or what a long rule has `found` at its keyword, by itself.
    fn try_long(&self, blob: &HistoryBlob<'_>, candidate: &Candidate, found: &[Candidate]) -> Tried {
        let key = (candidate.rule, candidate.anchor);
        let own = match candidate.syntax {
            Syntax::Encoded(_) => std::slice::from_ref(candidate),
            _ => {
                let first = found.partition_point(|found| (found.rule, found.anchor) < key);
                let count = found[first..].partition_point(|found| (found.rule, found.anchor) == key);
                &found[first..first + count]
            }
        };
        let settled = self.detector.settle(blob.bytes, own, &PlaceFacts::ANY);
        let held = |(index, found): (usize, &Match)| match candidate.syntax {
            Syntax::Encoded(encoding) => {
                let stands = Stands::encoded(blob, (candidate.anchor, encoding), index);
                (self.value_id(blob.bytes, found, Some(stands)), Places::ALL)
            }
            _ => {
                let stands = Stands::plain(blob, found);
                let places = self.detector.places(blob.bytes, &found.candidate());
                (self.value_id(blob.bytes, found, Some(stands)), places)
            }
        };
        let values = settled.matches.iter().enumerate().map(held).collect();
        let reach = self.detector.long_reach(blob.bytes, candidate);
        Tried { values, reach, cut: settled.cut.len() }
    }

    fn value_id(&self, bytes: &[u8], found: &Match, stands: Option<Stands>) -> ValueId {
        let print = self.collector.settings.key.fingerprint(found.value_in(bytes));
        self.lock().id(found, print, stands)
    }

    fn record(&self, blob: &HistoryBlob<'_>, kept: &[Kept]) {
        let formats: HashSet<Range2> = kept.iter().filter_map(|kept| self.format_at(kept)).collect();
        let mut values: Vec<Held> = Vec::new();
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
        if !values.is_empty() {
            self.hold(blob.number, values);
        }
    }

    /// Notes values of an object, beside those it is known to hold.
    fn hold(&self, object: ObjectNumber, more: Vec<Held>) {
        let mut all = self.lock();
        let values = all.of_object.entry(object).or_default();
        values.extend(more);
        values.sort_unstable_by_key(|(id, _)| *id);
        values.dedup_by(|(next, places), (id, all)| {
            let same = next == id;
            if same {
                *all = all.or(*places);
            }
            same
        });
    }

    /// Where the value of a rule with a format of its own stands.
    fn format_at(&self, kept: &Kept) -> Option<Range2> {
        let rule = &self.detector.rules()[usize::from(kept.candidate.rule)];
        let known = matches!(kept.values, Known::One(_));
        (known && rule.has_own_format()).then_some(kept.candidate.value)
    }
}
