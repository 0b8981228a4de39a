//! Objects looked up one by one, each checked against its own id.
//!
//! What a scan needed and could not read is kept, each object once, until [`Objects::report`] hands it to
//! the coverage. Every thread has its own handle, so none waits for another.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bstr::{BStr, BString, ByteSlice};
use gix::ObjectId;
use gix::objs::{CommitRef, Find as _, Kind, TagRefIter, tree::EntryRef};

use super::super::history::{Accept, open::in_words};
use super::cache::Bases;
use super::tree::{self, Change, Origins};
use crate::finding::{self, Coverage, GapReason, OutOfScope};

/// Why an object cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Lack {
    Missing(String),
    Corrupt(String),
}

/// A commit, as far as it says what it changed and when.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, as far as they are part of this history.
    pub parents: Vec<ObjectId>,
    /// Committer time, seconds since 1970 UTC.
    pub commit_time: i64,
    /// Author time, seconds since 1970 UTC.
    pub author_time: i64,
}

impl Commit {
    /// What a report names of it.
    #[must_use]
    pub fn named(&self) -> finding::CommitRef {
        finding::CommitRef {
            commit_time: self.commit_time,
            author_time: self.author_time,
            id: self.id.to_string(),
        }
    }
}

/// All objects of a repository, its alternates and, for a push that is being received, its quarantine.
pub struct Objects {
    /// For each thread, a handle for each folder.
    handles: Vec<Mutex<Vec<gix::odb::Handle>>>,
    folders: Vec<PathBuf>,
    hash: gix::hash::Kind,
    configured_partial: bool,
    accept: Accept,
    lacks: Mutex<BTreeMap<ObjectId, Lack>>,
    counted: Mutex<(HashSet<ObjectId>, u64)>,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Objects({:?})", self.folders)
    }
}

impl Objects {
    /// The objects of `repo`, and those of `more` folders. All threads keep `kept` bytes of delta bases, if that is limited.
    ///
    /// # Errors
    /// When a folder is none.
    pub(super) fn open(
        repo: &gix::Repository,
        accept: Accept,
        (more, kept): (&[PathBuf], Option<u64>),
    ) -> Result<Self, String> {
        let hash = repo.object_hash();
        let mut handles = Vec::new();
        for folder in more {
            let handle =
                gix::odb::at(folder, hash).map_err(|error| format!("{}: {error}", folder.display()))?;
            handles.push(handle);
        }
        handles.push(repo.objects.store().to_cache());
        let threads = rayon::current_num_threads() + 1;
        let each = kept.map(|kept| kept as usize / (threads * handles.len()));
        for handle in &mut handles {
            handle.refresh_never();
            handle.set_pack_cache(move || Box::new(Bases::new(each)));
        }
        let own = repo.objects.store_ref().path().to_owned();
        let folders = more.iter().cloned().chain([own]).collect();
        let configured_partial = repo.config_snapshot().string("extensions.partialClone").is_some();
        let handles = (0..threads).map(|_| Mutex::new(handles.clone())).collect();
        let (lacks, counted) = Default::default();
        Ok(Self { handles, folders, hash, configured_partial, accept, lacks, counted })
    }

    /// What may be missing.
    pub(super) fn accept(&self) -> Accept {
        self.accept
    }

    /// The blobs that a commit holds and none of its parents has at the same path.
    #[must_use]
    pub fn changes(&self, commit: &Commit) -> Vec<Change> {
        tree::changes(self, commit.tree, &self.parent_trees(commit))
    }

    /// What a commit's parents hold, and what of it is gone.
    #[must_use]
    pub fn origins(&self, commit: &Commit) -> Origins {
        let kept: HashSet<BString> =
            tree::changes(self, commit.tree, &[]).into_iter().map(|file| file.path).collect();
        let mut origins = Origins::default();
        for parent in self.parent_trees(commit) {
            origins.add(self, parent, &|path| kept.contains(path));
        }
        origins
    }

