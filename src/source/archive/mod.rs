//! What archives and compressed files hold, read as a stream: nothing is unpacked to disk, and memory is bounded.
//!
//! Every member is read like a file of its own. What cannot be read is a gap that names the member: what is
//! encrypted, packed in a way that is not known, damaged, too deep or too much.

mod budget;
mod kind;
mod zstd;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::rc::Rc;

use ::zip::read::ZipFileEntry;
use ::zip::{CompressionMethod, ZipArchive};
use bstr::{BString, ByteSlice};
use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

use super::{Blob, bundle, chunk};
use crate::finding::{Coverage, GapReason, Provenance};
use budget::{Budget, Counted, Metered};
use kind::{Kind, Packing, Peeked};

/// The largest zip within another archive or on a stream: its directory is at its end, so it is held in memory.
const HELD: u64 = 64 << 20;
/// The memory that an xz stream may ask for, in KiB. `xz -9` asks for 65 MiB.
const XZ_MEMORY: u32 = 128 << 10;
/// Bytes read at a time.
const READ: usize = 64 << 10;

/// Opens one file or stream after another, with all they hold.
pub(super) struct Opener<'a> {
    max_depth: usize,
    buffer: &'a mut Vec<u8>,
    coverage: &'a mut Coverage,
    sink: &'a mut dyn FnMut(Blob<'_>),
    budget: Rc<Budget>,
    /// Whether it was told that the budget is spent.
    told: bool,
}

