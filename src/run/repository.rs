//! Scans the histories of a repository and of its submodules, each with what an earlier scan has stored of it.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::cache::{Cache, Stored};
use super::collect::Collector;
use super::trace::Tracing;
use super::values::Values;
use super::{Settings, history};
use crate::detect::Detector;
use crate::finding::{Coverage, GapReason};
use crate::source::Progress;
use crate::source::history::{History, HistoryError};

/// What a history is scanned with.
#[derive(Clone, Copy)]
pub(super) struct With<'a> {
    pub(super) settings: &'a Settings,
    pub(super) detector: &'a Detector,
    pub(super) collector: &'a Collector<'a>,
    /// Whether rules are tried; without, only known values are looked for.
    pub(super) detects: bool,
    /// Known values, if some are to be followed.
    pub(super) tracing: Option<&'a Tracing>,
}

impl With<'_> {
    /// Scans the history of the repository at or above `path`; `prefix` names it if it is a submodule.
    pub(super) fn scan(
        &self,
        path: &Path,
        prefix: &str,
        coverage: &mut Coverage,
        progress: &Progress,
    ) -> Result<History, HistoryError> {
        // Reading every version whole is there to check what saves work, and so saves none.
        let folder = self.settings.cache.as_deref().filter(|_| !self.settings.no_seam && self.detects);
        let cache = folder.and_then(|folder| Cache::new(folder, self.settings));
        // What an earlier scan has read was not looked at for the values of this run.
        let of_use = cache.as_ref().filter(|_| self.tracing.is_none());
        let (mut history, known) = self.open(path, of_use, coverage)?;
        history.set_prefix(prefix);
        let (objects, read_before) = history.object_counts();
        progress.total.fetch_add(objects - read_before, Ordering::Relaxed);
        progress.known.fetch_add(read_before, Ordering::Relaxed);
        let cache = cache.filter(|_| objects > read_before);
        history::scan(&mut history, known, cache.as_ref(), coverage, (self, progress));
        Ok(history)
    }

    /// Opens a history, with what is stored of it if that is of use.
    fn open(
        &self,
        path: &Path,
        cache: Option<&Cache>,
        coverage: &mut Coverage,
    ) -> Result<(History, Option<Values>), HistoryError> {
        let stored: OnceCell<Stored> = OnceCell::new();
        let recall = |folder: &Path| {
            let found = cache?.load(folder)?;
            Some(stored.get_or_init(|| found).snapshot())
        };
        let mut of_history = Coverage::default();
        let mut history = History::open(path, self.settings.accept, &recall, &mut of_history)?;
        let stored = stored.get().filter(|_| history.object_counts().1 > 0);
        let known = stored.map(|stored| Values::restore(stored.values(), &history, self));
        if let Some(None) = known {
            let history = History::open(path, self.settings.accept, &|_| None, coverage)?;
            return Ok((history, None));
        }
        history.forget_places();
        coverage.join(of_history);
        Ok((history, known.flatten()))
    }

    /// Scans the repositories of submodules that were fetched, under their names.
    pub(super) fn scan_submodules(&self, outer: &History, coverage: &mut Coverage, progress: &Progress) {
        let mut open = outer.submodules(coverage);
        while let Some((name, folder)) = open.pop() {
            match self.scan(&folder, &format!("{name}/"), coverage, progress) {
                Ok(inner) => {
                    coverage.note(format!("the history of the submodule {name} was scanned too"));
                    let deeper = inner.submodules(coverage).into_iter();
                    open.extend(deeper.map(|(deeper, folder)| (format!("{name}/{deeper}"), folder)));
                }
                Err(error) => {
                    let place = format!("submodule {name}");
                    coverage.gap(GapReason::UnsupportedRepository, place, error.to_string());
                }
            }
        }
    }
}
