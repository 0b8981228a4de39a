//! Runs the binary and builds git repositories, both with an environment of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::random::Random;
use super::sample;

/// What a run of the binary gave.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The JSON document of a run with `-f json`.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

/// Runs ringfence in `folder`.
pub(crate) fn ringfence(folder: &Path, args: &[&str]) -> Outcome {
    ringfence_with_input(folder, args, b"")
}

/// Runs ringfence in `folder` with more environment.
pub(crate) fn ringfence_with_env(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Outcome {
    run(folder, args, b"", env)
}

/// Runs ringfence in `folder` with standard input.
pub(crate) fn ringfence_with_input(folder: &Path, args: &[&str], input: &[u8]) -> Outcome {
    run(folder, args, input, &[])
}

/// Runs ringfence in `folder` with standard input and more environment.
pub(crate) fn ringfence_with_input_and_env(
    folder: &Path,
    args: &[&str],
    input: &[u8],
    env: &[(&str, &str)],
) -> Outcome {
    run(folder, args, input, env)
}

fn run(folder: &Path, args: &[&str], input: &[u8], env: &[(&str, &str)]) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let mut stdin = child.stdin.take().expect("it is piped");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A run that fails early does not read its input.
            drop(std::io::Write::write_all(&mut stdin, input));
        });
        child.wait_with_output().expect("it ends")
    });
    Outcome {
        code: output.status.code().expect("it was not killed"),
        stdout: String::from_utf8(output.stdout).expect("reports are UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// A GitHub token that checks out, another for each seed.
pub(crate) fn token(seed: &str) -> String {
    sample::secret(sample::rule("github-pat"), &mut Random::of(seed)).0
}

/// A git repository in a folder of its own.
pub(crate) struct Repo {
    folder: TempDir,
    commits: std::cell::Cell<u64>,
}

impl Repo {
    pub(crate) fn new() -> Self {
        let repo =
            Self { folder: tempfile::tempdir().expect("a temporary folder"), commits: Default::default() };
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let full = self.path().join(path);
        std::fs::create_dir_all(full.parent().expect("it is below the folder"))
            .expect("a folder can be made");
        std::fs::write(&full, text).expect("a file can be written");
        full
    }

    /// Commits everything, a day after the commit before; returns the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.try_git(args);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs git; it may fail.
    pub(crate) fn try_git(&self, args: &[&str]) -> Output {
        let time = format!("{} +0000", 1_600_000_000 + 86_400 * self.commits.get());
        self.commits.set(self.commits.get() + 1);
        self.try_git_at(args, &time)
    }

    /// Runs git with this time for what it makes; it may fail.
    pub(crate) fn try_git_at(&self, args: &[&str], time: &str) -> Output {
        Command::new("git")
            .args(args)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs([
                ("GIT_AUTHOR_NAME", "A"),
                ("GIT_AUTHOR_EMAIL", "a@example.org"),
                ("GIT_AUTHOR_DATE", time),
            ])
            .envs([
                ("GIT_COMMITTER_NAME", "C"),
                ("GIT_COMMITTER_EMAIL", "c@example.org"),
                ("GIT_COMMITTER_DATE", time),
            ])
            .output()
            .expect("git is installed")
    }

    /// Makes git run `ringfence git` with these arguments as its hook; the report goes to standard error.
    pub(crate) fn hook(&self, name: &str, args: &str) {
        self.hook_in(".git", name, args);
    }

    /// Like [`Self::hook`], in another repository below this one's folder.
    pub(crate) fn hook_in(&self, git_dir: &str, name: &str, args: &str) {
        use std::os::unix::fs::PermissionsExt;
        let program = env!("CARGO_BIN_EXE_ringfence");
        let script = format!("#!/bin/sh\nexec '{program}' git {args} >&2\n");
        let path = self.write(&format!("{git_dir}/hooks/{name}"), script);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// Packs everything, with deltas wherever git finds them.
    pub(crate) fn repack(&self) -> PathBuf {
        self.git(&["repack", "-adfq", "--depth=50", "--window=50"]);
        let pack = std::fs::read_dir(self.path().join(".git/objects/pack"))
            .expect("there are packs")
            .map(|entry| entry.expect("it can be read").path())
            .find(|path| path.extension().is_some_and(|ending| ending == "pack"));
        let pack = pack.expect("repack makes a pack");
        let mut permissions = std::fs::metadata(&pack).expect("it exists").permissions();
        #[expect(clippy::permissions_set_readonly_false, reason = "a file of the test's own")]
        permissions.set_readonly(false);
        std::fs::set_permissions(&pack, permissions).expect("it is ours");
        pack
    }

    pub(crate) fn scan(&self, args: &[&str]) -> Outcome {
        ringfence(self.path(), args)
    }

    pub(crate) fn scan_input(&self, args: &[&str], input: &[u8]) -> Outcome {
        ringfence_with_input(self.path(), args, input)
    }
}
