//! What a user sees of a history: what is found, who brought it in, and what a broken repository does.

use serde_json::Value;

use super::random::Random;
use super::sample::{rule, secret};
use super::support::{Outcome, Repo, ringfence, token};

fn findings(outcome: &Outcome) -> Vec<Value> {
    outcome.json()["findings"].as_array().expect("a list").clone()
}

/// The only finding of a full scan.
fn only(repo: &Repo) -> Value {
    let outcome = repo.scan(&["git", ".", "-f", "json"]);
    let findings = findings(&outcome);
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    findings[0].clone()
}

fn introducers(finding: &Value) -> Vec<String> {
    let list = finding["exposure"]["introduced"].as_array().expect("a list");
    list.iter().map(|commit| commit["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_removed_secret_is_found_at_the_commit_that_brought_it_in() {
    let repo = Repo::new();
    repo.write("src/a.txt", "one\n");
    repo.commit("one");
    repo.write("src/a.txt", format!("one\nk={}\n", token("removed")));
    let guilty = repo.commit("two");
    repo.write("src/b.txt", "other\n");
    repo.commit("three");
    assert_eq!(only(&repo)["exposure"]["at_head"], true);
    repo.write("src/a.txt", "one\n");
    repo.commit("four");
    for _ in 0..2 {
        let finding = only(&repo);
        assert_eq!(introducers(&finding), [guilty.as_str()]);
        assert_eq!(finding["exposure"]["at_head"], false);
        assert_eq!(
            (&finding["location"]["path"], &finding["location"]["line"]),
            (&"src/a.txt".into(), &2.into())
        );
        assert_eq!(repo.scan(&["scan", "."]).code, 0, "the work tree is clean");
        repo.repack();
    }
}

#[test]
fn a_rename_is_no_new_introduction() {
    let repo = Repo::new();
    repo.write("old.txt", format!("k={}\n", token("renamed")));
    let guilty = repo.commit("one");
    repo.git(&["mv", "old.txt", "new.txt"]);
    repo.commit("two");
    let finding = only(&repo);
    assert_eq!(introducers(&finding), [guilty.as_str()]);
    let paths: Vec<&Value> = finding["places"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|place| &place["location"]["path"])
        .collect();
    assert_eq!(paths, ["new.txt", "old.txt"]);
}

/// A value of the Sentry rule that goes by the variable's name.
fn sentry_token() -> String {
    secret(rule("sentry-legacy-auth-token"), &mut Random::of("renamed variable")).0
}

#[test]
fn a_value_whose_variable_is_renamed_is_one_finding_still_at_head() {
    let repo = Repo::new();
    let token = sentry_token();
    repo.write("a.env", format!("SENTRY_AUTH_TOKEN={token}\n"));
    let guilty = repo.commit("one");
    repo.write("a.env", format!("MY_TOKEN={token}\n"));
    repo.write("deploy.env", format!("deploy_secret={token}\n"));
    repo.commit("two");
    for command in ["check", "git"] {
        let run = |jobs| repo.scan(&[command, ".", "-f", "json", "-j", jobs]);
        let outcome = run("1");
        // `check` lints as well: a tracked env file is a finding of its own.
        let findings: Vec<Value> =
            findings(&outcome).into_iter().filter(|finding| finding["lint"].is_null()).collect();
        assert_eq!(findings.len(), 1, "{command}: {}", outcome.stdout);
        assert_eq!(findings[0]["rule"], "sentry-legacy-auth-token");
        assert_eq!(findings[0]["exposure"]["at_head"], true, "{}", outcome.stdout);
        assert_eq!(introducers(&findings[0]), [guilty.as_str()]);
        let places = findings[0]["places"].as_array().expect("a list");
        let holds = |path: &str| places.iter().any(|place| place["location"]["path"] == path);
        assert!(holds("a.env") && holds("deploy.env"), "{}", outcome.stdout);
        assert_eq!(outcome.stdout, run("3").stdout, "{command}");
    }
    repo.write("a.env", "\n");
    repo.write("deploy.env", "\n");
    repo.commit("three");
    assert_eq!(only(&repo)["exposure"]["at_head"], false);
    assert_eq!(repo.scan(&["check", "."]).code, 1);
}

#[test]
fn what_stands_under_a_name_only_is_a_finding_of_its_own_while_the_telling_one_is_hidden() {
    let repo = Repo::new();
    let token = sentry_token();
    repo.write("a.env", format!("MY_TOKEN={token}\n"));
    let first = repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("b.env", format!("SENTRY_AUTH_TOKEN={token}\n"));
    repo.commit("lost");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "side"]);
    let finding = only(&repo);
    assert_eq!((&finding["rule"], introducers(&finding)), (&"generic-credential".into(), vec![first]));
    let all = repo.scan(&["git", ".", "-f", "json", "--unreachable"]);
    assert_eq!(findings(&all).len(), 1, "{}", all.stdout);
    assert_eq!(findings(&all)[0]["rule"], "sentry-legacy-auth-token");
}

#[test]
fn a_value_in_a_comment_does_not_hide_the_value_that_the_code_gets_later() {
    let repo = Repo::new();
    let value = &sentry_token()[..20];
    repo.write("app.py", format!("# password: {value}\n"));
    let guilty = repo.commit("a comment is taken for code");
    repo.write("app.py", format!("password = \"{value}\"\n"));
    repo.commit("two");
    assert_eq!(introducers(&only(&repo)), [guilty.as_str()], "it was there to be read since the comment");
    repo.write("app.py", "\n");
    repo.commit("three");
    assert_eq!(only(&repo)["exposure"]["at_head"], false);
}

