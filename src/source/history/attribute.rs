//! Which commit brought a value in, at which path, and whether HEAD still holds it.
//!
//! Only trees that lead to blobs with hits are looked at. What a tree holds is a set of such blobs; the
//! sets are few and shared, so that a commit is compared with its parents by a number.

use std::collections::{BTreeSet, HashMap};

use bstr::BString;
use gix::ObjectId;
use gix::objs::TreeRefIter;

use super::graph::{Adjacency, Graph};
use super::snapshot::Known;
use super::store::{Number, Store};
use super::trees::Edges;
use super::{Kind, ObjectNumber, Step};

/// A set of hit blobs, by its place in the table of sets; 0 is the empty set.
pub(super) type SetId = usize;

/// A commit that brought hit blobs in.
pub(super) struct Introduction {
    pub(super) commit: Number,
    /// Hit blobs that no parent holds.
    pub(super) new: BTreeSet<Number>,
    /// Hit blobs that parents hold.
    pub(super) before: BTreeSet<Number>,
}

/// What trees hold of the hit blobs.
pub(super) struct Holdings<'a> {
    store: &'a Store,
    /// Children of each tree that leads to hits: subtrees and blobs.
    children: Adjacency,
    sets: Vec<Vec<Number>>,
    set_ids: HashMap<Vec<Number>, SetId>,
    /// By object number; [`UNSET`] for what leads to no hit.
    of_tree: Vec<SetId>,
}

const UNSET: SetId = SetId::MAX;

impl<'a> Holdings<'a> {
    /// Works out what every tree holds of `hits`; `edges` need not lead from trees that are `known`.
    pub(super) fn new(store: &'a Store, edges: Edges, hits: &BTreeSet<Number>, known: &Known) -> Self {
        let parents = Adjacency::new(&edges, store.len());
        drop(edges);
        let mut seen = vec![false; store.len()];
        hits.iter().for_each(|&hit| seen[hit as usize] = true);
        let mut open: Vec<Number> = hits.iter().copied().collect();
        for &(tree, _) in &known.trees {
            if !std::mem::replace(&mut seen[tree as usize], true) {
                open.push(tree);
            }
        }
        let mut leading: Vec<(Number, Number)> = Vec::new();
        let is_tree = |number: &Number| store.kind(*number) == Some(Kind::Tree);
        let mut marked: Vec<Number> = hits.iter().copied().filter(is_tree).collect();
        while let Some(child) = open.pop() {
            for &parent in parents.of(child) {
                leading.push((parent, child));
                if !std::mem::replace(&mut seen[parent as usize], true) {
                    open.push(parent);
                    marked.push(parent);
                }
            }
        }
        let mut holdings = Self {
            store,
            children: Adjacency::new(&leading, store.len()),
            sets: vec![Vec::new()],
            set_ids: HashMap::from([(Vec::new(), 0)]),
            of_tree: vec![UNSET; store.len()],
        };
        let sets: Vec<SetId> = known.sets.iter().map(|set| holdings.intern(set.clone())).collect();
        for &(tree, set) in &known.trees {
            holdings.of_tree[tree as usize] = sets[set as usize];
        }
        marked.sort_unstable();
        holdings.settle(&marked, hits);
        holdings
    }

    /// Sets of all trees, children first, without recursion: trees nest as deep as an attacker likes.
    fn settle(&mut self, trees: &[Number], hits: &BTreeSet<Number>) {
        for &root in trees {
            let mut stack = vec![(root, false)];
            while let Some((tree, ready)) = stack.pop() {
                if self.of_tree[tree as usize] != UNSET {
                    continue;
                }
                if ready {
                    self.of_tree[tree as usize] = self.union(tree, hits);
                } else {
                    stack.push((tree, true));
                    let children = self.children.of(tree).iter();
                    let is_leaf = |child: &Number| self.store.kind(*child) != Some(Kind::Tree);
                    stack.extend(children.filter(|child| !is_leaf(child)).map(|&child| (child, false)));
                }
            }
        }
    }

    fn union(&mut self, tree: Number, hits: &BTreeSet<Number>) -> SetId {
        let mut set: Vec<Number> = hits.contains(&tree).then_some(tree).into_iter().collect();
        for child in self.children.of(tree) {
            match self.of_tree[*child as usize] {
                UNSET if hits.contains(child) => set.push(*child),
                UNSET => {}
                inner => set.extend(&self.sets[inner]),
            }
        }
        set.sort_unstable();
        set.dedup();
        self.intern(set)
    }

