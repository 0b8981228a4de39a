//! From the JSON formats to an outcome: findings, coverage and rows as a run would have made them.

use std::collections::HashSet;
use std::sync::Mutex;

use super::{ImportError, document, inventory};
use crate::finding::{
    Audit, CommitRef, Confidence, Coverage, Excerpt, Exposure, Finding, GapReason, HiddenReason, Identity,
    InLayer, LaunchRow, LaunchState, LintFacts, LintMeta, Original, OutOfScope, Outcome, Place, Provenance,
    Release, RuleMeta, Scanned, Secret, Severity, Span, Step, Verdict,
};

/// What stands for a gap that a report counts and does not name; sorts after most names.
const UNNAMED: &str = "~ not named in the report";
/// More of one reason is no report of a scan, which holds all of them in memory.
const MOST_UNNAMED: usize = 1_000_000;

/// The outcome that a document tells of.
pub(super) fn outcome(document: document::Document) -> Result<Outcome, ImportError> {
    let document::Trailer { coverage, summary, launch, audit, inventory } = document.end;
    if document.findings.len() != summary.findings {
        let (here, told) = (document.findings.len(), summary.findings);
        return Err(ImportError::CutOff(format!("it holds {here} findings and says that there are {told}")));
    }
    let hidden = summary
        .hidden
        .into_iter()
        .map(|(id, count)| Ok((known(HiddenReason::ALL, HiddenReason::id, "reason", &id)?, count)));
    let shown: Vec<Finding> = document.findings.into_iter().map(finding).collect::<Result<_, _>>()?;
    let mut rules: Vec<RuleMeta> = shown.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| (rule.id, std::cmp::Reverse(rule.severity)));
    rules.dedup_by_key(|rule| rule.id);
    Ok(Outcome {
        verdict: Verdict { shown, hidden: hidden.collect::<Result<_, ImportError>>()?, unused: Vec::new() },
        coverage: self::coverage(coverage)?,
        launch: launch.into_iter().map(row).collect::<Result<_, _>>()?,
        audit: audit.map(self::audit),
        inventory: inventory.into_iter().map(inventory::variable).collect::<Result<_, _>>()?,
        subject: String::new(),
        show_secrets: false,
        rules,
    })
}

/// The one of `all` that is called so.
pub(super) fn known<T: Copy, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
    what: &'static str,
    id: &str,
) -> Result<T, ImportError> {
    all.into_iter().find(|one| name(*one) == id).ok_or_else(|| ImportError::Unknown(what, id.to_owned()))
}

/// Text that lives as long as the process, each once: rules and encodings are told by such.
pub(super) fn lasting(text: String) -> &'static str {
    static ALL: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut all = ALL.lock().expect("nobody panics while holding it");
    let all = all.get_or_insert_default();
    if let Some(known) = all.get(text.as_str()) {
        return known;
    }
    let text: &'static str = text.leak();
    all.insert(text);
    text
}

fn audit(audit: document::Audit) -> Audit {
    let step = |step: document::Step| Step { text: step.text, commands: step.commands };
    Audit {
        steps: audit.steps.into_iter().map(step).collect(),
        by_hand: audit.by_hand,
        out_of_reach: audit.out_of_reach,
    }
}

fn row(row: document::Row) -> Result<LaunchRow, ImportError> {
    let state = known(LaunchState::ALL, LaunchState::name, "state", &row.state.replace('-', " "))?;
    Ok(LaunchRow { title: row.title, state, detail: row.detail })
}

