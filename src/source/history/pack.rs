//! One pack: its entries in pack order, who is whose delta base, and how to unpack an entry.
//!
//! Reads through pread into reused buffers: mapping a pack would count all of it as our memory.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use gix::odb::pack::data::entry::Header;
use gix::odb::pack::{data, index};
use libdeflater::Decompressor;
use memmap2::Mmap;
use rayon::prelude::*;

use super::{Kind, delta};
use crate::source::map;

/// No base: the entry stands for itself.
const NONE: u32 = u32::MAX;
/// Headers are read in pieces of this size; one is at most 10 + 10 + 32 bytes.
const HEADER_WINDOW: usize = 1 << 16;
const HEADER: usize = 64;
/// Deflate makes at most 1,032 bytes of one (RFC 1951: 258 bytes for two bits at best).
const MOST_INFLATED: u64 = 1032;
/// Headers that one thread reads in a row.
const HEADERS_AT_ONCE: usize = 1 << 13;

/// An entry of a pack, in pack order.
#[derive(Debug, Clone, Copy)]
struct Entry {
    offset: u64,
    /// Bytes of the unpacked object or delta.
    size: u64,
    /// Position of the base in pack order, or [`NONE`].
    base: u32,
    /// Position in the index, which is the object's number within the pack.
    number: u32,
    header: u16,
    kind: Option<Kind>,
}

/// Entries as one thread reads them.
#[derive(Default)]
struct Part {
    entries: Vec<Entry>,
    /// Where the base of each begins; 0, which is no entry's place, where it has none.
    bases: Vec<u64>,
    faults: Vec<EntryError>,
}

/// A pack file with its index.
pub(super) struct Pack {
    pub(super) path: PathBuf,
    pub(super) index: index::File<Mmap>,
    fan: Fan,
    file: File,
    end: u64,
    entries: Vec<Entry>,
    /// Kinds of the objects, by number.
    kinds: Vec<Option<Kind>>,
    /// Children of entry i: `children[first_child[i]..first_child[i + 1]]`.
    first_child: Vec<u32>,
    children: Vec<u32>,
    /// Entries built on entry i, itself included.
    weights: Vec<u32>,
}

/// Finds the number of an id with two cache misses or three, where a binary search has twenty.
struct Fan {
    /// Number of the first id of each slot; a slot is what the first bits of an id say.
    first: Vec<u32>,
    /// The fifth to eighth byte of each id.
    tags: Vec<u32>,
    shift: u32,
}

impl Fan {
    /// About four ids a slot: their tags lie in one cache line, and the slots fit the second-level cache.
    fn new(index: &index::File<Mmap>) -> Self {
        let bits = (index.num_objects() / 4).max(256).ilog2();
        let shift = 32 - bits;
        let mut first = vec![0u32; (1 << bits) + 1];
        let mut tags = Vec::with_capacity(index.num_objects() as usize);
        for number in 0..index.num_objects() {
            let id = index.oid_at_index(number);
            first[word(id, 0) as usize >> shift] += 1;
            tags.push(word(id, 4));
        }
        let mut before = 0;
        for slot in &mut first {
            before += std::mem::replace(slot, before);
        }
        Self { first, tags, shift }
    }

    /// The numbers of the ids that begin as this one does.
    fn slot(&self, id: &gix::oid) -> (u32, u32) {
        let slot = word(id, 0) as usize >> self.shift;
        (self.first[slot], self.first[slot + 1])
    }

    /// Those of a slot's numbers that may be this id's.
    fn in_slot(&self, slot: (u32, u32), id: &gix::oid) -> impl Iterator<Item = u32> {
        let tag = word(id, 4);
        (slot.0..slot.1).filter(move |&number| self.tags[number as usize] == tag)
    }
}

fn word(id: &gix::oid, at: usize) -> u32 {
    let bytes = id.as_bytes();
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Why an entry cannot be read.
pub(super) type EntryError = String;

/// Buffers of one thread. They keep their length, so that growing them is the only time they are zeroed.
struct Scratch {
    inflate: Decompressor,
    packed: Vec<u8>,
    delta: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        inflate: Decompressor::new(),
        packed: Vec::new(),
        delta: Vec::new(),
    });
}

