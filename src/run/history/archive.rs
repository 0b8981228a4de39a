//! Archives among the blobs of a history: what they hold is scanned in place of their own bytes.
//!
//! Nothing of an archive is handed on to what is built on it as a delta, since packed bytes that two versions share
//! mean nothing. What could not be read is a gap at each path at which the archive stands.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;

use super::Scan;
use crate::detect::{Match, PlaceFacts, Places, Role};
use crate::finding::{Coverage, Gap, GapReason};
use crate::run::parts::{self, Part};
use crate::run::values::{Held, Stands, Values};
use crate::source::history::{Attribution, History, HistoryBlob, ObjectNumber};

impl Scan<'_> {
    /// Scans what an archive holds.
    pub(super) fn open(&self, archive: &HistoryBlob<'_>) {
        if !archive.counts {
            return;
        }
        let mut coverage = Coverage::default();
        let settings = self.collector.settings;
        let nowhere = parts::nowhere(archive.bytes);
        parts::each((archive.bytes, &nowhere), settings, &mut coverage, &mut |part| {
            let (bytes, copies) = (part.bytes(), None);
            let text = HistoryBlob { bytes, copies, part: Some(part.index), ..*archive };
            match part.name {
                Some(_) => self.member_name(&text),
                None => self.member(&text, &part),
            }
        });
        let mut values = self.lock();
        values.members.0 += coverage.scanned.members;
        values.members.1 += coverage.scanned.member_bytes;
        // Whether a value counts depends on the path of the member, which begins with that of the archive.
        let held = values.of_object.get_mut(&archive.number).into_iter().flatten();
        held.for_each(|(_, places)| *places = Places::ALL);
        if !coverage.complete() {
            values.of_object.entry(archive.number).or_default();
            values.gaps.insert(archive.number, coverage.gaps().into_iter().cloned().collect());
        }
    }

    fn member_name(&self, name: &HistoryBlob<'_>) {
        let found =
            name.bytes.split(|&byte| byte == b'/').map(|part| self.detector.find(part, &PlaceFacts::ANY));
        if found.into_iter().any(|found| !found.matches.is_empty()) {
            let found = self.detector.find(name.bytes, &PlaceFacts::ANY);
            self.note(name, found.matches);
        }
    }

    fn member(&self, text: &HistoryBlob<'_>, part: &Part<'_>) {
        let (core, mut kept) = (part.blob.core.clone(), Vec::new());
        self.fresh(text, core, &mut kept);
        self.finish(text, self.detector.may_be_wide(text.bytes, 0..text.bytes.len()), &mut kept);
        let file = part.file().and_then(|file| self.detector.secret_file(text.bytes, file, Role::Any));
        self.note(text, file);
    }

    fn note(&self, text: &HistoryBlob<'_>, found: impl IntoIterator<Item = Match>) {
        let held = |found: Match| {
            (self.value_id(text.bytes, &found, Some(Stands::plain(text, &found))), Places::ALL)
        };
        let held: Vec<Held> = found.into_iter().map(held).collect();
        if !held.is_empty() {
            self.hold(text.number, held);
        }
    }
}

/// Counts what was read of archives, and what could not be, once for each path.
pub(super) fn count(values: &Values, history: &History, attribution: &Attribution, coverage: &mut Coverage) {
    let (members, bytes) = values.members;
    coverage.scanned.members += members;
    coverage.scanned.member_bytes += bytes;
    let mut paths: BTreeMap<ObjectNumber, BTreeSet<BString>> = BTreeMap::new();
    let brought = attribution.introduced.iter().chain(&attribution.lost).flat_map(|one| &one.places);
    for (path, blob) in brought.chain(&attribution.at_head).chain(&attribution.staged) {
        if values.gaps.contains_key(blob) {
            paths.entry(*blob).or_default().insert(history.shown_path(path));
        }
    }
    let mut told: BTreeMap<(GapReason, String), (&Gap, ObjectNumber, u64)> = BTreeMap::new();
    for (blob, gaps) in &values.gaps {
        let nowhere = || BTreeSet::from([format!("<blob {}>", history.id(*blob)).into()]);
        for path in paths.remove(blob).unwrap_or_else(nowhere) {
            for gap in gaps {
                let place = parts::at_path(&path, &gap.place);
                told.entry((gap.reason, place)).or_insert((gap, *blob, 0)).2 += 1;
            }
        }
    }
    for ((reason, place), (gap, blob, versions)) in told {
        let more = if versions > 1 { format!(", and {} more", versions - 1) } else { String::new() };
        let detail = format!("{} (blob {}{more})", gap.detail, history.id(blob));
        coverage.gap(reason, place, detail);
    }
}
