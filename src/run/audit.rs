//! What an audit adds to a scan: every place and every spelling of the values that rules found, and what takes them
//! out of the history.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice};

use super::trace::{Found, Seen, Tracing};
use super::{Run, Settings, names, suppress};
use crate::finding::{Finding, Outcome, Place, Provenance, Secret};
use crate::trace::{Known, Purge, Untraced};

/// What a purge takes out, and what it does not.
#[derive(Debug, Default)]
pub struct Purged {
    /// Texts that stand in the history: values, and how they are written there.
    pub purge: Purge,
    /// How many values these are.
    pub values: usize,
    /// Files of the history that are secrets as a whole, or in which no replaced text reaches a value.
    pub paths: BTreeSet<BString>,
    /// Which names hold a value.
    pub names: Names,
    /// What is left, and why: a sentence each.
    pub by_hand: Vec<String>,
}

/// Names in which values stand: no replaced text reaches them, and git-filter-repo has an option for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Names {
    /// Of files and folders.
    pub files: bool,
    /// Of branches and tags.
    pub references: bool,
    /// Of authors, committers and taggers, or their addresses.
    pub people: bool,
}

/// The values of findings that are looked for everywhere in a second pass.
#[must_use]
pub fn audited(outcome: &Outcome, settings: &Settings) -> Known {
    let of_files = |finding: &&Finding| is_of_files(finding, settings);
    let found = outcome.verdict.shown.iter().filter(|finding| !of_files(finding));
    let found = found.filter(|finding| why_not(finding).is_none());
    Known::of_secrets(found.map(|finding| (finding.rule.id.to_owned(), &finding.secret)), &settings.key)
}

fn is_of_files(finding: &Finding, settings: &Settings) -> bool {
    settings.rules.iter().any(|rule| rule.meta.id == finding.rule.id && rule.is_of_files())
}

fn why_not(finding: &Finding) -> Option<Untraced> {
    Untraced::of(finding.secret.expose())
}

impl Run<'_> {
    /// Adds to the findings what following their values has shown: places in every encoding, exposure, gaps.
    pub fn complete_audit(self, outcome: &mut Outcome) -> Purged {
        let mut coverage = self.coverage.clone();
        suppress::accept(&mut coverage, self.settings);
        names::mask(&mut coverage, &self.detector);
        for gap in coverage.gaps() {
            if !outcome.coverage.gaps().contains(&gap) {
                outcome.coverage.gap(gap.reason, &gap.place, &gap.detail);
            }
        }
        let mut gather = Gather::default();
        if let Some(tracing) = &self.tracing {
            let found = tracing.found();
            for finding in &mut outcome.verdict.shown {
                gather.finding(finding, (tracing, &found), self.settings);
            }
        }
        gather.finish()
    }
}

/// Gathers the purge over all findings.
#[derive(Default)]
struct Gather {
    texts: Vec<Secret>,
    values: BTreeSet<u32>,
    paths: BTreeSet<BString>,
    names: Names,
    by_hand: BTreeSet<String>,
}

impl Gather {
    fn finding(&mut self, finding: &mut Finding, (tracing, found): (&Tracing, &Found), settings: &Settings) {
        let history = |finding: &Finding| finding.places.iter().any(|place| place.provenance.is_history());
        if is_of_files(finding, settings) {
            self.paths.extend(finding.places.iter().filter_map(path_of));
            return;
        }
        self.beside(finding);
        let print = settings.key.fingerprint(finding.secret.expose());
        let Some(at) = tracing.tracer.values().iter().position(|known| known.print == print) else {
            if history(finding) && !is_lost(finding) {
                self.by_hand.insert(not_replaced(finding));
            }
            return;
        };
        let at = at as u32;
        let seen: Vec<&Seen> = found.seen.iter().filter(|seen| seen.value == at).collect();
        let in_text: BTreeSet<BString> =
            seen.iter().filter(|seen| !seen.in_binary).map(|seen| seen.place.provenance.path()).collect();
        join_places(finding, &seen);
        if let Some(exposure) = found.exposures.get(&at) {
            finding.exposure = Some(exposure.clone());
        }
        if history(finding) {
            self.values.insert(at);
            self.texts.push(finding.secret.clone());
            self.texts.extend(found.spellings.get(&at).into_iter().flatten().cloned());
            self.out_of_text(finding, &in_text, &seen);
            seen.iter().for_each(|seen| self.named(seen));
        }
    }

    fn named(&mut self, seen: &Seen) {
        match seen.place.provenance {
            Provenance::Name { .. } => self.names.files = true,
            Provenance::Reference(_) => self.names.references = true,
            _ => self.names.people |= seen.in_header,
        }
    }

