//! Hosts of other environments, and webhooks that go to them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::config::EnvironmentConfig;
use super::super::model::{ByName, Class, Entry, Env, Project};
use super::super::{names, url};
use super::keymode::is_sandbox_host;
use super::{Level, Problem, Sink};
use crate::finding::Fingerprint;

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let guarded = guarded_hosts(project);
    let exempt = project.by_name(|name| is_exempt(&name.name));
    let named = project.by_name(|name| is_named_webhook(&name.name));
    let doubled = doubled_webhooks(project, &named);
    for entry in project
        .entries
        .iter()
        .filter(|entry| entry.env.runs() && entry.class >= Class::Reference)
        .filter(|entry| may_hold_host(entry.value.text()) && !exempt[entry])
    {
        let is_told = match is_webhook(entry, named[entry]) {
            true => webhook(project, sink, entry, (&doubled, &guarded)),
            false => {
                in_production(project, sink, entry);
                false
            }
        };
        if !is_told {
            outside_production(project, sink, entry, &guarded);
        }
    }
}

/// Most values are no hosts, URLs or paths.
fn may_hold_host(value: &str) -> bool {
    value.bytes().any(|byte| matches!(byte, b'.' | b':' | b'/' | b'='))
        || names::trim(value).eq_ignore_ascii_case("localhost")
}

/// Lists of hosts that are not asked anything, and of origins, which have a check of their own.
fn is_exempt(name: &str) -> bool {
    [
        "NO_PROXY",
        "CORS",
        "ALLOWED_ORIGIN",
        "ORIGINS",
        "ALLOWED_HOSTS",
        "TRUSTED_PROXIES",
        "XMLNS",
        "SUPPORT_EMAIL",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// What production's own configuration says of a host: whether it may be named.
fn configured(project: &Project, env: Env, host: &str) -> Option<bool> {
    let of_env = project.config.environments.iter().filter(|environment| environment.env() == env);
    let is_in = |list: &[String]| list.iter().any(|pattern| matches_host(pattern, host));
    let judge = |environment: &EnvironmentConfig| match () {
        () if is_in(&environment.deny_hosts) => Some(false),
        () if is_in(&environment.hosts) => Some(true),
        () => None,
    };
    of_env.filter_map(judge).min()
}

fn matches_host(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => {
            host.ends_with(domain)
                && host.len() > domain.len()
                && host.as_bytes()[host.len() - domain.len() - 1] == b'.'
        }
        None => pattern == host,
    }
}

/// Why this host must not be named in this environment's own values.
fn wrong_host(project: &Project, entry: &Entry, host: &str) -> Option<&'static str> {
    match configured(project, entry.env, host) {
        Some(true) => None,
        Some(false) => Some("a host that ringfence.toml denies"),
        None => url::nonproduction(host),
    }
}

fn in_production(project: &Project, sink: &mut Sink, entry: &Entry) {
    if entry.env != Env::Production {
        return;
    }
    let value = entry.value.text();
    let hosts = url::hosts(&entry.name, value);
    let listens = || {
        ["BIND", "LISTEN", "HEALTH", "METRICS", "SIDECAR", "OTEL_EXPORTER", "DD_AGENT"]
            .iter()
            .any(|word| entry.name.contains(word))
            || entry.name.ends_with("HOST")
            || entry.name.ends_with("HOSTNAME")
    };
    for host in hosts {
        if (url::is_loopback(host) && listens()) || is_sandbox_host(host) {
            continue;
        }
        if let Some(what) = wrong_host(project, entry, host) {
            let message = format!("{} of production names {host}: {what}", entry.key);
            sink.push(Problem::of("nonproduction-host-in-production", entry, message));
            return;
        }
    }
    let is_path = value.starts_with('/') && !value.contains("://") && value.len() < 40;
    let env = is_path
        .then(|| {
            value.split(['/', '-', '_']).find_map(|word| names::env_of_word(word).filter(|env| env.runs()))
        })
        .flatten();
    if env.is_some_and(|env| matches!(env, Env::Development | Env::Staging)) && names::words(value).len() > 1
    {
        let message = format!("{} of production names a path of another environment", entry.key);
        sink.push(Problem::of("nonproduction-host-in-production", entry, message).level(Level::Note));
    }
}

/// Hosts that production uses with a credential, or that hold its data.
fn guarded_hosts(project: &Project) -> BTreeMap<String, &Entry> {
    let words = [
        "DATABASE",
        "DB",
        "REDIS",
        "MONGO",
        "AMQP",
        "RABBIT",
        "RABBITMQ",
        "KAFKA",
        "QUEUE",
        "WEBHOOK",
        "ADMIN",
        "BROKER",
        "POSTGRES",
        "MYSQL",
        "ELASTICSEARCH",
        "DATASOURCE",
    ];
    let by_name = project.by_name(|name| name.name.split('_').any(|word| words.contains(&word)));
    let mut out = BTreeMap::new();
    for entry in project.entries.iter().filter(|entry| entry.env == Env::Production) {
        if entry.parts.is_empty() && !by_name[entry] {
            continue;
        }
        for host in url::hosts(&entry.name, entry.value.text()) {
            let host = host.to_ascii_lowercase();
            if !url::is_loopback(&host) && host.contains('.') && !is_many(&host) {
                out.entry(host).or_insert(entry);
            }
        }
    }
    out
}

