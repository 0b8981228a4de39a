//! Which files say something about environments, and which environment each belongs to, with the reason.
//!
//! The first that answers wins: configuration, the file's name, its folders, what its framework takes by
//! default. Sections within a file are found when it is read (`bind`).

use super::config::{Config, glob};
use super::model::{Env, Format};
use super::names::{env_of_name, env_of_word};

/// Folders that a build writes.
const OUTPUT: &[&str] =
    &["dist", "build", "out", "_site", ".next", ".output", ".svelte-kit", "storybook-static", "www"];

/// Endings of programs and scripts.
const CODE: &[&str] = &[
    "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "astro", "py", "rb", "php", "go",
    "rs", "java", "kt", "kts", "cs", "sh", "bash", "zsh", "ex", "exs", "scala", "groovy", "gradle", "swift",
    "dart", "ps1", "html", "config",
];

/// Whether variables are set at this path: env files, manifests, settings; neither programs nor what a build puts out.
#[must_use]
pub fn holds_settings(path: &str) -> bool {
    !matches!(format(path), None | Some(Format::Code | Format::List | Format::Bundle))
}

/// What kind of text stands at this path; nothing where the lint has nothing to read.
#[must_use]
pub fn format(path: &str) -> Option<Format> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let ending = lower.rsplit_once('.').map_or("", |(_, ending)| ending);
    if in_output(path) && matches!(ending, "html" | "htm" | "css" | "js" | "mjs" | "map") {
        return Some(Format::Bundle);
    }
    if is_dotenv(&lower, ending) {
        return Some(if matches!(ending, "swp" | "vault") { Format::Opaque } else { Format::Dotenv });
    }
    if lower == "dockerfile"
        || lower.starts_with("dockerfile.")
        || ending == "dockerfile"
        || lower == "containerfile"
    {
        return Some(Format::Dockerfile);
    }
    if lower.starts_with("procfile.") {
        return Some(Format::Code);
    }
    if ["master.key", ".vault_pass", "jenkinsfile", "procfile"].contains(&lower.as_str()) {
        return Some(if lower.ends_with("file") { Format::Code } else { Format::Opaque });
    }
    if matches!(lower.as_str(), ".gitignore" | ".dockerignore" | ".pre-commit-config.yaml" | "lefthook.yml") {
        return Some(Format::List);
    }
    if matches!(lower.as_str(), "_headers" | "_redirects" | "caddyfile" | ".htaccess")
        || ending == "nginx"
        || ending == "conf"
    {
        return Some(Format::Server);
    }
    if ending == "zone"
        || is_below(path, &["zones"]) && ending != "md"
        || lower.starts_with("db.") && is_below(path, &["bind", "named", "dns"])
    {
        return Some(if matches!(ending, "yml" | "yaml") { Format::Yaml } else { Format::Zone });
    }
    if path.contains("config/credentials/") && ending == "key"
        || lower.ends_with("decrypt.private.php")
        || lower == "age.key"
        || lower == "keys.txt"
    {
        return Some(Format::Opaque);
    }
    match ending {
        "yml" | "yaml" => Some(Format::Yaml),
        "config" if path.contains(".ebextensions/") => Some(Format::Yaml),
        "toml" => Some(Format::Toml),
        "json" | "jsonc" if is_config_json(path, &lower) => Some(Format::Json),
        "properties" | "npmrc" | "ini" | "cnf" => Some(Format::Properties),
        "tf" | "tfvars" => Some(Format::Hcl),
        ending if CODE.contains(&ending) && !lower.ends_with(".min.js") => Some(Format::Code),
        _ => None,
    }
}

/// Whether what stands at this path is an env file, and no example of one.
#[must_use]
pub fn is_env_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    // Most names of a history are something else.
    let may_be = name.contains("env") || name.contains("ENV") || name.contains("vars");
    may_be && format(path) == Some(Format::Dotenv) && env_of_name(name) != Some(Env::Example)
}

/// Whether the name belongs to the dotenv family, copies included.
fn is_dotenv(lower: &str, ending: &str) -> bool {
    let by_name = lower == ".env"
        || lower.starts_with(".env.")
        || lower.starts_with(".env-")
        || lower.starts_with(".env_")
        || lower == ".env~";
    let others = lower == ".envrc"
        || lower == ".flaskenv"
        || lower == "env.txt"
        || lower == ".dev.vars"
        || lower.starts_with(".dev.vars.");
    (by_name || others || ending == "env")
        && !matches!(
            ending,
            "ts" | "js" | "json" | "yml" | "yaml" | "md" | "py" | "rb" | "php" | "sh" | "enc" | "gpg" | "age"
        )
}

/// Whether a build has put this file out.
#[must_use]
pub fn is_output(path: &str) -> bool {
    in_output(path)
}

/// Whether the file is a log.
#[must_use]
pub fn is_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.ends_with(".log")
        || name.contains(".log.")
        || name.ends_with(".jsonl")
        || is_below(path, &["log", "logs"])
}

fn in_output(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|part| OUTPUT.contains(&part))
}

