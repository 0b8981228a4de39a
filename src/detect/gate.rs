//! Finds where a keyword may stand, eight positions at a time, and of which kind bytes are, 32 at a time. One of the
//! two places with `unsafe`.
//!
//! Each keyword is known by its rarest three bytes, folded to five bits each (which makes letters caseless
//! and confuses some punctuation with letters). A bitmap of all such grams, 4 KiB, is looked up for every
//! position; where it says yes, the keywords with that gram are compared. Nothing else decides, so the gate
//! finds exactly what the automaton in `prefilter` finds, which a test holds against random text.

mod shape;

use std::ops::Range;

use super::pii::Block;
use shape::{Classes, State, classes_at};

pub(super) use shape::Shape;

/// Words of the bitmap: 2^15 grams.
const WORDS: usize = 1 << 10;

/// How often each gram occurs in source text, on a logarithmic scale; made by bench/gram_frequency.py.
static FREQUENCY: &[u8; WORDS * 32] = include_bytes!("gram_frequency.bin");

/// A keyword found in the text.
pub(super) struct Found {
    pub(super) at: usize,
    /// Index of the keyword.
    pub(super) keyword: usize,
}

/// A keyword with a certain gram.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The keyword's first eight bytes, folded, and which of them count.
    start: u64,
    mask: u64,
    keyword: u16,
    /// Where in the keyword the gram begins.
    offset: u8,
}

/// The keywords with one gram, and what stands beside it in them.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    /// Where they begin and end in `entries`.
    first: u16,
    end: u16,
    /// Classes of the byte before the gram, and of the byte after it; all of them if one keyword does not say.
    before: u32,
    after: u32,
}

/// The grams of all keywords.
#[derive(Debug)]
pub(super) struct Gate {
    keywords: Vec<&'static [u8]>,
    bitmap: Box<[u32; WORDS]>,
    /// Keywords of gram g: `groups[group_of[g]]`.
    group_of: Vec<u16>,
    groups: Vec<Group>,
    entries: Vec<Entry>,
    farthest: usize,
}

