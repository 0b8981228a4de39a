//! What every match of a pattern has: a set of bytes for each of its first positions.
//!
//! Most keyword hits are chance (`pat` in `path`, `://` of a link without a password); comparing a few
//! bytes tells, long before a regex could.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Most positions that are compared: more reject nothing in practice.
pub(super) const LONGEST: usize = 32;

/// A set of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct ByteSet([u64; 4]);

impl ByteSet {
    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }
}

/// The sets of a pattern's first positions; empty where nothing is known.
#[derive(Debug, Default)]
pub(super) struct Head(Vec<ByteSet>);

impl Head {
    pub(super) fn of(hir: &Hir) -> Self {
        let mut head = Self::default();
        head.extend(hir);
        head.0.truncate(LONGEST);
        head
    }

    /// Whether a match may begin at `at`. False is certain, true is not.
    pub(super) fn may_begin(&self, bytes: &[u8], at: usize) -> bool {
        bytes
            .get(at..at + self.0.len())
            .is_some_and(|text| self.0.iter().zip(text).all(|(set, &b)| set.contains(b)))
    }

    /// Appends what `hir` begins with; returns whether all of it was appended, so that more may follow.
    fn extend(&mut self, hir: &Hir) -> bool {
        if self.0.len() >= LONGEST {
            return false;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => {
                self.0.extend(literal.0.iter().map(|&byte| {
                    let mut set = ByteSet::default();
                    set.insert(byte);
                    set
                }));
                true
            }
            HirKind::Class(Class::Bytes(class)) => {
                let mut set = ByteSet::default();
                class
                    .ranges()
                    .iter()
                    .flat_map(|range| range.start()..=range.end())
                    .for_each(|byte| set.insert(byte));
                self.0.push(set);
                true
            }
            HirKind::Class(Class::Unicode(_)) => false,
            HirKind::Repetition(repetition) => {
                let whole = (0..repetition.min.min(LONGEST as u32)).all(|_| self.extend(&repetition.sub));
                whole && repetition.max == Some(repetition.min)
            }
            HirKind::Capture(capture) => self.extend(&capture.sub),
            HirKind::Concat(parts) => parts.iter().all(|part| self.extend(part)),
            HirKind::Alternation(branches) => {
                self.extend_with_any(branches);
                false
            }
        }
    }

    /// Appends the union of the branches, as far as the shortest of them is known.
    fn extend_with_any(&mut self, branches: &[Hir]) {
        let heads: Vec<Self> = branches.iter().map(Self::of).collect();
        let known = heads.iter().map(|head| head.0.len()).min().unwrap_or(0);
        for at in 0..known {
            let mut union = ByteSet::default();
            for head in &heads {
                (0..4).for_each(|word| union.0[word] |= head.0[at].0[word]);
            }
            self.0.push(union);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::parse_pattern;

    #[test]
    fn a_head_rejects_only_what_cannot_match() {
        let cases = [
            (r"\b(?P<secret>gh[pos]_[0-9A-Z]{5,9})\b", "ghs_0AB12", true),
            (r"\b(?P<secret>gh[pos]_[0-9A-Z]{5,9})\b", "ghs_0aB12", false),
            (r"\b(?P<secret>gh[pos]_[0-9A-Z]{5,9})\b", "ghs_0A", false),
            (r"ab(?:cd|xyz)q", "abcdz", true),
            (r"ab(?:cd|xyz)q", "abxd", true),
            (r"ab(?:cd|xyz)q", "abzz", false),
            (r"a?b", "anything", true),
        ];
        for (pattern, text, expected) in cases {
            let head = Head::of(&parse_pattern(pattern).expect("a valid pattern"));
            assert_eq!(head.may_begin(text.as_bytes(), 0), expected, "{pattern} on {text}");
        }
    }
}
