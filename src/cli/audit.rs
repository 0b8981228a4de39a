//! `ringfence audit`: the one-off after a leak.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::args::{HistoryArgs, ScanFlags};
use super::progress::Meter;
use super::{exit_code, own, say, settings_with, write_outcome};
use crate::env::discover::{is_log, is_output};
use crate::finding::{Audit, Outcome, Secret, Step};
use crate::run::{Decisions, Names, Purged, Run, Settings, audited};
use crate::trace::{Known, Purge};

/// The name of the plan in a folder that was named.
const PLAN: &str = "ringfence-purge.txt";

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// The repository
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Write what takes the values out of the history: a new file, or a folder for it, outside the repository. It
    /// holds the secrets themselves
    #[arg(long, value_name = "FILE", conflicts_with = "verify")]
    purge_plan: Option<PathBuf>,
    /// After the rewrite: look for every text of this plan in all objects, and fail if one is left
    #[arg(long, value_name = "FILE")]
    verify: Option<PathBuf>,
    /// Accept a shallow clone: its history is cut off, and that is not an error
    #[arg(long)]
    allow_shallow: bool,
    /// Accept a partial clone: objects it does not hold are counted, not an error
    #[arg(long)]
    allow_partial: bool,
    #[command(flatten)]
    pub(super) flags: ScanFlags,
}

/// Audits a repository, or verifies a purge; returns the exit code.
pub(super) fn run(args: &AuditArgs, flags: &ScanFlags) -> Result<u8> {
    let settings = settings(args, flags)?;
    match &args.verify {
        Some(plan) => verify(args, plan, &settings, flags),
        None => audit(args, &settings, flags),
    }
}

/// What hides findings elsewhere hides nothing in an audit; rules of the project's own are in force.
fn settings(args: &AuditArgs, flags: &ScanFlags) -> Result<Settings> {
    let mut config = own::config(flags.config.as_deref())?;
    config.ignore.clear();
    config.suppress.honor.clear();
    let decisions = Decisions { config, ..Decisions::default() };
    let history = HistoryArgs {
        unreachable: true,
        allow_shallow: args.allow_shallow,
        allow_partial: args.allow_partial,
        ..HistoryArgs::default()
    };
    settings_with(flags, &history, decisions)
}

fn audit(args: &AuditArgs, settings: &Settings, flags: &ScanFlags) -> Result<u8> {
    let plan = args.purge_plan.as_deref().map(|plan| new_file(plan, &args.path)).transpose()?;
    let mut first = Run::new(settings);
    let files = files(&mut first, &args.path, settings);
    look(&mut first, args, &files, flags)?;
    let mut outcome = first.finish();
    let mut second = Run::new(settings);
    second.follow(audited(&outcome, settings));
    second.only_follow();
    look(&mut second, args, &files, flags)?;
    let purged = second.complete_audit(&mut outcome);
    match &plan {
        Some(_) if purged.purge.texts().is_empty() => say("no plan was written: no text is to be replaced")?,
        Some(plan) => write_plan(plan, &purged)?,
        None => {}
    }
    outcome.coverage.note("an audit obeys no baseline, no mark and no list of what to leave out".to_owned());
    outcome.audit = Some(way_out(&outcome, &purged, plan.as_deref()));
    write_outcome(&outcome, flags)?;
    Ok(exit_code(&outcome, flags))
}

/// The work tree, and what of it .gitignore leaves out and may hold secrets in use.
fn files(run: &mut Run<'_>, path: &Path, settings: &Settings) -> Vec<PathBuf> {
    let whole = run.read_project(path, settings.decisions.config.clone());
    let ignored = whole.project.files.iter().filter(|file| file.ignored);
    let settings = ignored.filter(|file| !is_output(&file.path) && !is_log(&file.path));
    let settings: Vec<PathBuf> = settings.map(|file| path.join(&file.path)).collect();
    [path.to_owned()].into_iter().chain(whole.ignored_places).chain(settings).collect()
}

fn look(run: &mut Run<'_>, args: &AuditArgs, files: &[PathBuf], flags: &ScanFlags) -> Result<()> {
    if !files.is_empty() {
        let meter = Meter::start(flags, "files");
        run.scan_paths(files.to_vec(), &meter.progress);
    }
    let meter = Meter::start(flags, "objects");
    Ok(run.scan_history(&args.path, &meter.progress)?)
}

