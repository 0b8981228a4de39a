//! What makes it impossible to scan a part of a history, and the way out of it.

use super::super::history::HistoryError;

/// Why a part of a history cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum IncrementalError {
    /// No repository, or none that can be opened.
    #[error(transparent)]
    Repository(#[from] HistoryError),
    /// An index that cannot be read.
    #[error("{path}: the index cannot be read: {why}; `git status` tells more")]
    Index {
        /// The index file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A repository without an index.
    #[error("{path}: a bare repository has nothing staged; scan a range of commits with --range")]
    Bare {
        /// The repository.
        path: String,
    },
    /// A revision that leads to no commit here.
    #[error(
        "`{name}` is no commit of this repository ({why}); check the spelling, or fetch it: `git fetch origin {name}`, \
         and `fetch-depth: 0` in a CI checkout"
    )]
    Revision {
        /// The revision.
        name: String,
        /// What git's rules say of it.
        why: String,
    },
    /// One revision where two were expected.
    #[error(
        "`{name}` is not a range: write `{name}..HEAD` for the commits that HEAD has and {name} lacks, or \
         `--branch {name}` for all that it leads to"
    )]
    NoRange {
        /// What was given.
        name: String,
    },
    /// A branch or tag that is not here.
    #[error("no branch, tag or other reference `{name}`; {hint}")]
    Branch {
        /// The name.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// A time that is none.
    #[error("`{text}` is no date: write a day as 2026-01-31, or a time as 2026-01-31T09:00:00Z")]
    Time {
        /// What was given.
        text: String,
    },
    /// A line of a hook's input that git does not write.
    #[error("standard input, line {number}: not `{shape}`; git gives these lines to its hook")]
    Line {
        /// The line, from 1.
        number: usize,
        /// What it should look like.
        shape: &'static str,
    },
}
