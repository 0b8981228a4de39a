//! Every corner of a repository in which a secret can hide: found there, and told where.

use std::path::Path;

use serde_json::Value;

use super::pack::{settings, zip};
use super::support::{Outcome, Repo, ringfence, token};

/// The place of the only finding: kind and path.
fn place(outcome: &Outcome) -> (String, String) {
    let document = outcome.json();
    let findings = document["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    let place = &findings[0]["places"][0];
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    (text(&place["kind"]), text(&place["location"]["path"]))
}

fn scan(repo: &Repo, more: &[&str]) -> Outcome {
    repo.scan(&[&["git", ".", "-f", "json"], more].concat())
}

fn repo_with_one_commit() -> Repo {
    let repo = Repo::new();
    repo.write("a.txt", "fine\n");
    repo.commit("one");
    repo
}

#[test]
fn a_value_in_a_file_or_folder_name_is_found_and_the_path_masked() {
    for packed in [false, true] {
        let repo = repo_with_one_commit();
        let value = token("in a name");
        repo.write(&format!("dir/{value}.txt"), "x\n");
        let guilty = repo.commit("two");
        repo.write(&format!("keep/{}/b.txt", token("in a folder")), "x\n");
        repo.commit("three");
        repo.git(&["rm", "-rq", "dir"]);
        let removed = repo.commit("four");
        if packed {
            repo.repack();
        }
        let outcome = scan(&repo, &[]);
        assert_eq!(outcome.code, 1);
        let document = outcome.json();
        let findings = document["findings"].as_array().expect("a list");
        assert_eq!(findings.len(), 2, "{}", outcome.stdout);
        let paths: Vec<&str> =
            findings.iter().map(|finding| finding["location"]["path"].as_str().expect("a path")).collect();
        assert!(paths.iter().any(|path| path.starts_with("dir/ghp_")), "{paths:?}");
        assert!(findings.iter().all(|finding| finding["places"][0]["kind"] == "name"));
        assert!(!outcome.stdout.contains(&value) && !scan(&repo, &["-f", "sarif"]).stdout.contains(&value));
        let gone =
            findings.iter().find(|finding| finding["exposure"]["at_head"] == false).expect("one is gone");
        assert_eq!(gone["exposure"]["introduced"][0]["id"], guilty.as_str());
        assert_eq!(gone["exposure"]["removed"][0]["id"], removed.as_str());
    }
}

#[test]
fn a_value_in_the_name_of_a_work_file_is_found() {
    let repo = repo_with_one_commit();
    let value = token("work file");
    repo.write(&format!("{value}.txt"), "x\n");
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(place(&outcome).0, "file");
    assert!(!outcome.stdout.contains(&value));
}

#[test]
fn names_of_branches_and_tags_are_read() {
    for kind in ["branch", "tag"] {
        let repo = repo_with_one_commit();
        let value = token("reference name");
        repo.git(&[kind, &format!("fix/{value}")]);
        let outcome = scan(&repo, &[]);
        let (what, path) = place(&outcome);
        assert_eq!((what.as_str(), outcome.code), ("reference", 1));
        assert!(path.starts_with("<reference refs/") && !outcome.stdout.contains(&value), "{path}");
        assert_eq!(outcome.json()["findings"][0]["exposure"]["reachable"], true);
    }
}

#[test]
fn notes_links_and_authors_are_read() {
    let repo = repo_with_one_commit();
    repo.git(&["notes", "add", "-m", &format!("k={}", token("a note"))]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(format!("/x/{}", token("a link")), repo.path().join("link")).expect("a link");
    #[cfg(not(unix))]
    repo.write("link", token("a link"));
    repo.commit("two");
    let author = format!("{} <a@example.org>", token("an author"));
    repo.git(&["commit", "-q", "--allow-empty", "-m", "three", "--author", &author]);
    repo.git(&["tag", "-a", "-m", &format!("k={}", token("a tag")), "v1"]);
    repo.git(&[
        "update-ref",
        "refs/pull/7/head",
        &repo.git(&["commit-tree", "-m", &token("custom"), "HEAD^{tree}"]),
    ]);
    let document = scan(&repo, &[]).json();
    assert_eq!(document["summary"]["findings"], 5, "{document}");
}

#[test]
fn the_stash_is_read_with_its_index_and_what_was_untracked() {
    let repo = repo_with_one_commit();
    repo.write("a.txt", format!("k={}\n", token("staged part")));
    repo.git(&["add", "a.txt"]);
    repo.write("a.txt", format!("k={}\n", token("work part")));
    repo.write("new.txt", format!("k={}\n", token("untracked part")));
    repo.git(&["stash", "-q", "-u"]);
    assert_eq!(repo.scan(&["scan", "."]).code, 0);
    assert_eq!(scan(&repo, &[]).json()["summary"]["findings"], 3);
}

#[test]
fn lost_commits_and_staged_blobs_are_named_on_demand() {
    let repo = repo_with_one_commit();
    repo.write("sub/b.txt", format!("k={}\n", token("lost")));
    let lost = repo.commit("two");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.write("c/staged.txt", format!("k={}\n", token("staged")));
    repo.git(&["add", "c/staged.txt"]);
    let hidden = scan(&repo, &[]);
    assert_eq!((hidden.code, &hidden.json()["summary"]["hidden"]["unreachable"]), (0, &2.into()));
    let document = scan(&repo, &["--unreachable"]).json();
    let mut told: Vec<(String, Value)> = document["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| &finding["places"][0])
        .map(|place| {
            (place["location"]["path"].as_str().expect("a path").to_owned(), place["commit"]["id"].clone())
        })
        .collect();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(told, [("c/staged.txt".to_owned(), Value::Null), ("sub/b.txt".to_owned(), lost.into())]);
}

#[test]
fn addresses_in_the_configuration_and_logs_of_references_are_read() {
    let repo = repo_with_one_commit();
    repo.git(&["config", "remote.origin.url", &format!("https://x:{}@example.org/a.git", token("remote"))]);
    assert_eq!(place(&scan(&repo, &[])), ("file".into(), ".git/config".into()));
    repo.git(&["config", "remote.origin.url", "https://example.org/a.git"]);
    repo.git(&["update-ref", "-m", &format!("fetch {}", token("log")), "refs/heads/b", "HEAD"]);
    assert_eq!(place(&scan(&repo, &[])), ("file".into(), ".git/logs/refs/heads/b".into()));
    std::fs::remove_dir_all(repo.path().join(".git/logs")).expect("it is ours");
    repo.write(".git/FETCH_HEAD", format!("0 branch 'x' of https://{}@example.org\n", token("fetch")));
    assert_eq!(place(&scan(&repo, &[])), ("file".into(), ".git/FETCH_HEAD".into()));
}

#[test]
fn a_ci_jobs_own_header_does_not_fail_the_job() {
    let repo = repo_with_one_commit();
    let header = format!("AUTHORIZATION: bearer {}", token("job"));
    repo.git(&["config", "http.https://example.org/.extraheader", &header]);
    let outcome = scan(&repo, &[]);
    assert_eq!((outcome.code, &outcome.json()["findings"][0]["severity"]), (0, &"info".into()));
}

#[test]
fn what_another_work_tree_has_checked_out_is_reachable() {
    let repo = repo_with_one_commit();
    repo.git(&["worktree", "add", "-q", "--detach", "other"]);
    let other = repo.path().join("other");
    std::fs::write(other.join("w.txt"), format!("k={}\n", token("work tree"))).expect("it is ours");
    repo.git(&["-C", "other", "add", "w.txt"]);
    repo.git(&["-C", "other", "commit", "-q", "-m", "detached"]);
    for folder in [repo.path(), other.as_path()] {
        let outcome = ringfence(folder, &["git", ".", "-f", "json"]);
        assert_eq!((place(&outcome), outcome.code), (("blob".into(), "w.txt".into()), 1));
    }
}

#[test]
fn the_history_of_a_submodule_is_read_under_its_name() {
    let inner = repo_with_one_commit();
    inner.write("deep/s.txt", format!("k={}\n", token("submodule")));
    inner.commit("in");
    inner.write("deep/s.txt", "gone\n");
    inner.commit("out");
    let repo = repo_with_one_commit();
    let url = inner.path().to_str().expect("a plain path");
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "vendor/lib"]);
    repo.commit("with a submodule");
    let outcome = scan(&repo, &[]);
    assert_eq!(place(&outcome), ("blob".into(), "vendor/lib/deep/s.txt".into()));
    assert!(outcome.stdout.contains("submodule vendor/lib"), "{}", outcome.stdout);
}

#[test]
fn a_reftable_is_read_through_git() {
    let repo = Repo::new();
    std::fs::remove_dir_all(repo.path().join(".git")).expect("it is ours");
    repo.git(&["init", "-q", "-b", "main", "--ref-format=reftable"]);
    repo.write("r.txt", format!("k={}\n", token("reftable")));
    let guilty = repo.commit("two");
    let path = std::env::var("PATH").expect("there is a PATH");
    let flags = ["git", ".", "-f", "json"];
    let found = super::support::ringfence_with_env(repo.path(), &flags, &[("PATH", &path)]);
    assert_eq!((found.code, place(&found).1), (1, "r.txt".into()));
    assert_eq!(found.json()["findings"][0]["exposure"]["introduced"][0]["id"], guilty.as_str());
    assert_eq!(found.json()["findings"][0]["exposure"]["at_head"], true);
    let without = super::support::ringfence_with_env(repo.path(), &flags, &[("PATH", "/nowhere")]);
    assert_eq!(without.code, 2);
    assert!(without.stdout.contains("reftable"), "{}", without.stdout);
}

#[test]
fn sha256_multi_packs_and_replaced_objects_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let repo = Repo::new();
    let sha = folder.path().join("sha256");
    let at = sha.to_str().expect("a plain path");
    repo.git(&["init", "-q", "-b", "main", "--object-format=sha256", at]);
    std::fs::write(sha.join("s.txt"), format!("k={}\n", token("sha256"))).expect("it is ours");
    repo.git(&["-C", at, "add", "."]);
    repo.git(&["-C", at, "commit", "-q", "-m", "one"]);
    for pack in [false, true] {
        if pack {
            repo.git(&["-C", at, "repack", "-adq"]);
            repo.git(&["-C", at, "multi-pack-index", "write"]);
        }
        let outcome = ringfence(Path::new(at), &["git", ".", "-f", "json"]);
        assert_eq!((place(&outcome), outcome.code), (("blob".into(), "s.txt".into()), 1));
    }
    repo.write("clean.txt", "clean\n");
    let id = repo.commit("one");
    repo.write("clean.txt", format!("k={}\n", token("replacement")));
    let other = repo.commit("two");
    repo.git(&["reset", "-q", "--hard", &id]);
    repo.git(&["replace", &id, &other]);
    assert_eq!(scan(&repo, &[]).code, 1, "refs/replace leads to it");
}

