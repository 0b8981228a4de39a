//! Reads whole env files as each loader does, its faults included. What they read was held against the
//! loaders themselves: corpus/profiles/.

pub mod dotenvy;
pub mod node;
pub mod npm;
pub mod python;

/// A variable as a loader reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name; empty where the loader gave up.
    pub key: String,
    /// Its value; none where the loader sets the name only, or gave up.
    pub value: Option<Vec<Piece>>,
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// What the loader puts another variable's value in place of.
    Variable {
        /// The other variable.
        name: String,
        /// What stands for it if it is not set.
        default: Option<String>,
        /// Whether braces stand round the name.
        braces: bool,
    },
}

/// A variable whose value is text.
fn plain(key: &str, value: impl Into<String>) -> Setting {
    Setting { key: key.to_owned(), value: Some(vec![Piece::Text(value.into())]) }
}
