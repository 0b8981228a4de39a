//! `ringfence scan -` in a format whose findings can be told one by one: each is written as soon as its line was read.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use super::args::ScanFlags;
use crate::finding::{Finding, Outcome};
use crate::report::{self, Format, Options};
use crate::run::{Run, Told};
use crate::source::waited_for;

/// Whether findings can be told while a stream is read: standard output takes them in a format of single findings.
pub(super) fn is_wanted(flags: &ScanFlags) -> bool {
    flags.output.is_none() && Format::from(flags.format).is_told_live()
}

/// Scans standard input and writes what is found while it is read. An interrupt ends the stream, a second one the program.
pub(super) fn scan(run: &mut Run<'_>, flags: &ScanFlags, show_secrets: bool) -> Result<Told> {
    let interrupted = Arc::new(AtomicBool::new(false));
    flag::register_conditional_shutdown(SIGINT, super::INCOMPLETE.into(), interrupted.clone())
        .and_then(|_| flag::register(SIGINT, interrupted.clone()))
        .context("cannot wait for an interrupt")?;
    let (format, options) = (flags.format.into(), options(flags));
    let mut next = waited_for(io::stdin(), &interrupted);
    let mut tell = |found: &[&Finding]| {
        let mut out = BufWriter::new(io::stdout().lock());
        report::write_findings(format, found, show_secrets, &options, &mut out)?;
        out.flush()
    };
    Ok(run.scan_live(&mut next, &mut tell))
}

/// Writes what became known of findings after they were told, and the end of the report.
pub(super) fn finish(mut outcome: Outcome, told: &Told, flags: &ScanFlags) -> Result<u8> {
    told.withdrawn(&outcome.verdict.shown).into_iter().for_each(|note| outcome.coverage.note(note));
    let later = outcome.verdict.shown.iter().filter(|finding| !told.is_known(finding));
    let (again, new): (Vec<&Finding>, Vec<&Finding>) = later.partition(|finding| told.has(finding));
    let (format, options, shown) = (flags.format.into(), options(flags), outcome.show_secrets);
    let mut out = BufWriter::new(io::stdout().lock());
    let written = report::write_findings(format, &new, shown, &options, &mut out)
        .and_then(|()| report::write_more(format, &again, shown, &options, &mut out))
        .and_then(|()| report::write_end(format, &outcome, &options, &mut out))
        .and_then(|()| out.flush());
    super::unless_broken_pipe(written)?;
    super::write_also(&outcome, flags)?;
    Ok(super::exit_code(&outcome, flags))
}

fn options(flags: &ScanFlags) -> Options {
    super::options((super::is_coloured(flags.color), flags.quiet))
}
