//! Which commits are new: those that some tips lead to and others do not.
//!
//! Commits are visited newest first and the walk ends where nothing new is left, so a short range of a long
//! history costs little. Committer times may be wrong; then a few old commits may count as new, never the
//! other way round: only what a known commit leads to is left out.

use std::collections::{BinaryHeap, HashMap, HashSet};

use gix::ObjectId;

use super::objects::{Commit, Objects};

/// Known commits that are visited after the last new one, for times that are a little out of order.
const SLOP: usize = 64;

/// What is new.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// The new commits, in the order of their committer times and ids.
    pub(super) commits: Vec<Commit>,
    /// New commits at which a shallow history ends.
    pub(super) shallow: Vec<ObjectId>,
}

/// Walks from `tips`, leaving out what `known` leads to. Without known commits, everything is new.
pub(super) fn walk(
    objects: &Objects,
    tips: &[ObjectId],
    known: &[ObjectId],
    shallow: &HashSet<ObjectId>,
) -> Walked {
    let mut walk = Walk { objects, shallow, seen: HashMap::new(), queue: BinaryHeap::new(), open: 0 };
    known.iter().for_each(|id| walk.reach(*id, true));
    tips.iter().for_each(|id| walk.reach(*id, false));
    walk.run();
    let mut out = Walked::default();
    let fresh = walk.seen.into_values().filter(|seen| !seen.known).filter_map(|seen| seen.commit);
    out.commits.extend(fresh);
    out.commits.sort_unstable_by_key(|commit| (commit.commit_time, commit.id));
    out.shallow.extend(out.commits.iter().map(|commit| commit.id).filter(|id| shallow.contains(id)));
    out
}

#[derive(Default)]
struct Seen {
    /// Nothing where it cannot be read.
    commit: Option<Commit>,
    known: bool,
    done: bool,
}

struct Walk<'a> {
    objects: &'a Objects,
    shallow: &'a HashSet<ObjectId>,
    seen: HashMap<ObjectId, Seen>,
    /// Committer time and id of what is to be visited.
    queue: BinaryHeap<(i64, ObjectId)>,
    /// How many in the queue are new as far as is known.
    open: usize,
}

impl Walk<'_> {
    /// Notes that a tip or a commit leads here.
    fn reach(&mut self, id: ObjectId, known: bool) {
        if !self.seen.contains_key(&id) {
            let mut commit = match known {
                true => self.objects.peek_commit(&id),
                false => self.objects.commit(&id, &"a commit of what was to be scanned"),
            };
            if let Some(commit) = commit.as_mut().filter(|_| self.shallow.contains(&id)) {
                commit.parents.clear();
            }
            if let Some(commit) = &commit {
                self.queue.push((commit.commit_time, id));
                self.open += usize::from(!known);
            }
            let done = commit.is_none();
            self.seen.insert(id, Seen { commit, known, done });
            return;
        }
        if !known {
            return;
        }
        // What was thought to be new is not; what was visited already must tell its parents.
        let mut again = vec![id];
        while let Some(id) = again.pop() {
            let Some(seen) = self.seen.get_mut(&id).filter(|seen| !seen.known) else { continue };
            seen.known = true;
            match seen.done {
                true => again.extend(seen.commit.iter().flat_map(|commit| commit.parents.iter().copied())),
                false => self.open -= 1,
            }
        }
    }

    fn run(&mut self) {
        let mut slop = SLOP;
        while slop > 0 {
            let Some((_, id)) = self.queue.pop() else { break };
            let seen = self.seen.get_mut(&id).expect("what is queued was seen");
            seen.done = true;
            let known = seen.known;
            let parents = seen.commit.as_ref().map(|commit| commit.parents.clone()).unwrap_or_default();
            self.open -= usize::from(!known);
            parents.into_iter().for_each(|parent| self.reach(parent, known));
            slop = if self.open > 0 { SLOP } else { slop - 1 };
        }
    }
}
