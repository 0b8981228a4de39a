//! Finds where regions may begin, from bit masks of classes of bytes: 32 bytes cost a few instructions.

use std::ops::Range;

use super::super::gate::{BLOCK, Classes, classify};
use super::{Encoding, escape, join, run};

/// Blocks that are classified at a time.
const BLOCKS: usize = 64;

/// Calls `found` for the anchor of each region in `range`.
pub(super) fn anchors(bytes: &[u8], range: Range<usize>, found: &mut dyn FnMut(usize, Encoding)) {
    let mut shapes =
        Shapes { bytes, range: range.clone(), last: escape::Last::default(), joint: None, found };
    // A run that begins in the range is told by its first bytes.
    let end = bytes.len().min(range.end + BLOCK);
    let mut classes = [Classes::default(); BLOCKS];
    let in_run = range.start > 0 && run::is_digit(bytes[range.start - 1]);
    let mut state = State { quote: 1, digit: 0, digits: u64::from(in_run) << (BLOCK - 1) };
    let mut at = range.start;
    while at < end {
        let count = (end - at).div_ceil(BLOCK).min(BLOCKS);
        classify(bytes, at, &mut classes[..count]);
        for block in &classes[..count] {
            shapes.block(block, at, &mut state);
            at += BLOCK;
        }
    }
    shapes.block(&Classes::default(), at, &mut state);
}

/// What is carried from block to block.
struct State {
    /// Whether a quote, and nothing but gaps after it, ends the block before.
    quote: u32,
    /// The digits of the block before, and whether one stood before that.
    digits: u64,
    digit: u64,
}

struct Shapes<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    last: escape::Last,
    /// The last place where literals are joined.
    joint: Option<usize>,
    found: &'a mut dyn FnMut(usize, Encoding),
}

impl Shapes<'_> {
    #[inline]
    fn block(&mut self, block: &Classes, at: usize, state: &mut State) {
        let runs = state.runs(block.digits);
        let joints = state.joints(block);
        if runs | u64::from(joints | block.pairs) != 0 {
            self.look(runs, (joints, block.pairs), at);
        }
    }

    fn look(&mut self, mut runs: u64, (mut joints, mut pairs): (u32, u32), at: usize) {
        while runs != 0 {
            // Runs are known a block late.
            let start = (at + runs.trailing_zeros() as usize).wrapping_sub(BLOCK);
            runs &= runs - 1;
            if self.range.contains(&start) {
                run::of_run(self.bytes, start, self.found);
            }
        }
        while pairs != 0 {
            let place = at + pairs.trailing_zeros() as usize;
            pairs &= pairs - 1;
            if self.range.contains(&place) {
                self.last.at(self.bytes, (place, self.range.start), self.found);
            }
        }
        while joints != 0 {
            let place = at + joints.trailing_zeros() as usize;
            joints &= joints - 1;
            if self.range.contains(&place) && join::is_telling(self.bytes, place) {
                if join::is_first(self.bytes, place, self.joint) {
                    (self.found)(place, Encoding::Join);
                }
                self.joint = Some(place);
            }
        }
    }
}

impl State {
    /// Where runs of at least [`run::SHORTEST`] digits begin in the block before.
    #[inline]
    fn runs(&mut self, digits: u32) -> u64 {
        let all = self.digits | u64::from(digits) << BLOCK;
        let starts = all & !(all << 1 | self.digit);
        let twice = |bits: u64, by: usize| bits & bits >> by;
        // 2, 4, 8, 16 and 24 in a row.
        let long = twice(twice(twice(twice(twice(all, 1), 2), 4), 8), run::SHORTEST - 16);
        self.digit = self.digits >> (BLOCK - 1) & 1;
        self.digits = u64::from(digits);
        starts & long & u64::from(u32::MAX)
    }

    /// Quotes that follow another one with nothing but gaps between.
    #[inline]
    fn joints(&mut self, block: &Classes) -> u32 {
        let after = block.quotes << 1 | self.quote;
        // Adding the first bit of a row of ones carries to the bit after the row.
        let (sum, over) = block.gaps.overflowing_add(after & block.gaps);
        self.quote = u32::from(over) | block.quotes >> (BLOCK - 1);
        (after | sum & !block.gaps) & block.quotes
    }
}
