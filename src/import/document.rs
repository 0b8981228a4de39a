//! The JSON formats as they are read back; `report/json/` writes them, and `docs/json-schema.json` describes them.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(flatten)]
    pub(super) end: Trailer,
    pub(super) findings: Vec<Finding>,
}

#[derive(Deserialize)]
pub(super) struct Trailer {
    pub(super) coverage: Coverage,
    pub(super) summary: Summary,
    #[serde(default)]
    pub(super) launch: Vec<Row>,
    pub(super) audit: Option<Audit>,
    #[serde(default)]
    pub(super) inventory: Vec<Variable>,
}

#[derive(Deserialize)]
pub(super) struct Variable {
    pub(super) key: String,
    pub(super) environments: BTreeMap<String, String>,
    pub(super) class: String,
    pub(super) secret: bool,
    pub(super) mode: Option<String>,
    pub(super) client_exposed: bool,
    pub(super) same_as: Vec<Vec<String>>,
    pub(super) owner: Option<String>,
    pub(super) rotated: Option<String>,
    pub(super) rotate_every: Option<String>,
    pub(super) origins: Vec<String>,
    pub(super) references: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Summary {
    pub(super) findings: usize,
    pub(super) hidden: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) title: String,
    pub(super) state: String,
    pub(super) detail: String,
}

#[derive(Deserialize)]
pub(super) struct Audit {
    pub(super) steps: Vec<Step>,
    pub(super) by_hand: Vec<String>,
    pub(super) out_of_reach: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Step {
    pub(super) text: String,
    pub(super) commands: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Coverage {
    pub(super) scanned: Scanned,
    pub(super) not_scanned: Vec<NotScanned>,
    pub(super) out_of_scope: Vec<Left>,
    pub(super) notes: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Scanned {
    pub(super) files: u64,
    pub(super) file_bytes: u64,
    pub(super) members: u64,
    pub(super) member_bytes: u64,
    pub(super) blobs: u64,
    pub(super) blob_bytes: u64,
    pub(super) commits: u64,
    pub(super) refs: u64,
}

#[derive(Deserialize)]
pub(super) struct NotScanned {
    pub(super) reason: String,
    pub(super) count: usize,
    pub(super) examples: Vec<Example>,
}

#[derive(Deserialize)]
pub(super) struct Example {
    pub(super) place: String,
    pub(super) detail: String,
}

#[derive(Deserialize)]
pub(super) struct Left {
    pub(super) reason: String,
    pub(super) count: u64,
    #[serde(default)]
    pub(super) examples: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Finding {
    pub(super) rule: String,
    pub(super) title: String,
    pub(super) provider: String,
    pub(super) severity: String,
    pub(super) confidence: String,
    pub(super) reasons: Vec<String>,
    pub(super) fingerprint: String,
    pub(super) masked: String,
    /// Only whether it is there is of interest: then the excerpts hold it, too.
    pub(super) secret: Option<serde::de::IgnoredAny>,
    pub(super) message: String,
    pub(super) docs: String,
    pub(super) rotation: Rotation,
    pub(super) decoded_by: Vec<String>,
    pub(super) places: Vec<Place>,
    pub(super) environments: Vec<String>,
    pub(super) exposure: Option<Exposure>,
    pub(super) lint: Option<Lint>,
}

#[derive(Deserialize)]
pub(super) struct Rotation {
    pub(super) console: String,
    pub(super) steps: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Lint {
    pub(super) environment: String,
    pub(super) key: String,
    pub(super) checklist: String,
    pub(super) fix_first: bool,
    pub(super) related: Vec<Location>,
}

#[derive(Deserialize)]
pub(super) struct Location {
    pub(super) path: String,
    pub(super) path_bytes_hex: Option<String>,
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) end_line: u64,
    pub(super) end_column: u64,
    pub(super) byte_start: u64,
    pub(super) byte_end: u64,
}

#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) kind: String,
    pub(super) location: Location,
    pub(super) object: Option<String>,
    pub(super) commit: Option<Commit>,
    pub(super) at_head: Option<bool>,
    pub(super) excerpt: String,
    pub(super) chain: Vec<String>,
    pub(super) encoding: Option<String>,
    pub(super) part: Option<String>,
    pub(super) layer: Option<Layer>,
    pub(super) original: Option<Original>,
}

#[derive(Deserialize)]
pub(super) struct Original {
    pub(super) path: String,
    pub(super) line: u64,
    pub(super) column: u64,
}

#[derive(Deserialize)]
pub(super) struct Layer {
    pub(super) number: usize,
    pub(super) of: usize,
    pub(super) deleted_in: Option<usize>,
}

#[derive(Deserialize)]
pub(super) struct Commit {
    pub(super) id: String,
    pub(super) author_time: Option<String>,
    pub(super) commit_time: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Exposure {
    pub(super) introduced: Vec<Commit>,
    pub(super) removed: Vec<Commit>,
    pub(super) at_head: bool,
    pub(super) reachable: bool,
    pub(super) branches: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) first_release: Option<Release>,
    pub(super) refs_leading: u64,
    pub(super) days_at_head: Option<u64>,
    pub(super) days_reachable: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct Release {
    pub(super) tag: String,
    pub(super) time: Option<String>,
}
