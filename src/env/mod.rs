//! Checks whether environments are apart: env files, manifests, settings and programs of a project together.
//!
//! `discover` and `parse` read files into a [`Project`]; `checks` look at it as a whole; what they find
//! becomes ordinary findings, which hold no value. Nothing is run and nothing is asked of a network.

mod bind;
mod bind_deploy;
mod bind_yaml;
mod called;
pub mod checks;
pub mod class;
pub mod config;
pub mod discover;
mod findings;
pub mod fix;
pub mod inventory;
pub mod model;
pub mod names;
mod notes;
pub mod parse;
pub mod project;
mod pydantic;
mod random;
mod shown;
pub mod strength;
pub mod url;
mod uses;

pub use checks::{Check, Level, all as all_checks};
pub use config::Config;
pub use findings::{Linted, leaves_out, lint};
pub use model::{Env, Project};
pub use project::{Broken, Facts, Source, build};
