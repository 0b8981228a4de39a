//! Tries a rule's own examples: what stands under `matches` it finds, what stands under `ignores` it does not.
//!
//! The tests go over all rules with it, and `ringfence rules check` over a user's. A fault tells no value.

use std::collections::BTreeMap;
use std::fmt;

use super::random::Random;
use super::sample::{fill, sample};
use super::{Detector, Dismissed, LoadedRule, PlaceFacts, Settled};

/// Values that are tried in each example.
const ROUNDS: usize = 8;
/// What stands in an example for the value.
const MARK: &str = "<secret>";

/// An example that does not do what it promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFault {
    /// The key it stands under: `matches` or `ignores`.
    pub list: &'static str,
    /// Its number there, from 1.
    pub number: usize,
    /// What is wrong, without the value.
    pub why: String,
}

impl fmt::Display for ExampleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "example {} of `{}`: {}", self.number, self.list, self.why)
    }
}

/// All examples of `rule`, which is one of the detector's, that do not do what they promise.
#[must_use]
pub fn example_faults(detector: &Detector, rule: &LoadedRule) -> Vec<ExampleFault> {
    let examples = &rule.source.examples;
    let tried = Tried { detector, rule };
    let mut faults = tried.faults("matches", &examples.matches, Tried::wrong_match);
    faults.extend(tried.faults("ignores", &examples.ignores, Tried::wrong_ignore));
    faults
}

/// A rule among the others.
struct Tried<'a> {
    detector: &'a Detector,
    rule: &'a LoadedRule,
}

impl Tried<'_> {
    fn faults(
        &self,
        list: &'static str,
        examples: &[String],
        wrong: fn(&Self, &str, &mut Random) -> Option<String>,
    ) -> Vec<ExampleFault> {
        let mut random = Random::of(self.id());
        // One fault an example is enough to mend it.
        let mut found: BTreeMap<usize, String> = BTreeMap::new();
        for _ in 0..ROUNDS {
            for (index, example) in examples.iter().enumerate() {
                if let Some(why) = wrong(self, example, &mut random) {
                    found.entry(index + 1).or_insert(why);
                }
            }
        }
        found.into_iter().map(|(number, why)| ExampleFault { list, number, why }).collect()
    }

    /// Exactly this rule finds exactly the value.
    fn wrong_match(&self, example: &str, random: &mut Random) -> Option<String> {
        let value = match sample(self.detector, self.rule, random) {
            Ok((value, _)) => value,
            Err(why) => return Some(format!("every value of the pattern is dismissed: {}", why.words())),
        };
        let Some(at) = fill(example, &mut random.clone()).find(MARK) else {
            return Some(format!("it has no {MARK}, which stands for a value"));
        };
        let settled = self.find(example, &value, random);
        let mut own = settled.matches.iter().filter(|found| self.is_own(found.rule));
        let is_value = |found: &super::Match| found.value.range() == (at..at + value.len());
        let other = settled.matches.iter().find(|found| !self.is_own(found.rule));
        let other = other.map(|found| self.detector.rules()[usize::from(found.rule)].meta.id);
        match (own.next(), own.next(), other) {
            (Some(found), None, None) if is_value(found) => None,
            (None, _, None) => Some(format!("not found{}", self.dismissals(&settled))),
            (None, _, Some(other)) => Some(format!("found by the rule `{other}` only")),
            (Some(found), None, Some(other)) if is_value(found) => {
                Some(format!("the rule `{other}` finds something in it as well"))
            }
            _ => Some(format!("what is found is not {MARK} alone")),
        }
    }

    /// The rule finds nothing; what only gave way to another rule was found all the same.
    fn wrong_ignore(&self, example: &str, random: &mut Random) -> Option<String> {
        let (value, _) = sample(self.detector, self.rule, random).unwrap_or_default();
        let settled = self.find(example, &value, random);
        let gave_way = settled
            .dismissed
            .iter()
            .any(|(candidate, why)| self.is_own(candidate.rule) && *why == Dismissed::Overlap);
        let found = gave_way || settled.matches.iter().any(|found| self.is_own(found.rule));
        found.then(|| "found, and must not be".to_owned())
    }

    fn find(&self, example: &str, value: &str, random: &mut Random) -> Settled {
        let text = fill(example, random).replace(MARK, value);
        self.detector.find(text.as_bytes(), &PlaceFacts::of_path(b"config.env"))
    }

    /// Why the rule's candidates were dismissed, in brackets.
    fn dismissals(&self, settled: &Settled) -> String {
        let own = settled.dismissed.iter().filter(|(candidate, _)| self.is_own(candidate.rule));
        let words: Vec<&str> = own.map(|(_, why)| why.words()).collect();
        if words.is_empty() { String::new() } else { format!(" (dismissed: {})", words.join(", ")) }
    }

    fn id(&self) -> &str {
        &self.rule.source.id
    }

    fn is_own(&self, index: u16) -> bool {
        self.detector.rules()[usize::from(index)].meta.id == self.id()
    }
}
