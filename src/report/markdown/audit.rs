//! An audit in Markdown: a checklist for each secret, and one for the purge.

use std::io;

use super::super::words;
use super::{code, plain};
use crate::finding::{Audit, CommitRef, Exposure, Finding, Place};

/// Places of one finding; the rest is counted.
const PLACES: usize = 100;

/// The sections of an audit.
pub(super) fn write(findings: &[Finding], audit: &Audit, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in findings {
        writeln!(out, "\n#### {} {}\n", plain(finding.rule.title), code(&finding.masked))?;
        for line in facts(finding) {
            writeln!(out, "- {line}")?;
        }
        writeln!(out)?;
        if !finding.rule.rotate_console.is_empty() {
            writeln!(out, "- [ ] Open {}", code(finding.rule.rotate_console))?;
        }
        for step in finding.rule.rotate_steps {
            writeln!(out, "- [ ] {}", plain(step))?;
        }
    }
    if audit.steps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n#### What to do now\n")?;
    for step in &audit.steps {
        writeln!(out, "- [ ] {}", plain(&step.text))?;
        for command in &step.commands {
            writeln!(out, "  - {}", code(command))?;
        }
    }
    let lists = [("The plan does not take out", &audit.by_hand), ("Out of reach", &audit.out_of_reach)];
    for (title, lines) in lists.iter().filter(|(_, lines)| !lines.is_empty()) {
        writeln!(out, "\n#### {title}\n")?;
        for line in lines.iter() {
            writeln!(out, "- {}", plain(line))?;
        }
    }
    Ok(())
}

/// Whether it is in use, since when it is in the history, and where it stands.
fn facts(finding: &Finding) -> Vec<String> {
    let mut lines = vec![words::in_use(finding)];
    if let Some(exposure) = &finding.exposure {
        let one = |verb: &str, commit: &CommitRef| {
            format!("{verb} in {}", code(&words::commit(&commit.id, commit.author_time)))
        };
        lines.extend(exposure.introduced.iter().map(|commit| one("introduced", commit)));
        lines.extend(exposure.removed.iter().map(|commit| one("removed", commit)));
        lines.extend(held(exposure));
    }
    lines.extend(finding.places.iter().take(PLACES).map(at));
    if let Some(more @ 1..) = finding.places.len().checked_sub(PLACES) {
        lines.push(format!("and {}", words::count(more as u64, "other place")));
    }
    lines
}

/// For how long, and what holds it now.
fn held(exposure: &Exposure) -> Vec<String> {
    let mut text = words::at_head(exposure.at_head).to_owned();
    if let Some(days) = exposure.days_reachable.filter(|_| exposure.reachable) {
        text += &format!("; exposed for {}", words::count(days, "day"));
    }
    if !exposure.reachable {
        text += "; in no branch or tag, only in objects that git keeps for a while";
    }
    let mut lines = vec![text];
    for (noun, names) in [("branches", &exposure.branches), ("tags", &exposure.tags)] {
        let names: Vec<String> = names.iter().map(|name| code(name)).collect();
        lines.extend((!names.is_empty()).then(|| format!("held by {noun}: {}", names.join(", "))));
    }
    if let Some(first) = &exposure.first_release {
        let day = words::day(first.time).map(|day| format!(" of {day}")).unwrap_or_default();
        lines.push(format!("first release: {}{day}", code(&first.tag)));
    }
    lines
}

fn at(place: &Place) -> String {
    let mut text = format!("at {}", code(&format!("{}:{}", words::path(place), place.span.line)));
    if let Some(original) = &place.original {
        text += &format!(" from {}", code(&format!("{}:{}", original.path, original.line)));
    }
    if let Some(encoding) = place.encoding {
        text += &format!(" ({encoding})");
    }
    if let Some(commit) = &place.commit {
        text += &format!(" in {}", code(&words::commit(&commit.id, commit.author_time)));
    }
    text
}
