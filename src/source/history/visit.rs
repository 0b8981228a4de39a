//! Unpacks every object of a kind once, each delta right after its base, on all threads.
//!
//! A delta family is a tree of versions; its bytes are needed only while its children are unpacked, so a
//! family is walked depth first. Large families are split between threads at every branch.

use std::sync::{Arc, Mutex};

use super::delta::Copy;
use super::pack::Pack;
use super::ranks::Ranks;
use super::store::{Number, Spot, Store, note_faults, read_loose};
use super::{Kind, Progress};
use crate::finding::{Coverage, GapReason};

/// Families that one thread takes in a row: most commits are a family of one, and a task for each takes more
/// memory than the commit.
const ROOTS_AT_ONCE: usize = 32;

/// An object, unpacked.
pub(super) struct Object<'a> {
    /// Its number.
    pub(super) number: Number,
    /// Where it is stored.
    pub(super) spot: Spot,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// What it copies from its delta base, and how long that is; `None` for an object that is no delta.
    pub(super) copies: Option<(&'a [Copy], usize)>,
    /// False for a further copy of an object, which is unpacked only because others are built on it.
    pub(super) counts: bool,
}

/// What all threads share.
struct Shared<'a, F> {
    store: &'a Store,
    pack: &'a Pack,
    first: Number,
    /// Which entries are to be read or have one built on them that is; none if all are.
    wanted: &'a [bool],
    visit: &'a F,
    progress: &'a Progress,
    faults: Mutex<Vec<String>>,
}

/// An unpacked object whose children are still to come.
struct Frame<S> {
    bytes: Vec<u8>,
    state: S,
}

/// Calls `visit` for each object of `kind`, with what `visit` returned for its delta base.
pub(super) fn visit_all<S, F>(
    store: &Store,
    kind: Kind,
    progress: &Progress,
    coverage: &mut Coverage,
    visit: &F,
) where
    S: Send + Sync,
    F: Fn(&Object<'_>, Option<&S>) -> S + Sync,
{
    for (pack, &first) in store.packs.iter().zip(&store.firsts) {
        let wanted = pack.entries.wanted();
        let shared = Shared { store, pack, first, wanted, visit, progress, faults: Mutex::default() };
        shared.families(kind);
        let mut faults = shared.faults.into_inner().unwrap_or_default();
        faults.sort();
        note_faults(coverage, &pack.path, &faults);
    }
    visit_loose(store, kind, progress, coverage, visit);
}

/// Calls `visit` for those objects of `kind` that are `asked` for and stand in an open pack; with no word of what
/// cannot be read, which the visit of all objects has told.
pub(super) fn visit_some<F>(store: &Store, kind: Kind, asked: &Ranks, visit: &F)
where
    F: Fn(Number, &[u8]) + Sync,
{
    let (progress, faults) = (&Progress::default(), Mutex::default);
    let visit = &|object: &Object<'_>, _: Option<&()>| {
        if asked.place(object.number).is_some() {
            visit(object.number, object.bytes);
        }
    };
    for (pack, &first) in store.packs.iter().zip(&store.firsts) {
        let wanted = &pack.entries.with_bases(|number| asked.place(first + number).is_some());
        Shared { store, pack, first, wanted, visit, progress, faults: faults() }.families(kind);
    }
}

