//! Archives in a repository's history, its index, and in traces: opened like those of the work tree.

use serde_json::{Value, json};

use super::archive::gaps;
use super::pack::{brotli, docx, gzip, settings, stored, tar, zip};
use super::random::Random;
use super::support::{Outcome, Repo, ringfence_with_env, token};

fn git(repo: &Repo, more: &[&str]) -> Outcome {
    repo.scan(&[&["git", ".", "-f", "json"], more].concat())
}

fn paths(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("it is a list");
    let path = |finding: &Value| finding["location"]["path"].as_str().expect("it is text").to_owned();
    let mut paths: Vec<String> = findings.iter().map(path).collect();
    paths.sort();
    paths
}

#[test]
fn an_archive_that_left_the_history_gives_what_it_held_and_when() {
    let repo = Repo::new();
    let secret = settings("in an archive");
    repo.write("dist/a.war", zip(&[("lib/b.jar", &zip(&[("app.env", &secret)]))]));
    repo.write("app.js.br", brotli(&settings("in brotli")));
    repo.write("a.docx", docx(&token("in a document")));
    repo.write("named.zip", zip(&[(&format!("dir/{}.txt", token("in a name")), b"")]));
    let first = repo.commit("archives");
    repo.git(&["rm", "-q", "dist/a.war"]);
    let second = repo.commit("without");
    let outcome = git(&repo, &["--no-cache"]);
    let report = outcome.json();
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    let found = paths(&report);
    let (named, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|path| path.starts_with("named.zip!/dir/"));
    assert_eq!(named.len(), 1);
    assert!(!named[0].contains(&token("in a name")), "the name is masked");
    let expected = ["a.docx!/word/document.xml!/text", "app.js.br!/app.js", "dist/a.war!/lib/b.jar!/app.env"];
    assert_eq!(others, expected);
    let findings = report["findings"].as_array().expect("it is a list");
    let war =
        findings.iter().find(|finding| finding["location"]["path"] == expected[2]).expect("it is there");
    let place = &war["places"][0];
    assert_eq!((&place["kind"], &place["location"]["line"]), (&json!("member"), &json!(2)));
    assert_eq!(place["chain"], json!(["dist/a.war", "dist/a.war!/lib/b.jar"]));
    assert_eq!((&place["commit"]["id"], &place["at_head"]), (&json!(first), &json!(false)));
    assert_eq!(war["exposure"]["removed"][0]["id"], second);
    assert!(report["coverage"]["scanned"]["members"].as_u64() >= Some(3), "{report}");
}

/// A stored archive and a text of the same words are deltas of each other, and only one of them is text.
#[test]
fn reading_only_what_changed_gives_the_same_where_archives_and_texts_are_built_on_each_other() {
    let mut random = Random::of("deltas of archives");
    let filler: String = (0..400).map(|_| format!("line {}\n", random.below(1_000_000))).collect();
    let repo = Repo::new();
    for version in 0..6 {
        let text =
            format!("{filler}{}{filler}", String::from_utf8(settings(&format!("v{version}"))).expect("text"));
        let archive = stored(&[("a.txt", text.as_bytes())]);
        repo.write("file", if version % 2 == 0 { archive } else { text.into_bytes() });
        repo.commit("a version");
    }
    repo.repack();
    let flags = ["--show-secrets", "--confidence", "low", "--no-cache"];
    let (by_changes, whole) = (git(&repo, &flags), git(&repo, &[&flags[..], &["--no-seam"]].concat()));
    assert_eq!(by_changes.code, 1, "{}", by_changes.stdout);
    assert_eq!(by_changes.stdout, whole.stdout);
    assert_eq!(paths(&by_changes.json()).len(), 6);
}

