//! Which commit brought a value in, at which path, and whether HEAD still holds it.
//!
//! Only trees that lead to blobs with hits are looked at. What a tree holds is a set of such blobs; the
//! sets are few and shared, so that a commit is compared with its parents by a number.

use std::collections::BTreeSet;

use bstr::BString;
use gix::ObjectId;
use gix::objs::TreeRefIter;
use rayon::prelude::*;

use super::edges::Parents;
use super::graph::Graph;
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
    store: &'a Store,
    leading: Leading,
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
}

const UNSET: SetId = SetId::MAX;

/// Objects that all threads follow up before what they found is taken in; what waits takes memory.
const FOLLOWED_AT_ONCE: usize = 1 << 12;

/// What one entry of a tree adds to the tree's set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Held {
    Set(SetId),
    Hit(Number),
}

/// Which entries lead to some objects.
pub(super) struct Leading {
    /// Trees that do, each once.
    pub(super) trees: Vec<Number>,
    /// The place of each among those that have children here.
    ranks: Ranks,
    /// Children of the tree at place i: `children[firsts[i]..firsts[i + 1]]`, sorted.
    firsts: Vec<u32>,
    children: Vec<Number>,
}

impl Leading {
    /// Follows `goals` up to every tree that leads to them; `known` trees are not looked for again.
    pub(super) fn to(store: &Store, parents: &Parents, goals: &[Number], known: &[Number]) -> Self {
        let mut seen: Vec<bool> = vec![false; store.len()];
        known.iter().for_each(|&tree| seen[tree as usize] = true);
        let (mut trees, mut edges) = (Vec::new(), Vec::new());
        let mut open: Vec<Number> = goals.iter().chain(known).copied().collect();
        open.sort_unstable();
        open.dedup();
        while !open.is_empty() {
            let above = |&child: &Number| parents.of(store, child).into_iter().map(move |tree| (tree, child));
            for part in std::mem::take(&mut open).chunks(FOLLOWED_AT_ONCE) {
                let first = edges.len();
                edges.par_extend(part.par_iter().flat_map_iter(above));
                for &(parent, _) in &edges[first..] {
                    if !std::mem::replace(&mut seen[parent as usize], true) {
                        trees.push(parent);
                        // A goal is followed up in any case.
                        open.extend((goals.binary_search(&parent).is_err()).then_some(parent));
                    }
                }
            }
        }
        edges.par_sort_unstable();
        edges.dedup();
        let ranks = Ranks::new(seen.len(), edges.iter().map(|(tree, _)| *tree));
        let mut firsts: Vec<u32> = Vec::new();
        for (at, &(tree, _)) in edges.iter().enumerate() {
            if at == 0 || edges[at - 1].0 != tree {
                firsts.push(at as u32);
            }
        }
        firsts.push(edges.len() as u32);
        let children = edges.into_iter().map(|(_, child)| child).collect();
        Self { trees, ranks, firsts, children }
    }

