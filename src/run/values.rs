//! The values that a history holds, and which objects hold them: a table that all threads fill.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::detect::{Candidate, Detector, Encoding, Match, PlaceFacts, Places, Syntax};
use crate::finding::{Fingerprint, FingerprintKey};
use crate::source::history::{History, ObjectNumber};

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
    pub(super) fn plain(object: ObjectNumber, found: &Match) -> Self {
        Self { object, place: StandsAt::Plain(found.value.start, found.value.end) }
    }

    pub(super) fn encoded(object: ObjectNumber, (anchor, encoding): (usize, Encoding), index: usize) -> Self {
        Self { object, place: StandsAt::Encoded(anchor, encoding, index) }
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
}

/// Values as they are stored: none of them, and no hash of any, but where each is to be read.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    values: Vec<StoredValue>,
    /// Objects and their values: each by its place in `values`.
    objects: Vec<(u32, Vec<Held>)>,
}

/// Where a value is to be read.
#[derive(Debug, Serialize, Deserialize)]
struct StoredValue {
    rule: u16,
    is_bare: bool,
    object: u32,
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

    /// What the next scan needs to know them again. Values in names are left out: names are read each time.
    pub(super) fn to_store(&self, history: &History) -> Option<Vec<u8>> {
        let (mut values, mut places) = (Vec::new(), vec![None; self.stands.len()]);
        for (id, (rule, _, is_bare)) in self.keys().into_iter().enumerate() {
            if let Some(Stands { object, place }) = self.stands[id] {
                places[id] = Some(values.len() as u32);
                values.push(StoredValue { rule, is_bare, object: object.place(), place });
            }
        }
        let in_objects = self.of_object.iter().filter(|(object, _)| !history.is_tree(**object));
        let place = |(id, counts): &Held| Some((places[*id as usize]?, *counts));
        let objects =
            in_objects.map(|(object, ids)| (object.place(), ids.iter().filter_map(place).collect()));
        postcard::to_stdvec(&Stored { values, objects: objects.collect() }).ok()
    }

    /// Reads the values again where they stand. Nothing if one cannot be read.
    pub(super) fn restore(
        bytes: &[u8],
        history: &History,
        (detector, key): (&Detector, &FingerprintKey),
    ) -> Option<Self> {
        let mut stored: Stored = postcard::from_bytes(bytes).ok()?;
        let (mut all, mut ids) = (Self::default(), vec![0; stored.values.len()]);
        let mut order: Vec<usize> = (0..stored.values.len()).collect();
        order.sort_by_key(|&at| stored.values[at].object);
        let mut text: Option<(ObjectNumber, Vec<u8>)> = None;
        for at in order {
            let StoredValue { rule, is_bare, object, place } = stored.values[at];
            let object = history.number_in_snapshot(object)?;
            if text.as_ref().is_none_or(|(of, _)| *of != object) {
                text = Some((object, history.read(object).ok()?));
            }
            let print = place.print(&text.as_ref()?.1, detector, key)?;
            ids[at] = all.insert((rule, print, is_bare), Some(Stands { object, place }));
        }
        for (object, values) in stored.objects.drain(..) {
            let held = |(at, counts): Held| Some((*ids.get(at as usize)?, counts));
            let mut of: Vec<Held> = values.into_iter().map(held).collect::<Option<_>>()?;
            of.sort_unstable_by_key(|(id, _)| *id);
            all.of_object.insert(history.number_in_snapshot(object)?, of);
        }
        Some(all)
    }
}
