//! Which commit brought a value in, at which path, and whether HEAD still holds it.
//!
//! Only trees that lead to blobs with hits are looked at. What a tree holds is a set of such blobs; the
//! sets are few and shared, so that a commit is compared with its parents by a number.

use std::collections::{BTreeSet, HashMap};

use bstr::BString;
use gix::ObjectId;
use gix::objs::TreeRefIter;
use rayon::prelude::*;

use super::edges::Parents;
use super::graph::Graph;
use super::ranks::Ranks;
use super::snapshot::Known;
use super::store::{Number, Store};
use super::{Kind, ObjectNumber, Step};

/// A set of hit blobs, by its place in the table of sets; 0 is the empty set.
pub(super) type SetId = u32;

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
    sets: Vec<Vec<Number>>,
    set_ids: HashMap<Vec<Number>, SetId>,
    /// The set of a tree by what its entries hold: most versions of a folder hold what others do.
    unions: HashMap<Vec<Held>, SetId>,
    /// Trees that lead to hits.
    trees: Vec<Number>,
    ranks: Ranks,
    /// What each of them holds.
    of_tree: Vec<SetId>,
}

const UNSET: SetId = SetId::MAX;

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
            let above: Vec<Vec<Number>> = open.par_iter().map(|&child| parents.of(store, child)).collect();
            for (child, above) in std::mem::take(&mut open).into_iter().zip(above) {
                for parent in above {
                    edges.push((parent, child));
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
    /// Works out what every tree holds of `hits`; `parents` need not tell of trees that are `known`.
    pub(super) fn new(store: &'a Store, parents: &Parents, hits: &BTreeSet<Number>, known: &Known) -> Self {
        let goals: Vec<Number> = hits.iter().copied().collect();
        let known_trees: Vec<Number> = known.trees.iter().map(|(tree, _)| *tree).collect();
        let mut leading = Leading::to(store, parents, &goals, &known_trees);
        let mut trees = std::mem::take(&mut leading.trees);
        trees.extend(known_trees);
        trees.extend(hits.iter().filter(|hit| store.kind(**hit) == Some(Kind::Tree)));
        trees.sort_unstable();
        trees.dedup();
        let mut holdings = Self {
            store,
            leading,
            sets: vec![Vec::new()],
            set_ids: HashMap::from([(Vec::new(), 0)]),
            unions: HashMap::new(),
            ranks: Ranks::new(store.len(), trees.iter().copied()),
            of_tree: vec![UNSET; trees.len()],
            trees,
        };
        let sets: Vec<SetId> = known.sets.iter().map(|set| holdings.intern(set.clone())).collect();
        for &(tree, set) in &known.trees {
            holdings.put(tree, sets[set as usize]);
        }
        holdings.settle(hits);
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
    fn settle(&mut self, hits: &BTreeSet<Number>) {
        for at in 0..self.trees.len() {
            let mut stack = vec![(self.trees[at], false)];
            while let Some((tree, ready)) = stack.pop() {
                if self.settled(tree).is_some() {
                    continue;
                }
                if ready {
                    let set = self.union(tree, hits);
                    self.put(tree, set);
                } else {
                    stack.push((tree, true));
                    let is_tree = |child: &Number| self.store.kind(*child) == Some(Kind::Tree);
                    stack.extend(self.leading.of(tree).filter(is_tree).map(|child| (child, false)));
                }
            }
        }
    }

    fn union(&mut self, tree: Number, hits: &BTreeSet<Number>) -> SetId {
        let mut held: Vec<Held> = hits.contains(&tree).then_some(Held::Hit(tree)).into_iter().collect();
        for child in self.leading.of(tree) {
            match self.settled(child) {
                Some(inner) => held.push(Held::Set(inner)),
                None => held.extend(hits.contains(&child).then_some(Held::Hit(child))),
            }
        }
        if let Some(&known) = self.unions.get(&held) {
            return known;
        }
        let mut set: Vec<Number> = Vec::new();
        for held in &held {
            match held {
                Held::Set(inner) => set.extend(&self.sets[*inner as usize]),
                Held::Hit(hit) => set.push(*hit),
            }
        }
        set.sort_unstable();
        set.dedup();
        let id = self.intern(set);
        self.unions.insert(held, id);
        id
    }

    /// The number of a sorted set.
    fn intern(&mut self, set: Vec<Number>) -> SetId {
        if let Some(&id) = self.set_ids.get(&set) {
            return id;
        }
        self.sets.push(set.clone());
        let id = (self.sets.len() - 1) as SetId;
        self.set_ids.insert(set, id);
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
        &self.sets[self.set_of(tree) as usize]
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
            let is_new = |blob: &Number| {
                !parents.iter().any(|&set| self.sets[set as usize].binary_search(blob).is_ok())
            };
            let new: BTreeSet<Number> = self.sets[own as usize].iter().copied().filter(is_new).collect();
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
    pub(super) fn set_at(&mut self, graph: &Graph, object: Number, hits: &BTreeSet<Number>) -> SetId {
        match graph.commit(object) {
            Some(_) => self.of_commit(graph, object),
            None => match self.settled(object) {
                Some(set) => set,
                None if hits.contains(&object) => self.intern(vec![object]),
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
    pub(super) fn into_sets(self) -> Vec<Vec<ObjectNumber>> {
        self.sets.into_iter().map(|set| set.into_iter().map(ObjectNumber).collect()).collect()
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
