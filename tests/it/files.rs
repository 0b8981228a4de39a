//! Files that are secrets themselves: told by name and content, in folders, in the index and in the history.

use serde_json::Value;

use super::random::Random;
use super::sample::{filler, rule, secret};
use super::support::{Outcome, Repo, token};

/// Letters and digits, others for each seed.
fn word(seed: &str, len: usize) -> String {
    filler(&format!("alnum:{len}"), &mut Random::of(seed)).expect("a kind of filler")
}

/// A store as PKCS #12 has it, with one bag of this type: 2 for a key, 3 for a certificate.
fn pkcs12(seed: &str, bag: u8) -> Vec<u8> {
    let head =
        b"\x30\x82\x04\x00\x02\x01\x03\x30\x82\x03\xf0\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01";
    [head.as_slice(), &[bag], word(seed, 900).as_bytes()].concat()
}

fn pgpass(seed: &str) -> String {
    format!("# hosts\ndb.corp.internal:5432:shop:deploy:{}\n", word(seed, 14))
}

fn state(seed: &str, serial: u32) -> String {
    let lineage = word(seed, 30);
    format!(
        "{{\n \"serial\": {serial},\n \"lineage\": \"{lineage}\",\n \"resources\": [{{\"attributes\": {{}}}}]\n}}\n"
    )
}

/// Rule and path of every finding, sorted.
fn found(outcome: &Outcome) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let document = outcome.json();
    let findings = document["findings"].as_array().expect("a list");
    let mut all: Vec<(String, String)> =
        findings.iter().map(|finding| (text(&finding["rule"]), text(&finding["location"]["path"]))).collect();
    all.sort();
    all
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(rule, path)| ((*rule).to_owned(), (*path).to_owned())).collect()
}

#[test]
fn files_that_are_secrets_are_found_in_a_folder_by_name_and_content() {
    let repo = Repo::new();
    repo.write("certs/shop.p12", pkcs12("a", 2));
    repo.write("certs/ca.p12", pkcs12("b", 3));
    repo.write("home/.pgpass", pgpass("c"));
    repo.write("infra/terraform.tfstate", state("d", 1));
    repo.write("infra/.vault_pass", word("e", 16) + "\n");
    repo.write("config/master.key", filler("hex:32", &mut Random::of("f")).expect("a kind of filler"));
    for (empty, text) in [("a/.pgpass", ""), ("b/.pgpass", "# host:port:db:user:password\n"), ("c/x.p12", "")]
    {
        repo.write(empty, text);
    }
    repo.write("keys/id_rsa.pub", format!("ssh-rsa {}", word("g", 300)));
    repo.write("b/.vault_pass", "changeme\n");
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(outcome.code, 1);
    let expected = pairs(&[
        ("file-key-store", "certs/shop.p12"),
        ("file-pgpass", "home/.pgpass"),
        ("file-rails-key", "config/master.key"),
        ("file-terraform-state", "infra/terraform.tfstate"),
        ("file-vault-password", "infra/.vault_pass"),
    ]);
    assert_eq!(found(&outcome), expected, "{}", outcome.stdout);
    for format in ["json", "sarif", "text", "csv", "markdown"] {
        let report = repo.scan(&["scan", ".", "-f", format]);
        assert!(
            [word("c", 14), word("e", 16), word("d", 30)].iter().all(|value| !report.stdout.contains(value))
        );
        let store = word("a", 900);
        let mut parts = (0..900 - 12).map(|at| &store[at..at + 12]);
        assert!(!parts.any(|part| report.stdout.contains(part)), "{format}: a part of the store is shown");
    }
}

#[test]
fn where_the_content_tells_a_secret_the_name_tells_nothing_more() {
    let repo = Repo::new();
    let key = secret(rule("private-key-pem"), &mut Random::of("key")).0.replace("\\n", "\n");
    repo.write("id_rsa", key + "\n");
    repo.write(
        "infra/terraform.tfstate",
        state("a", 1).replace("{}", &format!("{{\"k\": \"{}\"}}", token("a"))),
    );
    let expected = pairs(&[("github-pat", "infra/terraform.tfstate"), ("private-key-pem", "id_rsa")]);
    assert_eq!(found(&repo.scan(&["scan", ".", "-f", "json"])), expected);
}

