//! The cache of history scans: the same report with it, without it, and with a damaged one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::pack::zip;
use super::support::{Outcome, Repo, ringfence_with_env, token};

/// A repository and a cache folder outside it.
struct Scanned {
    repo: Repo,
    cache: TempDir,
}

impl Scanned {
    fn new() -> Self {
        Self { repo: Repo::new(), cache: tempfile::tempdir().expect("a temporary folder") }
    }

    fn scan(&self, more: &[&str]) -> Outcome {
        let cache = self.cache.path().to_str().expect("its name is UTF-8");
        let flags = [&["git", ".", "-f", "json", "--show-secrets", "--confidence", "low"], more].concat();
        let env = [("XDG_CACHE_HOME", cache), ("SOURCE_DATE_EPOCH", "1800000000")];
        ringfence_with_env(self.repo.path(), &flags, &env)
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = fs::read_dir(self.cache.path().join("ringfence"));
        folder.into_iter().flatten().map(|entry| entry.expect("it can be read").path()).collect()
    }

    fn file(&self) -> PathBuf {
        self.files().pop().expect("the scan has stored something")
    }

    /// Writes over the bytes of a loose object.
    fn damage(&self, id: &str) {
        let path = self.repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
        fs::write(path, "not an object").expect("it can be written");
    }
}

/// What happens to a repository between two scans.
#[derive(Debug, Clone)]
enum Step {
    /// Writes a file that holds some of the values, and commits.
    Commit {
        file: u8,
        values: u8,
    },
    /// Commits an archive that holds some of the values.
    Archive(u8),
    /// Commits a file whose name holds a value.
    Name(u8),
    /// A message that holds a value.
    Message(u8),
    /// Moves a file to another folder.
    Move {
        file: u8,
        to: u8,
    },
    /// Goes back to an older commit, on a new branch.
    Back(u8),
    /// Merges the branch before.
    Merge,
    Tag(u8),
    /// Packs what is loose, or everything.
    Repack {
        all: bool,
    },
    /// Drops the newest commit for good.
    Forget,
    /// Changes one byte of what is stored.
    Flip(u16),
    /// Cuts off what is stored.
    Cut(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6u8, 0..8u8).prop_map(|(file, values)| Step::Commit { file, values }),
        2 => (0..8u8).prop_map(Step::Archive),
        1 => (0..3u8).prop_map(Step::Name),
        1 => (0..3u8).prop_map(Step::Message),
        2 => (0..6u8, 0..4u8).prop_map(|(file, to)| Step::Move { file, to }),
        2 => (0..8u8).prop_map(Step::Back),
        1 => Just(Step::Merge),
        1 => (0..9u8).prop_map(Step::Tag),
        3 => any::<bool>().prop_map(|all| Step::Repack { all }),
        1 => Just(Step::Forget),
        1 => any::<u16>().prop_map(Step::Flip),
        1 => any::<u16>().prop_map(Step::Cut),
    ]
}

fn path(file: u8) -> String {
    format!("d{}/e/f{file}", file % 2)
}

fn value(number: u8) -> String {
    token(&format!("cached value {number}"))
}

