//! The full history of a git repository: every blob, commit and tag once, in pack order.
//!
//! Blobs reach the sink before it is known which commits hold them; [`History::attribute`] works that out
//! afterwards, and only for blobs with hits. Nothing of the repository is run: no hooks, no filters, no
//! configuration beyond its format.

mod around;
mod attribute;
mod attribution;
mod by_git;
mod delta;
mod edges;
mod entries;
mod fan;
mod graph;
mod leading;
pub(super) mod open;
mod pack;
mod paths;
mod ranks;
mod sets;
mod snapshot;
mod store;
mod trees;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use bstr::BString;

use super::{Progress, lfs};
use crate::finding::{Coverage, GapReason, OutOfScope};
use graph::Graph;
use leading::Leading;
use open::{in_words, is_reftable, note_alternates, open_repository};
use ranks::Ranks;
use snapshot::Known;
use store::Store;
use trees::{AskedOfNames, Trees};

pub use attribute::ObjectSets;
pub use attribution::{Attribution, Holder, Introduced, Step};
pub use delta::Copy;
pub(super) use delta::apply_within;
pub use sets::{Images, Set, Sets};
pub use store_number::ObjectNumber;

mod store_number {
    /// The number of an object within one scan.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct ObjectNumber(pub(super) u32);

    impl ObjectNumber {
        /// Its place in the snapshot that is made of this scan.
        #[must_use]
        pub fn place(self) -> u32 {
            self.0
        }
    }
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
    /// Which of the texts of an archive it is; nothing for the object itself.
    pub part: Option<u32>,
}

/// Who looks at what is no blob.
pub struct TextSink<'a> {
    /// Gets the bytes of each commit and tag, and where in them the ids of other objects end.
    pub text: &'a (dyn Fn(ObjectNumber, &[u8], usize) + Sync),
    /// Tells whether a name may hold a secret.
    pub is_named: &'a (dyn Fn(&[u8]) -> bool + Sync),
    /// Tells whether blobs of this name are to be attributed, whatever they hold; see [`History::followed`].
    pub is_followed: &'a (dyn Fn(&[u8]) -> bool + Sync),
}

impl std::fmt::Debug for TextSink<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TextSink")
    }
}

/// The history of one repository.
pub struct History {
    repo: gix::ThreadSafeRepository,
    /// Where objects and references are kept.
    folder: PathBuf,
    store: Store,
    graph: Graph,
    tips: Vec<u32>,
    /// References and what they lead to, sorted by name.
    refs: Vec<(String, u32)>,
    order: Vec<u32>,
    /// Until hits are attributed.
    trees: Option<Trees>,
    named: Vec<ObjectNumber>,
    followed: Vec<ObjectNumber>,
    /// What stands before its paths in reports: a submodule's name.
    prefix: String,
    accept: Accept,
    /// What an earlier scan has read.
    known: Known,
    /// Objects that trees name and that are not here.
    missing: usize,
    /// Blobs that are pointers of Git LFS.
    pointers: Vec<u32>,
}

/// Gives what an earlier scan has stored of the repository in a folder, as [`History::write_snapshot`] wrote it.
pub type Recall<'a> = &'a dyn Fn(&Path) -> Option<&'a [u8]>;

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "History({})", self.repo.git_dir().display())
    }
}

impl History {
    /// Opens the repository at or above `path` and lists its objects; `recall` gives what an earlier scan has stored.
    ///
    /// # Errors
    /// When there is no repository; what is wrong inside one is counted in `coverage`.
    pub fn open(
        path: &Path,
        accept: Accept,
        recall: Recall<'_>,
        coverage: &mut Coverage,
    ) -> Result<Self, HistoryError> {
        let repo = open_repository(path)?;
        let mut folders = vec![repo.objects.store_ref().path().to_owned()];
        match gix::odb::alternate::resolve(folders[0].clone(), &std::env::current_dir().unwrap_or_default()) {
            Ok(more) => folders.extend(more),
            Err(error) => coverage.gap(GapReason::MissingObject, "objects/info/alternates", in_words(&error)),
        }
        note_alternates(&folders[1..], coverage);
        let mut store = Store::open(&folders, repo.object_hash(), coverage);
        store.partial |= repo.config_snapshot().string("extensions.partialClone").is_some();
        let stored = recall(repo.common_dir());
        let known = stored.and_then(|bytes| Known::read(bytes, &store));
        let (known, (is_known, kinds)) = known.unwrap_or_default();
        store.read_entries(is_known, &kinds, coverage);
        let (graph, tips, refs, order, (trees, named, followed, prefix, missing)) = Default::default();
        let pointers = Vec::new();
        Ok(Self {
            folder: repo.common_dir().to_owned(),
            repo: repo.into_sync(),
            store,
            graph,
            tips,
            refs,
            order,
            trees,
            named,
            followed,
            prefix,
            accept,
            known,
            missing,
            pointers,
        })
    }

