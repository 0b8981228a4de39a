//! Secrets in names: of files and folders, of branches and tags. And names that are printed, masked.

use bstr::BString;

use super::collect::{Collector, Found, Hit};
use crate::detect::{Detector, Match, PlaceFacts};
use crate::finding::{Coverage, Finding, Provenance, Secret, partly_shown};
use crate::source::Start;

/// Whether there is a secret in a name.
pub(super) fn is_named(detector: &Detector, name: &[u8]) -> bool {
    !detector.find(name, &PlaceFacts::ANY).matches.is_empty()
}

/// What is found in one name, as hits at `origin`.
pub(super) fn hits(
    collector: &Collector<'_>,
    detector: &Detector,
    name: &[u8],
    origin: &Provenance,
) -> Vec<(Match, Hit)> {
    let settled = detector.find(name, &PlaceFacts::ANY);
    let found = Found { bytes: name, settled: &settled, start: Start::default(), origin };
    let mut hits = collector.hits_of(detector, &found);
    // A line hash of a name would be compared with those of lines.
    hits.iter_mut().for_each(|(_, hit)| hit.place.line_hash = None);
    hits
}

/// What is found in the names that make up the path of a file or member.
pub(super) fn hits_in_path(
    collector: &Collector<'_>,
    detector: &Detector,
    origin: &Provenance,
) -> Vec<(Match, Hit)> {
    let (Provenance::File(path) | Provenance::Member { name: path, .. }) = origin else { return Vec::new() };
    if !is_named(detector, path) {
        return Vec::new();
    }
    path.split(|&byte| byte == b'/').flat_map(|name| hits(collector, detector, name, origin)).collect()
}

/// What is found in the names of files that could not be read.
pub(super) fn of_gaps(coverage: &Coverage, collector: &Collector<'_>, detector: &Detector) {
    for gap in coverage.gaps() {
        let origin = Provenance::File(gap.place.as_str().into());
        collector.add(hits_in_path(collector, detector, &origin).into_iter().map(|(_, hit)| hit));
    }
}

/// What was not scanned, with every value in a name masked.
pub(super) fn mask(coverage: &mut Coverage, detector: &Detector) {
    coverage.reword(|text| match is_named(detector, text.as_bytes()) {
        true => masked(detector, text.as_bytes()).to_string(),
        false => text.to_owned(),
    });
}

/// Masks every value in the names of findings that no rule has made: of the lint, and of traces.
pub(super) fn mask_places(findings: &mut [Finding], detector: &Detector) {
    let mask = |path: &[u8]| match is_named(detector, path) {
        true => masked(detector, path),
        false => path.into(),
    };
    for finding in findings {
        let related = finding.lint.iter_mut().flat_map(|lint| &mut lint.related);
        for place in finding.places.iter_mut().chain(related) {
            place.provenance = place.provenance.clone().with_path(&mask);
        }
    }
}

/// The path with every value in it masked.
pub(super) fn masked(detector: &Detector, path: &[u8]) -> BString {
    let mut out = BString::default();
    for (at, name) in path.split(|&byte| byte == b'/').enumerate() {
        if at > 0 {
            out.push(b'/');
        }
        let mut from = 0;
        let mut matches = detector.find(name, &PlaceFacts::ANY).matches;
        matches.sort_by_key(|found| found.value.start);
        for found in matches.iter().filter(|found| found.value.start < found.value.end) {
            if found.value.start < from {
                continue;
            }
            out.extend_from_slice(&name[from..found.value.start]);
            let rule = &detector.rules()[usize::from(found.rule)];
            let value = Secret::new(&name[found.value.start..found.value.end]);
            // What an encoded text begins with is no public prefix.
            let prefix = if found.decoded.is_some() { 0 } else { rule.secret_prefix.len() };
            out.extend_from_slice(partly_shown(&value, prefix).as_bytes());
            from = found.value.end;
        }
        out.extend_from_slice(&name[from..]);
    }
    out
}
