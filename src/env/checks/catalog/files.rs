//! Client exposure, inventory, git and files, images, manifests, CI (groups B3 to B6).

use super::checks;
use super::words::{E, FIRST, LATER, N, O, W};

checks! {
"secret-under-client-prefix" [E E E W E] Some("9.1"), FIRST, "Separate public config from private server-only credentials";
    "Secret under a prefix that bundlers hand to clients"; "Every visitor can read it.";
    "Drop the prefix, use it on the server only, and rotate it"; "NEXT_PUBLIC_STRIPE_SECRET_KEY"; "STRIPE_SECRET_KEY, read on the server"
"server-secret-in-client-code" [E E E O E] Some("7.0"), FIRST, "Secrets are never exposed in client bundles";
    "Client code reads a server's secret"; "It ends up in the bundle, or the code does not work.";
    "Read it on the server and hand over the result"; "'use client' and process.env.STRIPE_SECRET_KEY"; "a server route that calls the provider"
"bundler-exposes-environment" [E E E O E] Some("8.2"), FIRST, "Secrets are never exposed in client bundles";
    "Bundler puts the whole environment into the bundle"; "Every visitor can read every variable of the build machine.";
    "Name the variables that clients need, one by one"; "define: { 'process.env': process.env }"; "define: { 'process.env.API_URL': JSON.stringify(url) }"
"env-value-in-bundle" [E E W O E] Some("9.0"), FIRST, "Secrets are never exposed in client bundles";
    "Value of an env file is in a bundle, a log or code"; "Whoever gets the file has the secret.";
    "Rotate it, and take it out of what puts it there"; "the value of JWT_SECRET in dist/app.js"; "it stands in the env file only"
"production-source-maps" [W O O O W] None, LATER, "Secrets are never exposed in client bundles";
    "Source maps are published"; "Visitors can read the source.";
    "Build hidden source maps and upload them to the error tracker"; "sourcemap: true"; "sourcemap: 'hidden'"
"server-source-in-map" [E W O O E] Some("7.5"), FIRST, "Secrets are never exposed in client bundles";
    "Published source map holds a server's source"; "Visitors read how the server checks, signs and queries.";
    "Keep maps out of what is served, or leave sourcesContent out; rotate what stood in the source"; "src/server/orders.ts with its text in dist/assets/app.js.map"; "sources of the client only"
"secret-inlined-in-bundle" [E E W O E] Some("9.0"), FIRST, "Secrets are never exposed in client bundles";
    "Variable written into what browsers load is a secret"; "Every visitor can read it.";
    "Rotate it, and hand clients only what they need, by name"; "window.__ENV__ = { \"JWT_SECRET\": \"…\" } in dist/index.html"; "window.__ENV__ = { \"API_URL\": \"…\" }"
"key-missing-in-environment" [W W N N O] None, FIRST, "Clean environment variable inventory by environment";
    "Variable is missing"; "A deployment fails, or runs without it.";
    "Set it, or mark it @optional where it is set"; "SENTRY_DSN in .env.staging only"; "in .env.production as well"
"key-missing-in-example" [N N N N N] None, LATER, "List all environment variables";
    "Variable is missing in the example"; "Nobody knows that it is needed.";
    "Add it to the example, without a value"; ".env.example lacks SENTRY_DSN"; "SENTRY_DSN= in .env.example"
"referenced-key-undeclared" [W W W O W] None, FIRST, "No missing environment variables at deploy";
    "Code reads a variable that nothing declares"; "It is missing where the code runs.";
    "Add it to the example and to each environment"; "process.env.SMTP_HOST without SMTP_HOST in any file"; "SMTP_HOST= in .env.example"
"declared-key-unused" [N N N O N] None, LATER, "Clean environment variable inventory";
    "Variable that no code reads"; "Secrets that nobody needs can still leak.";
    "Take it out, and revoke it if it is a secret"; "OLD_API_KEY in .env.example only"; "it is gone"
"key-name-near-miss" [W W W W W] None, LATER, "Clean environment variable inventory by environment";
    "Two spellings of one variable"; "One environment does not set what the code reads.";
    "Use one spelling"; "SHOPEE_MODE here, SHOOPE_MODE there"; "SHOPEE_MODE in both"
"type-differs-across-environments" [N N N N N] None, LATER, "Environment variables are reviewed";
    "Value of another kind"; "Code that works here fails there.";
    "Use the same kind of value everywhere"; "CACHE=60 here, CACHE=true there"; "a number in both"
"secret-without-owner" [N N N N N] None, LATER, "List all environment variables with owners and rotation notes";
    "Secret without an owner"; "Nobody knows who can rotate it.";
    "Add `# @owner NAME` above it"; "JWT_SECRET without a comment"; "# @owner platform"
"secret-without-rotation-note" [N N N N N] None, LATER, "List all environment variables with owners and rotation notes";
    "Secret without a day of rotation"; "Nobody knows how old it is.";
    "Add `# @rotated 2026-01-31` above it"; "JWT_SECRET without a comment"; "# @rotated 2026-01-31"
"rotation-overdue" [W W W N W] None, FIRST, "Secret rotation checklist completed for live services";
    "Rotation is overdue"; "The longer a secret lives, the more places it has reached.";
    "Rotate it and note the day"; "# @rotated 2024-01-31 @rotate-every 90d"; "a day within the last 90"
"env-file-tracked" [E E E N E] Some("8.8"), FIRST, "No .env files committed to git";
    "Env file with secrets is tracked by git"; "Everybody with the repository has the secrets.";
    "git rm --cached it, ignore it, and rotate what is in it"; ".env with JWT_SECRET in the index"; ".env in .gitignore, .env.example in the index"
"env-file-not-ignored" [W W W W W] None, FIRST, "No .env files committed to git";
    "Env file that git would take"; "The next `git add .` commits it.";
    "Add it to .gitignore"; ".env without a line in .gitignore"; ".env* and !.env.example in .gitignore"
"env-file-in-history" [W W W W W] None, FIRST, "Keys in .env files committed to git history";
    "Env file in git's history"; "Deleted files stay in every clone.";
    "Rotate what it held; rewriting the history helps nobody who has a clone"; ".env was committed and deleted"; "no commit ever had it"
"leaked-secret-unrotated" [E E E E E] Some("9.8"), FIRST, "If keys were committed once already, assume they are compromised until rotated";
    "Secret from git's history is still in use"; "Everybody who ever had a clone has it.";
    "Rotate it"; "a value of an old commit is still in .env.production"; "a new value"
"decryption-key-tracked" [E E E E E] Some("9.8"), FIRST, "Secrets are never stored in code";
    "Key that decrypts the secrets is tracked by git"; "The encryption protects nothing.";
    "Take it out of git, make a new key, encrypt anew and rotate the secrets"; ".env.keys in the index"; ".env.keys in .gitignore"
"plaintext-secret-in-encrypted-file" [E E E N E] None, FIRST, "Secrets are never stored in code";
    "Plain secret in an encrypted file"; "The file looks safe to share, and is not.";
    "Encrypt it, and rotate it if the file was shared"; "one plain value between encrypted ones"; "all of them encrypted"
"secret-in-example-file" [E E E E E] Some("7.5"), FIRST, "No API keys in repo";
    "Real secret in an example"; "Examples are shared with everybody.";
    "Leave the value empty, and rotate it"; "a real key in .env.example"; "OPENAI_API_KEY="
"env-backup-present" [W W W W W] None, FIRST, "No .env files committed to git";
    "Copy of an env file"; "Copies are neither ignored nor rotated with the original.";
    "Delete it"; ".env.bak"; "no copy"
"env-file-permissions" [N N N N N] None, LATER, "Secrets are never exposed";
    "Others on this machine may read the env file"; "Every account of the machine can read it.";
    "chmod 600"; "mode 0644"; "mode 0600"
"env-file-in-image" [E E W O E] Some("7.8"), FIRST, "Secrets are never stored in code or exposed";
    "Env file is copied into an image"; "Everybody who can pull the image has the secrets.";
    "List env files in .dockerignore, and hand the variables over at run time"; "COPY . . without .dockerignore"; ".env* in .dockerignore"
"secret-in-build-arg" [W W W N W] None, FIRST, "Secrets are never stored in code or exposed";
    "Secret as a build argument"; "The image's history shows it.";
    "Use RUN --mount=type=secret"; "ARG NPM_TOKEN"; "RUN --mount=type=secret,id=npm"
"secret-in-image-env" [E E E O E] None, FIRST, "Secrets are never stored in code or exposed";
    "Secret in an image's environment"; "Everybody who can pull the image has it.";
    "Hand it over at run time, and rotate it"; "ENV JWT_SECRET with a value"; "docker run --env JWT_SECRET"
"secret-in-ci-config" [E E E N E] None, FIRST, "Block commits that include API keys or private tokens";
    "Secret in CI configuration"; "Everybody with the repository has it.";
    "Keep it in the CI's secrets, and rotate it"; "env: API_TOKEN with a value"; "API_TOKEN: ${{ secrets.API_TOKEN }}"
"plaintext-secret-in-manifest" [E E W N E] None, FIRST, "Secrets are never stored in code";
    "Secret in a manifest"; "Everybody with the repository has it.";
    "Refer to a secret store or encrypt it, and rotate it"; "JWT_SECRET with a value in compose"; "JWT_SECRET=${JWT_SECRET}"
"no-secret-scan-in-ci" [N N N N N] None, LATER, "Secret scanning in CI: block commits that include API keys or private tokens";
    "CI does not look for secrets"; "The next committed key goes unseen.";
    "Add a step that runs `ringfence git --range BASE..HEAD`"; "workflows without a scanner"; "a job that runs one"
}
