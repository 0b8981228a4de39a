//! Zip archives: jar, war, apk, ipa, whl, egg, nupkg, vsix, docx, xlsx, pptx and odt are such.

use std::io::{self, Read, Seek};

use ::zip::read::ZipFileEntry;
use ::zip::{CompressionMethod, ZipArchive};

use super::Opener;
use crate::finding::{GapReason, Provenance};
use crate::source::Blob;

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
