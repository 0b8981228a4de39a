//! Live keys outside production, test keys in it, and providers' sandboxes.

use super::super::model::{Entry, Env, Mode, Project};
use super::super::url;
use super::code::is_on;
use super::{Level, Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    let told = project.by_name(|name| may_switch(&name.name));
    for entry in &project.entries {
        live_key(project, sink, entry);
        test_key(sink, entry);
        let value = entry.value.text();
        let may_tell = told[entry] || value.bytes().any(|byte| matches!(byte, b':' | b'='));
        if may_tell && let Some(why) = sandbox(entry) {
            sink.push(Problem::of("sandbox-provider-in-production", entry, format!("{} {why}", entry.key)));
        }
    }
}

fn live_key(project: &Project, sink: &mut Sink, entry: &Entry) {
    let is_plaid = entry.name.ends_with("PLAID_SECRET")
        && entry.has_value()
        && project
            .entries_of(entry.file)
            .any(|other| other.name == "PLAID_ENV" && other.value.text().eq_ignore_ascii_case("production"));
    if entry.mode == Mode::Live || is_plaid {
        let problem = Problem::of(
            "live-key-outside-production",
            entry,
            format!("{} holds a key for live data", entry.key),
        );
        let is_public = entry.value.text().starts_with("pk_");
        sink.push(if is_public && entry.env != Env::Production && entry.env.runs() {
            problem.level(Level::Warning)
        } else {
            problem
        });
    }
}

fn test_key(sink: &mut Sink, entry: &Entry) {
    if entry.mode == Mode::Test && entry.env == Env::Production {
        let problem =
            Problem::of("test-key-in-production", entry, format!("{} holds a key for test data", entry.key));
        let says_so = entry.name.split('_').any(|word| word == "TEST" || word == "SANDBOX");
        sink.push(if says_so { problem.level(Level::Warning) } else { problem });
    }
}

/// Hosts of providers that are made for tests.
const HOSTS: &[&str] = &[
    "mailtrap.io",
    "ethereal.email",
    "sandbox.paypal.com",
    "sandbox.plaid.com",
    "development.plaid.com",
    "squareupsandbox.com",
    "test.salesforce.com",
    "sandbox.braintreegateway.com",
    "apitest.authorize.net",
    "test.adyen.com",
    "checkout-test.adyen.com",
    "api-sandbox.dwolla.com",
    "demo.docusign.net",
    "account-d.docusign.com",
    "api.sandbox.push.apple.com",
    "sandbox.itunes.apple.com",
    "api.sandbox.transferwise.tech",
    "sandbox-api.okex.com",
    "api-test.wepay.com",
    "stage.wepayapi.com",
    "testnet.binance.vision",
    "mailhog",
    "mailpit",
    "mailcatcher",
    "maildev",
];

/// Whether the host is a provider's sandbox.
pub(super) fn is_sandbox_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let known = HOSTS.iter().any(|name| url::is_at(&host, name));
    let labels: Vec<&str> = host.split('.').collect();
    let inner = labels.len() > 3 && labels[1..labels.len() - 2].contains(&"sandbox");
    known || inner || (labels.first() == Some(&"api-sandbox"))
}

/// Names of variables that may switch a provider to its sandbox, or name its host.
fn may_switch(name: &str) -> bool {
    let words =
        ["ENV", "MODE", "SANDBOX", "MAIL", "HOST", "DOMAIN", "ENDPOINT", "SERVER", "ADDR", "URL", "BROKERS"];
    words.iter().any(|word| name.contains(word))
}

/// What is wrong with a production variable that switches a provider to its sandbox.
fn sandbox(entry: &Entry) -> Option<String> {
    if entry.env != Env::Production {
        return None;
    }
    let value = entry.value.text().trim().to_ascii_lowercase();
    if let Some(host) =
        url::hosts(&entry.name, entry.value.text()).into_iter().find(|host| is_sandbox_host(host))
    {
        return Some(format!("names {host}, which is made for tests"));
    }
    let name = entry.name.as_str();
    let modes = [
        "PLAID_ENV",
        "PAYPAL_MODE",
        "PAYPAL_ENV",
        "PAYPAL_ENVIRONMENT",
        "SQUARE_ENVIRONMENT",
        "BRAINTREE_ENVIRONMENT",
        "BRAINTREE_ENV",
        "ADYEN_ENVIRONMENT",
        "MIDTRANS_ENV",
    ];
    let is_mode = modes.iter().any(|mode| name.ends_with(mode))
        || name.ends_with("_ENVIRONMENT")
        || name.ends_with("_MODE");
    if is_mode && matches!(value.as_str(), "sandbox" | "test" | "testing")
        || (modes.iter().any(|mode| name.ends_with(mode)) && value == "development")
    {
        return Some("switches the provider to its sandbox".into());
    }
    if (name.ends_with("_SANDBOX")
        || name == "SANDBOX"
        || name.ends_with("_SANDBOX_MODE")
        || name.ends_with("_TEST_MODE")
        || name.ends_with("_USE_SANDBOX"))
        && is_on(&value)
    {
        return Some("switches the provider to its sandbox".into());
    }
    let is_mailer = matches!(name, "MAIL_MAILER" | "MAIL_DRIVER" | "MAIL_TRANSPORT" | "MAILER")
        && matches!(value.as_str(), "log" | "array" | "null");
    let is_backend = name.ends_with("EMAIL_BACKEND")
        && ["console", "dummy", "locmem", "filebased"].iter().any(|kind| value.contains(kind));
    let is_null = name == "MAILER_DSN" && value.starts_with("null://");
    (is_mailer || is_backend || is_null).then(|| "sends no mail".into())
}
