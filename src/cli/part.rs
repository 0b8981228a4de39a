//! Which part of a history is meant: flags, standard input and what git tells its hooks.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::GitArgs;

/// What `ringfence git` scans.
pub(super) enum Part {
    All,
    Staged {
        /// The index that git is about to commit, where that is not the repository's own.
        index: Option<PathBuf>,
    },
}

/// What the flags ask for.
///
/// # Errors
/// When they ask for something that cannot be.
pub(super) fn wanted(git: &GitArgs) -> Result<Part> {
    if git.part.staged {
        return Ok(Part::Staged { index: index_of_hook(&git.path) });
    }
    Ok(Part::All)
}

/// `git commit -a` and `git commit PATH` make an index of their own and name it to the hook. It belongs to
/// the repository that the hook runs in, so another that is named is scanned with its own index.
fn index_of_hook(path: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("GIT_INDEX_FILE").filter(|name| !name.is_empty())?;
    (path == Path::new(".")).then(|| PathBuf::from(named))
}
