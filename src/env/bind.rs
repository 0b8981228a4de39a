//! From the leaves of a file to variables: which leaf sets one, where, and in which environment.

use std::borrow::Cow;
use std::ops::Range;

use super::bind_deploy;
use super::bind_yaml;
use super::discover;
use super::model::{Env, File, Format, Notes, Position};
use super::notes;
use super::parse::dotenv::{Kind, Line};
use super::parse::tree::Leaf;
use super::parse::{dockerfile, json, lines, toml, yaml};

/// A variable before its value is judged.
#[derive(Debug)]
pub(super) struct Raw<'t> {
    pub(super) key: Cow<'t, str>,
    pub(super) path: Cow<'t, str>,
    pub(super) text: Cow<'t, str>,
    pub(super) key_span: Range<usize>,
    pub(super) span: Range<usize>,
    pub(super) env: Env,
    pub(super) position: Position,
    pub(super) notes: Notes,
}

impl Raw<'static> {
    /// From a leaf, under the name `key`.
    pub(super) fn new(leaf: &Leaf, key: &str, env: Env, position: Position) -> Self {
        Self {
            key: Cow::Owned(key.to_owned()),
            path: Cow::Owned(key.to_owned()),
            text: Cow::Owned(leaf.text.clone()),
            key_span: leaf.key_span.clone(),
            span: leaf.span.clone(),
            env,
            position,
            notes: Notes::default(),
        }
    }

    /// From a leaf whose whole path is its name.
    pub(super) fn nested(leaf: &Leaf, env: Env, position: Position) -> Self {
        let path: Vec<&str> = leaf.path.iter().map(String::as_str).filter(|part| !is_index(part)).collect();
        Self {
            path: Cow::Owned(path.join(".")),
            ..Self::new(leaf, path.last().copied().unwrap_or_default(), env, position)
        }
    }

    /// From an item such as `KEY=value` of a list.
    pub(super) fn item(leaf: &Leaf, env: Env, position: Position) -> Option<Self> {
        let (key, value) = leaf.text.split_once('=')?;
        let is_name =
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        let start = (leaf.span.start + key.len() + 1).min(leaf.span.end);
        is_name.then(|| Self {
            text: Cow::Owned(value.trim_matches(['"', '\'']).to_owned()),
            key_span: leaf.span.start..leaf.span.start + key.len(),
            span: start..leaf.span.end,
            ..Self::new(leaf, key, env, position)
        })
    }
}

fn is_index(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
}

/// All variables that a file sets (an env file is there by lines), and what is wrong if its syntax is broken.
pub(super) fn variables<'t>(file: &'t File, lines_of_env: &[Line]) -> (Vec<Raw<'t>>, Option<String>) {
    let text = &file.text;
    let (mut raws, error) = match file.format {
        Format::Dotenv => (dotenv_variables(file, lines_of_env), None),
        Format::Dockerfile => (dockerfile_variables(file), None),
        Format::Yaml => yaml_variables(file),
        Format::Toml => with_leaves(toml::parse(text), |leaves| toml_variables(file, leaves)),
        Format::Json => with_leaves(json::parse(text), |leaves| json_variables(file, leaves)),
        Format::Properties => (nested(&lines::properties(text), file.env, Position::Settings), None),
        Format::Hcl => {
            let is_vars = file.ending() == "tfvars";
            let leaves =
                lines::hcl(text).into_iter().filter(|leaf| is_vars || leaf.quoted).collect::<Vec<_>>();
            (nested(&leaves, file.env, Position::Manifest), None)
        }
        Format::Code if is_dotnet(file.name()) => {
            (nested(&lines::xml(text), file.env, Position::Settings), None)
        }
        Format::Code if is_settings(&file.path) => (settings_variables(file), None),
        Format::Code if bind_deploy::is_procfile(file.name()) => (bind_deploy::procfile(file), None),
        Format::Code if file.name() == "Jenkinsfile" => (jenkins_variables(file), None),
        _ => (Vec::new(), None),
    };
    // All notes are in comments.
    if memchr::memchr(b'#', text.as_bytes()).is_some() {
        for raw in &mut raws {
            raw.notes = notes_at(text, raw.key_span.start);
        }
    }
    (raws, error)
}