fn coverage(told: document::Coverage) -> Result<Coverage, ImportError> {
    let document::Scanned { files, file_bytes, members, member_bytes, blobs, blob_bytes, commits, refs } =
        told.scanned;
    let mut coverage = Coverage::default();
    coverage.scanned = Scanned { files, file_bytes, members, member_bytes, blobs, blob_bytes, commits, refs };
    for gap in told.not_scanned {
        let reason = known(GapReason::ALL, GapReason::id, "reason", &gap.reason)?;
        // A report names the first of many; the others count all the same, after those that have a name.
        let unnamed = gap.count.saturating_sub(gap.examples.len());
        if unnamed > MOST_UNNAMED {
            return Err(ImportError::Foreign(format!("it counts {} of {}", gap.count, gap.reason)));
        }
        gap.examples.into_iter().for_each(|example| coverage.gap(reason, example.place, example.detail));
        (0..unnamed).for_each(|_| coverage.gap(reason, UNNAMED, ""));
    }
    for left in told.out_of_scope {
        let why = known(OutOfScope::ALL, OutOfScope::id, "reason", &left.reason)?;
        coverage.leave_out(why, left.count.saturating_sub(left.examples.len() as u64));
        left.examples.into_iter().for_each(|name| coverage.leave_out_named(why, name));
    }
    told.notes.into_iter().for_each(|note| coverage.note(note));
    Ok(coverage)
}

fn finding(told: document::Finding) -> Result<Finding, ImportError> {
    let severity = known(Severity::ALL, Severity::name, "severity", &told.severity)?;
    let identity = Identity::parse(&told.fingerprint)
        .ok_or_else(|| ImportError::Foreign(format!("`{}` is no fingerprint", told.fingerprint)))?;
    let lint = told.lint.map(|lint| facts(lint, &told.message, severity)).transpose()?;
    let risk = told.message.strip_prefix(&format!("{}: ", told.title)).unwrap_or_default().to_owned();
    let steps: Vec<&'static str> = told.rotation.steps.into_iter().map(lasting).collect();
    let rule = RuleMeta {
        id: lasting(told.rule),
        title: lasting(told.title),
        provider: lasting(told.provider),
        risk: lasting(risk),
        severity,
        docs: lasting(told.docs),
        rotate_console: lasting(told.rotation.console),
        rotate_steps: steps.leak(),
        lint: lint.as_ref().map(|(_, meta)| *meta),
    };
    let shows_value = told.secret.is_some();
    let places: Vec<Place> =
        told.places.into_iter().map(|told| place(told, shows_value)).collect::<Result<_, _>>()?;
    if places.is_empty() {
        return Err(ImportError::Foreign("a finding has no place".into()));
    }
    Ok(Finding {
        rule,
        severity,
        confidence: known(Confidence::ALL, Confidence::name, "confidence", &told.confidence)?,
        identity,
        masked: told.masked,
        secret: Secret::new(b""),
        reasons: told.reasons,
        decoded_by: told.decoded_by,
        places,
        environments: told.environments,
        exposure: told.exposure.map(exposure).transpose()?,
        lint: lint.map(|(facts, _)| facts),
    })
}

fn facts(
    told: document::Lint,
    message: &str,
    severity: Severity,
) -> Result<(LintFacts, &'static LintMeta), ImportError> {
    let meta = LintMeta {
        phrase: lasting(told.checklist),
        security_severity: None,
        bad: "",
        good: "",
        may_wait: severity == Severity::Medium && !told.fix_first,
    };
    let file = |location: document::Location| {
        let provenance = Provenance::File(path(&location)?.into());
        Ok(bare(provenance, &location))
    };
    let facts = LintFacts {
        message: message.to_owned(),
        environment: told.environment,
        key: told.key,
        related: told.related.into_iter().map(file).collect::<Result<_, ImportError>>()?,
    };
    Ok((facts, Box::leak(Box::new(meta))))
}

fn path(location: &document::Location) -> Result<Vec<u8>, ImportError> {
    let Some(hex) = &location.path_bytes_hex else { return Ok(location.path.clone().into_bytes()) };
    let byte = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    bytes.ok_or_else(|| ImportError::Foreign(format!("`{hex}` are no bytes in hex")))
}

/// A place with nothing but where it is.
fn bare(provenance: Provenance, at: &document::Location) -> Place {
    let span = Span {
        start: at.byte_start,
        end: at.byte_end,
        line: at.line,
        column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
    };
    Place::new(provenance, span)
}

