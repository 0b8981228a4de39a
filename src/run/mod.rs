//! Wires sources, detection, findings and launch page together: the one module that knows all of them.

mod around;
mod audit;
mod cache;
mod collect;
mod colours;
mod exposure;
mod history;
mod incremental;
mod kept;
mod launch;
mod lint;
mod live;
mod mapped;
mod memory;
mod merge;
mod names;
mod often;
mod pairs;
mod parts;
mod pii;
mod placing;
mod redact;
mod repeats;
mod repository;
mod seam;
mod seen;
mod staged;
mod suppress;
mod trace;
mod values;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use crate::source::Progress;
pub use crate::source::history::{Accept, HistoryError};
pub use crate::source::incremental::{Hook, IncrementalError, Part, Update, updates};
pub use audit::{Names, Purged, audited};
pub use lint::{Whole, read_project};
pub use live::Told;
pub use memory::Memory;
pub use redact::Redactor;
pub use suppress::Decisions;

use crate::detect::pii::Kind;
use crate::detect::{Detector, Rule};
use crate::finding::{
    Confidence, Coverage, Finding, FingerprintKey, GapReason, HiddenReason, OutOfScope, Outcome, RuleMeta,
    Scanned, Variable,
};
use crate::source::incremental::Repository;
use crate::source::{Blob, Source, Worktree, WorktreeOptions, read_stdin};
use crate::trace::{Hashes, Known, Tracer};
use collect::Collector;
use incremental::Scan;
use often::Often;
use repository::With;
use trace::{TRACED, Traces, Tracing};

/// What a run needs besides its targets.
#[derive(Debug)]
pub struct Settings {
    /// Rules in force.
    pub rules: Vec<Rule>,
    /// Names values in reports.
    pub key: FingerprintKey,
    /// Findings below are hidden and counted.
    pub confidence: Confidence,
    /// Hide and count values whose own checksum is wrong.
    pub strict: bool,
    /// Whether values may be printed.
    pub show_secrets: bool,
    /// How the work tree is walked.
    pub worktree: WorktreeOptions,
    /// What may be missing from a history.
    pub accept: Accept,
    /// Report what stands only in objects that no reference leads to.
    pub unreachable: bool,
    /// The time of the scan, seconds since 1970 UTC: what days of exposure are counted to.
    pub today: i64,
    /// Scan every version of a blob whole, to check that reading only what changed loses nothing.
    pub no_seam: bool,
    /// What the user has decided about findings.
    pub decisions: Decisions,
    /// Encodings within each other that are undone.
    pub decode_depth: usize,
    /// Look for personal data in every file, not in logs alone.
    pub pii: bool,
    /// How much it may take.
    pub memory: Memory,
    /// The folder for what the next scan of a history need not read again; nothing to read everything.
    pub cache: Option<PathBuf>,
}

/// One run: its rules compiled, its findings so far.
#[derive(Debug)]
pub struct Run<'a> {
    settings: &'a Settings,
    detector: Detector,
    coverage: Coverage,
    collector: Collector<'a>,
    /// Personal data in files.
    personal: pii::Personal,
    /// Whether rules are tried on what is scanned.
    detects: bool,
    /// Known values that are followed.
    tracing: Option<Tracing>,
    /// Values known by their hash: of the findings, these alone count.
    hashes: Option<Hashes>,
    /// What the environment lint has read; counted where nothing else is scanned.
    lint_scanned: Scanned,
    /// What the environment lint found, and what of it is not shown.
    linted: Vec<Finding>,
    lint_hidden: BTreeMap<HiddenReason, usize>,
    /// The variables of the project that was linted.
    inventory: Vec<Variable>,
    /// What is looked at, by name; the first that was named.
    subject: Option<String>,
}

/// What people call this place: the name of the folder, file or repository.
#[must_use]
pub fn name_of(path: &Path) -> Option<String> {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Some(whole.file_name()?.to_string_lossy().into_owned())
}

impl<'a> Run<'a> {
    /// Compiles the rules.
    #[must_use]
    pub fn new(settings: &'a Settings) -> Self {
        let detector = Detector::new(settings.rules.clone()).with_decode_depth(settings.decode_depth);
        Self {
            settings,
            detector,
            coverage: Coverage::default(),
            collector: Collector::new(settings),
            personal: pii::Personal::default(),
            detects: true,
            tracing: None,
            hashes: None,
            lint_scanned: Scanned::default(),
            linted: Vec::new(),
            lint_hidden: BTreeMap::new(),
            inventory: Vec::new(),
            subject: None,
        }
    }

    /// Follows these values through everything that is scanned from here on.
    pub fn follow(&mut self, known: Known) {
        for (why, names) in known.untraced_by_reason() {
            self.coverage.note(format!("not traced, being {}: {}", why.phrase(), names.join(", ")));
        }
        self.tracing = Some(Tracing::new(Tracer::new(known)));
    }

