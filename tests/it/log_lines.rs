//! Logs as programs write them: colours, JSON in JSON and timestamps hide no secret; personal data is told and not shown.

use serde_json::{Value, json};

use super::support::{Repo, token};

fn rules(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().expect("it is a list");
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    findings.iter().map(|finding| (text(&finding["rule"]), text(&finding["severity"]))).collect()
}

fn severity_of(report: &Value, rule: &str) -> Option<String> {
    rules(report).into_iter().find(|(id, _)| id == rule).map(|(_, severity)| severity)
}

#[test]
fn a_token_in_a_log_line_is_found_whatever_stands_round_it() {
    let token = token("lines");
    let inner = json!({"headers": {"authorization": format!("Bearer {token}")}}).to_string();
    let cases = [
        format!("12:00:01 \u{1b}[32mINFO\u{1b}[0m using \u{1b}[31m{token}\u{1b}[0m\n"),
        format!("\u{1b}[38;5;208m{token}\u{1b}[m\n"),
        json!({"level": "info", "msg": inner}).to_string() + "\n",
        json!({"log": json!({"msg": inner}).to_string(), "stream": "stdout"}).to_string() + "\n",
        format!("2026-05-01T12:00:00.1234567Z ##[debug]token={token}\r\n"),
        format!("2026-05-01T12:00:00.1234567Z   GITHUB_TOKEN: {token}\n"),
        format!("May  1 12:00:00 web-1 app[312]: GET /cb?access_token={token}&x=1 200\n"),
        format!("build\tUNKNOWN STEP\t2026-05-01T12:00:00Z + curl -H 'Authorization: token {token}'\n"),
    ];
    for line in cases {
        let repo = Repo::new();
        repo.write("logs/app.log", &line);
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        let told = rules(&outcome.json());
        assert!(told.iter().any(|(rule, _)| rule == "github-pat"), "{}: {told:?}", line.replace(&token, "…"));
        let piped = repo.scan_input(&["scan", "-", "-f", "json"], line.as_bytes());
        assert_eq!(piped.code, 1, "on standard input");
    }
}

/// A number with the digit at its end that makes Luhn's sum right.
fn card(digits: &str) -> String {
    let with = |last: char| format!("{digits}{last}");
    let is_right = |number: &String| {
        let weigh =
            |(at, digit): (usize, u32)| if at % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 };
        let digits = number.chars().rev().filter_map(|digit| digit.to_digit(10));
        digits.enumerate().map(weigh).sum::<u32>() % 10 == 0
    };
    ('0'..='9').map(with).find(is_right).expect("one of ten is right")
}

/// A German account number with the check digits that are right.
fn iban(account: &str) -> String {
    let rest = |check: u32| {
        let digits = format!("{account}1314{check:02}");
        digits.bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97)
    };
    let check = (2..99).find(|check| rest(*check) == 1).expect("one of them is right");
    format!("DE{check:02}{account}")
}

fn personal() -> Vec<(&'static str, &'static str, String)> {
    let local = "kim.lee";
    vec![
        ("pii-email", "low", format!("signup of {local}@acme-shop.io")),
        ("pii-card", "high", format!("card {} declined", card("417263015829374"))),
        ("pii-card", "high", format!("card {} declined", spaced(&card("530172948301625")))),
        ("pii-iban", "medium", format!("transfer to {}", iban("370400440532013987"))),
        ("pii-iban", "medium", format!("transfer to {}", spaced(&iban("370400440532013987")))),
        ("pii-phone", "low", "call +49 30 5550 19283 back".to_owned()),
        ("pii-password-field", "high", format!("body={{\"user\":\"kim\",\"password\":\"{}\"}}", "ponies9")),
        ("pii-password-field", "high", format!("POST /login user=kim&password={}", "ponies9")),
        ("pii-session-cookie", "medium", format!("Cookie: a=b; PHPSESSID={}", "q7".repeat(13))),
    ]
}

fn spaced(number: &str) -> String {
    let parts: Vec<&str> =
        (0..number.len()).step_by(4).map(|at| &number[at..number.len().min(at + 4)]).collect();
    parts.join(" ")
}

#[test]
fn personal_data_in_a_log_is_information_and_with_the_flag_a_finding_anywhere() {
    for (rule, severity, line) in personal() {
        let repo = Repo::new();
        repo.write("var/app.log", format!("x\n{line}\n{line}\n"));
        repo.write("notes.md", format!("{line}\n"));
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        let report = outcome.json();
        assert_eq!(severity_of(&report, rule).as_deref(), Some("info"), "{line}: {report:#}");
        let of_rule = |report: &Value| rules(report).iter().filter(|(id, _)| id == rule).count();
        assert_eq!(of_rule(&report), 1, "other files are not looked at");
        let asked = repo.scan(&["scan", ".", "-f", "json", "--pii"]).json();
        assert_eq!(of_rule(&asked), 2, "{line}");
        assert_eq!(severity_of(&asked, rule).as_deref(), Some(severity), "{line}");
        let told = asked["findings"].as_array().expect("it is a list");
        let log = told.iter().find(|one| one["rule"] == rule && one["location"]["path"] == "var/app.log");
        let log = log.expect("the log is told");
        assert_eq!(log["location"]["line"], 2);
        assert!(log["message"].as_str().expect("it is text").contains("2 times"), "{log:#}");
    }
}