fn place(told: document::Place, shows_value: bool) -> Result<Place, ImportError> {
    let provenance = provenance(&told)?;
    let text = if shows_value { String::new() } else { told.excerpt };
    Ok(Place {
        excerpt: Excerpt { text, mark: 0..0 },
        commit: told.commit.map(commit).transpose()?,
        at_head: told.at_head,
        encoding: told.encoding.map(lasting),
        part: told.part.map(lasting),
        original: told.original.map(|original| {
            Box::new(Original { path: original.path.into(), line: original.line, column: original.column })
        }),
        layer: told.layer.map(|layer| InLayer {
            number: layer.number,
            of: layer.of,
            deleted_in: layer.deleted_in,
        }),
        ..bare(provenance, &told.location)
    })
}

fn provenance(told: &document::Place) -> Result<Provenance, ImportError> {
    let path = path(&told.location)?;
    let id = || {
        told.object.clone().ok_or_else(|| ImportError::Foreign(format!("a {} without its object", told.kind)))
    };
    Ok(match told.kind.as_str() {
        "file" => Provenance::File(path.into()),
        "blob" => {
            let id = id()?;
            let has_none = path == format!("<blob {id}>").as_bytes();
            Provenance::Blob { path: if has_none { Vec::new() } else { path }.into(), id }
        }
        "staged" => Provenance::Staged { path: path.into(), id: id()? },
        "message" => Provenance::Message { id: id()? },
        "name" => Provenance::Name { path: path.into(), id: id()? },
        "reference" => {
            let name = path.strip_prefix(b"<reference ").and_then(|rest| rest.strip_suffix(b">"));
            Provenance::Reference(name.unwrap_or(&path).into())
        }
        "stdin" => Provenance::Stdin,
        "member" => member(&told.chain, &path, told.object.as_ref()),
        other => return Err(ImportError::Unknown("kind of place", other.to_owned())),
    })
}

/// A member of the archives in `chain`, each of which is named from the outermost on.
/// A member of the archives of `chain`, of which the outermost is a file, or an object of the history.
fn member(chain: &[String], path: &[u8], object: Option<&String>) -> Provenance {
    let Some((first, inner)) = chain.split_first() else { return Provenance::File(path.into()) };
    let outermost = match (first.as_str(), object) {
        ("<stdin>", _) => Provenance::Stdin,
        (first, Some(id)) => Provenance::Blob { path: first.into(), id: id.clone() },
        (first, None) => Provenance::File(first.into()),
    };
    let names = inner.iter().map(String::as_bytes).chain([path]);
    let within = |outer: Provenance, name: &[u8]| {
        let own = name.get(outer.path().len() + 2..).unwrap_or(name).to_vec();
        outer.member(own)
    };
    names.fold(outermost, within)
}

/// Seconds since 1970; a time that no calendar has stays one.
fn seconds(time: Option<String>) -> Result<i64, ImportError> {
    let Some(time) = time else { return Ok(i64::MAX) };
    let parsed: Result<jiff::Timestamp, _> = time.parse();
    parsed.map(|time| time.as_second()).map_err(|_| ImportError::Foreign(format!("`{time}` is no time")))
}

fn commit(told: document::Commit) -> Result<CommitRef, ImportError> {
    Ok(CommitRef {
        commit_time: seconds(told.commit_time)?,
        author_time: seconds(told.author_time)?,
        id: told.id,
    })
}

fn exposure(told: document::Exposure) -> Result<Exposure, ImportError> {
    let commits =
        |list: Vec<document::Commit>| list.into_iter().map(commit).collect::<Result<Vec<_>, ImportError>>();
    let release =
        |told: document::Release| Ok::<_, ImportError>(Release { tag: told.tag, time: seconds(told.time)? });
    Ok(Exposure {
        introduced: commits(told.introduced)?,
        removed: commits(told.removed)?,
        at_head: told.at_head,
        reachable: told.reachable,
        branches: told.branches,
        tags: told.tags,
        first_release: told.first_release.map(release).transpose()?,
        refs_leading: told.refs_leading,
        days_at_head: told.days_at_head,
        days_reachable: told.days_reachable,
    })
}
