//! Where hits stand: at which commits they came and went, what HEAD and every reference hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::BString;
use gix::objs::TreeRefIter;
use rayon::prelude::*;

use super::attribute::{Holdings, Introduction, ObjectSets};
use super::edges::Parents;
use super::leading::Leading;
use super::paths::{MOST_PATHS, Names, Paths};
use super::sets::Set;
use super::{History, Kind, ObjectNumber};
use crate::finding::{CommitRef, Coverage, GapReason};

/// Reason, place and detail of each gap.
type Gaps = BTreeSet<(GapReason, String, String)>;

/// Where a blob with hits came in.
#[derive(Debug, Clone)]
pub struct Introduced {
    /// The commit's number.
    pub number: ObjectNumber,
    /// The commit.
    pub commit: CommitRef,
    /// Every path at which the commit holds a new hit blob.
    pub places: Vec<(BString, ObjectNumber)>,
}

/// A commit whose hit objects are not those of each parent.
#[derive(Debug, Clone)]
pub struct Step {
    /// The commit.
    pub commit: ObjectNumber,
    /// What it holds: one of [`Attribution::sets`].
    pub own: Set,
    /// What its parents hold.
    pub parents: Vec<Set>,
}

/// A reference and what it holds.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Its full name.
    pub name: String,
    /// What the commit or object it leads to holds: one of [`Attribution::sets`].
    pub set: Set,
    /// What it leads to, after tags.
    pub target: ObjectNumber,
}

/// Where hits stand in the history.
#[derive(Debug, Default)]
pub struct Attribution {
    /// Sets of hit objects that commits hold.
    pub sets: ObjectSets,
    /// Trees that hold hits, and their sets.
    pub trees: Vec<(ObjectNumber, Set)>,
    /// Commits at which that changes, parents before children.
    pub steps: Vec<Step>,
    /// All references.
    pub holders: Vec<Holder>,
    /// Commits that brought in hit blobs, parents before children.
    pub introduced: Vec<Introduced>,
    /// The same of commits that no reference leads to.
    pub lost: Vec<Introduced>,
    /// What the index holds: path and blob.
    pub staged: Vec<(BString, ObjectNumber)>,
    /// Gaps: trees that lead back to themselves, objects of more paths than are told.
    gaps: Gaps,
    /// What HEAD holds: path and blob.
    pub at_head: Vec<(BString, ObjectNumber)>,
    /// Hit blobs that a reference holds without a commit (tags on blobs or trees).
    pub held_by_refs: BTreeSet<ObjectNumber>,
    /// Commits and tags with hits in their text that a reference leads to.
    pub messages: BTreeMap<ObjectNumber, Option<CommitRef>>,
}

impl Attribution {
    /// The paths at which commits brought in hit blobs.
    pub fn paths(&self) -> impl Iterator<Item = &BString> {
        let all = self.introduced.iter().chain(&self.lost);
        all.flat_map(|introduced| introduced.places.iter().map(|(path, _)| path))
    }

    /// Counts what cannot be told of the hits' places.
    pub fn count_gaps(&self, coverage: &mut Coverage) {
        let known: BTreeSet<(GapReason, String)> =
            coverage.gaps().iter().map(|gap| (gap.reason, gap.place.clone())).collect();
        for (reason, place, detail) in &self.gaps {
            if !known.contains(&(*reason, place.clone())) {
                coverage.gap(*reason, place.clone(), detail);
            }
        }
    }
}

impl History {
    /// Finds out where the hits stand: blobs that [`Self::visit_commits`] was told of, and commits and tags.
    pub fn attribute(&mut self, hits: &BTreeSet<ObjectNumber>) -> Attribution {
        let numbers: BTreeSet<u32> = hits.iter().map(|number| number.0).collect();
        match self.trees.take() {
            Some(trees) if !hits.is_empty() => {
                let leading = self.leading(&trees.parents, &numbers);
                // They take as much memory as what follows.
                drop(trees);
                self.place(leading, &numbers)
            }
            _ => Attribution::default(),
        }
    }

