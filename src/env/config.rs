//! The lint's part of ringfence.toml. Unknown keys are errors, with line and column.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::model::Env;
use super::names;
use crate::finding::foreign_tools;

/// What a project says of its environments.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Dialects and what may be tracked.
    #[serde(default)]
    pub lint: LintConfig,
    /// Environments by files and hosts.
    #[serde(default, rename = "environment")]
    pub environments: Vec<EnvironmentConfig>,
    /// Which environments may share what.
    #[serde(default)]
    pub separation: Separation,
    /// What an inventory must say.
    #[serde(default)]
    pub inventory: InventoryConfig,
    /// Facts about single variables.
    #[serde(default)]
    pub keys: BTreeMap<String, KeyConfig>,
    /// Findings that are left out, each with a reason.
    #[serde(default)]
    pub ignore: Vec<Ignore>,
    /// What need not be read.
    #[serde(default)]
    pub coverage: CoverageConfig,
    /// Whose marks are obeyed besides our own.
    #[serde(default)]
    pub suppress: SuppressConfig,
    /// Which rules are in force.
    #[serde(default)]
    pub rules: RulesConfig,
    /// Rules of the project's own, as they stand in a rule file.
    #[serde(default)]
    pub rule: Vec<::toml::Table>,
}

/// `[coverage]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageConfig {
    /// Archives and members that are broken, encrypted or too large on purpose.
    #[serde(default)]
    pub accept: Vec<Accepted>,
}

/// `[[coverage.accept]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// A glob of an archive, or of a member as reports name it: `a.zip!/b.txt`.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl Accepted {
    /// Whether it is about this place, or an archive that the place is in.
    #[must_use]
    pub fn covers(&self, place: &str) -> bool {
        let ends = place.match_indices("!/").map(|(at, _)| at).chain([place.len()]);
        ends.into_iter().any(|end| glob(&self.path, &place[..end]))
    }
}

/// `[suppress]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuppressConfig {
    /// Other scanners whose marks in the text are obeyed: `gitleaks`, `detect-secrets` and others.
    #[serde(default)]
    pub honor: Vec<String>,
}

/// `[rules]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesConfig {
    /// Rule files, beside the built-in rules.
    #[serde(default)]
    pub files: Vec<PathBuf>,
    /// Rules that are switched off.
    #[serde(default)]
    pub disable: Vec<String>,
    /// Severities in place of the rules' own.
    #[serde(default)]
    pub severity: BTreeMap<String, String>,
}

/// `[lint]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LintConfig {
    /// Dotenv dialects to hold against each other.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Env files that may be tracked while they hold no secret.
    #[serde(default)]
    pub allow_tracked: Vec<String>,
    /// Whether to look at the permissions of env files.
    #[serde(default)]
    pub permissions: bool,
}

/// `[[environment]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentConfig {
    /// Its name.
    pub name: String,
    /// Globs of its files.
    #[serde(default)]
    pub files: Vec<String>,
    /// Hosts it may name.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Hosts it must not name.
    #[serde(default)]
    pub deny_hosts: Vec<String>,
}

impl EnvironmentConfig {
    /// Its class.
    #[must_use]
    pub fn env(&self) -> Env {
        names::env_of_word(&self.name).unwrap_or(Env::Unknown)
    }
}

/// `[separation]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separation {
    /// Pairs of which sharing is an error; `*` is any.
    #[serde(default)]
    pub strict: Vec<[String; 2]>,
    /// Pairs of which sharing is a warning.
    #[serde(default)]
    pub warn: Vec<[String; 2]>,
    /// Variables that may be the same everywhere.
    #[serde(default)]
    pub allow_shared: Vec<String>,
}

/// `[inventory]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryConfig {
    /// Whether a secret without an owner is a warning.
    #[serde(default)]
    pub require_owner: bool,
    /// Whether a secret without a day of rotation is a warning.
    #[serde(default)]
    pub require_rotation: bool,
    /// After how long a secret is to be rotated where nothing else is said.
    pub max_age: Option<String>,
}

/// `[keys.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// Who looks after it.
    pub owner: Option<String>,
    /// When it was last rotated.
    pub rotated: Option<String>,
    /// How often it is to be rotated.
    pub rotate_every: Option<String>,
    /// Environments that must set it.
    #[serde(default)]
    pub required_in: Vec<String>,
    /// Whether the host sets it.
    #[serde(default)]
    pub injected: bool,
}

/// `[[ignore]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// The check or rule; `*` is all of them, at paths.
    #[serde(alias = "rule")]
    pub check: String,
    /// Globs of files; none is all.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Why.
    pub reason: String,
    /// Until when.
    pub expires: Option<String>,
}

/// Stands for every check and rule.
const ALL: &str = "*";

impl Ignore {
    /// Whether it is about this check or rule.
    #[must_use]
    pub fn is_about(&self, id: &str) -> bool {
        self.check == id || self.check == ALL
    }
}

