//! Reads what is encoded, layer by layer, within bounds.

use std::collections::{BTreeMap, HashMap};

use super::super::{Candidate, Detector, Dismissed, Match, PlaceFacts, Range2, Rule, Settled, Syntax};
use super::{
    Decoded, Encoding, GROWTH, Places, Region, Way, code, column, dense, escape, inflate, join, run, wide,
};
use crate::detect::work::visited;
use crate::finding::{Confidence, Secret};

/// How much more may be decoded.
#[derive(Debug)]
pub(in crate::detect) struct Layers {
    /// Encodings that may still be undone within each other.
    depth: usize,
    /// Bytes that may still be decoded from the region; nothing outside of any.
    left: Option<usize>,
    decoded: usize,
    is_cut: bool,
}

impl Layers {
    pub(in crate::detect) fn new(depth: usize) -> Self {
        Self { depth, left: None, decoded: 0, is_cut: false }
    }

    /// Takes `len` bytes from what may be decoded; false if there are not as many left.
    fn take(&mut self, len: usize) -> bool {
        let left = self.left.unwrap_or(0);
        self.is_cut |= left < len;
        if left >= len {
            self.left = Some(left - len);
            self.decoded += len;
        }
        left >= len
    }
}

/// What of a decoded text counts, beside what has a format of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// Everything: it is a file's own text.
    All,
    /// What is clear: somebody has encoded a text that has it.
    High,
    /// Nothing: what is round the escapes is read as it stands already.
    Formats,
}

impl Counts {
    fn has(self, rule: &Rule, found: &Match) -> bool {
        let high = self == Self::High && found.confidence == Confidence::High;
        // What was decoded further in has been judged there.
        self == Self::All || high || rule.has_own_format() || found.decoded.is_some()
    }
}

/// A match in decoded text, with its value at hand and one more encoding round it.
fn outside(found: &Match, text: &[u8], encoding: &'static str) -> Match {
    let inner = found.decoded.as_ref().map_or(&[][..], |decoded| &decoded.chain);
    let chain = std::iter::once(encoding).chain(inner.iter().copied()).collect();
    let decoded = Some(Decoded { secret: Secret::new(found.value_in(text)), chain });
    Match { decoded, pair: None, ..found.clone() }
}

/// Ranges that do not overlap, by start.
#[derive(Debug, Default)]
struct Taken(BTreeMap<usize, usize>);

impl Taken {
    fn holds(&self, range: Range2) -> bool {
        self.0.range(..range.end).next_back().is_some_and(|(_, &end)| end > range.start)
    }

    /// Adds a range; false if it overlaps one that is there.
    fn take(&mut self, range: Range2) -> bool {
        let is_new = !self.holds(range);
        if is_new {
            self.0.insert(range.start, range.end);
        }
        is_new
    }

    fn all(ranges: impl Iterator<Item = Range2>) -> Self {
        let mut taken = Self::default();
        for range in ranges {
            taken.take(range);
        }
        taken
    }
}

/// What is found in a region, and whether its bytes have places of their own in it.
pub(in crate::detect) struct Read {
    found: Match,
    is_exact: bool,
}

impl Detector {
    /// What stands in encoded form.
    pub(in crate::detect) fn read_all(
        &self,
        bytes: &[u8],
        candidates: &[Candidate],
        facts: &PlaceFacts,
        (layers, settled): (&mut Layers, &mut Settled),
    ) -> Vec<Read> {
        let mut all = Vec::new();
        if layers.depth == 0 {
            return all;
        }
        let encoded = candidates.iter().filter_map(|candidate| match candidate.syntax {
            Syntax::Encoded(encoding) => Some((candidate.anchor, encoding)),
            _ => None,
        });
        let mut encoded: Vec<(usize, Encoding)> = encoded.collect();
        encoded.sort_unstable();
        encoded.dedup();
        for (anchor, encoding) in encoded {
            let outermost = layers.left.is_none();
            let before = layers.decoded;
            all.extend(self.read_region(bytes, (anchor, encoding), facts, layers));
            settled.decoded_bytes += layers.decoded - before;
            if outermost {
                layers.left = None;
                if std::mem::take(&mut layers.is_cut) {
                    settled.cut.push(anchor);
                }
            }
        }
        all
    }

    fn read_region(
        &self,
        bytes: &[u8],
        (anchor, encoding): (usize, Encoding),
        facts: &PlaceFacts,
        layers: &mut Layers,
    ) -> Vec<Read> {
        let region = Region::at(encoding, bytes, anchor);
        let text = &bytes[region.range.clone()];
        visited(|| text.len());
        let outermost = layers.left.is_none();
        layers.left.get_or_insert(GROWTH * text.len());
        layers.is_cut |= region.is_cut;
        layers.depth -= 1;
        let mut all = Vec::new();
        for (index, mut way) in ways(encoding, text, false).into_iter().enumerate() {
            if !layers.take(way.text.len()) {
                continue;
            }
            let (is_exact, counts) = match way.places {
                Places::Each(_) if encoding == Encoding::Column => (true, Counts::All),
                Places::Each(_) => (true, Counts::Formats),
                Places::Whole => (false, Counts::High),
                Places::Step(_) => (true, if outermost { Counts::All } else { Counts::High }),
            };
            let matches = self.read_packed(&way.text, facts, layers, counts);
            if is_exact && !matches.is_empty() {
                way = ways(encoding, text, true).swap_remove(index);
            }
            for found in matches {
                let (span, value) =
                    (way.place(found.span, &region.range), way.place(found.value, &region.range));
                let syntax = if is_exact { found.syntax } else { Syntax::Pattern };
                let found = outside(&found, &way.text, encoding.name());
                all.push(Read { found: Match { span, value, syntax, ..found }, is_exact });
            }
        }
        layers.depth += 1;
        all
    }

