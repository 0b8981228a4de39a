//! What a file is by its first bytes; its name tells nothing.

use std::io::{self, Cursor, Read};

/// The bytes that are looked at: the header of a tar archive.
const HEAD: usize = 512;
/// Where a tar header has its checksum, as octal digits (POSIX.1-2017, pax, "ustar Interchange Format").
const TAR_SUM: std::ops::Range<usize> = 148..156;

/// A kind of archive or compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Members with a directory at the end: zip, jar, apk, whl, docx and more.
    Zip,
    /// Members one after another.
    Tar,
    /// One stream.
    Packed(Packing),
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
    /// RFC 8878.
    Zstd,
}

impl Kind {
    /// The kind of what begins with `head`; nothing for what is read as it stands.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let bzip2 = |head: &[u8]| {
            head.starts_with(b"BZh")
                && head.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
                && matches!(head.get(4..10), Some(b"1AY&SY" | b"\x17\x72\x45\x38\x50\x90"))
        };
        let zstd = |head: &[u8]| {
            head.starts_with(b"\x28\xb5\x2f\xfd")
                || matches!(head.get(..4), Some([0x50..=0x5f, 0x2a, 0x4d, 0x18]))
        };
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Some(Self::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Self::Packed(Packing::Gzip)),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Packed(Packing::Xz)),
            head if bzip2(head) => Some(Self::Packed(Packing::Bzip2)),
            head if zstd(head) => Some(Self::Packed(Packing::Zstd)),
            head if is_tar(head) => Some(Self::Tar),
            _ => None,
        }
    }
}

/// Whether a header's checksum is right; old archives have no other mark.
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..HEAD) else { return false };
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
    pub(super) fn new(mut rest: R) -> Self {
        let mut head = Vec::with_capacity(HEAD);
        let error = rest.by_ref().take(HEAD as u64).read_to_end(&mut head).err();
        let kind = Kind::of(&head);
        Self { head: Cursor::new(head), error, rest, kind }
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
            assert_eq!(Kind::of(text), None);
        }
        let mut header = [0; HEAD];
        header[..5].copy_from_slice(b"a.txt");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum::<u32>() + 8 * 32;
        header[TAR_SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert_eq!(Kind::of(&header), Some(Kind::Tar));
        header[0] = b'b';
        assert_eq!(Kind::of(&header), None);
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
        let error = Peeked::new(Broken(false)).read_to_end(&mut read).expect_err("the rest is broken");
        assert_eq!((read.as_slice(), error.to_string().as_str()), (&b"abc"[..], "broken"));
    }
}
