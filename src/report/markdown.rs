//! Markdown, for a job summary or a comment on a pull request. A value never appears here.
//!
//! Whatever a repository chose stands in code elements with every character that Markdown knows escaped, so
//! that it makes no link, no mention and no markup.

mod audit;
mod inventory;

use std::collections::BTreeMap;
use std::io;

use super::{Report, counts, safe, words};
use crate::finding::{Finding, Outcome, RuleMeta, Variable};

/// Rows of findings: GitHub cuts a summary off at one megabyte.
const ROWS: usize = 500;

/// Markdown.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

impl Markdown {
    /// Nothing but the variables of a project.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn variables(self, rows: &[Variable], out: &mut dyn io::Write) -> io::Result<()> {
        inventory::table(rows, out)
    }
}

impl Report for Markdown {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        let shown = &outcome.verdict.shown;
        writeln!(out, "### ringfence: {}\n", words::count(shown.len() as u64, "finding"))?;
        writeln!(out, "{}\n", plain(&counts::verdict(outcome)))?;
        if !outcome.launch.is_empty() {
            writeln!(out, "| | | |\n|---|---|---|")?;
            for row in &outcome.launch {
                writeln!(out, "| {} | {} | {} |", row.state.name(), plain(&row.title), plain(&row.detail))?;
            }
            writeln!(out)?;
        }
        if !shown.is_empty() {
            writeln!(out, "| severity | what | where | value | confidence |\n|---|---|---|---|---|")?;
        }
        for finding in shown.iter().take(ROWS) {
            writeln!(out, "{}", row(finding))?;
        }
        if shown.len() > ROWS {
            writeln!(out, "\nAnd {} more.", words::count((shown.len() - ROWS) as u64, "finding"))?;
        }
        writeln!(out)?;
        for (about, text) in counts::sentences(outcome) {
            writeln!(out, "- {}: {}", about.name(), plain(&text))?;
        }
        if let Some(audit) = &outcome.audit {
            audit::write(shown, audit, out)?;
            return out.flush();
        }
        if !outcome.inventory.is_empty() {
            inventory::folded(&outcome.inventory, out)?;
        }
        let rules: BTreeMap<&str, &RuleMeta> =
            shown.iter().map(|finding| (finding.rule.id, &finding.rule)).collect();
        if !rules.is_empty() {
            writeln!(out, "\n#### What to do")?;
        }
        for (id, rule) in rules {
            writeln!(out, "\n**{}** ({})\n", plain(rule.title), code(id))?;
            for step in rule.rotate_steps {
                writeln!(out, "1. {}", plain(step))?;
            }
        }
        out.flush()
    }
}

fn row(finding: &Finding) -> String {
    let first = &finding.places[0];
    let mut place = code(&format!("{}:{}", words::path(first), first.span.line));
    if let Some(original) = &first.original {
        place += &format!(" from {}", code(&format!("{}:{}", original.path, original.line)));
    }
    if let Some(commit) = &first.commit {
        place += &format!(" in {}", code(&words::commit(&commit.id, commit.author_time)));
    }
    if finding.places.len() > 1 {
        place += &format!(" and {}", words::count(finding.places.len() as u64 - 1, "other place"));
    }
    let (severity, sure) = (finding.severity.name(), finding.confidence.name());
    let what = match &finding.lint {
        Some(lint) => plain(&lint.message),
        None => plain(finding.rule.title),
    };
    format!(
        "| {severity} | {what} {} | {place} | {} | {sure} |",
        code(finding.rule.id),
        code(&finding.masked)
    )
}

/// Text of our own, or made safe, with nothing in it that is markup.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in safe::terminal(text).chars() {
        match c {
            '&' | '<' | '>' | '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '@' | '#' | '~' | '!' | '$' => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// Text in a code element; a link or mention in it stays text.
fn code(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("<code>{}</code>", plain(text).replace("://", ":&#47;&#47;")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{file, finding, outcome, place, rendered};

    #[test]
    fn a_name_from_a_repository_makes_no_markup() {
        let hostile = b"a|b`](https://x.example)<img src=x>@team\n# x.ts";
        let shown = rendered(Format::Markdown, &outcome(vec![finding(0, vec![place(file(hostile), 0, 12)])]));
        let row = shown.lines().find(|line| line.contains("src=x")).expect("it is there");
        assert_eq!(row.matches('|').count(), 6, "{row}");
        for markup in ["](", "<img", "@team", "https://", "`"] {
            assert!(!row.contains(markup), "{markup} in {row}");
        }
    }

    #[test]
    fn each_rule_says_what_to_do_once() {
        let two = vec![finding(0, vec![place(file(b"a"), 0, 1)]), finding(0, vec![place(file(b"b"), 0, 1)])];
        let shown = rendered(Format::Markdown, &outcome(two));
        assert_eq!(shown.matches("Revoke the token").count(), 1, "{shown}");
    }
}
