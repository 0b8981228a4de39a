//! Which part of a history is meant: flags, standard input and what git tells its hooks.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::args::GitArgs;
use crate::run::{Hook, Part, Update, updates};

/// What `ringfence git` scans.
pub(super) enum Wanted {
    All,
    Staged {
        /// The index that git is about to commit, where that is not the repository's own.
        index: Option<PathBuf>,
        /// Whether the project is linted too if settings are staged.
        lint: bool,
    },
    Part {
        part: Part,
        /// Folders with objects that git has received and not yet taken in.
        quarantine: Vec<PathBuf>,
    },
}

impl Wanted {
    /// What progress counts.
    pub(super) fn unit(&self) -> &'static str {
        match self {
            Self::All => "objects",
            Self::Staged { .. } => "files",
            Self::Part { .. } => "commits",
        }
    }
}

/// What the flags ask for.
///
/// # Errors
/// When standard input cannot be read, or is not what git gives to the hook.
pub(super) fn wanted(git: &GitArgs) -> Result<Wanted> {
    let flags = &git.part;
    let of = |part: Part| Wanted::Part { part, quarantine: Vec::new() };
    if flags.staged {
        return Ok(Wanted::Staged { index: index_of_hook(&git.path), lint: false });
    }
    if let Some(range) = &flags.range {
        return Ok(of(Part::Range(range.clone())));
    }
    if flags.since.is_some() || !flags.branch.is_empty() {
        return Ok(of(Part::References { names: flags.branch.clone(), since: flags.since.clone() }));
    }
    if flags.pre_push {
        return Ok(of(Part::Push(updates(Hook::PrePush, &standard_input()?)?)));
    }
    if flags.pre_receive {
        return received();
    }
    Ok(Wanted::All)
}

/// What a push has brought to a server, as git tells its pre-receive hook.
///
/// # Errors
/// When standard input cannot be read, or is not what git gives to the hook.
pub(super) fn received() -> Result<Wanted> {
    let part = Part::Receive(updates(Hook::PreReceive, &standard_input()?)?);
    Ok(Wanted::Part { part, quarantine: quarantine() })
}

/// What a manager of hooks (pre-commit.com, prek) asks for by its environment: it keeps git's lines to itself.
///
/// # Errors
/// When the environment names a commit that the repository does not have.
pub(super) fn of_manager() -> Result<Wanted> {
    let named = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    if named("PRE_COMMIT_REMOTE_NAME").is_none() {
        return Ok(Wanted::Staged { index: index_of_hook(Path::new(".")), lint: true });
    }
    let repo = gix::discover(".").context("a push belongs to a git repository, and this is none")?;
    let id = |name: String| {
        let found = repo.rev_parse_single(name.as_str()).map(gix::Id::detach);
        found.with_context(|| format!("`{}` is not in this repository", name.escape_debug()))
    };
    // On the first push of a branch only its name is told.
    let new =
        named("PRE_COMMIT_TO_REF").or_else(|| named("PRE_COMMIT_LOCAL_BRANCH")).unwrap_or("HEAD".into());
    let old = named("PRE_COMMIT_FROM_REF").map(id).transpose()?;
    let part = Part::Push(vec![Update { new: Some(id(new)?), old }]);
    Ok(Wanted::Part { part, quarantine: Vec::new() })
}

fn standard_input() -> Result<Vec<u8>> {
    let mut input = Vec::new();
    std::io::stdin().lock().read_to_end(&mut input).context("cannot read standard input")?;
    Ok(input)
}

/// `git commit -a` and `git commit PATH` make an index of their own and name it to the hook. It belongs to
/// the repository that the hook runs in, so another that is named is scanned with its own index.
pub(super) fn index_of_hook(path: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("GIT_INDEX_FILE").filter(|name| !name.is_empty())?;
    (path == Path::new(".")).then(|| PathBuf::from(named))
}

/// Where git keeps what a push has brought until the hook agrees, and what that builds upon.
fn quarantine() -> Vec<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|folder| !folder.is_empty());
    let own = ["GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY"].into_iter().filter_map(named);
    let mut folders: Vec<PathBuf> = own.map(PathBuf::from).collect();
    if let Some(more) = named("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
        folders.extend(std::env::split_paths(&more).filter(|folder| !folder.as_os_str().is_empty()));
    }
    folders.retain(|folder| folder.is_dir());
    folders.sort_unstable();
    folders.dedup();
    folders
}
