//! How long each value has been exposed: brought in, taken out, and held by which branches and tags.
//!
//! Set by set, not commit by commit: a commit holds a set of blobs with hits, a set holds values, and most
//! commits hold the set of their parent.

use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use crate::finding::{CommitRef, Exposure, Fingerprint, Release};
use crate::source::history::{Attribution, History, ObjectNumber};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A value, by its place in the sorted list of all.
type Place = u32;

/// Which values each object holds, and what is to be told about each.
pub(super) struct Exposures<'a> {
    history: &'a History,
    attribution: &'a Attribution,
    /// All values, sorted.
    values: Vec<Fingerprint>,
    /// Values of each set that commits or references hold, sorted.
    held: Vec<Vec<Place>>,
    /// By value.
    events: Vec<Events>,
    /// Commits and the values that they brought in.
    brought: HashSet<(ObjectNumber, Place)>,
}

/// Commits at which a value came and went, parents before children.
#[derive(Default)]
struct Events {
    introduced: Vec<ObjectNumber>,
    removed: Vec<ObjectNumber>,
}

impl<'a> Exposures<'a> {
    /// Follows the values through all commits; `values` are those of each object.
    pub(super) fn new(
        history: &'a History,
        attribution: &'a Attribution,
        values: HashMap<ObjectNumber, Vec<Fingerprint>>,
    ) -> Self {
        let all: BTreeSet<Fingerprint> = values.values().flatten().copied().collect();
        let all: Vec<Fingerprint> = all.into_iter().collect();
        let place = |value: &Fingerprint| all.binary_search(value).ok().map(|place| place as Place);
        let placed = |(object, values): (ObjectNumber, Vec<Fingerprint>)| {
            (object, values.iter().filter_map(place).collect())
        };
        let of: HashMap<ObjectNumber, Vec<Place>> = values.into_iter().map(placed).collect();
        let is_asked = asked_for(attribution);
        let of_set = |set: usize| match is_asked[set] {
            true => sorted(attribution.sets.of(set).filter_map(|object| of.get(&object)).flatten().copied()),
            false => Vec::new(),
        };
        let held = (0..attribution.sets.count()).into_par_iter().map(of_set).collect();
        let events = all.iter().map(|_| Events::default()).collect();
        let brought = HashSet::new();
        let mut exposures = Self { history, attribution, values: all, held, events, brought };
        for step in &attribution.steps {
            exposures.take(step.commit, step.own, &step.parents);
        }
        // A message stays as long as its commit does.
        for message in attribution.messages.iter().filter(|(_, commit)| commit.is_some()).map(|(id, _)| *id) {
            for &value in of.get(&message).into_iter().flatten() {
                exposures.events[value as usize].introduced.push(message);
            }
        }
        exposures
    }

    fn take(&mut self, commit: ObjectNumber, own: usize, parents: &[usize]) {
        let own = &self.held[own];
        let in_parents = |value| parents.iter().any(|&set| self.held[set].binary_search(value).is_ok());
        for &value in own.iter().filter(|value| !in_parents(value)) {
            self.events[value as usize].introduced.push(commit);
            self.brought.insert((commit, value));
        }
        let before = parents.iter().flat_map(|&set| self.held[set].iter().copied());
        for value in sorted(before.filter(|value| own.binary_search(value).is_err())) {
            self.events[value as usize].removed.push(commit);
        }
    }

    /// Whether the trees of a commit hold a value that none of its parents' trees holds.
    pub(super) fn brings(&self, commit: ObjectNumber, value: Fingerprint) -> bool {
        let place = self.values.binary_search(&value);
        place.is_ok_and(|place| self.brought.contains(&(commit, place as Place)))
    }

