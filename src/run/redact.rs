//! Copies text and puts a mark in place of every value that is found in it.
//!
//! Each line is judged by itself, so what is masked does not depend on how the text arrives. Beyond lines there is
//! one state: from the header of a private key all is masked until its footer, or for 64 KiB.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::ops::Range;
use std::sync::LazyLock;

use bstr::ByteSlice;
use memchr::memmem;

use crate::detect::{Detector, PlaceFacts};
use crate::finding::{Confidence, FingerprintKey, Secret};

/// Bytes of one line that are judged at once.
const PIECE: usize = 1 << 20;
/// Bytes of a longer line that are judged with the next piece as well, and those that are held back from it.
const OVERLAP: usize = 80 << 10;
/// The longest block that is masked without a footer.
const BLOCK: usize = 64 << 10;
/// The longest header or footer of a block.
const ARMOUR: usize = 80;
/// Shorter values are masked where a rule saw them only: they stand everywhere by chance.
const SHORTEST_REPEATED: usize = 6;

/// Masks one text after another, and counts what it masked.
#[derive(Debug)]
pub struct Redactor<'a> {
    detector: &'a Detector,
    key: &'a FingerprintKey,
    confidence: Confidence,
    /// How many values were masked, by rule.
    masked: BTreeMap<&'static str, u64>,
}

/// One text.
struct Text<'t> {
    path: &'t [u8],
    facts: PlaceFacts,
    /// Read and not written, after what was written of a long line.
    held: Vec<u8>,
    /// Bytes of what is held that were written.
    written: usize,
    /// Whether what is held begins with a private key.
    in_block: bool,
    /// To be written.
    out: Vec<u8>,
}

/// A range that is not to be seen, and what stands for it.
struct Mask {
    range: Range<usize>,
    rule: &'static str,
    mark: String,
}

impl<'a> Redactor<'a> {
    /// Masks what is found with at least this confidence; the key names values.
    #[must_use]
    pub fn new(detector: &'a Detector, key: &'a FingerprintKey, confidence: Confidence) -> Self {
        Self { detector, key, confidence, masked: BTreeMap::new() }
    }

