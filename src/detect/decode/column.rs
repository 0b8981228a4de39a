//! Tables: a column whose heading names a credential, in CSV and TSV, in Markdown and what database clients print, and
//! in SQL's `INSERT INTO … VALUES`.
//!
//! A value stands far from what names it, so that each cell is read as what its heading says: `heading="cell"`. A
//! region begins with the mark before the heading's cell. Rows are complete, so the column is counted from their end.

use std::ops::Range;

use super::{LONGEST, Pieces, Region, Way};

/// Longest heading on either side of the word that tells.
const HEADING: usize = 48;
/// Farthest that the first heading stands before the word, and the first row begins after it.
const HEADINGS: usize = 180;
/// Bytes before a list of columns that tell of an `INSERT`, or before a line of headings that tell of a table's start.
const INTO: usize = 96;
/// Words of a heading.
const MOST_WORDS: usize = 3;
/// Shortest cell that is read.
const SHORTEST: usize = 4;
/// Longest row.
const ROW: usize = 4 << 10;
/// Rows in a row that have another number of cells, such as one that goes on in the next line.
const MOST_ODD: usize = 3;

/// Bytes on either side of the word that tell whether it is a heading.
pub(super) const REACH: usize = HEADING + HEADINGS + INTO + 8;

/// How the cells of a table are told from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    /// Lines with a mark between two cells.
    Lines(u8),
    /// Tuples after a list of columns.
    Tuples,
}

/// A heading.
struct Heading {
    /// Its cell, without the marks on either side.
    cell: Range<usize>,
    table: Table,
}

/// Whether a word that names a credential stands in the heading of a table.
pub(super) fn is_heading(bytes: &[u8], at: usize) -> bool {
    heading(bytes, at).is_some_and(|heading| match heading.table {
        Table::Lines(mark) => begins_lines(bytes, &heading.cell, mark),
        Table::Tuples => begins_tuples(bytes, &heading.cell),
    })
}

fn is_heading_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-. \"`'[]#/".contains(&byte)
}

/// The cell round the word at `at`, if marks of one table or ends of the line stand round it.
fn heading(bytes: &[u8], at: usize) -> Option<Heading> {
    let is_in = |byte: &&u8| is_heading_byte(**byte);
    let start = at - bytes[..at].iter().rev().take(HEADING).take_while(is_in).count();
    let end = at + bytes[at..].iter().take(HEADING).take_while(is_in).count();
    let before = start.checked_sub(1).map_or(b'\n', |at| bytes[at]);
    let after = bytes.get(end).copied().filter(|&byte| byte != b'\r').unwrap_or(b'\n');
    let table = match (before, after) {
        (b'(', b',' | b')') | (b',', b')') => Table::Tuples,
        (b',', b',') if values(bytes, end).is_some() => Table::Tuples,
        (b'\n', mark) | (mark, b'\n') if is_mark(mark) => Table::Lines(mark),
        (mark, other) if is_mark(mark) && mark == other => Table::Lines(mark),
        _ => return None,
    };
    Some(Heading { cell: start..end, table })
}

fn is_mark(byte: u8) -> bool {
    b",;\t|".contains(&byte)
}

/// The bracket that opens the list of headings before `at`.
fn open_before(bytes: &[u8], at: usize) -> Option<usize> {
    let is_in = |byte: &&u8| is_heading_byte(**byte) || **byte == b',' || byte.is_ascii_whitespace();
    let open = at.checked_sub(1 + bytes[..at].iter().rev().take(HEADINGS).take_while(is_in).count())?;
    (bytes[open] == b'(').then_some(open)
}

/// Whether the cell is one of a line of headings that begins a table, with a row after it.
fn begins_lines(bytes: &[u8], cell: &Range<usize>, mark: u8) -> bool {
    let from = cell.start.saturating_sub(HEADINGS);
    let start = memchr::memrchr(b'\n', &bytes[from..cell.start]).map(|at| from + at + 1);
    let Some(start) = start.or((from == 0).then_some(0)) else { return false };
    let limit = bytes.len().min(cell.end + HEADINGS);
    let Some(end) = memchr::memchr(b'\n', &bytes[cell.end..limit]).map(|at| cell.end + at) else {
        return false;
    };
    let headings = trimmed(&bytes[start..end]);
    let next = &bytes[end + 1..limit];
    let (row, is_whole) = match memchr::memchr(b'\n', next) {
        Some(len) => (trimmed(&next[..len]), true),
        None => (next, limit == bytes.len()),
    };
    match mark {
        // Code has such bars as well, but no line of dashes.
        b'|' => row.contains(&b'-') && is_rule(row),
        _ => {
            let (columns, cells) = (split(headings, mark).count(), split(row, mark).count());
            is_first_line(bytes, start)
                && split(headings, mark).all(|cell| is_title(&headings[cell]))
                && if is_whole { cells == columns } else { cells <= columns }
        }
    }
}

