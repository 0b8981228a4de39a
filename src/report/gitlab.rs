//! GitLab's secret-detection report (gitlab.com, security-report-schemas, secret-detection-report-format 15).
//!
//! A value never appears here.

use std::io;

use serde_json::{Value, json};

use super::counts::{self, About};
use super::{Report, safe, words};
use crate::finding::{Finding, Outcome, Place, Severity};

/// The schema's version.
const VERSION: &str = "15.0.7";
/// GitLab's own analyzer names this commit where there is none.
const NO_COMMIT: &str = "0000000";

/// GitLab's secret-detection report.
#[derive(Debug, Clone, Copy)]
pub struct Gitlab {
    /// When the scan ran, seconds since 1970 UTC.
    pub now: i64,
}

impl Report for Gitlab {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        let places = outcome.verdict.shown.iter().flat_map(|finding| {
            finding.places.iter().enumerate().map(move |(at, place)| vulnerability(finding, place, at))
        });
        let mut messages: Vec<Value> = counts::sentences(outcome)
            .into_iter()
            .map(|(about, text)| {
                let level = if about == About::NotScanned { "fatal" } else { "info" };
                json!({ "level": level, "value": format!("{}: {text}", about.name()) })
            })
            .collect();
        messages.push(json!({ "level": "info", "value": counts::verdict(outcome) }));
        let tool = json!({
            "id": "ringfence", "name": "ringfence", "version": env!("CARGO_PKG_VERSION"),
            "url": env!("CARGO_PKG_REPOSITORY"), "vendor": { "name": "ringfence" },
        });
        let time = words::time(self.now).unwrap_or_default();
        let time = time.trim_end_matches('Z');
        let status = if outcome.coverage.complete() { "success" } else { "failure" };
        let report = json!({
            "version": VERSION,
            "scan": {
                "analyzer": tool, "scanner": tool, "type": "secret_detection", "status": status,
                "start_time": time, "end_time": time, "messages": messages,
            },
            "vulnerabilities": places.collect::<Vec<_>>(),
        });
        out.write_all(safe::json(serde_json::to_string_pretty(&report)? + "\n").as_bytes())?;
        out.flush()
    }
}

fn vulnerability(finding: &Finding, place: &Place, at: usize) -> Value {
    let severity = match finding.severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
    };
    let commit = place.commit.as_ref().map_or(NO_COMMIT, |commit| commit.id.as_str());
    let description = format!("{} {}", words::sentence(&finding.message()), finding.masked);
    let description = description + &words::in_archive(place) + &words::generated(place);
    // Lines of a member are no lines of its archive.
    let (line, end_line) = match place.provenance.archives().is_empty() {
        true => (place.span.line, place.span.end_line),
        false => (1, 1),
    };
    json!({
        "id": format!("{}-{}-{at}", finding.rule.id, finding.identity.full()),
        "name": finding.rule.title,
        "description": description,
        "severity": severity,
        "solution": finding.rule.rotate_steps.join(". "),
        "identifiers": [{ "type": "ringfence_rule_id", "name": finding.rule.title, "value": finding.rule.id }],
        "location": {
            "file": words::file(place),
            "start_line": line,
            "end_line": end_line,
            "commit": { "sha": commit },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{hostile, outcome, rendered};

    #[test]
    fn an_incomplete_scan_is_a_failure() {
        let status = |shown: String| {
            let report: serde_json::Value = serde_json::from_str(&shown).expect("it is JSON");
            report["scan"]["status"].clone()
        };
        assert_eq!(status(rendered(Format::Gitlab, &outcome(Vec::new()))), "success");
        assert_eq!(status(rendered(Format::Gitlab, &hostile())), "failure");
    }
}
