//! `ringfence trace`: where the values of env files have got to.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::{ScanFlags, TraceArgs};
use super::progress::Meter;
use super::{finish, settings};
use crate::run::{HistoryError, Run, Settings, Whole};
use crate::trace::{Hashes, Known};

/// Looks for the values; returns the exit code.
pub(super) fn run(args: &TraceArgs, flags: &ScanFlags) -> Result<u8> {
    let settings = settings(flags, &args.history)?;
    let mut run = Run::new(&settings);
    let streams =
        [args.paths.iter().any(|path| is_stream(path)), args.values.as_deref().is_some_and(is_stream)];
    if streams == [true, true] {
        bail!("standard input cannot be both the values and the text: name a file for one of them");
    }
    let root = args.paths.iter().find(|path| path.is_dir()).cloned().unwrap_or_else(|| PathBuf::from("."));
    let whole = run.read_project(&root, settings.decisions.config.clone());
    if let Some(file) = &args.hashes {
        let hashes = hashes(file, &settings)?;
        look(&mut run, args, flags, whole)?;
        run.report_hashes(&hashes);
        return finish(&run.finish(), flags);
    }
    let known = known(args, &settings, &whole)?;
    if args.print_hashes {
        return print_hashes(&known, &settings);
    }
    if known.values.is_empty() {
        run.note("no values to look for: no env file, manifest or setting here holds a secret".to_owned());
    }
    run.follow(known);
    run.only_follow();
    look(&mut run, args, flags, whole)?;
    run.report_traces();
    finish(&run.finish(), flags)
}

fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
}

fn read(path: &Path) -> Result<String> {
    let mut text = String::new();
    if is_stream(path) {
        io::stdin().lock().read_to_string(&mut text).context("cannot read standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The values that were handed over, or those of the project.
fn known(args: &TraceArgs, settings: &Settings, whole: &Whole) -> Result<Known> {
    let Some(file) = &args.values else { return Ok(Known::of(&whole.project)) };
    let text = read(file)?;
    let known = Known::of_lines(&text, &file.display().to_string(), &settings.key);
    if known.values.is_empty() && known.untraced.is_empty() {
        bail!("{}: no line KEY=VALUE", file.display());
    }
    Ok(known)
}

fn hashes(file: &Path, settings: &Settings) -> Result<Hashes> {
    if !settings.key.is_secret() {
        bail!(
            "--hashes needs the key they were made with: give --fingerprint-key-file or RINGFENCE_FINGERPRINT_KEY"
        );
    }
    Hashes::parse(&read(file)?).with_context(|| format!("{}: no line KEY=HASH", file.display()))
}

/// One line a variable. Without a secret key a hash would be as good as a value that can be guessed.
fn print_hashes(known: &Known, settings: &Settings) -> Result<u8> {
    if !settings.key.is_secret() {
        bail!("--print-hashes needs a secret key: give --fingerprint-key-file or RINGFENCE_FINGERPRINT_KEY");
    }
    let mut out = String::new();
    for value in &known.values {
        for home in &value.homes {
            out += &format!("{}={}\n", home.key, value.print.hex());
        }
    }
    match io::stdout().lock().write_all(out.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        other => other.map(|()| 0).context("cannot write to standard output"),
    }
}

/// Looks in all that was named: streams, files, folders with what a build puts out and logs, histories.
fn look(run: &mut Run<'_>, args: &TraceArgs, flags: &ScanFlags, whole: Whole) -> Result<()> {
    let (streams, files): (Vec<PathBuf>, Vec<PathBuf>) =
        args.paths.iter().cloned().partition(|path| is_stream(path));
    if !streams.is_empty() {
        run.scan_stream(&mut io::stdin().lock());
    }
    if files.is_empty() {
        return Ok(());
    }
    let folders: Vec<PathBuf> = files.iter().filter(|path| path.is_dir()).cloned().collect();
    {
        let meter = Meter::start(flags, "files");
        let ignored = if folders.is_empty() { Vec::new() } else { whole.ignored_places };
        run.scan_paths(files.into_iter().chain(ignored).collect(), &meter.progress);
    }
    for folder in folders.iter().filter(|_| !args.no_history) {
        let meter = Meter::start(flags, "objects");
        match run.scan_history(folder, &meter.progress) {
            Err(HistoryError::NotARepository { .. }) => {
                run.note(format!(
                    "{} is not in a git repository: no history was looked at",
                    folder.display()
                ));
            }
            other => other?,
        }
    }
    Ok(())
}
