//! Which commit brought a value in, at which path, and whether HEAD still holds it.
//!
//! Only trees that lead to blobs with hits are looked at. What a tree holds is a set of such blobs; the
//! sets are few and shared, so that a commit is compared with its parents by a number.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::graph::Graph;
use super::leading::Leading;
use super::ranks::Ranks;
use super::sets::Lists;
use super::snapshot::Known;
use super::store::{Number, Store};
use super::{Kind, ObjectNumber, Step};

/// A set of hit blobs, by its place in the table of sets; 0 is the empty set.
pub(super) type SetId = u32;

/// Sets of hit objects by number; the first is empty.
#[derive(Debug)]
pub struct ObjectSets(Lists<Number>);

impl Default for ObjectSets {
    fn default() -> Self {
        let mut sets = Lists::default();
        sets.intern(&[]);
        Self(sets)
    }
}

impl ObjectSets {
    /// How many sets there are; numbers are below this.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The objects of a set.
    pub fn of(&self, set: usize) -> impl ExactSizeIterator<Item = ObjectNumber> {
        self.0.get(set as u32).iter().copied().map(ObjectNumber)
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
    /// Sorted.
    sets: Lists<Number>,
    /// What the entries of trees hold: most versions of a folder hold what others do.
    entries: Lists<Held>,
    /// The set of each list of entries.
    unions: Vec<SetId>,
    hits: Ranks,
    /// Trees that lead to hits.
    trees: Vec<Number>,
    ranks: Ranks,
    /// What each of them holds.
    of_tree: Vec<SetId>,
    /// Trees that lead back to themselves.
    pub(super) forged: Vec<Number>,
}

const UNSET: SetId = SetId::MAX;
/// Of a tree whose children are worked out first.
const OPEN: SetId = SetId::MAX - 1;

/// What one entry of a tree adds to the tree's set, in four bytes, as there are millions: a set by its number, or
/// [`Self::HIT`] and the place of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Held(u32);

impl Held {
    const HIT: u32 = 1 << 31;

    fn hit(place: usize) -> Self {
        Self(Self::HIT | place as u32)
    }

    /// The set, or the place of the hit.
    fn read(self) -> Result<SetId, usize> {
        if self.0 < Self::HIT { Ok(self.0) } else { Err((self.0 ^ Self::HIT) as usize) }
    }
}

/// The children of each tree by their places: those of hits follow those of trees.
struct Kids {
    /// Children of the tree at place i: `kids[firsts[i]..firsts[i + 1]]`.
    firsts: Vec<u32>,
    kids: Vec<u32>,
    trees: usize,
    /// The hits, by place.
    hits: Vec<Number>,
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
        Self { firsts, kids, trees, hits: hits.iter().copied().collect() }
    }

    fn of(&self, tree: usize) -> impl Iterator<Item = u32> {
        self.kids[self.firsts[tree] as usize..self.firsts[tree + 1] as usize].iter().copied()
    }

    /// The place among trees, if it is one.
    fn as_tree(&self, kid: u32) -> Option<usize> {
        Some(kid as usize).filter(|&kid| kid < self.trees)
    }
}

impl<'a> Holdings<'a> {
    /// Works out what every tree holds of `hits`, to which some trees are `leading`; of those that are `known`, an
    /// earlier scan has worked it out.
    pub(super) fn new(
        store: &'a Store,
        mut leading: Leading,
        hits: &BTreeSet<Number>,
        known: &Known,
    ) -> Self {
        let mut trees = std::mem::take(&mut leading.trees);
        trees.extend(known.trees.iter().map(|(tree, _)| *tree));
        trees.extend(hits.iter().filter(|hit| store.kind(**hit) == Some(Kind::Tree)));
        trees.sort_unstable();
        trees.dedup();
        let mut holdings = Self {
            store,
            leading,
            sets: Lists::default(),
            entries: Lists::default(),
            unions: Vec::new(),
            hits: Ranks::new(store.len(), hits.iter().copied()),
            ranks: Ranks::new(store.len(), trees.iter().copied()),
            of_tree: vec![UNSET; trees.len()],
            forged: Vec::new(),
            trees,
        };
        holdings.sets.intern(&[]);
        let sets: Vec<SetId> = known.sets.iter().map(|set| holdings.sets.intern(set).0).collect();
        for &(tree, set) in &known.trees {
            holdings.put(tree, sets[set as usize]);
        }
        holdings.settle(&Kids::new(&holdings, hits));
        (holdings.entries, holdings.unions) = Default::default();
        holdings
    }

    fn put(&mut self, tree: Number, set: SetId) {
        if let Some(place) = self.ranks.place(tree) {
            self.of_tree[place] = set;
        }
    }

    /// What a tree holds, if it leads to hits and is settled.
    pub(super) fn settled(&self, tree: Number) -> Option<SetId> {
        self.ranks.place(tree).map(|place| self.of_tree[place]).filter(|&set| set < OPEN)
    }

