//! Files of a work tree, or those the user named.
//!
//! Honours .gitignore and nothing else (`.ignore` is not read), takes in what is tracked although ignored,
//! and counts what is left out by walking once more without filters. No file is skipped for its name,
//! its extension or its size.

use std::collections::HashSet;
use std::fs::{File, FileType};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bstr::{BString, ByteSlice};
use ignore::{WalkBuilder, WalkState};
use rayon::prelude::*;

use super::archive::Opener;
use super::tracked::Tracked;
use super::{Blob, Opening, Progress, bundle, chunk, guard, lfs};
use crate::finding::{Coverage, GapReason, OutOfScope, Provenance, contained};

/// The length from which on a text is read on all threads: some pieces.
const LARGE: u64 = 8 << 20;

/// How the work tree is walked.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorktreeOptions {
    /// Take in what .gitignore leaves out.
    pub no_ignore: bool,
    /// Walking threads; 0 lets the walker choose.
    pub jobs: usize,
    /// Archives within each other that are opened.
    pub archive_depth: usize,
}

/// Files below some paths.
#[derive(Debug)]
pub struct Worktree {
    roots: Vec<PathBuf>,
    options: WorktreeOptions,
}

/// A file in scope: where it is, and how it is shown.
struct Entry {
    path: PathBuf,
    shown: BString,
}

#[derive(Default)]
struct Walked {
    files: Vec<PathBuf>,
    /// Folders that have patterns of what to leave out, or a repository of their own.
    with_patterns: Vec<PathBuf>,
    coverage: Coverage,
}

impl Worktree {
    /// A source over `roots`: folders are walked, files are read even if ignored.
    #[must_use]
    pub fn new(roots: Vec<PathBuf>, options: WorktreeOptions) -> Self {
        Self { roots, options }
    }

