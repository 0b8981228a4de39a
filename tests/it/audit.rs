//! After a leak: an audit tells everything of a secret but the secret, and its plan takes it out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tempfile::TempDir;

use super::support::{Outcome, Repo, ringfence, token};

/// A value in an env file of a release, encoded in another file, and in a message; gone from HEAD, and still in use.
fn leaky(value: &str) -> Repo {
    let repo = Repo::new();
    repo.write(".gitignore", ".env\n");
    repo.commit("Begin");
    repo.write(".env.production", format!("API_TOKEN={value} # ringfence:allow * on purpose\n"));
    repo.commit("Deploy");
    repo.git(&["tag", "v1.0"]);
    repo.write("deploy/values.yml", format!("data: {}\n", STANDARD.encode(format!("t={value};"))));
    repo.commit(&format!("Use {value} for now"));
    repo.git(&["rm", "-q", "-r", ".env.production", "deploy"]);
    repo.commit("Secrets out");
    repo.write(".env", format!("API_TOKEN={value}\n"));
    repo
}

fn silent(outcome: &Outcome, value: &str) {
    let encoded = STANDARD.encode(format!("t={value};"));
    for secret in [value, &encoded[8..40]] {
        assert!(!outcome.stdout.contains(secret) && !outcome.stderr.contains(secret), "a value was shown");
    }
}

/// Writes a plan beside the repository.
fn plan(repo: &Repo) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("plan.txt").display().to_string();
    let outcome = repo.scan(&["audit", ".", "--purge-plan", &path]);
    assert_eq!(outcome.code, 1, "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stderr.contains("holds the secrets themselves"), "{}", outcome.stderr);
    (folder, path)
}

#[test]
fn every_place_the_exposure_and_the_use_of_a_value_are_told_and_marks_hide_nothing() {
    let value = token("audited");
    let repo = leaky(&value);
    let outcome = repo.scan(&["audit", ".", "-f", "json"]);
    silent(&outcome, &value);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let report = outcome.json();
    let found = &report["findings"];
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found:#}");
    let finding = &found[0];
    let place = |path: &str| {
        let places = finding["places"].as_array().expect("a list");
        let here = |place: &&serde_json::Value| {
            place["location"]["path"].as_str().is_some_and(|shown| shown.starts_with(path))
        };
        places.iter().find(here).unwrap_or_else(|| panic!("no place {path} in {finding:#}")).clone()
    };
    assert_eq!(place(".env.production")["at_head"], json!(false));
    assert_eq!(place("deploy/values.yml")["encoding"], json!("base64"));
    assert_eq!(place("<message of")["kind"], json!("message"));
    assert_eq!(place(".env")["commit"], json!(null), "an ignored env file is looked at: it tells of use");
    assert_eq!(finding["in_use"], json!(true));
    let exposure = &finding["exposure"];
    assert_eq!(exposure["first_release"]["tag"], json!("v1.0"));
    assert_eq!(exposure["tags"], json!(["v1.0"]));
    assert_eq!(exposure["removed"].as_array().map(Vec::len), Some(1));
    let by_hand = report["audit"]["by_hand"].as_array().expect("a list");
    assert_eq!(by_hand.len(), 1, "nothing is left but what git notes in this clone: {by_hand:?}");
    assert!(by_hand[0].as_str().is_some_and(|text| text.contains(".git/logs/") && text.contains("fresh")));
    assert!(report["audit"]["out_of_reach"].to_string().contains("forks"));
}

#[test]
fn people_get_a_checklist_in_text_and_markdown() {
    let value = token("checklist");
    let repo = leaky(&value);
    let text = repo.scan(&["audit"]);
    let markdown = repo.scan(&["audit", "-f", "markdown"]);
    for outcome in [&text, &markdown] {
        silent(outcome, &value);
        assert_eq!(outcome.code, 1);
        for told in ["still in the work tree: 1 place", "v1.0", "filter-repo", "[ ] ", "push --force"] {
            assert!(outcome.stdout.contains(told), "{told:?} is not in\n{}", outcome.stdout);
        }
    }
    assert!(
        text.stdout.contains("deploy/values.yml:1:") && text.stdout.contains("(base64)"),
        "{}",
        text.stdout
    );
    assert!(markdown.stdout.contains("\n- [ ] "), "{}", markdown.stdout);
}

