//! The variables of a project as a table in Markdown: what each environment has, who looks after it, where it is set.

use std::io;

use super::super::words;
use super::{ROWS, code, plain};
use crate::finding::{ENVIRONMENTS, Variable};

/// The table; environments in which nothing is set have no column.
pub(super) fn table(rows: &[Variable], out: &mut dyn io::Write) -> io::Result<()> {
    let is_used = |name: &&str| rows.iter().any(|row| state(row, name) != "missing");
    let used: Vec<&str> = ENVIRONMENTS.into_iter().filter(is_used).collect();
    let heads = ["variable"].into_iter().chain(used.iter().copied());
    let heads: Vec<&str> = heads.chain(["class", "owner", "rotated", "set at"]).collect();
    line(out, heads.iter().map(|head| (*head).to_owned()))?;
    line(out, heads.iter().map(|_| "---".to_owned()))?;
    for row in rows.iter().take(ROWS) {
        let cells = used.iter().map(|name| cell(state(row, name)));
        let after = [class(row), text(&row.owner), text(&row.rotated), places(&row.origins)];
        line(out, [code(&row.key)].into_iter().chain(cells).chain(after))?;
    }
    match rows.len().checked_sub(ROWS) {
        Some(more @ 1..) => writeln!(out, "\nAnd {}.", words::count(more as u64, "more variable")),
        _ => Ok(()),
    }
}

/// The table, folded: beside findings it is there to be looked up.
pub(super) fn folded(rows: &[Variable], out: &mut dyn io::Write) -> io::Result<()> {
    let count = words::count(rows.len() as u64, "variable");
    writeln!(out, "\n<details><summary>{count} by environment</summary>\n")?;
    table(rows, out)?;
    writeln!(out, "\n</details>")
}

fn line(out: &mut dyn io::Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))
}

fn state<'a>(row: &'a Variable, environment: &str) -> &'a str {
    row.environments.get(environment).map_or("missing", String::as_str)
}

/// Equal names of secrets tell that two environments hold one value.
fn cell(state: &str) -> String {
    match state {
        "present" => "set".to_owned(),
        "missing" => "–".to_owned(),
        secret if secret.starts_with("fp:") || secret.starts_with("w-") => format!("secret {}", code(secret)),
        other => plain(other),
    }
}

fn class(row: &Variable) -> String {
    let to_clients = if row.client_exposed { ", to clients" } else { "" };
    plain(row.class) + to_clients
}

fn text(of: &Option<String>) -> String {
    plain(of.as_deref().unwrap_or_default())
}

fn places(origins: &[String]) -> String {
    origins.iter().map(|origin| code(origin)).collect::<Vec<_>>().join(" ")
}
