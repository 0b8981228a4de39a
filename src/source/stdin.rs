//! Standard input as one stream, in constant memory.

use std::io::{self, Read};

use super::Blob;
use super::archive::Opener;
use crate::finding::{Coverage, Provenance};

/// Reads `input` to its end and hands it over in pieces, or what it holds if it is an archive, up to `max_depth`
/// within each other. Returns the bytes read.
///
/// # Errors
/// Whatever `input` returns; what was read before has been handed over.
pub fn read_stdin(
    input: &mut dyn Read,
    max_depth: usize,
    coverage: &mut Coverage,
    sink: &mut dyn FnMut(Blob<'_>),
) -> io::Result<u64> {
    Opener::new(max_depth, &mut Vec::new(), coverage, sink).stream(input, &Provenance::Stdin)
}
