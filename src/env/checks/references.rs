//! Variables that code reads and nothing declares, and those that are declared and nobody reads.

use std::collections::{BTreeSet, HashSet};

use rayon::prelude::*;

use super::super::model::{Entry, File, Format, Position, Project, Use};
use super::{Level, Problem, Sink};

/// Names that hosts, shells and frameworks set.
const WHOLE: &[&str] = &[
    "PATH",
    "HOME",
    "CI",
    "NODE_ENV",
    "PORT",
    "HOST",
    "HOSTNAME",
    "TZ",
    "LANG",
    "USER",
    "PWD",
    "SHELL",
    "TMPDIR",
    "TEMP",
    "TMP",
    "DEBUG",
    "MODE",
    "DEV",
    "PROD",
    "SSR",
    "BASE_URL",
    "RAILS_ENV",
    "RACK_ENV",
    "APP_ENV",
    "LOGNAME",
    "TERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "EDITOR",
    "JAVA_HOME",
    "GOPATH",
    "GOROOT",
    "PYTHONPATH",
    "DJANGO_SETTINGS_MODULE",
    "OUT_DIR",
    "DYNO",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "REMOTE_ADDR",
    "REQUEST_URI",
    "REQUEST_METHOD",
    "DOCUMENT_ROOT",
    "QUERY_STRING",
    "SERVER_NAME",
    "RAILS_LOG_TO_STDOUT",
    "RAILS_MAX_THREADS",
    "WEB_CONCURRENCY",
    "BUNDLE_GEMFILE",
    "ANALYZE",
    "APPDATA",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
];
/// How other such names begin.
const BEGINS: &[&str] = &[
    "GITHUB_",
    "VERCEL_",
    "NEXT_PUBLIC_VERCEL_",
    "AWS_LAMBDA_",
    "CARGO_",
    "npm_",
    "CI_",
    "NETLIFY_",
    "RENDER_",
    "FLY_",
    "RAILWAY_",
    "HEROKU_",
    "KUBERNETES_",
    "NEXT_RUNTIME",
    "NEXT_PHASE",
    "JEST_",
    "VITEST",
    "PLAYWRIGHT_",
    "HTTP_",
    "SERVER_",
    "REQUEST_",
    "GITLAB_",
    "CIRCLE_",
    "ASPNETCORE_",
    "DOTNET_",
];

/// Names that hosts, shells and frameworks set, or that only they read.
fn is_well_known(key: &str) -> bool {
    WHOLE.contains(&key)
        || BEGINS.iter().any(|prefix| key.starts_with(prefix))
        || key == "VERCEL"
        || key == "NETLIFY"
}

/// Names that frameworks read without being told.
fn is_implicit(key: &str) -> bool {
    [
        "PG",
        "AWS_",
        "RAILS_",
        "SENTRY_",
        "NEXT_",
        "COMPOSE_",
        "DOCKER_",
        "NODE_",
        "NPM_",
        "FLASK_",
        "DJANGO_",
        "SPRING_",
        "DOTENV_",
        "POSTGRES_",
        "MYSQL_",
        "MARIADB_",
        "MONGO_INITDB_",
        "REDIS_",
        "RABBITMQ_",
        "MINIO_",
        "OTEL_",
        "DD_",
        "NEW_RELIC_",
        "GOOGLE_APPLICATION_",
        "AZURE_",
        "RUST_",
        "PYTHON",
        "GATSBY_",
        "ASPNETCORE_",
        "WP_",
        "NUXT_",
        "KC_",
        "GF_",
        "LOG_CHANNEL",
        "LETSENCRYPT_",
        "VIRTUAL_",
        "VITE_",
        "REACT_APP_",
        "EXPO_",
    ]
    .iter()
    .any(|prefix| key.starts_with(prefix))
        || is_well_known(key)
}

