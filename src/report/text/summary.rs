//! The end of the text report: how many findings, what is hidden, what was scanned and what was not.

use anstyle::AnsiColor;

use super::super::{Options, safe, words};
use super::paint;
use crate::finding::{Coverage, Finding, Gap, GapReason, Outcome, Scanned, Severity};

/// Examples that are listed for each reason; the rest is counted.
const EXAMPLES: usize = 5;

/// The summary; only the warning that the scan is incomplete where `options.quiet`.
pub(super) fn render(outcome: &Outcome, options: &Options) -> String {
    let mut lines = Vec::new();
    if !options.quiet {
        lines.push(format!("findings: {}", by_severity(&outcome.verdict.shown)));
        for (reason, count) in &outcome.verdict.hidden {
            lines.push(format!("hidden: {} {}", words::number(*count as u64), reason.phrase()));
        }
        lines.push(format!("scanned: {}", scanned(&outcome.coverage.scanned)));
        for (&why, count) in outcome.coverage.out_of_scope() {
            let names: Vec<String> = outcome.coverage.left_out_names(why).map(safe::terminal).collect();
            let such_as = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
            lines.push(format!("out of scope: {} {}{such_as}", words::number(*count), why.phrase()));
        }
        for (reason, gaps) in outcome.coverage.gaps_by_reason() {
            lines.extend(gap_lines(reason, &gaps));
        }
        lines.extend(outcome.coverage.notes().iter().map(|note| format!("note: {}", safe::terminal(note))));
    }
    if !options.quiet || !outcome.coverage.complete() {
        lines.push(last_line(&outcome.coverage, options));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// `3 (1 critical, 2 high)`, worst first.
fn by_severity(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "none".to_owned();
    }
    let counts = Severity::ALL.iter().rev().filter_map(|&severity| {
        let count = findings.iter().filter(|finding| finding.severity == severity).count();
        (count > 0).then(|| format!("{} {}", words::number(count as u64), severity.name()))
    });
    let counts: Vec<String> = counts.collect();
    format!("{} ({})", words::number(findings.len() as u64), counts.join(", "))
}

fn scanned(scanned: &Scanned) -> String {
    let sized =
        |n: u64, noun: &str, bytes: u64| format!("{} ({})", words::count(n, noun), words::size(bytes));
    let mut parts = Vec::new();
    if scanned.files > 0 || scanned.blobs + scanned.commits == 0 {
        parts.push(sized(scanned.files, "file", scanned.file_bytes));
    }
    if scanned.members > 0 {
        let shown = words::count(scanned.members, "member");
        parts.push(format!("{shown} of archives ({})", words::size(scanned.member_bytes)));
    }
    if scanned.blobs + scanned.commits + scanned.refs > 0 {
        parts.push(sized(scanned.blobs, "blob", scanned.blob_bytes));
        parts.push(words::count(scanned.commits, "commit"));
        parts.push(words::count(scanned.refs, "ref"));
    }
    parts.join(", ")
}

/// How many, why and what to do; then the first few.
fn gap_lines(reason: GapReason, gaps: &[&Gap]) -> Vec<String> {
    let count = words::number(gaps.len() as u64);
    let mut lines = vec![format!("not scanned: {count} {}: {}", reason.id(), reason.way_out())];
    lines.extend(gaps.iter().take(EXAMPLES).map(|gap| {
        let detail = if gap.detail.is_empty() { String::new() } else { format!(": {}", gap.detail) };
        format!("  {}", safe::terminal(&format!("{}{detail}", gap.place)))
    }));
    if gaps.len() > EXAMPLES {
        lines.push(format!("  and {} more", words::number((gaps.len() - EXAMPLES) as u64)));
    }
    lines
}

fn last_line(coverage: &Coverage, options: &Options) -> String {
    if coverage.complete() {
        let word = paint("complete", AnsiColor::Green.on_default().bold(), options);
        return format!("{word}: everything in scope was scanned");
    }
    let word = paint("INCOMPLETE", AnsiColor::BrightRed.on_default().bold(), options);
    match coverage.gaps().len() as u64 {
        1 => format!("{word}: 1 thing in scope was not scanned"),
        count => format!("{word}: {} things in scope were not scanned", words::number(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{hostile, outcome};
    use super::*;

    fn summary(outcome: &Outcome) -> String {
        render(outcome, &Options { color: false, quiet: false, terminal_width: 80, now: 0 })
    }

    #[test]
    fn everything_that_is_not_shown_is_counted_with_its_reason() {
        let shown = summary(&hostile());
        for line in [
            "findings: 3 (1 critical, 2 medium)",
            "hidden: 77 of low confidence (--confidence low shows them)",
            "hidden: 88 only in unreachable objects",
            "scanned: 1,204 files (3.4 MiB), 40 blobs (0 bytes), 12 commits, 3 refs",
            "out of scope: 99 ignored files left out (--no-ignore takes them in)",
            "not scanned: 130 unreadable: check the permissions and the disk, then scan again",
            "  no/004: permission denied",
            "  and 125 more",
            "  pack-1\u{fffd}]0;x\u{fffd}.pack: bad\u{fffd}checksum",
            "note: the repository belongs to another user\u{fffd}[2J",
        ] {
            assert!(shown.lines().any(|have| have == line), "{line:?} is not in\n{shown}");
        }
        assert!(!shown.contains("no/005"));
    }

    #[test]
    fn one_gap_is_one_thing() {
        let mut one = outcome(Vec::new());
        one.coverage.gap(GapReason::Shallow, "HEAD", "");
        assert!(summary(&one).ends_with("INCOMPLETE: 1 thing in scope was not scanned\n"));
    }
}
