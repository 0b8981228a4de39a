//! Switches that production has the wrong way round: debugging, verbose logs, safeguards, webhook signatures.

use super::super::model::{Class, Entry, Env, Position, Project};
use super::super::names::{begins_with, ends_in, trim};
use super::code::{self, is_off, is_on, searches};
use super::{Level, Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let logs = project.by_name(|name| name.name.contains("LOG") || name.name.contains("SQL"));
    let lists = project.by_name(|name| HOST_LISTS.iter().any(|list| ends_in(&name.name, list)));
    for entry in project.entries.iter().filter(|entry| entry.env.runs()) {
        // Most values switch nothing.
        let value = entry.value.text();
        if is_on(value)
            || is_off(value)
            || entry.name == "DEBUG"
            || trim(value).eq_ignore_ascii_case("development")
        {
            debug(sink, entry);
            safeguard(sink, entry);
            webhook_switch(sink, entry);
        }
        if logs[entry] {
            logging(sink, entry);
        }
        if lists[entry] {
            hosts(sink, entry);
        }
    }
    webhook_secrets(project, sink);
    code::search(project, sink, &IN_CODE);
}

fn debug(sink: &mut Sink, entry: &Entry) {
    let name = entry.name.as_str();
    let value = entry.value.text().trim();
    let namespaces =
        name == "DEBUG" && (value.contains(':') || (value == "*" && entry.position == Position::EnvFile));
    if namespaces {
        let message = format!("{} switches on debug output of modules", entry.key);
        sink.push(Problem::of("verbose-logging-in-production", entry, message));
        return;
    }
    // Most variables are no switches.
    let is_sentry = name == "SENTRY_DEBUG";
    let is_aspnet = matches!(name, "ASPNETCORE_ENVIRONMENT" | "DOTNET_ENVIRONMENT")
        && value.eq_ignore_ascii_case("development")
        && entry.env == Env::Production;
    if !is_on(value) && !is_aspnet {
        return;
    }
    let exact = [
        "DEBUG",
        "APP_DEBUG",
        "FLASK_DEBUG",
        "DJANGO_DEBUG",
        "WP_DEBUG",
        "SYMFONY_DEBUG",
        "WERKZEUG_DEBUG_PIN",
        "DISPLAY_ERRORS",
        "PHP_DISPLAY_ERRORS",
        "TELESCOPE_ENABLED",
        "GRAPHQL_PLAYGROUND",
        "INTROSPECTION",
        "GRAPHQL_INTROSPECTION",
        "SWAGGER_ENABLED",
        "DETAILED_ERRORS",
        "DEBUGBAR_ENABLED",
        "SPRING_H2_CONSOLE_ENABLED",
        "CONSIDER_ALL_REQUESTS_LOCAL",
        "DEVTOOLS_ENABLED",
        "ENABLE_SWAGGER",
        "ENABLE_PLAYGROUND",
        "APOLLO_PLAYGROUND",
        "PROFILER_ENABLED",
    ];
    let is_switch = exact.contains(&name)
        || exact.iter().any(|known| known.len() > 7 && ends_in(name, known))
        || name.starts_with("ENABLE_DEBUG")
        || name.ends_with("_DEBUG")
        || name.ends_with("_DEBUG_MODE")
        || name == "DEBUG_MODE"
        || name.ends_with("_DEBUG_ENABLED");
    let exposes_all = name.starts_with("MANAGEMENT_") && name.ends_with("EXPOSURE_INCLUDE") && value == "*";
    if (is_switch && is_on(value) && !is_sentry) || exposes_all || is_aspnet {
        let message = format!("{} switches debugging on for {}", entry.key, entry.env.name());
        sink.push(Problem::of("debug-enabled-in-production", entry, message));
    } else if is_sentry && is_on(value) {
        sink.push(Problem::of(
            "verbose-logging-in-production",
            entry,
            format!("{} logs each event", entry.key),
        ));
    }
}

