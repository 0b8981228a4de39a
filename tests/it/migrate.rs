//! `ringfence config`: a file to begin with, and what is made of another scanner's.

use super::support::{Repo, ringfence};

const GITLEAKS: &str = r#"
title = "acme"
[extend]
useDefault = true
disabledRules = ["generic-thing"]
[[rules]]
id = "Acme Key"
description = "Acme key"
regex = '(acme|ACME)-([0-9a-z]{20})(?:;|$)'
secretGroup = 2
entropy = 2.5
keywords = ["acme-"]
[[rules.allowlists]]
description = "made up"
paths = ['^fixtures/.*']
stopwords = ["sample"]
[[rules]]
id = "any"
regex = "[a-z]+"
[[rules]]
id = "files"
path = '\.p12$'
[[allowlists]]
description = "others' code"
paths = ['vendor/', '[a-z]+/lib']
commits = ["0000000"]
"#;

#[test]
fn a_gitleaks_toml_becomes_ours_and_what_is_left_is_named() {
    let repo = Repo::new();
    repo.write("gitleaks.toml", GITLEAKS);
    let made = ringfence(repo.path(), &["config", "migrate", "gitleaks.toml", "-o", "ringfence.toml"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    for left in ["disabledRules", "1 stopwords", "rule any", "rule files", "1 commits", "[a-z]+/lib"] {
        assert!(made.stderr.contains(left), "{left}: {}", made.stderr);
    }
    let line = format!("key: acme-{};\n", "k3v9x0q2m7".repeat(2));
    for path in ["a.txt", "fixtures/a.txt", "b/vendor/a.txt"] {
        repo.write(path, &line);
    }
    let found = ringfence(repo.path(), &["scan", ".", "-f", "json"]).json();
    let places: Vec<&str> = found["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["rule"] == "own-acme-key")
        .flat_map(|finding| finding["places"].as_array().expect("a list"))
        .map(|place| place["location"]["path"].as_str().expect("a path"))
        .collect();
    assert_eq!(places, ["a.txt"], "{found}");
    let again = ringfence(repo.path(), &["config", "migrate", "gitleaks.toml", "-o", "ringfence.toml"]);
    assert_eq!(again.code, 2, "what is there is not written over");
}

#[test]
fn a_file_to_begin_with_is_made_once_and_is_sound() {
    let repo = Repo::new();
    assert_eq!(ringfence(repo.path(), &["config", "init"]).code, 0);
    repo.write("a.txt", "fine\n");
    assert_eq!(ringfence(repo.path(), &["scan", "."]).code, 0);
    assert_eq!(ringfence(repo.path(), &["config", "init"]).code, 2);
}