fn is_below(path: &str, folders: &[&str]) -> bool {
    path.split('/').rev().skip(1).any(|part| folders.contains(&part))
}

/// Whether the file, by its name in lower case, says how Angular builds: its own, or those of Nx.
pub(super) fn is_angular_workspace(name: &str) -> bool {
    matches!(name, "angular.json" | "project.json" | "workspace.json")
}

/// JSON that configures something; not data, locks and translations.
fn is_config_json(path: &str, lower: &str) -> bool {
    let known = [
        "package.json",
        "vercel.json",
        "now.json",
        "app.json",
        "eas.json",
        "wrangler.json",
        "wrangler.jsonc",
        "local.settings.json",
        "launchsettings.json",
        "firebase.json",
        "composer.json",
        "angular.json",
        "project.json",
        "workspace.json",
    ];
    known.contains(&lower)
        || lower.starts_with("appsettings")
        || lower.ends_with(".tfvars.json")
        || lower.contains("task-def")
        || lower.contains("taskdef")
        || (lower.contains("secret") || lower.contains("config"))
            && !lower.starts_with("tsconfig")
            && !lower.starts_with("jsconfig")
        || is_below(path, &["config", "environments", "env", "envs"])
}

/// Where a file belongs, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The environment.
    pub env: Env,
    /// What told it.
    pub reason: String,
    /// Whether it is for one machine only.
    pub local: bool,
}

/// The environment of the file at this path.
#[must_use]
pub fn place(path: &str, format: Format, config: &Config) -> Place {
    let name = path.rsplit('/').next().unwrap_or(path);
    let local = name.split('.').any(|part| part == "local") && format == Format::Dotenv;
    let at = |env: Env, reason: String| Place { env, reason, local };
    for environment in &config.environments {
        if let Some(pattern) = environment.files.iter().find(|pattern| glob(pattern, path)) {
            return at(
                environment.env(),
                format!("ringfence.toml: [[environment]] {} has {pattern}", environment.name),
            );
        }
    }
    if let Some(env) = by_file_name(path, name, format) {
        return at(env, format!("its name, {name}"));
    }
    let folders: Vec<&str> = path.split('/').rev().skip(1).collect();
    for folder in folders {
        if let Some(env) = by_folder(folder, format) {
            return at(env, format!("its folder, {folder}/"));
        }
    }
    match by_framework(path, name, format) {
        Some((env, reason)) => at(env, reason.to_owned()),
        None => at(Env::Shared, "no marker: it applies to every environment".to_owned()),
    }
}

fn by_file_name(path: &str, name: &str, format: Format) -> Option<Env> {
    match format {
        Format::Zone | Format::Bundle | Format::List => None,
        Format::Code => by_code_name(path, name),
        Format::Dotenv => {
            let words = super::names::words(name);
            let words: Vec<&str> =
                words.into_iter().filter(|word| !word.eq_ignore_ascii_case("env")).collect();
            let is_local = |word: &&str| word.eq_ignore_ascii_case("local");
            if words.iter().all(is_local) {
                return None;
            }
            let known = env_of_name(&words.join("."));
            let unknown = (known.is_none()
                && name.starts_with(".env.")
                && !is_copy(name)
                && name != ".env.keys"
                && name != ".env.me")
                .then_some(Env::Unknown);
            known.or(unknown)
        }
        Format::Yaml if path.contains(".github/") || name.starts_with(".gitlab-ci") => {
            env_of_name(name).filter(|env| *env == Env::Production || *env == Env::Staging)
        }
        Format::Json | Format::Toml
            if matches!(name, "package.json" | "composer.json") || is_angular_workspace(name) =>
        {
            None
        }
        // `Dockerfile.production`, `production.Dockerfile`.
        Format::Dockerfile => env_of_name(name),
        // What SAM deploys is called so.
        Format::Yaml if matches!(name, "template.yaml" | "template.yml") => None,
        _ => env_of_name(name.rsplit_once('.').map_or(name, |(stem, _)| stem)),
    }
}

/// Whether a dotenv file's name marks it as a copy of another.
#[must_use]
pub fn is_copy(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends =
        [".ringfence-backup", ".bak", ".backup", ".old", ".orig", ".save", ".swp", "~", ".copy", ".tmp"];
    ends.iter().any(|end| lower.ends_with(end))
        || lower == "env.txt"
        || (lower.starts_with(".env")
            && lower
                .rsplit('.')
                .next()
                .is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit())))
}