    /// Children of a tree that lead to a goal, or are one.
    pub(super) fn of(&self, tree: Number) -> impl Iterator<Item = Number> {
        let range = self.ranks.place(tree).map(|at| self.firsts[at] as usize..self.firsts[at + 1] as usize);
        self.children[range.unwrap_or_default()].iter().copied()
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
            trees,
        };
        holdings.sets.intern(&[]);
        let sets: Vec<SetId> = known.sets.iter().map(|set| holdings.sets.intern(set).0).collect();
        for &(tree, set) in &known.trees {
            holdings.put(tree, sets[set as usize]);
        }
        holdings.settle();
        (holdings.entries, holdings.unions) = Default::default();
        holdings
    }

    fn put(&mut self, tree: Number, set: SetId) {
        if let Some(place) = self.ranks.place(tree) {
            self.of_tree[place] = set;
        }
    }

    /// What a tree holds, if it leads to hits and is settled.
    fn settled(&self, tree: Number) -> Option<SetId> {
        self.ranks.place(tree).map(|place| self.of_tree[place]).filter(|&set| set != UNSET)
    }

    /// Sets of all trees, children first, without recursion: trees nest as deep as an attacker likes.
    fn settle(&mut self) {
        let (mut stack, mut held, mut set) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..self.trees.len() {
            stack.push((self.trees[at], false));
            while let Some((tree, ready)) = stack.pop() {
                if self.settled(tree).is_some() {
                    continue;
                }
                if ready {
                    self.look_at_entries(tree, &mut held);
                    let union = self.union(&held, &mut set);
                    self.put(tree, union);
                } else {
                    stack.push((tree, true));
                    let is_tree = |child: &Number| self.store.kind(*child) == Some(Kind::Tree);
                    stack.extend(self.leading.of(tree).filter(is_tree).map(|child| (child, false)));
                }
            }
        }
    }

    /// What the entries of a tree hold, and the tree itself, into `held`.
    fn look_at_entries(&self, tree: Number, held: &mut Vec<Held>) {
        held.clear();
        held.extend(self.is_hit(tree).then_some(Held::Hit(tree)));
        for child in self.leading.of(tree) {
            match self.settled(child) {
                Some(inner) => held.push(Held::Set(inner)),
                None => held.extend(self.is_hit(child).then_some(Held::Hit(child))),
            }
        }
    }

    fn is_hit(&self, object: Number) -> bool {
        self.hits.place(object).is_some()
    }

    /// The set of all that is `held`; `set` is room for it.
    fn union(&mut self, held: &[Held], set: &mut Vec<Number>) -> SetId {
        let (known, is_new) = self.entries.intern(held);
        if !is_new {
            return self.unions[known as usize];
        }
        set.clear();
        for held in held {
            match held {
                Held::Set(inner) => set.extend(self.sets.get(*inner)),
                Held::Hit(hit) => set.push(*hit),
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

    /// Every path below `tree` at which one of `blobs` stands.
    pub(super) fn paths(&self, tree: Number, blobs: &BTreeSet<Number>) -> Vec<(BString, Number)> {
        let mut out = Vec::new();
        let mut open = vec![(tree, BString::default())];
        while let Some((tree, prefix)) = open.pop() {
            if blobs.contains(&tree) {
                out.push((prefix.clone(), tree));
            }
            for (child, name) in self.names_in(tree) {
                let mut path = prefix.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&name);
                let is_tree = self.settled(child).is_some();
                if blobs.contains(&child) && !is_tree {
                    out.push((path, child));
                } else if self.blobs(Some(child)).iter().any(|blob| blobs.contains(blob)) {
                    open.push((child, path));
                }
            }
        }
        out.sort();
        out
    }

    /// Names of the children that lead to hits; of a tree that an earlier scan has read, of all children.
    fn names_in(&self, tree: Number) -> Vec<(Number, BString)> {
        let bytes = self.store.read(tree).map(|(_, bytes)| bytes).unwrap_or_default();
        let mut wanted: Vec<(ObjectId, Number)> =
            self.leading.of(tree).map(|child| (self.store.id(child), child)).collect();
        wanted.sort_unstable();
        let number = |id: &gix::oid| {
            if self.store.is_known(tree) {
                return self.store.number(id);
            }
            let at = wanted.binary_search_by(|(known, _)| known.as_ref().cmp(id)).ok()?;
            Some(wanted[at].1)
        };
        TreeRefIter::from_bytes(&bytes, self.store.hash)
            .filter_map(Result::ok)
            .filter_map(|entry| Some((number(entry.oid)?, entry.filename.to_owned())))
            .collect()
    }
}

/// Which of the trees that are `leading` somewhere references lead to, through `commits` or as tags' targets.
pub(super) fn reachable_trees(
    leading: &Leading,
    graph: &Graph,
    commits: &[Number],
    tips: &[Number],
) -> BTreeSet<Number> {
    let of_commits = commits.iter().filter_map(|commit| graph.commit(*commit)?.tree);
    let mut open: Vec<Number> = of_commits.chain(tips.iter().filter_map(|&tip| graph.peel(tip))).collect();
    let mut seen = BTreeSet::new();
    while let Some(tree) = open.pop() {
        let mut children = leading.of(tree).peekable();
        if children.peek().is_some() && seen.insert(tree) {
            open.extend(children);
        }
    }
    seen
}
