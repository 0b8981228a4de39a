//! Which tree holds which subtree or hit, kept as differences between a tree and its delta base.
//!
//! Versions of a tree differ in an entry or two, so that differences are a small part of all entries: what a
//! million commits have in common is there once.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::ranks::Ranks;
use super::store::{Number, Spot, Store};

/// Differences, as trees are read.
#[derive(Debug, Default)]
pub(super) struct Edges {
    /// Child, and a tree that has it while its delta base does not, or that has no base.
    added: Vec<(Number, Spot)>,
    /// Child, and a tree that lacks it while its delta base has it.
    removed: Vec<(Number, Spot)>,
}

/// Trees that were read, by their spots.
#[derive(Debug)]
pub(super) struct ReadTrees(Vec<AtomicU64>);

impl ReadTrees {
    pub(super) fn new(len: usize) -> Self {
        Self((0..len.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn add(&self, tree: Spot) {
        self.0[tree as usize / 64].fetch_or(1 << (tree % 64), Ordering::Relaxed);
    }

    fn has(&self, tree: Spot) -> bool {
        self.0[tree as usize / 64].load(Ordering::Relaxed) & (1 << (tree % 64)) != 0
    }
}

impl Edges {
    /// Notes a tree: children that its base lacks, and those of the base that it lacks.
    pub(super) fn add(&mut self, tree: Spot, added: &[Number], removed: &[Number]) {
        self.added.extend(added.iter().map(|&child| (child, tree)));
        self.removed.extend(removed.iter().map(|&child| (child, tree)));
    }

    /// Makes them ready to be asked.
    pub(super) fn into_parents(self, read: ReadTrees) -> Parents {
        Parents { added: ByChild::new(self.added), removed: ByChild::new(self.removed), read }
    }
}

/// Trees of each child, found in two steps: a search among millions waits for memory at each of twenty.
#[derive(Debug)]
struct ByChild {
    children: Ranks,
    /// Trees of the child at place i: `trees[firsts[i]..firsts[i + 1]]`, sorted.
    firsts: Vec<u32>,
    trees: Vec<Spot>,
}

impl ByChild {
    fn new(mut pairs: Vec<(Number, Spot)>) -> Self {
        pairs.par_sort_unstable();
        pairs.dedup();
        let len = pairs.last().map_or(0, |(child, _)| *child as usize + 1);
        let children = Ranks::new(len, pairs.iter().map(|(child, _)| *child));
        let begins = |at: &usize| *at == 0 || pairs[at - 1].0 != pairs[*at].0;
        let firsts = (0..pairs.len()).filter(begins).chain([pairs.len()]).map(|at| at as u32).collect();
        let mut trees: Vec<Spot> = pairs.into_iter().map(|(_, tree)| tree).collect();
        // It was made in the place of the pairs, which take more than twice as much.
        trees.shrink_to_fit();
        Self { children, firsts, trees }
    }

    fn of(&self, child: Number) -> &[Spot] {
        let range =
            self.children.place(child).map(|at| self.firsts[at] as usize..self.firsts[at + 1] as usize);
        &self.trees[range.unwrap_or_default()]
    }
}

/// Tells which trees hold an object.
#[derive(Debug)]
pub(super) struct Parents {
    added: ByChild,
    removed: ByChild,
    read: ReadTrees,
}

impl Parents {
    /// All trees with `child` among their entries; a tree that is stored twice may come twice.
    pub(super) fn of(&self, store: &Store, child: Number) -> Vec<Number> {
        let gone = self.removed.of(child);
        let mut found = Vec::new();
        for &tree in self.added.of(child) {
            found.push(store.at_spot(tree));
            let inherits = |tree: Spot| {
                let has = self.read.has(tree) && gone.binary_search(&tree).is_err();
                if has {
                    found.push(store.at_spot(tree));
                }
                has
            };
            store.walk_deltas(tree, inherits);
        }
        found
    }
}
