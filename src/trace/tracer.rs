//! Finds all values in all encodings in one pass.
//!
//! Every pattern has at least eight bytes, so wherever one stands, one of the four-byte grams that begin at
//! every fifth byte of the text lies in it whole. So only every fifth position is looked up: in a bitmap of
//! all grams, then, where that says yes, in the grams themselves. From there the pattern is compared to both
//! sides, over the gaps that strings and lines leave between its pieces. A value in pieces is found if one
//! piece has eight bytes of the pattern.

use std::ops::Range;

use super::encode::{self, Encoding};
use super::joined;
use super::known::{Known, KnownValue, SHORTEST, SHORTEST_ANYWHERE};

/// Bytes of a gram.
const GRAM: usize = 4;
/// Distance of positions that are looked at.
const STRIDE: usize = SHORTEST - GRAM + 1;
/// Bytes that all gaps of one occurrence may have.
const GAPS: usize = 1024;
/// Bits of the bitmap, and buckets of the table, as powers of two.
const BITMAP_BITS: u32 = 20;
const BUCKET_BITS: u32 = 16;

/// A value at a place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Index of the value.
    pub value: u32,
    /// How it is written.
    pub encoding: Encoding,
    /// Where.
    pub span: Range<usize>,
}

#[derive(Debug)]
struct Pattern {
    value: u32,
    encoding: Encoding,
    bytes: Vec<u8>,
}

/// A gram of a pattern.
#[derive(Debug, Clone, Copy)]
struct Gram {
    bytes: u32,
    pattern: u32,
    offset: u32,
}

/// Known values, ready to be found.
#[derive(Debug)]
pub struct Tracer {
    known: Known,
    patterns: Vec<Pattern>,
    bitmap: Vec<u64>,
    /// Grams of bucket b: `grams[buckets[b]..buckets[b + 1]]`.
    buckets: Vec<u32>,
    grams: Vec<Gram>,
    longest: usize,
}

impl Tracer {
    /// Prepares the values.
    #[must_use]
    pub fn new(known: Known) -> Self {
        let mut patterns = Vec::new();
        for (at, value) in known.values.iter().enumerate() {
            let texts =
                encode::all(value.secret.expose()).into_iter().filter(|(_, text)| text.len() >= SHORTEST);
            patterns.extend(texts.map(|(encoding, bytes)| Pattern { value: at as u32, encoding, bytes }));
        }
        let mut grams: Vec<Gram> = Vec::new();
        for (at, pattern) in patterns.iter().enumerate() {
            grams.extend(offsets(pattern).into_iter().map(|offset| Gram {
                bytes: gram(&pattern.bytes, offset),
                pattern: at as u32,
                offset: offset as u32,
            }));
        }
        grams.sort_by_key(|gram| (bucket(gram.bytes), gram.pattern, gram.offset));
        let mut bitmap = vec![0; 1 << (BITMAP_BITS - 6)];
        for gram in &grams {
            let bit = bit(gram.bytes);
            bitmap[bit >> 6] |= 1 << (bit & 63);
        }
        let count = |bucket_at: usize| grams.partition_point(|gram| bucket(gram.bytes) < bucket_at) as u32;
        let buckets = (0..=1 << BUCKET_BITS).map(count).collect();
        let longest = patterns.iter().map(|pattern| pattern.bytes.len()).max().unwrap_or(0);
        Self { known, patterns, bitmap, buckets, grams, longest }
    }

    /// The values.
    #[must_use]
    pub fn values(&self) -> &[KnownValue] {
        &self.known.values
    }

