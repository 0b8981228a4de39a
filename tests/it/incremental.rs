//! What `ringfence git` finds in a part of a history: what is staged, a range, a push.

use serde_json::Value;

use super::support::{Outcome, Repo, token};

fn line(seed: &str) -> String {
    format!("k={}\n", token(seed))
}

/// Path and line of every place, sorted as the report has them.
fn places(outcome: &Outcome) -> Vec<(String, u64)> {
    let place = |place: &Value| {
        let location = &place["location"];
        let path = location["path"].as_str().expect("a path").to_owned();
        (path, location["line"].as_u64().expect("a line"))
    };
    let report = outcome.json();
    let findings = report["findings"].as_array().expect("a list");
    findings.iter().flat_map(|finding| finding["places"].as_array().expect("a list")).map(place).collect()
}

fn staged(repo: &Repo) -> Outcome {
    repo.scan(&["git", "--staged", "-f", "json"])
}

mod of_the_index {
    use super::*;

    /// A repository with a clean file and one with an old secret.
    fn with_old_secret() -> Repo {
        let repo = Repo::new();
        repo.write("src/clean.txt", "one\n");
        repo.write("src/old.txt", format!("first\n{}", line("old")));
        repo.commit("base");
        repo
    }

    #[test]
    fn a_first_commit_is_all_new() {
        let repo = Repo::new();
        repo.write("a/b/c.txt", line("first"));
        assert_eq!((staged(&repo).code, places(&staged(&repo))), (0, vec![]), "nothing is staged yet");
        repo.git(&["add", "-A"]);
        let outcome = staged(&repo);
        assert_eq!((outcome.code, places(&outcome)), (1, vec![("a/b/c.txt".into(), 1)]));
    }