/// Whether a cell is a word or a few, as headings are.
fn is_title(cell: &[u8]) -> bool {
    let words = cell.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty()).count();
    let is_in = |byte: &u8| is_heading_byte(*byte) && !b"[]#/".contains(byte);
    (1..=MOST_WORDS).contains(&words) && cell.len() <= HEADING && cell.iter().all(is_in)
}

/// Whether a line stands at the start of the text, or after an empty line, a comment or the fence of a code block.
fn is_first_line(bytes: &[u8], start: usize) -> bool {
    let Some(end) = start.checked_sub(1) else { return true };
    let from = end.saturating_sub(INTO);
    let newline = memchr::memrchr(b'\n', &bytes[from..end]).map(|at| from + at + 1);
    let line = newline.or((from == 0).then_some(0)).map(|from| trimmed(&bytes[from..end]));
    line.is_some_and(|line| line.is_empty() || line.starts_with(b"#") || line.starts_with(b"```"))
}

/// A line between headings and rows.
fn is_rule(line: &[u8]) -> bool {
    line.iter().all(|byte| b"-+|: =\r".contains(byte))
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether the cell is one of a list of columns that an `INSERT` begins with.
fn begins_tuples(bytes: &[u8], cell: &Range<usize>) -> bool {
    let Some(open) = open_before(bytes, cell.start) else { return false };
    let into = &bytes[open.saturating_sub(INTO)..open];
    into.windows(5).any(|five| five[..4].eq_ignore_ascii_case(b"into") && five[4].is_ascii_whitespace())
        && values(bytes, cell.end).is_some()
}

/// Where the first tuple begins after the list of columns that goes on at `at`.
fn values(bytes: &[u8], at: usize) -> Option<usize> {
    let text = &bytes[at..bytes.len().min(at + HEADINGS)];
    let close = memchr::memchr(b')', text)?;
    let word = close + 1 + text[close + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let is_values = text.get(word..word + 6)?.eq_ignore_ascii_case(b"values");
    is_values.then_some(at + word + 6)
}

/// The region of the heading at `anchor`: nothing if it is none.
pub(super) fn region(bytes: &[u8], anchor: usize) -> Region {
    let Some(heading) = heading(bytes, anchor).filter(|_| is_heading(bytes, anchor)) else {
        return Region { range: anchor..anchor, is_cut: false };
    };
    let start = heading.cell.start.saturating_sub(1);
    let limit = bytes.len().min(start + LONGEST);
    let text = &bytes[start..limit];
    let mut end = 0;
    rows(text, &mut |_, until| end = until);
    Region { range: start..start + end, is_cut: start + end == limit && limit < bytes.len() }
}

/// A region's cells below its heading, as assignments to it.
pub(super) fn decoded(text: &[u8], with_places: bool) -> Way {
    let mut out = Pieces::new(text.len(), with_places);
    let name = name(text);
    rows(text, &mut |cell, _| {
        let Some(cell) = cell.map(|cell| inner(text, cell)).filter(|cell| cell.len() >= SHORTEST) else {
            return;
        };
        let quote: &[u8] = if text[cell.clone()].contains(&b'"') { b"'" } else { b"\"" };
        out.push(&name, cell.clone());
        out.push(b"=", cell.clone());
        out.push(quote, cell.clone());
        out.copy(text, cell.clone());
        out.push(quote, cell.clone());
        out.push(b"\n", cell);
    });
    out.finish()
}

/// The heading of a region as a name in code.
fn name(text: &[u8]) -> Vec<u8> {
    let Some(heading) = first(text) else { return Vec::new() };
    let cell = inner(text, heading.cell);
    text[cell].iter().map(|&byte| if byte.is_ascii_alphanumeric() { byte } else { b'_' }).collect()
}

/// The heading that a region begins with, after the mark before it.
fn first(text: &[u8]) -> Option<Heading> {
    heading(text, usize::from(text.first().is_some_and(|byte| !is_heading_byte(*byte))))
}

/// A cell without blanks and quotes round it.
fn inner(text: &[u8], cell: Range<usize>) -> Range<usize> {
    let blank = |byte: &&u8| byte.is_ascii_whitespace();
    let start = cell.start + text[cell.clone()].iter().take_while(blank).count();
    let end = cell.end - text[start..cell.end].iter().rev().take_while(blank).count();
    match text[start..end] {
        [b'[', .., b']'] => start + 1..end - 1,
        [first @ (b'"' | b'\'' | b'`'), .., last] if first == last => start + 1..end - 1,
        _ => start..end,
    }
}

/// Calls `found` for each row of a region with the cell below the heading, if it has the number of cells, and where
/// the row ends.
fn rows(text: &[u8], found: &mut dyn FnMut(Option<Range<usize>>, usize)) {
    match first(text) {
        Some(Heading { cell, table: Table::Lines(mark) }) => lines(text, &cell, mark, found),
        Some(Heading { cell, .. }) => tuples(text, &cell, found),
        None => {}
    }
}

fn lines(text: &[u8], cell: &Range<usize>, mark: u8, found: &mut dyn FnMut(Option<Range<usize>>, usize)) {
    let line_end = |from: usize| memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |len| from + len);
    let end = line_end(cell.end);
    // The heading's cell is the last of so many.
    let from_end = memchr::memchr_iter(mark, &text[cell.end..end]).count();
    let (mut at, mut odd, mut cells) = (end + 1, 0, None);
    while at < text.len() && odd <= MOST_ODD {
        let end = line_end(at);
        let line = trimmed(&text[at..end]);
        let row: Vec<Range<usize>> = split(line, mark).collect();
        let is_row = !is_rule(line) && row.len() > from_end && *cells.get_or_insert(row.len()) == row.len();
        if is_end(line) || mark == b'|' && !is_row && cells.is_some() {
            return found(None, end);
        }
        odd = if is_row || is_rule(line) { 0 } else { odd + 1 };
        let below = is_row.then(|| row[row.len() - 1 - from_end].clone());
        found(below.map(|cell| at + cell.start..at + cell.end), end);
        at = end + 1;
    }
}

/// Whether a table ends with the line: all after which another may begin, so that no two of them have rows in common,
/// and what is too long.
fn is_end(line: &[u8]) -> bool {
    line.trim_ascii().is_empty() || line.starts_with(b"#") || line.starts_with(b"```") || line.len() > ROW
}

/// The cells of a row: a mark within double quotes at the start of a cell parts nothing (RFC 4180, section 2).
fn split(line: &[u8], mark: u8) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let quoted = line[start..].starts_with(b"\"").then(|| closed(line, start, b'"')).flatten();
        let from = quoted.unwrap_or(start);
        let end = memchr::memchr(mark, &line[from..]).map(|at| from + at);
        next = end.map(|end| end + 1);
        Some(start..end.unwrap_or(line.len()))
    })
}