    /// Hands every file in scope to `sink`, from several threads.
    pub fn visit(&self, progress: &Progress, sink: &(dyn Fn(Blob<'_>) + Sync)) -> Coverage {
        let mut coverage = Coverage::default();
        let mut entries = Vec::new();
        for root in &self.roots {
            self.collect(root, &mut entries, &mut coverage);
        }
        entries.sort_by(|a, b| a.shown.cmp(&b.shown));
        entries.dedup_by(|a, b| a.path == b.path);
        progress.total.store(entries.len() as u64, std::sync::atomic::Ordering::Relaxed);
        let parts: Vec<Coverage> = entries
            .par_iter()
            .fold(
                || (Coverage::default(), Vec::new()),
                |(mut coverage, mut buffer), entry| {
                    let max_depth = self.options.archive_depth;
                    let done = contained(|| read(entry, (&mut buffer, max_depth), &mut coverage, sink));
                    let bytes = done.unwrap_or_else(|place| {
                        let detail = format!("ringfence failed {place}");
                        coverage.gap(GapReason::Fault, entry.shown.to_string(), detail);
                        0
                    });
                    progress.add(bytes as usize);
                    (coverage, buffer)
                },
            )
            .map(|(coverage, _)| coverage)
            .collect();
        parts.into_iter().for_each(|part| coverage.join(part));
        coverage
    }

    fn collect(&self, root: &Path, entries: &mut Vec<Entry>, coverage: &mut Coverage) {
        let meta = match std::fs::metadata(root) {
            Ok(meta) => meta,
            Err(error) => {
                return coverage.gap(GapReason::NotFound, show(root).to_string(), error.to_string());
            }
        };
        if !meta.is_dir() && !meta.is_file() {
            return coverage.leave_out(OutOfScope::SpecialFile, 1);
        }
        if !meta.is_dir() {
            return entries.push(Entry { shown: show(root), path: root.to_owned() });
        }
        let mut walked = self.walk(root, false);
        if !self.options.no_ignore && has_readable_patterns(root, &walked, coverage) {
            let everything = std::mem::replace(&mut walked, self.walk(root, true));
            let ignored = everything.files.len().saturating_sub(walked.files.len()) as u64;
            let tracked = tracked_but_ignored(root, (&walked.files, ignored > 0), coverage);
            coverage.leave_out(OutOfScope::Ignored, ignored.saturating_sub(tracked.len() as u64));
            walked.files.extend(tracked);
        }
        coverage.join(walked.coverage);
        entries.extend(walked.files.into_iter().map(|path| Entry { shown: shown_below(root, &path), path }));
    }

    fn walk(&self, root: &Path, filtered: bool) -> Walked {
        let all = Mutex::new(Walked::default());
        let mut builder = walker(root, filtered);
        let tops = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&tops);
        builder.threads(self.options.jobs).filter_entry(move |entry| {
            let is_git = entry.file_name() == ".git";
            if is_git {
                seen.lock().expect("no walker panics while it holds the lock").push(entry.path().to_owned());
            }
            !is_git
        });
        builder.build_parallel().run(|| {
            let mut local = Local { walked: Walked::default(), all: &all };
            Box::new(move |entry| {
                local.take(entry);
                WalkState::Continue
            })
        });
        let mut walked = all.into_inner().expect("no walker panics while it holds the lock");
        walked.with_patterns.append(&mut tops.lock().expect("no walker is left"));
        walked
    }
}

/// Whether the walker can read what is to be left out: it opens `.gitignore` whatever that is. If not, nothing is left out.
fn has_readable_patterns(root: &Path, walked: &Walked, coverage: &mut Coverage) -> bool {
    let full = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let inside = walked.with_patterns.iter().filter_map(|path| path.parent());
    match inside.chain(full.ancestors()).find(|folder| !guard::has_readable_patterns(folder)) {
        Some(folder) => {
            let shown = show(folder);
            coverage
                .note(format!("what git ignores in {shown} cannot be read as a file: nothing was left out"));
            false
        }
        None => true,
    }
}

/// A walk that heeds .gitignore, if `filtered`, and nothing else.
fn walker(root: &Path, filtered: bool) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(false)
        .git_ignore(filtered)
        .git_exclude(filtered)
        .require_git(true)
        .parents(filtered);
    builder
}

/// One walker's share; joined when the walker ends.
struct Local<'a> {
    walked: Walked,
    all: &'a Mutex<Walked>,
}

impl Local<'_> {
    fn take(&mut self, entry: Result<ignore::DirEntry, ignore::Error>) {
        match entry {
            Ok(entry) => {
                let Some(kind) = entry.file_type() else { return };
                if entry.file_name() == ".gitignore" {
                    self.walked.with_patterns.push(entry.path().to_owned());
                }
                if kind.is_file() {
                    self.walked.files.push(entry.into_path());
                } else if let Some(why) = left_out(kind) {
                    self.walked.coverage.leave_out(why, 1);
                }
            }
            Err(error) => {
                let (reason, place) = walk_error(&error);
                self.walked.coverage.gap(reason, place, error.to_string());
            }
        }
    }
}

impl Drop for Local<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().expect("no walker panics while it holds the lock");
        let mine = std::mem::take(&mut self.walked);
        all.files.extend(mine.files);
        all.with_patterns.extend(mine.with_patterns);
        all.coverage.join(mine.coverage);
    }
}

fn left_out(kind: FileType) -> Option<OutOfScope> {
    if kind.is_dir() {
        None
    } else if kind.is_symlink() {
        Some(OutOfScope::Symlink)
    } else {
        Some(OutOfScope::SpecialFile)
    }
}

