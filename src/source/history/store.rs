//! All objects of a repository: packs and loose files, of its own and of its alternates.
//!
//! Every object has a number; an object that is stored twice has the number of the first copy.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::zlib::{Inflate, Status};

use super::pack::Pack;
use super::{Kind, delta};
use crate::finding::{Coverage, GapReason};
use crate::source::guard;

/// Bytes that hold the header of any loose object.
const HEADER: usize = 32;

/// The number of an object.
pub(super) type Number = u32;

/// Where an object is stored: among the same range of numbers as its pack's objects, but in the order of the pack.
pub(super) type Spot = u32;

/// A loose object's file.
pub(super) struct Loose {
    pub(super) id: ObjectId,
    pub(super) path: PathBuf,
    /// Nothing if its header cannot be read.
    pub(super) kind: Option<Kind>,
}

/// The objects of a repository.
pub(super) struct Store {
    pub(super) packs: Vec<Pack>,
    /// Number of each pack's first object.
    pub(super) firsts: Vec<Number>,
    /// Sorted by id; their numbers follow those of the packs.
    pub(super) loose: Vec<Loose>,
    pub(super) hash: gix::hash::Kind,
    /// Whether a promisor remote may hold objects that are not here.
    pub(super) partial: bool,
    first_loose: Number,
    /// Objects that an earlier scan has read, by number; empty if there are none.
    known: Vec<bool>,
}

impl Store {
    /// Opens every pack and lists every loose object of the given object folders; [`Self::read_entries`] does the rest.
    pub(super) fn open(folders: &[PathBuf], hash: gix::hash::Kind, coverage: &mut Coverage) -> Self {
        let mut store = Self {
            packs: Vec::new(),
            firsts: Vec::new(),
            loose: Vec::new(),
            hash,
            partial: false,
            first_loose: 0,
            known: Vec::new(),
        };
        for folder in folders {
            store.open_packs(&folder.join("pack"), coverage);
            store.list_loose(folder, coverage);
        }
        store.loose.sort_by_key(|loose| loose.id);
        store.loose.dedup_by_key(|loose| loose.id);
        for pack in &store.packs {
            store.firsts.push(store.first_loose);
            store.first_loose += pack.index.num_objects();
        }
        store
    }

    fn open_packs(&mut self, folder: &Path, coverage: &mut Coverage) {
        let paths: Vec<PathBuf> = guard::entries(folder, coverage).iter().map(fs::DirEntry::path).collect();
        self.partial |= paths.iter().any(|path| has_ending(path, "promisor"));
        for path in &paths {
            if has_ending(path, "pack") && !path.with_extension("idx").exists() {
                let detail = "the pack has no index (.idx): none of it was read";
                coverage.gap(GapReason::CorruptObject, path.display().to_string(), detail);
            }
            if !has_ending(path, "idx") {
                continue;
            }
            match Pack::open(path, self.hash) {
                Ok(pack) => self.packs.push(pack),
                Err(why) => coverage.gap(GapReason::CorruptObject, path.display().to_string(), why),
            }
        }
    }

    /// Reads the entries of every pack that holds what is not known, and the headers of loose objects.
    ///
    /// `known` says which objects an earlier scan has read, by number, and `kinds` what they are; both are empty
    /// if there was none.
    pub(super) fn read_entries(&mut self, known: Vec<bool>, kinds: &[Option<Kind>], coverage: &mut Coverage) {
        self.known = known;
        for (pack, &first) in self.packs.iter_mut().zip(&self.firsts) {
            let numbers = first as usize..(first + pack.index.num_objects()) as usize;
            let known = self.known.get(numbers.clone()).unwrap_or_default();
            if !known.is_empty() && known.iter().all(|known| *known) {
                pack.kinds = kinds[numbers].to_vec();
                continue;
            }
            let faults = pack.read_entries();
            note_faults(coverage, &pack.path, &faults);
            if known.contains(&true) {
                pack.entries.want(|number| !known[number as usize]);
            }
        }
        for (number, loose) in (self.first_loose as usize..).zip(&mut self.loose) {
            let read = match self.known.get(number) {
                Some(true) => Ok(kinds[number]),
                _ => loose_kind(&loose.path).map(Some),
            };
            match read {
                Ok(kind) => loose.kind = kind,
                Err(why) => coverage.gap(GapReason::CorruptObject, loose.path.display().to_string(), why),
            }
        }
    }

    /// Whether an earlier scan has read the object.
    pub(super) fn is_known(&self, number: Number) -> bool {
        self.known.get(number as usize).is_some_and(|known| *known)
    }

    fn list_loose(&mut self, folder: &Path, coverage: &mut Coverage) {
        for first in 0..=255u8 {
            let inner = folder.join(format!("{first:02x}"));
            for path in guard::entries(&inner, coverage).iter().map(fs::DirEntry::path) {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let Ok(id) = ObjectId::from_hex(format!("{first:02x}{name}").as_bytes()) else { continue };
                self.loose.push(Loose { id, path, kind: None });
            }
        }
    }

    /// Objects in all, copies included.
    pub(super) fn len(&self) -> usize {
        self.first_loose as usize + self.loose.len()
    }

    /// The number of the object with this id.
    pub(super) fn number(&self, id: &gix::oid) -> Option<Number> {
        for (pack, first) in self.packs.iter().zip(&self.firsts) {
            if let Some(number) = pack.lookup(id) {
                return Some(first + number);
            }
        }
        let at = self.loose.binary_search_by(|loose| loose.id.as_ref().cmp(id)).ok()?;
        Some(self.first_loose + at as Number)
    }