impl Config {
    /// Reads the text of ringfence.toml.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = ::toml::from_str(text).map_err(|error| error.to_string())?;
        if let Some(ignore) = config.ignore.iter().find(|ignore| ignore.reason.trim().is_empty()) {
            return Err(format!("[[ignore]] of `{}` has an empty reason", ignore.check));
        }
        if config.ignore.iter().any(|ignore| ignore.check == ALL && ignore.paths.is_empty()) {
            return Err("[[ignore]] of `*` must name paths".into());
        }
        if let Some(accepted) =
            config.coverage.accept.iter().find(|accepted| accepted.reason.trim().is_empty())
        {
            return Err(format!("[[coverage.accept]] of `{}` has an empty reason", accepted.path));
        }
        let is_known = |tool: &&String| foreign_tools().any(|known| known == tool.as_str());
        if let Some(unknown) = config.suppress.honor.iter().find(|tool| !is_known(tool)) {
            let mut known: Vec<&str> = foreign_tools().collect();
            known.dedup();
            return Err(format!("[suppress] honor: `{unknown}` is none of {}", known.join(", ")));
        }
        let dates = config.ignore.iter().filter_map(|ignore| ignore.expires.as_ref());
        let dates = dates.chain(config.keys.values().filter_map(|key| key.rotated.as_ref()));
        if let Some(wrong) = dates.into_iter().find(|date| day(date).is_none()) {
            return Err(format!("`{wrong}` is no date such as 2026-01-31"));
        }
        Ok(config)
    }

    /// What is said of a variable.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&KeyConfig> {
        self.keys.get(name)
    }
}

/// `2026-01-31` in days since 1970.
#[must_use]
pub fn day(text: &str) -> Option<i64> {
    let date: jiff::civil::Date = text.trim().parse().ok()?;
    let epoch = jiff::civil::date(1970, 1, 1);
    Some(i64::from(date.since((jiff::Unit::Day, epoch)).ok()?.get_days()))
}

/// `90d`, `12w`, `6m`, `1y` in days; a bare number is days.
#[must_use]
pub fn days(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let count: i64 = digits.parse().ok()?;
    let factor = match text[digits.len()..].trim() {
        "" | "d" | "day" | "days" => 1,
        "w" | "week" | "weeks" => 7,
        "m" | "month" | "months" => 30,
        "y" | "year" | "years" => 365,
        _ => return None,
    };
    count.checked_mul(factor)
}

/// Whether the path matches a glob: `*` within a part, `**` over parts. Without a slash the name counts.
#[must_use]
pub fn glob(pattern: &str, path: &str) -> bool {
    let subject = if pattern.contains('/') { path } else { path.rsplit('/').next().unwrap_or(path) };
    let pattern = pattern.trim_start_matches("./").trim_start_matches('/');
    glob_bytes(pattern.as_bytes(), subject.as_bytes())
}

fn glob_bytes(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', b'/', rest @ ..] => {
            glob_bytes(rest, text)
                || text.iter().enumerate().any(|(n, &b)| b == b'/' && glob_bytes(rest, &text[n + 1..]))
        }
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|n| glob_bytes(rest, &text[n..])),
        [b'*', rest @ ..] => {
            let stop = text.iter().position(|&b| b == b'/').unwrap_or(text.len());
            (0..=stop).any(|n| glob_bytes(rest, &text[n..]))
        }
        [b'?', rest @ ..] => text.first().is_some_and(|&b| b != b'/') && glob_bytes(rest, &text[1..]),
        [byte, rest @ ..] => text.first() == Some(byte) && glob_bytes(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_dates_and_spans_are_read() {
        let cases = [
            ("deploy/prod/**", "deploy/prod/a/b", true),
            ("*.env", "a/b.env", true),
            ("a/*", "a/b/c", false),
            ("**/x", "a/b/x", true),
        ];
        for (pattern, path, want) in cases {
            assert_eq!(glob(pattern, path), want, "{pattern} {path}");
        }
        assert_eq!(
            (day("1970-01-02"), day("x"), days("90d"), days("1y"), days("x")),
            (Some(1), None, Some(90), Some(365), None)
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert!(Config::parse("[lint]\ncolour = true\n").expect_err("no such key").contains("colour"));
        assert!(Config::parse("[[ignore]]\ncheck = \"weak-secret\"\nreason = \" \"\n").is_err());
        assert!(Config::parse("[[coverage.accept]]\npath = \"a.zip\"\nreason = \"\"\n").is_err());
        let accept = "[[coverage.accept]]\npath = \"test/**/bad.*\"\nreason = \"made for a test\"\n";
        let accept = Config::parse(accept).expect("it is right").coverage.accept.remove(0);
        for (place, want) in [("test/a/bad.zip!/x", true), ("test/a/bad.zip", true), ("a/bad.zip", false)] {
            assert_eq!(accept.covers(place), want, "{place}");
        }
        assert!(Config::parse("[[ignore]]\ncheck = \"*\"\nreason = \"a\"\n").is_err());
        let good = "[keys.STRIPE_SECRET_KEY]\nowner = \"pay@acme.io\"\nrotated = \"2026-09-01\"\n";
        assert_eq!(
            Config::parse(good)
                .expect("it is right")
                .key("STRIPE_SECRET_KEY")
                .and_then(|key| key.owner.as_deref()),
            Some("pay@acme.io")
        );
    }
}
