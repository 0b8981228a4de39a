//! 7z archives. What is packed together with LZMA, LZMA2, deflate, bzip2, Zstandard or not at all is read, through the
//! filters for programs as well.
//!
//! The crate for it believes every size that a header claims, and a made-up one of 2^60 bytes ends the program; here a
//! size is a number to compare. Format: 7zFormat.txt of the LZMA SDK.

mod header;

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use bzip2::read::BzDecoder;
use flate2::read::DeflateDecoder;
use lzma_rust2::filter::{bcj::BcjReader, delta::DeltaReader};
use lzma_rust2::{Lzma2Reader, LzmaReader};

use super::{DIRECTORY, Opener, XZ_MEMORY, part, zstd};
use crate::finding::{GapReason, Provenance};
use header::{Coder, File, Folder, Header};

/// How often a directory is unpacked: one that gives itself would never end.
const PACKED_TWICE: usize = 2;
/// Length of the first header.
const START: u64 = 32;

/// Why a folder cannot be read.
type Unreadable = (GapReason, String);

impl Opener<'_> {
    pub(super) fn seven_zip(
        &mut self,
        input: &mut (impl Read + Seek),
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        self.name(origin);
        let bytes = match header_bytes(input)? {
            Ok(bytes) => bytes,
            Err((reason, detail)) => {
                self.coverage.gap(reason, origin.path().to_string(), detail);
                return Ok(());
            }
        };
        let Header { folders, files, .. } = Header::read(&bytes)?;
        for file in files.iter().filter(|file| file.folder.is_none()) {
            self.name(&origin.member(file.name.as_slice()));
        }
        let mut by_folder: Vec<Vec<&File>> = folders.iter().map(|_| Vec::new()).collect();
        for file in &files {
            by_folder.get_mut(file.folder.unwrap_or(usize::MAX)).into_iter().for_each(|of| of.push(file));
        }
        for (folder, of) in folders.iter().zip(by_folder) {
            let read = match unpacked(input, folder)? {
                Ok(mut data) => self.folder(&mut data, &of, (origin, depth)),
                Err((reason, detail)) => {
                    for file in of {
                        let member = origin.member(file.name.as_slice());
                        self.name(&member);
                        self.coverage.gap(reason, member.path().to_string(), &detail);
                    }
                    Ok(())
                }
            };
            self.heed(read, origin);
            if self.budget.is_spent() {
                break;
            }
        }
        Ok(())
    }

    /// Reads files that are packed together.
    fn folder(
        &mut self,
        data: &mut dyn Read,
        files: &[&File],
        (origin, depth): (&Provenance, usize),
    ) -> io::Result<()> {
        for file in files {
            let member = origin.member(file.name.as_slice());
            let mut summed = Summed { inner: part(data, file.size), sum: crc32fast::Hasher::new() };
            self.member(&mut summed, &member, depth + 1)?;
            io::copy(&mut summed, &mut io::sink())?;
            if summed.inner.limit() > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if file.sum.is_some_and(|sum| sum != summed.sum.finalize()) {
                let detail = "its checksum is wrong";
                self.coverage.gap(GapReason::CorruptArchive, member.path().to_string(), detail);
            }
        }
        Ok(())
    }
}

/// Computes the checksum of what is read.
struct Summed<R> {
    inner: R,
    sum: crc32fast::Hasher,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.sum.update(&out[..n]);
        Ok(n)
    }
}