    /// The numbers of the objects with these ids, in their order.
    pub(super) fn numbers(&self, ids: &[&gix::oid]) -> Vec<Option<Number>> {
        match (self.packs.as_slice(), self.loose.as_slice()) {
            ([pack], []) => pack.lookup_all(ids),
            _ => ids.iter().map(|id| self.number(id)).collect(),
        }
    }

    /// The id of the object with this number.
    pub(super) fn id(&self, number: Number) -> ObjectId {
        match self.pack_of(number) {
            Some((pack, within)) => pack.index.oid_at_index(within).to_owned(),
            None => self.loose[(number - self.first_loose) as usize].id,
        }
    }

    /// The number of a loose object, by its place in `loose`.
    pub(super) fn loose_number(&self, at: usize) -> Number {
        self.first_loose + at as Number
    }

    fn pack_of(&self, number: Number) -> Option<(&Pack, u32)> {
        if number >= self.first_loose {
            return None;
        }
        let at = self.firsts.partition_point(|&first| first <= number) - 1;
        Some((&self.packs[at], number - self.firsts[at]))
    }

    /// The kind of the object with this number, if its header can be read.
    pub(super) fn kind(&self, number: Number) -> Option<Kind> {
        match self.pack_of(number) {
            Some((pack, within)) => pack.kinds[within as usize],
            None => self.loose[(number - self.first_loose) as usize].kind,
        }
    }

    /// Whether `number` is the copy of its object that counts, and new.
    pub(super) fn counts(&self, number: Number) -> bool {
        !self.is_known(number) && self.is_first_copy(number)
    }

    fn is_first_copy(&self, number: Number) -> bool {
        let single = self.packs.len() + usize::from(!self.loose.is_empty()) == 1;
        single || self.number(&self.id(number)) == Some(number)
    }

    /// The number of the object at this spot.
    pub(super) fn at_spot(&self, spot: Spot) -> Number {
        self.pack_of(spot).map_or(spot, |(pack, at)| spot - at + pack.entries.number(at))
    }

    /// Asks `inherits` of everything that is built on the object as a delta, and on what it says yes to.
    pub(super) fn walk_deltas(&self, spot: Spot, mut inherits: impl FnMut(Spot) -> bool) {
        let Some((pack, at)) = self.pack_of(spot) else { return };
        let (first, mut open) = (spot - at, vec![at]);
        while let Some(at) = open.pop() {
            let children = pack.entries.children(at).iter().copied();
            open.extend(children.filter(|&child| inherits(first + child)));
        }
    }

    /// Reads one object.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn read(&self, number: Number) -> Result<(Kind, Vec<u8>), String> {
        let Some((pack, within)) = self.pack_of(number) else {
            return read_loose(&self.loose[(number - self.first_loose) as usize].path);
        };
        pack.read(within)
    }
}

/// One gap a pack, with the number of its faults and the first of them.
pub(super) fn note_faults(coverage: &mut Coverage, place: &Path, faults: &[String]) {
    if let Some(first) = faults.first() {
        let detail = format!("{} objects cannot be read; the first: {first}", faults.len());
        coverage.gap(GapReason::CorruptObject, place.display().to_string(), detail);
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

fn loose_kind(path: &Path) -> Result<Kind, String> {
    let mut packed = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(256).read_to_end(&mut packed).map_err(|error| error.to_string())?;
    let mut start = [0; HEADER];
    let (_, _, len) = Inflate::default().once(&packed, &mut start).map_err(|error| format!("{error:#}"))?;
    parse_header(&start[..len]).map(|(kind, _, _)| kind)
}

/// Reads a loose object: header, NUL, bytes.
pub(super) fn read_loose(path: &Path) -> Result<(Kind, Vec<u8>), String> {
    let packed = fs::read(path).map_err(|error| error.to_string())?;
    let mut inflate = Inflate::default();
    let mut start = [0; HEADER];
    let (_, _, len) = inflate.once(&packed, &mut start).map_err(|error| format!("{error:#}"))?;
    let (kind, size, header) = parse_header(&start[..len])?;
    let size =
        usize::try_from(size).ok().filter(|&size| size <= delta::LARGEST).ok_or("larger than 4 GiB")?;
    let mut bytes = vec![0; header + size + 1];
    inflate.reset();
    let (status, _, len) = inflate.once(&packed, &mut bytes).map_err(|error| format!("{error:#}"))?;
    if status != Status::StreamEnd || len != header + size {
        return Err(format!("unpacks to {len} bytes and not to the {} it says", header + size));
    }
    bytes.truncate(len);
    bytes.drain(..header);
    Ok((kind, bytes))
}

fn parse_header(bytes: &[u8]) -> Result<(Kind, u64, usize), String> {
    let end = memchr::memchr(0, bytes).ok_or("not a loose object")?;
    let text = std::str::from_utf8(&bytes[..end]).map_err(|error| error.to_string())?;
    let (kind, size) = text.split_once(' ').ok_or("not a loose object")?;
    let kind = match kind {
        "blob" => Kind::Blob,
        "tree" => Kind::Tree,
        "commit" => Kind::Commit,
        "tag" => Kind::Tag,
        other => return Err(format!("an object of unknown kind {other}")),
    };
    Ok((kind, size.parse().map_err(|_| "its size is not a number")?, end + 1))
}