/// Leaves, and what is wrong with the text they come from.
type Parsed = (Vec<Leaf>, Option<String>);

fn with_leaves<'t>(parsed: Parsed, bind: impl Fn(&[Leaf]) -> Vec<Raw<'t>>) -> (Vec<Raw<'t>>, Option<String>) {
    (bind(&parsed.0), parsed.1)
}

fn nested(leaves: &[Leaf], env: Env, position: Position) -> Vec<Raw<'static>> {
    leaves.iter().map(|leaf| Raw::nested(leaf, env, position)).collect()
}

fn dotenv_variables<'t>(file: &'t File, lines: &[Line]) -> Vec<Raw<'t>> {
    let text = &file.text;
    let is_direnv = file.name() == ".envrc";
    let pairs = lines.iter().filter_map(|line| match &line.kind {
        Kind::Pair(pair) if !is_direnv || pair.export => Some(pair),
        _ => None,
    });
    pairs
        .map(|pair| {
            let key = &text[pair.key.clone()];
            Raw {
                path: Cow::Borrowed(key),
                key: Cow::Borrowed(key),
                text: Cow::Borrowed(&text[pair.value.clone()]),
                key_span: pair.key.clone(),
                span: pair.value.clone(),
                env: file.env,
                position: Position::EnvFile,
                notes: Notes::default(),
            }
        })
        .filter(|raw| !raw.key.starts_with("DOTENV_PUBLIC_KEY"))
        .collect()
}

fn dockerfile_variables(file: &File) -> Vec<Raw<'_>> {
    let mut out = Vec::new();
    for instruction in dockerfile::parse(&file.text) {
        let position = match instruction.word.as_str() {
            "ENV" => Position::ImageEnv,
            "ARG" => Position::BuildArg,
            _ => continue,
        };
        for (key, value) in dockerfile::pairs(&file.text, &instruction) {
            let name = &file.text[key.clone()];
            out.push(Raw {
                path: Cow::Borrowed(name),
                key: Cow::Borrowed(name),
                text: Cow::Borrowed(&file.text[value.clone()]),
                key_span: key,
                span: value,
                env: file.env,
                position,
                notes: Notes::default(),
            });
        }
    }
    out
}

/// Templates that no YAML parser reads are read a line at a time.
fn yaml_variables(file: &File) -> (Vec<Raw<'_>>, Option<String>) {
    if file.text.contains("{{") && !bind_yaml::is_ci(&file.path) && yaml::parse(&file.text).1.is_some() {
        return (nested(&lines::template(&file.text), file.env, Position::Manifest), None);
    }
    with_leaves(yaml::parse(&file.text), |leaves| bind_yaml::variables(file, leaves))
}

fn toml_variables(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    if file.name() == "samconfig.toml" {
        return bind_deploy::sam(file, leaves);
    }
    let manifest = |leaf: &Leaf, env| Raw::new(leaf, leaf.key(), env, Position::Manifest);
    let section = |leaf: &Leaf, at: usize| super::names::env_of_word(&leaf.path[at]).unwrap_or(Env::Unknown);
    let name = file.name();
    leaves
        .iter()
        .filter_map(|leaf| match name {
            "wrangler.toml" if leaf.begins(&["vars"]) => Some(manifest(leaf, file.env)),
            "wrangler.toml" if leaf.begins(&["env", "*", "vars"]) => Some(manifest(leaf, section(leaf, 1))),
            "netlify.toml" if leaf.begins(&["build", "environment"]) => Some(manifest(leaf, file.env)),
            "netlify.toml" if leaf.begins(&["context", "*", "environment"]) => {
                Some(manifest(leaf, netlify(&leaf.path[1])))
            }
            _ if name.starts_with("fly") && leaf.begins(&["env"]) => Some(manifest(leaf, file.env)),
            "wrangler.toml" | "netlify.toml" | "Cargo.toml" | "pyproject.toml" | "ringfence.toml" => None,
            _ if name.starts_with("fly") => None,
            _ if is_about_settings(file) => Some(Raw::nested(leaf, file.env, Position::Other)),
            _ => None,
        })
        .collect()
}

