//! What an object of a git repository holds if it is an archive: its bytes are in memory, and it may be read again.

use std::io::Cursor;

use super::Opener;
use super::kind::Kind;
use crate::finding::{Coverage, Provenance};
use crate::source::Blob;

/// Whether these bytes are an archive or packed: what they hold is scanned in their place.
#[must_use]
pub fn is_archive(bytes: &[u8]) -> bool {
    Kind::of(bytes).is_some()
}

/// How archives in objects are opened.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Archives within each other that are opened.
    pub max_depth: usize,
}

impl Parts {
    /// Hands over what an archive holds, the same each time and in the same order; nothing if the bytes are none.
    pub fn visit(
        self,
        bytes: &[u8],
        origin: &Provenance,
        coverage: &mut Coverage,
        sink: &mut dyn FnMut(Blob<'_>),
    ) {
        let Some(kind) = Kind::of(bytes) else { return };
        let mut buffer = Vec::new();
        let mut opener = Opener::new(self.max_depth, &mut buffer, coverage, sink);
        opener.budget.feed(bytes.len() as u64);
        match kind {
            Kind::Zip if opener.may_open(origin, 0) => {
                let read = opener.zip(Cursor::new(bytes), origin, 0);
                opener.heed(read, origin);
            }
            Kind::Zip => {}
            kind => opener.open(kind, &mut &bytes[..], origin, 0),
        }
    }
}
