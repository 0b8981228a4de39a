//! What gzip and zlib have packed.

use libdeflater::Decompressor;

/// Whether bytes begin as gzip or zlib streams do.
pub(super) fn may_be_packed(bytes: &[u8]) -> bool {
    is_gzip(bytes) || is_zlib(bytes)
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..])
}

/// The name of the format and what is in it, if that has at most `most` bytes.
pub(super) fn unpacked(bytes: &[u8], most: usize) -> Option<(&'static str, Vec<u8>)> {
    if !may_be_packed(bytes) {
        return None;
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
