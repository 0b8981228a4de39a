//! The values that a history holds, and which objects hold them, archives included: a table that all threads fill.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::repository::With;
use super::{colours, parts};
use crate::detect::{Candidate, Detector, Encoding, Match, PlaceFacts, Places, Syntax};
use crate::finding::{Coverage, Fingerprint, FingerprintKey, Gap, GapReason};
use crate::source::history::{History, HistoryBlob, ObjectNumber};

/// A value under a rule, by its place in the table of values.
pub(super) type ValueId = u32;

/// A rule, the value, and whether it stands bare: what is bare may be code at one path, and is none in quotes.
pub(super) type ValueKey = (u16, Fingerprint, bool);

/// A value of an object, and at which places it counts there.
pub(super) type Held = (ValueId, Places);
/// Where a value stands for one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stands {
    object: ObjectNumber,
    /// Which text of an archive; nothing for the object's own.
    part: Option<u32>,
    place: StandsAt,
}

/// How it is to be read there.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum StandsAt {
    /// From start to end, as it is.
    Plain(usize, usize),
    /// What the region with this anchor gives, in its order.
    Encoded(usize, Encoding, usize),
}

impl Stands {
    pub(super) fn plain(blob: &HistoryBlob<'_>, found: &Match) -> Self {
        let place = StandsAt::Plain(found.value.start, found.value.end);
        Self { object: blob.number, part: blob.part, place }
    }

    pub(super) fn encoded(
        blob: &HistoryBlob<'_>,
        (anchor, encoding): (usize, Encoding),
        index: usize,
    ) -> Self {
        Self { object: blob.number, part: blob.part, place: StandsAt::Encoded(anchor, encoding, index) }
    }
}

impl StandsAt {
    fn print(self, bytes: &[u8], detector: &Detector, key: &FingerprintKey) -> Option<Fingerprint> {
        match self {
            Self::Plain(start, end) => Some(key.fingerprint(bytes.get(start..end)?)),
            Self::Encoded(anchor, ..) if anchor >= bytes.len() => None,
            Self::Encoded(anchor, encoding, index) => {
                let settled =
                    detector.settle(bytes, &[Candidate::region(anchor, encoding)], &PlaceFacts::ANY);
                Some(key.fingerprint(settled.matches.get(index)?.value_in(bytes)))
            }
        }
    }
}

/// Values and the objects that hold them, gathered from all threads.
#[derive(Default)]
pub(super) struct Values {
    ids: HashMap<ValueKey, ValueId>,
    /// Where each value stands for one, by id. Nothing for those in names.
    stands: Vec<Option<Stands>>,
    pub(super) of_object: HashMap<ObjectNumber, Vec<Held>>,
    /// Members of archives, and their bytes.
    pub(super) members: (u64, u64),
    /// What could not be read in archives; the places are those within.
    pub(super) gaps: BTreeMap<ObjectNumber, Vec<Gap>>,
}

/// Values as they are stored: none of them, and no hash of any, but where each is to be read.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    values: Vec<StoredValue>,
    /// Objects and their values: each by its place in `values`.
    objects: Vec<(u32, Vec<Held>)>,
    /// Members of archives, and their bytes.
    members: (u64, u64),
    /// Archives of which something could not be read: opened again each time, to say what.
    broken: Vec<u32>,
}

/// Where a value is to be read.
#[derive(Debug, Serialize, Deserialize)]
struct StoredValue {
    rule: u16,
    is_bare: bool,
    object: u32,
    part: Option<u32>,
    place: StandsAt,
}

fn key(found: &Match, print: Fingerprint) -> ValueKey {
    (found.rule, print, found.syntax == Syntax::Bare)
}

impl Values {
    /// The keys, by id.
    pub(super) fn keys(&self) -> Vec<ValueKey> {
        let mut keys: Vec<(ValueId, ValueKey)> = self.ids.iter().map(|(key, id)| (*id, *key)).collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// The id of a value that was found, if it is in the table.
    pub(super) fn known(&self, found: &Match, print: Fingerprint) -> Option<ValueId> {
        self.ids.get(&key(found, print)).copied()
    }

    /// The id of a value; `stands` says where it was found, if not in a name.
    pub(super) fn id(&mut self, found: &Match, print: Fingerprint, stands: Option<Stands>) -> ValueId {
        self.insert(key(found, print), stands)
    }

    fn insert(&mut self, key: ValueKey, stands: Option<Stands>) -> ValueId {
        let next = self.stands.len() as ValueId;
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.stands.push(None);
        }
        let known = &mut self.stands[id as usize];
        *known = known.or(stands);
        id
    }

