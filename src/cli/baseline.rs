//! `ringfence baseline`: takes findings into the baseline, drops what is over, and asks somebody about the rest.

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::{BaselineArgs, BaselineCommand, HistoryArgs, ScanFlags};
use super::foreign::{self, Foreign};
use super::own::{BASELINE, read_baseline, root};
use super::{INCOMPLETE, look_everywhere, say, settings};
use crate::finding::{Baseline, Entry, Finding, Outcome, State, Unused};
use crate::report::terminal;
use crate::run::{Decisions, Run, Settings};

impl BaselineCommand {
    /// The flags of its scan.
    pub(super) fn flags(&self) -> &ScanFlags {
        match self {
            Self::Create { args, .. } | Self::Update(args) | Self::Audit(args) => &args.flags,
        }
    }
}

/// Runs a subcommand; returns the exit code.
pub(super) fn run(command: BaselineCommand) -> Result<u8> {
    match command {
        BaselineCommand::Create { from, args } => create(&args, from.as_deref()),
        BaselineCommand::Update(args) => update(&args),
        BaselineCommand::Audit(args) => audit(&args),
    }
}

fn create(args: &BaselineArgs, from: Option<&Path>) -> Result<u8> {
    let file = file(args)?;
    if file.exists() {
        bail!("{} is there already: `ringfence baseline update` brings it up to date", file.display());
    }
    let foreign = from.map(foreign::read).transpose()?;
    let settings = settings_with(args, Baseline::default())?;
    let outcome = scan(args, &settings);
    let shown = &outcome.verdict.shown;
    let entries: BTreeSet<Entry> = match &foreign {
        None => shown.iter().flat_map(|finding| entries(finding, &settings.decisions, args)).collect(),
        Some(foreign) => carried_over(foreign, shown, &settings.decisions, args)?,
    };
    say(&format!("{} entries; {} findings", entries.len(), shown.len()))?;
    write(&file, &Baseline { entries })?;
    Ok(code(&outcome))
}

/// Entries for the findings that another scanner was told to leave alone; names those that are none of ours.
fn carried_over(
    foreign: &[Foreign],
    shown: &[Finding],
    decisions: &Decisions,
    args: &BaselineArgs,
) -> Result<BTreeSet<Entry>> {
    let mut all = BTreeSet::new();
    for known in foreign {
        let mut found = false;
        for finding in shown.iter().filter(|finding| known.is(finding)) {
            found = true;
            all.extend(entries(finding, decisions, args).into_iter().map(|entry| match known.state {
                Some(state) => Entry { state, scope: "*".into(), ..entry },
                None => entry,
            }));
        }
        if !found {
            say(&format!("not carried over, nothing of it is found here: {}", terminal(&known.name)))?;
        }
    }
    Ok(all)
}

fn update(args: &BaselineArgs) -> Result<u8> {
    let file = file(args)?;
    if !file.exists() {
        bail!("{} is not there: `ringfence baseline create` makes it", file.display());
    }
    let settings = settings_with(args, read_baseline(&file)?)?;
    let outcome = scan(args, &settings);
    let (expired, over): (Vec<&Unused>, Vec<&Unused>) =
        outcome.verdict.unused.iter().partition(|unused| unused.expired);
    let mut entries = settings.decisions.baseline.entries.clone();
    let before = entries.len();
    if outcome.coverage.complete() {
        entries.retain(|entry| !over.iter().any(|unused| unused.entry == *entry));
    } else {
        say("not everything was scanned, so no entry is dropped")?;
    }
    let kept = entries.len();
    let has_expired = |finding: &&Finding| {
        let identity = finding.identity.full();
        expired.iter().any(|unused| unused.entry.identity == identity && unused.entry.rule == finding.rule.id)
    };
    let new = outcome.verdict.shown.iter().filter(|finding| !has_expired(finding));
    entries.extend(new.flat_map(|finding| self::entries(finding, &settings.decisions, args)));
    let (added, dropped) = (entries.len() - kept, before - kept);
    say(&format!("{added} entries added, {dropped} dropped, {kept} kept"))?;
    for Unused { entry, .. } in expired {
        let (rule, reason) = (terminal(&entry.rule), terminal(&entry.reason));
        say(&format!("{rule} ({reason}) has expired and is left as it is: decide on it again"))?;
    }
    write(&file, &Baseline { entries })?;
    Ok(code(&outcome))
}

/// One entry for each scope in which the finding stands.
fn entries(finding: &Finding, decisions: &Decisions, args: &BaselineArgs) -> BTreeSet<Entry> {
    let environment = finding.lint.as_ref().map(|lint| lint.environment.as_str());
    let entry = |scope: String| Entry {
        identity: finding.identity.full(),
        rule: finding.rule.id.to_owned(),
        state: State::Accepted,
        scope,
        expires: args.expires.clone(),
        reason: args.reason.clone(),
    };
    finding.places.iter().map(|place| entry(decisions.scope(place, environment))).collect()
}

