//! A file with its source map, as a scan of a folder reads it: maps, payloads, colour codes, pieces.
//!
//! A line of eight dashes parts code and map.

#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use ringfence::source::{Progress, Worktree, WorktreeOptions, bundle};
use ringfence_fuzz::scratch;

const BETWEEN: &[u8] = b"\n--------\n";

fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| scratch("file"))
}

fuzz_target!(|data: &[u8]| {
    ringfence_fuzz::forgive();
    let at = data.windows(BETWEEN.len()).position(|window| window == BETWEEN).unwrap_or(data.len());
    let (code, map) = (&data[..at], data.get(at + BETWEEN.len()..).unwrap_or_default());
    let script = folder().join("a.js");
    std::fs::write(&script, code).expect("a file can be written");
    std::fs::write(folder().join("a.js.map"), map).expect("a file can be written");
    let options = WorktreeOptions { no_ignore: true, jobs: 1, archive_depth: 4 };
    let worktree = Worktree::new(vec![folder().clone()], options);
    let coverage = worktree.visit(&Progress::default(), &|blob| {
        assert!(blob.core.end <= blob.bytes.len(), "the core is in the piece");
    });
    assert_eq!(coverage.scanned.files, 2);
    let starts: Vec<u64> = (0..code.len() as u64).step_by(7).collect();
    let _ = bundle::originals(&script, &starts);
});
