//! Flags as they are written. Names are those of gitleaks and ripgrep where those have them.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::audit::AuditArgs;
use super::memory::size;
use super::reports::ReportCommand;
use crate::finding::Confidence;
use crate::report::Format;

/// Finds secrets in a work tree and in its full git history, and says what was not scanned.
///
/// Exit codes: 0 complete and nothing found, 1 findings, 2 usage error or incomplete scan.
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Tree, full history and environments in one page: is it safe to launch?
    Check(CheckArgs),
    /// Scan files and folders, or standard input (-)
    #[command(alias = "dir")]
    Scan(ScanArgs),
    /// Scan the full history of a git repository, or a part of it
    Git(GitArgs),
    /// Lint env files, manifests, settings and code: are the environments apart?
    Env(EnvArgs),
    /// List all variables by environment: what is set, what is secret, who looks after it; never a value
    Inventory(InventoryArgs),
    /// Follow the values of env files: into files, bundles, logs and the full history, in every encoding
    Trace(TraceArgs),
    /// After a leak: every place of every secret in tree and full history, since when, what to rotate, what to purge
    ///
    /// No baseline, no mark and no list of what to leave out is obeyed, and objects that no branch leads to are
    /// reported. Every value is looked for a second time, in every encoding. `--purge-plan` writes a
    /// file for `git filter-repo --replace-text`; `--verify` looks for what it takes out after the rewrite.
    Audit(AuditArgs),
    /// Copy text to standard output with a mark in place of every secret: [ringfence:RULE:FINGERPRINT]
    ///
    /// Each line is judged by itself and written as soon as it is read; private keys are masked from their header to
    /// their footer, or for 64 KiB. What takes several lines to see (a key and its id on two lines, values joined
    /// over lines) is left to `ringfence scan`. Text of one byte a letter and UTF-8 only; no archives.
    Redact(RedactArgs),
    /// Tell of each candidate in a file which rule, features and dismissals decided
    Explain(ExplainArgs),
    /// Join reports that were written before, or write one in another format
    #[command(subcommand)]
    Report(ReportCommand),
    /// List, show or check rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Keep what was looked at before in ringfence.baseline, by value and with a reason
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Scan before each commit and push, by git hooks
    #[command(subcommand)]
    Hook(HookCommand),
    /// Make ringfence.toml, to begin with or from a gitleaks.toml
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Make a ringfence.toml that shows what may stand in it
    Init,
    /// Write what a gitleaks.toml decides as ringfence.toml, and list what cannot be carried over
    Migrate {
        /// The gitleaks.toml
        file: PathBuf,
        /// Write to a new file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// Take in all that is found now; what comes later is reported
    Create {
        /// Only what this file of another scanner leaves alone: .gitleaksignore, a baseline of Gitleaks or detect-secrets
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        #[command(flatten)]
        args: BaselineArgs,
    },
    /// Drop entries that hide nothing any more, and take in what is new
    Update(BaselineArgs),
    /// Ask about each finding, with its value, on a terminal
    Audit(BaselineArgs),
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct BaselineArgs {
    /// Folder to scan: its tree, its history and its environments
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// Why these findings are accepted
    #[arg(long, default_value = "found before the baseline was made", value_parser = reason)]
    pub(super) reason: String,
    /// The last day on which they are: 2026-12-31
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) expires: Option<String>,
    #[command(flatten)]
    pub(super) flags: ScanFlags,
}

/// A reason stands at the end of a line.
fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a reason has words".into()),
        _ if text.contains(|c: char| c.is_control()) => Err("a reason is one line".into()),
        text => Ok(text.to_owned()),
    }
}

fn date(text: &str) -> Result<String, String> {
    let date: jiff::civil::Date = text.parse().map_err(|_| "it is no day such as 2026-12-31".to_owned())?;
    Ok(date.to_string())
}

#[derive(Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Install hooks for commits and pushes; a hook that is there runs first
    Install,
    /// Take them out, and put back what was there before
    Uninstall,
    /// What a manager of hooks runs: scans what is staged or, where its environment tells of a push, what is sent
    Run(HookRunArgs),
    /// What a server's pre-receive hook runs: scans what a push has brought, before it is taken in
    PreReceive(HookRunArgs),
}

