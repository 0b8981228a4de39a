//! One pack: its index, and how to unpack an entry.
//!
//! Reads through pread into reused buffers: mapping a pack would count all of it as our memory.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use gix::odb::pack::data::entry::Header;
use gix::odb::pack::{data, index};
use libdeflater::Decompressor;
use memmap2::Mmap;
use rayon::prelude::*;

use super::entries::Entries;
use super::fan::Fan;
use super::{Kind, delta};
use crate::source::map;

/// Headers are read in pieces of this size; one is at most 10 + 10 + 32 bytes.
const HEADER_WINDOW: usize = 1 << 16;
const HEADER: usize = 64;
/// Deflate makes at most 1,032 bytes of one (RFC 1951: 258 bytes for two bits at best).
const MOST_INFLATED: u64 = 1032;

/// A pack file with its index.
pub(super) struct Pack {
    id: u64,
    pub(super) path: PathBuf,
    pub(super) index: index::File<Mmap>,
    /// None while the pack is closed: all its objects were read by an earlier scan.
    pub(super) entries: Entries,
    /// Kinds of the objects, by number.
    pub(super) kinds: Vec<Option<Kind>>,
    fan: Fan,
    file: File,
    end: u64,
    /// Where entries begin, sorted; for reading single objects of a closed pack.
    offsets: OnceLock<Vec<u64>>,
}

/// Why an entry cannot be read.
pub(super) type EntryError = String;

/// A piece of the pack that headers are read from.
#[derive(Default)]
pub(super) struct Window {
    start: u64,
    bytes: Vec<u8>,
}

/// Where entries are asked for in the order of the pack, as commits are, so much of what follows is read as well. Read
/// ahead everywhere, rails took a second more of the system's time for copying than it saved in calls.
const AHEAD: u64 = 16 << 10;
/// An entry that begins at most this far behind the last one follows it.
const GAP: u64 = 1 << 10;

/// Buffers of one thread. They keep their length, so that growing them is the only time they are zeroed.
struct Scratch {
    inflate: Decompressor,
    near: Near,
    delta: Vec<u8>,
}

/// A part of a pack, as it was last read by this thread.
#[derive(Default)]
struct Near {
    /// Which pack; 0 before the first.
    pack: u64,
    range: Range<u64>,
    bytes: Vec<u8>,
}

impl Near {
    /// The bytes from `from` to `end` of the pack.
    fn read(&mut self, pack: &Pack, (from, end): Bounds) -> io::Result<&[u8]> {
        let end = end.max(from);
        if self.pack != pack.id || from < self.range.start || end > self.range.end {
            // What a failed read leaves there is nobody's.
            let is_next = self.pack == pack.id && (self.range.start..self.range.end + GAP).contains(&from);
            self.pack = 0;
            let ahead = if is_next { end.max((from + AHEAD).min(pack.end)) } else { end };
            let mut read = |until| read_at(&pack.file, part(&mut self.bytes, (until - from) as usize), from);
            let until = match read(ahead) {
                Ok(()) => ahead,
                // A pack that is cut off still holds what comes before the cut.
                Err(_) => read(end).map(|()| end)?,
            };
            (self.pack, self.range) = (pack.id, from..until);
        }
        let start = (from - self.range.start) as usize;
        Ok(&self.bytes[start..start + (end - from) as usize])
    }
}

/// Numbers packs, from 1, over all repositories of a run.
fn next_id() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        inflate: Decompressor::new(),
        near: Near::default(),
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

/// Where an entry begins, and where it ends at the latest.
type Bounds = (u64, u64);

impl Pack {
    /// Opens the pack that belongs to the index at `path`; its entries are read by [`Self::read_entries`].
    ///
    /// # Errors
    /// What is wrong with the index or the pack as a whole.
    pub(super) fn open(path: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
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
        let (fan, path) = (Fan::new(&index), pack_path);
        let (entries, kinds, offsets) = Default::default();
        Ok(Self { id: next_id(), path, index, entries, kinds, fan, file, end, offsets })
    }

    /// Reads the headers of all entries; returns what is wrong with them.
    pub(super) fn read_entries(&mut self) -> Vec<EntryError> {
        let mut faults = Vec::new();
        (self.entries, self.kinds) = Entries::read(self, &mut faults);
        let unresolved = self.entries.numbers().filter(|&number| self.kinds[number as usize].is_none());
        faults.extend(unresolved.map(|number| {
            let id = self.index.oid_at_index(number);
            format!("object {id}: its delta base is not in the pack, or leads back to it")
        }));
        faults
    }

    /// The header of the entry at `offset`.
    pub(super) fn header(&self, offset: u64, window: &mut Window) -> Result<Header, EntryError> {
        let missing =
            offset < window.start || offset + HEADER as u64 > window.start + window.bytes.len() as u64;
        if missing {
            let len = HEADER_WINDOW.min(self.end.saturating_sub(offset) as usize);
            window.start = offset;
            window.bytes.resize(len, 0);
            read_at(&self.file, &mut window.bytes, offset).map_err(|error| error.to_string())?;
        }
        let from = (offset - window.start) as usize;
        Ok(self.parse(offset, &window.bytes[from..])?.header)
    }

    fn parse(&self, offset: u64, bytes: &[u8]) -> Result<data::Entry, EntryError> {
        data::Entry::from_bytes(bytes, offset, self.index.object_hash()).map_err(|error| format!("{error:#}"))
    }

