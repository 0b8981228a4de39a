//! Collects matches from all threads as hits: the value, and one redacted place.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use bstr::{BString, ByteSlice};

use super::{Settings, names, repeats};
use crate::detect::{Detector, Match, PlaceFacts, Rule, Settled};
use crate::finding::{
    CommitRef, Confidence, Exposure, Fingerprint, Identity, LineHasher, LineIndex, Mask, Place, Provenance,
    RuleMeta, Secret, Severity, excerpt, is_allowed, is_allowed_by, partly_shown,
};
use crate::source::{Blob, Start};

/// One value at one place.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) rule: RuleMeta,
    /// Whether the rule tells what the value is; see [`Rule::has_own_format`].
    pub(super) own_format: bool,
    pub(super) prefix_len: usize,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    pub(super) reasons: Vec<&'static str>,
    /// What the text tells about it.
    pub(super) facts: Vec<String>,
    /// The value that it makes a credential with.
    pub(super) pair: Option<Fingerprint>,
    pub(super) secret: Secret,
    /// Encodings that were undone to see the value, outermost first.
    pub(super) chain: Vec<&'static str>,
    /// The text before the value in its match: the key's name, for the identity of guessable values.
    pub(super) key_name: BString,
    pub(super) place: Place,
    /// Only in objects that no reference leads to.
    pub(super) unreachable: bool,
    /// A mark in the text allows it here.
    pub(super) allowed: bool,
}

/// What the history adds to a place.
#[derive(Debug, Clone, Default)]
pub(super) struct HistoryFacts {
    pub(super) commit: Option<CommitRef>,
    pub(super) at_head: Option<bool>,
    pub(super) unreachable: bool,
}

/// Gathers hits from all threads.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    pub(super) settings: &'a Settings,
    pub(super) hits: Mutex<Vec<Hit>>,
    /// What the history tells of each value in it.
    pub(super) exposures: Mutex<HashMap<Fingerprint, Exposure>>,
    /// Encoded regions of which a part was not decoded.
    cut: AtomicU64,
}

