//! The rows of the launch page: what a team asks before launch, and what this run can say about it.
//!
//! Silence is no pass: a row that nothing looked at says so, and how a person would check it.

use std::collections::BTreeMap;

use crate::env::discover;
use crate::env::model::{Class, Env, Format, Project};
use crate::finding::{Coverage, Finding, LaunchRow, LaunchState, Outcome, Severity};

/// One row: its question, the checks that answer it, and what nobody can see in a repository.
struct Question {
    title: &'static str,
    checks: &'static [&'static str],
    /// How a person checks it where there is nothing to look at.
    person: &'static str,
    /// What stays open even if all checks pass.
    open: &'static str,
}

const TREE: usize = 0;
const HISTORY: usize = 1;
const BUNDLES: usize = 2;
const LOGS: usize = 3;
const APART: usize = 4;

/// The rows, in the order of the page. Checks that no row names belong to "Environments apart".
const QUESTIONS: &[Question] = &[
    Question {
        title: "Secrets in the work tree",
        checks: &[
            "env-file-tracked",
            "env-file-not-ignored",
            "decryption-key-tracked",
            "plaintext-secret-in-encrypted-file",
            "secret-in-example-file",
            "env-backup-present",
            "env-file-permissions",
        ],
        person: "name a folder with files",
        open: "other repositories, chat and documents",
    },
    Question {
        title: "Secrets only in history",
        checks: &["env-file-in-history", "leaked-secret-unrotated"],
        person: "private forks and other clones are for a person to check",
        open: "private forks and other clones",
    },
    Question {
        title: "Secrets in client bundles",
        checks: &[
            "secret-under-client-prefix",
            "server-secret-in-client-code",
            "bundler-exposes-environment",
            "env-value-in-bundle",
            "production-source-maps",
            "server-source-in-map",
            "secret-inlined-in-bundle",
        ],
        person: "no build output here: build it and run this again, or `ringfence trace dist/`",
        open: "what the deployed site serves",
    },
    Question {
        title: "Logs without secrets",
        checks: &["env-dump-in-log", "secret-in-log"],
        person: "no log here: `ringfence trace logs/`; mask tokens and e-mails where they are written",
        open: "log sinks outside the repository; personal data",
    },
    Question {
        title: "Environments apart",
        checks: &[],
        person: "settings of production and of another environment are not both here: compare them by hand",
        open: "dashboards of hosts and secret stores of the CI",
    },
    Question {
        title: "Webhooks",
        checks: &["webhook-environment-mismatch", "webhook-verification-disabled"],
        person: "no webhook here: check that each endpoint belongs to its environment and verifies signatures",
        open: "replays: send a request again with an altered payload",
    },
    Question {
        title: "Inventory and rotation",
        checks: &[
            "key-missing-in-environment",
            "key-missing-in-example",
            "referenced-key-undeclared",
            "declared-key-unused",
            "key-name-near-miss",
            "type-differs-across-environments",
            "secret-without-owner",
            "secret-without-rotation-note",
            "rotation-overdue",
        ],
        person: "no variable is set here: list each with its owner and the day it was last rotated",
        open: "",
    },
    Question {
        title: "CORS, cookies, CSRF",
        checks: &[
            "cors-wildcard-with-credentials",
            "cors-permissive-origins",
            "insecure-cookie",
            "session-never-expires",
        ],
        person: "nothing here sets them: read the responses of the running service",
        open: "responses of the running service",
    },
    Question {
        title: "Transport",
        checks: &[
            "insecure-transport-in-production",
            "tls-verification-disabled",
            "mixed-content-in-bundle",
            "hsts-missing-or-disabled",
            "redirect-loop",
        ],
        person: "no URL and no server here: check certificates and redirects of the live domains",
        open: "certificates and redirects of the live domains",
    },
    Question {
        title: "E-mail authentication",
        checks: &["spf-permissive", "dmarc-not-enforced", "dkim-test-mode"],
        person: "no zone here: look up SPF, DKIM and DMARC of the sending domains",
        open: "live DNS",
    },
    Question {
        title: "Safeguards on",
        checks: &["safeguard-disabled-in-production", "default-credential", "weak-secret"],
        person: "no setting of production here: try authorization, rate limits and input validation",
        open: "that they work: authorization per role and object, limits under load, input validation",
    },
    Question {
        title: "Safe delivery",
        checks: &[
            "ci-environment-mismatch",
            "env-file-in-image",
            "secret-in-build-arg",
            "secret-in-image-env",
            "secret-in-ci-config",
            "plaintext-secret-in-manifest",
            "no-secret-scan-in-ci",
        ],
        person: "no CI and no image here: make CI run `ringfence git` and block on exit codes 1 and 2",
        open: "rollback and migrations",
    },
];

