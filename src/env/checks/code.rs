//! What several checks share: scripts wherever they stand, searches in programs, switches.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::bind_yaml;
use super::super::model::{Env, File, Format, Project};
use super::super::parse::{dockerfile, json, yaml};
use super::{Problem, Sink};

/// A piece of shell: where it stands, and the environment it runs for.
pub(super) struct Script {
    pub(super) file: usize,
    pub(super) span: Range<usize>,
    pub(super) env: Env,
    /// The name it has, such as that of a script in package.json.
    pub(super) name: String,
}

/// Shell in CI jobs, images, package.json, and files of its own.
pub(super) fn scripts(project: &Project) -> Vec<Script> {
    let mut out = Vec::new();
    for (index, file) in project.files.iter().enumerate() {
        let whole = |env| Script { file: index, span: 0..file.text.len(), env, name: String::new() };
        match file.format {
            Format::Code if is_shell(file.name()) => out.push(whole(file.env)),
            Format::Yaml if bind_yaml::is_ci(&file.path) => out.extend(ci_scripts(project, index)),
            Format::Dockerfile => {
                for instruction in dockerfile::parse(&file.text) {
                    if matches!(instruction.word.as_str(), "RUN" | "CMD" | "ENTRYPOINT") {
                        out.push(Script {
                            file: index,
                            span: instruction.arguments,
                            env: file.env,
                            name: String::new(),
                        });
                    }
                }
            }
            Format::Json if file.name() == "package.json" => {
                for leaf in
                    json::parse(&file.text).0.into_iter().filter(|leaf| leaf.begins(&["scripts", "*"]))
                {
                    let env = super::super::names::env_of_name(leaf.key()).unwrap_or(Env::Shared);
                    out.push(Script {
                        file: index,
                        span: leaf.span.clone(),
                        env,
                        name: leaf.key().to_owned(),
                    });
                }
            }
            _ => {}
        }
    }
    out
}

fn is_shell(name: &str) -> bool {
    [".sh", ".bash", ".zsh", "Jenkinsfile"].iter().any(|end| name.ends_with(end))
        || super::super::bind_deploy::is_procfile(name)
}

fn ci_scripts(project: &Project, index: usize) -> Vec<Script> {
    let file = &project.files[index];
    let (leaves, _) = yaml::parse(&file.text);
    leaves
        .iter()
        .filter(|leaf| bind_yaml::is_script(leaf))
        .map(|leaf| Script {
            file: index,
            span: leaf.span.clone(),
            env: bind_yaml::job_env(file, &leaves, leaf),
            name: String::new(),
        })
        .collect()
}

/// Every match of a pattern in programs with one of these endings; none is all.
pub(super) fn find_in_code(
    project: &Project,
    endings: &[&str],
    pattern: &Regex,
    found: impl FnMut(usize, Range<usize>, &regex::Captures<'_>),
) {
    find_where(project, (endings, |_| true), pattern, found);
}

/// The same in programs that are wanted.
pub(super) fn find_where(
    project: &Project,
    (endings, wants): (&[&str], fn(&File) -> bool),
    pattern: &Regex,
    mut found: impl FnMut(usize, Range<usize>, &regex::Captures<'_>),
) {
    let of_ending = |ending: &&str| project.programs.get(*ending);
    let files: Vec<&Vec<usize>> = match endings.is_empty() {
        true => project.programs.values().collect(),
        false => endings.iter().filter_map(of_ending).collect(),
    };
    for &index in files.into_iter().flatten() {
        let file = &project.files[index];
        if !wants(file) {
            continue;
        }
        for captures in pattern.captures_iter(&file.code) {
            let whole = captures.get(0).map_or(0..0, |whole| whole.range());
            found(index, whole, &captures);
        }
    }
}

/// One search in programs, as data: which check, where, and what to say.
pub(super) struct Search {
    pub(super) check: &'static str,
    /// Endings of files; none is all.
    pub(super) endings: &'static [&'static str],
    pub(super) message: &'static str,
}

/// Searches, compiled when there is something to search.
pub(super) type Searches = LazyLock<Vec<(Search, Regex)>>;

/// Runs searches.
pub(super) fn search(project: &Project, sink: &mut Sink, searches: &Searches) {
    search_where(project, sink, searches, |_| true);
}

/// The same in programs that may read a variable.
pub(super) fn search_about_env(project: &Project, sink: &mut Sink, searches: &Searches) {
    search_where(project, sink, searches, |file| file.may_read_env);
}

fn search_where(project: &Project, sink: &mut Sink, searches: &Searches, wants: fn(&File) -> bool) {
    if !project.files.iter().any(|file| file.is_searched() && wants(file)) {
        return;
    }
    for (search, pattern) in searches.iter() {
        find_where(project, (search.endings, wants), pattern, |file, span, captures| {
            let span = captures.name("at").map_or(span, |at| at.range());
            let env = project.files[file].env;
            sink.push(Problem::at(search.check, file, span, env, search.message));
        });
    }
}

/// Whether the value switches something on.
pub(super) fn is_on(value: &str) -> bool {
    is_one_of(value, &["1", "true", "yes", "on", "enabled", "y", "*"])
}

/// Whether the value switches something off.
pub(super) fn is_off(value: &str) -> bool {
    is_one_of(value, &["0", "false", "no", "off", "disabled", "n", "none", "skip"])
}

fn is_one_of(value: &str, words: &[&str]) -> bool {
    let value = super::super::names::trim(value);
    // No word is longer.
    value.len() <= "disabled".len() && words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether the file is a test or shows how something is done.
pub(super) fn is_test_or_example(project: &Project, file: usize) -> bool {
    matches!(project.files[file].env, Env::Test | Env::Example)
}

/// Compiles a table of searches once.
macro_rules! searches {
    ($name:ident: $($check:literal, $endings:expr, $pattern:expr, $message:literal;)*) => {
        static $name: crate::env::checks::code::Searches =
            std::sync::LazyLock::new(|| {
                vec![$((
                    crate::env::checks::code::Search { check: $check, endings: $endings, message: $message },
                    crate::env::names::re($pattern),
                )),*]
            });
    };
}
pub(super) use searches;
