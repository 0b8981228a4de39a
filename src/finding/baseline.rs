//! The baseline: findings that somebody has looked at, by value, each with a state and a reason.
//!
//! One sorted line an entry, so that two branches that add entries merge without conflict:
//! `identity rule state scope expiry # reason`. It holds no value; what a guessable value is called says
//! only where it stands. Reading and writing files is left to others.

use std::collections::BTreeSet;
use std::fmt;

/// What somebody has found out about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// No secret: hidden under this rule everywhere.
    FalsePositive,
    /// A secret that may stand where it is: hidden in places of the same scope only.
    Accepted,
    /// Rotated: places that only the history has are hidden, a live one is not.
    Rotated,
}

impl State {
    /// As it stands in the file.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::FalsePositive => "false-positive",
            Self::Accepted => "accepted",
            Self::Rotated => "rotated",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::FalsePositive, Self::Accepted, Self::Rotated].into_iter().find(|state| state.id() == text)
    }
}

/// One entry. Entries sort as their lines do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// All digits of the finding's identity.
    pub identity: String,
    /// The rule or check.
    pub rule: String,
    /// What was found out.
    pub state: State,
    /// Where it holds: `role:environment` of files, or `*` for everywhere.
    pub scope: String,
    /// The last day on which it holds, `2026-12-31`; nothing for good.
    pub expires: Option<String>,
    /// Why.
    pub reason: String,
}

/// A line that is none of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}; an entry is `identity rule state scope expiry # reason`")]
pub struct BaselineError {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// All entries, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Each once.
    pub entries: BTreeSet<Entry>,
}

/// What stands at the top of the file.
const HEAD: &str = "\
# Findings that somebody has looked at, by value; `ringfence baseline --help` tells more. No value is in here.
# identity rule state(false-positive|accepted|rotated) scope expiry # reason
# A name that begins with w- is that of a place: without a secret fingerprint key, another guessable value that
# comes to stand there is hidden as well.
";

impl Baseline {
    /// Reads a baseline; lines that are empty or begin with `#` are none of its entries.
    ///
    /// # Errors
    /// The first line that is no entry: nothing of such a file is to be obeyed.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let mut entries = BTreeSet::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                entries.insert(entry(line).map_err(|why| BaselineError { line: at + 1, why })?);
            }
        }
        Ok(Self { entries })
    }
}

fn entry(line: &str) -> Result<Entry, String> {
    let (facts, reason) = line.split_once(" # ").ok_or("it gives no reason")?;
    let fields: Vec<&str> = facts.split_whitespace().collect();
    let [identity, rule, state, scope, expires] = fields[..] else {
        return Err(format!("it has {} fields before the reason", fields.len()));
    };
    let digits = identity.strip_prefix("w-").unwrap_or(identity);
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("its identity is not 32 hex digits".into());
    }
    if reason.trim().is_empty() {
        return Err("its reason is empty".into());
    }
    let is_date = expires.parse::<jiff::civil::Date>().is_ok();
    if expires != "-" && !is_date {
        return Err(format!("`{}` is neither a day such as 2026-12-31 nor -", expires.escape_debug()));
    }
    Ok(Entry {
        identity: identity.to_owned(),
        rule: rule.to_owned(),
        state: State::parse(state).ok_or_else(|| format!("`{}` is no state", state.escape_debug()))?,
        scope: scope.to_owned(),
        expires: is_date.then(|| expires.to_owned()),
        reason: reason.trim().to_owned(),
    })
}

/// The file's text.
impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for Entry { identity, rule, state, scope, expires, reason } in &self.entries {
            let (state, expires) = (state.id(), expires.as_deref().unwrap_or("-"));
            writeln!(f, "{identity} {rule} {state} {scope} {expires} # {reason}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let entry = |identity: &str, state, expires: Option<&str>| Entry {
            identity: identity.to_owned(),
            rule: "generic-credential".into(),
            state,
            scope: "test:production".into(),
            expires: expires.map(Into::into),
            reason: "a reason # with a mark in it".into(),
        };
        let place = format!("w-{}", "0f".repeat(16));
        let all = [
            entry(&"a1".repeat(16), State::Accepted, None),
            entry(&place, State::Rotated, Some("2026-12-31")),
        ];
        let baseline = Baseline { entries: all.into() };
        assert_eq!(Baseline::parse(&baseline.to_string()), Ok(baseline));
    }

    #[test]
    fn a_broken_line_is_named() {
        let id = "a1".repeat(16);
        let cases = [
            (format!("{id} rule accepted * -"), "reason"),
            (format!("{id} rule accepted * - # "), "reason"),
            (format!("{id} rule accepted * # why"), "4 fields"),
            (format!("{id} rule allowed * - # why"), "no state"),
            (format!("{id} rule accepted * soon # why"), "soon"),
            ("a1 rule accepted * - # why".to_owned(), "32 hex"),
        ];
        for (line, told) in cases {
            let error = Baseline::parse(&format!("# head\n\n{line}\n")).expect_err(&line);
            assert_eq!(error.line, 3, "{line}");
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
