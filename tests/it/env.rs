//! The environment lint: each check on a project that has the fault and on one that has not, and the command.
//!
//! A case in corpus/env/<check>/ is a project in one file: `-- path --` begins a file, a line that ends in `§`
//! is where the check must speak, and `⟦A~hex:40⟧` or `⟦A=rule-id⟧` is a made-up value, the same for the same
//! name; `⟦'text⟧` is the text itself, which would look like a credential where it stands. Lines before the first file say what git does: `git`, or `tracked PATH…`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::random::Random;
use super::sample::{filler, rule, secret};
use super::support::{Repo, ringfence, ringfence_with_env};

/// The day of all runs.
const TODAY: (&str, &str) = ("RINGFENCE_TODAY", "2026-06-01");

/// A project, and where its check must speak: path and line.
struct Case {
    name: String,
    files: Vec<(String, String)>,
    expected: BTreeSet<(String, u64)>,
    tracked: Vec<String>,
    in_git: bool,
    values: BTreeMap<String, String>,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/env")
}

fn read(check: &str, kind: &str) -> Case {
    let name = format!("{check}/{kind}");
    let path = corpus().join(&name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut case = Case {
        files: Vec::new(),
        expected: BTreeSet::new(),
        tracked: Vec::new(),
        in_git: false,
        values: BTreeMap::new(),
        name,
    };
    let mut random = Random::of(&case.name);
    for line in text.split_inclusive('\n') {
        let header = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match (header, case.files.last_mut()) {
            (Some(path), _) => case.files.push((path.to_owned(), String::new())),
            (None, None) => {
                case.in_git |= line.starts_with("git") || line.starts_with("tracked");
                case.tracked.extend(line.split_whitespace().skip(1).map(str::to_owned));
            }
            (None, Some((path, text))) => {
                let marked = line.trim_end_matches(['\n', '\r']).strip_suffix(" §");
                if marked.is_some() {
                    case.expected.insert((path.clone(), text.matches('\n').count() as u64 + 1));
                }
                let line = marked.map_or(line.to_owned(), |line| format!("{line}\n"));
                text.push_str(&filled(&line, &mut case.values, &mut random));
            }
        }
    }
    case
}

/// The line with its placeholders replaced; those of one name by one value.
fn filled(line: &str, values: &mut BTreeMap<String, String>, random: &mut Random) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (label, after) = after.split_once('⟧').expect("each ⟦ is closed");
        if let Some(literal) = label.strip_prefix('\'') {
            out += &format!("{before}{literal}");
            rest = after;
            continue;
        }
        let value = values.entry(label.to_owned()).or_insert_with(|| match label.split_once('~') {
            Some((_, spec)) => filler(spec, random).unwrap_or_else(|| panic!("no filler {spec}")),
            None => secret(rule(label.split_once('=').expect("a name and a rule").1), random).0,
        });
        out += before;
        out += value;
        rest = after;
    }
    out + rest
}

/// Runs the lint on the case; where its check speaks.
fn found(case: &Case, check: &str) -> BTreeSet<(String, u64)> {
    let repo = Repo::new();
    if !case.in_git {
        std::fs::remove_dir_all(repo.path().join(".git")).expect("it is ours");
    }
    for (path, text) in &case.files {
        repo.write(path, text);
    }
    for path in &case.tracked {
        repo.git(&["add", "-f", path]);
    }
    let result = ringfence_with_env(repo.path(), &["env", "-f", "json"], &[TODAY]);
    assert!(result.stderr.is_empty(), "{}: {}", case.name, result.stderr);
    for value in case.values.values() {
        assert!(!result.stdout.contains(value.as_str()), "{}: a value is shown", case.name);
    }
    let document = result.json();
    assert_eq!(document["coverage"]["complete"], true, "{}: {}", case.name, document["coverage"]);
    let findings =
        document["findings"].as_array().expect("a list").iter().filter(|finding| finding["rule"] == check);
    findings
        .map(|finding| {
            let location = &finding["location"];
            (
                location["path"].as_str().expect("a path").to_owned(),
                location["line"].as_u64().expect("a line"),
            )
        })
        .collect()
}

