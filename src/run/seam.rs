//! Which parts of a version must be read again, given what it copies from its delta base.
//!
//! A keyword's candidates depend on at most `reach` bytes on either side of it. Where that window lies in
//! one copied range (or both texts end at the same edge), the base's candidates hold, shifted; everywhere
//! else the text is scanned. So the result is that of scanning the whole.

use std::ops::Range;

use crate::source::history::Copy;

/// A range of the target in which the base's candidates hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    /// Keyword positions in the target.
    pub(super) target: Range<usize>,
    /// Where that range begins in the base.
    pub(super) base: usize,
    /// The text round it, in the target, that is the base's too.
    same: Range<usize>,
}

impl Kept {
    /// Where what stands at `at` in the base stands in the target, if that is kept.
    pub(super) fn moved(&self, at: usize) -> Option<usize> {
        let moved = at.checked_sub(self.base)? + self.target.start;
        self.target.contains(&moved).then_some(moved)
    }

    /// Whether all text within `reach` of a keyword at `at` in the target is the base's.
    pub(super) fn is_same_round(&self, at: usize, reach: usize) -> bool {
        at.saturating_sub(reach) >= self.same.start && at.saturating_add(reach) <= self.same.end
    }
}

/// Ranges kept from the base, and ranges to scan, both in order of the target.
pub(super) fn split(
    copies: &[Copy],
    base_len: usize,
    len: usize,
    reach: usize,
) -> (Vec<Kept>, Vec<Range<usize>>) {
    let mut kept = Vec::new();
    let mut dirty = Vec::new();
    let mut at = 0;
    for copy in copies {
        let at_start = copy.target == 0 && copy.base == 0;
        let at_end = copy.target + copy.len == len && copy.base + copy.len == base_len;
        let from = if at_start { 0 } else { copy.target + reach };
        let to = if at_end { len } else { (copy.target + copy.len).saturating_sub(reach) };
        if from >= to {
            continue;
        }
        if at < from {
            dirty.push(at..from);
        }
        // At an edge that both texts share there is nothing beyond, however far one looks.
        let same = copy.target..if at_end { usize::MAX } else { copy.target + copy.len };
        kept.push(Kept { target: from..to, base: copy.base + (from - copy.target), same });
        at = to;
    }
    if at < len {
        dirty.push(at..len);
    }
    (kept, dirty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_within_reach_of_a_change_is_read_again() {
        // 100 bytes copied, 5 inserted, the other 100 copied; reach 10.
        let copies = [Copy { base: 0, target: 0, len: 100 }, Copy { base: 100, target: 105, len: 100 }];
        let (kept, dirty) = split(&copies, 200, 205, 10);
        assert_eq!((dirty.len(), &dirty[0]), (1, &(90..115)));
        let kept_ranges: Vec<_> = kept.iter().map(|kept| (kept.target.clone(), kept.base)).collect();
        assert_eq!(kept_ranges, [(0..90, 0), (115..205, 110)]);
        assert!(kept[0].is_same_round(40, 50) && !kept[0].is_same_round(60, 50));
        assert!(kept[1].is_same_round(200, 90) && !kept[1].is_same_round(150, 90));
    }

    #[test]
    fn a_copy_that_lost_its_edge_is_read_again_there() {
        // The base's last 50 bytes were cut: what stands at the new end saw other text after it.
        let (kept, dirty) = split(&[Copy { base: 0, target: 0, len: 150 }], 200, 150, 10);
        assert_eq!((kept.len(), &kept[0].target, dirty.len(), &dirty[0]), (1, &(0..140), 1, &(140..150)));
        // Short copies keep nothing.
        let (kept, dirty) = split(&[Copy { base: 5, target: 3, len: 12 }], 200, 15, 10);
        assert_eq!((kept.len(), dirty.len(), &dirty[0]), (0, 1, &(0..15)));
    }
}
