//! Values that are known by their hash only.

use std::collections::BTreeMap;

/// Which variables have which hash: the fingerprint of the value under the user's key, in hex.
#[derive(Debug, Clone)]
pub struct Hashes(BTreeMap<String, Vec<String>>);

impl Hashes {
    /// Reads lines `KEY=HASH`; nothing if there is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            let Some((key, hash)) = line.trim().split_once('=') else { continue };
            let is_hash = hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            if is_hash && !key.starts_with('#') {
                all.entry(hash.to_ascii_lowercase()).or_default().push(key.trim().to_owned());
            }
        }
        (!all.is_empty()).then_some(Self(all))
    }

    /// The variables with this hash.
    #[must_use]
    pub fn names(&self, hash: &str) -> Option<String> {
        self.0.get(hash).map(|names| names.join(", "))
    }
}
