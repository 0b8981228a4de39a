//! Workflow commands of GitHub Actions: an annotation a place.
//!
//! GitHub shows ten of each level a step, so the worst come first and a job summary is to stand beside them
//! (docs.github.com, "Workflow commands for GitHub Actions"). A value never appears here.

use std::io;

use super::counts::{self, About};
use super::{Report, safe, words};
use crate::finding::{Finding, Outcome, Place, Severity};

/// Annotations for GitHub Actions.
#[derive(Debug, Clone, Copy)]
pub struct Github;

impl Report for Github {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        for finding in &outcome.verdict.shown {
            for place in &finding.places {
                writeln!(out, "{}", annotation(finding, place))?;
            }
        }
        for (about, text) in counts::sentences(outcome) {
            let level = if about == About::NotScanned { "error" } else { "notice" };
            writeln!(out, "::{level} title=ringfence%3A {}::{}", about.name(), data(&text))?;
        }
        let level = if outcome.coverage.complete() { "notice" } else { "error" };
        let count = words::count(outcome.verdict.shown.len() as u64, "finding");
        writeln!(out, "::{level} title=ringfence::{count}. {}", data(&counts::verdict(outcome)))?;
        out.flush()
    }
}

fn annotation(finding: &Finding, place: &Place) -> String {
    let level = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    // Where the checkout has no such file, a location would point at something else.
    if !place.provenance.is_history() || place.at_head == Some(true) {
        let span = &place.span;
        properties.push(format!("file={}", property(&words::file(place))));
        let is_member = !place.provenance.archives().is_empty();
        if !is_member {
            properties.push(format!("line={},endLine={}", span.line, span.end_line));
        }
        if !is_member && span.line == span.end_line {
            properties.push(format!("col={},endColumn={}", span.column, span.end_column));
        }
    }
    properties.push(format!("title={}", property(&format!("{} [{}]", finding.rule.title, finding.rule.id))));
    let mut text = words::sentence(&finding.message());
    if finding.lint.is_none() {
        text += &format!(" Value: {}.", finding.masked);
    }
    text += &words::in_archive(place);
    text += &words::generated(place);
    if place.provenance.is_history() {
        text += &format!(" At {}.", words::path(place));
    }
    text += &finding.rule.rotate_steps.first().map(|step| format!(" First: {step}.")).unwrap_or_default();
    format!("::{level} {}::{}", properties.join(","), data(&text))
}

/// Text that ends neither the line nor the command.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    safe::terminal(&text)
}

/// A property's value: what separates properties is escaped as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{blob, file, finding, hostile, outcome, place, rendered};

    #[test]
    fn an_annotation_names_file_line_and_what_to_do() {
        let shown =
            rendered(Format::Github, &outcome(vec![finding(0, vec![place(file(b"a,b:c.ts"), 0, 12)])]));
        let first = shown.lines().next().expect("there is a line");
        assert!(first.starts_with("::error file=a%2Cb%3Ac.ts,line=12,endLine=12,col=16,"), "{first}");
        assert!(first.contains("Revoke the token"), "{first}");
    }

    #[test]
    fn a_place_that_the_checkout_lacks_names_no_file() {
        let shown = rendered(Format::Github, &outcome(vec![finding(0, vec![place(blob(b"a.ts"), 0, 12)])]));
        assert!(shown.starts_with("::error title="), "{shown}");
    }

    #[test]
    fn nothing_from_a_repository_begins_a_line() {
        for line in rendered(Format::Github, &hostile()).lines() {
            assert!(
                ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start)),
                "{line}"
            );
        }
    }
}