impl<'a> Opener<'a> {
    /// Opens archives up to `max_depth` within each other; `buffer` is for text.
    pub(super) fn new(
        max_depth: usize,
        buffer: &'a mut Vec<u8>,
        coverage: &'a mut Coverage,
        sink: &'a mut dyn FnMut(Blob<'_>),
    ) -> Self {
        Self { max_depth, buffer, coverage, sink, budget: Rc::default(), told: false }
    }

    /// Hands over what a file holds. Returns its length.
    ///
    /// # Errors
    /// Whatever reading a file returns that is no archive.
    pub(super) fn file(&mut self, file: &File, origin: &Provenance) -> io::Result<u64> {
        let mut input = Peeked::new(file);
        let Some(kind) = input.kind else { return self.text(&mut input, origin) };
        self.budget.feed(file.metadata()?.len());
        match kind {
            Kind::Zip if self.may_open(origin, 0) => {
                let read = self.zip(BufReader::new(file), origin, 0);
                self.heed(read, origin);
            }
            kind => self.open(kind, &mut input, origin, 0),
        }
        Ok(self.budget.input())
    }

    /// Hands over what a stream holds. Returns the bytes read.
    ///
    /// # Errors
    /// Whatever reading a stream returns that is no archive.
    pub(super) fn stream(&mut self, input: &mut dyn Read, origin: &Provenance) -> io::Result<u64> {
        let mut input = Peeked::new(Counted { inner: input, budget: self.budget.clone() });
        match input.kind {
            None => return self.text(&mut input, origin),
            Some(kind) => self.open(kind, &mut input, origin, 0),
        }
        Ok(self.budget.input())
    }

    fn text(&mut self, input: &mut dyn Read, origin: &Provenance) -> io::Result<u64> {
        match bundle::Kind::of(&origin.path()) {
            None => chunk::read_chunks(input, origin, self.buffer, self.sink),
            Some(kind) => bundle::read(kind, input, origin, (self.buffer, self.coverage), self.sink),
        }
    }

    /// A name without contents; names are looked at as well.
    fn name(&mut self, origin: &Provenance) {
        (self.sink)(Blob::whole(b"", origin.clone()));
    }

    /// Whether an archive is not too deep within others; if it is, that is a gap.
    fn may_open(&mut self, origin: &Provenance, depth: usize) -> bool {
        if depth >= self.max_depth {
            let detail = format!("archives are opened {} deep", self.max_depth);
            self.coverage.gap(GapReason::ArchiveDepth, origin.path().to_string(), detail);
            self.name(origin);
        }
        depth < self.max_depth
    }

    /// Opens an archive that `depth` others hold.
    fn open(&mut self, kind: Kind, input: &mut dyn Read, origin: &Provenance, depth: usize) {
        if !self.may_open(origin, depth) {
            return;
        }
        let read = match kind {
            Kind::Zip => self.held_zip(input, origin, depth),
            Kind::Tar => self.tar(input, origin, depth),
            Kind::Packed(packing) => self.unpack(packing, input, origin, depth),
        };
        self.heed(read, origin);
    }

    /// Makes a gap of what went wrong in an archive or member.
    fn heed(&mut self, read: io::Result<()>, origin: &Provenance) {
        let Err(error) = read else { return };
        if !self.budget.is_spent() {
            self.coverage.gap(GapReason::CorruptArchive, origin.path().to_string(), error.to_string());
        } else if !std::mem::replace(&mut self.told, true) {
            let place = origin.outermost().path().to_string();
            self.coverage.gap(GapReason::ArchiveSize, place, error.to_string());
        }
    }

    /// Reads a member, which may be an archive itself.
    fn member(&mut self, input: &mut dyn Read, origin: &Provenance, depth: usize) -> io::Result<()> {
        let mut input = Peeked::new(Metered { inner: input, budget: self.budget.clone() });
        match input.kind {
            Some(kind) => self.open(kind, &mut input, origin, depth),
            None => {
                self.coverage.scanned.members += 1;
                self.coverage.scanned.member_bytes += self.text(&mut input, origin)?;
            }
        }
        Ok(())
    }

    fn unpack(
        &mut self,
        packing: Packing,
        input: &mut dyn Read,
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        let mut out = Peeked::new(unpacked(packing, BufReader::with_capacity(READ, input)));
        if out.kind == Some(Kind::Tar) {
            // A packed tar is one archive to people: its members are named below the file.
            let mut out = Metered { inner: out, budget: self.budget.clone() };
            self.open(Kind::Tar, &mut out, origin, depth + 1);
            return Ok(());
        }
        self.name(origin);
        self.member(&mut out, &origin.member(stem(&origin.path())), depth + 1)
    }

    fn tar(&mut self, input: &mut dyn Read, origin: &Provenance, depth: usize) -> io::Result<()> {
        self.name(origin);
        let mut archive = tar::Archive::new(input);
        // Archives may be joined end to end, and what follows an end is not to be lost.
        archive.set_ignore_zeros(true);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let member = origin.member(entry.path_bytes().as_ref());
            let kind = entry.header().entry_type();
            match kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
                true => self.member(&mut entry, &member, depth + 1)?,
                false => self.name(&member),
            }
        }
        Ok(())
    }

    fn held_zip(&mut self, input: &mut dyn Read, origin: &Provenance, depth: usize) -> io::Result<()> {
        let mut bytes = Vec::new();
        input.take(HELD + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > HELD {
            let detail = "a zip within another archive or on a stream is read up to 64 MiB";
            self.coverage.gap(GapReason::ArchiveSize, origin.path().to_string(), detail);
            self.name(origin);
            return Ok(());
        }
        self.zip(Cursor::new(bytes), origin, depth)
    }

    fn zip(&mut self, input: impl Read + Seek, origin: &Provenance, depth: usize) -> io::Result<()> {
        let mut archive = ZipArchive::new(input)?;
        (self.sink)(Blob::whole(archive.comment(), origin.clone()));
        if archive.has_duplicate_names() {
            let detail = "several members have the same name; one of them is read";
            self.coverage.gap(GapReason::CorruptArchive, origin.path().to_string(), detail);
        }
        for index in 0..archive.len() {
            let entry = archive.by_index_data(index)?;
            let member = origin.member(entry.name_raw());
            if let Some(reason) = unreadable(&entry) {
                self.name(&member);
                self.coverage.gap(reason, member.path().to_string(), entry.compression().to_string());
            } else {
                let read = match archive.by_index(index) {
                    Ok(mut entry) => self.member(&mut entry, &member, depth + 1),
                    Err(error) => Err(error.into()),
                };
                self.heed(read, &member);
            }
            if self.budget.is_spent() {
                break;
            }
        }
        Ok(())
    }
}

/// Why a member of a zip cannot be read; nothing if it can.
fn unreadable(entry: &ZipFileEntry<'_>) -> Option<GapReason> {
    match entry.compression() {
        _ if entry.encrypted() => Some(GapReason::EncryptedMember),
        CompressionMethod::Stored | CompressionMethod::Deflated => None,
        _ => Some(GapReason::UnknownCompression),
    }
}

fn unpacked<'r>(packing: Packing, input: impl BufRead + 'r) -> Box<dyn Read + 'r> {
    match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(input)),
        Packing::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        Packing::Xz => Box::new(XzReader::new_mem_limit(input, true, XZ_MEMORY)),
        Packing::Zstd => Box::new(zstd::Frames::new(input)),
    }
}

/// What a packed file is called when it is unpacked: its name without the ending.
fn stem(path: &[u8]) -> BString {
    const ENDINGS: [&[u8]; 5] = [b".gz", b".bz2", b".xz", b".zst", b".zstd"];
    let name = path.rsplit_once_str("/").map_or(path, |(_, name)| name);
    ENDINGS.iter().find_map(|ending| name.strip_suffix(*ending)).unwrap_or(name).into()
}
