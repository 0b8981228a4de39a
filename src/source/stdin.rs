//! Standard input as one stream, in constant memory.

use std::io::{self, Read};

use super::{Blob, chunk};
use crate::finding::Provenance;

/// Reads `input` to its end and hands it over in pieces. Returns the bytes read.
///
/// # Errors
/// Whatever `input` returns; what was read before has been handed over.
pub fn read_stdin(input: &mut dyn Read, sink: &mut dyn FnMut(Blob<'_>)) -> io::Result<u64> {
    chunk::read_chunks(input, &Provenance::Stdin, &mut Vec::new(), sink)
}
