//! Reading fails: what cannot be read is named and counted, the rest is scanned, and no half is taken for the whole.
//!
//! The faults come from a library that is loaded before the program's own, built here with rustc.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::pack::{settings, zip};
use super::support::{Outcome, Repo, ringfence_with_env, ringfence_with_input_and_env, token};

const DENIED: &str = "13";
const BROKEN: &str = "5";

/// The library that makes reading fail.
fn library() -> &'static Path {
    static BUILT: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let build = || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("reads.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inject/reads.rs");
        let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
        let flags = ["--edition", "2024", "--crate-type", "cdylib", "-O", "-o"];
        let built = Command::new(rustc).args(flags).arg(&file).arg(source).status();
        assert!(built.is_ok_and(|built| built.success()), "rustc builds it");
        (folder, file)
    };
    &BUILT.get_or_init(build).1
}

/// What happens to paths that contain `path`.
struct Fault<'a> {
    path: &'a str,
    kind: &'a str,
    after: &'a str,
    errno: &'a str,
}

fn broken_after<'a>(path: &'a str, after: &'a str) -> Fault<'a> {
    Fault { path, kind: "read", after, errno: BROKEN }
}

fn refused<'a>(path: &'a str, kind: &'a str) -> Fault<'a> {
    Fault { path, kind, after: "", errno: DENIED }
}

fn run(repo: &Repo, fault: &Fault<'_>, args: &[&str], input: &[u8]) -> Outcome {
    let cache =
        repo.path().join("../").join(format!("{}.cache", repo.path().file_name().expect("a name").display()));
    let env = [
        ("LD_PRELOAD", library().to_str().expect("its name is UTF-8")),
        ("FAULT_PATH", fault.path),
        ("FAULT_KIND", fault.kind),
        ("FAULT_AFTER", fault.after),
        ("FAULT_ERRNO", fault.errno),
        ("XDG_CACHE_HOME", cache.to_str().expect("its name is UTF-8")),
        ("SOURCE_DATE_EPOCH", "1800000000"),
    ];
    let outcome = ringfence_with_input_and_env(repo.path(), args, input, &env);
    drop(std::fs::remove_dir_all(cache));
    outcome
}

/// The scan is incomplete, names `place`, and has found what the rest holds.
fn is_told(repo: &Repo, fault: &Fault<'_>, args: &[&str], (place, found): (&str, usize)) {
    let outcome = run(repo, fault, &[args, &["-f", "json"]].concat(), b"");
    let what = format!("{args:?} while {} fails ({} after {:?})", fault.path, fault.kind, fault.after);
    assert_eq!(outcome.code, 2, "{what}: {}{}", outcome.stdout, outcome.stderr);
    let document = outcome.json();
    let gaps = document["coverage"]["not_scanned"].to_string();
    assert!(gaps.contains(place), "{what}: {gaps}");
    let secrets = document["findings"].as_array().expect("a list").iter();
    assert_eq!(
        secrets.filter(|finding| finding["rule"] == "github-pat").count(),
        found,
        "{what}: {}",
        outcome.stdout
    );
}

fn line(seed: &str) -> String {
    format!("GITHUB_TOKEN={}\n", token(seed))
}

/// Files of several kinds, each with its secret at the end.
fn files() -> Repo {
    let repo = Repo::new();
    let text = "a line of text that goes on for a while\n".repeat(100);
    repo.write("sound.txt", line("sound"));
    repo.write("long.txt", text.clone() + &line("long"));
    repo.write("huge.log", text.repeat(2400) + &line("huge"));
    repo.write("packed.zip", zip(&[("filler.txt", text.as_bytes()), ("app.env", &settings("packed"))]));
    repo.write("inner/one.txt", line("inner"));
    repo
}

