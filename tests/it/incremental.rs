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

/// Paths of the findings' first places and the commits that brought them in, sorted.
fn brought_in(outcome: &Outcome) -> Vec<(String, Vec<String>)> {
    let of = |finding: &Value| {
        let path = finding["location"]["path"].as_str().expect("a path").to_owned();
        let introduced = finding["exposure"]["introduced"].as_array().expect("a list");
        let ids = introduced.iter().map(|commit| commit["id"].as_str().expect("an id").to_owned());
        (path, ids.collect())
    };
    let mut all: Vec<_> = outcome.json()["findings"].as_array().expect("a list").iter().map(of).collect();
    all.sort();
    all
}

mod of_a_range {
    use super::*;

    fn range(repo: &Repo, range: &str) -> Outcome {
        repo.scan(&["git", "--range", range, "-f", "json"])
    }

    #[test]
    fn what_was_there_before_is_not_told_and_what_is_gone_again_is() {
        let repo = Repo::new();
        repo.write("a.txt", line("old"));
        let base = repo.commit("base");
        repo.write("b/c.txt", line("gone again"));
        let guilty = repo.commit("in");
        repo.write("b/c.txt", "fine\n");
        repo.write("a.txt", format!("\n\n{}", line("old")));
        repo.commit("out");
        repo.git(&["mv", "a.txt", "moved.txt"]);
        repo.commit("moved");
        let outcome = range(&repo, &format!("{base}..HEAD"));
        assert_eq!(brought_in(&outcome), [("b/c.txt".into(), vec![guilty])]);
        let json = outcome.json();
        assert_eq!(json["findings"][0]["exposure"]["at_head"], false);
        assert_eq!(json["findings"][0]["places"][0]["at_head"], false);
        assert_eq!(json["coverage"]["scanned"]["commits"], 3);
        assert_eq!(range(&repo, "HEAD~2..").code, 0);
        assert_eq!(range(&repo, "HEAD..HEAD").code, 0);
    }

    #[test]
    fn messages_and_what_only_a_merge_holds() {
        let repo = Repo::new();
        repo.write("a.txt", "base\n");
        let base = repo.commit("base");
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.write("b.txt", "side\n");
        let told = repo.commit(&format!("message {}", line("message")));
        repo.git(&["checkout", "-q", "main"]);
        repo.write("c.txt", "main\n");
        repo.commit("main");
        repo.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
        repo.write("a.txt", line("evil merge"));
        let merge = repo.commit("merge");
        let found = brought_in(&range(&repo, &format!("{base}..main")));
        let want = [(format!("<message of {told}>"), vec![told]), ("a.txt".to_owned(), vec![merge.clone()])];
        assert_eq!(found, want);
        let found = brought_in(&range(&repo, "side..main"));
        assert_eq!(found, [("a.txt".to_owned(), vec![merge])], "the side's own commits are known");
    }

