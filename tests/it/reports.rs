//! Reports that were written before: joined, converted, and refused where not all of them is there.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Outcome, Repo, ringfence, token};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    }
    folder
}

/// A repository with places of every kind that is easily made, a secret that was removed, and settings.
fn repo(seed: &str) -> Repo {
    let value = token(seed);
    let repo = Repo::new();
    repo.write("old.js", format!("const t = \"{value}\"\n"));
    repo.commit("Begin");
    repo.git(&["tag", "v1"]);
    repo.git(&["rm", "-q", "old.js"]);
    repo.commit(&format!("Out with {value}"));
    repo.write(".env.production", format!("API_TOKEN={}\nDEBUG=true\n", token(&format!("{seed} live"))));
    repo.write("<b>\u{1b}.js", format!("x = '{}'\n", token(&format!("{seed} odd"))));
    // What could be guessed is named by its place.
    let weak = ["Quartz", "83", "!", "kiwi", "Zk"].concat();
    repo.write("password.py", format!("password = '{weak}'\n"));
    std::os::unix::fs::symlink("gone", repo.path().join("link")).expect("a link can be made");
    repo.commit("Settings");
    repo
}

fn said(repo: &Repo, args: &[&str]) -> String {
    let outcome = repo.scan(args);
    assert!(!outcome.stdout.is_empty(), "{}", outcome.stderr);
    outcome.stdout
}

fn without_tool(text: &str) -> Value {
    let mut report: Value = serde_json::from_str(text).expect("it is JSON");
    report["tool"] = json!(null);
    report
}

fn report(folder: &TempDir, args: &[&str]) -> Outcome {
    ringfence(folder.path(), &[&["report"], args].concat())
}

#[test]
fn a_report_that_is_read_and_written_again_says_the_same() {
    let repo = repo("again");
    for command in ["check", "scan", "git", "env", "trace", "audit"] {
        let json = said(&repo, &[command, ".", "-f", "json"]);
        let jsonl = said(&repo, &[command, ".", "-f", "jsonl"]);
        let folder = folder(&[("a.json", &json), ("a.jsonl", &jsonl)]);
        for file in ["a.json", "a.jsonl"] {
            let back = report(&folder, &["convert", file, "-f", "json"]);
            assert_eq!(back.code, 0, "{}", back.stderr);
            assert_eq!(without_tool(&back.stdout), without_tool(&json), "{command}, {file}");
            assert_eq!(report(&folder, &["merge", file, "-f", "jsonl"]).stdout, jsonl, "{command}, {file}");
        }
        let page = report(&folder, &["convert", "a.json", "-f", "html"]).stdout;
        assert!(page.starts_with("<!doctype html>") && page.contains("<title>a: ringfence report</title>"));
    }
}

#[test]
fn a_secret_that_two_reports_tell_of_is_one_finding_with_all_its_places() {
    let (value, other) = (token("joined"), token("other"));
    let one = folder(&[("a.txt", &value), ("b.txt", &format!("{value}\n{other}\n"))]);
    let scan = |file: &str| ringfence(one.path(), &["scan", file, "-f", "json"]).stdout;
    let files = folder(&[("a.json", &scan("a.txt")), ("b.json", &scan("b.txt"))]);
    let joined = report(&files, &["merge", "a.json", "b.json", "-f", "json"]);
    assert_eq!(joined.code, 1, "{}", joined.stderr);
    let joined = joined.json();
    let whole = ringfence(one.path(), &["scan", "a.txt", "b.txt", "-f", "json"]).json();
    assert_eq!(joined["findings"], whole["findings"], "as one scan of both says it");
    assert_eq!(joined["coverage"]["scanned"], whole["coverage"]["scanned"]);
}

#[test]
fn the_same_report_twice_counts_once_and_says_so() {
    let scanned = folder(&[("a.txt", &token("twice"))]);
    let json = ringfence(scanned.path(), &["scan", "a.txt", "-f", "json"]).stdout;
    let files = folder(&[("a.json", &json), ("b.json", &json)]);
    let joined = report(&files, &["merge", "a.json", "b.json", "-f", "json"]).json();
    assert_eq!(joined["coverage"]["scanned"]["files"], 1);
    assert_eq!(joined["coverage"]["notes"], json!(["b.json is the same report as a.json, and counts once"]));
}

#[test]
fn an_incomplete_part_makes_the_whole_incomplete() {
    let scanned = folder(&[("a.txt", "nothing\n")]);
    let scan = |file: &str| ringfence(scanned.path(), &["scan", file, "-f", "json"]).stdout;
    let files = folder(&[("a.json", &scan("a.txt")), ("b.json", &scan("gone"))]);
    assert_eq!(report(&files, &["merge", "a.json"]).code, 0);
    let joined = report(&files, &["merge", "a.json", "b.json"]);
    assert_eq!(joined.code, 2);
    assert!(joined.stdout.contains("INCOMPLETE: 1 thing"), "{}", joined.stdout);
}

