//! What archives and compressed files hold, read as a stream: nothing is unpacked to disk, and memory is bounded.
//!
//! Every member is read like a file of its own. What cannot be read is a gap that names the member: what is
//! encrypted, packed in a way that is not known, damaged, too deep or too much. Each format has a file of its own.

mod ar;
mod asar;
mod beside;
mod brotli;
mod budget;
mod bundle;
mod hermes;
mod image;
mod kind;
mod object;
mod office;
mod pdf;
mod png;
mod pyc;
mod rpm;
mod sevenz;
mod sqlite;
mod tar;
mod zip;
mod zstd;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::rc::Rc;

use bstr::{BString, ByteSlice};
use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::{LzmaReader, XzReader};

use super::{Blob, chunk};
use crate::finding::{Coverage, GapReason, Provenance};
use budget::{Budget, Counted, Metered};
use kind::{Kind, Packing, Peeked};

pub use object::Opening;

/// The largest archive within another or on a stream that is held in memory, since its directory is at its end.
const HELD: u64 = 64 << 20;
/// The largest directory that is believed: it takes several times as much memory.
const DIRECTORY: u64 = 16 << 20;
/// The memory that an xz stream may ask for, in KiB. `xz -9` asks for 65 MiB.
const XZ_MEMORY: u32 = 128 << 10;
/// The longest name, or record of a tar header, that is believed.
const LONGEST_NAME: u64 = 1 << 20;
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
    images: image::Images,
}

impl<'a> Opener<'a> {
    /// Opens archives up to `max_depth` within each other; `buffer` is for text.
    pub(super) fn new(
        max_depth: usize,
        buffer: &'a mut Vec<u8>,
        coverage: &'a mut Coverage,
        sink: &'a mut dyn FnMut(Blob<'_>),
    ) -> Self {
        let (budget, images) = Default::default();
        Self { max_depth, buffer, coverage, sink, budget, told: false, images }
    }

    /// Hands over what a file holds. Returns its length.
    ///
    /// # Errors
    /// Whatever reading a file returns that is no archive.
    pub(super) fn file(&mut self, file: &File, origin: &Provenance) -> io::Result<u64> {
        let mut input = Peeked::new(file, &origin.path());
        let Some(kind) = input.kind else { return self.text(&mut input, origin) };
        self.budget.feed(file.metadata()?.len());
        match kind {
            kind if kind.is_seekable() => self.seekable(kind, &mut BufReader::new(file), origin, 0),
            kind if kind.is_beside() => return self.as_it_stands(kind, &mut input, origin, 0),
            kind => self.open(kind, &mut input, origin, 0),
        }
        Ok(self.budget.input())
    }

    /// Hands over what a stream holds. Returns the bytes read.
    ///
    /// # Errors
    /// Whatever reading a stream returns that is no archive.
    pub(super) fn stream(&mut self, input: &mut dyn Read, origin: &Provenance) -> io::Result<u64> {
        let mut input = Peeked::new(Counted { inner: input, budget: self.budget.clone() }, b"");
        match input.kind {
            None => return self.text(&mut input, origin),
            Some(kind) if kind.is_beside() => return self.as_it_stands(kind, &mut input, origin, 0),
            Some(kind) => self.open(kind, &mut input, origin, 0),
        }
        Ok(self.budget.input())
    }

    fn text(&mut self, input: &mut dyn Read, origin: &Provenance) -> io::Result<u64> {
        match super::bundle::Kind::of(&origin.path()) {
            None => chunk::read_chunks(input, origin, self.buffer, self.sink),
            Some(kind) => super::bundle::read(kind, input, origin, (self.buffer, self.coverage), self.sink),
        }
    }

    /// A name without contents; names are looked at as well.
    fn name(&mut self, origin: &Provenance) {
        (self.sink)(Blob::whole(b"", origin.clone()));
    }

    /// Reads what is scanned as it stands, and what there is beside. Returns its length.
    fn as_it_stands(
        &mut self,
        kind: Kind,
        input: &mut dyn Read,
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<u64> {
        match kind {
            Kind::Beside(kind) => return self.beside(kind, input, origin, depth),
            Kind::Unread(name) => self.unread(name, origin),
            _ => {}
        }
        self.text(input, origin)
    }

    /// Tells of something packed that is not read.
    fn unread(&mut self, name: &str, origin: &Provenance) {
        self.coverage.gap(GapReason::UnknownCompression, origin.path().to_string(), name);
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
            Kind::Zip | Kind::SevenZip => self.held(kind, input, origin, depth),
            Kind::Tar => self.tar(input, origin, depth),
            Kind::Ar => self.ar(input, origin, depth),
            Kind::Cpio => self.cpio(input, origin, depth),
            Kind::Rpm => self.rpm(input, origin, depth),
            Kind::Asar => self.asar(input, origin, depth),
            Kind::Bundle => self.bundle(input, origin, depth),
            Kind::Packed(packing) => self.unpack(packing, input, origin, depth),
            Kind::Beside(_) | Kind::Unread(_) => self.as_it_stands(kind, input, origin, depth).map(drop),
        };
        self.heed(read, origin);
    }

    /// Opens an archive whose directory is at its end.
    fn seekable(&mut self, kind: Kind, input: &mut (impl Read + Seek), origin: &Provenance, depth: usize) {
        if self.may_open(origin, depth) {
            let read = self.read_seekable(kind, input, origin, depth);
            self.heed(read, origin);
        }
    }

    fn read_seekable(
        &mut self,
        kind: Kind,
        input: &mut (impl Read + Seek),
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        match kind {
            Kind::SevenZip => self.seven_zip(input, origin, depth),
            _ => self.zip(input, origin, depth),
        }
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
        let name = match origin {
            Provenance::Member { name, .. } => name.as_slice(),
            _ => b"",
        };
        let mut input = Peeked::new(Metered { inner: input, budget: self.budget.clone() }, name);
        let bytes = match input.kind {
            Some(kind) if kind.is_beside() => self.as_it_stands(kind, &mut input, origin, depth)?,
            Some(kind) => {
                self.open(kind, &mut input, origin, depth);
                return Ok(());
            }
            None => self.text(&mut input, origin)?,
        };
        self.coverage.scanned.members += 1;
        self.coverage.scanned.member_bytes += bytes;
        Ok(())
    }

    fn unpack(
        &mut self,
        packing: Packing,
        input: &mut dyn Read,
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        let unpacked = unpacked(packing, BufReader::with_capacity(READ, input))?;
        let name = stem(&origin.path());
        let mut out = Peeked::new(unpacked, &name);
        if let Some(kind @ (Kind::Tar | Kind::Cpio)) = out.kind {
            // A packed tar is one archive to people: its members are named below the file.
            let mut out = Metered { inner: out, budget: self.budget.clone() };
            self.open(kind, &mut out, origin, depth + 1);
            return Ok(());
        }
        self.name(origin);
        self.member(&mut out, &origin.member(name), depth + 1)
    }

    /// Reads an archive on a stream whose directory is at its end.
    fn held(
        &mut self,
        kind: Kind,
        input: &mut dyn Read,
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        input.take(HELD + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > HELD {
            let detail = "a zip or 7z within another archive or on a stream is read up to 64 MiB";
            self.coverage.gap(GapReason::ArchiveSize, origin.path().to_string(), detail);
            self.name(origin);
            return Ok(());
        }
        self.read_seekable(kind, &mut Cursor::new(bytes), origin, depth)
    }
}

