//! Which rules are in force: the built-in ones, those of the user's files, and what ringfence.toml says of both.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};

use crate::detect::{self, Rule};
use crate::env::Config;
use crate::finding::Severity;

/// The provider of rules that stand in ringfence.toml itself.
const OWN: &str = "this project";

/// All rules of a run; `files` are those of the command line.
pub(super) fn rules(files: &[PathBuf], config: &Config) -> Result<Vec<Rule>> {
    let mut rules = detect::builtin();
    for file in files.iter().chain(&config.rules.files) {
        let name = file.display().to_string();
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read the rule file {name}"))?;
        add(&mut rules, &name, &text)?;
    }
    if !config.rule.is_empty() {
        let mut file = toml::Table::new();
        file.insert("provider".into(), OWN.into());
        file.insert("rule".into(), config.rule.clone().into());
        add(&mut rules, "[[rule]] of the configuration", &toml::to_string(&file)?)?;
    }
    for (id, severity) in &config.rules.severity {
        let known = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
        let severity = known.into_iter().find(|known| known.name() == severity);
        let severity =
            severity.ok_or_else(|| anyhow!("[rules.severity]: `{id}` has none of the severities"))?;
        of_id(&mut rules, id)?.meta.severity = severity;
    }
    for id in &config.rules.disable {
        of_id(&mut rules, id)?;
        rules.retain(|rule| rule.meta.id != id);
    }
    Ok(rules)
}

fn add(rules: &mut Vec<Rule>, name: &str, text: &str) -> Result<()> {
    for rule in detect::load_user(name, text)? {
        if rules.iter().any(|known| known.meta.id == rule.meta.id) {
            bail!("{name}: rule `{}` has the id of another rule; give it one of its own", rule.meta.id);
        }
        rules.push(rule);
    }
    Ok(())
}

/// A rule that the configuration names: a misspelt one must not do nothing.
fn of_id<'r>(rules: &'r mut [Rule], id: &str) -> Result<&'r mut Rule> {
    let missing = || anyhow!("[rules] names `{id}`, which is no rule; `ringfence rules list` names them all");
    rules.iter_mut().find(|rule| rule.meta.id == id).ok_or_else(missing)
}
