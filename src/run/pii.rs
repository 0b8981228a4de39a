//! Personal data in logs, and everywhere with `--pii`: one finding for each kind in each file, with how often it is there.
//!
//! A log may hold a million addresses; each as a finding would help nobody. Of what was found nothing is shown.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bstr::BString;

use super::{Detector, names};
use crate::detect::pii::{self, Kind};
use crate::env::discover;
use crate::finding::{Finding, FingerprintKey, Identity, LineIndex, LintFacts, Place, Secret, Severity};
use crate::source::Blob;

/// What was found in one file, of one kind.
#[derive(Debug)]
struct Seen {
    count: u64,
    first: Place,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Personal {
    seen: Mutex<BTreeMap<(BString, Kind), Seen>>,
}

impl Personal {
    /// Looks at a piece of text.
    pub(super) fn look(&self, blob: &Blob<'_>) {
        let path = blob.origin.path();
        let found = pii::find(blob.bytes, blob.core.clone());
        if found.is_empty() {
            return;
        }
        let mut first: BTreeMap<Kind, (u64, std::ops::Range<usize>)> = BTreeMap::new();
        for (kind, span) in found {
            first.entry(kind).or_insert((0, span)).0 += 1;
        }
        let lines = LineIndex::new(blob.bytes, blob.start.line, blob.start.byte, blob.start.column);
        let mut seen = self.seen.lock().expect("no thread panics while it holds the lock");
        for (kind, (count, span)) in first {
            let place = Place::new(blob.origin.clone(), lines.span(span));
            let seen =
                seen.entry((path.clone(), kind)).or_insert_with(|| Seen { count: 0, first: place.clone() });
            seen.count += count;
            // Pieces of a large file come in any order.
            if place.span < seen.first.span {
                seen.first = place;
            }
        }
    }

    /// A finding for each kind in each file; in logs that were not asked about, for information.
    pub(super) fn findings(&self, asked: bool, key: &FingerprintKey, detector: &Detector) -> Vec<Finding> {
        let seen = self.seen.lock().expect("no thread panicked");
        let finding = |((path, kind), seen): (&(BString, Kind), &Seen)| {
            let meta = kind.meta();
            let mut place = seen.first.clone();
            place.provenance = place.provenance.with_path(&|path| names::masked(detector, path));
            let identity = Identity::Value(key.fingerprint(&[meta.id.as_bytes(), path].join(&0)));
            let count = match seen.count {
                1 => "once".to_owned(),
                count => format!("{count} times, here first"),
            };
            Finding {
                rule: meta,
                severity: if asked { meta.severity } else { Severity::Info },
                confidence: kind.confidence(),
                identity,
                masked: format!("[redacted] · fp {}", identity.short()),
                secret: Secret::new(b""),
                reasons: Vec::new(),
                decoded_by: Vec::new(),
                places: vec![place],
                environments: Vec::new(),
                exposure: None,
                lint: Some(LintFacts {
                    message: format!("Personal data: {}, {count}", meta.title),
                    environment: crate::env::model::Env::Unknown.name().to_owned(),
                    key: String::new(),
                    related: Vec::new(),
                }),
            }
        };
        seen.iter().map(finding).collect()
    }
}

/// Whether a file is a log by its name.
pub(super) fn is_log(path: &[u8]) -> bool {
    discover::is_log(&String::from_utf8_lossy(path))
}
