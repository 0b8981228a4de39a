//! What goes wrong round a scan: it is killed, the disk is full, files and repositories change while they are read.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::support::{Repo, ringfence, ringfence_with_env, token};

/// Commits of the repositories here, each with a token.
const COMMITS: usize = 12;

fn with_tokens() -> Repo {
    let repo = Repo::new();
    let mut text = String::new();
    for at in 0..COMMITS {
        text += &format!("token {at}: {}\n", token(&format!("fault {at}")));
        repo.write("tokens.txt", &text);
        repo.commit("one more");
    }
    repo
}

/// Does `meanwhile` again and again while `run` goes on.
fn while_running<T>(meanwhile: impl Fn(usize) + Sync, run: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            (0..).take_while(|_| !is_over.load(Ordering::Relaxed)).for_each(&meanwhile);
        });
        let result = run();
        is_over.store(true, Ordering::Relaxed);
        result
    })
}

/// Starts a program and kills it after some time.
fn kill(folder: &Path, (args, env): (&[&str], &[(&str, &str)]), after: Duration) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(args)
        .current_dir(folder)
        .env("HOME", folder)
        .envs(env.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary was built");
    std::thread::sleep(after);
    // It may have ended already.
    drop(child.kill());
    child.wait().expect("it ends");
}

#[test]
fn a_killed_scan_leaves_a_cache_that_the_next_one_reads_or_does_without() {
    let (repo, cache) = (with_tokens(), tempfile::tempdir().expect("a temporary folder"));
    let env = ("XDG_CACHE_HOME", cache.path().to_str().expect("its name is UTF-8"));
    let expected = repo.scan(&["git", ".", "-f", "json", "--no-cache"]).json()["findings"].clone();
    for at in 0..15 {
        repo.write("more.txt", format!("version {at}"));
        repo.commit("nothing of note");
        kill(repo.path(), (&["git", ".", "-q"], &[env]), Duration::from_millis(2 * at));
        let next = ringfence_with_env(repo.path(), &["git", ".", "-f", "json"], &[env]);
        assert_eq!((next.code, &next.json()["findings"]), (1, &expected), "killed after {} ms", 2 * at);
    }
}

#[test]
fn a_killed_baseline_is_the_old_one_or_the_new_one() {
    let repo = with_tokens();
    let read = || std::fs::read_to_string(repo.path().join("ringfence.baseline")).expect("it is there");
    assert_eq!(repo.scan(&["baseline", "create", "."]).code, 0);
    let old = read();
    repo.write("more.txt", token("one more"));
    repo.commit("one more");
    assert_eq!(repo.scan(&["baseline", "update", "."]).code, 0);
    let new = read();
    assert_ne!(old, new);
    for at in 0..10 {
        repo.write("ringfence.baseline", &old);
        kill(repo.path(), (&["baseline", "update", "."], &[]), Duration::from_millis(3 * at));
        let left = read();
        assert!(left == old || left == new, "killed after {} ms: {left}", 3 * at);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_no_clean_scan() {
    let repo = Repo::new();
    repo.write("a.txt", "nothing");
    for format in ["json", "sarif", "html", "text"] {
        let full = repo.scan(&["scan", ".", "-f", format, "-o", "/dev/full"]);
        assert!(full.code == 2 && full.stderr.contains("No space left"), "{format}: {}", full.stderr);
    }
}

#[test]
fn a_repository_that_is_packed_anew_meanwhile_gives_all_or_is_incomplete() {
    let repo = with_tokens();
    let path = repo.path();
    let repack = |at: usize| {
        std::fs::write(path.join("more.txt"), format!("version {at}")).expect("a file can be written");
        let commit =
            "git add -A; git -c user.name=a -c user.email=a@example.org commit -qm more; git repack -adfq";
        let done = Command::new("sh").args(["-c", commit]).current_dir(path).status();
        assert!(done.is_ok_and(|done| done.success()), "git packs");
    };
    let codes = while_running(repack, || {
        let scan = || {
            let scanned = ringfence(path, &["git", ".", "-f", "json", "--no-cache"]);
            let found = scanned.json()["findings"].as_array().map_or(0, Vec::len);
            let lost = &scanned.json()["coverage"]["not_scanned"];
            let is_told = scanned.code == 2 && lost.as_array().is_some_and(|lost| !lost.is_empty());
            assert!(found == COMMITS && scanned.code == 1 || is_told, "{found} found: {}", scanned.stderr);
            scanned.code
        };
        (0..12).map(|_| scan()).collect::<Vec<_>>()
    });
    assert!(codes.iter().all(|code| [1, 2].contains(code)), "{codes:?}");
}

#[test]
fn a_file_that_shrinks_and_grows_while_it_is_read_ends_no_scan() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, secret) = (folder.path().join("log.txt"), token("fault"));
    std::fs::write(folder.path().join("still.txt"), &secret).expect("a file can be written");
    let line = "a line of a log that goes on and on\n";
    let change = |at: usize| {
        let text = line.repeat(if at.is_multiple_of(2) { 200_000 } else { 1 });
        std::fs::write(&file, text).expect("a file can be written");
    };
    while_running(change, || {
        for _ in 0..8 {
            let scanned = ringfence(folder.path(), &["scan", ".", "-f", "json"]);
            let found = scanned.json()["findings"].as_array().map_or(0, Vec::len);
            assert_eq!(found, 1, "{}", scanned.stderr);
        }
    });
}