/// Whether Laravel comes with this read: what is not set there switches an option off.
fn is_laravels_own(path: &str, key: &str) -> bool {
    let files = [
        "app",
        "auth",
        "broadcasting",
        "cache",
        "concurrency",
        "cors",
        "database",
        "filesystems",
        "hashing",
        "logging",
        "mail",
        "queue",
        "sanctum",
        "session",
        "view",
    ];
    // People add their own services to its list.
    let services = ["POSTMARK_", "RESEND_", "SLACK_BOT_USER_", "MAILGUN_", "AWS_", "SES_"];
    let Some(name) = path.strip_suffix(".php").and_then(|path| path.rsplit_once("config/")) else {
        return false;
    };
    files.contains(&name.1) || name.1 == "services" && services.iter().any(|own| key.starts_with(own))
}

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let has_env_files = project.entries.iter().any(|entry| entry.position == Position::EnvFile);
    if !has_env_files || project.uses.is_empty() {
        return;
    }
    let declared: BTreeSet<&str> = project.entries.iter().map(|entry| entry.key.as_str()).collect();
    let defaults: BTreeSet<&str> =
        project.uses.iter().filter(|used| used.has_default).map(|used| used.key.as_str()).collect();
    let is_declared = |used: &Use| {
        declared.contains(used.key.as_str())
            || used.any_case && declared.iter().any(|key| is_read_as(key, &used.key))
    };
    let mut told = BTreeSet::new();
    for used in &project.uses {
        let key = used.key.as_str();
        let silent = is_declared(used)
            || defaults.contains(key)
            || is_well_known(key)
            || is_laravels_own(&project.files[used.file].path, key)
            || super::code::is_test_or_example(project, used.file);
        if !silent && told.insert(key) {
            let message = format!("The code reads {key}, and no file declares it");
            let problem = Problem::at(
                "referenced-key-undeclared",
                used.file,
                used.span.clone(),
                project.files[used.file].env,
                message,
            );
            sink.push(Problem { key: key.to_owned(), ..problem });
        }
    }
    unused(project, sink);
}

/// Whether a field of pydantic-settings that reads `field` reads this variable, or a part of it from there.
fn is_read_as(key: &str, field: &str) -> bool {
    let begins = key.get(..field.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(field));
    begins && (key.len() == field.len() || key[field.len()..].starts_with("__"))
}

fn unused(project: &Project, sink: &mut Sink) {
    let mut told = BTreeSet::new();
    let fields: Vec<&Use> = project.uses.iter().filter(|used| used.any_case).collect();
    let is_field = |key: &str| fields.iter().any(|used| is_read_as(key, &used.key));
    let entries: Vec<&Entry> = project
        .env_file_entries()
        .filter(|entry| !is_implicit(&entry.key) && told.insert(entry.key.as_str()))
        .collect();
    let keys: HashSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let named: HashSet<&str> = project.files.par_iter().flat_map_iter(|file| named(file, &keys)).collect();
    let is_read = |entry: &Entry| named.contains(entry.key.as_str()) || is_field(&entry.key);
    for entry in entries.into_iter().filter(|entry| !is_read(entry)) {
        let problem = Problem::of("declared-key-unused", entry, format!("No code reads {}", entry.key));
        sink.push(problem.level(Level::Note));
    }
}

/// Those of the variables that a file names; an env file names one as `${KEY}` or `${KEY:-default}`.
fn named<'k>(file: &File, keys: &HashSet<&'k str>) -> HashSet<&'k str> {
    let text = file.text.as_str();
    let refers =
        |start: usize, end: usize| text[..start].ends_with("${") && text[end..].starts_with(['}', ':']);
    let is_list = matches!(file.format, Format::Dotenv | Format::Bundle);
    let mut found = HashSet::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut at = 0;
    while let Some(start) = text[at..].find(is_part).map(|n| at + n) {
        let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |n| start + n);
        if let Some(key) = keys.get(&text[start..end]).filter(|_| !is_list || refers(start, end)) {
            found.insert(*key);
        }
        at = end;
    }
    // Few have other characters.
    let odd = keys.iter().filter(|key| !key.chars().all(is_part));
    found.extend(odd.filter(|key| holds_word(text, key) && !is_list).copied());
    found
}

fn holds_word(text: &str, word: &str) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    memchr::memmem::find_iter(text.as_bytes(), word).any(|at| {
        let before = at.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        !is_part(before) && !is_part(text.as_bytes().get(at + word.len()))
    })
}