    /// The number of a sorted set.
    fn intern(&mut self, set: Vec<Number>) -> SetId {
        if let Some(&id) = self.set_ids.get(&set) {
            return id;
        }
        self.sets.push(set.clone());
        self.set_ids.insert(set, self.sets.len() - 1);
        self.sets.len() - 1
    }

    fn set_of(&self, tree: Option<Number>) -> SetId {
        tree.map(|tree| self.of_tree[tree as usize]).filter(|&set| set != UNSET).unwrap_or(0)
    }

    /// The hit blobs of a commit's tree.
    fn of_commit(&self, graph: &Graph, commit: Number) -> SetId {
        self.set_of(graph.commit(commit).and_then(|commit| commit.tree))
    }

    /// The hit blobs of a tree.
    pub(super) fn blobs(&self, tree: Option<Number>) -> &[Number] {
        &self.sets[self.set_of(tree)]
    }

    /// Each commit of `order` that holds hit blobs which none of its parents holds.
    pub(super) fn introductions(&self, graph: &Graph, order: &[Number]) -> Vec<Introduction> {
        let mut found = Vec::new();
        for &commit in order {
            let own = self.of_commit(graph, commit);
            let known = graph.commit(commit).map_or(&[][..], |commit| &commit.parents);
            let parents: Vec<SetId> = known.iter().map(|parent| self.of_commit(graph, *parent)).collect();
            if own == 0 || parents.contains(&own) {
                continue;
            }
            let before: BTreeSet<Number> = parents.iter().flat_map(|&set| &self.sets[set]).copied().collect();
            let new: BTreeSet<Number> =
                self.sets[own].iter().copied().filter(|blob| !before.contains(blob)).collect();
            if !new.is_empty() {
                found.push(Introduction { commit, new, before });
            }
        }
        found
    }

    /// Each commit of `order` that holds other hit objects than one of its parents, or holds some and has none.
    pub(super) fn steps(&self, graph: &Graph, order: &[Number]) -> Vec<Step> {
        let step = |&commit: &Number| {
            let own = self.of_commit(graph, commit);
            let parents = graph.commit(commit).map_or(&[][..], |commit| &commit.parents);
            let parents: Vec<SetId> = parents.iter().map(|parent| self.of_commit(graph, *parent)).collect();
            let changed = if parents.is_empty() { own != 0 } else { parents.iter().any(|&set| set != own) };
            changed.then_some(Step { commit: ObjectNumber(commit), own, parents })
        };
        order.iter().filter_map(step).collect()
    }

    /// The set of what `object` holds: a commit, a tree, or a hit blob itself.
    pub(super) fn set_at(&mut self, graph: &Graph, object: Number, hits: &BTreeSet<Number>) -> SetId {
        match graph.commit(object) {
            Some(_) => self.of_commit(graph, object),
            None if self.of_tree[object as usize] != UNSET => self.of_tree[object as usize],
            None if hits.contains(&object) => self.intern(vec![object]),
            None => 0,
        }
    }

    /// Trees that hold hits, and their sets.
    pub(super) fn trees(&self) -> Vec<(ObjectNumber, SetId)> {
        let all = self.of_tree.iter().zip(0..).filter(|(set, _)| **set != UNSET);
        all.map(|(&set, tree)| (ObjectNumber(tree), set)).collect()
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
                let is_tree = self.of_tree[child as usize] != UNSET;
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
            self.children.of(tree).iter().map(|&child| (self.store.id(child), child)).collect();
        wanted.sort_unstable();
        wanted.dedup();
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

/// Which trees references lead to, through `commits` or as tags' targets.
pub(super) fn reachable_trees(
    store: &Store,
    edges: &[(Number, Number)],
    graph: &Graph,
    commits: &[Number],
    tips: &[Number],
) -> Vec<bool> {
    let turned: Edges = edges.iter().map(|&(child, parent)| (parent, child)).collect();
    let children = Adjacency::new(&turned, store.len());
    let of_commits = commits.iter().filter_map(|commit| graph.commit(*commit)?.tree);
    let mut open: Vec<Number> = of_commits.chain(tips.iter().filter_map(|&tip| graph.peel(tip))).collect();
    let mut seen = vec![false; store.len()];
    while let Some(tree) = open.pop() {
        if !std::mem::replace(&mut seen[tree as usize], true) {
            open.extend(children.of(tree));
        }
    }
    seen
}