impl<'a> Collector<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { settings, hits: Mutex::default(), exposures: Mutex::default(), cut: AtomicU64::new(0) }
    }

    /// Scans a file's blob and keeps what is found.
    pub(super) fn file_blob(&self, detector: &Detector, blob: &Blob<'_>) {
        if blob.start == Start::default() {
            self.add(names::hits_in_path(self, detector, &blob.origin).into_iter().map(|(_, hit)| hit));
        }
        self.add(self.hits_in_file(detector, blob));
    }

    /// What is found in a file's blob.
    pub(super) fn hits_in_file(&self, detector: &Detector, blob: &Blob<'_>) -> Vec<Hit> {
        self.found_in_file(detector, blob).into_iter().map(|(_, hit)| hit).collect()
    }

    /// The same, with the matches.
    pub(super) fn found_in_file(&self, detector: &Detector, blob: &Blob<'_>) -> Vec<(Match, Hit)> {
        let mut facts = PlaceFacts::of_path(&blob.origin.path());
        // A later part of a file does not begin as the file does.
        facts.file = facts.file.filter(|_| blob.start == Start::default());
        let settled = detector.find_in(blob.bytes, blob.core.clone(), &facts);
        self.count_cut(settled.cut.len());
        if settled.matches.is_empty() {
            return Vec::new();
        }
        let found = Found { bytes: blob.bytes, settled: &settled, start: blob.start, origin: &blob.origin };
        self.hits_of(detector, &found)
    }

    pub(super) fn add(&self, hits: impl IntoIterator<Item = Hit>) {
        self.hits.lock().expect("no thread panics while it holds the lock").extend(hits);
    }

    pub(super) fn count_cut(&self, regions: usize) {
        self.cut.fetch_add(regions as u64, Ordering::Relaxed);
    }

    /// How many encoded regions were not decoded to their end.
    pub(super) fn cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }

    pub(super) fn expose(&self, exposures: HashMap<Fingerprint, Exposure>) {
        let mut all = self.exposures.lock().expect("no thread panics while it holds the lock");
        for (value, exposure) in exposures {
            all.entry(value).or_default().join(exposure);
        }
    }

    /// All matches of a blob as hits, without history facts.
    pub(super) fn hits_of(&self, detector: &Detector, found: &Found<'_>) -> Vec<(Match, Hit)> {
        let masks = self.masks(detector.rules(), found);
        let lines = LineIndex::new(found.bytes, found.start.line, found.start.byte, found.start.column);
        let hashes = found.line_hashes(&masks, &lines, self);
        let provenance = match self.settings.show_secrets || found.settled.matches.is_empty() {
            true => found.origin.clone(),
            false => found.origin.clone().with_path(&|path| names::masked(detector, path)),
        };
        let obeys = self.obeys_marks(found);
        let hit = |found_match: &Match| {
            let rule = &detector.rules()[usize::from(found_match.rule)];
            let value = found_match.value.start..found_match.value.end;
            let span = lines.span(value.clone());
            let line_hash = hashes.as_ref().and_then(|hashes| hashes.get(&span.line).cloned());
            // Of a file that is a secret as a whole nothing is shown.
            let shown = if rule.is_of_files() { end_of_mask(&masks, &value) } else { found.bytes.len() };
            let place = Place {
                provenance: provenance.clone(),
                span,
                excerpt: excerpt(&found.bytes[..shown], &value, &masks),
                commit: None,
                at_head: None,
                line_hash,
                encoding: None,
                part: None,
                original: None,
                layer: None,
            };
            let name_end = found_match.value.start.max(found_match.span.start);
            let hit = Hit {
                rule: rule.meta,
                own_format: rule.has_own_format(),
                prefix_len: rule.secret_prefix.len(),
                severity: found_match.severity,
                confidence: found_match.confidence,
                reasons: found_match.reasons.clone(),
                facts: found_match.facts.clone(),
                pair: found_match
                    .pair
                    .map(|other| self.settings.key.fingerprint(&found.bytes[other.range()])),
                secret: Secret::new(found_match.value_in(found.bytes)),
                chain: found_match.decoded.as_ref().map(|decoded| decoded.chain.clone()).unwrap_or_default(),
                key_name: found.bytes[found_match.span.start..name_end].into(),
                place,
                unreachable: false,
                allowed: obeys && self.is_allowed(found.bytes, found_match.value.start, rule.meta.id),
            };
            (found_match.clone(), hit)
        };
        found.settled.matches.iter().map(hit).collect()
    }

    fn is_allowed(&self, bytes: &[u8], at: usize, rule: &str) -> bool {
        is_allowed(bytes, at, rule)
            || is_allowed_by(bytes, at, &self.settings.decisions.config.suppress.honor)
    }

    /// Whether marks in the text may hide what is found in it: it is the user's own, and not of the history.
    fn obeys_marks(&self, found: &Found<'_>) -> bool {
        let Some(own) = &self.settings.decisions.own else { return false };
        let none_asked = self.settings.decisions.config.suppress.honor.is_empty();
        let has_own = || memchr::memmem::find(found.bytes, b"ringfence:allow").is_some();
        if found.settled.matches.is_empty() || (none_asked && !has_own()) {
            return false;
        }
        match found.origin {
            Provenance::File(path) => {
                path.to_path().is_ok_and(|path| path.canonicalize().is_ok_and(|path| path.starts_with(own)))
            }
            Provenance::Staged { .. } => true,
            _ => false,
        }
    }

    /// Masks over every candidate of the blob, dismissed ones too: what was dismissed may yet be a secret.
    /// Candidates that overlap share one mask.
    fn masks(&self, rules: &[Rule], found: &Found<'_>) -> Vec<Mask> {
        let prefix = |rule: u16| rules[usize::from(rule)].secret_prefix.len();
        // What an encoded text begins with is no public prefix.
        let of_match = |m: &Match| if m.decoded.is_some() { 0 } else { prefix(m.rule) };
        let matched = found.settled.matches.iter().map(|m| (m.value, of_match(m)));
        let dismissed = found.settled.dismissed.iter().map(|(c, _)| (c.value, prefix(c.rule)));
        let mut values: Vec<(usize, usize, usize)> =
            matched.chain(dismissed).map(|(value, prefix)| (value.start, value.end, prefix)).collect();
        values.extend(elsewhere(found).into_iter().map(|(start, end, rule)| (start, end, prefix(rule))));
        values.sort_unstable();
        let mut masks: Vec<Mask> = Vec::new();
        for (start, end, prefix) in values.into_iter().filter(|(start, end, _)| start < end) {
            match masks.last_mut() {
                Some(last) if start < last.range.end && end <= last.range.end => {}
                Some(last) if start < last.range.end => {
                    last.range.end = end;
                    last.shown = self.shown(&found.bytes[last.range.clone()], 0);
                }
                _ => {
                    let shown = self.shown(&found.bytes[start..end], prefix);
                    masks.push(Mask { range: start..end, shown });
                }
            }
        }
        masks
    }

    fn shown(&self, value: &[u8], prefix_len: usize) -> String {
        match self.settings.show_secrets {
            true => value.to_str_lossy().into_owned(),
            false => partly_shown(&Secret::new(value), prefix_len),
        }
    }

    /// What stands for a value in the text that line hashes are made of: digits that give nothing away.
    fn digits(&self, value: &[u8]) -> String {
        match self.settings.key.identity(&Secret::new(value), &[]) {
            named @ Identity::Value(_) => named.short(),
            Identity::Place(_) => "redacted".into(),
        }
    }
}