#[test]
fn objects_that_nothing_leads_to_are_audited() {
    let value = token("dropped");
    let repo = Repo::new();
    repo.commit("Begin");
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.write("a.env", format!("API_TOKEN={value}\n"));
    repo.commit("Oops");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "work"]);
    assert_eq!(repo.scan(&["git"]).code, 0);
    let outcome = repo.scan(&["audit"]);
    silent(&outcome, &value);
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    let (_folder, plan) = plan(&repo);
    assert_eq!(repo.scan(&["audit", "--verify", &plan]).code, 1);
}

#[test]
fn a_repository_without_secrets_has_nothing_to_purge() {
    let repo = Repo::new();
    repo.write("README.md", "# Nothing\n");
    repo.commit("Begin");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("plan.txt");
    let outcome = repo.scan(&["audit", ".", "--purge-plan", &path.display().to_string()]);
    assert_eq!((outcome.code, path.exists()), (0, false), "{}", outcome.stderr);
    assert!(!outcome.stdout.contains("filter-repo"), "{}", outcome.stdout);
}

#[test]
fn a_plan_holds_every_spelling_for_its_owner_only() {
    let value = token("planned");
    let repo = leaky(&value);
    let (_folder, path) = plan(&repo);
    let text = std::fs::read_to_string(&path).expect("it was written");
    let encoded = STANDARD.encode(format!("t={value};"));
    assert!(text.lines().any(|line| line == format!("literal:{value}==>***REMOVED***")));
    let spelled = |line: &str| {
        let inner = line.strip_prefix("literal:").and_then(|line| line.strip_suffix("==>***REMOVED***"));
        inner.is_some_and(|inner| inner.len() > value.len() && encoded.contains(inner))
    };
    assert!(text.lines().any(spelled), "the encoded form has no line");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_plan_is_never_written_into_the_repository_or_over_a_file() {
    let value = token("refused");
    let repo = leaky(&value);
    let before = std::fs::read_dir(repo.path()).expect("it is a folder").count();
    let inside = repo.path().join("deep/plan.txt").display().to_string();
    std::fs::create_dir(repo.path().join("deep")).expect("a folder can be made");
    for named in ["plan.txt", "deep", &inside, ".git/plan.txt"] {
        let outcome = repo.scan(&["audit", ".", "--purge-plan", named]);
        assert_eq!(outcome.code, 2, "{named}");
        assert!(outcome.stderr.contains("is in the repository"), "{}", outcome.stderr);
    }
    // Nor from a folder of it.
    let outcome = repo.scan(&["audit", "deep", "--purge-plan", "plan.txt"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert_eq!(std::fs::read_dir(repo.path()).expect("it is a folder").count(), before + 1);

    let (folder, path) = plan(&repo);
    let written = std::fs::read(&path).expect("it is there");
    let outcome = repo.scan(&["audit", ".", "--purge-plan", &path]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("is there already"), "{}", outcome.stderr);
    assert_eq!(std::fs::read(&path).expect("it is there"), written);
    let outcome = repo.scan(&["audit", ".", "--purge-plan", "/nowhere/at/all/plan.txt"]);
    assert_eq!(outcome.code, 2);
    assert_eq!(repo.scan(&["audit", ".", "--purge-plan", "x", "--verify", "y"]).code, 2);
    // A folder takes the plan under a name of our own.
    let folder = folder.path().display().to_string();
    assert_eq!(repo.scan(&["audit", ".", "--purge-plan", &folder]).code, 1);
    assert!(std::path::Path::new(&folder).join("ringfence-purge.txt").is_file());
}

#[test]
fn a_purge_is_verified_only_where_nothing_is_left_and_all_was_read() {
    let value = token("verified");
    let repo = leaky(&value);
    let (_folder, plan) = plan(&repo);
    for format in ["text", "json", "markdown"] {
        let before = repo.scan(&["audit", ".", "--verify", &plan, "-f", format, "--fail-on", "never"]);
        silent(&before, &value);
        assert_eq!(before.code, 1, "{}{}", before.stdout, before.stderr);
        assert!(before.stdout.contains("values.yml"), "{}", before.stdout);
    }
    // What the work tree holds is not of the history.
    let clean = Repo::new();
    clean.write("README.md", "# Clean\n");
    clean.commit("Begin");
    clean.commit("Go on");
    clean.write(".env", format!("API_TOKEN={value}\n"));
    let after = clean.scan(&["audit", ".", "--verify", &plan]);
    silent(&after, &value);
    assert_eq!(after.code, 0, "{}{}", after.stdout, after.stderr);

    let source = format!("file://{}", clean.path().display());
    repo.git(&["clone", "-q", "--depth=1", &source, "shallow"]);
    let shallow = ringfence(&repo.path().join("shallow"), &["audit", ".", "--verify", &plan]);
    assert_eq!(shallow.code, 2, "{}", shallow.stdout);
}

#[test]
fn what_is_no_plan_verifies_nothing() {
    let repo = Repo::new();
    repo.commit("Begin");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("plan.txt");
    let named = path.display().to_string();
    for (text, told) in [
        ("", "no text"),
        ("literal:first text\nregex:a.*c\n", "line 2"),
        ("glob:a*\n", "line 1"),
        ("literal:short\n", "shorter than 8"),
    ] {
        std::fs::write(&path, text).expect("it can be written");
        let outcome = repo.scan(&["audit", ".", "--verify", &named]);
        assert_eq!(outcome.code, 2, "{text:?}");
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    }
    assert_eq!(repo.scan(&["audit", ".", "--verify", "nowhere.txt"]).code, 2);
    assert_eq!(ringfence(folder.path(), &["audit", "."]).code, 2, "it is no repository");
}

#[test]
fn a_file_that_no_text_replaces_is_taken_out_by_its_path() {
    let value = token("binary");
    let repo = Repo::new();
    repo.write("core dump.bin", [b"\0\0\0API_TOKEN=", value.as_bytes(), b"\n\0"].concat());
    repo.commit("Dump");
    let outcome = repo.scan(&["audit", ".", "-f", "json"]);
    silent(&outcome, &value);
    assert_eq!(outcome.code, 1);
    let steps = outcome.json()["audit"]["steps"].to_string();
    assert!(steps.contains("--invert-paths --path 'core dump.bin'"), "{steps}");
}

#[test]
fn what_no_replaced_text_reaches_is_left_to_a_person() {
    let value = token("nested");
    let repo = Repo::new();
    let twice = STANDARD.encode(format!("data: {}\n", STANDARD.encode(format!("API_TOKEN={value}\n"))));
    repo.write("nested.yml", format!("data: {twice}\n"));
    repo.commit("Twice encoded");
    let outcome = repo.scan(&["audit", ".", "-f", "json"]);
    silent(&outcome, &value);
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    let by_hand = outcome.json()["audit"]["by_hand"].to_string();
    assert!(by_hand.contains("stands in nested.yml in an encoding of its own"), "{by_hand}");
    // And a purge of the rest is not verified.
    let (_folder, plan) = plan(&repo);
    let verified = repo.scan(&["audit", ".", "--verify", &plan]);
    silent(&verified, &value);
    assert_eq!(verified.code, 1, "{}", verified.stdout);
}

/// A value in the names of a file, a folder, a branch and a tag, and of who made a commit and a tag.
fn named(value: &str, other: &str) -> Repo {
    let repo = Repo::new();
    repo.commit("Begin");
    repo.write(&format!("dump-{value}/a.txt"), "1\n");
    repo.write(&format!("{}.log", STANDARD.encode(format!("k={value};")).replace('/', "_")), "2\n");
    repo.commit("Dumps");
    // Later, in the same folder, and in another spelling.
    let digits: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    repo.write(&digits, "3\n");
    repo.commit("And in hex");
    repo.git(&[
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "Who",
        "--author",
        &format!("dev <{value}@example.com>"),
    ]);
    repo.git(&["branch", &format!("try/{value}")]);
    repo.git(&["tag", &format!("was-{value}")]);
    repo.git(&["branch", &format!("only-{other}")]);
    repo
}

#[test]
fn values_in_names_are_purged_by_callbacks_and_no_name_shows_them() {
    let (value, other) = (token("named"), token("in a branch only"));
    let repo = named(&value, &other);
    let (_folder, plan) = plan(&repo);
    let outcome = repo.scan(&["audit", ".", "-f", "json"]);
    for secret in [&value, &other] {
        silent(&outcome, secret);
        let callback = std::fs::read_to_string(format!("{plan}.py")).expect("it was written");
        assert!(!callback.contains(secret), "only the plan holds values");
        assert!(std::fs::read_to_string(&plan).expect("it is there").contains(secret));
    }
    let digits: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let texts = std::fs::read_to_string(&plan).expect("it is there");
    assert!(texts.contains(&digits), "a spelling that comes later has no line");
    let audit = &outcome.json()["audit"];
    let steps = audit["steps"].to_string();
    for option in ["filename", "refname", "name", "email"] {
        assert!(steps.contains(&format!("--{option}-callback PLAN.py")), "{option} is not in {steps}");
    }
    assert!(
        steps.contains("--prune origin 'refs/heads/*:refs/heads/*'"),
        "old names stay on the server: {steps}"
    );
    assert!(!audit["by_hand"].to_string().contains("name of a"), "{audit}");
    let before = repo.scan(&["audit", ".", "--verify", &plan]);
    silent(&before, &value);
    assert_eq!(before.code, 1, "{}", before.stdout);
    for place in ["dump-", ".log", "<reference refs/heads/try/", "<reference refs/tags/was-"] {
        assert!(before.stdout.contains(place), "{place} is not in {}", before.stdout);
    }
}

#[test]
fn names_that_hold_nothing_need_no_callback() {
    let value = token("plain names");
    let repo = leaky(&value);
    let (_folder, plan) = plan(&repo);
    assert!(!std::path::Path::new(&format!("{plan}.py")).exists());
    let steps = repo.scan(&["audit", ".", "-f", "json"]).json()["audit"]["steps"].to_string();
    assert!(!steps.contains("callback") && !steps.contains("--prune"), "{steps}");
}

#[test]
fn a_branch_that_is_called_after_a_token_is_masked_where_it_holds_another() {
    let (value, other) = (token("held"), token("name of the holder"));
    let repo = leaky(&value);
    repo.git(&["branch", &format!("with-{other}"), "HEAD~1"]);
    repo.git(&["tag", &format!("v-{other}"), "HEAD~1"]);
    for command in ["git", "check", "audit", "trace"] {
        for format in ["text", "json", "markdown", "html", "sarif"] {
            let outcome = repo.scan(&[command, ".", "-f", format]);
            assert!(!outcome.stdout.contains(&other), "{command} -f {format} shows a value");
        }
    }
    let exposure = &repo.scan(&["git", ".", "-f", "json"]).json()["findings"];
    assert!(exposure.to_string().contains("with-"), "{exposure}");
}

#[test]
fn an_encoded_value_in_a_file_name_alone_is_no_purge() {
    let value = token("encoded name");
    let repo = leaky(&value);
    let (_folder, plan) = plan(&repo);
    let clean = Repo::new();
    clean.write(&format!("{}.log", STANDARD.encode(format!("t={value};"))), "2\n");
    clean.commit("Begin");
    let after = clean.scan(&["audit", ".", "--verify", &plan]);
    silent(&after, &value);
    assert_eq!(after.code, 1, "{}", after.stdout);
}

#[test]
fn what_only_this_clone_has_is_named_and_left_to_a_person() {
    let value = token("own file");
    let repo = leaky(&value);
    repo.git(&["config", "remote.origin.url", &format!("https://x:{value}@example.com/a.git")]);
    let outcome = repo.scan(&["audit", ".", "-f", "json"]);
    silent(&outcome, &value);
    let by_hand = outcome.json()["audit"]["by_hand"].to_string();
    assert!(by_hand.contains(".git/config") && by_hand.contains("this clone alone"), "{by_hand}");
}
