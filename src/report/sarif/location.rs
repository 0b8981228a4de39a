//! Where a result is, as a uri that is relative, percent-encoded and never climbs out.
//!
//! A path under the scanned folder is its own uri. What lies elsewhere must not turn into the name of a
//! file that is there, so it goes below a folder no project has: `/etc/a` is `_root/etc/a`, `../a` is
//! `_up/a`. Standard input is `_stdin`; messages and blobs without a path are `_git/<id>`.
//! A path of the history is relative to its commit's tree: a base of its own for each commit.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_sarif::sarif::{ArtifactContent, ArtifactLocation, Location, Message, PhysicalLocation, Region};

use super::Entry;
use crate::finding::{Place, Provenance};

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The location of a place, with its excerpt where that is redacted.
pub(super) fn build(entry: &Entry) -> Location {
    let place = entry.place;
    let artifact = ArtifactLocation::builder().uri(uri(&place.provenance)).uri_base_id(base(place)).build();
    let span = &place.span;
    let is_member = !place.provenance.archives().is_empty();
    let mut region = match is_member {
        // Lines of a member are no lines of its archive.
        true => Region::builder().start_line(1).build(),
        false => Region::builder()
            .start_line(integer(span.line))
            .start_column(integer(span.column))
            .end_line(integer(span.end_line))
            .end_column(integer(span.end_column))
            .build(),
    };
    if entry.redacted {
        region.snippet = Some(ArtifactContent::builder().text(place.excerpt.text.clone()).build());
    }
    let physical = PhysicalLocation::builder().artifact_location(artifact).region(region).build();
    Location::builder().physical_location(physical).build()
}

/// Every base that these entries' uris refer to. None says where it is on this machine.
pub(super) fn bases(entries: &[Entry]) -> BTreeMap<String, ArtifactLocation> {
    let described =
        |text: String| ArtifactLocation::builder().description(Message::builder().text(text).build()).build();
    let mut bases = BTreeMap::new();
    for entry in entries {
        bases.entry(base(entry.place)).or_insert_with(|| described(describe(entry.place)));
    }
    bases
}

/// The id of the blob, commit or tag the place is in; nothing for files and streams.
pub(super) fn object(place: &Place) -> Option<&str> {
    match &place.provenance {
        Provenance::Blob { id, .. }
        | Provenance::Staged { id, .. }
        | Provenance::Message { id }
        | Provenance::Name { id, .. } => Some(id),
        Provenance::File(_) | Provenance::Reference(_) | Provenance::Stdin | Provenance::Member { .. } => {
            None
        }
    }
}

fn base(place: &Place) -> String {
    match (place.provenance.outermost(), &place.commit) {
        (Provenance::File(_) | Provenance::Staged { .. } | Provenance::Stdin, _) => "%SRCROOT%".to_owned(),
        (Provenance::Blob { path, .. } | Provenance::Name { path, .. }, Some(commit)) if !path.is_empty() => {
            format!("COMMIT_{}", commit.id)
        }
        _ => "REPOSITORY".to_owned(),
    }
}

fn describe(place: &Place) -> String {
    match (base(place).as_str(), &place.commit) {
        ("%SRCROOT%", _) => "The folder that was scanned.".to_owned(),
        (base, Some(commit)) if base.starts_with("COMMIT_") => format!("The tree of commit '{}'.", commit.id),
        _ => "The repository whose history was scanned.".to_owned(),
    }
}

fn uri(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Stdin => "_stdin".to_owned(),
        Provenance::Message { id } => format!("_git/{id}"),
        Provenance::Blob { path, id } if path.is_empty() => format!("_git/{id}"),
        Provenance::Reference(name) => format!("_git/{}", relative(name)),
        Provenance::File(path)
        | Provenance::Staged { path, .. }
        | Provenance::Blob { path, .. }
        | Provenance::Name { path, .. } => relative(path),
        Provenance::Member { outer, .. } => uri(outer),
    }
}

/// The path as a relative uri: no empty, `.` or `..` segments, no scheme, nothing that ends the path.
fn relative(path: &[u8]) -> String {
    let root = path.starts_with(b"/").then(|| "_root".to_owned());
    let segments = path.split(|&byte| byte == b'/').filter_map(|segment| match segment {
        b"" | b"." => None,
        b".." => Some("_up".to_owned()),
        other => Some(percent_encode(other, ENCODED).to_string()),
    });
    let segments: Vec<String> = root.into_iter().chain(segments).collect();
    if segments.is_empty() { "_root".to_owned() } else { segments.join("/") }
}

fn integer(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_relative_and_mean_what_the_path_means() {
        let cases: [(&[u8], &str); 11] = [
            (b"src/pay.ts", "src/pay.ts"),
            (b"./a//b/./c", "a/b/c"),
            (b"100% sure#1?.env", "100%25%20sure%231%3F.env"),
            ("ü/ö".as_bytes(), "%C3%BC/%C3%B6"),
            (b"a\nb\\c", "a%0Ab%5Cc"),
            (b"\xff.env", "%FF.env"),
            (b"C:/x.env", "C%3A/x.env"),
            (b"/etc/app.env", "_root/etc/app.env"),
            (b"../../x/../a", "_up/_up/x/_up/a"),
            (b"...", "..."),
            (b"/", "_root"),
        ];
        for (path, want) in cases {
            assert_eq!(relative(path), want);
        }
    }
}
