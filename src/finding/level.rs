//! Severity (how bad) and confidence (how sure), each with the order and names used everywhere.

use serde::Serialize;

/// How bad a finding is if it is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, never fails a scan (publishable keys).
    Info,
    /// Identifier halves and test-mode keys.
    Low,
    /// Narrow scope, or a value whose use is not known.
    Medium,
    /// A live credential of a service.
    High,
    /// Full account, production data, money or code.
    Critical,
}

impl Severity {
    /// All values, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name used in flags, rule files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// SARIF `level` (SARIF 2.1.0, 3.27.10).
    #[must_use]
    pub fn sarif_level(self) -> &'static str {
        match self {
            Self::Critical | Self::High => "error",
            Self::Medium => "warning",
            Self::Low | Self::Info => "note",
        }
    }

    /// GitHub's `security-severity` score, 0.0 to 10.0.
    #[must_use]
    pub fn security_severity(self) -> &'static str {
        match self {
            Self::Critical => "9.5",
            Self::High => "8.0",
            Self::Medium => "5.5",
            Self::Low => "2.0",
            Self::Info => "0.0",
        }
    }
}

/// How sure we are that a finding is a real secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Looks like one, but so do many harmless values. Hidden and counted by default.
    Low,
    /// A credential position and a plausible value, or a format bound to its provider's name.
    Medium,
    /// A distinctive format, a valid checksum, or a complete pair.
    High,
}

impl Confidence {
    /// All values, least sure first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The name used in flags, rule files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// One step less sure; low stays low.
    #[must_use]
    pub fn lower(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }

    /// One step surer; high stays high.
    #[must_use]
    pub fn raise(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }
}