    #[test]
    fn three_dots_and_two_roots() {
        let repo = Repo::new();
        repo.write("a.txt", line("common"));
        repo.commit("base");
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.write("side.txt", line("side"));
        let side = repo.commit("side");
        repo.git(&["checkout", "-q", "main"]);
        repo.write("main.txt", line("main"));
        let main = repo.commit("main");
        let both = [("main.txt".to_owned(), vec![main.clone()]), ("side.txt".to_owned(), vec![side.clone()])];
        assert_eq!(brought_in(&range(&repo, "main...side")), both);
        assert_eq!(brought_in(&range(&repo, "side..main")), both[..1]);
        repo.git(&["checkout", "-q", "--orphan", "island"]);
        repo.git(&["rm", "-rqf", "."]);
        repo.write("island.txt", line("island"));
        let island = repo.commit("a second root");
        let want = [("island.txt".to_owned(), vec![island.clone()])];
        assert_eq!(brought_in(&range(&repo, "main..island")), want);
        assert_eq!(range(&repo, "main...island").json()["findings"].as_array().expect("a list").len(), 3);
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["merge", "-q", "--allow-unrelated-histories", "-m", "joined", "island"]);
        assert_eq!(brought_in(&range(&repo, &format!("{main}..main"))), want);
    }

    #[test]
    fn clocks_that_run_backwards_lose_nothing() {
        let repo = Repo::new();
        repo.write("old.txt", line("old"));
        let base = repo.commit("base");
        for n in 0..4 {
            repo.write("new.txt", if n == 0 { line("skewed") } else { n.to_string() });
            repo.git(&["add", "-A"]);
            let before = format!("{} +0000", 1_000_000_000 - 86_400 * n);
            let output = repo.try_git_at(&["commit", "-qm", "earlier"], &before);
            assert!(output.status.success());
        }
        assert_eq!(brought_in(&range(&repo, &format!("{base}..HEAD"))).len(), 1);
        assert_eq!(brought_in(&range(&repo, &format!("HEAD..{base}"))), []);
    }

    #[test]
    fn revisions_that_are_not_here_name_the_way_out() {
        let repo = Repo::new();
        repo.write("a.txt", "one\n");
        repo.commit("one");
        let cases = [
            ("nowhere..HEAD", "fetch-depth: 0"),
            ("HEAD..nowhere", "`nowhere`"),
            ("HEAD...nowhere", "`nowhere`"),
            ("main", "`main..HEAD`"),
            ("HEAD:a.txt..HEAD", "is no commit"),
        ];
        for (text, want) in cases {
            let outcome = repo.scan(&["git", "--range", text]);
            assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{text}");
            assert!(outcome.stderr.contains(want), "{text}: {}", outcome.stderr);
        }
    }

    #[test]
    fn a_shallow_boundary_in_the_range_is_a_gap() {
        let repo = Repo::new();
        for n in 0..5 {
            repo.write("a.txt", n.to_string());
            repo.commit("more");
        }
        repo.git(&["branch", "old", "HEAD~4"]);
        let url = format!("file://{}", repo.path().display());
        repo.git(&["clone", "-q", "--depth", "3", "--no-single-branch", &url, "shallow"]);
        let inside = repo.scan(&["git", "shallow", "--range", "HEAD~1..HEAD"]);
        assert_eq!(inside.code, 0, "the boundary is not in it: {}", inside.stdout);
        let over = repo.scan(&["git", "shallow", "--range", "origin/old..HEAD"]);
        assert!(over.code == 2 && over.stdout.contains("fetch-depth: 0"), "{}", over.stdout);
        let accepted = ["git", "shallow", "--range", "origin/old..HEAD", "--allow-shallow"];
        assert_eq!(repo.scan(&accepted).code, 0);
        let too_far = repo.scan(&["git", "shallow", "--range", "HEAD~4..HEAD"]);
        assert!(too_far.code == 2 && too_far.stderr.contains("fetch-depth: 0"), "{}", too_far.stderr);
        assert_eq!(repo.scan(&["git", "shallow", "--since", "2020-01-01"]).code, 2);
        assert_eq!(repo.scan(&["git", "shallow", "--since", "2050-01-01"]).code, 0);
    }

    #[test]
    fn a_missing_or_damaged_blob_is_a_gap() {
        let repo = Repo::new();
        repo.write("a.txt", "one\n");
        repo.commit("one");
        repo.write("b.txt", line("gone"));
        repo.commit("two");
        let id = repo.git(&["rev-parse", "HEAD:b.txt"]);
        let object = repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
        std::fs::remove_file(&object).expect("it is loose");
        let reason = |outcome: &Outcome| outcome.json()["coverage"]["not_scanned"][0]["reason"].clone();
        let outcome = range(&repo, "HEAD~1..HEAD");
        assert_eq!((outcome.code, reason(&outcome)), (2, "missing-object".into()));
        let one = repo.git(&["rev-parse", "HEAD:a.txt"]);
        let other = repo.path().join(".git/objects").join(&one[..2]).join(&one[2..]);
        std::fs::copy(other, object).expect("it is ours");
        let outcome = range(&repo, "HEAD~1..HEAD");
        assert_eq!((outcome.code, reason(&outcome)), (2, "corrupt-object".into()), "another blob's bytes");
        repo.git(&["config", "extensions.partialClone", "origin"]);
        let partial = repo.scan(&["git", "--range", "HEAD~1..HEAD", "--allow-partial"]);
        assert_eq!(partial.code, 2, "what is corrupt is not merely missing");
    }
}

