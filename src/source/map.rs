//! Maps git's immutable pack index files. One of the two places where the crate uses `unsafe`.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// Maps a pack index (`.idx`) or multi-pack-index for reading.
///
/// # Errors
/// Whatever opening or mapping the file returns.
pub(super) fn map_index(path: &Path) -> io::Result<Mmap> {
    let file = File::open(path)?;
    #[expect(
        unsafe_code,
        reason = "reading an index of 100 MB into memory costs as much as the whole scan may"
    )]
    // SAFETY: git never changes an index file in place: it writes a new one under a new name and unlinks
    // the old one, which leaves the mapped pages as they are. The bytes are only read, as bytes.
    unsafe {
        Mmap::map(&file)
    }
}
