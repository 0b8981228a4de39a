//! Findings of the environment lint: a line each, what to fix first before what may wait, by environment.

use anstyle::AnsiColor;

use super::super::{Options, safe, words};
use super::paint;
use crate::finding::{Finding, LintFacts, Severity};

/// Environments in the order in which they matter.
const ORDER: [&str; 7] = ["production", "staging", "shared", "unknown", "development", "test", "example"];

/// All lint findings of a report; empty where there are none.
pub(super) fn render(findings: &[&Finding], options: &Options) -> String {
    let mut out = String::new();
    for (title, first) in [("fix first", true), ("defer", false)] {
        let mut group: Vec<(&Finding, &LintFacts)> = findings
            .iter()
            .filter(|finding| finding.fix_first() == first)
            .filter_map(|finding| Some((*finding, finding.lint.as_ref()?)))
            .collect();
        if group.is_empty() {
            continue;
        }
        group.sort_by_key(|(_, facts)| ORDER.iter().position(|env| *env == facts.environment));
        out += &format!("{}\n", paint(title, AnsiColor::BrightRed.on_default().bold(), options));
        let mut env = "";
        for (finding, facts) in group {
            if facts.environment != env {
                env = &facts.environment;
                out += &format!("  {env}\n");
            }
            out += &line(finding, facts, options);
        }
        out.push('\n');
    }
    out
}

/// `path:line:col  CHECK  level  message  (checklist phrase)`.
fn line(finding: &Finding, facts: &LintFacts, options: &Options) -> String {
    let place = &finding.places[0];
    let at = format!("{}:{}:{}", safe::terminal(&words::path(place)), place.span.line, place.span.column);
    let level = finding.severity.sarif_level();
    let style = match finding.severity {
        Severity::Critical | Severity::High => AnsiColor::BrightRed.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default().bold(),
        Severity::Low | Severity::Info => AnsiColor::BrightBlue.on_default(),
    };
    let phrase = finding.rule.lint.map_or("", |lint| lint.phrase);
    let phrase = if phrase.is_empty() { String::new() } else { format!("  ({phrase})") };
    let message = safe::terminal(&facts.message);
    format!("    {at}  {}  {}  {message}{phrase}\n", finding.rule.id, paint(level, style, options))
}