fn take(scanned: &Scanned, number: usize, step: &Step) {
    let repo = &scanned.repo;
    match *step {
        Step::Commit { file, values } => {
            let held = (0..3).filter(|value| values & (1 << value) != 0);
            let lines: String = held.map(|number| format!("key={}\n", value(number))).collect();
            repo.write(&path(file), format!("{}{lines}", "a line of text\n".repeat(usize::from(file) * 9)));
            repo.commit("work");
        }
        Step::Archive(values) => {
            let held = (0..3).filter(|value| values & (1 << value) != 0);
            let lines: String = held.map(|number| format!("key={}\n", value(number))).collect();
            repo.write("d0/a.zip", zip(&[("a", b"a text"), ("b/c", lines.as_bytes())]));
            repo.commit("an archive");
        }
        Step::Name(which) => {
            repo.write(&format!("n/key={}", value(which)), "text");
            repo.commit("a name");
        }
        Step::Message(which) => drop(repo.commit(&format!("key={}", value(which)))),
        Step::Move { file, to } => {
            fs::create_dir_all(repo.path().join(format!("m{to}"))).expect("a folder can be made");
            drop(repo.try_git(&["mv", &path(file), &format!("m{to}/f{file}")]));
            repo.commit("a move");
        }
        Step::Back(by) => {
            let branch = format!("b{number}");
            drop(repo.try_git(&["checkout", "-q", "-b", &branch, &format!("HEAD~{by}")]));
        }
        Step::Merge => drop(repo.try_git(&["merge", "-q", "-X", "ours", "-m", "merge", "main"])),
        Step::Tag(which) => drop(repo.try_git(&["tag", "-a", "-m", "a tag", &format!("v{which}")])),
        Step::Repack { all: true } => drop(repo.repack()),
        Step::Repack { all: false } => drop(repo.git(&["repack", "-dq"])),
        Step::Forget => {
            drop(repo.try_git(&["reset", "-q", "--hard", "HEAD~1"]));
            repo.git(&["reflog", "expire", "--expire=now", "--all"]);
            repo.git(&["gc", "-q", "--prune=now"]);
        }
        Step::Flip(at) => {
            for file in scanned.files() {
                let mut bytes = fs::read(&file).expect("it can be read");
                let at = usize::from(at) % bytes.len();
                bytes[at] ^= 1 << (at % 8);
                fs::write(file, bytes).expect("it can be written");
            }
        }
        Step::Cut(at) => {
            for file in scanned.files() {
                let bytes = fs::read(&file).expect("it can be read");
                fs::write(file, &bytes[..usize::from(at) % bytes.len()]).expect("it can be written");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_scan_tells_the_same_with_and_without_the_cache(
        steps in proptest::collection::vec(step(), 4..24)
    ) {
        let scanned = Scanned::new();
        scanned.repo.commit("first");
        for (number, step) in steps.iter().enumerate() {
            take(&scanned, number, step);
            let (with, without) = (scanned.scan(&[]), scanned.scan(&["--no-cache"]));
            prop_assert!(with.code < 2, "{}{}", with.stdout, with.stderr);
            prop_assert_eq!(&with.stdout, &without.stdout, "after {:?}", &steps[..=number]);
        }
    }
}

/// What was read once is not read again: damage to it goes unseen, until everything is read.
#[test]
fn a_second_scan_reads_only_what_is_new() {
    let scanned = Scanned::new();
    scanned.repo.write("old", "an old text");
    scanned.repo.commit("old");
    let old = scanned.repo.git(&["rev-parse", "HEAD:old"]);
    assert_eq!(scanned.scan(&[]).code, 0);
    scanned.damage(&old);
    scanned.repo.write("new", format!("key={}\n", token("a new value")));
    scanned.repo.git(&["add", "new"]);
    scanned.repo.git(&["commit", "-q", "-m", "new"]);
    let second = scanned.scan(&[]);
    assert_eq!(second.code, 1, "{}", second.stdout);
    assert_eq!(second.json()["coverage"]["scanned"]["blobs"], 2);
    let all = scanned.scan(&["--no-cache"]);
    assert_eq!(all.code, 2, "{}", all.stdout);
}

/// What is not complete is not stored: an object that comes later would change what is known.
#[test]
fn an_incomplete_scan_is_not_stored() {
    let scanned = Scanned::new();
    scanned.repo.write("old", "an old text");
    scanned.repo.commit("old");
    let old = scanned.repo.git(&["rev-parse", "HEAD:old"]);
    scanned.damage(&old);
    assert_eq!(scanned.scan(&[]).code, 2);
    assert!(scanned.files().is_empty());
    assert_eq!(scanned.scan(&[]).code, 2);
}

#[test]
fn what_is_stored_holds_no_value_and_is_for_its_owner_only() {
    let scanned = Scanned::new();
    let secret = token("a stored value");
    scanned.repo.write("dir/.env", format!("key={secret}\n"));
    scanned.repo.commit("a secret");
    let outcome = scanned.scan(&[]);
    let print = outcome.json()["findings"][0]["fingerprint"].as_str().expect("a string").to_owned();
    let bytes = fs::read(scanned.file()).expect("it can be read");
    let holds = |text: &[u8]| memchr::memmem::find(&bytes, text).is_some();
    assert!(holds(b"dir/.env"), "the path of the hit is stored");
    assert!(!holds(secret.as_bytes()) && !holds(&secret.as_bytes()[4..20]));
    let raw: Vec<u8> = (0..32)
        .step_by(2)
        .map(|at| u8::from_str_radix(&print[at..at + 2], 16).expect("hex digits"))
        .collect();
    assert!(!holds(print.as_bytes()) && !holds(&raw[..8]));
    let mode = |path: PathBuf| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(scanned.file()), 0o600);
    assert_eq!(mode(scanned.cache.path().join("ringfence")), 0o700);
}

/// A folder that is handed over could bring a cache that says it is clean.
#[test]
fn nothing_is_stored_in_or_believed_of_the_scanned_repository() {
    let scanned = Scanned::new();
    scanned.repo.write("a", "text");
    scanned.repo.commit("a");
    let inside = scanned.repo.path().join("cache");
    let env = [("XDG_CACHE_HOME", inside.to_str().expect("its name is UTF-8"))];
    assert_eq!(ringfence_with_env(scanned.repo.path(), &["git", "."], &env).code, 0);
    assert!(!inside.exists());
}

#[test]
fn other_rules_make_what_is_stored_useless() {
    let scanned = Scanned::new();
    let value = token("a house").to_lowercase();
    scanned.repo.write("a", format!("value of the house: hse_{}\n", &value[8..24]));
    scanned.repo.commit("a");
    assert_eq!(scanned.scan(&[]).code, 0);
    let rules = r#"provider = "House"
docs = "https://example.org/keys"
rotate = { console = "https://example.org/keys", steps = ["Revoke it"] }
[[rule]]
id = "house-key"
title = "House key"
risk = "Opens the house."
severity = "high"
confidence = "high"
pattern = '\b(?P<secret>hse_[0-9a-z]{16})\b'
[rule.examples]
matches = ['a=<secret>', 'b: <secret>']
ignores = ['hse_{x:3}']
"#;
    let file = scanned.cache.path().join("house.toml");
    fs::write(&file, rules).expect("it can be written");
    let flags = ["--rules", file.to_str().expect("its name is UTF-8")];
    let outcome = scanned.scan(&flags);
    assert_eq!(outcome.code, 1, "{}{}", outcome.stdout, outcome.stderr);
}
