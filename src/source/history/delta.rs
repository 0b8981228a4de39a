//! Delta instructions of a pack entry: copies from a base, and inserted bytes.
//!
//! gix has no API for the instructions, and they are what tells which text of a version is new.
//! Format: gitformat-pack(5), "Deltified representation".

/// A range of the base that stands again in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copy {
    /// Where it begins in the base.
    pub base: usize,
    /// Where it begins in the target.
    pub target: usize,
    /// How long it is.
    pub len: usize,
}

/// Largest object that is unpacked into memory; beyond it the object is counted as not scanned.
pub(super) const LARGEST: usize = 4 << 30;

/// Applies `delta` to `base`, into `target`, and lists what was copied; adjoining copies are joined.
///
/// # Errors
/// What is wrong with the delta.
pub(super) fn apply(
    base: &[u8],
    delta: &[u8],
    target: &mut Vec<u8>,
    copies: &mut Vec<Copy>,
) -> Result<(), &'static str> {
    target.clear();
    copies.clear();
    let mut input = Input(delta);
    let base_len = input.size().ok_or("the delta's header is cut off")?;
    let target_len = input.size().ok_or("the delta's header is cut off")?;
    if base_len != base.len() {
        return Err("the delta is for a base of another size");
    }
    if target_len > LARGEST {
        return Err("the object is larger than 4 GiB");
    }
    if target.capacity() < target_len {
        // A new one: growing would copy what is of no use.
        *target = Vec::with_capacity(target_len);
    }
    while let Some(command) = input.byte() {
        if command & 0x80 != 0 {
            let (from, len) = input.copy(command).ok_or("a copy instruction is cut off")?;
            let text = base.get(from..from + len).ok_or("a copy reaches beyond its base")?;
            add_copy(copies, Copy { base: from, target: target.len(), len });
            target.extend_from_slice(text);
        } else {
            let text = input.take(usize::from(command)).ok_or("an insert instruction is cut off")?;
            if text.is_empty() {
                return Err("a reserved instruction");
            }
            target.extend_from_slice(text);
        }
        if target.len() > target_len {
            return Err("the delta makes more than it says");
        }
    }
    if target.len() == target_len { Ok(()) } else { Err("the delta makes less than it says") }
}

/// Applies `delta` to `base` if that makes at most `most` bytes.
///
/// # Errors
/// What is wrong with the delta.
pub(in crate::source) fn apply_within(
    (base, delta): (&[u8], &[u8]),
    most: usize,
    target: &mut Vec<u8>,
) -> Result<(), &'static str> {
    let mut input = Input(delta);
    match input.size().and_then(|_| input.size()) {
        Some(len) if len <= most => apply(base, delta, target, &mut Vec::new()),
        _ => Err("the object is too large"),
    }
}

fn add_copy(copies: &mut Vec<Copy>, new: Copy) {
    match copies.last_mut() {
        Some(last) if last.base + last.len == new.base && last.target + last.len == new.target => {
            last.len += new.len
        }
        _ => copies.push(new),
    }
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(text)
    }

    fn size(&mut self) -> Option<usize> {
        let mut size = 0usize;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            size |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(size);
            }
        }
        None
    }

    fn copy(&mut self, command: u8) -> Option<(usize, usize)> {
        let (mut from, mut len) = (0usize, 0usize);
        for bit in 0..4 {
            if command & (1 << bit) != 0 {
                from |= usize::from(self.byte()?) << (8 * bit);
            }
        }
        for bit in 0..3 {
            if command & (0x10 << bit) != 0 {
                len |= usize::from(self.byte()?) << (8 * bit);
            }
        }
        Some((from, if len == 0 { 0x10000 } else { len }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &[u8] = b"0123456789";

    fn run(delta: &[u8]) -> Result<(Vec<u8>, Vec<Copy>), &'static str> {
        let (mut target, mut copies) = (Vec::new(), Vec::new());
        apply(BASE, delta, &mut target, &mut copies).map(|()| (target, copies))
    }

    #[test]
    fn copies_and_inserts_make_the_target_and_adjoining_copies_are_one() {
        // copy 2+3, copy 5+2, insert "ab", copy 0+1
        let (target, copies) =
            run(&[10, 8, 0x91, 2, 3, 0x91, 5, 2, 2, b'a', b'b', 0x90, 1]).expect("a valid delta");
        assert_eq!(target, b"23456ab0");
        assert_eq!(copies, [Copy { base: 2, target: 0, len: 5 }, Copy { base: 0, target: 7, len: 1 }]);
    }

    #[test]
    fn a_broken_delta_says_what_is_wrong() {
        let cases: [(&[u8], &str); 7] = [
            (&[], "header"),
            (&[9, 1, 1, b'a'], "another size"),
            (&[10, 9, 0x91, 2, 9], "beyond its base"),
            (&[10, 3, 0x91, 2], "cut off"),
            (&[10, 3, 5, b'a'], "cut off"),
            (&[10, 1, 2, b'a', b'b'], "more than"),
            (&[10, 3, 2, b'a', b'b'], "less than"),
        ];
        for (delta, expected) in cases {
            assert!(run(delta).is_err_and(|message| message.contains(expected)), "{delta:?}");
        }
    }
}
