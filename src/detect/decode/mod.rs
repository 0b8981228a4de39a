//! Text in other clothes: encoded regions, literals that are put together, text of two or four bytes a character.
//!
//! A *region* is told by bytes near its anchor alone: the start of a long run of base64 or hexadecimal
//! digits, the first of some escapes, the place where two literals meet. So a scan finds anchors as it finds
//! keywords, and the region is read when the blob is settled, as long rules are. Work is bounded: a region has at
//! most [`LONGEST`] bytes, and all that is decoded from it at most [`GROWTH`] times as many.

mod code;
mod column;
mod dense;
mod escape;
mod inflate;
mod join;
mod read;
mod run;
mod shape;
mod wide;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Candidate, Detector, MatcherName, Range2, Syntax};
use crate::finding::Secret;

pub(super) use code::WORDS;
pub(super) use read::Layers;
pub(super) use run::decode_base32;

/// Longest region that is decoded; what is beyond is counted.
pub const LONGEST: usize = 64 << 10;
/// Bytes decoded in all layers together, for each byte of the region.
pub const GROWTH: usize = 8;
/// Encodings within each other that are undone at most.
pub const MAX_DEPTH: usize = 5;

/// Bytes on either side of an anchor that decide whether it is one, and beyond a region whether it ends there.
pub(super) const REACH: usize = 320;

/// What a region is encoded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// Both alphabets, with or without padding and line breaks.
    Base64,
    /// The alphabet of RFC 4648, in either case.
    Base32,
    /// Two digits a byte.
    Hex,
    /// Bitcoin's alphabet, where a key names the value.
    Base58,
    /// Between `<~` and `~>`, or where a key names the value.
    Ascii85,
    /// `%2F`.
    Percent,
    /// `\u002f`, `\x2f`, `\057`, `\/`.
    Escape,
    /// `&#47;`, `&sol;`.
    Entity,
    /// `=2F`, and lines that end in `=`.
    QuotedPrintable,
    /// String literals with `+`, `.` or nothing between them.
    Join,
    /// The literals of a list, or the arguments of a call, that are put together.
    List,
    /// Numbers of characters: `[103, 104]`, `0x67, 0x68`.
    Codes,
    /// A literal that is turned round.
    Reverse,
    /// A cell of a table whose heading names it.
    Column,
    /// Two bytes a character.
    Wide2,
    /// Four bytes a character.
    Wide4,
}

impl Encoding {
    /// What reports call it.
    fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Base32 => "base32",
            Self::Hex => "hex",
            Self::Base58 => "base58",
            Self::Ascii85 => "ascii85",
            Self::Percent => "percent",
            Self::Escape => "escapes",
            Self::Entity => "html",
            Self::QuotedPrintable => "quoted-printable",
            Self::Join | Self::List => "joined",
            Self::Codes => "char-codes",
            Self::Reverse => "reversed",
            Self::Column => "column",
            Self::Wide2 => "utf-16",
            Self::Wide4 => "utf-32",
        }
    }

    /// Bytes beyond a region that may decide where it begins and ends.
    fn beyond(self, region: &Region) -> usize {
        match self {
            // The next of its lines.
            Self::Base64 | Self::Base32 if run::may_go_on(region.range.len()) => run::NEXT_LINE,
            // The name and what is before it.
            Self::Base58 | Self::Ascii85 => dense::KEYED,
            // The headings and what tells of them.
            Self::Column => column::REACH,
            // The start was not to be found.
            Self::List if region.range.is_empty() => join::LIST,
            _ => 24,
        }
    }

    fn is_wide(self) -> bool {
        matches!(self, Self::Wide2 | Self::Wide4)
    }
}

/// A value that stands in the text only in encoded form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The value.
    pub secret: Secret,
    /// What was undone, outermost first.
    pub chain: Vec<&'static str>,
}

/// An encoded region.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Region {
    range: Range<usize>,
    /// Whether it goes on beyond the longest that is decoded.
    is_cut: bool,
}

impl Region {
    fn at(encoding: Encoding, bytes: &[u8], anchor: usize) -> Self {
        match encoding {
            Encoding::Base64 | Encoding::Base32 | Encoding::Hex => run::region(encoding, bytes, anchor),
            Encoding::Percent | Encoding::Escape | Encoding::Entity | Encoding::QuotedPrintable => {
                escape::region(encoding, bytes, anchor)
            }
            Encoding::Base58 | Encoding::Ascii85 => dense::region(encoding, bytes, anchor),
            Encoding::Join => join::region(bytes, anchor),
            Encoding::List => join::list(bytes, anchor),
            Encoding::Codes => code::codes(bytes, anchor),
            Encoding::Reverse => code::reversed(bytes, anchor),
            Encoding::Column => column::region(bytes, anchor),
            Encoding::Wide2 | Encoding::Wide4 => wide::region(encoding, bytes, anchor),
        }
    }
}

/// One way to read a region.
struct Way {
    text: Vec<u8>,
    places: Places,
}

/// Where the decoded bytes stand in the region.
enum Places {
    /// In all of it.
    Whole,
    /// Each byte's own place.
    Each(Vec<Range2>),
    /// A byte at each step of so many.
    Step(usize),
}

