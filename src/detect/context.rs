//! What a path tells about the text in it: its language and its role. Judged after scanning, never while.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::FileName;
use super::score::Lists;

/// How a language writes values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// A bare word after `=` is code: only quoted values count.
    Code,
    /// A bare word is a value (env, YAML, ini, properties, shell, logs).
    Config,
    /// Prose, markup, or not known.
    Other,
    /// Whatever lets most be a secret; for text whose place is not known yet.
    Any,
}

impl Language {
    /// All that a place can have.
    pub(super) const ALL: [Self; 3] = [Self::Code, Self::Config, Self::Other];
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Anything else.
    Plain,
    /// Tests and fixtures.
    Test,
    /// Examples, samples and templates.
    Example,
    /// Documentation.
    Docs,
    /// Lock files and other lists of hashes.
    Lock,
    /// Translations.
    Translation,
    /// Whatever lets most be a secret.
    Any,
}

impl Role {
    /// All that a place can have.
    pub(super) const ALL: [Self; 6] =
        [Self::Plain, Self::Test, Self::Example, Self::Docs, Self::Lock, Self::Translation];

    /// As it stands in a baseline.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain | Self::Any => "plain",
            Self::Test => "test",
            Self::Example => "example",
            Self::Docs => "docs",
            Self::Lock => "lock",
            Self::Translation => "translation",
        }
    }
}

/// Facts about where a blob stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceFacts {
    /// How the language writes values.
    pub language: Language,
    /// What the file is for.
    pub role: Role,
    /// What its name says it is, if that is a secret.
    pub file: Option<FileName>,
}

#[rustfmt::skip]
const CODE: &[&str] = &[
    "c", "cc", "cpp", "cs", "cxx", "dart", "ex", "exs", "go", "groovy", "gradle", "h", "hpp", "java", "js", "jsx", "kt",
    "kts", "lua", "m", "mjs", "cjs", "mm", "php", "phtml", "pl", "pm", "py", "pyx", "r", "rb", "rs", "scala", "sol",
    "swift", "ts", "tsx", "vb", "vue", "svelte", "zig", "clj", "erl", "hs", "ml", "fs", "tf", "hcl", "sql", "css", "scss",
    "html", "htm", "erb", "haml", "slim", "jsp", "aspx", "cshtml", "tcl", "ipynb", "graphql", "proto", "nix", "jl",
];
#[rustfmt::skip]
const CONFIG: &[&str] = &[
    "env", "yaml", "yml", "ini", "cfg", "conf", "config", "properties", "toml", "json", "json5", "sh", "bash", "zsh",
    "fish", "ps1", "bat", "cmd", "log", "txt", "tfvars", "cnf", "netrc", "npmrc", "pypirc", "dockerfile", "service",
    "plist", "xml", "reg", "j2", "tmpl", "tpl", "template", "sample", "dist", "example", "local", "out", "csv",
];

impl PlaceFacts {
    /// The place where most is a secret: what is dismissed here is dismissed everywhere.
    pub const ANY: Self = Self { language: Language::Any, role: Role::Any, file: None };

    /// All that a path can tell.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let of = |language: &Language| Role::ALL.map(|role| Self { language: *language, role, file: None });
        Language::ALL.iter().flat_map(of)
    }

    /// Derives the facts from a path.
    #[must_use]
    pub fn of_path(path: &[u8]) -> Self {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        Self { language: language(name), role: role(&lower, name), file: FileName::of(name) }
    }
}

fn language(name: &[u8]) -> Language {
    let ending = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let is = |list: &[&str]| list.iter().any(|known| known.as_bytes() == ending);
    if name.starts_with(b".env") || name.starts_with(b".git-credentials") || is(CONFIG) {
        Language::Config
    } else if is(CODE) {
        Language::Code
    } else {
        Language::Other
    }
}

/// Places at which something counts, by what their paths tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places(u32);

impl Places {
    /// Every place.
    pub const ALL: Self = Self(u32::MAX);

    /// The places for which `counts` says so.
    pub(super) fn which(counts: impl Fn(&PlaceFacts) -> bool) -> Self {
        let bit = |(at, facts): (usize, PlaceFacts)| u32::from(counts(&facts)) << at;
        Self(PlaceFacts::all().enumerate().map(bit).sum())
    }

    /// These places and those.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a place is among them.
    #[must_use]
    pub fn has(self, facts: &PlaceFacts) -> bool {
        let same = |place: PlaceFacts| (place.language, place.role) == (facts.language, facts.role);
        PlaceFacts::all().position(same).is_none_or(|at| self.0 >> at & 1 == 1)
    }
}

/// Parts of a path that tell its role, in lower case; the first list that has one decides.
const TRANSLATIONS: &[&str] = &["/locale", "/locales/", "/i18n/", "/lang/", "/translations/", "messages_"];
const TESTS: &[&str] = &["test", "spec/", "_spec.", ".spec.", "fixture", "mock", "__snapshots__", "cassette"];
const EXAMPLES: &[&str] = &["example", "sample", "demo", "template", ".dist", "tutorial"];
const DOCS: &[&str] = &["docs/"];

fn role(path: &[u8], name: &[u8]) -> Role {
    static PARTS: OnceLock<Lists> = OnceLock::new();
    let parts = PARTS.get_or_init(|| Lists::new(&[TRANSLATIONS, TESTS, EXAMPLES, DOCS])).in_text(path);
    let has = |list: u32| parts >> list & 1 == 1;
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending.as_bytes()));
    if ends(&[".lock", ".sum", "-lock.json"]) || name == b"npm-shrinkwrap.json" || name == b"pnpm-lock.yaml" {
        Role::Lock
    } else if has(0) || ends(&[".po", ".pot", ".xlf", ".strings", ".arb"]) {
        Role::Translation
    } else if has(1) {
        Role::Test
    } else if has(2) {
        Role::Example
    } else if has(3) || ends(&[".md", ".rst", ".adoc", ".txt"]) {
        Role::Docs
    } else {
        Role::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_language_and_role() {
        let cases: [(&str, Language, Role); 8] = [
            ("src/app.py", Language::Code, Role::Plain),
            (".env.production", Language::Config, Role::Plain),
            ("deploy/values.yaml", Language::Config, Role::Plain),
            ("tests/fixtures/a.rb", Language::Code, Role::Test),
            (".env.example", Language::Config, Role::Example),
            ("README.md", Language::Other, Role::Docs),
            ("Cargo.lock", Language::Other, Role::Lock),
            ("app/locales/de.yml", Language::Config, Role::Translation),
        ];
        for (path, language, role) in cases {
            assert_eq!(
                PlaceFacts::of_path(path.as_bytes()),
                PlaceFacts { language, role, file: None },
                "{path}"
            );
        }
    }
}
