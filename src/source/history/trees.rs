//! One pass over all trees: which objects they name that are not here, and which lead to hits.
//!
//! Versions of a tree name nearly the same objects, so what a version copies from its delta base is taken
//! over entry by entry, and only entries that are new are parsed and looked up.

use std::collections::HashMap;
use std::sync::Mutex;

use gix::ObjectId;

use super::delta::Copy;
use super::store::{Number, Store};
use super::visit::{Object, visit_all};
use super::{Kind, Progress};
use crate::finding::{Coverage, GapReason};

/// What a pass over the trees found.
#[derive(Debug, Default)]
pub(super) struct Trees {
    /// Objects that are named and not here: the object, and a tree that names it.
    pub(super) missing: HashMap<ObjectId, Number>,
    /// Child and parent: subtrees, and blobs with hits. Empty unless asked for.
    pub(super) edges: Vec<(Number, Number)>,
}

/// The entries of a tree: where each begins, and what it names. The last marks the tree's end.
#[derive(Debug, Default)]
struct Entries(Vec<Entry>);

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    target: Target,
}

/// What an entry names, in four bytes: there are hundreds of millions of them in a large repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Target(u32);

impl Target {
    const TREE: u32 = 1 << 31;
    /// Not here, or a submodule's commit, which is not expected here.
    const NOTHING: Self = Self(u32::MAX);

    fn new(number: Number, is_tree: bool) -> Self {
        Self(number | if is_tree { Self::TREE } else { 0 })
    }

    fn number(self) -> Number {
        self.0 & !Self::TREE
    }

    fn is_tree(self) -> bool {
        self != Self::NOTHING && self.0 & Self::TREE != 0
    }
}

/// Reads all trees. With `hits`, keeps the edges that attribution needs.
pub(super) fn read_trees(
    store: &Store,
    hits: Option<&(dyn Fn(Number) -> bool + Sync)>,
    progress: &Progress,
    coverage: &mut Coverage,
) -> Trees {
    let trees = Mutex::new(Trees::default());
    let broken = Mutex::new(Vec::new());
    visit_all(store, Kind::Tree, progress, coverage, &|object, base: Option<&Entries>| {
        let mut reader = Reader { store, object, entries: Entries::default(), missing: Vec::new() };
        if reader.read(base).is_none() {
            broken.lock().expect("no thread panics while it holds the lock").push(object.number);
            return Entries::default();
        }
        let Reader { entries, missing, .. } = reader;
        let edges = hits.filter(|_| object.counts).map(|is_hit| entries.edges(object.number, is_hit));
        if !missing.is_empty() || edges.as_ref().is_some_and(|edges| !edges.is_empty()) {
            let mut trees = trees.lock().expect("no thread panics while it holds the lock");
            trees.missing.extend(missing.into_iter().map(|id| (id, object.number)));
            trees.edges.extend(edges.into_iter().flatten());
        }
        entries
    });
    let mut broken = broken.into_inner().unwrap_or_default();
    broken.sort_unstable();
    for number in broken {
        coverage.gap(GapReason::CorruptObject, store.id(number).to_string(), "a tree that cannot be parsed");
    }
    trees.into_inner().expect("no thread panicked")
}

struct Reader<'a> {
    store: &'a Store,
    object: &'a Object<'a>,
    entries: Entries,
    missing: Vec<ObjectId>,
}

impl Reader<'_> {
    /// Reads all entries, those of `base` where the bytes are the base's; nothing if the tree is malformed.
    fn read(&mut self, base: Option<&Entries>) -> Option<()> {
        let len = self.object.bytes.len();
        let mut copies = self.object.copies.map_or(&[][..], |(copies, _)| copies);
        let mut at = 0;
        while at < len {
            while copies.first().is_some_and(|copy| copy.target + copy.len <= at) {
                copies = &copies[1..];
            }
            let inherited = match (copies.first(), base) {
                (Some(copy), Some(base)) if copy.target <= at => self.entries.inherit(base, copy, at),
                _ => None,
            };
            at = match inherited {
                Some(end) => end,
                None => self.parse(at)?,
            };
        }
        self.entries.0.push(Entry { start: u32::try_from(len).ok()?, target: Target::NOTHING });
        Some(())
    }

    /// Parses the entry at `at`: mode in octal, blank, name, NUL, id. Returns where it ends.
    fn parse(&mut self, at: usize) -> Option<usize> {
        let text = &self.object.bytes[at..];
        let blank = memchr::memchr(b' ', &text[..text.len().min(8)])?;
        let nul = memchr::memchr(0, text)?;
        let end = nul + 1 + self.store.hash.len_in_bytes();
        let id = gix::oid::try_from_bytes(text.get(nul + 1..end)?).ok()?;
        let target = match &text[..blank] {
            b"160000" => Target::NOTHING,
            mode => match self.store.number(id) {
                Some(number) => Target::new(number, matches!(mode, b"40000" | b"040000")),
                None => {
                    self.missing.push(id.to_owned());
                    Target::NOTHING
                }
            },
        };
        self.entries.0.push(Entry { start: u32::try_from(at).ok()?, target });
        Some(at + end)
    }
}

impl Entries {
    /// Takes over the entries of `base` from the one that stands again at `at`, as far as `copy` holds them.
    ///
    /// Returns the end of the last, or nothing if no entry of the base begins there or fits.
    fn inherit(&mut self, base: &Self, copy: &Copy, at: usize) -> Option<usize> {
        let from = u32::try_from(copy.base + (at - copy.target)).ok()?;
        let limit = copy.base + copy.len;
        let first = base.0.binary_search_by_key(&from, |entry| entry.start).ok()?;
        // Entry i ends where entry i + 1 begins; the last of the list only marks the end.
        let count = base.0[first..].partition_point(|entry| entry.start as usize <= limit) - 1;
        if count == 0 {
            return None;
        }
        let shift = |start: u32| start.wrapping_sub(from).wrapping_add(at as u32);
        let taken = &base.0[first..first + count];
        self.0.extend(taken.iter().map(|entry| Entry { start: shift(entry.start), target: entry.target }));
        Some(shift(base.0[first + count].start) as usize)
    }

    fn edges(&self, tree: Number, is_hit: &(dyn Fn(Number) -> bool + Sync)) -> Vec<(Number, Number)> {
        let leads =
            |target: Target| target.is_tree() || (target != Target::NOTHING && is_hit(target.number()));
        self.0.iter().filter(|entry| leads(entry.target)).map(|entry| (entry.target.number(), tree)).collect()
    }
}