#[derive(Debug, ClapArgs)]
pub(super) struct HookRunArgs {
    #[command(flatten)]
    pub(super) flags: ScanFlags,
}

/// Flags that the environment may set as well: `RINGFENCE_FAIL_ON=high` is `--fail-on high`.
///
/// Not those that say what is scanned or that show values: a variable that somebody forgot must not do that.
const FROM_ENVIRONMENT: &[(&str, &str)] = &[
    ("format", "RINGFENCE_FORMAT"),
    ("fail_on", "RINGFENCE_FAIL_ON"),
    ("confidence", "RINGFENCE_CONFIDENCE"),
    ("config", "RINGFENCE_CONFIG"),
    ("baseline", "RINGFENCE_BASELINE"),
    ("fingerprint_key_file", "RINGFENCE_FINGERPRINT_KEY_FILE"),
    ("exit_code", "RINGFENCE_EXIT_CODE"),
    ("jobs", "RINGFENCE_JOBS"),
    ("max_memory", "RINGFENCE_MAX_MEMORY"),
    ("color", "RINGFENCE_COLOR"),
];

/// The command, with the flags that the environment may set.
pub(super) fn with_environment(command: clap::Command) -> clap::Command {
    let name = |arg: &clap::Arg| FROM_ENVIRONMENT.iter().find(|(id, _)| arg.get_id().as_str() == *id);
    let set = |arg: clap::Arg| match name(&arg) {
        Some((_, name)) => arg.env(name).hide_env(true),
        None => arg,
    };
    // Only scans: elsewhere `--format` has other values.
    let is_scan = |command: &clap::Command| command.get_arguments().any(|arg| arg.get_id() == "fail_on");
    command.mut_subcommands(
        |command| if is_scan(&command) { command.mut_args(set) } else { with_environment(command) },
    )
}

#[derive(Debug, ClapArgs)]
pub(super) struct CheckArgs {
    /// Folder to check
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) history: HistoryArgs,
    #[command(flatten)]
    pub(super) flags: ScanFlags,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ScanArgs {
    /// Files and folders; - reads standard input
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) flags: ScanFlags,
}

#[derive(Debug, ClapArgs)]
pub(super) struct EnvArgs {
    /// Folder of the project, or one file of it
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// Mend what is safe to mend; what was there is kept beside it, for its owner only
    #[arg(long)]
    pub(super) fix: bool,
    /// Lint what the next commit would hold, and report what the staged files are about; neither history nor other
    /// files are searched for values
    #[arg(long, conflicts_with = "fix")]
    pub(super) staged: bool,
    /// Leave the history out: neither env files nor values that old commits hold are looked for
    #[arg(long)]
    pub(super) no_history: bool,
    /// Do not look for values in other files either
    #[arg(long)]
    pub(super) no_trace: bool,
    /// Only the grammar of env files: quotes, blanks, duplicates, what loaders read differently
    #[arg(long, conflicts_with = "staged")]
    pub(super) grammar: bool,
    #[command(flatten)]
    pub(super) flags: ScanFlags,
}

