//! Tar archives: POSIX (pax), GNU and old ones, joined end to end as well.
//!
//! Read here and not by a library, because those read what an archive says of itself (long names, pax records) whole
//! into memory, and say nothing of the text that such records hold. Here a record is text like any other; of one that
//! is too long to be a name nothing is believed. Format: POSIX.1-2017, pax; GNU tar manual, "Tar Internals".

use std::io::{self, Read};

use bstr::{BString, ByteSlice};

use super::{LONGEST_NAME, Opener, fill, part, skip};
use crate::finding::Provenance;
use crate::source::Blob;

/// Headers are this long, and data is padded to a multiple of it.
const BLOCK: usize = 512;
/// Whether a sparse file's header goes on in another block: in the first, and in each of those.
const SPARSE_MORE: (usize, usize) = (482, 504);

/// What records before an entry say of it.
#[derive(Default)]
struct Said {
    name: Option<BString>,
    size: Option<u64>,
}

/// An entry's header.
struct Header([u8; BLOCK]);

impl Header {
    /// The next header; nothing at the end. Blocks of zeros are passed over: archives may be joined.
    fn next(input: &mut dyn Read) -> io::Result<Option<Self>> {
        let mut block = [0; BLOCK];
        loop {
            match fill(input, &mut block)? {
                0 => return Ok(None),
                BLOCK if block.iter().all(|&byte| byte == 0) => {}
                BLOCK => break,
                n if block[..n].iter().all(|&byte| byte == 0) => return Ok(None),
                _ => return Err(io::Error::other("it is cut off within a header")),
            }
        }
        match super::kind::is_tar(&block) {
            true => Ok(Some(Self(block))),
            false => Err(io::Error::other("a header has a wrong checksum, or something follows the end")),
        }
    }

    fn kind(&self) -> u8 {
        self.0[156]
    }

    fn name(&self) -> BString {
        let text =
            |range: std::ops::Range<usize>| self.0[range].split(|&byte| byte == 0).next().unwrap_or_default();
        let is_posix = self.0[257..263] == *b"ustar\0";
        let prefix = if is_posix { text(345..500) } else { b"" };
        match prefix {
            b"" => text(0..100).into(),
            prefix => [prefix, b"/", text(0..100)].concat().into(),
        }
    }

    /// Octal digits, or a large number in binary.
    fn size(&self) -> io::Result<u64> {
        let field = &self.0[124..136];
        if field[0] & 0x80 != 0 {
            let (high, low) = field[1..].split_at(3);
            let low = low.iter().fold(0, |size: u64, byte| size << 8 | u64::from(*byte));
            let is_small = field[0] == 0x80 && high.iter().all(|&byte| byte == 0);
            return if is_small { Ok(low) } else { Err(io::Error::other("a size that cannot be")) };
        }
        let digits = field.trim_ascii_start().iter().take_while(|byte| (b'0'..=b'7').contains(byte));
        Ok(digits.fold(0, |size, digit| size << 3 | u64::from(digit - b'0')))
    }
}

impl Opener<'_> {
    pub(super) fn tar(&mut self, input: &mut dyn Read, origin: &Provenance, depth: usize) -> io::Result<()> {
        self.name(origin);
        let mut said = Said::default();
        self.begin_image();
        while let Some(header) = Header::next(input)? {
            let size = match said.size.filter(|_| !is_record(header.kind())) {
                Some(size) => size,
                None => header.size()?,
            };
            let mut data = part(input, size);
            if is_record(header.kind()) {
                self.record((header.kind(), &mut data), origin, &mut said)?;
            } else {
                let name = said.name.take().unwrap_or_else(|| header.name());
                said = Said::default();
                self.entry((&header, &mut data), &origin.member(name), depth)?;
            }
            let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
            skip(&mut data)?;
            io::copy(&mut part(input, padding), &mut io::sink())?;
        }
        self.end_image(origin);
        Ok(())
    }

    fn entry(
        &mut self,
        (header, data): (&Header, &mut io::Take<&mut dyn Read>),
        member: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        self.note_whiteout(member);
        if header.kind() == b'S' {
            let mut more = header.0[SPARSE_MORE.0];
            while more == 1 {
                let mut block = [0; BLOCK];
                data.get_mut().read_exact(&mut block)?;
                more = block[SPARSE_MORE.1];
            }
        }
        match matches!(header.kind(), 0 | b'0' | b'7' | b'S') || data.limit() > 0 {
            true => self.image_member(data, member, depth + 1),
            false => {
                self.name(member);
                Ok(())
            }
        }
    }

    /// Reads what is said of the next entry, or of all. It is text that somebody wrote.
    fn record(
        &mut self,
        (kind, data): (u8, &mut io::Take<&mut dyn Read>),
        origin: &Provenance,
        said: &mut Said,
    ) -> io::Result<()> {
        if data.limit() > LONGEST_NAME {
            let size = data.limit();
            self.text(data, &origin.member("<header>"))?;
            return Err(io::Error::other(format!("a header of {size} bytes: it was read, and not heeded")));
        }
        let mut text = Vec::new();
        data.read_to_end(&mut text)?;
        match kind {
            b'L' => said.name = Some(text.split(|&byte| byte == 0).next().unwrap_or_default().into()),
            b'x' => {
                pax(&text, said);
                (self.sink)(Blob::whole(&text, origin.member("<header>")));
            }
            _ => (self.sink)(Blob::whole(&text, origin.member("<header>"))),
        }
        Ok(())
    }
}

/// Whether it is a long name or link of GNU, or records of pax for the next entry or all of them.
fn is_record(kind: u8) -> bool {
    matches!(kind, b'L' | b'K' | b'x' | b'g')
}

/// Records such as `30 path=a/b`, each with its length before it.
fn pax(mut text: &[u8], said: &mut Said) {
    while let Some((digits, _)) = text.split_once_str(" ") {
        let Some(len) = digits.to_str().ok().and_then(|digits| digits.parse().ok()) else { return };
        let Some(record) = text.get(digits.len() + 1..len) else { return };
        text = &text[len..];
        let Some((key, value)) = record.trim_end_with(|c| c == '\n').split_once_str("=") else { return };
        match key {
            b"path" | b"GNU.sparse.name" => said.name = Some(value.into()),
            b"size" => said.size = value.to_str().ok().and_then(|size| size.parse().ok()),
            _ => {}
        }
    }
}
