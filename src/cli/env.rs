//! `ringfence env`: the lint of a project's environments.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::args::{EnvArgs, HistoryArgs, ScanFlags};
use super::part::index_of_hook;
use super::write::{replace, replace_private};
use super::{finish, settings};
use crate::env::Project;
use crate::env::fix::fixes;
use crate::run::{Progress, Run, Whole};
use crate::trace::Known;

/// Runs the lint; returns the exit code.
pub(super) fn run(args: &EnvArgs, flags: &ScanFlags) -> Result<u8> {
    // How much of a history is here does not matter to a lint.
    let history = HistoryArgs { allow_shallow: true, allow_partial: true, ..HistoryArgs::default() };
    let settings = settings(flags, &history)?;
    let mut run = Run::new(&settings);
    if args.staged {
        run.lint_staged(&args.path, index_of_hook(&args.path).as_deref(), |_| true)?;
        return finish(&run.finish(), flags);
    }
    let config = settings.decisions.config.clone();
    let project = match args.grammar {
        true => run.read_env_files(&args.path, config),
        false => {
            let Whole { project, places, .. } = run.read_project(&args.path, config);
            run.only_follow();
            if !args.no_trace {
                follow(&mut run, args, &project, places)?;
            }
            project
        }
    };
    run.lint(&project);
    if args.fix {
        fix(&args.path, &project)?;
    }
    // The process ends here: taking a large project apart piece by piece would only take time.
    std::mem::forget(project);
    finish(&run.finish(), flags)
}

/// Follows the values of a project's env files into its other files and its history.
fn follow(run: &mut Run<'_>, args: &EnvArgs, project: &Project, places: Vec<PathBuf>) -> Result<()> {
    let known = Known::of(project);
    let has_values = !known.values.is_empty();
    run.follow(known);
    if has_values && !args.path.is_file() {
        run.scan_paths(places, &Progress::default());
    }
    if project.in_git && !args.no_history && !args.path.is_file() {
        run.scan_history(&args.path, &Progress::default())?;
    }
    Ok(())
}

/// Writes what can be mended. What was there is kept beside each file, readable for its owner only.
fn fix(root: &Path, project: &Project) -> Result<()> {
    for fixed in fixes(project) {
        let path = if root.is_file() { root.to_owned() } else { root.join(&fixed.path) };
        let shown = path.display().to_string();
        if path.exists() {
            let old = std::fs::read(&path).with_context(|| format!("cannot read {shown}"))?;
            let mut backup = path.clone().into_os_string();
            backup.push(".ringfence-backup");
            replace_private(Path::new(&backup), &old)
                .with_context(|| format!("cannot keep a copy of {shown}"))?;
        }
        replace(&path, fixed.text.as_bytes(), 0o644).with_context(|| format!("cannot write {shown}"))?;
        writeln!(io::stderr(), "ringfence: mended {shown}").context("cannot write to standard error")?;
    }
    Ok(())
}
