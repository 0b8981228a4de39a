//! Follows known values through files and histories: where each stands, since when, and whether it is in use.
//!
//! What is found is kept apart from what rules find: a known value is named by its variable, never by itself.

mod findings;
mod hashed;
mod history;
mod lint;
mod names;
mod place;

use std::collections::HashMap;
use std::sync::Mutex;

use bstr::BString;

pub(super) use findings::{META as TRACED, Traces};
pub(super) use hashed::verdict as with_hashes;
pub(super) use history::Objects;
pub(super) use lint::Leaks;

use crate::detect::Detector;
use crate::finding::{Exposure, LineIndex, Place, Provenance, Secret};
use crate::run::names::masked;
use crate::source::{Blob, Start};
use crate::trace::{Encoding, Sighting, Tracer};

/// Where a zero byte tells that a text is none: git looks at 8,000 bytes, git-filter-repo at 8,192.
const BINARY: usize = 8_192;

/// The values of a run, and where they were seen.
#[derive(Debug)]
pub(super) struct Tracing {
    pub(super) tracer: Tracer,
    found: Mutex<Found>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Places of values.
    pub(super) seen: Vec<Seen>,
    /// What the history tells of each value.
    pub(super) exposures: HashMap<u32, Exposure>,
    /// How each value is written in objects of the history: the bytes themselves.
    pub(super) spellings: HashMap<u32, Vec<Secret>>,
    /// Env files that were in the history and are gone.
    pub(super) env_files: Vec<EnvFile>,
}

/// A value at one place.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) value: u32,
    pub(super) encoding: Encoding,
    pub(super) place: Place,
    /// Only in objects that no reference leads to.
    pub(super) unreachable: bool,
    /// In what git takes for no text, by a zero byte near its start.
    pub(super) in_binary: bool,
    /// In the lines of a commit or tag that say who made it, before its message.
    pub(super) in_header: bool,
}

/// An env file that a commit holds and HEAD does not.
#[derive(Debug, Clone)]
pub(super) struct EnvFile {
    /// Its first version.
    pub(super) place: Place,
    pub(super) exposure: Exposure,
}

impl Tracing {
    pub(super) fn new(tracer: Tracer) -> Self {
        Self { tracer, found: Mutex::default() }
    }

    /// Looks for the values in a part of a file or stream.
    pub(super) fn file_blob(&self, blob: &Blob<'_>, detector: &Detector) {
        let sightings = self.tracer.find_in(blob.bytes, blob.core.clone());
        if !sightings.is_empty() {
            let origin = blob.origin.clone().with_path(&|path| masked(detector, path));
            let seen = self.seen(&simplest(sightings), blob.bytes, blob.start, &origin);
            self.change(|found| found.seen.extend(seen));
        }
    }

    /// What was found so far.
    pub(super) fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.found.lock().expect("no thread panics while it holds the lock")
    }

    fn change(&self, change: impl FnOnce(&mut Found)) {
        change(&mut self.found());
    }

    /// Keeps the texts in which values are written.
    fn spelled(&self, bytes: &[u8], sightings: &[Sighting]) {
        if sightings.is_empty() {
            return;
        }
        self.change(|found| {
            for sighting in sightings {
                let text = Secret::new(&bytes[sighting.span.clone()]);
                let spellings = found.spellings.entry(sighting.value).or_default();
                if !spellings.contains(&text) {
                    spellings.push(text);
                }
            }
        });
    }

    /// Sightings with their places; without excerpts, for the lines may hold other secrets.
    fn seen(&self, sightings: &[Sighting], bytes: &[u8], start: Start, origin: &Provenance) -> Vec<Seen> {
        let lines = LineIndex::new(bytes, start.line, start.byte, start.column);
        let origin = origin.clone().with_path(&|path| self.masked(path));
        let seen = |sighting: &Sighting| Seen {
            value: sighting.value,
            encoding: sighting.encoding,
            unreachable: false,
            in_binary: bytes[..bytes.len().min(BINARY)].contains(&0),
            in_header: false,
            place: Place {
                encoding: Some(sighting.encoding.name()).filter(|name| !name.is_empty()),
                ..Place::new(origin.clone(), lines.span(sighting.span.clone()))
            },
        };
        sightings.iter().map(seen).collect()
    }

    /// The path with every known value in it masked.
    fn masked(&self, path: &[u8]) -> BString {
        let mut out = BString::default();
        let mut at = 0;
        for sighting in self.tracer.find(path).iter().filter(|sighting| sighting.span.len() < path.len() * 2)
        {
            if sighting.span.start >= at {
                out.extend_from_slice(&path[at..sighting.span.start]);
                out.extend_from_slice(b"[redacted]");
                at = sighting.span.end;
            }
        }
        out.extend_from_slice(&path[at..]);
        out
    }
}

/// Of sightings of one value that overlap, the first and simplest.
fn simplest(mut sightings: Vec<Sighting>) -> Vec<Sighting> {
    sightings.sort_by_key(|one| (one.value, one.span.start, one.encoding));
    sightings.dedup_by(|next, kept| next.value == kept.value && next.span.start < kept.span.end);
    sightings.sort_by_key(|one| (one.span.start, one.value));
    sightings
}
