//! Commits and references: who is whose parent, what a reference leads to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Mutex;

use gix::objs::{CommitRef, TagRefIter};

use super::ranks::Ranks;
use super::store::{Number, Store};
use super::visit::visit_all;
use super::{Kind, Progress};
use crate::finding::Coverage;

/// A commit, as far as attribution needs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commit {
    pub(super) tree: Option<Number>,
    pub(super) author_time: i64,
    pub(super) commit_time: i64,
}

/// A commit in the table of all: 32 bytes, of which there may be millions.
#[derive(Debug, Clone, Copy)]
struct Row {
    author_time: i64,
    commit_time: i64,
    number: Number,
    /// [`NONE`] if it cannot be told.
    tree: Number,
    /// Where its parents begin in the list of all, and how many they are.
    first_parent: u32,
    parents: u32,
}

const NONE: Number = Number::MAX;

/// Commits and tags as they are read, in no order.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    rows: Vec<Row>,
    parents: Vec<Number>,
    pub(super) tags: BTreeMap<Number, Option<Number>>,
    missing: Vec<(gix::ObjectId, Number)>,
}

/// The commits of a repository. Inside, a commit is known by its place among them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    ranks: Ranks,
    /// By number.
    rows: Vec<Row>,
    /// The parents of all commits, as places.
    parents: Vec<u32>,
    /// What tags lead to.
    pub(super) tags: BTreeMap<Number, Option<Number>>,
    /// Objects that commits and tags name and that are not here: the object, and who names it.
    pub(super) missing: Vec<(gix::ObjectId, Number)>,
    /// Objects that commits name as tree or parent and that are of another kind: the object, and who names it.
    pub(super) wrong: Vec<(Number, Number)>,
}

/// Which commits, by place.
pub(super) struct Marked<'a>(&'a Ranks, Vec<bool>);

impl Marked<'_> {
    pub(super) fn has(&self, number: Number) -> bool {
        self.0.place(number).is_some_and(|place| self.1[place])
    }
}

/// No commit waits for so many parents.
const UNSEEN: u32 = u32::MAX;

impl Graph {
    /// The commit with this number, if it is one.
    pub(super) fn commit(&self, number: Number) -> Option<Commit> {
        self.ranks.place(number).map(|place| self.rows[place].commit())
    }

    /// All commits, by number.
    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = (Number, Commit)> {
        self.rows.iter().map(|row| (row.number, row.commit()))
    }

    /// The parents of a commit that are here.
    pub(super) fn parents(&self, number: Number) -> impl Iterator<Item = Number> {
        let places = self.ranks.place(number).map_or(&[][..], |place| self.parents_at(place));
        places.iter().map(|&place| self.rows[place as usize].number)
    }

    fn parents_at(&self, place: usize) -> &[u32] {
        let Row { first_parent, parents, .. } = self.rows[place];
        &self.parents[first_parent as usize..(first_parent + parents) as usize]
    }

    /// Reads all commits and tags but those that are `known`; `text` is called with the bytes of each.
    pub(super) fn read(
        store: &Store,
        known: Gathered,
        (progress, coverage): (&Progress, &mut Coverage),
        text: &(dyn Fn(Number, &[u8]) + Sync),
    ) -> Self {
        let gathered = Mutex::new(known);
        let lock = || gathered.lock().expect("no thread panics while it holds the lock");
        visit_all(store, Kind::Commit, progress, coverage, &|object, _: Option<&()>| {
            if object.counts {
                text(object.number, object.bytes);
                let (commit, parents, missing) = parse_commit(store, object.bytes);
                let mut gathered = lock();
                gathered.add(object.number, commit, &parents);
                gathered.missing.extend(missing.into_iter().map(|id| (id, object.number)));
            }
        });
        visit_all(store, Kind::Tag, progress, coverage, &|object, _: Option<&()>| {
            if object.counts {
                text(object.number, object.bytes);
                let target = TagRefIter::from_bytes(object.bytes, store.hash).target_id().ok();
                let number = target.and_then(|id| store.number(&id));
                let mut gathered = lock();
                gathered.tags.insert(object.number, number);
                gathered.missing.extend(target.filter(|_| number.is_none()).map(|id| (id, object.number)));
            }
        });
        Self::of(gathered.into_inner().expect("no thread panicked"), store)
    }