#[test]
fn gaps_that_a_report_counts_and_does_not_name_are_still_counted() {
    let scanned = folder(&[]);
    let gone: Vec<String> = (0..25).map(|n| format!("gone{n}")).collect();
    let args: Vec<&str> = ["scan", "-f", "json"].into_iter().chain(gone.iter().map(String::as_str)).collect();
    let files = folder(&[("a.json", &ringfence(scanned.path(), &args).stdout)]);
    let back = report(&files, &["convert", "a.json", "-f", "json"]).json();
    assert_eq!(back["coverage"]["not_scanned"][0]["count"], 25);
}

#[test]
fn what_a_project_accepts_as_not_read_is_taken_in_again() {
    let scanned = folder(&[(
        "ringfence.toml",
        "[[coverage.accept]]\npath = \"a.zip\"\nreason = \"cut off on purpose\"\n",
    )]);
    std::fs::write(scanned.path().join("a.zip"), b"PK\x03\x04cut off").expect("a file can be written");
    let scan = ringfence(scanned.path(), &["scan", ".", "-c", "ringfence.toml", "-f", "json"]);
    assert_eq!(scan.json()["coverage"]["out_of_scope"][0]["reason"], "accepted", "{}", scan.stdout);
    let files = folder(&[("a.json", &scan.stdout)]);
    let back = report(&files, &["convert", "a.json", "-f", "json"]);
    assert_eq!(back.json()["coverage"], scan.json()["coverage"], "{}", back.stderr);
}