/// Where the mask ends that a value is in: others may have made it longer than the value.
fn end_of_mask(masks: &[Mask], value: &Range<usize>) -> usize {
    let over = masks.iter().find(|mask| mask.range.start <= value.start && value.end <= mask.range.end);
    over.map_or(value.end, |mask| mask.range.end)
}

/// Every place of the matched values in the blob: what a rule saw in one line may stand in another as well.
fn elsewhere(found: &Found<'_>) -> Vec<(usize, usize, u16)> {
    let is_long = |(value, _): &(&[u8], u16)| value.len() >= SHORTEST_REPEATED;
    let matches = found.settled.matches.iter().map(|m| (m.value_in(found.bytes), m.rule));
    // Each value once, however often it was matched: each asks for all of its places.
    let matched: BTreeSet<(&[u8], u16)> = matches.filter(is_long).collect();
    let values: Vec<&[u8]> = matched.iter().map(|(value, _)| *value).collect();
    let rules: Vec<u16> = matched.iter().map(|(_, rule)| *rule).collect();
    let mut all = Vec::new();
    repeats::of(&values, found.bytes, &mut |at, value| {
        all.push((at, at + values[value].len(), rules[value]));
    });
    all
}

/// Shorter values are words that stand everywhere by chance.
const SHORTEST_REPEATED: usize = 6;

/// A blob and what was found in it.
pub(super) struct Found<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) settled: &'a Settled,
    pub(super) start: Start,
    pub(super) origin: &'a Provenance,
}

impl Found<'_> {
    /// Line hashes over the text with its secrets replaced; none for a part of a larger file.
    fn line_hashes(
        &self,
        masks: &[Mask],
        lines: &LineIndex<'_>,
        collector: &Collector<'_>,
    ) -> Option<BTreeMap<u64, String>> {
        if self.start != Start::default() || *self.origin == Provenance::Stdin {
            return None;
        }
        let wanted =
            self.settled.matches.iter().map(|found| lines.span(found.value.start..found.value.end).line);
        let mut hasher = LineHasher::for_lines(wanted);
        let mut at = 0;
        for mask in masks {
            if hasher.is_done() {
                break;
            }
            hasher.push(&self.bytes[at..mask.range.start]);
            let value = &self.bytes[mask.range.clone()];
            hasher.push(collector.digits(value).as_bytes());
            // The lines below a value of several lines keep their numbers.
            value.lines_with_terminator().skip(1).for_each(|_| hasher.push(b"\n"));
            at = mask.range.end;
        }
        hasher.push(&self.bytes[at..]);
        Some(hasher.finish())
    }
}

impl Hit {
    pub(super) fn with_history(mut self, facts: HistoryFacts) -> Self {
        self.place.commit = facts.commit;
        self.place.at_head = facts.at_head;
        self.unreachable = facts.unreachable;
        self
    }
}
