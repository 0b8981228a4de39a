//! A variable as an inventory tells of it: where it is set, what it is, who looks after it.

use std::collections::BTreeMap;

use serde::Serialize;

/// The environments of an inventory, in the order in which reports show them.
pub const ENVIRONMENTS: [&str; 6] = ["production", "staging", "development", "test", "shared", "example"];

/// One variable of a project. No value is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub key: String,
    /// By environment: `present`, `missing`, `empty`, `placeholder`, `reference`, `encrypted` or `fp:…`.
    pub environments: BTreeMap<&'static str, String>,
    /// What it is.
    pub class: &'static str,
    /// Whether it is a secret anywhere.
    pub secret: bool,
    /// `live`, `test` or nothing, as its provider's format tells.
    pub mode: Option<&'static str>,
    /// Whether a bundler hands it to clients.
    pub client_exposed: bool,
    /// Environments with one and the same secret.
    pub same_as: Vec<Vec<&'static str>>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// When it was last rotated.
    pub rotated: Option<String>,
    /// How often it is to be rotated.
    pub rotate_every: Option<String>,
    /// Where it is set: `file:line`.
    pub origins: Vec<String>,
    /// Where programs read it: `file:line`.
    pub references: Vec<String>,
}
