//! What GitHub and other readers of SARIF need, and that no value gets in.

use serde_json::{Value, json};

use super::super::Format;
use super::super::fixture::{asked, file, finding, hostile, outcome, place, rendered, value};
use crate::finding::Outcome;

fn log(outcome: &Outcome) -> Value {
    serde_json::from_str(&rendered(Format::Sarif, outcome)).expect("it is JSON")
}

fn results(run: &Value) -> &Vec<Value> {
    run["results"].as_array().expect("a run has results")
}

#[test]
fn an_empty_run_lists_no_rules_and_is_successful() {
    let log = log(&outcome(Vec::new()));
    let runs = log["runs"].as_array().expect("there are runs");
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0]["results"], json!([]));
    assert_eq!(runs[0]["tool"]["driver"]["rules"], json!([]));
    assert_eq!(runs[0]["invocations"][0]["executionSuccessful"], json!(true));
}

#[test]
fn every_place_is_a_result_and_history_has_a_run_of_its_own() {
    let log = log(&hostile());
    let runs = log["runs"].as_array().expect("there are runs");
    let ids: Vec<&Value> = runs.iter().map(|run| &run["automationDetails"]["id"]).collect();
    assert_eq!(ids, [&json!("ringfence/tree/"), &json!("ringfence/history/")]);
    assert_eq!((results(&runs[0]).len(), results(&runs[1]).len()), (9, 4));
    let gone = &results(&runs[1])[0];
    assert_eq!(gone["properties"]["atHead"], json!(false));
    assert_eq!(gone["properties"]["date"], json!("2026-01-05T03:04:05Z"));
    let message = gone["message"]["text"].as_str().expect("there is a message");
    assert!(message.ends_with("since commit '030303030303 of 2026-01-05', no longer at HEAD."), "{message}");
}

#[test]
fn rule_indices_point_at_the_rule_and_base_ids_are_defined() {
    for run in log(&hostile())["runs"].as_array().expect("there are runs") {
        let rules = &run["tool"]["driver"]["rules"];
        for result in results(run) {
            let index = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
            let locations = result["locations"].as_array().expect("locations");
            assert_eq!(locations.len(), 1);
            let artifact = &locations[0]["physicalLocation"]["artifactLocation"];
            let base = artifact["uriBaseId"].as_str().expect("a base");
            assert!(run["originalUriBaseIds"].get(base).is_some(), "{base}");
            let uri = artifact["uri"].as_str().expect("a uri");
            assert!(!uri.starts_with('/') && !uri.contains("..") && uri.is_ascii(), "{uri}");
        }
        for told in run["invocations"][0]["toolExecutionNotifications"].as_array().expect("a list") {
            let index = told["descriptor"]["index"].as_u64().expect("an index") as usize;
            assert_eq!(run["tool"]["driver"]["notifications"][index]["id"], told["descriptor"]["id"]);
        }
    }
}

#[test]
fn places_of_one_finding_share_a_guid_and_others_do_not() {
    let log = log(&hostile());
    let guids: Vec<&str> = results(&log["runs"][0])
        .iter()
        .map(|result| result["correlationGuid"].as_str().expect("a guid"))
        .collect();
    assert!(guids[..8].iter().all(|guid| guid == &guids[0]));
    assert_ne!(guids[0], guids[8]);
    let parts: Vec<&str> = guids[0].split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']));
}

#[test]
fn a_result_has_region_snippet_and_both_fingerprints() {
    let one = finding(0, vec![place(file(b"src/pay.ts"), 0, 12)]);
    let (full, masked) = (one.identity.full(), one.masked.clone());
    let log = log(&outcome(vec![one]));
    let result = &results(&log["runs"][0])[0];
    assert_eq!(
        result["locations"][0]["physicalLocation"]["region"],
        json!({
            "startLine": 12, "startColumn": 16, "endLine": 12, "endColumn": 56,
            "snippet": { "text": format!("const token = \"{masked}\"; // pay") },
        })
    );
    assert_eq!(result["level"], json!("error"));
    assert_eq!(
        result["partialFingerprints"],
        json!({ "primaryLocationLineHash": "c129715d7a2bc9a3:1", "ringfenceFingerprint/v1": full })
    );
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["properties"]["security-severity"], json!("9.5"));
    assert_eq!(rule["properties"]["precision"], json!("high"));
    assert!(rule["help"]["markdown"].as_str().expect("help").contains("1. Revoke the token"));
}

