//! The checks of the environment lint that need a trace: values in bundles and code, values of old commits
//! that are still in use, env files that were in the history.

use super::findings::{Traces, committed};
use super::{EnvFile, Found, Seen, Tracing};
use crate::env::checks::{self, Problem};
use crate::env::model::{Env, Format, Value};
use crate::env::{Project, discover};
use crate::finding::{Confidence, Finding, Identity, LintFacts, Provenance, Secret, Severity};
use crate::source::bundle;
use crate::trace::Home;

/// What the traces of a run mean to the lint of a project.
#[derive(Default)]
pub(in crate::run) struct Leaks {
    /// At places of the project's files.
    pub(in crate::run) problems: Vec<Problem>,
    /// Elsewhere.
    pub(in crate::run) findings: Vec<Finding>,
}

impl Leaks {
    pub(in crate::run) fn of(tracing: &Tracing, found: &Found, project: &Project) -> Self {
        let mut leaks = Self::default();
        for traces in Traces::all(tracing, found) {
            leaks.unrotated(&traces);
            leaks.in_bundles(&traces, project);
        }
        leaks.findings.extend(found.env_files.iter().map(|file| env_file(file, project)));
        leaks
    }

    /// A value of a commit that is still in use, at each place where it is.
    fn unrotated(&mut self, traces: &Traces<'_>) {
        for home in traces.known.homes.iter().filter(|home| home.env != Env::Test) {
            // That an env file is tracked is said of it already.
            let elsewhere =
                |seen: &Seen| !home.tracked || seen.place.provenance.path() != home.shown.as_str();
            let (Some(file), true) = (home.file, traces.in_history().any(elsewhere)) else { continue };
            let told = committed(traces.exposure);
            let message = format!(
                "{} was {told}, and is still in use: assume it is compromised until rotated",
                home.key
            );
            self.problems.push(Problem {
                key: home.key.clone(),
                secret: Some(value(traces)),
                ..checks::leaked(file, home.span.clone(), home.env, message)
            });
        }
    }

    /// A server's value in what a build has put out, in a log, or in code.
    fn in_bundles(&mut self, traces: &Traces<'_>, project: &Project) {
        let is_secret = |home: &&Home| !home.for_clients && !matches!(home.env, Env::Test | Env::Example);
        let Some(home) = traces.known.homes.iter().find(is_secret) else { return };
        let mut files: Vec<String> = Vec::new();
        for seen in traces.in_files() {
            let Some((path, in_map)) = file_of(&seen.place.provenance) else { continue };
            let named = |file: &crate::env::model::File| file.shown.trim_start_matches("./") == path;
            // Lines of a source in a map are not those of the map.
            let index = project.files.iter().position(named).filter(|_| !in_map);
            let Some(what) = what_it_is(&path, index.map(|at| project.files[at].format)) else { continue };
            if files.contains(&path) {
                continue;
            }
            files.push(path);
            let encoding = match seen.encoding.name() {
                "" => String::new(),
                name => format!(", {name}"),
            };
            let message = format!("{} of {} is in {what}{encoding}", home.key, home.env.name());
            match index {
                Some(file) => {
                    let span = seen.place.span.start as usize..seen.place.span.end as usize;
                    self.problems.push(Problem {
                        key: home.key.clone(),
                        secret: Some(value(traces)),
                        related: home.file.map(|file| (file, home.span.clone())).into_iter().collect(),
                        ..checks::in_bundle(file, span, home.env, message)
                    });
                }
                None => {
                    let identity = identity(project, "env-value-in-bundle", &home.key, seen);
                    self.findings.push(finding("env-value-in-bundle", seen, home, (message, identity)));
                }
            }
        }
    }
}

/// The file's path, and whether the place is in a source that its map holds; nothing for what is in an archive.
fn file_of(provenance: &Provenance) -> Option<(String, bool)> {
    match provenance {
        Provenance::File(path) => Some((path.to_string(), false)),
        Provenance::Member { outer, .. } => match outer.as_ref() {
            Provenance::File(path) if bundle::may_hold_map(path) => Some((path.to_string(), true)),
            _ => None,
        },
        _ => None,
    }
}

fn value(traces: &Traces<'_>) -> Value {
    Value::new(String::from_utf8_lossy(traces.known.secret.expose()))
}

/// What a value must not be in; nothing for files that other checks look at.
fn what_it_is(path: &str, format: Option<Format>) -> Option<&'static str> {
    match format {
        Some(Format::Bundle) => Some("what the build puts out"),
        Some(Format::Code) => Some("code"),
        Some(Format::Server | Format::List) => Some("a file that git or a server reads"),
        Some(_) => None,
        None if discover::is_log(path) => Some("a log"),
        None if discover::is_output(path) => Some("what the build puts out"),
        None => Some("a file that is no place for it"),
    }
}

fn identity(project: &Project, check: &str, key: &str, seen: &Seen) -> Identity {
    let path = seen.place.provenance.path();
    Identity::Value(project.key.fingerprint(&[check.as_bytes(), key.as_bytes(), &path].join(&0)))
}

fn finding(check: &str, seen: &Seen, home: &Home, (message, identity): (String, Identity)) -> Finding {
    let problem = checks::in_bundle(0, 0..0, home.env, "");
    Finding {
        rule: checks::check(check).meta,
        severity: problem.severity(),
        confidence: Confidence::High,
        identity,
        masked: format!("[redacted] · fp {}", identity.short()),
        secret: Secret::new(b""),
        reasons: Vec::new(),
        decoded_by: Vec::new(),
        places: vec![seen.place.clone()],
        environments: Vec::new(),
        exposure: None,
        lint: Some(LintFacts {
            message,
            environment: home.env.name().to_owned(),
            key: home.key.clone(),
            related: Vec::new(),
        }),
    }
}

fn env_file(file: &EnvFile, project: &Project) -> Finding {
    let path = file.place.provenance.path();
    let env = discover::place(&path.to_string(), Format::Dotenv, &project.config).env;
    let identity =
        Identity::Value(project.key.fingerprint(&[b"env-file-in-history".as_slice(), &path].join(&0)));
    Finding {
        rule: checks::check("env-file-in-history").meta,
        severity: Severity::Medium,
        confidence: Confidence::High,
        identity,
        masked: String::new(),
        secret: Secret::new(b""),
        reasons: Vec::new(),
        decoded_by: Vec::new(),
        places: vec![file.place.clone()],
        environments: Vec::new(),
        exposure: Some(file.exposure.clone()),
        lint: Some(LintFacts {
            message: format!("This env file was {}: every clone has it", committed(Some(&file.exposure))),
            environment: env.name().to_owned(),
            key: String::new(),
            related: Vec::new(),
        }),
    }
}
