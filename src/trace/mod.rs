//! Finds known values wherever they are, in whatever encoding they were written.
//!
//! `known` holds the values and says which are too short or too common to be looked for; `encode` writes
//! each in every encoding; `tracer` finds all of those in one pass over a text. Pure: no I/O. What a place
//! means is decided in `run`.

mod encode;
mod grams;
mod hashes;
mod joined;
mod known;
mod purge;
mod tracer;

pub use encode::Encoding;
pub use hashes::Hashes;
pub use known::{Home, Known, KnownValue, Untraced};
pub use purge::Purge;
pub use tracer::{Sighting, Tracer};
