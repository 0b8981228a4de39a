//! Variables that code reads and nothing declares, and those that are declared and nobody reads.

use std::collections::BTreeSet;

use super::super::model::{Format, Position, Project};
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

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let has_env_files = project.entries.iter().any(|entry| entry.position == Position::EnvFile);
    if !has_env_files || project.uses.is_empty() {
        return;
    }
    let declared: BTreeSet<&str> = project.entries.iter().map(|entry| entry.key.as_str()).collect();
    let defaults: BTreeSet<&str> =
        project.uses.iter().filter(|used| used.has_default).map(|used| used.key.as_str()).collect();
    let mut told = BTreeSet::new();
    for used in &project.uses {
        let key = used.key.as_str();
        let silent = declared.contains(key)
            || defaults.contains(key)
            || is_well_known(key)
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

fn unused(project: &Project, sink: &mut Sink) {
    let mut told = BTreeSet::new();
    let named = |key: &str| {
        project.files.iter().any(|file| match file.format {
            Format::Dotenv | Format::Bundle => {
                file.text.contains(&format!("${{{key}}}")) || file.text.contains(&format!("${{{key}:"))
            }
            _ => holds_word(&file.text, key),
        })
    };
    for entry in project.env_file_entries() {
        let key = entry.key.as_str();
        if !is_implicit(key) && told.insert(key) && !named(key) {
            let problem = Problem::of("declared-key-unused", entry, format!("No code reads {key}"));
            sink.push(problem.level(Level::Note));
        }
    }
}

fn holds_word(text: &str, word: &str) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    memchr::memmem::find_iter(text.as_bytes(), word).any(|at| {
        let before = at.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        !is_part(before) && !is_part(text.as_bytes().get(at + word.len()))
    })
}