    fn of(gathered: Gathered, store: &Store) -> Self {
        let Gathered { mut rows, mut parents, tags, missing } = gathered;
        rows.sort_unstable_by_key(|row| row.number);
        let ranks = Ranks::new(store.len(), rows.iter().map(|row| row.number));
        let mut wrong = Vec::new();
        for row in &mut rows {
            let first = row.first_parent as usize;
            let mut kept = 0;
            for at in first..first + row.parents as usize {
                match ranks.place(parents[at]) {
                    Some(place) => {
                        parents[first + kept] = place as u32;
                        kept += 1;
                    }
                    None => wrong.push((parents[at], row.number)),
                }
            }
            row.parents = kept as u32;
            let is_other = |tree: &Number| store.kind(*tree).is_some_and(|kind| kind != Kind::Tree);
            wrong.extend(row.commit().tree.filter(is_other).map(|tree| (tree, row.number)));
        }
        Self { ranks, rows, parents, tags, missing, wrong }
    }

    /// Follows tags to what they lead to.
    pub(super) fn peel(&self, mut number: Number) -> Option<Number> {
        for _ in 0..64 {
            match self.tags.get(&number) {
                Some(target) => number = (*target)?,
                None => return Some(number),
            }
        }
        None
    }

    /// All commits that lead back from `tips`, parents before children, older before younger.
    pub(super) fn ordered_from(&self, tips: &[Number]) -> Vec<Number> {
        let Marked(_, reached) = self.ancestors(tips);
        let all = || (0..self.rows.len()).filter(|&place| reached[place]);
        let edges =
            || all().flat_map(|place| self.parents_at(place).iter().map(move |&up| (up, place as u32)));
        let children = Adjacency::new(self.rows.len(), edges);
        let mut waiting = vec![UNSEEN; self.rows.len()];
        all().for_each(|place| waiting[place] = self.parents_at(place).len() as u32);
        let ready = |place: usize| Reverse((self.rows[place].commit_time, place as u32));
        let mut heap: BinaryHeap<_> = all().filter(|&place| waiting[place] == 0).map(ready).collect();
        let mut order = Vec::new();
        while let Some(Reverse((_, place))) = heap.pop() {
            order.push(self.rows[place as usize].number);
            for &child in children.of(place) {
                waiting[child as usize] -= 1;
                if waiting[child as usize] == 0 {
                    heap.push(ready(child as usize));
                }
            }
        }
        order
    }

    /// Which commits `starts` lead back to, starts included.
    pub(super) fn ancestors(&self, starts: &[Number]) -> Marked<'_> {
        let mut seen = vec![false; self.rows.len()];
        let mut open: Vec<u32> =
            starts.iter().filter_map(|&start| Some(self.ranks.place(start)? as u32)).collect();
        while let Some(place) = open.pop() {
            if !std::mem::replace(&mut seen[place as usize], true) {
                open.extend(self.parents_at(place as usize));
            }
        }
        Marked(&self.ranks, seen)
    }

    /// Commits that are not in `order`, parents before children.
    pub(super) fn lost(&self, order: &[Number]) -> Vec<Number> {
        if order.len() == self.rows.len() {
            return Vec::new();
        }
        let known = Ranks::new(self.ranks.len(), order.iter().copied());
        let all: Vec<Number> = self.rows.iter().map(|row| row.number).collect();
        let all = self.ordered_from(&all);
        all.into_iter().filter(|&number| known.place(number).is_none()).collect()
    }

    /// For each of up to 64 groups of commits, a bit for every commit that has one of the group in its history.
    ///
    /// `order` holds parents before children, `wanted` the objects whose bits are returned.
    pub(super) fn descendants(
        &self,
        groups: &[Vec<Number>],
        order: &[Number],
        wanted: &[Number],
    ) -> Vec<u64> {
        let mut bits = vec![0u64; self.rows.len()];
        for (bit, group) in groups.iter().take(64).enumerate() {
            let places = group.iter().filter_map(|&start| self.ranks.place(start));
            places.for_each(|place| bits[place] |= 1 << bit);
        }
        for place in order.iter().filter_map(|&number| self.ranks.place(number)) {
            bits[place] |= self.parents_at(place).iter().fold(0, |all, &parent| all | bits[parent as usize]);
        }
        wanted.iter().map(|&number| self.ranks.place(number).map_or(0, |place| bits[place])).collect()
    }
}