fn walk_error(error: &ignore::Error) -> (GapReason, String) {
    match error {
        ignore::Error::WithPath { path, err } => (walk_error(err).0, show(path).to_string()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => walk_error(err),
        ignore::Error::Loop { child, .. } => (GapReason::DirectoryLoop, show(child).to_string()),
        _ => (GapReason::Unreadable, String::new()),
    }
}

/// Tracked files that the filtered walk left out: what is committed is in scope, whatever .gitignore says.
/// Submodules whose files are not here are counted.
fn tracked_but_ignored(
    root: &Path,
    (walked, any_ignored): (&[PathBuf], bool),
    coverage: &mut Coverage,
) -> Vec<PathBuf> {
    let Some(tracked) = Tracked::of(root, any_ignored, coverage) else { return Vec::new() };
    let Ok(top) = root.canonicalize() else { return Vec::new() };
    let is_absent = |path: &Path| !path.join(".git").exists();
    let submodules = tracked.paths().filter(|(entry, _)| entry.mode == gix::index::entry::Mode::COMMIT);
    let absent = submodules.map(|(_, path)| tracked.top.join(path));
    coverage.leave_out(
        OutOfScope::Submodule,
        absent.filter(|path| path.starts_with(&top) && is_absent(path)).count() as u64,
    );
    let seen: HashSet<PathBuf> =
        walked.iter().filter_map(|path| path.strip_prefix(root).ok()).map(Path::to_owned).collect();
    tracked
        .paths()
        .filter_map(|(_, path)| {
            let full = tracked.top.join(&path);
            let below = full.strip_prefix(&top).ok()?;
            (!seen.contains(below) && tracked.file(&path).is_some()).then(|| root.join(below))
        })
        .collect()
}

/// Reads a file and all it holds; returns its length, or 0 where it cannot be read.
fn read(
    entry: &Entry,
    (buffer, max_depth): (&mut Vec<u8>, usize),
    coverage: &mut Coverage,
    sink: &(dyn Fn(Blob<'_>) + Sync),
) -> u64 {
    let mut is_pointer = false;
    let mut noting = |blob: Blob<'_>| {
        let begins = blob.start.byte == 0 && matches!(blob.origin, Provenance::File(_));
        is_pointer |= begins && lfs::pointed_to(blob.bytes).is_some();
        sink(blob);
    };
    let read = open(entry).and_then(|file| match is_large_text(&file, &entry.shown)? {
        true => chunk::read_on_threads(&mut &file, &Provenance::File(entry.shown.clone()), sink),
        false => {
            let mut opener = Opener::new(max_depth, buffer, coverage, &mut noting);
            opener.file(&file, &Provenance::File(entry.shown.clone()))
        }
    });
    match read {
        Ok(bytes) => {
            if is_pointer {
                coverage.leave_out_named(OutOfScope::LfsObject, entry.shown.to_string());
            }
            coverage.scanned.files += 1;
            coverage.scanned.file_bytes += bytes;
            bytes
        }
        Err(error) => {
            coverage.gap(GapReason::Unreadable, entry.shown.to_string(), error.to_string());
            0
        }
    }
}

fn open(entry: &Entry) -> io::Result<File> {
    let file = File::open(&entry.path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file: there is no end to read to"));
    }
    Ok(file)
}

/// Whether the file is so large that one thread alone would keep others waiting, and a text to be read as it stands.
fn is_large_text(mut file: &File, shown: &BString) -> io::Result<bool> {
    if file.metadata()?.len() < LARGE || bundle::Kind::of(shown).is_some() {
        return Ok(false);
    }
    let mut head = Vec::new();
    file.take(Opening::HEAD).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(Opening::of(&head, shown).is_none())
}

fn shown_below(root: &Path, path: &Path) -> BString {
    match root.as_os_str().as_encoded_bytes() {
        b"." | b"./" => show(path.strip_prefix(root).unwrap_or(path)),
        _ => show(path),
    }
}

/// A path as bytes with `/` between its parts, without a leading `./`.
fn show(path: &Path) -> BString {
    let bytes = path.as_os_str().as_encoded_bytes();
    let bytes = if cfg!(windows) { bytes.replace(b"\\", b"/") } else { bytes.to_vec() };
    match bytes.strip_prefix(b"./") {
        Some(rest) => rest.into(),
        None => bytes.into(),
    }
}