mod of_references {
    use super::*;

    fn three_days() -> (Repo, [String; 3]) {
        let repo = Repo::new();
        let days = [1, 2, 3].map(|n| {
            repo.write(&format!("{n}.txt"), line(&format!("day {n}")));
            repo.git(&["add", "-A"]);
            let output = repo.try_git_at(&["commit", "-qm", "day"], &format!("2024-03-0{n}T12:00:00Z"));
            assert!(output.status.success());
            repo.git(&["rev-parse", "HEAD"])
        });
        (repo, days)
    }

    #[test]
    fn since_a_day_or_a_time() {
        let (repo, days) = three_days();
        for (since, first) in [
            ("2024-03-01", 0),
            ("2024-03-02", 1),
            ("2024-03-02T12:00:00Z", 1),
            ("2024-03-02T12:00:01Z", 2),
            ("2024-03-02T13:30:00+01:00", 2),
            ("2024-03-04", 3),
        ] {
            let outcome = repo.scan(&["git", "--since", since, "-f", "json"]);
            let found: Vec<String> = brought_in(&outcome).into_iter().flat_map(|(_, ids)| ids).collect();
            assert_eq!(found, days[first..], "{since}");
        }
        let outcome = repo.scan(&["git", "--since", "yesterday"]);
        assert!(outcome.code == 2 && outcome.stderr.contains("2026-01-31"), "{}", outcome.stderr);
    }

    #[test]
    fn branches_remote_branches_and_tags() {
        let (repo, days) = three_days();
        repo.git(&["branch", "early", &days[0]]);
        repo.git(&["tag", "-a", "v1", "-m", &line("tag"), &days[1]]);
        repo.git(&["update-ref", "refs/remotes/origin/topic", &days[1]]);
        let count = |args: &[&str]| {
            let outcome = repo.scan(&[&["git", "-f", "json"], args].concat());
            let count = outcome.json()["findings"].as_array().expect("a list").len();
            (count, outcome.json()["coverage"]["scanned"]["refs"].as_u64().expect("a number"))
        };
        assert_eq!(count(&["--branch", "early"]), (1, 1));
        assert_eq!(count(&["--branch", "refs/heads/main"]), (3, 1));
        assert_eq!(count(&["--branch", "origin/topic", "--branch", "early"]), (2, 2));
        assert_eq!(count(&["--branch", "v1"]), (3, 1), "two days, and the tag's own text");
        assert_eq!(count(&["--branch", "main", "--since", "2024-03-03"]), (1, 1));
        assert_eq!(count(&["--branch", "early", "--since", "2024-03-03"]), (0, 1));
        let outcome = repo.scan(&["git", "--branch", "mian"]);
        assert!(outcome.code == 2 && outcome.stderr.contains("did you mean main?"), "{}", outcome.stderr);
    }

    #[test]
    fn parts_that_exclude_each_other_are_refused() {
        let repo = Repo::new();
        for args in [
            &["--staged", "--range", "a..b"][..],
            &["--pre-push", "--pre-receive"],
            &["--range", "a..b", "--since", "2024-01-01"],
            &["--staged", "--branch", "main"],
            &["--since", "2024-01-01", "--unreachable"],
        ] {
            let outcome = repo.scan(&[&["git"], args].concat());
            assert!(outcome.code == 2 && outcome.stderr.contains("cannot be used with"), "{args:?}");
        }
    }
}

mod of_a_push {
    use super::*;

