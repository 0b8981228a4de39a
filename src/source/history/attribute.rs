//! Which commit brought a value in, at which path, and whether HEAD still holds it.
//!
//! Only trees that lead to blobs with hits are looked at. What a tree holds is a set of such blobs; sets share what they
//! have in common, so that a commit is compared with its parents by what differs.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::graph::Graph;
use super::leading::Leading;
use super::ranks::Ranks;
use super::sets::{Set, Sets};
use super::snapshot::Known;
use super::store::{Number, Store};
use super::{Kind, ObjectNumber, Step};

/// Sets of hit objects; a number in them is a place among the objects.
#[derive(Debug, Default)]
pub struct ObjectSets {
    sets: Sets,
    objects: Vec<ObjectNumber>,
}

impl ObjectSets {
    /// The sets, and the object of each number.
    #[must_use]
    pub fn parts(&self) -> (&Sets, &[ObjectNumber]) {
        (&self.sets, &self.objects)
    }
}

/// A commit that brought hit blobs in.
pub(super) struct Introduction {
    pub(super) commit: Number,
    /// Hit blobs that no parent holds.
    pub(super) new: BTreeSet<Number>,
}

/// What trees hold of the hit blobs.
pub(super) struct Holdings<'a> {
    pub(super) store: &'a Store,
    pub(super) leading: Leading,
    sets: Sets,
    /// The objects that the numbers in sets stand for: those of an earlier scan, then the others.
    objects: Vec<Number>,
    /// Those objects, and the number of each.
    all: (Ranks, Vec<u32>),
    hits: Ranks,
    /// Trees that lead to hits.
    trees: Vec<Number>,
    ranks: Ranks,
    /// What each of them holds.
    of_tree: Vec<Set>,
    /// The lowest number in that.
    lowest: Vec<u32>,
    /// Trees that lead back to themselves.
    pub(super) forged: Vec<Number>,
}

/// What the entries of a tree hold: numbers of hits, and the sets of subtrees by the lowest number in each, which stays
/// the same in most versions of a folder.
#[derive(Default)]
struct Held {
    hits: Vec<u32>,
    sets: Vec<(u32, Set)>,
}

/// The children of each tree by their places: those of hits follow those of trees.
struct Kids {
    /// Children of the tree at place i: `kids[firsts[i]..firsts[i + 1]]`.
    firsts: Vec<u32>,
    kids: Vec<u32>,
    trees: usize,
    /// The numbers of the hits in sets, by place.
    hits: Vec<u32>,
}

impl Kids {
    fn new(holdings: &Holdings<'_>, hits: &BTreeSet<Number>) -> Self {
        let (trees, leading) = (holdings.trees.len(), &holdings.leading);
        let place = |&child: &Number| match holdings.ranks.place(child) {
            Some(tree) => tree as u32,
            None => (trees + holdings.hits.place(child).expect("it leads to a hit or is one")) as u32,
        };
        let kids = leading.children.par_iter().map(place).collect();
        let mut firsts = vec![0];
        for (at, &tree) in holdings.trees.iter().enumerate() {
            firsts.push(firsts[at] + leading.range(tree).len() as u32);
        }
        let hits = hits.iter().filter_map(|&hit| holdings.number(hit)).collect();
        Self { firsts, kids, trees, hits }
    }

    fn of(&self, tree: usize) -> impl Iterator<Item = u32> {
        self.kids[self.firsts[tree] as usize..self.firsts[tree + 1] as usize].iter().copied()
    }

    /// The place among trees, if it is one.
    fn as_tree(&self, kid: u32) -> Option<usize> {
        Some(kid as usize).filter(|&kid| kid < self.trees)
    }
}

/// The hits: those of an earlier scan as it had them, then the others as they stand below the roots, so that what one folder
/// holds is near each other: sets of neighbours are small, and those of two folders have little to be joined.
fn in_order(
    leading: &Leading,
    (hits, known): (&BTreeSet<Number>, &[Number]),
    len: usize,
    roots: impl Iterator<Item = Number>,
) -> Vec<Number> {
    let mut seen = vec![false; len];
    let mut objects = known.to_vec();
    known.iter().for_each(|&hit| seen[hit as usize] = true);
    let mut left = hits.iter().filter(|hit| !seen[**hit as usize]).count();
    for root in roots {
        let mut open = vec![root];
        while let Some(object) = open.pop().filter(|_| left > 0) {
            if !std::mem::replace(&mut seen[object as usize], true) {
                let is_hit = hits.contains(&object);
                objects.extend(is_hit.then_some(object));
                left -= usize::from(is_hit);
                open.extend(leading.of(object));
            }
        }
    }
    let rest: Vec<Number> = hits.iter().copied().filter(|hit| !seen[*hit as usize]).collect();
    objects.extend(rest);
    objects
}

