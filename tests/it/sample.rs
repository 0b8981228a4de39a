//! The rules of the repository, and values that they must find.

use std::path::PathBuf;
use std::sync::OnceLock;

use ringfence::detect::{Detector, LoadedRule, RuleFile, builtin, load, sample};
pub(crate) use ringfence::detect::{fill, filler, walk};

use super::random::Random;

/// A rule file of the repository.
pub(crate) struct Provider {
    pub(crate) stem: String,
    pub(crate) file: RuleFile,
    pub(crate) rules: Vec<LoadedRule>,
}

/// Every file in rules/, through the public loader.
pub(crate) fn providers() -> Vec<Provider> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))
        .expect("the repository has a folder rules")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).expect("a rule file can be read");
        let name = path.display().to_string();
        let (file, rules) = load(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        Provider { stem, file, rules }
    };
    paths.iter().map(read).collect()
}

/// Every rule in rules/.
pub(crate) fn all_rules() -> &'static [LoadedRule] {
    static RULES: OnceLock<Vec<LoadedRule>> = OnceLock::new();
    RULES.get_or_init(|| providers().into_iter().flat_map(|provider| provider.rules).collect())
}

/// The built-in rules, ready to scan.
pub(crate) fn detector() -> &'static Detector {
    static DETECTOR: OnceLock<Detector> = OnceLock::new();
    DETECTOR.get_or_init(|| Detector::new(builtin()))
}

/// The rule with this id.
pub(crate) fn rule(id: &str) -> &'static LoadedRule {
    all_rules().iter().find(|rule| rule.source.id == id).unwrap_or_else(|| panic!("no rule {id}"))
}

/// A value of `rule` that the engine must report, and how often a fresh one was dismissed before it.
pub(crate) fn secret(rule: &LoadedRule, random: &mut Random) -> (String, usize) {
    sample(detector(), rule, random)
        .unwrap_or_else(|why| panic!("every value of {} is dismissed: {why:?}", rule.source.id))
}