#[test]
fn files_that_cannot_be_read_are_named_and_the_others_are_scanned() {
    let repo = files();
    for (fault, place, found) in [
        (broken_after("/long.txt", "1000"), "long.txt", 4),
        (broken_after("/huge.log", "9000000"), "huge.log", 4),
        (broken_after("/long.txt", "0"), "long.txt", 4),
        (broken_after("/packed.zip", "60"), "packed.zip", 4),
        (refused("/long.txt", "open"), "long.txt", 4),
        (refused("inner", "list"), "inner", 4),
    ] {
        is_told(&repo, &fault, &["scan", "."], (place, found));
        let check = run(&repo, &fault, &["check", "."], b"");
        assert!(check.code == 2 && check.stdout.contains(place), "{place}: {}", check.stdout);
    }
    let named = [&refused("long.txt", "open"), &broken_after("long.txt", "1000")];
    for fault in named {
        is_told(&repo, fault, &["scan", "long.txt", "sound.txt"], ("long.txt", 1));
    }
}

#[test]
fn what_is_found_before_a_stream_breaks_is_told() {
    let repo = Repo::new();
    let text = line("before") + &"a line\n".repeat(10_000) + &line("after");
    let fault = broken_after("pipe:", "20000");
    let outcome = run(&repo, &fault, &["scan", "-", "-f", "json"], text.as_bytes());
    let document = outcome.json();
    assert_eq!(
        (outcome.code, document["findings"].as_array().map(Vec::len)),
        (2, Some(1)),
        "{}",
        outcome.stdout
    );
    assert!(document["coverage"]["not_scanned"].to_string().contains("stdin"), "{}", outcome.stdout);
}

#[test]
fn settings_that_cannot_be_read_are_told_by_the_lint() {
    let repo = Repo::new();
    repo.write(".env", line("env"));
    repo.write(".env.production", "A=1\n".repeat(100));
    for fault in [broken_after("/.env.production", "9"), refused("/.env.production", "open")] {
        for args in [&["env", "."][..], &["trace", "."]] {
            let outcome = run(&repo, &fault, args, b"");
            assert!(
                outcome.code == 2 && outcome.stdout.contains(".env.production"),
                "{args:?}: {}",
                outcome.stdout
            );
        }
        let inventory = run(&repo, &fault, &["inventory"], b"");
        assert!(inventory.code == 2 && inventory.stderr.contains(".env.production"), "{}", inventory.stderr);
    }
}

/// A repository with a pack, a loose commit, a packed reference and a file that is tracked although it is ignored.
fn repository() -> Repo {
    let repo = Repo::new();
    repo.write(".gitignore", "*.env\n");
    repo.write("a.env", line("tracked"));
    repo.git(&["add", "-f", "a.env"]);
    repo.write("packed.txt", line("in the pack"));
    repo.commit("one");
    repo.repack();
    repo.git(&["pack-refs", "--all"]);
    repo.write("loose.txt", line("loose"));
    repo.commit("two");
    repo.git(&["branch", "other"]);
    repo.git(&["worktree", "add", "-q", "--detach", ".git/beside"]);
    repo
}

#[test]
fn parts_of_a_repository_that_cannot_be_read_are_named_and_the_rest_is_scanned() {
    let repo = repository();
    let id = repo.git(&["rev-parse", "HEAD:loose.txt"]);
    let loose = format!("{}/{}", &id[..2], &id[2..]);
    for (fault, place, found) in [
        (broken_after(".pack", "12"), "pack-", 1),
        (broken_after(".pack", "200"), "pack-", 1),
        (refused(".pack", "open"), "pack-", 1),
        (refused(".idx", "open"), "pack-", 1),
        (refused(&format!("objects/{}", &id[..2]), "list"), &id[..2], 2),
        (broken_after(&loose, "0"), &id[2..], 2),
        (refused(&loose, "open"), &id[2..], 2),
        (broken_after("packed-refs", "0"), "reference", 3),
        (refused("packed-refs", "open"), "reference", 3),
        (refused("refs/heads/other", "open"), "reference", 3),
        (refused("refs/heads", "list"), "reference", 3),
        (refused("worktrees", "list"), "worktrees", 3),
        (refused("worktrees/beside/HEAD", "open"), "worktrees/beside/HEAD", 3),
        (refused("logs/refs", "list"), "logs/refs", 3),
        (refused("logs/HEAD", "open"), "logs/HEAD", 3),
        (refused(".git/config", "open"), ".git/config", 3),
    ] {
        is_told(&repo, &fault, &["git", "."], (place, found));
    }
    for (fault, place) in
        [(refused("objects/pack", "list"), "pack directory"), (refused(".git/HEAD", "open"), "HEAD")]
    {
        let outcome = run(&repo, &fault, &["git", "."], b"");
        assert!(outcome.code == 2 && outcome.stderr.contains(place), "{}", outcome.stderr);
    }
}

