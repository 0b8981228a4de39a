//! Container images in tar archives, as `docker save` and OCI layouts have them: in which order the layers lie, and what
//! each takes away. A file that a later layer deletes is in the image all the same.
//!
//! Formats: OCI Image Format, "Layer" (whiteouts) and "Image Layout"; the manifest.json of `docker save`.

use std::collections::HashMap;
use std::io::{self, Read};

use bstr::{BString, ByteSlice};
use serde_json::Value;

use super::Opener;
use crate::finding::{Image, Layer, Provenance};

/// The largest document that is looked at, and how much of them is held of one archive.
const LARGEST: usize = 1 << 20;
const HELD: usize = 4 << 20;
/// Names of deleted files of one layer that are kept.
const WHITEOUTS: usize = 100_000;
/// The longest path of those.
const LONGEST: usize = 4096;
/// What the name of a deleted file begins with, and what stands for all there was in a folder.
const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// What is known so far of the archives that are open, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Images {
    open: Vec<Open>,
}

#[derive(Debug, Default)]
struct Open {
    /// Documents that may say what the layers are, by name.
    documents: HashMap<BString, Value>,
    held: usize,
    /// What each archive within takes away.
    layers: HashMap<BString, Vec<BString>>,
    deleted: Vec<BString>,
}

/// Keeps what is read, as long as it may be JSON.
struct Tee<'a> {
    inner: &'a mut dyn Read,
    kept: Vec<u8>,
    keeps: bool,
}

impl Read for Tee<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        if self.keeps && n > 0 {
            self.kept.extend_from_slice(&out[..n]);
            self.keeps = self.kept.len() <= LARGEST && matches!(self.kept[0], b'{' | b'[' | b' ' | b'\n');
        }
        Ok(n)
    }
}

impl Opener<'_> {
    pub(super) fn begin_image(&mut self) {
        self.images.open.push(Open::default());
    }

    /// Reads a member of a tar archive, and notes what it says of an image.
    pub(super) fn image_member(
        &mut self,
        input: &mut dyn Read,
        member: &Provenance,
        depth: usize,
    ) -> io::Result<()> {
        let Provenance::Member { name, .. } = member else { return self.member(input, member, depth) };
        let may_tell = name.ends_with(b".json") || name.starts_with(b"blobs/") || name.starts_with(b"./");
        let mut tee = Tee { inner: input, kept: Vec::new(), keeps: may_tell };
        self.member(&mut tee, member, depth)?;
        if let Some(open) = self.images.open.last_mut()
            && tee.keeps
            && open.held + tee.kept.len() <= HELD
            && let Ok(document) = serde_json::from_slice::<Value>(&tee.kept)
            && (document.is_array() || document["layers"].is_array() || document["manifests"].is_array())
        {
            open.held += tee.kept.len();
            open.documents.insert(plain(name), document);
        }
        Ok(())
    }

    /// Notes that a layer deletes something, if the member's name says so.
    pub(super) fn note_whiteout(&mut self, member: &Provenance) {
        let (Provenance::Member { name, .. }, Some(open)) = (member, self.images.open.last_mut()) else {
            return;
        };
        let (folder, last) = name.rsplit_once_str("/").unwrap_or((b"", name));
        if let Some(deleted) = last.strip_prefix(WHITEOUT)
            && open.deleted.len() < WHITEOUTS
            && name.len() < LONGEST
        {
            let mut path = plain(folder);
            if last != OPAQUE {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(deleted);
            }
            open.deleted.push(path);
        }
    }

    /// Tells what an archive is the image of, or leaves what it deletes to the archive that holds it.
    pub(super) fn end_image(&mut self, origin: &Provenance) {
        let Some(open) = self.images.open.pop() else { return };
        for layers in open.images() {
            let layer = |name: BString| Layer {
                deletes: open.layers.get(&name).cloned().unwrap_or_default(),
                path: origin.member(name).path(),
            };
            self.coverage.images.push(Image { layers: layers.into_iter().map(layer).collect() });
        }
        if let (Provenance::Member { name, .. }, Some(outer)) = (origin, self.images.open.last_mut()) {
            outer.layers.insert(plain(name), open.deleted);
        }
    }
}

impl Open {
    /// The names of the layers of each image, the lowest first.
    fn images(&self) -> Vec<Vec<BString>> {
        let by_docker = self.documents.get(b"manifest.json".as_bstr()).and_then(Value::as_array);
        let images =
            by_docker.into_iter().flatten().map(|image| texts(&image["Layers"], |layer| layer.as_str()));
        let images: Vec<Vec<BString>> =
            images.map(|layers| layers.iter().map(|name| plain(name.as_bytes())).collect()).collect();
        if !images.is_empty() {
            return images;
        }
        let mut images = Vec::new();
        self.follow(self.documents.get(b"index.json".as_bstr()), 0, &mut images);
        images
    }

    /// Follows an index to manifests, which may be indexes themselves.
    fn follow(&self, document: Option<&Value>, depth: usize, out: &mut Vec<Vec<BString>>) {
        let Some(document) = document.filter(|_| depth < 4) else { return };
        let digests = |list: &Value| texts(list, |entry| entry["digest"].as_str());
        let blob = |digest: &String| BString::from(format!("blobs/{}", digest.replace(':', "/")));
        let layers: Vec<BString> = digests(&document["layers"]).iter().map(blob).collect();
        if !layers.is_empty() {
            out.push(layers);
        }
        for manifest in digests(&document["manifests"]).iter().take(WHITEOUTS) {
            self.follow(self.documents.get(&blob(manifest)), depth + 1, out);
        }
    }
}

fn texts<'v>(list: &'v Value, text: impl Fn(&'v Value) -> Option<&'v str>) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(text).map(str::to_owned).collect()
}

/// A name without what stands for the folder it is in.
fn plain(name: &[u8]) -> BString {
    name.strip_prefix(b"./").unwrap_or(name).trim_end_with(|c| c == '/').into()
}