    /// How many values were masked, by rule.
    #[must_use]
    pub fn masked(&self) -> &BTreeMap<&'static str, u64> {
        &self.masked
    }

    /// Copies `input`, which is called `path`, to its end. Lines are written as soon as they are read.
    ///
    /// # Errors
    /// Whatever reading or writing returns. What was not judged by then is not written.
    pub fn copy(&mut self, path: &[u8], input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
        let facts = PlaceFacts::of_path(path);
        let mut text = Text { path, facts, held: Vec::new(), written: 0, in_block: false, out: Vec::new() };
        loop {
            let read = match input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let len = read.len();
            text.held.extend_from_slice(read);
            input.consume(len);
            self.advance(&mut text, len == 0);
            out.write_all(&text.out)?;
            out.flush()?;
            text.out.clear();
            if len == 0 {
                return Ok(());
            }
        }
    }

    /// Judges what can be judged of what is held.
    fn advance(&mut self, text: &mut Text<'_>, ended: bool) {
        let held = std::mem::take(&mut text.held);
        let mut from = 0;
        while from < held.len() {
            let rest = &held[from..];
            let taken = match text.in_block {
                true => self.block(text, rest, ended),
                false => self.line(text, rest, ended),
            };
            match taken {
                Some(taken) => from += taken,
                None => break,
            }
        }
        text.held = held;
        text.held.drain(..from);
    }

    /// Judges a line, or a piece of a long one; nothing if more must be read first. Returns what is done with.
    fn line(&mut self, text: &mut Text<'_>, rest: &[u8], ended: bool) -> Option<usize> {
        if ended && rest.len() == text.written {
            return Some(rest.len());
        }
        let newline = memchr::memchr(b'\n', &rest[text.written..]).map(|at| text.written + at + 1);
        let (end, core_end) = match newline {
            Some(end) => (end, end),
            None if ended => (rest.len(), rest.len()),
            None if rest.len() - text.written >= PIECE + OVERLAP => (rest.len(), rest.len() - OVERLAP),
            None => return None,
        };
        let piece = &rest[..end];
        let mut masks = self.masks(text, piece, core_end);
        let open = self.close_blocks(text, piece, core_end, &mut masks);
        let stop = open.unwrap_or(core_end);
        let cut = self.write(text, piece, stop, &masks);
        if let Some(open) = open {
            (text.in_block, text.written) = (true, 0);
            return Some(open);
        }
        let keep = if core_end == end { cut } else { cut.saturating_sub(OVERLAP) };
        text.written = cut - keep;
        Some(keep)
    }

    /// What is found in a piece of text, in order.
    fn masks(&self, text: &Text<'_>, piece: &[u8], core_end: usize) -> Vec<Mask> {
        let settled = self.detector.find_in(piece, 0..core_end, &text.facts);
        let mut masks = Vec::new();
        for found in settled.matches.iter().filter(|found| found.confidence >= self.confidence) {
            let rule = self.detector.rules()[usize::from(found.rule)].meta.id;
            let range = found.value.start..found.value.end;
            let name = piece.get(found.span.start..range.start).unwrap_or_default();
            let mark = self.mark(rule, (text.path, name), found.value_in(piece));
            let value = &piece[range.clone()];
            if value.len() >= SHORTEST_REPEATED {
                masks.extend(memmem::find_iter(piece, value).map(|at| Mask {
                    range: at..at + value.len(),
                    rule,
                    mark: mark.clone(),
                }));
            }
            masks.push(Mask { range, rule, mark });
        }
        in_order(masks)
    }

    fn mark(&self, rule: &str, (path, name): (&[u8], &[u8]), value: &[u8]) -> String {
        let place = [rule.as_bytes(), path, name, &1u64.to_le_bytes()];
        format!("[ringfence:{rule}:{}]", self.key.identity(&Secret::new(value), &place).short())
    }

    /// Masks private keys that have a footer and no mask yet; returns where one begins that has none.
    fn close_blocks(
        &self,
        text: &Text<'_>,
        piece: &[u8],
        core_end: usize,
        masks: &mut Vec<Mask>,
    ) -> Option<usize> {
        let mut from = text.written;
        while let Some(header) = header_from(piece, from).filter(|header| header.start < core_end) {
            from = header.end;
            let start = header.start.max(text.written);
            if let Some(mask) = masks.iter().find(|mask| mask.range.contains(&start)) {
                from = from.max(mask.range.end);
                continue;
            }
            let Some(end) = footer_end(&piece[header.end..], true) else { return Some(start) };
            from = header.end + end;
            let (rule, mark) = self.block_mark(text, &piece[start..from]);
            masks.push(Mask { range: start..from, rule, mark });
            *masks = in_order(std::mem::take(masks));
        }
        None
    }

    /// Writes a piece up to `stop`, or the end of the value that stands there. Returns where it ended.
    fn write(&mut self, text: &mut Text<'_>, piece: &[u8], stop: usize, masks: &[Mask]) -> usize {
        let mut at = text.written;
        for mask in masks.iter().filter(|mask| mask.range.start < stop) {
            if mask.range.end > at {
                text.out.extend_from_slice(&piece[at..mask.range.start.max(at)]);
                text.out.extend_from_slice(mask.mark.as_bytes());
                *self.masked.entry(mask.rule).or_default() += 1;
                at = mask.range.end;
            }
        }
        if at < stop {
            text.out.extend_from_slice(&piece[at..stop]);
        }
        at.max(stop)
    }

    /// Masks a private key once its footer or 64 KiB are read; returns what is done with.
    fn block(&mut self, text: &mut Text<'_>, rest: &[u8], ended: bool) -> Option<usize> {
        let within = &rest[..rest.len().min(BLOCK)];
        let header = header_from(within, 0).map_or(0, |header| header.end);
        let end = footer_end(&within[header..], ended || rest.len() >= BLOCK).map(|end| header + end);
        let end = match end {
            Some(end) => end,
            // The line that the 64 KiB end in is judged like any other.
            None if rest.len() >= BLOCK => within.rfind_byte(b'\n').map_or(BLOCK, |at| at + 1),
            None if ended => rest.len(),
            None => return None,
        };
        let (rule, mark) = self.block_mark(text, &rest[..end]);
        text.out.extend_from_slice(mark.as_bytes());
        *self.masked.entry(rule).or_default() += 1;
        text.in_block = false;
        if end < BLOCK {
            return Some(end);
        }
        // In a line without an end: what was masked stays in view, so that a value which goes on is seen whole.
        text.written = end;
        Some(0)
    }

    /// The rule and mark of a private key.
    fn block_mark(&self, text: &Text<'_>, block: &[u8]) -> (&'static str, String) {
        let found = self.detector.find(block, &text.facts).matches;
        let (rule, value) = match found.iter().find(|found| found.value.start == 0) {
            Some(found) => (self.detector.rules()[usize::from(found.rule)].meta.id, found.value_in(block)),
            None => ("private-key-pem", block),
        };
        (rule, self.mark(rule, (text.path, b""), value))
    }
}