impl Gate {
    /// A gate, if this processor has what it needs and every keyword is long enough.
    pub(super) fn new(keywords: &[&'static [u8]]) -> Option<Self> {
        let fits =
            keywords.len() < usize::from(u16::MAX) && keywords.iter().all(|k| (3..=255).contains(&k.len()));
        (fits && has_avx2()).then(|| Self::build(keywords))
    }

    fn build(keywords: &[&'static [u8]]) -> Self {
        let mut grams: Vec<(usize, u16, u8)> = Vec::with_capacity(keywords.len());
        for (index, keyword) in keywords.iter().enumerate() {
            let offset = rarest(keyword);
            grams.push((gram(&keyword[offset..]), index as u16, offset as u8));
        }
        grams.sort_unstable();
        let mut bitmap = Box::new([0; WORDS]);
        let (mut group_of, mut groups) = (vec![0u16; WORDS * 32], Vec::<Group>::new());
        for (at, &(gram, keyword, offset)) in grams.iter().enumerate() {
            if bitmap[gram >> 5] & (1 << (gram & 31)) == 0 {
                bitmap[gram >> 5] |= 1 << (gram & 31);
                group_of[gram] = groups.len() as u16;
                groups.push(Group { first: at as u16, ..Group::default() });
            }
            let (text, offset) = (keywords[usize::from(keyword)], usize::from(offset));
            let class =
                |at: Option<usize>| at.and_then(|at| text.get(at)).map_or(u32::MAX, |&byte| bit(byte));
            let group = groups.last_mut().expect("the first gram has made one");
            group.end = at as u16 + 1;
            group.before |= class(offset.checked_sub(1));
            group.after |= class(Some(offset + 3));
        }
        let farthest = grams.iter().map(|(_, _, offset)| usize::from(*offset)).max().unwrap_or(0);
        let entry = |(_, keyword, offset): (usize, u16, u8)| {
            let text = keywords[usize::from(keyword)];
            let mask = u64::MAX >> (64 - 8 * text.len().min(8));
            Entry { start: folded(text) & mask, mask, keyword, offset }
        };
        let entries = grams.into_iter().map(entry).collect();
        Self { keywords: keywords.to_vec(), bitmap, group_of, groups, entries, farthest }
    }

    /// Calls `sink` for every keyword that begins in `range`, in order of its gram.
    pub(super) fn hits(&self, bytes: &[u8], range: Range<usize>, sink: &mut dyn FnMut(Found)) {
        // A gram of a keyword that begins in the range begins before this.
        let end = bytes.len().saturating_sub(2).min(range.end + self.farthest);
        let mut at = range.start;
        #[cfg(target_arch = "x86_64")]
        {
            #[expect(unsafe_code, reason = "five times as fast as the automaton on source text")]
            // SAFETY: `new` has made sure that the processor has AVX2.
            unsafe {
                at = self.wide(bytes, at..end, &mut |at| self.compare(bytes, at, &range, sink));
            }
        }
        for at in at..end {
            if self.is_set(gram(&bytes[at..])) {
                self.compare(bytes, at, &range, sink);
            }
        }
    }

    fn is_set(&self, gram: usize) -> bool {
        self.bitmap[gram >> 5] & (1 << (gram & 31)) != 0
    }

    /// Compares the keywords whose gram stands at `at`.
    fn compare(&self, bytes: &[u8], at: usize, range: &Range<usize>, sink: &mut dyn FnMut(Found)) {
        let group = self.groups[usize::from(self.group_of[gram(&bytes[at..])])];
        let before = at.checked_sub(1).map_or(u32::MAX, |at| bit(bytes[at]));
        let after = bytes.get(at + 3).map_or(u32::MAX, |&byte| bit(byte));
        // Most grams stand in other words: one look at their neighbours tells.
        if group.before & before == 0 || group.after & after == 0 {
            return;
        }
        for entry in &self.entries[usize::from(group.first)..usize::from(group.end)] {
            let start = at.wrapping_sub(usize::from(entry.offset));
            let Some(text) = bytes.get(start..) else { continue };
            if folded(text) & entry.mask != entry.start || !range.contains(&start) {
                continue;
            }
            let keyword = self.keywords[usize::from(entry.keyword)];
            if text.len() >= keyword.len() && text[..keyword.len()].eq_ignore_ascii_case(keyword) {
                sink(Found { at: start, keyword: usize::from(entry.keyword) });
            }
        }
    }

    /// Looks up 32 positions a round; returns the first position that was not looked up.
    ///
    /// # Safety
    /// The processor must have AVX2.
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "vector loads and gathers")]
    #[target_feature(enable = "avx2")]
    unsafe fn wide(&self, bytes: &[u8], range: Range<usize>, found: &mut dyn FnMut(usize)) -> usize {
        let mut at = range.start;
        // The last of the four loads of a round reads bytes at + 24 to at + 40.
        while at + 40 <= bytes.len() && at < range.end {
            let mut mask = 0u32;
            for part in 0..4 {
                // SAFETY: at + 8 * part + 16 <= at + 40 <= bytes.len(), by the loop's condition.
                let eight = unsafe { self.eight(bytes.as_ptr().add(at + 8 * part)) };
                mask |= eight << (8 * part);
            }
            while mask != 0 {
                let position = at + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                if position < range.end {
                    found(position);
                }
            }
            at += 32;
        }
        at.min(range.end)
    }

    /// Looks up the grams at eight neighbouring positions; bit i is set if position i may begin one.
    ///
    /// # Safety
    /// The processor must have AVX2, and 16 bytes must be readable at `text`.
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "vector loads and gathers")]
    #[target_feature(enable = "avx2")]
    #[inline]
    unsafe fn eight(&self, text: *const u8) -> u32 {
        use std::arch::x86_64::*;
        // SAFETY: 16 bytes are readable at `text`; the load needs no alignment.
        let loaded = unsafe { _mm_loadu_si128(text.cast()) };
        let both = _mm256_broadcastsi128_si256(loaded);
        let windows = _mm256_shuffle_epi8(
            both,
            _mm256_setr_epi8(
                0, 1, 2, -1, 1, 2, 3, -1, 2, 3, 4, -1, 3, 4, 5, -1, //
                4, 5, 6, -1, 5, 6, 7, -1, 6, 7, 8, -1, 7, 8, 9, -1,
            ),
        );
        let classes = _mm256_and_si256(windows, _mm256_set1_epi32(0x001f_1f1f));
        // c0 + 32 * c1 and c2, then those plus 1024 * c2.
        let pairs = _mm256_maddubs_epi16(classes, _mm256_set1_epi32(0x0001_2001));
        let grams = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x0400_0001));
        let words = _mm256_srli_epi32::<5>(grams);
        // SAFETY: a gram is below 2^15, so its word is below WORDS.
        let gathered = unsafe { _mm256_i32gather_epi32::<4>(self.bitmap.as_ptr().cast(), words) };
        let low = _mm256_set1_epi32(31);
        let to_top = _mm256_and_si256(_mm256_xor_si256(grams, low), low);
        let tops = _mm256_sllv_epi32(gathered, to_top);
        _mm256_movemask_ps(_mm256_castsi256_ps(tops)) as u32
    }
}

