//! One pass over all trees: which objects they name that are not here, and which lead to hits.
//!
//! Versions of a tree name nearly the same objects, so what a version copies from its delta base is taken
//! over entry by entry, and only entries that are new are parsed and looked up.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard};

use gix::ObjectId;
use hashbrown::{DefaultHashBuilder, HashSet};

use super::delta::Copy;
use super::edges::{Edges, Parents, ReadTrees};
use super::store::{Number, Store};
use super::visit::{Object, visit_all};
use super::{Kind, Progress};
use crate::finding::{Coverage, GapReason};

/// What a pass over the trees found.
#[derive(Debug)]
pub(super) struct Trees {
    /// Who holds subtrees, hits, and what is missing.
    pub(super) parents: Parents,
    /// Trees with an entry whose name may hold a secret.
    pub(super) named: Vec<Number>,
    /// Blobs under a name that is followed for itself.
    pub(super) followed: Vec<Number>,
    /// Objects that are named and not here. Each has a number beyond those of the objects.
    pub(super) missing: BTreeMap<ObjectId, Number>,
}

/// What all threads share.
struct Shared<'a> {
    store: &'a Store,
    is_hit: IsHit<'a>,
    names: Names<'a>,
    read: ReadTrees,
    found: Mutex<Found>,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    edges: Edges,
    named: Vec<Number>,
    followed: HashSet<Number>,
    missing: BTreeMap<ObjectId, Number>,
    /// Objects that are not what a tree says they are, or no trees.
    wrong: Vec<(Number, &'static str)>,
}

/// Which blobs matter to a pass over the trees.
pub(super) type IsHit<'a> = &'a (dyn Fn(Number) -> bool + Sync);

/// Whether a name may hold a secret.
pub(super) type IsNamed<'a> = &'a (dyn Fn(&[u8]) -> bool + Sync);

/// What is asked of the names in trees.
#[derive(Clone, Copy)]
pub(super) struct AskedOfNames<'a> {
    /// Whether a name may hold a secret.
    pub(super) is_named: IsNamed<'a>,
    /// Whether blobs of this name are followed, whatever they hold.
    pub(super) is_followed: IsNamed<'a>,
}

/// Names that were looked at: a new version of a file mostly has its old name.
struct Names<'a> {
    asked: AskedOfNames<'a>,
    hasher: DefaultHashBuilder,
    /// Names that hold nothing and are not followed, in parts, so that threads seldom wait for one another.
    clean: [Mutex<HashSet<Box<[u8]>>>; 64],
}

/// What a name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    /// It may hold a secret.
    named: bool,
    /// Blobs of this name are followed, whatever they hold.
    followed: bool,
}

impl<'a> Names<'a> {
    fn new(asked: AskedOfNames<'a>) -> Self {
        let clean = std::array::from_fn(|_| Mutex::default());
        Self { asked, hasher: DefaultHashBuilder::default(), clean }
    }

    fn look_at(&self, name: &[u8]) -> Told {
        let part = &self.clean[self.hasher.hash_one(name) as usize % self.clean.len()];
        let lock = || part.lock().expect("no thread panics while it holds the lock");
        if lock().contains(name) {
            return Told { named: false, followed: false };
        }
        let told = Told { named: (self.asked.is_named)(name), followed: (self.asked.is_followed)(name) };
        if !(told.named || told.followed) {
            lock().insert(name.into());
        }
        told
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
    /// A subtree, a blob with hits, or the number of an object that is not here.
    child: Number,
}

/// Reads all trees that are new, and keeps what leads to hits.
pub(super) fn read_trees(
    store: &Store,
    is_hit: IsHit<'_>,
    asked: AskedOfNames<'_>,
    progress: &Progress,
    coverage: &mut Coverage,
) -> Trees {
    let (names, read, found) = (Names::new(asked), ReadTrees::new(store.len()), Mutex::default());
    let shared = Shared { store, is_hit, names, read, found };
    visit_all(store, Kind::Tree, progress, coverage, &|object, base: Option<&Entries>| {
        shared.tree(object, base)
    });
    let Found { edges, mut named, followed, missing, mut wrong } =
        shared.found.into_inner().expect("no thread panicked");
    wrong.sort_unstable();
    wrong.dedup();
    for (number, why) in wrong {
        coverage.gap(GapReason::CorruptObject, store.id(number).to_string(), why);
    }
    named.sort_unstable();
    let mut followed: Vec<Number> = followed.into_iter().collect();
    followed.sort_unstable();
    Trees { parents: edges.into_parents(shared.read), named, followed, missing }
}

impl Shared<'_> {
    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().expect("no thread panics while it holds the lock")
    }

    fn tree(&self, object: &Object<'_>, base: Option<&Entries>) -> Entries {
        let Some(mut read) = Reader::read(self, object, base) else {
            self.lock().wrong.push((object.number, "a tree that cannot be parsed"));
            return Entries::default();
        };
        let (added, removed) = read.difference(base);
        let is_named = object.counts && !read.entries.named.is_empty();
        self.read.add(object.spot);
        if !(added.is_empty() && removed.is_empty() && read.wrong.is_empty()) || is_named {
            let mut found = self.lock();
            found.edges.add(object.spot, &added, &removed);
            found.named.extend(is_named.then_some(object.number));
            let why = "a tree names it as what it is not";
            found.wrong.extend(read.wrong.into_iter().map(|number| (number, why)));
        }
        read.entries
    }

    /// The number of an object that is not here.
    fn missing(&self, id: &gix::oid) -> Number {
        let missing = &mut self.lock().missing;
        let next = (self.store.len() + missing.len()) as Number;
        *missing.entry(id.to_owned()).or_insert(next)
    }
}

