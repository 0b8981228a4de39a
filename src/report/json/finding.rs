//! One finding in the JSON formats.

use std::fmt::Write as _;

use serde::Serialize;

use super::super::words;
use crate::finding::{
    CommitRef, Confidence, Exposure, Finding, InLayer, LintFacts, Place, Provenance, Release, Severity,
};

/// One secret with all its places.
#[derive(Serialize)]
pub(super) struct Entry<'a> {
    rule: &'static str,
    title: &'static str,
    provider: &'static str,
    severity: Severity,
    level: &'static str,
    confidence: Confidence,
    reasons: &'a [String],
    fingerprint: String,
    masked: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    message: String,
    help: String,
    docs: &'static str,
    rotation: Rotation,
    decoded_by: &'a [String],
    location: Option<Location>,
    places: Vec<PlaceEntry<'a>>,
    environments: &'a [String],
    exposure: Option<ExposureEntry<'a>>,
    /// Whether files of the work tree hold the value; only in an audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_use: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lint: Option<LintEntry<'a>>,
}

#[derive(Serialize)]
struct LintEntry<'a> {
    environment: &'a str,
    key: &'a str,
    checklist: &'static str,
    fix_first: bool,
    related: Vec<Location>,
}

#[derive(Serialize)]
struct Rotation {
    console: &'static str,
    steps: &'static [&'static str],
}

#[derive(Serialize)]
struct Location {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes_hex: Option<String>,
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    byte_start: u64,
    byte_end: u64,
}

#[derive(Serialize)]
struct PlaceEntry<'a> {
    kind: &'static str,
    location: Location,
    object: Option<&'a str>,
    commit: Option<Commit<'a>>,
    at_head: Option<bool>,
    excerpt: &'a str,
    chain: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<OriginalEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<LayerEntry>,
}

#[derive(Serialize)]
struct OriginalEntry {
    path: String,
    line: u64,
    column: u64,
}

#[derive(Serialize)]
struct LayerEntry {
    number: usize,
    of: usize,
    deleted_in: Option<usize>,
}

impl From<InLayer> for LayerEntry {
    fn from(layer: InLayer) -> Self {
        Self { number: layer.number, of: layer.of, deleted_in: layer.deleted_in }
    }
}

#[derive(Serialize)]
struct Commit<'a> {
    id: &'a str,
    author_time: Option<String>,
    commit_time: Option<String>,
}

#[derive(Serialize)]
struct ExposureEntry<'a> {
    introduced: Vec<Commit<'a>>,
    removed: Vec<Commit<'a>>,
    at_head: bool,
    reachable: bool,
    branches: &'a [String],
    tags: &'a [String],
    first_release: Option<ReleaseEntry<'a>>,
    refs_leading: u64,
    days_at_head: Option<u64>,
    days_reachable: Option<u64>,
}

#[derive(Serialize)]
struct ReleaseEntry<'a> {
    tag: &'a str,
    time: Option<String>,
}

impl<'a> Entry<'a> {
    /// The part for this finding, with its value if `show_secrets`.
    pub(super) fn new(finding: &'a Finding, show_secrets: bool, audit: bool) -> Self {
        let rule = &finding.rule;
        let value = || String::from_utf8_lossy(finding.secret.expose()).into_owned();
        Self {
            rule: rule.id,
            title: rule.title,
            provider: rule.provider,
            severity: finding.severity,
            level: finding.severity.sarif_level(),
            confidence: finding.confidence,
            reasons: &finding.reasons,
            fingerprint: finding.identity.full(),
            masked: &finding.masked,
            secret: show_secrets.then(value),
            message: finding.message(),
            help: words::help(rule),
            docs: rule.docs,
            rotation: Rotation { console: rule.rotate_console, steps: rule.rotate_steps },
            decoded_by: &finding.decoded_by,
            location: finding.places.first().map(location),
            places: finding.places.iter().map(place).collect(),
            environments: &finding.environments,
            exposure: finding.exposure.as_ref().map(exposure),
            in_use: audit.then(|| finding.in_use().next().is_some()),
            lint: finding.lint.as_ref().map(|facts| lint(finding, facts)),
        }
    }

    /// Leaves the lines round the places out.
    pub(super) fn drop_excerpts(&mut self) {
        self.places.iter_mut().for_each(|place| place.excerpt = "");
    }
}

fn lint<'a>(finding: &Finding, facts: &'a LintFacts) -> LintEntry<'a> {
    LintEntry {
        environment: &facts.environment,
        key: &facts.key,
        checklist: finding.rule.lint.map_or("", |meta| meta.phrase),
        fix_first: finding.fix_first(),
        related: facts.related.iter().map(location).collect(),
    }
}

/// What kind of place it is, and the object that holds it.
fn kind_and_object(provenance: &Provenance) -> (&'static str, Option<&str>) {
    match provenance {
        Provenance::File(_) => ("file", None),
        Provenance::Blob { id, .. } => ("blob", Some(id.as_str())),
        Provenance::Staged { id, .. } => ("staged", Some(id.as_str())),
        Provenance::Message { id } => ("message", Some(id.as_str())),
        Provenance::Name { id, .. } => ("name", Some(id.as_str())),
        Provenance::Reference(_) => ("reference", None),
        Provenance::Stdin => ("stdin", None),
        Provenance::Member { .. } => ("member", kind_and_object(provenance.outermost()).1),
    }
}

fn place(place: &Place) -> PlaceEntry<'_> {
    let (kind, object) = kind_and_object(&place.provenance);
    PlaceEntry {
        kind,
        location: location(place),
        object,
        commit: place.commit.as_ref().map(commit),
        at_head: place.at_head,
        excerpt: &place.excerpt.text,
        chain: place.provenance.archives().iter().map(|archive| archive.path().to_string()).collect(),
        encoding: place.encoding,
        part: place.part,
        original: place.original.as_deref().map(|original| OriginalEntry {
            path: original.path.to_string(),
            line: original.line,
            column: original.column,
        }),
        layer: place.layer.map(LayerEntry::from),
    }
}

fn location(place: &Place) -> Location {
    let path = place.provenance.path();
    let span = &place.span;
    Location {
        path: path.to_string(),
        path_bytes_hex: std::str::from_utf8(&path).is_err().then(|| hex(&path)),
        line: span.line,
        column: span.column,
        end_line: span.end_line,
        end_column: span.end_column,
        byte_start: span.start,
        byte_end: span.end,
    }
}

fn commit(commit: &CommitRef) -> Commit<'_> {
    Commit {
        id: &commit.id,
        author_time: words::time(commit.author_time),
        commit_time: words::time(commit.commit_time),
    }
}

fn exposure(exposure: &Exposure) -> ExposureEntry<'_> {
    ExposureEntry {
        introduced: exposure.introduced.iter().map(commit).collect(),
        removed: exposure.removed.iter().map(commit).collect(),
        at_head: exposure.at_head,
        reachable: exposure.reachable,
        branches: &exposure.branches,
        tags: &exposure.tags,
        first_release: exposure.first_release.as_ref().map(release),
        refs_leading: exposure.refs_leading,
        days_at_head: exposure.days_at_head,
        days_reachable: exposure.days_reachable,
    }
}

fn release(release: &Release) -> ReleaseEntry<'_> {
    ReleaseEntry { tag: &release.tag, time: words::time(release.time) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("a String can be written to");
        out
    })
}
