//! The corpus: ordinary files in which `⟦rule-id⟧` plants a made-up secret and `⟦~hex:40⟧` a decoy.
//!
//! `⟦base64:rule-id⟧` plants one in encoded form. The placeholder is the label, so labels cannot drift. Expanded
//! files are written to target/corpus.

use std::path::{Path, PathBuf};

use ringfence::detect::PlaceFacts;
use ringfence::finding::Confidence;

use super::decode::Encoder;
use super::random::Random;
use super::sample::{detector, filler, rule, secret};
use super::support::ringfence;

/// A corpus file with its placeholders replaced.
struct Expanded {
    name: String,
    text: String,
    /// Rule and range of every planted secret.
    planted: Vec<(String, std::ops::Range<usize>)>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the corpus can be listed") {
        let path = entry.expect("the corpus can be listed").path();
        // Cases of the environment lint are whole projects, and what loaders read is a table: they have tests
        // of their own.
        if path.ends_with("corpus/env") || path.ends_with("corpus/profiles") {
            continue;
        }
        if path.is_dir() { files_below(&path, out) } else { out.push(path) }
    }
}

fn expanded() -> Vec<Expanded> {
    let mut paths = Vec::new();
    files_below(&folder(), &mut paths);
    paths.sort();
    paths.iter().map(|path| expand(path)).collect()
}

fn expand(path: &Path) -> Expanded {
    let name = path.strip_prefix(folder()).expect("it was found there").to_string_lossy().replace('\\', "/");
    let source = std::fs::read_to_string(path).expect("a corpus file is UTF-8");
    assert!(source.lines().count() <= 30, "{name}: one idea a file, at most 30 lines");
    let mut random = Random::of(&name);
    let (mut text, mut planted) = (String::new(), Vec::new());
    let mut rest = source.as_str();
    while let Some((before, after)) = rest.split_once('⟦') {
        let (label, after) = after.split_once('⟧').unwrap_or_else(|| panic!("{name}: a ⟦ is not closed"));
        text.push_str(before);
        if let Some(spec) = label.strip_prefix('~') {
            text.push_str(&filler(spec, &mut random).unwrap_or_else(|| panic!("{name}: no filler {label}")));
        } else {
            let (encoding, id) = label.split_once(':').unwrap_or(("", label));
            let (value, _) = secret(rule(id), &mut random);
            let value = Encoder::named(encoding).map_or(value.clone(), |encoder| encoder.text(&value));
            planted.push((id.to_owned(), text.len()..text.len() + value.len()));
            text.push_str(&value);
        }
        rest = after;
    }
    text.push_str(rest);
    Expanded { name, text, planted }
}

/// What a user sees by default: medium confidence and above.
#[test]
fn every_planted_secret_is_found_where_it_stands_and_nothing_else_is() {
    let detector = detector();
    let mut problems = Vec::new();
    let mut planted = 0;
    for file in expanded() {
        let settled = detector.find(file.text.as_bytes(), &PlaceFacts::of_path(file.name.as_bytes()));
        let found: Vec<_> = settled
            .matches
            .iter()
            .filter(|found| found.confidence >= Confidence::Medium)
            .map(|found| {
                let id = detector.rules()[usize::from(found.rule)].meta.id;
                (id.to_owned(), found.value.start..found.value.end)
            })
            .collect();
        planted += file.planted.len();
        for missing in file.planted.iter().filter(|planted| !found.contains(planted)) {
            let line = file.text[..missing.1.start].matches('\n').count() + 1;
            problems.push(format!("{}:{line}: {} is not found", file.name, missing.0));
        }
        for wrong in found.iter().filter(|found| !file.planted.contains(found)) {
            let line = file.text[..wrong.1.start].matches('\n').count() + 1;
            problems.push(format!(
                "{}:{line}: {} found in {:?}",
                file.name,
                wrong.0,
                &file.text[wrong.1.clone()]
            ));
        }
    }
    assert!(planted > 50, "only {planted} secrets are planted");
    assert!(
        problems.is_empty(),
        "{} problems of {planted} planted:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// The same through the command line, on the files as they lie on disk.
#[test]
fn the_command_line_finds_the_whole_corpus_on_disk() {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/corpus");
    let files = expanded();
    if out.exists() {
        std::fs::remove_dir_all(&out).expect("an earlier expansion can be removed");
    }
    for file in &files {
        let path = out.join(&file.name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("target can be written");
        std::fs::write(&path, &file.text).expect("target can be written");
    }
    let result = ringfence(&out, &["scan", "--no-ignore", "-f", "json"]);
    assert_eq!(result.code, 1, "{}", result.stderr);
    let document = result.json();
    let places: usize = document["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| finding["places"].as_array().expect("a list").len())
        .sum();
    assert_eq!(places, files.iter().map(|file| file.planted.len()).sum::<usize>());
    assert_eq!(document["coverage"]["scanned"]["files"], files.len());
}
