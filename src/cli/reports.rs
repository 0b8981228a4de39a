//! `ringfence report`: joins reports that were written before, and writes them in another format.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::args::{Color, FailOn, FormatArg};
use super::{FOUND, INCOMPLETE, fingerprint_key, is_found, write_to};
use crate::finding::{FingerprintKey, Outcome};
use crate::import::{merge, read};

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// Join reports of parts of one thing; a secret that several tell of is one finding
    ///
    /// Secrets are told by rule and fingerprint, so give all scans the same --fingerprint-key-file. The exit code is that
    /// of a scan: 2 if any of them was incomplete.
    Merge {
        /// What `-f json` or `-f jsonl` has written; SARIF of another scanner, or what `trufflehog --json` prints
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Least severity that makes the exit code 1
        #[arg(long, value_enum, default_value_t = FailOn::Medium)]
        fail_on: FailOn,
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Write a report in another format; the exit code is 0 if it was read and written
    Convert {
        /// What `-f json` or `-f jsonl` has written; SARIF of another scanner, or what `trufflehog --json` prints
        file: PathBuf,
        #[command(flatten)]
        report: ReportArgs,
    },
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Format to write
    #[arg(short, long, value_enum, default_value_t = FormatArg::Text)]
    format: FormatArg,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Key for the fingerprints of what other scanners have found
    #[arg(long, value_name = "FILE")]
    fingerprint_key_file: Option<PathBuf>,
}

/// Joins or converts; returns the exit code. A joined report fails as the scans did; a conversion is no verdict.
pub(super) fn run(command: &ReportCommand) -> Result<u8> {
    match command {
        ReportCommand::Merge { files, fail_on, report } => {
            let outcome = joined(files, &key(report)?)?;
            write(&outcome, report)?;
            Ok(exit_code(&outcome, *fail_on))
        }
        ReportCommand::Convert { file, report } => {
            write(&of_file(file, &key(report)?)?.1, report)?;
            Ok(0)
        }
    }
}

fn key(report: &ReportArgs) -> Result<FingerprintKey> {
    fingerprint_key(report.fingerprint_key_file.as_deref())
}

/// The file's bytes, and what they tell.
fn of_file(file: &Path, key: &FingerprintKey) -> Result<(Vec<u8>, Outcome)> {
    let name = file.display();
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {name}"))?;
    let mut outcome = read(&bytes, key).with_context(|| format!("{name} cannot be taken in"))?;
    outcome.subject = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((bytes, outcome))
}

/// All reports as one; what is named twice counts once.
fn joined(files: &[PathBuf], key: &FingerprintKey) -> Result<Outcome> {
    let mut seen: Vec<(Vec<u8>, &Path)> = Vec::new();
    let mut outcomes = Vec::new();
    let mut notes = Vec::new();
    for file in files {
        let (bytes, outcome) = of_file(file, key)?;
        match seen.iter().find(|(known, _)| *known == bytes) {
            Some((_, first)) => {
                notes.push(format!(
                    "{} is the same report as {}, and counts once",
                    file.display(),
                    first.display()
                ));
            }
            None => {
                seen.push((bytes, file));
                outcomes.push(outcome);
            }
        }
    }
    let count = outcomes.len();
    let others = outcomes.split_off(1);
    let first = outcomes.pop().context("name the reports to join")?;
    let mut outcome = merge(first, others)?;
    if count > 1 {
        outcome.subject = format!("{count} reports");
    }
    notes.into_iter().for_each(|note| outcome.coverage.note(note));
    Ok(outcome)
}

fn write(outcome: &Outcome, report: &ReportArgs) -> Result<()> {
    write_to(outcome, report.format.into(), report.output.as_deref(), (Color::Auto, false, false))
}

fn exit_code(outcome: &Outcome, fail_on: FailOn) -> u8 {
    match (outcome.coverage.complete(), is_found(outcome, fail_on)) {
        (false, _) => INCOMPLETE,
        (true, true) => FOUND,
        (true, false) => 0,
    }
}
