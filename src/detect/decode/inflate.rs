//! What gzip, zlib and Zstandard have packed.

use std::io::Read;

use libdeflater::Decompressor;
use ruzstd::decoding::StreamingDecoder;

use crate::finding::contained;

/// Whether bytes begin as such streams do.
pub(super) fn may_be_packed(bytes: &[u8]) -> bool {
    is_gzip(bytes) || is_zlib(bytes) || is_zstd(bytes)
}

/// Whether bytes begin with a mark that few others begin with.
pub(super) fn is_telling(bytes: &[u8]) -> bool {
    is_gzip(bytes) || is_zstd(bytes)
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

fn is_zstd(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x28\xb5\x2f\xfd")
}

fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..])
}

/// The name of the format and what is in it, if that has at most `most` bytes.
pub(super) fn unpacked(bytes: &[u8], most: usize) -> Option<(&'static str, Vec<u8>)> {
    if !may_be_packed(bytes) {
        return None;
    }
    if is_zstd(bytes) {
        return Some(("zstd", of_zstd(bytes, most)?));
    }
    let mut out = vec![0; most];
    let mut decompressor = Decompressor::new();
    let (name, len) = match is_gzip(bytes) {
        true => ("gzip", decompressor.gzip_decompress(bytes, &mut out).ok()?),
        false => ("zlib", decompressor.zlib_decompress(bytes, &mut out).ok()?),
    };
    out.truncate(len);
    Some((name, out))
}

/// The first frame's text. No more is unpacked than is asked for, and a block. The decoder panics at some damaged ones.
fn of_zstd(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let unpack = || {
        let mut out = Vec::new();
        let decoder = StreamingDecoder::new(bytes).ok()?;
        decoder.take(most as u64 + 1).read_to_end(&mut out).ok()?;
        (out.len() <= most).then_some(out)
    };
    contained(unpack).ok().flatten()
}
