//! What a trace tells: a finding a value, named by variable and environment, with every place it has reached.

use std::collections::BTreeSet;

use super::{Found, Seen, Tracing};
use crate::env::Env;
use crate::finding::{
    CommitRef, Confidence, Exposure, Finding, FingerprintKey, LineIndex, LintFacts, LintMeta, Place,
    Provenance, RuleMeta, Secret, Severity, Span,
};
use crate::trace::{Home, KnownValue};

/// What reports say of a value that was traced.
pub(in crate::run) const META: RuleMeta = RuleMeta {
    id: "known-value",
    title: "Value of a variable where it does not belong",
    provider: "trace",
    risk: "Everybody who can read the place has it.",
    severity: Severity::Critical,
    docs: "https://github.com/ringfence/ringfence/blob/main/docs/trace.md",
    rotate_console: "",
    rotate_steps: &["Rotate it where it was issued, and put the new value where the old one is in use"],
    lint: Some(&LintMeta {
        phrase: "If keys were committed once already, assume they are compromised until rotated",
        security_severity: Some("9.5"),
        bad: "the value of STRIPE_SECRET_KEY in dist/app.js",
        good: "it stands in the env file only",
        may_wait: false,
    }),
};

/// Places named in a message; the rest is counted.
const NAMED: usize = 5;

/// All that is known of one value.
pub(in crate::run) struct Traces<'a> {
    pub(super) known: &'a KnownValue,
    /// Places that are none of its homes.
    pub(super) seen: Vec<&'a Seen>,
    pub(super) exposure: Option<&'a Exposure>,
}

impl<'a> Traces<'a> {
    /// The traces of every value that was seen away from home, in the order of values.
    pub(in crate::run) fn all(tracing: &'a Tracing, found: &'a Found) -> Vec<Self> {
        let mut of: Vec<Vec<&Seen>> = vec![Vec::new(); tracing.tracer.values().len()];
        for seen in &found.seen {
            of[seen.value as usize].push(seen);
        }
        let values = tracing.tracer.values().iter().zip(of).enumerate();
        let traces = |(at, (known, mut seen)): (usize, (&'a KnownValue, Vec<&'a Seen>))| {
            seen.retain(|seen| !is_home(known, &seen.place));
            seen.sort_by_key(|seen| seen.place.sort_key());
            seen.dedup_by(|b, a| a.place.sort_key() == b.place.sort_key());
            Self { known, seen, exposure: found.exposures.get(&(at as u32)) }
        };
        values.map(traces).filter(|traces| !traces.seen.is_empty()).collect()
    }

    /// Whether only objects hold it that no reference leads to.
    pub(in crate::run) fn is_unreachable(&self) -> bool {
        self.seen.iter().all(|seen| seen.unreachable)
    }

