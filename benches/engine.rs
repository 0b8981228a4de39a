//! How fast the engine reads: bytes a second of [`Detector::scan`] and of scan and settle together.
//!
//! `cargo bench`. All text is made at run time: the crate's own sources, log lines without a secret, and
//! lines that each hold one. Values come from a fixed seed, so that two runs read the same bytes.

#![expect(clippy::unwrap_used, reason = "a bench that cannot read its input has nothing to measure")]

use std::fmt::Write as _;
use std::path::Path;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ringfence::detect::{Detector, PlaceFacts, builtin};

/// Bytes of ordinary text: more than the caches hold.
const LEN: usize = 8 << 20;
/// Bytes of a text that is all secrets: what a chunk of a large file has.
const CHUNK: usize = 1 << 20;

fn main() {
    divan::main();
}

#[divan::bench(args = Text::ALL, max_time = 5)]
fn scan(bencher: Bencher<'_, '_>, text: Text) {
    let (detector, bytes) = (ready(), text.make(text.len()));
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| detector.scan(black_box(&bytes)));
}

#[divan::bench(args = Text::ALL, max_time = 5)]
fn find(bencher: Bencher<'_, '_>, text: Text) {
    let (detector, bytes) = (ready(), text.make(text.len()));
    let facts = PlaceFacts::of_path(b"config.env");
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| detector.find(black_box(&bytes), &facts));
}

/// What a run pays before it reads its first byte.
#[divan::bench]
fn start_up() -> Detector {
    Detector::new(builtin())
}

/// A staged change: little text, nothing built yet.
#[divan::bench]
fn first_kilobytes(bencher: Bencher<'_, '_>) {
    let bytes = Text::Sources.make(4 << 10);
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .with_inputs(|| Detector::new(builtin()))
        .bench_local_values(|detector| detector.scan(black_box(&bytes)).len());
}

/// A detector that has read enough for its automaton and its regexes to be built.
fn ready() -> Detector {
    let detector = Detector::new(builtin());
    for text in Text::ALL {
        black_box(detector.scan(&text.make(CHUNK)));
    }
    detector
}

#[derive(Debug, Clone, Copy)]
enum Text {
    Sources,
    Logs,
    Secrets,
}

impl Text {
    const ALL: [Self; 3] = [Self::Sources, Self::Logs, Self::Secrets];

    fn len(self) -> usize {
        if matches!(self, Self::Secrets) { CHUNK } else { LEN }
    }

    fn make(self, len: usize) -> Vec<u8> {
        let mut random = Random(7);
        let mut text = String::with_capacity(len + 1024);
        let sources = own_sources();
        while text.len() < len {
            match self {
                Self::Sources => text.push_str(&sources),
                Self::Logs => log_line(&mut text, &mut random),
                Self::Secrets => secret_line(&mut text, &mut random),
            }
        }
        let mut bytes = text.into_bytes();
        bytes.truncate(len);
        bytes
    }
}

/// The crate's sources, in order of their names. Not its rules: they are keywords above all, unlike any other text.
fn own_sources() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("src")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn log_line(out: &mut String, random: &mut Random) {
    let (second, status, size) = (random.below(60), 200 + random.below(4) * 100, random.below(1 << 20));
    let (id, user) = (random.text(32, HEX), random.text(8, LOWER));
    writeln!(
        out,
        "2026-03-14T09:26:{second:02}.{:03}Z INFO http request_id={id} user={user} path=/api/v2/orders/{} \
         status={status} bytes={size} agent=\"Mozilla/5.0 (X11; Linux x86_64)\" trace={}",
        random.below(1000),
        random.below(100_000),
        random.text(16, HEX),
    )
    .unwrap();
}

/// One secret a line, of several shapes. No value stands here: prefix and body are joined while it runs.
fn secret_line(out: &mut String, random: &mut Random) {
    let body = random.text(48, ALNUM);
    match random.below(4) {
        0 => writeln!(out, "PAYMENTS_KEY={}", ["sk", "live", &body[..24]].join("_")),
        1 => writeln!(out, "git clone https://deploy:{}@git.example.org/shop.git", &body[..20]),
        2 => writeln!(out, "  \"github_token\": \"{}\",", ["ghp_", &body[..36]].concat()),
        _ => writeln!(out, "database.password = \"{}\"", &body[..18]),
    }
    .unwrap();
}

const HEX: &[u8] = b"0123456789abcdef";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const ALNUM: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// xorshift64*: enough for text, and no dependency.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    fn text(&mut self, len: usize, alphabet: &[u8]) -> String {
        (0..len).map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize])).collect()
    }
}