    fn parent_trees(&self, commit: &Commit) -> Vec<ObjectId> {
        commit.parents.iter().filter_map(|id| Some(self.peek_commit(id)?.tree)).collect()
    }

    /// The blobs of a tree that no commit holds.
    #[must_use]
    pub fn files(&self, tree: ObjectId) -> Vec<Change> {
        tree::changes(self, tree, &[])
    }

    /// The blob at a path.
    #[must_use]
    pub fn blob_at(&self, tree: ObjectId, path: &BStr) -> Option<ObjectId> {
        let mut at = tree;
        let mut names = path.split_str("/").peekable();
        while let Some(name) = names.next() {
            let (_, bytes) = self.peek(&at).filter(|(kind, _)| *kind == Kind::Tree)?;
            let is_last = names.peek().is_none();
            let mut entries = gix::objs::TreeRefIter::from_bytes(&bytes, self.hash).filter_map(Result::ok);
            at = entries
                .find(|entry| entry.filename == name && entry.mode.is_tree() != is_last)
                .map(|entry| entry.oid.to_owned())?;
        }
        Some(at)
    }

    /// Reads an object; `None` if it is not there.
    ///
    /// # Errors
    /// Why its bytes are not what its id says.
    fn find(&self, id: &ObjectId) -> Result<Option<(Kind, Vec<u8>)>, String> {
        let thread = rayon::current_thread_index().unwrap_or(self.handles.len() - 1);
        let handles = self.handles[thread].lock().expect("no thread panics while it holds the lock");
        for handle in handles.iter() {
            let mut buffer = Vec::new();
            let Some(data) = handle.try_find(id, &mut buffer).map_err(|error| in_words(&error))? else {
                continue;
            };
            data.verify_checksum(id).map_err(|_| "its bytes are not what its id says".to_owned())?;
            let (kind, len) = (data.kind, data.data.len());
            buffer.truncate(len);
            return Ok(Some((kind, buffer)));
        }
        Ok(None)
    }

    /// Reads an object if it can be read; nothing is said if not.
    #[must_use]
    pub fn peek(&self, id: &ObjectId) -> Option<(Kind, Vec<u8>)> {
        self.find(id).ok().flatten()
    }

    /// Reads an object that is in scope; `what` tells people what it is. What is lacking is kept.
    #[must_use]
    pub fn need(&self, id: &ObjectId, what: &dyn Display) -> Option<(Kind, Vec<u8>)> {
        match self.find(id) {
            Ok(Some(found)) => Some(found),
            Ok(None) => self.lack(id, Lack::Missing(what.to_string())),
            Err(why) => self.lack(id, Lack::Corrupt(format!("{what}: {why}"))),
        }
    }

    /// Like [`Self::need`], of this kind and no other.
    #[must_use]
    pub fn need_kind(&self, id: &ObjectId, wanted: Kind, what: &dyn Display) -> Option<Vec<u8>> {
        let (kind, bytes) = self.need(id, what)?;
        match kind == wanted {
            true => Some(bytes),
            false => self.lack(id, Lack::Corrupt(format!("{what}: a {kind}, not a {wanted}"))),
        }
    }

    fn lack<T>(&self, id: &ObjectId, lack: Lack) -> Option<T> {
        let mut lacks = self.lacks.lock().expect("no thread panics while it holds the lock");
        // Whichever thread comes first, the same is told.
        lacks.entry(*id).and_modify(|known| *known = lack.clone().min(known.clone())).or_insert(lack);
        None
    }

    pub(super) fn corrupt(&self, id: &ObjectId, why: String) {
        self.lack::<()>(id, Lack::Corrupt(why));
    }

    /// A commit that is in scope.
    #[must_use]
    pub(super) fn commit(&self, id: &ObjectId, what: &dyn Display) -> Option<Commit> {
        let bytes = self.need_kind(id, Kind::Commit, what)?;
        let commit = self.parse_commit(*id, &bytes);
        match commit {
            Some(commit) => Some(commit),
            None => self.lack(id, Lack::Corrupt(format!("{what}: not what a commit looks like"))),
        }
    }

