//! Dotenv files as such: what loaders refuse, lose, or read in different ways.

use std::ops::Range;

use hashbrown::HashMap;

use super::super::config::Config;
use super::super::discover::is_copy;
use super::super::model::{Env, File, Format, Project};
use super::super::names::means_secret;
use super::super::parse::dotenv::{Kind, Line, Pair};
use super::super::parse::profile::Profile;
use super::{Level, Problem, Sink};

/// What the building of the project has found of each line.
pub(super) fn look(project: &Project, sink: &mut Sink) {
    project.about_lines.iter().for_each(|problem| sink.push(problem.clone()));
}

/// What is wrong with the lines of an env file.
pub(in crate::env) fn of_lines(
    index: usize,
    file: &File,
    lines: &[Line],
    profiles: &[Profile],
) -> Vec<Problem> {
    let mut sink = Sink::default();
    if file.format != Format::Dotenv || file.name() == ".envrc" || is_copy(file.name()) {
        return sink.problems;
    }
    let mut view = View { sink: &mut sink, index, file, profiles };
    view.whole();
    let mut seen: HashMap<&str, &Pair> = HashMap::with_capacity(lines.len());
    for line in lines {
        view.line(line);
        if let Kind::Pair(pair) = &line.kind
            && let Some(first) = seen.insert(&file.text[pair.key.clone()], pair)
        {
            view.duplicate(first, pair);
        }
    }
    sink.problems
}

/// The dialects in use: configured, or those of most projects.
pub(in crate::env) fn profiles(config: &Config) -> Vec<Profile> {
    let named = &config.lint.profiles;
    let configured: Vec<Profile> = Profile::ALL
        .iter()
        .filter(|(name, _)| named.iter().any(|wanted| wanted == name))
        .map(|(_, profile)| *profile)
        .collect();
    if configured.is_empty() { vec![Profile::Npm, Profile::Python, Profile::Compose] } else { configured }
}

struct View<'v> {
    sink: &'v mut Sink,
    index: usize,
    file: &'v File,
    profiles: &'v [Profile],
}

