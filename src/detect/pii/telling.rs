//! Tells of 32 bytes at once where personal data may begin: in logs nearly no block holds any.
//!
//! What is told is more than there is; nothing that counts is missing, which a test holds against trying each byte.

use super::super::gate::{BLOCK, Tables, personal};

/// Classes of bytes, by their bits.
const DIGIT: usize = 0;
/// `A` to `O`, and `P` to `Z`.
const UPPER: [usize; 2] = [1, 2];
const BLANK: usize = 3;
const DASH: usize = 4;
const PLUS: usize = 5;
const EQUAL: usize = 6;
const AT: usize = 7;

static TABLES: Tables = tables();

const fn tables() -> Tables {
    let (mut high, mut low) = ([0; 16], [0; 16]);
    high[2] = 1 << BLANK | 1 << DASH | 1 << PLUS;
    high[3] = 1 << DIGIT | 1 << EQUAL;
    high[4] = 1 << UPPER[0] | 1 << AT;
    high[5] = 1 << UPPER[1];
    let mut at = 0;
    while at < 16 {
        low[at] |= if at < 10 { 1 << DIGIT } else { 0 };
        low[at] |= if at > 0 { 1 << UPPER[0] } else { 1 << AT | 1 << BLANK };
        low[at] |= if at < 11 { 1 << UPPER[1] } else { 0 };
        at += 1;
    }
    low[0x0b] |= 1 << PLUS;
    low[0x0d] |= 1 << DASH | 1 << EQUAL;
    (high, low)
}

/// Calls `found` with each place that is told, in order.
pub(super) fn places(text: &[u8], found: &mut dyn FnMut(usize)) {
    personal(text, &TABLES, found);
}

/// What is where in 32 bytes.
#[derive(Debug, Default)]
pub(in crate::detect) struct Block {
    digit: u32,
    upper: u32,
    /// What groups of digits have between them.
    blank: u32,
    dash: u32,
    plus: u32,
    equal: u32,
    at: u32,
}

impl Block {
    /// From the bytes of each class.
    #[inline(always)]
    pub(in crate::detect) fn of(classes: [u32; 8]) -> Self {
        Self {
            digit: classes[DIGIT],
            upper: classes[UPPER[0]] | classes[UPPER[1]],
            blank: classes[BLANK],
            dash: classes[DASH],
            plus: classes[PLUS],
            equal: classes[EQUAL],
            at: classes[AT],
        }
    }

    /// The places of this block that are told; `next` stands after it.
    #[inline(always)]
    pub(in crate::detect) fn told(&self, next: &Self) -> u32 {
        let both = |here: u32, next: u32| u64::from(here) | u64::from(next) << BLOCK;
        let one = both(self.digit, next.digit);
        let (dash, upper) = (both(self.dash, next.dash), both(self.upper, next.upper));
        let between = dash | both(self.blank, next.blank);
        let two = one & one >> 1;
        let four = two & two >> 2;
        let solid = four & four >> 4 & four >> 8 & one >> 12;
        let grouped = four & between >> 4 & four >> 5;
        let ssn = two & one >> 2 & dash >> 3 & two >> 4 & dash >> 6 & four >> 7;
        let iban = upper & upper >> 1 & two >> 2;
        let phone = both(self.plus, 0) & one >> 1;
        // Of a run only its first digit counts.
        let starts = !(one << 1);
        ((solid | grouped | ssn) & starts | iban | phone) as u32 | self.equal | self.at
    }
}
