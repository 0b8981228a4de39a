//! Which tree holds which subtree or hit, kept as differences between a tree and its delta base.
//!
//! Versions of a tree differ in an entry or two, so that differences are a small part of all entries: what a
//! million commits have in common is there once.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::store::{Number, Store};

/// Differences, as trees are read.
#[derive(Debug, Default)]
pub(super) struct Edges {
    /// Child, and a tree that has it while its delta base does not, or that has no base.
    added: Vec<(Number, Number)>,
    /// Child, and a tree that lacks it while its delta base has it.
    removed: Vec<(Number, Number)>,
}

/// Trees that were read, by number.
#[derive(Debug)]
pub(super) struct ReadTrees(Vec<AtomicU64>);

impl ReadTrees {
    pub(super) fn new(len: usize) -> Self {
        Self((0..len.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn add(&self, tree: Number) {
        self.0[tree as usize / 64].fetch_or(1 << (tree % 64), Ordering::Relaxed);
    }

    fn has(&self, tree: Number) -> bool {
        self.0[tree as usize / 64].load(Ordering::Relaxed) & (1 << (tree % 64)) != 0
    }
}

impl Edges {
    /// Notes a tree: children that its base lacks, and those of the base that it lacks.
    pub(super) fn add(&mut self, tree: Number, added: &[Number], removed: &[Number]) {
        self.added.extend(added.iter().map(|&child| (child, tree)));
        self.removed.extend(removed.iter().map(|&child| (child, tree)));
    }

    /// Makes them ready to be asked.
    pub(super) fn into_parents(mut self, read: ReadTrees) -> Parents {
        self.added.par_sort_unstable();
        self.added.dedup();
        self.removed.par_sort_unstable();
        Parents { edges: self, read }
    }
}

/// Tells which trees hold an object.
#[derive(Debug)]
pub(super) struct Parents {
    edges: Edges,
    read: ReadTrees,
}

impl Parents {
    /// All trees with `child` among their entries; a tree that is stored twice may come twice.
    pub(super) fn of(&self, store: &Store, child: Number) -> Vec<Number> {
        let gone = of_child(&self.edges.removed, child);
        let mut found = Vec::new();
        for &(_, tree) in of_child(&self.edges.added, child) {
            found.push(tree);
            let inherits = |tree: Number| {
                let has = self.read.has(tree) && gone.binary_search(&(child, tree)).is_err();
                if has {
                    found.push(tree);
                }
                has
            };
            store.walk_deltas(tree, inherits);
        }
        found
    }
}

/// The pairs of one child, of which there are few.
fn of_child(pairs: &[(Number, Number)], child: Number) -> &[(Number, Number)] {
    let start = pairs.partition_point(|&(other, _)| other < child);
    let len = pairs[start..].iter().take_while(|(other, _)| *other == child).count();
    &pairs[start..start + len]
}