    /// Records a fact about the run that people should know.
    pub fn note(&mut self, note: String) {
        self.coverage.note(note);
    }

    /// Keeps of what rules found only values with these hashes, and names their variables.
    pub fn report_hashes(&mut self, hashes: &Hashes) {
        self.coverage
            .note("partial: values known by their hash are found only where a rule finds them, as they are");
        self.hashes = Some(hashes.clone());
    }

    /// Tries no rules from here on: only known values are looked for.
    pub fn only_follow(&mut self) {
        self.detects = false;
    }

    /// Remembers the name of what is looked at, if it is the first.
    fn is_about(&mut self, path: &Path) {
        if self.subject.is_none() {
            self.subject = name_of(path);
        }
    }

    /// Scans files and folders.
    pub fn scan_paths(&mut self, paths: Vec<PathBuf>, progress: &Progress) {
        paths.first().into_iter().for_each(|path| self.is_about(path));
        let worktree = Worktree::new(paths, self.settings.worktree);
        let coverage = worktree.visit(progress, &|blob| self.blob(&blob));
        if self.detects {
            names::of_gaps(&coverage, &self.collector, &self.detector);
        }
        self.coverage.join(coverage);
        let found = (&self.collector, &self.detector);
        mapped::lead_back(found.0, found.1, &mut self.coverage);
        mapped::lead_back_in_archives(found, self.settings.worktree, &mut self.coverage);
    }

    fn blob(&self, blob: &Blob<'_>) {
        self.look_at(blob, &self.collector, &self.personal);
    }

    /// Keeps what is found in a blob where it is told to.
    fn look_at(&self, blob: &Blob<'_>, collector: &Collector<'_>, personal: &pii::Personal) {
        colours::without_in(blob, |blob| self.look_at_plain(blob, collector, personal));
    }

    fn look_at_plain(&self, blob: &Blob<'_>, collector: &Collector<'_>, personal: &pii::Personal) {
        if self.detects {
            let secrets = || collector.file_blob(&self.detector, blob);
            match self.settings.pii || pii::is_log(&blob.origin.path()) {
                // A large log is one file after all: a second thread helps.
                true => drop(rayon::join(secrets, || personal.look(blob))),
                false => secrets(),
            }
        }
        if let Some(tracing) = &self.tracing {
            tracing.file_blob(blob, &self.detector);
        }
    }

    /// Scans a stream to its end.
    pub fn scan_stream(&mut self, input: &mut dyn Read) {
        let mut coverage = Coverage::default();
        let max_depth = self.settings.worktree.archive_depth;
        let mut often = Often::after(&self.collector);
        let read = read_stdin(input, max_depth, &mut coverage, &mut |blob| {
            self.blob(&blob);
            often.limit(&self.collector, self.settings);
        });
        often.note(&mut coverage);
        self.has_read(read, coverage);
    }

    /// Scans a stream to its end, and tells each finding as soon as its line was read. Findings are told once, at their
    /// first place; what became known later is in the outcome of the run. An error of `tell` ends the scan.
    pub fn scan_live(
        &mut self,
        next: &mut Source<'_>,
        tell: &mut dyn FnMut(&[&Finding]) -> io::Result<()>,
    ) -> Told {
        let mut coverage = Coverage::default();
        let (read, told) = live::read(self, next, tell, &mut coverage);
        self.has_read(read, coverage);
        told
    }

    fn has_read(&mut self, read: io::Result<u64>, coverage: Coverage) {
        self.coverage.join(coverage);
        match read {
            Ok(bytes) => {
                self.coverage.scanned.files += 1;
                self.coverage.scanned.file_bytes += bytes;
            }
            Err(error) => self.coverage.gap(GapReason::Unreadable, "<stdin>", error.to_string()),
        }
    }

    /// Scans the full history of the repository at or above `path`.
    ///
    /// # Errors
    /// When there is no repository, or none that can be opened; the second is a gap as well.
    pub fn scan_history(&mut self, path: &Path, progress: &Progress) -> Result<(), HistoryError> {
        self.is_about(path);
        let with = With {
            settings: self.settings,
            detector: &self.detector,
            collector: &self.collector,
            detects: self.detects,
            tracing: self.tracing.as_ref(),
        };
        let history = match with.scan(path, "", &mut self.coverage, progress) {
            Err(HistoryError::Unusable { path, why }) => {
                self.coverage.gap(GapReason::UnsupportedRepository, &path, &why);
                return Err(HistoryError::Unusable { path, why });
            }
            other => other?,
        };
        around::scan(&history, &with, &mut self.coverage);
        with.scan_submodules(&history, &mut self.coverage, progress);
        Ok(())
    }