fn netlify(context: &str) -> Env {
    match context {
        "deploy-preview" | "branch-deploy" => Env::Staging,
        other => super::names::env_of_word(other).unwrap_or(Env::Unknown),
    }
}

fn json_variables(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let name = file.name().to_ascii_lowercase();
    let manifest = |leaf: &Leaf, env| Raw::new(leaf, leaf.key(), env, Position::Manifest);
    let by_section = |leaf: &Leaf, at: usize| super::names::env_of_word(&leaf.path[at]).unwrap_or(file.env);
    if discover::is_angular_workspace(&name) {
        return Vec::new();
    }
    let mut out = bind_yaml::named_values(leaves, file.env, Position::Manifest);
    out.extend(leaves.iter().filter_map(|leaf| match name.as_str() {
        "package.json" | "composer.json" | "firebase.json" => None,
        "vercel.json" | "now.json" | "app.json"
            if leaf.begins(&["env"]) || leaf.begins(&["build", "env"]) =>
        {
            let key = leaf.path.get(if leaf.begins(&["build"]) { 2 } else { 1 })?;
            (leaf.key() == "value" || leaf.path.last() == Some(key))
                .then(|| Raw::new(leaf, key, file.env, Position::Manifest))
        }
        "eas.json" if leaf.begins(&["build", "*", "env"]) => Some(manifest(leaf, by_section(leaf, 1))),
        "wrangler.json" | "wrangler.jsonc" if leaf.begins(&["vars"]) => Some(manifest(leaf, file.env)),
        "wrangler.json" | "wrangler.jsonc" if leaf.begins(&["env", "*", "vars"]) => {
            Some(manifest(leaf, by_section(leaf, 1)))
        }
        "vercel.json" | "now.json" | "app.json" | "eas.json" | "wrangler.json" | "wrangler.jsonc" => None,
        "launchsettings.json" => leaf.is_below("environmentVariables").then(|| manifest(leaf, file.env)),
        "local.settings.json" => leaf.begins(&["Values"]).then(|| manifest(leaf, file.env)),
        _ if name.ends_with(".tfvars.json") => Some(Raw::nested(leaf, file.env, Position::Manifest)),
        _ if name.starts_with("appsettings") => Some(Raw::nested(leaf, file.env, Position::Settings)),
        _ if is_about_settings(file) => Some(Raw::nested(leaf, file.env, Position::Other)),
        _ => None,
    }));
    out
}

/// Whether YAML, TOML or JSON of no known kind is worth reading: it names an environment, or says that it is
/// about settings.
pub(super) fn is_about_settings(file: &File) -> bool {
    let name = file.name().to_ascii_lowercase();
    let says =
        ["secret", "config", "setting", "credential", "values", "env"].iter().any(|word| name.contains(word));
    (file.env.runs() || says) && file.env != Env::Test && !name.contains("lock")
}

/// Whether a program is a framework's settings.
pub(super) fn is_settings(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let below = |folder: &str| path.contains(&format!("{folder}/"));
    (name.ends_with(".py")
        && (name.starts_with("settings")
            || name.starts_with("config")
            || below("settings")
            || below("config")))
        || (name.ends_with(".ts") && name.starts_with("environment") && below("environments"))
        || (name.ends_with(".rb") && below("config/environments"))
}

/// `web.config`, `web.Release.config`, `app.config`.
fn is_dotnet(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    (lower.starts_with("web.") || lower.starts_with("app.")) && lower.ends_with(".config")
}

/// Settings of a program; in Python a class such as `ProductionConfig` has its own environment.
fn settings_variables(file: &File) -> Vec<Raw<'static>> {
    let mut raws = nested(&settings_leaves(&file.text), file.env, Position::Settings);
    if file.ending() == "py" {
        let classes = python_classes(&file.text);
        for raw in &mut raws {
            let own = classes.iter().find(|(range, _)| range.contains(&raw.key_span.start));
            raw.env = own.map_or(raw.env, |(_, env)| *env);
        }
    }
    raws
}

/// Literals of a pipeline that are named as variables of the environment are.
fn jenkins_variables(file: &File) -> Vec<Raw<'static>> {
    let is_variable =
        |raw: &Raw<'_>| raw.key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let all = nested(&settings_leaves(&file.text), file.env, Position::Ci);
    all.into_iter().filter(is_variable).collect()
}