    /// Sets of all trees, children first, without recursion: trees nest as deep as an attacker likes.
    fn settle(&mut self, kids: &Kids) {
        let (mut stack, mut held, mut set) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..self.trees.len() {
            stack.push(at);
            while let Some(&tree) = stack.last() {
                let waiting = stack.len();
                if self.of_tree[tree] == UNSET {
                    self.of_tree[tree] = OPEN;
                    let trees = kids.of(tree).filter_map(|kid| kids.as_tree(kid));
                    stack.extend(trees.filter(|&inner| self.of_tree[inner] == UNSET));
                }
                if stack.len() > waiting {
                    continue;
                }
                stack.pop();
                if self.of_tree[tree] == OPEN {
                    // Only a forged object can name a tree that names it.
                    let leads_back = |kid| kids.as_tree(kid).is_some_and(|inner| self.of_tree[inner] == OPEN);
                    self.forged.extend(kids.of(tree).any(leads_back).then_some(self.trees[tree]));
                    self.look_at_entries(tree, kids, &mut held);
                    self.of_tree[tree] = self.union(&held, kids, &mut set);
                }
            }
        }
    }

    /// What the entries of a tree hold, and the tree itself, into `held`.
    fn look_at_entries(&self, tree: usize, kids: &Kids, held: &mut Vec<Held>) {
        held.clear();
        let number = self.trees[tree];
        held.extend(self.hits.place(number).map(Held::hit));
        held.extend(kids.of(tree).filter_map(|kid| match kids.as_tree(kid) {
            Some(inner) => Some(self.of_tree[inner]).filter(|&set| set < OPEN).map(Held),
            None => Some(Held::hit(kid as usize - self.trees.len())),
        }));
    }

    fn is_hit(&self, object: Number) -> bool {
        self.hits.place(object).is_some()
    }

    /// The set of all that is `held`; `set` is room for it.
    fn union(&mut self, held: &[Held], kids: &Kids, set: &mut Vec<Number>) -> SetId {
        let (known, is_new) = self.entries.intern(held);
        if !is_new {
            return self.unions[known as usize];
        }
        set.clear();
        for held in held {
            match held.read() {
                Ok(inner) => set.extend(self.sets.get(inner)),
                Err(hit) => set.push(kids.hits[hit]),
            }
        }
        set.sort_unstable();
        set.dedup();
        let (id, _) = self.sets.intern(set);
        self.unions.push(id);
        id
    }

    fn set_of(&self, tree: Option<Number>) -> SetId {
        tree.and_then(|tree| self.settled(tree)).unwrap_or(0)
    }

    /// The hit blobs of a commit's tree.
    fn of_commit(&self, graph: &Graph, commit: Number) -> SetId {
        self.set_of(graph.commit(commit).and_then(|commit| commit.tree))
    }

    /// The hit blobs of a tree.
    pub(super) fn blobs(&self, tree: Option<Number>) -> &[Number] {
        self.sets.get(self.set_of(tree))
    }

    /// Each commit of `order` that holds hit blobs which none of its parents holds.
    pub(super) fn introductions(&self, graph: &Graph, order: &[Number]) -> Vec<Introduction> {
        let mut found = Vec::new();
        for &commit in order {
            let own = self.of_commit(graph, commit);
            let parents: Vec<SetId> =
                graph.parents(commit).map(|parent| self.of_commit(graph, parent)).collect();
            if own == 0 || parents.contains(&own) {
                continue;
            }
            let is_new =
                |blob: &Number| !parents.iter().any(|&set| self.sets.get(set).binary_search(blob).is_ok());
            let new: BTreeSet<Number> = self.sets.get(own).iter().copied().filter(is_new).collect();
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
            let parents: Vec<SetId> =
                graph.parents(commit).map(|parent| self.of_commit(graph, parent)).collect();
            let changed = if parents.is_empty() { own != 0 } else { parents.iter().any(|&set| set != own) };
            changed.then(|| Step {
                commit: ObjectNumber(commit),
                own: own as usize,
                parents: parents.into_iter().map(|set| set as usize).collect(),
            })
        };
        order.iter().filter_map(step).collect()
    }

    /// The set of what `object` holds: a commit, a tree, or a hit blob itself.
    pub(super) fn set_at(&mut self, graph: &Graph, object: Number) -> SetId {
        match graph.commit(object) {
            Some(_) => self.of_commit(graph, object),
            None => match self.settled(object) {
                Some(set) => set,
                None if self.is_hit(object) => self.sets.intern(&[object]).0,
                None => 0,
            },
        }
    }

    /// Trees that hold hits, and their sets.
    pub(super) fn trees(&self) -> Vec<(ObjectNumber, usize)> {
        let all = self.trees.iter().zip(&self.of_tree);
        all.map(|(&tree, &set)| (ObjectNumber(tree), set as usize)).collect()
    }

    /// The objects of every set, by its number.
    pub(super) fn into_sets(self) -> ObjectSets {
        ObjectSets(self.sets)
    }
}
