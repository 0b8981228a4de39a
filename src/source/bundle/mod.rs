//! Source maps: the sources they hold are read as files of their own, and places in generated code are led back to them.
//!
//! A map stands in a file (`app.js.map`) or in a comment at the end of what it is about. It is read into memory up to a
//! limit; what is larger, or no map at all, is read as the text it is.

mod inline;
mod json;
mod map;
mod vlq;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bstr::ByteSlice;

use super::{Blob, chunk};
use crate::finding::{Coverage, Original, Provenance};
use inline::Tail;
use map::SourceMap;

/// The largest map, and the largest generated file, that is held in memory.
const HELD: u64 = 64 << 20;

/// What may have to do with a source map, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// May be a map.
    Map,
    /// Generated code, which may end with a map.
    Generated,
}

impl Kind {
    /// The kind of what stands at this path, if it is one.
    pub(super) fn of(path: &[u8]) -> Option<Self> {
        match path.rsplit_once_str(".")?.1 {
            b"map" => Some(Self::Map),
            b"js" | b"mjs" | b"cjs" | b"css" => Some(Self::Generated),
            _ => None,
        }
    }
}

/// Reads a file of this kind to its end, then the sources that its map holds. Returns the file's bytes.
///
/// # Errors
/// Whatever `input` returns; what was read before has been handed over.
pub(super) fn read(
    kind: Kind,
    input: &mut dyn Read,
    origin: &Provenance,
    (buffer, coverage): (&mut Vec<u8>, &mut Coverage),
    sink: &mut dyn FnMut(Blob<'_>),
) -> io::Result<u64> {
    match kind {
        Kind::Map => read_map(input, origin, (buffer, coverage), sink),
        Kind::Generated => read_generated(input, origin, (buffer, coverage), sink),
    }
}

fn read_map(
    input: &mut dyn Read,
    origin: &Provenance,
    (buffer, coverage): (&mut Vec<u8>, &mut Coverage),
    sink: &mut dyn FnMut(Blob<'_>),
) -> io::Result<u64> {
    let mut text = Vec::new();
    let read = (&mut *input).take(HELD + 1).read_to_end(&mut text);
    let map = if text.len() as u64 > HELD { None } else { SourceMap::parse(&text) };
    let Some(map) = map else {
        if text.len() as u64 > HELD {
            coverage.note(format!("{}: over 64 MiB, read as text and not as a source map", origin.path()));
        } else if text.starts_with(b"{") {
            coverage.note(format!("{}: no source map that can be read, read as text", origin.path()));
        }
        let bytes = chunk::read_chunks(&mut text.as_slice().chain(input), origin, buffer, sink)?;
        return read.map(|_| bytes);
    };
    let bytes = chunk::read_chunks(&mut map.without_contents().as_slice(), origin, buffer, sink)?;
    read_sources(&map, origin, buffer, sink)?;
    read.map(|_| bytes)
}

fn read_generated(
    input: &mut dyn Read,
    origin: &Provenance,
    (buffer, coverage): (&mut Vec<u8>, &mut Coverage),
    sink: &mut dyn FnMut(Blob<'_>),
) -> io::Result<u64> {
    let mut tail = Tail::default();
    let bytes = chunk::read_chunks(input, origin, buffer, &mut |blob| {
        tail.take(&blob);
        sink(blob);
    })?;
    if tail.is_cut() {
        coverage.note(format!("{}: a source map of over 64 MiB in a comment is read as text", origin.path()));
    } else if let Some(text) = tail.map() {
        match SourceMap::parse(&text) {
            Some(map) => read_sources(&map, origin, buffer, sink)?,
            None => coverage.note(format!("{}: its source map cannot be read", origin.path())),
        }
    }
    Ok(bytes)
}

/// Reads each source as a file within the map.
fn read_sources(
    map: &SourceMap<'_>,
    origin: &Provenance,
    buffer: &mut Vec<u8>,
    sink: &mut dyn FnMut(Blob<'_>),
) -> io::Result<()> {
    for (name, text) in map.contents() {
        chunk::read_chunks(&mut text.as_slice(), &origin.member(name), buffer, sink)?;
    }
    Ok(())
}

/// Whether the text of an object is a map that holds sources, or ends with one; by its name as well, if that is known.
pub(super) fn held(bytes: &[u8], path: &[u8]) -> Option<Kind> {
    let named = Kind::of(path);
    if bytes.len() as u64 > HELD || named.is_none() && !path.is_empty() {
        return None;
    }
    let is = |kind: Kind| named.is_none_or(|named| named == kind);
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_map = || memchr::memmem::find(bytes, b"\"sourcesContent\"").is_some();
    if (start.starts_with(b"{") || start.starts_with(b")]}'")) && is(Kind::Map) && is_map() {
        return Some(Kind::Map);
    }
    (is(Kind::Generated) && inline::ends_with_map(bytes)).then_some(Kind::Generated)
}

/// Hands over the sources that the text of an object holds.
pub(super) fn sources(kind: Kind, bytes: &[u8], origin: &Provenance, sink: &mut dyn FnMut(Blob<'_>)) {
    let text = match kind {
        Kind::Map => Some(Cow::Borrowed(bytes)),
        Kind::Generated => inline::map_of(bytes).map(Cow::Owned),
    };
    if let Some(map) = text.as_deref().and_then(SourceMap::parse) {
        // Reading what is in memory does not fail.
        drop(read_sources(&map, origin, &mut Vec::new(), sink));
    }
}

/// The text of a map at this path with blanks for its sources; nothing if it is none.
#[must_use]
pub fn without_sources(bytes: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    let is_map = !path.is_empty() && held(bytes, path) == Some(Kind::Map);
    is_map.then(|| Some(SourceMap::parse(bytes)?.without_contents())).flatten()
}

/// Whether a file of this name may have been generated from others, with a map that leads back.
#[must_use]
pub fn is_generated(path: &[u8]) -> bool {
    Kind::of(path) == Some(Kind::Generated)
}

/// Whether a file of this name may be a map or hold one.
#[must_use]
pub fn may_hold_map(path: &[u8]) -> bool {
    Kind::of(path).is_some()
}

/// Where what begins at these bytes of a generated file comes from, by its map; nothing where that does not tell.
///
/// # Errors
/// What is wrong with its map.
pub fn originals(path: &Path, starts: &[u64]) -> Result<Vec<Option<Original>>, String> {
    let nothing = || Ok(vec![None; starts.len()]);
    let Some(text) = read_held(path)? else { return nothing() };
    let name = path.display().to_string();
    let (map, holder) = match inline::map_of(&text) {
        Some(map) => (map, name.clone()),
        None => match beside(path, &text)? {
            Some((map, holder)) => (map, holder.display().to_string()),
            None => return nothing(),
        },
    };
    originals_by((&map, &holder), (&text, &name), starts)
}

/// The same for a text that holds its map; nothing where it holds none.
///
/// # Errors
/// What is wrong with its map.
pub fn originals_within(text: &[u8], starts: &[u64]) -> Result<Vec<Option<Original>>, String> {
    match held(text, b"").filter(|kind| *kind == Kind::Generated).and_then(|_| inline::map_of(text)) {
        Some(map) => originals_by((&map, "its map"), (text, "it"), starts),
        None => Ok(vec![None; starts.len()]),
    }
}

/// The same by a map that was read; both are named in errors.
///
/// # Errors
/// What is wrong with the map.
pub fn originals_by(
    (map, holder): (&[u8], &str),
    (text, name): (&[u8], &str),
    starts: &[u64],
) -> Result<Vec<Option<Original>>, String> {
    let map = SourceMap::parse(map).ok_or_else(|| format!("{holder}: no source map that can be read"))?;
    let mut wanted: Vec<_> = starts.iter().map(|start| position(text, *start as usize)).zip(0..).collect();
    wanted.sort_unstable();
    let positions: Vec<_> = wanted.iter().map(|(position, _)| *position).collect();
    let found = map.originals(&positions).map_err(|at| {
        format!("{holder}: its mappings cannot be read from byte {at} on; {name} is not led back")
    })?;
    let mut all = vec![None; starts.len()];
    for ((_, index), original) in wanted.into_iter().zip(found) {
        all[index] = original;
    }
    Ok(all)
}

/// The line and column of a byte, from 0, as source maps count.
fn position(text: &[u8], at: usize) -> (u64, u64) {
    let before = &text[..at.min(text.len())];
    let line = memchr::memchr_iter(b'\n', before).count() as u64;
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    (line, before[start..].chars().map(|c| c.len_utf16() as u64).sum())
}

/// The text and path of the map that a generated file names, or that has its name with `.map`.
fn beside(path: &Path, text: &[u8]) -> Result<Option<(Vec<u8>, PathBuf)>, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let named = inline::url(text).map(|url| url.split(['?', '#']).next().unwrap_or_default().to_owned());
    let mut own = path.as_os_str().to_owned();
    own.push(".map");
    let mut candidates = Vec::new();
    if let Some(url) = named {
        // Never out of the folder: the file is not ours, and its map is beside or below it.
        let is_below = |part: std::path::Component<'_>| matches!(part, std::path::Component::Normal(_));
        candidates.extend(Path::new(&url).components().all(is_below).then(|| folder.join(&url)));
        candidates.extend(Path::new(&url).file_name().map(|name| folder.join(name)));
    }
    candidates.push(PathBuf::from(own));
    let Some(map) = candidates.into_iter().find(|candidate| candidate.is_file()) else { return Ok(None) };
    Ok(read_held(&map)?.map(|text| (text, map)))
}

/// A file's bytes; nothing for what is no file.
fn read_held(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let read = || -> io::Result<Option<Vec<u8>>> {
        let file = File::open(path)?;
        let mut text = Vec::new();
        file.take(HELD + 1).read_to_end(&mut text)?;
        Ok(Some(text))
    };
    if !path.is_file() {
        return Ok(None);
    }
    let text = read().map_err(|error| format!("{}: {error}", path.display()))?;
    match text.as_ref().is_some_and(|text| text.len() as u64 > HELD) {
        true => Err(format!("{}: over 64 MiB, its places are not led back to their sources", path.display())),
        false => Ok(text),
    }
}
