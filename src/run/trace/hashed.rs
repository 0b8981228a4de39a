//! Values that are known by their hash only: found where a rule finds a candidate whose hash is one of them.

use std::collections::HashMap;

use crate::finding::{Confidence, LintFacts, Verdict};
use crate::run::collect::Collector;
use crate::run::{Settings, merge};
use crate::trace::Hashes;

use super::findings::{META, committed};

/// The findings of rules whose values have these hashes, named by their variables.
pub(in crate::run) fn verdict(collector: Collector<'_>, settings: &Settings, hashes: &Hashes) -> Verdict {
    let mut hits = collector.hits.lock().expect("no thread panicked");
    let name = |value: &[u8]| hashes.names(&settings.key.fingerprint(value).hex());
    let mut names: HashMap<Vec<u8>, String> = HashMap::new();
    hits.retain(|hit| match name(hit.secret.expose()) {
        Some(name) => {
            names.insert(hit.secret.expose().to_vec(), name);
            true
        }
        None => false,
    });
    // One finding a value, whatever rules say of it and however sure they are.
    for hit in hits.iter_mut() {
        hit.rule = META;
        hit.prefix_len = 0;
        hit.confidence = Confidence::High;
        hit.severity = META.severity;
    }
    drop(hits);
    let mut verdict = merge::verdict(collector, settings);
    for finding in &mut verdict.shown {
        let name = names.get(finding.secret.expose()).cloned().unwrap_or_default();
        let history = finding.places.iter().any(|place| place.provenance.is_history());
        let told = if history { committed(finding.exposure.as_ref()) } else { "in files".to_owned() };
        let places = finding.places.len();
        finding.reasons.clear();
        finding.lint = Some(LintFacts {
            message: format!("{name}: {told}; {places} place{} in all", if places == 1 { "" } else { "s" }),
            environment: "shared".into(),
            key: name,
            related: Vec::new(),
        });
    }
    verdict
}
