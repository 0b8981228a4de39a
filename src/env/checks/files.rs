//! Env files in git, keys that decrypt them, examples with real values, copies.

use std::collections::BTreeSet;

use super::super::config::glob;
use super::super::discover::is_copy;
use super::super::model::{Class, Entry, Env, File, Format, Position, Project};
use super::super::random::looks_random;
use super::super::url;
use super::{Level, Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files.iter().enumerate() {
        if file.format == Format::Dotenv && !is_key_file(file) {
            tracked(project, sink, index, file);
            not_ignored(project, sink, index, file);
            copies(project, sink, index, file);
        }
        if is_key_file(file) && file.tracked {
            let message = "Whoever has the repository can decrypt its secrets";
            sink.push(Problem::at("decryption-key-tracked", index, first_line(file), file.env, message));
        }
    }
    keys_in_values(project, sink);
    plain_in_encrypted(project, sink);
    examples(project, sink);
}

fn first_line(file: &File) -> std::ops::Range<usize> {
    0..file.text.find('\n').unwrap_or(file.text.len())
}

fn is_key_file(file: &File) -> bool {
    let name = file.name();
    let below = |folder: &str| file.path.contains(folder);
    name == ".env.keys"
        || (name == "master.key" && below("config/"))
        || (below("config/credentials/") && name.ends_with(".key"))
        || name.ends_with("decrypt.private.php")
        || name == ".vault_pass"
        || file.format == Format::Opaque && file.text.contains(concat!("AGE-SECRET", "-KEY-1"))
}

/// Secrets of a file, by entry.
fn secrets(project: &Project, index: usize) -> Vec<&Entry> {
    project.entries_of(index).filter(|entry| entry.holds_secret()).collect()
}

fn tracked(project: &Project, sink: &mut Sink, index: usize, file: &File) {
    if !file.tracked || file.env == Env::Example {
        return;
    }
    let secrets = secrets(project, index);
    let allowed = project.config.lint.allow_tracked.iter().any(|pattern| glob(pattern, &file.path));
    // A file that holds only references, encrypted or public values may well be shared.
    let has_other = project.entries_of(index).any(|entry| {
        !matches!(
            entry.class,
            Class::Encrypted
                | Class::Reference
                | Class::Empty
                | Class::Boolean
                | Class::Number
                | Class::Public
                | Class::ProviderPublic
                | Class::Placeholder
                | Class::Url
        )
    });
    let (level, message) = match secrets.len() {
        0 if allowed || !has_other => return,
        0 => (Level::Note, "Git tracks this env file".to_owned()),
        count => (
            Level::Error,
            format!(
                "Git tracks this env file, and it holds {count} secret{}",
                if count == 1 { "" } else { "s" }
            ),
        ),
    };
    let related = secrets.iter().map(|entry| (index, entry.value_span.clone())).collect();
    let problem =
        Problem::at("env-file-tracked", index, first_line(file), file.env, message).related(related);
    sink.push(if file.env == Env::Test { problem } else { problem.level(level) });
}

fn not_ignored(project: &Project, sink: &mut Sink, index: usize, file: &File) {
    if project.in_git && !file.tracked && !file.ignored && file.env != Env::Example {
        let encrypted = project
            .entries_of(index)
            .all(|entry| matches!(entry.class, Class::Encrypted | Class::Reference | Class::Empty));
        if !encrypted {
            let message = format!("`git add` would take {}: no line of .gitignore leaves it out", file.path);
            sink.push(
                Problem::at("env-file-not-ignored", index, first_line(file), file.env, message)
                    .level(Level::Warning),
            );
        }
    }
}

fn copies(project: &Project, sink: &mut Sink, index: usize, file: &File) {
    if is_copy(file.name()) && project.entries_of(index).next().is_some() {
        let message = "A copy of an env file is left over";
        sink.push(Problem::at("env-backup-present", index, first_line(file), Env::Shared, message));
    }
    if project.config.lint.permissions && file.open && file.env != Env::Example {
        let message = "Other accounts of this machine may read this env file";
        sink.push(Problem::at("env-file-permissions", index, first_line(file), Env::Shared, message));
    }
}

/// Keys that decrypt env files, wherever they stand.
fn keys_in_values(project: &Project, sink: &mut Sink) {
    for entry in project.entries.iter().filter(|entry| entry.class > Class::Placeholder) {
        let file = project.file_of(entry);
        let is_key = entry.name.starts_with("DOTENV_PRIVATE_KEY")
            || entry.name == "RAILS_MASTER_KEY"
            || entry.name == "SOPS_AGE_KEY"
            || entry.value.text().starts_with(concat!("AGE-SECRET", "-KEY-1"));
        if is_key && file.tracked && !is_key_file(file) {
            let message = format!("{} decrypts secrets that git tracks", entry.key);
            sink.push(Problem::of("decryption-key-tracked", entry, message));
        }
    }
}

/// A plain secret in a file of which the rest is encrypted.
fn plain_in_encrypted(project: &Project, sink: &mut Sink) {
    let by_mark = |file: &File| {
        file.text.contains("DOTENV_PUBLIC_KEY")
            || (file.text.contains("sops") && file.text.contains("ENC[AES256_GCM"))
    };
    let files: BTreeSet<usize> =
        project.files.iter().enumerate().filter(|(_, file)| by_mark(file)).map(|(index, _)| index).collect();
    for entry in project.entries.iter().filter(|entry| files.contains(&entry.file) && entry.holds_secret()) {
        let message = format!("{} is not encrypted, other values of the file are", entry.key);
        sink.push(Problem::of("plaintext-secret-in-encrypted-file", entry, message));
    }
}

fn examples(project: &Project, sink: &mut Sink) {
    let real: BTreeSet<_> = project
        .entries
        .iter()
        .filter(|entry| entry.env != Env::Example && entry.holds_secret() && entry.value.text().len() >= 8)
        .map(|entry| entry.print)
        .collect();
    for entry in project
        .entries
        .iter()
        .filter(|entry| entry.env == Env::Example && entry.position == Position::EnvFile)
    {
        let value = entry.value.text();
        let random = entry.class == Class::SecretByName && looks_random(value);
        let is_local = || {
            url::parse(value)
                .is_some_and(|url| url.hosts().all(|host| url::is_loopback(host) || !host.contains('.')))
        };
        let in_url = entry.parts.iter().any(|part| looks_random(part.value.text())) && !is_local();
        let is_real =
            real.contains(&entry.print) && entry.holds_secret() && !is_local() && entry.weak.is_none();
        if matches!(entry.class, Class::ProviderSecret | Class::SecretByEntropy)
            || random
            || in_url
            || is_real
        {
            let message = format!("{} of the example holds a real value", entry.key);
            sink.push(Problem::of("secret-in-example-file", entry, message).level(Level::Error));
        }
    }
}