impl Way {
    fn whole(text: Vec<u8>) -> Self {
        Self { text, places: Places::Whole }
    }

    /// Where a range of the text stands in a text in which the region is at `region`.
    fn place(&self, range: Range2, region: &Range<usize>) -> Range2 {
        let place = match &self.places {
            Places::Whole => return region.clone().into(),
            Places::Each(places) => {
                let start = places.get(range.start).map_or(region.len(), |place| place.start);
                let last = range.end.checked_sub(1).filter(|&last| last >= range.start);
                let end = last.and_then(|last| places.get(last)).map_or(start, |place| place.end);
                start..end
            }
            Places::Step(step) => {
                let gap = if range.start < range.end { step - 1 } else { 0 };
                range.start * step..range.end * step - gap
            }
        };
        (region.start + place.start..region.start + place.end).into()
    }
}

/// A decoded text, built up piece by piece, with the place of each byte if that is wanted.
struct Pieces {
    text: Vec<u8>,
    places: Option<Vec<Range2>>,
}

impl Pieces {
    fn new(len: usize, with_places: bool) -> Self {
        Self { text: Vec::with_capacity(len), places: with_places.then(|| Vec::with_capacity(len)) }
    }

    fn push(&mut self, text: &[u8], place: Range<usize>) {
        self.text.extend_from_slice(text);
        if let Some(places) = &mut self.places {
            places.extend(text.iter().map(|_| Range2::from(place.clone())));
        }
    }

    /// Takes bytes as they stand.
    fn copy(&mut self, text: &[u8], range: Range<usize>) {
        self.text.extend_from_slice(&text[range.clone()]);
        if let Some(places) = &mut self.places {
            places.extend(range.map(|at| Range2::from(at..at + 1)));
        }
    }

    fn finish(self) -> Way {
        Way { text: self.text, places: Places::Each(self.places.unwrap_or_default()) }
    }
}

impl Detector {
    /// Anchors of regions in `range`; what decides about each lies within the reach of a scan.
    pub(super) fn scan_regions(&self, bytes: &[u8], range: Range<usize>, out: &mut Vec<Candidate>) {
        let mut found = |anchor: usize, encoding| out.push(Candidate::region(anchor, encoding));
        shape::anchors(bytes, range.clone(), &mut found);
        dense::delimited(bytes, range, &mut found);
    }

    /// Values of the keyword at `at`, those of `out` from `first` on, that may hold text.
    pub(super) fn keyed_region(&self, bytes: &[u8], (at, first): (usize, usize), out: &mut Vec<Candidate>) {
        let is_value = |found: &Candidate| found.syntax != Syntax::Pattern;
        let may_hold = |found: &Candidate| dense::of_value(&bytes[found.value.range()]).is_some();
        if out[first..].iter().any(|found| is_value(found) && may_hold(found)) {
            out.extend(dense::keyed(bytes, at).map(|(_, encoding)| Candidate::region(at, encoding)));
        }
    }

    /// Whether text of several bytes a character may begin in `range`, as at most nine bytes from there on tell.
    #[must_use]
    pub fn may_be_wide(&self, bytes: &[u8], range: Range<usize>) -> bool {
        self.decode_depth > 0 && wide::may_begin_in(bytes, range)
    }

    /// Text of several bytes a character, wherever it is in `bytes`.
    pub fn scan_wide(&self, bytes: &[u8], out: &mut Vec<Candidate>) {
        if self.decode_depth > 0 {
            wide::runs(bytes, &mut |anchor, encoding| out.push(Candidate::region(anchor, encoding)));
        }
    }

    /// The table that a rule's word at `at` heads a column of.
    pub(super) fn column_region(&self, bytes: &[u8], (rule, at): (u16, usize), out: &mut Vec<Candidate>) {
        let names = self.rules[usize::from(rule)].matcher == Some(MatcherName::Assignment);
        if names && column::is_heading(bytes, at) {
            out.push(Candidate::region(at, Encoding::Column));
        }
    }

    /// A word stands at `at` that tells of literals put together.
    pub(super) fn region_at_word(&self, bytes: &[u8], (at, word): (usize, usize), out: &mut Vec<Candidate>) {
        out.extend(
            code::at_word(bytes, at, word).map(|(anchor, encoding)| Candidate::region(anchor, encoding)),
        );
    }

    /// How far from its anchor a region may be decided by.
    pub(super) fn region_reach(bytes: &[u8], encoding: Encoding, anchor: usize) -> usize {
        let region = Region::at(encoding, bytes, anchor);
        let before = anchor - region.range.start.min(anchor);
        before.max(region.range.end.max(anchor) - anchor) + encoding.beyond(&region)
    }
}

impl Candidate {
    /// An encoded region, told by its anchor.
    #[must_use]
    pub fn region(anchor: usize, encoding: Encoding) -> Self {
        let (span, value) = Default::default();
        Self { rule: 0, span, value, anchor, syntax: Syntax::Encoded(encoding) }
    }

    /// Whether it is a text of several bytes a character, which has no greatest length.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        matches!(self.syntax, Syntax::Encoded(encoding) if encoding.is_wide())
    }
}