    /// Scans what is staged in the repository at or above `path`; `index` names another file than its own index.
    ///
    /// # Errors
    /// When there is no repository, or its index cannot be read.
    pub fn scan_staged(
        &mut self,
        path: &Path,
        index: Option<&Path>,
        progress: &Progress,
    ) -> Result<(), IncrementalError> {
        self.is_about(path);
        let repository = self.repository(path, &[])?;
        let scan = Scan::new(repository.objects(), &self.detector, &self.collector, progress);
        incremental::scan_staged(&repository, index, &scan, &mut self.coverage)
    }

    /// Scans a part of the history of the repository at or above `path`; `quarantine` names folders with objects
    /// that git has received and not yet taken in.
    ///
    /// # Errors
    /// When there is no repository, or the part names something that is not in it.
    pub fn scan_part(
        &mut self,
        path: &Path,
        part: &Part,
        quarantine: &[PathBuf],
        progress: &Progress,
    ) -> Result<(), IncrementalError> {
        self.is_about(path);
        let repository = self.repository(path, quarantine)?;
        let scan = Scan::new(repository.objects(), &self.detector, &self.collector, progress);
        incremental::scan_part(&repository, part, &scan, &mut self.coverage)
    }

    fn repository(&mut self, path: &Path, quarantine: &[PathBuf]) -> Result<Repository, IncrementalError> {
        let kept = self.settings.memory.of_bases();
        Repository::open(path, self.settings.accept, (quarantine, kept), &mut self.coverage)
    }

    /// Makes a finding of each value that was seen away from home.
    pub fn report_traces(&mut self) {
        let Some(tracing) = &self.tracing else { return };
        let found = tracing.found();
        let (lost, shown): (Vec<Traces<'_>>, Vec<Traces<'_>>) = Traces::all(tracing, &found)
            .into_iter()
            .partition(|traces| traces.is_unreachable() && !self.settings.unreachable);
        self.linted.extend(shown.iter().map(|traces| traces.finding(&self.settings.key)));
        if !lost.is_empty() {
            *self.lint_hidden.entry(HiddenReason::Unreachable).or_default() += lost.len();
        }
    }

    /// Joins all places of each value and sorts the findings, worst first.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        let mut rules: Vec<RuleMeta> = self.settings.rules.iter().map(|rule| rule.meta).collect();
        if self.linted.iter().any(|finding| finding.rule == TRACED) {
            rules.push(TRACED);
        } else if !self.linted.is_empty() {
            rules.extend(crate::env::all_checks().map(|check| check.meta));
        }
        let asked = self.settings.pii;
        let personal = self.personal.findings(asked, &self.settings.key, &self.detector);
        let (told, unsure): (Vec<Finding>, Vec<Finding>) =
            personal.into_iter().partition(|finding| finding.confidence >= self.settings.confidence);
        rules.extend(Kind::ALL.iter().filter(|_| !told.is_empty()).map(|kind| kind.meta()));
        self.linted.extend(told);
        if !unsure.is_empty() {
            *self.lint_hidden.entry(HiddenReason::Confidence).or_default() += unsure.len();
        }
        if self.coverage.scanned.files == 0 {
            self.coverage.scanned.files = self.lint_scanned.files;
            self.coverage.scanned.file_bytes = self.lint_scanned.file_bytes;
        }
        let mut coverage = self.coverage;
        let off = &self.settings.decisions.config.rules.disable;
        if !off.is_empty() {
            coverage.note(format!("rules that ringfence.toml switches off: {}", off.join(", ")));
        }
        let cut = self.collector.cut();
        if cut > 0 {
            coverage.leave_out(OutOfScope::LongEncoding, cut);
        }
        let mut verdict = match &self.hashes {
            Some(hashes) => trace::with_hashes(self.collector, self.settings, hashes),
            None => merge::verdict(self.collector, self.settings),
        };
        names::mask_places(&mut self.linted, &self.detector);
        merge::join(&mut verdict, self.linted, self.lint_hidden);
        suppress::apply(&mut verdict, self.settings);
        suppress::accept(&mut coverage, self.settings);
        suppress::note_layers(&mut verdict, &coverage);
        names::mask(&mut coverage, &self.detector);
        let show_secrets = self.settings.show_secrets;
        Outcome {
            verdict,
            coverage,
            launch: Vec::new(),
            audit: None,
            inventory: self.inventory,
            subject: self.subject.unwrap_or_default(),
            show_secrets,
            rules,
        }
    }

    /// Like [`Run::finish`], with the launch page of a project; `history_read` says whether a history was scanned.
    #[must_use]
    pub fn finish_with_launch_page(self, whole: &Whole, history_read: Result<(), String>) -> Outcome {
        let mut outcome = self.finish();
        suppress::note_unused(&mut outcome);
        let is_log = |path: &&PathBuf| crate::env::discover::is_log(&path.to_string_lossy());
        let logs = whole.places.iter().filter(is_log).count();
        outcome.launch = launch::rows(&outcome, (&whole.project, logs), history_read);
        outcome
    }
}
