//! JUnit XML, as CI services show test results: a place is a failed test, what was not scanned an error.
//!
//! A value never appears here.

use std::io;

use super::counts::{self, About};
use super::{Report, safe, words};
use crate::finding::{Finding, Outcome, Place};

/// JUnit XML.
#[derive(Debug, Clone, Copy)]
pub struct Junit;

impl Report for Junit {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        let places: usize = outcome.verdict.shown.iter().map(|finding| finding.places.len()).sum();
        let told = counts::sentences(outcome);
        let errors = told.iter().filter(|(about, _)| *about == About::NotScanned).count();
        // A report without a test is one that nothing has made.
        let tests = places + errors + 1;
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>")?;
        writeln!(
            out,
            "<testsuite name=\"ringfence\" tests=\"{tests}\" failures=\"{places}\" errors=\"{errors}\">\n<properties>"
        )?;
        for (about, text) in told.iter().filter(|(about, _)| *about != About::NotScanned) {
            writeln!(out, "<property name=\"{}\" value=\"{}\"/>", about.name(), escaped(text))?;
        }
        writeln!(out, "</properties>")?;
        for finding in &outcome.verdict.shown {
            for place in &finding.places {
                out.write_all(failure(finding, place).as_bytes())?;
            }
        }
        for (_, text) in told.iter().filter(|(about, _)| *about == About::NotScanned) {
            let text = escaped(text);
            writeln!(
                out,
                "<testcase classname=\"ringfence\" name=\"{text}\"><error message=\"{text}\"/></testcase>"
            )?;
        }
        let verdict = escaped(&counts::verdict(outcome));
        writeln!(out, "<testcase classname=\"ringfence\" name=\"{verdict}\"/>\n</testsuite>\n</testsuites>")?;
        out.flush()
    }
}

fn failure(finding: &Finding, place: &Place) -> String {
    let path = escaped(&words::path(place));
    let name = escaped(&format!("{} at line {}", finding.rule.id, place.span.line));
    let title = escaped(finding.rule.title);
    let (message, help, generated) = (finding.message(), words::help(&finding.rule), words::generated(place));
    let text = escaped(&format!("{message}. {}.{generated} {help}", finding.masked));
    format!(
        "<testcase classname=\"{path}\" name=\"{name}\"><failure type=\"{}\" message=\"{title}\">{text}</failure></testcase>\n",
        finding.severity.name()
    )
}

fn escaped(text: &str) -> String {
    let text = safe::terminal(&text.replace('\n', " "));
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{file, finding, hostile, outcome, place, rendered};

    #[test]
    fn a_clean_run_is_one_passed_test() {
        let shown = rendered(Format::Junit, &outcome(Vec::new()));
        assert!(shown.contains("tests=\"1\" failures=\"0\" errors=\"0\""), "{shown}");
    }

    #[test]
    fn places_fail_gaps_are_errors_and_names_are_escaped() {
        let shown = rendered(Format::Junit, &hostile());
        assert_eq!(shown.matches("<error ").count(), 2, "{shown}");
        let one = rendered(Format::Junit, &outcome(vec![finding(0, vec![place(file(b"<a&\">"), 0, 12)])]));
        assert!(one.contains("classname=\"&lt;a&amp;&quot;&gt;\""), "{one}");
    }
}
