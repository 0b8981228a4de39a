//! Strings of React Native bundles that Hermes has compiled: they stand in one storage with nothing between them, so
//! each is put on a line of its own. Format: Hermes, `include/hermes/BCGen/HBC/BytecodeFileFormat.h`.

/// Length of the header, and where it says how many of each there are.
const HEADER: usize = 128;
const FUNCTIONS: usize = 40;
const KINDS: usize = 44;
const IDENTIFIERS: usize = 48;
const STRINGS: usize = 52;
const OVERFLOW: usize = 56;
const STORAGE: usize = 60;
/// The length that says that a string's place and length stand in the second table.
const LONG: u32 = 0xff;

/// All strings, a line each, and whether the tables are where they should be.
pub(super) fn strings(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let read = read(bytes, &mut out);
    (out, read.is_some())
}

fn read(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let count = |at: usize| number(at).map(|count| count as usize);
    let small = HEADER + 16 * count(FUNCTIONS)? + 4 * count(KINDS)? + 4 * count(IDENTIFIERS)?;
    let overflow = small + 4 * count(STRINGS)?;
    let storage = overflow + 8 * count(OVERFLOW)?;
    let storage = bytes.get(storage..storage.checked_add(count(STORAGE)?)?)?;
    for at in 0..count(STRINGS)? {
        let entry = number(small + 4 * at)?;
        let (is_utf16, offset, len) = (entry & 1 == 1, (entry >> 1) & 0x7f_ffff, entry >> 24);
        let (offset, len) = match len {
            LONG => (number(overflow + 8 * offset as usize)?, number(overflow + 8 * offset as usize + 4)?),
            len => (offset, len),
        };
        let len = if is_utf16 { 2 * len as usize } else { len as usize };
        let text = storage.get(offset as usize..(offset as usize).checked_add(len)?)?;
        // Overlapping strings would make much of little.
        if out.len() > 4 * bytes.len() {
            return None;
        }
        match is_utf16 {
            true => out.extend_from_slice(utf16(text).as_bytes()),
            false => out.extend_from_slice(text),
        }
        out.push(b'\n');
    }
    Some(())
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
