//! The four-byte grams by which patterns are found: a bitmap that says no to most of a text, and a table by hash.
//!
//! Both grow with the number of grams, so that of 20,000 values a position of a text still meets few.

/// Bytes of a gram.
pub(super) const GRAM: usize = 4;

/// Bits of the bitmap, and buckets of the table, as powers of two: at least, and at most.
const BITMAP_BITS: (u32, u32) = (20, 27);
const BUCKET_BITS: (u32, u32) = (16, 22);

/// A gram of a pattern.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gram {
    pub(super) bytes: u32,
    pub(super) pattern: u32,
    pub(super) offset: u32,
}

/// All grams that are looked for.
#[derive(Debug)]
pub(super) struct Grams {
    bitmap: Vec<u64>,
    bitmap_bits: u32,
    bucket_bits: u32,
    /// Grams of bucket b: `grams[buckets[b]..buckets[b + 1]]`.
    buckets: Vec<u32>,
    grams: Vec<Gram>,
}

impl Grams {
    /// Those of a bucket stay in the order in which they come.
    pub(super) fn new(all: &[Gram]) -> Self {
        let bits = |count: usize, (least, most): (u32, u32)| {
            count.next_power_of_two().trailing_zeros().clamp(least, most)
        };
        let (bitmap_bits, bucket_bits) = (bits(all.len() * 4, BITMAP_BITS), bits(all.len() / 4, BUCKET_BITS));
        let mut bitmap = vec![0; 1 << (bitmap_bits - 6)];
        let mut buckets = vec![0_u32; (1 << bucket_bits) + 1];
        for gram in all {
            let bit = bit(gram.bytes, bitmap_bits);
            bitmap[bit >> 6] |= 1 << (bit & 63);
            buckets[bucket(gram.bytes, bucket_bits) + 1] += 1;
        }
        let mut sum = 0;
        for end in &mut buckets {
            sum += *end;
            *end = sum;
        }
        let (mut next, mut grams) = (buckets.clone(), vec![Gram::default(); all.len()]);
        for gram in all {
            let place = &mut next[bucket(gram.bytes, bucket_bits)];
            grams[*place as usize] = *gram;
            *place += 1;
        }
        Self { bitmap, bitmap_bits, bucket_bits, buckets, grams }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.grams.is_empty()
    }

    /// Whether these bytes may be one of them.
    pub(super) fn may_have(&self, bytes: u32) -> bool {
        let bit = bit(bytes, self.bitmap_bits);
        self.bitmap[bit >> 6] & (1 << (bit & 63)) != 0
    }

    /// Those with these bytes.
    pub(super) fn of(&self, bytes: u32) -> impl Iterator<Item = &Gram> {
        let bucket = bucket(bytes, self.bucket_bits);
        let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        self.grams[range].iter().filter(move |gram| gram.bytes == bytes)
    }
}

fn bit(gram: u32, bits: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

fn bucket(gram: u32, bits: u32) -> usize {
    (gram.wrapping_mul(0x85eb_ca6b) >> (32 - bits)) as usize
}
