//! Plain secrets in manifests and settings, which are made to be shared.

use super::super::bind_yaml::is_ci;
use super::super::model::{Class, Env, Position, Project};
use super::super::url;
use super::{Level, Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for entry in &project.entries {
        let is_manifest = matches!(entry.position, Position::Manifest | Position::Settings);
        let file = project.file_of(entry);
        if !is_manifest
            || !entry.holds_secret()
            || entry.class <= Class::Placeholder
            || is_ci(&file.path)
            || entry.env == Env::Test
        {
            continue;
        }
        let is_local = entry.class == Class::Url && url::is_local(&entry.name, entry.value.text());
        // Django marks what `startproject` makes up, and `check --deploy` refuses it.
        let is_marked = entry.value.text().starts_with("django-insecure-");
        let is_default = (entry.weak.is_some() || is_marked) && entry.env != Env::Production;
        let covered = sink.has("default-credential", entry.file, &entry.value_span)
            || sink.has("plaintext-secret-in-encrypted-file", entry.file, &entry.value_span);
        let is_override = file.name().contains(".override.")
            || file.name() == "launchSettings.json"
            || file.name() == "local.settings.json";
        if (is_local && entry.env != Env::Production)
            || is_default
            || covered
            || (is_override && !file.tracked)
        {
            continue;
        }
        let message = format!("{} stands in {} in plain text", entry.key, file.name());
        let problem = Problem::of("plaintext-secret-in-manifest", entry, message);
        let untracked = project.in_git && !file.tracked;
        sink.push(if untracked { problem.level(Level::Warning) } else { problem });
    }
}
