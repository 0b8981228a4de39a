//! Reports that were written before: reads them back, so that they can be joined or written in another format.
//!
//! Reads what `-f json` and `-f jsonl` write, whole or not at all: a report that is cut off or of another version is an
//! error that says so, since half a report would pass for a clean one. Of other scanners it reads SARIF, and the JSON of
//! TruffleHog. Values are not carried over.

mod convert;
mod document;
mod foreign;
mod inventory;
mod merge;
mod sarif;
mod trufflehog;

use serde::Deserialize;

use crate::finding::{FingerprintKey, Outcome};
use document::{Document, Finding, Trailer};

pub use merge::{MergeError, merge};

/// The version of the JSON formats that is read.
const SCHEMA: u64 = 1;

/// Why a file is no report that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It ends too early.
    #[error("it is cut off: what wrote it did not end, so scan again ({0})")]
    CutOff(String),
    /// Another version.
    #[error("it has schema {0}, and this ringfence reads schema {SCHEMA}: use the version that wrote it")]
    Version(String),
    /// Something else.
    #[error(
        "it is no report of `ringfence -f json` or `-f jsonl`, no SARIF and not of `trufflehog --json`: {0}"
    )]
    Foreign(String),
    /// A word that this version does not know.
    #[error("it has the {0} `{1}`, which this ringfence does not know: use the version that wrote it")]
    Unknown(&'static str, String),
}

/// Reads a report; values that those of other scanners hold are named with `key`.
///
/// # Errors
/// When it is no report, or not all of it is there.
pub fn read(bytes: &[u8], key: &FingerprintKey) -> Result<Outcome, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|error| ImportError::Foreign(error.to_string()))?;
    if text.trim().is_empty() {
        return Err(ImportError::CutOff("it is empty".into()));
    }
    let first = first_value(text)?;
    match first.get("schema") {
        Some(schema) if schema.as_u64() != Some(SCHEMA) => Err(ImportError::Version(schema.to_string())),
        Some(_) => convert::outcome(parse::<Document>(text)?),
        None if first.get("rule").or(first.get("coverage")).is_some() => lines(text),
        None if first.get("runs").is_some() => sarif::read(&parse(text)?, key),
        None if first.get("DetectorName").is_some() => trufflehog::read(text, key),
        None => Err(ImportError::Foreign("it has neither a schema nor findings".into())),
    }
}

/// The first value of a text: a document, or a line of many.
fn first_value(text: &str) -> Result<serde_json::Value, ImportError> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    values.next().expect("the text is not blank").map_err(error)
}

fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, ImportError> {
    serde_json::from_str(text).map_err(error)
}

fn error(error: serde_json::Error) -> ImportError {
    match error.is_eof() {
        true => ImportError::CutOff(error.to_string()),
        false => ImportError::Foreign(error.to_string()),
    }
}

/// A finding a line, and the coverage at last: without it nobody knows whether findings are missing.
fn lines(text: &str) -> Result<Outcome, ImportError> {
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.pop().expect("the text is not blank");
    let in_line = |at: usize, error: ImportError| match error {
        ImportError::Foreign(why) => ImportError::Foreign(format!("line {}: {why}", at + 1)),
        other => other,
    };
    let finding = |(at, line): (usize, &&str)| parse::<Finding>(line).map_err(|error| in_line(at, error));
    let findings: Vec<Finding> = lines.iter().enumerate().map(finding).collect::<Result<_, _>>()?;
    if parse::<Finding>(last).is_ok() {
        return Err(ImportError::CutOff("the last line, with the coverage, is missing".into()));
    }
    let end: Trailer = parse(last).map_err(|error| in_line(lines.len(), error))?;
    convert::outcome(Document { end, findings })
}
