//! Turns an [`Outcome`] into bytes for people and for machines: one file per format.
//!
//! What may be shown was settled before: excerpts and masked values arrive redacted, hidden findings
//! arrive as counts. A report only lays out, and makes foreign text safe for where it goes. Exit codes,
//! files and terminals are left to the caller; write errors (a broken pipe) are passed up.

mod counts;
mod csv;
#[cfg(test)]
mod fixture;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod safe;
mod sarif;
mod text;
mod words;

pub(crate) use safe::terminal;

use std::io;

use crate::finding::{Finding, Outcome};

pub use csv::Csv;
pub use github::Github;
pub use gitlab::Gitlab;
pub use html::Html;
pub use json::{Json, Jsonl};
pub use junit::Junit;
pub use markdown::Markdown;
pub use sarif::Sarif;
pub use text::Text;

/// One output format.
pub trait Report {
    /// Writes the whole report.
    ///
    /// # Errors
    /// Only those of `out`.
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()>;
}

/// The formats, as a user names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document; `docs/json-schema.json` describes it.
    Json,
    /// A finding a line, then a line with coverage and summary.
    Jsonl,
    /// SARIF 2.1.0, within GitHub's limits.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's secret-detection report.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// CSV.
    Csv,
    /// Markdown, for a job summary.
    Markdown,
    /// One page that holds all it needs.
    Html,
}

impl Format {
    /// All formats, in the order help texts use.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Csv,
        Self::Markdown,
        Self::Html,
    ];

    /// The name used in flags.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }

    /// Whether its findings may be written one by one, while a stream is read.
    #[must_use]
    pub fn is_told_live(self) -> bool {
        matches!(self, Self::Text | Self::Jsonl)
    }

    /// Whether values may be in it: what goes to a service or is passed round never holds one.
    #[must_use]
    pub fn may_show_values(self) -> bool {
        matches!(self, Self::Text | Self::Json | Self::Jsonl)
    }
}

/// How the text format looks; the other formats have no looks.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether escapes for colour may be written.
    pub color: bool,
    /// Findings only; of the summary just the warning where the scan is incomplete.
    pub quiet: bool,
    /// Columns to clip source lines to.
    pub terminal_width: usize,
    /// When the scan ran, seconds since 1970 UTC.
    pub now: i64,
}

/// Writes `outcome` in `format`.
///
/// # Errors
/// Only those of `out`.
pub fn write(
    format: Format,
    outcome: &Outcome,
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => Text { options: *options }.write(outcome, out),
        Format::Json => Json.write(outcome, out),
        Format::Jsonl => Jsonl.write(outcome, out),
        Format::Sarif => Sarif.write(outcome, out),
        Format::Github => Github.write(outcome, out),
        Format::Gitlab => Gitlab { now: options.now }.write(outcome, out),
        Format::Junit => Junit.write(outcome, out),
        Format::Csv => Csv.write(outcome, out),
        Format::Markdown => Markdown.write(outcome, out),
        Format::Html => Html { now: options.now, only_inventory: false }.write(outcome, out),
    }
}

/// Writes findings while more may come. Nothing in formats that are not told live.
///
/// # Errors
/// Only those of `out`.
pub fn write_findings(
    format: Format,
    findings: &[&Finding],
    show_secrets: bool,
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => Text { options: *options }.write_findings(findings, show_secrets, out),
        Format::Jsonl => json::write_findings(findings, show_secrets, out),
        _ => Ok(()),
    }
}

/// Writes what became known of findings that were written before.
///
/// # Errors
/// Only those of `out`.
pub fn write_more(
    format: Format,
    findings: &[&Finding],
    show_secrets: bool,
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => Text { options: *options }.write_more(findings, out),
        format => write_findings(format, findings, show_secrets, options, out),
    }
}

/// Writes what comes after the findings.
///
/// # Errors
/// Only those of `out`.
pub fn write_end(
    format: Format,
    outcome: &Outcome,
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => Text { options: *options }.write_end(outcome, out),
        Format::Jsonl => json::write_end(outcome, out),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixture::{Broken, asked, hostile, rendered, value};

    #[test]
    fn no_format_shows_a_value_unless_asked_and_those_for_services_never() {
        for format in Format::ALL {
            let shown = rendered(format, &hostile());
            assert!(!shown.contains(&value(0)) && !shown.contains(&value(1)), "{}", format.name());
            let asked = rendered(format, &asked()).contains(&value(0));
            assert_eq!(asked, format.may_show_values(), "{}", format.name());
        }
    }

    #[test]
    fn no_format_passes_control_or_direction_characters_on() {
        for format in Format::ALL {
            let shown = rendered(format, &hostile());
            let bad = shown.chars().find(|&c| c != '\n' && safe::is_unsafe(c));
            assert_eq!(bad, None, "{}", format.name());
        }
    }

    #[test]
    fn every_format_counts_what_is_hidden_and_what_is_left_out() {
        for format in Format::ALL {
            let shown = rendered(format, &hostile());
            for count in ["77", "88", "99"] {
                assert!(shown.contains(count), "{} lacks the count {count}", format.name());
            }
        }
    }

    #[test]
    fn a_broken_pipe_is_passed_up() {
        let options = Options { color: false, quiet: false, terminal_width: 80, now: 0 };
        for format in Format::ALL {
            let error = write(format, &hostile(), &options, &mut Broken).expect_err("the pipe is broken");
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{}", format.name());
        }
    }

    #[test]
    fn the_same_outcome_gives_the_same_bytes() {
        for format in Format::ALL {
            assert_eq!(rendered(format, &hostile()), rendered(format, &hostile()));
        }
    }
}