    /// What is found in decoded bytes, unpacked if they are a stream of gzip or zlib.
    fn read_packed(
        &self,
        bytes: &[u8],
        facts: &PlaceFacts,
        layers: &mut Layers,
        counts: Counts,
    ) -> Vec<Match> {
        // What only begins like such a stream is a text.
        let Some((name, text)) = inflate::unpacked(bytes, layers.left.unwrap_or(0)) else {
            return self.read_text(bytes, facts, layers, counts);
        };
        layers.take(text.len());
        let found = self.read_text(&text, facts, layers, counts);
        found.iter().map(|found| outside(found, &text, name)).collect()
    }

    fn read_text(&self, text: &[u8], facts: &PlaceFacts, layers: &mut Layers, counts: Counts) -> Vec<Match> {
        let mut candidates = Vec::new();
        self.scan_layer(text, 0..text.len(), layers.depth, &mut candidates);
        if layers.depth > 0 {
            self.scan_wide(text, &mut candidates);
        }
        if candidates.is_empty() {
            return Vec::new();
        }
        let mut matches = self.settle_layer(text, &candidates, facts, layers).matches;
        matches.retain(|found| counts.has(&self.rules[usize::from(found.rule)], found));
        matches
    }

    /// Adds what was found in regions of `bytes`: each value once, by the shortest way to it. What is found in the text as
    /// it stands stays as it is, but where decoding tells what a value is, its name tells nothing more.
    pub(in crate::detect) fn settle_regions(&self, bytes: &[u8], read: Vec<Read>, settled: &mut Settled) {
        if read.is_empty() {
            return;
        }
        let is_format = |found: &Match| {
            let rule = &self.rules[usize::from(found.rule)];
            rule.has_own_format() && rule.position.is_none()
        };
        let of = |formats: bool| {
            let plain = settled.matches.iter().filter(|plain| !formats || self.has_own_format(plain));
            Taken::all(plain.map(|plain| plain.value))
        };
        let (plain, formats) = (of(false), of(true));
        let stays = |read: &Read| match (is_format(&read.found), read.is_exact) {
            (true, true) => !formats.holds(read.found.value),
            (true, false) => true,
            (false, _) => !plain.holds(read.found.value),
        };
        let mut found: Vec<Match> = read.into_iter().filter(stays).map(|read| read.found).collect();
        let chain = |one: &Match| one.decoded.as_ref().map_or(0, |decoded| decoded.chain.len());
        found.sort_by_key(|one| (chain(one), one.value, one.rule));
        let mut known: HashMap<(u16, Vec<u8>), Taken> = HashMap::new();
        for plain in &settled.matches {
            known.entry((plain.rule, plain.value_in(bytes).to_vec())).or_default().take(plain.value);
        }
        found.retain(|one| known.entry((one.rule, one.value_in(&[]).to_vec())).or_default().take(one.value));
        let told = Taken::all(found.iter().filter(|one| is_format(one)).map(|one| one.value));
        let named =
            settled.matches.extract_if(.., |plain| !self.has_own_format(plain) && told.holds(plain.value));
        settled.dismissed.extend(named.map(|plain| {
            let Match { rule, span, value, syntax, .. } = plain;
            (Candidate { rule, span, value, anchor: span.start, syntax }, Dismissed::Overlap)
        }));
        settled.matches.extend(found);
        settled.matches.sort_by_key(|found| (found.value, found.rule));
    }

    fn has_own_format(&self, found: &Match) -> bool {
        self.rules[usize::from(found.rule)].has_own_format()
    }
}

/// The ways to read a region's text.
fn ways(encoding: Encoding, text: &[u8], with_places: bool) -> Vec<Way> {
    match encoding {
        Encoding::Base64 | Encoding::Base32 | Encoding::Hex => run::decoded(encoding, text),
        Encoding::Percent | Encoding::Escape | Encoding::Entity | Encoding::QuotedPrintable => {
            vec![escape::decoded(encoding, text, with_places)]
        }
        Encoding::Base58 | Encoding::Ascii85 => dense::decoded(encoding, text).into_iter().collect(),
        Encoding::Join => vec![join::decoded(text, with_places)],
        Encoding::List => join::list_decoded(text, with_places).into_iter().collect(),
        Encoding::Codes => vec![code::codes_decoded(text)],
        Encoding::Reverse => vec![code::reversed_decoded(text)],
        Encoding::Column => vec![column::decoded(text, with_places)],
        Encoding::Wide2 | Encoding::Wide4 => vec![wide::decoded(encoding, text)],
    }
}
