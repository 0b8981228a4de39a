//! Which commit brought a value in, at which path, and whether HEAD still holds it.
//!
//! Only trees that lead to blobs with hits are looked at. What a tree holds is a set of such blobs; the
//! sets are few and shared, so that a commit is compared with its parents by a number.

use std::collections::{BTreeSet, HashMap};

use bstr::BString;
use gix::objs::TreeRefIter;

use super::graph::{Adjacency, Graph};
use super::store::{Number, Store};
use super::trees::Trees;

/// A set of hit blobs, by its place in the table of sets; 0 is the empty set.
type SetId = usize;

/// What trees hold of the hit blobs.
pub(super) struct Holdings<'a> {
    store: &'a Store,
    /// Children of each tree that leads to hits: subtrees and blobs.
    children: HashMap<Number, Vec<Number>>,
    sets: Vec<Vec<Number>>,
    set_ids: HashMap<Vec<Number>, SetId>,
    of_tree: HashMap<Number, SetId>,
    names: HashMap<Number, Vec<(Number, BString)>>,
}

impl<'a> Holdings<'a> {
    /// Works out what every tree holds of `hits`.
    pub(super) fn new(store: &'a Store, trees: &Trees, hits: &BTreeSet<Number>) -> Self {
        let parents = Adjacency::new(trees.edges.clone(), store.len());
        let mut children: HashMap<Number, Vec<Number>> = HashMap::new();
        let mut seen: BTreeSet<Number> = hits.clone();
        let mut open: Vec<Number> = hits.iter().copied().collect();
        while let Some(child) = open.pop() {
            for &parent in parents.of(child) {
                children.entry(parent).or_default().push(child);
                if seen.insert(parent) {
                    open.push(parent);
                }
            }
        }
        let mut holdings = Self {
            store,
            children,
            sets: vec![Vec::new()],
            set_ids: HashMap::from([(Vec::new(), 0)]),
            of_tree: HashMap::new(),
            names: HashMap::new(),
        };
        holdings.settle(hits);
        holdings
    }

    /// Sets of all trees, children first, without recursion: trees nest as deep as an attacker likes.
    fn settle(&mut self, hits: &BTreeSet<Number>) {
        let mut trees: Vec<Number> = self.children.keys().copied().collect();
        trees.sort_unstable();
        for root in trees {
            let mut stack = vec![(root, false)];
            while let Some((tree, ready)) = stack.pop() {
                if self.of_tree.contains_key(&tree) {
                    continue;
                }
                let children = self.children.get(&tree).cloned().unwrap_or_default();
                if ready {
                    let set = self.union(&children, hits);
                    self.of_tree.insert(tree, set);
                } else {
                    stack.push((tree, true));
                    stack.extend(children.into_iter().filter(|child| !hits.contains(child)).map(|child| (child, false)));
                }
            }
        }
    }

    fn union(&mut self, children: &[Number], hits: &BTreeSet<Number>) -> SetId {
        let mut set: BTreeSet<Number> = BTreeSet::new();
        for child in children {
            match self.of_tree.get(child) {
                Some(&inner) => set.extend(&self.sets[inner]),
                None if hits.contains(child) => drop(set.insert(*child)),
                None => {}
            }
        }
        let set: Vec<Number> = set.into_iter().collect();
        if let Some(&id) = self.set_ids.get(&set) {
            return id;
        }
        self.sets.push(set.clone());
        self.set_ids.insert(set, self.sets.len() - 1);
        self.sets.len() - 1
    }

    /// The hit blobs of a commit's tree.
    fn of_commit(&self, graph: &Graph, commit: Number) -> SetId {
        let tree = graph.commit(commit).and_then(|commit| commit.tree);
        tree.and_then(|tree| self.of_tree.get(&tree)).copied().unwrap_or(0)
    }

    /// The hit blobs of a tree.
    pub(super) fn blobs(&self, tree: Option<Number>) -> &[Number] {
        &self.sets[tree.and_then(|tree| self.of_tree.get(&tree)).copied().unwrap_or(0)]
    }

    /// Calls `found` for each commit of `order` that holds hit blobs which none of its parents holds.
    pub(super) fn introductions(
        &self,
        graph: &Graph,
        order: &[Number],
        found: &mut dyn FnMut(Number, &[Number], &BTreeSet<Number>),
    ) {
        for &commit in order {
            let own = self.of_commit(graph, commit);
            let known = graph.commit(commit).map_or(&[][..], |commit| &commit.parents);
            let parents: Vec<SetId> = known.iter().map(|parent| self.of_commit(graph, *parent)).collect();
            if own == 0 || parents.contains(&own) {
                continue;
            }
            let before: BTreeSet<Number> = parents.iter().flat_map(|&set| &self.sets[set]).copied().collect();
            let new: Vec<Number> = self.sets[own].iter().copied().filter(|blob| !before.contains(blob)).collect();
            if !new.is_empty() {
                found(commit, &new, &before);
            }
        }
    }

    /// Every path below `tree` at which one of `blobs` stands.
    pub(super) fn paths(&mut self, tree: Number, blobs: &BTreeSet<Number>) -> Vec<(BString, Number)> {
        let mut out = Vec::new();
        let mut open = vec![(tree, BString::default())];
        while let Some((tree, prefix)) = open.pop() {
            for (child, name) in self.names_in(tree) {
                let mut path = prefix.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&name);
                if blobs.contains(&child) {
                    out.push((path, child));
                } else if self.blobs(Some(child)).iter().any(|blob| blobs.contains(blob)) {
                    open.push((child, path));
                }
            }
        }
        out.sort();
        out
    }

    /// Names of the children that lead to hits.
    fn names_in(&mut self, tree: Number) -> Vec<(Number, BString)> {
        if let Some(names) = self.names.get(&tree) {
            return names.clone();
        }
        let wanted = self.children.get(&tree).cloned().unwrap_or_default();
        let bytes = self.store.read(tree).map(|(_, bytes)| bytes).unwrap_or_default();
        let names: Vec<(Number, BString)> = TreeRefIter::from_bytes(&bytes, self.store.hash)
            .filter_map(Result::ok)
            .filter_map(|entry| Some((self.store.number(entry.oid)?, entry.filename.to_owned())))
            .filter(|(number, _)| wanted.contains(number))
            .collect();
        self.names.insert(tree, names.clone());
        names
    }
}

/// Which trees and blobs the given commits lead to, for telling whether a missing object matters.
pub(super) fn reachable_trees(store: &Store, trees: &Trees, graph: &Graph, commits: &[Number]) -> Vec<bool> {
    let turned = trees.edges.iter().map(|&(child, parent)| (parent, child)).collect();
    let children = Adjacency::new(turned, store.len());
    let mut open: Vec<Number> = commits.iter().filter_map(|commit| graph.commit(*commit)?.tree).collect();
    let mut seen = vec![false; store.len()];
    while let Some(tree) = open.pop() {
        if !std::mem::replace(&mut seen[tree as usize], true) {
            open.extend(children.of(tree));
        }
    }
    seen
}
