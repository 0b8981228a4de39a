//! The directory of a 7z archive: which files are packed together, how, and where.
//!
//! No count is believed that the header is too short for, so that nothing is larger than what was read.

use std::io;

use bstr::BString;

/// Steps of unpacking, and streams between them; 7-Zip itself takes 32.
const CODERS: usize = 32;
/// Bytes that a file takes at least: its name, and the end of it.
const FILE: usize = 4;
/// Ids of the parts of a header.
const HEADER: u8 = 0x01;
pub(super) const ENCODED: u8 = 0x17;
const STREAMS: u8 = 0x04;
const FILES: u8 = 0x05;
const PACK: u8 = 0x06;
const UNPACK: u8 = 0x07;
const SUBSTREAMS: u8 = 0x08;
const SIZES: u8 = 0x09;
const SUMS: u8 = 0x0a;
const FOLDERS: u8 = 0x0b;
const UNPACK_SIZES: u8 = 0x0c;
const COUNTS: u8 = 0x0d;
const NO_STREAM: u8 = 0x0e;
const NAMES: u8 = 0x11;

/// One step of unpacking.
#[derive(Debug, Default)]
pub(super) struct Coder {
    pub(super) method: Vec<u8>,
    pub(super) properties: Vec<u8>,
    is_simple: bool,
}

/// Files that are packed together.
#[derive(Debug, Default)]
pub(super) struct Folder {
    coders: Vec<Coder>,
    /// Which coder's input is which coder's output.
    bound: Vec<(usize, usize)>,
    /// What comes out of each coder.
    sizes: Vec<u64>,
    sum: Option<u32>,
    /// Where its packed bytes begin after the first header, and how many there are.
    pub(super) from: u64,
    pub(super) packed: u64,
    streams: usize,
    files: Vec<(u64, Option<u32>)>,
}

impl Folder {
    /// The coders in the order of unpacking, with what comes out of each; nothing if they are no chain.
    pub(super) fn chain(&self) -> Option<Vec<(&Coder, u64)>> {
        let first = (0..self.coders.len()).find(|at| self.bound.iter().all(|(input, _)| input != at))?;
        let (mut chain, mut at) = (Vec::new(), first);
        while chain.len() < self.coders.len() {
            let coder = self.coders.get(at).filter(|coder| coder.is_simple)?;
            chain.push((coder, *self.sizes.get(at)?));
            match self.bound.iter().find(|(_, output)| *output == at) {
                Some((input, _)) => at = *input,
                None => break,
            }
        }
        (chain.len() == self.coders.len() && self.streams == 1).then_some(chain)
    }

    /// What comes out of it.
    pub(super) fn size(&self) -> u64 {
        let is_last = |at: &usize| self.bound.iter().all(|(_, output)| output != at);
        (0..self.sizes.len()).rev().find(is_last).map_or(0, |at| self.sizes[at])
    }
}

/// A file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: BString,
    pub(super) size: u64,
    pub(super) sum: Option<u32>,
    /// Which folder holds it; nothing for empty files and folders.
    pub(super) folder: Option<usize>,
}

/// What is packed, and what it is called.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) folders: Vec<Folder>,
    pub(super) files: Vec<File>,
}

impl Header {
    /// Reads a header that is not packed any more.
    pub(super) fn read(bytes: &[u8]) -> io::Result<Self> {
        read(&mut Input(bytes)).ok_or_else(damaged)
    }

    /// Reads how a packed header is packed.
    pub(super) fn streams(bytes: &[u8]) -> io::Result<Vec<Folder>> {
        streams(&mut Input(bytes)).ok_or_else(damaged)
    }
}

