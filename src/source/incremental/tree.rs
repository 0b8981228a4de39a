//! What a tree holds that none of some older trees holds at the same path.
//!
//! Only trees that differ are read. Where the older trees are many (a merge), a blob that any of them has at
//! its path is old; so what came into being in a merge is new.

use std::collections::HashSet;

use bstr::{BStr, BString, ByteSlice};
use gix::ObjectId;
use gix::objs::Kind;
use gix::objs::tree::{EntryRef, name_order};

use super::objects::Objects;

/// Trees that one comparison may read. A few trees that name one another many times over would be millions of
/// paths; real ones are far below.
const MOST_TREES: usize = 2_000_000;

/// A blob at a path where no older tree has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The path.
    pub path: BString,
    /// The blob.
    pub id: ObjectId,
    /// Other blobs that stood at the path before.
    pub before: Vec<ObjectId>,
}

/// What a blob may have been before it stood at a new path.
#[derive(Debug, Default)]
pub struct Origins {
    /// Blobs whose paths are gone: path and blob.
    pub removed: Vec<(BString, ObjectId)>,
    /// Every blob of the older trees.
    pub present: HashSet<ObjectId>,
}

impl Origins {
    /// Takes in an older tree; `is_kept` tells whether something stands at the path still.
    pub(super) fn add(&mut self, objects: &Objects, older: ObjectId, is_kept: &dyn Fn(&BStr) -> bool) {
        for file in changes(objects, older, &[]) {
            self.present.insert(file.id);
            if !is_kept(file.path.as_ref()) {
                self.removed.push((file.path, file.id));
            }
        }
    }
}

/// A folder that is still to be compared.
struct Folder {
    path: BString,
    tree: ObjectId,
    before: Vec<ObjectId>,
}

/// The blobs of `tree` that no tree of `before` has at the same path; symbolic links count as blobs.
#[must_use]
pub(super) fn changes(objects: &Objects, tree: ObjectId, before: &[ObjectId]) -> Vec<Change> {
    let path = BString::default();
    changes_below(objects, path, tree, before)
}

/// Like [`changes`], of what stands at `path`, which is empty or ends with a slash.
#[must_use]
pub(super) fn changes_below(
    objects: &Objects,
    path: BString,
    tree: ObjectId,
    before: &[ObjectId],
) -> Vec<Change> {
    let mut open = vec![Folder { path, tree, before: before.to_vec() }];
    let (mut out, mut read) = (Vec::new(), 0);
    while let Some(folder) = open.pop() {
        read += 1;
        if read > MOST_TREES {
            objects.corrupt(&tree, format!("names more than {MOST_TREES} folders"));
            break;
        }
        compare(objects, &folder, &mut open, &mut out);
    }
    out.sort_unstable();
    out
}

fn compare(objects: &Objects, folder: &Folder, open: &mut Vec<Folder>, out: &mut Vec<Change>) {
    if folder.before.contains(&folder.tree) {
        return;
    }
    let shown = folder.path.as_bstr();
    let what = format!("the tree of {}", if shown.is_empty() { BStr::new("/") } else { shown });
    let Some(bytes) = objects.need_kind(&folder.tree, Kind::Tree, &what) else { return };
    let older: Vec<(ObjectId, Vec<u8>)> = folder
        .before
        .iter()
        .filter_map(|id| Some((*id, objects.peek(id).filter(|(kind, _)| *kind == Kind::Tree)?.1)))
        .collect();
    let mut older: Vec<Older<'_>> =
        older.iter().map(|(id, bytes)| Older { entries: objects.entries(id, bytes), at: 0 }).collect();
    for entry in objects.entries(&folder.tree, &bytes) {
        let found: Vec<ObjectId> = older.iter_mut().filter_map(|tree| tree.same_name(&entry)).collect();
        if found.iter().any(|id| id.as_ref() == entry.oid) || entry.mode.is_commit() {
            continue;
        }
        let mut path = folder.path.clone();
        path.extend_from_slice(entry.filename);
        let (id, mut before) = (entry.oid.to_owned(), found);
        before.sort_unstable();
        before.dedup();
        if entry.mode.is_tree() {
            path.push(b'/');
            open.push(Folder { path, tree: id, before });
        } else {
            out.push(Change { path, id, before });
        }
    }
}

/// The entries of an older tree, gone through in step with the newer one's.
struct Older<'a> {
    entries: Vec<EntryRef<'a>>,
    at: usize,
}

impl Older<'_> {
    /// What stood under the entry's name, if that was of its kind. In a tree that is out of order something may
    /// not be found, and then counts as new.
    fn same_name(&mut self, entry: &EntryRef<'_>) -> Option<ObjectId> {
        let order = |older: &EntryRef<'_>| {
            name_order(older.filename, older.mode.is_tree(), entry.filename, entry.mode.is_tree())
        };
        while self.entries.get(self.at).is_some_and(|older| order(older).is_lt()) {
            self.at += 1;
        }
        let older = self.entries.get(self.at).filter(|older| order(older).is_eq())?;
        let same_kind = older.mode.is_tree() == entry.mode.is_tree() && !older.mode.is_commit();
        same_kind.then(|| older.oid.to_owned())
    }
}
