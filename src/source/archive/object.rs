//! What an object of a git repository holds if it is an archive: its bytes are in memory, and it may be read again.

use std::io::Cursor;

use super::Opener;
use super::kind::Kind;
use crate::finding::{Coverage, Provenance};
use crate::source::Blob;

/// That an object has something to open.
#[derive(Debug, Clone, Copy)]
pub struct Opening(Kind);

impl Opening {
    /// What is to be opened of an object with these bytes, at a path if that is known.
    #[must_use]
    pub fn of(bytes: &[u8], path: &[u8]) -> Option<Self> {
        Kind::of(&bytes[..bytes.len().min(super::kind::HEAD)], path).map(Self)
    }

    /// Whether the object's own bytes are no text.
    #[must_use]
    pub fn replaces(self) -> bool {
        !self.0.is_beside()
    }

    /// Hands over what the object holds beside its own bytes, the same each time and in the same order; archives within
    /// each other up to `max_depth`.
    pub fn visit(
        self,
        (bytes, origin): (&[u8], &Provenance),
        max_depth: usize,
        coverage: &mut Coverage,
        sink: &mut dyn FnMut(Blob<'_>),
    ) {
        let mut buffer = Vec::new();
        let mut opener = Opener::new(max_depth, &mut buffer, coverage, sink);
        opener.budget.feed(bytes.len() as u64);
        match self.0 {
            Kind::Beside(beside) => opener.parts(beside, bytes, origin, 0),
            Kind::Unread(name) => opener.unread(name, origin),
            kind if kind.is_seekable() => opener.seekable(kind, &mut Cursor::new(bytes), origin, 0),
            kind => opener.open(kind, &mut &bytes[..], origin, 0),
        }
    }
}
