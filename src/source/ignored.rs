//! What .gitignore says of the files below a folder, while it is walked once.
//!
//! The walker of `ignore` leaves out what is ignored, so that telling it from the rest takes two walks. Here the patterns are
//! the crate's, and the order in which git asks them is kept: nearest folder first, up to the top of a repository, then
//! `.git/info/exclude`.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::guard;
use super::history::open::open_repository;

/// The patterns that count in one folder.
#[derive(Debug, Clone)]
pub(super) struct Patterns(Option<Arc<Level>>);

#[derive(Debug)]
struct Level {
    ignore: Gitignore,
    exclude: Gitignore,
    is_top: bool,
    above: Patterns,
}

impl Patterns {
    /// Of the folder at this absolute path: its own, and those of the folders above it in the same repository. And whether
    /// these leave out the folder itself.
    pub(super) fn of_folder(folder: &Path) -> (Self, bool) {
        let top = folder.ancestors().find(|above| above.join(".git").exists());
        let Some(top) = top else { return (Self(None), false) };
        let mut folders: Vec<&Path> = folder.ancestors().take_while(|above| *above != top).collect();
        folders.reverse();
        let mut patterns = Self(None).below(top, true);
        let mut ignored = false;
        for folder in folders {
            ignored |= patterns.leave_out(folder, true);
            patterns = patterns.below(folder, true);
        }
        (patterns, ignored)
    }

    /// Of a folder below; `may_have` is whether it holds files that count here.
    pub(super) fn below(&self, folder: &Path, may_have: bool) -> Self {
        if !may_have {
            return self.clone();
        }
        let is_top = folder.join(".git").exists();
        let ignore = read(folder, &folder.join(".gitignore"));
        let exclude = match is_top {
            true => read(folder, &common(folder).join("info/exclude")),
            false => Gitignore::empty(),
        };
        if !is_top && (ignore.is_empty() || self.0.is_none()) {
            return self.clone();
        }
        Self(Some(Arc::new(Level { ignore, exclude, is_top, above: self.clone() })))
    }

    /// Whether they leave out what is at this absolute path.
    pub(super) fn leave_out(&self, path: &Path, is_folder: bool) -> bool {
        let mut level = self.0.as_deref();
        while let Some(at) = level {
            let own = at.ignore.matched(path, is_folder);
            if !own.is_none() {
                return own.is_ignore();
            }
            if at.is_top {
                return at.exclude.matched(path, is_folder).is_ignore();
            }
            level = at.above.0.as_deref();
        }
        false
    }
}

/// Where the repository of this work tree keeps what is common to all its work trees.
fn common(top: &Path) -> std::path::PathBuf {
    let git = top.join(".git");
    if git.is_dir() {
        return git;
    }
    open_repository(top).map_or(git, |repo| repo.common_dir().to_owned())
}

fn read(folder: &Path, file: &Path) -> Gitignore {
    if !file.exists() || !guard::is_short(file) {
        return Gitignore::empty();
    }
    let mut builder = GitignoreBuilder::new(folder);
    // A line that is no pattern is left out, as git does.
    let _ = builder.add(file);
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}
