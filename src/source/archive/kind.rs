//! What a file is by its first bytes; its name tells next to nothing.

use std::io::{self, Cursor, Read};

use super::{asar, brotli, office, pyc};

/// The bytes that are looked at: the header of a tar archive.
pub(super) const HEAD: usize = 512;
/// Where a tar header has its checksum, as octal digits (POSIX.1-2017, pax, "ustar Interchange Format").
const TAR_SUM: std::ops::Range<usize> = 148..156;

/// A kind of archive or compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Members with a directory at the end: zip, jar, apk, whl, docx and more.
    Zip,
    /// Members with a directory at the end that may be packed itself.
    SevenZip,
    /// Members one after another: tar.
    Tar,
    /// The same: ar, and Debian packages.
    Ar,
    /// The same: cpio, which RPM packages hold.
    Cpio,
    /// An RPM package.
    Rpm,
    /// What Electron packs programs into.
    Asar,
    /// A git bundle.
    Bundle,
    /// One stream.
    Packed(Packing),
    /// A file that is read as it stands, and has more to read in parts that are packed.
    Beside(Beside),
    /// Something packed that is not read, by its name.
    Unread(&'static str),
}

/// How one stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// RFC 1952.
    Gzip,
    /// <https://sourceware.org/bzip2/>.
    Bzip2,
    /// <https://tukaani.org/xz/xz-file-format.txt>.
    Xz,
    /// What xz grew out of: properties, dictionary size, length, one stream.
    Lzma,
    /// RFC 8878.
    Zstd,
    /// RFC 7932.
    Brotli,
}

/// Files with packed parts, or with strings that have nothing between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Streams of a PDF.
    Pdf,
    /// Packed texts of a PNG image.
    Png,
    /// Runs of text in XML of an office document.
    Office,
    /// Strings of compiled Python.
    Pyc,
    /// Strings of a React Native bundle.
    Hermes,
    /// Rows of an SQLite database.
    Sqlite,
}

/// What files begin with, where that is all there is to it. RAR, lz4, lzip and compress are known so that they are
/// named; nothing here reads them.
const MAGIC: &[(&[u8], Kind)] = &[
    (b"PK\x03\x04", Kind::Zip),
    (b"PK\x05\x06", Kind::Zip),
    (b"PK\x07\x08", Kind::Zip),
    (b"7z\xbc\xaf\x27\x1c", Kind::SevenZip),
    (b"!<arch>\n", Kind::Ar),
    (b"\xed\xab\xee\xdb", Kind::Rpm),
    (b"# v2 git bundle\n", Kind::Bundle),
    (b"# v3 git bundle\n", Kind::Bundle),
    (b"\x1f\x8b\x08", Kind::Packed(Packing::Gzip)),
    (b"\xfd7zXZ\0", Kind::Packed(Packing::Xz)),
    (b"\x28\xb5\x2f\xfd", Kind::Packed(Packing::Zstd)),
    (b"%PDF-", Kind::Beside(Beside::Pdf)),
    (b"\x89PNG\r\n\x1a\n", Kind::Beside(Beside::Png)),
    (b"SQLite format 3\0", Kind::Beside(Beside::Sqlite)),
    (b"\xc6\x1f\xbc\x03\xc1\x03\x19\x1f", Kind::Beside(Beside::Hermes)),
    (b"Rar!\x1a\x07", Kind::Unread("RAR")),
    (b"MSCF\0\0\0\0", Kind::Unread("a cabinet")),
    (b"\x04\x22\x4d\x18", Kind::Unread("lz4")),
    (b"LZIP\x01", Kind::Unread("lzip")),
    (b"\x1f\x9d\x90", Kind::Unread("compress (.Z)")),
];

impl Kind {
    /// The kind of what begins with `head` and has this name; nothing for what is read as it stands.
    ///
    /// A name decides only for brotli, which begins like nothing in particular, and only if its head can be unpacked.
    pub(super) fn of(head: &[u8], name: &[u8]) -> Option<Self> {
        let by_magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind);
        by_magic.or_else(|| Self::of_shape(head)).or_else(|| {
            let is_brotli = name.ends_with(b".br") && brotli::may_be(head);
            is_brotli.then_some(Self::Packed(Packing::Brotli))
        })
    }

    /// The kind of what is known by more than its first bytes.
    fn of_shape(head: &[u8]) -> Option<Self> {
        let bzip2 = |head: &[u8]| {
            head.starts_with(b"BZh")
                && head.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
                && matches!(head.get(4..10), Some(b"1AY&SY" | b"\x17\x72\x45\x38\x50\x90"))
        };
        let skippable = |head: &[u8]| matches!(head.get(..4), Some([0x50..=0x5f, 0x2a, 0x4d, 0x18]));
        match head {
            head if bzip2(head) => Some(Self::Packed(Packing::Bzip2)),
            head if skippable(head) => Some(Self::Packed(Packing::Zstd)),
            head if is_lzma(head) => Some(Self::Packed(Packing::Lzma)),
            head if asar::is_one(head) => Some(Self::Asar),
            head if pyc::is_one(head) => Some(Self::Beside(Beside::Pyc)),
            head if office::is_one(head) => Some(Self::Beside(Beside::Office)),
            head if is_cpio(head) => Some(Self::Cpio),
            head if is_tar(head) => Some(Self::Tar),
            _ => None,
        }
    }

    /// Whether its directory is at its end.
    pub(super) fn is_seekable(self) -> bool {
        matches!(self, Self::Zip | Self::SevenZip)
    }

    /// Whether the bytes are read as they stand as well.
    pub(super) fn is_beside(self) -> bool {
        matches!(self, Self::Beside(_) | Self::Unread(_))
    }
}