    /// A repository with a bare one to push to.
    fn with_remote() -> Repo {
        let repo = Repo::new();
        repo.git(&["init", "-q", "--bare", "remote.git"]);
        repo.git(&["remote", "add", "origin", "remote.git"]);
        repo.write(".gitignore", "remote.git\n");
        repo.commit("base");
        repo
    }

    fn push(repo: &Repo, args: &[&str]) -> (bool, String) {
        let output = repo.try_git(&[&["push", "-q"], args].concat());
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    #[test]
    fn a_first_and_a_second_push_and_a_deletion() {
        let repo = with_remote();
        repo.hook("pre-push", "--pre-push");
        repo.write("a.txt", line("first"));
        repo.commit("first");
        let (pushed, said) = push(&repo, &["origin", "main"]);
        assert!(!pushed && said.contains("a.txt:1:3") && said.contains("2 commits"), "{said}");
        assert!(push(&repo, &["--no-verify", "origin", "main"]).0);
        repo.write("b.txt", "fine\n");
        repo.commit("second");
        let (pushed, said) = push(&repo, &["origin", "main"]);
        assert!(pushed && said.contains("1 commit,"), "only what the remote lacks: {said}");
        repo.git(&["branch", "topic"]);
        let (pushed, said) = push(&repo, &["origin", "topic"]);
        assert!(pushed && said.contains("0 commits"), "a new branch with known commits: {said}");
        let (pushed, said) = push(&repo, &["origin", ":topic"]);
        assert!(pushed && said.contains("findings: none"), "{said}");
    }

    #[test]
    fn annotated_tags_and_tags_on_blobs() {
        let repo = with_remote();
        repo.hook("pre-push", "--pre-push");
        assert!(push(&repo, &["origin", "main"]).0);
        repo.git(&["tag", "-a", "v1", "-m", &line("tag")]);
        let (pushed, said) = push(&repo, &["origin", "v1"]);
        assert!(!pushed && said.contains("message of"), "{said}");
        let blob = repo.write("loose.txt", line("tagged blob"));
        let id = repo.git(&["hash-object", "-w", blob.to_str().expect("a plain path")]);
        repo.git(&["tag", "blob", &id]);
        let (pushed, said) = push(&repo, &["origin", "blob"]);
        assert!(!pushed && said.contains(&format!("<blob {id}>")), "{said}");
        repo.git(&["tag", "v2"]);
        assert!(push(&repo, &["origin", "v2"]).0);
    }

    #[test]
    fn what_the_remote_has_and_is_not_here_falls_back_to_remote_branches() {
        let repo = with_remote();
        repo.write("a.txt", line("known to the remote"));
        let known = repo.commit("known");
        repo.git(&["update-ref", "refs/remotes/origin/main", &known]);
        repo.write("b.txt", line("new"));
        let new = repo.commit("new");
        let elsewhere = "1".repeat(40);
        let input = format!("refs/heads/main {new} refs/heads/main {elsewhere}\n");
        let outcome = repo.scan_input(&["git", "--pre-push", "-f", "json"], input.as_bytes());
        assert_eq!(brought_in(&outcome), [("b.txt".into(), vec![new])]);
    }

    #[test]
    fn nothing_to_push_is_fine_and_a_wrong_line_is_named() {
        let repo = with_remote();
        for mode in ["--pre-push", "--pre-receive"] {
            assert_eq!(repo.scan_input(&["git", mode], b"").code, 0);
            let outcome = repo.scan_input(&["git", mode], b"\nwhat is this\n");
            assert!(outcome.code == 2 && outcome.stderr.contains("line 2"), "{}", outcome.stderr);
        }
        let input = format!("refs/heads/main {} refs/heads/main {}\n", "2".repeat(40), "0".repeat(40));
        assert_eq!(repo.scan_input(&["git", "--pre-push"], input.as_bytes()).code, 2, "it is not here");
    }

    #[test]
    fn a_server_looks_into_the_quarantine() {
        let repo = with_remote();
        repo.hook_in("remote.git", "pre-receive", "--pre-receive");
        assert!(push(&repo, &["origin", "main"]).0);
        repo.write("a.txt", line("to the server"));
        repo.commit("secret");
        for unpack in ["1", "1000"] {
            repo.git(&["-C", "remote.git", "config", "receive.unpackLimit", unpack]);
            let (pushed, said) = push(&repo, &["origin", "main"]);
            assert!(!pushed && said.contains("a.txt:1:3"), "{unpack}: {said}");
            assert!(said.contains("1 commit,") && !said.contains("INCOMPLETE"), "{unpack}: {said}");
        }
        repo.git(&["tag", "-a", "v1", "-m", &line("tag"), "HEAD~1"]);
        let (pushed, said) = push(&repo, &["origin", "v1"]);
        assert!(!pushed && said.contains("message of"), "{said}");
        repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
        repo.write("b.txt", "fine\n");
        repo.commit("fine");
        let (pushed, said) = push(&repo, &["origin", "main", "main:refs/heads/other"]);
        assert!(pushed && said.contains("findings: none"), "{said}");
        assert!(push(&repo, &["origin", ":other"]).0, "a deletion");
    }
}

mod of_everything {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::random::Random;
    use super::*;