impl View<'_> {
    fn say(&mut self, check: &str, span: Range<usize>, message: impl Into<String>) -> Problem {
        let env = if self.file.env == Env::Example { Env::Shared } else { self.file.env };
        Problem::at(check, self.index, span, env, message)
    }

    fn has(&self, profile: Profile) -> bool {
        self.profiles.contains(&profile)
    }

    fn push(&mut self, problem: Problem) {
        self.sink.push(problem);
    }

    fn whole(&mut self) {
        let text = &self.file.text;
        if text.starts_with('\u{feff}') {
            let end = text.find('\n').unwrap_or(text.len());
            let problem = self.say("byte-order-mark", 0..end, "The file begins with an invisible mark");
            let level = if self.has(Profile::Node) { Level::Error } else { Level::Warning };
            self.push(problem.level(level));
        }
        if memchr::memchr(b'\r', text.as_bytes()).is_none() {
            return;
        }
        let with_cr = text.matches("\r\n").count();
        let all = text.matches('\n').count();
        if with_cr > 0 && with_cr < all {
            let first = text.find(if with_cr * 2 > all { "\n" } else { "\r\n" }).unwrap_or(0);
            let problem =
                self.say("mixed-line-endings", first..first, "Some lines end in CR LF, others in LF");
            self.push(problem);
        }
    }

    fn line(&mut self, line: &Line) {
        let text = &self.file.text;
        match &line.kind {
            Kind::Blank | Kind::Comment => {}
            Kind::Bare => {
                let word = text[line.span.clone()].trim();
                let problem = self.say("key-without-equals", line.span.clone(), "The line has no =");
                let level = if self.has(Profile::Node) { Level::Error } else { Level::Warning };
                if !word.starts_with("export ") {
                    self.push(problem.level(level));
                }
            }
            Kind::Pair(pair) => {
                let before = self.sink.problems.len();
                self.key(line, pair);
                self.value(pair);
                if self.sink.problems.len() == before {
                    self.divergence(pair);
                }
                self.blanks(line, pair);
            }
        }
    }

    fn key(&mut self, line: &Line, pair: &Pair) {
        let key = &self.file.text[pair.key.clone()];
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let first = self.file.text[line.span.clone()].chars().next().unwrap_or(' ');
        if first.is_whitespace() || (!first.is_ascii_alphabetic() && first != '_') {
            let problem = self.say(
                "leading-character",
                line.span.start..pair.key.end,
                "The line does not begin with a name",
            );
            self.push(problem);
        }
        if key.is_empty() || !key.chars().all(is_name) || key.starts_with(|c: char| c.is_ascii_digit()) {
            let span = if key.is_empty() { line.span.clone() } else { pair.key.clone() };
            let problem = self.say("invalid-key", span, "This is no name of a variable");
            self.push(problem);
        } else if key.bytes().any(|b| b.is_ascii_lowercase()) {
            let problem = self.say("lowercase-key", pair.key.clone(), format!("{key} is not in capitals"));
            self.push(problem);
        }
        if pair.colon {
            let problem = self.say(
                "key-without-equals",
                pair.key.clone(),
                format!("{key} is followed by a colon, not by ="),
            );
            self.push(problem);
        }
        if pair.spaced {
            let strict = self.has(Profile::Sh) || self.has(Profile::Docker);
            let problem = self.say(
                "space-around-equals",
                pair.key.clone(),
                format!("There are blanks round the = of {key}"),
            );
            self.push(if strict { problem.level(Level::Error) } else { problem });
        }
    }

    fn value(&mut self, pair: &Pair) {
        let key = &self.file.text[pair.key.clone()];
        let value = &self.file.text[pair.value.clone()];
        if pair.quote.is_some() && !pair.closed {
            let problem =
                self.say("unterminated-quote", pair.raw.clone(), format!("The quote of {key} is not closed"));
            self.push(problem);
        } else if pair.quote.is_none() && value.contains([' ', '\t']) && !value.contains("$(") {
            let problem = self.say(
                "unquoted-whitespace",
                pair.value.clone(),
                format!("The value of {key} has blanks and no quotes"),
            );
            self.push(problem);
        }
    }

    fn blanks(&mut self, line: &Line, pair: &Pair) {
        let text = &self.file.text[line.span.clone()];
        let trimmed = text.trim_end_matches([' ', '\t']);
        if trimmed.len() < text.len() && pair.comment.is_none() {
            let key = &self.file.text[pair.key.clone()];
            let is_secret = means_secret(key) && self.has(Profile::Docker);
            let problem = self.say(
                "trailing-whitespace",
                pair.key.clone(),
                format!("Blanks follow the value of {key}"),
            );
            self.push(if is_secret { problem.level(Level::Warning) } else { problem });
        }
    }

    fn divergence(&mut self, pair: &Pair) {
        let text = &self.file.text;
        let raw = &text[pair.raw.clone()];
        if !raw.contains(['#', '$', '`', '"', '\'', '\\']) {
            return;
        }
        let values: Vec<(Profile, Option<String>)> =
            self.profiles.iter().map(|profile| (*profile, profile.value(text, pair))).collect();
        let Some((first, rest)) = values.split_first() else { return };
        let Some((other, value)) = rest.iter().find(|(_, value)| *value != first.1) else { return };
        let key = &text[pair.key.clone()];
        let truncates = match (&first.1, value) {
            (Some(a), Some(b)) => a.starts_with(b.as_str()) || b.starts_with(a.as_str()),
            _ => true,
        };
        let message = format!("{} and {} read different values for {key}", first.0.name(), other.name());
        let is_secret = means_secret(key);
        let span = if pair.value.is_empty() { pair.raw.clone() } else { pair.value.clone() };
        let secret = is_secret.then(|| super::super::model::Value::new(raw));
        let problem = Problem {
            key: key.to_owned(),
            secret,
            ..Problem::at("parser-divergent-value", self.index, span, self.file.env, message)
        };
        if self.file.env != Env::Example {
            self.push(if is_secret && truncates { problem.level(Level::Error) } else { problem });
        }
    }

    fn duplicate(&mut self, first: &Pair, pair: &Pair) {
        let text = &self.file.text;
        let same = text[first.value.clone()] == text[pair.value.clone()];
        let key = &text[pair.key.clone()];
        let message = match same {
            true => format!("{key} is set twice, to the same value"),
            false => format!("{key} is set twice: npm, node and python take the last, dotenvy the first"),
        };
        let problem = self
            .say("duplicate-key", pair.key.clone(), message)
            .related(vec![(self.index, first.key.clone())]);
        self.push(if same { problem.level(Level::Note) } else { problem });
    }
}
