//! One pass over all trees: which objects they name that are not here, and which lead to hits.
//!
//! Versions of a tree name nearly the same objects, so what a version copies from its delta base is taken
//! over entry by entry, and only entries that are new are parsed and looked up.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;

use gix::ObjectId;

use super::delta::Copy;
use super::store::{Number, Store};
use super::visit::{Object, visit_all};
use super::{Kind, Progress};
use crate::finding::{Coverage, GapReason};

/// What a pass over the trees found.
#[derive(Debug, Default)]
pub(super) struct Trees {
    /// Subtrees and blobs with hits; nothing if they were not asked for.
    pub(super) edges: Option<Edges>,
    /// Trees with an entry whose name may hold a secret.
    pub(super) named: Vec<Number>,
    /// Objects that are named and not here: the object, and one of the trees that name it.
    pub(super) missing: BTreeMap<ObjectId, Number>,
}

/// Child and parent.
pub(super) type Edges = Vec<(Number, Number)>;

/// Which blobs matter to a pass over the trees.
pub(super) type IsHit<'a> = &'a (dyn Fn(Number) -> bool + Sync);

/// Whether a name may hold a secret.
pub(super) type IsNamed<'a> = &'a (dyn Fn(&[u8]) -> bool + Sync);

/// Names that were looked at: a new version of a file mostly has its old name.
struct Names<'a> {
    is_named: IsNamed<'a>,
    hasher: RandomState,
    /// Names that hold nothing, in parts, so that threads seldom wait for one another.
    clean: [Mutex<HashSet<Box<[u8]>>>; 64],
}

impl<'a> Names<'a> {
    fn new(is_named: IsNamed<'a>) -> Self {
        let clean = std::array::from_fn(|_| Mutex::default());
        Self { is_named, hasher: RandomState::new(), clean }
    }

    fn may_hold(&self, name: &[u8]) -> bool {
        let part = &self.clean[self.hasher.hash_one(name) as usize % self.clean.len()];
        let lock = || part.lock().expect("no thread panics while it holds the lock");
        if lock().contains(name) {
            return false;
        }
        let named = (self.is_named)(name);
        if !named {
            lock().insert(name.into());
        }
        named
    }
}

/// The entries of a tree.
#[derive(Debug, Default)]
struct Entries {
    /// Where each begins; the last is the tree's end.
    starts: Vec<u32>,
    /// Those that lead somewhere.
    leads: Vec<Lead>,
    /// Starts of those whose name may hold a secret.
    named: Vec<u32>,
}

/// An entry that attribution needs.
#[derive(Debug, Clone, Copy)]
struct Lead {
    start: u32,
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// A subtree, or a blob with hits.
    Here(Number),
    /// An object that is not here.
    Missing,
}

/// Reads all trees. With `hits`, keeps the edges that attribution needs.
pub(super) fn read_trees(
    store: &Store,
    hits: Option<IsHit<'_>>,
    is_named: IsNamed<'_>,
    progress: &Progress,
    coverage: &mut Coverage,
) -> Trees {
    let trees = Mutex::new(Trees { edges: hits.map(|_| Edges::new()), ..Trees::default() });
    let wrong = Mutex::new(Vec::new());
    let names = Names::new(is_named);
    visit_all(store, Kind::Tree, progress, coverage, &|object, base: Option<&Entries>| {
        let Some(mut read) = Reader::read(store, object, hits.unwrap_or(&|_| false), base) else {
            let why = "a tree that cannot be parsed";
            wrong.lock().expect("no thread panics while it holds the lock").push((object.number, why));
            return Entries::default();
        };
        read.look_at_names(&names);
        if !(read.entries.leads.is_empty() && read.entries.named.is_empty()) {
            trees.lock().expect("no thread panics while it holds the lock").add(object, &read);
        }
        if !read.wrong.is_empty() {
            let why = "a tree names it as what it is not";
            let mut wrong = wrong.lock().expect("no thread panics while it holds the lock");
            wrong.extend(read.wrong.into_iter().map(|number| (number, why)));
        }
        read.entries
    });
    let mut wrong = wrong.into_inner().expect("no thread panicked");
    wrong.sort_unstable();
    wrong.dedup();
    for (number, why) in wrong {
        coverage.gap(GapReason::CorruptObject, store.id(number).to_string(), why);
    }
    trees.into_inner().expect("no thread panicked")
}

