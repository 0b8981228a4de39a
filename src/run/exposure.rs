//! How long each value has been exposed: brought in, taken out, and held by which branches and tags.
//!
//! Set by set, not commit by commit: a commit holds a set of blobs with hits, a set holds values, and most
//! commits hold the set of their parent. Sets share what they have in common (`Sets`), those of objects as those of
//! values: n commits that each bring one value take about n log n, and each is compared with its parents by what differs.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::finding::{CommitRef, Exposure, Fingerprint, Release};
use crate::source::history::{Attribution, History, Images, ObjectNumber, Set};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A value, by its place in the list of all.
type Place = u32;

/// Which values each object holds, and what is to be told about each.
pub(super) struct Exposures<'a> {
    history: &'a History,
    attribution: &'a Attribution,
    /// All values, in the order of the objects: so those of neighbours are neighbours.
    values: Vec<Fingerprint>,
    places: HashMap<Fingerprint, Place>,
    /// Values of each object, by its number in sets.
    of: Vec<Set>,
    /// Values of sets of objects.
    held: Images,
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
    /// Follows the values through all commits; `of` gives those of each object.
    pub(super) fn new(
        history: &'a History,
        attribution: &'a Attribution,
        of: &dyn Fn(ObjectNumber) -> Vec<Fingerprint>,
    ) -> Self {
        let (values, places, events, brought, held) = Default::default();
        let mut all = Self { history, attribution, values, places, of: Vec::new(), held, events, brought };
        for &object in attribution.sets.parts().1 {
            let held = all.places_of(of(object));
            let set = all.held.sets.of_sorted(&held);
            all.of.push(set);
        }
        for step in &attribution.steps {
            all.take(step.commit, step.own, &step.parents);
        }
        // A message stays as long as its commit does.
        for message in attribution.messages.iter().filter(|(_, commit)| commit.is_some()).map(|(id, _)| *id) {
            for value in all.places_of(of(message)) {
                all.events[value as usize].introduced.push(message);
            }
        }
        all
    }

    /// The places of values, sorted; those that are new get one.
    fn places_of(&mut self, values: Vec<Fingerprint>) -> Vec<Place> {
        let mut place = |value: Fingerprint| {
            let next = self.values.len() as Place;
            let place = *self.places.entry(value).or_insert(next);
            if place == next {
                self.values.push(value);
                self.events.push(Events::default());
            }
            place
        };
        let mut places: Vec<Place> = values.into_iter().map(&mut place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The values that a set of objects holds.
    fn values_of(&mut self, set: Set) -> Set {
        let sets = self.attribution.sets.parts().0;
        self.held.of((sets, set), &self.of)
    }

    fn take(&mut self, commit: ObjectNumber, own: Set, parents: &[Set]) {
        let own = self.values_of(own);
        let parents: Vec<Set> = parents.iter().map(|&set| self.values_of(set)).collect();
        for value in self.held.sets.minus(own, &parents) {
            self.events[value as usize].introduced.push(commit);
            self.brought.insert((commit, value));
        }
        let gone = parents.iter().flat_map(|&parent| self.held.sets.minus(parent, &[own]));
        for value in gone.collect::<BTreeSet<Place>>() {
            self.events[value as usize].removed.push(commit);
        }
    }

    /// Whether the trees of a commit hold a value that none of its parents' trees holds.
    pub(super) fn brings(&self, commit: ObjectNumber, value: Fingerprint) -> bool {
        self.places.get(&value).is_some_and(|&place| self.brought.contains(&(commit, place)))
    }

    /// The exposure of every value that references lead to; `today` in seconds since 1970 UTC. `shown` masks values in
    /// the names of references.
    pub(super) fn all(
        &mut self,
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
    fn holders(&mut self, shown: &dyn Fn(&str) -> String) -> HashMap<Fingerprint, Exposure> {
        let mut out: HashMap<Fingerprint, Exposure> = HashMap::new();
        // What a reference holds that is neither is told once for all such that hold the same.
        let mut others: BTreeSet<Set> = BTreeSet::new();
        for holder in &self.attribution.holders {
            let branch =
                ["refs/heads/", "refs/remotes/"].iter().find_map(|start| holder.name.strip_prefix(start));
            let tag = holder.name.strip_prefix("refs/tags/");
            let (branch, tag) = (branch.map(shown), tag.map(shown));
            let is_other = branch.is_none() && tag.is_none();
            if is_other && !others.insert(holder.set) {
                continue;
            }
            let held = self.values_of(holder.set);
            for value in self.held.sets.list(held) {
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

/// Whole days from a commit until then; none for a commit that says it is younger.
fn days(since: Option<&CommitRef>, until: i64) -> Option<u64> {
    u64::try_from(until.saturating_sub(since?.commit_time) / DAY).ok().or(Some(0))
}
