//! What the index holds and HEAD does not.
//!
//! The index keeps the ids of the trees that its folders would make. A folder whose tree is HEAD's own is
//! skipped without a look at its files, so a small change costs a few trees however large the repository is.

use std::collections::HashMap;

use bstr::{BStr, BString, ByteSlice};
use gix::ObjectId;
use gix::index::entry::{Flags, Mode};
use gix::index::{Entry, State, extension};
use gix::objs::Kind;
use gix::objs::tree::EntryRef;

use super::objects::Objects;
use super::tree::{Change, Origins, changes_below};

/// What is staged.
#[derive(Default)]
pub struct Staged {
    /// Blobs that HEAD does not have at their paths; a path in conflict has one for each of its stages.
    pub changes: Vec<Change>,
    /// Submodules among what is staged: they are commits, not files.
    pub submodules: u64,
    index: Option<gix::index::File>,
    head: Option<ObjectId>,
}

impl std::fmt::Debug for Staged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.changes).finish()
    }
}

impl Staged {
    /// Compares the index with HEAD's tree; without one, everything is new.
    pub(super) fn new(objects: &Objects, index: gix::index::File, head: Option<ObjectId>) -> Self {
        let mut compare = Compare { objects, index: &index, changes: Vec::new(), submodules: 0 };
        let all = Folder { prefix: 0, entries: index.entries(), head, cached: index.tree() };
        let mut open = vec![all];
        while let Some(folder) = open.pop() {
            compare.folder(&folder, &mut open);
        }
        let Compare { mut changes, submodules, .. } = compare;
        changes.sort_unstable();
        changes.dedup();
        Self { changes, submodules, head, index: Some(index) }
    }

    /// All that the index holds, at one stage each; neither links nor submodules.
    #[must_use]
    pub fn files(&self, objects: &Objects) -> Vec<Change> {
        let Some(index) = &self.index else { return Vec::new() };
        let mut files = Vec::new();
        for entry in index.entries() {
            let path = BString::from(entry.path(index));
            match entry.mode {
                _ if entry.flags.contains(Flags::INTENT_TO_ADD) => {}
                Mode::DIR => files.extend(changes_below(objects, path, entry.id, &[])),
                Mode::FILE | Mode::FILE_EXECUTABLE => {
                    files.push(Change { path, id: entry.id, before: Vec::new() });
                }
                _ => {}
            }
        }
        files.dedup_by(|later, first| later.path == first.path);
        files
    }

    /// What HEAD holds, and what of it is no longer in the index.
    #[must_use]
    pub fn origins(&self, objects: &Objects) -> Origins {
        let mut origins = Origins::default();
        if let (Some(index), Some(head)) = (&self.index, self.head) {
            origins.add(objects, head, &|path| index.entry_range(path).is_some());
        }
        origins
    }
}

/// A folder of the index, and what HEAD has there.
struct Folder<'a> {
    /// Length of the folder's path, its slash included.
    prefix: usize,
    entries: &'a [Entry],
    head: Option<ObjectId>,
    cached: Option<&'a extension::Tree>,
}

struct Compare<'a> {
    objects: &'a Objects,
    index: &'a State,
    changes: Vec<Change>,
    submodules: u64,
}

impl<'a> Compare<'a> {
    fn folder(&mut self, folder: &Folder<'a>, open: &mut Vec<Folder<'a>>) {
        if folder.head.is_some() && folder.cached.and_then(|tree| valid(tree, folder)) == folder.head {
            return;
        }
        // What HEAD is known to hold only takes findings away: what cannot be read of it takes none.
        let tree = folder.head.and_then(|id| self.objects.peek(&id)).filter(|(kind, _)| *kind == Kind::Tree);
        let head = match (&folder.head, &tree) {
            (Some(id), Some((_, bytes))) => self.objects.entries(id, bytes),
            _ => Vec::new(),
        };
        let head: HashMap<(&BStr, bool), &EntryRef<'_>> =
            head.iter().map(|entry| ((entry.filename, entry.mode.is_tree()), entry)).collect();
        let mut rest = folder.entries;
        while let Some(first) = rest.first() {
            let name = first.path(self.index)[folder.prefix..].as_bstr();
            let Some(slash) = name.find_byte(b'/') else {
                self.file(first, head.get(&(name, false)).copied());
                rest = &rest[1..];
                continue;
            };
            let prefix = folder.prefix + slash + 1;
            let start = &first.path(self.index)[..prefix];
            let end = rest.partition_point(|entry| entry.path(self.index).starts_with(start));
            let (below, after) = rest.split_at(end.max(1));
            rest = after;
            let name = &name[..slash];
            let old = head.get(&(name.as_bstr(), true)).map(|entry| entry.oid.to_owned());
            let cached = folder
                .cached
                .and_then(|tree| tree.children.iter().find(|child| child.name.as_slice() == name.as_bytes()));
            match below {
                [only] if only.mode == Mode::DIR => self.sparse(only, old),
                _ => open.push(Folder { prefix, entries: below, head: old, cached }),
            }
        }
    }

    fn file(&mut self, entry: &Entry, head: Option<&EntryRef<'_>>) {
        if head.is_some_and(|head| head.oid == entry.id.as_ref())
            || entry.flags.contains(Flags::INTENT_TO_ADD)
        {
            return;
        }
        if entry.mode == Mode::COMMIT {
            self.submodules += 1;
            return;
        }
        let path = BString::from(entry.path(self.index));
        let before = head.filter(|head| !head.mode.is_commit()).map(|head| head.oid.to_owned());
        self.changes.push(Change { path, id: entry.id, before: before.into_iter().collect() });
    }

    /// A folder outside a sparse checkout, which the index keeps as one tree.
    fn sparse(&mut self, entry: &Entry, head: Option<ObjectId>) {
        let path = BString::from(entry.path(self.index));
        self.changes.extend(changes_below(self.objects, path, entry.id, head.as_slice()));
    }
}

/// The id of the tree that the folder would make, if the index still vouches for it.
fn valid(tree: &extension::Tree, folder: &Folder<'_>) -> Option<ObjectId> {
    (tree.num_entries == u32::try_from(folder.entries.len()).ok()).then_some(tree.id)
}
