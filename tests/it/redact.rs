//! `ringfence redact`: no byte of a value gets through, and everything else does.

use ringfence::finding::{Confidence, FingerprintKey};
use ringfence::run::Redactor;

use super::random::Random;
use super::sample::{all_rules, detector, fill, secret};
use super::support::{Repo, token};

/// A private key in armour, of ten lines.
fn key_block(seed: u32) -> String {
    let digit =
        |i: u32| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i as usize]);
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        digit(state >> 26)
    };
    let mut lines = vec![["-----BEGIN", "PRIVATE KEY-----"].join(" ")];
    lines.extend((0..8).map(|_| (0..64).map(|_| next()).collect::<String>()));
    lines.push(["-----END", "PRIVATE KEY-----"].join(" "));
    lines.join("\n")
}

fn redacted(input: &[u8]) -> String {
    let repo = Repo::new();
    let outcome = repo.scan_input(&["redact"], input);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.stdout
}

#[test]
fn a_value_is_replaced_by_its_rule_and_the_digits_of_its_reports() {
    let repo = Repo::new();
    let secret = token("mark");
    let text = ["first line\nGITHUB_TOKEN=", &secret, " and ", &secret, " again\nno end of line"].concat();
    let outcome = repo.scan_input(&["redact"], text.as_bytes());
    let report = repo.scan_input(&["scan", "-", "-f", "json"], text.as_bytes()).json();
    let digits = &report["findings"][0]["fingerprint"].as_str().expect("it is text")[..8];
    let mark = format!("[ringfence:github-pat:{digits}]");
    assert_eq!(outcome.stdout, text.replace(&secret, &mark));
    assert_eq!(outcome.stderr, "ringfence: masked 2 (2 github-pat)\n");
    assert_eq!(outcome.code, 0);
}

#[test]
fn text_without_secrets_is_copied_byte_for_byte() {
    let repo = Repo::new();
    for text in ["", "\n", "a\r\n\n\tb\n", "no end", "\n\n"] {
        let outcome = repo.scan_input(&["redact"], text.as_bytes());
        assert_eq!((outcome.stdout.as_str(), outcome.code), (text, 0));
        assert_eq!(outcome.stderr, "ringfence: masked nothing\n");
    }
}

#[test]
fn no_part_of_a_value_gets_through_wherever_a_piece_of_a_long_line_ends() {
    const PIECE: usize = 1 << 20;
    let secret = token("cut");
    for at in [PIECE - 60, PIECE - 20, PIECE - 1, PIECE, PIECE + (80 << 10) - 20, 2 * PIECE - 20] {
        let text = format!("{}TOKEN={secret} {}", "lorem ".repeat(at / 6), "ipsum ".repeat(400_000));
        let shown = redacted(text.as_bytes());
        let half = &secret[secret.len() / 2..];
        assert!(!shown.contains(half) && !shown.contains(&secret[..20]), "{at}");
        assert_eq!(shown.matches("[ringfence:github-pat:").count(), 1, "{at}");
        let mark = shown.find("[ringfence").expect("there is a mark");
        assert_eq!(shown[..mark], text[..mark], "{at}");
        assert!(shown.ends_with(&"ipsum ".repeat(400_000)), "{at}");
    }
}

#[test]
fn a_private_key_is_masked_from_header_to_footer() {
    let key = key_block(7);
    for (before, after) in [("", ""), ("key = \"", "\";\nnext\n"), ("a\n  ", "\nb\n")] {
        let shown = redacted(format!("{before}{key}{after}").as_bytes());
        assert!(shown.starts_with(&format!("{before}[ringfence:private-key-pem:")), "{shown}");
        assert!(shown.ends_with(&format!("]{after}")), "{shown}");
        assert_eq!(shown.matches("[ringfence").count(), 1);
    }
    let escaped = format!("{{\"key\": \"{}\", \"next\": 1}}\n", key.replace('\n', "\\n"));
    let shown = redacted(escaped.as_bytes());
    assert!(
        shown.contains("[ringfence:private-key-pem:") && shown.ends_with("\", \"next\": 1}\n"),
        "{shown}"
    );
}

