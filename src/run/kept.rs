//! What was found in a version, kept for the versions that are built on it.

use std::sync::Arc;

use super::seam;
use super::values::ValueId;
use crate::detect::Candidate;

/// A candidate that is a secret in some place, kept with its values for the blobs built on this one.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) candidate: Candidate,
    pub(super) values: Known,
}

/// The values a candidate stands for.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// One, which depends on nothing beyond the reach of a scan.
    One(ValueId),
    /// Those of a long rule or an encoded region in the text that was looked at.
    Tried(Arc<Tried>),
    /// A long rule or a region that is still to be tried on this text.
    Untried,
}

/// What became of a long rule or an encoded region.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) values: Vec<ValueId>,
    /// How far from the keyword was looked.
    pub(super) reach: usize,
    /// Regions of which a part was not decoded.
    pub(super) cut: usize,
}

impl Kept {
    /// Whether it tells nothing, and is found again wherever that may change.
    pub(super) fn is_forgotten(&self, reach: usize) -> bool {
        let nothing = |tried: &Tried| tried.values.is_empty() && tried.cut == 0 && tried.reach <= reach;
        !self.candidate.is_wide() && matches!(&self.values, Known::Tried(tried) if nothing(tried))
    }
}

/// Shifts the base's candidates that lie in kept ranges; a range copied twice inherits twice.
///
/// What a long rule or a region told holds only where all that was looked at is the same.
pub(super) fn inherit(base: &[Kept], ranges: &[seam::Kept], out: &mut Vec<Kept>) {
    for range in ranges {
        let end = range.base + range.target.len();
        let first = base.partition_point(|kept| kept.candidate.anchor < range.base);
        for kept in base[first..].iter().take_while(|kept| kept.candidate.anchor < end) {
            let candidate = kept.candidate.shifted(range.base, range.target.start);
            let values = match &kept.values {
                Known::Tried(tried) if !range.is_same_round(candidate.anchor, tried.reach) => Known::Untried,
                known => known.clone(),
            };
            out.push(Kept { candidate, values });
        }
    }
}
