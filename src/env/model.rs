//! What the lint knows of a project: its files, the variables they set, and the environment of each.
//!
//! Plain data; `parse` and `discover` fill it, `checks` read it. Values never print: see [`Value`].

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, Index, Range};
use std::sync::Arc;

use super::checks::Problem;
use super::config::Config;
use crate::finding::{Fingerprint, FingerprintKey};

/// Which environment a file, a section or a variable belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Env {
    /// What customers use.
    Production,
    /// Staging, acceptance, previews.
    Staging,
    /// A developer's machine.
    Development,
    /// Automatic tests.
    Test,
    /// Files that show which variables there are.
    Example,
    /// No marker: applies to all environments.
    #[default]
    Shared,
    /// A name that belongs to none of these.
    Unknown,
}

impl Env {
    /// As printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Test => "test",
            Self::Example => "example",
            Self::Shared => "shared",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is one of the four that run something.
    #[must_use]
    pub fn runs(self) -> bool {
        matches!(self, Self::Production | Self::Staging | Self::Development | Self::Test)
    }
}

/// A variable's value. `Debug` redacts, so that no message can hold one by accident.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Value(String);

impl Value {
    /// Takes the value.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The value itself, for checks to look at; never for messages.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value([redacted])")
    }
}

/// What kind of text a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `KEY=value` lines.
    Dotenv,
    /// YAML of any kind.
    Yaml,
    /// TOML.
    Toml,
    /// JSON, with comments.
    Json,
    /// Java properties.
    Properties,
    /// Terraform and its variables.
    Hcl,
    /// A Dockerfile.
    Dockerfile,
    /// A DNS zone.
    Zone,
    /// A program or a script.
    Code,
    /// Configuration of a server: nginx, Apache, Caddy, redirects.
    Server,
    /// Ignore files, and other plain lists.
    List,
    /// What a build has put out.
    Bundle,
    /// Nothing that is read; only its name counts.
    Opaque,
}

/// A file of the project.
#[derive(Debug, Clone)]
pub struct File {
    /// Path below the project's folder, with `/`.
    pub path: String,
    /// Its path as reports show it.
    pub shown: String,
    /// Its text.
    pub text: String,
    /// The same with comments blanked; programs and server configuration only.
    pub code: String,
    /// Whether a word stands there that is in every reading of a variable.
    pub may_read_env: bool,
    /// What kind of text it is.
    pub format: Format,
    /// The environment it belongs to.
    pub env: Env,
    /// Why it belongs there.
    pub reason: String,
    /// Whether it stands for one machine only (`.local`).
    pub local: bool,
    /// Whether git tracks it.
    pub tracked: bool,
    /// Whether .gitignore leaves it out.
    pub ignored: bool,
    /// Whether others than its owner may read it.
    pub open: bool,
}

impl File {
    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The folder, with a slash at its end; empty at the top.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.path[..self.path.len() - self.name().len()]
    }

    /// What follows the last dot of the name.
    #[must_use]
    pub fn ending(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// Whether it is a program, or searched as if it were one.
    #[must_use]
    pub fn is_searched(&self) -> bool {
        matches!(self.format, Format::Code | Format::Server | Format::Hcl)
    }

    /// The line at a byte position, without its end.
    #[must_use]
    pub fn line_at(&self, at: usize) -> &str {
        let at = at.min(self.text.len());
        let start = self.text[..at].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |n| at + n);
        &self.text[start..end]
    }
}

/// Where a variable is set: what is wrong with a literal secret depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// A dotenv file.
    EnvFile,
    /// A manifest: compose, Kubernetes, Helm, tfvars, a platform's file.
    Manifest,
    /// A framework's settings.
    Settings,
    /// `ENV` of an image.
    ImageEnv,
    /// `ARG` of an image.
    BuildArg,
    /// CI configuration.
    Ci,
    /// A service that CI starts for a job.
    CiService,
    /// YAML, JSON or TOML of no known kind.
    Other,
}