#[test]
fn what_cannot_be_read_of_an_archive_in_the_history_is_told_at_its_path_each_time() {
    let repo = Repo::new();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let whole = zip(&[("a.env", &settings("whole")), ("b.txt", b"text")]);
    let mut damaged = stored(&[("a.txt", b"some text"), ("b.env", &settings("beside"))]);
    let at = memchr::memmem::find(&damaged, b"some").expect("it is stored");
    damaged[at] = b'S';
    repo.write("good.zip", whole);
    repo.write("bad.zip", damaged);
    repo.commit("archives");
    let env = [("XDG_CACHE_HOME", cache.path().to_str().expect("its name is UTF-8"))];
    let scan = || ringfence_with_env(repo.path(), &["git", ".", "-f", "json", "--show-secrets"], &env);
    let first = scan();
    assert_eq!(first.code, 2, "{}", first.stdout);
    assert_eq!(gaps(&first.json()), [("corrupt-archive".to_owned(), "bad.zip!/a.txt".to_owned())]);
    assert_eq!(paths(&first.json()), ["bad.zip!/b.env", "good.zip!/a.env"]);
    let stored = std::fs::read_dir(cache.path().join("ringfence")).expect("something was stored").count();
    assert_eq!(stored, 1);
    let second = scan();
    assert_eq!((second.code, &second.stdout), (2, &first.stdout));
    repo.write("ringfence.toml", "[[coverage.accept]]\npath = \"bad.zip\"\nreason = \"a test\"\n");
    assert_eq!(scan().code, 1, "it is accepted now");
}

#[test]
fn parts_of_a_history_tell_what_an_archive_adds() {
    let repo = Repo::new();
    repo.write("a.zip", zip(&[("old.env", &settings("old"))]));
    repo.commit("old");
    repo.write("a.zip", zip(&[("old.env", &settings("old")), ("new.env", &settings("new"))]));
    repo.git(&["add", "-A"]);
    let staged = repo.scan(&["git", "--staged", "-f", "json"]);
    assert_eq!(
        (staged.code, paths(&staged.json())),
        (1, vec!["a.zip!/new.env".to_owned()]),
        "{}",
        staged.stdout
    );
    repo.commit("new");
    let range = repo.scan(&["git", "--range", "HEAD~1..HEAD", "-f", "json"]);
    assert_eq!(
        (range.code, paths(&range.json())),
        (1, vec!["a.zip!/new.env".to_owned()]),
        "{}",
        range.stdout
    );
    repo.write("b.tgz", &gzip(&tar(&[("x.env", &settings("cut"))]))[..60]);
    repo.git(&["add", "-A"]);
    let broken = repo.scan(&["git", "--staged", "-f", "json"]);
    assert_eq!((broken.code, gaps(&broken.json()).len()), (2, 1), "{}", broken.stdout);
}

#[test]
fn a_value_is_traced_into_archives_of_old_commits() {
    let repo = Repo::new();
    let value = token("traced");
    repo.write(".env.production", format!("GITHUB_TOKEN={value}\n"));
    repo.write(".gitignore", ".env.production\n");
    repo.write("old.tgz", gzip(&tar(&[("conf/a.txt", format!("is {value}\n").as_bytes())])));
    repo.commit("an archive");
    repo.git(&["rm", "-q", "old.tgz"]);
    repo.commit("gone");
    let outcome = repo.scan(&["trace", "-f", "json"]);
    assert_eq!(outcome.code, 1, "{}{}", outcome.stdout, outcome.stderr);
    let places = outcome.json()["findings"][0]["places"].clone();
    let places = places.as_array().expect("it is a list");
    assert!(places.iter().any(|place| place["location"]["path"] == "old.tgz!/conf/a.txt"), "{places:?}");
    assert!(!outcome.stdout.contains(&value));
}

#[test]
fn the_page_of_a_launch_counts_archives_of_the_history() {
    let repo = Repo::new();
    repo.write("a.zip", zip(&[("app.env", &settings("launch"))]));
    repo.commit("one");
    repo.git(&["rm", "-q", "a.zip"]);
    repo.commit("two");
    let outcome = repo.scan(&["check", ".", "-f", "json"]);
    assert_eq!(
        (outcome.code, paths(&outcome.json())),
        (1, vec!["a.zip!/app.env".to_owned()]),
        "{}",
        outcome.stdout
    );
}
