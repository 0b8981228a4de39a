//! The command line: flags in, one resolved configuration out, one report, one exit code.
//!
//! Nothing below this module sees a flag. Standard output carries the report and nothing else.

mod args;
mod audit;
mod baseline;
mod crash;
mod env;
mod event;
mod explain;
mod foreign;
mod hook;
mod in_force;
mod inventory;
mod live;
mod memory;
mod migrate;
mod own;
mod part;
mod progress;
mod redact;
mod reports;
mod rules;
mod trace;
mod write;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{CommandFactory, FromArgMatches};

use crate::detect::{Detector, builtin};
use crate::env::discover::holds_settings;
use crate::finding::{Confidence, Finding, FingerprintKey, LaunchState, Outcome, Severity};
use crate::report::{self, Format};
use crate::run::{Accept, Decisions, HistoryError, Redactor, Run, Settings, Whole};
use crate::source::WorktreeOptions;
use crate::trace::Known;
use args::{Args, Color, Command, FailOn, GitArgs, HistoryArgs, HookCommand, ScanFlags};
use event::Event;
use memory::with_threads;
use part::Wanted;
use progress::Meter;

/// Exit code for findings at or above `--fail-on`.
const FOUND: u8 = 1;
/// Exit code for usage errors and incomplete scans.
const INCOMPLETE: u8 = 2;

/// Parses the process's arguments, runs, and returns the exit code.
///
/// 0: complete, nothing found. 1: findings. 2: usage error, or not everything was scanned.
#[must_use]
pub fn main() -> u8 {
    crash::contained(run).unwrap_or(INCOMPLETE)
}

fn run() -> u8 {
    let parsed = args::with_environment(Args::command()).try_get_matches();
    let args = match parsed.and_then(|matches| Args::from_arg_matches(&matches)) {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { INCOMPLETE } else { 0 };
            // Nothing is left to tell if the terminal is gone.
            drop(error.print());
            return code;
        }
    };
    match dispatch(args) {
        Ok(code) => code,
        Err(error) => {
            drop(writeln!(io::stderr(), "ringfence: {}", masked(&format!("{error:#}"))));
            INCOMPLETE
        }
    }
}

/// A message may quote a line of the file that it is about: no value goes into a log with it.
fn masked(message: &str) -> String {
    let (detector, key) = (Detector::new(builtin()), FingerprintKey::public());
    let mut out = Vec::new();
    let copied =
        Redactor::new(&detector, &key, Confidence::Medium).copy(b"", &mut message.as_bytes(), &mut out);
    copied.map_or_else(|_| String::new(), |()| String::from_utf8_lossy(&out).into_owned())
}

fn dispatch(args: Args) -> Result<u8> {
    match args.command {
        Command::Check(check) => {
            with_threads(&check.flags.clone(), |flags| check_all(&check.path, &check.history, flags))
        }
        Command::Scan(scan) => with_threads(&scan.flags.clone(), |flags| scan_paths(scan.paths, flags)),
        Command::Git(git) => with_threads(&git.flags.clone(), |flags| scan_git(&git, flags)),
        Command::Env(args) => with_threads(&args.flags.clone(), |flags| env::run(&args, flags)),
        Command::Trace(args) => with_threads(&args.flags.clone(), |flags| trace::run(&args, flags)),
        Command::Audit(args) => with_threads(&args.flags.clone(), |flags| audit::run(&args, flags)),
        Command::Redact(args) => redact::run(&args),
        Command::Inventory(args) => inventory::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Report(command) => reports::run(&command),
        Command::Rules(command) => rules::run(command),
        Command::Baseline(command) => with_threads(&command.flags().clone(), |_| baseline::run(command)),
        Command::Hook(HookCommand::Run(args)) => {
            with_threads(&args.flags.clone(), |flags| guard(part::of_manager()?, STOPPED, flags))
        }
        Command::Hook(HookCommand::PreReceive(args)) => {
            with_threads(&args.flags.clone(), |flags| guard(part::received()?, REFUSED, flags))
        }
        Command::Hook(command) => hook::run(&command),
        Command::Config(command) => migrate::run(&command),
        Command::Completions { shell } => completions(shell),
        Command::Man { folder } => man(&folder),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "ringfence", &mut text);
    match io::stdout().write_all(&text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write completions")
        }
        _ => Ok(0),
    }
}