/// The first `len` bytes of a buffer that grows as needed.
fn part(buffer: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if buffer.len() < len {
        buffer.resize(len, 0);
    }
    &mut buffer[..len]
}

impl Pack {
    /// Opens the pack that belongs to the index at `path` and reads all entry headers.
    ///
    /// # Errors
    /// What is wrong with the index or the pack as a whole.
    pub(super) fn open(path: &Path, hash: gix::hash::Kind) -> Result<(Self, Vec<EntryError>), String> {
        let mapped = map::map_index(path).map_err(|error| error.to_string())?;
        let index =
            index::File::from_data(mapped, path.to_owned(), hash).map_err(|error| format!("{error:#}"))?;
        let pack_path = path.with_extension("pack");
        let file = File::open(&pack_path).map_err(|error| format!("{}: {error}", pack_path.display()))?;
        let len = file.metadata().map_err(|error| error.to_string())?.len();
        let mut start = [0; 12];
        read_at(&file, &mut start, 0).map_err(|error| error.to_string())?;
        if &start[..4] != b"PACK" || !matches!(start[7], 2 | 3) {
            return Err("not a pack file: it does not begin with PACK and a known version".into());
        }
        let told = u32::from_be_bytes([start[8], start[9], start[10], start[11]]);
        if told != index.num_objects() {
            return Err(format!("the pack holds {told} objects, its index names {}", index.num_objects()));
        }
        let end = len.saturating_sub(hash.len_in_bytes() as u64);
        let (entries, children, fan) = (Vec::new(), Vec::new(), Fan::new(&index));
        let mut pack = Self {
            path: pack_path,
            index,
            fan,
            file,
            end,
            entries,
            kinds: Vec::new(),
            first_child: Vec::new(),
            children,
            weights: Vec::new(),
        };
        let mut faults = Vec::new();
        pack.read_headers(&mut faults);
        pack.resolve_kinds();
        pack.link_children();
        Ok((pack, faults))
    }

    fn read_headers(&mut self, faults: &mut Vec<EntryError>) {
        let mut order: Vec<(u64, u32)> = (0..self.index.num_objects())
            .map(|number| (self.index.pack_offset_at_index(number), number))
            .collect();
        order.par_sort_unstable();
        let parts: Vec<Part> = order.par_chunks(HEADERS_AT_ONCE).map(|part| self.read_part(part)).collect();
        drop(order);
        let mut bases: Vec<u64> = Vec::with_capacity(self.index.num_objects() as usize);
        self.entries = Vec::with_capacity(bases.capacity());
        for part in parts {
            self.entries.extend(part.entries);
            bases.extend(part.bases);
            faults.extend(part.faults);
        }
        let entries = &self.entries;
        let position = |&offset: &u64| match offset {
            0 => NONE,
            _ => entries.binary_search_by_key(&offset, |entry| entry.offset).map_or(NONE, |at| at as u32),
        };
        let bases: Vec<u32> = bases.par_iter().map(position).collect();
        for (entry, base) in self.entries.iter_mut().zip(bases) {
            entry.base = base;
        }
    }

    /// Headers of entries that follow one another.
    fn read_part(&self, order: &[(u64, u32)]) -> Part {
        let mut part = Part::default();
        let mut window = (0u64, Vec::new());
        for &(offset, number) in order {
            let entry = match self.header(offset, &mut window) {
                Ok(entry) => entry,
                Err(why) => {
                    let id = self.index.oid_at_index(number);
                    part.faults.push(format!("object {id} at byte {offset}: {why}"));
                    continue;
                }
            };
            let (kind, base) = match entry.header {
                Header::OfsDelta { base_distance } => (None, offset.checked_sub(base_distance)),
                Header::RefDelta { base_id } => {
                    (None, self.lookup(&base_id).map(|number| self.index.pack_offset_at_index(number)))
                }
                Header::Blob => (Some(Kind::Blob), None),
                Header::Tree => (Some(Kind::Tree), None),
                Header::Commit => (Some(Kind::Commit), None),
                Header::Tag => (Some(Kind::Tag), None),
            };
            let (size, header) = (entry.decompressed_size, entry.header_size() as u16);
            part.entries.push(Entry { offset, size, base: NONE, number, header, kind });
            part.bases.push(base.unwrap_or(0));
        }
        part
    }

