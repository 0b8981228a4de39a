//! SARIF 2.1.0 for code scanning, through `serde-sarif`'s types and within GitHub's limits.
//!
//! One run holds what is in the work tree or came through standard input. A second holds the history, if
//! there is any: a service that shows one commit cannot show those places. A result is one place, and
//! `correlationGuid` joins the places of a finding. A value never appears here, whatever the flags.

mod invocation;
mod location;
mod rules;

use std::collections::BTreeMap;
use std::io;

use libdeflater::{CompressionLvl, Compressor};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    Message, PropertyBag, Result as SarifResult, ResultLevel, Run, RunAutomationDetails, Sarif as Log, Tool,
    ToolComponent,
};

use super::{Report, safe, words};
use crate::finding::{Confidence, Finding, Identity, Outcome, Place, RuleMeta, Severity};

/// GitHub rejects a file with more results in a run.
const RESULTS: usize = 25_000;
/// It rejects a file that is larger than 10 MB once packed by gzip; packers differ by a few in a hundred.
const PACKED: usize = 9_500_000;
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// SARIF 2.1.0.
#[derive(Debug, Clone, Copy)]
pub struct Sarif;

impl Report for Sarif {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        let redacted = !outcome.show_secrets;
        let (history, tree): (Vec<Entry>, Vec<Entry>) = outcome
            .verdict
            .shown
            .iter()
            .flat_map(|finding| finding.places.iter().map(move |place| Entry { finding, place, redacted }))
            .filter(|entry| !is_public_half(entry.place, outcome))
            .partition(|entry| entry.place.provenance.is_history());
        let mut most = RESULTS;
        let document = loop {
            let document = document(&tree, &history, (outcome, most))?;
            if most == 0 || document.len() <= PACKED || packed(document.as_bytes()) <= PACKED {
                break document;
            }
            most = most.min(tree.len().max(history.len())) * 3 / 4;
        };
        out.write_all(document.as_bytes())?;
        out.flush()
    }
}

/// Whether the place is that of an id that anybody may read, beside the secret: no alert of its own.
fn is_public_half(place: &Place, outcome: &Outcome) -> bool {
    let is_it = |rule: &RuleMeta| place.part == Some(rule.title) && rule.severity == Severity::Info;
    place.part.is_some() && outcome.rules.iter().any(is_it)
}

/// The file, with at most so many results in a run.
fn document(tree: &[Entry], history: &[Entry], (outcome, most): (&Outcome, usize)) -> io::Result<String> {
    let mut runs = vec![run("ringfence/tree/", tree, (outcome, most))];
    if !history.is_empty() {
        runs.push(run("ringfence/history/", history, (outcome, most)));
    }
    let log = Log::builder().schema(SCHEMA).version(json!("2.1.0")).runs(runs).build();
    Ok(safe::json(serde_json::to_string_pretty(&log)? + "\n"))
}

/// How large the text is once packed by gzip.
fn packed(text: &[u8]) -> usize {
    let mut packer = Compressor::new(CompressionLvl::default());
    let mut out = vec![0; packer.gzip_compress_bound(text.len())];
    packer.gzip_compress(text, &mut out).unwrap_or(text.len())
}

/// One place of one finding: what a result is made from.
#[derive(Clone, Copy)]
struct Entry<'a> {
    finding: &'a Finding,
    place: &'a Place,
    /// Whether its excerpt and line hash were made from redacted text: not under `--show-secrets`.
    redacted: bool,
}

/// A run of these entries, which come worst first.
fn run(id: &str, entries: &[Entry], (outcome, most): (&Outcome, usize)) -> Run {
    let kept = &entries[..entries.len().min(most)];
    let rules = rules::table(kept);
    let index: BTreeMap<&str, i64> = rules.iter().map(|rule| rule.id.as_str()).zip(0..).collect();
    let results: Vec<SarifResult> =
        kept.iter().map(|entry| result(entry, index[entry.finding.rule.id])).collect();
    let (invocation, notifications) = invocation::build(&outcome.coverage, entries.len() - kept.len());
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(rules)
        .notifications(notifications)
        .build();
    Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .automation_details(RunAutomationDetails::builder().id(id).build())
        .invocations(vec![invocation])
        .original_uri_base_ids(location::bases(kept))
        .column_kind(json!("unicodeCodePoints"))
        .redaction_tokens(vec!["[redacted]".to_owned()])
        .results(results)
        .properties(counts(outcome))
        .build()
}

