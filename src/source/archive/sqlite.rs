//! Rows of SQLite databases. In the file the columns of a row have nothing between them, and a long row goes on in
//! other pages, so each column is put on a line of its own. Rows that were deleted are read with the file's bytes.
//!
//! Format: <https://www.sqlite.org/fileformat2.html>, sections 1.5 and 2.1.

use std::cell::Cell;

/// Length of the file's header, which is in the first page.
const HEADER: usize = 100;
/// The kind of a page that holds rows of a table.
const TABLE_LEAF: u8 = 0x0d;
/// Shorter texts tell nothing.
const SHORTEST: u64 = 6;
/// The most that is read of one row.
const LONGEST: usize = 16 << 20;

struct Database<'a> {
    bytes: &'a [u8],
    page: usize,
    usable: usize,
    /// Bytes of rows so far.
    read: Cell<usize>,
}

/// The texts of all rows, a line each, and whether all were read.
pub(super) fn rows(bytes: &[u8]) -> (Vec<u8>, bool) {
    let page = match bytes.get(16..18) {
        Some(&[0, 1]) => 1 << 16,
        Some(&[high, low]) => usize::from(high) << 8 | usize::from(low),
        _ => return (Vec::new(), false),
    };
    let reserved = usize::from(bytes.get(20).copied().unwrap_or_default());
    let mut out = Vec::new();
    if page < 512 || reserved > page - 480 {
        return (out, false);
    }
    let database = Database { bytes, page, usable: page - reserved, read: Cell::new(0) };
    for at in 1..=bytes.len().div_ceil(page) {
        database.page(at, &mut out);
    }
    (out, !database.is_spent())
}

impl<'a> Database<'a> {
    /// Whether rows hold more than there is: chains that many of them share would make much of little.
    fn is_spent(&self) -> bool {
        self.read.get() > 4 * self.bytes.len() + LONGEST
    }

    /// The bytes of a page; pages count from 1.
    fn at(&self, number: usize) -> Option<&'a [u8]> {
        let from = number.checked_sub(1)?.checked_mul(self.page)?;
        self.bytes.get(from..self.bytes.len().min(from.checked_add(self.page)?))
    }

    fn page(&self, number: usize, out: &mut Vec<u8>) -> Option<()> {
        let page = self.at(number)?;
        let header = page.get(if number == 1 { HEADER } else { 0 }..)?;
        if *header.first()? != TABLE_LEAF {
            return None;
        }
        let cells = u16::from_be_bytes([*header.get(3)?, *header.get(4)?]);
        for cell in header.get(8..)?.chunks_exact(2).take(cells.into()) {
            self.row(page, usize::from(u16::from_be_bytes([cell[0], cell[1]])), out);
        }
        Some(())
    }

    fn row(&self, page: &[u8], at: usize, out: &mut Vec<u8>) -> Option<()> {
        let mut cell = page.get(at..).filter(|_| !self.is_spent())?;
        let len = usize::try_from(varint(&mut cell)?).ok()?.min(LONGEST);
        varint(&mut cell)?;
        columns(&self.payload(cell, len)?, out)
    }

    /// A row's bytes: those in its page, and those in the pages it goes on in.
    fn payload(&self, cell: &[u8], len: usize) -> Option<Vec<u8>> {
        let most = self.usable - 35;
        if len <= most {
            self.read.set(self.read.get() + len);
            return Some(cell.get(..len)?.to_vec());
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let local = least + (len - least) % (self.usable - 4);
        let local = if local <= most { local } else { least };
        let mut payload = cell.get(..local)?.to_vec();
        let number = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize);
        let mut next = number(&cell[local..])?;
        while payload.len() < len {
            let Some(page) = self.at(next).filter(|page| page.len() > 4) else { break };
            let data = &page[4..page.len().min(self.usable)];
            payload.extend_from_slice(&data[..data.len().min(len - payload.len())]);
            next = number(page)?;
        }
        self.read.set(self.read.get() + payload.len());
        Some(payload)
    }
}

/// Puts the texts and blobs of a row on lines of their own.
fn columns(row: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut kinds = row;
    let header = usize::try_from(varint(&mut kinds)?).ok()?;
    let mut at = header;
    kinds = row.get(row.len() - kinds.len()..header)?;
    while let Some(kind) = varint(&mut kinds) {
        let len = match kind {
            0..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            8..=11 => 0,
            _ => (kind - 12) / 2,
        };
        let end = at.checked_add(usize::try_from(len).ok()?)?;
        let value = &row[at.min(row.len())..end.min(row.len())];
        if kind >= 12 && len >= SHORTEST {
            out.extend_from_slice(value);
            out.push(b'\n');
        }
        at = end;
    }
    Some(())
}

/// A number of one to nine bytes, seven bits in each but the ninth.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for at in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if at == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}