#[test]
fn an_incomplete_scan_is_not_successful_and_says_why() {
    let log = log(&hostile());
    for run in log["runs"].as_array().expect("there are runs") {
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], json!(false));
        let told = invocation["toolExecutionNotifications"].as_array().expect("a list");
        // 100 gaps, how many more, one note.
        assert_eq!(told.len(), 102);
        assert_eq!(told[100]["message"]["text"], json!("31 more things in scope were not scanned."));
        assert_eq!(told[0]["level"], json!("error"));
    }
}

#[test]
fn results_above_githubs_limit_are_left_out_worst_kept_and_said() {
    let many =
        |n: usize, count: u64| finding(n, (1..=count).map(|line| place(file(b"a"), n, line)).collect());
    let log = log(&outcome(vec![many(0, 2), many(1, 25_001)]));
    let run = &log["runs"][0];
    assert_eq!(results(run).len(), 25_000);
    assert_eq!(results(run)[0]["ruleId"], json!("github-pat"));
    let told = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert!(told["message"]["text"].as_str().expect("a text").starts_with("3 results are not"));
    assert_eq!(told["level"], json!("warning"));
}

#[test]
fn sixty_thousand_findings_stay_within_what_github_takes() {
    let one = |n: usize| {
        let path = format!("services/service-{n}/config/settings-{}.yaml", n * 7919 % 1000);
        let place = place(file(path.as_bytes()), n % 26, n as u64 + 1);
        finding(n % 26, vec![place])
    };
    let text = rendered(Format::Sarif, &outcome((0..60_000).map(one).collect()));
    let log: Value = serde_json::from_str(&text).expect("it is JSON");
    let run = &log["runs"][0];
    assert_eq!(results(run).len(), 25_000);
    assert!(run["tool"]["driver"]["rules"].as_array().expect("a list").len() <= 25_000);
    let told = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(told.as_str().expect("a text").starts_with("35,000 results are not"), "{told}");
    assert!(super::packed(text.as_bytes()) <= 10_000_000);
}

#[test]
fn a_file_that_packs_badly_keeps_the_worst_findings_within_ten_megabytes() {
    // Long paths of which no two are alike; hash output does not pack.
    let path = |n: usize| -> String {
        (0..12).map(|part| blake3::hash(format!("{n} {part}").as_bytes()).to_hex().to_string()).collect()
    };
    let one = |n: usize| finding(n % 26, vec![place(file(path(n).as_bytes()), n % 26, 1)]);
    let mut findings: Vec<_> = (0..30_000).map(one).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let text = rendered(Format::Sarif, &outcome(findings));
    assert!(super::packed(text.as_bytes()) <= 10_000_000);
    let log: Value = serde_json::from_str(&text).expect("it is JSON");
    let run = &log["runs"][0];
    assert!((5_000..25_000).contains(&results(run).len()), "{}", results(run).len());
    let told = &run["invocations"][0]["toolExecutionNotifications"][0];
    let left = 30_000 - results(run).len();
    let begin = format!("{} results are not in this run", crate::report::words::number(left as u64));
    assert!(told["message"]["text"].as_str().expect("a text").starts_with(&begin), "{told}");
    assert_eq!(results(run)[0]["level"], json!("error"));
}

#[test]
fn no_value_stands_in_the_file_even_when_asked_for() {
    let shown = rendered(Format::Sarif, &asked());
    assert!((0..3).all(|n| !shown.contains(&value(n))));
    // Line hashes of such a run are made from the values: they would give them away.
    assert!(!shown.contains("primaryLocationLineHash") && shown.contains("ringfenceFingerprint/v1"));
}