/// The last row: nothing in a repository answers it.
const NEVER: (&str, &str) = ("Authorization, latency, uptime, alerting", "not visible in a repository");

/// The page; `seen` is the project, and how many logs were scanned.
pub(super) fn rows(
    outcome: &Outcome,
    seen: (&Project, usize),
    history_read: Result<(), String>,
) -> Vec<LaunchRow> {
    let mut rows: Vec<LaunchRow> = (0..QUESTIONS.len())
        .map(|at| {
            let findings = outcome.verdict.shown.iter().filter(|finding| concerns(at, finding));
            let looked_at = match (at, &history_read) {
                (HISTORY, Err(why)) => Err(format!("{why}; {}", QUESTIONS[at].person)),
                _ => looked_at(at, seen, &outcome.coverage).ok_or_else(|| QUESTIONS[at].person.to_owned()),
            };
            row(&QUESTIONS[at], findings, looked_at, outcome.coverage.complete())
        })
        .collect();
    let (title, detail) = (NEVER.0.into(), NEVER.1.into());
    rows.push(LaunchRow { title, state: LaunchState::NotChecked, detail });
    rows
}

/// Whether a finding belongs to the row.
fn concerns(at: usize, finding: &Finding) -> bool {
    if finding.lint.is_some() {
        let id = finding.rule.id;
        let named = QUESTIONS.iter().position(|question| question.checks.contains(&id));
        return named.unwrap_or(APART) == at;
    }
    let in_tree = || finding.places.iter().filter(|place| !place.provenance.is_history());
    let any = |is: fn(&str) -> bool| in_tree().any(|place| is(&place.provenance.path().to_string()));
    match at {
        TREE => in_tree().next().is_some(),
        HISTORY => in_tree().next().is_none(),
        BUNDLES => any(discover::is_output),
        LOGS => any(discover::is_log),
        _ => false,
    }
}

/// What there was to look at; nothing where a row has nothing.
fn looked_at(at: usize, (project, logs): (&Project, usize), coverage: &Coverage) -> Option<String> {
    let scanned = &coverage.scanned;
    let files =
        |is: &dyn Fn(&crate::env::model::File) -> bool| project.files.iter().filter(|file| is(file)).count();
    let mentions = |words: &[&str]| {
        files(&|file| {
            let lower = file.text.to_ascii_lowercase();
            words.iter().any(|word| lower.contains(word))
        })
    };
    let some = |count: usize, noun: &str| (count > 0).then(|| counted(count, noun));
    match QUESTIONS[at].title {
        "Secrets in the work tree" => {
            some(scanned.files as usize, "file").map(|text| format!("{text} scanned"))
        }
        "Secrets only in history" => {
            let blobs = counted(scanned.blobs as usize, "blob");
            Some(format!("{blobs} of {} scanned", counted(scanned.commits as usize, "commit")))
        }
        "Secrets in client bundles" => some(files(&|file| file.format == Format::Bundle), "built file"),
        "Logs without secrets" => some(logs, "log"),
        "Environments apart" => apart(project),
        "Webhooks" => some(mentions(&["webhook"]), "file").map(|text| format!("{text} with webhooks")),
        "Inventory and rotation" => some(project.entries.len(), "variable"),
        "CORS, cookies, CSRF" => {
            some(mentions(&["cors", "cookie", "csrf"]), "file").map(|text| format!("{text} with one of them"))
        }
        "Transport" => {
            let urls = project.entries.iter().filter(|entry| entry.class == Class::Url).count();
            some(urls + files(&|file| file.format == Format::Server), "URL")
                .map(|text| format!("{text} and server settings"))
        }
        "E-mail authentication" => some(
            mentions(&["v=spf1", "v=dmarc1", "v=dkim1"]).max(files(&|file| file.format == Format::Zone)),
            "zone",
        ),
        "Safeguards on" => {
            some(of_env(project, Env::Production), "setting").map(|text| format!("{text} of production"))
        }
        _ => {
            let is_ci = |path: &str| path.contains(".github/workflows/") || path.contains(".gitlab-ci");
            some(files(&|file| file.format == Format::Dockerfile || is_ci(&file.path)), "file")
                .map(|text| format!("{text} of pipelines and images"))
        }
    }
}

