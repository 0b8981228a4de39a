//! JSON for machines: one document, or a finding a line. `docs/json-schema.json` describes both.
//!
//! The order is that of the outcome, so equal outcomes give equal bytes. Values appear only under
//! `--show-secrets`; paths that are not UTF-8 come with their bytes in hex beside the readable form.

mod coverage;
mod finding;

use std::io;

use serde::{Serialize, Serializer};

use super::{Report, safe};
use crate::finding::{Audit, Finding, LaunchRow, Outcome, Variable};

/// One JSON document.
#[derive(Debug, Clone, Copy)]
pub struct Json;

/// A finding a line, and a last line with coverage and summary.
#[derive(Debug, Clone, Copy)]
pub struct Jsonl;

/// All of a report, as the JSON formats have it.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: u32,
    tool: Tool,
    #[serde(flatten)]
    end: Trailer<'a>,
    findings: Findings<'a>,
}

/// The findings of an outcome. Each becomes an entry when it is written: all of them take more than the findings.
struct Findings<'a> {
    outcome: &'a Outcome,
    show_secrets: bool,
    excerpts: bool,
}

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.outcome.verdict.shown.iter().map(|shown| {
            let mut entry = finding::Entry::new(shown, self.show_secrets, self.outcome.audit.is_some());
            if !self.excerpts {
                entry.drop_excerpts();
            }
            entry
        }))
    }
}

/// Writes JSON as it comes, in whole characters, with what is unsafe escaped.
struct Safe<'a>(&'a mut dyn io::Write);

impl io::Write for Safe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text =
            str::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        safe::write_json(text, self.0)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
    uri: &'static str,
    rules: usize,
}

#[derive(Serialize)]
struct Trailer<'a> {
    coverage: coverage::Entry<'a>,
    summary: coverage::Summary,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    launch: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<AuditEntry<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    inventory: &'a [Variable],
}

#[derive(Serialize)]
struct AuditEntry<'a> {
    steps: Vec<StepEntry<'a>>,
    by_hand: &'a [String],
    out_of_reach: &'a [String],
}

#[derive(Serialize)]
struct StepEntry<'a> {
    text: &'a str,
    commands: &'a [String],
}

#[derive(Serialize)]
struct Row<'a> {
    title: &'a str,
    state: String,
    detail: &'a str,
}

impl Report for Json {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        let findings = Findings { outcome, show_secrets: outcome.show_secrets, excerpts: true };
        serde_json::to_writer_pretty(Safe(out), &Document::new(outcome, findings))?;
        out.write_all(b"\n")?;
        out.flush()
    }
}

impl<'a> Document<'a> {
    fn new(outcome: &'a Outcome, findings: Findings<'a>) -> Self {
        let tool = Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            uri: env!("CARGO_PKG_REPOSITORY"),
            rules: outcome.rules.len(),
        };
        Self { schema: 1, tool, end: trailer(outcome), findings }
    }

    /// The document for what is passed round: without values, whatever was asked for.
    pub(super) fn without_values(outcome: &'a Outcome) -> Self {
        // If values were asked for, excerpts were cut with the values in them.
        let findings = Findings { outcome, show_secrets: false, excerpts: !outcome.show_secrets };
        Self::new(outcome, findings)
    }
}

impl Report for Jsonl {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        for entry in entries(outcome) {
            write_safe(serde_json::to_string(&entry)?, out)?;
        }
        write_end(outcome, out)
    }
}

/// Findings of JSONL while more may come.
pub(super) fn write_findings(
    findings: &[&Finding],
    show_secrets: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for finding in findings {
        write_safe(serde_json::to_string(&finding::Entry::new(finding, show_secrets, false))?, out)?;
    }
    Ok(())
}

/// The last line of JSONL.
pub(super) fn write_end(outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
    write_safe(serde_json::to_string(&trailer(outcome))?, out)?;
    out.flush()
}

fn write_safe(json: String, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all((safe::json(json) + "\n").as_bytes())
}

fn entries(outcome: &Outcome) -> impl Iterator<Item = finding::Entry<'_>> {
    outcome
        .verdict
        .shown
        .iter()
        .map(|shown| finding::Entry::new(shown, outcome.show_secrets, outcome.audit.is_some()))
}

fn trailer(outcome: &Outcome) -> Trailer<'_> {
    Trailer {
        coverage: coverage::Entry::new(&outcome.coverage),
        summary: coverage::Summary::new(&outcome.verdict),
        launch: outcome.launch.iter().map(row).collect(),
        audit: outcome.audit.as_ref().map(audit),
        inventory: &outcome.inventory,
    }
}

fn audit(audit: &Audit) -> AuditEntry<'_> {
    AuditEntry {
        steps: audit
            .steps
            .iter()
            .map(|step| StepEntry { text: &step.text, commands: &step.commands })
            .collect(),
        by_hand: &audit.by_hand,
        out_of_reach: &audit.out_of_reach,
    }
}

