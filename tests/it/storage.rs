//! How a history is stored, and by how many threads it is read, change nothing in its report.

use proptest::prelude::*;
use serde_json::Value;

use super::support::{Repo, token};

/// An edit of a file of lines.
#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, u8),
    Delete(usize, usize),
    Move(usize, usize),
    Secret(usize, u8),
    Copy,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(at, n)| Edit::Insert(at, n)),
        2 => (any::<usize>(), 1..20usize).prop_map(|(at, n)| Edit::Delete(at, n)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Edit::Move(from, to)),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(at, n)| Edit::Secret(at, n)),
        1 => Just(Edit::Copy),
    ]
}

fn apply(lines: &mut Vec<String>, edit: &Edit) {
    let at = |n: usize, len: usize| n % (len + 1);
    match edit {
        Edit::Insert(n, text) => {
            lines.insert(at(*n, lines.len()), format!("line {text} = password or token, {text}"))
        }
        Edit::Delete(n, count) => {
            let from = at(*n, lines.len());
            lines.drain(from..lines.len().min(from + count));
        }
        Edit::Move(from, to) if !lines.is_empty() => {
            let line = lines.remove(from % lines.len());
            lines.insert(at(*to, lines.len()), line);
        }
        Edit::Move(..) => {}
        Edit::Secret(n, which) => {
            let line = match which % 4 {
                0 => format!("github_token = \"{}\"", token(&which.to_string())),
                1 => format!("db.password = \"x{which}q8Zr2LwX0pVt\""),
                2 => format!("url = https://user:x{which}q8Zr2Lw@db.example.net/a"),
                _ => format!("auth0 client secret\nauth0_secret: {}", "qZ7rW2xK9vB4nM6tY1pL3sD5".repeat(3)),
            };
            lines.insert(at(*n, lines.len()), line);
        }
        Edit::Copy => lines.extend(lines.clone()),
    }
    lines.truncate(4_000);
}

/// A repository with one commit for each step; every third step is put into a pack of its own.
fn committed(steps: &[Vec<Edit>]) -> Repo {
    let repo = Repo::new();
    let mut lines: Vec<String> =
        (0..200).map(|n| format!("an ordinary line of text with the number {n} in it")).collect();
    for (number, step) in steps.iter().enumerate() {
        step.iter().for_each(|edit| apply(&mut lines, edit));
        repo.write("a.conf", lines.join("\n"));
        repo.commit("step");
        if number % 3 == 2 {
            repo.git(&["repack", "-dq"]);
        }
    }
    repo
}

/// Ways to store the same objects: what git is told to do one after another.
const STORED: &[(&str, &[&[&str]])] = &[
    ("several packs, without their loose objects", &[&["repack", "-dq"], &["prune-packed", "-q"]]),
    ("several packs and an index over all of them", &[&["multi-pack-index", "write"]]),
    ("one pack, an old kind of index", &[&["-c", "pack.indexVersion=1", "repack", "-adfq"]]),
    ("one pack without deltas", &[&["repack", "-adfq", "--window=0"]]),
    ("one pack of long chains", &[&["repack", "-adfq", "--depth=200", "--window=50"]]),
    ("deltas that name their base", &[&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]]),
    (
        "bitmaps, a graph and packed references",
        &[
            &["-c", "repack.writeBitmaps=true", "repack", "-adq"],
            &["commit-graph", "write", "--reachable"],
            &["pack-refs", "--all"],
        ],
    ),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn storage_threads_and_shortcuts_change_nothing_in_a_report(
        steps in proptest::collection::vec(proptest::collection::vec(edit(), 1..5), 3..12)
    ) {
        let repo = committed(&steps);
        let report = |flags: &[&str]| repo.scan(&[&["git", ".", "-f", "json"], flags].concat());
        let loose = report(&[]);
        prop_assert!(loose.code < 2, "{}", loose.stdout);
        for (stored, commands) in STORED {
            commands.iter().for_each(|command| drop(repo.git(command)));
            for flags in [&[][..], &["--no-seam"], &["-j", "1"], &["-j", "7"]] {
                prop_assert_eq!(&report(flags).stdout, &loose.stdout, "{}, {:?}", stored, flags);
            }
        }
        repo.git(&["clone", "-q", "--shared", "--mirror", ".", "borrowed"]);
        let borrowed = repo.scan(&["git", "borrowed", "-f", "json"]);
        let findings = |text: &str| serde_json::from_str::<Value>(text).expect("a document")["findings"].clone();
        prop_assert_eq!(findings(&borrowed.stdout), findings(&loose.stdout), "borrowed objects");
    }
}
