//! Manifests and scripts of one environment that load another one's file.

use std::sync::LazyLock;

use regex::Regex;

use super::super::bind_yaml::{is_ci, is_compose};
use super::super::model::{Env, Format, Project};
use super::super::names::{env_of_name, re};
use super::super::parse::yaml;
use super::code::scripts;
use super::{Problem, Sink};

/// Files and modes that a command names.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"(?:^|[\s='\x22/])(?P<file>\.env(?:\.[A-Za-z0-9_-]+)+)|(?:--env-file|--values|--var-file|-var-file|--mode|--configuration|-f|-c)[ =](?P<option>[\w./-]+)",
    )
});

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for script in scripts(project) {
        let text = &project.files[script.file].text[script.span.clone()];
        for found in NAMED.captures_iter(text) {
            let Some(named) = found.name("file").or(found.name("option")) else { continue };
            let span = script.span.start + named.start()..script.span.start + named.end();
            report(sink, script.file, span, (script.env, named.as_str()));
        }
    }
    for (index, file) in project.files_in(Format::Yaml) {
        if !is_compose(file.name()) || is_ci(&file.path) {
            continue;
        }
        for leaf in yaml::parse(&file.text).0 {
            if leaf.is_at(&["services", "*", "env_file"]) || leaf.begins(&["services", "*", "env_file", "*"])
            {
                report(sink, index, leaf.span.clone(), (file.env, &leaf.text));
            }
        }
    }
}

fn report(sink: &mut Sink, file: usize, span: std::ops::Range<usize>, (env, named): (Env, &str)) {
    let name = named.rsplit('/').next().unwrap_or(named);
    let other = env_of_name(name).filter(|other| other.runs() || *other == Env::Example);
    if let Some(other) = other.filter(|other| *other != env && env.runs()) {
        let message = format!("What is for {} loads {named}, which is for {}", env.name(), other.name());
        sink.push(Problem::at("environment-file-cross-reference", file, span, env, message));
    }
}