fn row(row: &LaunchRow) -> Row<'_> {
    Row { title: &row.title, state: row.state.name().replace(' ', "-"), detail: &row.detail }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{
        self, asked, file, finding, hostile, launch, outcome, place, rendered, value,
    };
    use serde_json::{Value, json};

    const SCHEMA: &str = include_str!("../../docs/json-schema.json");

    fn parse(text: &str) -> Value {
        serde_json::from_str(text).expect("it is JSON")
    }

    /// The schema, or the part of it under `$defs` with this name.
    fn validator(part: Option<&str>) -> jsonschema::Validator {
        let mut schema = parse(SCHEMA);
        if let Some(name) = part {
            schema = json!({ "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"].take() });
        }
        jsonschema::draft202012::new(&schema).expect("the schema is one")
    }

    fn errors(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[test]
    fn the_schema_is_a_schema_and_every_document_obeys_it() {
        assert!(jsonschema::meta::is_valid(&parse(SCHEMA)));
        let validator = validator(None);
        let mut check = outcome(Vec::new());
        check.launch = launch();
        let mut audit = hostile();
        audit.audit = Some(fixture::audit());
        for outcome in [hostile(), asked(), check, audit, outcome(Vec::new())] {
            let document = parse(&rendered(Format::Json, &outcome));
            assert_eq!(errors(&validator, &document), Vec::<String>::new());
        }
        assert!(!errors(&validator, &json!({ "schema": 2 })).is_empty());
    }

    #[test]
    fn every_line_of_jsonl_obeys_the_schema_and_the_last_is_the_trailer() {
        let mut all = hostile();
        all.launch = launch();
        let shown = rendered(Format::Jsonl, &all);
        let lines: Vec<&str> = shown.lines().collect();
        let (last, findings) = lines.split_last().expect("there is a trailer");
        assert_eq!(findings.len(), 3);
        for line in findings {
            assert_eq!(errors(&validator(Some("finding")), &parse(line)), Vec::<String>::new());
        }
        let trailer = parse(last);
        assert_eq!(errors(&validator(Some("trailer")), &trailer), Vec::<String>::new());
        assert_eq!(trailer["coverage"]["complete"], json!(false));
        assert_eq!(trailer["launch"][0]["state"], json!("fix-first"));
    }

    #[test]
    fn a_finding_says_what_where_how_bad_and_what_to_do() {
        let one = finding(0, vec![place(file(b"src/pay.ts"), 0, 12)]);
        let (masked, full) = (one.masked.clone(), one.identity.full());
        let document = parse(&rendered(Format::Json, &outcome(vec![one])));
        let got = &document["findings"][0];
        let want = [
            ("rule", json!("github-pat")),
            ("severity", json!("critical")),
            ("level", json!("error")),
            ("confidence", json!("high")),
            ("fingerprint", json!(full)),
            ("masked", json!(masked)),
            ("exposure", Value::Null),
        ];
        for (key, want) in want {
            assert_eq!(got[key], want, "{key}");
        }
        assert_eq!(got["location"], got["places"][0]["location"]);
        assert_eq!(got["location"]["line"], json!(12));
        assert_eq!(got["rotation"]["steps"].as_array().map(Vec::len), Some(3));
        assert!(got.get("secret").is_none());
        assert_eq!(document["coverage"]["complete"], json!(true));
        assert_eq!(document["summary"]["by_severity"]["critical"], json!(1));
    }

    #[test]
    fn a_secret_is_there_when_asked_for() {
        let document = parse(&rendered(Format::Json, &asked()));
        assert_eq!(document["findings"][0]["secret"], json!(value(0)));
    }

    #[test]
    fn hidden_and_unscanned_things_are_counted() {
        let document = parse(&rendered(Format::Json, &hostile()));
        assert_eq!(document["summary"]["hidden"], json!({ "below-confidence": 77, "unreachable": 88 }));
        assert_eq!(document["coverage"]["out_of_scope"][0]["count"], json!(99));
        let gaps = document["coverage"]["not_scanned"].as_array().expect("a list");
        assert_eq!((&gaps[0]["reason"], &gaps[0]["count"]), (&json!("unreadable"), &json!(130)));
        assert_eq!(gaps[0]["examples"].as_array().map(Vec::len), Some(20));
    }

    #[test]
    fn a_path_that_is_not_utf8_comes_with_its_bytes() {
        let document = parse(&rendered(Format::Json, &hostile()));
        let places = document["findings"][0]["places"].as_array().expect("a list");
        assert_eq!(places[3]["location"]["path"], json!("caf\u{fffd}/\u{fffd}.env"));
        assert_eq!(places[3]["location"]["path_bytes_hex"], json!("636166e92fff2e656e76"));
        assert!(places[0]["location"].get("path_bytes_hex").is_none());
        assert_eq!(places[8]["commit"]["author_time"], json!("2026-01-05T03:04:05Z"));
    }
}