/// Where the plan goes: a file that is not there yet, outside the repository.
fn new_file(named: &Path, repository: &Path) -> Result<PathBuf> {
    let file = if named.is_dir() { named.join(PLAN) } else { named.to_owned() };
    if let Some(there) = [&file, &of_names(&file)].into_iter().find(|file| file.symlink_metadata().is_ok()) {
        bail!("{} is there already, and is not overwritten", there.display());
    }
    let name = file.file_name().with_context(|| format!("{} names no file", file.display()))?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().with_context(|| format!("there is no folder {}", folder.display()))?;
    let here = repository.canonicalize().with_context(|| format!("cannot read {}", repository.display()))?;
    let top = here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&here);
    if folder.starts_with(top) {
        bail!("{} is in the repository, where it could be committed: name a path outside it", file.display());
    }
    Ok(folder.join(name))
}

/// The file beside a plan that takes its texts out of names.
fn of_names(plan: &Path) -> PathBuf {
    let mut name = plan.as_os_str().to_owned();
    name.push(".py");
    name.into()
}

/// Writes the plan for its owner only, and beside it what takes its texts out of names, if one holds any.
fn write_plan(file: &Path, purged: &Purged) -> Result<()> {
    write_new(file, &purged.purge.to_bytes())?;
    if purged.names != Names::default() {
        write_new(&of_names(file), Purge::of_names(&file.to_string_lossy()).as_bytes())?;
    }
    say(&format!(
        "warning: {} holds the secrets themselves; keep it to yourself, and delete it when the purge is verified",
        file.display()
    ))
}

fn write_new(file: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut out| {
        out.write_all(bytes)?;
        out.sync_all()
    });
    written.with_context(|| format!("cannot write {}", file.display()))
}

/// What a person does now.
fn way_out(outcome: &Outcome, purged: &Purged, plan: Option<&Path>) -> Audit {
    if outcome.verdict.shown.is_empty() {
        return Audit::default();
    }
    let step = |text: &str, commands: Vec<String>| Step { text: text.to_owned(), commands };
    let mut steps = vec![step(
        "Rotate every secret above first, by its checklist: whoever has a copy keeps it, whatever is rewritten here",
        Vec::new(),
    )];
    let shown = |file: Option<&Path>, else_as: &str| {
        file.map_or_else(|| else_as.to_owned(), |file| quoted(&file.to_string_lossy()))
    };
    let (shown, names) = (shown(plan, "PLAN"), shown(plan.map(of_names).as_deref(), "PLAN.py"));
    let filter = filter(purged, (&shown, &names));
    if let Some(filter) = filter {
        if plan.is_none() && !purged.purge.texts().is_empty() {
            steps.push(step(
                "Write the plan, outside the repository; it holds the secrets",
                vec!["ringfence audit --purge-plan PLAN".to_owned()],
            ));
        }
        steps.push(step(&how_to_rewrite(purged), rewrite(filter, purged.names)));
        steps.push(step(
            "Verify it there: nothing may be left, and the scan must be complete",
            vec![format!("ringfence audit --verify {shown}"), "ringfence git --unreachable".to_owned()],
        ));
        steps.push(step(
            "Replace what the server has, all branches and tags; lift their protection for this push",
            push(purged),
        ));
        steps.push(step(
            "Delete the plan, old clones and old backups; everybody clones anew, for a push from an old clone brings \
             the secrets back",
            plan.map(|_| match purged.names == Names::default() {
                true => format!("rm {shown}"),
                false => format!("rm {shown} {names}"),
            })
            .into_iter()
            .collect(),
        ));
    }
    Audit { steps, by_hand: purged.by_hand.clone(), out_of_reach: out_of_reach() }
}