    /// Places in files and streams.
    pub(super) fn in_files(&self) -> impl Iterator<Item = &'a Seen> {
        self.seen.iter().copied().filter(|seen| !seen.place.provenance.is_history())
    }

    /// Places in the history that references lead to.
    pub(super) fn in_history(&self) -> impl Iterator<Item = &'a Seen> {
        self.seen.iter().copied().filter(|seen| seen.place.provenance.is_history() && !seen.unreachable)
    }

    /// The finding that `trace` reports.
    pub(in crate::run) fn finding(&self, key: &FingerprintKey) -> Finding {
        let home = &self.known.homes[0];
        let worst = self.known.homes.iter().map(|home| severity(home.env)).max().unwrap_or(Severity::High);
        let place: [&[u8]; 3] = [META.id.as_bytes(), home.path.as_bytes(), home.key.as_bytes()];
        let identity = key.identity(&self.known.secret, &place);
        Finding {
            rule: META,
            severity: worst,
            confidence: Confidence::High,
            identity,
            masked: format!("[redacted] · fp {}", identity.short()),
            secret: Secret::new(b""),
            reasons: Vec::new(),
            decoded_by: Vec::new(),
            places: self.seen.iter().map(|seen| seen.place.clone()).collect(),
            environments: Vec::new(),
            exposure: self.exposure.cloned(),
            lint: Some(LintFacts {
                message: self.message(),
                environment: home.env.name().to_owned(),
                key: home.key.clone(),
                related: self.known.homes.iter().filter(|home| home.file.is_some()).map(home_place).collect(),
            }),
        }
    }

    /// Which variables it is the value of.
    pub(super) fn names(&self) -> String {
        let name = |home: &Home| match home.file {
            Some(_) => format!("{} {}", home.env.name(), home.key),
            None => home.key.clone(),
        };
        let names: BTreeSet<String> = self.known.homes.iter().map(name).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// `production STRIPE_SECRET_KEY: committed in 1a2b3c4 (2025-03-02), …; in dist/app.js:1 (base64)`.
    fn message(&self) -> String {
        let mut parts = Vec::new();
        let in_use = self.known.homes.iter().any(|home| home.file.is_some());
        let history = self.in_history().next().is_some().then(|| committed(self.exposure));
        parts.extend(history.map(|told| if in_use { format!("{told}, still in use") } else { told }));
        let mut places: Vec<String> = self.in_files().chain(self.in_history()).map(at).collect();
        places.dedup();
        if self.is_unreachable() {
            parts.push("only in git objects that no branch or tag leads to".into());
        }
        let more = places.len().saturating_sub(NAMED);
        parts.extend(places.into_iter().take(NAMED));
        parts.extend((more > 0).then(|| format!("and {more} more places")));
        format!("{}: {}", self.names(), parts.join("; "))
    }
}

/// `committed in 1a2b3c4 (2025-03-02), removed in 9f8e7d6 (2025-04-01)`.
pub(super) fn committed(exposure: Option<&Exposure>) -> String {
    let Some(exposure) = exposure.filter(|exposure| !exposure.introduced.is_empty()) else {
        return "in git's history".into();
    };
    let first = format!("committed in {}", commit(&exposure.introduced[0]));
    match exposure.removed.last() {
        _ if exposure.at_head => format!("{first}, still at HEAD"),
        Some(last) => format!("{first}, removed in {}", commit(last)),
        None => first,
    }
}

/// `in dist/app.js:1 (base64)`, `in src/a.ts:3 of 1a2b3c4`.
fn at(seen: &Seen) -> String {
    let place = &seen.place;
    let of = match &place.commit {
        Some(commit) => format!(" of {}", short(&commit.id)),
        None => String::new(),
    };
    let encoding = match seen.encoding.name() {
        "" => String::new(),
        name => format!(" ({name})"),
    };
    format!("in {}:{}{of}{encoding}", place.provenance.path(), place.span.line)
}

fn commit(commit: &CommitRef) -> String {
    match jiff::Timestamp::from_second(commit.commit_time) {
        Ok(time) => format!("{} ({})", short(&commit.id), time.strftime("%Y-%m-%d")),
        Err(_) => short(&commit.id).to_owned(),
    }
}

fn short(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}

fn severity(env: Env) -> Severity {
    match env {
        Env::Production => Severity::Critical,
        Env::Staging | Env::Shared | Env::Unknown => Severity::High,
        Env::Development => Severity::Medium,
        Env::Test | Env::Example => Severity::Low,
    }
}

/// Whether a place is in a file that sets the value.
fn is_home(known: &KnownValue, place: &Place) -> bool {
    let Provenance::File(path) = &place.provenance else { return false };
    known.homes.iter().any(|home| plain(&home.shown).as_bytes() == path.as_slice())
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

/// Where a value is at home, without its text.
fn home_place(home: &Home) -> Place {
    let span = Span {
        line: home.line,
        column: 1,
        end_line: home.line,
        end_column: 1,
        ..LineIndex::new(b"", 1, 0, 1).span(0..0)
    };
    Place::new(Provenance::File(home.shown.as_str().into()), span)
}
