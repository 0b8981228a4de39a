//! Finds objects in a pack's index, faster than by halving it.

use gix::odb::pack::index;
use memmap2::Mmap;

/// Finds the number of an id with two cache misses or three, where a binary search has twenty.
pub(super) struct Fan {
    /// Number of the first id of each slot; a slot is what the first bits of an id say.
    first: Vec<u32>,
    /// The fifth to eighth byte of each id.
    tags: Vec<u32>,
    shift: u32,
}

impl Fan {
    /// About four ids a slot: their tags lie in one cache line, and the slots fit the second-level cache.
    pub(super) fn new(index: &index::File<Mmap>) -> Self {
        let bits = (index.num_objects() / 4).max(256).ilog2();
        let shift = 32 - bits;
        let mut first = vec![0u32; (1 << bits) + 1];
        let mut tags = Vec::with_capacity(index.num_objects() as usize);
        for number in 0..index.num_objects() {
            let id = index.oid_at_index(number);
            first[word(id, 0) as usize >> shift] += 1;
            tags.push(word(id, 4));
        }
        let mut before = 0;
        for slot in &mut first {
            before += std::mem::replace(slot, before);
        }
        Self { first, tags, shift }
    }

    /// The numbers of the ids that begin as this one does.
    pub(super) fn slot(&self, id: &gix::oid) -> (u32, u32) {
        let slot = word(id, 0) as usize >> self.shift;
        (self.first[slot], self.first[slot + 1])
    }

    /// Those of a slot's numbers that may be this id's.
    pub(super) fn in_slot(&self, slot: (u32, u32), id: &gix::oid) -> impl Iterator<Item = u32> {
        let tag = word(id, 4);
        (slot.0..slot.1).filter(move |&number| self.tags[number as usize] == tag)
    }
}

fn word(id: &gix::oid, at: usize) -> u32 {
    let bytes = id.as_bytes();
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
