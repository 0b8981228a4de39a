//! Asar archives: a directory in JSON, and files one after another. Electron packs its programs into them.
//!
//! Format: <https://github.com/electron/asar#format>. What a directory says is believed only as far as the bytes go:
//! members are read in the order of their places, and bytes between them are read too.

use std::io::{self, Read};

use bstr::BString;
use serde_json::{Map, Value};

use super::{DIRECTORY, Opener, part, skip};
use crate::finding::{GapReason, Provenance};

/// Bytes before the directory: four numbers, of which each says how long what follows is.
const START: usize = 16;

/// A member's place after the directory.
struct Member {
    from: u64,
    len: u64,
    name: BString,
}

/// Whether these bytes begin an asar archive.
pub(super) fn is_one(head: &[u8]) -> bool {
    let number =
        |at: usize| head.get(at..at + 4).map(|four| u32::from_le_bytes(four.try_into().expect("it is four")));
    let (Some(4), Some(all), Some(padded), Some(json)) = (number(0), number(4), number(8), number(12)) else {
        return false;
    };
    all.checked_sub(4) == Some(padded) && json <= padded && head[START..].starts_with(b"{\"files\":")
}

impl Opener<'_> {
    pub(super) fn asar(&mut self, input: &mut dyn Read, origin: &Provenance, depth: usize) -> io::Result<()> {
        let mut start = [0; START];
        input.read_exact(&mut start)?;
        let number = |at: usize| u32::from_le_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]);
        let (all, json) = (u64::from(number(4)), u64::from(number(12)));
        if all > DIRECTORY {
            return Err(io::Error::other("its directory is over 16 MiB"));
        }
        let mut directory = Vec::new();
        part(input, json).read_to_end(&mut directory)?;
        skip(&mut part(input, (all + 8).saturating_sub(START as u64 + json)))?;
        self.name(origin);
        let directory: Value = serde_json::from_slice(&directory).map_err(io::Error::other)?;
        let mut members = Vec::new();
        list(&directory, &BString::default(), &mut members);
        members.sort_by_key(|member| member.from);
        let mut at = 0;
        for Member { from, len, name } in members {
            let member = origin.member(name);
            if from < at {
                let detail = "it overlaps another member, which was read";
                self.coverage.gap(GapReason::CorruptArchive, member.path().to_string(), detail);
                continue;
            }
            if from > at {
                self.member(&mut part(input, from - at), &origin.member("<between members>"), depth + 1)?;
            }
            let mut data = part(input, len);
            self.member(&mut data, &member, depth + 1)?;
            skip(&mut data)?;
            at = from.saturating_add(len);
        }
        let mut rest = super::kind::Peeked::new(input, b"");
        match rest.is_empty() {
            true => Ok(()),
            false => self.member(&mut rest, &origin.member("<after members>"), depth + 1),
        }
    }
}

/// Lists the files of a folder and those below; neither links nor what lies beside the archive.
fn list(folder: &Value, path: &BString, out: &mut Vec<Member>) {
    let files: Option<&Map<String, Value>> = folder.get("files").and_then(Value::as_object);
    for (name, entry) in files.into_iter().flatten() {
        let mut path = path.clone();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
        let number = |key: &str| match entry.get(key)? {
            Value::String(digits) => digits.parse().ok(),
            other => other.as_u64(),
        };
        match (number("offset"), number("size")) {
            (Some(from), Some(len)) if len > 0 => out.push(Member { from, len, name: path }),
            _ => list(entry, &path, out),
        }
    }
}
