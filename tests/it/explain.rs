//! `ringfence explain`: what decided about a candidate, and never the value.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::support::Repo;

/// Put together here, since no value stands in a file of this repository.
fn value() -> String {
    ["q8Zr2L", "wX0pVt"].concat()
}

#[test]
fn a_finding_is_explained_by_its_rule_and_features() {
    let repo = Repo::new();
    repo.write("a.env", format!("# one\nDB_PASSWORD={}\n", value()));
    let outcome = repo.scan(&["explain", "a.env:2"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    for part in
        ["a.env:2:13: generic-credential: a finding of", "score +", "name-password", "the name ends in"]
    {
        assert!(outcome.stdout.contains(part), "no {part} in {}", outcome.stdout);
    }
    assert!(!outcome.stdout.contains(&value()), "{}", outcome.stdout);
    assert!(repo.scan(&["explain", "a.env:1"]).stdout.contains("no candidates"));
}

#[test]
fn of_a_guessable_value_it_is_said_that_its_place_is_what_a_baseline_knows() {
    let repo = Repo::new();
    let (weak, strong) = (["kitten", "House", "77"].concat(), value() + &value().to_lowercase() + &value());
    repo.write("a.env", format!("DB_PASSWORD={weak}\nAPI_SECRET={strong}\n"));
    let said = |place: &str| repo.scan(&["explain", place]).stdout;
    assert!(said("a.env:1").contains("known by its place"), "{}", said("a.env:1"));
    assert!(!said("a.env:1").contains(" fp "), "a name by place is another in each place");
    assert!(
        said("a.env:2").contains(" fp ") && !said("a.env:2").contains("by its place"),
        "{}",
        said("a.env:2")
    );
}

#[test]
fn a_line_that_is_not_there_is_an_error() {
    let repo = Repo::new();
    repo.write("a.env", "A=1\nB=2\n");
    let outcome = repo.scan(&["explain", "a.env:3"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("a.env has no line 3: its lines are 1 to 2"), "{}", outcome.stderr);
}

#[test]
fn a_dismissal_has_its_reason() {
    let repo = Repo::new();
    repo.write("a.env", "DB_PASSWORD=changeme\nAPI_TOKEN=${API_TOKEN}\n");
    let outcome = repo.scan(&["explain", "a.env"]);
    assert!(outcome.stdout.contains("dismissed: a placeholder"), "{}", outcome.stdout);
    assert!(
        outcome.stdout.contains("dismissed: a reference to a value kept elsewhere"),
        "{}",
        outcome.stdout
    );
    assert!(!outcome.stdout.contains("changeme"), "{}", outcome.stdout);
}

#[test]
fn standard_input_is_judged_as_the_path_that_is_given() {
    let repo = Repo::new();
    let explain = |path: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .args(["explain", "-", "--path", path, "-f", "jsonl"])
            .current_dir(repo.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let word = ["eleph", "ants"].concat();
        writeln!(child.stdin.take().expect("it is piped"), "password = {word}").expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("one object")
    };
    assert_eq!(explain("a.py")["dismissed"], "code");
    assert!(explain("a.ini")["confidence"].is_string(), "{}", explain("a.ini"));
}
