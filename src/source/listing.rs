//! Every file of a project with what git says of it: tracked, or left out by .gitignore.
//!
//! The lint of environments needs files that .gitignore leaves out: an env file ought to be one.

use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

use hashbrown::HashSet;
use rayon::prelude::*;

use super::ignored::Patterns;
use super::tracked::Tracked;
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
    /// Whether .gitignore leaves out the root itself: whoever names it wants it read all the same.
    pub ignored_root: bool,
}

impl Listing {
    /// Lists all below `root`, or the one file it names.
    #[must_use]
    pub fn of(root: &Path, coverage: &mut Coverage) -> Self {
        let below = match root.metadata() {
            Ok(meta) if meta.is_file() => return Self::single(root, coverage),
            Ok(_) => root,
            Err(error) => {
                coverage.gap(GapReason::NotFound, root.display().to_string(), error.to_string());
                return Self::default();
            }
        };
        let mut of_index = Coverage::default();
        let (index, (mut files, ignored_root)) =
            rayon::join(|| tracked(below, &mut of_index), || walk(below, coverage));
        coverage.join(of_index);
        let in_git = index.is_some();
        let index = index.unwrap_or_default();
        for file in &mut files {
            file.tracked = index.contains(&file.path);
            file.ignored &= !file.tracked;
        }
        let seen: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let unseen = index.iter().filter(|path| !seen.contains(path.as_str()));
        let unseen = unseen.map(|path| Listed {
            full: below.join(path),
            path: path.clone(),
            tracked: true,
            ignored: false,
        });
        // No link leads to them: it could lead out of the repository.
        let real = below.canonicalize().unwrap_or_else(|_| below.to_owned());
        let is_it = |file: &Listed| {
            file.full.is_file() && file.full.canonicalize().is_ok_and(|full| full == real.join(&file.path))
        };
        let unseen: Vec<Listed> = unseen.filter(is_it).collect();
        drop(seen);
        files.extend(unseen);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files, in_git, ignored_root }
    }

    fn single(file: &Path, coverage: &mut Coverage) -> Self {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let index = tracked(folder, coverage);
        let in_git = index.is_some();
        let path = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let tracked = index.is_some_and(|index| index.contains(&path));
        let is_left_out = || {
            let (folder, full) = (folder.canonicalize().ok()?, file.canonicalize().ok()?);
            let (patterns, ignored) = Patterns::of_folder(&folder);
            Some(ignored || patterns.leave_out(&full, false))
        };
        let ignored = !tracked && is_left_out().unwrap_or(false);
        Self {
            files: vec![Listed { full: file.to_owned(), path, tracked, ignored }],
            in_git,
            ignored_root: false,
        }
    }
}

/// A folder that is to be read.
struct Folder {
    full: PathBuf,
    /// Without links.
    real: PathBuf,
    /// Path below the root, with a `/` at its end if it is not empty.
    path: String,
    ignored: bool,
    patterns: Patterns,
}

/// What stands in a folder.
#[derive(Default)]
struct Inside {
    files: Vec<Listed>,
    folders: Vec<Folder>,
    /// What could not be read.
    errors: Vec<String>,
}

/// All files below `root`, without what git tracks. Folder after folder of equal depth, so that no tree is too deep.
/// And whether the root is left out itself.
fn walk(root: &Path, coverage: &mut Coverage) -> (Vec<Listed>, bool) {
    let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let (patterns, ignored_root) = Patterns::of_folder(&real);
    let mut level =
        vec![Folder { full: root.to_owned(), real, path: String::new(), ignored: false, patterns }];
    let mut files = Vec::new();
    while !level.is_empty() {
        let inside: Vec<Inside> = level.par_iter().map(Folder::read).collect();
        level = Vec::new();
        for inside in inside {
            files.extend(inside.files);
            level.extend(inside.folders);
            for error in inside.errors {
                coverage.gap(GapReason::Unreadable, root.display().to_string(), error);
            }
        }
    }
    (files, ignored_root)
}