impl<'a> Holdings<'a> {
    /// Works out what every tree holds of `hits`, to which some trees are `leading`; of those that are `known`, an
    /// earlier scan has worked it out.
    pub(super) fn new(
        store: &'a Store,
        mut leading: Leading,
        hits: &BTreeSet<Number>,
        known: &Known,
        roots: impl Iterator<Item = Number>,
    ) -> Self {
        let mut trees = std::mem::take(&mut leading.trees);
        trees.extend(known.trees.iter().map(|(tree, _)| *tree));
        trees.extend(hits.iter().filter(|hit| store.kind(**hit) == Some(Kind::Tree)));
        trees.sort_unstable();
        trees.dedup();
        let objects = in_order(&leading, (hits, &known.hits), store.len(), roots);
        let all = Ranks::new(store.len(), objects.iter().copied());
        let mut numbers = vec![0; objects.len()];
        for (number, &object) in objects.iter().enumerate() {
            numbers[all.place(object).expect("it is one of them")] = number as u32;
        }
        let mut holdings = Self {
            store,
            leading,
            sets: Sets::default(),
            objects,
            all: (all, numbers),
            hits: Ranks::new(store.len(), hits.iter().copied()),
            ranks: Ranks::new(store.len(), trees.iter().copied()),
            of_tree: vec![Set::UNKNOWN; trees.len()],
            lowest: vec![0; trees.len()],
            forged: Vec::new(),
            trees,
        };
        holdings.sets.clone_from(&known.sets);
        known.trees.iter().for_each(|&(tree, set)| holdings.put(tree, set));
        holdings.settle(&Kids::new(&holdings, hits));
        holdings
    }

    fn put(&mut self, tree: Number, set: Set) {
        if let Some(place) = self.ranks.place(tree) {
            self.settle_as(place, set);
        }
    }

    fn settle_as(&mut self, place: usize, set: Set) {
        self.of_tree[place] = set;
        self.lowest[place] = self.sets.first(set);
    }

    /// What a tree holds, if it leads to hits and is settled.
    pub(super) fn settled(&self, tree: Number) -> Option<Set> {
        self.ranks.place(tree).map(|place| self.of_tree[place]).filter(|set| set.is_known())
    }

    /// The number of an object in sets.
    pub(super) fn number(&self, object: Number) -> Option<u32> {
        self.all.0.place(object).map(|place| self.all.1[place])
    }

    /// Sets of all trees, children first, without recursion: trees nest as deep as an attacker likes.
    fn settle(&mut self, kids: &Kids) {
        let (mut stack, mut held) = (Vec::new(), Held::default());
        for at in 0..self.trees.len() {
            stack.push(at);
            while let Some(&tree) = stack.last() {
                let waiting = stack.len();
                if self.of_tree[tree] == Set::UNKNOWN {
                    self.of_tree[tree] = Set::OPEN;
                    let trees = kids.of(tree).filter_map(|kid| kids.as_tree(kid));
                    stack.extend(trees.filter(|&inner| self.of_tree[inner] == Set::UNKNOWN));
                }
                if stack.len() > waiting {
                    continue;
                }
                stack.pop();
                if self.of_tree[tree] == Set::OPEN {
                    // Only a forged object can name a tree that names it.
                    let leads_back =
                        |kid| kids.as_tree(kid).is_some_and(|inner| self.of_tree[inner] == Set::OPEN);
                    self.forged.extend(kids.of(tree).any(leads_back).then_some(self.trees[tree]));
                    self.look_at_entries(tree, kids, &mut held);
                    let all = self.union(&mut held);
                    self.settle_as(tree, all);
                }
            }
        }
    }

