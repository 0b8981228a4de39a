//! Lints a project as the next commit would hold it: files of the index in place of those of the work tree.

use std::collections::HashSet;
use std::path::Path;

use super::lint::{DAY, add, is_open, shown, source};
use super::{IncrementalError, Run};
use crate::env::model::Format;
use crate::env::{self, Facts, Source, discover};
use crate::finding::{Coverage, Finding, GapReason};
use crate::source::Listing;
use crate::source::incremental::{Kind, Repository, Staged};

impl Run<'_> {
    /// Lints the project below `root` and keeps what its staged files are about; nothing is done if none of these is
    /// `wanted`. Env files that .gitignore leaves out belong to the project: they are in no index.
    ///
    /// # Errors
    /// When there is no repository, or its index cannot be read.
    pub fn lint_staged(
        &mut self,
        root: &Path,
        index: Option<&Path>,
        wanted: fn(&str) -> bool,
    ) -> Result<(), IncrementalError> {
        self.is_about(root);
        let repository = {
            let kept = self.settings.memory.of_bases();
            Repository::open(root, self.settings.accept, (&[], kept), &mut Coverage::default())?
        };
        let staged = repository.staged(index, &mut self.coverage)?;
        let prefix = repository.prefix_of(root);
        let below = |path: &[u8]| String::from_utf8_lossy(path).strip_prefix(&prefix).map(str::to_owned);
        let paths: Vec<String> =
            staged.changes.iter().filter_map(|change| below(change.path.as_slice())).collect();
        if !paths.iter().any(|path| wanted(path)) {
            return Ok(());
        }
        let mut sources = self.indexed(root, &prefix, (&repository, &staged));
        let indexed: HashSet<String> = sources.iter().map(|source| source.path.clone()).collect();
        sources.extend(self.ignored(root, &indexed));
        let facts = Facts {
            config: self.settings.decisions.config.clone(),
            key: self.settings.key.clone(),
            today: self.settings.today.div_euclid(DAY),
            in_git: true,
            only_grammar: false,
        };
        let (project, broken) = env::build(sources, &self.detector, facts);
        for file in broken {
            self.coverage.gap(GapReason::Unparsable, file.path, file.why);
        }
        let before = self.linted.len();
        self.lint(&project);
        let shown: HashSet<String> = paths.iter().map(|path| shown(root, path)).collect();
        let linted = self.linted.split_off(before);
        self.linted.extend(linted.into_iter().filter(|finding| is_about(finding, &shown)));
        Ok(())
    }

    /// What the index holds of the project.
    fn indexed(
        &mut self,
        root: &Path,
        prefix: &str,
        (repository, staged): (&Repository, &Staged),
    ) -> Vec<Source> {
        let objects = repository.objects();
        let mut sources = Vec::new();
        for file in staged.files(objects) {
            let path = String::from_utf8_lossy(file.path.as_slice()).into_owned();
            let Some(path) = path.strip_prefix(prefix).filter(|path| discover::format(path).is_some()) else {
                continue;
            };
            let Some(bytes) = objects.need_kind(&file.id, Kind::Blob, &file.path) else { continue };
            self.lint_scanned = add(self.lint_scanned, bytes.len() as u64);
            sources.push(Source {
                path: path.to_owned(),
                shown: shown(root, path),
                bytes,
                tracked: true,
                ignored: false,
                open: root.join(path).metadata().is_ok_and(|meta| is_open(&meta)),
            });
        }
        objects.report(&mut self.coverage);
        sources
    }

    /// Env files of the work tree that .gitignore leaves out.
    fn ignored(&mut self, root: &Path, indexed: &HashSet<String>) -> Vec<Source> {
        let mut sources = Vec::new();
        for file in Listing::of(root, &mut self.coverage).files {
            let is_env = matches!(discover::format(&file.path), Some(Format::Dotenv | Format::Opaque));
            if !file.ignored || !is_env || indexed.contains(&file.path) {
                continue;
            }
            match source(root, &file) {
                Ok(source) => {
                    self.lint_scanned = add(self.lint_scanned, source.bytes.len() as u64);
                    sources.push(source);
                }
                Err(error) => self.coverage.gap(GapReason::Unreadable, file.path, error.to_string()),
            }
        }
        sources
    }
}

/// Whether a finding is about one of these files: it is there, or names it.
fn is_about(finding: &Finding, paths: &HashSet<String>) -> bool {
    let related = finding.lint.iter().flat_map(|lint| &lint.related);
    finding.places.iter().chain(related).any(|place| paths.contains(&place.provenance.path().to_string()))
}