#[test]
fn links_in_a_circle_and_paths_that_are_too_long_are_counted() {
    let repo = Repo::new();
    repo.write("in/a.txt", "nothing");
    let deep = "n=$(printf 'd%.0s' $(seq 250)); for at in $(seq 20); do mkdir $n && cd -P $n || exit 1; done; echo > end";
    let made = Command::new("bash").args(["-c", deep]).current_dir(repo.path()).status();
    assert!(made.is_ok_and(|made| made.success()), "a deep path can be made");
    std::os::unix::fs::symlink("../in", repo.path().join("in/again")).expect("a link can be made");
    let scanned = repo.scan(&["scan", ".", "-f", "json"]);
    let coverage = &scanned.json()["coverage"];
    assert_eq!((scanned.code, &coverage["scanned"]["files"]), (2, &1.into()), "{coverage}");
    let reasons = |list: &str, key: &str| {
        let all = coverage[list].as_array().into_iter().flatten();
        all.map(|one| one[key].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(reasons("not_scanned", "reason"), ["unreadable"]);
    assert!(reasons("out_of_scope", "reason").iter().any(|reason| reason == "symlink"), "{coverage}");
}

#[test]
fn a_repository_that_is_pushed_to_meanwhile_gives_its_old_or_its_new_state() {
    let repo = with_tokens();
    repo.git(&["clone", "-q", "--bare", ".", "server.git"]);
    repo.write(".git/info/exclude", "server.git\n");
    let (path, pushed) = (repo.path(), std::sync::atomic::AtomicUsize::new(COMMITS));
    let push = |at: usize| {
        std::fs::write(path.join("tokens.txt"), token(&format!("pushed {at}")))
            .expect("a file can be written");
        let commit = "git add -A; git -c user.name=a -c user.email=a@example.org commit -qm more; git push -q server.git main";
        let done = Command::new("sh").args(["-c", commit]).current_dir(path).status();
        assert!(done.is_ok_and(|done| done.success()), "git pushes");
        pushed.fetch_add(1, Ordering::SeqCst);
    };
    while_running(push, || {
        for _ in 0..12 {
            let before = pushed.load(Ordering::SeqCst);
            let scanned = ringfence(path, &["git", "server.git", "-f", "json", "--no-cache"]);
            // One more may be there, and not be counted yet.
            let after = pushed.load(Ordering::SeqCst) + 1;
            let found = scanned.json()["findings"].as_array().map_or(0, Vec::len);
            let lost = &scanned.json()["coverage"]["not_scanned"];
            let is_told = scanned.code == 2 && lost.as_array().is_some_and(|lost| !lost.is_empty());
            let is_a_state = (before..=after).contains(&found) && scanned.code == 1;
            assert!(is_a_state || is_told, "{found} found, {before} to {after} there: {}", scanned.stderr);
        }
    });
}

#[test]
fn a_loose_object_that_is_cut_off_anywhere_is_named() {
    let repo = Repo::new();
    repo.write("a.txt", format!("k={}\n{}", token("whole"), "words and words\n".repeat(400)));
    repo.write("b.txt", format!("k={}\n", token("beside")));
    repo.commit("one");
    let id = repo.git(&["rev-parse", "HEAD:a.txt"]);
    let path = repo.path().join(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    let whole = std::fs::read(&path).expect("it is loose");
    std::fs::remove_file(&path).expect("it is ours");
    for cut in (0..whole.len()).step_by(whole.len() / 12).chain([whole.len() - 1]) {
        std::fs::write(&path, &whole[..cut]).expect("it can be written");
        let scanned = repo.scan(&["git", ".", "-f", "json"]);
        assert_eq!(scanned.code, 2, "cut at {cut}: {}", scanned.stdout);
        assert!(
            scanned.json()["coverage"]["not_scanned"].to_string().contains(&id[2..]),
            "{}",
            scanned.stdout
        );
        assert!(scanned.stdout.contains("b.txt"), "the rest is scanned: {}", scanned.stdout);
    }
}

/// Two branches that merge each other: every commit has both lines of parents.
#[test]
fn merges_that_cross_name_the_one_commit_that_brought_a_value_in() {
    let repo = Repo::new();
    repo.write("a.txt", format!("k={}\n", token("crossed")));
    let first = repo.commit("one");
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let (mut left, mut right) = (first.clone(), first.clone());
    for at in 0..30 {
        let merge = |a: &str, b: &str, side: &str| {
            let message = format!("{side} {at}");
            repo.git(&["commit-tree", &tree, "-p", a, "-p", b, "-m", &message])
        };
        let parents = if at == 0 { (&first, &first) } else { (&left, &right) };
        (left, right) = (merge(parents.0, parents.1, "left"), merge(parents.1, parents.0, "right"));
    }
    repo.git(&["update-ref", "refs/heads/main", &left]);
    repo.git(&["update-ref", "refs/heads/side", &right]);
    let document = repo.scan(&["git", ".", "-f", "json"]).json();
    let introduced = document["findings"][0]["exposure"]["introduced"].as_array().expect("a list");
    assert_eq!((introduced.len(), &introduced[0]["id"]), (1, &first.as_str().into()));
    assert_eq!(document["coverage"]["scanned"]["commits"], 61);
}
