//! Names of commits: ranges, branches, tags, days.

use gix::ObjectId;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::IncrementalError;

/// What a range names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    /// What leads to its commits.
    pub(super) tips: Vec<ObjectId>,
    /// What leads to commits that are not of it.
    pub(super) known: Vec<ObjectId>,
}

/// `A..B`: what B leads to and A does not. `A...B`: what one of them leads to and the other does not. Where a side
/// is empty, HEAD is meant.
pub(super) fn range(repo: &gix::Repository, text: &str) -> Result<Range, IncrementalError> {
    let side = |name: &str| commit(repo, if name.is_empty() { "HEAD" } else { name });
    if let Some((left, right)) = text.split_once("...") {
        let tips = vec![side(left)?, side(right)?];
        let bases = repo.merge_bases_many(tips[0], &tips[1..]);
        let bases = bases.map_err(|error| IncrementalError::Revision {
            name: text.to_owned(),
            why: super::in_words(&error),
        })?;
        return Ok(Range { tips, known: bases.into_iter().map(gix::Id::detach).collect() });
    }
    match text.split_once("..") {
        Some((known, tip)) => Ok(Range { known: vec![side(known)?], tips: vec![side(tip)?] }),
        None => Err(IncrementalError::NoRange { name: text.to_owned() }),
    }
}

/// The commit that a revision names, through tags.
fn commit(repo: &gix::Repository, name: &str) -> Result<ObjectId, IncrementalError> {
    let unknown =
        |error: gix::Error| IncrementalError::Revision { name: name.to_owned(), why: cause(&error) };
    let found = repo.rev_parse_single(name.as_bytes()).map_err(unknown)?;
    let object = found.object().map_err(unknown)?;
    Ok(object.peel_to_kind(gix::object::Kind::Commit).map_err(unknown)?.id)
}

/// The cause at the bottom: those above it only say that a revision was read.
fn cause(error: &gix::Error) -> String {
    error.iter_errors().last().map(ToString::to_string).unwrap_or_default()
}

/// All references: name and what each leads to.
pub(super) fn references(repo: &gix::Repository) -> Result<Vec<(String, ObjectId)>, String> {
    let platform = repo.references().map_err(|error| super::in_words(&error))?;
    let mut found = Vec::new();
    for reference in platform.all().map_err(|error| super::in_words(&error))? {
        let reference = reference.map_err(|error| super::in_words(&error))?;
        let name = reference.name().as_bstr().to_string();
        found.extend(reference.try_id().map(|id| (name, id.detach())));
    }
    found.sort_unstable();
    Ok(found)
}

/// Where a short name is looked for, first match wins.
const FOLDERS: [&str; 5] = ["", "refs/", "refs/heads/", "refs/tags/", "refs/remotes/"];

/// The reference that a full or short name means.
pub(super) fn named(all: &[(String, ObjectId)], name: &str) -> Result<(String, ObjectId), IncrementalError> {
    let full = FOLDERS.iter().map(|folder| format!("{folder}{name}"));
    let found = full.into_iter().find_map(|full| all.iter().find(|(known, _)| *known == full));
    found.cloned().ok_or_else(|| IncrementalError::Branch { name: name.to_owned(), hint: near(all, name) })
}

/// What may have been meant.
fn near(all: &[(String, ObjectId)], name: &str) -> String {
    let short = |full: &str| {
        FOLDERS[2..].iter().find_map(|folder| full.strip_prefix(folder)).unwrap_or(full).to_owned()
    };
    let likeness = |known: &str| {
        let last = known.rsplit('/').next().unwrap_or(known);
        let to = |known: &str| strsim::normalized_damerau_levenshtein(known, name);
        to(known).max(to(last))
    };
    let mut near: Vec<String> =
        all.iter().map(|(full, _)| short(full)).filter(|known| likeness(known) >= LIKE).collect();
    near.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)).then(a.cmp(b)));
    near.dedup();
    near.truncate(3);
    match near.is_empty() {
        true => "`git branch -a` and `git tag` name those that are here".to_owned(),
        false => format!("did you mean {}?", near.join(", ")),
    }
}

/// Share of letters in common from which one name may be meant by another.
const LIKE: f64 = 0.6;

/// Seconds since 1970 of a day (its begin, UTC) or a time in RFC 3339.
pub(super) fn time(text: &str) -> Result<i64, IncrementalError> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let is_day = text.len() == "2026-01-31".len();
    let time = if is_day { day() } else { text.parse::<Timestamp>().ok() };
    time.map(Timestamp::as_second).ok_or_else(|| IncrementalError::Time { text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_utc() {
        assert_eq!(time("1970-01-02").expect("a day"), 86_400);
        assert_eq!(time("1970-01-01T01:00:00+01:00").expect("a time"), 0);
        assert_eq!(time("1970-01-01T00:00:07Z").expect("a time"), 7);
        for wrong in ["", "yesterday", "2026-13-01", "2026-02-30", "2026-1-1", "1700000000"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn short_names_are_found_and_misspelt_ones_are_told() {
        let id = |n: u8| ObjectId::from_bytes_or_panic(&[n; 20]);
        let all = [("refs/heads/main", 1), ("refs/remotes/origin/topic", 2), ("refs/tags/v1.0", 3)]
            .map(|(name, n)| (name.to_owned(), id(n)));
        for (name, n) in [
            ("main", 1),
            ("heads/main", 1),
            ("refs/heads/main", 1),
            ("origin/topic", 2),
            ("refs/remotes/origin/topic", 2),
            ("v1.0", 3),
        ] {
            assert_eq!(named(&all, name).expect("it is there").1, id(n), "{name}");
        }
        let hint = |name: &str| named(&all, name).expect_err("it is not there").to_string();
        assert!(hint("mian").contains("did you mean main?"), "{}", hint("mian"));
        assert!(hint("topci").contains("origin/topic"), "{}", hint("topci"));
        assert!(hint("zzzzzz").contains("git branch -a"), "{}", hint("zzzzzz"));
    }
}
