//! The full history of a git repository: every blob, commit and tag once, in pack order.
//!
//! Blobs reach the sink before it is known which commits hold them; [`History::attribute`] works that out
//! afterwards, and only for blobs with hits. Nothing of the repository is run: no hooks, no filters, no
//! configuration beyond its format.

mod attribute;
mod delta;
mod graph;
mod pack;
mod store;
mod trees;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bstr::BString;
use rayon::prelude::*;

use super::Progress;
use crate::finding::{CommitRef, Coverage, GapReason, OutOfScope};
use attribute::{Holdings, Introduction};
use graph::Graph;
use store::Store;
use trees::{Edges, Trees};

pub use delta::Copy;
pub use store_number::ObjectNumber;

mod store_number {
    /// The number of an object within one scan.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct ObjectNumber(pub(super) u32);
}

/// Kinds of git objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blob,
    Tree,
    Commit,
    Tag,
}

/// A repository that cannot be scanned at all.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A repository that is there and cannot be opened.
    #[error(
        "{path}: the git repository cannot be opened: {why}; run `git fsck` there, or scan a fresh clone"
    )]
    Unusable {
        /// The path.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// No repository at the path.
    #[error(
        "{path}: not a git repository ({why}); name a folder that holds one, or scan plain files with `ringfence scan`"
    )]
    NotARepository {
        /// The path.
        path: String,
        /// What git's layout lacks.
        why: String,
    },
}

/// What is accepted although it makes a history incomplete.
#[derive(Debug, Clone, Copy, Default)]
pub struct Accept {
    /// A shallow boundary.
    pub shallow: bool,
    /// Missing objects of a partial clone.
    pub partial: bool,
}

/// A blob, or the text of a commit or tag, with what it shares with its delta base.
#[derive(Debug)]
pub struct HistoryBlob<'a> {
    /// Its number.
    pub number: ObjectNumber,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What it copies from its delta base, and the base's length.
    pub copies: Option<(&'a [Copy], usize)>,
    /// False for a further copy of an object that was or will be handed over: its hits do not count.
    pub counts: bool,
}

/// Where a blob with hits came in.
#[derive(Debug, Clone)]
pub struct Introduced {
    /// The commit.
    pub commit: CommitRef,
    /// Every path at which the commit holds a new hit blob.
    pub places: Vec<(BString, ObjectNumber)>,
    /// The hit blobs that its parents hold.
    pub before: BTreeSet<ObjectNumber>,
}

/// A commit whose hit objects are not those of each parent.
#[derive(Debug, Clone)]
pub struct Step {
    /// The commit.
    pub commit: ObjectNumber,
    /// What it holds: a place in [`Attribution::sets`].
    pub own: usize,
    /// What its parents hold.
    pub parents: Vec<usize>,
}

/// A reference and what it holds.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Its full name.
    pub name: String,
    /// What the commit or object it leads to holds: a place in [`Attribution::sets`].
    pub set: usize,
    /// What it leads to, after tags.
    pub target: ObjectNumber,
}

/// Where hits stand in the history.
#[derive(Debug, Default)]
pub struct Attribution {
    /// Sets of hit objects that commits hold; the first is empty.
    pub sets: Vec<Vec<ObjectNumber>>,
    /// Commits at which that changes, parents before children.
    pub steps: Vec<Step>,
    /// All references.
    pub holders: Vec<Holder>,
    /// Commits that brought in hit blobs, parents before children.
    pub introduced: Vec<Introduced>,
    /// What HEAD holds: path and blob.
    pub at_head: Vec<(BString, ObjectNumber)>,
    /// Hit blobs that a reference holds without a commit (tags on blobs or trees).
    pub held_by_refs: BTreeSet<ObjectNumber>,
    /// Commits and tags with hits in their text that a reference leads to.
    pub messages: BTreeMap<ObjectNumber, Option<CommitRef>>,
}

/// The history of one repository.
pub struct History {
    repo: gix::Repository,
    store: Store,
    graph: Graph,
    tips: Vec<u32>,
    /// References and what they lead to, sorted by name.
    refs: Vec<(String, u32)>,
    order: Vec<u32>,
    trees: Trees,
    accept: Accept,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "History({})", self.repo.git_dir().display())
    }
}

