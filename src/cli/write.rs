//! Writing over a file in one step, so that it is the old or the new one, and a link in its place leads nowhere.

use std::fs::Permissions;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Puts a file in place: with the permissions of the file that was there, else those given.
pub(super) fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let old = path.symlink_metadata().ok().filter(|meta| meta.is_file());
    put(folder, path, bytes, old.map(|meta| meta.permissions()).or_else(|| permissions(mode)))
}

/// Puts a file in place that only its owner may read, whoever could read what was there.
pub(super) fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    put(folder, path, bytes, None)
}

fn put(folder: &Path, path: &Path, bytes: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(bytes)?;
    if let Some(permissions) = permissions {
        new.as_file().set_permissions(permissions)?;
    }
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn permissions(mode: u32) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn permissions(_: u32) -> Option<Permissions> {
    None
}
