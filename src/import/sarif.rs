//! SARIF 2.1.0 of other scanners, such as Gitleaks and Kingfisher, as far as it tells of secrets.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::ImportError;
use super::foreign::{Seen, outcome};
use crate::finding::{CommitRef, Confidence, Finding, FingerprintKey, Outcome, Severity};

/// The outcome of all runs in the file.
pub(super) fn read(log: &Value, key: &FingerprintKey) -> Result<Outcome, ImportError> {
    let foreign = |why: &str| ImportError::Foreign(format!("as SARIF, {why}"));
    if log["version"] != "2.1.0" {
        return Err(ImportError::Version(format!("{} of SARIF", log["version"])));
    }
    let mut findings = Vec::new();
    let mut tools = Vec::new();
    for run in log["runs"].as_array().ok_or_else(|| foreign("it has no runs"))? {
        let tool = run["tool"]["driver"]["name"].as_str().ok_or_else(|| foreign("it names no tool"))?;
        tools.push(tool);
        let results = run["results"].as_array().ok_or_else(|| foreign("a run has no results"))?;
        for (result, n) in results.iter().zip(1..) {
            let seen = results_of(run, tool, result, key);
            findings.extend(seen.ok_or_else(|| foreign(&format!("result {n} has no rule or place")))?);
        }
    }
    Ok(outcome(&tools.join(", "), findings))
}

/// A finding for each place of a result.
fn results_of(run: &Value, tool: &str, result: &Value, key: &FingerprintKey) -> Option<Vec<Finding>> {
    let id = result["ruleId"].as_str().or_else(|| result["rule"]["id"].as_str())?;
    let rules = run["tool"]["driver"]["rules"].as_array();
    let rule = rules.and_then(|rules| rules.iter().find(|rule| rule["id"] == id)).unwrap_or(&Value::Null);
    let says =
        [&rule["fullDescription"]["text"], &rule["shortDescription"]["text"], &result["message"]["text"]];
    let says = says.into_iter().find_map(Value::as_str).unwrap_or_default();
    let locations = result["locations"].as_array().filter(|locations| !locations.is_empty())?;
    let at = |location: &Value| {
        let physical = &location["physicalLocation"];
        let region = &physical["region"];
        let number = |name: &str| region[name].as_u64().filter(|n| *n > 0);
        let (line, column) = (number("startLine").unwrap_or(1), number("startColumn").unwrap_or(1));
        let uri = physical["artifactLocation"]["uri"].as_str()?;
        Some(
            Seen {
                tool,
                rule: id,
                says,
                severity: severity(result, rule),
                confidence: Confidence::Medium,
                value: region["snippet"]["text"].as_str(),
                path: percent_decode_str(uri).decode_utf8_lossy().into_owned(),
                lines: [
                    line,
                    column,
                    number("endLine").unwrap_or(line),
                    number("endColumn").unwrap_or(column),
                ],
                commit: commit(result, location),
            }
            .finding(key),
        )
    };
    locations.iter().map(at).collect()
}

/// By the score for GitHub, else by the level, which is "warning" where nothing is said (SARIF 2.1.0, 3.27.10).
fn severity(result: &Value, rule: &Value) -> Severity {
    let score = &rule["properties"]["security-severity"];
    let score = score.as_f64().or_else(|| score.as_str()?.parse().ok());
    let level = result["level"].as_str().or_else(|| rule["defaultConfiguration"]["level"].as_str());
    match (score, level) {
        (Some(score), _) if score >= 9.0 => Severity::Critical,
        (Some(score), _) if score >= 7.0 => Severity::High,
        (Some(score), _) if score >= 4.0 => Severity::Medium,
        (Some(_), _) | (None, Some("note")) => Severity::Low,
        (None, Some("error")) => Severity::High,
        (None, Some("none")) => Severity::Info,
        (None, _) => Severity::Medium,
    }
}

/// The commit, where Gitleaks or Kingfisher name one.
fn commit(result: &Value, location: &Value) -> Option<CommitRef> {
    let gitleaks = &result["partialFingerprints"];
    let kingfisher = &location["properties"]["git_metadata"]["commit"];
    let id = gitleaks["commitSha"].as_str().or_else(|| kingfisher["id"].as_str())?;
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let time = gitleaks["date"].as_str().and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let time = time.map_or(i64::MAX, |time| time.as_second());
    is_id.then(|| CommitRef { commit_time: time, author_time: time, id: id.to_owned() })
}
