//! Commits and references: who is whose parent, what a reference leads to.

use std::collections::{BTreeMap, BinaryHeap};
use std::cmp::Reverse;
use std::sync::Mutex;

use gix::objs::{CommitRef, TagRefIter};

use super::store::{Number, Store};
use super::visit::visit_all;
use super::{Kind, Progress};
use crate::finding::Coverage;

/// A commit, as far as attribution needs it.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub(super) tree: Option<Number>,
    pub(super) parents: Vec<Number>,
    pub(super) author_time: i64,
    pub(super) commit_time: i64,
}

/// The commits of a repository, by object number.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) commits: BTreeMap<Number, Commit>,
    /// What tags lead to.
    pub(super) tags: BTreeMap<Number, Option<Number>>,
    /// Objects that commits and tags name and that are not here: the object, and who names it.
    pub(super) missing: Vec<(gix::ObjectId, Number)>,
}

impl Graph {
    /// Reads all commits and tags; `text` is called with the bytes of each.
    pub(super) fn read(
        store: &Store,
        progress: &Progress,
        coverage: &mut Coverage,
        text: &(dyn Fn(Number, &[u8]) + Sync),
    ) -> Self {
        let graph = Mutex::new(Self::default());
        let lock = || graph.lock().expect("no thread panics while it holds the lock");
        visit_all(store, Kind::Commit, progress, coverage, &|object, _: Option<&()>| {
            if object.counts {
                text(object.number, object.bytes);
                let (commit, missing) = parse_commit(store, object.bytes);
                let mut graph = lock();
                graph.commits.insert(object.number, commit);
                graph.missing.extend(missing.into_iter().map(|id| (id, object.number)));
            }
        });
        visit_all(store, Kind::Tag, progress, coverage, &|object, _: Option<&()>| {
            if object.counts {
                text(object.number, object.bytes);
                let target = TagRefIter::from_bytes(object.bytes, store.hash).target_id().ok();
                let number = target.and_then(|id| store.number(&id));
                let mut graph = lock();
                graph.tags.insert(object.number, number);
                graph.missing.extend(target.filter(|_| number.is_none()).map(|id| (id, object.number)));
            }
        });
        graph.into_inner().expect("no thread panicked")
    }

    /// Follows tags to what they lead to.
    pub(super) fn peel(&self, mut number: Number) -> Option<Number> {
        for _ in 0..64 {
            match self.tags.get(&number) {
                Some(target) => number = (*target)?,
                None => return Some(number),
            }
        }
        None
    }

    /// All commits that lead back from `tips`, parents before children, older before younger.
    pub(super) fn ordered_from(&self, tips: &[Number]) -> Vec<Number> {
        let mut waiting: BTreeMap<Number, usize> = BTreeMap::new();
        let mut children: BTreeMap<Number, Vec<Number>> = BTreeMap::new();
        let mut open: Vec<Number> = tips.iter().copied().filter(|tip| self.commits.contains_key(tip)).collect();
        while let Some(number) = open.pop() {
            if waiting.contains_key(&number) {
                continue;
            }
            let parents = &self.commits[&number].parents;
            let known = parents.iter().filter(|parent| self.commits.contains_key(parent));
            waiting.insert(number, known.clone().count());
            for &parent in known {
                children.entry(parent).or_default().push(number);
                open.push(parent);
            }
        }
        let key = |number: Number| Reverse((self.commits[&number].commit_time, number));
        let mut ready: BinaryHeap<_> = waiting.iter().filter(|(_, n)| **n == 0).map(|(&number, _)| key(number)).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(Reverse((_, number))) = ready.pop() {
            order.push(number);
            for &child in children.get(&number).into_iter().flatten() {
                let left = waiting.get_mut(&child).expect("every child was walked");
                *left -= 1;
                if *left == 0 {
                    ready.push(key(child));
                }
            }
        }
        order
    }
}

fn parse_commit(store: &Store, bytes: &[u8]) -> (Commit, Vec<gix::ObjectId>) {
    let mut missing = Vec::new();
    let Ok(parsed) = CommitRef::from_bytes(bytes, store.hash) else {
        return (Commit { tree: None, parents: Vec::new(), author_time: 0, commit_time: 0 }, missing);
    };
    let mut number = |id: gix::ObjectId| {
        let number = store.number(&id);
        if number.is_none() {
            missing.push(id);
        }
        number
    };
    let tree = number(parsed.tree());
    let parents = parsed.parents().filter_map(&mut number).collect();
    let time = |signature: gix::Result<gix::actor::SignatureRef<'_>>| {
        signature.ok().and_then(|signature| signature.time().ok()).map_or(0, |time| time.seconds)
    };
    let (author_time, commit_time) = (time(parsed.author()), time(parsed.committer()));
    (Commit { tree, parents, author_time, commit_time }, missing)
}