impl Row {
    fn commit(&self) -> Commit {
        let tree = Some(self.tree).filter(|&tree| tree != NONE);
        Commit { tree, author_time: self.author_time, commit_time: self.commit_time }
    }
}

impl Gathered {
    /// Adds a commit and its parents that are here.
    pub(super) fn add(&mut self, number: Number, commit: Commit, parents: &[Number]) {
        let first_parent = self.parents.len() as u32;
        self.parents.extend(parents);
        let Commit { tree, author_time, commit_time } = commit;
        let (tree, parents) = (tree.unwrap_or(NONE), parents.len() as u32);
        self.rows.push(Row { author_time, commit_time, number, tree, first_parent, parents });
    }
}

/// Who follows whom, in one array.
#[derive(Debug)]
struct Adjacency {
    first: Vec<u32>,
    targets: Vec<u32>,
}

impl Adjacency {
    /// From edges `(from, to)` between numbers below `len`; `edges` is asked for them twice.
    fn new<I: Iterator<Item = (u32, u32)>>(len: usize, edges: impl Fn() -> I) -> Self {
        let mut first = vec![0u32; len + 1];
        edges().for_each(|(from, _)| first[from as usize] += 1);
        let mut before = 0;
        for slot in &mut first {
            before += std::mem::replace(slot, before);
        }
        let mut targets = vec![0; before as usize];
        // Each slot moves on as it is filled, and so ends where the next one began.
        for (from, to) in edges() {
            let slot = &mut first[from as usize];
            targets[*slot as usize] = to;
            *slot += 1;
        }
        first.rotate_right(1);
        first[0] = 0;
        Self { first, targets }
    }

    /// What follows `number`.
    fn of(&self, number: u32) -> &[u32] {
        &self.targets[self.first[number as usize] as usize..self.first[number as usize + 1] as usize]
    }
}

/// A commit, its parents that are here, and what it names that is not.
fn parse_commit(store: &Store, bytes: &[u8]) -> (Commit, Vec<Number>, Vec<gix::ObjectId>) {
    let mut missing = Vec::new();
    let Ok(parsed) = CommitRef::from_bytes(bytes, store.hash) else {
        return (Commit { tree: None, author_time: 0, commit_time: 0 }, Vec::new(), missing);
    };
    let mut number = |id: gix::ObjectId| {
        let number = store.number(&id);
        if number.is_none() {
            missing.push(id);
        }
        number
    };
    let tree = number(parsed.tree());
    let parents = parsed.parents().filter_map(&mut number).collect();
    let time = |signature: gix::Result<gix::actor::SignatureRef<'_>>| {
        signature.ok().and_then(|signature| signature.time().ok()).map_or(0, |time| time.seconds)
    };
    let (author_time, commit_time) = (time(parsed.author()), time(parsed.committer()));
    (Commit { tree, author_time, commit_time }, parents, missing)
}

/// Where the lines end by which a commit or tag begins and which name other objects: `tree`, `parent` and `object`,
/// a blank, an id (git's own pages: git-commit-tree, git-mktag).
pub(super) fn ids_end(text: &[u8]) -> usize {
    let is_id = |line: &[u8]| {
        let id = [&b"tree "[..], b"parent ", b"object "].iter().find_map(|name| line.strip_prefix(*name));
        id.is_some_and(|id| matches!(id.len(), 40 | 64) && id.iter().all(u8::is_ascii_hexdigit))
    };
    let mut end = 0;
    while let Some(len) = memchr::memchr(b'\n', &text[end..]).filter(|&len| is_id(&text[end..end + len])) {
        end += len + 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_ids_at_the_start_are_no_text_of_people() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let ids = format!("tree {id}\nparent {id}\nparent {id}\n");
        for rest in
            ["author A <a@b.c> 1 +0000\n\nparent", "parent 0123\n", "parent not an id at all\n", "parent"]
        {
            assert_eq!(ids_end(format!("{ids}{rest}").as_bytes()), ids.len(), "{rest}");
        }
        assert_eq!(ids_end(format!("author A\n{ids}").as_bytes()), 0, "people have written before");
    }
}
