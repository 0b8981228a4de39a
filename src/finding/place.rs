//! Where a value stands: file, commit or stream; line and column; and how long it was exposed.

use bstr::BString;

use super::{Excerpt, InLayer};

/// Where bytes came from. A member of an archive names the archive, which may be a member itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// A file of the work tree or one named by the user; the path as it is shown, `/`-separated.
    File(BString),
    /// A blob of the history, at the path it has in the commit that is named beside it.
    Blob {
        /// Path in the commit's tree; empty where no tree names the blob.
        path: BString,
        /// Hex object id of the blob.
        id: String,
    },
    /// A blob of the index, at its path there: what the next commit would hold.
    Staged {
        /// Path in the index.
        path: BString,
        /// Hex object id of the blob.
        id: String,
    },
    /// A commit's or tag's own text (message, names).
    Message {
        /// Hex object id of the commit or tag.
        id: String,
    },
    /// A file or folder name in a tree of the history.
    Name {
        /// The path in the commit's tree, with the value masked.
        path: BString,
        /// Hex object id of the tree that has the name.
        id: String,
    },
    /// The name of a branch, tag or other reference, with the value masked.
    Reference(BString),
    /// Standard input.
    Stdin,
    /// A member of an archive, or what a packed file holds.
    Member {
        /// The archive.
        outer: Box<Provenance>,
        /// The name in the archive, as it is written there.
        name: BString,
    },
}

impl Provenance {
    /// The path as shown and sorted; a description in angle brackets where there is none.
    #[must_use]
    pub fn path(&self) -> BString {
        match self {
            Self::File(path) => path.clone(),
            Self::Blob { path, id } if path.is_empty() => format!("<blob {id}>").into(),
            Self::Blob { path, .. } | Self::Staged { path, .. } => path.clone(),
            Self::Message { id } => format!("<message of {id}>").into(),
            Self::Name { path, .. } => path.clone(),
            Self::Reference(name) => {
                let mut text = BString::from("<reference ");
                text.extend_from_slice(name);
                text.push(b'>');
                text
            }
            Self::Stdin => "<stdin>".into(),
            Self::Member { outer, name } => {
                let mut text = outer.path();
                text.extend_from_slice(b"!/");
                text.extend_from_slice(name);
                text
            }
        }
    }

    /// The member of this archive with this name.
    #[must_use]
    pub fn member(&self, name: impl Into<BString>) -> Self {
        Self::Member { outer: Box::new(self.clone()), name: name.into() }
    }

    /// The archives that were opened to reach it, outermost first.
    #[must_use]
    pub fn archives(&self) -> Vec<&Self> {
        let Self::Member { outer, .. } = self else { return Vec::new() };
        let mut all = outer.archives();
        all.push(outer);
        all
    }

    /// What is not in an archive: this, or the outermost archive it is in.
    #[must_use]
    pub fn outermost(&self) -> &Self {
        match self {
            Self::Member { outer, .. } => outer.outermost(),
            other => other,
        }
    }

    /// The same place under another path; unchanged where there is none.
    #[must_use]
    pub fn with_path(mut self, path: &dyn Fn(&[u8]) -> BString) -> Self {
        match &mut self {
            Self::File(old)
            | Self::Blob { path: old, .. }
            | Self::Staged { path: old, .. }
            | Self::Name { path: old, .. }
            | Self::Reference(old) => {
                *old = path(old);
            }
            Self::Member { outer, name } => {
                **outer = outer.as_ref().clone().with_path(path);
                *name = path(name);
            }
            Self::Message { .. } | Self::Stdin => {}
        }
        self
    }

    /// Whether it comes from git's history rather than from the work tree.
    #[must_use]
    pub fn is_history(&self) -> bool {
        !matches!(self.outermost(), Self::File(_) | Self::Staged { .. } | Self::Stdin)
    }

    /// Whether it is a file of git's own (configuration, logs of references), which no clone and no push has.
    #[must_use]
    pub fn is_own_file(&self) -> bool {
        matches!(self.outermost(), Self::File(path) if path.split(|&byte| byte == b'/').any(|part| part == b".git"))
    }
}

/// A range of bytes and its line and column positions, all 1-based; columns count code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte, from 0.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// Line of the first byte.
    pub line: u64,
    /// Column of the first byte.
    pub column: u64,
    /// Line of the last byte.
    pub end_line: u64,
    /// Column after the last byte.
    pub end_column: u64,
}

/// A commit, as far as a report names it. No author name or e-mail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitRef {
    /// Committer time, seconds since 1970 UTC. First, so that commits sort by it.
    pub commit_time: i64,
    /// Author time, seconds since 1970 UTC.
    pub author_time: i64,
    /// Hex object id.
    pub id: String,
}

/// One place of a value.
#[derive(Debug, Clone)]
pub struct Place {
    /// Which bytes.
    pub provenance: Provenance,
    /// Where in them.
    pub span: Span,
    /// The line round it, redacted.
    pub excerpt: Excerpt,
    /// The commit that introduced the value at this path, or the one that introduced its blob if that was
    /// renamed to this path later; history only.
    pub commit: Option<CommitRef>,
    /// Whether the HEAD commit holds the value at this path; history only.
    pub at_head: Option<bool>,
    /// `primaryLocationLineHash`, over the text with secrets replaced; see [`super::LineHasher`].
    pub line_hash: Option<String>,
    /// How a traced value is written here, such as `base64`; nothing where it stands as it is.
    pub encoding: Option<&'static str>,
    /// What stands here, if it is not the value but the other half of the credential, such as its key id.
    pub part: Option<&'static str>,
    /// What it was generated from, as a source map tells; boxed, for few places have it.
    pub original: Option<Box<Original>>,
    /// Which layer of a container image holds the file.
    pub layer: Option<InLayer>,
}

