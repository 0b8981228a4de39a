//! What each check is about: a table. The functions beside it find things; this says how bad, why, and what to do.

mod code;
mod files;
mod separation;

use super::{Check, Level};
use crate::finding::Severity;

/// All parts of the table.
pub(super) const ALL: &[&[Check]] = &[separation::CHECKS, files::CHECKS, code::CHECKS];

/// The severity that a rule has by itself: that of its worst level.
const fn severity(levels: [Level; 5], bracket: Option<&str>) -> Severity {
    let mut worst = Level::Off;
    let mut at = 0;
    while at < 5 {
        if levels[at] as u8 > worst as u8 {
            worst = levels[at];
        }
        at += 1;
    }
    match (worst, bracket) {
        (Level::Error, Some(bracket)) if bracket.as_bytes()[0] == b'9' => Severity::Critical,
        (Level::Error, _) => Severity::High,
        (Level::Warning, _) => Severity::Medium,
        _ => Severity::Info,
    }
}

/// One row: `id [levels] bracket class phrase; title; risk; what to do; bad; good`.
macro_rules! checks {
    ($($id:literal [$p:ident $s:ident $d:ident $t:ident $o:ident] $bracket:expr, $wait:ident, $phrase:literal;
       $title:literal; $risk:literal; $steps:expr; $bad:literal; $good:literal)*) => {
        pub(super) const CHECKS: &[$crate::env::checks::Check] = &[$(
            $crate::env::checks::Check {
                levels: [$p, $s, $d, $t, $o],
                meta: $crate::finding::RuleMeta {
                    id: $id,
                    title: $title,
                    provider: "environment lint",
                    risk: $risk,
                    severity: super::severity([$p, $s, $d, $t, $o], $bracket),
                    docs: concat!("https://github.com/ringfence/ringfence/blob/main/docs/env.md#", $id),
                    rotate_console: "",
                    rotate_steps: &[$steps],
                    lint: Some(&$crate::finding::LintMeta {
                        phrase: $phrase,
                        security_severity: $bracket,
                        bad: $bad,
                        good: $good,
                        may_wait: $wait,
                    }),
                },
            }
        ),*];
    };
}
use checks;

/// Shorthands for the rows.
mod words {
    pub(super) use super::Level::{Error as E, Note as N, Off as O, Warning as W};
    /// Warnings are to be mended first.
    pub(super) const FIRST: bool = false;
    /// Warnings may wait.
    pub(super) const LATER: bool = true;
}
