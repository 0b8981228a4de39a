//! Every file that is written, and all that is printed, is searched for every value that was planted, in every spelling.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::random::Random;
use super::sample::{rule, secret};
use super::support::{Repo, token};

/// A repository that holds a value of each kind, and the values by what they are.
fn planted() -> (Repo, Vec<(&'static str, String)>) {
    let repo = Repo::new();
    let password = format!("Vt9{}", &token("password")[10..26]);
    let body: String = (0..12).map(|at| STANDARD.encode(token(&format!("key {at}"))) + "\n").collect();
    let key = ["BEGIN", "END"].map(|edge| format!("-----{edge} PRIVATE KEY-----\n")).join(&body);
    let values = vec![
        ("token", token("plain")),
        ("password", password),
        ("key", body.lines().nth(5).expect("it has lines").to_owned()),
        ("file name", token("a file name")),
        ("branch", token("a branch")),
        ("author", token("an author")),
        ("message", token("a message")),
        ("sentry", secret(rule("sentry-legacy-auth-token"), &mut Random::of("leaks")).0),
    ];
    let value = |kind: &str| values.iter().find(|(of, _)| *of == kind).expect("it is planted").1.as_str();
    repo.write(
        "src/app.py",
        format!("token = \"{}\"\npassword = \"{}\"\n", value("token"), value("password")),
    );
    repo.write("id.pem", key);
    repo.write(
        ".env",
        format!("SENTRY_AUTH_TOKEN={}\nDB_PASSWORD={}\nA = 1\n", value("sentry"), value("password")),
    );
    repo.write(&format!("n/{}.txt", value("file name")), format!("k={}\n", value("token")));
    repo.write("broken.zip", [b"PK\x03\x04", value("token").as_bytes()].concat());
    repo.git(&["add", "-A"]);
    let author = format!("{} <a@example.org>", value("author"));
    repo.git(&["commit", "-q", "-m", value("message"), "--author", &author]);
    repo.git(&["branch", value("branch")]);
    repo.write("staged.txt", format!("k={}\n", value("token")));
    repo.git(&["add", "staged.txt"]);
    (repo, values)
}

/// How a value may be written: as it is, and encoded at each offset.
fn spellings(value: &str) -> Vec<Vec<u8>> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let percent: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let mut all =
        vec![value.to_owned(), hex(value.as_bytes()), hex(value.as_bytes()).to_uppercase(), percent];
    for offset in 0..3 {
        let text = format!("{}{value}", &"xx"[..offset.min(2)]);
        for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            all.push(encoded[4..encoded.len() - 4].to_owned());
        }
    }
    all.push(value.chars().rev().collect());
    // Half of it is half the way to guessing it.
    all.push(value[4..4 + value.len() / 2].to_owned());
    all.into_iter().map(String::into_bytes).collect()
}

/// All files below some folders, with their bytes.
fn files(folders: &[&Path]) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut open, mut found): (Vec<PathBuf>, _) =
        (folders.iter().map(|path| path.to_path_buf()).collect(), BTreeMap::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type().expect("it has a kind") {
                kind if kind.is_dir() => open.push(entry.path()),
                _ => drop(found.insert(entry.path(), std::fs::read(entry.path()).unwrap_or_default())),
            }
        }
    }
    found
}

/// The folders that a run may write to.
struct Places {
    repo: Repo,
    cache: tempfile::TempDir,
    temporary: tempfile::TempDir,
    out: tempfile::TempDir,
}

impl Places {
    fn run(&self, command: &str) -> (i32, Vec<u8>) {
        let out = self.out.path().display().to_string();
        let output = Command::new("sh")
            .args(["-c", "umask 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_ringfence")])
            .args(command.split(' ').map(|arg| arg.replace("OUT", &out)))
            .current_dir(self.repo.path())
            .env_clear()
            .envs([
                ("HOME", self.repo.path()),
                ("XDG_CACHE_HOME", self.cache.path()),
                ("TMPDIR", self.temporary.path()),
            ])
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs([("RUST_BACKTRACE", "full"), ("RUST_LOG", "trace"), ("RINGFENCE_LOG", "trace")])
            .stdin(Stdio::null())
            .output()
            .expect("sh is there");
        (output.status.code().expect("it was not killed"), [output.stdout, output.stderr].concat())
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&[self.repo.path(), self.cache.path(), self.temporary.path(), self.out.path()])
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// What holds values by its purpose, as the documentation says; for its owner alone.
const HOLDS_VALUES: &[&str] =
    &["plan.txt", ".ringfence-backup", "shown.json", "shown.html", "src/app.py", "/.env"];

/// Commands that are run once each, in this order.
const ONCE: &[&str] = &[
    "scan . --confidence low --color always --pii",
    "audit . -f json",
    "audit . -f markdown",
    "audit .",
    "inventory -f json",
    "inventory -f csv",
    "inventory --why",
    "explain src/app.py:1",
    "explain src/app.py:2",
    "explain id.pem:3",
    "redact src/app.py",
    "redact id.pem",
    "hook install",
    "hook run",
    "baseline create .",
    "baseline update .",
    "scan .",
    "config init",
    "git . --range HEAD~9..HEAD",
    "scan . --rules src/app.py",
    "scan . -c src/app.py",
    "scan . -b src/app.py",
    "report convert src/app.py -f text",
    "trace . --values src/app.py",
    "audit . --purge-plan OUT/plan.txt",
    "audit . --verify OUT/plan.txt",
    "scan . -f json --show-secrets -o OUT/shown.json",
    "check . -f html --show-secrets -o OUT/shown.html",
    "env . --fix",
    "redact --in-place src/app.py",
];