/// Bytes that one [`Shape`] is for.
pub(super) const BLOCK: usize = 32;
/// Shortest run of base64 digits that is told. Between 16 and 32.
pub(super) const RUN: usize = 24;

/// Calls `found` with the start and the shape of each 32 bytes in `range` that have one.
pub(super) fn shapes(bytes: &[u8], range: Range<usize>, found: &mut dyn FnMut(usize, Shape)) {
    let mut state = State::at(bytes, range.start);
    let mut at = range.start;
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        #[expect(unsafe_code, reason = "ten times as fast as byte by byte")]
        // SAFETY: the processor has AVX2.
        unsafe {
            at = shapes_wide(bytes, range.clone(), &mut state, found);
        }
    }
    portable_shapes(bytes, at..range.end, &mut state, found);
}

/// The portable way, and what the other one is tested against.
fn portable_shapes(
    bytes: &[u8],
    range: Range<usize>,
    state: &mut State,
    found: &mut dyn FnMut(usize, Shape),
) {
    let mut at = range.start;
    while at < range.end {
        state.step(classes_at(bytes, at)).into_iter().for_each(|shape| found(at, shape));
        at += BLOCK;
    }
    state.step(Classes::default()).into_iter().for_each(|shape| found(at, shape));
}

/// Tells the shapes of as many whole blocks as can be loaded; returns where it has stopped.
///
/// A byte's classes are what the entries of its upper and its lower four bits have in common, in two tables of 16.
///
/// # Safety
/// The processor must have AVX2.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector loads")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn shapes_wide(
    bytes: &[u8],
    range: Range<usize>,
    state: &mut State,
    found: &mut dyn FnMut(usize, Shape),
) -> usize {
    use std::arch::x86_64::*;
    const KIND_HIGH: [u8; 16] = [0x80, 0, 0x68, 0x01, 0x02, 0x14, 0x02, 0x04, 0, 0, 0, 0, 0, 0, 0, 0];
    const KIND_LOW: [u8; 16] =
        [0x45, 0x07, 0x27, 0x07, 0x07, 0x07, 0x07, 0x27, 0x07, 0x87, 0x86, 0x4a, 0x02, 0x8a, 0x42, 0x1a];
    const FIRST_HIGH: [u8; 16] = [0, 0, 0x38, 0xc0, 0, 0x07, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const FIRST_LOW: [u8; 16] = [0x40, 0, 0, 0, 0, 0x08, 0x30, 0, 0, 0, 0, 0, 0x07, 0x80, 0, 0];
    const NEXT_HIGH: [u8; 16] = [0x80, 0, 0x14, 0x8a, 0, 0x01, 0x20, 0x61, 0, 0, 0, 0, 0, 0, 0, 0];
    const NEXT_LOW: [u8; 16] =
        [0x22, 0x22, 0x2a, 0xba, 0x28, 0x29, 0x28, 0x28, 0x61, 0x20, 0xa0, 0x20, 0x20, 0x20, 0x20, 0x24];
    let table = |entries: &[u8; 16]| {
        // SAFETY: 16 bytes are readable at `entries`; the load needs no alignment.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(entries.as_ptr().cast()) })
    };
    let four = _mm256_set1_epi8(15);
    let common = |text: __m256i, (high, low): (__m256i, __m256i)| {
        let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(text), four);
        let lower = _mm256_and_si256(text, four);
        _mm256_and_si256(_mm256_shuffle_epi8(high, upper), _mm256_shuffle_epi8(low, lower))
    };
    let any = |bits: __m256i| !(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bits, _mm256_setzero_si256())) as u32);
    let kinds = (table(&KIND_HIGH), table(&KIND_LOW));
    let (firsts, nexts) = ((table(&FIRST_HIGH), table(&FIRST_LOW)), (table(&NEXT_HIGH), table(&NEXT_LOW)));
    let mut at = range.start;
    // The second of two loads reads one byte beyond the block.
    while at < range.end && at + BLOCK < bytes.len() {
        // SAFETY: at + 33 <= bytes.len(), by the loop's condition.
        let (text, next) = unsafe {
            let start = bytes.as_ptr().add(at);
            (_mm256_loadu_si256(start.cast()), _mm256_loadu_si256(start.add(1).cast()))
        };
        let kind = common(text, kinds);
        let classes = Classes {
            digits: any(_mm256_and_si256(kind, _mm256_set1_epi8(0x1f))),
            quotes: _mm256_movemask_epi8(_mm256_slli_epi16::<2>(kind)) as u32,
            gaps: (_mm256_movemask_epi8(kind) | _mm256_movemask_epi8(_mm256_slli_epi16::<1>(kind))) as u32,
            pairs: any(_mm256_and_si256(common(text, firsts), common(next, nexts))),
        };
        if let Some(shape) = state.step(classes) {
            found(at, shape);
        }
        at += BLOCK;
    }
    at
}

