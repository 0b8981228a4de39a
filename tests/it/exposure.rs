//! Exposure against a brute-force oracle: every commit of every reference is asked for what its tree holds.
//!
//! Histories are generated: several roots, merges of up to three parents, criss-cross, values that move
//! between files, and clocks that run backwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::Value;

use super::support::{Repo, token};

const DAY: i64 = 86_400;
/// When the scan says it runs.
const TODAY: i64 = 1_700_000_000;

/// A commit: its parents by number, what its three files hold of three values, and its time.
#[derive(Debug, Clone)]
struct Made {
    parents: Vec<usize>,
    files: [u8; 3],
    time: i64,
}

/// What is known of a value.
#[derive(Debug, PartialEq, Eq)]
struct Expected {
    introduced: BTreeSet<usize>,
    removed: BTreeSet<usize>,
    at_head: bool,
    branches: Vec<String>,
    tags: Vec<String>,
    first_release: Option<i64>,
    refs_leading: u64,
    days_at_head: Option<i64>,
    days_reachable: Option<i64>,
}

fn history() -> impl Strategy<Value = Vec<Made>> {
    let commit = (proptest::collection::vec(any::<u8>(), 0..4), any::<[u8; 3]>(), -40..40i64);
    proptest::collection::vec(commit, 1..14).prop_map(|commits| {
        let made = commits.into_iter().enumerate().map(|(number, (parents, files, skew))| {
            let mut parents: Vec<usize> =
                if number == 0 { vec![] } else { parents.iter().map(|&p| usize::from(p) % number).collect() };
            parents.dedup();
            parents.sort_unstable();
            parents.dedup();
            // Few values a file, so that they come and go.
            let files = files.map(|bits| bits & (bits >> 3) & 7);
            Made { parents, files, time: 1_600_000_000 + DAY * (10 * number as i64 + skew) }
        });
        made.collect()
    })
}

fn value(number: usize) -> String {
    token(&format!("exposed value {number}"))
}

/// The history as `git fast-import` reads it; a branch and a tag for every third commit, main for the last.
fn stream(history: &[Made]) -> String {
    let mut out = String::new();
    for (number, made) in history.iter().enumerate() {
        writeln!(out, "commit refs/work/{number}\nmark :{}", number + 1).expect("a String");
        // Two commits with the same text, time and parents would be one.
        let message = format!("number {number:03}");
        writeln!(out, "committer C <c@example.org> {} +0000\ndata 10\n{message}", made.time)
            .expect("a String");
        for (at, parent) in made.parents.iter().enumerate() {
            writeln!(out, "{} :{}", if at == 0 { "from" } else { "merge" }, parent + 1).expect("a String");
        }
        writeln!(out, "deleteall").expect("a String");
        for (file, bits) in made.files.iter().enumerate() {
            let held = (0..3).filter(|value| bits & (1 << value) != 0);
            let text: String = held.map(|number| format!("k={}\n", value(number))).collect();
            writeln!(out, "M 100644 inline d{file}/f\ndata {}\n{text}", text.len()).expect("a String");
        }
        writeln!(out, "reset refs/work/{number}\nfrom 0000000000000000000000000000000000000000\n")
            .expect("a String");
        if number % 3 == 0 {
            writeln!(
                out,
                "reset refs/heads/b{number}\nfrom :{0}\n\nreset refs/tags/t{number}\nfrom :{0}\n",
                number + 1
            )
            .expect("a String");
        }
    }
    writeln!(out, "reset refs/heads/main\nfrom :{}\n", history.len()).expect("a String");
    out
}

/// Ids of the commits, in their order.
fn import(repo: &Repo, history: &[Made]) -> Vec<String> {
    let marks = repo.path().join("marks");
    let mut child = Command::new("git")
        .args(["fast-import", "--quiet", "--force"])
        .arg(format!("--export-marks={}", marks.display()))
        .current_dir(repo.path())
        .stdin(Stdio::piped())
        .spawn()
        .expect("git is installed");
    let input = stream(history);
    child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("git reads it");
    assert!(child.wait().expect("it ends").success(), "{input}");
    let text = std::fs::read_to_string(marks).expect("git has written it");
    let ids: BTreeMap<usize, String> = text
        .lines()
        .map(|line| line[1..].split_once(' ').expect("mark and id"))
        .map(|(mark, id)| (mark.parse().expect("a number"), id.to_owned()))
        .collect();
    ids.into_values().collect()
}

