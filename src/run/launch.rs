//! The rows of the launch page: what a team asks before launch, and what this run can say about it.
//!
//! Silence is no pass: a row that nothing looked at says so, and how a person would check it.

use crate::finding::{Finding, LaunchRow, LaunchState, Outcome, Severity};

/// Rows that no check looks at yet, and how a person would.
const NOT_CHECKED: &[(&str, &str)] = &[
    ("Secrets in client bundles", "scan the build output: `ringfence scan dist/`"),
    (
        "Logs without secrets",
        "scan the logs: `ringfence scan logs/`; mask tokens and e-mails where they are written",
    ),
    (
        "Environments apart",
        "compare the env files of development, staging and production: no value in two of them",
    ),
    ("Webhooks", "check that each endpoint belongs to its environment and verifies signatures"),
    ("Inventory and rotation", "list every variable with its owner and the day it was last rotated"),
    ("CORS, cookies, CSRF", "read the responses of the running service"),
    ("Transport", "check certificates and redirects of the live domains"),
    ("E-mail authentication", "look up SPF, DKIM and DMARC of the sending domains"),
    ("Safeguards on", "try authorization per role and object, rate limits and input validation"),
    ("Safe delivery", "make CI run `ringfence git` and block on exit code 1 and 2"),
    ("Authorization, latency, uptime, alerting", "not visible in a repository"),
];

/// The page: tree and history first, then what was not looked at.
pub(super) fn rows(outcome: &Outcome, history_read: Result<(), String>) -> Vec<LaunchRow> {
    let scanned = &outcome.coverage.scanned;
    let files = format!("{} files scanned", scanned.files);
    let in_tree = |finding: &&Finding| finding.places.iter().any(|place| !place.provenance.is_history());
    let tree = row("Secrets in the work tree", outcome.verdict.shown.iter().filter(in_tree), files, outcome);
    let past = |finding: &&Finding| !finding.places.iter().any(|place| !place.provenance.is_history());
    let history = match history_read {
        Ok(()) => {
            let amount = format!("{} blobs of {} commits scanned", scanned.blobs, scanned.commits);
            row("Secrets only in history", outcome.verdict.shown.iter().filter(past), amount, outcome)
        }
        Err(why) => LaunchRow {
            title: "Secrets only in history".into(),
            state: LaunchState::NotChecked,
            detail: format!("{why}; private forks and other clones are for a person to check"),
        },
    };
    let rest = NOT_CHECKED.iter().map(|(title, how)| LaunchRow {
        title: (*title).into(),
        state: LaunchState::NotChecked,
        detail: (*how).into(),
    });
    [tree, history].into_iter().chain(rest).collect()
}

fn row<'f>(
    title: &str,
    findings: impl Iterator<Item = &'f Finding>,
    amount: String,
    outcome: &Outcome,
) -> LaunchRow {
    let (mut first, mut later) = (0, 0);
    for finding in findings {
        match finding.severity {
            Severity::Critical | Severity::High | Severity::Medium => first += 1,
            Severity::Low => later += 1,
            Severity::Info => {}
        }
    }
    let (state, detail) = match (first, later) {
        (0, 0) if !outcome.coverage.complete() => {
            (LaunchState::NotChecked, format!("{amount}, but not all that is in scope"))
        }
        (0, 0) => (LaunchState::Ok, amount),
        (0, later) => (LaunchState::Defer, format!("{later} of low severity; {amount}")),
        (first, 0) => (LaunchState::FixFirst, format!("{first} found; {amount}")),
        (first, later) => {
            (LaunchState::FixFirst, format!("{first} found, and {later} of low severity; {amount}"))
        }
    };
    LaunchRow { title: title.into(), state, detail }
}
