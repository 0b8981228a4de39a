//! Joins hits of one value under one rule into findings, names them, and decides what is shown.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::Settings;
use super::collect::{Collector, Hit};
use crate::finding::{
    CommitRef, Exposure, Finding, Fingerprint, HiddenReason, Identity, Verdict, partly_shown,
};

/// Findings from all hits; hidden ones counted.
pub(super) fn verdict(collector: Collector<'_>, settings: &Settings) -> Verdict {
    let hits = collector.hits.into_inner().expect("no thread panicked");
    let mut groups: BTreeMap<(&'static str, Fingerprint), Vec<Hit>> = BTreeMap::new();
    for hit in hits {
        let print = settings.key.fingerprint(hit.secret.expose());
        groups.entry((hit.rule.id, print)).or_default().push(hit);
    }
    let mut groups: Vec<Vec<Hit>> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort_by_cached_key(|hit| hit.place.sort_key()));
    groups.sort_by_cached_key(|group| (group[0].place.sort_key(), group[0].rule.id));
    let mut verdict = Verdict::default();
    let mut ordinals: HashMap<(String, Vec<u8>, Vec<u8>), u64> = HashMap::new();
    for group in groups {
        let finding_hidden = hidden(&group, settings);
        let finding = finding(group, settings, &mut ordinals);
        match finding_hidden {
            Some(why) => *verdict.hidden.entry(why).or_default() += 1,
            None => verdict.shown.push(finding),
        }
    }
    verdict.shown.sort_by_cached_key(|finding| {
        (
            Reverse(finding.severity),
            Reverse(finding.confidence),
            finding.places[0].sort_key(),
            finding.rule.id,
        )
    });
    verdict
}

fn hidden(group: &[Hit], settings: &Settings) -> Option<HiddenReason> {
    if !settings.unreachable && group.iter().all(|hit| hit.unreachable) {
        Some(HiddenReason::Unreachable)
    } else if group.iter().all(|hit| hit.confidence < settings.confidence) {
        Some(HiddenReason::Confidence)
    } else {
        None
    }
}

fn finding(
    group: Vec<Hit>,
    settings: &Settings,
    ordinals: &mut HashMap<(String, Vec<u8>, Vec<u8>), u64>,
) -> Finding {
    let surest = group.iter().max_by_key(|hit| hit.confidence).expect("a group has hits").clone();
    let first = &group[0];
    let path = first.place.provenance.path().to_vec();
    let ordinal = ordinals.entry((first.rule.id.into(), path.clone(), first.key_name.to_vec())).or_default();
    *ordinal += 1;
    let place: [&[u8]; 4] = [first.rule.id.as_bytes(), &path, &first.key_name, &ordinal.to_le_bytes()];
    let identity = settings.key.identity(&first.secret, &place);
    let exposure = exposure(&group);
    let mut places: Vec<_> = group.iter().map(|hit| hit.place.clone()).collect();
    places.dedup_by(|b, a| a.sort_key() == b.sort_key());
    Finding {
        rule: surest.rule,
        severity: group.iter().map(|hit| hit.severity).max().unwrap_or(surest.severity),
        confidence: surest.confidence,
        identity,
        masked: masked(&surest, identity),
        secret: first.secret.clone(),
        reasons: surest.reasons.iter().map(|reason| (*reason).to_owned()).collect(),
        decoded_by: Vec::new(),
        places,
        exposure,
    }
}

fn masked(hit: &Hit, identity: Identity) -> String {
    format!("{} · fp {}", partly_shown(&hit.secret, hit.prefix_len), identity.short())
}

fn exposure(group: &[Hit]) -> Option<Exposure> {
    let in_history: Vec<&Hit> = group.iter().filter(|hit| hit.place.provenance.is_history()).collect();
    if in_history.is_empty() {
        return None;
    }
    let mut introduced: Vec<CommitRef> =
        in_history.iter().filter(|hit| hit.introduces).filter_map(|hit| hit.place.commit.clone()).collect();
    introduced.sort();
    introduced.dedup();
    let at_head = in_history.iter().any(|hit| hit.value_at_head);
    Some(Exposure { introduced, at_head, reachable: in_history.iter().any(|hit| !hit.unreachable) })
}