    /// What is not looked for.
    #[must_use]
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Bytes on either side of a position that decide about a sighting that begins there.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.longest + GAPS + joined::LONGEST + SHORTEST
    }

    /// All sightings in a text, one a value and place.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<Sighting> {
        let mut found = self.find_in(text, 0..text.len());
        tidy(&mut found);
        found
    }

    /// All sightings that begin in `core`, in each encoding that says the same there. What lies round it is
    /// looked at as far as they reach: what begins at a position depends on that and on nothing else.
    #[must_use]
    pub fn find_in(&self, text: &[u8], core: Range<usize>) -> Vec<Sighting> {
        let mut found = Vec::new();
        if self.grams.is_empty() {
            return found;
        }
        let end = text.len().min(core.end.saturating_add(self.reach()));
        let mut at = core.start;
        while let Some(bytes) = text.get(at..at + GRAM).filter(|_| at < end) {
            let gram = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            let bit = bit(gram);
            if self.bitmap[bit >> 6] & (1 << (bit & 63)) != 0 {
                self.look(text, at, gram, &mut found);
            }
            at += STRIDE;
        }
        found.retain(|sighting| core.contains(&sighting.span.start));
        found.sort_by_key(|sighting| {
            (sighting.span.start, sighting.value, sighting.span.end, sighting.encoding)
        });
        found.dedup();
        found
    }

    /// Compares the patterns that have this gram.
    fn look(&self, text: &[u8], at: usize, gram: u32, found: &mut Vec<Sighting>) {
        let bucket = bucket(gram);
        let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        for candidate in self.grams[range].iter().filter(|candidate| candidate.bytes == gram) {
            let pattern = &self.patterns[candidate.pattern as usize];
            let offset = candidate.offset as usize;
            let Some(start) = backwards(text, at, &pattern.bytes[..offset]) else { continue };
            let Some(end) = forwards(text, at, &pattern.bytes[offset..]) else { continue };
            if end - start <= pattern.bytes.len() + GAPS && self.stands_alone(text, start..end, pattern) {
                let (value, encoding) = (pattern.value, pattern.encoding);
                found.push(Sighting { value, encoding, span: start..end });
            }
        }
    }

    /// A short value within a longer word is that word.
    fn stands_alone(&self, text: &[u8], span: Range<usize>, pattern: &Pattern) -> bool {
        let len = self.known.values[pattern.value as usize].secret.expose().len();
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let before = span.start.checked_sub(1).and_then(|at| text.get(at));
        len >= SHORTEST_ANYWHERE
            || !matches!(pattern.encoding, Encoding::Raw | Encoding::Reversed)
            || !(is_word(before) || is_word(text.get(span.end)))
    }
}

/// Which grams of a pattern are looked for: all of the value as it is, so that pieces of it are found; of
/// other encodings as many in a row as any position of the text needs, in the middle and at the end, and at the
/// start so many that a line break within them leaves enough on one of its sides.
fn offsets(pattern: &Pattern) -> Vec<usize> {
    let all = pattern.bytes.len() - GRAM + 1;
    if pattern.encoding == Encoding::Raw || all <= 3 * STRIDE {
        return (0..all).collect();
    }
    let runs = [(0, STRIDE + SHORTEST), ((all - STRIDE) / 2, STRIDE), (all - STRIDE, STRIDE)];
    let mut offsets: Vec<usize> = runs.into_iter().flat_map(|(from, len)| from..from + len).collect();
    offsets.sort_unstable();
    offsets.dedup();
    offsets
}

fn gram(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn bit(gram: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - BITMAP_BITS)) as usize
}

fn bucket(gram: u32) -> usize {
    (gram.wrapping_mul(0x85eb_ca6b) >> (32 - BUCKET_BITS)) as usize
}

/// Where `pattern` ends if it begins at `at`, over gaps.
fn forwards(text: &[u8], at: usize, pattern: &[u8]) -> Option<usize> {
    let (mut at, mut matched) = (at, 0);
    loop {
        let same = text[at..].iter().zip(&pattern[matched..]).take_while(|(a, b)| a == b).count();
        at += same;
        matched += same;
        if matched == pattern.len() {
            return Some(at);
        }
        at = joined::after(text, at)?;
    }
}

/// Where `pattern` begins if it ends before `at`, over gaps.
fn backwards(text: &[u8], at: usize, pattern: &[u8]) -> Option<usize> {
    let (mut at, mut left) = (at, pattern.len());
    loop {
        let same =
            text[..at].iter().rev().zip(pattern[..left].iter().rev()).take_while(|(a, b)| a == b).count();
        at -= same;
        left -= same;
        if left == 0 {
            return Some(at);
        }
        at = joined::before(text, at)?;
    }
}

/// One sighting a value and place, in order; the simplest encoding of those that say the same.
fn tidy(found: &mut Vec<Sighting>) {
    found.sort_by_key(|sighting| (sighting.value, sighting.span.start, sighting.span.end, sighting.encoding));
    found.dedup_by(|next, kept| next.value == kept.value && next.span.start < kept.span.end);
    found.sort_by_key(|sighting| (sighting.span.start, sighting.value));
}