fn damaged() -> io::Error {
    io::Error::other("its directory is damaged")
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|one| one[0])
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number: the first byte's leading ones say how many bytes follow.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let low =
            self.take(more as usize)?.iter().rev().fold(0, |all: u64, byte| all << 8 | u64::from(*byte));
        let high = u64::from(first & 0x7f_u8.checked_shr(more).unwrap_or(0));
        Some(low | high.checked_shl(8 * more).unwrap_or(0))
    }

    /// A count of what takes at least a bit each.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len().saturating_mul(8)).then_some(count)
    }

    fn numbers(&mut self, count: usize) -> Option<Vec<u64>> {
        (0..count).map(|_| self.number()).collect()
    }

    fn bits(&mut self, count: usize) -> Option<Vec<bool>> {
        let bytes = self.take(count.div_ceil(8))?;
        Some((0..count).map(|at| bytes[at / 8] & (0x80 >> (at % 8)) != 0).collect())
    }

    fn sums(&mut self, count: usize) -> Option<Vec<Option<u32>>> {
        let there = if self.byte()? == 0 { self.bits(count)? } else { vec![true; count] };
        let sum = |there: bool| match there {
            true => Some(Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))),
            false => Some(None),
        };
        there.into_iter().map(sum).collect()
    }
}

fn read(input: &mut Input<'_>) -> Option<Header> {
    if input.byte()? != HEADER {
        return None;
    }
    let mut header = Header::default();
    loop {
        match input.byte()? {
            0 => return Some(header),
            STREAMS => header.folders = streams(input)?,
            FILES => header.files = files(input, &header.folders)?,
            _ => return None,
        }
    }
}

fn streams(input: &mut Input<'_>) -> Option<Vec<Folder>> {
    let (mut from, mut sizes, mut folders, mut is_told) = (0, Vec::new(), Vec::new(), false);
    loop {
        match input.byte()? {
            0 => break,
            PACK => (from, sizes) = packed(input)?,
            UNPACK => folders = unpack(input)?,
            SUBSTREAMS => {
                substreams(input, &mut folders)?;
                is_told = true;
            }
            _ => return None,
        }
    }
    let mut sizes = sizes.into_iter();
    for folder in &mut folders {
        folder.from = from;
        folder.packed = sizes.next()?;
        let more: u64 = sizes.by_ref().take(folder.streams - 1).sum();
        from = from.checked_add(folder.packed)?.checked_add(more)?;
        if !is_told {
            folder.files.push((folder.size(), folder.sum));
        }
    }
    Some(folders)
}

fn packed(input: &mut Input<'_>) -> Option<(u64, Vec<u64>)> {
    let from = input.number()?;
    let count = input.count()?;
    let mut sizes = Vec::new();
    loop {
        match input.byte()? {
            0 => return Some((from, sizes)),
            SIZES => sizes = input.numbers(count)?,
            SUMS => drop(input.sums(count)?),
            _ => return None,
        }
    }
}

fn unpack(input: &mut Input<'_>) -> Option<Vec<Folder>> {
    let mut folders: Vec<Folder> = Vec::new();
    loop {
        match input.byte()? {
            0 => return Some(folders),
            FOLDERS => {
                let count = input.count()?;
                // Kept elsewhere: nothing writes that.
                if input.byte()? != 0 {
                    return None;
                }
                folders = (0..count).map(|_| folder(input)).collect::<Option<_>>()?;
            }
            UNPACK_SIZES => {
                for folder in &mut folders {
                    folder.sizes = input.numbers(folder.coders.len())?;
                }
            }
            SUMS => {
                let sums = input.sums(folders.len())?;
                folders.iter_mut().zip(sums).for_each(|(folder, sum)| folder.sum = sum);
            }
            _ => return None,
        }
    }
}