/// Opens the repository at or above `path`, with nobody's configuration but its own format.
fn open_repository(path: &Path) -> Result<gix::Repository, HistoryError> {
    let options = gix::open::Options::isolated().config_overrides(["core.useReplaceRefs=false"]);
    let named = |why: String| {
        let path_text = path.display().to_string();
        match holds_repository(path) {
            true => HistoryError::Unusable { path: path_text, why },
            false => HistoryError::NotARepository { path: path_text, why },
        }
    };
    if let Ok(repo) = gix::open_opts(path, options.clone()) {
        return Ok(repo);
    }
    let (found, _) = gix::discover::upwards(path).map_err(|_| named(what_lacks(path)))?;
    gix::open_opts(found.as_ref(), options).map_err(|error| named(in_words(&error)))
}

/// Why nothing at or above the path is a repository.
fn what_lacks(path: &Path) -> String {
    match path.metadata() {
        Ok(_) if holds_repository(path) => "it lacks a readable HEAD, objects or refs".into(),
        Ok(found) if found.is_dir() => "no .git folder and no bare repository there or above it".into(),
        Ok(_) => "it is a file, not a folder".into(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "there is nothing with this name".into(),
        Err(error) => error.to_string(),
    }
}

/// An error and its causes in one line, without the debug form of their data.
fn in_words(error: &gix::Error) -> String {
    let mut words: Vec<String> = error.iter_errors().map(ToString::to_string).collect();
    words.dedup();
    words.join(": ").replace('\n', " ")
}

/// Whether something at or above the path is meant to be a repository, broken or not.
fn holds_repository(path: &Path) -> bool {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    full.join("objects").is_dir() || full.ancestors().any(|folder| folder.join(".git").exists())
}

impl History {
    /// Opens the repository at or above `path` and lists its objects.
    ///
    /// # Errors
    /// When there is no repository; what is wrong inside one is counted in `coverage`.
    pub fn open(path: &Path, accept: Accept, coverage: &mut Coverage) -> Result<Self, HistoryError> {
        let repo = open_repository(path)?;
        check_format(&repo, coverage);
        let mut folders = vec![repo.objects.store_ref().path().to_owned()];
        match gix::odb::alternate::resolve(folders[0].clone(), &std::env::current_dir().unwrap_or_default()) {
            Ok(more) => folders.extend(more),
            Err(error) => coverage.gap(GapReason::MissingObject, "objects/info/alternates", in_words(&error)),
        }
        note_alternates(&folders[1..], coverage);
        let mut store = Store::open(&folders, repo.object_hash(), coverage);
        store.partial |= repo.config_snapshot().string("extensions.partialClone").is_some();
        let (graph, tips, refs, order, trees) = Default::default();
        Ok(Self { repo, store, graph, tips, refs, order, trees, accept })
    }

    /// Objects in all, for progress.
    #[must_use]
    pub fn object_count(&self) -> usize {
        self.store.len()
    }

    /// Hands over every blob, with what `visit` returned for its delta base.
    pub fn visit_blobs<S, F>(&self, progress: &Progress, coverage: &mut Coverage, visit: &F)
    where
        S: Send + Sync,
        F: Fn(&HistoryBlob<'_>, Option<&S>) -> S + Sync,
    {
        let (blobs, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        visit::visit_all(&self.store, Kind::Blob, progress, coverage, &|object, base: Option<&S>| {
            if object.counts {
                blobs.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(object.bytes.len() as u64, Ordering::Relaxed);
            }
            let (number, bytes, copies) = (ObjectNumber(object.number), object.bytes, object.copies);
            visit(&HistoryBlob { number, bytes, copies, counts: object.counts }, base)
        });
        coverage.scanned.blobs += blobs.into_inner();
        coverage.scanned.blob_bytes += bytes.into_inner();
    }

    /// Reads all commits, tags and trees and follows all references; `text` gets the bytes of each commit and tag.
    ///
    /// `hits` are the blobs that [`Self::attribute`] will be asked for.
    pub fn visit_commits(
        &mut self,
        hits: &BTreeSet<ObjectNumber>,
        progress: &Progress,
        coverage: &mut Coverage,
        text: &(dyn Fn(ObjectNumber, &[u8]) + Sync),
    ) {
        self.follow_references(coverage);
        let (store, tips) = (&self.store, &self.tips);
        let mut of_trees = Coverage::default();
        let ((graph, order), trees) = rayon::join(
            || {
                let text = |number, bytes: &[u8]| text(ObjectNumber(number), bytes);
                let graph = Graph::read(store, progress, coverage, &text);
                let commits: Vec<u32> = tips.iter().filter_map(|&tip| graph.peel(tip)).collect();
                let order = graph.ordered_from(&commits);
                (graph, order)
            },
            || read_trees(store, hits, progress, &mut of_trees),
        );
        coverage.join(of_trees);
        (self.graph, self.order, self.trees) = (graph, order, trees);
        coverage.scanned.commits += self.order.len() as u64;
        self.note_missing_parents(coverage);
        self.note_wrong_kinds(coverage);
        self.note_missing_objects(progress, coverage);
    }

    /// What a commit names as parent or tree must be one: a flipped bit in a pack makes it something else.
    fn note_wrong_kinds(&self, coverage: &mut Coverage) {
        let mut wrong: BTreeSet<u32> = BTreeSet::new();
        for commit in self.order.iter().filter_map(|&number| self.graph.commit(number)) {
            let is_wrong =
                |number: &u32, kind: Kind| self.store.kind(*number).is_some_and(|found| found != kind);
            wrong.extend(commit.tree.filter(|tree| is_wrong(tree, Kind::Tree)));
            wrong.extend(commit.parents.iter().filter(|parent| is_wrong(parent, Kind::Commit)));
        }
        for number in wrong {
            let detail = "a commit names it as its parent or tree, and it is neither";
            coverage.gap(GapReason::CorruptObject, self.store.id(number).to_string(), detail);
        }
    }

    fn follow_references(&mut self, coverage: &mut Coverage) {
        let mut targets: Vec<(String, gix::ObjectId)> = Vec::new();
        match self.repo.references().and_then(|platform| platform.all().map(|all| all.collect::<Vec<_>>())) {
            Ok(all) => {
                for reference in all {
                    match reference {
                        Ok(found) => {
                            let name = found.name().as_bstr().to_string();
                            targets.extend(found.try_id().map(|id| (name, id.detach())));
                        }
                        Err(error) => coverage.gap(GapReason::CorruptObject, "a reference", in_words(&error)),
                    }
                }
            }
            Err(error) => coverage.gap(GapReason::CorruptObject, "references", in_words(&error)),
        }
        coverage.scanned.refs += targets.len() as u64;
        match self.repo.head() {
            Ok(head) => targets.extend(head.id().map(|id| ("HEAD".to_owned(), id.detach()))),
            Err(error) => coverage.gap(GapReason::CorruptObject, "HEAD", in_words(&error)),
        }
        for (name, id) in targets {
            match self.store.number(&id) {
                Some(number)
                    if is_branch(&name)
                        && self.store.kind(number).is_some_and(|kind| kind != Kind::Commit) =>
                {
                    let detail = format!("refers to {id}, which is not a commit");
                    coverage.gap(GapReason::CorruptObject, name, detail);
                }
                Some(number) => self.refs.push((name, number)),
                None => self.note_missing(
                    coverage,
                    name,
                    format!("refers to {id}, which is not in the repository"),
                ),
            }
        }
        self.refs.sort_unstable();
        self.tips = self.refs.iter().map(|(_, number)| *number).collect();
        self.tips.sort_unstable();
        self.tips.dedup();
    }

    fn note_missing_parents(&self, coverage: &mut Coverage) {
        let shallow: BTreeSet<gix::ObjectId> = self
            .repo
            .shallow_commits()
            .ok()
            .flatten()
            .map(|ids| ids.iter().copied().collect())
            .unwrap_or_default();
        let boundary = shallow.len() as u64;
        if boundary > 0 && self.accept.shallow {
            coverage.leave_out(OutOfScope::ShallowAccepted, boundary);
        } else if boundary > 0 {
            let detail = format!("the clone is shallow: history ends at {boundary} boundary commits");
            coverage.gap(GapReason::Shallow, self.repo.git_dir().display().to_string(), detail);
        }
        let walked: BTreeSet<u32> =
            self.order.iter().copied().chain(self.graph.tags.keys().copied()).collect();
        for (id, by) in &self.graph.missing {
            let by_id = self.store.id(*by);
            if walked.contains(by) && !shallow.contains(&by_id) {
                self.note_missing(coverage, id.to_string(), format!("named by {by_id}"));
            }
        }
    }

    fn note_missing(&self, coverage: &mut Coverage, place: String, detail: String) {
        if self.store.partial && self.accept.partial {
            coverage.leave_out(OutOfScope::PartialClone, 1);
        } else {
            let why = if self.store.partial { " (the clone is partial)" } else { "" };
            coverage.gap(GapReason::MissingObject, place, format!("{detail}{why}"));
        }
    }

    /// A missing object matters if a reference leads to a tree that names it.
    fn note_missing_objects(&self, progress: &Progress, coverage: &mut Coverage) {
        if self.trees.missing.is_empty() {
            return;
        }
        let again = match self.trees.edges {
            Some(_) => None,
            None => {
                trees::read_trees(&self.store, Some(&|_| false), progress, &mut Coverage::default()).edges
            }
        };
        let edges = self.trees.edges.as_ref().or(again.as_ref()).map_or(&[][..], Vec::as_slice);
        let matters = attribute::reachable_trees(&self.store, edges, &self.graph, &self.order, &self.tips);
        // The tree that is known to name an object may be one that no reference leads to, and others be not.
        let all_matter = self.trees.missing.values().all(|&tree| matters[tree as usize]);
        let missing = match all_matter {
            true => self.trees.missing.clone(),
            false => trees::missing_in(&self.store, &matters, progress),
        };
        for (id, tree) in missing {
            self.note_missing(coverage, id.to_string(), format!("named by tree {}", self.store.id(tree)));
        }
    }

    /// Finds out where the hits stand: blobs that [`Self::visit_commits`] was told of, and commits and tags.
    pub fn attribute(&mut self, hits: &BTreeSet<ObjectNumber>) -> Attribution {
        let numbers: BTreeSet<u32> = hits.iter().map(|number| number.0).collect();
        match std::mem::take(&mut self.trees).edges {
            Some(edges) => self.place(edges, &numbers),
            None => Attribution { messages: self.messages(&numbers), ..Attribution::default() },
        }
    }

    fn place(&self, edges: Edges, hits: &BTreeSet<u32>) -> Attribution {
        let mut holdings = Holdings::new(&self.store, edges, hits);
        let mut out = Attribution::default();
        let graph = &self.graph;
        let introductions = holdings.introductions(graph, &self.order);
        let placed = introductions.into_par_iter().filter_map(|Introduction { commit, new, before }| {
            let tree = graph.commit(commit)?.tree?;
            let before = before.into_iter().map(ObjectNumber).collect();
            Some((commit, numbered(holdings.paths(tree, &new)), before))
        });
        let placed: Vec<_> = placed.collect();
        out.introduced.extend(placed.into_iter().map(|(commit, places, before)| {
            let commit = self.commit_ref(commit);
            Introduced { commit, places, before }
        }));
        if let Some(tree) = self.head_tree() {
            let blobs: BTreeSet<u32> = holdings.blobs(Some(tree)).iter().copied().collect();
            out.at_head = numbered(holdings.paths(tree, &blobs));
        }
        let peeled = self.tips.iter().filter_map(|&tip| self.graph.peel(tip));
        for target in peeled.filter(|target| self.graph.commit(*target).is_none()) {
            out.held_by_refs.extend(hits.contains(&target).then_some(ObjectNumber(target)));
            out.held_by_refs.extend(holdings.blobs(Some(target)).iter().map(|&blob| ObjectNumber(blob)));
        }
        out.messages = self.messages(hits);
        out.steps = holdings.steps(graph, &self.order);
        for (name, object) in &self.refs {
            let Some(target) = graph.peel(*object) else { continue };
            let set = holdings.set_at(graph, target, hits);
            out.holders.push(Holder { name: name.clone(), set, target: ObjectNumber(target) });
        }
        out.sets = holdings.into_sets();
        out
    }

    /// For each group of commits, how many references have one of them in their history.
    #[must_use]
    pub fn count_refs_leading(&self, groups: &[Vec<ObjectNumber>]) -> Vec<u64> {
        let targets: Vec<u32> = self
            .refs
            .iter()
            .filter(|(name, _)| name != "HEAD")
            .filter_map(|(_, object)| self.graph.peel(*object))
            .collect();
        let numbers = |group: &Vec<ObjectNumber>| group.iter().map(|number| number.0).collect();
        let groups: Vec<Vec<u32>> = groups.iter().map(numbers).collect();
        let (graph, order) = (&self.graph, &self.order);
        let count = |part: &[Vec<u32>]| {
            let bits = graph.descendants(part, order);
            let held = |bit: usize| {
                targets.iter().filter(|&&target| bits[target as usize] & (1 << bit) != 0).count() as u64
            };
            (0..part.len()).map(held).collect::<Vec<_>>()
        };
        groups.par_chunks(64).flat_map_iter(count).collect()
    }

    /// Which commits HEAD leads to.
    #[must_use]
    pub fn of_head(&self) -> impl Fn(ObjectNumber) -> bool + use<> {
        let head = self.refs.iter().find(|(name, _)| name == "HEAD").map(|(_, number)| *number);
        let seen = self.graph.ancestors(head.as_slice());
        move |commit| seen[commit.0 as usize]
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

    fn head_tree(&self) -> Option<u32> {
        let head = self.store.number(&self.repo.head_id().ok()?.detach())?;
        self.graph.commit(head)?.tree
    }

    fn commit_ref(&self, number: u32) -> CommitRef {
        let times = self.graph.commit(number).map(|commit| (commit.commit_time, commit.author_time));
        let (commit_time, author_time) = times.unwrap_or_default();
        CommitRef { commit_time, author_time, id: self.store.id(number).to_string() }
    }

    /// Hex id of an object.
    #[must_use]
    pub fn id(&self, number: ObjectNumber) -> String {
        self.store.id(number.0).to_string()
    }

    /// Reads one object again.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(&self, number: ObjectNumber) -> Result<Vec<u8>, String> {
        self.store.read(number.0).map(|(_, bytes)| bytes)
    }
}

/// Reads all trees, and keeps what leads to the hits if there are any.
fn read_trees(
    store: &Store,
    hits: &BTreeSet<ObjectNumber>,
    progress: &Progress,
    coverage: &mut Coverage,
) -> Trees {
    let mut table = vec![false; if hits.is_empty() { 0 } else { store.len() }];
    hits.iter().for_each(|hit| table[hit.0 as usize] = true);
    let is_hit = |number: u32| table[number as usize];
    trees::read_trees(store, if hits.is_empty() { None } else { Some(&is_hit) }, progress, coverage)
}

/// Names that lead to commits only; tags and others may lead to anything.
fn is_branch(name: &str) -> bool {
    name == "HEAD" || name.starts_with("refs/heads/") || name.starts_with("refs/remotes/")
}

fn numbered(paths: Vec<(BString, u32)>) -> Vec<(BString, ObjectNumber)> {
    paths.into_iter().map(|(path, blob)| (path, ObjectNumber(blob))).collect()
}

/// Formats that would look like an empty repository.
fn check_format(repo: &gix::Repository, coverage: &mut Coverage) {
    let place = repo.git_dir().display().to_string();
    let storage = repo.config_snapshot().string("extensions.refStorage").map(|name| name.to_string());
    if storage.as_deref().is_some_and(|name| name != "files") || repo.common_dir().join("reftable").is_dir() {
        let detail = "references are kept in a format other than files (reftable): branches and tags were not followed";
        coverage.gap(GapReason::UnsupportedRepository, place, detail);
    }
}

fn note_alternates(folders: &[PathBuf], coverage: &mut Coverage) {
    for folder in folders {
        let shown = folder.display().to_string();
        coverage.note(format!("objects of the alternate {shown} were read too"));
        if !folder.is_dir() {
            coverage.gap(GapReason::MissingObject, shown, "an alternate that does not exist");
        }
    }
}