    /// What replaced text does not reach: files that are no text, and encodings within encodings.
    fn out_of_text(&mut self, finding: &Finding, in_text: &BTreeSet<BString>, seen: &[&Seen]) {
        let binary = seen.iter().filter(|seen| seen.in_binary).filter_map(|seen| path_of(&seen.place));
        self.paths.extend(binary);
        let places = finding.places.iter().filter(|place| place.part.is_none());
        for origin in places.map(|place| place.provenance.outermost()).filter(|origin| origin.is_history()) {
            let path = origin.path();
            if !in_text.contains(&path) && !self.paths.contains(&path) {
                self.by_hand.insert(format!(
                    "{} {} stands in {path} in an encoding of its own: {}",
                    finding.rule.id,
                    finding.masked,
                    by_hand(origin)
                ));
            }
        }
    }

    /// What a rewrite of commits does not touch: this clone's own files, and objects that nothing leads to.
    fn beside(&mut self, finding: &Finding) {
        let own = finding.places.iter().map(|place| &place.provenance).filter(|origin| origin.is_own_file());
        let own: BTreeSet<BString> = own.map(Provenance::path).collect();
        if let Some(first) = own.first() {
            let more = match own.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more of git's own files"),
            };
            self.by_hand.insert(format!(
                "{} {} stands in {first}{more}, which this clone alone has: work in a fresh one, or change it there",
                finding.rule.id, finding.masked
            ));
        }
        if is_lost(finding) {
            self.by_hand.insert(format!(
                "{} {} is only in objects that no branch or tag leads to: a fresh clone has none of them; here `git reflog \
                 expire --expire=now --all && git gc --prune=now` takes them out, on the server its support",
                finding.rule.id, finding.masked
            ));
        }
    }

    fn finish(self) -> Purged {
        let mut by_hand = self.by_hand;
        let paths = self.paths.into_iter().filter(|path| !path.is_empty());
        let (masked, paths): (BTreeSet<BString>, BTreeSet<BString>) = paths.partition(is_masked);
        by_hand.extend(masked.iter().map(|path| {
            format!(
                "{path}, whose name holds a value, is taken out whole: `git filter-repo --invert-paths --path` and its name"
            )
        }));
        Purged {
            purge: Purge::new(self.texts),
            values: self.values.len(),
            paths,
            names: self.names,
            by_hand: by_hand.into_iter().collect(),
        }
    }
}

/// What a person does about a value that no text of the plan is.
fn by_hand(origin: &Provenance) -> &'static str {
    match origin {
        Provenance::Name { .. } => "rename it with `git filter-repo --path-rename OLD:NEW`",
        Provenance::Reference(_) => "delete it here and on the server",
        Provenance::Message { .. } => "reword it with `git filter-repo --message-callback`",
        _ => "edit that file, or take it out whole with `git filter-repo --invert-paths --path`",
    }
}

/// Whether nothing leads to the objects that hold it.
fn is_lost(finding: &Finding) -> bool {
    finding.exposure.as_ref().is_some_and(|exposure| !exposure.reachable)
}

/// Whether a value in a path is masked, so that it names no file.
fn is_masked(path: &BString) -> bool {
    path.contains_str("[redacted]") || path.contains_str("…")
}

fn not_replaced(finding: &Finding) -> String {
    let why = match why_not(finding) {
        Some(why) => why.phrase(),
        None => "not looked for",
    };
    let paths: BTreeSet<String> =
        finding.places.iter().map(|place| place.provenance.path().to_str_lossy().into_owned()).collect();
    let named: Vec<String> = paths.iter().take(3).cloned().collect();
    let more = paths.len().saturating_sub(named.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "{} {} is {why}: replacing it everywhere would change what does not mean it; edit, rename or remove {}{more}",
        finding.rule.id,
        finding.masked,
        named.join(", "),
    )
}

/// The path in commits of a place in the history; of a member, that of its archive.
fn path_of(place: &Place) -> Option<BString> {
    match place.provenance.outermost() {
        Provenance::Blob { path, .. } => Some(path.clone()),
        _ => None,
    }
}

/// Adds places that no rule has seen, and to those that one has seen how the value is written there.
fn join_places(finding: &mut Finding, seen: &[&Seen]) {
    let key = |place: &Place| (place.provenance.is_history(), place.provenance.path(), place.span.line);
    let mut new: BTreeMap<_, &Place> =
        seen.iter().map(|seen| ((key(&seen.place), seen.place.span.start), &seen.place)).collect();
    for place in finding.places.iter_mut().filter(|place| place.part.is_none()) {
        let here = key(place);
        if let Some(same) = new.range((here.clone(), 0)..=(here.clone(), u64::MAX)).next() {
            place.encoding = same.1.encoding;
        }
        new.retain(|(other, _), _| *other != here);
    }
    finding.places.extend(new.into_values().cloned());
}
