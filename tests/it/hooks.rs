//! Installed git hooks: they stop a commit and a push, run what was there before, and go without a trace.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::support::{Repo, token};

fn line(seed: &str) -> String {
    format!("k={}\n", token(seed))
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A repository with our hooks and one clean commit.
fn guarded() -> Repo {
    let repo = Repo::new();
    repo.write("a.txt", "one\n");
    repo.commit("one");
    let installed = repo.scan(&["hook", "install"]);
    assert_eq!(installed.code, 0, "{}", installed.stderr);
    repo
}

#[test]
fn a_commit_with_a_secret_is_stopped_and_one_without_is_not() {
    let repo = guarded();
    repo.write("b.txt", line("staged"));
    repo.git(&["add", "-A"]);
    let stopped = repo.try_git(&["commit", "-qm", "two"]);
    assert!(!stopped.status.success() && said(&stopped).contains("b.txt:1:3"), "{}", said(&stopped));
    assert!(!said(&stopped).contains(&token("staged")), "the value is not shown");
    assert!(said(&stopped).contains("ringfence: stopped. Take the value out"), "{}", said(&stopped));
    repo.write("b.txt", format!("# ringfence:allow github-pat made up\n{}", line("staged")));
    repo.commit("what the way out says");
    repo.write("b.txt", "fine\n");
    repo.commit("two");
}

#[test]
fn a_push_with_a_secret_is_stopped_the_first_and_the_next_one() {
    let repo = guarded();
    repo.git(&["init", "-q", "--bare", "remote.git"]);
    repo.git(&["remote", "add", "origin", "remote.git"]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.write("b.txt", line("pushed"));
    repo.git(&["add", "b.txt"]);
    repo.git(&["commit", "-q", "--no-verify", "-m", "past the first hook"]);
    let stopped = repo.try_git(&["push", "-q", "origin", "main"]);
    assert!(!stopped.status.success() && said(&stopped).contains("b.txt:1:3"), "{}", said(&stopped));
    let first = repo.try_git(&["push", "-q", "origin", "main:new"]);
    assert!(!first.status.success(), "{}", said(&first));
}

#[test]
fn a_hook_that_was_there_runs_first_and_comes_back() {
    let repo = Repo::new();
    repo.write("a.txt", "one\n");
    repo.commit("one");
    let hook = repo.write(".git/hooks/pre-commit", "#!/bin/sh\necho ran >> .git/ran\n[ ! -e stop ]\n");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let theirs = fs::read(&hook).expect("it is there");
    for _ in 0..2 {
        assert_eq!(repo.scan(&["hook", "install"]).code, 0, "a second time changes nothing");
    }
    repo.write("b.txt", line("chained"));
    repo.git(&["add", "-A"]);
    assert!(!repo.try_git(&["commit", "-qm", "two"]).status.success(), "ours stops it");
    repo.write("b.txt", "fine\n");
    repo.write("stop", "");
    repo.git(&["add", "-A"]);
    assert!(!repo.try_git(&["commit", "-qm", "two"]).status.success(), "theirs stops it");
    let ran = fs::read_to_string(repo.path().join(".git/ran")).expect("it ran");
    assert_eq!(ran.lines().count(), 2);
    assert_eq!(repo.scan(&["hook", "uninstall"]).code, 0);
    assert_eq!(fs::read(&hook).expect("it is back"), theirs);
    assert!(!repo.path().join(".git/hooks/pre-push").exists());
}

#[test]
fn the_folder_that_git_takes_hooks_from_is_used_and_a_foreign_hook_is_left_alone() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", "shared/hooks"]);
    repo.write("sub/a.txt", "one\n");
    assert_eq!(repo.scan(&["hook", "install"]).code, 0);
    assert!(repo.path().join("shared/hooks/pre-commit").is_file());
    fs::write(repo.path().join("shared/hooks/pre-commit"), "#!/bin/sh\n").expect("it can be written");
    let kept = repo.scan(&["hook", "uninstall"]);
    assert!(kept.stderr.contains("left alone"), "{}", kept.stderr);
    assert!(repo.path().join("shared/hooks/pre-commit").is_file());
}

#[test]
fn managers_of_hooks_get_a_snippet() {
    let repo = Repo::new();
    repo.write("lefthook.yml", "pre-commit: {}\n");
    let told = repo.scan(&["hook", "install"]);
    assert_eq!(told.code, 2);
    assert!(told.stderr.contains("ringfence hook run"), "{}", told.stderr);
    assert!(!repo.path().join(".git/hooks/pre-commit").exists());
    let husky = Repo::new();
    husky.git(&["config", "core.hooksPath", ".husky/_"]);
    assert!(husky.scan(&["hook", "install"]).stderr.contains(".husky/pre-commit"));
}

#[test]
fn without_a_repository_there_is_nothing_to_install() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outcome = super::support::ringfence(folder.path(), &["hook", "install"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("git repository"), "{}", outcome.stderr);
}

#[test]
fn a_merge_and_a_rebase_that_are_under_way_are_looked_at_like_any_commit() {
    for way in ["merge", "rebase"] {
        let repo = Repo::new();
        repo.write("a.txt", "one\n");
        repo.commit("base");
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.write("a.txt", "two\n");
        repo.commit("side");
        repo.git(&["checkout", "-q", "-"]);
        repo.write("a.txt", "three\n");
        repo.commit("main");
        assert_eq!(repo.scan(&["hook", "install"]).code, 0);
        assert!(!repo.try_git(&[way, "side"]).status.success(), "{way} meets a conflict");
        repo.write("a.txt", line(way));
        repo.git(&["add", "-A"]);
        assert_eq!(repo.scan(&["git", "--staged"]).code, 1, "{way}");
        let stopped = repo.try_git(&["commit", "-qm", "with a secret"]);
        assert!(!stopped.status.success(), "{way}: {}", said(&stopped));
        repo.write("a.txt", "two and three\n");
        repo.git(&["add", "-A"]);
        let passed = repo.try_git(&["commit", "-qm", "without"]);
        assert!(passed.status.success(), "{way}: {}", said(&passed));
    }
}

#[test]
fn the_first_commit_an_empty_one_and_a_detached_head() {
    let repo = Repo::new();
    assert_eq!(repo.scan(&["hook", "install"]).code, 0);
    repo.write("b.txt", line("first"));
    repo.git(&["add", "-A"]);
    assert!(!repo.try_git(&["commit", "-qm", "first"]).status.success());
    repo.write("b.txt", "fine\n");
    repo.commit("first");
    repo.git(&["commit", "-q", "--allow-empty", "-m", "empty"]);
    repo.git(&["checkout", "-q", "--detach"]);
    repo.write("b.txt", line("detached"));
    repo.git(&["add", "-A"]);
    assert!(!repo.try_git(&["commit", "-qm", "detached"]).status.success());
}

#[test]
fn a_server_refuses_a_push_with_a_secret_and_says_how_to_go_on() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::new();
    repo.git(&["init", "-q", "--bare", "server.git"]);
    repo.write(".gitignore", "server.git\n");
    let script = format!("#!/bin/sh\nexec '{}' hook pre-receive\n", env!("CARGO_BIN_EXE_ringfence"));
    let hook = repo.write("server.git/hooks/pre-receive", script);
    std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    repo.commit("fine");
    assert!(repo.try_git(&["push", "-q", "server.git", "main"]).status.success());
    repo.write("b.txt", line("pushed"));
    repo.commit("a leak");
    let refused = repo.try_git(&["push", "-q", "server.git", "main"]);
    assert!(!refused.status.success());
    let told = said(&refused);
    assert!(told.contains("b.txt:1:3") && told.contains("remote: ringfence: refused."), "{told}");
    assert!(!told.contains(&token("pushed")), "the value is not shown");
}
