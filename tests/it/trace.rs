//! Known values are found in every encoding, in files and history, and shown in no output.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use ringfence::finding::FingerprintKey;
use ringfence::trace::{Known, Tracer};

use super::random::Random;
use super::sample::filler;
use super::support::{Repo, ringfence, ringfence_with_input, token};

/// Where values are split: what joins strings may be part of a value elsewhere.
const SEAM: &str = "q7Wx";

fn tracer(value: &str) -> Tracer {
    let pairs = [("KEY".to_owned(), value.to_owned(), 1)];
    Tracer::new(Known::of_pairs(pairs, "values", &FingerprintKey::public()))
}

/// The value as other programs write it; encoders of their own, where there are such.
fn written(value: &str, before: &str) -> Vec<(&'static str, Vec<u8>)> {
    let json = serde_json::to_string(value).expect("it is text");
    let framed = format!("{before}{value}tail");
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let middle = value.find(SEAM).expect("it is there") + SEAM.len() / 2;
    let (head, tail) = value.split_at(middle);
    vec![
        ("raw", framed.clone().into_bytes()),
        ("base64", STANDARD.encode(&framed).into_bytes()),
        ("base64 for URLs", URL_SAFE_NO_PAD.encode(&framed).into_bytes()),
        ("hex", hex.clone().into_bytes()),
        ("hex upper", hex.to_ascii_uppercase().into_bytes()),
        ("percent", utf8_percent_encode(value, NON_ALPHANUMERIC).to_string().into_bytes()),
        ("json", json.clone().into_bytes()),
        ("json in json", serde_json::to_string(&json).expect("it is text").into_bytes()),
        ("js", value.replace('\\', "\\\\").replace('\'', "\\'").into_bytes()),
        ("html", html.replace('"', "&quot;").replace('\'', "&#39;").into_bytes()),
        ("shell", format!("'{}'", value.replace('\'', "'\\''")).into_bytes()),
        ("utf-16le", value.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("utf-16be", value.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("reversed", value.chars().rev().collect::<String>().into_bytes()),
        ("joined", format!("x = \"{head}\" +\n    \"{tail}\"").into_bytes()),
        ("continued", format!("x={head}\\\n  {tail}").into_bytes()),
        ("wrapped base64", wrapped(&STANDARD.encode(&framed))),
    ]
}

/// In lines of 24 characters.
fn wrapped(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(24).collect::<Vec<_>>().join(&b'\n')
}

proptest! {
    #[test]
    fn every_encoding_of_a_value_is_found_wherever_it_stands(
        start in "[A-Za-z0-9]{4}[0-9][A-Z][a-z]",
        rest in "[ -~]{17,60}[A-Za-z0-9]{4}",
        before in "[ -~]{0,40}",
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let value = format!("{start}{SEAM}{rest}");
        let tracer = tracer(&value);
        prop_assume!(!tracer.values().is_empty());
        for (encoding, text) in written(&value, &before) {
            let mut all = noise.clone();
            all.push(b'\n');
            all.extend_from_slice(&text);
            all.extend_from_slice(&noise);
            let found = tracer.find(&all);
            prop_assert!(!found.is_empty(), "{}", encoding);
            // Parts of a text give what the whole gives.
            for cut in [1, all.len() / 3, all.len() / 2] {
                let mut parts = tracer.find_in(&all, 0..cut);
                parts.extend(tracer.find_in(&all, cut..all.len()));
                prop_assert_eq!(&parts, &tracer.find_in(&all, 0..all.len()), "{}", encoding);
            }
        }
    }

    #[test]
    fn other_text_holds_no_value(text in proptest::collection::vec(any::<u8>(), 0..4000), words in "([a-z]{1,9} ){0,200}") {
        let tracer = tracer(&filler("hex:40", &mut Random::of("none")).expect("a filler"));
        prop_assert!(tracer.find(&text).is_empty() && tracer.find(words.as_bytes()).is_empty());
    }
}

/// A repository whose production secret was committed and removed, is in a bundle and in a log.
fn leaky() -> (Repo, String) {
    let repo = Repo::new();
    let value = filler("hex:40", &mut Random::of("leaky")).expect("a filler");
    repo.write(".gitignore", ".env*\ndist/\nlogs/\n");
    repo.write("config.js", format!("const key = '{value}'\n"));
    repo.commit("one");
    repo.write("config.js", "const key = process.env.JWT_SECRET\n");
    repo.commit("two");
    repo.write(".env.production", format!("JWT_SECRET={value}\nPIN_SECRET=abc12\n"));
    repo.write("dist/app.js", format!("a\nb(\"{}\")\n", STANDARD.encode(format!("k={value}"))));
    repo.write("logs/app.log", format!("start\nsent {value}\n"));
    (repo, value)
}

#[test]
fn a_trace_names_variable_commits_and_places_and_never_the_value() {
    let (repo, value) = leaky();
    let (one, two) = (repo.git(&["rev-parse", "HEAD~1"]), repo.git(&["rev-parse", "HEAD"]));
    let result = ringfence(repo.path(), &["trace"]);
    assert_eq!(result.code, 1, "{}{}", result.stdout, result.stderr);
    let told = [
        format!("production JWT_SECRET: committed in {} (2020-09-1", &one[..7]),
        format!("removed in {} (2020-09-1", &two[..7]),
        "still in use; in dist/app.js:2 (base64); in logs/app.log:2; ".to_owned(),
        format!("in config.js:1 of {}", &one[..7]),
        "shorter than 8 bytes: PIN_SECRET".to_owned(),
    ];
    for part in told {
        assert!(result.stdout.contains(&part), "{part}\n{}", result.stdout);
    }
    for format in ["text", "json", "jsonl", "sarif"] {
        let result = ringfence(repo.path(), &["trace", "-f", format, "--show-secrets"]);
        assert!(result.stdout.contains("known-value"), "{format}");
        for part in [&value[..], &value[..12], &STANDARD.encode(&value)[..12]] {
            assert!(!result.stdout.contains(part) && !result.stderr.contains(part), "{format}");
        }
    }
    let places = &ringfence(repo.path(), &["trace", "-f", "json"]).json()["findings"][0]["places"];
    assert_eq!(places[0]["encoding"], "base64");
    assert!(places[1].get("encoding").is_none());
}

#[test]
fn values_come_from_a_file_and_text_from_a_stream() {
    let (repo, value) = leaky();
    let values = repo.write("values", format!("OTHER=\"{value}\"\n"));
    let path = values.display().to_string();
    let result = ringfence_with_input(
        repo.path(),
        &["trace", "--values", &path, "-"],
        format!("a\n{value}\n").as_bytes(),
    );
    assert_eq!(result.code, 1, "{}", result.stderr);
    assert!(result.stdout.contains("OTHER: in <stdin>:2"), "{}", result.stdout);
    assert_eq!(ringfence_with_input(repo.path(), &["trace", "-"], b"nothing\n").code, 0);
    let both = ringfence_with_input(repo.path(), &["trace", "--values", "-", "-"], b"");
    assert_eq!(both.code, 2);
}

#[test]
fn hashes_need_a_key_and_find_what_rules_find() {
    let repo = Repo::new();
    let token = super::support::token("hashes");
    repo.write("own", "0123456789abcdef".repeat(2));
    repo.write("values", format!("GH_TOKEN={token}\n"));
    assert_eq!(ringfence(repo.path(), &["trace", "--values", "values", "--print-hashes"]).code, 2);
    let key = ["--fingerprint-key-file", "own"];
    let hashes =
        ringfence(repo.path(), &[&["trace", "--values", "values", "--print-hashes"][..], &key].concat());
    assert!(hashes.stdout.starts_with("GH_TOKEN=") && !hashes.stdout.contains(&token));
    std::fs::remove_file(repo.path().join("values")).expect("it is ours");
    repo.write("hashes", &hashes.stdout);
    repo.write("a.txt", format!("token: {token}\nGITHUB_TOKEN={}\n", super::support::token("another")));
    let result = ringfence(repo.path(), &[&["trace", "--hashes", "hashes", "-f", "json"][..], &key].concat());
    let document = result.json();
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(1), "{}", result.stdout);
    assert_eq!(document["findings"][0]["lint"]["key"], "GH_TOKEN");
    assert!(result.stdout.contains("partial") && !result.stdout.contains(&token));
}

#[test]
fn reading_only_what_changed_finds_the_same() {
    let repo = Repo::new();
    let mut random = Random::of("seam");
    let value = filler("hex:40", &mut random).expect("a filler");
    let mut lines: Vec<String> =
        (0..600).map(|at| format!("line {at} of a long file that is edited\n")).collect();
    for round in 0..24 {
        let at = (round * 37) % lines.len();
        lines[at] = match round % 4 {
            0 => format!("key = \"{value}\"\n"),
            1 => format!("key = \"{}\" +\n  \"{}\"\n", &value[..17], &value[17..]),
            2 => format!("key: {}\n", STANDARD.encode(&value)),
            _ => format!("edited {round}\n"),
        };
        repo.write(&format!("f{}.txt", round % 2), lines.concat());
        repo.commit("edit");
    }
    repo.repack();
    repo.write("values", format!("KEY={value}\n"));
    let run = |more: &[&str]| {
        ringfence(repo.path(), &[&["trace", "--values", "values", "-f", "json"], more].concat())
    };
    let (seam, whole) = (run(&[]), run(&["--no-seam"]));
    assert_eq!(seam.code, 1, "{}", seam.stderr);
    assert_eq!(seam.stdout, whole.stdout);
}

#[test]
fn old_commits_count_for_the_lint() {
    let (repo, value) = leaky();
    let document = ringfence(repo.path(), &["env", "-f", "json"]).json();
    let of = |rule: &str| -> Vec<String> {
        let all = document["findings"].as_array().expect("a list").iter().filter(|one| one["rule"] == rule);
        all.map(|one| {
            format!("{}:{}", one["location"]["path"].as_str().unwrap_or(""), one["location"]["line"])
        })
        .collect()
    };
    assert_eq!(of("leaked-secret-unrotated"), [".env.production:1"]);
    assert_eq!(of("env-value-in-bundle"), ["dist/app.js:2", "logs/app.log:2"]);
    assert!(of("env-file-in-history").is_empty());
    assert!(!document.to_string().contains(&value));
    repo.git(&["add", "-f", ".env.production"]);
    repo.commit("with the env file");
    repo.git(&["rm", "-q", "--cached", ".env.production"]);
    repo.git(&["commit", "-q", "-m", "without"]);
    let text = ringfence(repo.path(), &["env"]).stdout;
    assert!(text.contains(".env.production:1:1  env-file-in-history  warning"), "{text}");
    assert!(!ringfence(repo.path(), &["env", "--no-history"]).stdout.contains("in-history"));
}

#[test]
fn a_rotated_value_and_an_example_are_silent() {
    let repo = Repo::new();
    let value = |name: &str| filler("hex:40", &mut Random::of(name)).expect("a filler");
    repo.write(".gitignore", ".env*\n!.env.example\n");
    repo.write("config.js", format!("const key = '{}'\n", value("old")));
    repo.write(".env.example", "JWT_SECRET=\n");
    repo.commit("one");
    repo.git(&["rm", "-q", "config.js", ".env.example"]);
    repo.git(&["commit", "-q", "-m", "two"]);
    repo.write(".env.production", format!("JWT_SECRET={}\n", value("new")));
    assert_eq!(ringfence(repo.path(), &["trace"]).code, 0);
    let text = ringfence(repo.path(), &["env"]).stdout;
    assert!(!text.contains("leaked-secret-unrotated") && !text.contains("env-file-in-history"), "{text}");
}

#[test]
fn the_launch_page_has_a_verdict_and_evidence_for_every_row() {
    let (repo, value) = leaky();
    let result = ringfence(repo.path(), &["check", "-f", "json"]);
    assert_eq!(result.code, 1, "{}", result.stderr);
    assert!(!result.stdout.contains(&value));
    let document = result.json();
    let row = |title: &str| {
        let rows = document["launch"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["title"] == title).unwrap_or_else(|| panic!("{title}"));
        (row["state"].as_str().unwrap_or("").to_owned(), row["detail"].as_str().unwrap_or("").to_owned())
    };
    let (state, detail) = row("Secrets in client bundles");
    assert_eq!(state, "fix-first");
    assert!(detail.contains("env-value-in-bundle") && detail.contains("1 built file"), "{detail}");
    assert!(row("Secrets only in history").1.contains("leaked-secret-unrotated"));
    assert_eq!(row("E-mail authentication").0, "not-checked");
    assert_eq!(row("Authorization, latency, uptime, alerting").0, "not-checked");
    assert_eq!(document["launch"].as_array().map(Vec::len), Some(13));
}

#[test]
fn logs_count_where_git_ignores_them_but_not_in_what_a_compiler_keeps() {
    let repo = Repo::new();
    repo.write(".gitignore", "/target\n*.log\n");
    repo.write("target/.rustc_info.json", "{}");
    repo.write("target/tests/run.log", format!("token {}\n", token("built")));
    repo.commit("first");
    assert_eq!(ringfence(repo.path(), &["check"]).code, 0);
    repo.write("run.log", format!("token {}\n", token("left")));
    let left = ringfence(repo.path(), &["check"]);
    assert_eq!(left.code, 1, "{}", left.stderr);
    assert!(left.stdout.contains("run.log:1") && !left.stdout.contains("target/"), "{}", left.stdout);
}
