//! stub
use std::collections::BTreeMap;
/// stub
#[derive(Debug)]
pub struct LineHasher;
impl LineHasher {
    /// stub
    pub fn for_lines(_lines: impl IntoIterator<Item = u64>) -> Self { Self }
    /// stub
    pub fn push(&mut self, _bytes: &[u8]) {}
    /// stub
    pub fn finish(self) -> BTreeMap<u64, String> { BTreeMap::new() }
}