/// Two tables of 16: a byte is of each class of which the entries of its upper and of its lower four bits both have the bit.
pub(super) type Tables = ([u8; 16], [u8; 16]);

/// Calls `found` with each place at which personal data may begin, in order.
pub(super) fn personal(bytes: &[u8], tables: &Tables, found: &mut dyn FnMut(usize)) {
    let (mut at, mut before) = (0, Block::default());
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        #[expect(unsafe_code, reason = "ten times as fast as byte by byte")]
        // SAFETY: the processor has AVX2.
        unsafe {
            (at, before) = personal_wide(bytes, tables, found);
        }
    }
    portable_personal((bytes, at, before), tables, found);
}

/// The portable way, from `at` on, and what the other one is tested against.
fn portable_personal(
    (bytes, at, mut before): (&[u8], usize, Block),
    tables: &Tables,
    found: &mut dyn FnMut(usize),
) {
    let class = |byte: u8| tables.0[usize::from(byte >> 4)] & tables.1[usize::from(byte & 15)];
    for block in (at..bytes.len() + BLOCK).step_by(BLOCK) {
        let mut classes = [0; 8];
        for (place, &byte) in bytes.get(block..).unwrap_or_default().iter().take(BLOCK).enumerate() {
            let class = class(byte);
            classes.iter_mut().zip(0..).for_each(|(bits, of)| *bits |= u32::from(class >> of & 1) << place);
        }
        let next = Block::of(classes);
        tell(before.told(&next), block, found);
        before = next;
    }
}

/// A block is told of when the one at `next` is known.
fn tell(mut told: u32, next: usize, found: &mut dyn FnMut(usize)) {
    while told != 0 {
        found(next - BLOCK + told.trailing_zeros() as usize);
        told &= told - 1;
    }
}

/// The same for as many whole blocks as can be loaded; returns where it has stopped, and the last block.
///
/// # Safety
/// The processor must have AVX2.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector loads")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn personal_wide(bytes: &[u8], tables: &Tables, found: &mut dyn FnMut(usize)) -> (usize, Block) {
    use std::arch::x86_64::*;
    let table = |entries: &[u8; 16]| {
        // SAFETY: 16 bytes are readable at `entries`; the load needs no alignment.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(entries.as_ptr().cast()) })
    };
    let (high, low, four) = (table(&tables.0), table(&tables.1), _mm256_set1_epi8(15));
    let (mut at, mut before) = (0, Block::default());
    while at + BLOCK <= bytes.len() {
        // SAFETY: at + 32 <= bytes.len(), by the loop's condition.
        let text = unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at).cast()) };
        let upper = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16::<4>(text), four));
        let kind = _mm256_and_si256(upper, _mm256_shuffle_epi8(low, _mm256_and_si256(text, four)));
        // The topmost bit of each byte is what is told; each class is moved there.
        let top = |kind: __m256i| _mm256_movemask_epi8(kind) as u32;
        let classes = [
            top(_mm256_slli_epi16::<7>(kind)),
            top(_mm256_slli_epi16::<6>(kind)),
            top(_mm256_slli_epi16::<5>(kind)),
            top(_mm256_slli_epi16::<4>(kind)),
            top(_mm256_slli_epi16::<3>(kind)),
            top(_mm256_slli_epi16::<2>(kind)),
            top(_mm256_slli_epi16::<1>(kind)),
            top(kind),
        ];
        let next = Block::of(classes);
        let told = before.told(&next);
        if told != 0 {
            tell(told, at, found);
        }
        before = next;
        at += BLOCK;
    }
    (at, before)
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

