//! Databases, buckets and queues whose name carries another environment.

use std::sync::LazyLock;

use regex::Regex;

use super::super::model::{Class, Entry, Env, Project};
use super::super::names::{env_of_word, re};
use super::super::url;
use super::{Problem, Sink};

static RESOURCE: LazyLock<Regex> = LazyLock::new(|| {
    re(
        "(^|_)(DB|DATABASE|DB_NAME|DATABASE_NAME|DBNAME|BUCKET|BUCKET_NAME|QUEUE|QUEUE_NAME|TOPIC|TOPIC_NAME|NAMESPACE|INDEX|INDEX_NAME|\
        PROJECT|PROJECT_ID|CLUSTER|CLUSTER_NAME|TABLE|TABLE_NAME|STREAM|SCHEMA|KEYSPACE|CONTAINER_NAME|VAULT_NAME|KEY_PREFIX|INDEX_PREFIX)$",
    )
});

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let is_resource = project.by_name(|name| Told {
        whole: RESOURCE.is_match(&name.name),
        of_url: RESOURCE.is_match(name.name.trim_end_matches("_URL")),
    });
    for entry in project.entries.iter().filter(|entry| entry.env.runs() && entry.class >= Class::Reference) {
        if let Some(other) =
            names(entry, &is_resource[entry]).into_iter().find_map(|name| other_environment(entry.env, &name))
        {
            let message =
                format!("{} of {} names a resource of {}", entry.key, entry.env.name(), other.name());
            sink.push(Problem::of("resource-name-environment-mismatch", entry, message));
        }
    }
}

/// Whether a variable's name says that it names a resource: as it is, and without `_URL`.
struct Told {
    whole: bool,
    of_url: bool,
}

/// Names of resources in a value: the value itself, the database of a URL, the bucket of a URL.
fn names(entry: &Entry, told: &Told) -> Vec<String> {
    let value = entry.value.text();
    if let Some(url) = url::parse(value) {
        let schemes = [
            "postgres",
            "postgresql",
            "mysql",
            "mariadb",
            "mongodb",
            "sqlserver",
            "mssql",
            "amqp",
            "amqps",
            "s3",
            "gs",
            "redis",
            "rediss",
        ];
        let scheme = url.scheme.split(['+', ':']).next().unwrap_or_default();
        if schemes.contains(&scheme) {
            let hosts = if matches!(scheme, "s3" | "gs") {
                url.hosts().map(str::to_owned).collect()
            } else {
                Vec::new()
            };
            return hosts.into_iter().chain([url.path.to_owned()]).collect();
        }
        // Queues are named by URLs of their provider.
        return if told.of_url { vec![url.path.to_owned()] } else { Vec::new() };
    }
    match told.whole && !value.contains(' ') && !value.starts_with('/') {
        true => vec![value.to_owned()],
        false => Vec::new(),
    }
}

/// Another environment that a whole word of the name means. Development and tests may use each other's.
fn other_environment(own: Env, name: &str) -> Option<Env> {
    let group = |env: Env| if env == Env::Test { Env::Development } else { env };
    let words: Vec<String> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
    let envs: Vec<Env> = words
        .iter()
        .filter(|word| !matches!(word.as_str(), "ci" | "local" | "preview" | "sandbox" | "testing"))
        .filter_map(|word| env_of_word(word))
        .filter(|env| env.runs())
        .collect();
    if envs.iter().any(|env| group(*env) == group(own)) {
        return None;
    }
    envs.into_iter().next()
}
