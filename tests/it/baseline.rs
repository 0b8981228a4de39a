//! What was decided about findings: baseline, ringfence.toml and marks hide just that, and say so.

use std::fs;

use serde_json::Value;

use super::support::{Outcome, Repo, ringfence, token};

fn scan(repo: &Repo, more: &[&str]) -> Outcome {
    repo.scan(&[&["check", ".", "-f", "json"], more].concat())
}

fn found(outcome: &Outcome) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = outcome.json()["findings"].as_array().expect("there is a list").clone();
    list.iter().map(|finding| (text(&finding["rule"]), text(&finding["location"]["path"]))).collect()
}

fn hidden(outcome: &Outcome, why: &str) -> u64 {
    outcome.json()["summary"]["hidden"][why].as_u64().unwrap_or(0)
}

/// The entries of the repository's baseline.
fn entries(repo: &Repo) -> Vec<String> {
    let text = fs::read_to_string(repo.path().join("ringfence.baseline")).expect("it was written");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// A value that somebody could guess.
fn weak() -> String {
    ["kitten", "House", "77"].concat()
}

fn with_secret() -> Repo {
    let repo = Repo::new();
    repo.write("tests/client.py", format!("k = '{}'\n", token("old")));
    repo.commit("one");
    repo
}

#[test]
fn what_is_in_the_baseline_is_hidden_and_what_comes_later_is_not() {
    let repo = with_secret();
    assert_eq!(scan(&repo, &[]).code, 1);
    let made = repo.scan(&["baseline", "create", "--reason", "samples of the vendor"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(
        !fs::read_to_string(repo.path().join("ringfence.baseline"))
            .expect("it is there")
            .contains(&token("old"))
    );
    let after = scan(&repo, &[]);
    assert_eq!((after.code, hidden(&after, "baseline")), (0, 1), "{}", after.stdout);
    assert_eq!(scan(&repo, &["--no-baseline"]).code, 1);
    // Another value in the same line is not what was looked at.
    repo.write("tests/client.py", format!("k = '{}'\n", token("new")));
    repo.commit("two");
    assert_eq!(found(&scan(&repo, &[])), [("github-pat".into(), "tests/client.py".into())]);
}

#[test]
fn an_accepted_secret_is_reported_where_it_was_not_accepted() {
    let repo = with_secret();
    repo.scan(&["baseline", "create"]);
    repo.write(".env.production", format!("GITHUB_TOKEN={}\n", token("old")));
    repo.commit("the same value goes live");
    let after = scan(&repo, &[]);
    assert_eq!(after.code, 1, "{}", after.stdout);
    let finding = &after.json()["findings"][0];
    assert_eq!(finding["location"]["path"], ".env.production");
    assert!(
        finding["places"]
            .as_array()
            .expect("places")
            .iter()
            .all(|p| p["location"]["path"] != "tests/client.py")
    );
}

#[test]
fn a_rotated_value_is_reported_while_it_is_in_use_and_a_false_positive_nowhere() {
    let repo = with_secret();
    repo.scan(&["baseline", "create"]);
    let file = repo.path().join("ringfence.baseline");
    let text = fs::read_to_string(&file).expect("it was written");
    let with = |state: &str| {
        let line = entries(&repo)[0].clone();
        let fields: Vec<&str> = line.splitn(6, ' ').collect();
        let new = format!("{} {} {state} * - # looked at\n", fields[0], fields[1]);
        fs::write(&file, new).expect("it can be written");
        let code = scan(&repo, &[]).code;
        fs::write(&file, &text).expect("it can be written");
        code
    };
    assert_eq!((with("rotated"), with("false-positive")), (1, 0), "it is in use");
    repo.write("tests/client.py", "k = read()\n");
    repo.commit("taken out");
    assert_eq!((with("rotated"), with("false-positive")), (0, 0), "only the history has it");
}

#[test]
fn update_drops_what_is_over_and_leaves_what_has_expired_to_a_person() {
    let repo = with_secret();
    repo.write("docs/a.md", format!("{}\n", token("second")));
    repo.commit("two");
    repo.scan(&["baseline", "create", "--expires", "2030-01-01"]);
    assert_eq!(entries(&repo).len(), 2);
    let day = [("RINGFENCE_TODAY", "2031-01-01")];
    let late = super::support::ringfence_with_env(repo.path(), &["check", "."], &day);
    assert_eq!(late.code, 1);
    assert!(late.stdout.contains("has expired"), "{}", late.stdout);
    let update = super::support::ringfence_with_env(repo.path(), &["baseline", "update"], &day);
    assert!(update.stderr.contains("0 entries added, 0 dropped, 2 kept"), "{}", update.stderr);
    assert_eq!(super::support::ringfence_with_env(repo.path(), &["check", "."], &day).code, 1);
    // A history without the second value.
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.git(&["gc", "-q", "--prune=now"]);
    let noted = repo.scan(&["check", "."]);
    assert!(noted.stdout.contains("hides nothing any more"), "{}", noted.stdout);
    let update = repo.scan(&["baseline", "update"]);
    assert!(update.stderr.contains("0 entries added, 1 dropped, 1 kept"), "{}", update.stderr);
}

#[test]
fn a_broken_baseline_hides_nothing_and_its_line_is_named() {
    let repo = with_secret();
    repo.scan(&["baseline", "create"]);
    let file = repo.path().join("ringfence.baseline");
    let text = fs::read_to_string(&file).expect("it was written");
    fs::write(&file, format!("{text}no entry\n")).expect("it can be written");
    let broken = scan(&repo, &[]);
    assert_eq!(broken.code, 2);
    let line = text.lines().count() + 1;
    assert!(broken.stderr.contains(&format!("ringfence.baseline: line {line}: ")), "{}", broken.stderr);
    assert_eq!(repo.scan(&["baseline", "create"]).code, 2, "it is not written over");
}

#[test]
fn a_guessable_value_is_known_by_its_place_and_the_file_says_what_that_means() {
    let repo = Repo::new();
    repo.write("settings.py", format!("password = '{}'\n", weak()));
    repo.commit("one");
    assert_eq!(scan(&repo, &[]).code, 1);
    repo.scan(&["baseline", "create"]);
    assert!(entries(&repo).iter().any(|entry| entry.starts_with("w-")), "{:?}", entries(&repo));
    assert_eq!(scan(&repo, &[]).code, 0);
    let text = fs::read_to_string(repo.path().join("ringfence.baseline")).expect("it was written");
    assert!(text.contains("begins with w-"), "{text}");
}

#[test]
fn configuration_leaves_out_a_rule_at_paths_with_a_reason_until_it_expires() {
    let repo = with_secret();
    let config = "[[ignore]]\nrule = \"github-pat\"\npaths = [\"tests/**\"]\nreason = \"made up\"\nexpires = \"2030-01-01\"\n";
    repo.write("ringfence.toml", config);
    let left_out = scan(&repo, &[]);
    assert_eq!((left_out.code, hidden(&left_out, "ignored")), (0, 1), "{}", left_out.stdout);
    let late = super::support::ringfence_with_env(
        repo.path(),
        &["check", "."],
        &[("RINGFENCE_TODAY", "2031-01-01")],
    );
    assert_eq!(late.code, 1);
    repo.write("ringfence.toml", config.replace("made up", ""));
    assert_eq!(scan(&repo, &[]).code, 2, "a reason is compulsory");
}

#[test]
fn a_mark_allows_one_rule_in_its_line_and_never_in_the_history() {
    let repo = Repo::new();
    let line = |mark: &str| format!("k = '{}' # ringfence:allow {mark}\n", token("marked"));
    repo.write("a.py", line("github-pat a sample of the documentation"));
    let marked = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!((marked.code, hidden(&marked, "allowed")), (0, 1), "{}", marked.stdout);
    repo.git(&["add", "-A"]);
    assert_eq!(repo.scan(&["git", "--staged"]).code, 0);
    for without in ["github-pat", "aws-access-key-id a sample"] {
        repo.write("a.py", line(without));
        assert_eq!(repo.scan(&["scan", "."]).code, 1, "{without}");
    }
    repo.write("a.py", line("github-pat a sample of the documentation"));
    repo.commit("one");
    assert_eq!(repo.scan(&["git", "."]).code, 1, "marks in the history are not obeyed");
}

#[test]
fn nothing_of_a_target_elsewhere_hides_its_findings() {
    let target = with_secret();
    target.scan(&["baseline", "create"]);
    target.write("ringfence.toml", "[[ignore]]\nrule = \"github-pat\"\nreason = \"trust me\"\n");
    target.write("b.py", format!("k = '{}' # ringfence:allow github-pat trust me\n", token("b")));
    target.git(&["add", "-A"]);
    let here = tempfile::tempdir().expect("a temporary folder");
    let path = target.path().to_str().expect("its name is UTF-8");
    for command in [vec!["check", path], vec!["scan", path], vec!["git", "--staged", path]] {
        let outcome = ringfence(here.path(), &[&command[..], &["-f", "json"]].concat());
        assert_eq!(outcome.code, 1, "{command:?}: {}", outcome.stdout);
        assert!(
            found(&outcome).iter().any(|(_, file)| file.ends_with("b.py")),
            "{command:?}: {}",
            outcome.stdout
        );
    }
}

#[test]
fn an_audit_asks_on_a_terminal_only() {
    let repo = with_secret();
    let refused = repo.scan(&["baseline", "audit"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("terminal"), "{}", refused.stderr);
    assert!(!refused.stdout.contains(&token("old")));
}

#[test]
fn what_another_scanner_was_told_to_leave_alone_is_carried_over() {
    let repo = with_secret();
    repo.write("b.py", format!("k = '{}'\n", token("not told")));
    let commit = repo.git(&["rev-parse", "HEAD"]);
    let sha1 = |value: &str| {
        repo.write("value", value);
        // An object's id is the SHA-1 of a head and the text; of the text alone, another program tells.
        let output = std::process::Command::new("sha1sum").arg(repo.path().join("value")).output();
        fs::remove_file(repo.path().join("value")).expect("it is ours");
        output.ok().map(|output| String::from_utf8_lossy(&output.stdout)[..40].to_owned())
    };
    let mut files = vec![
        format!("# told before\ntests/client.py:any-rule:1\n{commit}:gone.py:any-rule:7\n"),
        serde_json::json!([{ "RuleID": "any", "File": "elsewhere.py", "StartLine": 3, "Secret": token("old") }]).to_string(),
    ];
    files.extend(sha1(&token("old")).map(|hash| {
        let found = serde_json::json!([{ "type": "any", "hashed_secret": hash, "line_number": 9, "is_secret": false }]);
        serde_json::json!({ "version": "1.5.0", "results": { "x.py": found } }).to_string()
    }));
    let told = tempfile::NamedTempFile::new().expect("a temporary file");
    for text in files {
        fs::write(told.path(), &text).expect("it can be written");
        let made =
            repo.scan(&["baseline", "create", "--from", told.path().to_str().expect("its name is UTF-8")]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        assert_eq!(entries(&repo).len(), 1, "{text}: {}", made.stderr);
        assert_eq!(made.stderr.contains("gone.py"), text.contains("gone.py"), "{}", made.stderr);
        let after = scan(&repo, &[]);
        assert_eq!(found(&after), [("github-pat".into(), "b.py".into())]);
        fs::remove_file(repo.path().join("ringfence.baseline")).expect("it was written");
    }
}

#[test]
fn configuration_adds_rules_switches_them_off_and_changes_their_severity() {
    let repo = with_secret();
    repo.write("b.txt", format!("acme_{}\n", token("acme")[4..24].to_lowercase()));
    let rule = "[[rule]]\nid = \"acme-key\"\ntitle = \"Acme key\"\nrisk = \"Opens the door.\"\nseverity = \"low\"\n\
                confidence = \"high\"\npattern = '\\b(?P<secret>acme_[0-9a-z]{20})\\b'\n";
    let config =
        format!("[rules]\ndisable = [\"github-pat\"]\nseverity = {{ acme-key = \"critical\" }}\n\n{rule}");
    repo.write("ringfence.toml", &config);
    let scanned = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(
        found(&scanned),
        [("acme-key".into(), "b.txt".into())],
        "{}{}",
        scanned.stdout,
        scanned.stderr
    );
    assert_eq!(scanned.json()["findings"][0]["severity"], "critical");
    assert!(repo.scan(&["scan", "."]).stdout.contains("switches off: github-pat"));
    repo.write("own/acme.toml", format!("provider = \"Acme\"\n{rule}"));
    repo.write("ringfence.toml", "[rules]\nfiles = [\"own/acme.toml\"]\n");
    fs::create_dir_all(repo.path().join("deeper")).expect("a folder can be made");
    let below = ringfence(&repo.path().join("deeper"), &["scan", "..", "-f", "json"]);
    assert_eq!(found(&below).len(), 2, "{}{}", below.stdout, below.stderr);
    for (wrong, told) in [
        ("[rules]\ndisable = [\"github-pta\"]\n".to_owned(), "github-pta"),
        ("[rules]\nseverity = { github-pat = \"grave\" }\n".to_owned(), "severities"),
        (format!("{}\nno = 1\n", rule), "no"),
        (rule.replace("{20}", "+"), "acme-key"),
    ] {
        repo.write("ringfence.toml", &wrong);
        let refused = repo.scan(&["scan", "."]);
        assert_eq!(refused.code, 2, "{wrong}");
        assert!(refused.stderr.contains(told), "{wrong}: {}", refused.stderr);
    }
}

#[test]
fn an_audit_shows_each_value_and_writes_what_was_answered() {
    use std::io::Write as _;
    let repo = with_secret();
    let command = format!("'{}' baseline audit", env!("CARGO_BIN_EXE_ringfence"));
    // A terminal, from util-linux; other systems spell it in another way.
    let script = std::process::Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(repo.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut script) = script.inspect_err(|error| eprintln!("skipped, no `script` here: {error}")) else {
        return;
    };
    let mut input = script.stdin.take().expect("it is piped");
    input.write_all(b"y\nf\na sample of the vendor\n").expect("it listens");
    let output = script.wait_with_output().expect("it ends");
    drop(input);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains(&token("old")) && shown.contains("tests/client.py:1"), "{shown}");
    assert!(
        entries(&repo)[0].ends_with(" github-pat false-positive * - # a sample of the vendor"),
        "{:?}",
        entries(&repo)
    );
    assert_eq!(scan(&repo, &[]).code, 0);
}

#[test]
fn marks_of_other_scanners_are_obeyed_for_those_who_ask() {
    let repo = Repo::new();
    repo.write("a.py", format!("k = '{}' # gitleaks:allow\n", token("marked for another")));
    assert_eq!(repo.scan(&["scan", "."]).code, 1);
    repo.write("ringfence.toml", "[suppress]\nhonor = [\"gitleaks\"]\n");
    assert_eq!(repo.scan(&["scan", "."]).code, 0);
    repo.write("ringfence.toml", "[suppress]\nhonor = [\"gitleak\"]\n");
    let wrong = repo.scan(&["scan", "."]);
    assert!(wrong.code == 2 && wrong.stderr.contains("detect-secrets"), "{}", wrong.stderr);
}