/// A header of cpio is digits, as a text may begin with six of them.
fn is_cpio(head: &[u8]) -> bool {
    let is_one = |header: &[u8]| header.starts_with(b"070701") || header.starts_with(b"070702");
    head.get(..110).is_some_and(|header| is_one(header) && header.iter().all(u8::is_ascii_hexdigit))
}

/// The usual properties, a dictionary of a size that is made, and a length that is unknown or likely.
fn is_lzma(head: &[u8]) -> bool {
    let Some([0x5d, a, b, c, d, len @ ..]) = head.get(..13) else { return false };
    let size = u32::from_le_bytes([*a, *b, *c, *d]);
    let len = len.iter().rev().fold(0, |len: u64, byte| len << 8 | u64::from(*byte));
    size >= 1 << 12
        && (size.is_power_of_two() || (size / 3).is_power_of_two() && size.is_multiple_of(3))
        && (len == u64::MAX || len < 1 << 38)
}

/// Whether a header's checksum is right; old archives have no other mark.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..HEAD) else { return false };
    let may_be = |byte: &u8| matches!(byte, b'0'..=b'7' | b' ' | 0);
    if !header[TAR_SUM].iter().all(may_be) {
        return false;
    }
    let digits = header[TAR_SUM].trim_ascii_start();
    let digits = digits.iter().take_while(|byte| (b'0'..=b'7').contains(byte));
    let claimed = digits.fold(0, |sum: u32, digit| sum << 3 | u32::from(digit - b'0'));
    let rest = header[..TAR_SUM.start].iter().chain(&header[TAR_SUM.end..]);
    let blanks = 8 * u32::from(b' ');
    header[0] != 0 && claimed == blanks + rest.map(|&byte| u32::from(byte)).sum::<u32>()
}

/// A reader of which the first bytes were looked at.
pub(super) struct Peeked<R> {
    head: Cursor<Vec<u8>>,
    error: Option<io::Error>,
    rest: R,
    /// What the first bytes say.
    pub(super) kind: Option<Kind>,
}

impl<R: Read> Peeked<R> {
    /// Looks at the first bytes. What goes wrong there is told after them, when they are read.
    pub(super) fn new(mut rest: R, name: &[u8]) -> Self {
        let mut head = Vec::with_capacity(HEAD);
        let error = rest.by_ref().take(HEAD as u64).read_to_end(&mut head).err();
        let kind = Kind::of(&head, name);
        Self { head: Cursor::new(head), error, rest, kind }
    }
}

impl<R> Peeked<R> {
    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.head.get_ref().is_empty() && self.error.is_none()
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.head.read(out)? {
            0 => match self.error.take() {
                Some(error) => Err(error),
                None => self.rest.read(out),
            },
            n => Ok(n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_archive_and_a_tar_header_is_known_by_its_sum() {
        for text in [&b""[..], b"PK", b"BZh9 is how it begins", b"\x1f\x8b", &[0; 600], &[b'7'; 600]] {
            assert_eq!(Kind::of(text, b"a.txt"), None);
        }
        let mut header = [0; HEAD];
        header[..5].copy_from_slice(b"a.txt");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum::<u32>() + 8 * 32;
        header[TAR_SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert_eq!(Kind::of(&header, b""), Some(Kind::Tar));
        header[0] = b'b';
        assert_eq!(Kind::of(&header, b""), None);
    }

    #[test]
    fn what_was_read_before_an_error_is_kept() {
        struct Broken(bool);
        impl Read for Broken {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("broken"));
                }
                out[..3].copy_from_slice(b"abc");
                Ok(3)
            }
        }
        let mut read = Vec::new();
        let error = Peeked::new(Broken(false), b"").read_to_end(&mut read).expect_err("the rest is broken");
        assert_eq!((read.as_slice(), error.to_string().as_str()), (&b"abc"[..], "broken"));
    }
}
