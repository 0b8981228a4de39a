//! Keeps what a complete scan of a history has learned, so that the next one reads only what is new.
//!
//! One file a repository, in the user's cache folder and never inside the repository: a folder that somebody
//! hands over could claim to be clean. It holds no value and no hash of one. Whatever is wrong with it, or
//! made by another program or with other rules, is as if it were not there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};
use tempfile::NamedTempFile;

use super::Settings;

/// Length of a digest.
const DIGEST: usize = blake3::OUT_LEN;
/// Length of the number that says where the second part begins.
const LENGTH: usize = 8;

/// The cache of one run.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    /// Names the program and the rules: with others, other things are found.
    engine: Hash,
}

/// What is stored of a repository.
#[derive(Debug)]
pub(super) struct Stored {
    bytes: Vec<u8>,
    values: Range<usize>,
}

impl Stored {
    /// What the history knows of its objects.
    pub(super) fn snapshot(&self) -> &[u8] {
        &self.bytes[self.values.end..]
    }

    /// The values in them.
    pub(super) fn values(&self) -> &[u8] {
        &self.bytes[self.values.clone()]
    }
}

/// Writes a file and hashes what it writes.
struct Hashing<'a> {
    file: BufWriter<&'a File>,
    hasher: Hasher,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Cache {
    /// The cache in `folder` for this program and these rules; nothing if the program cannot be read.
    pub(super) fn new(folder: &Path, settings: &Settings) -> Option<Self> {
        let mut hasher = Hasher::new();
        hasher.update_reader(File::open(std::env::current_exe().ok()?).ok()?).ok()?;
        let depths = (settings.decode_depth, settings.worktree.archive_depth);
        hasher.update(format!("{:?} {depths:?}", settings.rules).as_bytes());
        Some(Self { folder: folder.to_owned(), engine: hasher.finalize() })
    }

    /// Where the repository's file is; nothing if that is inside the repository.
    fn file(&self, repository: &Path) -> Option<PathBuf> {
        let repository = repository.canonicalize().ok()?;
        let root = match repository.ends_with(".git") {
            true => repository.parent()?,
            false => &repository,
        };
        // The nearest folder above that is there: the cache's own is made when something is stored.
        let made = self.folder.ancestors().find_map(|folder| folder.canonicalize().ok())?;
        let name = blake3::hash(repository.as_os_str().as_encoded_bytes()).to_hex();
        (!made.starts_with(root)).then(|| self.folder.join(format!("history-{}", &name[..32])))
    }

    /// What is stored of a repository.
    pub(super) fn load(&self, repository: &Path) -> Option<Stored> {
        let mut bytes = fs::read(self.file(repository)?).ok()?;
        let body = bytes.len().checked_sub(DIGEST)?;
        let sum = Hash::from_slice(&bytes[body..]).ok()?;
        let engine = Hash::from_slice(bytes.get(..DIGEST)?).ok()?;
        if engine != self.engine || blake3::hash(&bytes[..body]) != sum {
            return None;
        }
        bytes.truncate(body);
        let len = u64::from_le_bytes(bytes.get(DIGEST..DIGEST + LENGTH)?.try_into().ok()?);
        let start = DIGEST + LENGTH;
        let end = start.checked_add(usize::try_from(len).ok()?).filter(|&end| end <= body)?;
        Some(Stored { bytes, values: start..end })
    }

    /// Stores what is known of a repository, for its owner's eyes only, and whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written; nothing has changed then.
    pub(super) fn store(
        &self,
        repository: &Path,
        values: &[u8],
        write_snapshot: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(path) = self.file(repository) else { return Ok(()) };
        make_private(&self.folder)?;
        let file = NamedTempFile::new_in(&self.folder)?;
        let mut out = Hashing { file: BufWriter::new(file.as_file()), hasher: Hasher::new() };
        out.write_all(self.engine.as_bytes())?;
        out.write_all(&(values.len() as u64).to_le_bytes())?;
        out.write_all(values)?;
        write_snapshot(&mut out)?;
        let sum = out.hasher.finalize();
        out.write_all(sum.as_bytes())?;
        out.flush()?;
        drop(out);
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
