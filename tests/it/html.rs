//! The HTML report as a file: what is in it, what can never be, and that it needs nothing else. What it does in a
//! browser is tried by `.ci/run html`.

use serde_json::Value;

use super::support::{Repo, token};

/// A repository whose names, contents, messages and branches would be markup, and settings of two environments.
fn hostile(value: &str) -> Repo {
    let repo = Repo::new();
    repo.write(
        "<img src=x onerror=alert(1)>/a.js",
        format!("</script><script>alert(2)</script> '{value}'\n"),
    );
    repo.write(".env.production", format!("API_TOKEN={value}\n"));
    repo.write(".env.staging", format!("API_TOKEN={value}\nDEBUG=true\n"));
    repo.commit(&format!("</noscript><script>alert(3)</script> {value}"));
    repo.git(&["branch", "<svg/onload=alert(4)>"]);
    repo
}

fn page(repo: &Repo, args: &[&str]) -> String {
    let outcome = repo.scan(args);
    assert!(outcome.stdout.starts_with("<!doctype html>"), "{}{}", outcome.stdout, outcome.stderr);
    outcome.stdout
}

/// What the page's script reads.
fn data(page: &str) -> Value {
    let (_, from) = page.split_once("id=\"data\">").expect("the page has data");
    serde_json::from_str(from.split_once("</script>").expect("it ends").0).expect("it is JSON")
}

#[test]
fn a_page_of_every_command_is_whole_holds_no_value_and_loads_nothing() {
    let value = token("page");
    let repo = hostile(&value);
    let commands: [&[&str]; 7] = [
        &["check", "."],
        &["scan", ".", "--show-secrets"],
        &["git", "."],
        &["env", "."],
        &["trace", "."],
        &["audit", "."],
        &["inventory", "."],
    ];
    for command in commands {
        let page = page(&repo, &[command, &["-f", "html"]].concat());
        assert!(page.ends_with("</html>\n"), "{command:?}");
        assert!(!page.contains(&value) && !page.contains(&value[8..24]), "{command:?} shows a value");
        assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"), "{command:?}");
        for markup in ["<img", "<svg", "<script>alert", "<link", "<iframe", "@import", "url("] {
            assert!(!page.contains(markup), "{command:?}: {markup}");
        }
        assert_eq!(page.matches("<script").count(), 2, "{command:?}: data and one script");
        assert_eq!(page.matches("</noscript").count(), 1, "{command:?}");
    }
}

#[test]
fn a_page_holds_all_that_the_json_report_tells() {
    let repo = hostile(&token("page"));
    for command in ["check", "audit"] {
        let json = repo.scan(&[command, ".", "-f", "json"]).json();
        let data = data(&page(&repo, &[command, ".", "-f", "html"]));
        for part in ["findings", "coverage", "summary", "launch", "audit", "tool"] {
            assert_eq!(data[part], json[part], "{command}: {part}");
        }
        assert_eq!(
            data["subject"],
            repo.path().file_name().expect("it has a name").to_string_lossy().as_ref()
        );
    }
}

#[test]
fn a_page_has_the_variables_of_the_project_with_their_environments() {
    let repo = hostile(&token("page"));
    let converted = |command: &str| {
        repo.write("a.json", repo.scan(&[command, ".", "-f", "json"]).stdout);
        data(&page(&repo, &["report", "convert", "a.json", "-f", "html"]))
    };
    let written = |command: &&str| data(&page(&repo, &[*command, ".", "-f", "html"]));
    let mut pages: Vec<(&str, Value)> =
        ["check", "env", "inventory"].iter().map(|command| (*command, written(command))).collect();
    pages.extend([("converted check", converted("check")), ("converted env", converted("env"))]);
    for (command, data) in pages {
        let variables = data["inventory"].as_array().expect("a list");
        let found = variables.iter().find(|variable| variable["key"] == "API_TOKEN").expect("it is listed");
        assert_eq!(found["same_as"], serde_json::json!([["production", "staging"]]), "{command}");
    }
    let git = data(&page(&repo, &["git", ".", "-f", "html"]));
    assert_eq!(git["inventory"], Value::Null, "no project was linted");
}

#[test]
fn a_finding_tells_the_environments_of_its_places() {
    let repo = hostile(&token("page"));
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    assert_eq!(report["findings"][0]["environments"], serde_json::json!(["production", "shared", "staging"]));
}
