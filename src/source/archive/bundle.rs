//! Git bundles: a list of references and a pack. Every object in it is read; files have the path of a folder that
//! holds them.
//!
//! gix reads packs from files with an index, and a bundle has none. Who brought a value in, and when, is told if the
//! bundle is cloned and its history scanned. Format: gitformat-bundle(5), gitformat-pack(5).

use std::collections::HashMap;
use std::io::{self, Read};
use std::rc::Rc;

use bstr::{BString, ByteSlice};
use flate2::bufread::ZlibDecoder;
use gix::ObjectId;
use gix::hash::Kind as Hash;
use gix::objs::Kind;

use super::{HELD, Opener};
use crate::finding::{GapReason, Provenance};
use crate::source::history::apply_within;

/// The most of unpacked objects that are held at a time.
const LARGEST: usize = 256 << 20;
/// The most objects.
const MOST: usize = 1 << 20;
/// Folders within each other.
const DEEPEST: usize = 256;

/// An object of the pack, as it stands there.
struct Entry {
    /// Where its packed bytes begin.
    data: usize,
    len: usize,
    base: Base,
}

enum Base {
    /// None: it is whole.
    Whole(Kind),
    /// The entry with this number.
    Entry(usize),
    /// The object with this id.
    Id(ObjectId),
}

struct Pack<'a> {
    bytes: &'a [u8],
    hash: Hash,
    entries: Vec<Entry>,
    /// What is built on each entry.
    children: Vec<Vec<usize>>,
    /// What is built on objects by their ids.
    by_id: HashMap<ObjectId, Vec<usize>>,
}

/// Which folder holds an object, and under which name.
type Names = HashMap<ObjectId, (ObjectId, BString)>;

fn damaged(why: &'static str) -> io::Error {
    io::Error::other(why)
}

impl Opener<'_> {
    pub(super) fn bundle(
        &mut self,
        input: &mut dyn Read,
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        input.take(HELD + 1).read_to_end(&mut bytes)?;
        self.name(origin);
        if bytes.len() as u64 > HELD {
            let detail = "a bundle is read up to 64 MiB; clone it (`git clone FILE`) and scan its history";
            self.coverage.gap(GapReason::ArchiveSize, origin.path().to_string(), detail);
            return Ok(());
        }
        let (hash, start) = header(&bytes).ok_or_else(|| damaged("its list of references is damaged"))?;
        let (pack, fault) = Pack::read((&bytes[start..], hash), &mut |len| {
            self.budget.came_out(len);
            !self.budget.is_spent()
        })?;
        let mut names = Names::new();
        let mut read = pack.visit(Kind::Tree, &mut |_, id, bytes| {
            self.budget.came_out(bytes.len() as u64);
            note_names(&mut names, id, bytes, hash);
            !self.budget.is_spent()
        });
        for kind in [Kind::Blob, Kind::Commit, Kind::Tag] {
            read += pack.visit(kind, &mut |kind, id, bytes| {
                let member = origin.member(name(&names, kind, id));
                let told = self.member(&mut &bytes[..], &member, depth + 1);
                self.heed(told, &member);
                !self.budget.is_spent()
            });
        }
        let lost = pack.entries.len() - read;
        if lost > 0 && !self.budget.is_spent() {
            let detail = format!(
                "{lost} objects cannot be read: the bundle lacks what they are built on, or they are damaged or too large"
            );
            self.coverage.gap(GapReason::CorruptArchive, origin.path().to_string(), detail);
        }
        fault.map_or(Ok(()), Err)
    }
}

/// Which hash names objects, and where the pack begins.
fn header(bytes: &[u8]) -> Option<(Hash, usize)> {
    let (mut hash, mut at) = (Hash::Sha1, 0);
    loop {
        let line = &bytes[at..at + bytes[at..].find_byte(b'\n')?];
        at += line.len() + 1;
        if line.is_empty() {
            return Some((hash, at));
        }
        if line == b"@object-format=sha256" {
            hash = Hash::Sha256;
        }
    }
}

