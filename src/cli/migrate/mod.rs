//! `ringfence config`: a ringfence.toml to begin with, or one made from a gitleaks.toml.
//!
//! The format is that of Gitleaks' README: `[[rules]]`, allowlists of rules and of all, `[extend]`. What has no
//! counterpart here is listed, never left out silently; a rule whose pattern our loader refuses is listed as well.

mod gitleaks;
mod pattern;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};

use super::args::ConfigCommand;
use super::own::CONFIG;

/// What a new file says.
const START: &str = "\
# What is decided about findings, rules and environments of this project: docs/suppress.md and docs/env.md of ringfence.

# [[ignore]]
# rule = \"github-pat\"          # a rule, or a check of `ringfence env`; \"*\" is all of them, at the paths named
# paths = [\"tests/fixtures/**\"]
# reason = \"made up by the fixture generator\"
# expires = \"2027-01-31\"

# [[environment]]
# name = \"production\"
# files = [\"deploy/prod/**\"]
# hosts = [\"acme.io\", \"*.acme.io\"]

# [rules]
# disable = []
# severity = {}
";

/// Runs a `config` command; returns the exit code.
pub(super) fn run(command: &ConfigCommand) -> Result<u8> {
    match command {
        ConfigCommand::Init => {
            create(Path::new(CONFIG), START)?;
            say(&format!("ringfence: made {CONFIG}"))?;
        }
        ConfigCommand::Migrate { file, output } => {
            let shown = file.display();
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
            let migrated =
                gitleaks::migrate(&text).with_context(|| format!("{shown} is no gitleaks.toml"))?;
            match output {
                Some(path) => create(path, &migrated.text)?,
                None => io::stdout()
                    .lock()
                    .write_all(migrated.text.as_bytes())
                    .context("cannot write to standard output")?,
            }
            for left in &migrated.left {
                say(&format!("ringfence: not carried over: {}", crate::report::terminal(left)))?;
            }
        }
    }
    Ok(0)
}

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(|| format!("cannot make {shown}"))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {shown}"))
}

fn say(line: &str) -> Result<()> {
    writeln!(io::stderr(), "{line}").context("cannot write to standard error")
}
