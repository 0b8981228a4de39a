//! Streams of PDF files. Found by their keywords and not by the table of objects, so that a damaged file or an older
//! version within it is read as well.
//!
//! A library would build pages and fonts; what is needed is to unpack, and to put strings together that are shown with
//! small shifts between them: `[(sk_) -20 (live)] TJ`. Format: ISO 32000-1, 7.3.8, 7.4 and 9.4.3.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use bstr::ByteSlice;
use flate2::read::ZlibDecoder;

use super::beside::{Content, Part};
use crate::finding::GapReason;

/// How far before a stream its dictionary may begin.
const DICTIONARY: usize = 4 << 10;
/// What packs pixels, in which there is no text.
const PIXELS: &[&[u8]] = &[b"DCTDecode", b"DCT", b"JPXDecode", b"CCITTFaxDecode", b"CCF", b"JBIG2Decode"];

/// Hands over what streams hold, and the text that is shown in pieces.
pub(super) fn parts<'a>(bytes: &'a [u8], hand: &mut dyn FnMut(Part<'a>)) {
    if is_encrypted(bytes) {
        let detail = "its streams are encrypted; only its password, or a reader that has it, opens them";
        return hand(Part {
            name: "streams".into(),
            content: Content::Gap(GapReason::EncryptedMember, detail.into()),
        });
    }
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&bytes[at..], b"stream") {
        let keyword = at + found;
        at = keyword + b"stream".len();
        let Some(start) = data_start(bytes, keyword) else { continue };
        let end = memchr::memmem::find(&bytes[start..], b"endstream").map_or(bytes.len(), |len| start + len);
        stream(bytes, (keyword, start..end), hand);
        at = end + b"endstream".len().min(bytes.len() - end);
    }
}

/// Whether the trailer names how the file is encrypted.
fn is_encrypted(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"/Encrypt").any(|at| {
        let value = bytes[at + 8..].trim_ascii_start();
        value.starts_with(b"<<") || value.first().is_some_and(u8::is_ascii_digit)
    })
}

/// Where the data begins, if the keyword stands after a dictionary and before the end of its line.
fn data_start(bytes: &[u8], keyword: usize) -> Option<usize> {
    let is_after = bytes[..keyword].trim_ascii_end().ends_with(b">>");
    match &bytes[keyword + b"stream".len()..] {
        [b'\r', b'\n', ..] if is_after => Some(keyword + 8),
        [b'\n' | b'\r', ..] if is_after => Some(keyword + 7),
        _ => None,
    }
}

fn stream<'a>(
    bytes: &'a [u8],
    (keyword, data): (usize, std::ops::Range<usize>),
    hand: &mut dyn FnMut(Part<'a>),
) {
    let before = &bytes[keyword.saturating_sub(DICTIONARY)..keyword];
    let dictionary = &before[before.rfind(b" obj").unwrap_or(0)..];
    let name = name(before, keyword);
    let filters = filters(dictionary);
    if filters.iter().any(|filter| PIXELS.contains(&filter.as_slice())) {
        return;
    }
    let Some(unpacked) = unpacked(&bytes[data], &filters) else {
        let detail = format!("a stream packed by {}", bstr::join(", ", &filters).as_bstr());
        return hand(Part {
            name: name.into(),
            content: Content::Gap(GapReason::UnknownCompression, detail),
        });
    };
    if !filters.is_empty() {
        hand(Part { name: name.as_str().into(), content: Content::Packed(unpacked()) });
    }
    hand(Part { name: format!("{name} text").into(), content: Content::Made(unpacked(), shown) });
}

/// What undoes the filters: those that write bytes as text, and then one that packs.
fn unpacked<'a>(data: &'a [u8], filters: &[Vec<u8>]) -> Option<impl Fn() -> Box<dyn Read + 'a>> {
    let (mut text, mut packed) = (Cow::Borrowed(data), false);
    for filter in filters {
        match filter.as_slice() {
            _ if packed => return None,
            b"FlateDecode" | b"Fl" => packed = true,
            b"ASCII85Decode" | b"A85" => text = ascii85(&text).into(),
            b"ASCIIHexDecode" | b"AHx" => text = hex(&text).into(),
            _ => return None,
        }
    }
    Some(move || -> Box<dyn Read + 'a> {
        match (text.clone(), packed) {
            (Cow::Borrowed(data), true) => Box::new(ZlibDecoder::new(data)),
            (Cow::Owned(data), true) => Box::new(ZlibDecoder::new(Cursor::new(data))),
            (Cow::Borrowed(data), false) => Box::new(data),
            (Cow::Owned(data), false) => Box::new(Cursor::new(data)),
        }
    })
}