    /// The exposure of every value that references lead to; `today` in seconds since 1970 UTC. `shown` masks values in
    /// the names of references.
    pub(super) fn all(
        &self,
        at_head: &BTreeSet<Fingerprint>,
        today: i64,
        shown: &dyn Fn(&str) -> String,
    ) -> HashMap<Fingerprint, Exposure> {
        let of_head = self.history.of_head();
        let starts: Vec<_> = self.events.iter().map(|events| events.introduced.clone()).collect();
        let leading = self.history.count_refs_leading(&starts);
        let mut holders = self.holders(shown);
        let mut out = HashMap::new();
        for (at, refs_leading) in leading.into_iter().enumerate() {
            let (value, events) = (&self.values[at], &self.events[at]);
            let holder = holders.remove(value);
            if events.introduced.is_empty() && events.removed.is_empty() {
                // Values that only tags on blobs or trees hold have no commit.
                out.extend(holder.map(|held| (*value, Exposure { reachable: true, ..held })));
                continue;
            }
            let mut exposure = holder.unwrap_or_default();
            exposure.introduced = self.commits(&events.introduced);
            exposure.removed = self.commits(&events.removed);
            exposure.at_head = at_head.contains(value);
            exposure.reachable = true;
            exposure.refs_leading = refs_leading;
            exposure.days_reachable = days(exposure.introduced.first(), today);
            let in_head = |commits: &[ObjectNumber]| -> Vec<ObjectNumber> {
                commits.iter().copied().filter(|&commit| of_head(commit)).collect()
            };
            let gone = self.commits(&in_head(&events.removed)).last().map(|commit| commit.commit_time);
            let until = if exposure.at_head { today } else { gone.unwrap_or(today) };
            let first = self.commits(&in_head(&events.introduced)).into_iter().next();
            exposure.days_at_head = days(first.as_ref(), until);
            out.insert(*value, exposure);
        }
        out
    }

    /// The commits, oldest first.
    fn commits(&self, numbers: &[ObjectNumber]) -> Vec<CommitRef> {
        let mut commits: Vec<CommitRef> =
            numbers.iter().filter_map(|&number| self.history.commit(number)).collect();
        commits.sort();
        commits.dedup();
        commits
    }

    /// Which branches and tags hold each value now.
    fn holders(&self, shown: &dyn Fn(&str) -> String) -> HashMap<Fingerprint, Exposure> {
        let mut out: HashMap<Fingerprint, Exposure> = HashMap::new();
        // What a reference holds that is neither is told once for all such that hold the same.
        let mut others: BTreeSet<usize> = BTreeSet::new();
        for holder in &self.attribution.holders {
            let branch =
                ["refs/heads/", "refs/remotes/"].iter().find_map(|start| holder.name.strip_prefix(start));
            let tag = holder.name.strip_prefix("refs/tags/");
            let (branch, tag) = (branch.map(shown), tag.map(shown));
            let is_other = branch.is_none() && tag.is_none();
            if is_other && !others.insert(holder.set) {
                continue;
            }
            for &value in &self.held[holder.set] {
                let exposure = out.entry(self.values[value as usize]).or_default();
                exposure.branches.extend(branch.clone());
                exposure.tags.extend(tag.clone());
                let time = self.history.commit(holder.target).map(|commit| commit.commit_time);
                if let (Some(tag), Some(time)) = (&tag, time)
                    && exposure.first_release.as_ref().is_none_or(|first| time < first.time)
                {
                    exposure.first_release = Some(Release { tag: tag.clone(), time });
                }
            }
        }
        out
    }
}

/// Which sets commits or references hold; the others only stand on the way to them.
fn asked_for(attribution: &Attribution) -> Vec<bool> {
    let mut asked = vec![false; attribution.sets.count()];
    for step in &attribution.steps {
        asked[step.own] = true;
        step.parents.iter().for_each(|&set| asked[set] = true);
    }
    attribution.holders.iter().for_each(|holder| asked[holder.set] = true);
    asked
}

fn sorted(values: impl Iterator<Item = Place>) -> Vec<Place> {
    let mut values: Vec<Place> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Whole days from a commit until then; none for a commit that says it is younger.
fn days(since: Option<&CommitRef>, until: i64) -> Option<u64> {
    u64::try_from(until.saturating_sub(since?.commit_time) / DAY).ok().or(Some(0))
}