fn of_env(project: &Project, env: Env) -> usize {
    project.entries.iter().filter(|entry| entry.env == env && entry.has_value()).count()
}

/// Production beside another environment: how much of it was compared.
fn apart(project: &Project) -> Option<String> {
    let others = [Env::Staging, Env::Development, Env::Test, Env::Shared];
    let production = of_env(project, Env::Production);
    let other: usize = others.iter().map(|&env| of_env(project, env)).sum();
    let secrets = project.entries.iter().filter(|entry| entry.env == Env::Production && entry.holds_secret());
    (production > 0 && other > 0).then(|| {
        let (secrets, other) = (counted(secrets.count(), "secret"), counted(other, "value"));
        format!("{secrets} of production compared with {other} of other environments")
    })
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn row<'f>(
    question: &Question,
    findings: impl Iterator<Item = &'f Finding>,
    looked_at: Result<String, String>,
    complete: bool,
) -> LaunchRow {
    let (mut first, mut later): (Evidence, Evidence) = Default::default();
    for finding in findings {
        let is_lint = finding.lint.is_some();
        match finding.severity {
            _ if finding.fix_first() => *first.entry(finding.rule.id).or_default() += 1,
            Severity::Info if !is_lint => {}
            _ => *later.entry(finding.rule.id).or_default() += 1,
        }
    }
    let title = question.title.into();
    let on = looked_at.clone().unwrap_or_else(|why| why);
    let (state, detail) = match (first.is_empty(), later.is_empty(), looked_at) {
        (false, true, _) => (LaunchState::FixFirst, format!("{}; {on}", told(&first))),
        (false, false, _) => {
            (LaunchState::FixFirst, format!("{}; may wait: {}; {on}", told(&first), told(&later)))
        }
        (true, _, Err(why)) if later.is_empty() => (LaunchState::NotChecked, why),
        (true, false, _) => (LaunchState::Defer, format!("{}; {on}", told(&later))),
        (true, true, Ok(amount)) if !complete => {
            (LaunchState::NotChecked, format!("{amount}, but not all that is in scope"))
        }
        (true, true, Ok(amount)) if question.open.is_empty() => (LaunchState::Ok, amount),
        (true, true, looked_at) => (
            LaunchState::Ok,
            format!("{}; not visible here: {}", looked_at.unwrap_or_default(), question.open),
        ),
    };
    LaunchRow { title, state, detail }
}

/// How many findings of which rule or check.
type Evidence = BTreeMap<&'static str, usize>;

/// `3 found: weak-secret (2), default-credential`.
fn told(evidence: &Evidence) -> String {
    let one =
        |(id, count): (&&str, &usize)| if *count == 1 { (*id).to_owned() } else { format!("{id} ({count})") };
    let named: Vec<String> = evidence.iter().map(one).collect();
    let more = named.len().saturating_sub(4);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let shown = named.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
    format!("{} found: {shown}{more}", evidence.values().sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::all_checks;

    #[test]
    fn rows_name_checks_that_there_are_and_each_once() {
        let known: Vec<&str> = all_checks().map(|check| check.meta.id).collect();
        let mut named: Vec<&str> = QUESTIONS.iter().flat_map(|question| question.checks).copied().collect();
        assert!(named.iter().all(|id| known.contains(id)), "a row names a check that is none");
        let count = named.len();
        named.sort_unstable();
        named.dedup();
        assert_eq!(named.len(), count);
    }
}
