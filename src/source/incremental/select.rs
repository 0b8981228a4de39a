//! What belongs to a part: its commits, the tags on the way, and what references lead to without a commit.

use std::collections::{BTreeSet, HashSet};

use gix::ObjectId;
use gix::objs::Kind;

use super::push::Update;
use super::walk::{Walked, walk};
use super::{IncrementalError, Repository, in_words, revision};
use crate::finding::{Coverage, GapReason, OutOfScope};

use super::objects::Commit;

/// A part of a history.
#[derive(Debug, Clone)]
pub enum Part {
    /// `A..B` or `A...B`.
    Range(String),
    /// All that references lead to.
    References {
        /// Their names; all references if there are none.
        names: Vec<String>,
        /// Only what was committed at this day or time, or later.
        since: Option<String>,
    },
    /// What a push is about to send, and no remote is known to have.
    Push(Vec<Update>),
    /// What a push has brought, and no reference leads to yet.
    Receive(Vec<Update>),
}

/// What is to be scanned.
#[derive(Debug, Default)]
pub struct Selection {
    /// Commits, oldest first.
    pub commits: Vec<Commit>,
    /// Annotated tags.
    pub tags: BTreeSet<ObjectId>,
    /// Blobs that a reference or tag leads to without a commit.
    pub blobs: BTreeSet<ObjectId>,
    /// Trees that a reference or tag leads to without a commit.
    pub trees: BTreeSet<ObjectId>,
}

/// What some names lead to.
#[derive(Default)]
struct Targets {
    commits: Vec<ObjectId>,
    out: Selection,
}

impl Repository {
    /// Finds out what belongs to `part`.
    ///
    /// # Errors
    /// When it names something that is not here.
    pub fn select(&self, part: &Part, coverage: &mut Coverage) -> Result<Selection, IncrementalError> {
        match part {
            Part::Range(text) => {
                let range = revision::range(&self.git, text)?;
                let tips = Targets { commits: range.tips, ..Targets::default() };
                Ok(self.new_in(tips, &range.known, None, coverage))
            }
            Part::References { names, since } => {
                let since = since.as_deref().map(revision::time).transpose()?;
                let tips = self.targets_of(names, coverage)?;
                coverage.scanned.refs += tips.len() as u64;
                let targets = self.follow(&tips, since, &HashSet::new());
                Ok(self.new_in(targets, &[], since, coverage))
            }
            Part::Push(updates) => {
                let is_remote = |name: &str| name.starts_with("refs/remotes/");
                Ok(self.pushed(updates, &is_remote, coverage))
            }
            Part::Receive(updates) => Ok(self.pushed(updates, &|_| true, coverage)),
        }
    }

    fn references(&self, coverage: &mut Coverage) -> Vec<(String, ObjectId)> {
        revision::references(&self.git).unwrap_or_else(|why| {
            coverage.gap(GapReason::CorruptObject, "references", why);
            Vec::new()
        })
    }

    /// What these references lead to; without names, all of them and HEAD.
    fn targets_of(
        &self,
        names: &[String],
        coverage: &mut Coverage,
    ) -> Result<Vec<ObjectId>, IncrementalError> {
        let all = self.references(coverage);
        if !names.is_empty() {
            return names.iter().map(|name| Ok(revision::named(&all, name)?.1)).collect();
        }
        let mut targets: Vec<ObjectId> = all.into_iter().map(|(_, id)| id).collect();
        match self.git.head() {
            Ok(head) => targets.extend(head.id().filter(|_| head.is_detached()).map(gix::Id::detach)),
            Err(error) => coverage.gap(GapReason::CorruptObject, "HEAD", in_words(&error)),
        }
        Ok(targets)
    }

    /// What updates bring in; references that `is_known` lead to what the other side has already.
    fn pushed(
        &self,
        updates: &[Update],
        is_known: &dyn Fn(&str) -> bool,
        coverage: &mut Coverage,
    ) -> Selection {
        let new: Vec<ObjectId> = updates.iter().filter_map(|update| update.new).collect();
        if new.is_empty() {
            return Selection::default();
        }
        coverage.scanned.refs += new.len() as u64;
        let there = self.references(coverage).into_iter().filter(|(name, _)| is_known(name));
        let mut known: Vec<ObjectId> = there.map(|(_, id)| id).collect();
        known.extend(updates.iter().filter_map(|update| update.old));
        let (known_commits, known) = self.known(&known);
        self.new_in(self.follow(&new, None, &known), &known_commits, None, coverage)
    }

    /// The commits that these objects lead to, and the objects with all tags on the way.
    fn known(&self, ids: &[ObjectId]) -> (Vec<ObjectId>, HashSet<ObjectId>) {
        let (mut commits, mut all) = (Vec::new(), HashSet::new());
        let mut open = ids.to_vec();
        while let Some(id) = open.pop() {
            if !all.insert(id) {
                continue;
            }
            match self.objects.peek(&id) {
                Some((Kind::Commit, _)) => commits.push(id),
                Some((Kind::Tag, bytes)) => open.extend(self.objects.tag_target(&bytes).0),
                Some((Kind::Blob | Kind::Tree, _)) | None => {}
            }
        }
        (commits, all)
    }

    /// Follows tags to what they mark. Tags made before `since`, and what is `known`, is passed over.
    fn follow(&self, ids: &[ObjectId], since: Option<i64>, known: &HashSet<ObjectId>) -> Targets {
        let mut targets = Targets::default();
        let mut open = ids.to_vec();
        let mut seen = known.clone();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.objects.need(&id, &"what a reference or tag leads to") {
                Some((Kind::Commit, _)) => targets.commits.push(id),
                Some((Kind::Tag, bytes)) => {
                    let (target, time) = self.objects.tag_target(&bytes);
                    match target {
                        Some(target) => open.push(target),
                        None => self.objects.corrupt(&id, "not what a tag looks like".to_owned()),
                    }
                    if since.is_none_or(|since| time >= since) {
                        targets.out.tags.insert(id);
                    }
                }
                Some((Kind::Blob, _)) => drop(targets.out.blobs.insert(id)),
                Some((Kind::Tree, _)) => drop(targets.out.trees.insert(id)),
                None => {}
            }
        }
        targets
    }

    /// The commits that the targets lead to and `known` do not.
    fn new_in(
        &self,
        targets: Targets,
        known: &[ObjectId],
        since: Option<i64>,
        coverage: &mut Coverage,
    ) -> Selection {
        let boundary = self.git.shallow_commits().ok().flatten();
        let boundary: HashSet<ObjectId> = boundary.iter().flat_map(|ids| ids.iter().copied()).collect();
        let Walked { mut commits, mut shallow } = walk(&self.objects, &targets.commits, known, &boundary);
        if let Some(since) = since {
            commits.retain(|commit| commit.commit_time >= since);
            let kept: HashSet<ObjectId> = commits.iter().map(|commit| commit.id).collect();
            shallow.retain(|id| kept.contains(id));
        }
        coverage.scanned.commits += commits.len() as u64;
        self.note_shallow(shallow.len() as u64, coverage);
        Selection { commits, ..targets.out }
    }

    fn note_shallow(&self, boundary: u64, coverage: &mut Coverage) {
        if boundary > 0 && self.objects.accept().shallow {
            coverage.leave_out(OutOfScope::ShallowAccepted, boundary);
        } else if boundary > 0 {
            let detail = format!(
                "the clone is shallow: {boundary} of the commits to scan are its boundary, and their parents are not here"
            );
            coverage.gap(GapReason::Shallow, self.git.git_dir().display().to_string(), detail);
        }
    }
}
