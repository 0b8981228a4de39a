//! Parts of files that are read as they stand as well: packed streams, and strings that have nothing between them.

use std::borrow::Cow;
use std::io::{self, Read};

use bstr::BString;

use super::budget::Metered;
use super::kind::Beside;
use super::{HELD, Opener, hermes, office, pdf, png, pyc, sqlite};
use crate::finding::{GapReason, Provenance};

/// The most of a stream of which a text is made.
const MADE: u64 = 16 << 20;

/// What a part is called, and what is in it.
pub(super) struct Part<'a> {
    pub(super) name: BString,
    pub(super) content: Content<'a>,
}

/// What is in a part.
pub(super) enum Content<'a> {
    /// Text that was made of it.
    Text(Cow<'a, [u8]>),
    /// Something to unpack.
    Packed(Box<dyn Read + 'a>),
    /// Something to unpack, of which a text is made.
    Made(Box<dyn Read + 'a>, fn(&[u8]) -> Vec<u8>),
    /// Nothing that could be read.
    Gap(GapReason, String),
}

impl Beside {
    /// Hands over the parts of a file, in order.
    fn parts<'a>(self, bytes: &'a [u8], hand: &mut dyn FnMut(Part<'a>)) {
        match self {
            Self::Pdf => pdf::parts(bytes, hand),
            Self::Png => png::parts(bytes, hand),
            Self::Office => text("text", (office::joined(bytes), true), hand),
            Self::Pyc => text("strings", (pyc::strings(bytes), true), hand),
            Self::Hermes => text("strings", hermes::strings(bytes), hand),
            Self::Sqlite => text("rows", sqlite::rows(bytes), hand),
        }
    }
}

/// Hands over a text that was made of a file, and tells if that is not all of it.
fn text<'a>(name: &str, (text, is_whole): (Vec<u8>, bool), hand: &mut dyn FnMut(Part<'a>)) {
    if !text.is_empty() {
        hand(Part { name: name.into(), content: Content::Text(text.into()) });
    }
    if !is_whole {
        let detail =
            "its tables are damaged, or hold much over and over; the file itself was read".to_owned();
        hand(Part { name: name.into(), content: Content::Gap(GapReason::CorruptArchive, detail) });
    }
}

impl Opener<'_> {
    /// Reads a file as it stands, and its parts. Returns its length.
    pub(super) fn beside(
        &mut self,
        kind: Beside,
        input: &mut dyn Read,
        origin: &Provenance,
        depth: usize,
    ) -> io::Result<u64> {
        let mut bytes = Vec::new();
        // What cannot be read is told when the rest is read, below.
        let read = (&mut *input).take(HELD + 1).read_to_end(&mut bytes);
        let len = self.text(&mut bytes.as_slice().chain(input), origin)?;
        read?;
        if bytes.len() as u64 > HELD {
            let detail = "its packed parts are read in files up to 64 MiB";
            self.coverage.gap(GapReason::ArchiveSize, origin.path().to_string(), detail);
        } else {
            self.parts(kind, &bytes, origin, depth);
        }
        Ok(len)
    }

    /// Reads a text that is made of something packed, if there is any.
    fn made(
        &mut self,
        packed: Box<dyn Read + '_>,
        make: fn(&[u8]) -> Vec<u8>,
        member: &Provenance,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut packed = Metered { inner: packed, budget: self.budget.clone() };
        // What is damaged is told where the stream itself is read; its first bytes may be whole.
        let read = packed.by_ref().take(MADE).read_to_end(&mut bytes);
        if bytes.len() as u64 == MADE {
            let detail = "text in pieces is put together in the first 16 MiB of a stream";
            self.coverage.gap(GapReason::ArchiveSize, member.path().to_string(), detail);
        }
        let text = make(&bytes);
        if !text.is_empty() {
            self.text(&mut text.as_slice(), member)?;
        }
        if self.budget.is_spent() { read.map(drop) } else { Ok(()) }
    }

    /// Reads the parts of a file.
    pub(super) fn parts(&mut self, kind: Beside, bytes: &[u8], origin: &Provenance, depth: usize) {
        let mut may_open = None;
        kind.parts(bytes, &mut |Part { name, content }| {
            if self.budget.is_spent() || !*may_open.get_or_insert_with(|| self.may_open(origin, depth)) {
                return;
            }
            let member = origin.member(name);
            let read = match content {
                Content::Text(text) => self.member(&mut text.as_ref(), &member, depth + 1),
                Content::Packed(mut packed) => self.member(&mut packed, &member, depth + 1),
                Content::Made(packed, make) => self.made(packed, make, &member),
                Content::Gap(reason, detail) => {
                    self.coverage.gap(reason, member.path().to_string(), detail);
                    Ok(())
                }
            };
            self.heed(read, &member);
        });
    }
}