#[test]
fn personal_data_alone_does_not_fail_a_scan_of_logs_and_is_in_no_report() {
    let repo = Repo::new();
    let lines = [0, 1, 3].map(|at| personal()[at].2.clone());
    repo.write("app.log", lines.join("\n"));
    let values = ["kim.lee".to_owned(), card("417263015829374"), iban("370400440532013987")];
    for format in ["text", "json", "sarif", "markdown", "csv", "github", "gitlab", "junit", "jsonl"] {
        for flags in [&["scan", ".", "-f", format][..], &["scan", ".", "-f", format, "--pii"]] {
            let outcome = repo.scan(flags);
            assert_eq!(outcome.code, i32::from(flags.contains(&"--pii")), "{flags:?}");
            for value in &values {
                assert!(!outcome.stdout.contains(value.as_str()), "{flags:?} shows it");
            }
        }
    }
}

#[test]
fn what_only_looks_like_personal_data_is_not_told() {
    let right = card("417263015829374");
    let wrong_card = format!("{}{}", &right[..15], (right.as_bytes()[15] - b'0' + 1) % 10);
    let right = iban("370400440532013987");
    let lines = [
        "git@github.com:acme/app.git".to_owned(),
        "logo@2x.png and user@example.com and a@b".to_owned(),
        "postgres://app@db.internal.test/x".to_owned(),
        format!("card {wrong_card}"),
        "card 4242424242424242".to_owned(),
        format!("id=a{}", card("417263015829374")),
        format!("iban {}", right.replace("37040", "37041")),
        "2026-05-01T12:00:00+02:00 +0200 x+4930555019283 1746100800123".to_owned(),
        "000-12-3456 123-45-67890 666-12-1234".to_owned(),
    ];
    for line in lines {
        let repo = Repo::new();
        repo.write("app.log", format!("{line}\n"));
        let report = repo.scan(&["scan", ".", "-f", "json", "--pii", "--confidence", "low"]).json();
        let told: Vec<_> = rules(&report).into_iter().filter(|(rule, _)| rule.starts_with("pii-")).collect();
        assert!(told.is_empty(), "{line}: {told:?}");
    }
}

#[test]
fn a_social_security_number_is_told_at_low_confidence_only() {
    let repo = Repo::new();
    repo.write("app.log", format!("ssn {}-{}-{}\n", 219, "09", 4832));
    let scan =
        |confidence: &str| repo.scan(&["scan", ".", "-f", "json", "--pii", "--confidence", confidence]);
    assert_eq!(severity_of(&scan("low").json(), "pii-ssn").as_deref(), Some("high"));
    assert_eq!(severity_of(&scan("medium").json(), "pii-ssn"), None);
}

#[test]
fn a_large_log_counts_each_person_once_at_the_seams_of_its_pieces() {
    let repo = Repo::new();
    let line = format!("{} signed in, {}\n", "kim.lee@acme-shop.io", "x".repeat(70));
    let count = (3 << 20) / line.len();
    repo.write("app.log", line.repeat(count));
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    let findings = report["findings"].as_array().expect("it is a list");
    assert_eq!(findings.len(), 1, "a file and a kind is one finding");
    assert!(findings[0]["message"].as_str().expect("it is text").contains(&format!("{count} times")));
}

#[test]
fn a_token_in_colour_is_found_in_a_history_and_staged_as_in_a_file() {
    let repo = Repo::new();
    repo.commit("nothing");
    let text = |n: u32| {
        format!("12:00:0{n} \u{1b}[32mINFO\u{1b}[0m using \u{1b}[31m{}\u{1b}[0m\n", token(&n.to_string()))
    };
    repo.write("logs/app.log", text(1));
    repo.git(&["add", "-A"]);
    let is_told = |report: &Value| severity_of(report, "github-pat").is_some();
    assert!(is_told(&repo.scan(&["git", "--staged", "-f", "json"]).json()));
    repo.commit(&format!("a log\n\n\u{1b}[1m{}\u{1b}[0m", token("in a message")));
    repo.write("logs/app.log", text(1) + &text(2));
    repo.commit("more");
    repo.write("logs/app.log", (text(1) + &text(2)).replace("\u{1b}[31m", ""));
    repo.commit("less colour");
    repo.repack();
    let run = |more: &[&str]| repo.scan(&[&["git", ".", "-f", "json", "--show-secrets"], more].concat());
    let whole = run(&["--no-seam", "--no-cache"]);
    let told: Vec<String> = rules(&whole.json()).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(told, ["github-pat", "github-pat", "github-pat"], "two of the log and one of a message");
    // Each value of the log was brought in once: with colour round it and without it is the same.
    for more in [&["--no-cache"][..], &[], &[]] {
        assert_eq!(run(more).stdout, whole.stdout, "{more:?}");
    }
    let range = run(&["--range", "HEAD~3..HEAD"]).json();
    assert_eq!(rules(&range).len(), 3, "{range:#}");
}
