//! Variables in what deploys or starts an application: a Procfile's commands, parameters in samconfig.toml.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::bind::Raw;
use super::model::{Env, File, Notes, Position};
use super::names::{env_of_name, re};
use super::parse::tree::Leaf;

/// `web: A=1 B="2" command`, with or without `env` or `export` in front.
static PROCESS: LazyLock<Regex> =
    LazyLock::new(|| re(r"(?m)^[ \t]*[A-Za-z0-9_-]+:[ \t]*(?:(?:env|export)[ \t]+)?"));
static ASSIGNED: LazyLock<Regex> =
    LazyLock::new(|| re(r#"^([A-Za-z_]\w*)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"';&|]*))[ \t]*(?:&&[ \t]*)?"#));
/// `Name=value` or `ParameterKey=Name,ParameterValue=value` among a deployment's parameters.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"(?:^|\s)(?:ParameterKey=([A-Za-z]\w*),ParameterValue|([A-Za-z]\w*))=(?:\\?"([^"\\]*)\\?"|'([^']*)'|(\S*))"#,
    )
});

/// Whether the file is a Procfile: `Procfile`, `Procfile.dev`.
pub(super) fn is_procfile(name: &str) -> bool {
    name == "Procfile" || name.starts_with("Procfile.")
}

/// What the commands of a Procfile set for themselves.
pub(super) fn procfile(file: &File) -> Vec<Raw<'_>> {
    let (text, mut out) = (file.text.as_str(), Vec::new());
    for process in PROCESS.find_iter(text) {
        let mut at = process.end();
        while let Some(found) = ASSIGNED.captures(&text[at..]) {
            let value = found.get(2).or(found.get(3)).or(found.get(4));
            let (Some(key), Some(value), Some(whole)) = (found.get(1), value, found.get(0)) else { break };
            out.push(Raw {
                key: Cow::Borrowed(key.as_str()),
                path: Cow::Borrowed(key.as_str()),
                text: Cow::Borrowed(value.as_str()),
                key_span: at + key.start()..at + key.end(),
                span: at + value.start()..at + value.end(),
                env: file.env,
                position: Position::Manifest,
                notes: Notes::default(),
            });
            at += whole.end();
        }
    }
    out
}

/// Parameters of `[ENVIRONMENT.COMMAND.parameters]`: a text of several, a list, or a table.
pub(super) fn sam(file: &File, leaves: &[Leaf]) -> Vec<Raw<'static>> {
    let overrides =
        leaves.iter().filter(|leaf| leaf.begins(&["*", "*", "parameters", "parameter_overrides"]));
    let mut out = Vec::new();
    for leaf in overrides {
        let env = env_of_name(&leaf.path[0]).unwrap_or(file.env);
        let is_item = leaf.path.get(4).is_none_or(|part| part.bytes().all(|b| b.is_ascii_digit()));
        match is_item {
            true => out.extend(parameters(file, leaf, env)),
            false => out.push(Raw::new(leaf, leaf.key(), env, Position::Manifest)),
        }
    }
    out
}

fn parameters(file: &File, leaf: &Leaf, env: Env) -> Vec<Raw<'static>> {
    // Where the text stands as it is, each parameter has bytes of its own; elsewhere the whole text hides it.
    let written = file.text.get(leaf.span.clone()).unwrap_or_default();
    let is_plain = written == leaf.text;
    let of = |found: regex::Captures<'_>| {
        let key = found.get(1).or(found.get(2))?;
        let value = found.get(3).or(found.get(4)).or(found.get(5))?;
        let place = |at: Range<usize>| match is_plain {
            true => leaf.span.start + at.start..leaf.span.start + at.end,
            false => leaf.span.clone(),
        };
        Some(Raw {
            text: Cow::Owned(value.as_str().to_owned()),
            key_span: place(key.range()),
            span: place(value.range()),
            ..Raw::new(leaf, key.as_str(), env, Position::Manifest)
        })
    };
    PARAMETER.captures_iter(&leaf.text).filter_map(of).collect()
}
