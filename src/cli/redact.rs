//! `ringfence redact`: copies text and masks what is found in it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

use super::args::RedactArgs;
use crate::detect::Detector;
use crate::run::Redactor;

/// Bytes read at a time.
const READ: usize = 64 << 10;

/// Exit code 0 unless something cannot be read or written.
pub(super) fn run(args: &RedactArgs) -> Result<u8> {
    let detector = Detector::new(super::in_force::rules(&args.rules, &super::own::config(None)?)?);
    let key = super::fingerprint_key(args.fingerprint_key_file.as_deref())?;
    let mut redactor = Redactor::new(&detector, &key, args.confidence.into());
    let is_stdin = |file: &PathBuf| file == Path::new("-");
    if args.in_place && args.files.iter().any(is_stdin) {
        bail!("--in-place masks in files: name them");
    }
    for file in &args.files {
        let shown = file.display();
        let done = match (args.in_place, is_stdin(file)) {
            (true, _) => in_place(&mut redactor, file),
            (false, true) => to_stdout(&mut redactor, b"<stdin>", &mut io::stdin().lock()),
            (false, false) => File::open(file).and_then(|input| {
                let mut input = BufReader::with_capacity(READ, input);
                to_stdout(&mut redactor, name(file), &mut input)
            }),
        };
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
            other => other.with_context(|| format!("cannot mask {shown}"))?,
        }
    }
    if !args.quiet {
        writeln!(io::stderr(), "ringfence: {}", summary(&redactor)).context("cannot write the summary")?;
    }
    Ok(0)
}

fn to_stdout(redactor: &mut Redactor<'_>, name: &[u8], input: &mut dyn BufRead) -> io::Result<()> {
    redactor.copy(name, input, &mut io::stdout().lock())
}

fn name(file: &Path) -> &[u8] {
    file.as_os_str().as_encoded_bytes()
}

/// Masks in a file, which is replaced as a whole, and kept beside it as it was. One without secrets is left alone.
fn in_place(redactor: &mut Redactor<'_>, file: &Path) -> io::Result<()> {
    let before: u64 = redactor.masked().values().sum();
    let old = File::open(file)?;
    let meta = old.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("not a regular file: there is nothing to put another in place of"));
    }
    let permissions = meta.permissions();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let new = NamedTempFile::new_in(folder)?;
    let mut out = BufWriter::with_capacity(READ, new.as_file());
    redactor.copy(name(file), &mut BufReader::with_capacity(READ, old), &mut out)?;
    out.flush()?;
    drop(out);
    if redactor.masked().values().sum::<u64>() == before {
        return Ok(());
    }
    let mut backup = file.as_os_str().to_owned();
    backup.push(".ringfence-backup");
    keep(file, Path::new(&backup))?;
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    new.persist(file)?;
    Ok(())
}

/// Copies a file into a new one that only its owner may read.
fn keep(file: &Path, backup: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", backup.display()));
    let mut copy = options.open(backup).map_err(named)?;
    io::copy(&mut File::open(file)?, &mut copy)?;
    copy.sync_all()
}

fn summary(redactor: &Redactor<'_>) -> String {
    let masked = redactor.masked();
    let all: u64 = masked.values().sum();
    let rules: Vec<String> = masked.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
    match rules.is_empty() {
        true => "masked nothing".to_owned(),
        false => format!("masked {all} ({})", rules.join(", ")),
    }
}
