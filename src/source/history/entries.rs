//! The entries of one pack in pack order: which object each is, and who is whose delta base.
//!
//! Sixteen bytes an entry, since a large history has millions; the rest stands in the pack itself.

use rayon::prelude::*;

use super::Kind;
use super::pack::{EntryError, Pack, Window};

/// No base: the entry stands for itself.
const NONE: u32 = u32::MAX;
/// Headers that one thread reads in a row.
const HEADERS_AT_ONCE: usize = 1 << 13;
/// Families with more entries than this are split between threads.
const LARGE: u32 = 64;

/// An entry of a pack, in pack order.
#[derive(Debug, Clone, Copy)]
struct Entry {
    offset: u64,
    /// Position of the base in pack order, or [`NONE`].
    base: u32,
    /// Position in the index, which is the object's number within the pack.
    number: u32,
}

/// Entries as one thread reads them.
#[derive(Default)]
struct Part {
    entries: Vec<Entry>,
    kinds: Vec<Option<Kind>>,
    /// Where the base of each begins; 0, which is no entry's place, where it has none.
    bases: Vec<u64>,
    faults: Vec<EntryError>,
}

/// All entries of a pack; none while the pack is closed.
#[derive(Debug, Default)]
pub(super) struct Entries {
    list: Vec<Entry>,
    /// Children of entry i: `children[first_child[i]..first_child[i + 1]]`.
    first_child: Vec<u32>,
    children: Vec<u32>,
    /// Whether many entries are built on entry i.
    is_large: Vec<bool>,
    /// Whether entry i, or one built on it, is to be read; empty if all are.
    wanted: Vec<bool>,
}

impl Entries {
    /// Reads the headers of all entries. Also gives the kinds of the objects by number.
    pub(super) fn read(pack: &Pack, faults: &mut Vec<EntryError>) -> (Self, Vec<Option<Kind>>) {
        let count = pack.index.num_objects();
        let mut order: Vec<(u64, u32)> =
            (0..count).map(|number| (pack.index.pack_offset_at_index(number), number)).collect();
        order.par_sort_unstable();
        let parts: Vec<Part> = order.par_chunks(HEADERS_AT_ONCE).map(|part| Part::read(pack, part)).collect();
        drop(order);
        let mut entries = Self::default();
        let (mut kinds, mut bases) = (Vec::with_capacity(count as usize), Vec::with_capacity(count as usize));
        entries.list.reserve_exact(count as usize);
        for part in parts {
            entries.list.extend(part.entries);
            kinds.extend(part.kinds);
            bases.extend(part.bases);
            faults.extend(part.faults);
        }
        entries.find_bases(&bases);
        drop(bases);
        let kinds = entries.resolve_kinds(kinds, count);
        entries.link_children();
        (entries, kinds)
    }

    fn find_bases(&mut self, bases: &[u64]) {
        let list = &self.list;
        let position = |&offset: &u64| match offset {
            0 => NONE,
            _ => list.binary_search_by_key(&offset, |entry| entry.offset).map_or(NONE, |at| at as u32),
        };
        let bases: Vec<u32> = bases.par_iter().map(position).collect();
        for (entry, base) in self.list.iter_mut().zip(bases) {
            entry.base = base;
        }
    }

    /// A delta is of its base's kind. Bases mostly come first, so one pass and a few more settle all.
    fn resolve_kinds(&self, mut kinds: Vec<Option<Kind>>, count: u32) -> Vec<Option<Kind>> {
        loop {
            let mut changed = false;
            for (at, entry) in self.list.iter().enumerate() {
                if kinds[at].is_none() && entry.base != NONE {
                    kinds[at] = kinds[entry.base as usize];
                    changed |= kinds[at].is_some();
                }
            }
            if !changed {
                break;
            }
        }
        let mut by_number = vec![None; count as usize];
        for (entry, kind) in self.list.iter().zip(kinds) {
            by_number[entry.number as usize] = kind;
        }
        by_number
    }

