//! GitHub's `primaryLocationLineHash`: names a line by the text from its start on, so that an alert
//! keeps its identity when lines are added above it.
//!
//! The algorithm is codeql-action's (`fingerprints.ts`), unit by UTF-16 unit. Callers push the text
//! with every secret already replaced: the hash is linear and unkeyed, and would give a value away.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;

/// UTF-16 units that are hashed from a line's start on.
const BLOCK_SIZE: usize = 100;
/// The base of the rolling hash.
const MOD: u64 = 37;
/// Fed once at the end of the text.
const EOF: u16 = 65535;
const TAB: u16 = 9;
const LF: u16 = 10;
const CR: u16 = 13;
const SPACE: u16 = 32;

/// Hashes the wanted lines of a text that comes in chunks.
///
/// Lines end at LF, CRLF or a lone CR, as codeql-action counts them. Memory is the wanted lines, and
/// a count for each different line up to the last wanted one.
#[derive(Debug)]
pub struct LineHasher {
    /// Wanted lines that are still to come, last first.
    wanted: Vec<u64>,
    found: BTreeMap<u64, String>,
    /// Bytes of a character that the last chunk cut in two; at most 3.
    cut: Vec<u8>,
    /// Lines whose block is not full yet, first begun first.
    begun: VecDeque<Begun>,
    /// The hash of all units so far, and their number.
    hash: u64,
    units: usize,
    line: u64,
    line_start: bool,
    after_cr: bool,
    seen: HashMap<u64, u32>,
}

/// A line whose block is not full yet.
#[derive(Debug)]
struct Begun {
    line: u64,
    /// The hash of all units before it.
    before: u64,
    /// How many units there are when its block is full.
    full: usize,
}

impl LineHasher {
    /// Keeps the hashes of these lines only; 1-based, in any order.
    #[must_use]
    pub fn for_lines(lines: impl IntoIterator<Item = u64>) -> Self {
        let mut wanted: Vec<u64> = lines.into_iter().filter(|&line| line > 0).collect();
        wanted.sort_unstable_by(|a, b| b.cmp(a));
        wanted.dedup();
        Self {
            wanted,
            found: BTreeMap::new(),
            cut: Vec::new(),
            begun: VecDeque::new(),
            hash: 0,
            units: 0,
            line: 0,
            line_start: true,
            after_cr: false,
            seen: HashMap::new(),
        }
    }

    /// Takes the next chunk of the text: UTF-8, invalid bytes count as U+FFFD.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.is_done() {
            return;
        }
        if self.cut.is_empty() {
            return self.decode(bytes);
        }
        let mut joined = std::mem::take(&mut self.cut);
        joined.extend_from_slice(bytes);
        self.decode(&joined);
    }

    /// Ends the text. Returns `hash:occurrence` of every wanted line that the text has.
    #[must_use]
    pub fn finish(mut self) -> BTreeMap<u64, String> {
        if !self.cut.is_empty() {
            self.unit(0xfffd);
        }
        self.unit(EOF);
        for _ in 1..BLOCK_SIZE {
            self.roll(0);
        }
        self.found
    }

    /// Whether no wanted line is to come, so that the rest of the text does not matter.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.wanted.is_empty()
    }

    fn decode(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            let mut units = [0; 2];
            for c in chunk.valid().chars() {
                if c.is_ascii() {
                    self.unit(c as u16);
                } else {
                    c.encode_utf16(&mut units).iter().for_each(|unit| self.unit(*unit));
                }
                if c == '\n' && self.is_done() {
                    return;
                }
            }
            let invalid = chunk.invalid();
            if chunks.peek().is_none() && may_go_on(invalid) {
                self.cut = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.unit(0xfffd);
            }
        }
    }

    /// Takes one UTF-16 unit: leaves out blanks, makes every line end an LF.
    fn unit(&mut self, unit: u16) {
        let second_of_crlf = self.after_cr && unit == LF;
        self.after_cr = unit == CR;
        if unit == SPACE || unit == TAB || second_of_crlf {
            return;
        }
        let unit = if unit == CR { LF } else { unit };
        if self.line_start {
            self.line += 1;
            let full = self.units + BLOCK_SIZE;
            self.begun.push_back(Begun { line: self.line, before: self.hash, full });
        }
        self.line_start = unit == LF;
        self.roll(unit);
    }

    /// Takes a unit into the hash. If a line's block is full now, its hash is that of all units less that of those
    /// before it, which have moved on by a block.
    fn roll(&mut self, unit: u16) {
        const BLOCK: u64 = MOD.wrapping_pow(BLOCK_SIZE as u32);
        self.hash = self.hash.wrapping_mul(MOD).wrapping_add(u64::from(unit));
        self.units += 1;
        if self.begun.front().is_some_and(|begun| begun.full == self.units)
            && let Some(Begun { line, before, .. }) = self.begun.pop_front()
        {
            self.output(line, self.hash.wrapping_sub(before.wrapping_mul(BLOCK)));
        }
    }

    fn output(&mut self, line: u64, hash: u64) {
        if self.is_done() {
            return;
        }
        let count = self.seen.entry(hash).or_default();
        *count += 1;
        if self.wanted.last() == Some(&line) {
            self.found.insert(line, format!("{hash:x}:{count}"));
            self.wanted.pop();
        }
    }
}