#[derive(Debug, ClapArgs)]
pub(super) struct TraceArgs {
    /// Folders and files to look in; - reads standard input. A folder of a repository takes in its history
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// Lines KEY=VALUE to look for, in place of the values of the project in the first folder; - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "hashes")]
    pub(super) values: Option<PathBuf>,
    /// Lines KEY=HASH, where values may not leave a vault: only what rules find is compared, and the result is partial
    #[arg(long, value_name = "FILE")]
    pub(super) hashes: Option<PathBuf>,
    /// Print the lines for --hashes in place of looking for the values
    #[arg(long, conflicts_with = "hashes")]
    pub(super) print_hashes: bool,
    /// Look in files only
    #[arg(long)]
    pub(super) no_history: bool,
    #[command(flatten)]
    pub(super) history: HistoryArgs,
    #[command(flatten)]
    pub(super) flags: ScanFlags,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RedactArgs {
    /// Files, one after another; - reads standard input
    #[arg(default_value = "-")]
    pub(super) files: Vec<PathBuf>,
    /// Mask in the files themselves; what was there is kept beside each as FILE.ringfence-backup, for its owner only
    #[arg(long)]
    pub(super) in_place: bool,
    /// Least confidence that is masked
    #[arg(long, value_enum, default_value_t = ConfidenceArg::Medium)]
    pub(super) confidence: ConfidenceArg,
    /// Further rules; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Vec<PathBuf>,
    /// Key for fingerprints, so that nobody can guess values from them
    #[arg(long, value_name = "FILE")]
    pub(super) fingerprint_key_file: Option<PathBuf>,
    /// No summary on standard error
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct InventoryArgs {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = InventoryFormat::Table)]
    pub(super) format: InventoryFormat,
    /// Print which environment each file belongs to, and what told it
    #[arg(long)]
    pub(super) why: bool,
    /// Fail if the inventory is another than this file's, which `-f json` wrote
    #[arg(long, value_name = "FILE")]
    pub(super) check: Option<PathBuf>,
    /// Configuration, in place of ringfence.toml of the current directory
    #[arg(short, long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Key for fingerprints, so that nobody can guess values from them
    #[arg(long, value_name = "FILE")]
    pub(super) fingerprint_key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum InventoryFormat {
    Table,
    #[value(alias = "md")]
    Markdown,
    Json,
    Csv,
    Html,
}

#[derive(Debug, ClapArgs)]
pub(super) struct GitArgs {
    /// Repository: a work tree or a bare repository
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) part: PartArgs,
    #[command(flatten)]
    pub(super) history: HistoryArgs,
    #[command(flatten)]
    pub(super) flags: ScanFlags,
}

/// Which part of the history; all of it without one of these.
#[derive(Debug, ClapArgs)]
pub(super) struct PartArgs {
    /// Only what is staged: what the next commit would bring in
    #[arg(long, group = "part", conflicts_with_all = ["unreachable", "allow_shallow"])]
    pub(super) staged: bool,
    /// Only the commits that B leads to and A does not; A...B for those that one of them lacks
    #[arg(long, value_name = "A..B", group = "part", conflicts_with = "unreachable")]
    pub(super) range: Option<String>,
    /// Only commits of this day or time (UTC) and later: 2026-01-31 or 2026-01-31T09:00:00Z
    #[arg(long, value_name = "DATE", conflicts_with_all = ["part", "unreachable"])]
    pub(super) since: Option<String>,
    /// Only what this branch, remote branch or tag leads to; may be given more than once
    #[arg(long, value_name = "NAME", conflicts_with_all = ["part", "unreachable"])]
    pub(super) branch: Vec<String>,
    /// Only what a push would send; for a pre-push hook, with git's lines on standard input
    #[arg(long, group = "part", conflicts_with = "unreachable")]
    pub(super) pre_push: bool,
    /// Only what the event of this run of GitHub Actions adds: a pull request, a push; all of it for a schedule
    #[arg(long, group = "part", conflicts_with = "unreachable")]
    pub(super) event: bool,
    /// Only what a push has brought; for a pre-receive hook, with git's lines on standard input
    #[arg(long, group = "part", conflicts_with = "unreachable")]
    pub(super) pre_receive: bool,
}

