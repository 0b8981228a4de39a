//! What was found in a version, kept for the versions that are built on it.

use std::sync::Arc;

use super::seam;
use super::values::Held;
use crate::detect::Candidate;

/// What the versions built on one may take from it.
#[derive(Debug, Default)]
pub(super) struct Version {
    /// In order of their anchors.
    pub(super) kept: Vec<Kept>,
    /// Whether there may be text of several bytes a character in it.
    pub(super) may_be_wide: bool,
    /// Whether there may be control sequences of a terminal in it.
    pub(super) has_colours: bool,
}

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
    One(Held),
    /// Those of a long rule or an encoded region in the text that was looked at.
    Tried(Arc<Tried>),
    /// A long rule or a region that is still to be tried on this text.
    Untried,
}

/// What became of a long rule or an encoded region.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) values: Vec<Held>,
    /// How far from the keyword was looked.
    pub(super) reach: usize,
    /// Regions of which a part was not decoded.
    pub(super) cut: usize,
}

impl Tried {
    pub(super) fn tells_nothing(&self) -> bool {
        self.values.is_empty() && self.cut == 0
    }
}

impl Kept {
    /// Whether versions built on this one may take it: what tells nothing is found again wherever that may
    /// change, and text of several bytes a character is read anew in each.
    pub(super) fn is_inherited(&self, reach: usize) -> bool {
        let nothing = |tried: &Tried| tried.tells_nothing() && tried.reach <= reach;
        !self.candidate.is_wide() && !matches!(&self.values, Known::Tried(tried) if nothing(tried))
    }

    /// The same in a text where what stood at `from` stands at `to`.
    pub(super) fn shifted(&self, from: usize, to: usize) -> Self {
        Self { candidate: self.candidate.shifted(from, to), values: self.values.clone() }
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
            let mut kept = kept.shifted(range.base, range.target.start);
            if let Known::Tried(tried) = &kept.values
                && !range.is_same_round(kept.candidate.anchor, tried.reach)
            {
                kept.values = Known::Untried;
            }
            out.push(kept);
        }
    }
}
