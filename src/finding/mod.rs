//! What ringfence tells people: findings, where they are, how bad and how sure, and what was scanned.
//!
//! Plain data and the rules of redaction. This module knows no other module of the crate; `source`,
//! `detect` and `report` all speak in its terms.

mod audit;
mod baseline;
mod coverage;
mod excerpt;
mod fault;
mod fingerprint;
mod image;
mod level;
mod linehash;
mod mark;
mod outcome;
mod place;
mod rule;
mod secret;
mod variable;

pub use audit::{Audit, Step};
pub use baseline::{Baseline, BaselineError, Entry, State};
pub use coverage::{Coverage, Gap, GapReason, OutOfScope, Scanned};
pub use excerpt::{Excerpt, Mask, excerpt, partly_shown};
pub(crate) use fault::{contained, is_contained};
pub use fingerprint::{Fingerprint, FingerprintKey, Identity};
pub use image::{Image, InLayer, Layer};
pub use level::{Confidence, Severity};
pub use linehash::LineHasher;
pub use mark::{foreign_tools, is_allowed, is_allowed_by};
pub use outcome::{Finding, HiddenReason, LaunchRow, LaunchState, LintFacts, Outcome, Unused, Verdict};
pub use place::{CommitRef, Exposure, LineIndex, Original, Place, Provenance, Release, Span};
pub use rule::{LintMeta, RuleMeta};
pub use secret::Secret;
pub use variable::{ENVIRONMENTS, Variable};
