//! The user's own repository: the one of the current directory. Only its configuration, baseline and marks are
//! obeyed; those of a target elsewhere never are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use super::args::ScanFlags;
use crate::env::Config;
use crate::finding::Baseline;
use crate::run::Decisions;

/// Names of the files at the top of a repository.
pub(super) const CONFIG: &str = "ringfence.toml";
pub(super) const BASELINE: &str = "ringfence.baseline";

/// What the user has decided, from the files of the repository or those that were named.
pub(super) fn decisions(flags: &ScanFlags) -> Result<Decisions> {
    let config = config(flags.config.as_deref())?;
    let baseline = match flags.no_baseline {
        true => Baseline::default(),
        false => baseline(flags.baseline.as_deref())?,
    };
    Ok(Decisions { baseline, config, own: root() })
}

/// The named file, or ringfence.toml of the current directory or of one above it in the same repository.
pub(super) fn config(named: Option<&Path>) -> Result<Config> {
    let Some(path) = named.map(Path::to_owned).or_else(|| nearest(CONFIG)) else {
        return Ok(Config::default());
    };
    let shown = path.display();
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
    let mut config = Config::parse(&text).map_err(|error| anyhow!("{shown}: {error}"))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    config.rules.files.iter_mut().for_each(|file| *file = folder.join(&*file));
    Ok(config)
}

/// The named file, or the baseline of the repository. A broken one hides nothing: it is an error.
fn baseline(named: Option<&Path>) -> Result<Baseline> {
    match named.map(Path::to_owned).or_else(|| nearest(BASELINE)) {
        Some(path) => read_baseline(&path),
        None => Ok(Baseline::default()),
    }
}

/// Reads a baseline.
pub(super) fn read_baseline(path: &Path) -> Result<Baseline> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    Baseline::parse(&text).map_err(|error| anyhow!("{shown}: {error}"))
}

/// A file of the current directory, or of one above it up to the top of its repository.
fn nearest(name: &str) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    for folder in here.ancestors() {
        let file = folder.join(name);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The top of the repository of the current directory; the directory itself where there is none.
pub(super) fn root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    let top = here.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned);
    Some(top.unwrap_or(here))
}