/// Sorted, and one mask for those that overlap.
fn in_order(mut masks: Vec<Mask>) -> Vec<Mask> {
    masks.retain(|mask| !mask.range.is_empty());
    masks.sort_by_key(|mask| (mask.range.start, std::cmp::Reverse(mask.range.end)));
    let mut out: Vec<Mask> = Vec::new();
    for mask in masks {
        match out.last_mut() {
            Some(last) if mask.range.start < last.range.end => {
                last.range.end = last.range.end.max(mask.range.end);
            }
            _ => out.push(mask),
        }
    }
    out
}

/// Where the last private key begins, if its footer is not there and may yet come.
pub(super) fn open_block(text: &[u8]) -> Option<usize> {
    let last = text.len().saturating_sub(BLOCK);
    let mut from = last;
    while let Some(header) = header_from(text, from) {
        match footer_end(&text[header.end..], true) {
            Some(end) => from = header.end + end,
            None => return Some(header.start).filter(|start| *start >= last),
        }
    }
    None
}

/// The header of a private key whose last words stand at `from` or after it.
fn header_from(text: &[u8], from: usize) -> Option<Range<usize>> {
    const WORDS: &[u8] = b"PRIVATE KEY";
    // Made once: it is asked of every line.
    static FINDER: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new(WORDS));
    for at in FINDER.find_iter(&text[from..]).map(|at| from + at) {
        let window = at.saturating_sub(ARMOUR);
        let before = &text[window..at];
        let begin =
            [&b"-----BEGIN "[..], b"---- BEGIN "].iter().filter_map(|begin| before.rfind(begin)).max();
        if let Some(begin) = begin.filter(|&begin| !before[begin..].contains(&b'\n')) {
            return Some(window + begin..at + WORDS.len());
        }
    }
    None
}

/// Where the first footer ends; nothing if there is none, or, unless `complete`, if its end may not be read yet.
fn footer_end(text: &[u8], complete: bool) -> Option<usize> {
    let begin = [&b"-----END"[..], b"---- END"].iter().filter_map(|end| text.find(end)).min()?;
    let line = &text[begin..text.len().min(begin + ARMOUR)];
    let dashes = line.iter().take_while(|&&byte| byte == b'-').count();
    let close = line[dashes..].find(b"----").map(|at| dashes + at);
    let end =
        close.map(|close| close + line[close..].iter().take(5).take_while(|&&byte| byte == b'-').count());
    match end {
        Some(end) if complete || end < line.len() => Some(begin + end),
        None if complete || line.len() == ARMOUR => Some(begin + line.find_byte(b'\n').unwrap_or(line.len())),
        _ => None,
    }
}
