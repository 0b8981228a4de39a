//! Zstandard streams: any number of frames, with others between them that are skipped (RFC 8878, section 3).

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::finding::contained;

/// What all frames of a stream hold.
pub(super) struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, decoder: FrameDecoder::new(), in_frame: false }
    }

    /// Begins the next frame; false at the end of the stream.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = self.source.by_ref().take(u64::from(length));
                    if io::copy(&mut skipped, &mut io::sink())? < u64::from(length) {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Unpacks a block. The decoder panics at some that are damaged, where a state lies beyond its table.
    fn next_block(&mut self) -> io::Result<()> {
        let block = BlockDecodingStrategy::UptoBlocks(1);
        match contained(|| self.decoder.decode_blocks(&mut self.source, block)) {
            Ok(done) => done.map(drop).map_err(io::Error::other),
            Err(_) => Err(io::Error::other("a block is damaged")),
        }
    }

    /// Ends a frame: its checksum must be right, where it has one.
    fn end_frame(&mut self) -> io::Result<()> {
        self.in_frame = false;
        let claimed = self.decoder.get_checksum_from_data();
        match claimed.is_some() && claimed != self.decoder.get_calculated_checksum() {
            true => Err(io::Error::other("a frame's checksum is wrong")),
            false => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame && !self.next_frame()? {
                return Ok(0);
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(out);
            }
            if self.decoder.is_finished() {
                self.end_frame()?;
            } else {
                self.next_block()?;
            }
        }
    }
}
