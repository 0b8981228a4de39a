//! Archives made to stop a scan, or to be believed: cut off, damaged, lying about sizes, growing without end. The scan ends
//! soon, in little memory, and says what was not read.

use std::io::Read;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use ringfence::finding::{Coverage, GapReason, Provenance};
use ringfence::source::Opening;

use super::archive::gaps;
use super::pack::{
    ar, asar, brotli, bzip2, cpio, docx, gzip, hermes, page, pdf, png, pyc, rpm, settings, seven_zip, sqlite,
    stored, tar, xz, zip, zstd,
};
use super::support::{Repo, token};

/// Longer than any of these may take on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// What an archive gave: bytes in all, and gaps.
fn opened(bytes: &[u8], name: &str) -> Option<(u64, Coverage)> {
    let origin = Provenance::File(name.into());
    let (mut coverage, mut given) = (Coverage::default(), 0);
    let opening = Opening::of(bytes, name.as_bytes())?;
    opening.visit((bytes, &origin), 8, &mut coverage, &mut |blob| given += blob.core.len() as u64);
    Some((given, coverage))
}

/// One of each kind, with the name that tells brotli, and whether a cut is always seen.
fn all_kinds() -> Vec<(&'static str, Vec<u8>, bool)> {
    let text = [settings("hostile"), b"some more text\n".repeat(40)].concat();
    let value = token("hostile");
    let member = [("a/app.env", text.as_slice()), ("b.txt", b"b")];
    vec![
        ("a.zip", zip(&member), true),
        ("b.zip", stored(&member), true),
        // The end of an archive is zeros that nobody misses.
        ("a.tar", tar(&member), false),
        ("a.gz", gzip(&text), true),
        ("a.bz2", bzip2(&text), true),
        ("a.xz", xz(&text), true),
        ("a.zst", zstd(&text), true),
        ("a.br", brotli(&text), true),
        ("a.deb", ar(&member), false),
        ("a.cpio", cpio(&member), true),
        ("a.rpm", rpm(b"script", &gzip(&cpio(&member))), true),
        ("a.7z", seven_zip("app.env", &text, (&[0], b""), &text), true),
        ("app.asar", asar(&member), true),
        ("a.pdf", pdf("/FlateDecode", &page(&value)), false),
        ("a.png", png(&text), false),
        ("a.docx", docx(&value), true),
        ("a.pyc", pyc(&value), false),
        ("a.hbc", hermes(&["alpha", &value]), true),
        ("a.db", sqlite(["name", &value, &"note".repeat(160)]), false),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_cut_off_or_damaged_ends_and_gives_little(
        which in 0..19_usize,
        cut in any::<prop::sample::Index>(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let (name, mut bytes, is_seen) = all_kinds().swap_remove(which);
        let len = bytes.len();
        let lost = bytes.split_off(16 + cut.index(len - 16));
        // What fills up the last block after the end of a cpio archive is nothing of it.
        let is_seen = is_seen && !(name == "a.cpio" && lost.iter().all(|&byte| byte == 0));
        if let Some((given, coverage)) = opened(&bytes, name) {
            prop_assert!(given < 1 << 20);
            prop_assert!(!is_seen || !coverage.complete(), "{name} cut at {} of {len}", bytes.len());
        }
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let started = Instant::now();
        if let Some((given, _)) = opened(&bytes, name) {
            prop_assert!(given < 64 << 20, "{name} gave {given} bytes");
        }
        prop_assert!(started.elapsed() < LONG);
    }
}

fn tar_header(name: &str, kind: u8, size: &[u8; 12]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..136].copy_from_slice(size);
    header[156] = kind;
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

#[test]
fn sizes_that_are_made_up_cost_nothing_and_are_told() {
    let text = settings("made up");
    let most = [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let with_size = |kind| [tar_header("a", kind, &most), text.clone()].concat();
    let patched = |mut bytes: Vec<u8>, at: usize, value: &[u8]| {
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    let sum_again = |mut bytes: Vec<u8>| {
        let sum = crc32fast::hash(&bytes[12..32]).to_le_bytes();
        bytes[8..12].copy_from_slice(&sum);
        bytes
    };
    let seven = seven_zip("a", &text, (&[0], b""), &text);
    let zip64 = {
        let mut bytes = zip(&[("a", b"a")]);
        let at = memchr::memmem::rfind(&bytes, b"PK\x05\x06").expect("it has an end");
        bytes[at + 8..at + 12].fill(0xff);
        bytes
    };
    let cases = [
        ("file.tar", with_size(b'0')),
        ("name.tar", with_size(b'L')),
        ("pax.tar", with_size(b'x')),
        ("folder.tar", with_size(b'5')),
        ("a.a", patched(ar(&[("a", &text)]), 56, b"9999999999")),
        ("names.a", patched(ar(&[("/", &text)]), 56, b"9999999999")),
        ("a.cpio", patched(cpio(&[("a", &text)]), 54, b"ffffffff")),
        ("name.cpio", patched(cpio(&[("a", &text)]), 94, b"ffffffff")),
        ("a.rpm", patched(rpm(b"a", b""), 96 + 8, &[0xff; 8])),
        ("a.7z", sum_again(patched(seven.clone(), 20, &[0xff; 7]))),
        ("b.7z", sum_again(patched(seven, 12, &[0xff; 15]))),
        ("a.asar", patched(asar(&[("a", &text)]), 4, &0x7fff_fff0_u32.to_le_bytes())),
        ("a.zip", zip64),
        ("a.hbc", patched(hermes(&["alpha"]), 40, &[0xff; 24])),
        ("a.xz", patched(xz(&text), 12, &[0xff; 8])),
        (
            "a.bundle",
            [&b"# v2 git bundle\n\nPACK\0\0\0\x02"[..], &[0xff; 4], b"\xbf\xff\xff\xff\x7f"].concat(),
        ),
    ];
    for (name, bytes) in cases {
        let started = Instant::now();
        let Some((given, coverage)) = opened(&bytes, name) else { continue };
        assert!(!coverage.complete(), "{name}");
        assert!(given < 1 << 20, "{name} gave {given} bytes");
        assert!(started.elapsed() < LONG, "{name}");
    }
}

#[test]
fn members_that_share_their_bytes_stop_when_too_much_has_come_out() {
    // One member of 8 MiB, named 200 times by the directory.
    let inner = vec![b'0'; 8 << 20];
    let one = zip(&[("0000", &inner)]);
    let at = memchr::memmem::rfind(&one, b"PK\x01\x02").expect("there is a directory");
    let end = memchr::memmem::rfind(&one, b"PK\x05\x06").expect("it has an end");
    let (entry, count) = (&one[at..end], 200_u16);
    let mut bytes = one[..at].to_vec();
    for number in 0..count {
        let mut entry = entry.to_vec();
        let name = memchr::memmem::find(&entry, b"0000").expect("it has its name");
        entry[name..name + 4].copy_from_slice(format!("{number:04}").as_bytes());
        bytes.extend_from_slice(&entry);
    }
    let mut tail = one[end..].to_vec();
    tail[8..10].copy_from_slice(&count.to_le_bytes());
    tail[10..12].copy_from_slice(&count.to_le_bytes());
    let size = (entry.len() as u32) * u32::from(count);
    tail[12..16].copy_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&tail);
    let started = Instant::now();
    let (given, coverage) = opened(&bytes, "bomb.zip").expect("it is a zip");
    let reasons: Vec<GapReason> = coverage.gaps().iter().map(|gap| gap.reason).collect();
    assert!(reasons.contains(&GapReason::ArchiveSize), "{reasons:?}");
    assert!(given < 2 << 30, "{given}");
    assert!(started.elapsed() < LONG);
}

#[test]
fn streams_within_streams_stop_when_too_much_has_come_out() {
    let zeros = gzip(&vec![0; 64 << 20]);
    let many = zeros.repeat(30);
    let (given, coverage) = opened(&gzip(&many), "a.gz").expect("it is packed");
    assert!(given < 2 << 30 && !coverage.complete(), "{given}");
}

/// A gzip file that unpacks to itself, as Russ Cox has described ("Zip Files All The Way Down").
///
/// Stored blocks print what follows them, others repeat the last 20 bytes; each is five bytes long.
fn quine() -> Vec<u8> {
    let literal = |len: u16| [&[0][..], &len.to_le_bytes(), &(!len).to_le_bytes()].concat();
    let (head, repeat) = (b"\x1f\x8b\x08\x08\0\0\0\0\0\x03a.gz\0", b"\x42\x88\x21\xc4\0");
    let (none, one, four, last) = (literal(0), literal(5), literal(20), literal(13));
    // Two copies from 13 bytes back, of 6 and of 7 bytes, in the last block: codes of 3, 7, 5, 2, 7, 5, 2 and 7 bits.
    let bits = concat!("110", "0000100", "00111", "00", "0000101", "00111", "00", "0000000", "00");
    let digits = bits.as_bytes().chunks(8).map(|byte| byte.iter().rev());
    let end: Vec<u8> = digits.map(|byte| byte.fold(0, |all, bit| all << 1 | (bit - b'0'))).collect();
    let (p, r, n, l1, l4, l) = (&head[..], &repeat[..], &none[..], &one[..], &four[..], &last[..]);
    let program = [
        p, l4, p, l4, r, l1, r, l1, l1, l4, r, l1, l1, l4, r, l4, r, l4, r, l4, r, l4, r, n, n, l, r, n, n, l,
    ];
    let program = program.concat();
    let len = (program.len() + 2 * (end.len() + 8)) as u32;
    let with = |sum: u32| {
        let tail = [&end[..], &sum.to_le_bytes(), &len.to_le_bytes()].concat();
        [&program[..], &tail, &tail].concat()
    };
    // Which sum makes the file's sum its own: each bit of it flips some bits of the difference.
    let differs = |sum: u32| crc32fast::hash(&with(sum)) ^ sum;
    let start = differs(0);
    let mut rows: Vec<(u32, u32)> = (0..32).map(|bit| (differs(1 << bit) ^ start, 1 << bit)).collect();
    let (mut wanted, mut sum) = (start, 0);
    for bit in 0..32 {
        let Some(at) = rows.iter().position(|(flips, _)| flips >> bit & 1 == 1) else { continue };
        let (flips, of) = rows.swap_remove(at);
        rows.iter_mut()
            .filter(|row| row.0 >> bit & 1 == 1)
            .for_each(|row| *row = (row.0 ^ flips, row.1 ^ of));
        if wanted >> bit & 1 == 1 {
            (wanted, sum) = (wanted ^ flips, sum ^ of);
        }
    }
    with(sum)
}

#[test]
fn a_file_that_unpacks_to_itself_is_opened_as_deep_as_is_allowed() {
    let quine = quine();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&quine[..]).read_to_end(&mut unpacked).expect("it is a gzip file");
    assert_eq!(unpacked, quine);
    let started = Instant::now();
    let (given, coverage) = opened(&quine, "a.gz").expect("it is packed");
    let reasons: Vec<GapReason> = coverage.gaps().iter().map(|gap| gap.reason).collect();
    assert_eq!(reasons, [GapReason::ArchiveDepth], "{given}");
    assert!(started.elapsed() < LONG);
}

#[test]
fn names_that_lead_out_of_an_archive_are_names_and_nothing_else() {
    let repo = Repo::new();
    let text = settings("names");
    let names = ["../../../etc/x.env", "/etc/y.env", "a/../../z.env", "C:\\w.env"];
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, text.as_slice())).collect();
    repo.write("sub/a.zip", zip(&members));
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    let places = outcome.json()["findings"][0]["places"].clone();
    assert_eq!((outcome.code, places.as_array().map(Vec::len)), (1, Some(4)), "{}", outcome.stdout);
    let sarif = repo.scan(&["scan", ".", "-f", "sarif"]).json();
    for result in sarif["runs"][0]["results"].as_array().expect("it is a list") {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(uri, "sub/a.zip");
    }
}