fn man(folder: &Path) -> Result<u8> {
    clap_mangen::generate_to(Args::command(), folder)
        .with_context(|| format!("cannot write man pages into {}", folder.display()))?;
    Ok(0)
}

/// How to go on after a commit or push was stopped.
const STOPPED: &str = "stopped. Take the value out, stage the file and try again. A false alarm? `ringfence explain \
                       FILE:LINE` tells why; `ringfence:allow RULE reason` in a comment of that line lets it pass";
/// How to go on after a server refused a push.
const REFUSED: &str = "refused. What was pushed has been seen here: revoke the secret, rewrite the commits that bring it \
                       in (`git rebase -i`), and push again";

/// What a hook runs: stops what brings in a secret, and says how to go on.
fn guard(wanted: Wanted, way_out: &str, flags: &ScanFlags) -> Result<u8> {
    let event = Event { wanted, trusted: None };
    let code = scan_event(Path::new("."), event, &HistoryArgs::default(), flags)?;
    if code == 1 {
        say(way_out)?;
    }
    Ok(code)
}

/// Tells people something that is no result.
fn say(text: &str) -> Result<()> {
    writeln!(io::stderr(), "ringfence: {text}").context("cannot write to standard error")
}

fn scan_paths(paths: Vec<PathBuf>, flags: &ScanFlags) -> Result<u8> {
    let settings = settings(flags, &HistoryArgs::default())?;
    let mut run = Run::new(&settings);
    let (streams, files): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| path == Path::new("-"));
    let mut told = None;
    if !streams.is_empty() && live::is_wanted(flags) {
        told = Some(live::scan(&mut run, flags, settings.show_secrets)?);
    } else if !streams.is_empty() {
        run.scan_stream(&mut io::stdin().lock());
    }
    if !files.is_empty() {
        let meter = Meter::start(flags, "files");
        run.scan_paths(files, &meter.progress);
    }
    match told {
        Some(told) => live::finish(run.finish(), &told, flags),
        None => finish(&run.finish(), flags),
    }
}

fn scan_git(git: &GitArgs, flags: &ScanFlags) -> Result<u8> {
    let event = match git.part.event {
        true => event::read(&git.path)?,
        false => Event { wanted: part::wanted(git)?, trusted: None },
    };
    scan_event(&git.path, event, &git.history, flags)
}

/// Scans a history, or a part of it.
fn scan_event(path: &Path, event: Event, history: &HistoryArgs, flags: &ScanFlags) -> Result<u8> {
    let mut decisions = own::decisions(flags)?;
    let is_own = |own: &PathBuf| path.canonicalize().is_ok_and(|path| path.starts_with(own));
    decisions.own = decisions.own.filter(is_own);
    let named = (flags.config.is_some(), flags.baseline.is_some() || flags.no_baseline);
    let notes = event::decide(&mut decisions, named, event.trusted);
    // Only now: which rules are in force is a decision as well.
    let settings = settings_with(flags, history, decisions)?;
    let mut run = Run::new(&settings);
    {
        let meter = Meter::start(flags, event.wanted.unit());
        match event.wanted {
            Wanted::All => run.scan_history(path, &meter.progress)?,
            Wanted::Staged { index, lint } => {
                run.scan_staged(path, index.as_deref(), &meter.progress)?;
                if lint {
                    run.lint_staged(path, index.as_deref(), holds_settings)?;
                }
            }
            Wanted::Part { part, quarantine } => run.scan_part(path, &part, &quarantine, &meter.progress)?,
        }
    }
    let mut outcome = run.finish();
    notes.into_iter().for_each(|note| outcome.coverage.note(note));
    finish(&outcome, flags)
}