/// `object 12`, or where the stream stands.
fn name(before: &[u8], keyword: usize) -> String {
    let number = before.rfind(b" obj").and_then(|at| {
        let words = before[..at].trim_ascii_end().rsplit(|byte| byte.is_ascii_whitespace()).nth(1)?;
        words.to_str().ok()?.parse::<u64>().ok()
    });
    number.map_or_else(|| format!("stream at {keyword}"), |number| format!("object {number}"))
}

/// The names of a dictionary's filters, in the order of unpacking.
fn filters(dictionary: &[u8]) -> Vec<Vec<u8>> {
    let Some(at) = dictionary.rfind(b"/Filter") else { return Vec::new() };
    let value = dictionary[at + b"/Filter".len()..].trim_ascii_start();
    let list = match value.strip_prefix(b"[") {
        Some(list) => list.split_once_str("]").map_or(list, |(list, _)| list),
        None => {
            let end = value.iter().skip(1).position(|byte| !byte.is_ascii_alphanumeric());
            &value[..end.map_or(value.len(), |end| end + 1)]
        }
    };
    let names = list.split(|&byte| byte == b'/').skip(1);
    names.map(|name| name.trim_ascii().to_vec()).filter(|name| name != b"Crypt").collect()
}

fn ascii85(text: &[u8]) -> Vec<u8> {
    let (mut out, mut group) = (Vec::new(), Vec::new());
    for &byte in text {
        match byte {
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            b'~' => break,
            _ => {}
        }
        if group.len() == 5 {
            flush(&mut group, &mut out);
        }
    }
    flush(&mut group, &mut out);
    out
}

/// Five digits are four bytes; fewer are one byte fewer.
fn flush(group: &mut Vec<u8>, out: &mut Vec<u8>) {
    let len = group.len();
    if len > 1 {
        group.resize(5, 84);
        let value =
            group.iter().fold(0, |value: u32, digit| value.wrapping_mul(85).wrapping_add((*digit).into()));
        out.extend_from_slice(&value.to_be_bytes()[..len - 1]);
    }
    group.clear();
}

fn hex(text: &[u8]) -> Vec<u8> {
    let digits = text.iter().take_while(|&&byte| byte != b'>');
    let digits: Vec<u8> =
        digits.filter_map(|&byte| char::from(byte).to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|two| two[0] << 4 | two.get(1).copied().unwrap_or(0)).collect()
}

/// Text that is shown in pieces, put together: a line for each operator that shows more than one string or a string
/// in hex.
fn shown(content: &[u8]) -> Vec<u8> {
    let (mut out, mut line, mut pieces, mut at) = (Vec::new(), Vec::new(), 0, 0);
    while at < content.len() {
        match content[at] {
            b'(' => {
                at = literal(content, at + 1, &mut line);
                pieces += 1;
            }
            b'<' if content.get(at + 1) != Some(&b'<') => {
                let end = content[at..].find_byte(b'>').map_or(content.len(), |len| at + len);
                let text = hex(&content[at + 1..end]);
                line.extend(text.into_iter().filter(|&byte| byte != 0));
                pieces += 2;
                at = end + 1;
            }
            b'T' if matches!(content.get(at + 1), Some(b'j' | b'J')) => {
                if pieces > 1 {
                    out.append(&mut line);
                    out.push(b'\n');
                }
                line.clear();
                pieces = 0;
                at += 2;
            }
            _ => at += 1,
        }
    }
    out
}

/// Reads a string in brackets; returns where it ends.
fn literal(content: &[u8], mut at: usize, out: &mut Vec<u8>) -> usize {
    let mut depth = 1;
    while let Some(&byte) = content.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                let Some(&escaped) = content.get(at) else { break };
                at += 1;
                match escaped {
                    b'\n' => {}
                    b'n' => out.push(b'\n'),
                    b'0'..=b'7' => {
                        let digits =
                            content[at - 1..].iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte));
                        let (len, value) = digits.fold((0, 0), |(len, value), digit| {
                            (len + 1, value * 8 + u32::from(digit - b'0'))
                        });
                        out.push(value as u8);
                        at += len - 1;
                    }
                    other => out.push(other),
                }
                continue;
            }
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        out.push(byte);
    }
    at
}
