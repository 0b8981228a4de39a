//! The values that are looked for: of which variable and environment each is, and where it belongs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::env::model::{Entry, Env, Position, Project, Value};
use crate::env::names::is_for_clients;
use crate::env::parse::dotenv::{self, Kind};
use crate::env::parse::profile::Profile;
use crate::env::strength::weakness;
use crate::finding::{Fingerprint, FingerprintKey, Secret};

/// Shorter values stand everywhere by chance.
pub(super) const SHORTEST: usize = 8;
/// Shorter values count only where no letter or digit stands beside them.
pub(super) const SHORTEST_ANYWHERE: usize = 12;
/// Values with fewer different characters are patterns such as `********`.
const FEWEST_CHARACTERS: usize = 5;

/// Where a value is set: it is at home there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The file as reports show it.
    pub shown: String,
    /// The file's path below the project's folder.
    pub path: String,
    /// Index of the file in its project; nothing for values that were handed over.
    pub file: Option<usize>,
    /// Where in the file.
    pub span: Range<usize>,
    /// The line it begins in, from 1.
    pub line: u64,
    /// The variable.
    pub key: String,
    /// The environment.
    pub env: Env,
    /// Whether git tracks the file.
    pub tracked: bool,
    /// Whether bundlers hand it to clients on purpose.
    pub for_clients: bool,
}

/// One value.
#[derive(Debug)]
pub struct KnownValue {
    /// The value itself.
    pub secret: Secret,
    /// Its name under the run's key.
    pub print: Fingerprint,
    /// Where it is set; the first names it.
    pub homes: Vec<Home>,
}

/// Why a value is not looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Untraced {
    /// Shorter than 8 bytes.
    Short,
    /// A word, a number or a pattern that stands in many texts.
    Common,
}

impl Untraced {
    /// One phrase, after a count of values.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Short => "shorter than 8 bytes",
            Self::Common => "a word, a number or a pattern that stands in many texts",
        }
    }
}

/// All values of a trace.
#[derive(Debug, Default)]
pub struct Known {
    /// Values, in the order of their first homes; no two are equal.
    pub values: Vec<KnownValue>,
    /// What is not looked for, by variable: why.
    pub untraced: Vec<(String, Untraced)>,
}

impl Known {
    /// The secrets of a project's env files, manifests and settings.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        let mut known = Gather::default();
        let wanted = |entry: &&Entry| {
            entry.env != Env::Example
                && entry.holds_secret()
                && matches!(entry.position, Position::EnvFile | Position::Manifest | Position::Settings)
        };
        for entry in project.entries.iter().filter(wanted) {
            let file = project.file_of(entry);
            let home = Home {
                shown: file.shown.clone(),
                path: file.path.clone(),
                file: Some(entry.file),
                span: entry.value_span.clone(),
                line: line_of(&file.text, entry.value_span.start),
                key: entry.key.clone(),
                env: entry.env,
                tracked: file.tracked,
                for_clients: is_for_clients(&entry.key, &[]),
            };
            // Of a URL the credential is the secret, not the host.
            let parts = entry.parts.iter().map(|part| &part.value);
            let whole = entry.is_secret().then_some(&entry.value);
            let values: Vec<&Value> =
                if entry.parts.is_empty() { whole.into_iter().collect() } else { parts.collect() };
            values.into_iter().for_each(|value| known.add(value, home.clone(), &project.key));
        }
        known.known
    }

    /// Variables whose values are not looked for, by reason.
    #[must_use]
    pub fn untraced_by_reason(&self) -> BTreeMap<Untraced, Vec<String>> {
        let mut by_reason: BTreeMap<Untraced, BTreeSet<String>> = BTreeMap::new();
        for (name, why) in &self.untraced {
            by_reason.entry(*why).or_default().insert(name.clone());
        }
        by_reason.into_iter().map(|(why, names)| (why, names.into_iter().collect())).collect()
    }

    /// Values that were handed over: lines `KEY=VALUE`, quotes and comments as in an env file.
    #[must_use]
    pub fn of_lines(text: &str, shown: &str, key: &FingerprintKey) -> Self {
        let pairs = dotenv::parse(text).into_iter().filter_map(|line| match line.kind {
            Kind::Pair(pair) => {
                let value = Profile::Npm.value(text, &pair).unwrap_or_default();
                Some((text[pair.key.clone()].to_owned(), value, line_of(text, pair.value.start)))
            }
            _ => None,
        });
        Self::of_pairs(pairs, shown, key)
    }

    /// Variables, their values and lines in the file `shown`.
    pub fn of_pairs(
        pairs: impl IntoIterator<Item = (String, String, u64)>,
        shown: &str,
        key: &FingerprintKey,
    ) -> Self {
        let mut known = Gather::default();
        for (name, value, line) in pairs {
            let home = Home::handed_over(name, shown, line);
            known.add(&Value::new(value), home, key);
        }
        known.known
    }

    /// Values under names of their own. Only those that are too short to be found are not looked for.
    pub fn of_secrets<'a>(
        secrets: impl IntoIterator<Item = (String, &'a Secret)>,
        key: &FingerprintKey,
    ) -> Self {
        let mut known = Gather::default();
        for (name, secret) in secrets {
            let value = secret.expose();
            if value.len() < SHORTEST {
                known.known.untraced.push((name, Untraced::Short));
                continue;
            }
            known.keep(value, Home::handed_over(name, "", 1), key);
        }
        known.known
    }
}

