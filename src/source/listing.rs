//! Every file of a project with what git says of it: tracked, or left out by .gitignore.
//!
//! The lint of environments needs files that .gitignore leaves out: an env file ought to be one.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;

use super::worktree::walker;
use crate::finding::{Coverage, GapReason};

/// Folders of other people's code, which package managers fill. What is tracked in them counts all the same.
const FOREIGN: &[&str] = &[
    "node_modules",
    "bower_components",
    ".venv",
    "venv",
    "__pycache__",
    ".terraform",
    ".tox",
    "Pods",
    ".git",
];

/// Files by which a folder says that its contents can be made anew. Cargo writes the first only into a folder that it
/// made itself, the second always.
const CACHES: &[&str] = &["CACHEDIR.TAG", ".rustc_info.json"];

/// One file.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Where it is.
    pub full: PathBuf,
    /// Path below the root, with `/`.
    pub path: String,
    /// Whether git's index has it.
    pub tracked: bool,
    /// Whether .gitignore leaves it out.
    pub ignored: bool,
}

/// The files of a project.
#[derive(Debug, Default)]
pub struct Listing {
    /// Sorted by path.
    pub files: Vec<Listed>,
    /// Whether the root is in a git repository.
    pub in_git: bool,
}

impl Listing {
    /// Lists all below `root`, or the one file it names.
    #[must_use]
    pub fn of(root: &Path, coverage: &mut Coverage) -> Self {
        let below = match root.metadata() {
            Ok(meta) if meta.is_file() => return Self::single(root),
            Ok(_) => root,
            Err(error) => {
                coverage.gap(GapReason::NotFound, root.display().to_string(), error.to_string());
                return Self::default();
            }
        };
        let ((kept, index), mut all) = rayon::join(
            || (walk(below, true, None).into_iter().collect::<HashSet<PathBuf>>(), tracked(below)),
            || walk(below, false, Some(coverage)),
        );
        let in_git = index.is_some();
        let index = index.unwrap_or_default();
        let seen: HashSet<&PathBuf> = all.iter().collect();
        let unseen: Vec<PathBuf> = index
            .iter()
            .map(|path| below.join(path))
            .filter(|path| !seen.contains(path) && path.is_file())
            .collect();
        all.extend(unseen);
        let mut files: Vec<Listed> = all
            .into_iter()
            .map(|full| {
                let path = shown(full.strip_prefix(below).unwrap_or(&full));
                let tracked = index.contains(&path);
                Listed { ignored: !kept.contains(&full) && !tracked, tracked, path, full }
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files, in_git }
    }

    fn single(file: &Path) -> Self {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let index = tracked(folder);
        let in_git = index.is_some();
        let path = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let tracked = index.is_some_and(|index| index.contains(&path));
        let ignored =
            !tracked && !walk(folder, true, None).iter().any(|known| known.file_name() == file.file_name());
        Self { files: vec![Listed { full: file.to_owned(), path, tracked, ignored }], in_git }
    }
}

fn walk(root: &Path, filtered: bool, mut coverage: Option<&mut Coverage>) -> Vec<PathBuf> {
    let mut builder = walker(root, filtered);
    builder.filter_entry(|entry| {
        let is_foreign = || entry.file_name().to_str().is_some_and(|name| FOREIGN.contains(&name));
        let is_cache = || CACHES.iter().any(|mark| entry.path().join(mark).exists());
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        !is_folder || entry.depth() == 0 || !(is_foreign() || is_cache())
    });
    let mut files = Vec::new();
    for entry in builder.build() {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                files.push(entry.into_path())
            }
            Ok(_) => {}
            Err(error) => {
                if let Some(coverage) = coverage.as_deref_mut() {
                    coverage.gap(GapReason::Unreadable, root.display().to_string(), error.to_string());
                }
            }
        }
    }
    files
}

/// Paths of the index below `root`; nothing outside a repository.
fn tracked(root: &Path) -> Option<HashSet<String>> {
    let repo = gix::discover(root).ok()?;
    let top = repo.workdir()?.canonicalize().ok()?;
    let below = root.canonicalize().ok()?;
    let index = repo.index_or_empty().ok()?;
    let paths = index.entries().iter().filter_map(|entry| {
        let full = top.join(entry.path(&index).to_path().ok()?);
        Some(shown(full.strip_prefix(&below).ok()?))
    });
    Some(paths.collect())
}

/// The path with `/` between its parts.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}
