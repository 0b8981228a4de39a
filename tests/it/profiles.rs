//! Env files as their loaders read them: what npm's dotenv, Node, python-dotenv and dotenvy themselves gave for
//! each text (bench/profiles/golden.py asked them) is what our profiles give.

use std::collections::BTreeMap;
use std::path::Path;

use ringfence::env::parse::loader::{Piece, Setting, dotenvy, node, npm, python};
use serde_json::Value;

/// What a loader gave for each text.
fn golden(loader: &str) -> Vec<(String, Value)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("corpus/profiles/{loader}.jsonl"));
    let text = std::fs::read_to_string(path).expect("the answers are there");
    let line = |line: &str| serde_json::from_str(line).expect("a text and what was read");
    text.lines().map(line).collect()
}

/// Names and values, variables replaced by what was set before, as with an empty environment. What is set twice
/// has the last value.
fn resolved(settings: Vec<Setting>) -> BTreeMap<String, Option<String>> {
    let mut all: BTreeMap<String, Option<String>> = BTreeMap::new();
    for Setting { key, value } in settings {
        let text = |piece: Piece| match piece {
            Piece::Text(text) => text,
            Piece::Variable { name, default, .. } => match all.get(&name) {
                Some(set) => set.clone().unwrap_or_default(),
                None => default.unwrap_or_default(),
            },
        };
        let value = value.map(|pieces| pieces.into_iter().map(text).collect());
        all.insert(key, value);
    }
    all
}

/// The same of an answer; where the loader gave up there is an empty name without a value.
fn answered(answer: &Value) -> BTreeMap<String, Option<String>> {
    let pair = |pair: &Value| match pair {
        Value::Null => (String::new(), None),
        _ => (pair[0].as_str().expect("a name").to_owned(), pair[1].as_str().map(str::to_owned)),
    };
    answer.as_array().expect("pairs").iter().map(pair).collect()
}

fn holds(loader: &str, read: fn(&str) -> Vec<Setting>) {
    let golden = golden(loader);
    assert!(golden.len() >= 500, "{loader}: {} texts", golden.len());
    let mut wrong = Vec::new();
    for (text, answer) in &golden {
        let (got, want) = (resolved(read(text)), answered(answer));
        if got != want {
            wrong.push(format!("{text:?}\n  loader {want:?}\n  ours   {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{loader}: {} of {}\n{}", wrong.len(), golden.len(), wrong.join("\n"));
}

#[test]
fn npm_reads_what_dotenv_of_npm_reads() {
    holds("npm", npm::read);
}

#[test]
fn node_reads_what_node_reads() {
    holds("node", node::read);
}

#[test]
fn python_reads_what_python_dotenv_reads() {
    holds("python", python::read);
}

#[test]
fn dotenvy_reads_what_dotenvy_reads() {
    holds("dotenvy", dotenvy::read);
}