/// All commits that lead back from `start`.
fn ancestors(history: &[Made], start: usize) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(number) = open.pop() {
        if seen.insert(number) {
            open.extend(&history[number].parents);
        }
    }
    seen
}

fn oracle(history: &[Made], value: usize) -> Option<Expected> {
    let head = history.len() - 1;
    let named: Vec<usize> = (0..history.len()).step_by(3).collect();
    let tips: Vec<usize> = named.iter().flat_map(|&tip| [tip, tip]).chain([head]).collect();
    let reachable: BTreeSet<usize> = tips.iter().flat_map(|&tip| ancestors(history, tip)).collect();
    let holds = |number: usize| history[number].files.iter().any(|bits| bits & (1 << value) != 0);
    let some_parent = |number: usize| history[number].parents.iter().any(|&parent| holds(parent));
    let of = |wanted: &dyn Fn(usize) -> bool| -> BTreeSet<usize> {
        reachable.iter().copied().filter(|&number| wanted(number)).collect()
    };
    let introduced = of(&|number| holds(number) && !some_parent(number));
    let removed = of(&|number| !holds(number) && some_parent(number));
    let of_head = ancestors(history, head);
    let time = |numbers: &BTreeSet<usize>| -> Vec<i64> {
        let mut times: Vec<i64> = numbers.iter().map(|&number| history[number].time).collect();
        times.sort_unstable();
        times
    };
    let (first, in_head) = (*time(&introduced).first()?, &introduced & &of_head);
    let until = if holds(head) { TODAY } else { *time(&(&removed & &of_head)).last().unwrap_or(&TODAY) };
    let held = |start: &str| -> Vec<String> {
        let mut names: Vec<String> =
            named.iter().filter(|&&tip| holds(tip)).map(|tip| format!("{start}{tip}")).collect();
        names.extend((start == "b" && holds(head)).then(|| "main".to_owned()));
        names.sort();
        names
    };
    let leads = |&&tip: &&usize| !ancestors(history, tip).is_disjoint(&introduced);
    Some(Expected {
        at_head: holds(head),
        branches: held("b"),
        tags: held("t"),
        first_release: named.iter().filter(|&&tip| holds(tip)).map(|&tip| history[tip].time).min(),
        refs_leading: tips.iter().filter(leads).count() as u64,
        days_at_head: time(&in_head).first().map(|&start| ((until - start) / DAY).max(0)),
        days_reachable: Some(((TODAY - first) / DAY).max(0)),
        introduced,
        removed,
    })
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
}

fn reported(exposure: &Value, ids: &[String], history: &[Made]) -> Expected {
    let numbers = |key: &str| -> BTreeSet<usize> {
        let commits = exposure[key].as_array().expect("a list").iter();
        commits
            .map(|commit| ids.iter().position(|id| commit["id"] == id.as_str()).expect("a commit"))
            .collect()
    };
    let release = exposure["first_release"]["tag"].as_str();
    Expected {
        introduced: numbers("introduced"),
        removed: numbers("removed"),
        at_head: exposure["at_head"] == true,
        branches: names(&exposure["branches"]),
        tags: names(&exposure["tags"]),
        first_release: release.map(|tag| history[tag[1..].parse::<usize>().expect("a number")].time),
        refs_leading: exposure["refs_leading"].as_u64().expect("a number"),
        days_at_head: exposure["days_at_head"].as_i64(),
        days_reachable: exposure["days_reachable"].as_i64(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exposure_is_what_walking_every_commit_tells(history in history(), packed in any::<bool>()) {
        let repo = Repo::new();
        let ids = import(&repo, &history);
        if packed {
            repo.repack();
        }
        let epoch = TODAY.to_string();
        let flags = ["git", ".", "-f", "json", "--show-secrets"];
        let document = super::support::ringfence_with_env(repo.path(), &flags, &[("SOURCE_DATE_EPOCH", &epoch)]).json();
        for number in 0..3 {
            let mut findings = document["findings"].as_array().expect("a list").iter();
            let finding = findings.find(|finding| finding["secret"] == value(number).as_str());
            let got = finding.map(|finding| reported(&finding["exposure"], &ids, &history));
            prop_assert_eq!(got, oracle(&history, number), "value {}", number);
        }
    }
}