    /// Like [`Self::attribute`], for some of the hits and the followed; to be asked before it.
    #[must_use]
    pub fn attribute_some(&self, hits: &BTreeSet<ObjectNumber>) -> Attribution {
        let numbers: BTreeSet<u32> = hits.iter().map(|number| number.0).collect();
        match &self.trees {
            Some(trees) if !hits.is_empty() => self.place(self.leading(&trees.parents, &numbers), &numbers),
            _ => Attribution::default(),
        }
    }

    /// Blobs under names that are followed for themselves.
    #[must_use]
    pub fn followed(&self) -> &[ObjectNumber] {
        &self.followed
    }

    /// Which trees lead to the hits, or to trees that did so in an earlier scan.
    fn leading(&self, parents: &Parents, hits: &BTreeSet<u32>) -> Leading {
        let goals: Vec<u32> = hits.iter().copied().collect();
        let known: Vec<u32> = self.known.trees.iter().map(|(tree, _)| *tree).collect();
        Leading::to(&self.store, parents, &goals, &known)
    }

    fn place(&self, leading: Leading, hits: &BTreeSet<u32>) -> Attribution {
        let graph = &self.graph;
        let newest = self.order.iter().rev().filter_map(|&commit| graph.commit(commit)?.tree);
        let mut holdings = Holdings::new(&self.store, leading, hits, &self.known, newest);
        let mut out = Attribution::default();
        for &tree in &holdings.forged {
            let why = "the tree leads back to itself, which only a forged object does".to_owned();
            out.gaps.insert((GapReason::CorruptObject, self.store.id(tree).to_string(), why));
        }
        out.introduced = self.introduced_in(&holdings, &self.order, &mut out.gaps);
        out.lost = self.introduced_in(&holdings, &graph.lost(&self.order), &mut out.gaps);
        out.staged = self.staged(hits);
        if let Some(tree) = self.head_tree() {
            let blobs: BTreeSet<u32> = holdings.blobs(Some(tree)).collect();
            out.at_head = numbered(self.told(holdings.paths(tree, &blobs, &Names::default()), &mut out.gaps));
        }
        let peeled = self.tips.iter().filter_map(|&tip| self.graph.peel(tip));
        for target in peeled.filter(|target| self.graph.commit(*target).is_none()) {
            out.held_by_refs.extend(hits.contains(&target).then_some(ObjectNumber(target)));
            out.held_by_refs.extend(holdings.blobs(Some(target)).map(ObjectNumber));
        }
        out.messages = self.messages(hits);
        out.steps = holdings.steps(graph, &self.order);
        for (name, object) in &self.refs {
            let Some(target) = graph.peel(*object) else { continue };
            let set = holdings.set_at(graph, target);
            out.holders.push(Holder { name: name.clone(), set, target: ObjectNumber(target) });
        }
        out.trees = holdings.trees();
        out.sets = holdings.into_sets();
        out
    }

    /// What the commits of `order` brought in.
    fn introduced_in(&self, holdings: &Holdings<'_>, order: &[u32], gaps: &mut Gaps) -> Vec<Introduced> {
        let graph = &self.graph;
        let is_new = |commit: &u32| !self.store.is_known(*commit);
        let new: Vec<u32> = order.iter().copied().filter(is_new).collect();
        let introductions = holdings.introductions(graph, &new);
        let names = holdings.names(graph, &introductions);
        let place = |Introduction { commit, new }| {
            let tree = graph.commit(commit)?.tree?;
            Some((commit, holdings.paths(tree, &new, &names)))
        };
        let placed: Vec<(u32, Paths)> = introductions.into_par_iter().filter_map(place).collect();
        let placed: HashMap<u32, _> =
            placed.into_iter().map(|(commit, paths)| (commit, numbered(self.told(paths, gaps)))).collect();
        let introduced = |&commit: &u32| {
            let found = placed.get(&commit).or_else(|| self.known.brought.get(&commit));
            let number = ObjectNumber(commit);
            Some(Introduced { number, commit: self.commit_ref(commit), places: found?.clone() })
        };
        order.iter().filter_map(introduced).collect()
    }

    /// The paths that were found; what was not told is a gap.
    fn told(&self, paths: Paths, gaps: &mut Gaps) -> Vec<(BString, u32)> {
        for object in paths.cut {
            let why = format!("one commit holds it at more than {MOST_PATHS} paths; that many are told");
            gaps.insert((GapReason::ManyPaths, self.store.id(object).to_string(), why));
        }
        paths.found
    }

