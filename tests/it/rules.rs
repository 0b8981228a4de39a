//! Every rule file keeps what it promises: its examples, its keywords, its place among all other rules.
//!
//! Each test goes over all rules and lists all that is wrong, so that one run shows everything.

use std::collections::BTreeSet;

use regex::bytes::RegexBuilder;
use ringfence::detect::{Detector, LoadedRule, PlaceFacts, builtin, example_faults, parse_pattern};

use super::random::Random;
use super::sample::{all_rules, detector, providers, secret, walk};

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

fn config_file() -> PlaceFacts {
    PlaceFacts::of_path(b"config.env")
}

#[test]
fn every_rule_says_what_it_is_and_what_to_do() {
    let mut problems = Vec::new();
    let mut ids = BTreeSet::new();
    for provider in providers() {
        let (stem, file) = (&provider.stem, &provider.file);
        for (name, url) in [("docs", &file.docs), ("rotate.console", &file.rotate.console)] {
            if !url.starts_with("https://") {
                problems.push(format!("{stem}: {name} is no https URL: {url:?}"));
            }
        }
        if file.rotate.steps.is_empty() || file.rotate.steps.iter().any(|step| step.len() < 10) {
            problems.push(format!("{stem}: rotate.steps does not say what to do"));
        }
        for rule in &provider.rules {
            let source = &rule.source;
            if !source.id.starts_with(&format!("{stem}-")) {
                problems.push(format!("{}: not prefixed by the file's name {stem}-", source.id));
            }
            if !ids.insert(source.id.clone()) {
                problems.push(format!("{}: a second rule with this id", source.id));
            }
            // A file with its name and its bytes is no line of text: tests/it/files.rs has one of each.
            let is_text = source.file.is_none();
            let few = source.examples.matches.len() < 2 || source.examples.ignores.is_empty();
            if is_text && few {
                problems.push(format!("{}: needs two matches and one ignores", source.id));
            }
            if source.title.len() < 5 || !source.risk.ends_with('.') {
                problems.push(format!("{}: title or risk is no phrase", source.id));
            }
        }
    }
    for rule in all_rules() {
        if let Some(near) = rule.source.near.as_ref().filter(|near| !ids.contains(&near.rule)) {
            problems.push(format!("{}: near names {}, which is no rule", rule.source.id, near.rule));
        }
    }
    assert_none(&problems);
}

#[test]
fn the_built_in_rules_are_those_of_the_folder() {
    let folder: BTreeSet<String> = all_rules().iter().map(|rule| rule.source.id.clone()).collect();
    let built_in: BTreeSet<String> = builtin().iter().map(|rule| rule.meta.id.to_owned()).collect();
    assert_eq!(folder, built_in);
}

/// Each `matches` gives exactly one finding of its rule among all rules, each `ignores` none of its rule.
#[test]
fn every_example_does_what_it_promises() {
    let fault = |rule: &LoadedRule, fault| format!("{}: {fault}", rule.source.id);
    let faults = |rule| example_faults(detector(), rule).into_iter().map(move |found| fault(rule, found));
    let problems: Vec<String> = all_rules().iter().flat_map(faults).collect();
    assert_none(&problems);
}

/// What the prefilter promises: a keyword is in every match, and a match is found from it, exactly as a
/// search of the whole text would find it.
#[test]
fn whatever_a_pattern_matches_is_found_from_a_keyword() {
    let mut problems = Vec::new();
    for (index, rule) in all_rules().iter().enumerate().filter(|(_, rule)| !rule.source.pattern.is_empty()) {
        let id = &rule.source.id;
        let own = builtin().into_iter().find(|known| known.meta.id == *id).expect("the rule is built in");
        let detector = Detector::new(vec![own]);
        let regex =
            RegexBuilder::new(&rule.shape.pattern).unicode(false).build().expect("the loader has parsed it");
        let hir = parse_pattern(&rule.shape.pattern).expect("the loader has parsed it");
        let mut random = Random::of(&format!("{id}{index}"));
        let mut matched = 0;
        for _ in 0..24 {
            let text = format!("# a line before\n{}\n# a line after", walk(&hir, &mut random));
            let Some(whole) = regex.captures(text.as_bytes()) else { continue };
            matched += 1;
            let (span, value) =
                (whole.get(0).expect("a match"), whole.name("secret").expect("a required group"));
            let lower = span.as_bytes().to_ascii_lowercase();
            if !rule
                .shape
                .keywords
                .iter()
                .any(|keyword| lower.windows(keyword.len()).any(|part| part == keyword))
            {
                problems.push(format!("{id}: no keyword in {}", String::from_utf8_lossy(span.as_bytes())));
                break;
            }
            let settled = detector.find(text.as_bytes(), &config_file());
            let mut values = settled.matches.iter().map(|found| found.value.start..found.value.end);
            let mut others = settled.dismissed.iter().map(|(found, _)| found.value.start..found.value.end);
            if !values.any(|found| found == value.range()) && !others.any(|found| found == value.range()) {
                problems.push(format!("{id}: the engine does not see {:?} of {text}", value.range()));
                break;
            }
        }
        if matched == 0 {
            problems.push(format!("{id}: no random match matches"));
        }
    }
    assert_none(&problems);
}

/// A value drawn at random is a secret: a rule that dismisses its own values misses real ones.
#[test]
fn rules_rarely_dismiss_their_own_random_values() {
    let mut problems = Vec::new();
    for rule in all_rules() {
        let mut random = Random::of(&rule.source.id);
        let dismissed: usize = (0..100).map(|_| secret(rule, &mut random).1).sum();
        if dismissed > 5 {
            problems.push(format!(
                "{}: {dismissed} of {} random values dismissed",
                rule.source.id,
                dismissed + 100
            ));
        }
    }
    assert_none(&problems);
}

/// Rules whose window is longer are tried once per text instead of while scanning, which costs more.
#[test]
fn few_rules_need_a_long_window() {
    let window = |rule: &LoadedRule| rule.shape.before + rule.shape.max_len;
    let long: Vec<_> =
        all_rules().iter().filter(|rule| window(rule) > 400).map(|r| r.source.id.clone()).collect();
    assert!(long.len() <= 24, "shorten the bounds of a pattern: {long:?}");
}

#[test]
fn patterns_are_small_and_their_matches_short() {
    let mut problems = Vec::new();
    for rule in all_rules() {
        let id = &rule.source.id;
        if rule.shape.max_len > 2100 {
            problems.push(format!("{id}: a match can have {} bytes", rule.shape.max_len));
        }
        let compiled = RegexBuilder::new(&rule.shape.pattern).unicode(false).size_limit(4 << 20).build();
        if let Err(error) = compiled {
            problems.push(format!("{id}: {error}"));
        }
    }
    assert_none(&problems);
}

#[test]
fn the_page_of_rules_is_what_the_program_prints() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let printed = super::support::ringfence(root, &["rules", "docs"]);
    let page = std::fs::read_to_string(root.join("docs/rules.md")).expect("it is there");
    assert!(
        printed.stdout == page,
        "docs/rules.md is old: run `cargo run --release -- rules docs > docs/rules.md`"
    );
}
