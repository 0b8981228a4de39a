//! A progress line on standard error, where that is a terminal.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::args::ScanFlags;
use crate::run::Progress;

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(120);

/// Draws a scan's counters until it is dropped.
pub(super) struct Meter {
    pub(super) progress: Arc<Progress>,
    done: Arc<AtomicBool>,
    drawer: Option<JoinHandle<()>>,
}

impl Meter {
    pub(super) fn start(flags: &ScanFlags, unit: &'static str) -> Self {
        let progress = Arc::new(Progress::default());
        let done = Arc::new(AtomicBool::new(false));
        let wanted = !flags.quiet && std::io::stderr().is_terminal();
        let drawer = wanted.then(|| {
            let (progress, done) = (Arc::clone(&progress), Arc::clone(&done));
            std::thread::spawn(move || draw(&progress, &done, unit))
        });
        Self { progress, done, drawer }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(drawer) = self.drawer.take() {
            drawer.thread().unpark();
            drop(drawer.join());
        }
    }
}

fn draw(progress: &Progress, done: &AtomicBool, unit: &str) {
    let bar = ProgressBar::new(0);
    let template = format!("{{pos}} of {{len}} {unit} [{{bar:24}}] {{msg}} eta {{eta}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    while !done.load(Ordering::Relaxed) {
        bar.set_length(progress.total.load(Ordering::Relaxed));
        bar.set_position(progress.items.load(Ordering::Relaxed));
        let bytes = progress.bytes.load(Ordering::Relaxed);
        let rate = bytes as f64 / bar.elapsed().as_secs_f64().max(0.001);
        let known = match progress.known.load(Ordering::Relaxed) {
            0 => String::new(),
            known => format!("; {known} more as at the last scan"),
        };
        bar.set_message(format!("{} at {}/s{known}", HumanBytes(bytes), HumanBytes(rate as u64)));
        std::thread::park_timeout(TICK);
    }
    bar.finish_and_clear();
}
