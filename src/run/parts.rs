//! What an archive in a repository holds, in an order that is the same each time: names, and what they name.
//!
//! While a history is scanned, it is not known at which path an archive stands. So every value that counts at any
//! path is noted, as for other blobs, and each path is judged when the archive is opened again to be reported.

use std::borrow::Cow;

use bstr::BString;

use super::Settings;
use super::collect::{Collector, Hit};
use super::{colours, names};
use crate::detect::{Detector, FileName, Match, PlaceFacts};
use crate::finding::{Coverage, Provenance};
use crate::source::{Blob, Opening, Start, bundle};

/// Stands for the path of an archive that is not known yet. Only brotli needs a name to be known.
pub(super) fn nowhere(bytes: &[u8]) -> Provenance {
    Provenance::File(if Opening::of(bytes, b"").is_some() { BString::default() } else { BROTLI.into() })
}

/// A place within such an archive, at its path.
pub(super) fn at_path(path: &BString, place: &str) -> String {
    format!("{path}{}", place.strip_prefix(BROTLI).unwrap_or(place))
}

/// How the names of files end that brotli has packed.
pub(super) const BROTLI: &str = ".br";

/// One text of an archive.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// Its place in the order.
    pub(super) index: u32,
    /// The name alone, if that is the text.
    pub(super) name: Option<&'a [u8]>,
    /// What is named, or a piece of it.
    pub(super) blob: &'a Blob<'a>,
}

impl<'a> Part<'a> {
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.name.unwrap_or(self.blob.bytes)
    }

    /// The kind of secret file that the member is by its name.
    pub(super) fn file(&self) -> Option<FileName> {
        let is_whole = self.name.is_none() && self.blob.start == Start::default();
        PlaceFacts::of_path(&self.blob.origin.path()).file.filter(|_| is_whole)
    }
}

/// Whether the bytes are an archive or packed, so that what they hold is scanned in their place.
pub(super) fn are_archive(bytes: &[u8], path: &[u8]) -> bool {
    Opening::of(bytes, path).is_some_and(Opening::replaces)
}

/// The text of an object at a path, as it is scanned: without control sequences of terminals, and of a source map without
/// the sources, which are parts.
pub(super) fn own_text<'t>(bytes: &'t [u8], path: &[u8]) -> Cow<'t, [u8]> {
    match bundle::without_sources(bytes, path) {
        Some(text) => colours::without(&text).into_owned().into(),
        None => colours::without(bytes),
    }
}

/// Whether the only parts are the sources of a map, which stand in its own text as well.
pub(super) fn are_sources(bytes: &[u8], path: &[u8]) -> bool {
    Opening::of(bytes, path).is_some_and(Opening::is_map)
}

/// Hands over every text that an archive, a packed part or a source map holds; nothing if there is none.
pub(super) fn each(
    (bytes, origin): (&[u8], &Provenance),
    settings: &Settings,
    coverage: &mut Coverage,
    sink: &mut dyn FnMut(Part<'_>),
) {
    let Some(opening) = Opening::of(bytes, &origin.path()) else { return };
    let mut index = 0;
    opening.visit((bytes, origin), settings.worktree.archive_depth, coverage, &mut |blob| {
        if let (Provenance::Member { name, .. }, true) = (&blob.origin, blob.start == Start::default()) {
            sink(Part { index, name: Some(name), blob: &blob });
            index += 1;
        }
        colours::without_in(&blob, |blob| sink(Part { index, name: None, blob }));
        index += 1;
    });
}

/// Everything found in an archive, as hits at its members.
pub(super) fn hits(
    archive: (&[u8], &Provenance),
    (detector, collector): (&Detector, &Collector<'_>),
    coverage: &mut Coverage,
) -> Vec<(Match, Hit)> {
    let mut hits = Vec::new();
    each(archive, collector.settings, coverage, &mut |part| match part.name {
        Some(_) => hits.extend(names::hits_in_path(collector, detector, &part.blob.origin)),
        None => hits.extend(collector.found_in_file(detector, part.blob)),
    });
    for (_, hit) in hits.iter_mut().filter(|_| !coverage.images.is_empty()) {
        let path = hit.place.provenance.path();
        hit.place.layer = coverage.images.iter().find_map(|image| image.layer_of(&path));
    }
    hits
}
