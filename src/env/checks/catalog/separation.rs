//! Environments apart, and what production must not hold (groups B1 and B2).

use super::checks;
use super::words::{E, FIRST, LATER, N, O, W};

checks! {
"shared-secret-across-environments" [E W N O O] Some("8.1"), FIRST, "Secrets are not shared across environments";
    "Secret shared across environments"; "A leak in one environment opens the other.";
    "Give each environment a value of its own"; ".env.staging and .env.production hold the same JWT_SECRET"; "each holds its own"
"shared-secret-fragment" [E W N O O] Some("7.5"), FIRST, "Secrets are not shared across environments";
    "Password of a connection shared across environments"; "A leak in one environment opens the other.";
    "Give each environment's account a password of its own"; "the password in DATABASE_URL is also DB_PASSWORD of staging"; "each environment has its own account"
"production-copied-from-nonproduction" [E O O O O] None, FIRST, "Production does not use staging keys";
    "Production's secrets are a copy of another environment's"; "Whoever has the other environment's file has production.";
    "Make new values for production, service by service"; "most secrets of .env.production equal those of .env.staging"; "no secret is in two files"
"live-key-outside-production" [O E E E O] Some("8.6"), FIRST, "No customer data flows through test systems";
    "Live key outside production"; "Tests act on real customers and real money.";
    "Use the provider's test key here, and roll the live one"; ".env.development holds a live payment key"; "it holds a test key"
"test-key-in-production" [E O O O O] Some("6.5"), FIRST, "Production does not use test credentials";
    "Test key in production"; "Payments are not taken, captchas stop nobody.";
    "Put in the live key"; ".env.production holds a test payment key"; "it holds the live key"
"sandbox-provider-in-production" [W O O O O] None, FIRST, "Production does not use staging or test services";
    "Sandbox of a provider in production"; "Mail is swallowed and payments are play money.";
    "Name the provider's live host or mode"; "MAIL_HOST of production is a mail trap"; "it is the provider's live host"
"nonproduction-host-in-production" [E O O O O] Some("6.0"), FIRST, "Production points to production endpoints only";
    "Host of another environment in production"; "Production data goes to a system that is not guarded like production.";
    "Name production's own host"; "API_URL=https://api.staging.acme.io in .env.production"; "API_URL=https://api.acme.io"
"production-host-in-nonproduction" [O E E E O] Some("7.0"), FIRST, "No customer data flows through test systems";
    "Production's host outside production"; "A test writes to, or reads, real data.";
    "Name this environment's own host"; "DATABASE_URL of staging names production's database"; "it names staging's"
"resource-name-environment-mismatch" [W W W W O] None, FIRST, "Environment variables are separated by environment";
    "Resource of another environment"; "Two environments work on one database, bucket or queue.";
    "Name this environment's own resource"; "S3_BUCKET=acme-uploads-staging in production"; "S3_BUCKET=acme-uploads-production"
"webhook-environment-mismatch" [E W N O O] None, FIRST, "Webhooks point to production endpoints only";
    "Webhook of another environment"; "Events go to the wrong system, or trigger actions twice.";
    "Register an endpoint for each environment"; "the callback of production is on staging.acme.io"; "it is on acme.io"
"environment-name-mismatch" [E W W W O] None, FIRST, "Production does not use staging keys by accident";
    "Environment's name contradicts the file"; "Code that asks for its environment gets the wrong answer.";
    "Set the name of the environment the file is for"; "APP_ENV=staging in .env.production"; "APP_ENV=production"
"environment-file-cross-reference" [E W O O O] None, FIRST, "Production does not use staging keys by accident";
    "Loads another environment's file"; "Production runs on another environment's settings.";
    "Load the file of the same environment"; "docker-compose.prod.yml has env_file: .env.staging"; "it has env_file: .env.production"
"ci-environment-mismatch" [E W N O N] None, FIRST, "Production does not use staging keys by accident";
    "Job uses another environment's secret"; "A deployment runs on the wrong credentials.";
    "Use environments of the CI, each with its own secrets"; "a production job uses secrets.STAGING_KEY"; "it uses secrets.KEY of its environment"
"shadowed-production-value" [W O O O W] None, FIRST, "Production does not use development values by accident";
    "Local value wins in a production build"; "What was built on a developer's machine talks to that machine.";
    "Build for production where no .env.local is, or rename it to .env.development.local"; ".env.local sets API_URL, which Next.js prefers to .env.production"; ".env.development.local sets it"
"shared-file-holds-secret" [N N N N N] None, LATER, "Secrets are not shared across environments";
    "Secret in a file for all environments"; "Every environment gets the same value.";
    "Move it to the environments' own files"; ".env holds JWT_SECRET beside .env.production"; "each .env.NAME holds its own"
"debug-enabled-in-production" [E W O O O] Some("5.3"), FIRST, "No debug flags in production builds";
    "Debugging is on"; "Errors show source, settings and sometimes a console to visitors.";
    "Switch it off"; "DEBUG=true in .env.production"; "DEBUG=false"
"verbose-logging-in-production" [W N O O O] None, LATER, "Logs do not contain secrets";
    "Logs tell too much"; "Requests, queries and tokens end up in logs.";
    "Log at info or above"; "LOG_LEVEL=debug in .env.production"; "LOG_LEVEL=info"
"placeholder-in-production" [E W O O O] None, FIRST, "No missing environment variables at deploy";
    "Placeholder in production"; "The service fails, or runs with a secret that everybody knows.";
    "Put in the real value"; "JWT_SECRET=changeme in .env.production"; "a random value"
"empty-secret-in-production" [W N O O O] None, FIRST, "No missing environment variables at deploy";
    "Secret is empty"; "The service fails, or runs unprotected.";
    "Set it, or mark it `# injected` if the host sets it"; "JWT_SECRET= in .env.production"; "JWT_SECRET= # injected"
"weak-secret" [E W O O O] Some("7.4"), FIRST, "Credentials are strong";
    "Weak secret"; "It can be guessed.";
    "Make a random value: openssl rand -base64 32"; "a signing key that is a word"; "32 random bytes"
"default-credential" [E W O O O] Some("8.0"), FIRST, "No default credentials";
    "Password the product comes with"; "Everybody knows it.";
    "Make a random password"; "user and password are both `postgres`"; "an account with a random password"
"unresolved-reference" [W N N N N] None, FIRST, "No missing environment variables at deploy";
    "Reference to nothing"; "The value is empty, or the text of the reference itself.";
    "Define the variable, or give a default"; "URL=https://${HOST} without HOST"; "HOST=acme.io in the same file"
"hardcoded-secret-fallback" [W W W O W] Some("6.5"), FIRST, "Secrets are never stored in code";
    "Secret with a default in code"; "Where the variable is missing, everybody knows the secret.";
    "Fail if the variable is missing"; "process.env.JWT_SECRET || 'a literal'"; "throw if it is missing"
"insecure-transport-in-production" [W N O O O] Some("5.9"), FIRST, "SSL is active everywhere";
    "Unencrypted connection"; "Passwords and data can be read on the way.";
    "Use the encrypted form of the protocol"; "API_URL=http://api.acme.io"; "API_URL=https://api.acme.io"
"tls-verification-disabled" [E E W N W] Some("7.4"), FIRST, "SSL is active everywhere";
    "Certificates are not verified"; "Anybody on the way can pose as the server.";
    "Verify; add the private CA to the trust store where there is one"; "NODE_TLS_REJECT_UNAUTHORIZED=0"; "NODE_EXTRA_CA_CERTS=/etc/ssl/ca.pem"
"safeguard-disabled-in-production" [E W O O O] None, FIRST, "Rate limits exist on login; CSRF protection where needed";
    "Safeguard is switched off"; "What it guards is open.";
    "Switch it on"; "RATE_LIMIT_ENABLED=false"; "RATE_LIMIT_ENABLED=true"
"webhook-verification-disabled" [E W O O O] None, FIRST, "Webhooks are verified before they trigger automations";
    "Webhooks are not verified"; "Anybody can send events.";
    "Set the signing secret and verify every request"; "WEBHOOK_VERIFY_SIGNATURE=false"; "WEBHOOK_VERIFY_SIGNATURE=true"
"permissive-host-allowlist" [W N O O O] None, FIRST, "Allow only your production domains and trusted subdomains";
    "Every host name is accepted"; "Links in mails and caches can be poisoned by the Host header.";
    "List the hosts"; "ALLOWED_HOSTS = ['*']"; "ALLOWED_HOSTS = ['acme.io']"
}
