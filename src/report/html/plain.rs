//! What a page says where scripts are off: the verdict, the launch rows, a line for each finding and variable, coverage.

use super::super::{counts, safe, words};
use crate::finding::{Finding, LaunchRow, Outcome, Variable};

/// Markup of our own round text that is none.
pub(super) fn list(outcome: &Outcome, only_inventory: bool) -> String {
    let mut out = String::from("<h1>ringfence</h1><p>Scripts are off: this is the plain form.</p>");
    let findings = &outcome.verdict.shown;
    if !only_inventory {
        let count = words::count(findings.len() as u64, "finding");
        out += &format!("<p>{count}. {}</p>", escape(&counts::verdict(outcome)));
    }
    out += &table(&["state", "question", "detail"], outcome.launch.iter().map(launch_row));
    out += &table(&["severity", "what", "rule", "where", "value"], findings.iter().map(finding_row));
    out += &table(&["variable", "class", "environments"], outcome.inventory.iter().map(variable_row));
    let notes = counts::sentences(outcome);
    let notes = notes.iter().map(|(about, text)| format!("<li>{}: {}</li>", about.name(), escape(text)));
    out + "<ul>" + &notes.collect::<String>() + "</ul>"
}

fn launch_row(row: &LaunchRow) -> Vec<String> {
    vec![row.state.name().to_owned(), row.title.clone(), row.detail.clone()]
}

fn finding_row(finding: &Finding) -> Vec<String> {
    let what = finding.lint.as_ref().map_or(finding.rule.title, |lint| &lint.message);
    let places = finding.places.iter().map(|place| format!("{}:{}", words::path(place), place.span.line));
    let places: Vec<String> = places.collect();
    vec![
        finding.severity.name().to_owned(),
        what.to_owned(),
        finding.rule.id.to_owned(),
        places.join(", "),
        finding.masked.clone(),
    ]
}

fn variable_row(variable: &Variable) -> Vec<String> {
    let cells = variable.environments.iter().filter(|(_, cell)| *cell != "missing");
    let cells: Vec<String> = cells.map(|(environment, cell)| format!("{environment}: {cell}")).collect();
    vec![variable.key.clone(), variable.class.to_owned(), cells.join(", ")]
}

/// A table; nothing where it has no rows.
fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = rows.map(line).collect();
    match body.as_str() {
        "" => body,
        body => {
            let heads: String = heads.iter().map(|head| format!("<th>{head}</th>")).collect();
            format!("<table><thead><tr>{heads}</tr></thead><tbody>\n{body}</tbody></table>")
        }
    }
}

/// Text in which nothing is markup, nor steers a terminal or the direction of reading.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in safe::terminal(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
