//! Short cuts that must change nothing: reading only what a version changed, reading a file in pieces.
//!
//! The oracle is the engine on the whole text. Texts hold secrets of all rules, and are cut anywhere.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use ringfence::detect::PlaceFacts;
use serde_json::Value;

use super::decode::Encoder;
use super::random::Random;
use super::sample::{all_rules, detector, fill, secret};
use super::support::{Outcome, Repo};

/// Rule and value.
type Found = BTreeSet<(String, Vec<u8>)>;

/// A line or more with a secret, as the first example of some rule writes it.
fn example(which: usize) -> String {
    // A rule about files has none.
    let rules: Vec<_> = all_rules().iter().filter(|rule| !rule.source.examples.matches.is_empty()).collect();
    let rule = rules[which % rules.len()];
    let mut random = Random::of(&format!("{} {which}", rule.source.id));
    let (value, _) = secret(rule, &mut random);
    fill(&rule.source.examples.matches[0], &mut random).replace("<secret>", &value)
}

/// The same in one of several encodings, for one number in three.
fn example_in_some_form(which: usize) -> Vec<u8> {
    let text = example(which / 3);
    if !which.is_multiple_of(3) {
        return text.into_bytes();
    }
    let encoders = Encoder::ALL;
    let outer = encoders[which / 3 % encoders.len()];
    let inner = encoders[which / 40 % encoders.len()];
    let once = outer.encode(text.as_bytes());
    if which.is_multiple_of(2) { once } else { inner.encode(&once) }
}

fn expected(texts: &[Vec<u8>], path: &str) -> Found {
    let mut all = Found::new();
    for text in texts {
        let settled = detector().find(text, &PlaceFacts::of_path(path.as_bytes()));
        all.extend(settled.matches.iter().map(|found| {
            let id = detector().rules()[usize::from(found.rule)].meta.id.to_owned();
            // As a report in JSON has it: what is no UTF-8 is marked there.
            (id, String::from_utf8_lossy(found.value_in(text)).into_owned().into_bytes())
        }));
    }
    all
}

/// Whether the value makes a credential with another one in some version: at its path it is told as a part of that.
fn is_part(versions: &[Vec<u8>], path: &str, value: &[u8]) -> bool {
    versions.iter().any(|text| {
        let matches = detector().find(text, &PlaceFacts::of_path(path.as_bytes())).matches;
        matches.iter().any(|found| found.pair.is_some_and(|pair| text[pair.range()] == *value))
    })
}

