//! Brotli streams (RFC 7932), as web servers keep them beside what they are packed from.

use std::io::{self, BufRead, Read};

use brotli_decompressor::Decompressor;
use bstr::ByteSlice;

/// Bytes that the decoder reads at a time.
const READ: usize = 64 << 10;

/// Whether these first bytes are no text and can be unpacked.
pub(super) fn may_be(head: &[u8]) -> bool {
    let is_utf8 = match head.to_str() {
        Ok(_) => true,
        // The last letter may be cut.
        Err(error) => error.error_len().is_none(),
    };
    let is_control = |byte: &u8| *byte < b' ' && !byte.is_ascii_whitespace();
    let is_text = is_utf8 && !head.iter().any(is_control);
    let read = || Decompressor::new(head, head.len()).read(&mut [0; 64]);
    !is_text && !matches!(read(), Err(error) if error.kind() != io::ErrorKind::UnexpectedEof)
}

/// What a stream holds.
pub(super) fn unpacked<'r>(input: impl BufRead + 'r) -> Box<dyn Read + 'r> {
    Box::new(Decompressor::new(input, READ))
}
