//! Finds where regions may begin, from what the gate tells of 32 bytes at a time.

use std::ops::Range;

use super::super::gate::{BLOCK, RUN, Shape, shapes};
use super::{Encoding, escape, join, run};

/// Calls `found` for the anchor of each region in `range`.
pub(super) fn anchors(bytes: &[u8], range: Range<usize>, found: &mut dyn FnMut(usize, Encoding)) {
    // A run that begins in the range is told by its first bytes.
    let end = bytes.len().min(range.end + RUN);
    let mut shaped =
        Shaped { bytes, range: range.clone(), last: escape::Last::default(), joint: None, found };
    shapes(bytes, range.start..end, &mut |at, shape| shaped.look(at, shape));
}

struct Shaped<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    last: escape::Last,
    /// The last place where literals are joined.
    joint: Option<usize>,
    found: &'a mut dyn FnMut(usize, Encoding),
}

impl Shaped<'_> {
    fn look(&mut self, at: usize, shape: Shape) {
        // Runs are known a block late.
        for start in places(shape.runs).map(|place| (at + place).wrapping_sub(BLOCK)) {
            if self.range.contains(&start) {
                run::of_run(self.bytes, start, self.found);
            }
        }
        for place in places(shape.pairs).map(|place| at + place) {
            if self.range.contains(&place) {
                self.last.at(self.bytes, (place, self.range.start), self.found);
            }
        }
        for place in places(shape.joints).map(|place| at + place) {
            if self.range.contains(&place) && join::is_telling(self.bytes, place) {
                if join::is_first(self.bytes, place, self.joint) {
                    (self.found)(place, Encoding::Join);
                }
                self.joint = Some(place);
            }
        }
    }
}

/// The places of the bits that are set.
fn places(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (place < u32::BITS).then_some(place as usize)
    })
}
