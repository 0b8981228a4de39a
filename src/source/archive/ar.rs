//! Ar archives: Debian packages, and static libraries.
//!
//! A header is 60 bytes of text (deb(5), "ar" format), which is less to read than a library's documentation.

use std::io::{self, Read};

use bstr::{BString, ByteSlice};

use super::{LONGEST_NAME, Opener, fill, part, skip};
use crate::finding::Provenance;

/// Length of a member's header.
const HEADER: usize = 60;

/// How a member says its name.
enum Name {
    /// As it stands.
    Here(BString),
    /// At this place of the list of long names (GNU).
    Listed(usize),
    /// In this many bytes before the data (BSD).
    Before(u64),
    /// It is the list of long names.
    List,
}

impl Name {
    fn of(field: &[u8]) -> Self {
        let field = field.trim_ascii_end();
        let number = |digits: &[u8]| digits.to_str().ok().and_then(|digits| digits.parse::<u64>().ok());
        match field {
            b"//" => Self::List,
            [b'#', b'1', b'/', digits @ ..] if number(digits).is_some_and(|n| n <= LONGEST_NAME) => {
                Self::Before(number(digits).unwrap_or_default())
            }
            [b'/', digits @ ..] if number(digits).is_some() => {
                Self::Listed(number(digits).and_then(|at| at.try_into().ok()).unwrap_or(usize::MAX))
            }
            name => Self::Here(name.strip_suffix(b"/").unwrap_or(name).into()),
        }
    }
}

impl Opener<'_> {
    pub(super) fn ar(&mut self, input: &mut dyn Read, origin: &Provenance, depth: usize) -> io::Result<()> {
        self.name(origin);
        input.read_exact(&mut [0; 8])?;
        let mut long_names = Vec::new();
        let mut header = [0; HEADER];
        loop {
            match fill(input, &mut header)? {
                0 => return Ok(()),
                1 if header[0] == b'\n' => return Ok(()),
                HEADER if header.ends_with(b"`\n") => {}
                _ => return Err(io::Error::other("a member's header is damaged")),
            }
            let size = header[48..58].trim_ascii().to_str().ok().and_then(|size| size.parse::<u64>().ok());
            let size = size.ok_or_else(|| io::Error::other("a member's size is no number"))?;
            let mut data = part(input, size);
            match Name::of(&header[..16]) {
                Name::List if size <= LONGEST_NAME => drop(data.read_to_end(&mut long_names)?),
                Name::List => self.member(&mut data, &origin.member("//"), depth + 1)?,
                Name::Here(name) => self.member(&mut data, &origin.member(name), depth + 1)?,
                Name::Listed(at) => {
                    let name = long_names
                        .get(at..)
                        .and_then(|rest| rest.split_str("/\n").next())
                        .unwrap_or_default();
                    self.member(&mut data, &origin.member(name), depth + 1)?;
                }
                Name::Before(len) => {
                    let mut name = Vec::new();
                    (&mut data).take(len).read_to_end(&mut name)?;
                    let name = name.trim_end_with(|c| c == '\0');
                    self.member(&mut data, &origin.member(name), depth + 1)?;
                }
            }
            skip(&mut data)?;
            io::copy(&mut part(input, size % 2), &mut io::sink())?;
        }
    }
}
