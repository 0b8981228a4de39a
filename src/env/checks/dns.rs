//! Mail records of a domain: SPF, DMARC and DKIM in zone files, Terraform, octoDNS and dnscontrol.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::model::{Env, File, Format, Project};
use super::super::names::re;
use super::{Level, Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files.iter().enumerate() {
        let is_zone = file.format == Format::Zone;
        let text = if file.code.is_empty() { &file.text } else { &file.code };
        let may_hold = is_zone
            || file.format == Format::Hcl
            || file.name().starts_with("dnsconfig")
            || (file.format == Format::Yaml
                && (file.text.contains("TXT") || file.path.contains("dns") || file.path.contains("zones")));
        if !may_hold || file.env == Env::Example {
            continue;
        }
        let records = records(text);
        for record in &records {
            spf(sink, index, record);
            dmarc(sink, index, record);
            dkim(sink, index, record);
        }
        two_spf(sink, index, file, &records);
        if is_zone {
            missing_dmarc(project, sink, index, &records);
        }
    }
}

/// A TXT record's text with its joins undone, and where it stands.
struct Record {
    text: String,
    span: Range<usize>,
    /// The line before the text: the record's name in a zone.
    before: String,
}

static BEGIN: LazyLock<Regex> = LazyLock::new(|| re(r"(?i)v=spf1\b|v=DMARC1\b|v=DKIM1\b"));

fn records(text: &str) -> Vec<Record> {
    let mut out: Vec<Record> = Vec::new();
    for found in BEGIN.find_iter(text) {
        let line_start = text[..found.start()].rfind('\n').map_or(0, |n| n + 1);
        let before = text[line_start..found.start()].to_owned();
        if before.trim_start().starts_with([';', '#'])
            || out.last().is_some_and(|last| found.start() < last.span.end)
        {
            continue;
        }
        let quote = before.trim_end().chars().next_back().filter(|c| matches!(c, '"' | '\''));
        let (joined, end) = joined(text, found.start(), quote);
        out.push(Record { text: joined, span: found.start()..end, before });
    }
    out
}

/// The text up to its closing quote, and what adjacent strings add: `"a" "b"` is `ab`.
fn joined(text: &str, start: usize, quote: Option<char>) -> (String, usize) {
    let Some(quote) = quote else {
        let end = text[start..].find(['\n', '"']).map_or(text.len(), |n| start + n);
        return (text[start..end].trim().replace("\\;", ";"), end);
    };
    let mut out = String::new();
    let mut at = start;
    loop {
        let Some(close) = text[at..].find(quote).map(|n| at + n) else {
            return (out + &text[at..], text.len());
        };
        let escaped = text[..close].ends_with('\\');
        out.push_str(text[at..close].trim_end_matches('\\'));
        let rest = &text[close + 1..];
        let gap = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\\', '"']).len();
        let more = rest[..gap].contains(quote);
        if escaped && !more {
            return (out, close);
        }
        if !more || rest[..gap].matches('\n').count() > 1 {
            return (out.replace("\\;", ";"), close);
        }
        at = close + 1 + gap;
    }
}

fn tag(text: &str, name: &str) -> Option<String> {
    text.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_ascii_lowercase())
    })
}

fn is(record: &Record, begin: &str) -> bool {
    record.text.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin))
}

fn spf(sink: &mut Sink, index: usize, record: &Record) {
    if !is(record, "v=spf1") {
        return;
    }
    let terms: Vec<String> = record.text.split_whitespace().map(str::to_ascii_lowercase).collect();
    let all = terms.iter().find(|term| term.trim_start_matches(['+', '-', '~', '?']) == "all");
    let lookups = terms.iter().filter(|term| {
        let term = term.trim_start_matches(['+', '-', '~', '?']);
        ["include:", "a:", "mx:", "ptr", "exists:", "redirect="].iter().any(|kind| term.starts_with(kind))
            || matches!(term, "a" | "mx")
    });
    let lookups = lookups.count();
    let at = |message: &str, level| {
        Problem::at("spf-permissive", index, record.span.clone(), Env::Production, message).level(level)
    };
    match all.map(String::as_str) {
        Some("all" | "+all") => sink.push(at("SPF lets every host send mail for the domain", Level::Error)),
        Some("?all") => sink.push(at("SPF says nothing of hosts that are not listed", Level::Warning)),
        _ if lookups > 10 => {
            sink.push(at("SPF needs more than 10 look-ups, so receivers ignore it", Level::Warning))
        }
        _ => {}
    }
}

