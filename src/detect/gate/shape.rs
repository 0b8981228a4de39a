//! What 32 bytes in a row may be the begin of, told by the classes of their bytes.

use super::{BLOCK, RUN};

/// What 32 bytes in a row may be the begin of; bit i is for byte i.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::detect) struct Shape {
    /// Where runs of at least [`RUN`](super::RUN) digits begin, in the 32 bytes before these.
    pub(in crate::detect) runs: u32,
    /// Quotes that follow another one with nothing but gaps between.
    pub(in crate::detect) joints: u32,
    /// What may begin an escape, told by two bytes.
    pub(in crate::detect) pairs: u32,
}

/// Which of 32 bytes in a row belong to a class; bit i is for byte i.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// Digits of base64, of either alphabet.
    pub(super) digits: u32,
    /// Quotes of string literals.
    pub(super) quotes: u32,
    /// What may stand between two literals that are joined.
    pub(super) gaps: u32,
    /// What may begin an escape, told by two bytes.
    pub(super) pairs: u32,
}

pub(super) fn classes_at(bytes: &[u8], at: usize) -> Classes {
    let mut classes = Classes::default();
    for (place, &byte) in bytes.get(at..).unwrap_or_default().iter().take(BLOCK).enumerate() {
        let next = bytes.get(at + place + 1).copied().unwrap_or(0);
        let bit = |is: bool| u32::from(is) << place;
        classes.digits |= bit(is_digit(byte));
        classes.quotes |= bit(matches!(byte, b'"' | b'\''));
        classes.gaps |= bit(b" +.\t\n\r".contains(&byte));
        classes.pairs |= bit(is_pair(byte, next));
    }
    classes
}

/// Whether a byte is a digit of base64, of either alphabet.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// Whether two bytes may begin an escape.
fn is_pair(byte: u8, next: u8) -> bool {
    match byte {
        b'\\' => b"uUxX/0123".contains(&next),
        b'%' => matches!(next, b'2'..=b'7'),
        b'&' => next == b'#' || matches!(next, 0x60..=0x7f),
        b'0' => next == b'x',
        b'=' => b"3:\n\x03".contains(&next),
        _ => false,
    }
}

/// What is carried from block to block.
pub(super) struct State {
    /// Whether a quote, and nothing but gaps after it, ends the block before.
    quote: u32,
    /// The digits of the block before, and whether one stood before that.
    digits: u64,
    digit: u64,
}

impl State {
    /// At a place in a text: a quote may come before it, which is for the caller to look at.
    pub(super) fn at(bytes: &[u8], at: usize) -> Self {
        let in_run = at.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(|byte| is_digit(*byte));
        Self { quote: 1, digit: 0, digits: u64::from(in_run) << (BLOCK - 1) }
    }

    #[inline(always)]
    pub(super) fn step(&mut self, block: Classes) -> Option<Shape> {
        let shape = Shape {
            runs: self.runs(block.digits),
            joints: self.joints(block.quotes, block.gaps),
            pairs: block.pairs,
        };
        (shape.runs | shape.joints | shape.pairs != 0).then_some(shape)
    }

    #[inline(always)]
    fn runs(&mut self, digits: u32) -> u32 {
        let all = self.digits | u64::from(digits) << BLOCK;
        let starts = all & !(all << 1 | self.digit);
        let twice = |bits: u64, by: usize| bits & bits >> by;
        // 2, 4, 8, 16 and 24 in a row.
        let long = twice(twice(twice(twice(twice(all, 1), 2), 4), 8), RUN - 16);
        self.digit = self.digits >> (BLOCK - 1) & 1;
        self.digits = u64::from(digits);
        (starts & long) as u32
    }

    #[inline(always)]
    fn joints(&mut self, quotes: u32, gaps: u32) -> u32 {
        let after = quotes << 1 | self.quote;
        // Adding the first bit of a row of ones carries to the bit after the row.
        let (sum, over) = gaps.overflowing_add(after & gaps);
        self.quote = u32::from(over) | quotes >> (BLOCK - 1);
        (after | sum & !gaps) & quotes
    }
}