impl Trees {
    fn add(&mut self, tree: &Object<'_>, read: &Reader<'_>) {
        if let Some(edges) = self.edges.as_mut().filter(|_| tree.counts) {
            let leads = read.entries.leads.iter();
            edges.extend(leads.filter_map(|lead| Some((lead.target.number()?, tree.number))));
        }
        if tree.counts && !read.entries.named.is_empty() {
            self.named.push(tree.number);
        }
        note_missing(&mut self.missing, &read.missing, tree.number);
    }
}

fn note_missing(missing: &mut BTreeMap<ObjectId, Number>, ids: &[ObjectId], by: Number) {
    for id in ids {
        let known = missing.entry(*id).or_insert(by);
        *known = by.min(*known);
    }
}

impl Target {
    fn number(self) -> Option<Number> {
        match self {
            Self::Here(number) => Some(number),
            Self::Missing => None,
        }
    }
}

/// What trees that matter name and is not here: the object, and a tree that names it.
///
/// A second pass, for repositories where a tree that no reference leads to lacks something. What a tree takes over from one that matters is told there.
pub(super) fn missing_in(store: &Store, matters: &[bool], progress: &Progress) -> BTreeMap<ObjectId, Number> {
    let missing = Mutex::new(BTreeMap::new());
    let hash_len = store.hash.len_in_bytes();
    visit_all(
        store,
        Kind::Tree,
        progress,
        &mut Coverage::default(),
        &|object, base: Option<&(Entries, bool)>| {
            let matters = matters[object.number as usize];
            let Some(read) = Reader::read(store, object, &|_| false, base.map(|(entries, _)| entries)) else {
                return (Entries::default(), false);
            };
            let ids = match base {
                _ if !matters => Vec::new(),
                Some((_, true)) => read.missing,
                _ => read.entries.missing(object.bytes, hash_len),
            };
            if !ids.is_empty() {
                let mut missing = missing.lock().expect("no thread panics while it holds the lock");
                note_missing(&mut missing, &ids, object.number);
            }
            (read.entries, matters)
        },
    );
    missing.into_inner().expect("no thread panicked")
}

/// An entry that no base has.
struct Fresh<'a> {
    start: u32,
    name: &'a [u8],
    id: &'a gix::oid,
    /// What its mode says it is; nothing for what is not expected here.
    expected: Option<Kind>,
}

/// Reads one tree.
struct Reader<'a> {
    store: &'a Store,
    object: &'a Object<'a>,
    is_hit: IsHit<'a>,
    entries: Entries,
    /// New entries whose objects are still to be looked up.
    fresh: Vec<Fresh<'a>>,
    /// New entries' objects that are not here.
    missing: Vec<ObjectId>,
    /// New entries' objects that are of another kind than the entry says.
    wrong: Vec<Number>,
}

impl<'a> Reader<'a> {
    /// Reads all entries, those of `base` where the bytes are the base's; nothing if the tree is malformed.
    fn read(
        store: &'a Store,
        object: &'a Object<'a>,
        is_hit: IsHit<'a>,
        base: Option<&Entries>,
    ) -> Option<Self> {
        let (entries, fresh, missing, wrong) = Default::default();
        let mut reader = Self { store, object, is_hit, entries, fresh, missing, wrong };
        if let Some(base) = base {
            reader.entries.starts.reserve(base.starts.len() + 4);
        }
        reader.read_all(base)?;
        reader.look_up();
        Some(reader)
    }

    fn read_all(&mut self, base: Option<&Entries>) -> Option<()> {
        let len = self.object.bytes.len();
        let mut copies = self.object.copies.map_or(&[][..], |(copies, _)| copies);
        let mut at = 0;
        while at < len {
            while copies.first().is_some_and(|copy| copy.target + copy.len <= at) {
                copies = &copies[1..];
            }
            let inherited = match (copies.first(), base) {
                (Some(copy), Some(base)) if copy.target <= at => self.entries.inherit(base, copy, at),
                _ => None,
            };
            at = match inherited {
                Some(end) => end,
                None => self.parse(at)?,
            };
        }
        self.entries.starts.push(u32::try_from(len).ok()?);
        Some(())
    }

