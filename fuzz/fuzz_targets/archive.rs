//! Archives and packed files of every format, within each other.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::finding::{Coverage, Provenance};
use ringfence::source::Opening;
use ringfence_fuzz::choose;

const NAMES: [&str; 4] = ["a", "a.br", "a.docx", "a.tar.gz"];

fuzz_target!(|data: &[u8]| {
    ringfence_fuzz::forgive();
    let Some((name, bytes)) = choose(data, &NAMES) else { return };
    let Some(opening) = Opening::of(bytes, name.as_bytes()) else { return };
    let mut coverage = Coverage::default();
    opening.visit((bytes, &Provenance::File(name.into())), 4, &mut coverage, &mut |blob| {
        assert!(blob.core.end <= blob.bytes.len(), "the core is in the piece");
    });
});