#[test]
fn an_index_that_cannot_be_read_hides_no_tracked_file_in_silence() {
    let repo = repository();
    assert_eq!(repo.scan(&["scan", ".", "-f", "json"]).json()["findings"].as_array().map(Vec::len), Some(3));
    let fault = refused(".git/index", "open");
    is_told(&repo, &fault, &["scan", "."], ("index of .", 2));
    let staged = run(&repo, &fault, &["git", "--staged"], b"");
    assert!(staged.code == 2 && staged.stderr.contains("index"), "{}", staged.stderr);
}

#[test]
fn decisions_that_cannot_be_read_are_an_error_and_never_left_out() {
    let repo = Repo::new();
    repo.write("a.txt", line("decided"));
    repo.write("ringfence.toml", "# nothing\n".repeat(20));
    repo.write("my.rules", "provider = \"Mine\"\n");
    repo.write("in.json", "{}");
    assert_eq!(repo.scan(&["baseline", "create", "."]).code, 0);
    for (name, args) in [
        ("ringfence.toml", &["scan", "."][..]),
        ("ringfence.baseline", &["scan", "."]),
        ("my.rules", &["scan", ".", "--rules", "my.rules"]),
        ("in.json", &["report", "convert", "in.json", "-f", "text"]),
        ("a.txt", &["redact", "a.txt"]),
        ("a.txt", &["explain", "a.txt:1"]),
    ] {
        for fault in [broken_after(name, "3"), refused(name, "open")] {
            let outcome = run(&repo, &fault, args, b"");
            assert!(outcome.code == 2 && outcome.stderr.contains(name), "{args:?}: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_cache_that_cannot_be_read_is_as_if_it_were_not_there() {
    let repo = repository();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let folder = cache.path().to_str().expect("its name is UTF-8");
    let env = |more: [(&'static str, &'static str); 3]| {
        let library = library().to_str().expect("its name is UTF-8");
        let base = [("XDG_CACHE_HOME", folder), ("SOURCE_DATE_EPOCH", "1800000000"), ("LD_PRELOAD", library)];
        let all = [&base[..], &more].concat();
        ringfence_with_env(repo.path(), &["git", ".", "-f", "json"], &all)
    };
    let first = env([("FAULT_PATH", ""), ("FAULT_KIND", "read"), ("FAULT_ERRNO", "5")]);
    assert_eq!(first.code, 1, "{}", first.stdout);
    for kind in ["read", "open"] {
        let again = env([("FAULT_PATH", "ringfence/history-"), ("FAULT_KIND", kind), ("FAULT_ERRNO", "5")]);
        assert_eq!((again.code, &again.stdout), (1, &first.stdout), "{kind}");
    }
}

#[test]
fn what_comes_in_small_pieces_or_after_interruptions_is_the_same() {
    let (repo, input) = (files(), "a line\n".repeat(3000) + &line("stream"));
    repo.commit("one");
    repo.repack();
    let sound = |args: &[&str]| run(&repo, &broken_after("no such path", ""), args, input.as_bytes());
    for args in [
        &["scan", ".", "-f", "json"][..],
        &["git", ".", "-f", "json"],
        &["check", "."],
        &["scan", "-", "-f", "json"],
    ] {
        let expected = sound(args);
        assert!(expected.code == 1, "{args:?}: {}", expected.stdout);
        for kind in ["short", "interrupted"] {
            let fault = Fault { path: "/", kind, after: "", errno: "" };
            let streamed = Fault { path: "pipe:", kind, after: "", errno: "" };
            for fault in [fault, streamed] {
                let outcome = run(&repo, &fault, args, input.as_bytes());
                assert_eq!((outcome.code, &outcome.stdout), (1, &expected.stdout), "{args:?}, {kind}");
            }
        }
    }
}
