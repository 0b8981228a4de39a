//! `ringfence inventory`: all variables of a project and who looks after them, without values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::args::{InventoryArgs, InventoryFormat};
use super::own::config;
use super::{FOUND, INCOMPLETE, fingerprint_key, today};
use crate::env::Project;
use crate::env::inventory::rows;
use crate::finding::{Coverage, ENVIRONMENTS, Outcome, Variable, Verdict};
use crate::report::{Html, Markdown, Report, terminal};
use crate::run;

/// Prints the inventory; returns the exit code. Another inventory than that of `--check` is a finding.
pub(super) fn run(args: &InventoryArgs) -> Result<u8> {
    let key = fingerprint_key(args.fingerprint_key_file.as_deref())?;
    let (project, coverage) = run::read_project(&args.path, config(args.config.as_deref())?, key);
    say_what_is_missing(&coverage)?;
    let rows = rows(&project);
    let complete = if coverage.complete() { 0 } else { INCOMPLETE };
    if let Some(file) = &args.check {
        let name = file.display();
        let known = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
        let now = json(&rows)?;
        if known.trim() == now.trim() {
            return Ok(complete);
        }
        let told = "is not the inventory of today: write it anew with `ringfence inventory -f json`";
        let all: String = drift(&known, &now).iter().map(|line| format!("  {}\n", terminal(line))).collect();
        write!(io::stderr(), "ringfence: {name} {told}\n{all}").context("cannot write to standard error")?;
        return Ok(complete.max(FOUND));
    }
    let text = match (args.why, args.format) {
        (true, _) => why(&project),
        (false, InventoryFormat::Table) => table(&rows),
        (false, InventoryFormat::Markdown) => markdown(&rows)?,
        (false, InventoryFormat::Json) => json(&rows)?,
        (false, InventoryFormat::Csv) => csv(&rows),
        (false, InventoryFormat::Html) => html(&args.path, rows, coverage)?,
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(complete),
        other => other.map(|()| complete).context("cannot write to standard output"),
    }
}

/// A page with nothing but the variables.
fn html(path: &Path, inventory: Vec<Variable>, coverage: Coverage) -> Result<String> {
    let outcome = Outcome {
        verdict: Verdict::default(),
        coverage,
        launch: Vec::new(),
        audit: None,
        inventory,
        subject: run::name_of(path).unwrap_or_default(),
        show_secrets: false,
        rules: Vec::new(),
    };
    let mut out = Vec::new();
    Html { now: today()?, only_inventory: true }.write(&outcome, &mut out)?;
    Ok(String::from_utf8(out)?)
}

/// How two inventories in JSON differ, a line for each variable.
fn drift(known: &str, now: &str) -> Vec<String> {
    let variables = |text: &str| -> Option<BTreeMap<String, Value>> {
        let all: Value = serde_json::from_str(text).ok()?;
        let keyed = |variable: &Value| Some((variable["key"].as_str()?.to_owned(), variable.clone()));
        all["variables"].as_array()?.iter().map(keyed).collect()
    };
    let (Some(known), Some(now)) = (variables(known), variables(now)) else {
        return vec!["it is no inventory in JSON".into()];
    };
    let fields = |before: &Value, after: &Value| -> Vec<String> {
        let names = after.as_object().into_iter().flat_map(|fields| fields.keys());
        names.filter(|name| before[name.as_str()] != after[name.as_str()]).cloned().collect()
    };
    let told = |key: &String| match (known.get(key), now.get(key)) {
        (None, _) => Some(format!("{key}: new")),
        (_, None) => Some(format!("{key}: gone")),
        (Some(before), Some(after)) if before == after => None,
        (Some(before), Some(after)) => Some(format!("{key}: other {}", fields(before, after).join(", "))),
    };
    let keys: BTreeSet<&String> = known.keys().chain(now.keys()).collect();
    keys.into_iter().filter_map(told).collect()
}

/// Names on standard error what could not be read: without it the exit code would have no reason.
fn say_what_is_missing(coverage: &Coverage) -> Result<()> {
    for gap in coverage.gaps() {
        writeln!(io::stderr(), "ringfence: not read: {}: {}", terminal(&gap.place), terminal(&gap.detail))
            .context("cannot write to standard error")?;
    }
    Ok(())
}

/// Each file's environment and what told it.
fn why(project: &Project) -> String {
    project
        .files
        .iter()
        .filter(|file| project.entries.iter().any(|entry| project.file_of(entry).path == file.path))
        .fold(String::new(), |mut out, file| {
            writeln!(out, "{}: {}, by {}", terminal(&file.shown), file.env.name(), terminal(&file.reason))
                .expect("a String can be written to");
            out
        })
}

fn header() -> Vec<String> {
    let envs = ENVIRONMENTS.iter().map(|&name| name.to_owned());
    let after = ["class", "secret", "client", "owner", "rotated", "set at"].map(str::to_owned);
    ["key".to_owned()].into_iter().chain(envs).chain(after).collect()
}

fn cells(row: &Variable) -> Vec<String> {
    let envs = ENVIRONMENTS.iter().map(|&name| row.environments[name].clone());
    let yes = |yes: bool| if yes { "yes" } else { "" }.to_owned();
    let after = [
        row.class.to_owned(),
        yes(row.secret),
        yes(row.client_exposed),
        row.owner.clone().unwrap_or_default(),
        row.rotated.clone().unwrap_or_default(),
        row.origins.join(" "),
    ];
    [row.key.clone()].into_iter().chain(envs).chain(after).map(|cell| terminal(&cell)).collect()
}

fn table(rows: &[Variable]) -> String {
    let lines: Vec<Vec<String>> = [header()].into_iter().chain(rows.iter().map(cells)).collect();
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0))
        .collect();
    let padded = |line: &Vec<String>| {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    lines.iter().map(padded).collect()
}

fn markdown(rows: &[Variable]) -> Result<String> {
    let mut out = Vec::new();
    Markdown.variables(rows, &mut out)?;
    Ok(String::from_utf8(out)?)
}

fn json(rows: &[Variable]) -> Result<String> {
    let document = serde_json::json!({ "schema": 1, "variables": rows });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn csv(rows: &[Variable]) -> String {
    // A cell that begins like a formula is text all the same.
    let quoted = |cell: &String| {
        let text = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.clone() };
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let line = |cells: Vec<String>| format!("{}\n", cells.iter().map(quoted).collect::<Vec<_>>().join(","));
    line(header()) + &rows.iter().map(|row| line(cells(row))).collect::<String>()
}
