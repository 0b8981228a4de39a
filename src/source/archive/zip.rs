//! Zip archives: jar, war, apk, ipa, whl, egg, nupkg, vsix, docx, xlsx, pptx and odt are such.

use std::io::{self, Read, Seek};

use ::zip::read::ZipFileEntry;
use ::zip::{CompressionMethod, ZipArchive};
use libdeflater::Decompressor;

use super::Opener;
use crate::finding::{GapReason, Provenance};
use crate::source::Blob;

/// The largest member that is unpacked at once.
const SMALL: u64 = 4 << 20;
/// No byte of a deflate stream can become more than 1,032.
const MOST_INFLATED: u64 = 1032;

impl Opener<'_> {
    pub(super) fn zip(
        &mut self,
        input: impl Read + Seek,
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        let mut archive = ZipArchive::new(input)?;
        (self.sink)(Blob::whole(archive.comment(), origin.clone()));
        if archive.has_duplicate_names() {
            let detail = "several members have the same name; one of them is read";
            self.coverage.gap(GapReason::CorruptArchive, origin.path().to_string(), detail);
        }
        let mut small = Small::default();
        for index in 0..archive.len() {
            let entry = archive.by_index_data(index)?;
            let member = origin.member(entry.name_raw());
            if let Some(reason) = unreadable(&entry) {
                self.name(&member);
                self.coverage.gap(reason, member.path().to_string(), entry.compression().to_string());
            } else {
                let read = match small.unpacked(&mut archive, index) {
                    Some(bytes) => self.member(&mut &bytes[..], &member, depth + 1),
                    None => match archive.by_index(index) {
                        Ok(mut entry) => self.member(&mut entry, &member, depth + 1),
                        Err(error) => Err(error.into()),
                    },
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

/// Unpacks members at once that are small, which takes half the time of a stream.
#[derive(Default)]
struct Small {
    packed: Vec<u8>,
    unpacked: Vec<u8>,
}

impl Small {
    /// The bytes of a packed member; nothing if it is large, or anything about it is wrong: the stream tells what.
    fn unpacked<R: Read + Seek>(&mut self, archive: &mut ZipArchive<R>, index: usize) -> Option<&[u8]> {
        let mut entry = archive.by_index_raw(index).ok()?;
        let (from, to) = (entry.compressed_size(), entry.size());
        let is_likely = to <= SMALL && from <= SMALL && to <= from.saturating_mul(MOST_INFLATED);
        if !is_likely || entry.compression() != CompressionMethod::Deflated {
            return None;
        }
        self.packed.clear();
        entry.read_to_end(&mut self.packed).ok()?;
        self.unpacked.resize(usize::try_from(to).ok()?, 0);
        let len = Decompressor::new().deflate_decompress(&self.packed, &mut self.unpacked).ok()?;
        let is_right = len == self.unpacked.len() && crc32fast::hash(&self.unpacked) == entry.crc32();
        is_right.then_some(&self.unpacked)
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
