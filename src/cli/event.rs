//! What a CI event adds: which part of the history it brings, and whose decisions about findings count.
//!
//! GitHub Actions tells the event's name and its payload in `GITHUB_EVENT_NAME` and `GITHUB_EVENT_PATH`
//! (docs.github.com, "Events that trigger workflows"). Who opens a pull request does not decide what is hidden
//! in it: its configuration and baseline are those of the commit that it builds on.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use gix::ObjectId;
use serde_json::Value;

use super::own::{BASELINE, CONFIG};
use super::part::Wanted;
use crate::env::Config;
use crate::finding::Baseline;
use crate::run::{Decisions, Part};

/// What is to be scanned for an event.
pub(super) struct Event {
    /// The part of the history.
    pub(super) wanted: Wanted,
    /// Decisions of the commit that a pull request builds on, and what is to be said of those that it brings.
    pub(super) trusted: Option<(Baseline, Config, Vec<String>)>,
}

/// Reads the event of this run, for the repository at `path`.
///
/// # Errors
/// When there is no event, or it names commits that the clone does not have.
pub(super) fn read(path: &Path) -> Result<Event> {
    let variable = |name: &str| {
        std::env::var(name).map_err(|_| anyhow!("{name} is not set: this is no run of GitHub Actions"))
    };
    let (name, file) = (variable("GITHUB_EVENT_NAME")?, variable("GITHUB_EVENT_PATH")?);
    let text = std::fs::read(&file).with_context(|| format!("cannot read the event {file}"))?;
    let payload: Value = serde_json::from_slice(&text).with_context(|| format!("{file} is no JSON"))?;
    let options = gix::open::Options::isolated();
    let repo = gix::ThreadSafeRepository::discover_opts(
        path,
        Default::default(),
        gix::sec::trust::Mapping { full: options.clone(), reduced: options },
    )
    .with_context(|| format!("{} is no git repository", path.display()))?
    .to_thread_local();
    match name.as_str() {
        "pull_request" | "pull_request_target" | "pull_request_review" | "pull_request_review_comment" => {
            let of = &payload["pull_request"];
            pull_request(&repo, &of["base"]["sha"], &of["head"]["sha"])
        }
        "merge_group" => {
            let of = &payload["merge_group"];
            let (base, head) = (commit(&repo, &of["base_sha"])?, commit(&repo, &of["head_sha"])?);
            Ok(range(base, head))
        }
        "push" => push(&repo, &payload),
        _ => Ok(whole()),
    }
}

fn whole() -> Event {
    Event { wanted: Wanted::All, trusted: None }
}

fn range(base: ObjectId, head: ObjectId) -> Event {
    let part = Part::Range(format!("{base}..{head}"));
    Event { wanted: Wanted::Part { part, quarantine: Vec::new() }, trusted: None }
}

fn pull_request(repo: &gix::Repository, base: &Value, head: &Value) -> Result<Event> {
    let (base, head) = (commit(repo, base)?, commit(repo, head)?);
    let built_on = repo.merge_base(base, head).ok().flatten().map_or(base, gix::Id::detach);
    let mut notes = Vec::new();
    for name in [CONFIG, BASELINE] {
        if file_at(repo, built_on, name)? != file_at(repo, head, name)? {
            notes.push(format!(
                "this pull request changes {name}: what it says there counts once it is merged"
            ));
        }
    }
    let text = |name: &str| Ok::<_, anyhow::Error>(file_at(repo, built_on, name)?.unwrap_or_default());
    let mut config =
        Config::parse(&text(CONFIG)?).map_err(|error| anyhow!("{CONFIG} of {built_on}: {error}"))?;
    // Rule files only add rules, and stand in the checkout: that one of them changes is to be seen.
    for file in &mut config.rules.files {
        let name = file.to_string_lossy().into_owned();
        if file_at(repo, built_on, &name)? != file_at(repo, head, &name)? {
            notes.push(format!(
                "this pull request changes the rule file {name}, which counts as it stands now"
            ));
        }
        *file = repo.workdir().unwrap_or_else(|| repo.git_dir()).join(&*file);
    }
    let baseline =
        Baseline::parse(&text(BASELINE)?).map_err(|error| anyhow!("{BASELINE} of {built_on}: {error}"))?;
    Ok(Event { trusted: Some((baseline, config, notes)), ..range(base, head) })
}

/// After a forced push, what was there before may be gone: then what the default branch lacks is new.
fn push(repo: &gix::Repository, payload: &Value) -> Result<Event> {
    if payload["deleted"] == true {
        let part = Part::Push(Vec::new());
        return Ok(Event { wanted: Wanted::Part { part, quarantine: Vec::new() }, trusted: None });
    }
    let after = commit(repo, &payload["after"])?;
    if let Ok(before) = commit(repo, &payload["before"]) {
        return Ok(range(before, after));
    }
    let default = payload["repository"]["default_branch"].as_str().unwrap_or_default();
    let is_default = payload["ref"] == format!("refs/heads/{default}");
    let known = repo.rev_parse_single(format!("refs/remotes/origin/{default}").as_str());
    match known {
        Ok(known) if !is_default && !default.is_empty() => Ok(range(known.detach(), after)),
        _ => Ok(whole()),
    }
}

/// The commit that the event names.
fn commit(repo: &gix::Repository, id: &Value) -> Result<ObjectId> {
    let id = id.as_str().ok_or_else(|| anyhow!("the event names no commit where one is expected"))?;
    let id = ObjectId::from_hex(id.as_bytes())
        .with_context(|| format!("the event names `{}` as a commit", id.escape_debug()))?;
    if id.is_null() || !repo.has_object(id) {
        bail!("commit {id} of the event is not in this clone: check out with `fetch-depth: 0`");
    }
    Ok(id)
}

/// The text of a file at the top of a commit's tree.
fn file_at(repo: &gix::Repository, commit: ObjectId, name: &str) -> Result<Option<String>> {
    let unreadable = || format!("{name} of {commit} cannot be read");
    let tree = repo.find_commit(commit).and_then(|commit| commit.tree()).with_context(unreadable)?;
    let Some(entry) = tree.lookup_entry_by_path(name).with_context(unreadable)? else { return Ok(None) };
    let blob = entry.object().with_context(unreadable)?;
    Ok(Some(String::from_utf8_lossy(&blob.data).into_owned()))
}

/// The decisions that count for this event.
pub(super) fn decide(
    decisions: &mut Decisions,
    named: (bool, bool),
    trusted: Option<(Baseline, Config, Vec<String>)>,
) -> Vec<String> {
    let Some((baseline, config, notes)) = trusted else { return Vec::new() };
    // A file that the workflow names is the workflow's own decision.
    if !named.0 {
        decisions.config = config;
    }
    if !named.1 {
        decisions.baseline = baseline;
    }
    notes
}