/// Whether these bytes are the beginning of a character that the next chunk may complete.
fn may_go_on(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &[u8], chunk: usize) -> Vec<String> {
        let mut hasher = LineHasher::for_lines(1..50);
        text.chunks(chunk).for_each(|part| hasher.push(part));
        hasher.finish().into_values().collect()
    }

    /// The hash of a block by its definition: the sum of unit · 37^(99 - position), modulo 2^64.
    fn by_hand(block: &[u16]) -> String {
        let sum = block.iter().zip((0..100u32).rev()).fold(0u64, |sum, (&unit, power)| {
            sum.wrapping_add(u64::from(unit).wrapping_mul(37u64.wrapping_pow(power)))
        });
        format!("{sum:x}:1")
    }

    #[test]
    fn an_empty_text_is_one_line_that_holds_the_end_mark() {
        // 65535 · 37^99 mod 2^64
        assert_eq!(hashes(b"", 1), ["c129715d7a2bc9a3:1"]);
    }

    #[test]
    fn a_line_is_hashed_with_what_follows_it_and_without_blanks() {
        // Line 1's block is a LF b LF EOF, line 2's b LF EOF, line 3's EOF, each then zeros.
        let want =
            [by_hand(&[97, 10, 98, 10, 65535]), by_hand(&[98, 10, 65535]), "c129715d7a2bc9a3:1".to_owned()];
        for text in ["a\nb\n", " a\r\n\tb\r", "a\rb\r\n", "a \n b\t\n  "] {
            assert_eq!(hashes(text.as_bytes(), 1), want, "{text:?}");
            assert_eq!(hashes(text.as_bytes(), 64), want, "{text:?}");
        }
        // A blank between CR and LF parts them, so there is an empty line more.
        assert_eq!(hashes(b"a\r \nb\n", 1).len(), 4);
    }

    #[test]
    fn characters_are_utf16_units_whole_or_cut_or_invalid() {
        // U+1F511 is the pair d83d dd11; a lone lead byte and a byte that begins nothing are U+FFFD each.
        let cases: [(&[u8], &[u16]); 4] = [
            ("ü🔑".as_bytes(), &[0xfc, 0xd83d, 0xdd11, 65535]),
            (b"\xe2\x82x", &[0xfffd, 120, 65535]),
            (b"\xff\xffx", &[0xfffd, 0xfffd, 120, 65535]),
            (b"x\xe2\x82", &[120, 0xfffd, 65535]),
        ];
        for (text, block) in cases {
            for chunk in 1..6 {
                assert_eq!(hashes(text, chunk), [by_hand(block)], "{text:?} in chunks of {chunk}");
            }
        }
    }

    #[test]
    fn equal_blocks_are_numbered_and_only_100_units_count() {
        // 24 units a line (22 letters, a full stop, LF): the blocks of lines 1 to 6 hold nothing but such lines,
        // those of the last 5 also the end.
        let text = "Lorem ipsum dolor sit amet.\n".repeat(10);
        let got = hashes(text.as_bytes(), 7);
        let first = got[0].trim_end_matches(":1");
        for (at, hash) in got.iter().take(6).enumerate() {
            assert_eq!(*hash, format!("{first}:{}", at + 1));
        }
        assert_eq!(got.len(), 11);
        let block: Vec<u16> = "x".repeat(100).encode_utf16().collect();
        for tail in ["", "y", "yz\nmore"] {
            let line = "x".repeat(100) + tail;
            assert_eq!(hashes(line.as_bytes(), 9)[0], by_hand(&block));
        }
    }

    #[test]
    fn only_wanted_lines_are_kept_and_earlier_ones_still_count() {
        let mut hasher = LineHasher::for_lines([0, 3, 900, 2, 3]);
        hasher.push("same\n".repeat(50).as_bytes());
        let found = hasher.finish();
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), [2, 3]);
        assert!(found[&2].ends_with(":2") && found[&3].ends_with(":3"));
    }
}
