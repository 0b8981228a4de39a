//! A set of object numbers that also counts them: which is the first, which the second.
//!
//! Tables over the commits or trees of a history are a fraction of one over all its objects.

use super::store::Number;

/// A set of numbers; the place of each among them is found with one addition.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    words: Vec<u64>,
    /// Members before each word.
    before: Vec<u32>,
}

impl Ranks {
    /// The set of these numbers, all of them below `len`.
    pub(super) fn new(len: usize, numbers: impl Iterator<Item = Number>) -> Self {
        let mut words = vec![0u64; len.div_ceil(64)];
        numbers.for_each(|number| words[number as usize / 64] |= 1 << (number % 64));
        let mut before = Vec::with_capacity(words.len());
        let mut sum = 0;
        for word in &words {
            before.push(sum);
            sum += word.count_ones();
        }
        Self { words, before }
    }

    /// Numbers are below this.
    pub(super) fn len(&self) -> usize {
        self.words.len() * 64
    }

    /// The place of a number among the members, from 0; nothing if it is none.
    pub(super) fn place(&self, number: Number) -> Option<usize> {
        let word = *self.words.get(number as usize / 64)?;
        let bit = 1u64 << (number % 64);
        let before = || self.before[number as usize / 64] + (word & (bit - 1)).count_ones();
        (word & bit != 0).then(|| before() as usize)
    }
}