    /// A commit if it is there.
    #[must_use]
    pub(super) fn peek_commit(&self, id: &ObjectId) -> Option<Commit> {
        let (kind, bytes) = self.peek(id)?;
        (kind == Kind::Commit).then(|| self.parse_commit(*id, &bytes))?
    }

    fn parse_commit(&self, id: ObjectId, bytes: &[u8]) -> Option<Commit> {
        let parsed = CommitRef::from_bytes(bytes, self.hash).ok()?;
        let time = |signature: gix::Result<gix::actor::SignatureRef<'_>>| {
            signature.ok().and_then(|signature| signature.time().ok()).map_or(0, |time| time.seconds)
        };
        let (author_time, commit_time) = (time(parsed.author()), time(parsed.committer()));
        let (tree, parents) = (parsed.tree(), parsed.parents().collect());
        Some(Commit { id, tree, parents, commit_time, author_time })
    }

    /// What a tag marks, and when it was made.
    #[must_use]
    pub(super) fn tag_target(&self, bytes: &[u8]) -> (Option<ObjectId>, i64) {
        let tag = TagRefIter::from_bytes(bytes, self.hash);
        let tagger = tag.tagger().ok().flatten();
        let time = tagger.and_then(|tagger| tagger.time().ok()).map_or(i64::MAX, |time| time.seconds);
        (tag.target_id().ok(), time)
    }

    /// The entries of a tree as far as they can be read.
    pub(super) fn entries<'a>(&self, id: &ObjectId, bytes: &'a [u8]) -> Vec<EntryRef<'a>> {
        let mut entries = Vec::new();
        for entry in gix::objs::TreeRefIter::from_bytes(bytes, self.hash) {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    self.corrupt(id, format!("not what a tree looks like: {}", in_words(&error)));
                    break;
                }
            }
        }
        entries
    }

    /// Counts a blob as scanned, each once.
    pub fn count(&self, id: &ObjectId, bytes: usize) {
        let mut counted = self.counted.lock().expect("no thread panics while it holds the lock");
        if counted.0.insert(*id) {
            counted.1 += bytes as u64;
        }
    }

    /// Tells what was scanned, and what was needed and could not be read.
    pub fn report(&self, coverage: &mut Coverage) {
        let counted = self.counted.lock().expect("no thread panicked");
        coverage.scanned.blobs += counted.0.len() as u64;
        coverage.scanned.blob_bytes += counted.1;
        let lacks = self.lacks.lock().expect("no thread panicked");
        let partial = !lacks.is_empty() && self.is_partial();
        for (id, lack) in lacks.iter() {
            match lack {
                Lack::Missing(_) if partial && self.accept.partial => {
                    coverage.leave_out(OutOfScope::PartialClone, 1);
                }
                Lack::Missing(what) => {
                    let why = if partial { " (the clone is partial)" } else { "" };
                    coverage.gap(GapReason::MissingObject, id.to_string(), format!("{what}{why}"));
                }
                Lack::Corrupt(why) => coverage.gap(GapReason::CorruptObject, id.to_string(), why.clone()),
            }
        }
    }

    /// Whether objects are left out on purpose, here or in an alternate.
    fn is_partial(&self) -> bool {
        let holds_promises = |folder: &Path| {
            let files = folder.join("pack").read_dir().into_iter().flatten().flatten();
            files.map(|file| file.path()).any(|path| path.extension().is_some_and(|end| end == "promisor"))
        };
        let here = std::env::current_dir().unwrap_or_default();
        let alternates =
            |folder: &PathBuf| gix::odb::alternate::resolve(folder.clone(), &here).unwrap_or_default();
        self.configured_partial
            || self.folders.iter().any(|folder| {
                holds_promises(folder) || alternates(folder).iter().any(|folder| holds_promises(folder))
            })
    }
}
