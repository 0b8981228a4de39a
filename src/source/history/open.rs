//! Opening a repository: nothing of it is believed but its format.

use std::io;
use std::path::{Path, PathBuf};

use super::HistoryError;
use crate::finding::{Coverage, GapReason};
use crate::source::guard;

/// Opens the repository at or above `path`, with nobody's configuration but its own format.
pub(in crate::source) fn open_repository(path: &Path) -> Result<gix::Repository, HistoryError> {
    let options = gix::open::Options::isolated().config_overrides(["core.useReplaceRefs=false"]);
    let named = |why: String| {
        let path_text = path.display().to_string();
        match holds_repository(path) {
            true => HistoryError::Unusable { path: path_text, why },
            false => HistoryError::NotARepository { path: path_text, why },
        }
    };
    guard::look_at_repository(path).map_err(&named)?;
    if let Ok(repo) = gix::open_opts(path, options.clone()) {
        return Ok(repo);
    }
    let (found, _) = gix::discover::upwards(path).map_err(|_| named(what_lacks(path)))?;
    gix::open_opts(found.as_ref(), options).map_err(|error| named(in_words(&error)))
}

/// Why nothing at or above the path is a repository.
pub(super) fn what_lacks(path: &Path) -> String {
    match path.metadata() {
        Ok(_) if holds_repository(path) => "it lacks a readable HEAD, objects or refs".into(),
        Ok(found) if found.is_dir() => "no .git folder and no bare repository there or above it".into(),
        Ok(_) => "it is a file, not a folder".into(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "there is nothing with this name".into(),
        Err(error) => error.to_string(),
    }
}

/// An error and its causes in one line, without the debug form of their data.
pub(in crate::source) fn in_words(error: &gix::Error) -> String {
    let mut words: Vec<String> = error.iter_errors().map(ToString::to_string).collect();
    words.dedup();
    words.join(": ").replace('\n', " ")
}

/// Whether something at or above the path is meant to be a repository, broken or not.
pub(super) fn holds_repository(path: &Path) -> bool {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    full.join("objects").is_dir() || full.ancestors().any(|folder| folder.join(".git").exists())
}

/// Whether references are kept in a storage that is not read here.
pub(in crate::source) fn is_reftable(repo: &gix::Repository) -> bool {
    let storage = repo.config_snapshot().string("extensions.refStorage").map(|name| name.to_string());
    storage.as_deref().is_some_and(|name| name != "files") || repo.common_dir().join("reftable").is_dir()
}

pub(super) fn note_alternates(folders: &[PathBuf], coverage: &mut Coverage) {
    for folder in folders {
        let shown = folder.display().to_string();
        coverage.note(format!("objects of the alternate {shown} were read too"));
        if !folder.is_dir() {
            coverage.gap(GapReason::MissingObject, shown, "an alternate that does not exist");
        }
    }
}