fn visit_loose<S, F>(store: &Store, kind: Kind, progress: &Progress, coverage: &mut Coverage, visit: &F)
where
    S: Send + Sync,
    F: Fn(&Object<'_>, Option<&S>) -> S + Sync,
{
    use rayon::prelude::*;
    let faults: Vec<(String, String)> = store
        .loose
        .par_iter()
        .enumerate()
        .filter(|(_, loose)| loose.kind == Some(kind))
        .filter_map(|(at, loose)| {
            let number = store.loose_number(at);
            if !store.counts(number) {
                return None;
            }
            match read_loose(&loose.path) {
                Ok((_, bytes)) => {
                    progress.add(bytes.len());
                    let object = Object { number, spot: number, bytes: &bytes, copies: None, counts: true };
                    visit(&object, None);
                    None
                }
                Err(why) => Some((loose.path.display().to_string(), why)),
            }
        })
        .collect();
    faults.into_iter().for_each(|(place, why)| coverage.gap(GapReason::CorruptObject, place, why));
}

impl<'a, F> Shared<'a, F> {
    /// Unpacks all families of `kind`, on all threads.
    fn families<S>(&self, kind: Kind)
    where
        S: Send + Sync,
        F: Fn(&Object<'_>, Option<&S>) -> S + Sync,
    {
        let roots = self.pack.roots(kind);
        rayon::scope(|scope| {
            for some in roots.chunks(ROOTS_AT_ONCE) {
                scope.spawn(move |scope| {
                    let wanted = some.iter().filter(|&&root| self.is_wanted(root));
                    wanted.for_each(|&root| self.family(scope, root, None));
                });
            }
        });
    }

    fn is_wanted(&self, at: u32) -> bool {
        self.wanted.is_empty() || self.wanted[at as usize]
    }

    /// Unpacks the entry at `at` and all that is built on it.
    fn family<'s, S>(&'s self, scope: &rayon::Scope<'s>, at: u32, base: Option<Arc<Frame<S>>>)
    where
        S: Send + Sync + 's,
        F: Fn(&Object<'_>, Option<&S>) -> S + Sync,
        'a: 's,
    {
        let mut spare: Vec<Vec<u8>> = Vec::new();
        let mut copies = Vec::new();
        let Some(frame) = self.unpack(at, base.as_deref(), &mut spare, &mut copies) else { return };
        let mut stack: Vec<(Arc<Frame<S>>, &[u32])> = vec![(Arc::new(frame), self.pack.entries.children(at))];
        while let Some((parent, children)) = stack.last_mut() {
            let Some((&child, rest)) = children.split_first() else {
                let (frame, _) = stack.pop().expect("the loop has just seen it");
                spare.extend(Arc::into_inner(frame).map(|frame| frame.bytes));
                continue;
            };
            *children = rest;
            if !self.is_wanted(child) {
                continue;
            }
            if !rest.is_empty() && self.pack.entries.is_large(child) {
                let parent = Arc::clone(parent);
                scope.spawn(move |scope| self.family(scope, child, Some(parent)));
                continue;
            }
            let Some(frame) = self.unpack(child, Some(parent), &mut spare, &mut copies) else { continue };
            match self.pack.entries.children(child) {
                [] => spare.push(frame.bytes),
                children => stack.push((Arc::new(frame), children)),
            }
        }
    }

    fn unpack<S>(
        &self,
        at: u32,
        base: Option<&Frame<S>>,
        spare: &mut Vec<Vec<u8>>,
        copies: &mut Vec<Copy>,
    ) -> Option<Frame<S>>
    where
        F: Fn(&Object<'_>, Option<&S>) -> S + Sync,
    {
        let mut bytes = spare.pop().unwrap_or_default();
        let unpacked = match base {
            None => self.pack.unpack_root(at, &mut bytes),
            Some(base) => self.pack.unpack_delta(at, &base.bytes, &mut bytes, copies),
        };
        let number = self.first + self.pack.entries.number(at);
        if let Err(why) = unpacked {
            self.lose(at, &why);
            return None;
        }
        let counts = self.store.counts(number);
        let copies = base.map(|base| (copies.as_slice(), base.bytes.len()));
        let object = Object { number, spot: self.first + at, bytes: &bytes, copies, counts };
        let state = (self.visit)(&object, base.map(|base| &base.state));
        self.progress.add(bytes.len());
        Some(Frame { bytes, state })
    }

    /// Counts an entry that cannot be unpacked, and all that is built on it.
    fn lose(&self, at: u32, why: &str) {
        let id = |at| self.store.id(self.first + self.pack.entries.number(at));
        let mut lost = vec![format!("object {}: {why}", id(at))];
        let mut open = self.pack.entries.children(at).to_vec();
        while let Some(child) = open.pop() {
            lost.push(format!("object {}: its delta base cannot be read", id(child)));
            open.extend(self.pack.entries.children(child));
        }
        self.faults.lock().expect("no thread panics while it holds the lock").extend(lost);
    }
}