/// Asks about each finding, with its value, and writes what was answered.
fn audit(args: &BaselineArgs) -> Result<u8> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        bail!("an audit shows values and asks about them: it runs on a terminal only");
    }
    let file = file(args)?;
    let before = if file.exists() { read_baseline(&file)? } else { Baseline::default() };
    let settings = settings_with(args, Baseline::default())?;
    let outcome = scan(args, &settings);
    let mut entries = before.entries;
    let count = outcome.verdict.shown.len();
    let sure = ask(&format!("{count} findings, each shown with its value on this terminal. Go on? [y/N] "))?;
    if sure != "y" {
        return Ok(0);
    }
    for (at, finding) in outcome.verdict.shown.iter().enumerate() {
        show(finding, at + 1, count)?;
        let is_this =
            |entry: &Entry| entry.identity == finding.identity.full() && entry.rule == finding.rule.id;
        let answer = ask("[t]rue secret, [f]alse positive, [a]ccepted here, [r]otated, [s]kip, [q]uit: ")?;
        let state = match answer.as_str() {
            "q" => break,
            "t" => {
                entries.retain(|entry| !is_this(entry));
                continue;
            }
            "f" => State::FalsePositive,
            "a" => State::Accepted,
            "r" => State::Rotated,
            _ => continue,
        };
        let reason = ask("Why? ")?;
        if reason.is_empty() {
            say("without a reason nothing is written")?;
            continue;
        }
        entries.retain(|entry| !is_this(entry));
        let told = BaselineArgs { reason, ..args.clone() };
        let new = self::entries(finding, &settings.decisions, &told);
        entries.extend(new.into_iter().map(|entry| match state {
            State::Accepted => entry,
            _ => Entry { state, scope: "*".into(), ..entry },
        }));
    }
    write(&file, &Baseline { entries })?;
    Ok(code(&outcome))
}

/// Shows a finding, its value and its places.
fn show(finding: &Finding, at: usize, count: usize) -> Result<()> {
    let mut out = io::stdout().lock();
    let mut text = format!("\n{at} of {count}: {} [{}]\n", finding.rule.title, finding.rule.id);
    let value = String::from_utf8_lossy(finding.secret.expose()).into_owned();
    text.push_str(&format!("  value: {}\n", terminal(&value)));
    for place in finding.places.iter().take(10) {
        let path = place.provenance.path().to_string();
        text.push_str(&format!(
            "  {}:{}: {}\n",
            terminal(&path),
            place.span.line,
            terminal(&place.excerpt.text)
        ));
    }
    if finding.places.len() > 10 {
        text.push_str(&format!("  and {} more places\n", finding.places.len() - 10));
    }
    out.write_all(text.as_bytes()).context("cannot write to the terminal")
}

/// Asks, and reads one line. The end of the input quits.
fn ask(question: &str) -> Result<String> {
    let mut out = io::stdout().lock();
    out.write_all(question.as_bytes()).and_then(|()| out.flush()).context("cannot write to the terminal")?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).context("cannot read from the terminal")?;
    Ok(if read == 0 { "q".into() } else { line.trim().to_owned() })
}

/// All that `check` looks at.
fn scan(args: &BaselineArgs, settings: &Settings) -> Outcome {
    let mut run = Run::new(settings);
    drop(look_everywhere(&mut run, &args.path, settings, &args.flags));
    run.finish()
}

fn settings_with(args: &BaselineArgs, baseline: Baseline) -> Result<Settings> {
    let mut settings = settings(&args.flags, &HistoryArgs::default())?;
    settings.decisions.baseline = baseline;
    Ok(settings)
}

/// The named baseline, or the one at the top of the user's repository.
fn file(args: &BaselineArgs) -> Result<PathBuf> {
    match &args.flags.baseline {
        Some(named) => Ok(named.clone()),
        None => Ok(root().context("the current directory cannot be read")?.join(BASELINE)),
    }
}

/// Writes the whole file or nothing of it.
fn write(file: &Path, baseline: &Baseline) -> Result<()> {
    let shown = file.display();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder).with_context(|| format!("cannot write {shown}"))?;
    write!(new, "{baseline}")
        .and_then(|()| new.as_file().sync_all())
        .with_context(|| format!("cannot write {shown}"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = std::fs::Permissions::from_mode(0o644);
        new.as_file().set_permissions(readable).with_context(|| format!("cannot write {shown}"))?;
    }
    new.persist(file).with_context(|| format!("cannot write {shown}"))?;
    say(&format!("{shown} is written: look through it and commit it"))
}

/// What was not scanned is not in the baseline either.
fn code(outcome: &Outcome) -> u8 {
    if outcome.coverage.complete() { 0 } else { INCOMPLETE }
}
