//! What `trufflehog --json` prints: an object a line, each with its detector, the place and the value.

use serde_json::Value;

use super::ImportError;
use super::foreign::{Seen, outcome};
use crate::finding::{CommitRef, Confidence, Finding, FingerprintKey, Outcome, Severity};

const TOOL: &str = "TruffleHog";

/// The outcome of all lines.
pub(super) fn read(text: &str, key: &FingerprintKey) -> Result<Outcome, ImportError> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let one = |(line, n): (&str, usize)| {
        let result: Value = serde_json::from_str(line).map_err(super::error)?;
        let why = || ImportError::Foreign(format!("line {n} has no detector or place"));
        finding(&result, key).ok_or_else(why)
    };
    Ok(outcome(TOOL, lines.map(one).collect::<Result<_, _>>()?))
}

fn finding(result: &Value, key: &FingerprintKey) -> Option<Finding> {
    // Where it comes from: Git, Filesystem, S3 and many others, each with fields of its own.
    let (source, data) = result["SourceMetadata"]["Data"].as_object()?.iter().next()?;
    let place = ["file", "link", "key", "repository"].iter().find_map(|name| data[name].as_str());
    let is_verified = result["Verified"] == true;
    let line = data["line"].as_u64().unwrap_or(1).max(1);
    let seen = Seen {
        tool: TOOL,
        rule: result["DetectorName"].as_str()?,
        says: if is_verified { "The service accepts it." } else { "Not verified." },
        severity: if is_verified { Severity::Critical } else { Severity::Medium },
        confidence: if is_verified { Confidence::High } else { Confidence::Medium },
        value: result["Raw"].as_str(),
        path: place.map_or_else(|| format!("<{source}>"), str::to_owned),
        lines: [line, 1, line, 1],
        commit: data["commit"].as_str().map(|id| commit(id, data["timestamp"].as_str())),
    };
    Some(seen.finding(key))
}

/// Its time is local time with an offset: `2022-06-16 10:17:40 -0700`.
fn commit(id: &str, time: Option<&str>) -> CommitRef {
    let parsed =
        |time: &str| jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", time).ok()?.to_timestamp().ok();
    let time = time.and_then(parsed).map_or(i64::MAX, |time| time.as_second());
    CommitRef { commit_time: time, author_time: time, id: id.to_owned() }
}
