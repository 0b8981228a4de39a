//! A credential of several parts is one finding: that of its secret half. What only names it, such as a key id, becomes
//! a place of that finding where the two stand together, and stays a finding of its own where it stands alone.

use std::collections::{HashMap, HashSet};

use bstr::BString;

use super::Settings;
use super::collect::Hit;
use super::merge::hidden;
use crate::finding::{Fingerprint, Place, Severity};

/// A value and a path.
type Spot = (Fingerprint, BString);

/// Hits of one value under one rule, and the places of what names it.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) hits: Vec<Hit>,
    pub(super) parts: Vec<Place>,
}

/// Moves the places of halves that only name to the secrets that they stand with.
pub(super) fn join(groups: Vec<Vec<Hit>>, settings: &Settings) -> Vec<Group> {
    let mut groups: Vec<Group> = groups.into_iter().map(|hits| Group { hits, parts: Vec::new() }).collect();
    let wanted = wanted(&groups, settings);
    if wanted.is_empty() {
        return groups;
    }
    let mut moved: HashMap<Spot, Vec<Place>> = HashMap::new();
    for group in &mut groups {
        let print = settings.key.fingerprint(group.hits[0].secret.expose());
        let named = |hit: &mut Hit| {
            let spot = spot_of(print, hit);
            let is_part = wanted.get(&spot).is_some_and(|severity| hit.severity < *severity);
            if is_part {
                let place = Place { part: Some(hit.rule.title), ..hit.place.clone() };
                moved.entry(spot).or_default().push(place);
            }
            is_part
        };
        group.hits.extract_if(.., named).for_each(drop);
    }
    groups.retain(|group| !group.hits.is_empty());
    for group in &mut groups {
        let spots: HashSet<Spot> =
            group.hits.iter().filter_map(|hit| Some(spot_of(hit.pair?, hit))).collect();
        let parts = spots.iter().flat_map(|spot| moved.get(spot).into_iter().flatten());
        group.parts = parts.cloned().collect();
        group.parts.sort_by_cached_key(Place::sort_key);
    }
    groups
}

/// What stands beside secrets that are shown, and how bad the worst of these is.
fn wanted(groups: &[Group], settings: &Settings) -> HashMap<Spot, Severity> {
    let mut wanted: HashMap<Spot, Severity> = HashMap::new();
    let shown = groups.iter().filter(|group| hidden(&group.hits, settings).is_none());
    for hit in shown.flat_map(|group| &group.hits).filter(|hit| !hit.allowed) {
        if let Some(pair) = hit.pair {
            let severity = wanted.entry(spot_of(pair, hit)).or_insert(hit.severity);
            *severity = hit.severity.max(*severity);
        }
    }
    wanted
}

fn spot_of(print: Fingerprint, hit: &Hit) -> Spot {
    (print, hit.place.provenance.path())
}
