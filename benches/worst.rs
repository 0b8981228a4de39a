//! How slow the engine can be made: time a byte of texts that are made of each rule's own pattern to cost most.
//!
//! `cargo bench --bench worst [LEN]`. Prints the slowest texts as a Markdown table, the median, and how many take longer than
//! 50 ns a byte. Of three runs the fastest counts.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::hint::black_box;
use std::time::Instant;

use ringfence::detect::{Detector, PlaceFacts, builtin, texts_of_readers, worst_texts};

/// Rows of the table.
const SHOWN: usize = 25;
/// What a text may take, ns a byte.
const GOAL: f64 = 50.0;

fn main() {
    let len = std::env::args().nth(1).and_then(|len| len.parse().ok()).unwrap_or(64 << 10);
    let rules = builtin();
    let detector = Detector::new(rules.clone());
    let mut rows: Vec<(f64, String, usize)> = Vec::new();
    let of_readers = texts_of_readers(len).into_iter().map(|(name, text)| (name.to_owned(), text));
    for (name, text) in rules.iter().flat_map(|rule| worst_texts(rule, len)).chain(of_readers) {
        let mut best = f64::MAX;
        let mut found = 0;
        for _ in 0..3 {
            let start = Instant::now();
            found = detector.find(black_box(&text), &PlaceFacts::of_path(b"a.env")).matches.len();
            best = best.min(start.elapsed().as_nanos() as f64 / len as f64);
        }
        rows.push((best, name, found));
    }
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    println!("| ns a byte | text | findings |\n|--:|---|--:|");
    rows.iter().take(SHOWN).for_each(|(time, name, found)| println!("| {time:.0} | {name} | {found} |"));
    let slow = rows.iter().filter(|(time, _, _)| *time > GOAL).count();
    let median = rows[rows.len() / 2].0;
    println!("\n{} texts; median {median:.1} ns a byte; {slow} take longer than {GOAL} ns", rows.len());
}