/// Where the text in quotes at `open` ends, after the quote that closes it; a quote within it is written twice or
/// after a backslash.
fn closed(text: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr::memchr2(quote, b'\\', text.get(at..)?)?;
        match (text[at], text.get(at + 1)) {
            (b'\\', _) => at += 2,
            (_, Some(&next)) if next == quote => at += 2,
            _ => return Some(at + 1),
        }
    }
}

fn tuples(text: &[u8], cell: &Range<usize>, found: &mut dyn FnMut(Option<Range<usize>>, usize)) {
    let Some(mut at) = values(text, cell.end) else { return };
    let columns = memchr::memchr(b')', &text[cell.end..]).map_or(cell.end, |len| cell.end + len);
    let from_end = memchr::memchr_iter(b',', &text[cell.end..columns]).count();
    loop {
        let blanks =
            text[at..].iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b',').count();
        if text.get(at + blanks) != Some(&b'(') {
            return;
        }
        let (row, end) = tuple(text, at + blanks + 1);
        let below = row.len().checked_sub(1 + from_end).map(|index| row[index].clone());
        found(below, end);
        at = end;
    }
}

/// The cells of the tuple that begins at `at`, and where it ends.
fn tuple(text: &[u8], at: usize) -> (Vec<Range<usize>>, usize) {
    let text = &text[..text.len().min(at + ROW)];
    let (mut cells, mut start, mut depth, mut next) = (Vec::new(), at, 0, at);
    while let Some(&byte) = text.get(next) {
        match byte {
            b'\'' | b'"' => match closed(text, next, byte) {
                Some(end) => {
                    next = end;
                    continue;
                }
                None => break,
            },
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b')' => {
                cells.push(start..next);
                return (cells, next + 1);
            }
            b',' if depth == 0 => {
                cells.push(start..next);
                start = next + 1;
            }
            _ => {}
        }
        next += 1;
    }
    (Vec::new(), text.len())
}
