//! Layers of container images: where in the stack a file lies, and which later layer deletes it.

use bstr::{BString, ByteSlice};

/// A container image, its lowest layer first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its layers.
    pub layers: Vec<Layer>,
}

/// One layer of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its path as reports show it, that of the archive it is in included.
    pub path: BString,
    /// Files and folders of lower layers that it takes away; an empty path is everything.
    pub deletes: Vec<BString>,
}

/// Which layer of an image holds a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InLayer {
    /// Counted from 1, the lowest.
    pub number: usize,
    /// How many layers the image has.
    pub of: usize,
    /// The layer that deletes the file. It is in the image all the same.
    pub deleted_in: Option<usize>,
}

impl Image {
    /// The layer that holds the member with this path, if it is one of the image.
    #[must_use]
    pub fn layer_of(&self, path: &[u8]) -> Option<InLayer> {
        let within =
            |layer: &Layer| Some(path.strip_prefix(layer.path.as_slice())?.strip_prefix(b"!/")?.to_vec());
        let (at, inner) =
            self.layers.iter().enumerate().find_map(|(at, layer)| Some((at, within(layer)?)))?;
        // Of a file within an archive in the layer, the archive is what would be deleted.
        let file = inner.split_str("!/").next().unwrap_or_default();
        let file = file.strip_prefix(b"./").unwrap_or(file);
        let covers = |deleted: &BString| {
            deleted.is_empty()
                || file
                    .strip_prefix(deleted.as_slice())
                    .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
        };
        let later = self.layers.iter().enumerate().skip(at + 1);
        let deleted_in =
            later.filter(|(_, layer)| layer.deletes.iter().any(covers)).map(|(at, _)| at + 1).next();
        Some(InLayer { number: at + 1, of: self.layers.len(), deleted_in })
    }
}

impl std::fmt::Display for InLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "layer {} of {}", self.number, self.of)?;
        match self.deleted_in {
            Some(layer) => write!(f, ", deleted in layer {layer}, and in the image all the same"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_or_its_folder_may_be_deleted_by_a_later_layer_only() {
        let layer = |path: &str, deletes: &[&str]| Layer {
            path: path.into(),
            deletes: deletes.iter().map(|&path| path.into()).collect(),
        };
        let layers =
            vec![layer("i.tar!/a", &["x"]), layer("i.tar!/b", &[]), layer("i.tar!/c", &["app/conf", "y"])];
        let image = Image { layers };
        let cases = [
            ("i.tar!/a!/app/conf/.env", Some((1, Some(3)))),
            ("i.tar!/a!/./app/conf/a.zip!/.env", Some((1, Some(3)))),
            ("i.tar!/b!/app/confer", Some((2, None))),
            ("i.tar!/b!/x", Some((2, None))),
            ("i.tar!/manifest.json", None),
        ];
        for (path, want) in cases {
            let got = image.layer_of(path.as_bytes()).map(|layer| (layer.number, layer.deleted_in));
            assert_eq!(got, want, "{path}");
        }
    }
}
