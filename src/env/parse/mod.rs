//! Reads the formats in which projects keep their settings. Each gives what it can of a broken file.

pub mod dockerfile;
pub mod dotenv;
pub mod json;
pub mod lines;
pub mod loader;
pub mod profile;
pub mod source;
pub mod toml;
pub mod tree;
pub mod yaml;