fn logging(sink: &mut Sink, entry: &Entry) {
    let name = entry.name.as_str();
    let value = entry.value.text().trim().to_ascii_lowercase();
    let level = value.split(['=', ',']).next_back().unwrap_or_default();
    let is_level = name == "LOG_LEVEL"
        || name.ends_with("_LOG_LEVEL")
        || name == "RUST_LOG"
        || name == "LOGLEVEL"
        || name.ends_with("_LOGLEVEL")
        || name.starts_with("LOGGING_LEVEL")
        || name.contains("LOG_LEVEL_DEFAULT")
        || name == "LOGGING_LOG_LEVEL";
    let is_verbose = matches!(level, "debug" | "trace" | "silly" | "all" | "verbose" | "finest" | "finer");
    let shows_sql = (name.ends_with("SHOW_SQL")
        || name == "SQL_ECHO"
        || name == "SQLALCHEMY_ECHO"
        || name == "DB_LOGGING")
        && is_on(&value);
    let logs_statements = name.ends_with("LOG_STATEMENT") && value == "all";
    if (is_level && is_verbose) || shows_sql || logs_statements {
        let message = format!("{} makes logs of {} tell too much", entry.key, entry.env.name());
        sink.push(Problem::of("verbose-logging-in-production", entry, message));
    }
}

fn safeguard(sink: &mut Sink, entry: &Entry) {
    let name = entry.name.as_str();
    let value = entry.value.text();
    if !is_on(value) && !is_off(value) {
        return;
    }
    let guards = ["RATE_LIMIT", "RATELIMIT", "RATE_LIMITING", "THROTTLE", "CSRF"];
    let is_guard = guards
        .iter()
        .any(|guard| name.match_indices(guard).any(|(at, _)| at == 0 || name[..at].ends_with('_')))
        && !["_WINDOW", "_MAX", "_TTL", "_NAME", "_DEBUG", "COOKIE", "_TRUSTED_ORIGINS"]
            .iter()
            .any(|part| name.contains(part));
    let is_inverse = |name: &str| {
        let whole = [
            "DISABLE_AUTH",
            "SKIP_AUTH",
            "AUTH_DISABLED",
            "AUTH_BYPASS",
            "NO_AUTH",
            "ALLOW_INSECURE",
            "ALLOW_TEST_DATA",
            "SEED_ON_BOOT",
            "ENABLE_TEST_LOGIN",
            "DISABLE_AUTHENTICATION",
            "DISABLE_AUTHORIZATION",
            "DISABLE_CSRF",
            "DISABLE_RATE_LIMIT",
            "SKIP_CSRF",
            "DISABLE_CAPTCHA",
            "SKIP_EMAIL_VERIFICATION",
            "ALLOW_ANONYMOUS",
            "DISABLE_SECURITY",
        ];
        whole.iter().any(|known| ends_in(name, known) || begins_with(name, known))
            || name.starts_with("MOCK_")
            || name.starts_with("BYPASS_")
            || name.starts_with("ENABLE_MOCK")
    };
    let is_enabled = matches!(
        name,
        "AUTH_ENABLED"
            | "AUTHENTICATION_ENABLED"
            | "CAPTCHA_ENABLED"
            | "SECURITY_ENABLED"
            | "REQUIRE_AUTH"
            | "AUTH_REQUIRED"
    );
    let switched_off = ((is_guard || is_enabled) && is_off(value)) || (is_inverse(name) && is_on(value));
    if switched_off && !name.contains("TELEMETRY") && !is_webhook_switch(name) {
        let message = format!("{} switches a safeguard off in {}", entry.key, entry.env.name());
        sink.push(Problem::of("safeguard-disabled-in-production", entry, message));
    }
}

fn is_webhook_switch(name: &str) -> bool {
    let at = name.find("WEBHOOK");
    at.is_some_and(|at| {
        name[at..].contains("VERIF") || name[at..].contains("SIGNATURE") || name[..at].contains("VERIFY")
    })
}