/// Two SPF records of one name count as none.
fn two_spf(sink: &mut Sink, index: usize, file: &File, records: &[Record]) {
    if file.format != Format::Zone {
        return;
    }
    let owner = |record: &Record| {
        record
            .before
            .split_whitespace()
            .next()
            .map(|name| name.trim_end_matches('.').to_owned())
            .unwrap_or_default()
    };
    let own: Vec<&Record> = records.iter().filter(|record| is(record, "v=spf1")).collect();
    for (at, record) in own.iter().enumerate().skip(1) {
        if own[..at].iter().any(|other| owner(other) == owner(record)) {
            let message = "A second SPF record: receivers take neither";
            sink.push(
                Problem::at("spf-permissive", index, record.span.clone(), Env::Production, message)
                    .level(Level::Error),
            );
        }
    }
}

fn dmarc(sink: &mut Sink, index: usize, record: &Record) {
    if !is(record, "v=DMARC1") {
        return;
    }
    let policy = tag(&record.text, "p").unwrap_or_default();
    let share: Option<u32> = tag(&record.text, "pct").and_then(|pct| pct.parse().ok());
    let (level, message) = match () {
        () if policy != "quarantine" && policy != "reject" => {
            (Level::Warning, "DMARC only watches: forged mail is delivered")
        }
        () if share.is_some_and(|pct| pct < 100) => (Level::Note, "DMARC holds for a part of the mail only"),
        () if tag(&record.text, "rua").is_none() => (Level::Note, "Nobody gets DMARC's reports"),
        () => return,
    };
    sink.push(
        Problem::at("dmarc-not-enforced", index, record.span.clone(), Env::Production, message).level(level),
    );
}

fn dkim(sink: &mut Sink, index: usize, record: &Record) {
    if !is(record, "v=DKIM1") {
        return;
    }
    let flags = tag(&record.text, "t").unwrap_or_default();
    let message = match () {
        () if flags.split(':').any(|flag| flag.trim() == "y") => "DKIM is in test mode",
        () if tag(&record.text, "p").is_some_and(|key| key.is_empty()) => "DKIM's key is revoked",
        () => return,
    };
    sink.push(Problem::at("dkim-test-mode", index, record.span.clone(), Env::Production, message));
}

/// A zone that takes mail has a DMARC record, here or in another file of the project.
fn missing_dmarc(project: &Project, sink: &mut Sink, index: usize, records: &[Record]) {
    static MX: LazyLock<Regex> = LazyLock::new(|| re(r"(?mi)^[^;\n]*\s(?:IN\s+)?MX\s+\d+\s+\S"));
    let file = &project.files[index];
    let has = records.iter().any(|record| is(record, "v=DMARC1")) || file.text.contains("_dmarc");
    if let Some(found) = MX.find(&file.text).filter(|_| !has) {
        let message = "The domain takes mail and has no DMARC record";
        sink.push(
            Problem::at("dmarc-not-enforced", index, found.range(), Env::Production, message)
                .level(Level::Warning),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_joined_as_dns_joins_them() {
        let text = "a IN TXT \"v=spf1 include:x \" \"~all\"\nb IN TXT ( \"v=DMARC1; \"\n  \"p=none\" )\n; c TXT \"v=spf1 +all\"\nvalue = \"\\\"v=DKIM1; t=y\\\"\"\n";
        let got: Vec<String> = records(text).into_iter().map(|record| record.text).collect();
        assert_eq!(got, ["v=spf1 include:x ~all", "v=DMARC1; p=none", "v=DKIM1; t=y"]);
    }
}