    fn header(&self, offset: u64, window: &mut (u64, Vec<u8>)) -> Result<data::Entry, String> {
        let missing = offset < window.0 || offset + HEADER as u64 > window.0 + window.1.len() as u64;
        if missing {
            let len = HEADER_WINDOW.min(self.end.saturating_sub(offset) as usize);
            window.0 = offset;
            window.1.resize(len, 0);
            read_at(&self.file, &mut window.1, offset).map_err(|error| error.to_string())?;
        }
        let from = (offset - window.0) as usize;
        data::Entry::from_bytes(&window.1[from..], offset, self.index.object_hash())
            .map_err(|error| format!("{error:#}"))
    }

    /// A delta is of its base's kind. Bases mostly come first, so one pass and a few more settle all.
    fn resolve_kinds(&mut self) {
        loop {
            let mut changed = false;
            for at in 0..self.entries.len() {
                let entry = self.entries[at];
                if entry.kind.is_none() && entry.base != NONE {
                    self.entries[at].kind = self.entries[entry.base as usize].kind;
                    changed |= self.entries[at].kind.is_some();
                }
            }
            if !changed {
                break;
            }
        }
        self.kinds = vec![None; self.index.num_objects() as usize];
        for entry in &self.entries {
            self.kinds[entry.number as usize] = entry.kind;
        }
    }

    fn link_children(&mut self) {
        let mut first = vec![0u32; self.entries.len() + 1];
        for entry in self.entries.iter().filter(|entry| entry.base != NONE) {
            first[entry.base as usize + 1] += 1;
        }
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut next = first.clone();
        self.children = vec![0; *first.last().unwrap_or(&0) as usize];
        for (at, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.base != NONE) {
            let slot = &mut next[entry.base as usize];
            self.children[*slot as usize] = at as u32;
            *slot += 1;
        }
        self.first_child = first;
        self.weights = vec![1; self.entries.len()];
        // Bases come before what is built on them, but for a few; those only make a family look smaller.
        for at in (0..self.entries.len()).rev() {
            let base = self.entries[at].base;
            if base != NONE {
                self.weights[base as usize] += self.weights[at];
            }
        }
    }

    /// How many entries are built on this one, itself included.
    pub(super) fn weight(&self, at: u32) -> u32 {
        self.weights[at as usize]
    }

    /// The number within the pack of the object with this id.
    pub(super) fn lookup(&self, id: &gix::oid) -> Option<u32> {
        self.fan.in_slot(self.fan.slot(id), id).find(|&number| self.index.oid_at_index(number) == id)
    }

    /// As [`Self::lookup`], for many ids: step by step for all of them, so that cache misses overlap.
    pub(super) fn lookup_all(&self, ids: &[&gix::oid]) -> Vec<Option<u32>> {
        let slots: Vec<(u32, u32)> = ids.iter().map(|id| self.fan.slot(id)).collect();
        let likely: Vec<Option<u32>> =
            ids.iter().zip(slots).map(|(id, slot)| self.fan.in_slot(slot, id).next()).collect();
        let is_it = |id: &gix::oid, number: u32| self.index.oid_at_index(number) == id;
        ids.iter()
            .zip(likely)
            .map(|(id, likely)| likely.filter(|&number| is_it(id, number)).or_else(|| self.lookup(id)))
            .collect()
    }

    /// Entries of `kind` that are no deltas, in pack order.
    pub(super) fn roots(&self, kind: Kind) -> Vec<u32> {
        let is_root = |entry: &Entry| entry.base == NONE && entry.kind == Some(kind);
        self.entries.iter().enumerate().filter(|(_, entry)| is_root(entry)).map(|(at, _)| at as u32).collect()
    }

