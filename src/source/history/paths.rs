//! The paths at which a commit holds hit blobs, and the names that these are made of.
//!
//! Which trees a path leads through is known from their edges; only their names must be read. Commits bring in one
//! version of a file after another, so that the trees on the way are versions of each other: they are read in one
//! walk of their delta families, where reading each by itself would unpack its bases every time.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Mutex;

use bstr::BString;
use gix::ObjectId;
use gix::objs::TreeRefIter;
use rayon::prelude::*;

use super::Kind;
use super::attribute::{Holdings, Introduction};
use super::graph::Graph;
use super::ranks::Ranks;
use super::store::Number;
use super::visit::visit_some;

/// Paths of one blob in one commit that are told: folders that hold each other many times have more paths than
/// anybody could read, 10^10 in a tree of 110 entries.
pub(super) const MOST_PATHS: usize = 10_000;

/// Paths and what stands there.
#[derive(Debug, Default)]
pub(super) struct Paths {
    pub(super) found: Vec<(BString, Number)>,
    /// Blobs that stand at more paths than are told.
    pub(super) cut: Vec<Number>,
}

impl Paths {
    /// Adds the path of an object, if that is asked for; `left` are those that are, and how often.
    fn add(&mut self, left: &mut HashMap<Number, usize>, path: &BString, object: Number) {
        match left.get_mut(&object) {
            None => {}
            Some(0) => {
                left.remove(&object);
                self.cut.push(object);
            }
            Some(more) => {
                *more -= 1;
                self.found.push((path.clone(), object));
            }
        }
    }
}

/// The trees on the way down to one: a forged object can lead back to itself.
#[derive(Default)]
struct Above {
    way: Vec<Number>,
    on_it: HashSet<Number>,
}

impl Above {
    fn enter(&mut self, tree: Number, depth: usize) {
        for left in self.way.drain(depth..) {
            self.on_it.remove(&left);
        }
        self.way.push(tree);
        self.on_it.insert(tree);
    }

    fn has(&self, tree: Number) -> bool {
        self.on_it.contains(&tree)
    }
}

/// The entries that lead to hits, with their names, of trees that were read together.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Number, Vec<Named>>);

/// A child of a tree, and its name there.
type Named = (Number, BString);

impl Holdings<'_> {
    /// Every path below `tree` at which one of `blobs` stands, but for those over [`MOST_PATHS`] of one blob.
    pub(super) fn paths(&self, tree: Number, blobs: &BTreeSet<Number>, names: &Names) -> Paths {
        let mut left: HashMap<Number, usize> = blobs.iter().map(|&blob| (blob, MOST_PATHS)).collect();
        let (mut out, mut above) = (Paths::default(), Above::default());
        let mut numbers = self.numbers(blobs.iter().copied());
        let mut open = vec![(tree, BString::default(), 0)];
        while let Some((tree, prefix, depth)) = open.pop() {
            above.enter(tree, depth);
            if numbers.len() > left.len() {
                numbers = self.numbers(left.keys().copied());
            }
            out.add(&mut left, &prefix, tree);
            let read = (!names.0.contains_key(&tree)).then(|| self.read_names(tree));
            for &(child, ref name) in read.as_ref().unwrap_or_else(|| &names.0[&tree]) {
                let mut path = prefix.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name);
                if self.settled(child).is_none() {
                    out.add(&mut left, &path, child);
                } else if self.has_one(child, &numbers) && !above.has(child) {
                    open.push((child, path, depth + 1));
                }
            }
        }
        out.found.sort();
        out
    }

    /// The numbers of objects in sets, sorted.
    fn numbers(&self, objects: impl Iterator<Item = Number>) -> Vec<u32> {
        let mut numbers: Vec<u32> = objects.filter_map(|object| self.number(object)).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Names in all trees on the ways from the commits to what they brought in, of what is on the ways.
    pub(super) fn names(&self, graph: &Graph, introductions: &[Introduction]) -> Names {
        let mut ways: Vec<(Number, Number)> = Vec::new();
        ways.par_extend(introductions.par_iter().flat_map_iter(|brought| self.on_the_ways(graph, brought)));
        ways.par_sort_unstable();
        ways.dedup();
        let wanted = Ranks::new(self.store.len(), ways.iter().map(|(tree, _)| *tree));
        let names = Mutex::new(HashMap::new());
        visit_some(self.store, Kind::Tree, &wanted, &|tree, bytes| {
            let of = ways.partition_point(|(above, _)| *above < tree)
                ..ways.partition_point(|(above, _)| *above <= tree);
            let named = self.names_in(tree, ways[of].iter().map(|(_, child)| *child), bytes);
            names.lock().expect("no thread panics while it holds the lock").insert(tree, named);
        });
        Names(names.into_inner().expect("no thread panicked"))
    }

    /// The trees through which a commit holds what it brought in, and their children on the way. Of trees that an earlier scan
    /// has read, children are not known.
    fn on_the_ways(&self, graph: &Graph, brought: &Introduction) -> Vec<(Number, Number)> {
        let (mut seen, mut ways) = (HashSet::new(), Vec::new());
        let numbers = self.numbers(brought.new.iter().copied());
        let mut open: Vec<Number> =
            graph.commit(brought.commit).and_then(|commit| commit.tree).into_iter().collect();
        while let Some(tree) = open.pop() {
            if self.store.is_known(tree) || !self.has_one(tree, &numbers) || !seen.insert(tree) {
                continue;
            }
            for child in self.leading.of(tree) {
                let is_tree = self.settled(child).is_some();
                if if is_tree { self.has_one(child, &numbers) } else { brought.new.contains(&child) } {
                    ways.push((tree, child));
                    open.extend(is_tree.then_some(child));
                }
            }
        }
        ways
    }

    fn read_names(&self, tree: Number) -> Vec<Named> {
        let bytes = self.store.read(tree).map(|(_, bytes)| bytes).unwrap_or_default();
        self.names_in(tree, self.leading.of(tree), &bytes)
    }

    /// Names of these children; of a tree that an earlier scan has read, of all children.
    fn names_in(&self, tree: Number, children: impl Iterator<Item = Number>, bytes: &[u8]) -> Vec<Named> {
        let mut wanted: Vec<(ObjectId, Number)> =
            children.map(|child| (self.store.id(child), child)).collect();
        wanted.sort_unstable();
        let number = |id: &gix::oid| {
            if self.store.is_known(tree) {
                return self.store.number(id);
            }
            let at = wanted.binary_search_by(|(known, _)| known.as_ref().cmp(id)).ok()?;
            Some(wanted[at].1)
        };
        TreeRefIter::from_bytes(bytes, self.store.hash)
            .filter_map(Result::ok)
            .filter_map(|entry| Some((number(entry.oid)?, entry.filename.to_owned())))
            .collect()
    }
}