#[test]
fn a_hostile_archive_stops_neither_the_other_files_nor_the_exit_code() {
    let repo = Repo::new();
    repo.write("bad.tar", [tar_header("a", b'0', b"77777777777\0"), b"cut".to_vec()].concat());
    repo.write("good.env", settings("beside"));
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    let report = outcome.json();
    assert_eq!((outcome.code, report["findings"].as_array().map(Vec::len)), (2, Some(1)), "{report}");
    assert_eq!(gaps(&report), [("corrupt-archive".to_owned(), "bad.tar".to_owned())]);
}

#[test]
fn a_value_in_the_name_of_an_archive_that_cannot_be_read_is_found_and_never_shown() {
    let value = token("name of a broken archive");
    let repo = Repo::new();
    repo.write(&format!("backup/{value}.zip"), b"PK\x03\x04cut off");
    repo.commit("Backup");
    for command in ["scan", "git", "check", "audit"] {
        for format in
            ["text", "json", "jsonl", "markdown", "html", "sarif", "csv", "junit", "gitlab", "github"]
        {
            let outcome = repo.scan(&[command, ".", "-f", format]);
            assert_eq!(outcome.code, 2, "{command} -f {format}");
            let shown = outcome.stdout.contains(&value) || outcome.stderr.contains(&value);
            assert!(!shown, "{command} -f {format} shows a value");
        }
        let report = repo.scan(&[command, ".", "-f", "json"]).json();
        assert_eq!(report["findings"][0]["rule"], "github-pat", "{command}: {report}");
        let gaps = gaps(&report);
        assert!(gaps.iter().all(|(_, place)| place.contains("backup/")), "{command}: {gaps:?}");
    }
}