/// Where a place of generated code comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The source, as its map names it.
    pub path: BString,
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1, in UTF-16 units, as source maps count.
    pub column: u64,
}

impl Place {
    /// A place of which nothing more is known.
    #[must_use]
    pub fn new(provenance: Provenance, span: Span) -> Self {
        Self {
            provenance,
            span,
            excerpt: Excerpt::default(),
            commit: None,
            at_head: None,
            line_hash: None,
            encoding: None,
            part: None,
            original: None,
            layer: None,
        }
    }

    /// The order of places in every report: files, files of the history, what commits and names say, and what git
    /// keeps beside it all.
    #[must_use]
    pub fn sort_key(&self) -> (u8, BString, u64, u64, Option<CommitRef>) {
        let path = self.provenance.path();
        let rank = match self.provenance.outermost() {
            Provenance::Blob { .. } => 1,
            Provenance::Message { .. } | Provenance::Name { .. } | Provenance::Reference(_) => 2,
            _ if self.provenance.is_own_file() => 3,
            _ => 0,
        };
        (rank, path, self.span.start, self.span.end, self.commit.clone())
    }
}

/// Since when a value is in the history, when it left, and what still leads to it.
///
/// Exact for the graph that git holds: a value is compared by what a commit's whole tree holds, so a move
/// or a rename is neither an introduction nor a removal. Times are committer times, which may be skewed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Commits that hold the value while no parent does, oldest first.
    pub introduced: Vec<CommitRef>,
    /// Commits that lack the value while a parent holds it, oldest first.
    pub removed: Vec<CommitRef>,
    /// Whether the HEAD commit holds the value.
    pub at_head: bool,
    /// Whether any branch, tag or other reference leads to it.
    pub reachable: bool,
    /// Branches, remote ones too, whose newest commit holds the value; sorted by name.
    pub branches: Vec<String>,
    /// Tags that hold the value; sorted by name.
    pub tags: Vec<String>,
    /// The oldest of those tags, by the time of what it marks.
    pub first_release: Option<Release>,
    /// How many references of any kind have the value somewhere in their history.
    pub refs_leading: u64,
    /// Days from the first introduction that HEAD leads to until the last removal there, or until today.
    pub days_at_head: Option<u64>,
    /// Days from the first introduction until today, for as long as a reference leads to it.
    pub days_reachable: Option<u64>,
}

impl Exposure {
    /// Adds what another repository tells of the same value.
    pub fn join(&mut self, other: Self) {
        self.introduced.extend(other.introduced);
        self.introduced.sort();
        self.removed.extend(other.removed);
        self.removed.sort();
        self.at_head |= other.at_head;
        self.reachable |= other.reachable;
        self.branches.extend(other.branches);
        self.tags.extend(other.tags);
        let releases = self.first_release.take().into_iter().chain(other.first_release);
        self.first_release = releases.min_by_key(|release| release.time);
        self.refs_leading += other.refs_leading;
        self.days_at_head = self.days_at_head.max(other.days_at_head);
        self.days_reachable = self.days_reachable.max(other.days_reachable);
    }
}

/// A tag that shipped a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its name, without `refs/tags/`.
    pub tag: String,
    /// Committer time of the commit it marks, seconds since 1970 UTC.
    pub time: i64,
}

/// Finds lines and columns in one piece of text.
#[derive(Debug)]
pub struct LineIndex<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
    first_line: u64,
    offset: u64,
    first_column: u64,
}

impl<'a> LineIndex<'a> {
    /// Indexes `text`, which begins in line `first_line` at column `first_column`, byte `offset` of the whole.
    #[must_use]
    pub fn new(text: &'a [u8], first_line: u64, offset: u64, first_column: u64) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        Self { text, starts, first_line, offset, first_column }
    }

    /// The span of `range`, which lies within the text.
    #[must_use]
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        let (line, column) = self.position(range.start);
        let (end_line, end_column) = self.position(range.end);
        Span {
            start: self.offset + range.start as u64,
            end: self.offset + range.end as u64,
            line,
            column,
            end_line,
            end_column,
        }
    }

    fn position(&self, at: usize) -> (u64, u64) {
        let index = self.starts.partition_point(|&start| start <= at) - 1;
        let column = bstr::ByteSlice::chars(&self.text[self.starts[index]..at]).count();
        let before = if index == 0 { self.first_column } else { 1 };
        (self.first_line + index as u64, column as u64 + before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_code_points_and_lines_count_from_the_given_first() {
        let text = "ab\nüx = y\n\n".as_bytes();
        let index = LineIndex::new(text, 10, 100, 1);
        let at = text.iter().position(|&b| b == b'y').expect("there is a y");
        let span = index.span(at..at + 1);
        assert_eq!((span.line, span.column, span.end_line, span.end_column), (11, 6, 11, 7));
        assert_eq!((span.start, span.end), (100 + at as u64, 101 + at as u64));
        let first = index.span(0..2);
        assert_eq!((first.line, first.column, first.end_column), (10, 1, 3));
    }
}