/// Checks that need more of the repository's history than its index.
const OF_HISTORY: &[&str] = &["env-file-in-history", "leaked-secret-unrotated"];

#[test]
fn every_check_speaks_where_its_case_says_and_nowhere_in_the_good_one() {
    let mut wrong = Vec::new();
    for check in ringfence::env::all_checks().map(|check| check.meta.id).filter(|id| !OF_HISTORY.contains(id))
    {
        let (bad, good) = (read(check, "bad"), read(check, "good"));
        let got = found(&bad, check);
        let right = if bad.expected.is_empty() { !got.is_empty() } else { got == bad.expected };
        if !right {
            wrong.push(format!("{}: {got:?}, not {:?}", bad.name, bad.expected));
        }
        let got = found(&good, check);
        if !got.is_empty() {
            wrong.push(format!("{}: {got:?}", good.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_is_of_a_check() {
    let known: BTreeSet<&str> = ringfence::env::all_checks().map(|check| check.meta.id).collect();
    for entry in std::fs::read_dir(corpus()).expect("the corpus can be listed") {
        let name = entry.expect("it can be listed").file_name().to_string_lossy().into_owned();
        assert!(known.contains(name.as_str()), "{name}");
    }
}

#[test]
fn a_clean_project_ends_with_0_and_a_fault_with_1() {
    let repo = Repo::new();
    repo.write(".gitignore", ".env*\n");
    repo.write(".env.production", "PORT=80\n");
    assert_eq!(ringfence(repo.path(), &["env"]).code, 0);
    repo.write(".env.production", "DEBUG=true\n");
    let result = ringfence(repo.path(), &["env"]);
    assert_eq!(result.code, 1);
    let line =
        ".env.production:1:7  debug-enabled-in-production  error  DEBUG switches debugging on for production";
    assert!(result.stdout.contains(line), "{}", result.stdout);
    assert!(result.stdout.starts_with("fix first\n  production\n"), "{}", result.stdout);
    assert_eq!(ringfence(repo.path(), &["env", "--fail-on", "never"]).code, 0);
}

#[test]
fn every_format_has_lint_findings_and_none_shows_a_value() {
    let repo = Repo::new();
    let value = filler("hex:64", &mut Random::of("formats")).expect("a filler");
    repo.write(".gitignore", ".env*\n");
    for name in ["staging", "production"] {
        repo.write(&format!(".env.{name}"), format!("JWT_SECRET={value}\n"));
    }
    for format in ["text", "json", "jsonl", "sarif"] {
        let result = ringfence(repo.path(), &["env", "-f", format]);
        assert!(result.stdout.contains("shared-secret-across-environments"), "{format}: {}", result.stdout);
        assert!(!result.stdout.contains(&value), "{format}");
    }
    let sarif = ringfence(repo.path(), &["env", "-f", "sarif"]).json();
    let rule = &sarif["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["properties"]["tags"], serde_json::json!(["security", "env"]));
    assert_eq!(rule["properties"]["security-severity"], "8.1");
    assert!(sarif["runs"][0]["results"][0]["partialFingerprints"]["envlint/v1"].is_string());
    let json = ringfence(repo.path(), &["env", "-f", "json"]).json();
    assert_eq!(json["findings"][0]["lint"]["related"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_env_file_in_a_folder_that_git_ignores_is_not_told_to_be_open_to_git() {
    let repo = Repo::new();
    repo.write(".gitignore", "/out/\n");
    repo.write("out/app/.env.production", "DEBUG=true\n");
    let result = ringfence(repo.path(), &["env", "out/app"]);
    assert!(result.stdout.contains("debug-enabled-in-production"), "{}", result.stdout);
    assert!(!result.stdout.contains("env-file-not-ignored"), "{}", result.stdout);
}

#[test]
fn broken_files_are_named_and_never_stop_the_lint() {
    let repo = Repo::new();
    repo.write(".gitignore", ".env*\n");
    repo.write(".env.production", b"A=\xff\xfe\nDEBUG=true\n");
    repo.write(".env.staging", b"A=\0\n");
    repo.write("docker-compose.yml", "services: [\n");
    repo.write("appsettings.json", "{\"a\": \"");
    repo.write("wrangler.toml", "a = [");
    repo.write(".env", format!("A=\"{}\n", "x".repeat(1 << 20)));
    let result = ringfence(repo.path(), &["env", "-f", "json"]);
    assert_eq!(result.code, 2, "{}", result.stderr);
    let document = result.json();
    assert_eq!(document["coverage"]["not_scanned"][0]["reason"], "unparsable");
    assert_eq!(document["coverage"]["not_scanned"][0]["count"], 5);
    assert!(result.stdout.contains("debug-enabled-in-production"));
}

#[test]
fn an_allow_needs_a_reason_and_is_counted() {
    let repo = Repo::new();
    repo.write(".gitignore", ".env*\n");
    repo.write(
        ".env.production",
        "DEBUG=true # ringfence:allow debug-enabled-in-production canary machine\n",
    );
    let document = ringfence(repo.path(), &["env", "-f", "json"]).json();
    assert_eq!(document["summary"]["findings"], 0, "{document}");
    assert_eq!(document["summary"]["hidden"]["allowed"], 1);
    repo.write(".env.production", "DEBUG=true # ringfence:allow debug-enabled-in-production\n");
    let result = ringfence(repo.path(), &["env", "-f", "json"]);
    assert_eq!(result.code, 1);
    assert!(result.stdout.contains("unused-allow"));
}

#[test]
fn configuration_names_environments_and_leaves_findings_out_with_a_reason() {
    let repo = Repo::new();
    repo.write(".gitignore", ".env*\n");
    repo.write(".env.acme", "DEBUG=true\n");
    assert_eq!(ringfence(repo.path(), &["env"]).code, 0);
    repo.write("ringfence.toml", "[[environment]]\nname = \"production\"\nfiles = [\".env.acme\"]\n");
    assert_eq!(ringfence(repo.path(), &["env"]).code, 1);
    let ignore = "[[ignore]]\ncheck = \"debug-enabled-in-production\"\nreason = \"demo\"\n";
    repo.write(
        "ringfence.toml",
        format!("[[environment]]\nname = \"production\"\nfiles = [\".env.acme\"]\n{ignore}"),
    );
    let document = ringfence(repo.path(), &["env", "-f", "json"]).json();
    assert_eq!(document["summary"]["hidden"]["ignored"], 1);
    repo.write("ringfence.toml", "[lint]\ncolour = 1\n");
    let result = ringfence(repo.path(), &["env"]);
    assert_eq!(result.code, 2);
    assert!(result.stderr.contains("colour"), "{}", result.stderr);
}

#[test]
fn the_inventory_lists_variables_and_no_values() {
    let repo = Repo::new();
    let value = filler("hex:64", &mut Random::of("inventory")).expect("a filler");
    repo.write(".env.example", "JWT_SECRET=\nPORT=\n");
    repo.write(
        ".env.production",
        format!("# @owner platform @rotated 2026-01-31\nJWT_SECRET={value}\nPORT=80\n"),
    );
    repo.write(".env.staging", format!("JWT_SECRET={value}\n"));
    repo.write(".env.test", format!("SMTP_PASSWORD={}\nURL=https://acme.io\nSITE=${{URL}}/x\n", "tulip-9"));
    for format in ["table", "markdown", "md", "json", "csv"] {
        let result = ringfence(repo.path(), &["inventory", "-f", format]);
        assert_eq!(result.code, 0, "{format}: {}", result.stderr);
        // Markdown escapes what may be markup.
        let shown = result.stdout.replace("&#95;", "_");
        assert!(shown.contains("JWT_SECRET") && shown.contains("platform"), "{format}");
        assert!(!result.stdout.contains(&value), "{format}");
    }
    let document = ringfence(repo.path(), &["inventory", "-f", "json"]);
    let row = &document.json()["variables"][0];
    assert_eq!(row["same_as"], serde_json::json!([["production", "staging"]]));
    assert_eq!(row["environments"]["development"], "missing");
    assert_eq!(row["environments"]["example"], "empty");
    let schema = serde_json::from_str(include_str!("../../docs/inventory-schema.json"));
    let validator = jsonschema::validator_for(&schema.expect("it is JSON")).expect("it is a schema");
    let errors: Vec<String> =
        validator.iter_errors(&document.json()).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let reports: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/json-schema.json")).expect("it is JSON");
    let report = ringfence(repo.path(), &["env", "-f", "json"]).json();
    assert_eq!(report["inventory"], document.json()["variables"], "a report has it as well");
    let alone: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/inventory-schema.json")).expect("it is JSON");
    let of_report = &reports["$defs"]["variable"]["properties"];
    assert_eq!(of_report["environments"], alone["$defs"]["variable"]["properties"]["environments"]);
    assert_eq!(reports["$defs"]["variable"]["required"], alone["$defs"]["variable"]["required"]);
    repo.write("known.json", &document.stdout);
    assert_eq!(ringfence(repo.path(), &["inventory", "--check", "known.json"]).code, 0);
    repo.write(".env.staging", "JWT_SECRET=\n");
    let drifted = ringfence(repo.path(), &["inventory", "--check", "known.json"]);
    assert_eq!(drifted.code, 1);
    assert!(drifted.stderr.contains("JWT_SECRET: other environments"), "{}", drifted.stderr);
    let why = ringfence(repo.path(), &["inventory", "--why"]).stdout;
    assert!(why.contains(".env.production: production, by its name, .env.production"), "{why}");
}

#[test]
fn an_inventory_in_markdown_is_a_table_that_no_name_breaks() {
    let repo = Repo::new();
    let value = filler("hex:64", &mut Random::of("markdown")).expect("a filler");
    repo.write("a|b <img src=x>@team/.env.production", format!("JWT_SECRET={value}\nPORT=80\n"));
    repo.write(".env.staging", format!("JWT_SECRET={value}\n"));
    let table = ringfence(repo.path(), &["inventory", "-f", "markdown"]).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "| variable | production | staging | class | owner | rotated | set at |");
    assert!(lines.iter().all(|line| line.matches('|').count() == 8), "{table}");
    assert!(!table.contains("<img") && !table.contains("@team"), "{table}");
    assert!(lines[3].starts_with("| <code>PORT</code> | set | – | number |"), "{table}");
    let cells: Vec<&str> = lines[2].split(" | ").collect();
    assert!(cells[1].contains("fp:") && cells[1] == cells[2], "one secret has one name: {table}");
    let report = ringfence(repo.path(), &["env", "-f", "markdown"]).stdout;
    assert!(report.contains("<details><summary>2 variables by environment</summary>"), "{report}");
}

#[test]
fn the_grammar_alone_looks_at_env_files_and_at_nothing_else() {
    let repo = Repo::new();
    repo.write(".env.production", "DEBUG=true\nA=1\nA=2\n");
    repo.write("main.py", "import os\nprint(os.environ)\n");
    assert_eq!(rules(&repo, &["--grammar"]), ["duplicate-key"]);
    let all = rules(&repo, &[]);
    assert!(all.contains(&"env-dump-in-log".to_owned()) && all.contains(&"duplicate-key".to_owned()));
}

#[test]
fn without_a_trace_values_are_not_looked_for_elsewhere() {
    let repo = Repo::new();
    let value = filler("hex:64", &mut Random::of("no-trace")).expect("a filler");
    repo.write(".env.production", format!("JWT_SECRET={value}\n"));
    repo.write("dist/app.js", format!("let a = '{value}';\n"));
    assert!(rules(&repo, &[]).contains(&"env-value-in-bundle".to_owned()));
    assert!(!rules(&repo, &["--no-trace"]).contains(&"env-value-in-bundle".to_owned()));
}

/// The checks that find something.
fn rules(repo: &Repo, flags: &[&str]) -> Vec<String> {
    let document = ringfence(repo.path(), &[&["env", "-f", "json"][..], flags].concat()).json();
    let findings = document["findings"].as_array().expect("a list").clone();
    findings.iter().map(|found| found["rule"].as_str().expect("a name").to_owned()).collect()
}

/// Each is a form that settings have in one framework, and what it must be told of.
/// The check that speaks of each file, which is all that the project holds.
fn each_is_told(cases: &[(&str, String, &str)]) {
    for (path, text, want) in cases {
        let repo = Repo::new();
        repo.write(path, text);
        let got = rules(&repo, &[]);
        assert!(got.iter().any(|rule| rule == want), "{path}: {want} is not in {got:?}");
    }
}

#[test]
fn defaults_of_secrets_are_seen_in_every_language() {
    let word = filler("alnum:18", &mut Random::of("defaults")).expect("a filler");
    let name = ["JWT", "_SECRET"].concat();
    let check = "hardcoded-secret-fallback";
    each_is_told(&[
        ("config/initializers/a.rb", format!("KEY = ENV.fetch('{name}') {{ '{word}' }}\n"), check),
        ("config/runtime.exs", format!("key = System.get_env(\"{name}\") || \"{word}\"\n"), check),
        ("lib/a.ex", format!("key = System.get_env(\"{name}\", \"{word}\")\n"), check),
        ("a.php", format!("<?php $key = $_ENV['{name}'] ?? '{word}';\n"), check),
    ]);
}

#[test]
fn a_key_that_may_be_public_is_a_note_where_a_bundle_has_it_and_a_secret_one_an_error() {
    let digits = filler("alnum:24", &mut Random::of("publishable")).expect("a filler");
    let cases = [("pk", "note", "may be public"), ("sk", "error", "is a secret")];
    for (kind, level, says) in cases {
        let repo = Repo::new();
        repo.write("dist/index.html", "<script src=app.js></script>\n");
        let key = format!("{kind}_live_{digits}");
        repo.write("dist/app.js", format!("window.__ENV__={{\"SHOP_KEY\":\"{key}\"}};\n"));
        let report = repo.scan(&["env", ".", "-f", "json"]).json();
        let findings = report["findings"].as_array().expect("it is a list");
        let told = findings.iter().find(|finding| finding["rule"] == "secret-inlined-in-bundle");
        let told = told.unwrap_or_else(|| panic!("{kind}: {report:#}"));
        assert_eq!(told["level"], level, "{told:#}");
        assert!(told["message"].as_str().expect("it is text").contains(says), "{told:#}");
        assert!(!report.to_string().contains(&digits), "it is not shown");
    }
}

#[test]
fn secrets_are_seen_where_pipelines_and_frameworks_keep_them() {
    let word = filler("alnum:40", &mut Random::of("pipelines")).expect("a filler");
    let key = ["API", "_TOKEN"].concat();
    let action = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: docker/build-push-action@v5\n        with:\n          build-args: |\n";
    each_is_told(&[
        (
            "Jenkinsfile",
            format!("pipeline {{\n  environment {{\n    {key} = '{word}'\n  }}\n}}\n"),
            "secret-in-ci-config",
        ),
        (
            "config/packages/prod/framework.yaml",
            format!("framework:\n  {}: {word}\n", "secret"),
            "plaintext-secret-in-manifest",
        ),
        (
            ".github/workflows/a.yml",
            format!("{action}            {key}=${{{{ secrets.{key} }}}}\n"),
            "secret-in-build-arg",
        ),
        ("Dockerfile.production", "FROM a\nENV FLASK_DEBUG=1\n".to_owned(), "debug-enabled-in-production"),
    ]);
}

#[test]
fn what_is_unsafe_is_seen_in_other_languages() {
    let cases = [
        ("A.java", "c.setHostnameVerifier((host, session) -> true);\n", "tls-verification-disabled"),
        ("config/runtime.exs", "config :a, ssl: [verify: :verify_none]\n", "tls-verification-disabled"),
        ("a.ex", "IO.inspect(System.get_env())\n", "env-dump-in-log"),
        ("a.py", "import os\nprint(f\"all: {os.environ}\")\n", "env-dump-in-log"),
        (
            "config/initializers/cors.rb",
            "allow do\n  origins '*'\n  resource '*', headers: :any, credentials: true\nend\n",
            "cors-wildcard-with-credentials",
        ),
        ("A.cs", "options.Cookie.HttpOnly = false;\n", "insecure-cookie"),
        ("A.java", "cookie.setHttpOnly(false);\n", "insecure-cookie"),
        ("a.py", "t = jwt.encode({'sub': user}, key, algorithm='HS256')\n", "session-never-expires"),
        (
            "nginx.conf",
            "server {\n  listen 443 ssl;\n  server_name acme.io;\n  return 301 https://acme.io$request_uri;\n}\n",
            "redirect-loop",
        ),
    ];
    each_is_told(&cases.map(|(path, text, want)| (path, text.to_owned(), want)));
    let fine = [
        ("a.py", "t = jwt.encode({'sub': user, 'exp': end}, key)\nu = jwt.encode(claims, key)\n"),
        (
            "A.java",
            "c.setHostnameVerifier((host, session) -> host.equals(known));\ncookie.setHttpOnly(true);\n",
        ),
        (
            "nginx.conf",
            "server {\n  listen 443 ssl;\n  server_name www.acme.io;\n  return 301 https://acme.io$request_uri;\n}\n",
        ),
        ("a.ex", "IO.inspect(System.get_env(\"PORT\"))\n"),
    ];
    for (path, text) in fine {
        let repo = Repo::new();
        repo.write(path, text);
        let got = rules(&repo, &[]);
        assert!(got.is_empty(), "{path}: {got:?}");
    }
}

#[test]
fn settings_are_read_in_the_forms_that_frameworks_have() {
    let secret = filler(&["alnum", ":40"].concat(), &mut Random::of("forms")).expect("a filler");
    let key = ["API", "_SECRET"].concat();
    let cases = [
        (
            "config.py",
            "class ProductionConfig:\n    DEBUG = True\n".to_owned(),
            "debug-enabled-in-production",
        ),
        (
            "web.Release.config",
            format!(
                "<connectionStrings><add name=\"a\" connectionString=\"Server=db.acme.io;Password={secret};\" /></connectionStrings>\n"
            ),
            "plaintext-secret-in-manifest",
        ),
        (
            "template.yaml",
            format!(
                "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Environment:\n        Variables:\n          {key}: {secret}\n"
            ),
            "plaintext-secret-in-manifest",
        ),
        (
            "bitbucket-pipelines.yml",
            format!(
                "pipelines:\n  default:\n    - step:\n        script:\n          - export {key}={secret}\n"
            ),
            "secret-in-ci-config",
        ),
        ("a.php", "<?php setcookie('session', $v, ['httponly' => false]);\n".to_owned(), "insecure-cookie"),
        (
            ".env.production",
            "DB=Server=db.staging.acme.io;Database=app;\n".to_owned(),
            "nonproduction-host-in-production",
        ),
    ];
    for (path, text, want) in cases {
        let repo = Repo::new();
        repo.write(path, text);
        assert!(rules(&repo, &[]).contains(&want.to_owned()), "{path}: {:?}", rules(&repo, &[]));
    }
}

#[test]
fn classes_of_settings_for_development_may_debug() {
    let repo = Repo::new();
    repo.write(
        "config.py",
        "class DevelopmentConfig:\n    DEBUG = True\n\nclass ProductionConfig:\n    DEBUG = False\n",
    );
    assert_eq!(rules(&repo, &[]), Vec::<String>::new());
}

#[test]
fn options_that_laravel_comes_with_need_not_be_declared() {
    let repo = Repo::new();
    repo.write(".env", "APP_ENV=local\n");
    repo.write(
        "config/services.php",
        "<?php return [\n'a' => env('POSTMARK_API_KEY'),\n'b' => env('ACME_KEY')];\n",
    );
    repo.write(
        "config/cache.php",
        "<?php return ['a' => env('DB_CACHE_CONNECTION'),\n'b' => env('APP_ENV')];\n",
    );
    let document = ringfence(repo.path(), &["env", "-f", "json"]).json();
    let findings = document["findings"].as_array().expect("a list").clone();
    let undeclared: Vec<&str> = findings
        .iter()
        .filter(|found| found["rule"] == "referenced-key-undeclared")
        .map(|found| found["message"].as_str().expect("a sentence"))
        .collect();
    assert_eq!(undeclared, ["The code reads ACME_KEY, and no file declares it"]);
}

#[cfg(unix)]
#[test]
fn what_is_safe_is_mended_and_the_old_text_is_kept_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::new();
    let file = repo.write(".env", "\u{feff}A = 1  \r\nA=1\nB=b c\n");
    let old = std::fs::read(&file).expect("it is there");
    ringfence(repo.path(), &["env", "--fix"]);
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "A=1\nB=\"b c\"\n");
    let backup = repo.path().join(".env.ringfence-backup");
    assert_eq!(std::fs::read(&backup).expect("it was kept"), old);
    let mode = backup.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(repo.path().join(".gitignore")).expect("it was made"), "/.env\n");
}

#[test]
fn the_page_of_checks_is_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let printed = ringfence(root, &["rules", "docs", "--checks"]);
    let page = std::fs::read_to_string(root.join("docs/env.md")).expect("it is there");
    assert!(
        printed.stdout == page,
        "docs/env.md is old: run `cargo run --release -- rules docs --checks > docs/env.md`"
    );
    assert_eq!(page.matches("\n## ").count(), ringfence::env::all_checks().count());
}

#[test]
fn what_is_staged_is_linted_as_the_index_has_it() {
    let repo = Repo::new();
    let lint = || ringfence(repo.path(), &["env", "--staged", "-f", "json"]);
    let found = |document: &serde_json::Value| -> BTreeSet<String> {
        let findings = document["findings"].as_array().expect("findings").iter();
        findings.map(|finding| finding["location"]["path"].as_str().expect("a path").to_owned()).collect()
    };
    repo.write(".gitignore", ".env.secret\n");
    repo.write("config/production/old.env", "DEBUG=true\n");
    repo.commit("what was there before");
    assert_eq!(lint().code, 0, "nothing is staged");
    repo.write("config/production/new.env", "DEBUG=true\n");
    repo.git(&["add", "-A"]);
    repo.write("config/production/new.env", "DEBUG=false\n");
    repo.write("config/production/later.env", "DEBUG=true\n");
    let staged = lint();
    assert_eq!(staged.code, 1, "{}", staged.stderr);
    assert_eq!(found(&staged.json()), BTreeSet::from(["config/production/new.env".to_owned()]));
    repo.git(&["add", "config/production/new.env"]);
    assert!(!found(&lint().json()).contains("config/production/later.env"), "it is not staged");
    assert_eq!(lint().code, 0);
    assert_eq!(ringfence(repo.path(), &["env", "--staged", "--fix"]).code, 2);
}

#[test]
fn hooks_lint_when_settings_are_staged() {
    let repo = Repo::new();
    repo.write("a.txt", "one\n");
    repo.commit("one");
    assert_eq!(repo.scan(&["hook", "install"]).code, 0);
    repo.write("config/production/app.env", "DEBUG=true\n");
    repo.git(&["add", "-A"]);
    let stopped = repo.try_git(&["commit", "-qm", "two"]);
    let said = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert!(!stopped.status.success() && said.contains("config/production/app.env"), "{said}");
    assert_eq!(repo.scan(&["hook", "run"]).code, 1);
    assert_eq!(repo.scan(&["git", "--staged"]).code, 0, "the scan alone finds nothing");
    repo.git(&["commit", "-q", "--no-verify", "-m", "two"]);
    repo.write("a.txt", "two\n");
    repo.commit("no settings are staged, and what was there before does not matter");
}
