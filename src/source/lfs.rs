//! Git LFS pointers: small files that stand for large ones kept elsewhere.
//!
//! Format: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.

use std::path::{Path, PathBuf};

/// A pointer is shorter than this, by its specification.
const LONGEST: usize = 1024;
const FIRST_LINE: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// The id of the file that a pointer stands for: 64 hex digits. Nothing for what is no pointer.
pub(super) fn pointed_to(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(FIRST_LINE).filter(|_| bytes.len() < LONGEST)?;
    let id = rest.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"oid sha256:"))?;
    let id = std::str::from_utf8(id).ok()?;
    (id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// The folder of the files that were fetched, in a repository's own.
pub(super) fn folder(repository: &Path) -> PathBuf {
    repository.join("lfs").join("objects")
}

/// Whether the file with this id was fetched.
pub(super) fn is_here(repository: &Path, id: &str) -> bool {
    folder(repository).join(&id[..2]).join(&id[2..4]).join(id).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_pointers_count() {
        let id = "0a".repeat(32);
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 12\n");
        assert_eq!(pointed_to(pointer.as_bytes()), Some(id.as_str()));
        let longer = format!("{pointer}{}", " ".repeat(LONGEST));
        for other in [longer.as_str(), &pointer[1..], &pointer[..60], "", &pointer.replace("0a", "0x")] {
            assert_eq!(pointed_to(other.as_bytes()), None, "{other}");
        }
    }
}