/// Every command that reports in every format, and each of the others.
fn commands() -> Vec<String> {
    let mut commands = Vec::new();
    for format in ["text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "csv", "markdown", "html"] {
        for command in [
            "check .",
            "scan .",
            "git . --unreachable",
            "git --staged",
            "env .",
            "trace .",
            "scan missing . broken.zip",
        ] {
            commands.push(format!("{command} -f {format}"));
        }
        commands.push(format!("check . -f {format} -o OUT/check.{format}"));
        if !["text", "github", "junit"].contains(&format) {
            commands.push(format!("report convert OUT/check.json -f {format}"));
        }
    }
    commands.extend(ONCE.iter().map(|&command| command.to_owned()));
    commands
}

/// What is wrong with a file that was written.
fn faults_of(path: &Path, held: Option<&str>, values: &[(&'static str, String)]) -> Vec<String> {
    let mut wrong = Vec::new();
    let shown = path.display().to_string();
    let may = HOLDS_VALUES.iter().any(|name| shown.ends_with(name));
    if let Some(kind) = held.filter(|_| !may) {
        wrong.push(format!("{shown}: holds the {kind}"));
    }
    if values.iter().any(|(_, value)| shown.contains(value.as_str())) {
        wrong.push("a file is named after a value".to_owned());
    }
    let private = ["plan.txt", "shown.", "backup", "history-"].iter().any(|part| shown.contains(part));
    if private && mode(path) != 0o600 {
        wrong.push(format!("{shown}: mode {:o}", mode(path)));
    }
    wrong
}

#[test]
fn no_file_and_no_message_holds_a_planted_value_but_those_that_say_so() {
    let (repo, values) = planted();
    let folder = || tempfile::tempdir().expect("a temporary folder");
    let places = Places { repo, cache: folder(), temporary: folder(), out: folder() };
    let commands = commands();
    let before = places.files();
    let spelled: Vec<(&str, Vec<Vec<u8>>)> =
        values.iter().map(|(kind, value)| (*kind, spellings(value))).collect();
    let holds = |bytes: &[u8]| {
        let is_in = |texts: &[Vec<u8>]| texts.iter().any(|text| memchr::memmem::find(bytes, text).is_some());
        spelled.iter().find(|(_, texts)| is_in(texts)).map(|(kind, _)| *kind)
    };
    let mut wrong = Vec::new();
    for command in &commands {
        let (code, said) = places.run(command);
        if let Some(kind) = holds(&said).filter(|_| !command.starts_with("redact id.pem")) {
            wrong.push(format!("{command}: prints the {kind}"));
        }
        assert!(code <= 2, "{command}: {}", String::from_utf8_lossy(&said));
    }
    for (path, bytes) in places.files().iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)) {
        wrong.extend(faults_of(path, holds(bytes), &values));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let left = files(&[places.temporary.path()]);
    assert!(left.is_empty(), "temporary files are left: {:?}", left.keys());
    assert!(
        holds(&std::fs::read(places.out.path().join("plan.txt")).expect("it is written")).is_some(),
        "it can be seen"
    );
}

#[test]
fn a_file_that_is_being_written_is_for_its_owner_alone() {
    let repo = Repo::new();
    let text = "a line of a log that holds nothing of note\n".repeat(2_000_000);
    repo.write("big.txt", format!("k={}\n{text}", token("masked")));
    let mut child = Command::new("sh")
        .args([
            "-c",
            "umask 0; exec \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_ringfence"),
            "redact",
            "--in-place",
            "big.txt",
        ])
        .current_dir(repo.path())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh is there");
    let is_new =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".tmp"));
    let mut modes = Vec::new();
    while child.try_wait().expect("it can be waited for").is_none() {
        let entries = std::fs::read_dir(repo.path()).expect("it is ours").flatten().map(|entry| entry.path());
        let new = entries
            .filter(is_new)
            .filter_map(|path| Some(std::fs::metadata(path).ok()?.permissions().mode()));
        modes.extend(new.map(|mode| mode & 0o777));
    }
    assert!(modes.first() == Some(&0o600), "{:?}", modes.first());
    assert_eq!(mode(&repo.path().join("big.txt.ringfence-backup")), 0o600);
}

#[test]
fn a_pipe_is_not_masked_in_place() {
    let repo = Repo::new();
    let made = Command::new("mkfifo").arg(repo.path().join("pipe")).status();
    assert!(made.is_ok_and(|made| made.success()), "a pipe can be made");
    let feeder = Command::new("sh").args(["-c", "echo text > pipe"]).current_dir(repo.path()).spawn();
    let outcome = repo.scan(&["redact", "--in-place", "pipe"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("not a regular file"), "{}", outcome.stderr);
    drop(feeder.expect("sh is there").wait());
}

#[cfg(target_os = "linux")]
#[test]
fn no_core_is_dumped_of_a_scan() {
    let mut child = Command::new("sh")
        .args([
            "-c",
            "ulimit -S -c $(ulimit -H -c); exec \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_ringfence"),
            "scan",
            "-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("sh is there");
    let limits = format!("/proc/{}/limits", child.id());
    let is_off = |limits: String| {
        let line = limits.lines().find(|line| line.starts_with("Max core file size"))?;
        let of: Vec<&str> = line.split_whitespace().skip(4).take(2).collect();
        (of == ["0", "0"]).then_some(())
    };
    let off = (0..2000).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        is_off(std::fs::read_to_string(&limits).unwrap_or_default())
    });
    drop(child.stdin.take());
    child.wait().expect("it ends");
    assert!(off.is_some(), "the limit is not zero");
}