#[derive(Debug, Clone, Default, ClapArgs)]
pub(super) struct HistoryArgs {
    /// Report what stands only in objects that no branch or tag leads to
    #[arg(long)]
    pub(super) unreachable: bool,
    /// Accept a shallow clone: its history is cut off, and that is not an error
    #[arg(long)]
    pub(super) allow_shallow: bool,
    /// Accept a partial clone: objects it does not hold are counted, not an error
    #[arg(long)]
    pub(super) allow_partial: bool,
    /// Read every object again, also those that an earlier scan has read; stores nothing for the next one
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Scan every version whole instead of what changed (slow; finds the same)
    #[arg(long, hide = true)]
    pub(super) no_seam: bool,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ScanFlags {
    /// Report format
    #[arg(short, long, value_enum, default_value_t = FormatArg::Text)]
    pub(super) format: FormatArg,
    /// Write the report to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Write the report to a file in another format as well; may be given more than once
    #[arg(long, value_name = "FORMAT=FILE", value_parser = also)]
    pub(super) also: Vec<(FormatArg, PathBuf)>,
    /// Least severity that makes the exit code 1; `check` also fails on every row to fix first
    #[arg(long, value_enum, default_value_t = FailOn::Medium)]
    pub(super) fail_on: FailOn,
    /// Least confidence that is shown
    #[arg(long, value_enum, default_value_t = ConfidenceArg::Medium)]
    pub(super) confidence: ConfidenceArg,
    /// Configuration, in place of ringfence.toml of the repository you are in
    #[arg(short, long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Findings that were looked at before, in place of ringfence.baseline of the repository you are in
    #[arg(short, long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Report what the baseline hides as well
    #[arg(long, conflicts_with = "baseline")]
    pub(super) no_baseline: bool,
    /// Leave out values whose own checksum is wrong
    #[arg(long)]
    pub(super) strict: bool,
    /// Encodings within each other that are undone (base64, hex, escapes, gzip, UTF-16 …), at most 5; 0 reads text
    /// as it stands
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=5))]
    pub(super) max_decode_depth: u8,
    /// Archives and packed files within each other that are opened, at most 32; what is deeper is not scanned
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(0..=32))]
    pub(super) max_archive_depth: u8,
    /// Look for personal data in every file, not in logs alone, and judge it by what it is
    #[arg(long)]
    pub(super) pii: bool,
    /// Print the values themselves
    #[arg(long)]
    pub(super) show_secrets: bool,
    /// Take in files that .gitignore leaves out
    #[arg(long)]
    pub(super) no_ignore: bool,
    /// Further rules; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Vec<PathBuf>,
    /// Key for fingerprints, so that nobody can guess values from them
    #[arg(long, value_name = "FILE")]
    pub(super) fingerprint_key_file: Option<PathBuf>,
    /// Exit code for findings, in place of 1
    #[arg(long, value_name = "N")]
    pub(super) exit_code: Option<u8>,
    /// Threads; all cores by default
    #[arg(short, long, value_name = "N")]
    pub(super) jobs: Option<usize>,
    /// Keep less to be quicker, to take about so much memory: 512M, 2G, or bytes. What is found is the same
    #[arg(long, value_name = "SIZE", value_parser = size, allow_negative_numbers = true)]
    pub(super) max_memory: Option<u64>,
    /// Only findings and what was not scanned; no progress
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormatArg {
    Text,
    Json,
    Jsonl,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Csv,
    Markdown,
    Html,
}

/// `sarif=out.sarif`
fn also(text: &str) -> Result<(FormatArg, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("it is FORMAT=FILE, such as sarif=out.sarif")?;
    if file.is_empty() {
        return Err("it names no file".into());
    }
    Ok((FormatArg::from_str(format, false)?, file.into()))
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Self {
        match arg {
            FormatArg::Text => Self::Text,
            FormatArg::Json => Self::Json,
            FormatArg::Jsonl => Self::Jsonl,
            FormatArg::Sarif => Self::Sarif,
            FormatArg::Github => Self::Github,
            FormatArg::Gitlab => Self::Gitlab,
            FormatArg::Junit => Self::Junit,
            FormatArg::Csv => Self::Csv,
            FormatArg::Markdown => Self::Markdown,
            FormatArg::Html => Self::Html,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ConfidenceArg {
    Low,
    Medium,
    High,
}

impl From<ConfidenceArg> for Confidence {
    fn from(arg: ConfidenceArg) -> Self {
        match arg {
            ConfidenceArg::Low => Self::Low,
            ConfidenceArg::Medium => Self::Medium,
            ConfidenceArg::High => Self::High,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
    Low,
    Medium,
    High,
    Critical,
    Never,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ExplainArgs {
    /// A file, or a line of it; - reads standard input
    #[arg(required = true, value_name = "FILE[:LINE]")]
    pub(super) places: Vec<String>,
    /// Judge the text as what stands at this path
    #[arg(long, value_name = "PATH")]
    pub(super) path: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(super) format: ExplainFormat,
    /// Further rules; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ExplainFormat {
    Text,
    Jsonl,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Print every rule: id, severity, provider
    List,
    /// Print the page docs/rules.md: every rule in Markdown
    Docs {
        /// Print docs/env.md instead: every check of the environment lint
        #[arg(long)]
        checks: bool,
    },
    /// Print what a rule finds and what to do about it
    Show {
        /// Rule id
        id: String,
    },
    /// Check rule files: keys, patterns, keywords, and whether each rule does what its examples say
    Check {
        /// Rule files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}
