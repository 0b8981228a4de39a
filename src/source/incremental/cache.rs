//! Unpacked delta bases, kept for a while: versions of one file are built on the same ones.

use std::collections::{HashMap, VecDeque};

use gix::objs::Kind;
use gix::odb::pack::cache::DecodeEntry;

/// Bytes that are kept, for each thread.
const CAPACITY: usize = 32 << 20;

/// Larger ones would drive out too many others.
const LARGEST: usize = CAPACITY / 16;

/// What was unpacked last; the oldest gives way.
#[derive(Default)]
pub(super) struct Bases {
    kept: HashMap<(u32, u64), (Kind, Vec<u8>, usize)>,
    order: VecDeque<(u32, u64)>,
    bytes: usize,
}

impl DecodeEntry for Bases {
    fn put(&mut self, pack_id: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        let key = (pack_id, offset);
        if data.len() > LARGEST || self.kept.contains_key(&key) {
            return;
        }
        self.bytes += data.len();
        self.kept.insert(key, (kind, data.to_vec(), compressed_size));
        self.order.push_back(key);
        while self.bytes > CAPACITY {
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
        let mut bases = Bases::default();
        for n in 0..40_u64 {
            bases.put(1, n, &vec![n as u8; LARGEST], Kind::Blob, 7);
            assert!(bases.bytes <= CAPACITY);
        }
        let mut out = Vec::new();
        assert!(bases.get(1, 0, &mut out).is_none());
        assert_eq!(bases.get(1, 39, &mut out), Some((Kind::Blob, 7)));
        assert_eq!(out, vec![39; LARGEST]);
        bases.put(1, 40, &vec![0; LARGEST + 1], Kind::Blob, 7);
        assert!(bases.get(1, 40, &mut out).is_none() && bases.get(2, 39, &mut out).is_none());
    }
}
