//! Finds all values in all encodings in one pass.
//!
//! Every pattern has at least eight bytes, so wherever one stands, one of the four-byte grams that begin at
//! every fifth byte of the text lies in it whole. So only every fifth position is looked up: in a bitmap of
//! all grams, then, where that says yes, in the grams themselves (`grams`). From there the pattern is compared to both
//! sides, over the gaps that strings and lines leave between its pieces. A value in pieces is found if one
//! piece has eight bytes of the pattern.

use std::ops::Range;

use rayon::prelude::*;
use zeroize::Zeroizing;

use super::encode::{self, Encoding};
use super::grams::{GRAM, Gram, Grams};
use super::joined;
use super::known::{Known, KnownValue, SHORTEST, SHORTEST_ANYWHERE};

/// Distance of positions that are looked at.
const STRIDE: usize = SHORTEST - GRAM + 1;
/// Bytes that all gaps of one occurrence may have.
const GAPS: usize = 1024;
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
    bytes: Zeroizing<Vec<u8>>,
}

/// Known values, ready to be found.
#[derive(Debug)]
pub struct Tracer {
    known: Known,
    patterns: Vec<Pattern>,
    grams: Grams,
    longest: usize,
}

impl Tracer {
    /// Prepares the values.
    #[must_use]
    pub fn new(known: Known) -> Self {
        let written = |(at, value): (usize, &KnownValue)| -> Vec<Pattern> {
            let texts = encode::all(value.secret.expose()).into_iter();
            let texts = texts.filter(|(_, text)| text.len() >= SHORTEST);
            texts
                .map(|(encoding, bytes)| Pattern { value: at as u32, encoding, bytes: bytes.into() })
                .collect()
        };
        let written: Vec<Vec<Pattern>> = known.values.par_iter().enumerate().map(written).collect();
        let patterns: Vec<Pattern> = written.into_iter().flatten().collect();
        let mut grams: Vec<Gram> = Vec::new();
        for (at, pattern) in patterns.iter().enumerate() {
            grams.extend(offsets(pattern).map(|offset| Gram {
                bytes: gram(&pattern.bytes, offset),
                pattern: at as u32,
                offset: offset as u32,
            }));
        }
        let longest = patterns.iter().map(|pattern| pattern.bytes.len()).max().unwrap_or(0);
        Self { known, patterns, grams: Grams::new(&grams), longest }
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
            if self.grams.may_have(gram) {
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
        for candidate in self.grams.of(gram) {
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
fn offsets(pattern: &Pattern) -> impl Iterator<Item = usize> + use<> {
    let all = pattern.bytes.len() - GRAM + 1;
    let runs = if pattern.encoding == Encoding::Raw || all <= 3 * STRIDE {
        [0..all, 0..0, 0..0]
    } else {
        let first = 0..STRIDE + SHORTEST;
        let middle = (all - STRIDE) / 2;
        let middle = middle.max(first.end)..(middle + STRIDE).max(first.end);
        [first, middle.clone(), (all - STRIDE).max(middle.end)..all]
    };
    runs.into_iter().flatten()
}

fn gram(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
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
