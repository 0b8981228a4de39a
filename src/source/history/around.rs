//! What a repository holds beside its objects: names of references, its own text files, other work trees,
//! submodules' repositories.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bstr::BString;
use gix::ObjectId;

use super::{History, by_git};
use crate::finding::{Coverage, GapReason, Provenance};
use crate::source::archive::Opener;
use crate::source::{Blob, guard, lfs};

/// Files in which git and people leave addresses with passwords, messages and names.
const TEXTS: &[&str] =
    &["config", "config.worktree", "FETCH_HEAD", "COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "TAG_EDITMSG"];

/// Folders below this depth are not looked into: git nests its own no deeper than references do.
const DEEPEST: usize = 64;

impl History {
    /// Full names of all references but HEAD.
    pub fn reference_names(&self) -> impl Iterator<Item = &str> {
        self.refs.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "HEAD")
    }

    /// Hands over the repository's own files: configuration, last messages, logs of references, what Git LFS fetched;
    /// of archives what they hold, up to `max_depth` within each other.
    pub fn visit_own_files(&self, max_depth: usize, coverage: &mut Coverage, sink: &mut dyn FnMut(Blob<'_>)) {
        let mut folders = vec![self.folder.clone()];
        folders.push(self.repo.git_dir().to_owned());
        folders.extend(subfolders(&self.folder.join("worktrees"), coverage));
        folders.sort();
        folders.dedup();
        let mut files: Vec<PathBuf> =
            folders.iter().flat_map(|folder| TEXTS.iter().map(|name| folder.join(name))).collect();
        folders.iter().for_each(|folder| list_files(&folder.join("logs"), &mut files, coverage));
        list_files(&lfs::folder(&self.folder), &mut files, coverage);
        for path in files {
            if !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
                continue;
            }
            let shown = path.strip_prefix(".").unwrap_or(&path).display().to_string();
            let origin = Provenance::File(BString::from(shown.replace('\\', "/")));
            let mut buffer = Vec::new();
            let mut opener = Opener::new(max_depth, &mut buffer, coverage, sink);
            let read = File::open(&path).and_then(|file| opener.file(&file, &origin));
            // Counted with no files: those are the work tree's.
            if let Err(error) = read {
                coverage.gap(GapReason::Unreadable, shown, error.to_string());
            }
        }
    }

    /// The repositories of submodules that were fetched: name and folder.
    #[must_use]
    pub fn submodules(&self, coverage: &mut Coverage) -> Vec<(String, PathBuf)> {
        let root = self.folder.join("modules");
        let (mut found, mut open) = (Vec::new(), vec![(root.clone(), 0)]);
        while let Some((folder, depth)) = open.pop() {
            for inner in subfolders(&folder, coverage) {
                if inner.join("objects").is_dir() && inner.join("HEAD").is_file() {
                    let name = inner.strip_prefix(&root).unwrap_or(&inner).display().to_string();
                    found.push((name, inner));
                } else if depth < DEEPEST {
                    open.push((inner, depth + 1));
                }
            }
        }
        found.sort();
        found
    }

    /// Commits that other work trees have checked out without a branch.
    pub(super) fn other_heads(&self, coverage: &mut Coverage) -> Vec<(String, ObjectId)> {
        let mut heads = Vec::new();
        for folder in subfolders(&self.folder.join("worktrees"), coverage) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let head = folder.join("HEAD");
            let read = match guard::is_short(&head) {
                true => fs::read(&head),
                false => Err(io::Error::other("no file, or one of more than 16 MiB")),
            };
            match read {
                Ok(text) => {
                    let id = ObjectId::from_hex(text.trim_ascii()).ok();
                    heads.extend(id.map(|id| (format!("worktrees/{name}/HEAD"), id)));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    coverage.gap(GapReason::Unreadable, head.display().to_string(), error.to_string());
                }
            }
        }
        heads
    }

    /// References as git lists them, for a storage that is not read here; HEADs among them, also of other work trees.
    ///
    /// # Errors
    /// Why git could not be run, or what it said.
    pub(super) fn references_by_git(
        &self,
        coverage: &mut Coverage,
    ) -> Result<Vec<(String, ObjectId)>, String> {
        let hash = self.store.hash;
        let mut all = by_git::references(&self.folder, hash)?;
        for folder in subfolders(&self.folder.join("worktrees"), coverage) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if folder.join("reftable").is_dir() {
                let own = by_git::references(&folder, hash)?;
                all.extend(own.into_iter().map(|(of, id)| (format!("worktrees/{name}/{of}"), id)));
            }
        }
        Ok(all)
    }
}

fn subfolders(folder: &Path, coverage: &mut Coverage) -> Vec<PathBuf> {
    let entries = guard::entries(folder, coverage).into_iter();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}

/// Adds all files below a folder, whatever they are.
fn list_files(folder: &Path, out: &mut Vec<PathBuf>, coverage: &mut Coverage) {
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        for entry in guard::entries(&folder, coverage) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < DEEPEST => open.push((entry.path(), depth + 1)),
                _ => out.push(entry.path()),
            }
        }
    }
}
