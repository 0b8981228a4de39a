//! CSV (RFC 4180), a record a place, for spreadsheets. What is hidden or was not scanned has records of its own.
//!
//! A cell that a spreadsheet would take for a formula begins with an apostrophe. A value never appears here.

use std::io;

use super::{Report, counts, safe, words};
use crate::finding::{Finding, Outcome, Place};

/// CSV.
#[derive(Debug, Clone, Copy)]
pub struct Csv;

const HEAD: [&str; 12] = [
    "record",
    "severity",
    "confidence",
    "rule",
    "title",
    "path",
    "line",
    "column",
    "commit",
    "at_head",
    "fingerprint",
    "text",
];

impl Report for Csv {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        record(&HEAD.map(str::to_owned), out)?;
        for finding in &outcome.verdict.shown {
            for place in &finding.places {
                record(&cells(finding, place), out)?;
            }
        }
        for (about, text) in counts::sentences(outcome) {
            record(&told(about.name(), text), out)?;
        }
        record(&told("coverage", counts::verdict(outcome)), out)?;
        out.flush()
    }
}

fn cells(finding: &Finding, place: &Place) -> [String; 12] {
    let text = match &finding.lint {
        Some(lint) => lint.message.clone(),
        None => finding.masked.clone() + &words::from(place),
    };
    [
        "finding".into(),
        finding.severity.name().into(),
        finding.confidence.name().into(),
        finding.rule.id.into(),
        finding.rule.title.into(),
        words::path(place),
        place.span.line.to_string(),
        place.span.column.to_string(),
        place.commit.as_ref().map(|commit| commit.id.clone()).unwrap_or_default(),
        place.at_head.map(|yes| yes.to_string()).unwrap_or_default(),
        finding.identity.full(),
        text,
    ]
}

fn told(what: &str, text: String) -> [String; 12] {
    let mut cells: [String; 12] = Default::default();
    (cells[0], cells[11]) = (what.into(), text);
    cells
}

fn record(cells: &[String], out: &mut dyn io::Write) -> io::Result<()> {
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    writeln!(out, "{}", quoted.join(","))
}

fn quoted(cell: &str) -> String {
    let formula = if cell.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{formula}{}\"", safe::terminal(cell).replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{file, finding, hostile, outcome, place, rendered};

    #[test]
    fn a_name_is_neither_a_formula_nor_another_cell() {
        let shown = rendered(Format::Csv, &outcome(vec![finding(0, vec![place(file(b"=1+\"2,3"), 0, 12)])]));
        assert!(shown.contains(",\"'=1+\"\"2,3\",\"12\","), "{shown}");
    }

    #[test]
    fn every_record_has_the_cells_of_the_head() {
        for line in rendered(Format::Csv, &hostile()).lines() {
            assert_eq!(line.matches("\",\"").count(), 11, "{line}");
        }
    }
}
