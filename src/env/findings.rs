//! From problems to findings: what is allowed where it stands is counted, what is left is placed and masked.

use std::collections::{BTreeMap, HashSet};

use super::checks::{self, Level, Problem};
use super::config::{day, glob};
use super::model::Project;
use super::notes::{self, Allow};
use super::shown;
use crate::detect::Detector;
use crate::finding::{Confidence, Finding, HiddenReason, Identity, LintFacts, Place, Secret, Severity};

/// What a lint found.
#[derive(Debug, Default)]
pub struct Linted {
    /// Findings, by place.
    pub findings: Vec<Finding>,
    /// How many are not shown, by reason.
    pub hidden: BTreeMap<HiddenReason, usize>,
}

/// Runs every check; `leaks` are what a trace of the project's values has found.
#[must_use]
pub fn lint(project: &Project, detector: &Detector, leaks: Vec<Problem>) -> Linted {
    let mut problems = checks::run(project);
    problems.extend(leaks.into_iter().filter(|leak| leak.severity() > Severity::Info));
    let mut hidden = BTreeMap::new();
    let all = problems.len();
    problems.retain(|problem| !is_ignored(project, problem));
    count(&mut hidden, HiddenReason::Ignored, all - problems.len());
    let before = problems.len();
    obey_allows(project, &mut problems);
    let unused = problems.iter().filter(|problem| problem.check.meta.id == "unused-allow").count();
    count(&mut hidden, HiddenReason::Allowed, (before + unused).saturating_sub(problems.len()));
    Linted { findings: findings(project, detector, &problems), hidden }
}

fn count(hidden: &mut BTreeMap<HiddenReason, usize>, why: HiddenReason, number: usize) {
    if number > 0 {
        *hidden.entry(why).or_default() += number;
    }
}

fn is_ignored(project: &Project, problem: &Problem) -> bool {
    leaves_out(project, problem.check.meta.id, &project.files[problem.file].path)
}

/// Whether ringfence.toml leaves a check's findings at this path out, with a reason that has not expired.
#[must_use]
pub fn leaves_out(project: &Project, check: &str, path: &str) -> bool {
    project.config.ignore.iter().any(|ignore| {
        let holds =
            ignore.expires.as_deref().is_none_or(|date| day(date).is_some_and(|day| day >= project.today));
        holds
            && ignore.is_about(check)
            && (ignore.paths.is_empty() || ignore.paths.iter().any(|pattern| glob(pattern, path)))
    })
}

/// Takes out what a mark with a reason allows; a mark without a reason or without use is a finding itself.
fn obey_allows(project: &Project, problems: &mut Vec<Problem>) {
    for (index, file) in project.files.iter().enumerate() {
        // Marks for rules that find secrets are obeyed where those are found.
        let is_check = |allow: &Allow| checks::all().any(|check| check.meta.id == allow.check);
        for allow in notes::allows(&file.text).into_iter().filter(is_check) {
            let wanted = if allow.alone { allow.line + 1 } else { allow.line };
            let before = problems.len();
            let line_of = |at: usize| file.text.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count();
            if !allow.reason.is_empty() {
                problems.retain(|problem| {
                    problem.file != index
                        || problem.check.meta.id != allow.check
                        || line_of(problem.span.start) != wanted
                });
            }
            if problems.len() == before {
                problems.push(unused(index, file.env, &allow));
            }
        }
    }
}

fn unused(file: usize, env: super::Env, allow: &Allow) -> Problem {
    let span = allow.at..allow.at + "ringfence:allow".len();
    let message = match allow.reason.is_empty() {
        true => format!("The mark for `{}` gives no reason, so it allows nothing", allow.check),
        false => format!("Nothing of `{}` is found here any more: take the mark out", allow.check),
    };
    Problem::at("unused-allow", file, span, env, message).level(Level::Note)
}

fn findings(project: &Project, detector: &Detector, problems: &[Problem]) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut seen = HashSet::new();
    let mut by_file: BTreeMap<usize, Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        by_file.entry(problem.file).or_default().push(problem);
    }
    let views = shown::views(project, detector, problems);
    for (file, mut problems) in by_file {
        problems.sort_by_key(|problem| (problem.span.start, problem.check.meta.id));
        for problem in problems {
            let place = views[&file].place(&problem.span);
            if seen.insert((problem.check.meta.id, file, place.span.line)) {
                let related = problem.related.iter().map(|(file, span)| views[file].place(span)).collect();
                out.push(finding(project, problem, place, related));
            }
        }
    }
    out
}

fn finding(project: &Project, problem: &Problem, place: Place, related: Vec<Place>) -> Finding {
    let identity = identity(project, problem);
    let masked = match &problem.secret {
        Some(_) => format!("[redacted] · fp {}", identity.short()),
        None => String::new(),
    };
    Finding {
        rule: problem.check.meta,
        severity: problem.severity(),
        confidence: Confidence::High,
        identity,
        masked,
        secret: Secret::new(b""),
        reasons: Vec::new(),
        decoded_by: Vec::new(),
        places: vec![place],
        environments: Vec::new(),
        exposure: None,
        lint: Some(LintFacts {
            message: problem.message.clone(),
            environment: problem.env.name().to_owned(),
            key: problem.key.clone(),
            related,
        }),
    }
}

/// A hash of check, key, environment and the value's name: moving a line keeps it.
fn identity(project: &Project, problem: &Problem) -> Identity {
    let path = project.files[problem.file].path.as_str();
    let (id, env) = (problem.check.meta.id, problem.env.name());
    let value = match &problem.secret {
        Some(value) => {
            let place: [&[u8]; 4] = [id.as_bytes(), path.as_bytes(), problem.key.as_bytes(), env.as_bytes()];
            project.key.identity(&Secret::new(value.text().as_bytes()), &place).full()
        }
        None => path.to_owned(),
    };
    let parts = [id, problem.key.as_str(), value.as_str(), env].join("\u{0}");
    Identity::Value(project.key.fingerprint(parts.as_bytes()))
}
