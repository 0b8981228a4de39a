//! How long each value has been exposed: brought in, taken out, and held by which branches and tags.
//!
//! Set by set, not commit by commit: a commit holds a set of blobs with hits, a set holds values, and most
//! commits hold the set of their parent.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::finding::{CommitRef, Exposure, Fingerprint, Release};
use crate::source::history::{Attribution, History, ObjectNumber};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Which values each object holds, and what is to be told about each.
pub(super) struct Exposures<'a> {
    history: &'a History,
    attribution: &'a Attribution,
    /// Values of each set.
    held: Vec<BTreeSet<Fingerprint>>,
    events: BTreeMap<Fingerprint, Events>,
}

/// Commits at which a value came and went, parents before children.
#[derive(Default)]
struct Events {
    introduced: Vec<ObjectNumber>,
    removed: Vec<ObjectNumber>,
}

impl<'a> Exposures<'a> {
    /// Follows the values through all commits; `values` names those of an object.
    pub(super) fn new(
        history: &'a History,
        attribution: &'a Attribution,
        values: &dyn Fn(ObjectNumber) -> Vec<Fingerprint>,
    ) -> Self {
        let of_set = |set: &Vec<ObjectNumber>| set.iter().flat_map(|&object| values(object)).collect();
        let held = attribution.sets.iter().map(of_set).collect();
        let mut all = Self { history, attribution, held, events: BTreeMap::new() };
        for step in &attribution.steps {
            all.take(step.commit, step.own, &step.parents);
        }
        for (&message, commit) in &attribution.messages {
            // A message stays as long as its commit does.
            for value in values(message).into_iter().filter(|_| commit.is_some()) {
                all.events.entry(value).or_default().introduced.push(message);
            }
        }
        all
    }

    fn take(&mut self, commit: ObjectNumber, own: usize, parents: &[usize]) {
        let own = &self.held[own];
        let before: BTreeSet<&Fingerprint> = parents.iter().flat_map(|&set| &self.held[set]).collect();
        for value in own.iter().filter(|value| !before.contains(value)) {
            self.events.entry(*value).or_default().introduced.push(commit);
        }
        for value in before.into_iter().filter(|value| !own.contains(value)) {
            self.events.entry(*value).or_default().removed.push(commit);
        }
    }

    /// The exposure of every value that references lead to; `today` in seconds since 1970 UTC.
    pub(super) fn all(&self, at_head: &BTreeSet<Fingerprint>, today: i64) -> HashMap<Fingerprint, Exposure> {
        let of_head = self.history.of_head();
        let starts: Vec<_> = self.events.values().map(|events| events.introduced.clone()).collect();
        let leading = self.history.count_refs_leading(&starts);
        let mut holders = self.holders();
        let mut out = HashMap::new();
        for ((value, events), refs_leading) in self.events.iter().zip(leading) {
            let mut exposure = holders.remove(value).unwrap_or_default();
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
        // Values that only tags on blobs or trees hold have no commit.
        out.extend(holders.into_iter().map(|(value, held)| (value, Exposure { reachable: true, ..held })));
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
    fn holders(&self) -> HashMap<Fingerprint, Exposure> {
        let mut out: HashMap<Fingerprint, Exposure> = HashMap::new();
        for holder in &self.attribution.holders {
            let branch =
                ["refs/heads/", "refs/remotes/"].iter().find_map(|start| holder.name.strip_prefix(start));
            let tag = holder.name.strip_prefix("refs/tags/");
            for value in &self.held[holder.set] {
                let exposure = out.entry(*value).or_default();
                exposure.branches.extend(branch.map(str::to_owned));
                exposure.tags.extend(tag.map(str::to_owned));
                let time = self.history.commit(holder.target).map(|commit| commit.commit_time);
                if let (Some(tag), Some(time)) = (tag, time)
                    && exposure.first_release.as_ref().is_none_or(|first| time < first.time)
                {
                    exposure.first_release = Some(Release { tag: tag.to_owned(), time });
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