/// What a value is. The order of the variants is the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing.
    Empty,
    /// Encrypted where it stands.
    Encrypted,
    /// Refers to a value kept elsewhere.
    Reference,
    /// Says itself that it is no value, or is a documented sample.
    Placeholder,
    /// A switch.
    Boolean,
    /// A number or a duration.
    Number,
    /// A URL; a credential in it is a value of its own.
    Url,
    /// A token with a provider's format.
    ProviderSecret,
    /// A provider's value that is meant to be public.
    ProviderPublic,
    /// The name says that it is secret.
    SecretByName,
    /// It looks random.
    SecretByEntropy,
    /// Anything else.
    Public,
}

/// What a provider's format says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Works on real data.
    Live,
    /// Works on test data.
    Test,
    /// The format does not tell.
    Unknown,
}

/// What its comments say of a variable: `# @owner x @rotated 2026-01-31 @rotate-every 90d`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Who looks after it.
    pub owner: Option<String>,
    /// When it was last rotated, as written.
    pub rotated: Option<String>,
    /// How often it is to be rotated, as written.
    pub rotate_every: Option<String>,
    /// When it ends, as written.
    pub expires: Option<String>,
    /// `@optional`: may be missing.
    pub optional: bool,
    /// `@required`.
    pub required: bool,
    /// `@public`: no secret, whatever its name.
    pub public: bool,
    /// `@secret` or `@sensitive`.
    pub secret: bool,
    /// `# injected`: set by the host, empty here on purpose.
    pub injected: bool,
}

/// What a variable is called, and what that alone tells. Files of one project share few names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As written; the last part where it is nested.
    pub key: String,
    /// As a whole in `UPPER_SNAKE`: `spring.datasource.password` is `SPRING_DATASOURCE_PASSWORD`.
    pub name: String,
    /// Whether it means a secret.
    pub is_secret: bool,
    /// Whether it says that it is something else than a secret.
    pub is_no_secret: bool,
}

impl Notes {
    /// Nothing is said.
    const NONE: Self = Self {
        owner: None,
        rotated: None,
        rotate_every: None,
        expires: None,
        optional: false,
        required: false,
        public: false,
        secret: false,
        injected: false,
    };
}

/// A variable that a file sets. Its [`Name`] is read as if it were part of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Index of its file.
    pub file: usize,
    /// What it is called.
    pub called: Arc<Name>,
    /// The number of that name among those of the project, in the order of keys.
    pub number: u32,
    /// Its value, quotes undone.
    pub value: Value,
    /// Where the key stands.
    pub key_span: Range<usize>,
    /// Where the value stands.
    pub value_span: Range<usize>,
    /// The environment it belongs to.
    pub env: Env,
    /// Where it is set.
    pub position: Position,
    /// What it is.
    pub class: Class,
    /// What its provider's format tells.
    pub mode: Mode,
    /// What comments say.
    pub notes: Noted,
    /// The value's name under the run's key, normalised; of secrets and URLs only.
    pub print: Fingerprint,
    /// The part of a URL or connection string that is secret: text and name.
    pub parts: Vec<Part>,
    /// Why the value is weak for a secret, if it is a secret and weak.
    pub weak: Option<&'static str>,
}

/// A credential inside a value.
#[derive(Debug, Clone)]
pub struct Part {
    /// The credential, percent-decoded.
    pub value: Value,
    /// Its name under the run's key.
    pub print: Fingerprint,
}

impl Deref for Entry {
    type Target = Name;

    fn deref(&self) -> &Name {
        &self.called
    }
}

/// Notes of a variable, which few have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted(Option<Box<Notes>>);

impl From<Notes> for Noted {
    fn from(notes: Notes) -> Self {
        Self((notes != Notes::NONE).then(|| Box::new(notes)))
    }
}

impl Deref for Noted {
    type Target = Notes;

    fn deref(&self) -> &Notes {
        self.0.as_deref().unwrap_or(&Notes::NONE)
    }
}

