//! References in a storage that is not read here: git lists them.
//!
//! The one time that git is run. It never sees the repository's configuration, which could name a file that has no end or a
//! remote to fetch from: it gets a repository of ours, with nothing in it but the tables.

use std::path::Path;
use std::process::{Command, Output};

use gix::ObjectId;
use tempfile::TempDir;

/// References of the folder's `reftable`, HEAD among them.
///
/// # Errors
/// Why git could not be run, or what it said.
pub(super) fn references(folder: &Path, hash: gix::hash::Kind) -> Result<Vec<(String, ObjectId)>, String> {
    let own = repository_around(&folder.join("reftable"), hash).map_err(|error| error.to_string())?;
    let listed = git(own.path(), &["for-each-ref", "--format=%(objectname) %(refname)"])?;
    if !listed.status.success() {
        let said = String::from_utf8_lossy(&listed.stderr);
        return Err(format!("git for-each-ref: {}", said.lines().next().unwrap_or("failed")));
    }
    let text = String::from_utf8_lossy(&listed.stdout);
    let one = |line: &str| {
        let (id, name) = line.split_once(' ')?;
        Some((name.to_owned(), ObjectId::from_hex(id.as_bytes()).ok()?))
    };
    let mut all: Vec<_> = text.lines().filter_map(one).collect();
    let head = git(own.path(), &["rev-parse", "--verify", "--quiet", "HEAD"])?;
    let head = ObjectId::from_hex(head.stdout.trim_ascii()).ok();
    all.extend(head.map(|id| ("HEAD".to_owned(), id)));
    Ok(all)
}

fn git(folder: &Path, args: &[&str]) -> Result<Output, String> {
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let mut command = Command::new("git");
    command.arg("--git-dir").arg(folder).args(args).current_dir(folder);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", null), ("LC_ALL", "C")]);
    command.output().map_err(|error| format!("git, which reads them, cannot be run: {error}"))
}

/// An empty repository whose references are these tables.
fn repository_around(tables: &Path, hash: gix::hash::Kind) -> std::io::Result<TempDir> {
    let own = tempfile::tempdir()?;
    let config = format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\
         [extensions]\n\tobjectFormat = {hash}\n\trefStorage = reftable\n"
    );
    for folder in ["objects", "refs"] {
        std::fs::create_dir(own.path().join(folder))?;
    }
    std::fs::write(own.path().join("HEAD"), "ref: refs/heads/.invalid\n")?;
    std::fs::write(own.path().join("config"), config)?;
    share(&tables.canonicalize()?, &own.path().join("reftable"))?;
    Ok(own)
}

#[cfg(unix)]
fn share(tables: &Path, with: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(tables, with)
}

/// Links need a privilege here.
#[cfg(not(unix))]
fn share(tables: &Path, with: &Path) -> std::io::Result<()> {
    std::fs::create_dir(with)?;
    for entry in std::fs::read_dir(tables)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), with.join(entry.file_name()))?;
        }
    }
    Ok(())
}
