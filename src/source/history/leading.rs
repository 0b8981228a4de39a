//! Which trees lead to some objects, and through which of their entries.

use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;

use super::edges::Parents;
use super::graph::Graph;
use super::ranks::Ranks;
use super::store::{Number, Store};

/// Objects that all threads follow up before what they found is taken in; what waits takes memory.
const FOLLOWED_AT_ONCE: usize = 1 << 12;

/// Which entries lead to some objects.
pub(super) struct Leading {
    /// Trees that do, each once.
    pub(super) trees: Vec<Number>,
    /// The place of each among those that have children here.
    ranks: Ranks,
    /// Children of the tree at place i: `children[firsts[i]..firsts[i + 1]]`, sorted.
    firsts: Vec<u32>,
    pub(super) children: Vec<Number>,
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
        let mut children: Vec<Number> = edges.into_iter().map(|(_, child)| child).collect();
        // It was made in the place of the pairs, which take more than twice as much.
        children.shrink_to_fit();
        Self { trees, ranks, firsts, children }
    }

    /// Children of a tree that lead to a goal, or are one.
    pub(super) fn of(&self, tree: Number) -> impl Iterator<Item = Number> {
        self.children[self.range(tree)].iter().copied()
    }

    /// Where the children of a tree stand.
    pub(super) fn range(&self, tree: Number) -> Range<usize> {
        let range = self.ranks.place(tree).map(|at| self.firsts[at] as usize..self.firsts[at + 1] as usize);
        range.unwrap_or_default()
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