#[test]
fn what_is_no_whole_report_of_this_version_is_an_error_that_names_file_and_reason() {
    let scanned = folder(&[("a.txt", &token("cut"))]);
    let json = ringfence(scanned.path(), &["scan", "a.txt", "-f", "json"]).stdout;
    let jsonl = ringfence(scanned.path(), &["scan", "a.txt", "-f", "jsonl"]).stdout;
    let first_line = jsonl.lines().next().expect("there is a finding");
    let newer = json.replace("\"schema\": 1", "\"schema\": 2");
    let odd = json.replace("\"kind\": \"file\"", "\"kind\": \"hologram\"");
    let fewer = json.replace("\"findings\": 1,", "\"findings\": 7,");
    let cases: [(&str, &str, &str); 11] = [
        ("cut.json", &json[..json.len() / 2], "cut off"),
        ("cut.jsonl", &jsonl[..jsonl.len() - 20], "cut off"),
        ("no-end.jsonl", first_line, "the last line, with the coverage, is missing"),
        ("fewer.json", &fewer, "1 findings and says that there are 7"),
        ("empty.json", " \n", "it is empty"),
        ("newer.json", &newer, "it has schema 2"),
        ("odd.json", &odd, "the kind of place `hologram`"),
        ("old.sarif", r#"{ "version": "1.0.0", "runs": [] }"#, "\"1.0.0\" of SARIF"),
        ("list.json", "[1, 2]", "neither a schema nor findings"),
        ("text.txt", "no JSON", "no report of `ringfence -f json`"),
        ("garbage.json", &format!("{json} and more"), "no report of `ringfence -f json`"),
    ];
    for (name, text, reason) in cases {
        let files = folder(&[(name, text), ("good.json", &json)]);
        let outcome = report(&files, &["merge", "good.json", name]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{name}");
        assert!(outcome.stderr.contains(&format!("{name} cannot be taken in")), "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(reason), "{name}: {}", outcome.stderr);
    }
    let outcome = report(&scanned, &["convert", "gone.json"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("cannot read gone.json"), "{}", outcome.stderr);
}

#[test]
fn a_value_in_a_report_is_not_handed_on() {
    let value = token("handed");
    let scanned = folder(&[("a.txt", &value)]);
    let json = ringfence(scanned.path(), &["scan", "a.txt", "-f", "json", "--show-secrets"]).stdout;
    assert!(json.contains(&value));
    let files = folder(&[("a.json", &json)]);
    for format in ["text", "json", "html", "sarif", "csv"] {
        let back = report(&files, &["convert", "a.json", "-f", format]);
        assert!(!back.stdout.is_empty() && !back.stdout.contains(&value), "{format}");
    }
}

#[test]
fn audits_are_not_joined() {
    let json = said(&repo("audit"), &["audit", ".", "-f", "json"]);
    let files = folder(&[("a.json", &json), ("b.json", &json.replace("\"schema\"", " \"schema\""))]);
    let outcome = report(&files, &["merge", "a.json", "b.json"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("audits cannot be joined"), "{}", outcome.stderr);
}

/// SARIF as Gitleaks writes it, with a result for each value and the text that its snippet shows.
fn gitleaks(results: &[(&str, &str)]) -> String {
    let result = |(at, (path, snippet)): (usize, &(&str, &str))| {
        let region = json!({ "startLine": at + 1, "startColumn": 1, "endLine": at + 1, "endColumn": 41, "snippet": { "text": snippet } });
        json!({
            "ruleId": "github-pat",
            "message": { "text": "github-pat has detected secret" },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": path }, "region": region } }],
            "partialFingerprints": { "commitSha": "ab".repeat(20), "email": "a@example.org", "date": "2025-03-03T09:00:00Z" },
        })
    };
    let results: Vec<Value> = results.iter().enumerate().map(result).collect();
    let driver = json!({ "name": "gitleaks", "rules": [{ "id": "github-pat", "shortDescription": { "text": "A token." } }] });
    json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": driver }, "results": results }] }).to_string()
}

#[test]
fn sarif_of_another_scanner_can_be_compared_by_fingerprint_and_shows_no_value() {
    let value = token("compared");
    let scanned = folder(&[("a b.txt", &value)]);
    let ours = ringfence(scanned.path(), &["scan", ".", "-f", "json"]).stdout;
    let theirs = gitleaks(&[("a%20b.txt", &value), ("c.txt", &value)]);
    let files = folder(&[("ours.json", &ours), ("theirs.sarif", &theirs)]);
    let joined = report(&files, &["merge", "ours.json", "theirs.sarif", "-f", "json"]);
    assert_eq!(joined.code, 2, "nobody knows what the other has scanned: {}", joined.stderr);
    assert!(!joined.stdout.contains(&value));
    let joined = joined.json();
    let found = joined["findings"].as_array().expect("a list");
    assert_eq!(found.len(), 2, "one of each scanner");
    assert_eq!(found[0]["fingerprint"], found[1]["fingerprint"]);
    let theirs = found.iter().find(|one| one["rule"] == "gitleaks-github-pat").expect("it is told");
    assert_eq!((&theirs["provider"], &theirs["severity"]), (&json!("gitleaks"), &json!("medium")));
    let places: Vec<&Value> = theirs["places"].as_array().expect("a list").iter().collect();
    assert_eq!(places.len(), 2, "one secret, two places");
    assert_eq!(places[0]["location"]["path"], "a b.txt");
    assert_eq!(places[0]["commit"]["author_time"], "2025-03-03T09:00:00Z");
    assert_eq!(joined["coverage"]["not_scanned"][0]["reason"], "untold");
}

#[test]
fn secrets_that_another_scanner_masked_are_not_taken_for_one() {
    let theirs = gitleaks(&[("a.txt", "REDACTED"), ("b.txt", "REDACTED"), ("b.txt", "abcd...")]);
    let files = folder(&[("theirs.sarif", &theirs), ("key", &"k".repeat(32))]);
    for more in [&[][..], &["--fingerprint-key-file", "key"]] {
        let args = [&["convert", "theirs.sarif", "-f", "json"], more].concat();
        let found = report(&files, &args).json()["findings"].as_array().expect("a list").len();
        assert_eq!(found, 3);
    }
}

#[test]
fn what_trufflehog_prints_is_read_line_by_line() {
    let value = token("trufflehog");
    let line = |data: Value, verified: bool| {
        json!({
            "SourceMetadata": { "Data": data }, "DetectorName": "Github", "Verified": verified, "Raw": value, "Redacted": "",
        })
        .to_string()
    };
    let git = json!({ "Git": { "commit": "cd".repeat(20), "file": "a.js", "email": "a@example.org", "timestamp": "2022-06-16 10:17:40 -0700", "line": 4 } });
    let text =
        [line(git, true), line(json!({ "Filesystem": { "file": "b.js", "line": 7 } }), false)].join("\n");
    let files = folder(&[("hog.jsonl", &text), ("cut.jsonl", &text[..text.len() - 30])]);
    let back = report(&files, &["convert", "hog.jsonl", "-f", "json"]);
    assert!(!back.stdout.contains(&value) && !back.stdout.contains("a@example.org"), "{}", back.stderr);
    let found = &back.json()["findings"];
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!((&found[0]["rule"], &found[0]["severity"]), (&json!("trufflehog-github"), &json!("critical")));
    assert_eq!(found[0]["places"][0]["location"]["line"], 7);
    assert_eq!(found[0]["places"][1]["commit"]["author_time"], "2022-06-16T17:17:40Z");
    let cut = report(&files, &["convert", "cut.jsonl"]);
    assert!(cut.code == 2 && cut.stderr.contains("cut off"), "{}", cut.stderr);
}
