//! RPM packages: two headers, which hold scripts and names, and a packed cpio archive. And cpio by itself.
//!
//! The `rpm` crate reads a package whole, with keys and dates that are of no use here; what is needed is to skip two
//! tables and read cpio's headers. Format: <https://rpm.org/docs/latest/manual/format_v4.html>, cpio(5) "New ASCII".

use std::io::{self, Read};

use bstr::ByteSlice;

use super::kind::{Kind, Peeked};
use super::{LONGEST_NAME, Opener, part, skip};
use crate::finding::Provenance;
use crate::source::Blob;

/// The lead, which is of no use any more.
const LEAD: usize = 96;
/// What a header begins with, its version included.
const HEADER: &[u8] = b"\x8e\xad\xe8\x01";
/// The most a header is believed to hold. Those of the kernel's packages have two million bytes.
const LARGEST: u64 = 64 << 20;
/// Length of a member's header, and the name of what ends an archive.
const ENTRY: usize = 110;
const TRAILER: &[u8] = b"TRAILER!!!";

impl Opener<'_> {
    pub(super) fn rpm(&mut self, input: &mut dyn Read, origin: &Provenance, depth: usize) -> io::Result<()> {
        input.read_exact(&mut [0; LEAD])?;
        let signature = header(input)?;
        let padding = (8 - signature.len() % 8) % 8;
        input.read_exact(&mut vec![0; padding])?;
        let bytes = header(input)?;
        (self.sink)(Blob::whole(&bytes, origin.clone()));
        drop(bytes);
        let mut payload = Peeked::new(input, b"");
        match payload.kind {
            Some(Kind::Packed(packing)) => self.unpack(packing, &mut payload, origin, depth),
            Some(Kind::Cpio) => self.cpio(&mut payload, origin, depth),
            _ => Err(io::Error::other("what it installs is packed in a way that is not known")),
        }
    }

    pub(super) fn cpio(&mut self, input: &mut dyn Read, origin: &Provenance, depth: usize) -> io::Result<()> {
        self.name(origin);
        loop {
            let mut entry = [0; ENTRY];
            input.read_exact(&mut entry)?;
            if !matches!(entry.get(..6), Some(b"070701" | b"070702")) {
                return Err(io::Error::other("a member's header is damaged, or packed without names"));
            }
            let number = |at: usize| {
                let digits = entry[6 + 8 * at..14 + 8 * at].to_str().ok();
                let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                number.ok_or_else(|| io::Error::other("a member's header is damaged"))
            };
            let (mode, size, name_len) = (number(1)?, number(6)?, number(11)?);
            if name_len > LONGEST_NAME {
                return Err(io::Error::other("a member's name is too long to be one"));
            }
            let mut name = vec![0; name_len as usize];
            input.read_exact(&mut name)?;
            pad(input, ENTRY as u64 + name_len)?;
            let name = name.trim_end_with(|c| c == '\0');
            if name == TRAILER {
                // What follows is read too, and so the checksum of what packs the archive.
                return self.member(input, &origin.member("<after the end>"), depth + 1);
            }
            let member = origin.member(name);
            let mut data = part(input, size);
            match is_file(mode) || size > 0 {
                true => self.member(&mut data, &member, depth + 1)?,
                false => self.name(&member),
            }
            skip(&mut data)?;
            pad(input, size)?;
        }
    }
}

fn is_file(mode: u64) -> bool {
    mode & 0o170_000 == 0o100_000
}

/// Skips to a multiple of four.
fn pad(input: &mut dyn Read, len: u64) -> io::Result<()> {
    io::copy(&mut part(input, (4 - len % 4) % 4), &mut io::sink()).map(drop)
}

/// The strings of a header, after its table.
fn header(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut start = [0; 16];
    input.read_exact(&mut start)?;
    let number =
        |at: usize| u64::from(u32::from_be_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]));
    let (entries, len) = (number(8), number(12));
    if !start.starts_with(HEADER) || entries * 16 + len > LARGEST {
        return Err(io::Error::other("a header of the package is damaged"));
    }
    skip(&mut part(input, entries * 16))?;
    let mut strings = Vec::new();
    part(input, len).read_to_end(&mut strings)?;
    if (strings.len() as u64) < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(strings)
}
