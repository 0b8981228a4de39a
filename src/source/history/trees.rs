//! One pass over all trees: which objects they name that are not here, and which lead to hits.
//!
//! Trees are most of a large repository's objects, and versions of one tree name nearly the same objects;
//! a small table of ids seen last spares most look-ups.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Mutex;

use gix::ObjectId;
use gix::objs::TreeRefIter;

use super::store::{Number, Store};
use super::visit::visit_all;
use super::{Kind, Progress};
use crate::finding::{Coverage, GapReason};

/// Slots of the table of ids seen last; a power of two. 32 bytes each.
const SLOTS: usize = 1 << 13;

/// What a pass over the trees found.
#[derive(Debug, Default)]
pub(super) struct Trees {
    /// Objects that are named and not here: the object, and a tree that names it.
    pub(super) missing: HashMap<ObjectId, Number>,
    /// Child and parent: subtrees, and blobs with hits. Empty unless asked for.
    pub(super) edges: Vec<(Number, Number)>,
    /// Submodules named.
    pub(super) submodules: u64,
}

/// An entry that was resolved lately.
#[derive(Clone, Copy)]
struct Slot {
    id: ObjectId,
    number: Number,
}

const UNKNOWN: Number = Number::MAX;

thread_local! {
    static SEEN: RefCell<Vec<Option<Slot>>> = const { RefCell::new(Vec::new()) };
}

/// Reads all trees. With `hits`, keeps the edges that attribution needs.
pub(super) fn read_trees(
    store: &Store,
    hits: Option<&(dyn Fn(Number) -> bool + Sync)>,
    progress: &Progress,
    coverage: &mut Coverage,
) -> Trees {
    // The table is per thread, and threads outlive a scan: numbers of another repository must not stay.
    rayon::broadcast(|_| SEEN.with_borrow_mut(|seen| *seen = vec![None; SLOTS]));
    let trees = Mutex::new(Trees::default());
    let broken = Mutex::new(Vec::new());
    visit_all(store, Kind::Tree, progress, coverage, &|object, _: Option<&()>| {
        if !object.counts {
            return;
        }
        let mut found = Trees::default();
        if SEEN.with_borrow_mut(|seen| read_tree(store, object.bytes, object.number, hits, seen, &mut found)).is_err() {
            broken.lock().expect("no thread panics while it holds the lock").push(object.number);
        }
        if !found.edges.is_empty() || !found.missing.is_empty() {
            let mut trees = trees.lock().expect("no thread panics while it holds the lock");
            trees.edges.append(&mut found.edges);
            trees.missing.extend(found.missing);
        }
    });
    for number in broken.into_inner().unwrap_or_default() {
        coverage.gap(GapReason::CorruptObject, store.id(number).to_string(), "a tree that cannot be parsed");
    }
    SEEN.with_borrow_mut(Vec::clear);
    trees.into_inner().expect("no thread panicked")
}

#[expect(clippy::too_many_arguments, reason = "one call; a struct for it would be read once")]
fn read_tree(
    store: &Store,
    bytes: &[u8],
    tree: Number,
    hits: Option<&(dyn Fn(Number) -> bool + Sync)>,
    seen: &mut [Option<Slot>],
    found: &mut Trees,
) -> Result<(), ()> {
    for entry in TreeRefIter::from_bytes(bytes, store.hash) {
        let entry = entry.map_err(|_| ())?;
        if entry.mode.is_commit() {
            found.submodules += 1;
            continue;
        }
        let number = resolve(store, entry.oid, seen);
        if number == UNKNOWN {
            found.missing.insert(entry.oid.to_owned(), tree);
        } else if let Some(is_hit) = hits
            && (entry.mode.is_tree() || is_hit(number))
        {
            found.edges.push((number, tree));
        }
    }
    Ok(())
}

fn resolve(store: &Store, id: &gix::oid, seen: &mut [Option<Slot>]) -> Number {
    let bytes = id.as_bytes();
    let at = usize::from(u16::from_le_bytes([bytes[2], bytes[3]])) & (SLOTS - 1);
    if let Some(slot) = &seen[at]
        && slot.id.as_bytes() == bytes
    {
        return slot.number;
    }
    let number = store.number(id).unwrap_or(UNKNOWN);
    seen[at] = Some(Slot { id: id.to_owned(), number });
    number
}