    #[test]
    fn a_finding_is_a_plain_file_without_a_commit() {
        let repo = with_old_secret();
        repo.write("src/clean.txt", format!("one\n{}", line("new")));
        repo.git(&["add", "-A"]);
        let json = staged(&repo).json();
        let place = &json["findings"][0]["places"][0];
        assert_eq!((&place["kind"], &place["location"]["path"]), (&"staged".into(), &"src/clean.txt".into()));
        assert_eq!((&place["commit"], &place["at_head"]), (&Value::Null, &Value::Null));
        assert_eq!(json["findings"][0]["exposure"], Value::Null);
        assert_eq!(json["coverage"]["scanned"]["blobs"], 1, "the other file is not read");
        let text = repo.scan(&["git", "--staged"]).stdout;
        assert!(text.contains("--> src/clean.txt:2:3\n") && !text.contains("= commit"), "{text}");
        let sarif = repo.scan(&["git", "--staged", "-f", "sarif"]).json();
        let artifact =
            &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], "src/clean.txt");
        assert_eq!(artifact["uriBaseId"], "%SRCROOT%");
    }

    #[test]
    fn only_what_is_new_in_a_file_is_told() {
        let repo = with_old_secret();
        repo.write("src/old.txt", format!("more\nfirst\n{}", line("old")));
        repo.git(&["add", "-A"]);
        assert_eq!(staged(&repo).code, 0, "the value was there before");
        repo.write("src/old.txt", format!("first\n{}{}", line("old"), line("new")));
        repo.git(&["add", "-A"]);
        assert_eq!(places(&staged(&repo)), [("src/old.txt".into(), 3)]);
    }

    #[test]
    fn a_rename_or_copy_brings_nothing_new_unless_something_was_added() {
        let repo = with_old_secret();
        repo.git(&["mv", "src/old.txt", "moved.txt"]);
        assert_eq!(staged(&repo).code, 0);
        repo.write("moved.txt", format!("first\n{}{}", line("old"), line("new")));
        repo.git(&["add", "-A"]);
        assert_eq!(places(&staged(&repo)), [("moved.txt".into(), 3)]);
        repo.git(&["reset", "-q", "--hard"]);
        repo.write("copy.txt", format!("first\n{}", line("old")));
        repo.git(&["add", "-A"]);
        assert_eq!(staged(&repo).code, 0);
    }

    #[test]
    fn a_value_that_goes_to_another_file_while_it_stays_is_told() {
        let repo = with_old_secret();
        repo.write("deploy.txt", format!("other\n{}", line("old")));
        repo.git(&["add", "-A"]);
        assert_eq!(places(&staged(&repo)), [("deploy.txt".into(), 2)]);
    }

    #[test]
    fn the_index_counts_and_not_the_work_tree() {
        let repo = with_old_secret();
        repo.write("src/clean.txt", line("staged"));
        repo.git(&["add", "-A"]);
        repo.write("src/clean.txt", "one\n");
        assert_eq!(places(&staged(&repo)).len(), 1, "staged, and taken out of the work tree");
        std::fs::remove_file(repo.path().join("src/clean.txt")).expect("it is there");
        assert_eq!(places(&staged(&repo)).len(), 1, "staged, and gone from the work tree");
        repo.git(&["reset", "-q", "--hard"]);
        repo.write("src/clean.txt", line("work tree only"));
        assert_eq!(staged(&repo).code, 0, "in the work tree only");
        repo.git(&["add", "-N", "src/clean.txt"]);
        repo.write("intended.txt", line("intended"));
        repo.git(&["add", "-N", "intended.txt"]);
        assert_eq!(staged(&repo).code, 0, "intended only");
    }

    #[test]
    fn conflicts_links_and_submodules() {
        let repo = Repo::new();
        repo.write("a.txt", "base\n");
        repo.commit("base");
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.write("a.txt", line("theirs"));
        repo.commit("side");
        repo.git(&["checkout", "-q", "main"]);
        repo.write("a.txt", "ours\n");
        repo.commit("main");
        repo.try_git(&["merge", "-q", "side"]);
        assert_eq!(places(&staged(&repo)), [("a.txt".into(), 1)], "a stage of a conflict");
        repo.git(&["reset", "-q", "--hard"]);
        std::os::unix::fs::symlink(line("link").trim(), repo.path().join("link")).expect("links are made");
        repo.git(&["add", "link"]);
        let head = repo.git(&["rev-parse", "HEAD"]);
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},sub")]);
        let outcome = staged(&repo);
        assert_eq!(places(&outcome), [("link".into(), 1)], "where a link leads");
        let left = &outcome.json()["coverage"]["out_of_scope"][0];
        assert_eq!((&left["reason"], &left["count"]), (&"submodule".into(), &1.into()));
        repo.git(&["commit", "-q", "-m", "with a submodule"]);
        let left = staged(&repo).json()["coverage"]["out_of_scope"].clone();
        assert_eq!(left, Value::Array(vec![]), "one that is the same counts no more");
    }

    #[test]
    fn deep_folders_a_file_that_was_a_folder_and_a_detached_work_tree() {
        let repo = Repo::new();
        for n in 0..40 {
            repo.write(&format!("d{}/e{}/f{n}.txt", n % 5, n % 3), format!("{n}\n"));
        }
        repo.commit("base");
        repo.git(&["worktree", "add", "-q", "-b", "other", "other"]);
        repo.write("d1/e1/f1.txt", line("deep"));
        repo.git(&["add", "d1"]);
        repo.git(&["rm", "-rq", "d2"]);
        repo.write("d2", line("was a folder"));
        repo.git(&["add", "d2"]);
        let want: [(String, u64); 2] = [("d1/e1/f1.txt".into(), 1), ("d2".into(), 1)];
        let mut found = places(&staged(&repo));
        found.sort();
        assert_eq!(found, want);
        assert_eq!(staged(&repo).json()["coverage"]["scanned"]["blobs"], 2);
        assert_eq!(repo.scan(&["git", "--staged", "other"]).code, 0, "it has an index of its own");
    }

    #[test]
    fn the_index_that_git_names_to_its_hook_counts() {
        let repo = with_old_secret();
        repo.hook("pre-commit", "--staged");
        repo.write("src/clean.txt", line("with -a"));
        for args in [&["commit", "-qam", "all"][..], &["commit", "-qm", "one", "src/clean.txt"]] {
            let output = repo.try_git(args);
            assert!(!output.status.success(), "{args:?}: the hook stops the commit");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains("src/clean.txt:1:3"), "{args:?}: {said}");
        }
        repo.write("src/clean.txt", "fine\n");
        repo.git(&["commit", "-qam", "all"]);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let repo = Repo::new();
        repo.git(&["init", "-q", "--bare", "bare.git"]);
        let outcome = repo.scan(&["git", "--staged", "bare.git"]);
        assert!(outcome.code == 2 && outcome.stderr.contains("nothing staged"), "{}", outcome.stderr);
        repo.write("a.txt", line("gone"));
        repo.git(&["add", "-A"]);
        let id = repo.git(&["rev-parse", ":a.txt"]);
        let object = repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
        std::fs::remove_file(object).expect("it is loose");
        let outcome = staged(&repo);
        assert_eq!(outcome.code, 2);
        assert_eq!(outcome.json()["coverage"]["not_scanned"][0]["reason"], "missing-object");
        std::fs::write(repo.path().join(".git/index"), "DIRC and no index").expect("it is ours");
        let outcome = staged(&repo);
        assert!(outcome.code == 2 && outcome.stderr.contains("index cannot be read"), "{}", outcome.stderr);
    }
}
