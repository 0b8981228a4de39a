//! Reads the mappings of a source map: ECMA-426, "Mappings grammar" and "Decode base64 VLQ".
//!
//! They are deltas, so a position is known only when all before it are read. They are read once for all positions that
//! are asked for, and nothing is kept.

/// A line and a column, both from 0; columns are UTF-16 units.
pub(super) type Position = (u64, u64);

/// What a segment says of the generated text from it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// Index among the sources.
    pub(super) source: usize,
    /// Where in the source.
    pub(super) position: Position,
}

/// Where these positions of the generated text come from; `wanted` is sorted.
///
/// # Errors
/// The byte at which the mappings cannot be read.
pub(super) fn origins(mappings: &[u8], wanted: &[Position]) -> Result<Vec<Option<Origin>>, usize> {
    let mut found = Vec::with_capacity(wanted.len());
    let mut reader = Reader::default();
    let mut last: Option<(Position, Option<Origin>)> = None;
    for line in mappings.split_inclusive(|&byte| byte == b';') {
        reader.column = 0;
        for text in line.split_inclusive(|&byte| byte == b',' || byte == b';') {
            let end = text.len() - usize::from(matches!(text.last(), Some(b',' | b';')));
            if end > 0 {
                let origin = reader.segment(&text[..end]).map_err(|at| reader.at + at)?;
                let here = (reader.line, reader.column.unsigned_abs());
                while let Some(&next) = wanted.get(found.len()).filter(|next| **next < here) {
                    found.push(before(last, next));
                }
                last = Some((here, origin));
            }
            reader.at += text.len();
        }
        if found.len() == wanted.len() {
            return Ok(found);
        }
        reader.line += 1;
    }
    while let Some(&next) = wanted.get(found.len()) {
        found.push(before(last, next));
    }
    Ok(found)
}

/// The origin of a position after the last segment, if that is in the same line.
fn before(last: Option<(Position, Option<Origin>)>, wanted: Position) -> Option<Origin> {
    last.filter(|(at, _)| at.0 == wanted.0)?.1
}

/// What deltas add up to.
#[derive(Default)]
struct Reader {
    at: usize,
    line: u64,
    column: i64,
    source: i64,
    original: (i64, i64),
}

impl Reader {
    /// Takes in one segment; where it comes from, if it says so.
    fn segment(&mut self, text: &[u8]) -> Result<Option<Origin>, usize> {
        let mut fields = [0_i64; 5];
        let (mut count, mut at) = (0, 0);
        while at < text.len() {
            let field = fields.get_mut(count).ok_or(at)?;
            (*field, at) = number(text, at)?;
            count += 1;
        }
        self.column += fields[0];
        if self.column < 0 || !matches!(count, 1 | 4 | 5) {
            return Err(0);
        }
        if count == 1 {
            return Ok(None);
        }
        self.source += fields[1];
        self.original.0 += fields[2];
        self.original.1 += fields[3];
        let whole = |number: i64| u64::try_from(number).map_err(|_| 0_usize);
        let source = usize::try_from(self.source).map_err(|_| 0_usize)?;
        Ok(Some(Origin { source, position: (whole(self.original.0)?, whole(self.original.1)?) }))
    }
}

/// The number at `at`, of at most 32 bits, and where the next begins.
fn number(text: &[u8], mut at: usize) -> Result<(i64, usize), usize> {
    let (mut bits, mut shift) = (0_i64, 0);
    loop {
        let digit = text.get(at).and_then(|byte| digit(*byte)).ok_or(at)?;
        bits |= (digit & 31) << shift;
        shift += 5;
        at += 1;
        if bits >> 33 != 0 || shift > 35 {
            return Err(at - 1);
        }
        if digit & 32 == 0 {
            let size = bits >> 1;
            return Ok((if bits & 1 == 1 { -size } else { size }, at));
        }
    }
}

fn digit(byte: u8) -> Option<i64> {
    let from = |first: u8, base: u8| Some(i64::from(byte - first + base));
    match byte {
        b'A'..=b'Z' => from(b'A', 0),
        b'a'..=b'z' => from(b'a', 26),
        b'0'..=b'9' => from(b'0', 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(source: usize, position: Position) -> Option<Origin> {
        Some(Origin { source, position })
    }

    #[test]
    fn a_position_belongs_to_the_last_segment_before_it_in_its_line() {
        // 0:0 is 0:0 of source 0; 0:8 is 2:4 of source 1; 0:12 is nowhere; line 2 begins at column 1 with 3:4.
        let mappings = b"AAAA,QCEI,I;;CACA";
        let wanted = [(0, 0), (0, 7), (0, 8), (0, 11), (0, 12), (1, 5), (2, 0), (2, 9), (7, 0)];
        let want = [
            origin(0, (0, 0)),
            origin(0, (0, 0)),
            origin(1, (2, 4)),
            origin(1, (2, 4)),
            None,
            None,
            None,
            origin(1, (3, 4)),
            None,
        ];
        assert_eq!(origins(mappings, &wanted), Ok(want.to_vec()));
    }

    #[test]
    fn what_is_no_mapping_is_an_error_where_it_stands() {
        for (text, at) in
            [("AAAA,A!AA", 6), ("AA", 0), ("D", 0), ("AAAA;g", 6), ("AAAAAA", 5), ("ggggggggA", 7)]
        {
            assert_eq!(origins(text.as_bytes(), &[(9, 9)]), Err(at), "{text}");
        }
        assert_eq!(origins(b"", &[(0, 0)]), Ok(vec![None]));
    }
}
