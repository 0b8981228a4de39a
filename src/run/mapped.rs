//! Leads what was found in generated code back to where it comes from, by the source map beside it or in it.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};

use super::collect::{Collector, Hit};
use super::names;
use crate::detect::Detector;
use crate::finding::{Coverage, Original, Provenance};
use crate::source::bundle;

/// Tells every place in generated code of the work tree its origin. A map that cannot be read is a note.
pub(super) fn lead_back(collector: &Collector<'_>, detector: &Detector, coverage: &mut Coverage) {
    let mut hits = collector.hits.lock().expect("no thread panics while it holds the lock");
    let mut files: BTreeMap<BString, Vec<usize>> = BTreeMap::new();
    for (index, hit) in hits.iter().enumerate() {
        if let Provenance::File(path) = &hit.place.provenance
            && bundle::is_generated(path)
            && hit.place.original.is_none()
        {
            files.entry(path.clone()).or_default().push(index);
        }
    }
    for (path, indices) in files {
        let Ok(path) = path.to_path() else { continue };
        let starts: Vec<u64> = indices.iter().map(|&index| hits[index].place.span.start).collect();
        match bundle::originals(path, &starts) {
            Err(why) => coverage.note(why),
            Ok(originals) => {
                for (index, original) in indices.into_iter().zip(originals) {
                    hits[index].place.original =
                        original.map(|original| masked(collector, detector, original));
                }
            }
        }
    }
}

fn masked(collector: &Collector<'_>, detector: &Detector, original: Original) -> Box<Original> {
    let path = match collector.settings.show_secrets {
        true => original.path,
        false => names::masked(detector, &original.path),
    };
    Box::new(Original { path, ..original })
}

/// Drops, of one value, what was seen in a map's encoded text where its sources tell the same in clear.
pub(super) fn drop_repeats(rules: &mut BTreeMap<&'static str, Vec<Hit>>) {
    let outer = |hit: &Hit| match &hit.place.provenance {
        Provenance::Member { outer, .. } => Some(outer.as_ref().clone()),
        _ => None,
    };
    let maps: Vec<Provenance> = rules.values().flatten().filter_map(outer).collect();
    if maps.is_empty() {
        return;
    }
    let is_repeat = |hit: &Hit| !hit.chain.is_empty() && maps.contains(&hit.place.provenance);
    rules.values_mut().for_each(|hits| hits.retain(|hit| !is_repeat(hit)));
    rules.retain(|_, hits| !hits.is_empty());
}