    /// Hit blobs of the index, with their paths.
    fn staged(&self, hits: &BTreeSet<u32>) -> Vec<(BString, ObjectNumber)> {
        let Ok(index) = self.repo().open_index() else { return Vec::new() };
        let hit = |entry: &gix::index::Entry| {
            let number = self.store.number(&entry.id).filter(|number| hits.contains(number))?;
            Some((entry.path(&index).to_owned(), ObjectNumber(number)))
        };
        index.entries().iter().filter_map(hit).collect()
    }

    /// Trees with names that may hold secrets.
    #[must_use]
    pub fn named_trees(&self) -> &[ObjectNumber] {
        &self.named
    }

    /// The names of a tree's entries.
    #[must_use]
    pub fn names_in(&self, tree: ObjectNumber) -> Vec<BString> {
        let bytes = self.store.read(tree.0).map(|(_, bytes)| bytes).unwrap_or_default();
        let entries = TreeRefIter::from_bytes(&bytes, self.store.hash).filter_map(Result::ok);
        entries.map(|entry| entry.filename.to_owned()).collect()
    }

    /// Whether the object is a tree.
    #[must_use]
    pub fn is_tree(&self, number: ObjectNumber) -> bool {
        self.store.kind(number.0) == Some(Kind::Tree)
    }

    /// For each group of commits, how many references have one of them in their history.
    #[must_use]
    pub fn count_refs_leading(&self, groups: &[Vec<ObjectNumber>]) -> Vec<u64> {
        let targets: Vec<u32> = self
            .refs
            .iter()
            .filter(|(name, _)| name.starts_with("refs/"))
            .filter_map(|(_, object)| self.graph.peel(*object))
            .collect();
        let numbers = |group: &Vec<ObjectNumber>| group.iter().map(|number| number.0).collect();
        let groups: Vec<Vec<u32>> = groups.iter().map(numbers).collect();
        let (graph, order) = (&self.graph, &self.order);
        let count = |part: &[Vec<u32>]| {
            let bits = graph.descendants(part, order, &targets);
            let held = |bit: usize| bits.iter().filter(|&&bits| bits & (1 << bit) != 0).count() as u64;
            (0..part.len()).map(held).collect::<Vec<_>>()
        };
        groups.par_chunks(64).flat_map_iter(count).collect()
    }

    /// Which commits HEAD leads to.
    pub fn of_head(&self) -> impl Fn(ObjectNumber) -> bool + use<'_> {
        let seen = self.graph.ancestors(self.head().as_slice());
        move |commit| seen.has(commit.0)
    }

    /// The commit with this number.
    #[must_use]
    pub fn commit(&self, number: ObjectNumber) -> Option<CommitRef> {
        self.graph.commit(number.0).map(|_| self.commit_ref(number.0))
    }

    fn messages(&self, hits: &BTreeSet<u32>) -> BTreeMap<ObjectNumber, Option<CommitRef>> {
        let commits = self.order.iter().filter(|commit| hits.contains(commit));
        let mut found: BTreeMap<_, _> =
            commits.map(|&commit| (ObjectNumber(commit), Some(self.commit_ref(commit)))).collect();
        let mut open: Vec<u32> = self.tips.clone();
        while let Some(tag) = open.pop() {
            if let Some(target) = self.graph.tags.get(&tag) {
                open.extend(target);
                if hits.contains(&tag) {
                    found.insert(ObjectNumber(tag), None);
                }
            }
        }
        found
    }

    fn head(&self) -> Option<u32> {
        self.refs.iter().find(|(name, _)| name == "HEAD").map(|(_, number)| *number)
    }

    fn head_tree(&self) -> Option<u32> {
        self.graph.commit(self.head()?)?.tree
    }

    pub(super) fn commit_ref(&self, number: u32) -> CommitRef {
        let times = self.graph.commit(number).map(|commit| (commit.commit_time, commit.author_time));
        let (commit_time, author_time) = times.unwrap_or_default();
        CommitRef { commit_time, author_time, id: self.store.id(number).to_string() }
    }
}

fn numbered(paths: Vec<(BString, u32)>) -> Vec<(BString, ObjectNumber)> {
    paths.into_iter().map(|(path, blob)| (path, ObjectNumber(blob))).collect()
}