/// The header, unpacked as often as it is packed.
fn header_bytes(input: &mut (impl Read + Seek)) -> io::Result<Result<Vec<u8>, Unreadable>> {
    let end = input.seek(SeekFrom::End(0))?;
    input.rewind()?;
    let mut start = [0; START as usize];
    input.read_exact(&mut start)?;
    let number = |at: usize| u64::from_le_bytes(start[at..at + 8].try_into().expect("it is eight"));
    let (from, len) = (number(12).saturating_add(START), number(20));
    if from.checked_add(len).is_none_or(|last| last > end) || len > DIRECTORY {
        return Err(io::Error::other("its directory is not where it says, or it is cut off"));
    }
    input.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    input.take(len).read_to_end(&mut bytes)?;
    for _ in 0..PACKED_TWICE {
        let Some((header::ENCODED, rest)) = bytes.split_first().map(|(first, rest)| (*first, rest)) else {
            break;
        };
        let folders = Header::streams(rest)?;
        let folder = folders.first().filter(|folder| folder.size() <= DIRECTORY);
        let folder = folder.ok_or_else(|| io::Error::other("its directory is too large or not there"))?;
        let mut next = Vec::new();
        match unpacked(input, folder)? {
            Ok(data) => data.take(folder.size()).read_to_end(&mut next)?,
            Err(why) => return Ok(Err(why)),
        };
        bytes = next;
    }
    Ok(Ok(bytes))
}

/// What a folder holds, through all its coders.
fn unpacked<'r>(
    input: &'r mut (impl Read + Seek),
    folder: &Folder,
) -> io::Result<Result<Box<dyn Read + 'r>, Unreadable>> {
    let Some(chain) = folder.chain() else {
        let detail = "streams that are packed in several parts (BCJ2)".to_owned();
        return Ok(Err((GapReason::UnknownCompression, detail)));
    };
    input.seek(SeekFrom::Start(START.saturating_add(folder.from)))?;
    let mut data: Box<dyn Read + 'r> = Box::new(BufReader::new(input.take(folder.packed)));
    for (coder, size) in chain {
        data = match decoder(data, coder, size)? {
            Ok(data) => data,
            Err(why) => return Ok(Err(why)),
        };
    }
    Ok(Ok(data))
}

fn decoder<'r>(
    input: Box<dyn Read + 'r>,
    coder: &Coder,
    size: u64,
) -> io::Result<Result<Box<dyn Read + 'r>, Unreadable>> {
    let dictionary = |bits: u64| {
        // No more than what comes out is ever looked back at.
        let needed = bits.min(size.max(1 << 12));
        let fits = needed <= u64::from(XZ_MEMORY) << 10;
        u32::try_from(needed).ok().filter(|_| fits).ok_or_else(|| {
            (GapReason::ArchiveSize, format!("unpacking takes a dictionary of {} MiB", needed >> 20))
        })
    };
    Ok(Ok(match (coder.method.as_slice(), coder.properties.as_slice()) {
        ([0], _) => input,
        ([3, 1, 1], [properties, a, b, c, d]) => {
            match dictionary(u64::from(u32::from_le_bytes([*a, *b, *c, *d]))) {
                Ok(bytes) => Box::new(LzmaReader::new_with_props(input, size, *properties, bytes, None)?),
                Err(why) => return Ok(Err(why)),
            }
        }
        ([0x21], [bits @ 0..=40]) => match dictionary((2 | u64::from(bits & 1)) << (bits / 2 + 11)) {
            Ok(bytes) => Box::new(Lzma2Reader::new(input, bytes, None)),
            Err(why) => return Ok(Err(why)),
        },
        ([4, 1, 8], _) => Box::new(DeflateDecoder::new(input)),
        ([4, 2, 2], _) => Box::new(BzDecoder::new(input)),
        ([4, 0xf7, 0x11, 1], _) => Box::new(zstd::Frames::new(BufReader::new(input))),
        ([3], [distance]) => Box::new(DeltaReader::new(input, usize::from(*distance) + 1)),
        ([4] | [3, 3, 1, 3], _) => Box::new(BcjReader::new_x86(input, 0)),
        ([7] | [3, 3, 5, 1], _) => Box::new(BcjReader::new_arm(input, 0)),
        ([0xa], _) => Box::new(BcjReader::new_arm64(input, 0)),
        ([6, 0xf1, 7, 1], _) => {
            let detail = "only its password opens it".to_owned();
            return Ok(Err((GapReason::EncryptedMember, detail)));
        }
        (method, _) => {
            let name = if method == [3, 4, 1] { "PPMd".into() } else { format!("method {method:02x?}") };
            return Ok(Err((GapReason::UnknownCompression, name)));
        }
    }))
}