/// Hosts that one provider shares among all its customers: the account tells, not the host.
fn is_many(host: &str) -> bool {
    let shared = [
        "hooks.slack.com",
        "discord.com",
        "api.stripe.com",
        "ingest.sentry.io",
        "amazonaws.com",
        "googleapis.com",
        "smtp.sendgrid.net",
        "smtp.mailgun.org",
        "outlook.office.com",
        "api.telegram.org",
        "api.github.com",
        "pooler.supabase.com",
    ];
    shared.iter().any(|name| {
        host == *name || (url::is_at(host, name) && !host.contains(".rds.") && !host.contains(".cache."))
    })
}

fn outside_production(project: &Project, sink: &mut Sink, entry: &Entry, guarded: &BTreeMap<String, &Entry>) {
    if entry.env == Env::Production {
        return;
    }
    for host in url::hosts(&entry.name, entry.value.text()) {
        let host = url::lower(host);
        if configured(project, entry.env, &host) == Some(true) {
            continue;
        }
        let by_name = url::env_of_host(&host) == Some(Env::Production);
        let used = guarded.get(&*host);
        if by_name || used.is_some() {
            let why =
                if used.is_some() { "which production uses" } else { "a host of production by its name" };
            let message = format!("{} of {} names {host}, {why}", entry.key, entry.env.name());
            let related = used.map(|used| (used.file, used.value_span.clone())).into_iter().collect();
            sink.push(Problem::of("production-host-in-nonproduction", entry, message).related(related));
            return;
        }
    }
}

fn is_named_webhook(name: &str) -> bool {
    name.split('_').any(|word| matches!(word, "WEBHOOK" | "WEBHOOKS" | "CALLBACK" | "HOOK" | "HOOKS"))
        || name.contains("REDIRECT_UR")
}

fn is_webhook(entry: &Entry, by_name: bool) -> bool {
    let may_be = |value: &str| {
        let bytes = value.as_bytes();
        memchr::memchr_iter(b'/', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'w' | b'h' | b'c')))
    };
    let by_path = || {
        may_be(entry.value.text())
            && url::parse(entry.value.text()).is_some_and(|url| {
                ["/webhook", "/hook", "/callback"].iter().any(|part| url.path.contains(part))
            })
    };
    (by_name && entry.class >= Class::Url) || (entry.class == Class::Url && by_path())
}

/// Services that show whatever they get to whoever knows the address.
fn is_request_bin(host: &str) -> bool {
    let bins = [
        "webhook.site",
        "requestbin.com",
        "requestbin.net",
        "pipedream.net",
        "smee.io",
        "requestcatcher.com",
        "beeceptor.com",
        "ngrok.io",
        "hookbin.com",
        "request.in",
        "hookdeck.com",
    ];
    bins.iter().any(|bin| url::is_at(host, bin))
}

/// Webhook URLs that two environments have: the event is handled twice.
fn doubled_webhooks(project: &Project, named: &ByName<bool>) -> BTreeSet<Fingerprint> {
    let mut envs: BTreeMap<Fingerprint, BTreeSet<Env>> = BTreeMap::new();
    for entry in project
        .entries
        .iter()
        .filter(|entry| entry.env.runs() && entry.class == Class::Url && is_webhook(entry, named[entry]))
    {
        envs.entry(entry.print).or_default().insert(entry.env);
    }
    envs.retain(|_, envs| envs.len() > 1);
    envs.into_keys().collect()
}

/// Whether something was told; a webhook of production in another environment is as bad as any of its hosts there.
fn webhook(
    project: &Project,
    sink: &mut Sink,
    entry: &Entry,
    (doubled, guarded): (&BTreeSet<Fingerprint>, &BTreeMap<String, &Entry>),
) -> bool {
    let hosts = url::hosts(&entry.name, entry.value.text());
    let what = hosts.iter().find_map(|host| {
        let lower = url::lower(host);
        match entry.env {
            _ if is_request_bin(&lower) => Some(format!("{host}, which shows requests to anybody")),
            Env::Production => wrong_host(project, entry, &lower).map(|what| format!("{host}: {what}")),
            Env::Staging if url::env_of_host(&lower) == Some(Env::Production) => {
                Some(format!("{host}: a host of production"))
            }
            _ => None,
        }
    });
    let message = match what {
        Some(what) => format!("{} of {} goes to {what}", entry.key, entry.env.name()),
        None if doubled.contains(&entry.print) => {
            format!("{} is the same in another environment: events are handled twice", entry.key)
        }
        None => return false,
    };
    let problem = Problem::of("webhook-environment-mismatch", entry, message);
    let used = hosts.iter().find_map(|host| guarded.get(&*url::lower(host)));
    let is_told = problem.effective() != Level::Off;
    sink.push(match used.filter(|_| is_told && entry.env != Env::Production) {
        Some(used) => problem.related(vec![(used.file, used.value_span.clone())]).level(Level::Error),
        None => problem,
    });
    is_told
}