fn folder(input: &mut Input<'_>) -> Option<Folder> {
    let mut folder = Folder { streams: 1, ..Folder::default() };
    let (mut inputs, mut outputs) = (0, 0);
    for _ in 0..input.count().filter(|&coders| coders <= CODERS)? {
        let flags = input.byte()?;
        let method = input.take(usize::from(flags & 0x0f))?.to_vec();
        let (of_input, of_output) = if flags & 0x10 != 0 { (input.count()?, input.count()?) } else { (1, 1) };
        let properties = if flags & 0x20 != 0 { input.count()? } else { 0 };
        let properties = input.take(properties)?.to_vec();
        let is_simple = (of_input, of_output) == (1, 1);
        folder.coders.push(Coder { method, properties, is_simple });
        if of_input > CODERS || of_output > CODERS {
            return None;
        }
        inputs += of_input;
        outputs += of_output;
    }
    // Only the last coder's output is bound to nothing.
    for _ in 0..usize::checked_sub(outputs, 1)? {
        folder.bound.push((input.count()?, input.count()?));
    }
    folder.streams = inputs.checked_sub(folder.bound.len()).filter(|&streams| streams > 0)?;
    if folder.streams > 1 {
        input.numbers(folder.streams)?;
    }
    Some(folder)
}

fn substreams(input: &mut Input<'_>, folders: &mut [Folder]) -> Option<()> {
    let mut counts = vec![1; folders.len()];
    let mut next = input.byte()?;
    if next == COUNTS {
        counts = folders.iter().map(|_| input.count()).collect::<Option<_>>()?;
        next = input.byte()?;
    }
    for (folder, &count) in folders.iter_mut().zip(&counts) {
        let mut left = folder.size();
        if count > 1 && next != SIZES {
            return None;
        }
        for at in 0..count {
            let is_last = at + 1 == count;
            let size = if is_last || next != SIZES { left } else { input.number()? };
            left = left.checked_sub(size)?;
            folder.files.push((size, None));
        }
    }
    if next == SIZES {
        next = input.byte()?;
    }
    if next == SUMS {
        let is_known = |folder: &Folder| folder.files.len() == 1 && folder.sum.is_some();
        let unknown =
            folders.iter().filter(|folder| !is_known(folder)).map(|folder| folder.files.len()).sum();
        let mut sums = input.sums(unknown)?.into_iter();
        for folder in folders.iter_mut() {
            match is_known(folder) {
                true => folder.files[0].1 = folder.sum,
                false => folder.files.iter_mut().try_for_each(|file| sums.next().map(|sum| file.1 = sum))?,
            }
        }
        next = input.byte()?;
    }
    (next == 0).then_some(())
}

fn files(input: &mut Input<'_>, folders: &[Folder]) -> Option<Vec<File>> {
    let count = input.count().filter(|&files| files <= input.0.len() / FILE)?;
    let (mut empty, mut names) = (vec![false; count], Vec::new());
    loop {
        let kind = input.byte()?;
        if kind == 0 {
            break;
        }
        let len = usize::try_from(input.number()?).ok()?;
        let mut property = Input(input.take(len)?);
        match kind {
            NO_STREAM => empty = property.bits(count)?,
            NAMES if property.byte()? == 0 => names = utf16_names(property.0),
            _ => {}
        }
    }
    let mut streams =
        folders.iter().enumerate().flat_map(|(at, folder)| folder.files.iter().map(move |file| (at, *file)));
    let mut names = names.into_iter();
    let file = |is_empty: bool| {
        let name = names.next().unwrap_or_default();
        let stream = if is_empty { None } else { streams.next() };
        let (size, sum) = stream.map_or((0, None), |(_, file)| file);
        File { name, size, sum, folder: stream.map(|(at, _)| at) }
    };
    let mut files: Vec<File> = empty.into_iter().map(file).collect();
    // What is packed is read, whether it has a name or not.
    let nameless =
        streams.map(|(at, (size, sum))| File { name: "<nameless>".into(), size, sum, folder: Some(at) });
    files.extend(nameless);
    Some(files)
}

fn utf16_names(bytes: &[u8]) -> Vec<BString> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    let name = |units: &[u16]| String::from_utf16_lossy(units).into();
    units.split(|&unit| unit == 0).map(name).collect()
}
