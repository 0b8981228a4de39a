//! What git's index has of a work tree.
//!
//! A file that is tracked is in scope whatever .gitignore says. So an index that cannot be read is told, and which folder is
//! its work tree is never asked of the configuration: whoever wrote that could lead elsewhere, and hide files so.

use std::path::{Path, PathBuf};

use gix::discover::repository;

use super::history::HistoryError;
use super::history::open::{in_words, open_repository};
use crate::finding::{Coverage, GapReason};

/// A work tree and its index.
pub(super) struct Tracked {
    /// Top of the work tree, without links.
    pub(super) top: PathBuf,
    pub(super) index: gix::worktree::Index,
}

impl Tracked {
    /// Of the repository that `root` is in; nothing outside of one. An index that cannot be read is a gap if `matters`.
    pub(super) fn of(root: &Path, matters: bool, coverage: &mut Coverage) -> Option<Self> {
        open(root).unwrap_or_else(|why| {
            if matters {
                let detail = format!("which files are tracked is not known: {why}");
                coverage.gap(GapReason::Unreadable, format!("index of {}", root.display()), detail);
            }
            None
        })
    }

    /// Where a tracked file is, if it is one: no link leads to it, since that could lead out of the repository.
    pub(super) fn file(&self, path: &Path) -> Option<PathBuf> {
        let full = self.top.join(path);
        let is_it = full.canonicalize().is_ok_and(|real| real == full);
        (is_it && full.is_file()).then_some(full)
    }

    /// Paths of the entries.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&gix::index::Entry, PathBuf)> {
        use bstr::ByteSlice;
        self.index
            .entries()
            .iter()
            .filter_map(|entry| Some((entry, entry.path(&self.index).to_path().ok()?.to_owned())))
    }
}

fn open(root: &Path) -> Result<Option<Tracked>, String> {
    let repo = match open_repository(root) {
        Ok(repo) => repo,
        Err(HistoryError::NotARepository { .. }) => return Ok(None),
        Err(error @ HistoryError::Unusable { .. }) => return Err(error.to_string()),
    };
    let top = match gix::discover::upwards(root) {
        Ok((repository::Path::LinkedWorkTree { work_dir, .. } | repository::Path::WorkTree(work_dir), _)) => {
            work_dir.canonicalize().map_err(|error| error.to_string())?
        }
        _ => return Ok(None),
    };
    let index = repo.index_or_empty().map_err(|error| in_words(&error))?;
    Ok(Some(Tracked { top, index }))
}
