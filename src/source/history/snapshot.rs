//! What a complete scan knows of a repository's objects, for the next scan.
//!
//! An object never changes, so what was read once holds as long as the object is there. A snapshot names
//! objects by their place in its list of ids and holds no content; paths of hits are the only text in it.
//! It is of use only as a whole: where one of its objects is gone, everything is read again.

use std::collections::HashMap;
use std::io::{self, Write};

use bstr::BString;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::attribution::{Attribution, Introduced};
use super::graph::{Commit, Gathered};
use super::sets::{Set, Sets};
use super::store::{Number, Store};
use super::{History, Kind, ObjectNumber};

/// Stands for no object.
const NONE: u32 = u32::MAX;

/// Objects that were read, and what is known of them.
#[derive(Debug, Deserialize)]
struct Snapshot<'a> {
    /// Ids, one after the other.
    ids: &'a [u8],
    /// Kinds, in the same order.
    kinds: &'a [u8],
    /// Blobs and their bytes.
    scanned: (u64, u64),
    commits: Vec<Row>,
    /// The parents of all commits, one after the other.
    parents: Vec<u32>,
    tags: Vec<(u32, u32)>,
    /// Trees with names that may hold secrets.
    named: Vec<u32>,
    /// Blobs that are pointers of Git LFS.
    pointers: Vec<u32>,
    /// Hit objects, by their numbers in sets.
    hits: Vec<u32>,
    /// The nodes of all sets of hit objects.
    sets: Vec<[u32; 2]>,
    /// Trees that hold hits, and their sets.
    trees: Vec<(u32, (u32, u8))>,
    brought: Vec<Brought>,
}

/// A commit.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    commit: u32,
    tree: u32,
    parents: u32,
    author_time: i64,
    commit_time: i64,
}

/// What a commit brought in.
#[derive(Debug, Serialize, Deserialize)]
struct Brought {
    commit: u32,
    places: Vec<(Vec<u8>, u32)>,
}

/// A snapshot in terms of this scan's numbers.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Blobs and their bytes.
    pub(super) scanned: (u64, u64),
    pub(super) graph: Gathered,
    pub(super) named: Vec<Number>,
    pub(super) pointers: Vec<Number>,
    /// Hit objects, by their numbers in sets.
    pub(super) hits: Vec<Number>,
    pub(super) sets: Sets,
    /// Trees that hold hits, and their sets.
    pub(super) trees: Vec<(Number, Set)>,
    /// The hit blobs that commits brought in, and where.
    pub(super) brought: HashMap<Number, Vec<(BString, ObjectNumber)>>,
    /// This scan's number of each object of the snapshot.
    pub(super) numbers: Vec<Number>,
}

/// Which objects are known, by number, and their kinds.
type Table = (Vec<bool>, Vec<Option<Kind>>);

impl Known {
    /// Finds a snapshot's objects in the store.
    ///
    /// Nothing if it cannot be read, contradicts itself, or names an object that is gone.
    pub(super) fn read(bytes: &[u8], store: &Store) -> Option<(Self, Table)> {
        let snapshot: Snapshot<'_> = postcard::from_bytes(bytes).ok()?;
        let len = store.hash.len_in_bytes();
        if snapshot.ids.len() != snapshot.kinds.len() * len {
            return None;
        }
        let number = |id: &[u8]| store.number(gix::oid::try_from_bytes(id).ok()?);
        let numbers: Vec<Number> = snapshot.ids.par_chunks(len).map(number).collect::<Option<_>>()?;
        let table = table(store, &numbers, snapshot.kinds);
        let mut known = Self { scanned: snapshot.scanned, numbers, ..Self::default() };
        known.take(&snapshot)?;
        Some((known, table))
    }

    fn take(&mut self, snapshot: &Snapshot<'_>) -> Option<()> {
        let at = |place: &u32| self.numbers.get(*place as usize).copied();
        let maybe = |place: u32| if place == NONE { Some(None) } else { at(&place).map(Some) };
        let all = |places: &[u32]| places.iter().map(at).collect::<Option<Vec<_>>>();
        let mut parents = snapshot.parents.as_slice();
        for row in &snapshot.commits {
            let (of, rest) = parents.split_at_checked(row.parents as usize)?;
            let (author_time, commit_time) = (row.author_time, row.commit_time);
            let commit = Commit { tree: maybe(row.tree)?, author_time, commit_time };
            self.graph.add(at(&row.commit)?, commit, &all(of)?);
            parents = rest;
        }
        for (tag, target) in &snapshot.tags {
            self.graph.tags.insert(at(tag)?, maybe(*target)?);
        }
        self.named = all(&snapshot.named)?;
        self.pointers = all(&snapshot.pointers)?;
        self.hits = all(&snapshot.hits)?;
        let stored: Vec<(u32, u8)> = snapshot.trees.iter().map(|(_, set)| *set).collect();
        for ((tree, _), set) in snapshot.trees.iter().zip(self.sets.adopt(&snapshot.sets, &stored)?) {
            self.trees.push((at(tree)?, set));
        }
        for brought in &snapshot.brought {
            let place = |(path, blob): &(Vec<u8>, u32)| Some((path.clone().into(), ObjectNumber(at(blob)?)));
            let places = brought.places.iter().map(place).collect::<Option<_>>()?;
            self.brought.insert(at(&brought.commit)?, places);
        }
        Some(())
    }
}