/// An entry that no base has.
struct Fresh<'a> {
    start: u32,
    is_followed: bool,
    id: &'a gix::oid,
    /// What its mode says it is; nothing for what is not expected here.
    expected: Option<Kind>,
}

/// Reads one tree.
struct Reader<'a> {
    shared: &'a Shared<'a>,
    object: &'a Object<'a>,
    entries: Entries,
    /// New entries whose objects are still to be looked up.
    fresh: Vec<Fresh<'a>>,
    /// Where new entries lead.
    added: Vec<Number>,
    /// Places in the base's leads that were taken over: first, and the one after the last.
    taken: Vec<(usize, usize)>,
    /// New entries' objects that are of another kind than the entry says.
    wrong: Vec<Number>,
}

impl<'a> Reader<'a> {
    /// Reads all entries, those of `base` where the bytes are the base's; nothing if the tree is malformed.
    fn read(shared: &'a Shared<'a>, object: &'a Object<'a>, base: Option<&Entries>) -> Option<Self> {
        let (entries, fresh, added, taken, wrong) = Default::default();
        let mut reader = Self { shared, object, entries, fresh, added, taken, wrong };
        if let Some(base) = base {
            reader.entries.starts.reserve(base.starts.len() + 4);
            reader.entries.leads.reserve(base.leads.len() + 2);
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
                (Some(copy), Some(base)) if copy.target <= at => {
                    self.entries.inherit(base, copy, at, &mut self.taken)
                }
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
        let end = nul + 1 + self.shared.store.hash.len_in_bytes();
        let id = gix::oid::try_from_bytes(text.get(nul + 1..end)?).ok()?;
        let start = u32::try_from(at).ok()?;
        self.entries.starts.push(start);
        let expected = match &text[..blank] {
            // A submodule's commit is not expected here.
            b"160000" => None,
            b"40000" | b"040000" => Some(Kind::Tree),
            _ => Some(Kind::Blob),
        };
        let told = self.shared.names.look_at(text.get(blank + 1..nul)?);
        self.entries.named.extend(told.named.then_some(start));
        self.fresh.push(Fresh { start, is_followed: told.followed, id, expected });
        Some(at + end)
    }

    /// Looks up all new entries' objects at once, so that the processor waits for many at a time.
    fn look_up(&mut self) {
        let wanted = || self.fresh.iter().filter_map(|fresh| Some((fresh, fresh.expected?)));
        let store = self.shared.store;
        let ids: Vec<&gix::oid> = wanted().map(|(fresh, _)| fresh.id).collect();
        let known = self.entries.leads.len();
        for ((fresh, expected), number) in wanted().zip(store.numbers(&ids)) {
            let child = match number {
                Some(number) => {
                    let is_other = store.kind(number).is_some_and(|kind| kind != expected);
                    self.wrong.extend(is_other.then_some(number));
                    let is_followed = expected == Kind::Blob && fresh.is_followed;
                    if is_followed {
                        self.shared.lock().followed.insert(number);
                    }
                    (expected == Kind::Tree || is_followed || (self.shared.is_hit)(number)).then_some(number)
                }
                None => Some(self.shared.missing(fresh.id)),
            };
            self.added.extend(child);
            self.entries.leads.extend(child.map(|child| Lead { start: fresh.start, child }));
        }
        if known > 0 && known < self.entries.leads.len() {
            self.entries.leads.sort_unstable_by_key(|lead| lead.start);
        }
    }

    /// Where this tree leads and its base does not, and where the base leads and this one does not.
    fn difference(&mut self, base: Option<&Entries>) -> (Vec<Number>, Vec<Number>) {
        let Some(base) = base else { return (std::mem::take(&mut self.added), Vec::new()) };
        self.taken.sort_unstable();
        let (mut gone, mut at) = (Vec::new(), 0);
        for &(from, to) in self.taken.iter().chain([&(base.leads.len(), base.leads.len())]) {
            gone.extend(base.leads[at.min(from)..from].iter().map(|lead| lead.child));
            at = at.max(to);
        }
        (without(std::mem::take(&mut self.added), &base.leads), without(gone, &self.entries.leads))
    }
}

/// Those of `children` to which none of `leads` leads.
fn without(mut children: Vec<Number>, leads: &[Lead]) -> Vec<Number> {
    // Few of them are looked for one by one: building a set takes longer.
    if children.len() < 16 {
        children.retain(|child| !leads.iter().any(|lead| lead.child == *child));
    } else {
        let known: HashSet<Number> = leads.iter().map(|lead| lead.child).collect();
        children.retain(|child| !known.contains(child));
    }
    children
}

impl Entries {
    /// Takes over the entries of `base` from the one that stands again at `at`, as far as `copy` holds them.
    ///
    /// Returns the end of the last, or nothing if no entry of the base begins there or fits.
    fn inherit(
        &mut self,
        base: &Self,
        copy: &Copy,
        at: usize,
        taken: &mut Vec<(usize, usize)>,
    ) -> Option<usize> {
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
        let first = base.leads.partition_point(|lead| lead.start < from);
        let leads = base.leads[first..].iter().take_while(|lead| lead.start < end);
        let before = self.leads.len();
        self.leads.extend(leads.map(|lead| Lead { start: shift(lead.start), child: lead.child }));
        taken.push((first, first + self.leads.len() - before));
        let named = base.named.iter().filter(|&&start| (from..end).contains(&start));
        self.named.extend(named.map(|&start| shift(start)));
        Some(shift(end) as usize)
    }
}