/// The first three bytes as 15 bits.
fn gram(text: &[u8]) -> usize {
    let class = |at: usize| usize::from(text[at] & 31);
    class(0) | class(1) << 5 | class(2) << 10
}

/// The class of a byte as a bit.
fn bit(byte: u8) -> u32 {
    1 << (byte & 31)
}

/// Where the three bytes begin that are least often seen.
fn rarest(keyword: &[u8]) -> usize {
    (0..keyword.len() - 2).min_by_key(|&at| FREQUENCY[gram(&keyword[at..])]).unwrap_or(0)
}

/// Up to eight bytes as a number, with bit 5 set in each, which makes letters caseless.
fn folded(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    match text.first_chunk::<8>() {
        Some(chunk) => bytes = *chunk,
        None => bytes[..text.len()].copy_from_slice(text),
    }
    u64::from_le_bytes(bytes) | 0x2020_2020_2020_2020
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The shapes of a range in both ways.
    fn both(bytes: &[u8], range: Range<usize>) -> [Vec<(usize, Shape)>; 2] {
        let (mut fast, mut portable) = (Vec::new(), Vec::new());
        shapes(bytes, range.clone(), &mut |at, shape| fast.push((at, shape)));
        let mut state = State::at(bytes, range.start);
        portable_shapes(bytes, range, &mut state, &mut |at, shape| portable.push((at, shape)));
        [fast, portable]
    }

    proptest! {
        #[test]
        fn shapes_are_those_of_the_portable_way(
            pieces in proptest::collection::vec(prop_oneof![
                any::<u8>().prop_map(|byte| vec![byte]),
                (any::<u8>(), 1..60usize).prop_map(|(byte, count)| vec![byte; count]),
                proptest::sample::select(&b"\"'+ \n=%&\\0u2x#3aZ_\0\0"[..]).prop_map(|byte| vec![byte]),
                "[A-Za-z0-9+/_-]{10,40}".prop_map(String::into_bytes),
            ], 0..60),
            cut in any::<(u16, u16)>(),
        ) {
            let bytes = pieces.concat();
            let (a, b) = (usize::from(cut.0) % (bytes.len() + 1), usize::from(cut.1) % (bytes.len() + 1));
            for range in [0..bytes.len(), a.min(b)..a.max(b)] {
                let [fast, portable] = both(&bytes, range);
                prop_assert_eq!(fast, portable);
            }
        }
    }

    #[test]
    fn places_of_personal_data_are_those_of_the_portable_way() {
        let mut tables: Tables = Default::default();
        for at in 0..16u8 {
            tables.0[usize::from(at)] = at.wrapping_mul(37) ^ 0x5a;
            tables.1[usize::from(at)] = at.wrapping_mul(91) ^ 0xc6;
        }
        for len in [0, 1, 31, 32, 33, 64, 256, 5000] {
            let bytes: Vec<u8> = (0..len).map(|at: u32| ((at * at) >> 3) as u8).collect();
            let (mut fast, mut portable) = (Vec::new(), Vec::new());
            personal(&bytes, &tables, &mut |at| fast.push(at));
            portable_personal((&bytes, 0, Block::default()), &tables, &mut |at| portable.push(at));
            assert_eq!(fast, portable, "{len}");
            assert!(len < 64 || !fast.is_empty());
        }
    }

    #[test]
    fn every_pair_of_bytes_is_of_the_same_class_in_both_ways() {
        for first in 0..=255 {
            for second in 0..=255 {
                let text: Vec<u8> = [first, second].repeat(48);
                let [fast, portable] = both(&text, 0..text.len());
                assert_eq!(fast, portable, "{first:#x} {second:#x}");
            }
        }
    }
}