/// The bodies of classes that are named after an environment.
fn python_classes(text: &str) -> Vec<(Range<usize>, Env)> {
    let mut out: Vec<(Range<usize>, Env)> = Vec::new();
    let mut open: Option<(usize, Env)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(|c: char| !c.is_whitespace() && c != '#') {
            out.extend(open.take().map(|(start, env)| (start..at, env)));
            let name = line.strip_prefix("class ").and_then(|rest| rest.split(['(', ':']).next());
            let env = name.and_then(super::names::env_of_name).filter(|env| env.runs());
            open = env.map(|env| (at, env));
        }
        at += line.len();
    }
    out.extend(open.map(|(start, env)| (start..at, env)));
    out
}

/// `NAME = "literal"` and `name: 'literal'` of a program, a line each; switches as well.
fn settings_leaves(text: &str) -> Vec<Leaf> {
    use super::names::re;
    use std::sync::LazyLock;
    static ASSIGNMENT: LazyLock<regex::Regex> = LazyLock::new(|| {
        re(
            r#"(?m)^[ \t]*(?:export[ \t]+)?(?:const[ \t]+|config\.|self\.)?([A-Za-z_][A-Za-z0-9_.]*|'[A-Z_]+'|"[A-Z_]+")[ \t]*[:=][ \t]*(?:r?["']([^"'\n]*)["']|(True|False|true|false|\d+))[ \t]*,?[ \t]*(?:[;#/].*)?$"#,
        )
    });
    let leaf = |found: regex::Captures<'_>| {
        let key = found.get(1)?;
        let value = found.get(2).or(found.get(3))?;
        Some(Leaf {
            path: vec![key.as_str().trim_matches(['"', '\'']).to_owned()],
            text: value.as_str().to_owned(),
            key_span: key.range(),
            span: value.range(),
            document: 0,
            quoted: found.get(2).is_some(),
        })
    };
    ASSIGNMENT.captures_iter(text).filter_map(leaf).collect()
}

