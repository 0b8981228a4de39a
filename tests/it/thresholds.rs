//! What is shown, what is hidden and counted, and what makes a run fail.

use super::support::{Repo, token};

/// A token whose last letter is another: its checksum is wrong, so it is of low confidence.
fn misspelt(seed: &str) -> String {
    let mut text = token(seed);
    let last = text.pop().expect("a token has letters");
    text + if last == 'a' { "b" } else { "a" }
}

#[test]
fn low_confidence_is_hidden_counted_and_shown_on_demand() {
    let repo = Repo::new();
    repo.write("a.txt", format!("GITHUB_TOKEN={}\n", misspelt("low")));
    repo.commit("one");
    for command in ["scan", "git", "check"] {
        let hidden = repo.scan(&[command, ".", "-f", "json"]);
        assert_eq!(
            (hidden.code, &hidden.json()["summary"]["hidden"]["below-confidence"]),
            (0, &1.into()),
            "{command}"
        );
        let shown = repo.scan(&[command, ".", "-f", "json", "--confidence", "low"]);
        assert_eq!((shown.code, &shown.json()["summary"]["findings"]), (1, &1.into()), "{command}");
    }
}

#[test]
fn strict_leaves_out_wrong_checksums_and_counts_them() {
    let repo = Repo::new();
    repo.write("a.txt", format!("GITHUB_TOKEN={}\n", misspelt("strict")));
    let flags = ["scan", ".", "-f", "json", "--confidence", "low"];
    let lenient = repo.scan(&flags).json();
    assert!(lenient["findings"][0]["reasons"].to_string().contains("its checksum is wrong"), "{lenient}");
    let strict = repo.scan(&[&flags[..], &["--strict"]].concat()).json();
    assert_eq!(
        (&strict["summary"]["findings"], &strict["summary"]["hidden"]["wrong-checksum"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn high_confidence_alone_can_be_asked_for() {
    let repo = Repo::new();
    repo.write("a.env", format!("GITHUB_TOKEN={}\nDB_PASSWORD=sunrise\n", token("high")));
    let rules = |level: &str| -> Vec<String> {
        let document = repo.scan(&["scan", ".", "-f", "json", "--confidence", level]).json();
        let findings = document["findings"].as_array().expect("a list").iter();
        findings.map(|finding| finding["rule"].as_str().expect("a string").to_owned()).collect()
    };
    assert_eq!(rules("medium"), ["github-pat", "generic-credential"]);
    assert_eq!(rules("high"), ["github-pat"]);
}

#[test]
fn fail_on_compares_severities_and_exit_code_replaces_only_the_1() {
    let repo = Repo::new();
    repo.write("a.env", format!("DB_PASSWORD={RANDOM}\n"));
    for (least, code) in [("low", 1), ("medium", 1), ("high", 0), ("critical", 0), ("never", 0)] {
        assert_eq!(repo.scan(&["scan", ".", "--fail-on", least]).code, code, "{least}");
    }
    repo.write("b.env", format!("GITHUB_TOKEN={}\n", token("severity")));
    assert_eq!(repo.scan(&["scan", ".", "--fail-on", "critical"]).code, 1);
    assert_eq!(repo.scan(&["scan", ".", "--fail-on", "critical", "--exit-code", "9"]).code, 9);
    assert_eq!(repo.scan(&["scan", ".", "gone", "--exit-code", "0"]).code, 2, "incomplete stays 2");
}

#[test]
fn check_fails_for_what_only_the_history_holds() {
    let repo = Repo::new();
    repo.write("a.txt", "fine\n");
    repo.commit("one");
    assert_eq!(repo.scan(&["check", "."]).code, 0);
    repo.write("a.txt", format!("GITHUB_TOKEN={}\n", token("check")));
    repo.commit("two");
    repo.write("a.txt", "fine\n");
    repo.commit("three");
    let outcome = repo.scan(&["check", "."]);
    assert_eq!(outcome.code, 1);
    let row =
        |title: &str| outcome.stdout.lines().find(|line| line.contains(title)).unwrap_or_default().to_owned();
    assert!(row("Secrets in the work tree").starts_with("ok"), "{}", outcome.stdout);
    assert!(row("Secrets only in history").starts_with("fix first"), "{}", outcome.stdout);
}

#[test]
fn a_fingerprint_joins_a_value_over_runs_and_a_key_changes_it() {
    let repo = Repo::new();
    repo.write("a.txt", format!("GITHUB_TOKEN={}\n", token("print")));
    repo.write("key", "0123456789 a key of the test");
    repo.commit("one");
    let print = |args: &[&str]| {
        repo.scan(&[args, &["-f", "json"]].concat()).json()["findings"][0]["fingerprint"].clone()
    };
    assert_eq!(print(&["scan", "a.txt"]), print(&["git", "."]));
    assert_ne!(print(&["scan", "a.txt"]), print(&["scan", "a.txt", "--fingerprint-key-file", "key"]));
}

/// Random enough to be reported.
const RANDOM: &str = "q8Zr2LwX0pVt";