fn check_all(path: &Path, history: &HistoryArgs, flags: &ScanFlags) -> Result<u8> {
    let settings = settings(flags, history)?;
    let mut run = Run::new(&settings);
    let (whole, read) = look_everywhere(&mut run, path, &settings, flags);
    finish(&run.finish_with_launch_page(&whole, read), flags)
}

/// Scans tree and history, follows the values of env files through both, and lints; says why there is no history.
fn look_everywhere(
    run: &mut Run<'_>,
    path: &Path,
    settings: &Settings,
    flags: &ScanFlags,
) -> (Whole, Result<(), String>) {
    let whole = run.read_project(path, settings.decisions.config.clone());
    run.follow(Known::of(&whole.project));
    {
        let meter = Meter::start(flags, "files");
        // What is ignored and ships or leaks all the same is in scope here.
        let paths = [path.to_owned()].into_iter().chain(whole.ignored_places.iter().cloned());
        run.scan_paths(paths.collect(), &meter.progress);
    }
    let read = {
        let meter = Meter::start(flags, "objects");
        run.scan_history(path, &meter.progress).map_err(|error| match error {
            HistoryError::NotARepository { .. } => format!("{} is not in a git repository", path.display()),
            error @ HistoryError::Unusable { .. } => error.to_string(),
        })
    };
    run.lint(&whole.project);
    (whole, read)
}

fn settings(flags: &ScanFlags, history: &HistoryArgs) -> Result<Settings> {
    settings_with(flags, history, own::decisions(flags)?)
}

fn settings_with(flags: &ScanFlags, history: &HistoryArgs, decisions: Decisions) -> Result<Settings> {
    Ok(Settings {
        rules: in_force::rules(&flags.rules, &decisions.config)?,
        key: fingerprint_key(flags.fingerprint_key_file.as_deref())?,
        confidence: flags.confidence.into(),
        strict: flags.strict,
        show_secrets: flags.show_secrets,
        worktree: WorktreeOptions {
            no_ignore: flags.no_ignore,
            jobs: memory::threads(flags),
            archive_depth: flags.max_archive_depth.into(),
        },
        accept: Accept { shallow: history.allow_shallow, partial: history.allow_partial },
        unreachable: history.unreachable,
        today: today()?,
        decisions,
        no_seam: history.no_seam,
        pii: flags.pii,
        decode_depth: flags.max_decode_depth.into(),
        memory: flags.max_memory(),
        cache: if history.no_cache { None } else { cache_folder() },
    })
}

/// The user's folder for what can be made again, by the XDG Base Directory Specification, or as the system has it.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let in_home = || Some(absolute("HOME")?.join(".cache"));
    Some(absolute("XDG_CACHE_HOME").or_else(|| absolute("LOCALAPPDATA")).or_else(in_home)?.join("ringfence"))
}

/// The clock, or `SOURCE_DATE_EPOCH` for reports that can be made again (reproducible-builds.org).
///
/// `RINGFENCE_TODAY` sets the day of the run: 2026-01-31.
fn today() -> Result<i64> {
    if let Ok(day) = std::env::var("RINGFENCE_TODAY") {
        let date: jiff::civil::Date = day.parse().context("RINGFENCE_TODAY is no day such as 2026-01-31")?;
        return Ok(date.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().as_second());
    }
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text.parse().context("SOURCE_DATE_EPOCH is not a number of seconds since 1970"),
        Err(_) => Ok(jiff::Timestamp::now().as_second()),
    }
}