#[test]
fn a_header_without_a_footer_masks_64_kib_and_no_half_line() {
    let header = key_block(8).lines().next().expect("it has a header").to_owned();
    let line = format!("{}\n", "0123456789 ".repeat(9));
    let secret = token("after");
    let text = format!("{header}\n{}TOKEN={secret}\nlast\n", line.repeat(1000));
    let shown = redacted(text.as_bytes());
    let hidden = text.len() - shown.len();
    assert!((64 << 10) - 200 < hidden && hidden <= 64 << 10, "{hidden}");
    assert!(shown.starts_with("[ringfence:private-key-pem:"));
    assert!(shown.contains(&line.repeat(100)) && shown.ends_with("]\nlast\n"));
    assert!(!shown.contains(&secret));
    // The 64 KiB end within the token, in a line that goes on.
    let filler = "0123456789 ".repeat(6000);
    let filler = &filler[..(64 << 10) - 20 - header.len() - " TOKEN=".len()];
    let flat = format!("{header} {filler}TOKEN={secret} last");
    let shown = redacted(flat.as_bytes());
    assert!(shown.ends_with(" last") && !shown.contains(&secret[20..]), "{shown}");
    let cut = redacted(format!("{header}\nabc").as_bytes());
    assert!(cut.ends_with(']') && !cut.contains("abc"), "an end within a key: {cut}");
}

#[test]
fn files_are_masked_in_place_and_kept_for_their_owner() {
    let repo = Repo::new();
    let secret = token("in place");
    let text = format!("TOKEN={secret}\n");
    let path = repo.write("a.log", &text);
    let clean = repo.write("clean.log", "nothing\n");
    let outcome = repo.scan(&["redact", "--in-place", "a.log", "clean.log"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{}", outcome.stderr);
    let backup = repo.path().join("a.log.ringfence-backup");
    let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("it is there");
    assert!(read(&path).starts_with("TOKEN=[ringfence:github-pat:"));
    assert_eq!(read(&backup), text);
    assert_eq!(read(&clean), "nothing\n");
    assert!(!repo.path().join("clean.log.ringfence-backup").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&backup).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    repo.write("a.log", &text);
    let again = repo.scan(&["redact", "--in-place", "a.log"]);
    assert_eq!(again.code, 2, "a copy that is there is not overwritten");
    assert!(again.stderr.contains("a.log.ringfence-backup"), "{}", again.stderr);
    assert_eq!(read(&path), text);
    assert_eq!(repo.scan(&["redact", "missing.log"]).code, 2);
}

#[test]
fn a_line_is_written_before_the_next_one_is_read() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(["redact", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let mut input = child.stdin.take().expect("it is piped");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    for line in ["first\n", "second\n"] {
        input.write_all(line.as_bytes()).expect("it reads");
        let mut shown = String::new();
        output.read_line(&mut shown).expect("it writes");
        assert_eq!(shown, line);
    }
    drop(input);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn what_was_masked_once_stays_as_it_is() {
    let key = FingerprintKey::public();
    let copy = |text: &[u8]| {
        let mut out = Vec::new();
        let mut redactor = Redactor::new(detector(), &key, Confidence::Medium);
        redactor.copy(b"app.log", &mut &text[..], &mut out).expect("memory can be written to");
        (out, redactor.masked().values().sum::<u64>())
    };
    let rules: Vec<_> = all_rules().iter().filter(|rule| !rule.source.examples.matches.is_empty()).collect();
    let mut all = 0;
    for seed in 0..12 {
        let mut random = Random::of(&format!("twice {seed}"));
        let mut text = String::new();
        for rule in &rules {
            let example = &rule.source.examples.matches[random.below(rule.source.examples.matches.len())];
            let (value, _) = secret(rule, &mut random);
            let line = fill(example, &mut random).replace("<secret>", &value);
            text += &match random.below(4) {
                0 => format!("{}\n", serde_json::json!({"msg": line})),
                1 => format!("12:00 password={} {line}\n", random.text("abcdefgh23456789", 14)),
                _ => format!("{line}\n"),
            };
        }
        let (once, masked) = copy(text.as_bytes());
        let (twice, again) = copy(&once);
        all += masked;
        let (shown, want) = (String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once));
        let other = shown.lines().zip(want.lines()).filter(|(shown, want)| shown != want);
        assert_eq!(other.collect::<Vec<_>>(), []);
        assert_eq!((twice.len(), again), (once.len(), 0));
    }
    assert!(all > 5000, "{all}");
}
