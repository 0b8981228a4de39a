//! stub
use crate::finding::Outcome;
use std::io;
/// stub
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum Format { Text, Json, Jsonl, Sarif }
/// stub
#[allow(missing_docs)]
#[derive(Debug)]
pub struct Options { pub color: bool, pub quiet: bool, pub terminal_width: usize }
/// stub
pub fn write(_f: Format, o: &Outcome, _opt: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    for f in &o.verdict.shown {
        writeln!(out, "{} {} {} {}:{} {} places={} {:?}", f.rule.id, f.severity.name(), f.confidence.name(), f.places[0].provenance.path(), f.places[0].span.line, f.places[0].excerpt.text, f.places.len(), f.exposure)?;
    }
    writeln!(out, "{:#?} hidden {:?} shown {}", o.coverage, o.verdict.hidden, o.verdict.shown.len())
}