    /// Entries whose delta chain leads to no object: part of a cycle, or cut off.
    pub(super) fn unresolved(&self) -> impl Iterator<Item = u32> {
        self.entries.iter().filter(|entry| entry.kind.is_none()).map(|entry| entry.number)
    }

    pub(super) fn children(&self, at: u32) -> &[u32] {
        &self.children[self.first_child[at as usize] as usize..self.first_child[at as usize + 1] as usize]
    }

    /// The object's number within the pack.
    pub(super) fn number(&self, at: u32) -> u32 {
        self.entries[at as usize].number
    }

    pub(super) fn kind(&self, at: u32) -> Option<Kind> {
        self.entries[at as usize].kind
    }

    /// The kind of the object with this number.
    pub(super) fn kind_of(&self, number: u32) -> Option<Kind> {
        self.kinds[number as usize]
    }

    pub(super) fn base(&self, at: u32) -> Option<u32> {
        Some(self.entries[at as usize].base).filter(|&base| base != NONE)
    }

    /// Position in pack order of the object with this number.
    pub(super) fn position(&self, number: u32) -> Option<u32> {
        let offset = self.index.pack_offset_at_index(number);
        self.entries.binary_search_by_key(&offset, |entry| entry.offset).ok().map(|at| at as u32)
    }

    /// Unpacks an entry that is no delta.
    pub(super) fn unpack_root(&self, at: u32, out: &mut Vec<u8>) -> Result<(), EntryError> {
        let size = self.size(at)?;
        out.resize(size, 0);
        SCRATCH.with_borrow_mut(|scratch| self.inflate(at, &mut scratch.inflate, &mut scratch.packed, out))
    }

    /// Unpacks a delta against its base's bytes, and lists what it copies.
    pub(super) fn unpack_delta(
        &self,
        at: u32,
        base: &[u8],
        out: &mut Vec<u8>,
        copies: &mut Vec<delta::Copy>,
    ) -> Result<(), EntryError> {
        let size = self.size(at)?;
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { inflate, packed, delta } = scratch;
            let delta = part(delta, size);
            self.inflate(at, inflate, packed, delta)?;
            delta::apply(base, delta, out, copies).map_err(str::to_owned)
        })
    }

    /// Where the entry's zlib stream begins and ends.
    fn stream(&self, at: u32) -> (u64, u64) {
        let entry = &self.entries[at as usize];
        let from = entry.offset + u64::from(entry.header);
        (from, self.entries.get(at as usize + 1).map_or(self.end, |next| next.offset).max(from))
    }

    /// Bytes of the unpacked object or delta, before any memory is set aside for them.
    fn size(&self, at: u32) -> Result<usize, EntryError> {
        let told = self.entries[at as usize].size;
        let (from, end) = self.stream(at);
        if told > (end - from).saturating_mul(MOST_INFLATED) {
            return Err(format!("says it unpacks to {told} bytes, more than its stream can hold"));
        }
        let size = usize::try_from(told).ok();
        size.filter(|&size| size <= delta::LARGEST).ok_or_else(|| "larger than 4 GiB".into())
    }

    /// Fills `out`, which is as long as the entry says, from the entry's zlib stream.
    fn inflate(
        &self,
        at: u32,
        inflate: &mut Decompressor,
        packed: &mut Vec<u8>,
        out: &mut [u8],
    ) -> Result<(), EntryError> {
        let (from, next) = self.stream(at);
        let packed = part(packed, (next - from) as usize);
        read_at(&self.file, packed, from).map_err(|error| error.to_string())?;
        // Checks the stream's end and its Adler-32 too, and fails where it is longer than `out`.
        let len = inflate.zlib_decompress(packed, out).map_err(|error| error.to_string())?;
        if len == out.len() {
            Ok(())
        } else {
            Err(format!("unpacks to {len} bytes and not to the {} it says", out.len()))
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let got = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[got..];
        offset += got as u64;
    }
    Ok(())
}