/// Programs are not named after environments, their settings and scripts are; and tests are tests.
fn by_code_name(path: &str, name: &str) -> Option<Env> {
    if name.starts_with("Procfile.") {
        return env_of_name(name);
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let lower = stem.to_ascii_lowercase();
    let is_test = lower.ends_with(".test")
        || lower.ends_with(".spec")
        || lower.starts_with("test_")
        || lower.ends_with("_test")
        || lower.ends_with("_spec")
        || stem.ends_with("Test")
        || stem.ends_with("Tests")
        || is_in_t(path, name);
    if is_test {
        return Some(Env::Test);
    }
    let about = [
        "settings",
        "config",
        "environment",
        "environments",
        "webpack",
        "vite",
        "deploy",
        "release",
        "application",
    ];
    let folders = ["settings", "config", "environments", "deploy", "scripts", "bin", "envs"];
    let is_settings = about.iter().any(|word| lower.contains(word))
        || path.split('/').rev().nth(1).is_some_and(|folder| folders.contains(&folder))
        || name.ends_with(".sh");
    let env = is_settings.then(|| env_of_name(stem)).flatten().filter(|env| *env != Env::Example);
    let is_angular = path.contains("environments/environment") && stem == "environment";
    let release = lower == "web.release";
    env.or(is_angular.then_some(Env::Development)).or(release.then_some(Env::Production))
}

/// Scripts of a folder `t`: where Perl, git and their kin keep tests.
fn is_in_t(path: &str, name: &str) -> bool {
    let is_script = [".sh", ".t", ".pl", ".pm", ".py"].iter().any(|ending| name.ends_with(ending));
    is_script && is_below(path, &["t"])
}

fn by_folder(folder: &str, format: Format) -> Option<Env> {
    let lower = folder.to_ascii_lowercase();
    if ["tests", "spec", "__tests__", "fixtures", "testdata", "e2e", "cypress", "test"]
        .contains(&lower.as_str())
    {
        return Some(Env::Test);
    }
    if ["examples", "example", "samples", "sample"].contains(&lower.as_str()) {
        return Some(Env::Example);
    }
    if matches!(format, Format::Code | Format::Bundle | Format::List) {
        return None;
    }
    let words = super::names::words(folder);
    let env = words.iter().find_map(|word| env_of_word(word))?;
    (env != Env::Example && !(words.len() == 1 && lower == "local")).then_some(env)
}

fn by_framework(path: &str, name: &str, format: Format) -> Option<(Env, &'static str)> {
    let is_compose = name.starts_with("docker-compose") || name.starts_with("compose.");
    match () {
        () if name.starts_with(".dev.vars") => {
            Some((Env::Development, "wrangler reads it for local development"))
        }
        () if is_compose && name.contains(".override.") => {
            Some((Env::Development, "compose merges it in by default, on a developer's machine"))
        }
        () if name.eq_ignore_ascii_case("launchSettings.json") || name == "local.settings.json" => {
            Some((Env::Development, "only local runs read it"))
        }
        () if format == Format::Zone => Some((Env::Production, "a DNS zone is live")),
        () if path.ends_with("config/master.key") => {
            Some((Env::Production, "Rails decrypts production's credentials with it"))
        }
        () if name == "fly.toml" => Some((Env::Production, "fly deploys it")),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_tells_its_environment_in_its_own_way() {
        let cases = [
            (".env", Env::Shared),
            (".env.production", Env::Production),
            (".env.prod.example", Env::Example),
            (".env.local", Env::Shared),
            (".env.production.local", Env::Production),
            (".env.acme", Env::Unknown),
            (".dev.vars", Env::Development),
            ("production.env", Env::Production),
            ("deploy/prod/.env", Env::Production),
            ("config/environments/production.rb", Env::Production),
            ("proj/settings/local.py", Env::Development),
            ("proj/settings/production.py", Env::Production),
            ("src/environments/environment.prod.ts", Env::Production),
            ("src/environments/environment.ts", Env::Development),
            ("src/main/resources/application-prod.properties", Env::Production),
            ("appsettings.Production.json", Env::Production),
            ("docker-compose.prod.yml", Env::Production),
            ("docker-compose.override.yml", Env::Development),
            ("Dockerfile.production", Env::Production),
            ("Dockerfile", Env::Shared),
            ("k8s/overlays/staging/secret.yaml", Env::Staging),
            ("environments/prod/main.tf", Env::Production),
            ("prod.tfvars", Env::Production),
            ("zones/acme.io.zone", Env::Production),
            ("src/product/index.ts", Env::Shared),
            ("src/pay.test.ts", Env::Test),
            ("latest/values.yaml", Env::Shared),
            ("template.yaml", Env::Shared),
            ("values.template.yaml", Env::Example),
        ];
        for (path, want) in cases {
            let format = format(path).unwrap_or_else(|| panic!("{path} is read"));
            assert_eq!(place(path, format, &Config::default()).env, want, "{path}");
        }
    }

    #[test]
    fn scripts_in_a_folder_t_are_tests() {
        let env = |path: &str| place(path, Format::Code, &Config::default()).env;
        assert_eq!(env("t/t0001-init.sh"), Env::Test);
        assert_eq!(env("sub/t/helper/run.pl"), Env::Test);
        assert_ne!(env("contrib/run.sh"), Env::Test);
    }

    #[test]
    fn data_documents_and_locks_are_not_read() {
        for path in
            ["README.md", "package-lock.json", "locales/en.json", "a.png", "env.d.ts.map", "tsconfig.json"]
        {
            assert_eq!(format(path), None, "{path}");
        }
    }
}
