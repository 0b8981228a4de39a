//! Leads what was found in generated code back to where it comes from, by the source map beside it or in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use bstr::{BString, ByteSlice};

use super::collect::{Collector, Hit};
use super::names;
use crate::detect::Detector;
use crate::finding::{Coverage, Original, Provenance};
use crate::source::{Progress, Worktree, WorktreeOptions, bundle};

/// Tells every place in generated code of the work tree its origin. A map that cannot be read is a note.
pub(super) fn lead_back(collector: &Collector<'_>, detector: &Detector, coverage: &mut Coverage) {
    let mut hits = collector.hits.lock().expect("no thread panics while it holds the lock");
    let mut files: BTreeMap<BString, Vec<usize>> = BTreeMap::new();
    for (index, hit) in hits.iter().enumerate() {
        if let Provenance::File(path) = &hit.place.provenance
            && bundle::is_generated(path)
            && hit.place.original.is_none()
        {
            files.entry(path.clone()).or_default().push(index);
        }
    }
    for (path, indices) in files {
        let Ok(path) = path.to_path() else { continue };
        let starts: Vec<u64> = indices.iter().map(|&index| hits[index].place.span.start).collect();
        match bundle::originals(path, &starts) {
            Err(why) => coverage.note(why),
            Ok(originals) => {
                for (index, original) in indices.into_iter().zip(originals) {
                    hits[index].place.original =
                        original.map(|original| masked(collector, detector, original));
                }
            }
        }
    }
}

/// The longest generated code and maps of one archive that are held.
const HELD: usize = 64 << 20;

/// The same for generated code in archives, by the map in it or with its name and `.map`. Each such archive is read again.
pub(super) fn lead_back_in_archives(
    (collector, detector): (&Collector<'_>, &Detector),
    options: WorktreeOptions,
    coverage: &mut Coverage,
) {
    let mut hits = collector.hits.lock().expect("no thread panics while it holds the lock");
    let mut archives: BTreeMap<BString, BTreeMap<BString, Vec<usize>>> = BTreeMap::new();
    for (index, hit) in hits.iter().enumerate() {
        let provenance = &hit.place.provenance;
        if let (Provenance::Member { name, .. }, Provenance::File(path)) =
            (provenance, provenance.outermost())
            && bundle::is_generated(name)
            && hit.place.original.is_none()
        {
            let members = archives.entry(path.clone()).or_default();
            members.entry(provenance.path()).or_default().push(index);
        }
    }
    for (archive, members) in archives {
        let Ok(path) = archive.to_path() else { continue };
        let texts = texts_of(path, members.keys(), options);
        for (name, indices) in members {
            let starts: Vec<u64> = indices.iter().map(|&index| hits[index].place.span.start).collect();
            match originals(&texts, &name, &starts) {
                Err(why) => coverage.note(why),
                Ok(originals) => {
                    for (index, original) in indices.into_iter().zip(originals) {
                        let original = original.map(|original| masked(collector, detector, original));
                        hits[index].place.original = original;
                    }
                }
            }
        }
    }
}

fn originals(
    texts: &BTreeMap<BString, Vec<u8>>,
    name: &BString,
    starts: &[u64],
) -> Result<Vec<Option<Original>>, String> {
    let Some(text) = texts.get(name) else { return Ok(Vec::new()) };
    let map_name = BString::from([&name[..], b".map"].concat());
    match texts.get(&map_name) {
        Some(map) => bundle::originals_by((map, &map_name.to_string()), (text, &name.to_string()), starts),
        None => bundle::originals_within(text, starts),
    }
}

/// The texts of these members of an archive and of their maps, if they are not too long together.
fn texts_of<'n>(
    archive: &Path,
    names: impl Iterator<Item = &'n BString>,
    options: WorktreeOptions,
) -> BTreeMap<BString, Vec<u8>> {
    let wanted: BTreeSet<BString> =
        names.flat_map(|name| [name.clone(), [&name[..], b".map"].concat().into()]).collect();
    let held = Mutex::new((BTreeMap::<BString, Vec<u8>>::new(), 0));
    // What cannot be read of it is told already.
    drop(Worktree::new(vec![archive.to_owned()], options).visit(&Progress::default(), &|blob| {
        let path = blob.origin.path();
        if wanted.contains(&path) {
            let (texts, len) = &mut *held.lock().expect("no thread panics while it holds the lock");
            *len += blob.core.len();
            if *len <= HELD {
                texts.entry(path).or_default().extend_from_slice(&blob.bytes[blob.core.clone()]);
            }
        }
    }));
    let (texts, len) = held.into_inner().expect("no thread panicked");
    if len <= HELD { texts } else { BTreeMap::new() }
}

/// The same for what was found in a text that holds its map. What is wrong with that is no news of a history.
pub(super) fn lead_back_within<'h>(
    text: &[u8],
    hits: impl Iterator<Item = &'h mut Hit>,
    (collector, detector): (&Collector<'_>, &Detector),
) {
    let mut hits: Vec<&mut Hit> = hits.collect();
    hits.retain(|hit| bundle::is_generated(&hit.place.provenance.path()));
    let starts: Vec<u64> = hits.iter().map(|hit| hit.place.span.start).collect();
    let found = if hits.is_empty() { Ok(Vec::new()) } else { bundle::originals_within(text, &starts) };
    for (hit, original) in hits.into_iter().zip(found.unwrap_or_default()) {
        hit.place.original = original.map(|original| masked(collector, detector, original));
    }
}

fn masked(collector: &Collector<'_>, detector: &Detector, original: Original) -> Box<Original> {
    let path = match collector.settings.show_secrets {
        true => original.path,
        false => names::masked(detector, &original.path),
    };
    Box::new(Original { path, ..original })
}

/// Drops, of one value, what was seen in a map's encoded text where its sources tell the same in clear.
pub(super) fn drop_repeats(rules: &mut BTreeMap<&'static str, Vec<Hit>>) {
    let outer = |hit: &Hit| match &hit.place.provenance {
        Provenance::Member { outer, .. } => Some(outer.as_ref().clone()),
        _ => None,
    };
    let maps: Vec<Provenance> = rules.values().flatten().filter_map(outer).collect();
    if maps.is_empty() {
        return;
    }
    let is_repeat = |hit: &Hit| !hit.chain.is_empty() && maps.contains(&hit.place.provenance);
    rules.values_mut().for_each(|hits| hits.retain(|hit| !is_repeat(hit)));
    rules.retain(|_, hits| !hits.is_empty());
}