#[test]
fn in_tests_and_examples_they_are_of_low_confidence() {
    let repo = Repo::new();
    repo.write("tests/certs/a.p12", pkcs12("a", 2));
    repo.write("examples/.pgpass", pgpass("b"));
    assert_eq!(repo.scan(&["scan", ".", "-f", "json"]).code, 0);
    let low = repo.scan(&["scan", ".", "-f", "json", "--confidence", "low"]);
    assert_eq!(found(&low).len(), 2, "{}", low.stdout);
}

#[test]
fn a_history_tells_them_once_with_who_brought_them_in() {
    for packed in [false, true] {
        let repo = Repo::new();
        repo.write("notes.txt", pgpass("a"));
        repo.write("plain.bin", pkcs12("b", 2));
        repo.commit("one");
        assert_eq!(repo.scan(&["git", ".", "-f", "json"]).code, 0, "no such name, nothing that tells it");
        repo.write("home/.pgpass", pgpass("a"));
        repo.write("certs/shop.p12", pkcs12("b", 2));
        repo.write("infra/terraform.tfstate", state("c", 1));
        let guilty = repo.commit("two");
        repo.write("infra/terraform.tfstate", state("c", 2));
        repo.write("home/.pgpass", "# moved\n".to_owned() + &pgpass("a"));
        repo.commit("three");
        repo.git(&["rm", "-q", "certs/shop.p12"]);
        let removed = repo.commit("four");
        if packed {
            repo.repack();
        }
        let first = repo.scan(&["git", ".", "-f", "json"]);
        let expected = pairs(&[
            ("file-key-store", "certs/shop.p12"),
            ("file-pgpass", "home/.pgpass"),
            ("file-terraform-state", "infra/terraform.tfstate"),
        ]);
        assert_eq!(found(&first), expected, "{}", first.stdout);
        for finding in first.json()["findings"].as_array().expect("a list") {
            assert_eq!(finding["exposure"]["introduced"][0]["id"], guilty.as_str(), "{finding}");
            let gone = finding["location"]["path"] == "certs/shop.p12";
            assert_eq!(finding["exposure"]["at_head"], !gone);
            let last = &finding["exposure"]["removed"][0]["id"];
            assert_eq!(*last, if gone { removed.as_str().into() } else { Value::Null });
        }
        for more in [&["--no-seam"][..], &["--no-cache"], &[]] {
            let again = repo.scan(&[&["git", ".", "-f", "json"], more].concat());
            assert_eq!(again.json()["findings"], first.json()["findings"], "{more:?}");
        }
    }
}

/// A scan that knows of the file already tells what one says that reads everything: also where the same bytes stand
/// under a name that tells nothing.
#[test]
fn a_second_scan_tells_what_a_scan_of_everything_tells() {
    let repo = Repo::new();
    let findings =
        |args: &[&str]| repo.scan(&[&["git", ".", "-f", "json"], args].concat()).json()["findings"].clone();
    let steps: [&dyn Fn(); 5] = [
        &|| drop(repo.write("plain.txt", pgpass("a"))),
        &|| drop(repo.write(".pgpass", pgpass("a"))),
        &|| drop(repo.git(&["mv", ".pgpass", "other.txt"])),
        &|| drop(repo.write("b/.pgpass", pgpass("a"))),
        &|| drop(repo.git(&["rm", "-q", "plain.txt"])),
    ];
    for (number, step) in steps.into_iter().enumerate() {
        step();
        repo.commit("next");
        assert_eq!(findings(&[]), findings(&["--no-cache"]), "step {number}");
    }
    assert_eq!(findings(&[]).as_array().expect("a list").len(), 1);
}

#[test]
fn what_is_staged_and_what_was_decided_count_for_them_too() {
    let repo = Repo::new();
    repo.write("a.txt", "fine\n");
    repo.commit("one");
    repo.write("home/.pgpass", pgpass("a"));
    repo.git(&["add", "-A"]);
    let staged = repo.scan(&["git", ".", "--staged", "-f", "json"]);
    assert_eq!(found(&staged), pairs(&[("file-pgpass", "home/.pgpass")]), "{}", staged.stdout);
    repo.commit("two");
    repo.write("home/.pgpass", pgpass("a") + "# a note\n");
    repo.git(&["add", "-A"]);
    assert_eq!(repo.scan(&["git", ".", "--staged", "-f", "json"]).code, 0, "it was there before");
    assert_eq!(repo.scan(&["scan", "."]).code, 1);
    assert_eq!(repo.scan(&["baseline", "create", "."]).code, 0);
    assert_eq!(repo.scan(&["scan", "."]).code, 0, "it was accepted");
}