    /// A small history: files that gain, lose, move and copy values, branches and merges.
    fn history(seed: u64) -> Repo {
        let repo = Repo::new();
        let mut random = Random::of(&format!("history {seed}"));
        repo.write("0.txt", "base\n");
        repo.commit("base");
        for step in 0..12 {
            match random.below(8) {
                0 => drop(repo.try_git(&["checkout", "-q", "-B", "side", "HEAD~1"])),
                1 => drop(repo.try_git(&["checkout", "-q", "main"])),
                2 => drop(repo.try_git(&["merge", "-q", "--no-edit", "-X", "ours", "side"])),
                3 => drop(repo.try_git(&["mv", "-k", "0.txt", &format!("dir/{step}.txt")])),
                _ => {
                    let values = (0..random.below(4)).map(|_| line(&format!("value {}", random.below(9))));
                    let text: String = values.collect::<Vec<_>>().join("text\n") + &step.to_string();
                    repo.write(&format!("{}.txt", random.below(3)), text);
                    let message = if random.below(6) == 0 { line("in a message") } else { "step".into() };
                    repo.commit(&message);
                }
            }
            repo.git(&["reset", "-q", "--hard"]);
        }
        repo
    }

    /// Rule and fingerprint of all findings in what references lead to. What git notes beside that, such as logs
    /// of references, only a full scan reads.
    fn found(repo: &Repo, args: &[&str]) -> BTreeSet<(String, String)> {
        let report = repo.scan(&[&["git", "-f", "json", "--confidence", "low"], args].concat()).json();
        let text = |finding: &Value, key: &str| finding[key].as_str().expect("a text").to_owned();
        let findings = report["findings"].as_array().expect("a list").iter();
        let is_reachable = |finding: &&Value| finding["exposure"]["reachable"] == true;
        findings.filter(is_reachable).map(|found| (text(found, "rule"), text(found, "fingerprint"))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_branches_hold_what_the_full_history_holds(seed in prop_oneof![any::<u64>(), Just(477240734463706803_u64)]) {
            let repo = history(seed);
            let full = found(&repo, &[]);
            prop_assert_eq!(&found(&repo, &["--since", "1970-01-01"]), &full);
            let one = repo.scan(&["git", "-f", "json", "--since", "1970-01-01", "-j", "1"]).stdout;
            let many = repo.scan(&["git", "-f", "json", "--since", "1970-01-01", "-j", "3"]).stdout;
            prop_assert_eq!(one, many);
            let branches = repo.git(&["for-each-ref", "--format=%(refname)"]);
            let flags: Vec<&str> = branches.lines().flat_map(|name| ["--branch", name]).collect();
            prop_assert_eq!(&found(&repo, &flags), &full);
            let root = repo.git(&["rev-list", "--max-parents=0", "main"]);
            prop_assert_eq!(found(&repo, &["--range", &format!("{root}..main")]), found(&repo, &["--branch", "main"]));
        }
    }
}