    /// Parses the entry at `at`: mode in octal, blank, name, NUL, id. Returns where it ends.
    fn parse(&mut self, at: usize) -> Option<usize> {
        let text = &self.object.bytes[at..];
        let blank = memchr::memchr(b' ', &text[..text.len().min(8)])?;
        let nul = memchr::memchr(0, text)?;
        let end = nul + 1 + self.store.hash.len_in_bytes();
        let id = gix::oid::try_from_bytes(text.get(nul + 1..end)?).ok()?;
        let start = u32::try_from(at).ok()?;
        self.entries.starts.push(start);
        let expected = match &text[..blank] {
            // A submodule's commit is not expected here.
            b"160000" => None,
            b"40000" | b"040000" => Some(Kind::Tree),
            _ => Some(Kind::Blob),
        };
        let name = text.get(blank + 1..nul)?;
        self.fresh.push(Fresh { start, name, id, expected });
        Some(at + end)
    }

    /// Looks at the names of new entries.
    fn look_at_names(&mut self, names: &Names<'_>) {
        let named = self.fresh.iter().filter(|fresh| names.may_hold(fresh.name));
        self.entries.named.extend(named.map(|fresh| fresh.start));
    }

    /// Looks up all new entries' objects at once, so that the processor waits for many at a time.
    fn look_up(&mut self) {
        let wanted = || self.fresh.iter().filter_map(|fresh| Some((fresh, fresh.expected?)));
        let ids: Vec<&gix::oid> = wanted().map(|(fresh, _)| fresh.id).collect();
        let known = self.entries.leads.len();
        for ((fresh, expected), number) in wanted().zip(self.store.numbers(&ids)) {
            let target = match number {
                Some(number) => {
                    let is_other = self.store.kind(number).is_some_and(|kind| kind != expected);
                    self.wrong.extend(is_other.then_some(number));
                    (expected == Kind::Tree || (self.is_hit)(number)).then_some(Target::Here(number))
                }
                None => {
                    self.missing.push(fresh.id.to_owned());
                    Some(Target::Missing)
                }
            };
            self.entries.leads.extend(target.map(|target| Lead { start: fresh.start, target }));
        }
        if known > 0 && known < self.entries.leads.len() {
            self.entries.leads.sort_unstable_by_key(|lead| lead.start);
        }
    }
}

impl Entries {
    /// Takes over the entries of `base` from the one that stands again at `at`, as far as `copy` holds them.
    ///
    /// Returns the end of the last, or nothing if no entry of the base begins there or fits.
    fn inherit(&mut self, base: &Self, copy: &Copy, at: usize) -> Option<usize> {
        let from = u32::try_from(copy.base + (at - copy.target)).ok()?;
        let limit = copy.base + copy.len;
        let first = base.starts.binary_search(&from).ok()?;
        // Entry i ends where entry i + 1 begins; the last of the list only marks the end.
        let count = base.starts[first..].partition_point(|&start| start as usize <= limit) - 1;
        if count == 0 {
            return None;
        }
        let shift = |start: u32| start.wrapping_sub(from).wrapping_add(at as u32);
        let end = base.starts[first + count];
        self.starts.extend(base.starts[first..first + count].iter().map(|&start| shift(start)));
        let leads = &base.leads[base.leads.partition_point(|lead| lead.start < from)..];
        let taken = leads.iter().take_while(|lead| lead.start < end);
        self.leads.extend(taken.map(|lead| Lead { start: shift(lead.start), target: lead.target }));
        let named = base.named.iter().filter(|&&start| (from..end).contains(&start));
        self.named.extend(named.map(|&start| shift(start)));
        Some(shift(end) as usize)
    }

    /// Ids of all entries whose objects are not here.
    fn missing(&self, bytes: &[u8], hash_len: usize) -> Vec<ObjectId> {
        let lost = self.leads.iter().filter(|lead| lead.target == Target::Missing);
        let end = |start: u32| self.starts[self.starts.partition_point(|&other| other <= start)] as usize;
        lost.filter_map(|lead| ObjectId::try_from(&bytes[end(lead.start) - hash_len..end(lead.start)]).ok())
            .collect()
    }
}
