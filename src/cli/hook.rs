//! `ringfence hook`: git hooks that run a scan before a commit and before a push.
//!
//! A hook that stands there already is kept beside ours and runs first; taking ours out puts it back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::HookCommand;
use super::say;

/// Hooks that are installed, and what each runs.
const HOOKS: [(&str, &str); 2] = [("pre-commit", "hook run"), ("pre-push", "git --pre-push")];
/// The line by which our hooks are known.
const OURS: &str = "# Installed by `ringfence hook install`; `ringfence hook uninstall` takes it out.";
/// What a hook that was there before is called.
const BEFORE: &str = "before-ringfence";

/// Runs a subcommand; returns the exit code.
pub(super) fn run(command: &HookCommand) -> Result<u8> {
    let folder = hooks_folder()?;
    match command {
        HookCommand::Install => install(&folder)?,
        HookCommand::Uninstall => uninstall(&folder)?,
        // Scans: the command line takes them elsewhere.
        HookCommand::Run(_) | HookCommand::PreReceive(_) => {}
    }
    Ok(0)
}

/// The folder that git takes hooks from: `core.hooksPath`, or `hooks` of the repository.
fn hooks_folder() -> Result<PathBuf> {
    let repo = gix::discover(".").context("hooks belong to a git repository, and this is none")?;
    let set = repo.config_snapshot().trusted_path("core.hooksPath");
    match set.context("core.hooksPath cannot be read")? {
        Some(path) if path.is_relative() => {
            let top = repo.workdir().unwrap_or_else(|| repo.git_dir());
            Ok(top.join(path))
        }
        Some(path) => Ok(path),
        None => Ok(repo.common_dir().join("hooks")),
    }
}

fn install(folder: &Path) -> Result<()> {
    if let Some((manager, snippet)) = manager(folder) {
        bail!("{manager} looks after the hooks of this repository; give it this instead:\n{snippet}");
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let program = std::env::current_exe().context("this program's own path is not known")?;
    for (name, command) in HOOKS {
        let (hook, before) = (folder.join(name), folder.join(format!("{name}.{BEFORE}")));
        let shown = hook.display();
        if hook.exists() && !is_ours(&hook)? {
            if before.exists() {
                bail!("{} is in the way: put it where it belongs, or remove it", before.display());
            }
            fs::rename(&hook, &before).with_context(|| format!("cannot move {shown}"))?;
            say(&format!("{} runs first: it was there before", before.display()))?;
        }
        fs::write(&hook, script(command, &program)).with_context(|| format!("cannot write {shown}"))?;
        make_executable(&hook).with_context(|| format!("cannot make {shown} executable"))?;
        say(&format!("{shown} is installed"))?;
    }
    Ok(())
}

fn uninstall(folder: &Path) -> Result<()> {
    for (name, _) in HOOKS {
        let (hook, before) = (folder.join(name), folder.join(format!("{name}.{BEFORE}")));
        let shown = hook.display();
        if !hook.exists() {
            continue;
        }
        if !is_ours(&hook)? {
            say(&format!("{shown} is not of ringfence: it is left alone"))?;
            continue;
        }
        fs::remove_file(&hook).with_context(|| format!("cannot remove {shown}"))?;
        if before.exists() {
            fs::rename(&before, &hook).with_context(|| format!("cannot put {} back", before.display()))?;
        }
        say(&format!("{shown} is taken out"))?;
    }
    Ok(())
}

fn is_ours(hook: &Path) -> Result<bool> {
    let text = fs::read(hook).with_context(|| format!("cannot read {}", hook.display()))?;
    Ok(memchr::memmem::find(&text, OURS.as_bytes()).is_some())
}

/// The hook. Standard input goes to the hook that was there before as well.
fn script(command: &str, program: &Path) -> String {
    let quoted = program.to_string_lossy().replace('\'', r"'\''");
    format!(
        "#!/bin/sh\n\
         {OURS}\n\
         input=\n\
         if [ \"${{0##*/}}\" != pre-commit ]; then input=$(cat); fi\n\
         if [ -x \"$0.{BEFORE}\" ]; then\n\
         \x20 printf '%s\\n' \"$input\" | \"$0.{BEFORE}\" \"$@\" || exit $?\n\
         fi\n\
         ringfence=$(command -v ringfence) || ringfence='{quoted}'\n\
         if ! [ -x \"$ringfence\" ]; then\n\
         \x20 echo 'ringfence: the program is not found, so nothing was scanned; install it, or pass --no-verify' >&2\n\
         \x20 exit 1\n\
         fi\n\
         printf '%s\\n' \"$input\" | \"$ringfence\" {command} --quiet >&2\n"
    )
}

/// Who looks after the hooks, and what to give it.
fn manager(folder: &Path) -> Option<(&'static str, &'static str)> {
    let top = gix::discover(".").ok()?.workdir()?.to_owned();
    let has = |names: &[&str]| names.iter().any(|name| top.join(name).exists());
    if folder.components().any(|part| part.as_os_str() == ".husky") {
        Some((
            "husky",
            "  echo 'ringfence hook run --quiet' >> .husky/pre-commit\n  echo 'ringfence git --pre-push --quiet' >> .husky/pre-push",
        ))
    } else if has(&["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"]) {
        Some((
            "lefthook",
            "  pre-commit:\n    commands:\n      ringfence:\n        run: ringfence hook run --quiet\n  pre-push:\n    commands:\n      ringfence:\n        use_stdin: true\n        run: ringfence git --pre-push --quiet",
        ))
    } else {
        None
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}
