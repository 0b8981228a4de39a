//! Parts of a history: what is staged, what a range of commits brings in, what a push sends.
//!
//! Objects are looked up as they are needed; a repository's packs are never listed, so a small change costs
//! little in a large repository. Nothing of the repository is run.

mod cache;
mod error;
mod objects;
mod push;
mod revision;
mod select;
mod staged;
mod tree;
mod walk;

use std::path::{Path, PathBuf};

use super::history::open::{in_words, is_reftable, open_repository};
use super::history::{Accept, HistoryError};
use crate::finding::{Coverage, GapReason};

pub use error::IncrementalError;
pub use gix::ObjectId;
pub use gix::objs::Kind;
pub use objects::{Commit, Objects};
pub use push::{Hook, Update, updates};
pub use select::{Part, Selection};
pub use staged::Staged;
pub use tree::{Change, Origins};

/// A repository of which a part is scanned.
#[derive(Debug)]
pub struct Repository {
    git: gix::Repository,
    objects: Objects,
}

impl Repository {
    /// Opens the repository at or above `path`. `quarantine` names folders with objects that are not yet part of it;
    /// `kept` is how many bytes of delta bases all threads keep, if that is limited.
    ///
    /// # Errors
    /// When there is no repository.
    pub fn open(
        path: &Path,
        accept: Accept,
        (quarantine, kept): (&[PathBuf], Option<u64>),
        coverage: &mut Coverage,
    ) -> Result<Self, IncrementalError> {
        let git = open_repository(path)?;
        if is_reftable(&git) {
            let detail =
                "references are kept in another format than files (reftable), which only a full scan reads";
            coverage.gap(GapReason::UnsupportedRepository, git.git_dir().display().to_string(), detail);
        }
        note_alternates(&git, coverage);
        let objects = Objects::open(&git, accept, (quarantine, kept))
            .map_err(|why| HistoryError::Unusable { path: path.display().to_string(), why })?;
        Ok(Self { git, objects })
    }

    /// Its objects, for all threads.
    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// How paths of the index below `folder` begin: with `/` at the end, or empty.
    #[must_use]
    pub fn prefix_of(&self, folder: &Path) -> String {
        let top = self.git.workdir().and_then(|top| top.canonicalize().ok());
        let below = top.zip(folder.canonicalize().ok());
        let below = below.and_then(|(top, folder)| Some(folder.strip_prefix(top).ok()?.to_owned()));
        let parts = below.iter().flat_map(|path| path.components());
        parts.map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect()
    }

    /// What the index holds and HEAD does not. `index` names another file than the repository's own.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn staged(&self, index: Option<&Path>, coverage: &mut Coverage) -> Result<Staged, IncrementalError> {
        let path = index.map_or_else(|| self.git.index_path(), Path::to_owned);
        if !path.exists() {
            return match self.git.is_bare() {
                true => Err(IncrementalError::Bare { path: self.git.git_dir().display().to_string() }),
                false => Ok(Staged::default()),
            };
        }
        let hash = self.git.object_hash();
        let options = gix::index::decode::Options { thread_limit: Some(1), ..Default::default() };
        let file = gix::index::File::at(&path, hash, false, options).map_err(|error| {
            IncrementalError::Index { path: path.display().to_string(), why: in_words(&error) }
        })?;
        Ok(Staged::new(&self.objects, file, self.head_tree(coverage)))
    }

    /// HEAD's tree; nothing before the first commit.
    #[must_use]
    pub fn head_tree(&self, coverage: &mut Coverage) -> Option<ObjectId> {
        let head = match self.git.head() {
            Ok(head) => head.id()?.detach(),
            Err(error) => {
                coverage.gap(GapReason::CorruptObject, "HEAD", in_words(&error));
                return None;
            }
        };
        Some(self.objects.commit(&head, &"HEAD")?.tree)
    }
}

/// Objects of other folders count as the repository's own; people should know of them.
fn note_alternates(git: &gix::Repository, coverage: &mut Coverage) {
    let own = git.objects.store_ref().path().to_owned();
    let here = std::env::current_dir().unwrap_or_default();
    for folder in gix::odb::alternate::resolve(own, &here).unwrap_or_default() {
        coverage.note(format!("objects of the alternate {} may have been read too", folder.display()));
    }
}