/// What the run hides or leaves out, which SARIF has no field for.
fn counts(outcome: &Outcome) -> PropertyBag {
    let coverage = &outcome.coverage;
    let hidden: BTreeMap<&str, usize> =
        outcome.verdict.hidden.iter().map(|(reason, &count)| (reason.id(), count)).collect();
    let left: BTreeMap<&str, u64> =
        coverage.out_of_scope().iter().map(|(why, &count)| (why.id(), count)).collect();
    bag([
        ("complete", json!(coverage.complete())),
        ("hidden", json!(hidden)),
        ("outOfScope", json!(left)),
        ("filesScanned", json!(coverage.scanned.files)),
        ("blobsScanned", json!(coverage.scanned.blobs)),
        ("commitsScanned", json!(coverage.scanned.commits)),
    ])
}

fn result(entry: &Entry, rule_index: i64) -> SarifResult {
    let Entry { finding, place, .. } = entry;
    let name = if finding.lint.is_some() { "envlint/v1" } else { "ringfenceFingerprint/v1" };
    let mut prints = BTreeMap::from([(name.to_owned(), finding.identity.full())]);
    if let Some(hash) = place.line_hash.as_ref().filter(|_| entry.redacted) {
        prints.insert("primaryLocationLineHash".to_owned(), hash.clone());
    }
    SarifResult::builder()
        .rule_id(finding.rule.id)
        .rule_index(rule_index)
        .level(level(finding.severity))
        .message(Message::builder().text(message(entry)).build())
        .locations(vec![location::build(entry)])
        .partial_fingerprints(prints)
        .correlation_guid(guid(&finding.identity))
        .rank(rank(finding))
        .properties(properties(entry))
        .build()
}

/// What it is first (GitHub shows one sentence as the title), then what may be shown of it.
fn message(entry: &Entry) -> String {
    let Entry { finding, place, .. } = entry;
    let mut text = words::sentence(&finding.message());
    if finding.lint.is_none() {
        text += &format!(" Value: '{}'.", finding.masked);
    }
    text += &words::in_archive(place);
    text += &words::generated(place);
    if let Some(commit) = &place.commit {
        text += &format!(" In the history since commit '{}'", words::commit(&commit.id, commit.author_time));
        text += &place.at_head.map(|yes| format!(", {}", words::at_head(yes))).unwrap_or_default();
        text.push('.');
    }
    text
}

fn properties(entry: &Entry) -> PropertyBag {
    let Entry { finding, place, .. } = entry;
    let mut all = bag([
        ("confidence", json!(finding.confidence.name())),
        ("severity", json!(finding.severity.name())),
        ("security-severity", json!(finding.severity.security_severity())),
    ]);
    let properties = &mut all.additional_properties;
    if let Some(commit) = &place.commit {
        properties.insert("commit".to_owned(), json!(commit.id));
        properties.insert("date".to_owned(), json!(words::time(commit.author_time)));
    }
    if let Some(at_head) = place.at_head {
        properties.insert("atHead".to_owned(), json!(at_head));
    }
    if let Some(object) = location::object(place) {
        properties.insert("object".to_owned(), json!(object));
    }
    all
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low | Severity::Info => ResultLevel::Note,
    }
}

/// 0 to 100: how bad, less where we are less sure.
fn rank(finding: &Finding) -> f64 {
    let bad = match finding.severity {
        Severity::Critical => 95.0,
        Severity::High => 80.0,
        Severity::Medium => 55.0,
        Severity::Low => 20.0,
        Severity::Info => 0.0,
    };
    match finding.confidence {
        Confidence::High => bad,
        Confidence::Medium => bad * 0.8,
        Confidence::Low => bad * 0.5,
    }
}

/// A UUID made from the identity; version and variant as in a random one.
fn guid(identity: &Identity) -> String {
    let mut hash = blake3::hash(identity.full().as_bytes()).to_hex().as_str()[..32].to_owned();
    let variant = u8::from_str_radix(&hash[16..17], 16).expect("a hash is hex");
    hash.replace_range(12..13, "4");
    hash.replace_range(16..17, &format!("{:x}", variant & 3 | 8));
    format!("{}-{}-{}-{}-{}", &hash[..8], &hash[8..12], &hash[12..16], &hash[16..20], &hash[20..])
}

fn bag<const N: usize>(properties: [(&str, Value); N]) -> PropertyBag {
    let properties: BTreeMap<String, Value> =
        properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    PropertyBag::builder().additional_properties(properties).build()
}

#[cfg(test)]
mod tests;
