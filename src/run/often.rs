//! A value that a stream repeats without end is kept at so many places; further ones are counted, so that memory stays bounded.

use std::collections::HashMap;

use super::Settings;
use super::collect::Collector;
use crate::finding::{Coverage, Fingerprint};

/// Places of one value under one rule that are kept.
const MOST: u32 = 10_000;

/// How often each value was seen.
#[derive(Debug)]
pub(super) struct Often {
    seen: HashMap<(&'static str, Fingerprint), u32>,
    /// Hits of the collector that were counted.
    counted: usize,
    dropped: u64,
}

impl Often {
    /// Counts what the collector gets from here on.
    pub(super) fn after(collector: &Collector<'_>) -> Self {
        let counted = collector.hits.lock().expect("no thread panics while it holds the lock").len();
        Self { counted, seen: HashMap::new(), dropped: 0 }
    }

    /// Drops those of the new hits that are beyond the most.
    pub(super) fn limit(&mut self, collector: &Collector<'_>, settings: &Settings) {
        let mut hits = collector.hits.lock().expect("no thread panics while it holds the lock");
        let new = hits.split_off(self.counted);
        let before = new.len();
        hits.extend(new.into_iter().filter(|hit| {
            let seen =
                self.seen.entry((hit.rule.id, settings.key.fingerprint(hit.secret.expose()))).or_default();
            *seen = seen.saturating_add(1);
            *seen <= MOST
        }));
        self.dropped += (self.counted + before - hits.len()) as u64;
        self.counted = hits.len();
    }

    /// Says how many places are not told.
    pub(super) fn note(&self, coverage: &mut Coverage) {
        if self.dropped > 0 {
            coverage.note(format!(
                "<stdin>: {} more places of values that stand at {MOST} places are not listed",
                self.dropped
            ));
        }
    }
}
