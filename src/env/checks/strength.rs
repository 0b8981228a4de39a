//! Secrets that can be guessed, and passwords that products come with.

use super::super::model::{Class, Entry, Env, Mode, Project};
use super::super::strength::{LONGEST_DEFAULT, is_default_pair, is_product_default, least_length, weakness};
use super::super::url;
use super::{Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let least = project.by_name(|name| least_length(&name.name));
    // Of all other values only URLs hold a credential; some of those are placeholders.
    let counts = |entry: &&Entry| {
        let may_be_url = entry.class <= Class::Placeholder || entry.class == Class::Url;
        entry.env.runs() && (entry.is_secret || entry.holds_secret() || may_be_url)
    };
    for entry in project.entries.iter().filter(counts) {
        match default_credential(project, entry) {
            Some(message) => sink.push(Problem::of("default-credential", entry, message)),
            None => weak(sink, entry, least[entry]),
        }
    }
}

fn default_credential(project: &Project, entry: &Entry) -> Option<String> {
    let value = entry.value.text();
    if let Some(url) = url::parse(value) {
        let is_local = url.hosts().all(|host| url::is_loopback(host) || !host.contains('.'));
        let is_pair = url.password.is_some_and(|password| is_default_pair(url.user, password));
        return (is_pair && (entry.env == Env::Production || !is_local))
            .then(|| format!("{} logs in with the password the product comes with", entry.key));
    }
    let is_named = || is_product_default(&entry.name, value);
    let beside_user = || {
        let base = entry.name.strip_suffix("_PASSWORD").or(entry.name.strip_suffix("_PASS"));
        let user = base.and_then(|base| {
            project.entries_of(entry.file).find(|other| {
                other.env == entry.env
                    && other.name.strip_prefix(base).is_some_and(|rest| matches!(rest, "_USER" | "_USERNAME"))
            })
        });
        user.is_some_and(|user| is_default_pair(user.value.text(), value))
    };
    let is_default = || entry.class > Class::Empty && entry.is_secret && (is_named() || beside_user());
    // Those that products come with are short.
    (entry.env == Env::Production && value.len() <= LONGEST_DEFAULT && is_default())
        .then(|| format!("{} is the password the product comes with", entry.key))
}

fn weak(sink: &mut Sink, entry: &Entry, least: usize) {
    let own = matches!(entry.class, Class::SecretByName) && entry.mode == Mode::Unknown;
    if own {
        let value = entry.value.text();
        let bytes = value.strip_prefix("base64:").unwrap_or(value);
        let why = if bytes.len() == value.len() { entry.weak } else { weakness(&entry.name, bytes) };
        let why = why.map(str::to_owned);
        let why =
            why.or_else(|| (bytes.len() < least).then(|| format!("it is shorter than {least} characters")));
        if let Some(why) = why {
            sink.push(Problem::of("weak-secret", entry, format!("{} is weak: {why}", entry.key)));
        }
        return;
    }
    for part in &entry.parts {
        if let Some(why) = weakness("PASSWORD", part.value.text()) {
            sink.push(Problem::of(
                "weak-secret",
                entry,
                format!("The password in {} is weak: {why}", entry.key),
            ));
        }
    }
}
