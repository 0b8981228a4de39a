//! What was scanned, and what was not and why. This decides whether a clean result may be believed.

use std::collections::{BTreeMap, BTreeSet};

use super::Image;

/// Names that are kept of what was left out.
const EXAMPLES: usize = 5;

/// Why something in scope was not scanned. Each of these makes a scan incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapReason {
    /// The system refused to read it.
    Unreadable,
    /// A link that leads back to a folder above it.
    DirectoryLoop,
    /// A path the user named that does not exist.
    NotFound,
    /// A pack, index or object whose bytes are not what they should be.
    CorruptObject,
    /// Something refers to an object that is not in the repository.
    MissingObject,
    /// The history ends at a shallow boundary.
    Shallow,
    /// A repository format that is not read.
    UnsupportedRepository,
    /// A configuration file whose syntax is broken, or that is no text.
    Unparsable,
    /// A member of an archive that only a password opens.
    EncryptedMember,
    /// A member packed in a way that is not read.
    UnknownCompression,
    /// An archive that is cut off, damaged or contradicts itself.
    CorruptArchive,
    /// An archive within more others than `--max-archive-depth`.
    ArchiveDepth,
    /// More than is read of one archive.
    ArchiveSize,
    /// More paths of one object in one commit than are told.
    ManyPaths,
    /// A report of another scanner, which does not say what was scanned.
    Untold,
    /// The program itself failed at it.
    Fault,
}

impl GapReason {
    /// Every reason, in the order reports use.
    pub const ALL: [Self; 16] = [
        Self::Unreadable,
        Self::DirectoryLoop,
        Self::NotFound,
        Self::CorruptObject,
        Self::MissingObject,
        Self::Shallow,
        Self::UnsupportedRepository,
        Self::Unparsable,
        Self::EncryptedMember,
        Self::UnknownCompression,
        Self::CorruptArchive,
        Self::ArchiveDepth,
        Self::ArchiveSize,
        Self::ManyPaths,
        Self::Untold,
        Self::Fault,
    ];

    /// The stable id used in JSON and SARIF.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::DirectoryLoop => "directory-loop",
            Self::NotFound => "not-found",
            Self::CorruptObject => "corrupt-object",
            Self::MissingObject => "missing-object",
            Self::Shallow => "shallow",
            Self::UnsupportedRepository => "unsupported-repository",
            Self::Unparsable => "unparsable",
            Self::EncryptedMember => "encrypted-member",
            Self::UnknownCompression => "unknown-compression",
            Self::CorruptArchive => "corrupt-archive",
            Self::ArchiveDepth => "archive-depth",
            Self::ArchiveSize => "archive-size",
            Self::ManyPaths => "many-paths",
            Self::Untold => "untold",
            Self::Fault => "fault",
        }
    }

    /// Whether it is about what an archive holds: of those, some are broken or encrypted on purpose.
    #[must_use]
    pub fn is_of_archives(self) -> bool {
        use GapReason::{ArchiveDepth, ArchiveSize, CorruptArchive, EncryptedMember, UnknownCompression};
        matches!(self, ArchiveDepth | ArchiveSize | CorruptArchive | EncryptedMember | UnknownCompression)
    }

    /// What a person can do about it.
    #[must_use]
    pub fn way_out(self) -> &'static str {
        match self {
            Self::Unreadable => "check the permissions and the disk, then scan again",
            Self::DirectoryLoop => "remove the link that leads back to its own parent",
            Self::NotFound => "check the spelling of the path",
            Self::CorruptObject => "run `git fsck`; fetch the repository anew from a good copy",
            Self::MissingObject => {
                "fetch the missing objects (`git fetch --refetch`), or accept them with --allow-partial \
                 where the clone is partial on purpose"
            }
            Self::Shallow => {
                "fetch the whole history (`git fetch --unshallow`, or `fetch-depth: 0` in a CI checkout), \
                 or accept it with --allow-shallow"
            }
            Self::UnsupportedRepository => "convert the repository, or scan a plain clone of it",
            Self::Unparsable => "mend the file's syntax or save it as UTF-8, then run it again",
            Self::EncryptedMember => "unpack the archive with its password and scan the folder",
            Self::UnknownCompression => {
                "unpack the archive with the program that made it and scan the folder"
            }
            Self::CorruptArchive => "fetch or make the archive again",
            Self::ArchiveDepth => {
                "raise --max-archive-depth, or unpack the outer archive and scan the folder"
            }
            Self::ArchiveSize => "unpack the archive, if you trust it, and scan the folder",
            Self::ManyPaths => {
                "look at the commit: folders that hold each other many times are made on purpose"
            }
            Self::Untold => "its report does not say what was scanned: scan with ringfence as well",
            Self::Fault => "please report it as a defect of ringfence; look at the place by hand meanwhile",
        }
    }
}