    /// The kind of an entry that is no delta, or where the base of a delta begins, if that is in the pack.
    pub(super) fn kind_or_base(&self, offset: u64, header: Header) -> (Option<Kind>, Option<u64>) {
        match header {
            Header::OfsDelta { base_distance } => (None, offset.checked_sub(base_distance)),
            Header::RefDelta { base_id } => {
                (None, self.lookup(&base_id).map(|number| self.index.pack_offset_at_index(number)))
            }
            Header::Blob => (Some(Kind::Blob), None),
            Header::Tree => (Some(Kind::Tree), None),
            Header::Commit => (Some(Kind::Commit), None),
            Header::Tag => (Some(Kind::Tag), None),
        }
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
        let is_kind = |(at, number): (u32, u32)| (self.kinds[number as usize] == Some(kind)).then_some(at);
        self.entries.roots().filter_map(is_kind).collect()
    }

    /// Unpacks an entry that is no delta.
    pub(super) fn unpack_root(&self, at: u32, out: &mut Vec<u8>) -> Result<(), EntryError> {
        self.unpack_root_at(self.bounds(at), out)
    }

    /// Unpacks a delta against its base's bytes, and lists what it copies.
    pub(super) fn unpack_delta(
        &self,
        at: u32,
        base: &[u8],
        out: &mut Vec<u8>,
        copies: &mut Vec<delta::Copy>,
    ) -> Result<(), EntryError> {
        self.unpack_delta_at(self.bounds(at), base, out, copies)
    }

    fn bounds(&self, at: u32) -> Bounds {
        let (from, next) = self.entries.bounds(at);
        (from, next.unwrap_or(self.end))
    }

    fn unpack_root_at(&self, bounds: Bounds, out: &mut Vec<u8>) -> Result<(), EntryError> {
        SCRATCH.with_borrow_mut(|Scratch { inflate, near, .. }| {
            let (size, stream) = self.stream(bounds, near)?;
            out.resize(size, 0);
            inflate_all(inflate, stream, out)
        })
    }

    fn unpack_delta_at(
        &self,
        bounds: Bounds,
        base: &[u8],
        out: &mut Vec<u8>,
        copies: &mut Vec<delta::Copy>,
    ) -> Result<(), EntryError> {
        SCRATCH.with_borrow_mut(|Scratch { inflate, near, delta }| {
            let (size, stream) = self.stream(bounds, near)?;
            let delta = part(delta, size);
            inflate_all(inflate, stream, delta)?;
            delta::apply(base, delta, out, copies).map_err(str::to_owned)
        })
    }

    /// Reads an entry: how many bytes it unpacks to, and its zlib stream with what may follow.
    fn stream<'b>(&self, bounds: Bounds, near: &'b mut Near) -> Result<(usize, &'b [u8]), EntryError> {
        let packed = near.read(self, bounds).map_err(|error| error.to_string())?;
        let entry = self.parse(bounds.0, packed)?;
        let stream = packed.get(entry.header_size()..).ok_or("cut off in its header")?;
        let told = entry.decompressed_size;
        if told > (stream.len() as u64).saturating_mul(MOST_INFLATED) {
            return Err(format!("says it unpacks to {told} bytes, more than its stream can hold"));
        }
        let size = usize::try_from(told).ok().filter(|&size| size <= delta::LARGEST);
        Ok((size.ok_or("larger than 4 GiB")?, stream))
    }

    /// Reads one object, whether the pack is closed or not.
    pub(super) fn read(&self, number: u32) -> Result<(Kind, Vec<u8>), EntryError> {
        let mut offset = self.index.pack_offset_at_index(number);
        let mut chain = Vec::new();
        let kind = loop {
            let mut window = Window { start: offset, bytes: vec![0; HEADER] };
            window.bytes.truncate(self.end.saturating_sub(offset) as usize);
            read_at(&self.file, &mut window.bytes, offset).map_err(|error| error.to_string())?;
            match self.kind_or_base(offset, self.parse(offset, &window.bytes)?.header) {
                (Some(kind), _) => break kind,
                (None, Some(base)) if chain.len() < self.index.num_objects() as usize => {
                    chain.push(offset);
                    offset = base;
                }
                _ => return Err("its delta chain leads to no object".into()),
            }
        };
        let (mut bytes, mut target, mut copies) = (Vec::new(), Vec::new(), Vec::new());
        self.unpack_root_at(self.bounds_at(offset), &mut bytes)?;
        for offset in chain.into_iter().rev() {
            self.unpack_delta_at(self.bounds_at(offset), &bytes, &mut target, &mut copies)?;
            std::mem::swap(&mut bytes, &mut target);
        }
        Ok((kind, bytes))
    }

    fn bounds_at(&self, offset: u64) -> Bounds {
        if !self.entries.is_empty() {
            return (offset, self.entries.offset_after(offset).unwrap_or(self.end));
        }
        let offsets = self.offsets.get_or_init(|| {
            let all = 0..self.index.num_objects();
            let mut offsets: Vec<u64> = all.map(|number| self.index.pack_offset_at_index(number)).collect();
            offsets.par_sort_unstable();
            offsets
        });
        let next = offsets.partition_point(|&other| other <= offset);
        (offset, offsets.get(next).copied().unwrap_or(self.end))
    }
}

/// Fills `out`, which is as long as the entry says.
///
/// Checks the stream's end and its Adler-32 too, and fails where it is longer than `out`.
fn inflate_all(inflate: &mut Decompressor, stream: &[u8], out: &mut [u8]) -> Result<(), EntryError> {
    let len = inflate.zlib_decompress(stream, out).map_err(|error| error.to_string())?;
    if len == out.len() {
        Ok(())
    } else {
        Err(format!("unpacks to {len} bytes and not to the {} it says", out.len()))
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
