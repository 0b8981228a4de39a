//! The rules that have results, as SARIF describes rules.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use super::super::words;
use super::{Entry, bag};
use crate::finding::{Confidence, RuleMeta};

/// GitHub's limit for descriptions, in characters.
const DESCRIPTION: usize = 1024;

/// The rules of these entries, sorted by id.
pub(super) fn table(entries: &[Entry]) -> Vec<ReportingDescriptor> {
    let mut rules: BTreeMap<&str, (&RuleMeta, Confidence)> = BTreeMap::new();
    for Entry { finding, .. } in entries {
        let rule = rules.entry(finding.rule.id).or_insert((&finding.rule, finding.confidence));
        rule.1 = rule.1.max(finding.confidence);
    }
    rules.into_values().map(|(rule, confidence)| descriptor(rule, confidence)).collect()
}

fn descriptor(rule: &RuleMeta, confidence: Confidence) -> ReportingDescriptor {
    let full = format!("{} {}", words::sentence(rule.title), words::sentence(rule.risk));
    let mut descriptor = ReportingDescriptor::builder()
        .id(rule.id)
        .name(pascal_case(rule.id))
        .short_description(plain(clip(&words::sentence(rule.title))))
        .full_description(plain(clip(&full)))
        .help(help(rule))
        .default_configuration(
            ReportingConfiguration::builder().level(json!(rule.severity.sarif_level())).build(),
        )
        .properties(properties(rule, confidence))
        .build();
    descriptor.help_uri = is_url(rule.docs).then(|| rule.docs.to_owned());
    descriptor
}

/// GitHub's tags. `precision` is that of the surest finding here: a rule's findings differ.
fn properties(rule: &RuleMeta, confidence: Confidence) -> PropertyBag {
    let mut properties = bag([
        ("precision", json!(confidence.name())),
        ("security-severity", json!(security_severity(rule))),
        ("provider", json!(rule.provider)),
    ]);
    let tags: &[&str] = match rule.lint {
        Some(_) => &["security", "env"],
        None => &["security", "secret", "external/cwe/cwe-798"],
    };
    properties.tags = Some(tags.iter().map(|&tag| tag.to_owned()).collect());
    properties
}

fn security_severity(rule: &RuleMeta) -> &'static str {
    let own = rule.lint.and_then(|lint| lint.security_severity);
    own.unwrap_or_else(|| rule.severity.security_severity())
}

fn help(rule: &RuleMeta) -> MultiformatMessageString {
    let risk = words::sentence(rule.risk);
    let mut markdown = format!("**{}**\n\n{risk}\n", rule.title);
    for (step, n) in rule.rotate_steps.iter().zip(1..) {
        markdown += &format!("\n{n}. {step}");
    }
    if is_url(rule.rotate_console) {
        markdown += &format!("\n\n[Rotate it here]({})", rule.rotate_console);
    }
    if let Some(lint) = rule.lint {
        markdown += &format!(
            "\n\nBad:\n\n```\n{}\n```\n\nGood:\n\n```\n{}\n```\n\nChecklist: *{}*",
            lint.bad, lint.good, lint.phrase
        );
    }
    MultiformatMessageString::builder()
        .text(format!("{risk} {}", words::help(rule)).trim_end().to_owned())
        .markdown(markdown)
        .build()
}

fn plain(text: String) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") && !text.contains(|c: char| c.is_whitespace() || c == '<' || c == '>')
}

/// `github-pat` as `GithubPat`: the form of SARIF rule names.
pub(super) fn pascal_case(id: &str) -> String {
    let capitalise = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    id.split('-').filter_map(capitalise).collect()
}

fn clip(text: &str) -> String {
    if text.chars().count() <= DESCRIPTION {
        return text.to_owned();
    }
    text.chars().take(DESCRIPTION - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_descriptions_are_as_the_format_wants_them() {
        assert_eq!(pascal_case("github-pat"), "GithubPat");
        assert_eq!(pascal_case("1password--key"), "1passwordKey");
        assert_eq!(clip("short"), "short");
        assert_eq!(clip(&"ü".repeat(2000)).chars().count(), 1024);
        assert!(!is_url("not a url") && is_url("https://a.example/b"));
    }
}