/// One thing in scope that was not scanned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// Path, object id or reference: enough to find it again.
    pub place: String,
    /// What the system or the format said, and how much it concerns.
    pub detail: String,
}

/// Why something is out of scope by policy. Counted and shown; never makes a scan incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutOfScope {
    /// Left out by .gitignore; `--no-ignore` takes it in.
    Ignored,
    /// Named pipes, sockets and devices: there is no end to read to.
    SpecialFile,
    /// A submodule whose files are not here.
    Submodule,
    /// A symbolic link; its target's own path is scanned, if it is in scope.
    Symlink,
    /// Objects a partial clone does not hold, accepted with `--allow-partial`.
    PartialClone,
    /// History beyond a shallow boundary, accepted with `--allow-shallow`.
    ShallowAccepted,
    /// What an encoded region has beyond what is decoded.
    LongEncoding,
    /// Files that Git LFS keeps elsewhere; their pointers are here.
    LfsObject,
    /// Archives and members that ringfence.toml accepts as they are.
    Accepted,
}

impl OutOfScope {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Ignored,
        Self::SpecialFile,
        Self::Submodule,
        Self::Symlink,
        Self::PartialClone,
        Self::ShallowAccepted,
        Self::LongEncoding,
        Self::LfsObject,
        Self::Accepted,
    ];

    /// The stable id used in JSON and SARIF.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::SpecialFile => "special-file",
            Self::Submodule => "submodule",
            Self::Symlink => "symlink",
            Self::PartialClone => "partial-clone",
            Self::ShallowAccepted => "shallow-accepted",
            Self::LongEncoding => "long-encoding",
            Self::LfsObject => "lfs-object",
            Self::Accepted => "accepted",
        }
    }

    /// One phrase for the summary, after a count.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Ignored => "ignored files left out (--no-ignore takes them in)",
            Self::SpecialFile => "pipes, sockets or devices left out",
            Self::Submodule => "submodules left out (scan them as repositories of their own)",
            Self::Symlink => "symbolic links not followed",
            Self::PartialClone => "objects not in this partial clone (accepted)",
            Self::ShallowAccepted => "shallow boundary commits (accepted)",
            Self::LongEncoding => "encoded regions decoded in part: over 64 KiB, or growing eightfold",
            Self::LfsObject => "files that Git LFS keeps elsewhere (`git lfs fetch --all` brings them here)",
            Self::Accepted => "archives or members not read ([[coverage.accept]])",
        }
    }
}

/// How much was scanned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Files of the work tree, and standard input.
    pub files: u64,
    /// Bytes of those.
    pub file_bytes: u64,
    /// Members of archives, and what packed files hold.
    pub members: u64,
    /// Bytes of those, unpacked.
    pub member_bytes: u64,
    /// Blobs of the history.
    pub blobs: u64,
    /// Their bytes, unpacked.
    pub blob_bytes: u64,
    /// Commits of the history.
    pub commits: u64,
    /// References that were followed.
    pub refs: u64,
}

impl Scanned {
    fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.file_bytes += other.file_bytes;
        self.members += other.members;
        self.member_bytes += other.member_bytes;
        self.blobs += other.blobs;
        self.blob_bytes += other.blob_bytes;
        self.commits += other.commits;
        self.refs += other.refs;
    }
}

