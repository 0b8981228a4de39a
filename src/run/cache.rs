//! Keeps what a complete scan of a history has learned, so that the next one reads only what is new.
//!
//! One file a repository, in the user's cache folder and never inside the repository: a folder that somebody
//! hands over could claim to be clean. It holds no value and no hash of one. Whatever is wrong with it, or
//! made by another program or with other rules, is as if it were not there.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};
use tempfile::NamedTempFile;

use crate::detect::Rule;

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

/// What is stored of a repository: what the history knows of its objects, and the values in them.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) snapshot: Vec<u8>,
    pub(super) values: Vec<u8>,
}

impl Cache {
    /// The cache in `folder` for this program and these rules; nothing if the program cannot be read.
    pub(super) fn new(folder: &Path, rules: &[Rule]) -> Option<Self> {
        let mut hasher = Hasher::new();
        hasher.update_reader(File::open(std::env::current_exe().ok()?).ok()?).ok()?;
        hasher.update(format!("{rules:?}").as_bytes());
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
        let rest = bytes.get(DIGEST + LENGTH..)?;
        let len = u64::from_le_bytes(bytes.get(DIGEST..DIGEST + LENGTH)?.try_into().ok()?);
        let (values, snapshot) = rest.split_at_checked(usize::try_from(len).ok()?)?;
        Some(Stored { snapshot: snapshot.to_vec(), values: values.to_vec() })
    }

    /// Stores what is known of a repository, for its owner's eyes only, and whole or not at all.
    pub(super) fn store(&self, repository: &Path, stored: &Stored) -> Option<()> {
        let path = self.file(repository)?;
        make_private(&self.folder)?;
        let mut hasher = Hasher::new();
        let mut file = NamedTempFile::new_in(&self.folder).ok()?;
        let len = (stored.values.len() as u64).to_le_bytes();
        for part in [self.engine.as_bytes(), &len[..], &stored.values, &stored.snapshot] {
            hasher.update(part);
            file.write_all(part).ok()?;
        }
        file.write_all(hasher.finalize().as_bytes()).ok()?;
        file.as_file().sync_all().ok()?;
        file.persist(path).ok().map(drop)
    }
}

fn make_private(folder: &Path) -> Option<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).ok()
}
