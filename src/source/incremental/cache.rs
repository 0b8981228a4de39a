//! Unpacked delta bases, kept for a while: versions of one file are built on the same ones.

use std::collections::{HashMap, VecDeque};

use gix::objs::Kind;
use gix::odb::pack::cache::DecodeEntry;

/// Bytes that are kept, for each thread, if that is not limited.
const CAPACITY: usize = 32 << 20;

/// Those that are larger than this part of all would drive out too many others.
const LARGEST: usize = 16;

/// What was unpacked last; the oldest gives way.
pub(super) struct Bases {
    capacity: usize,
    kept: HashMap<(u32, u64), (Kind, Vec<u8>, usize)>,
    order: VecDeque<(u32, u64)>,
    bytes: usize,
}

impl Bases {
    /// Keeps so many bytes, and never more than is of use.
    pub(super) fn new(capacity: Option<usize>) -> Self {
        let capacity = capacity.unwrap_or(CAPACITY).min(CAPACITY);
        Self { capacity, kept: HashMap::new(), order: VecDeque::new(), bytes: 0 }
    }
}

impl DecodeEntry for Bases {
    fn put(&mut self, pack_id: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        let key = (pack_id, offset);
        if data.len() > self.capacity / LARGEST || self.kept.contains_key(&key) {
            return;
        }
        self.bytes += data.len();
        self.kept.insert(key, (kind, data.to_vec(), compressed_size));
        self.order.push_back(key);
        while self.bytes > self.capacity {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= self.kept.remove(&oldest).map_or(0, |(_, data, _)| data.len());
        }
    }

    fn get(&mut self, pack_id: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let (kind, data, compressed_size) = self.kept.get(&(pack_id, offset))?;
        out.clear();
        out.extend_from_slice(data);
        Some((*kind, *compressed_size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_gives_way_and_what_is_kept_is_bounded() {
        for (asked, capacity) in [(None, CAPACITY), (Some(CAPACITY * 2), CAPACITY), (Some(1 << 20), 1 << 20)]
        {
            let largest = capacity / LARGEST;
            let mut bases = Bases::new(asked);
            for n in 0..40_u64 {
                bases.put(1, n, &vec![n as u8; largest], Kind::Blob, 7);
                assert!(bases.bytes <= capacity);
            }
            let mut out = Vec::new();
            assert!(bases.get(1, 0, &mut out).is_none());
            assert_eq!(bases.get(1, 39, &mut out), Some((Kind::Blob, 7)));
            assert_eq!(out, vec![39; largest]);
            bases.put(1, 40, &vec![0; largest + 1], Kind::Blob, 7);
            assert!(bases.get(1, 40, &mut out).is_none() && bases.get(2, 39, &mut out).is_none());
        }
    }
}
