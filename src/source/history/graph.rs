//! Commits and references: who is whose parent, what a reference leads to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Mutex;

use gix::objs::{CommitRef, TagRefIter};

use super::snapshot::Known;
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

/// The commits of a repository.
#[derive(Debug, Default)]
pub(super) struct Graph {
    commits: Vec<Commit>,
    /// Place in `commits` by object number; [`NO_COMMIT`] for other objects.
    places: Vec<u32>,
    /// What tags lead to.
    pub(super) tags: BTreeMap<Number, Option<Number>>,
    /// Objects that commits and tags name and that are not here: the object, and who names it.
    pub(super) missing: Vec<(gix::ObjectId, Number)>,
}

const NO_COMMIT: u32 = u32::MAX;

impl Graph {
    /// The commit with this number, if it is one.
    pub(super) fn commit(&self, number: Number) -> Option<&Commit> {
        let place = *self.places.get(number as usize)?;
        self.commits.get(place as usize)
    }

    /// All commits, by number.
    pub(super) fn all(&self) -> impl Iterator<Item = (Number, &Commit)> {
        (0..self.places.len() as Number).filter_map(|number| Some((number, self.commit(number)?)))
    }

    /// The commits and tags that an earlier scan has read.
    pub(super) fn of_known(store: &Store, known: &mut Known) -> Self {
        let mut graph = Self { places: vec![NO_COMMIT; store.len()], ..Self::default() };
        std::mem::take(&mut known.commits).into_iter().for_each(|(number, commit)| graph.add(number, commit));
        graph.tags = std::mem::take(&mut known.tags).into_iter().collect();
        graph
    }

    fn add(&mut self, number: Number, commit: Commit) {
        self.places[number as usize] = self.commits.len() as u32;
        self.commits.push(commit);
    }

    /// Reads all commits and tags that are new; `text` is called with the bytes of each.
    pub(super) fn read(
        self,
        store: &Store,
        progress: &Progress,
        coverage: &mut Coverage,
        text: &(dyn Fn(Number, &[u8]) + Sync),
    ) -> Self {
        let graph = Mutex::new(self);
        let lock = || graph.lock().expect("no thread panics while it holds the lock");
        visit_all(store, Kind::Commit, progress, coverage, &|object, _: Option<&()>| {
            if object.counts {
                text(object.number, object.bytes);
                let (commit, missing) = parse_commit(store, object.bytes);
                let mut graph = lock();
                graph.add(object.number, commit);
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
        let mut waiting: Vec<Option<u32>> = vec![None; self.places.len()];
        let mut edges: Vec<(Number, Number)> = Vec::new();
        let mut ready = BinaryHeap::new();
        let mut open: Vec<Number> = tips.to_vec();
        while let Some(number) = open.pop() {
            let Some(commit) = self.commit(number).filter(|_| waiting[number as usize].is_none()) else {
                continue;
            };
            let known = commit.parents.iter().copied().filter(|parent| self.commit(*parent).is_some());
            let before = edges.len();
            edges.extend(known.map(|parent| (parent, number)));
            open.extend(edges[before..].iter().map(|(parent, _)| parent));
            waiting[number as usize] = Some((edges.len() - before) as u32);
            if edges.len() == before {
                ready.push(Reverse((commit.commit_time, number)));
            }
        }
        let children = Adjacency::new(&edges, self.places.len());
        let mut order = Vec::new();
        while let Some(Reverse((_, number))) = ready.pop() {
            order.push(number);
            for &child in children.of(number) {
                let left = waiting[child as usize].as_mut().expect("every child was walked");
                *left -= 1;
                if let (0, Some(commit)) = (*left, self.commit(child)) {
                    ready.push(Reverse((commit.commit_time, child)));
                }
            }
        }
        order
    }
}

impl Graph {
    /// Which commits `starts` lead back to, starts included; by object number.
    pub(super) fn ancestors(&self, starts: &[Number]) -> Vec<bool> {
        let mut seen = vec![false; self.places.len()];
        let mut open = starts.to_vec();
        while let Some(number) = open.pop() {
            if let Some(commit) = self.commit(number)
                && !std::mem::replace(&mut seen[number as usize], true)
            {
                open.extend(&commit.parents);
            }
        }
        seen
    }

    /// Commits that are not in `order`, parents before children.
    pub(super) fn lost(&self, order: &[Number]) -> Vec<Number> {
        if order.len() == self.commits.len() {
            return Vec::new();
        }
        let mut known = vec![false; self.places.len()];
        order.iter().for_each(|&number| known[number as usize] = true);
        let all: Vec<Number> =
            (0..self.places.len() as Number).filter(|&n| self.commit(n).is_some()).collect();
        self.ordered_from(&all).into_iter().filter(|&number| !known[number as usize]).collect()
    }

    /// For each of up to 64 groups of commits, a bit on every commit that has one of the group in its history.
    ///
    /// `order` holds parents before children.
    pub(super) fn descendants(&self, groups: &[Vec<Number>], order: &[Number]) -> Vec<u64> {
        let mut bits = vec![0u64; self.places.len()];
        for (bit, group) in groups.iter().take(64).enumerate() {
            group.iter().for_each(|&start| bits[start as usize] |= 1 << bit);
        }
        for &number in order {
            let parents = self.commit(number).map_or(&[][..], |commit| &commit.parents);
            bits[number as usize] |= parents.iter().fold(0, |all, &parent| all | bits[parent as usize]);
        }
        bits
    }
}

/// Who follows whom, by object number, in one array.
#[derive(Debug)]
pub(super) struct Adjacency {
    first: Vec<u32>,
    targets: Vec<Number>,
}

impl Adjacency {
    /// From edges `(from, to)` between numbers below `len`.
    pub(super) fn new(edges: &[(Number, Number)], len: usize) -> Self {
        let mut first = vec![0u32; len + 1];
        for (from, _) in edges {
            first[*from as usize + 1] += 1;
        }
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut next = first.clone();
        let mut targets = vec![0; edges.len()];
        for &(from, to) in edges {
            let slot = &mut next[from as usize];
            targets[*slot as usize] = to;
            *slot += 1;
        }
        Self { first, targets }
    }

    /// What follows `number`.
    pub(super) fn of(&self, number: Number) -> &[Number] {
        &self.targets[self.first[number as usize] as usize..self.first[number as usize + 1] as usize]
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
