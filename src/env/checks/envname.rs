//! Variables that name the environment, and say another one than their file.

use super::super::model::{Class, Entry, Env, Project};
use super::super::names::env_of_name;
use super::{Problem, Sink};

const NAMES: &[&str] = &[
    "APP_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "NODE_ENV",
    "ASPNETCORE_ENVIRONMENT",
    "DOTNET_ENVIRONMENT",
    "DJANGO_ENV",
    "FLASK_ENV",
    "ENVIRONMENT",
    "ENV",
    "SENTRY_ENVIRONMENT",
    "DD_ENV",
    "SPRING_PROFILES_ACTIVE",
    "SYSTEM_MODE",
    "VERCEL_ENV",
    "DEPLOY_ENV",
    "DEPLOYMENT_ENVIRONMENT",
    "SENTRY_ENV",
    "APPLICATION_ENV",
    "STAGE",
    "HONEYBADGER_ENV",
    "NEW_RELIC_ENVIRONMENT",
    "SYMFONY_ENV",
    "RUN_ENV",
    "ROLLBAR_ENV",
    "ROLLBAR_ENVIRONMENT",
];

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for entry in project.entries.iter().filter(|entry| entry.env.runs() && entry.class == Class::Public) {
        let is_name = NAMES.contains(&entry.name.as_str())
            || entry.name.ends_with("_APP_ENV")
            || entry.name.ends_with("_ENVIRONMENT_NAME");
        if !is_name {
            continue;
        }
        if let Some(says) = contradiction(entry) {
            let message =
                format!("{} says {}, but the file is for {}", entry.key, says.name(), entry.env.name());
            sink.push(Problem::of("environment-name-mismatch", entry, message));
        }
    }
}

/// The environment that the value names, if the file is for another.
fn contradiction(entry: &Entry) -> Option<Env> {
    let said: Vec<Env> =
        entry.value.text().split([',', ' ']).filter_map(env_of_name).filter(|env| env.runs()).collect();
    let first = *said.first()?;
    // Builds and servers of staging run in production mode.
    let is_mode = matches!(entry.name.as_str(), "NODE_ENV" | "RAILS_ENV" | "RACK_ENV");
    let right =
        said.contains(&entry.env) || (is_mode && first == Env::Production && entry.env == Env::Staging);
    (!right).then_some(first)
}
