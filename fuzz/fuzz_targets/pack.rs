//! A pack and its index: the entry and delta reader, and all that is made of objects.
//!
//! The input is the length of the index in four bytes, the index, the pack.

#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use ringfence::finding::Coverage;
use ringfence::source::Progress;
use ringfence::source::history::{Accept, History, HistoryBlob, TextSink};
use ringfence_fuzz::scratch;

const NAME: &str = "objects/pack/pack-0123456789012345678901234567890123456789";

fn repository() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = scratch("pack");
        for inner in ["objects/pack", "refs/heads"] {
            std::fs::create_dir_all(folder.join(inner)).expect("a folder can be made");
        }
        for (name, text) in [("HEAD", "ref: refs/heads/main\n"), ("config", "[core]\n\tbare = true\n")] {
            std::fs::write(folder.join(name), text).expect("a file can be written");
        }
        folder
    })
}

fuzz_target!(|data: &[u8]| {
    ringfence_fuzz::forgive();
    let Some((len, rest)) = data.split_first_chunk() else { return };
    let (index, pack) = rest.split_at(rest.len().min(u32::from_be_bytes(*len) as usize));
    let folder = repository();
    std::fs::write(folder.join(format!("{NAME}.idx")), index).expect("a file can be written");
    std::fs::write(folder.join(format!("{NAME}.pack")), pack).expect("a file can be written");
    // The first object that the index names, where it is: the fan table has 8 + 1024 bytes.
    let first = index.get(1032..1052).unwrap_or(&[0; 20]).iter().map(|byte| format!("{byte:02x}"));
    let first = format!("{}\n", first.collect::<String>());
    std::fs::write(folder.join("refs/heads/main"), first).expect("a file can be written");
    let mut coverage = Coverage::default();
    let Ok(mut history) = History::open(folder, Accept::default(), &|_| None, &mut coverage) else { return };
    let progress = Progress::default();
    let visit = |blob: &HistoryBlob<'_>, base: Option<&usize>| {
        let copied = blob.copies.map_or(0, |(copies, _)| copies.iter().map(|copy| copy.len).sum());
        assert!(copied <= blob.bytes.len(), "it copies more than it has");
        base.copied().unwrap_or(0) + 1
    };
    history.visit_blobs(&progress, &mut coverage, &visit);
    let sink = TextSink {
        text: &|_, bytes, ids| assert!(ids <= bytes.len(), "ids end beyond the text"),
        is_named: &|name| name.contains(&b'a'),
        is_followed: &|name| name.contains(&b'b'),
    };
    history.visit_commits(&Default::default(), &progress, &mut coverage, &sink);
});