#[test]
fn an_archive_that_git_lfs_has_fetched_is_opened() {
    let repo = Repo::new();
    let id = "3c".repeat(32);
    repo.write("a.zip", format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 99\n"));
    repo.commit("a large archive");
    let archive = zip(&[("conf/app.env", &settings("an archive of Git LFS"))]);
    repo.write(&format!(".git/lfs/objects/3c/3c/{id}"), archive);
    let outcome = repo.scan(&["git", ".", "-f", "json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    let path = outcome.json()["findings"][0]["location"]["path"].to_string();
    assert!(path.ends_with(&format!("{id}!/conf/app.env\"")), "{path}");
}

/// A file that Git LFS keeps elsewhere is named as left out; one that was fetched is read.
#[test]
fn files_of_git_lfs_are_read_if_here_and_named_if_not() {
    let repo = Repo::new();
    let pointer =
        |id: &str| format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 99\n");
    let (here, away) = ("1a".repeat(32), "2b".repeat(32));
    repo.write("here.bin", pointer(&here));
    repo.write("away.bin", pointer(&away));
    repo.commit("two large files");
    let secret = token("kept by Git LFS");
    repo.write(&format!(".git/lfs/objects/1a/1a/{here}"), format!("key={secret}\n"));
    let outcome = repo.scan(&["git", ".", "-f", "json", "--show-secrets"]);
    let document = outcome.json();
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    assert_eq!(document["findings"][0]["secret"], secret.as_str());
    let left = &document["coverage"]["out_of_scope"][0];
    assert_eq!((&left["reason"], &left["count"]), (&"lfs-object".into(), &1.into()));
    assert_eq!(left["examples"][0], format!("sha256:{away}").as_str());
    let tree = repo.scan(&["scan", ".", "-f", "json"]).json();
    let left = &tree["coverage"]["out_of_scope"][0];
    assert_eq!((&left["reason"], &left["count"]), (&"lfs-object".into(), &2.into()));
    assert_eq!(left["examples"][0], "away.bin");
}
