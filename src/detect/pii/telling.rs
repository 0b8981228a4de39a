//! Tells of 32 bytes at once where personal data may begin: in logs nearly no block holds any.
//!
//! What is told is more than there is; nothing that counts is missing, which a test holds against trying each byte.

use super::super::gate::{BLOCK, Tables, personal};

/// Classes of bytes, by their bits.
const DIGIT: usize = 0;
/// `A` to `Z`, and what stands beside them.
const UPPER: usize = 1;
/// What groups of digits have between them: a blank or `-`.
const BETWEEN: usize = 2;
const PLUS: usize = 3;
const EQUAL: usize = 4;
const AT: usize = 5;
/// What the names of fields with something personal end with: `d` or `n`.
const END: usize = 6;
/// `"` and `\`, and two more.
const QUOTE: usize = 7;

static TABLES: Tables = tables();

const fn tables() -> Tables {
    let (mut high, mut low) = ([0; 16], [1 << UPPER; 16]);
    high[2] = 1 << BETWEEN | 1 << PLUS | 1 << QUOTE;
    high[3] = 1 << DIGIT | 1 << EQUAL;
    high[4] = 1 << UPPER | 1 << AT | 1 << END;
    high[5] = 1 << UPPER | 1 << QUOTE;
    high[6] = 1 << END;
    let mut at = 0;
    while at < 10 {
        low[at] |= 1 << DIGIT;
        at += 1;
    }
    low[0] |= 1 << AT | 1 << BETWEEN;
    low[2] |= 1 << QUOTE;
    low[4] |= 1 << END;
    low[0x0b] |= 1 << PLUS;
    low[0x0c] |= 1 << QUOTE;
    low[0x0d] |= 1 << BETWEEN | 1 << EQUAL;
    low[0x0e] |= 1 << END;
    (high, low)
}

/// Calls `found` with each place that is told, in order.
pub(super) fn places(text: &[u8], found: &mut dyn FnMut(usize)) {
    personal(text, &TABLES, found);
}

/// What is where in 32 bytes: the bytes of each class.
#[derive(Debug, Default)]
pub(in crate::detect) struct Block([u32; 8]);

impl Block {
    /// From the bytes of each class.
    #[inline(always)]
    pub(in crate::detect) fn of(classes: [u32; 8]) -> Self {
        Self(classes)
    }

    /// The places of this block that are told; `next` stands after it. Of a name it is the last letter.
    #[inline(always)]
    pub(in crate::detect) fn told(&self, next: &Self) -> u32 {
        let both = |class: usize| u64::from(self.0[class]) | u64::from(next.0[class]) << BLOCK;
        let (one, between, upper) = (both(DIGIT), both(BETWEEN), both(UPPER));
        let two = one & one >> 1;
        let four = two & two >> 2;
        let solid = four & four >> 4 & four >> 8 & one >> 12;
        let grouped = four & between >> 4 & four >> 5;
        let ssn = two & one >> 2 & between >> 3 & two >> 4 & between >> 6 & four >> 7;
        let iban = upper & upper >> 1 & two >> 2;
        let phone = both(PLUS) & one >> 1;
        let name = both(END) & (both(EQUAL) | both(QUOTE)) >> 1;
        // Of a run only its first digit counts.
        let starts = !(one << 1);
        ((solid | grouped | ssn) & starts | iban | phone | name) as u32 | self.0[AT]
    }
}