/// Comments above a variable, without a blank line between, and in its own line.
fn notes_at(text: &str, at: usize) -> Notes {
    let mut found = Notes::default();
    let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let mut above: Vec<&str> = Vec::new();
    for line in text[..start].lines().rev() {
        match line.trim_start().strip_prefix('#') {
            Some(comment) => above.push(comment),
            None => break,
        }
    }
    above.iter().rev().for_each(|comment| notes::read(comment, &mut found));
    let line = text[start..].lines().next().unwrap_or_default();
    if let Some(own) = line.find(" #") {
        notes::read(&line[own..], &mut found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::config::Config;
    use crate::env::parse::dotenv;

    /// Path, text, and name, value and environment of each variable.
    type Case<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str, Env)]);

    fn read(path: &str, text: &str) -> Vec<(String, String, Env)> {
        let format = discover::format(path).expect("it is read");
        let place = discover::place(path, format, &Config::default());
        let file = File {
            path: path.into(),
            shown: path.into(),
            text: text.into(),
            code: String::new(),
            may_read_env: false,
            format,
            env: place.env,
            reason: place.reason,
            local: place.local,
            tracked: false,
            ignored: false,
            open: false,
        };
        let (raws, error) = variables(&file, &dotenv::parse(text));
        assert_eq!(error, None);
        for raw in &raws {
            assert!(text.get(raw.span.clone()).is_some(), "{path}: {} has bytes", raw.key);
        }
        raws.into_iter().map(|raw| (raw.path.into_owned(), raw.text.into_owned(), raw.env)).collect()
    }

    #[test]
    fn every_family_gives_its_variables_with_their_environment() {
        use Env::{Development, Production, Shared, Staging};
        let cases: &[Case] = &[
            (".env.staging", "# x\nA=1 # y\n", &[("A", "1", Staging)]),
            (".envrc", "layout node\nexport A=1\nB=2\n", &[("A", "1", Shared)]),
            ("Dockerfile", "FROM a\nENV A=1 B=2\n", &[("A", "1", Shared), ("B", "2", Shared)]),
            (
                "wrangler.toml",
                "name='w'\n[vars]\nA='1'\n[env.staging.vars]\nA='2'\n",
                &[("A", "1", Shared), ("A", "2", Staging)],
            ),
            ("netlify.toml", "[context.production.environment]\nA='1'\n", &[("A", "1", Production)]),
            ("appsettings.Production.json", "{\"A\":{\"B\":\"1\"}}", &[("A.B", "1", Production)]),
            (
                "launchSettings.json",
                "{\"profiles\":{\"x\":{\"environmentVariables\":{\"A\":\"1\"}}}}",
                &[("A", "1", Development)],
            ),
            (
                "Procfile",
                "web: A=1 B='2 3' gunicorn app\nworker: env C=x python w.py\nplain: run D=4\n",
                &[("A", "1", Shared), ("B", "2 3", Shared), ("C", "x", Shared)],
            ),
            ("Procfile.dev", "web: A=1 run\n", &[("A", "1", Development)]),
            (
                "samconfig.toml",
                "[prod.deploy.parameters]\nparameter_overrides = 'A=1 ParameterKey=B,ParameterValue=2'\n",
                &[("A", "1", Production), ("B", "2", Production)],
            ),
            (
                "samconfig.toml",
                "[staging.deploy.parameters]\nparameter_overrides = [\"A=\\\"1 2\\\"\", 'B=3']\n",
                &[("A", "1 2", Staging), ("B", "3", Staging)],
            ),
            ("angular.json", "{\"projects\":{}}", &[]),
            ("prod.tfvars", "a = \"1\"\n", &[("a", "1", Production)]),
            ("application-prod.properties", "a.b=1\n", &[("a.b", "1", Production)]),
            ("settings/production.py", "DEBUG = True\n", &[("DEBUG", "True", Production)]),
        ];
        for (path, text, want) in cases {
            let want: Vec<_> = want.iter().map(|(k, v, e)| ((*k).to_owned(), (*v).to_owned(), *e)).collect();
            assert_eq!(read(path, text), want, "{path}");
        }
    }

    #[test]
    fn yaml_is_read_as_what_it_configures() {
        use Env::{Development, Production, Shared, Staging};
        let cases: &[Case] = &[
            (
                "docker-compose.prod.yml",
                "services:\n  a:\n    image: x\n    environment:\n      - A=1\n  b:\n    environment:\n      B: 2\n",
                &[("A", "1", Production), ("B", "2", Production)],
            ),
            (
                "k8s/prod/s.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  A: aGVsbG8=\nstringData:\n  B: x\n",
                &[("A", "hello", Production), ("B", "x", Production)],
            ),
            (
                "k8s/prod/d.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nspec:\n  containers:\n    - env:\n        - name: A\n          value: x\n",
                &[("A", "x", Production)],
            ),
            (
                ".github/workflows/d.yml",
                "jobs:\n  prod:\n    environment: production\n    env:\n      A: x\n  s:\n    environment:\n      name: staging\n    steps:\n      - env:\n          B: y\n",
                &[("A", "x", Production), ("B", "y", Staging)],
            ),
            (
                ".gitlab-ci.yml",
                "variables:\n  A: x\ndeploy:\n  environment: production\n  variables:\n    B: y\n",
                &[("A", "x", Shared), ("B", "y", Production)],
            ),
            ("config/database.yml", "production:\n  password: x\n", &[("password", "x", Production)]),
            (
                "application.yml",
                "a:\n  b: x\n---\nspring.config.activate.on-profile: prod\na:\n  b: y\n",
                &[("a.b", "x", Shared), ("a.b", "y", Production)],
            ),
            ("application-dev.yml", "a:\n  b: x\n", &[("a.b", "x", Development)]),
            (
                "render.yaml",
                "services:\n  - envVars:\n      - key: A\n        value: x\n",
                &[("A", "x", Shared)],
            ),
        ];
        for (path, text, want) in cases {
            let want: Vec<_> = want.iter().map(|(k, v, e)| ((*k).to_owned(), (*v).to_owned(), *e)).collect();
            assert_eq!(read(path, text), want, "{path}");
        }
    }
}