/// Found by fuzzing: the library that unpacks Zstandard panics at the second of these blocks if it is read on after the
/// first, as it is where the name tells that the file is a map.
#[test]
fn a_block_at_which_a_library_fails_is_a_gap_and_the_rest_is_scanned() {
    let block = b"\x28\xb5\x2f\xfd\0\0\x5d\0\0e\x01{7 u\0\0\xfd\0\0\x5d\0\0\x01e{8 u\0\0\0$o";
    let repo = Repo::new();
    repo.write("a.zst", block);
    repo.write("a.js.map", block);
    repo.write("b.txt", format!("data: {}\nk={}\n", BASE64_STANDARD.encode(block), token("beside")));
    repo.commit("one");
    for command in ["scan", "git", "check"] {
        let outcome = repo.scan(&[command, ".", "-f", "json"]);
        let document = outcome.json();
        assert_eq!(outcome.code, 2, "{command}: {}", outcome.stdout);
        assert_eq!(document["findings"][0]["location"]["path"], "b.txt", "{command}");
        let gaps = document["coverage"]["not_scanned"].to_string();
        assert!(gaps.contains("corrupt-archive"), "{command}: {gaps}");
        assert!(gaps.contains("a.zst") && gaps.contains("a.js.map"), "{command}: {gaps}");
        assert!(!outcome.stderr.contains("panicked"), "{command}: {}", outcome.stderr);
    }
}
