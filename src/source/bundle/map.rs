//! A source map, plain or with sections: where its sources' texts stand, and where generated text comes from.
//!
//! The format is ECMA-426. Of a map only the positions of its parts are kept, never a copy of them.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use super::json::{Cursor, unescaped};
use super::vlq::{self, Position};
use crate::finding::Original;

/// Sources that one map may have; more are made on purpose.
const SOURCES: usize = 100_000;

/// A map's text and where its parts stand in it.
pub(super) struct SourceMap<'a> {
    text: &'a [u8],
    /// In the order of their offsets; one for a map without sections.
    parts: Vec<Part>,
}

#[derive(Default)]
struct Part {
    offset: Position,
    root: Range<usize>,
    sources: Vec<Option<Range<usize>>>,
    contents: Vec<Option<Range<usize>>>,
    mappings: Option<Range<usize>>,
}

impl<'a> SourceMap<'a> {
    /// Reads a map; nothing if the text is none.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let mut start = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        // A first line that keeps browsers from running it.
        if text[start..].starts_with(b")]}'") {
            start += memchr::memchr(b'\n', &text[start..])?;
        }
        let (mut sections, mut has_sections) = (Vec::new(), false);
        let mut whole = Part::default();
        Cursor::new(text, start).object(&mut |json, key| match key {
            b"sections" => {
                // Some builds write maps of nothing.
                has_sections = true;
                json.array(&mut |json| {
                    sections.push(section(json)?);
                    (sections.len() <= SOURCES).then_some(())
                })
            }
            _ => whole.read(json, key),
        })?;
        let count = |part: &Part| part.sources.len() + part.contents.len();
        let is_map = whole.mappings.is_some() || has_sections;
        sections.push(whole);
        sections.retain(|part| part.mappings.is_some() || count(part) > 0);
        sections.sort_by_key(|part| part.offset);
        let fits = sections.iter().map(count).sum::<usize>() <= 2 * SOURCES;
        (is_map && fits).then_some(Self { text, parts: sections })
    }

    /// The name and text of each source that the map holds.
    pub(super) fn contents(&self) -> impl Iterator<Item = (BString, Vec<u8>)> + '_ {
        self.parts.iter().flat_map(move |part| {
            let held = part.contents.iter().enumerate();
            held.filter_map(move |(index, content)| {
                Some((part.name(self.text, index), unescaped(&self.text[content.clone()?])))
            })
        })
    }

    /// The map's text with blanks for the sources' texts, so that all else stays where it is.
    pub(super) fn without_contents(&self) -> Vec<u8> {
        let mut text = self.text.to_vec();
        for content in self.parts.iter().flat_map(|part| &part.contents).flatten() {
            text[content.clone()].fill(b' ');
        }
        text
    }

    /// Where these positions of the generated text come from; `wanted` is sorted.
    ///
    /// # Errors
    /// The byte of the map at which its mappings cannot be read.
    pub(super) fn originals(&self, wanted: &[Position]) -> Result<Vec<Option<Original>>, usize> {
        let mut all = Vec::with_capacity(wanted.len());
        for (at, part) in self.parts.iter().enumerate() {
            let end = self.parts.get(at + 1).map_or((u64::MAX, 0), |next| next.offset);
            let mine = wanted.iter().skip(all.len()).take_while(|position| **position < end);
            let mine: Vec<Position> = mine.copied().collect();
            let (before, mine) = mine.split_at(mine.partition_point(|position| *position < part.offset));
            all.resize(all.len() + before.len(), None);
            all.extend(part.originals(self.text, mine)?);
        }
        all.resize(wanted.len(), None);
        Ok(all)
    }
}

/// A section: its offset and its map.
fn section(json: &mut Cursor<'_>) -> Option<Part> {
    let (mut part, mut offset) = (Part::default(), (0, 0));
    json.object(&mut |json, key| match key {
        b"offset" => json.object(&mut |json, key| {
            let number = json.number()?;
            match key {
                b"line" => offset.0 = number,
                b"column" => offset.1 = number,
                _ => {}
            }
            Some(())
        }),
        b"map" => json.object(&mut |json, key| part.read(json, key)),
        _ => json.skip(),
    })?;
    part.offset = offset;
    Some(part)
}

impl Part {
    /// Takes in the value of one key of a map.
    fn read(&mut self, json: &mut Cursor<'_>, key: &[u8]) -> Option<()> {
        match key {
            b"sources" => self.sources = strings(json)?,
            b"sourcesContent" => self.contents = strings(json)?,
            b"sourceRoot" => self.root = json.string_or_other()?.unwrap_or_default(),
            b"mappings" => self.mappings = json.string_or_other()?,
            _ => json.skip()?,
        }
        Some(())
    }

    /// The source's name below its root, or its number where it has none.
    fn name(&self, text: &[u8], index: usize) -> BString {
        let Some(source) = self.sources.get(index).cloned().flatten() else {
            return format!("<source {index}>").into();
        };
        let root = unescaped(&text[self.root.clone()]);
        let mut name = BString::from(root.trim_end_with(|c| c == '/'));
        if !name.is_empty() || root.starts_with(b"/") {
            name.push(b'/');
        }
        name.extend_from_slice(&unescaped(&text[source]));
        name
    }

    fn originals(&self, text: &[u8], wanted: &[Position]) -> Result<Vec<Option<Original>>, usize> {
        let Some(mappings) = self.mappings.clone().filter(|_| !wanted.is_empty()) else {
            return Ok(vec![None; wanted.len()]);
        };
        let (line, column) = self.offset;
        let inner = |at: &Position| (at.0 - line, if at.0 == line { at.1 - column } else { at.1 });
        let inner: Vec<Position> = wanted.iter().map(inner).collect();
        let found = vlq::origins(&text[mappings.clone()], &inner).map_err(|at| mappings.start + at)?;
        let original = |origin: vlq::Origin| {
            let (line, column) = (origin.position.0 + 1, origin.position.1 + 1);
            let known = origin.source < self.sources.len();
            known.then(|| Original { path: self.name(text, origin.source), line, column })
        };
        Ok(found.into_iter().map(|origin| origin.and_then(original)).collect())
    }
}

/// The strings of an array, nothing for other elements; an empty one for what is no array.
fn strings(json: &mut Cursor<'_>) -> Option<Vec<Option<Range<usize>>>> {
    let mut all = Vec::new();
    let mut copy = json.clone();
    let is_list = copy.array(&mut |json| {
        all.push(json.string_or_other()?);
        (all.len() <= SOURCES).then_some(())
    });
    match is_list {
        Some(()) => *json = copy,
        None if all.is_empty() => json.skip()?,
        None => return None,
    }
    Some(all)
}
