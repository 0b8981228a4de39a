//! What the user has decided about findings: the baseline, and what ringfence.toml leaves out.
//!
//! Both come from the user's own repository or were named on the command line, never from a target elsewhere.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bstr::ByteSlice;

use super::Settings;
use crate::detect::PlaceFacts;
use crate::env::config::{Ignore, day, glob};
use crate::env::{Config, discover};
use crate::finding::{
    Baseline, Coverage, Entry, Finding, HiddenReason, Outcome, Place, State, Unused, Verdict,
};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Decisions about findings.
#[derive(Debug, Default)]
pub struct Decisions {
    /// What was looked at, by value.
    pub baseline: Baseline,
    /// ringfence.toml: what it leaves out, and which files belong to which environment.
    pub config: Config,
    /// The top of the user's own repository: marks in its files are obeyed, those of others are not.
    pub own: Option<PathBuf>,
}

/// Hides what was decided to be hidden, and counts it. Tells which entries of the baseline had no use.
pub(super) fn apply(verdict: &mut Verdict, settings: &Settings) {
    let today = settings.today.div_euclid(DAY);
    let mut used: BTreeSet<&Entry> = BTreeSet::new();
    for mut finding in std::mem::take(&mut verdict.shown) {
        let decisions = &settings.decisions;
        finding.places.retain(|place| !decisions.is_ignored(finding.rule.id, place, today));
        let why = if finding.places.is_empty() {
            Some(HiddenReason::Ignored)
        } else {
            used.extend(decisions.take_known(&mut finding, today));
            finding.places.is_empty().then_some(HiddenReason::Baseline)
        };
        match why {
            Some(why) => *verdict.hidden.entry(why).or_default() += 1,
            None => {
                finding.environments = decisions.environments(&finding);
                verdict.shown.push(finding);
            }
        }
    }
    let unused = settings.decisions.baseline.entries.iter().filter(|entry| !used.contains(entry));
    let unused = unused.map(|entry| Unused { expired: has_expired(entry, today), entry: entry.clone() });
    verdict.unused = unused.collect();
}

/// Accepts what archives hold and is not read, where the user's own ringfence.toml says so.
pub(super) fn accept(coverage: &mut Coverage, settings: &Settings) {
    let accepts = &settings.decisions.config.coverage.accept;
    coverage.accept(|gap| {
        let accepted = accepts.iter().filter(|_| gap.reason.is_of_archives());
        let mut accepted = accepted.filter(|accepted| accepted.covers(&gap.place));
        accepted.next().map(|accepted| accepted.reason.clone())
    });
}

/// Tells in which layer of an image a file lies.
pub(super) fn note_layers(verdict: &mut Verdict, coverage: &Coverage) {
    if coverage.images.is_empty() {
        return;
    }
    for place in verdict.shown.iter_mut().flat_map(|finding| &mut finding.places) {
        let path = place.provenance.path();
        let layer = || coverage.images.iter().find_map(|image| image.layer_of(&path));
        place.layer = place.layer.or_else(layer);
    }
}

/// Says which entries of the baseline are over. True where tree and history were scanned.
pub(super) fn note_unused(outcome: &mut Outcome) {
    for Unused { entry, expired } in &outcome.verdict.unused {
        let Entry { identity, rule, reason, .. } = entry;
        let what = if *expired { "has expired" } else { "hides nothing any more" };
        let short: String = identity.chars().take(10).collect();
        outcome.coverage.note(format!(
            "baseline: {rule} {short} ({reason}) {what}; `ringfence baseline update` brings it up to date"
        ));
    }
}

impl Decisions {
    fn is_ignored(&self, rule: &str, place: &Place, today: i64) -> bool {
        let path = place.provenance.path();
        let path = path.to_str_lossy();
        let path = path.strip_prefix("./").unwrap_or(&path);
        let is_on = |ignore: &Ignore| {
            ignore.expires.as_deref().is_none_or(|date| day(date).is_some_and(|day| day >= today))
        };
        let fits = |ignore: &Ignore| {
            ignore.paths.is_empty() || ignore.paths.iter().any(|pattern| glob(pattern, path))
        };
        self.config.ignore.iter().any(|ignore| ignore.is_about(rule) && is_on(ignore) && fits(ignore))
    }

    /// Takes the places out that entries of the baseline hide; returns the entries that are about the finding.
    fn take_known(&self, finding: &mut Finding, today: i64) -> Vec<&Entry> {
        let (identity, rule) = (finding.identity.full(), finding.rule.id);
        let is_about = |entry: &&Entry| entry.identity == identity && entry.rule == rule;
        let entries: Vec<&Entry> = self.baseline.entries.iter().filter(is_about).collect();
        let live: Vec<&Entry> = entries.into_iter().filter(|entry| !has_expired(entry, today)).collect();
        let environment = finding.lint.as_ref().map(|lint| lint.environment.clone());
        let hides = |entry: &Entry, place: &Place| match entry.state {
            State::FalsePositive => true,
            State::Accepted => self.scope(place, environment.as_deref()) == entry.scope,
            State::Rotated => place.provenance.is_history() && place.at_head != Some(true),
        };
        finding.places.retain(|place| !live.iter().any(|entry| hides(entry, place)));
        finding.reasons.extend(live.iter().map(|entry| remark(entry.state).to_owned()));
        live
    }

    /// Where an accepted secret may stand: the role of the file, and its environment.
    #[must_use]
    pub fn scope(&self, place: &Place, environment: Option<&str>) -> String {
        let path = place.provenance.path();
        let role = PlaceFacts::of_path(&path).role.name();
        let environment = environment.or_else(|| self.environment(&path));
        format!("{role}:{}", environment.unwrap_or("-"))
    }

    /// The environment of a file, where its path tells of one.
    fn environment(&self, path: &[u8]) -> Option<&'static str> {
        let path = path.to_str_lossy();
        let path = path.strip_prefix("./").unwrap_or(&path);
        Some(discover::place(path, discover::format(path)?, &self.config).env.name())
    }

    /// The environments that a finding concerns.
    fn environments(&self, finding: &Finding) -> Vec<String> {
        let all: BTreeSet<String> = match &finding.lint {
            Some(lint) => [lint.environment.clone()].into(),
            None => {
                let paths = finding.places.iter().map(|place| place.provenance.path());
                paths.filter_map(|path| Some(self.environment(&path)?.to_owned())).collect()
            }
        };
        all.into_iter().collect()
    }
}

fn has_expired(entry: &Entry, today: i64) -> bool {
    entry.expires.as_deref().and_then(day).is_some_and(|last| last < today)
}

/// Said of a finding that the baseline knows and does not hide.
fn remark(state: State) -> &'static str {
    match state {
        State::FalsePositive => "a false positive by the baseline",
        State::Accepted => "accepted by the baseline elsewhere, not here",
        State::Rotated => "rotated by the baseline, and still in use",
    }
}
