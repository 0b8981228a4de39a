//! Joins the hits of one value into findings, names them, and decides what is shown.
//!
//! A value is one finding a rule; but where a rule tells what the value is, its finding takes over the
//! places at which only a name tells that it is a credential.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::collect::{Collector, Hit};
use super::pairs::{self, Group};
use super::{Settings, mapped};
use crate::detect::WRONG_CHECK;
use crate::finding::{Exposure, Finding, Fingerprint, HiddenReason, Identity, Verdict, partly_shown};

/// Findings from all hits; hidden ones counted.
pub(super) fn verdict(collector: Collector<'_>, settings: &Settings) -> Verdict {
    let hits = collector.hits.into_inner().expect("no thread panicked");
    let exposures = collector.exposures.into_inner().expect("no thread panicked");
    let mut groups = pairs::join(by_value(hits, settings), settings);
    for group in &mut groups {
        group.hits.sort_by_cached_key(|hit| (hit.place.sort_key(), hit.rule.id));
    }
    groups.sort_by_cached_key(|group| (group.hits[0].place.sort_key(), group.hits[0].rule.id));
    let mut verdict = Verdict::default();
    let mut ordinals: HashMap<(String, Vec<u8>, Vec<u8>), u64> = HashMap::new();
    for Group { hits: mut group, parts } in groups {
        let finding_hidden = hidden(&group, settings);
        if finding_hidden.is_none() {
            group.retain(|hit| !hit.allowed);
        }
        let exposure = exposure(&group, &exposures, settings);
        let mut finding = Finding { exposure, ..finding(group, settings, &mut ordinals) };
        finding.places.extend(parts);
        match finding_hidden {
            Some(why) => *verdict.hidden.entry(why).or_default() += 1,
            None => verdict.shown.push(finding),
        }
    }
    verdict.sort();
    verdict
}

/// The hits of each value, by rule. Sorted in place, since a table of lists would take more than the hits themselves.
fn by_value(mut hits: Vec<Hit>, settings: &Settings) -> Vec<Vec<Hit>> {
    hits.sort_by_cached_key(|hit| (settings.key.fingerprint(hit.secret.expose()), hit.rule.id));
    let mut groups: Vec<Vec<Hit>> = Vec::new();
    let mut hits = hits.into_iter().peekable();
    while let Some(first) = hits.next() {
        let value = first.secret.clone();
        // Most values stand at one place.
        let mut rules = BTreeMap::from([(first.rule.id, Vec::with_capacity(1))]);
        rules.entry(first.rule.id).or_default().push(first);
        while let Some(hit) = hits.next_if(|hit| hit.secret.expose() == value.expose()) {
            rules.entry(hit.rule.id).or_default().push(hit);
        }
        mapped::drop_repeats(&mut rules);
        let mut of_value: Vec<Vec<Hit>> = rules.into_values().collect();
        take_over(&mut of_value, settings);
        groups.extend(of_value);
    }
    groups
}

/// Adds the findings of the environment lint.
pub(super) fn join(verdict: &mut Verdict, linted: Vec<Finding>, hidden: BTreeMap<HiddenReason, usize>) {
    verdict.shown.extend(linted);
    for (why, count) in hidden {
        *verdict.hidden.entry(why).or_default() += count;
    }
    verdict.sort();
}

/// The finding that tells most of the value takes over the places of those that only go by a name.
///
/// What is hidden takes nothing over, and what only unreachable objects hold stays apart.
fn take_over(groups: &mut Vec<Vec<Hit>>, settings: &Settings) {
    let told = |group: &&mut Vec<Hit>| group[0].own_format && hidden(group, settings).is_none();
    let by_name = |group: &mut Vec<Hit>| {
        !group[0].own_format && hidden(group, settings) != Some(HiddenReason::Unreachable)
    };
    let taken: Vec<Hit> = match groups.iter_mut().any(|group| told(&group)) {
        true => groups.extract_if(.., by_name).flatten().collect(),
        false => return,
    };
    let most = groups.iter_mut().filter(told).max_by_key(|group| {
        let surest = group.iter().map(|hit| (hit.confidence, hit.severity)).max();
        (surest, Reverse(group[0].rule.id))
    });
    most.expect("there is one").extend(taken);
}

pub(super) fn hidden(group: &[Hit], settings: &Settings) -> Option<HiddenReason> {
    if !settings.unreachable && group.iter().all(|hit| hit.unreachable) {
        Some(HiddenReason::Unreachable)
    } else if settings.strict && group.iter().all(|hit| hit.reasons.contains(&WRONG_CHECK)) {
        Some(HiddenReason::Checksum)
    } else if group.iter().all(|hit| hit.confidence < settings.confidence) {
        Some(HiddenReason::Confidence)
    } else if group.iter().all(|hit| hit.allowed) {
        Some(HiddenReason::Allowed)
    } else {
        None
    }
}

fn finding(
    group: Vec<Hit>,
    settings: &Settings,
    ordinals: &mut HashMap<(String, Vec<u8>, Vec<u8>), u64>,
) -> Finding {
    let telling = group.iter().max_by_key(|hit| (hit.own_format, hit.confidence)).expect("a group has hits");
    let (telling, first) = (telling.clone(), &group[0]);
    let path = first.place.provenance.path().to_vec();
    let ordinal =
        ordinals.entry((telling.rule.id.into(), path.clone(), first.key_name.to_vec())).or_default();
    *ordinal += 1;
    let place: [&[u8]; 4] = [telling.rule.id.as_bytes(), &path, &first.key_name, &ordinal.to_le_bytes()];
    let identity = settings.key.identity(&first.secret, &place);
    let chain = group.iter().map(|hit| &hit.chain).min_by_key(|chain| (chain.len(), *chain));
    let decoded_by = chain.into_iter().flatten().map(|name| (*name).to_owned()).collect();
    let mut places: Vec<_> = group.iter().map(|hit| hit.place.clone()).collect();
    places.dedup_by(|b, a| a.sort_key() == b.sort_key());
    Finding {
        rule: telling.rule,
        severity: group.iter().map(|hit| hit.severity).max().unwrap_or(telling.severity),
        confidence: group.iter().map(|hit| hit.confidence).max().unwrap_or(telling.confidence),
        identity,
        masked: masked(&telling, identity),
        secret: first.secret.clone(),
        reasons: reasons(&telling),
        decoded_by,
        places,
        environments: Vec::new(),
        exposure: None,
        lint: None,
    }
}

fn reasons(hit: &Hit) -> Vec<String> {
    hit.reasons.iter().map(|reason| (*reason).to_owned()).chain(hit.facts.iter().cloned()).collect()
}

fn masked(hit: &Hit, identity: Identity) -> String {
    format!("{} · fp {}", partly_shown(&hit.secret, hit.prefix_len), identity.short())
}

/// What the history tells of the value, whatever rule saw it there; nothing if it is not in the history.
fn exposure(
    group: &[Hit],
    exposures: &HashMap<Fingerprint, Exposure>,
    settings: &Settings,
) -> Option<Exposure> {
    let in_history = group.iter().any(|hit| hit.place.provenance.is_history());
    let print = || settings.key.fingerprint(group[0].secret.expose());
    in_history.then(|| exposures.get(&print()).cloned().unwrap_or_default())
}
