//! What an object of a git repository holds if it is an archive: its bytes are in memory, and it may be read again.

use std::io::Cursor;

use super::Opener;
use super::kind::Kind;
use crate::finding::{Coverage, Provenance};
use crate::source::{Blob, bundle};

/// That an object has something to open.
#[derive(Debug, Clone, Copy)]
pub struct Opening(What);

#[derive(Debug, Clone, Copy)]
enum What {
    Archive(Kind),
    /// A source map, or code that ends with one.
    Map(bundle::Kind),
}

impl Opening {
    /// The first bytes of a file that tell.
    pub const HEAD: u64 = super::kind::HEAD as u64;

    /// What is to be opened of an object with these bytes, at a path if that is known.
    #[must_use]
    pub fn of(bytes: &[u8], path: &[u8]) -> Option<Self> {
        let kind = Kind::of(&bytes[..bytes.len().min(super::kind::HEAD)], path).map(What::Archive);
        kind.or_else(|| bundle::held(bytes, path).map(What::Map)).map(Self)
    }

    /// Whether it is the sources of a map.
    #[must_use]
    pub fn is_map(self) -> bool {
        matches!(self.0, What::Map(_))
    }

    /// Whether the object's own bytes are no text.
    #[must_use]
    pub fn replaces(self) -> bool {
        matches!(self.0, What::Archive(kind) if !kind.is_beside())
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
        let kind = match self.0 {
            What::Archive(kind) => kind,
            What::Map(kind) => return bundle::sources(kind, bytes, origin, opener.sink),
        };
        match kind {
            Kind::Beside(beside) => opener.parts(beside, bytes, origin, 0),
            Kind::Unread(name) => opener.unread(name, origin),
            kind if kind.is_seekable() => opener.seekable(kind, &mut Cursor::new(bytes), origin, 0),
            kind => opener.open(kind, &mut &bytes[..], origin, 0),
        }
    }
}