    /// What the entries of a tree hold, and the tree itself, into `held`.
    fn look_at_entries(&self, tree: usize, kids: &Kids, held: &mut Held) {
        held.hits.clear();
        held.sets.clear();
        held.hits.extend(self.hits.place(self.trees[tree]).map(|place| kids.hits[place]));
        for kid in kids.of(tree) {
            match kids.as_tree(kid) {
                Some(inner) if self.of_tree[inner].is_known() => {
                    held.sets.push((self.lowest[inner], self.of_tree[inner]));
                }
                Some(_) => {}
                None => held.hits.push(kids.hits[kid as usize - self.trees.len()]),
            }
        }
    }

    fn is_hit(&self, object: Number) -> bool {
        self.hits.place(object).is_some()
    }

    /// The set of all that is `held`.
    fn union(&mut self, held: &mut Held) -> Set {
        held.hits.sort_unstable();
        held.sets.sort_unstable();
        held.sets.dedup();
        let (own, below) = (self.sets.of_sorted(&held.hits), self.sets.union_of(&held.sets));
        self.sets.union(own, below)
    }

    fn set_of(&self, tree: Option<Number>) -> Set {
        tree.and_then(|tree| self.settled(tree)).unwrap_or_default()
    }

    /// The hit blobs of a commit's tree.
    fn of_commit(&self, graph: &Graph, commit: Number) -> Set {
        self.set_of(graph.commit(commit).and_then(|commit| commit.tree))
    }

    /// The hit blobs of a tree.
    pub(super) fn blobs(&self, tree: Option<Number>) -> impl Iterator<Item = Number> {
        self.sets.list(self.set_of(tree)).into_iter().map(|number| self.objects[number as usize])
    }

    /// Whether a tree holds one of the objects with these numbers, which are sorted.
    pub(super) fn has_one(&self, tree: Number, numbers: &[u32]) -> bool {
        self.settled(tree).is_some_and(|set| self.sets.has_one(set, numbers))
    }

    /// Each commit of `order` that holds hit blobs which none of its parents holds.
    pub(super) fn introductions(&self, graph: &Graph, order: &[Number]) -> Vec<Introduction> {
        let mut found = Vec::new();
        for &commit in order {
            let own = self.of_commit(graph, commit);
            let parents: Vec<Set> =
                graph.parents(commit).map(|parent| self.of_commit(graph, parent)).collect();
            if own == Set::EMPTY || parents.contains(&own) {
                continue;
            }
            let new = self.sets.minus(own, &parents).into_iter();
            let new: BTreeSet<Number> = new.map(|number| self.objects[number as usize]).collect();
            if !new.is_empty() {
                found.push(Introduction { commit, new });
            }
        }
        found
    }

    /// Each commit of `order` that holds other hit objects than one of its parents, or holds some and has none.
    pub(super) fn steps(&self, graph: &Graph, order: &[Number]) -> Vec<Step> {
        let step = |&commit: &Number| {
            let own = self.of_commit(graph, commit);
            let parents: Vec<Set> =
                graph.parents(commit).map(|parent| self.of_commit(graph, parent)).collect();
            let changed =
                if parents.is_empty() { own != Set::EMPTY } else { parents.iter().any(|&set| set != own) };
            changed.then_some(Step { commit: ObjectNumber(commit), own, parents })
        };
        order.iter().filter_map(step).collect()
    }

    /// The set of what `object` holds: a commit, a tree, or a hit blob itself.
    pub(super) fn set_at(&mut self, graph: &Graph, object: Number) -> Set {
        match graph.commit(object) {
            Some(_) => self.of_commit(graph, object),
            None => match self.settled(object) {
                Some(set) => set,
                None if self.is_hit(object) => {
                    let number = self.number(object);
                    self.sets.of_sorted(number.as_slice())
                }
                None => Set::EMPTY,
            },
        }
    }

    /// Trees that hold hits, and their sets.
    pub(super) fn trees(&self) -> Vec<(ObjectNumber, Set)> {
        let all = self.trees.iter().zip(&self.of_tree);
        all.map(|(&tree, &set)| (ObjectNumber(tree), set)).collect()
    }

    /// All sets, and what the numbers in them are.
    pub(super) fn into_sets(self) -> ObjectSets {
        ObjectSets { sets: self.sets, objects: self.objects.into_iter().map(ObjectNumber).collect() }
    }
}
