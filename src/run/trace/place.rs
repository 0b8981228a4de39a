//! Where the values of a history stand: at which commits and paths, since when, and until when.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bstr::{BString, ByteSlice};

use super::history::Objects;
use super::{EnvFile, Seen, simplest};
use crate::env::discover::is_env_file;
use crate::env::parse::dotenv::{self, Kind};
use crate::finding::{
    CommitRef, Coverage, Exposure, Fingerprint, FingerprintKey, GapReason, LineIndex, Place, Provenance,
};
use crate::run::exposure::Exposures;
use crate::run::names::masked;
use crate::run::parts;
use crate::source::Blob;
use crate::source::history::{Attribution, History, Introduced, ObjectNumber};

/// Places values and env files of a history.
struct Placing<'a> {
    objects: &'a Objects<'a>,
    history: &'a History,
    coverage: &'a mut Coverage,
    values: HashMap<ObjectNumber, BTreeSet<u32>>,
    placed: HashSet<(u32, BString)>,
    seen: Vec<Seen>,
}

/// What the history adds to a place.
#[derive(Clone, Default)]
struct Facts {
    commit: Option<CommitRef>,
    at_head: Option<bool>,
    unreachable: bool,
}

impl Objects<'_> {
    /// Places all values that were found in `history`, and the env files that left it.
    pub(in crate::run) fn place(
        &self,
        history: &History,
        key: &FingerprintKey,
        today: i64,
        coverage: &mut Coverage,
    ) {
        let mut hits = self.hits();
        hits.extend(history.followed());
        let attribution = history.attribute_some(&hits);
        attribution.count_gaps(coverage);
        let (values, placed, seen) = (self.values(), HashSet::new(), Vec::new());
        let mut placing = Placing { objects: self, history, coverage, values, placed, seen };
        placing.all(&attribution);
        let env_paths = env_paths(&attribution);
        let exposures = placing.exposures(&attribution, &env_paths, (key, today));
        let env_files = placing.env_files(&attribution, &env_paths, (key, &exposures));
        let known = self.tracing.tracer.values().iter().enumerate();
        let exposures: Vec<(u32, Exposure)> =
            known.filter_map(|(at, known)| Some((at as u32, exposures.get(&known.print)?.clone()))).collect();
        let seen = placing.seen;
        self.tracing.change(|found| {
            found.seen.extend(seen);
            found.env_files.extend(env_files);
            exposures.into_iter().for_each(|(at, one)| found.exposures.entry(at).or_default().join(one));
        });
    }
}

/// All paths at which env files stood, with their versions in the order of commits.
fn env_paths(attribution: &Attribution) -> BTreeMap<BString, Vec<(CommitRef, ObjectNumber)>> {
    let mut paths: BTreeMap<BString, Vec<(CommitRef, ObjectNumber)>> = BTreeMap::new();
    for introduced in &attribution.introduced {
        let env_files = introduced.places.iter().filter(|(path, _)| is_env_file(&path.to_str_lossy()));
        for (path, blob) in env_files {
            paths.entry(path.clone()).or_default().push((introduced.commit.clone(), *blob));
        }
    }
    paths
}

fn path_print(key: &FingerprintKey, path: &BString) -> Fingerprint {
    key.fingerprint(&[b"env file\0", path.as_slice()].concat())
}

