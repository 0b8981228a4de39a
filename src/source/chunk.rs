//! Reads a file or stream of any size in pieces that overlap, so that memory stays constant.
//!
//! Each piece is handed over with the longest reach of any rule on either side; every byte is in the core
//! of exactly one piece.

use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Blob, Start};
use crate::finding::Provenance;

/// Bytes per piece: large enough that the overlap costs little, small enough for a thread's cache.
pub(super) const CHUNK: usize = 1 << 20;
/// Context on either side: an encoded region of 64 KiB and what may stand round it.
pub(super) const OVERLAP: usize = 80 << 10;

/// Reads `input` to its end into `buffer`, handing over one piece after another. Returns the bytes read.
///
/// # Errors
/// Whatever `input` returns; what was read before has been handed over.
pub(super) fn read_chunks(
    input: &mut dyn Read,
    origin: &Provenance,
    buffer: &mut Vec<u8>,
    sink: &mut dyn FnMut(Blob<'_>),
) -> io::Result<u64> {
    buffer.clear();
    let mut start = Start::default();
    let mut core_start = 0;
    loop {
        let got = fill(input, buffer, core_start + CHUNK + OVERLAP);
        let ended = !matches!(got, Ok(true));
        let core_end = if ended { buffer.len() } else { buffer.len() - OVERLAP };
        if core_end > core_start || start.byte == 0 {
            sink(Blob { bytes: buffer, origin: origin.clone(), core: core_start..core_end, start });
        }
        if ended {
            got?;
            return Ok(start.byte + buffer.len() as u64);
        }
        let keep_from = core_end.saturating_sub(OVERLAP);
        advance(&mut start, &buffer[..keep_from]);
        buffer.drain(..keep_from);
        core_start = core_end - keep_from;
    }
}

/// The same, on all threads that have nothing else to do: pieces come in no order.
///
/// A piece that waits takes memory, so that of as many as there are other threads one waits each; then the reader
/// looks at the next itself.
///
/// # Errors
/// Whatever `input` returns; what was read before has been handed over.
pub(super) fn read_on_threads(
    input: &mut dyn Read,
    origin: &Provenance,
    sink: &(dyn Fn(Blob<'_>) + Sync),
) -> io::Result<u64> {
    let (waiting, most) = (&AtomicUsize::new(0), rayon::current_num_threads() - 1);
    rayon::in_place_scope(|scope| {
        read_chunks(input, origin, &mut Vec::new(), &mut |blob| {
            if waiting.load(Ordering::Relaxed) >= most {
                return sink(blob);
            }
            waiting.fetch_add(1, Ordering::Relaxed);
            let Blob { bytes, origin, core, start } = blob;
            let bytes = bytes.to_vec();
            scope.spawn(move |_| {
                waiting.fetch_sub(1, Ordering::Relaxed);
                sink(Blob { bytes: &bytes, origin, core, start });
            });
        })
    })
}

/// Reads until `buffer` holds `len` bytes; false at the end of input.
fn fill(input: &mut dyn Read, buffer: &mut Vec<u8>, len: usize) -> io::Result<bool> {
    while buffer.len() < len {
        let missing = (len - buffer.len()) as u64;
        if input.take(missing).read_to_end(buffer)? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn advance(start: &mut Start, text: &[u8]) {
    start.byte += text.len() as u64;
    let newlines = memchr::memchr_iter(b'\n', text).count() as u64;
    let last_line = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    if newlines > 0 {
        start.line += newlines;
        start.column = 1;
    }
    start.column += bstr::ByteSlice::chars(&text[last_line..]).count() as u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out at most `step` bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(out.len()).min(self.0.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn every_byte_is_in_one_core_with_its_line_and_column() {
        for len in [0, 1, CHUNK, CHUNK + OVERLAP, CHUNK + OVERLAP + 1, 3 * CHUNK + 17] {
            let text: Vec<u8> =
                (0..len).map(|i| if i % 1000 == 999 { b'\n' } else { b'a' + (i % 23) as u8 }).collect();
            let (mut seen, mut pieces) = (Vec::new(), 0);
            let mut input = Slow(&text, 70_000);
            let total = read_chunks(&mut input, &Provenance::Stdin, &mut Vec::new(), &mut |blob| {
                let offset = blob.start.byte as usize;
                assert_eq!(blob.bytes, &text[offset..offset + blob.bytes.len()]);
                assert_eq!(blob.start.line, 1 + (offset / 1000) as u64);
                assert_eq!(blob.start.column, 1 + (offset % 1000) as u64);
                seen.extend_from_slice(&blob.bytes[blob.core]);
                pieces += 1;
            });
            assert_eq!(total.expect("reading from memory"), len as u64);
            assert_eq!(seen, text);
            assert!(pieces > len.saturating_sub(OVERLAP + CHUNK) / (2 * CHUNK));
        }
    }
}
