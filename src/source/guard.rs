//! What must not be opened: a pipe or a device has no end, and whoever opens it waits for ever.
//!
//! Files that are scanned are looked at before they are opened. But git's own files and `.gitignore` are opened by
//! libraries, whatever they are, and somebody who hands over a folder can make pipes of them. So they are looked at here,
//! first. Folders are listed here too, so that none goes missing unsaid.

use std::collections::HashSet;
use std::fs::{self, DirEntry, FileType};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::finding::{Coverage, GapReason};

/// No setting, list of patterns or other text that git keeps for itself is longer.
const LONGEST: u64 = 16 << 20;
/// Texts in a repository's folder that are read as a whole, before anything else is known of it.
const TEXTS: &[&str] = &[
    "HEAD",
    "commondir",
    "config",
    "config.worktree",
    "gitdir",
    "info/attributes",
    "info/exclude",
    "objects/info/alternates",
    "shallow",
];
/// Folders of a repository in which libraries open what has the right name.
const INNER: &[&str] = &["info", "objects", "refs", "reftable"];

/// Whether opening or reading it may never end; what is not there has an end.
pub(super) fn is_endless(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| is_pipe_or_device(meta.file_type()))
}

/// Whether it is a text that may be read as a whole, or nothing.
pub(super) fn is_short(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |meta| !is_pipe_or_device(meta.file_type()) && meta.len() <= LONGEST)
}

#[cfg(unix)]
fn is_pipe_or_device(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo() || kind.is_char_device() || kind.is_block_device()
}

#[cfg(not(unix))]
fn is_pipe_or_device(_: FileType) -> bool {
    false
}

/// What stands in a folder, sorted by name; nothing if there is none. What cannot be listed is a gap.
pub(super) fn entries(folder: &Path, coverage: &mut Coverage) -> Vec<DirEntry> {
    let mut found = Vec::new();
    let listed = fs::read_dir(folder).and_then(|all| {
        for entry in all {
            found.push(entry?);
        }
        Ok(())
    });
    match listed {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            coverage.gap(GapReason::Unreadable, folder.display().to_string(), error.to_string());
        }
        _ => {}
    }
    found.sort_by_key(DirEntry::file_name);
    found
}

/// Looks at the repository at or above a path before any library opens it.
///
/// # Errors
/// What of it cannot be opened as a file.
pub(super) fn look_at_repository(path: &Path) -> Result<(), String> {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    for folder in full.ancestors() {
        let has = |name: &str| folder.join(name).symlink_metadata().is_ok();
        let is_bare = has("HEAD") && (has("objects") || has("commondir"));
        if has(".git") {
            return look_at(&folder.join(".git"));
        }
        if is_bare {
            return look_at(folder);
        }
    }
    Ok(())
}

/// Looks at a `.git`, folder or file, and what it leads to.
fn look_at(git: &Path) -> Result<(), String> {
    folders_of(git)?.iter().try_for_each(|folder| look_into(folder))
}

/// The folders of a `.git`: its own, the one it shares with other work trees, and those it borrows objects from.
fn folders_of(git: &Path) -> Result<Vec<PathBuf>, String> {
    let mut folders = vec![match git.is_dir() {
        true => git.to_owned(),
        false => match lead(git, "gitdir:")? {
            Some(folder) => folder,
            None => return Ok(Vec::new()),
        },
    }];
    folders.extend(lead(&folders[0].join("commondir"), "")?);
    Ok(folders)
}

/// The path that a short text holds after `mark`, from the folder of the text.
fn lead(text: &Path, mark: &str) -> Result<Option<PathBuf>, String> {
    must_be_short(text)?;
    let mut bytes = Vec::new();
    let read = fs::File::open(text).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes));
    let Some(rest) = read.ok().and_then(|_| bytes.strip_prefix(mark.as_bytes())) else { return Ok(None) };
    let name = String::from_utf8_lossy(rest.trim_ascii()).into_owned();
    Ok((!name.is_empty()).then(|| text.parent().unwrap_or(Path::new("")).join(name)))
}

fn must_be_short(text: &Path) -> Result<(), String> {
    match is_short(text) {
        true => Ok(()),
        false => Err(format!("{} is no file, or one of more than 16 MiB", text.display())),
    }
}

/// Looks at everything in a repository's folder that a library may open.
fn look_into(git: &Path) -> Result<(), String> {
    TEXTS.iter().try_for_each(|name| must_be_short(&git.join(name)))?;
    let mut seen = HashSet::new();
    must_end(git, false, &mut seen)?;
    INNER.iter().try_for_each(|name| must_end(&git.join(name), true, &mut seen))?;
    let own = git.join("objects");
    let mut open = vec![own.clone()];
    while let Some(objects) = open.pop() {
        let text = objects.join("info").join("alternates");
        must_be_short(&text)?;
        let others = gix::odb::alternate::parse(&fs::read(text).unwrap_or_default()).unwrap_or_default();
        for other in others.iter().map(|other| own.join(other)) {
            if other.canonicalize().is_ok_and(|real| seen.insert(real)) {
                must_end(&other, true, &mut seen)?;
                open.push(other);
            }
        }
    }
    Ok(())
}

/// Nothing in a folder, and below it if `deep`, may be a pipe or a device, not even by a link.
fn must_end(folder: &Path, deep: bool, seen: &mut HashSet<PathBuf>) -> Result<(), String> {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        // What cannot be listed cannot be opened by its name either, or has no surprise in it.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type());
            let is_link = kind.as_ref().is_ok_and(FileType::is_symlink);
            if kind.is_ok_and(is_pipe_or_device) || is_link && is_endless(&path) {
                return Err(format!("{} is a pipe or a device", path.display()));
            }
            let is_folder =
                if is_link { path.is_dir() } else { entry.file_type().is_ok_and(|kind| kind.is_dir()) };
            let mut is_new = || !is_link || path.canonicalize().is_ok_and(|real| seen.insert(real));
            if deep && is_folder && is_new() {
                open.push(path);
            }
        }
    }
    Ok(())
}

/// Whether the patterns of a folder can be read: its `.gitignore`, and what its repository excludes.
pub(super) fn has_readable_patterns(folder: &Path) -> bool {
    let git = folder.join(".git");
    is_short(&folder.join(".gitignore"))
        && match git.symlink_metadata() {
            Ok(_) => {
                folders_of(&git).is_ok_and(|all| all.iter().all(|git| is_short(&git.join("info/exclude"))))
            }
            Err(_) => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_empty_and_one_that_is_no_folder_too() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), "text").expect("a file");
        let mut coverage = Coverage::default();
        for name in ["none", "file"] {
            assert!(entries(&folder.path().join(name), &mut coverage).is_empty());
        }
        assert!(coverage.complete());
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_told_also_behind_links_and_folders_that_link_to_each_other_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let git = folder.path().join(".git");
        fs::create_dir_all(git.join("refs/heads/deep")).expect("a folder");
        fs::create_dir_all(git.join("objects")).expect("a folder");
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("a file");
        std::os::unix::fs::symlink("../..", git.join("refs/heads/deep/loop")).expect("a link");
        assert_eq!(look_at_repository(folder.path()), Ok(()));
        std::os::unix::fs::symlink("/dev/zero", git.join("refs/heads/deep/main")).expect("a link");
        let told = look_at_repository(&git.join("refs")).expect_err("a device");
        assert!(told.contains("deep/main is a pipe or a device"), "{told}");
    }
}