fn reported(outcome: &Outcome) -> Found {
    let document = outcome.json();
    let findings = document["findings"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    findings.map(|finding| (text(&finding["rule"]), text(&finding["secret"]).into_bytes())).collect()
}

/// Whether two values stand in `text` with bytes in common; each value has some with itself.
fn overlap(text: &[u8], one: &[u8], other: &[u8]) -> bool {
    let at = |part: &[u8]| -> Vec<std::ops::Range<usize>> {
        memchr::memmem::find_iter(text, part).map(|start| start..start + part.len()).collect()
    };
    let (ones, others) = (at(one), at(other));
    ones.iter().any(|a| others.iter().any(|b| a.start < b.end && b.start < a.end))
}

/// A change of a text, at any byte.
#[derive(Debug, Clone)]
enum Edit {
    Line(usize, u8),
    Secret(usize, usize),
    /// A secret in the middle of a line.
    Inside(usize, usize),
    Cut(usize, usize),
    Repeat(usize, usize, usize),
    Change(usize, u8),
    DropStart(usize),
    DropEnd(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<u16>().prop_map(usize::from);
    let which = any::<u16>().prop_map(usize::from);
    prop_oneof![
        3 => (at.clone(), any::<u8>()).prop_map(|(at, n)| Edit::Line(at, n)),
        6 => (at.clone(), which.clone()).prop_map(|(at, which)| Edit::Secret(at, which)),
        2 => (at.clone(), which).prop_map(|(at, which)| Edit::Inside(at, which)),
        4 => (at.clone(), 1..200usize).prop_map(|(at, len)| Edit::Cut(at, len)),
        2 => (at.clone(), 1..900usize, at.clone()).prop_map(|(from, len, to)| Edit::Repeat(from, len, to)),
        4 => (at, b' '..b'~').prop_map(|(at, byte)| Edit::Change(at, byte)),
        1 => (1..60usize).prop_map(Edit::DropStart),
        1 => (1..60usize).prop_map(Edit::DropEnd),
    ]
}

fn apply(text: &mut Vec<u8>, edit: &Edit) {
    let len = text.len();
    let insert = |text: &mut Vec<u8>, at: usize, what: &[u8]| drop(text.splice(at..at, what.iter().copied()));
    let line_start =
        |text: &[u8], at: usize| text[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    match *edit {
        Edit::Line(at, n) => {
            let at = line_start(text, at % (len + 1));
            insert(text, at, format!("another line {n} about a password, a token and aws\n").as_bytes());
        }
        Edit::Secret(at, which) => {
            let at = line_start(text, at % (len + 1));
            let example = example_in_some_form(which);
            insert(text, at, &[&example, &b"\n"[..]].concat());
        }
        Edit::Inside(at, which) => insert(text, at % (len + 1), &example_in_some_form(which)),
        Edit::Cut(at, count) => {
            let from = at % (len + 1);
            text.drain(from..len.min(from + count));
        }
        Edit::Repeat(from, count, to) => {
            let from = from % (len + 1);
            let part = text[from..len.min(from + count)].to_vec();
            insert(text, to % (len + 1), &part);
        }
        Edit::Change(at, byte) if len > 0 => text[at % len] = byte,
        Edit::Change(..) => {}
        Edit::DropStart(count) => drop(text.drain(..len.min(count))),
        Edit::DropEnd(count) => text.truncate(len.saturating_sub(count)),
    }
}

fn first_version() -> Vec<u8> {
    let mut random = Random::of("first version");
    let line = |n: usize| format!("setting.{n} = a line with the number {} in it\n", random.below(1000));
    (0..150).map(line).collect::<String>().into_bytes()
}

/// Makes one commit a version, much faster than one process a commit would.
fn import(repo: &Repo, path: &str, versions: &[Vec<u8>]) {
    let mut stream = Vec::new();
    for (n, text) in versions.iter().enumerate() {
        let time = 1_700_000_000 + 60 * n;
        write!(stream, "commit refs/heads/main\ncommitter A <a@example.org> {time} +0000\ndata 1\n.\n")
            .and_then(|()| write!(stream, "M 100644 inline {path}\ndata {}\n", text.len()))
            .and_then(|()| stream.write_all(text))
            .and_then(|()| stream.write_all(b"\n"))
            .expect("memory takes all");
    }
    let mut child = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(repo.path())
        .stdin(Stdio::piped())
        .spawn()
        .expect("git is installed");
    child.stdin.take().expect("it is piped").write_all(&stream).expect("git reads all");
    assert!(child.wait().expect("it ends").success());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_history_read_by_its_changes_gives_what_every_version_holds(
        steps in proptest::collection::vec(proptest::collection::vec(edit(), 1..6), 4..16)
    ) {
        let mut versions = vec![first_version()];
        for step in &steps {
            let mut text = versions.last().expect("there is a first").clone();
            step.iter().for_each(|edit| apply(&mut text, edit));
            versions.push(text);
        }
        let repo = Repo::new();
        import(&repo, "app.conf", &versions);
        repo.repack();
        let flags = ["git", ".", "-f", "json", "--confidence", "low", "--show-secrets"];
        let by_changes = repo.scan(&flags);
        let whole = repo.scan(&[&flags[..], &["--no-seam"]].concat());
        prop_assert!(by_changes.code < 2, "{}", by_changes.stdout);
        prop_assert_eq!(&by_changes.stdout, &whole.stdout);
        let (reported, expected) = (reported(&by_changes), expected(&versions, "app.conf"));
        let strange: Vec<_> = reported.difference(&expected).collect();
        prop_assert!(strange.is_empty(), "in no version: {:?}", strange);
        // A value may give way to one that overlaps it in some version, and come under that one only.
        let gave_way = |value: &[u8]| versions.iter().any(|text| reported.iter().any(|(_, known)| known == value || overlap(text, known, value)));
        let lost: Vec<_> =
            expected.iter().filter(|(_, value)| !gave_way(value) && !is_part(&versions, "app.conf", value)).collect();
        prop_assert!(lost.is_empty(), "not reported: {:?}", lost);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn versions_with_colours_read_by_their_changes_give_what_they_hold(
        steps in proptest::collection::vec(proptest::collection::vec((edit(), any::<usize>()), 1..6), 4..12)
    ) {
        let mut versions = vec![first_version()];
        for step in &steps {
            let mut text = versions.last().expect("there is a first").clone();
            for (edit, at) in step {
                apply(&mut text, edit);
                match at % 7 {
                    // Before a line's first word, at which a token may begin.
                    0..3 if !text.is_empty() => {
                        let line = text[..at % text.len()].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
                        text.splice(line..line, *b"\x1b[31m");
                    }
                    // Half of a sequence goes away.
                    3 | 4 => {
                        let half = text.iter().rposition(|&byte| byte == 0x1b).unwrap_or(text.len());
                        text.drain(half..text.len().min(half + 2));
                    }
                    5 => text.retain(|&byte| byte != 0x1b),
                    _ => {}
                }
            }
            versions.push(text);
        }
        let repo = Repo::new();
        import(&repo, "app.conf", &versions);
        repo.repack();
        let flags = ["git", ".", "-f", "json", "--confidence", "low", "--show-secrets"];
        let by_changes = repo.scan(&flags);
        prop_assert!(by_changes.code < 2, "{}", by_changes.stdout);
        prop_assert_eq!(&by_changes.stdout, &repo.scan(&[&flags[..], &["--no-seam"]].concat()).stdout);
    }
}

/// Secrets of every rule, dense round the borders of the pieces.
#[test]
fn a_large_file_gives_what_its_text_gives_as_a_whole() {
    const PIECE: usize = 1 << 20;
    let mut random = Random::of("large");
    let mut text = Vec::new();
    let mut which = 0;
    while text.len() < 3 * PIECE + 40_000 {
        let to_border = PIECE - text.len() % PIECE;
        if !(3_000..=PIECE - 3_000).contains(&to_border) || random.below(300) == 0 {
            which += 1;
            text.extend_from_slice(&example_in_some_form(which));
            text.push(b'\n');
        } else {
            let line =
                format!("{:?} an ordinary line that says nothing of interest\n", random.below(1 << 30));
            text.extend_from_slice(line.as_bytes());
        }
    }
    let repo = Repo::new();
    repo.write("app.conf", &text);
    let outcome = repo.scan(&["scan", "app.conf", "-f", "json", "--confidence", "low", "--show-secrets"]);
    let expected = expected(std::slice::from_ref(&text), "app.conf");
    assert!(expected.len() > 100, "{} secrets were planted", expected.len());
    let (reported, missing) =
        (reported(&outcome), |a: &Found, b: &Found| a.difference(b).cloned().collect::<Vec<_>>());
    assert_eq!((missing(&expected, &reported), missing(&reported, &expected)), (vec![], vec![]));
}