    /// Puts the name of a submodule, with a slash, before its paths.
    pub fn set_prefix(&mut self, prefix: &str) {
        prefix.clone_into(&mut self.prefix);
    }

    fn repo(&self) -> gix::Repository {
        self.repo.to_thread_local()
    }

    /// The folder that holds the repository's objects and references.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path as reports show it; an empty one stays empty.
    #[must_use]
    pub fn shown_path(&self, path: &BString) -> BString {
        if path.is_empty() {
            return path.clone();
        }
        let mut shown = BString::from(self.prefix.as_str());
        shown.extend_from_slice(path);
        shown
    }

    /// Objects in all, and those of them that an earlier scan has read.
    #[must_use]
    pub fn object_counts(&self) -> (u64, u64) {
        let all = 0..self.store.len() as u32;
        (all.len() as u64, all.filter(|&number| self.store.is_known(number)).count() as u64)
    }

    /// Hands over every blob, with what `visit` returned for its delta base.
    pub fn visit_blobs<S, F>(&mut self, progress: &Progress, coverage: &mut Coverage, visit: &F)
    where
        S: Send + Sync,
        F: Fn(&HistoryBlob<'_>, Option<&S>) -> S + Sync,
    {
        let (blobs, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        let pointers = Mutex::new(std::mem::take(&mut self.known.pointers));
        visit::visit_all(&self.store, Kind::Blob, progress, coverage, &|object, base: Option<&S>| {
            if object.counts {
                blobs.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(object.bytes.len() as u64, Ordering::Relaxed);
                if lfs::pointed_to(object.bytes).is_some() {
                    pointers.lock().expect("no thread panics while it holds the lock").push(object.number);
                }
            }
            let (number, bytes, copies) = (ObjectNumber(object.number), object.bytes, object.copies);
            visit(&HistoryBlob { number, bytes, copies, counts: object.counts, part: None }, base)
        });
        coverage.scanned.blobs += blobs.into_inner() + self.known.scanned.0;
        coverage.scanned.blob_bytes += bytes.into_inner() + self.known.scanned.1;
        self.pointers = pointers.into_inner().expect("no thread panicked");
        self.note_pointers(coverage);
    }

    /// Counts the files that Git LFS keeps elsewhere; those that are here are read among the repository's own.
    fn note_pointers(&self, coverage: &mut Coverage) {
        let id = |&pointer: &u32| {
            let (_, bytes) = self.store.read(pointer).ok()?;
            lfs::pointed_to(&bytes).map(str::to_owned)
        };
        let ids: BTreeSet<String> = self.pointers.iter().filter_map(id).collect();
        for id in ids.iter().filter(|id| !lfs::is_here(&self.folder, id)) {
            coverage.leave_out_named(OutOfScope::LfsObject, format!("sha256:{id}"));
        }
    }

    /// Reads all commits, tags and trees, and follows all references.
    ///
    /// `hits` are the blobs that [`Self::attribute`] will be asked for.
    pub fn visit_commits(
        &mut self,
        hits: &BTreeSet<ObjectNumber>,
        progress: &Progress,
        coverage: &mut Coverage,
        sink: &TextSink<'_>,
    ) {
        self.follow_references(coverage);
        let known = std::mem::take(&mut self.known.graph);
        let (store, tips) = (&self.store, &self.tips);
        let mut of_trees = Coverage::default();
        let ((graph, order), trees) = rayon::join(
            || {
                let text =
                    |number, bytes: &[u8]| (sink.text)(ObjectNumber(number), bytes, graph::ids_end(bytes));
                let graph = Graph::read(store, known, (progress, coverage), &text);
                let commits: Vec<u32> = tips.iter().filter_map(|&tip| graph.peel(tip)).collect();
                let order = graph.ordered_from(&commits);
                (graph, order)
            },
            || {
                let mut table = vec![false; store.len()];
                hits.iter().for_each(|hit| table[hit.0 as usize] = true);
                let is_hit = |number: u32| table[number as usize];
                let asked = AskedOfNames { is_named: sink.is_named, is_followed: sink.is_followed };
                trees::read_trees(store, &is_hit, asked, progress, &mut of_trees)
            },
        );
        coverage.join(of_trees);
        (self.graph, self.order) = (graph, order);
        self.missing = trees.missing.len();
        let named = trees.named.iter().chain(&self.known.named).copied();
        self.named = named.map(ObjectNumber).collect();
        self.followed = trees.followed.iter().copied().map(ObjectNumber).collect();
        coverage.scanned.commits += self.order.len() as u64;
        self.note_missing_parents(coverage);
        self.note_wrong_kinds(coverage);
        self.note_missing_objects(&trees, coverage);
        self.trees = Some(trees);
    }

    /// What a commit names as parent or tree must be one: a flipped bit in a pack makes it something else.
    fn note_wrong_kinds(&self, coverage: &mut Coverage) {
        let walked = Ranks::new(self.store.len(), self.order.iter().copied());
        let of_walked = self.graph.wrong.iter().filter(|(_, by)| walked.place(*by).is_some());
        let wrong: BTreeSet<u32> = of_walked.map(|(number, _)| *number).collect();
        for number in wrong {
            let detail = "a commit names it as its parent or tree, and it is neither";
            coverage.gap(GapReason::CorruptObject, self.store.id(number).to_string(), detail);
        }
    }

    /// All references and what they refer to, HEADs included.
    fn references(&self, coverage: &mut Coverage) -> Vec<(String, gix::ObjectId)> {
        if is_reftable(&self.repo()) {
            return self.references_by_git(coverage).unwrap_or_else(|why| {
                let detail =
                    format!("references are kept as a reftable: {why}; branches and tags were not followed");
                coverage.gap(
                    GapReason::UnsupportedRepository,
                    self.repo.git_dir().display().to_string(),
                    detail,
                );
                Vec::new()
            });
        }
        let mut targets: Vec<(String, gix::ObjectId)> = Vec::new();
        let repo = self.repo();
        match repo.references().and_then(|platform| platform.all().map(|all| all.collect::<Vec<_>>())) {
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
        match repo.head() {
            Ok(head) => targets.extend(head.id().map(|id| ("HEAD".to_owned(), id.detach()))),
            Err(error) => coverage.gap(GapReason::CorruptObject, "HEAD", in_words(&error)),
        }
        targets
    }

    fn follow_references(&mut self, coverage: &mut Coverage) {
        let mut targets = self.references(coverage);
        coverage.scanned.refs += targets.iter().filter(|(name, _)| name != "HEAD").count() as u64;
        targets.extend(self.other_heads(coverage));
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
            .repo()
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
    fn note_missing_objects(&self, trees: &Trees, coverage: &mut Coverage) {
        if trees.missing.is_empty() {
            return;
        }
        let mut goals: Vec<u32> = trees.missing.values().copied().collect();
        goals.sort_unstable();
        let leading = Leading::to(&self.store, &trees.parents, &goals, &[]);
        let reached = leading::reachable_trees(&leading, &self.graph, &self.order, &self.tips);
        let mut named_by: BTreeMap<u32, u32> = BTreeMap::new();
        for &tree in reached.iter().rev() {
            let missing = leading.of(tree).filter(|child| goals.binary_search(child).is_ok());
            named_by.extend(missing.map(|child| (child, tree)));
        }
        for (id, number) in &trees.missing {
            if let Some(tree) = named_by.get(number) {
                let detail = format!("named by tree {}", self.store.id(*tree));
                self.note_missing(coverage, id.to_string(), detail);
            }
        }
    }

    /// Forgets what only [`Self::number_in_snapshot`] needs.
    pub fn forget_places(&mut self) {
        self.known.numbers = Vec::new();
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

/// Names that lead to commits only; tags and others may lead to anything.
fn is_branch(name: &str) -> bool {
    name == "HEAD" || name.starts_with("refs/heads/") || name.starts_with("refs/remotes/")
}