impl Folder {
    fn read(&self) -> Inside {
        let mut inside = Inside::default();
        let told = |path: &Path, error: &std::io::Error| format!("{}: {error}", path.display());
        let entries: Vec<_> = match std::fs::read_dir(&self.full).and_then(Iterator::collect) {
            Ok(entries) => entries,
            Err(error) => {
                inside.errors.push(told(&self.full, &error));
                return inside;
            }
        };
        let is_root = self.path.is_empty();
        let holds = |name: &str| entries.iter().any(|entry: &std::fs::DirEntry| entry.file_name() == name);
        if !is_root && CACHES.iter().any(|mark| holds(mark)) {
            return inside;
        }
        let may_have = !is_root && !self.ignored && (holds(".gitignore") || holds(".git"));
        let patterns = self.patterns.below(&self.real, may_have);
        for entry in &entries {
            match entry.file_type() {
                Ok(kind) => self.take(entry, kind, &patterns, &mut inside),
                Err(error) => inside.errors.push(told(&entry.path(), &error)),
            }
        }
        inside
    }

    fn take(&self, entry: &DirEntry, kind: FileType, patterns: &Patterns, inside: &mut Inside) {
        let name = entry.file_name();
        let is_foreign = || name.to_str().is_some_and(|name| FOREIGN.contains(&name));
        if !kind.is_file() && !kind.is_dir() || kind.is_dir() && is_foreign() {
            return;
        }
        let real = self.real.join(&name);
        let ignored = self.ignored || patterns.leave_out(&real, kind.is_dir());
        let (full, path) = (self.full.join(&name), format!("{}{}", self.path, name.to_string_lossy()));
        if kind.is_file() {
            inside.files.push(Listed { full, path, tracked: false, ignored });
        } else {
            let path = path + "/";
            inside.folders.push(Folder { full, real, path, ignored, patterns: patterns.clone() });
        }
    }
}

/// Paths of the index below `root`; nothing outside a repository.
fn tracked(root: &Path, coverage: &mut Coverage) -> Option<HashSet<String>> {
    let tracked = Tracked::of(root, true, coverage)?;
    let below = root.canonicalize().ok()?;
    let mut prefix = shown(below.strip_prefix(&tracked.top).ok()?);
    if !prefix.is_empty() {
        prefix.push('/');
    }
    let paths = tracked.paths().filter_map(|(_, path)| Some(shown(&path).strip_prefix(&prefix)?.to_owned()));
    Some(paths.collect())
}

/// The path with `/` between its parts.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_walk_tells_what_the_walker_of_ignore_leaves_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("top");
        let files = [
            (".git/info/exclude", "excluded\n"),
            (".gitignore", "*.log\n/build\n!keep.log\nsub/only\n"),
            ("a.log", ""),
            ("keep.log", ""),
            ("build/x", ""),
            ("excluded", ""),
            ("sub/.gitignore", "!a.log\n*.txt\n"),
            ("sub/a.log", ""),
            ("sub/b.log", ""),
            ("sub/c.txt", ""),
            ("sub/only/d", ""),
            ("sub/build/e", ""),
            ("sub/excluded", ""),
            ("inner/.git/HEAD", ""),
            ("inner/f.log", ""),
            ("inner/build/g", ""),
        ];
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("it is below the root")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        for below in [root.clone(), root.join("sub"), root.join("inner")] {
            let mut builder = ignore::WalkBuilder::new(&below);
            builder.standard_filters(false).git_ignore(true).git_exclude(true).parents(true);
            builder.filter_entry(|entry| entry.file_name() != ".git");
            let kept: HashSet<PathBuf> = builder.build().flatten().map(ignore::DirEntry::into_path).collect();
            let (files, ignored_root) = walk(&below, &mut Coverage::default());
            assert!(!ignored_root && files.len() > 1);
            for file in files {
                assert_eq!(file.ignored, !kept.contains(&file.full), "{}", file.full.display());
            }
        }
        assert!(walk(&root.join("sub/only"), &mut Coverage::default()).1, "its folder is left out");
    }
}
