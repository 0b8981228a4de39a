//! Nested formats as a flat list of leaves: the path to each scalar, its text and its bytes.

use std::ops::Range;

/// A scalar of a document.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Keys from the root; items of lists by their index.
    pub path: Vec<String>,
    /// Its text, quotes and escapes undone.
    pub text: String,
    /// Where the last key stands; empty for items of lists.
    pub key_span: Range<usize>,
    /// Where the value stands, within its quotes.
    pub span: Range<usize>,
    /// Which document of a file with several.
    pub document: usize,
    /// Whether it is text by its notation, or a plain scalar.
    pub quoted: bool,
}

impl Leaf {
    /// The last key.
    #[must_use]
    pub fn key(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether the path is this one; `*` stands for any part.
    #[must_use]
    pub fn is_at(&self, pattern: &[&str]) -> bool {
        self.path.len() == pattern.len() && self.begins(pattern)
    }

    /// Whether the path begins with these parts; `*` stands for any.
    #[must_use]
    pub fn begins(&self, pattern: &[&str]) -> bool {
        self.path.len() >= pattern.len()
            && self.path.iter().zip(pattern).all(|(part, want)| *want == "*" || part == want)
    }

    /// Whether a part of the path has this name.
    #[must_use]
    pub fn is_below(&self, name: &str) -> bool {
        self.path[..self.path.len().saturating_sub(1)].iter().any(|part| part == name)
    }
}
