//! Reads a gitleaks.toml and writes what of it has a counterpart.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::pattern;
use crate::detect::load_user;

/// What was made of the file.
#[derive(Debug, Default)]
pub(super) struct Migrated {
    /// Text of a ringfence.toml.
    pub(super) text: String,
    /// What has no counterpart, a phrase each.
    pub(super) left: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    extend: Extend,
    rules: Vec<Rule>,
    allowlist: Option<Allowlist>,
    allowlists: Vec<Allowlist>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Extend {
    path: Option<String>,
    url: Option<String>,
    disabled_rules: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    id: String,
    description: String,
    regex: Option<String>,
    path: Option<String>,
    secret_group: usize,
    entropy: f32,
    keywords: Vec<String>,
    allowlist: Option<Allowlist>,
    allowlists: Vec<Allowlist>,
    required: Vec<toml::Table>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Allowlist {
    description: String,
    paths: Vec<String>,
    commits: Vec<String>,
    regexes: Vec<String>,
    stopwords: Vec<String>,
    condition: String,
    target_rules: Vec<String>,
}

/// What a file of ours says in its place.
///
/// # Errors
/// When it is no TOML, or not of this shape.
pub(super) fn migrate(text: &str) -> Result<Migrated> {
    let file: File = toml::from_str(text).context("it has another format")?;
    let mut out = Migrated { text: "# Made from a gitleaks.toml.\n".into(), left: Vec::new() };
    out.extend(&file.extend);
    for rule in &file.rules {
        out.rule(rule);
    }
    for list in file.allowlist.iter().chain(&file.allowlists) {
        let targets = list.target_rules.iter().map(|id| own_id(id)).collect::<Vec<_>>();
        out.allowlist(list, if targets.is_empty() { vec!["*".into()] } else { targets });
    }
    Ok(out)
}

impl Migrated {
    fn leave(&mut self, what: impl Into<String>) {
        self.left.push(what.into());
    }

    fn extend(&mut self, extend: &Extend) {
        for from in extend.path.iter().chain(&extend.url) {
            self.leave(format!("[extend] {from}: migrate that file as well, and join the two"));
        }
        if !extend.disabled_rules.is_empty() {
            let names = extend.disabled_rules.join(", ");
            self.leave(format!(
                "[extend] disabledRules {names}: rules have other names here; `[rules] disable`"
            ));
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let id = own_id(&rule.id);
        let Some(regex) = &rule.regex else {
            return self.leave(format!("rule {}: it finds files by their path alone", rule.id));
        };
        if rule.path.is_some() {
            return self.leave(format!("rule {}: its regex counts at some paths only", rule.id));
        }
        match source(&id, rule, regex) {
            Ok(source) => self.text += &source,
            Err(why) => return self.leave(format!("rule {}: {why}", rule.id)),
        }
        if !rule.required.is_empty() {
            self.leave(format!("rule {}: what else must stand near it", rule.id));
        }
        for list in rule.allowlist.iter().chain(&rule.allowlists) {
            self.allowlist(list, vec![id.clone()]);
        }
    }

    fn allowlist(&mut self, list: &Allowlist, rules: Vec<String>) {
        let name = if list.description.is_empty() { "allowlist" } else { list.description.as_str() };
        let others = [
            ("regexes", list.regexes.len()),
            ("stopwords", list.stopwords.len()),
            ("commits", list.commits.len()),
        ];
        let others: Vec<(&str, usize)> = others.into_iter().filter(|(_, count)| *count > 0).collect();
        for (kind, count) in &others {
            self.leave(format!(
                "{name}: {count} {kind}; `ringfence baseline create` takes findings by value"
            ));
        }
        if list.condition.eq_ignore_ascii_case("AND") && !others.is_empty() {
            return self.leave(format!("{name}: its paths count together with those only"));
        }
        let mut globs = Vec::new();
        for path in &list.paths {
            match pattern::globs(path) {
                Some(found) => globs.extend(found),
                None => self.leave(format!("{name}: the path {path}, which is no glob")),
            }
        }
        for rule in rules.iter().filter(|_| !globs.is_empty()) {
            let paths: Vec<String> = globs.iter().map(|glob| quoted(glob)).collect();
            let (rule, paths, reason) = (quoted(rule), paths.join(", "), quoted(name));
            writeln!(self.text, "\n[[ignore]]\nrule = {rule}\npaths = [{paths}]\nreason = {reason}")
                .expect("a String can be written to");
        }
    }
}

/// The rule as it stands in ringfence.toml, or why it cannot be one.
fn source(id: &str, rule: &Rule, regex: &str) -> Result<String, String> {
    let pattern = pattern::own(regex, rule.secret_group)?;
    let title = if rule.description.is_empty() { &rule.id } else { &rule.description };
    let mut out = format!(
        "\n[[rule]]\nid = {}\ntitle = {}\nrisk = \"Not said.\"\nseverity = \"high\"\nconfidence = \"medium\"\npattern = {}\n",
        quoted(id),
        quoted(title),
        quoted(&pattern)
    );
    if rule.entropy > 0.0 {
        out += &format!("min_entropy = {:?}\n", rule.entropy);
    }
    let keywords: Vec<String> = rule.keywords.iter().map(|keyword| quoted(keyword)).collect();
    let with_keywords = format!("{out}keywords = [{}]\n", keywords.join(", "));
    let loads = |text: &str| load_user("gitleaks.toml", &format!("provider = \"this project\"\n{text}"));
    // Without keywords better ones may be found in the pattern itself.
    match loads(&out) {
        Ok(_) => Ok(out),
        Err(_) if !keywords.is_empty() => match loads(&with_keywords) {
            Ok(_) => Ok(with_keywords),
            Err(error) => Err(error.message),
        },
        Err(error) => Err(error.message),
    }
}

/// An id as ours are: small letters, digits and dashes.
fn own_id(id: &str) -> String {
    let lower = id.to_ascii_lowercase();
    let parts: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    format!("own-{}", parts.join("-"))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