impl Entry {
    /// Whether the value is a secret as a whole.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        let by_class =
            matches!(self.class, Class::ProviderSecret | Class::SecretByName | Class::SecretByEntropy);
        (by_class || (self.notes.secret && self.class >= Class::Url)) && !self.notes.public
    }

    /// Whether a secret stands here, as a whole or as a part.
    #[must_use]
    pub fn holds_secret(&self) -> bool {
        self.is_secret() || (!self.parts.is_empty() && self.class == Class::Url)
    }

    /// Whether a value stands here at all.
    #[must_use]
    pub fn has_value(&self) -> bool {
        self.class > Class::Placeholder
    }
}

/// A place where a program reads a variable.
#[derive(Debug, Clone)]
pub struct Use {
    /// Index of the file.
    pub file: usize,
    /// The variable.
    pub key: String,
    /// Where.
    pub span: Range<usize>,
    /// Whether the program has a default for it.
    pub has_default: bool,
    /// Whether it may be declared in any case; `key` is in capitals then.
    pub any_case: bool,
}

/// Everything checks look at.
#[derive(Debug)]
pub struct Project {
    /// Files, sorted by path.
    pub files: Vec<File>,
    /// Variables, in the order of files and positions.
    pub entries: Entries,
    /// What they are called, sorted by key.
    pub names: Vec<Arc<Name>>,
    /// What is wrong with lines of env files as such.
    pub about_lines: Vec<Problem>,
    /// Places that read variables.
    pub uses: Vec<Use>,
    /// Programs, and what is searched as if it were one, by ending.
    pub programs: BTreeMap<String, Vec<usize>>,
    /// By file: what must not be shown of it.
    pub hidden: Vec<Hidden>,
    /// Whether the folder is in a git repository.
    pub in_git: bool,
    /// What ringfence.toml says.
    pub config: Config,
    /// Names values.
    pub key: FingerprintKey,
    /// The day of the run, in days since 1970.
    pub today: i64,
    /// Only the grammar of env files is looked at: there are no entries.
    pub only_grammar: bool,
}

/// Variables by file: together they are many, and stay where they were made.
#[derive(Debug, Default)]
pub struct Entries(pub(super) Vec<Vec<Entry>>);

/// All variables, file after file.
type Flat<'e> = std::iter::Flatten<std::slice::Iter<'e, Vec<Entry>>>;

impl Entries {
    /// All of them, in the order of files and positions.
    pub fn iter(&self) -> Flat<'_> {
        self.0.iter().flatten()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }
}

impl<'e> IntoIterator for &'e Entries {
    type Item = &'e Entry;
    type IntoIter = Flat<'e>;

    fn into_iter(self) -> Flat<'e> {
        self.iter()
    }
}

/// What must not be shown of a file, as far as the making of the project found it.
#[derive(Debug, Default)]
pub struct Hidden {
    /// Where secrets stand, or what may be one.
    pub spans: Vec<Range<usize>>,
    /// Whether the text round a line tells what other secrets stand in it. If not, the whole file has to be searched.
    pub is_local: bool,
}

/// What was found out once for each name of a project.
#[derive(Debug)]
pub struct ByName<T>(Vec<T>);

impl<T> Index<&Entry> for ByName<T> {
    type Output = T;

    fn index(&self, entry: &Entry) -> &T {
        &self.0[entry.number as usize]
    }
}

impl Project {
    /// Finds something out of each name, once.
    pub fn by_name<T>(&self, find: impl Fn(&Name) -> T) -> ByName<T> {
        ByName(self.names.iter().map(|name| find(name)).collect())
    }

    /// The file of an entry.
    #[must_use]
    pub fn file_of(&self, entry: &Entry) -> &File {
        &self.files[entry.file]
    }

    /// Variables of dotenv files.
    pub fn env_file_entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.position == Position::EnvFile)
    }

    /// The entries of one file.
    pub fn entries_of(&self, file: usize) -> impl Iterator<Item = &Entry> {
        self.entries.0.get(file).into_iter().flatten()
    }

    /// Files with their indices.
    pub fn files_in(&self, format: Format) -> impl Iterator<Item = (usize, &File)> {
        self.files.iter().enumerate().filter(move |(_, file)| file.format == format)
    }

    /// The file with this path.
    #[must_use]
    pub fn file_at(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}
