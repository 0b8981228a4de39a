//! The comment at the end of generated code that names its source map, or holds it.

use std::sync::LazyLock;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bstr::ByteSlice;

use super::HELD;
use crate::source::Blob;

const MARK: &[u8] = b"sourceMappingURL=";
const DATA: &[u8] = b"sourceMappingURL=data:";

static BASE64: LazyLock<GeneralPurpose> = LazyLock::new(|| {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD, config.with_decode_allow_trailing_bits(true))
});

/// What is kept of a file that is read in pieces: all from the first map in a comment on.
#[derive(Default)]
pub(super) struct Tail {
    kept: Option<Vec<u8>>,
}

impl Tail {
    /// Takes in the next piece.
    pub(super) fn take(&mut self, blob: &Blob<'_>) {
        let core = &blob.bytes[blob.core.clone()];
        if let Some(kept) = &mut self.kept {
            if kept.len() as u64 <= HELD * 4 / 3 {
                kept.extend_from_slice(core);
            }
            return;
        }
        let end = blob.bytes.len().min(blob.core.end + DATA.len() - 1);
        let found = memchr::memmem::find(&blob.bytes[blob.core.start..end], DATA);
        // A mark that goes on beyond this piece is kept whole: it begins here.
        self.kept = found.map(|at| core[at..].to_vec());
    }

    /// Whether there was more than is kept.
    pub(super) fn is_cut(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.len() as u64 > HELD * 4 / 3)
    }

    /// The text of the last map.
    pub(super) fn map(&self) -> Option<Vec<u8>> {
        map_of(self.kept.as_ref()?)
    }
}

/// The text of the map that a comment of the code holds; the last counts.
pub(super) fn map_of(code: &[u8]) -> Option<Vec<u8>> {
    let url = last_url(code)?;
    let (kind, payload) = url.strip_prefix(b"data:")?.split_once_str(",")?;
    match kind.ends_with(b";base64") {
        true => BASE64.decode(payload).ok(),
        false => Some(percent_encoding::percent_decode(payload).collect()),
    }
}

/// Whether the last line of the code has a comment with a map.
pub(super) fn ends_with_map(code: &[u8]) -> bool {
    let code = code.trim_ascii_end();
    let line = memchr::memrchr(b'\n', code).map_or(0, |newline| newline + 1);
    memchr::memmem::find(&code[line..], DATA).is_some()
}

/// The URL that a comment names the map with, if it is no map itself.
pub(super) fn url(code: &[u8]) -> Option<String> {
    let url = last_url(code).filter(|url| !url.starts_with(b"data:") && url.len() < 4096)?;
    Some(percent_encoding::percent_decode(url).decode_utf8_lossy().into_owned())
}

fn last_url(code: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::rfind(code, MARK)? + MARK.len();
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'*' | b'"' | b'\'' | b'`');
    let len = code[start..].iter().position(ends).unwrap_or(code.len() - start);
    Some(&code[start..start + len])
}
