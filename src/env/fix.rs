//! What may be mended without asking: blanks, marks, line ends, quotes, lines that stand twice, lists.
//!
//! Never a secret: a value with a quote that is open, or one that two lines set differently, is left alone.

use super::model::{Env, Format, Project};
use super::parse::dotenv::{self, Kind, Pair};

/// A file's new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// Path below the project's folder.
    pub path: String,
    /// What it should hold.
    pub text: String,
}

/// The files that can be mended, with their new text.
#[must_use]
pub fn fixes(project: &Project) -> Vec<Fixed> {
    let mut out = Vec::new();
    for (index, file) in project.files_in(Format::Dotenv) {
        if file.name() == ".envrc" || file.text.contains('\u{fffd}') {
            continue;
        }
        let mut text = mended(&file.text);
        if file.env == Env::Example {
            text += &missing(project, index, &text);
        }
        if text != file.text {
            out.push(Fixed { path: file.path.clone(), text });
        }
    }
    if !project.only_grammar {
        out.extend(ignore_lists(project));
    }
    out
}

/// The text without what no loader needs.
fn mended(text: &str) -> String {
    let plain = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut out = String::new();
    for line in dotenv::parse(&plain) {
        let own = &plain[line.span.clone()];
        match &line.kind {
            Kind::Pair(pair) if pair.quote.is_none() || pair.closed => {
                let key = plain[pair.key.clone()].to_owned();
                let value = plain[pair.value.clone()].to_owned();
                let is_double = seen.iter().any(|(known, old)| *known == key && *old == value);
                let is_other = seen.iter().any(|(known, old)| *known == key && *old != value);
                if is_double && !is_other {
                    continue;
                }
                seen.push((key, value));
                out += &pair_line(&plain, pair, own);
            }
            Kind::Pair(_) => out += own,
            Kind::Blank | Kind::Comment | Kind::Bare => out += own.trim_end(),
        }
        out.push('\n');
    }
    if !text.ends_with('\n') && out.ends_with('\n') {
        out.pop();
    }
    out
}

/// `KEY=value`, with quotes where the value has blanks.
fn pair_line(text: &str, pair: &Pair, own: &str) -> String {
    let (key, value) = (&text[pair.key.clone()], &text[pair.value.clone()]);
    if pair.colon || !pair.after.is_empty() {
        return own.trim_end().to_owned();
    }
    let export = if pair.export { "export " } else { "" };
    let needs_quotes = pair.quote.is_none()
        && value.contains([' ', '\t'])
        && !value.contains(['"', '\'', '`', '$', '\\', '#']);
    let value = match (pair.quote, needs_quotes) {
        (Some(quote), _) => format!("{0}{value}{0}", char::from(quote)),
        (None, true) => format!("\"{value}\""),
        (None, false) => value.to_owned(),
    };
    let comment = pair
        .comment
        .as_ref()
        .map_or(String::new(), |comment| format!(" {}", text[comment.clone()].trim_end()));
    format!("{export}{key}={value}{comment}")
}

/// Keys that the files beside an example have and it has not, without values.
fn missing(project: &Project, example: usize, text: &str) -> String {
    let folder = project.files[example].folder();
    let has = |key: &str| project.entries_of(example).any(|entry| entry.key == key);
    let mut keys: Vec<&str> = project
        .env_file_entries()
        .filter(|entry| {
            entry.env != Env::Example && project.file_of(entry).folder() == folder && !has(&entry.key)
        })
        .map(|entry| entry.key.as_str())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let break_before = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let lines: String = keys.iter().map(|key| format!("{key}=\n")).collect();
    if lines.is_empty() { lines } else { format!("{break_before}{lines}") }
}

/// Lines for .gitignore and .dockerignore that keep env files out.
fn ignore_lists(project: &Project) -> Vec<Fixed> {
    let is_open = |file: &&super::model::File| {
        file.format == Format::Dotenv && file.env != Env::Example && !file.tracked && !file.ignored
    };
    let mut open: Vec<String> = project
        .files
        .iter()
        .filter(is_open)
        .map(|file| format!("/{}", file.path))
        .filter(|_| project.in_git)
        .collect();
    open.sort();
    let mut out = Vec::new();
    if !open.is_empty() {
        out.push(with_lines(project, ".gitignore", &open));
    }
    let copies = |file: &super::model::File| {
        file.text.lines().any(|line| line.trim().starts_with("COPY . ") || line.trim().starts_with("ADD . "))
    };
    let has_env = project
        .files_in(Format::Dotenv)
        .any(|(_, file)| file.folder().is_empty() && file.env != Env::Example);
    let list = project.file_at(".dockerignore").map_or("", |file| file.text.as_str());
    let ships =
        project.files_in(Format::Dockerfile).any(|(_, file)| file.folder().is_empty() && copies(file));
    if ships && has_env && !list.contains(".env") {
        out.push(with_lines(
            project,
            ".dockerignore",
            &["**/.env*".to_owned(), "!**/.env.example".to_owned()],
        ));
    }
    out
}

fn with_lines(project: &Project, path: &str, lines: &[String]) -> Fixed {
    let old = project.file_at(path).map_or("", |file| file.text.as_str());
    let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    Fixed { path: path.to_owned(), text: format!("{old}{gap}{}\n", lines.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_no_value_is_mended() {
        let cases = [
            ("\u{feff}A=1\r\n", "A=1\n"),
            ("A = 1  \n", "A=1\n"),
            ("A=b c # note\n", "A=\"b c\" # note\n"),
            ("A=1\nA=1\n", "A=1\n"),
            ("A=1\nA=2\n", "A=1\nA=2\n"),
            ("A=\"open\nB=1\n", "A=\"open\nB=1\n"),
            ("A='x y'", "A='x y'"),
            (" A=1\n\n# c  \n", "A=1\n\n# c\n"),
        ];
        for (text, want) in cases {
            assert_eq!(mended(text), want, "{text:?}");
            assert_eq!(mended(want), want, "{want:?} is a fixed point");
        }
    }
}