fn webhook_switch(sink: &mut Sink, entry: &Entry) {
    let name = entry.name.as_str();
    let inverse = ["SKIP", "DISABLE", "BYPASS", "IGNORE"].iter().any(|word| name.contains(word));
    let value = entry.value.text();
    if is_webhook_switch(name) && ((inverse && is_on(value)) || (!inverse && is_off(value))) {
        let message = format!("{} lets unsigned requests in", entry.key);
        sink.push(Problem::of("webhook-verification-disabled", entry, message));
    }
}

/// A provider's key is set and its signing secret is declared, but empty, while the code has a webhook route.
fn webhook_secrets(project: &Project, sink: &mut Sink) {
    let has_route = project.files.iter().any(|file| {
        let path = file.path.to_ascii_lowercase();
        !file.code.is_empty()
            && (path.contains("webhook") || file.code.contains("/webhook") || file.code.contains("/hooks/"))
    });
    let providers = [
        ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
        ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"),
        ("GITHUB_APP_ID", "GITHUB_WEBHOOK_SECRET"),
        ("GITHUB_APP_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"),
        ("SHOPIFY_API_KEY", "SHOPIFY_WEBHOOK_SECRET"),
        ("SHOPIFY_API_SECRET", "SHOPIFY_WEBHOOK_SECRET"),
        ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"),
    ];
    for entry in project
        .entries
        .iter()
        .filter(|entry| has_route && entry.env.runs() && entry.class == Class::Empty && !entry.notes.injected)
    {
        let needs = |(key, secret): &(&str, &str)| {
            entry.name == *secret
                && project
                    .entries
                    .iter()
                    .any(|other| other.env == entry.env && other.name == *key && other.class != Class::Empty)
        };
        if providers.iter().any(needs) {
            let message = format!("{} is empty, so the provider's webhooks cannot be verified", entry.key);
            sink.push(Problem::of("webhook-verification-disabled", entry, message));
        }
    }
}

const HOST_LISTS: [&str; 4] = ["ALLOWED_HOSTS", "TRUSTED_PROXIES", "TRUSTED_HOSTS", "ALLOWED_HOST"];

fn hosts(sink: &mut Sink, entry: &Entry) {
    if entry.value.text().split([',', ' ', ';']).any(|host| host == "*") {
        let message = format!("{} accepts every host", entry.key);
        let problem = Problem::of("permissive-host-allowlist", entry, message);
        // ASP.NET's own default, written out: its servers stand behind a proxy that tells hosts apart.
        let is_default = entry.key == "AllowedHosts";
        sink.push(if is_default { problem.level(Level::Note) } else { problem });
    }
}

const PY: &[&str] = &["py"];
const RB: &[&str] = &["rb"];

searches! { IN_CODE:
    "debug-enabled-in-production", RB, r"config\.(?:consider_all_requests_local\s*=\s*true|eager_load\s*=\s*false)", "Rails shows errors as in development";
    "debug-enabled-in-production", PY, r"\.run\([^)\n]*debug\s*=\s*True", "The server runs with its debugger";
    "verbose-logging-in-production", RB, r"config\.log_level\s*=\s*:(?:debug|unknown)", "Logs of production tell too much";
    "permissive-host-allowlist", PY, r#"ALLOWED_HOSTS\s*=\s*\[\s*["']\*["']"#, "Every host name is accepted";
    "permissive-host-allowlist", RB, r"config\.hosts\.clear", "Every host name is accepted";
    "permissive-host-allowlist", &["ts", "js", "mjs", "tsx"], r"trustHost:\s*true", "Every host name is accepted";
    "safeguard-disabled-in-production", RB, r"config\.action_controller\.allow_forgery_protection\s*=\s*false", "Forgery protection is off";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_of_webhooks_are_known_by_their_names() {
        assert!(
            is_webhook_switch("STRIPE_WEBHOOK_VERIFY") && is_webhook_switch("SKIP_WEBHOOK_SIGNATURE_CHECK")
        );
        assert!(!is_webhook_switch("STRIPE_WEBHOOK_URL"));
    }
}