/// The command that rewrites; nothing if there is nothing to take out.
fn filter(purged: &Purged, (plan, names): (&str, &str)) -> Option<String> {
    let mut words = vec!["git filter-repo --sensitive-data-removal".to_owned()];
    if !purged.purge.texts().is_empty() {
        words.push(format!("--replace-text {plan} --replace-message {plan}"));
    }
    if !purged.paths.is_empty() {
        words.push("--invert-paths".to_owned());
    }
    words.extend(purged.paths.iter().map(|path| format!("--path {}", quoted(&path.to_string()))));
    let Names { files, references, people } = purged.names;
    let callbacks = [(files, "filename"), (references, "refname"), (people, "name"), (people, "email")];
    let asked = callbacks.into_iter().filter(|(is_asked, _)| *is_asked);
    words.extend(asked.map(|(_, of)| format!("--{of}-callback {names}")));
    (words.len() > 1).then(|| words.join(" "))
}

fn how_to_rewrite(purged: &Purged) -> String {
    // Only then does it take a file for what it does with names.
    let version = match purged.names == Names::default() {
        true => "git-filter-repo 2.47 or newer; leave --sensitive-data-removal out with older ones",
        false => "git-filter-repo 2.47 or newer",
    };
    let whole = match purged.paths.len() {
        0 => String::new(),
        1 => "; it takes one file out whole, as no replaced text reaches into it".to_owned(),
        files => format!("; it takes {files} files out whole, as no replaced text reaches into them"),
    };
    format!("Ask everybody to push what they have, and rewrite a fresh clone ({version}){whole}")
}

/// The commands that rewrite a clone. git notes there which branches it has fetched.
fn rewrite(filter: String, names: Names) -> Vec<String> {
    let forget = names.references.then(|| "rm -f .git/FETCH_HEAD".to_owned());
    ["git clone URL cleaned && cd cleaned".to_owned(), filter].into_iter().chain(forget).collect()
}

/// The commands that replace what the server has; the old name of a branch or tag goes away only if all names that are
/// not here do.
fn push(purged: &Purged) -> Vec<String> {
    let commands: &[&str] = match purged.names.references {
        true => &["git push --force --prune origin 'refs/heads/*:refs/heads/*' 'refs/tags/*:refs/tags/*'"],
        false => &["git push --force --all origin", "git push --force --tags origin"],
    };
    commands.iter().map(|command| (*command).to_owned()).collect()
}

/// As a POSIX shell reads it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:@%".contains(c);
    match !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn out_of_reach() -> Vec<String> {
    [
        "forks, and clones that others have",
        "caches of the hosting service and refs of pull or merge requests (refs/pull/, refs/merge-requests/): ask its \
         support to delete them",
        "packages, images, releases and build caches that were made from the repository, and logs of its CI",
        "backups, mirrors, and submodules: those are repositories of their own",
        "whatever is compressed or encoded in a way of its own",
    ]
    .map(str::to_owned)
    .into()
}

/// Looks for everything that the plan takes out; whatever is left is a finding.
fn verify(args: &AuditArgs, plan: &Path, settings: &Settings, flags: &ScanFlags) -> Result<u8> {
    let bytes = zeroize::Zeroizing::new(
        std::fs::read(plan).with_context(|| format!("cannot read {}", plan.display()))?,
    );
    let purge = match Purge::parse(&bytes) {
        Ok(purge) => purge,
        Err(line) => bail!("{}, line {line}: a pattern that no plan of ringfence has", plan.display()),
    };
    let named = |(at, text): (usize, _)| (format!("text {} of the plan", at + 1), text);
    let known = Known::of_secrets(purge.texts().iter().enumerate().map(named), &settings.key);
    if purge.texts().is_empty() {
        bail!("{} holds no text to look for", plan.display());
    }
    if let Some((name, why)) = known.untraced.first() {
        bail!("{}: {name} is {}: it cannot be told from other text", plan.display(), why.phrase());
    }
    let mut run = Run::new(settings);
    run.follow(known);
    look(&mut run, args, &[], flags)?;
    run.report_traces();
    let mut outcome = run.finish();
    let is_planned = |secret: &Secret| purge.texts().contains(secret);
    outcome.verdict.shown.retain(|finding| finding.lint.is_some() || is_planned(&finding.secret));
    outcome.verdict.hidden.clear();
    write_outcome(&outcome, flags)?;
    let found = if outcome.verdict.shown.is_empty() { 0 } else { super::FOUND };
    Ok(if outcome.coverage.complete() { found } else { super::INCOMPLETE })
}
