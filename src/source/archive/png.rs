//! Packed texts of PNG images: comments and XMP. Those that are not packed are read with the file.
//!
//! Format: PNG Specification, 11.3.3 "Textual information". Images are looked at for nothing else.

use bstr::ByteSlice;
use flate2::read::ZlibDecoder;

use super::beside::{Content, Part};

/// Length of what a file begins with, and of a chunk without its data.
const MAGIC: usize = 8;
const CHUNK: usize = 12;

/// Hands over the packed texts.
pub(super) fn parts<'a>(bytes: &'a [u8], hand: &mut dyn FnMut(Part<'a>)) {
    let mut rest = &bytes[MAGIC.min(bytes.len())..];
    while let Some((start, after)) = rest.split_at_checked(8) {
        let len = u32::from_be_bytes([start[0], start[1], start[2], start[3]]) as usize;
        let Some(data) = after.get(..len) else { return };
        if let Some((keyword, packed)) = packed_text(&start[4..], data) {
            let name = [&start[4..], b" ", keyword].concat();
            hand(Part { name: name.into(), content: Content::Packed(Box::new(ZlibDecoder::new(packed))) });
        }
        rest = rest.get(len + CHUNK..).unwrap_or_default();
    }
}

/// The keyword and the packed text of a chunk that has one.
fn packed_text<'a>(kind: &[u8], data: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (keyword, rest) = data.split_once_str("\0")?;
    match (kind, rest) {
        (b"zTXt", [0, packed @ ..]) => Some((keyword, packed)),
        (b"iTXt", [1, 0, rest @ ..]) => {
            let (_, rest) = rest.split_once_str("\0")?;
            Some((keyword, rest.split_once_str("\0")?.1))
        }
        _ => None,
    }
}