/// A further copy of a known object is known too.
fn table(store: &Store, numbers: &[Number], codes: &[u8]) -> Table {
    let mut kinds = vec![None; store.len()];
    for (&number, code) in numbers.iter().zip(codes) {
        kinds[number as usize] = kind(*code);
    }
    let mut known = vec![false; store.len()];
    numbers.iter().for_each(|&number| known[number as usize] = true);
    let copy =
        |number: Number| Some((number, store.number(&store.id(number)).filter(|&first| first != number)?));
    let copies: Vec<(Number, Number)> = (0..store.len() as Number)
        .into_par_iter()
        .filter(|&number| !known[number as usize])
        .filter_map(copy)
        .collect();
    for (number, first) in copies {
        known[number as usize] = known[first as usize];
        kinds[number as usize] = kinds[first as usize];
    }
    (known, kinds)
}

impl History {
    /// This scan's number of the object at a place of the snapshot that this history was opened with.
    #[must_use]
    pub fn number_in_snapshot(&self, place: u32) -> Option<ObjectNumber> {
        self.known.numbers.get(place as usize).copied().map(ObjectNumber)
    }

    /// Whether all of the history is here: if not, an object that comes later would change what is known.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let is_read = |number: Number| self.store.kind(number).is_some();
        let named_all = self.graph.missing.is_empty() && self.missing == 0;
        !self.store.partial && named_all && (0..self.store.len() as Number).all(is_read)
    }

    /// Writes what the next scan need not read, in which an object's place is its number.
    ///
    /// Piece by piece: all of it at once would take as much memory as the scan.
    ///
    /// # Errors
    /// Whatever `out` returns.
    pub fn write_snapshot(
        &self,
        attribution: &Attribution,
        scanned: (u64, u64),
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (store, graph) = (&self.store, &self.graph);
        let (len, all) = (store.len(), || 0..store.len() as Number);
        put(out, &(len * store.hash.len_in_bytes()))?;
        all().try_for_each(|number| out.write_all(store.id(number).as_slice()))?;
        put(out, &len)?;
        all().try_for_each(|number| out.write_all(&[code(store.kind(number))]))?;
        put(out, &scanned)?;
        let maybe = |number: Option<Number>| number.unwrap_or(NONE);
        let row = |(commit, known): (Number, Commit)| {
            let (author_time, commit_time) = (known.author_time, known.commit_time);
            let (tree, parents) = (maybe(known.tree), graph.parents(commit).count() as u32);
            Row { commit, tree, parents, author_time, commit_time }
        };
        put_all(out, graph.all().len(), graph.all().map(row))?;
        let parents = || graph.all().flat_map(|(commit, _)| graph.parents(commit));
        put_all(out, parents().count(), parents())?;
        put_all(out, graph.tags.len(), graph.tags.iter().map(|(&tag, &target)| (tag, maybe(target))))?;
        put_all(out, self.named.len(), self.named.iter().map(|tree| tree.0))?;
        put_all(out, self.pointers.len(), self.pointers.iter().copied())?;
        let (sets, hits) = attribution.sets.parts();
        put_all(out, hits.len(), hits.iter().map(|object| object.0))?;
        put_all(out, sets.nodes().len(), sets.nodes().iter())?;
        let trees = attribution.trees.iter().map(|&(tree, set)| (tree.0, set.to_store()));
        put_all(out, attribution.trees.len(), trees)?;
        let brought = || attribution.introduced.iter().chain(&attribution.lost);
        put_all(out, brought().count(), brought().map(Brought::of))
    }
}

/// Writes one value.
fn put(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    postcard::to_io(value, out).map(drop).map_err(io::Error::other)
}

/// Writes a list: its length, and each of its values.
fn put_all<T: Serialize>(
    out: &mut dyn Write,
    len: usize,
    mut items: impl Iterator<Item = T>,
) -> io::Result<()> {
    put(out, &len)?;
    items.try_for_each(|item| put(out, &item))
}

impl Brought {
    fn of(introduced: &Introduced) -> Self {
        Self {
            commit: introduced.number.0,
            places: introduced.places.iter().map(|(path, blob)| (path.to_vec(), blob.0)).collect(),
        }
    }
}

fn code(kind: Option<Kind>) -> u8 {
    match kind {
        None => 0,
        Some(Kind::Blob) => 1,
        Some(Kind::Tree) => 2,
        Some(Kind::Commit) => 3,
        Some(Kind::Tag) => 4,
    }
}

fn kind(code: u8) -> Option<Kind> {
    [Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag].into_iter().find(|&kind| self::code(Some(kind)) == code)
}