    /// What the next scan needs to know them again, if the program has failed nowhere. Values in names are left out: names are
    /// read each time.
    pub(super) fn to_store(&self, history: &History) -> Option<Vec<u8>> {
        if self.gaps.values().flatten().any(|gap| gap.reason == GapReason::Fault) {
            return None;
        }
        let (mut values, mut places) = (Vec::new(), vec![None; self.stands.len()]);
        for (id, (rule, _, is_bare)) in self.keys().into_iter().enumerate() {
            if let Some(Stands { object, part, place }) = self.stands[id] {
                places[id] = Some(values.len() as u32);
                values.push(StoredValue { rule, is_bare, object: object.place(), part, place });
            }
        }
        let in_objects = self.of_object.iter().filter(|(object, _)| !history.is_tree(**object));
        let place = |(id, counts): &Held| Some((places[*id as usize]?, *counts));
        let objects =
            in_objects.map(|(object, ids)| (object.place(), ids.iter().filter_map(place).collect()));
        let broken = self.gaps.keys().map(|object| object.place()).collect();
        let stored = Stored { values, objects: objects.collect(), members: self.members, broken };
        postcard::to_stdvec(&stored).ok()
    }

    /// Reads the values again where they stand. Nothing if one cannot be read.
    pub(super) fn restore(bytes: &[u8], history: &History, with: &With<'_>) -> Option<Self> {
        let mut stored: Stored = postcard::from_bytes(bytes).ok()?;
        let (mut all, mut ids) = (Self::default(), vec![0; stored.values.len()]);
        let mut by_object: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, value) in stored.values.iter().enumerate() {
            by_object.entry(value.object).or_default().push(at);
        }
        for (object, values) in by_object {
            let object = history.number_in_snapshot(object)?;
            let text = history.read(object).ok()?;
            let prints = prints(&text, values.iter().map(|&at| &stored.values[at]), with);
            for (at, print) in values.into_iter().zip(prints) {
                let StoredValue { rule, is_bare, part, place, .. } = stored.values[at];
                ids[at] = all.insert((rule, print?, is_bare), Some(Stands { object, part, place }));
            }
        }
        for (object, values) in stored.objects.drain(..) {
            let held = |(at, counts): Held| Some((*ids.get(at as usize)?, counts));
            let mut of: Vec<Held> = values.into_iter().map(held).collect::<Option<_>>()?;
            of.sort_unstable_by_key(|(id, _)| *id);
            all.of_object.insert(history.number_in_snapshot(object)?, of);
        }
        all.members = stored.members;
        for object in stored.broken {
            let object = history.number_in_snapshot(object)?;
            let mut coverage = Coverage::default();
            let text = history.read(object).ok()?;
            let nowhere = parts::nowhere(&text);
            parts::each((&text, &nowhere), with.settings, &mut coverage, &mut |_| {});
            all.gaps.insert(object, coverage.gaps().into_iter().cloned().collect());
        }
        Some(all)
    }
}

/// What stands at these places of an object, or of what it holds.
fn prints<'v>(
    text: &[u8],
    values: impl Iterator<Item = &'v StoredValue>,
    with: &With<'_>,
) -> Vec<Option<Fingerprint>> {
    let values: Vec<&StoredValue> = values.collect();
    let print = |value: &StoredValue, text: &[u8]| value.place.print(text, with.detector, &with.settings.key);
    let plain = colours::without(text);
    let own = |value: &&StoredValue| value.part.is_none().then(|| print(value, &plain)).flatten();
    let mut prints: Vec<Option<Fingerprint>> = values.iter().map(own).collect();
    if values.iter().any(|value| value.part.is_some()) {
        let nowhere = parts::nowhere(text);
        parts::each((text, &nowhere), with.settings, &mut Coverage::default(), &mut |part| {
            for (value, found) in values.iter().zip(&mut prints) {
                if value.part == Some(part.index) {
                    *found = print(value, part.bytes());
                }
            }
        });
    }
    prints
}