/// What a scan covered. Joined over all sources of a run.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// What was scanned.
    pub scanned: Scanned,
    gaps: Vec<Gap>,
    out_of_scope: BTreeMap<OutOfScope, u64>,
    /// Some of what was left out, by name.
    examples: BTreeMap<OutOfScope, BTreeSet<String>>,
    notes: Vec<String>,
    /// Container images among the archives that were opened.
    pub images: Vec<Image>,
}

impl Coverage {
    /// Records something in scope that was not scanned.
    pub fn gap(&mut self, reason: GapReason, place: impl Into<String>, detail: impl Into<String>) {
        self.gaps.push(Gap { reason, place: place.into(), detail: detail.into() });
    }

    /// Records `count` things that are out of scope by policy.
    pub fn leave_out(&mut self, why: OutOfScope, count: u64) {
        if count > 0 {
            *self.out_of_scope.entry(why).or_default() += count;
        }
    }

    /// Records one thing that is out of scope by policy, and its name.
    pub fn leave_out_named(&mut self, why: OutOfScope, name: impl Into<String>) {
        self.leave_out(why, 1);
        let examples = self.examples.entry(why).or_default();
        examples.insert(name.into());
        if examples.len() > EXAMPLES {
            examples.pop_last();
        }
    }

    /// The first names of what was left out for this reason, where they are known.
    pub fn left_out_names(&self, why: OutOfScope) -> impl Iterator<Item = &str> {
        self.examples.get(&why).into_iter().flatten().map(String::as_str)
    }

    /// Records a fact about the scan that people should know (alternates followed, foreign owner).
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Adds another source's coverage to this one.
    pub fn join(&mut self, other: Self) {
        self.scanned.add(&other.scanned);
        self.gaps.extend(other.gaps);
        self.notes.extend(other.notes);
        self.images.extend(other.images);
        for (why, count) in other.out_of_scope {
            self.leave_out(why, count);
        }
        for (why, names) in other.examples {
            let examples = self.examples.entry(why).or_default();
            examples.extend(names);
            while examples.len() > EXAMPLES {
                examples.pop_last();
            }
        }
    }

    /// Takes out of the gaps what `why` gives a reason to accept; it stays counted, by name and reason.
    pub fn accept(&mut self, why: impl Fn(&Gap) -> Option<String>) {
        for gap in std::mem::take(&mut self.gaps) {
            match why(&gap) {
                Some(reason) => {
                    let name = format!("{} ({}): {reason}", gap.place, gap.reason.id());
                    self.leave_out_named(OutOfScope::Accepted, name);
                }
                None => self.gaps.push(gap),
            }
        }
    }

    /// Puts other text in place of each name and sentence: names may hold what is not to be shown.
    pub fn reword(&mut self, text: impl Fn(&str) -> String) {
        for gap in &mut self.gaps {
            (gap.place, gap.detail) = (text(&gap.place), text(&gap.detail));
        }
        self.notes.iter_mut().for_each(|note| *note = text(note));
        for names in self.examples.values_mut() {
            *names = names.iter().map(|name| text(name)).collect();
        }
    }

    /// Whether everything in scope was scanned.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// What was not scanned, sorted by reason and place.
    #[must_use]
    pub fn gaps(&self) -> Vec<&Gap> {
        let mut gaps: Vec<&Gap> = self.gaps.iter().collect();
        gaps.sort();
        gaps
    }

    /// What was not scanned: reason, how many, and the gaps themselves, sorted.
    #[must_use]
    pub fn gaps_by_reason(&self) -> Vec<(GapReason, Vec<&Gap>)> {
        let mut groups: BTreeMap<GapReason, Vec<&Gap>> = BTreeMap::new();
        for gap in self.gaps() {
            groups.entry(gap.reason).or_default().push(gap);
        }
        groups.into_iter().collect()
    }

    /// What was left out by policy, and how much of it.
    #[must_use]
    pub fn out_of_scope(&self) -> &BTreeMap<OutOfScope, u64> {
        &self.out_of_scope
    }

    /// Facts about the scan, in the order they were found.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
