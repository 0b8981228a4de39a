//! `ringfence rules`: what is looked for, and whether a rule file is sound.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::args::RulesCommand;
use crate::detect::{self, Detector, LoadedRule, Rule};
use crate::env::{Check, Level, all_checks};

/// Runs a `rules` command; returns the exit code.
pub(super) fn run(command: RulesCommand) -> Result<u8> {
    let mut out = io::stdout().lock();
    let written = match command {
        RulesCommand::List => list(&mut out),
        RulesCommand::Docs { checks: false } => docs(&mut out),
        RulesCommand::Docs { checks: true } => checks(&mut out),
        RulesCommand::Show { id } => show(&id, &mut out)?,
        RulesCommand::Check { files } => check(&files, &mut out)?,
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        other => other.map(|()| 0).context("cannot write to standard output"),
    }
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    let mut rules = detect::builtin();
    rules.sort_by_key(|rule| rule.meta.id);
    for rule in &rules {
        writeln!(out, "{:<44} {:<9} {}", rule.meta.id, rule.meta.severity.name(), rule.meta.title)?;
    }
    writeln!(out, "{} rules", rules.len())
}

/// A table of all rules, by provider.
fn docs(out: &mut dyn Write) -> io::Result<()> {
    let mut rules = detect::builtin();
    rules.sort_by_key(|rule| (rule.meta.provider.to_lowercase(), rule.meta.id));
    let providers = rules.chunk_by(|a, b| a.meta.provider == b.meta.provider).count();
    writeln!(
        out,
        "# Rules\n\n{} rules of {providers} providers; `ringfence rules docs` prints this page.",
        rules.len()
    )?;
    writeln!(
        out,
        "`ringfence rules show ID` tells more of one: what it finds, what a holder can do, how to rotate.\n"
    )?;
    writeln!(out, "| provider | rule | severity | what | rotate |\n|---|---|---|---|---|")?;
    for rule in &rules {
        let meta = &rule.meta;
        let link =
            |text: &str, url: &str| if url.is_empty() { text.to_owned() } else { format!("[{text}]({url})") };
        let (provider, console) = (link(meta.provider, meta.docs), link("console", meta.rotate_console));
        writeln!(
            out,
            "| {provider} | `{}` | {} | {} | {console} |",
            meta.id,
            meta.severity.name(),
            meta.title
        )?;
    }
    Ok(())
}

/// A section for each check of the environment lint.
fn checks(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "# Checks of `ringfence env`\n\n{} checks; `ringfence rules docs --checks` prints this page. \
         [Environments](environments.md) says what is read, and what to do with a finding.\n\n\
         In brackets: how bad it is in production / staging / development / test / files without a marker. E error, \
         W warning, N note, – off.",
        all_checks().count()
    )?;
    all_checks().try_for_each(|check| write!(out, "\n{}", section(check)))
}

fn section(check: &Check) -> String {
    let letter = |level: &Level| match level {
        Level::Error => "E",
        Level::Warning => "W",
        Level::Note => "N",
        Level::Off => "–",
    };
    let (meta, lint) = (check.meta, check.meta.lint.expect("checks are of the lint"));
    let levels: Vec<&str> = check.levels.iter().map(letter).collect();
    format!(
        "## {}\n\n{}. {} ({})\n\n- Bad: {}\n- Good: {}\n- To do: {}\n",
        meta.id,
        meta.title,
        meta.risk,
        levels.join(" / "),
        code_in(lint.bad),
        code_in(lint.good),
        meta.rotate_steps.join(" ")
    )
}

/// Text in which a name between angle brackets is none of HTML's.
fn code_in(text: &str) -> String {
    text.replace('<', "&lt;")
}

fn show(id: &str, out: &mut dyn Write) -> Result<io::Result<()>> {
    let rules = detect::builtin();
    let Some(rule) = rules.iter().find(|rule| rule.meta.id == id) else {
        let near = near_matches(&rules, id);
        let hint = match near.is_empty() {
            true => String::new(),
            false => format!("did you mean {}? ", near.join(", ")),
        };
        bail!("no rule `{id}`; {hint}`ringfence rules list` names them all");
    };
    Ok(print_rule(rule, out))
}

/// Ids that hold `id`, begin with its first word or are spelled much like it, nearest first.
fn near_matches<'r>(rules: &'r [Rule], id: &str) -> Vec<&'r str> {
    let wanted = id.to_ascii_lowercase().replace(['_', ' '], "-");
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(known, &wanted);
    let is_near = |known: &&str| {
        let holds = wanted.len() > 2 && known.contains(&wanted);
        holds || known.split('-').next() == wanted.split('-').next() || likeness(known) >= LIKE
    };
    let mut near: Vec<&str> = rules.iter().map(|rule| rule.meta.id).filter(is_near).collect();
    near.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)).then(a.cmp(b)));
    near.truncate(5);
    near
}

/// Share of letters in common from which one name may be meant by another.
const LIKE: f64 = 0.7;

fn print_rule(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let meta = &rule.meta;
    writeln!(out, "{}: {}", meta.id, meta.title)?;
    writeln!(out, "provider    {}", meta.provider)?;
    writeln!(out, "severity    {}", meta.severity.name())?;
    writeln!(out, "confidence  {}", rule.confidence.name())?;
    writeln!(out, "risk        {}", meta.risk)?;
    writeln!(out, "docs        {}", meta.docs)?;
    writeln!(out, "rotate at   {}", meta.rotate_console)?;
    for (number, step) in meta.rotate_steps.iter().enumerate() {
        writeln!(out, "  {}. {step}", number + 1)?;
    }
    let keywords: Vec<String> =
        rule.keywords.iter().map(|keyword| keyword.escape_ascii().to_string()).collect();
    if !keywords.is_empty() {
        writeln!(out, "keywords    {}", keywords.join(", "))?;
    }
    if !rule.pattern.is_empty() {
        writeln!(out, "pattern     {}", rule.pattern)?;
    }
    Ok(())
}

/// Loads the files as a scan would, and tries each rule's examples among all other rules.
fn check(files: &[PathBuf], out: &mut dyn Write) -> Result<io::Result<()>> {
    let mut in_force = detect::builtin();
    let mut loaded: Vec<(String, LoadedRule)> = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read the rule file {name}"))?;
        for rule in detect::load_user(&name, &text)? {
            // A file of ours, maybe changed, takes the place of what is built in.
            match in_force.iter_mut().find(|known| known.meta.id == rule.meta.id) {
                Some(known) => *known = rule,
                None => in_force.push(rule),
            }
        }
        for rule in detect::load(&name, &text)?.1 {
            if loaded.iter().any(|(_, known)| known.source.id == rule.source.id) {
                bail!("{name}: a second rule `{}`; give it an id of its own", rule.source.id);
            }
            loaded.push((name.clone(), rule));
        }
    }
    let examples = try_examples(in_force, &loaded)?;
    Ok(writeln!(
        out,
        "{} rules in {} files are sound; {examples} examples were tried",
        loaded.len(),
        files.len()
    ))
}

/// Tries all examples of the rules, each of which is in force; returns how many there are.
fn try_examples(in_force: Vec<Rule>, loaded: &[(String, LoadedRule)]) -> Result<usize> {
    let detector = Detector::new(in_force);
    let (mut count, mut faults) = (0, Vec::new());
    for (file, rule) in loaded {
        let examples = &rule.source.examples;
        count += examples.matches.len() + examples.ignores.len();
        for fault in detect::example_faults(&detector, rule) {
            faults.push(format!("{file}: rule `{}`: {fault}", rule.source.id));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(count)
}