impl Placing<'_> {
    fn all(&mut self, attribution: &Attribution) {
        let head: HashSet<(BString, ObjectNumber)> = attribution.at_head.iter().cloned().collect();
        let head_values: HashMap<&BString, &BTreeSet<u32>> = attribution
            .at_head
            .iter()
            .filter_map(|(path, blob)| Some((path, self.values.get(blob)?)))
            .collect();
        let still: HashSet<(u32, BString)> = head_values
            .iter()
            .flat_map(|(path, values)| values.iter().map(|&value| (value, (*path).clone())))
            .collect();
        let mut reachable: BTreeSet<ObjectNumber> = attribution.held_by_refs.clone();
        for introduced in &attribution.introduced {
            reachable.extend(introduced.places.iter().map(|(_, blob)| *blob));
            self.brought_in(introduced, false, &still);
        }
        for (path, blob) in &head {
            self.at(*blob, path, &Facts { at_head: Some(true), ..Facts::default() });
        }
        for &blob in &attribution.held_by_refs {
            self.at(blob, &BString::default(), &Facts::default());
        }
        for (&number, commit) in &attribution.messages {
            reachable.insert(number);
            self.message(number, commit.clone());
        }
        for lost in &attribution.lost {
            self.brought_in(lost, true, &still);
        }
        let unreachable = Facts { unreachable: true, ..Facts::default() };
        for (path, blob) in &attribution.staged {
            self.at(*blob, path, &unreachable);
        }
        let lost: Vec<ObjectNumber> =
            self.values.keys().copied().filter(|number| !reachable.contains(number)).collect();
        for number in lost {
            self.once(number, &unreachable);
        }
    }

    fn brought_in(&mut self, introduced: &Introduced, unreachable: bool, still: &HashSet<(u32, BString)>) {
        for (path, blob) in &introduced.places {
            for value in self.of(*blob) {
                let at_head = Some(still.contains(&(value, path.clone())));
                let facts = Facts { commit: Some(introduced.commit.clone()), at_head, unreachable };
                self.value_at(*blob, path, value, &facts);
            }
        }
    }

    fn of(&self, blob: ObjectNumber) -> Vec<u32> {
        self.values.get(&blob).into_iter().flatten().copied().collect()
    }

    fn at(&mut self, blob: ObjectNumber, path: &BString, facts: &Facts) {
        self.of(blob).into_iter().for_each(|value| self.value_at(blob, path, value, facts));
    }

    /// Values of an object that have no place yet.
    fn once(&mut self, blob: ObjectNumber, facts: &Facts) {
        for value in self.of(blob) {
            if !self.placed.iter().any(|(placed, _)| *placed == value) {
                self.value_at(blob, &BString::default(), value, facts);
            }
        }
    }

    fn value_at(&mut self, blob: ObjectNumber, path: &BString, value: u32, facts: &Facts) {
        if self.placed.insert((value, path.clone())) {
            if self.history.is_tree(blob) {
                return self.named(blob, path, value, facts);
            }
            let path = masked(self.objects.detector, &self.history.shown_path(path));
            let origin = Provenance::Blob { path, id: self.history.id(blob) };
            self.read(blob, &origin, value, facts);
        }
    }

    fn message(&mut self, number: ObjectNumber, commit: Option<CommitRef>) {
        let origin = Provenance::Message { id: self.history.id(number) };
        for value in self.of(number) {
            self.placed.insert((value, BString::default()));
            self.read(number, &origin, value, &Facts { commit: commit.clone(), ..Facts::default() });
        }
    }

    /// The names in a tree that hold a value.
    fn named(&mut self, tree: ObjectNumber, folder: &BString, value: u32, facts: &Facts) {
        for name in self.history.names_in(tree) {
            let mut path = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&name);
            let origin = Provenance::Name { path: self.history.shown_path(&path), id: self.history.id(tree) };
            let mut seen = self.objects.tracing.in_name(&name, &origin, self.objects.detector);
            seen.retain(|seen| seen.value == value);
            self.keep(seen, facts);
        }
    }

    /// Reads an object again, for the lines at which a value stands in it.
    fn read(&mut self, number: ObjectNumber, origin: &Provenance, value: u32, facts: &Facts) {
        let bytes = match self.history.read(number) {
            Ok(bytes) => bytes,
            Err(why) => return self.coverage.gap(GapReason::CorruptObject, self.history.id(number), why),
        };
        let mut found = self.seen_in_parts(&bytes, origin, value);
        if !parts::are_archive(&bytes, &origin.path()) {
            found.extend(self.seen_in(&Blob::whole(&bytes, origin.clone()), value));
        }
        if let Provenance::Message { .. } = origin {
            let header = bytes.find(b"\n\n").unwrap_or(bytes.len()) as u64;
            found.iter_mut().for_each(|seen| seen.in_header = seen.place.span.start < header);
        }
        self.keep(found, facts);
    }

    fn keep(&mut self, found: Vec<Seen>, facts: &Facts) {
        for mut seen in found {
            seen.place.commit = facts.commit.clone();
            seen.place.at_head = facts.at_head;
            seen.unreachable = facts.unreachable;
            self.seen.push(seen);
        }
    }

    fn seen_in(&self, blob: &Blob<'_>, value: u32) -> Vec<Seen> {
        let tracing = self.objects.tracing;
        let mut sightings = simplest(tracing.tracer.find_in(blob.bytes, blob.core.clone()));
        sightings.retain(|sighting| sighting.value == value);
        tracing.seen(&sightings, blob.bytes, blob.start, &blob.origin)
    }

    fn seen_in_parts(&self, bytes: &[u8], origin: &Provenance, value: u32) -> Vec<Seen> {
        let mut all = Vec::new();
        if parts::are_sources(bytes, &origin.path()) {
            return all;
        }
        let settings = self.objects.settings;
        parts::each((bytes, origin), settings, &mut Coverage::default(), &mut |part| {
            if part.name.is_none() {
                let seen = self.seen_in(part.blob, value).into_iter();
                all.extend(seen.map(|seen| Seen { in_binary: true, ..seen }));
            }
        });
        all
    }

    /// How long each value and each env file was there.
    fn exposures(
        &self,
        attribution: &Attribution,
        env_paths: &BTreeMap<BString, Vec<(CommitRef, ObjectNumber)>>,
        (key, today): (&FingerprintKey, i64),
    ) -> HashMap<Fingerprint, Exposure> {
        let mut paths_of: HashMap<ObjectNumber, Vec<Fingerprint>> = HashMap::new();
        for (path, versions) in env_paths {
            for (_, blob) in versions {
                paths_of.entry(*blob).or_default().push(path_print(key, path));
            }
        }
        let known = self.objects.tracing.tracer.values();
        let of = |object: ObjectNumber| -> Vec<Fingerprint> {
            let values = self.of(object).into_iter().map(|value| known[value as usize].print);
            values.chain(paths_of.get(&object).into_iter().flatten().copied()).collect()
        };
        let at_head = attribution.at_head.iter().flat_map(|(_, object)| of(*object)).collect();
        let shown = |name: &str| {
            let name = masked(self.objects.detector, name.as_bytes());
            self.objects.tracing.masked(&name).to_string()
        };
        Exposures::new(self.history, attribution, &of).all(&at_head, today, &shown)
    }

    /// Env files with values that HEAD and the index have no more.
    fn env_files(
        &self,
        attribution: &Attribution,
        env_paths: &BTreeMap<BString, Vec<(CommitRef, ObjectNumber)>>,
        (key, exposures): (&FingerprintKey, &HashMap<Fingerprint, Exposure>),
    ) -> Vec<EnvFile> {
        let here = attribution.at_head.iter().chain(&attribution.staged);
        let here: HashSet<&BString> = here.map(|(path, _)| path).collect();
        let gone = env_paths.iter().filter(|(path, _)| !here.contains(path));
        let with_values =
            gone.filter(|(_, versions)| versions.iter().any(|(_, blob)| self.sets_values(*blob)));
        let file = |(path, versions): (&BString, &Vec<(CommitRef, ObjectNumber)>)| {
            let (commit, blob) = versions.iter().min()?;
            let exposure = exposures.get(&path_print(key, path)).cloned().unwrap_or_default();
            Some(EnvFile { place: self.first_line(path, *blob, commit.clone()), exposure })
        };
        with_values.filter_map(file).collect()
    }

    /// Whether an env file sets anything.
    fn sets_values(&self, blob: ObjectNumber) -> bool {
        let Ok(bytes) = self.history.read(blob) else { return true };
        let text = bytes.to_str_lossy();
        let sets = |kind: &Kind| matches!(kind, Kind::Pair(pair) if !pair.value.is_empty());
        dotenv::parse(&text).iter().any(|line| sets(&line.kind))
    }

    fn first_line(&self, path: &BString, blob: ObjectNumber, commit: CommitRef) -> Place {
        let path = self.objects.tracing.masked(&self.history.shown_path(path));
        let provenance = Provenance::Blob { path, id: self.history.id(blob) };
        Place {
            commit: Some(commit),
            at_head: Some(false),
            ..Place::new(provenance, LineIndex::new(b"", 1, 0, 1).span(0..0))
        }
    }
}