impl Home {
    /// That of a value which a line of `shown` tells.
    fn handed_over(key: String, shown: &str, line: u64) -> Self {
        Self {
            shown: shown.to_owned(),
            path: shown.to_owned(),
            file: None,
            line,
            span: 0..0,
            key,
            env: Env::Shared,
            tracked: false,
            for_clients: false,
        }
    }
}

impl Untraced {
    /// Why a value that is looked for would be found in many texts that do not mean it.
    #[must_use]
    pub fn of(value: &[u8]) -> Option<Self> {
        why_not(&String::from_utf8_lossy(value))
    }
}

fn line_of(text: &str, at: usize) -> u64 {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() as u64
}

/// Joins equal values.
#[derive(Default)]
struct Gather {
    known: Known,
    places: BTreeMap<Fingerprint, usize>,
}

impl Gather {
    fn add(&mut self, value: &Value, home: Home, key: &FingerprintKey) {
        let text = value.text();
        if text.is_empty() {
            return;
        }
        if let Some(why) = why_not(text) {
            return self.known.untraced.push((home.key, why));
        }
        self.keep(text.as_bytes(), home, key);
    }

    fn keep(&mut self, value: &[u8], home: Home, key: &FingerprintKey) {
        let print = key.fingerprint(value);
        let next = self.known.values.len();
        let at = *self.places.entry(print).or_insert(next);
        if at == next {
            let secret = Secret::new(value);
            self.known.values.push(KnownValue { secret, print, homes: Vec::new() });
        }
        self.known.values[at].homes.push(home);
    }
}

/// The guard against values that stand everywhere.
fn why_not(value: &str) -> Option<Untraced> {
    if value.len() < SHORTEST {
        return Some(Untraced::Short);
    }
    let mut seen: Vec<char> = value.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    let one_case =
        value.bytes().all(|b| b.is_ascii_lowercase()) || value.bytes().all(|b| b.is_ascii_uppercase());
    let is_word = one_case && value.len() < 16;
    let is_number = value.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') && value.len() < 14;
    let is_weak = value.len() < 20 && weakness("", value).is_some();
    (seen.len() < FEWEST_CHARACTERS || is_word || is_number || is_weak).then_some(Untraced::Common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_everywhere_is_not_looked_for() {
        let cases = [
            ("short", Some(Untraced::Short)),
            ("localhost", Some(Untraced::Common)),
            ("password123!", Some(Untraced::Common)),
            ("20260131", Some(Untraced::Common)),
            ("********", Some(Untraced::Common)),
            ("x7Kq92mT", None),
        ];
        for (value, want) in cases {
            assert_eq!(why_not(value), want, "{value}");
        }
    }
}