fn unpacked<'r>(packing: Packing, input: impl BufRead + 'r) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(input)),
        Packing::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        Packing::Xz => Box::new(XzReader::new_mem_limit(input, true, XZ_MEMORY)),
        Packing::Lzma => Box::new(LzmaReader::new_mem_limit(input, XZ_MEMORY, None)?),
        Packing::Zstd => Box::new(zstd::Frames::new(input)),
        Packing::Brotli => brotli::unpacked(input),
    })
}

/// What a packed file is called when it is unpacked: its name without the ending.
fn stem(path: &[u8]) -> BString {
    const ENDINGS: [&[u8]; 7] = [b".gz", b".bz2", b".xz", b".lzma", b".zst", b".zstd", b".br"];
    let name = path.rsplit_once_str("/").map_or(path, |(_, name)| name);
    ENDINGS.iter().find_map(|ending| name.strip_suffix(*ending)).unwrap_or(name).into()
}

/// The next `len` bytes of a stream.
fn part(input: &mut dyn Read, len: u64) -> io::Take<&mut dyn Read> {
    input.take(len)
}

/// Reads until `out` is full or the stream ends; returns how much there was.
fn fill(input: &mut dyn Read, out: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < out.len() {
        match input.read(&mut out[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// Reads what is left of a part to its end, which must be there.
fn skip(part: &mut io::Take<&mut dyn Read>) -> io::Result<()> {
    io::copy(part, &mut io::sink())?;
    if part.limit() > 0 {
        return Err(io::Error::other(format!("it is cut off: {} bytes are missing", part.limit())));
    }
    Ok(())
}