impl<'a> Pack<'a> {
    /// Finds where each object begins; what is wrong after some comes with those.
    fn read(
        (bytes, hash): (&'a [u8], Hash),
        may_go_on: &mut dyn FnMut(u64) -> bool,
    ) -> io::Result<(Self, Option<io::Error>)> {
        if !bytes.starts_with(b"PACK") || bytes.len() < 12 {
            return Err(damaged("it holds no pack"));
        }
        let count = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        let mut pack = Self { bytes, hash, entries: Vec::new(), children: Vec::new(), by_id: HashMap::new() };
        let (mut at, mut places, mut fault) = (12, HashMap::new(), None);
        for number in 0..count as usize {
            places.insert(at, number);
            match pack.entry(at, &places) {
                Ok(end) if number < MOST && may_go_on(pack.entries[number].len as u64) => at = end,
                Ok(_) => fault = Some(damaged("it holds more than is read of one archive")),
                Err(error) => fault = Some(error),
            }
            if fault.is_some() {
                break;
            }
        }
        pack.children.resize_with(pack.entries.len(), Vec::new);
        for number in 0..pack.entries.len() {
            match pack.entries[number].base {
                Base::Whole(_) => {}
                Base::Entry(base) => pack.children[base].push(number),
                Base::Id(id) => pack.by_id.entry(id).or_default().push(number),
            }
        }
        Ok((pack, fault))
    }

    /// Reads the entry that begins at a place; returns where the next begins.
    fn entry(&mut self, start: usize, places: &HashMap<usize, usize>) -> io::Result<usize> {
        let cut = || damaged("its pack is cut off");
        let mut at = start;
        let mut byte = || {
            at += 1;
            self.bytes.get(at - 1).copied().ok_or_else(cut)
        };
        let first = byte()?;
        let (mut len, mut shift, mut last) = (u64::from(first & 0x0f), 4, first);
        while last & 0x80 != 0 {
            last = byte()?;
            len |= u64::from(last & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
        }
        let base = match first >> 4 & 7 {
            1 => Base::Whole(Kind::Commit),
            2 => Base::Whole(Kind::Tree),
            3 => Base::Whole(Kind::Blob),
            4 => Base::Whole(Kind::Tag),
            6 => {
                let mut last = byte()?;
                let mut back = usize::from(last & 0x7f);
                while last & 0x80 != 0 {
                    last = byte()?;
                    back = back.saturating_add(1).saturating_mul(1 << 7) | usize::from(last & 0x7f);
                }
                let base = start.checked_sub(back).and_then(|place| places.get(&place));
                Base::Entry(
                    *base
                        .filter(|base| **base < self.entries.len())
                        .ok_or_else(|| damaged("a delta without a base"))?,
                )
            }
            7 => {
                let id = self.bytes.get(at..at + self.hash.len_in_bytes()).ok_or_else(cut)?;
                at += id.len();
                Base::Id(ObjectId::from_bytes_or_panic(id))
            }
            _ => return Err(damaged("an object of unknown kind")),
        };
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let mut rest = &self.bytes[at.min(self.bytes.len())..];
        let mut inflate = ZlibDecoder::new(&mut rest);
        let inflated = io::copy(&mut inflate.by_ref().take((len as u64).saturating_add(1)), &mut io::sink())?;
        if inflated != len as u64 {
            return Err(damaged("an object is not as long as it says"));
        }
        let packed = inflate.total_in() as usize;
        self.entries.push(Entry { data: at, len, base });
        Ok(at + packed)
    }

    /// Hands over all objects of a kind until told to stop. Returns how many those were.
    fn visit(&self, kind: Kind, see: &mut dyn FnMut(Kind, ObjectId, &[u8]) -> bool) -> usize {
        let (mut seen, mut count) = (vec![false; self.entries.len()], 0);
        let is_root = |entry: &Entry| matches!(entry.base, Base::Whole(of) if of == kind);
        for root in (0..self.entries.len()).filter(|&at| is_root(&self.entries[at])) {
            let mut open = vec![(root, None::<Rc<Vec<u8>>>)];
            while let Some((number, base)) = open.pop() {
                let held: usize = open.iter().filter_map(|(_, base)| Some(base.as_ref()?.len())).sum();
                if held > LARGEST || std::mem::replace(&mut seen[number], true) {
                    continue;
                }
                let Some(object) = self.object(number, base.as_deref()) else { continue };
                let Ok(id) = gix::objs::compute_hash(self.hash, kind, &object) else { continue };
                count += 1;
                if !see(kind, id, &object) {
                    return count;
                }
                let by_id = self.by_id.get(&id).into_iter().flatten();
                let object = Rc::new(object);
                open.extend(
                    self.children[number].iter().chain(by_id).map(|&child| (child, Some(object.clone()))),
                );
            }
        }
        count
    }

    /// The bytes of an object, with those of its base.
    fn object(&self, number: usize, base: Option<&Vec<u8>>) -> Option<Vec<u8>> {
        let entry = &self.entries[number];
        let mut bytes = Vec::new();
        let mut inflate = ZlibDecoder::new(self.bytes.get(entry.data..)?);
        (entry.len as u64 <= HELD).then(|| inflate.by_ref().take(HELD).read_to_end(&mut bytes))?.ok()?;
        let Some(base) = base else { return Some(bytes) };
        let mut target = Vec::new();
        apply_within((base, &bytes), HELD as usize, &mut target).ok()?;
        Some(target)
    }
}

fn note_names(names: &mut Names, tree: ObjectId, bytes: &[u8], hash: Hash) {
    let entries = gix::objs::TreeRefIter::from_bytes(bytes, hash).filter_map(Result::ok);
    for entry in entries {
        names.entry(entry.oid.to_owned()).or_insert_with(|| (tree, entry.filename.to_owned()));
    }
}

/// The path of a file in one of the folders that hold it, or what an object is.
fn name(names: &Names, kind: Kind, id: ObjectId) -> BString {
    let mut parts: Vec<&BString> = Vec::new();
    let mut at = id;
    while let Some((folder, name)) = names.get(&at).filter(|_| parts.len() < DEEPEST) {
        parts.push(name);
        at = *folder;
    }
    if parts.is_empty() {
        return format!("<{kind} {id}>").into();
    }
    parts.reverse();
    bstr::join("/", parts).into()
}