fn fingerprint_key(file: Option<&Path>) -> Result<FingerprintKey> {
    let from_file = match file {
        Some(path) => Some(
            std::fs::read(path)
                .with_context(|| format!("cannot read the fingerprint key file {}", path.display()))?,
        ),
        None => std::env::var_os("RINGFENCE_FINGERPRINT_KEY").map(|key| key.into_encoded_bytes()),
    };
    match from_file {
        Some(key) if key.trim_ascii().len() < 16 => {
            bail!("the fingerprint key has fewer than 16 bytes: make one with `openssl rand -hex 32`")
        }
        Some(key) => Ok(FingerprintKey::from_secret(key.trim_ascii())),
        None => Ok(FingerprintKey::public()),
    }
}

/// Writes the report and decides the exit code.
fn finish(outcome: &Outcome, flags: &ScanFlags) -> Result<u8> {
    write_outcome(outcome, flags)?;
    Ok(exit_code(outcome, flags))
}

/// Writes the report, and those that are asked for besides.
fn write_outcome(outcome: &Outcome, flags: &ScanFlags) -> Result<()> {
    let looks = (flags.color, flags.quiet, flags.show_secrets);
    write_to(outcome, flags.format.into(), flags.output.as_deref(), looks)?;
    write_also(outcome, flags)
}

/// Writes the reports that are asked for besides.
fn write_also(outcome: &Outcome, flags: &ScanFlags) -> Result<()> {
    for (format, path) in &flags.also {
        let looks = (Color::Never, flags.quiet, flags.show_secrets);
        write_to(outcome, (*format).into(), Some(path), looks)?;
    }
    Ok(())
}

/// Writes the report to a file, or to standard output. A new file with values in it is for its owner's eyes only.
fn write_to(
    outcome: &Outcome,
    format: Format,
    output: Option<&Path>,
    (color, quiet, private): (Color, bool, bool),
) -> Result<()> {
    let Some(path) = output else {
        return unless_broken_pipe(write_report(
            outcome,
            format,
            (is_coloured(color), quiet),
            io::stdout().lock(),
        ));
    };
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if private { 0o600 } else { 0o666 });
    options
        .open(path)
        .and_then(|file| write_report(outcome, format, (false, quiet), file))
        .with_context(|| format!("cannot write the report to {}", path.display()))
}

/// Whether standard output is to be coloured.
fn is_coloured(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        }
    }
}

/// Nobody reads on who has closed the pipe: that is no failure.
fn unless_broken_pipe(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write the report"),
    }
}

fn options((color, quiet): (bool, bool)) -> report::Options {
    let width = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    report::Options { color, quiet, terminal_width: width, now: today().unwrap_or_default() }
}

fn write_report(outcome: &Outcome, format: Format, looks: (bool, bool), out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    report::write(format, outcome, &options(looks), &mut out)?;
    out.flush()
}

fn exit_code(outcome: &Outcome, flags: &ScanFlags) -> u8 {
    match (outcome.coverage.complete(), is_found(outcome, flags.fail_on)) {
        (false, _) => INCOMPLETE,
        (true, true) => flags.exit_code.unwrap_or(FOUND),
        (true, false) => 0,
    }
}

/// Whether there is something that makes a run fail.
fn is_found(outcome: &Outcome, fail_on: FailOn) -> bool {
    let threshold = match fail_on {
        FailOn::Never => None,
        FailOn::Low => Some(Severity::Low),
        FailOn::Medium => Some(Severity::Medium),
        FailOn::High => Some(Severity::High),
        FailOn::Critical => Some(Severity::Critical),
    };
    // The launch page fails on any row that must be fixed first, whatever the threshold; what may wait does not
    // fail it unless a lower threshold asks for that.
    let fix_first = outcome.launch.iter().any(|row| row.state == LaunchState::FixFirst);
    let by_rows = !outcome.launch.is_empty() && threshold == Some(Severity::Medium);
    let reached = |finding: &Finding| !by_rows && threshold.is_some_and(|least| finding.severity >= least);
    fix_first || outcome.verdict.shown.iter().any(reached)
}