    fn link_children(&mut self) {
        let mut first = vec![0u32; self.list.len() + 1];
        let mut weights = vec![1u32; self.list.len()];
        for entry in self.list.iter().filter(|entry| entry.base != NONE) {
            first[entry.base as usize] += 1;
        }
        let mut before = 0;
        for slot in &mut first {
            before += std::mem::replace(slot, before);
        }
        self.children = vec![0; before as usize];
        // Each slot moves on as it is filled, and so ends where the next one begins.
        for (at, entry) in self.list.iter().enumerate().filter(|(_, entry)| entry.base != NONE) {
            let slot = &mut first[entry.base as usize];
            self.children[*slot as usize] = at as u32;
            *slot += 1;
        }
        first.rotate_right(1);
        first[0] = 0;
        self.first_child = first;
        // Bases come before what is built on them, but for a few; those only make a family look smaller.
        for at in (0..self.list.len()).rev() {
            let base = self.list[at].base;
            if base != NONE {
                weights[base as usize] += weights[at];
            }
        }
        self.is_large = weights.into_iter().map(|weight| weight >= LARGE).collect();
    }

    /// Leaves out families of which no object is to be read.
    pub(super) fn want(&mut self, is_wanted: impl Fn(u32) -> bool) {
        self.wanted = self.with_bases(is_wanted);
    }

    /// Marks, by position, what is wanted by its number, and all bases on which that is built.
    pub(super) fn with_bases(&self, is_wanted: impl Fn(u32) -> bool) -> Vec<bool> {
        let mut wanted = vec![false; self.list.len()];
        for at in 0..self.list.len() {
            let mut up = if is_wanted(self.list[at].number) { at as u32 } else { NONE };
            while up != NONE && !std::mem::replace(&mut wanted[up as usize], true) {
                up = self.list[up as usize].base;
            }
        }
        wanted
    }

    /// Which entries, by position, are to be read or have one built on them that is; none if all are.
    pub(super) fn wanted(&self) -> &[bool] {
        &self.wanted
    }

    /// Whether so many entries are built on this one that other threads should help.
    pub(super) fn is_large(&self, at: u32) -> bool {
        self.is_large[at as usize]
    }

    /// Entries that are no deltas: position and number, in pack order.
    pub(super) fn roots(&self) -> impl Iterator<Item = (u32, u32)> {
        let root = |(at, entry): (usize, &Entry)| (entry.base == NONE).then_some((at as u32, entry.number));
        self.list.iter().enumerate().filter_map(root)
    }

    /// Entries built on this one.
    pub(super) fn children(&self, at: u32) -> &[u32] {
        &self.children[self.first_child[at as usize] as usize..self.first_child[at as usize + 1] as usize]
    }

    /// The object's number within the pack.
    pub(super) fn number(&self, at: u32) -> u32 {
        self.list[at as usize].number
    }

    /// Numbers of all objects whose headers could be read.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.list.iter().map(|entry| entry.number)
    }

    /// Whether no entry is known: the pack is closed, or empty.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where the entry after `offset` begins, if there is one.
    pub(super) fn offset_after(&self, offset: u64) -> Option<u64> {
        let next = self.list.partition_point(|entry| entry.offset <= offset);
        self.list.get(next).map(|entry| entry.offset)
    }

    /// Where the entry begins, and where the next one does if there is one.
    pub(super) fn bounds(&self, at: u32) -> (u64, Option<u64>) {
        (self.list[at as usize].offset, self.list.get(at as usize + 1).map(|next| next.offset))
    }
}

impl Part {
    /// Headers of entries that follow one another; what cannot be read is left out.
    fn read(pack: &Pack, order: &[(u64, u32)]) -> Self {
        let mut part = Self::default();
        let mut window = Window::default();
        for &(offset, number) in order {
            match pack.header(offset, &mut window) {
                Ok(header) => {
                    let (kind, base) = pack.kind_or_base(offset, header);
                    part.entries.push(Entry { offset, base: NONE, number });
                    part.kinds.push(kind);
                    part.bases.push(base.unwrap_or(0));
                }
                Err(why) => {
                    let id = pack.index.oid_at_index(number);
                    part.faults.push(format!("object {id} at byte {offset}: {why}"));
                }
            }
        }
        part
    }
}