#[test]
fn what_only_a_merge_holds_is_brought_in_by_the_merge() {
    let repo = Repo::new();
    repo.write("a.txt", "base\n");
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("b.txt", "side\n");
    repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("c.txt", "main\n");
    repo.commit("main");
    repo.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    repo.write("a.txt", format!("base\nk={}\n", token("evil merge")));
    let merge = repo.commit("merge");
    assert_eq!(introducers(&only(&repo)), [merge.as_str()]);
}

#[test]
fn both_sides_that_bring_a_value_in_are_named() {
    let repo = Repo::new();
    let line = format!("k={}\n", token("twice"));
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("b.txt", &line);
    let side = repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("a.txt", &line);
    let main = repo.commit("main");
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    assert_eq!(introducers(&only(&repo)), [side, main]);
}

#[test]
fn bare_repositories_tags_on_blobs_and_messages_are_read() {
    let repo = Repo::new();
    repo.commit(&format!("message k={}", token("message")));
    let blob = repo.write("loose.txt", format!("k={}\n", token("tagged blob")));
    let id = repo.git(&["hash-object", "-w", blob.to_str().expect("a plain path")]);
    std::fs::remove_file(blob).expect("it is ours");
    repo.git(&["tag", "blob", &id]);
    repo.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    for target in [".", "bare.git"] {
        let outcome = repo.scan(&["git", target, "-f", "json"]);
        assert_eq!((outcome.code, findings(&outcome).len()), (1, 2), "{target}: {}", outcome.stdout);
    }
}

#[test]
fn unreachable_objects_are_counted_and_shown_on_demand() {
    let repo = Repo::new();
    repo.write("a.txt", "fine\n");
    repo.commit("one");
    repo.write("a.txt", format!("k={}\n", token("dropped")));
    repo.commit("two");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let outcome = repo.scan(&["git", "."]);
    assert_eq!(outcome.code, 0, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("only in unreachable objects"), "{}", outcome.stdout);
    assert_eq!(repo.scan(&["git", ".", "--unreachable"]).code, 1);
}

#[test]
fn a_shallow_clone_is_incomplete_unless_accepted() {
    let repo = Repo::new();
    for n in 0..3 {
        repo.write("a.txt", n.to_string());
        repo.commit("more");
    }
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "-q", "--depth", "1", &url, "shallow"]);
    let outcome = repo.scan(&["git", "shallow"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stdout.contains("fetch-depth: 0"), "{}", outcome.stdout);
    assert_eq!(repo.scan(&["git", "shallow", "--allow-shallow"]).code, 0);
    assert_eq!(repo.scan(&["scan", "shallow"]).code, 0, "the files are all there");
}

/// A repository with many versions of a file, packed, and a secret in the middle.
fn packed() -> (Repo, std::path::PathBuf) {
    let repo = Repo::new();
    for n in 0..30 {
        let noise: String = (0..60)
            .map(|line| format!("{} {}\n", token(&format!("noise {n} {line}")).len() * n, line * n))
            .collect();
        repo.write(&format!("f{}.txt", n % 5), noise);
        if n == 15 {
            repo.write("leak.txt", format!("k={}\n", token("packed")));
        }
        repo.commit("more");
    }
    let pack = repo.repack();
    (repo, pack)
}

#[test]
fn a_corrupt_or_truncated_pack_is_never_a_clean_scan() {
    let (repo, pack) = packed();
    assert_eq!(repo.scan(&["git", "."]).code, 1);
    let whole = std::fs::read(&pack).expect("it exists");
    for cut in [whole.len() / 4, whole.len() / 2, whole.len() - 40] {
        std::fs::write(&pack, &whole[..cut]).expect("it is writable");
        let outcome = repo.scan(&["git", "."]);
        assert_eq!(outcome.code, 2, "cut at {cut}: {}", outcome.stdout);
        assert!(outcome.stdout.contains("git fsck"), "{}", outcome.stdout);
    }
    for at in (200..whole.len() - 60).step_by(whole.len() / 9) {
        let mut bytes = whole.clone();
        bytes[at..at + 8].iter_mut().for_each(|byte| *byte ^= 0x5a);
        std::fs::write(&pack, bytes).expect("it is writable");
        let outcome = repo.scan(&["git", "."]);
        assert_eq!(outcome.code, 2, "flipped at {at}: {}", outcome.stdout);
    }
    std::fs::write(&pack, &whole).expect("it is writable");
    std::fs::remove_file(pack.with_extension("idx")).expect("it exists");
    assert_eq!(repo.scan(&["git", "."]).code, 2, "a pack without an index is not read");
}

#[test]
fn a_missing_object_is_named() {
    let repo = Repo::new();
    repo.write("a.txt", "one\n");
    repo.write("b.txt", format!("k={}\n", token("beside")));
    repo.commit("one");
    let id = repo.git(&["rev-parse", "HEAD:a.txt"]);
    std::fs::remove_file(repo.path().join(format!(".git/objects/{}/{}", &id[..2], &id[2..])))
        .expect("it is loose");
    let outcome = repo.scan(&["git", "."]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stdout.contains(&id), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("github-pat"), "the rest is scanned");
}

#[test]
fn a_repository_configuration_runs_nothing_and_hides_nothing() {
    let repo = Repo::new();
    repo.write("a.txt", format!("k={}\n", token("config")));
    repo.write(".gitattributes", "*.txt filter=evil diff=evil -diff\n");
    repo.commit("one");
    repo.git(&["config", "filter.evil.clean", "touch ran"]);
    repo.git(&["config", "filter.evil.smudge", "touch ran"]);
    repo.git(&["config", "core.fsmonitor", "touch ran"]);
    for command in ["git", "check", "scan"] {
        assert_eq!(ringfence(repo.path(), &[command, "."]).code, 1);
    }
    assert!(!repo.path().join("ran").exists());
}
