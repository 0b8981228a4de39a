//! A stream is reported while it is read: within a second of the line, and with the same findings as one that is all there.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ringfence::detect::builtin;
use ringfence::finding::{Confidence, Finding, FingerprintKey, Outcome};
use ringfence::report::{Format, Options};
use ringfence::run::{Accept, Decisions, Memory, Run, Settings, Told};
use ringfence::source::{Next, WorktreeOptions};

use super::random::Random;
use super::support::token;

/// A run whose standard input stays open.
struct Open {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Open {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.args(args).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary was built");
        let input = child.stdin.take().expect("it is piped");
        let output = child.stdout.take().expect("it is piped");
        Self { child, input, output }
    }
}

/// What is written, line by line.
fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            drop(sender.send(line));
        }
    });
    receiver
}

/// Waits for a line that holds one of these.
fn wait_for(lines: &Receiver<String>, wanted: &[&str], within: Duration) {
    let until = std::time::Instant::now() + within;
    loop {
        let left = until.saturating_duration_since(std::time::Instant::now());
        let line = lines.recv_timeout(left).unwrap_or_else(|_| panic!("{wanted:?} within {within:?}"));
        if wanted.iter().any(|wanted| line.contains(wanted)) {
            return;
        }
    }
}

#[test]
fn a_line_is_told_within_a_second_while_the_pipe_stays_open() {
    let cases: [(&[&str], &str, &str); 3] = [
        (&["scan", "-"], "<stdin>:1:7", "<stdin>:4:7"),
        (&["scan", "-", "-f", "jsonl"], "\"line\":1,", "\"line\":4,"),
        (&["redact"], "token=[ringfence:github-pat:", "token=[ringfence:github-pat:"),
    ];
    for (args, first, second) in cases {
        let Open { mut child, mut input, output } = Open::start(args);
        let lines = lines_of(output);
        let mut write = |text: String| input.write_all(text.as_bytes()).expect("it reads");
        write(format!("token={}\n", token("first")));
        // The rules are made ready before the first.
        wait_for(&lines, &[first], Duration::from_secs(20));
        write("nothing\nhere\n".to_owned());
        write(format!("token={}\n", token("second")));
        wait_for(&lines, &[second], Duration::from_secs(1));
        drop(input);
        let code = child.wait().expect("it ends").code();
        assert_eq!(code, Some(if args[0] == "redact" { 0 } else { 1 }), "{args:?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_scan_without_a_word() {
    let Open { child, mut input, output } = Open::start(&["scan", "-"]);
    drop(output);
    let line = format!("token={}\n", token("gone"));
    // It ends by itself: its input would never end.
    for _ in 0..400 {
        if input.write_all(line.as_bytes()).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(2), &b""[..]));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_stream_with_what_was_found_until_then() {
    let Open { mut child, mut input, output } = Open::start(&["scan", "-"]);
    let lines = lines_of(output);
    writeln!(input, "token={}", token("stopped")).expect("it reads");
    wait_for(&lines, &["<stdin>:1:7"], Duration::from_secs(20));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is kill");
    assert!(sent.success());
    wait_for(&lines, &["findings: 1"], Duration::from_secs(20));
    wait_for(&lines, &["INCOMPLETE"], Duration::from_secs(20));
    assert_eq!(child.wait().expect("it ends").code(), Some(2));
    drop(input);
}

fn settings() -> Settings {
    Settings {
        rules: builtin(),
        key: FingerprintKey::public(),
        confidence: Confidence::Medium,
        strict: false,
        show_secrets: false,
        worktree: WorktreeOptions { no_ignore: false, jobs: 1, archive_depth: 8 },
        accept: Accept::default(),
        unreachable: false,
        today: 0,
        decisions: Decisions::default(),
        no_seam: false,
        pii: true,
        decode_depth: 5,
        memory: Memory::default(),
        cache: None,
    }
}

fn report(outcome: &Outcome) -> String {
    let options = Options { color: false, quiet: false, terminal_width: 100, now: 0 };
    let mut out = Vec::new();
    ringfence::report::write(Format::Json, outcome, &options, &mut out).expect("memory can be written to");
    String::from_utf8(out).expect("reports are UTF-8")
}

fn names(findings: &[Finding]) -> BTreeSet<String> {
    findings.iter().map(|finding| format!("{} {}", finding.rule.id, finding.identity.full())).collect()
}

/// What is told of a stream that comes in these pieces, with a pause after each; and what is found in the end.
fn live(settings: &Settings, pieces: &[&[u8]]) -> (BTreeSet<String>, Outcome, Told) {
    let mut run = Run::new(settings);
    let mut told = BTreeSet::new();
    let mut script = pieces.iter().flat_map(|piece| [Next::Bytes(piece.to_vec()), Next::Quiet]);
    let known = run.scan_live(&mut |_| script.next().unwrap_or(Next::End(Ok(()))), &mut |findings| {
        let new: BTreeSet<String> =
            findings.iter().flat_map(|finding| names(&[(*finding).clone()])).collect();
        assert!(told.is_disjoint(&new), "each is told once");
        told.extend(new);
        Ok(())
    });
    (told, run.finish(), known)
}

fn whole(settings: &Settings, text: &[u8]) -> Outcome {
    let mut run = Run::new(settings);
    run.scan_stream(&mut &text[..]);
    run.finish()
}

/// A log with credentials of one line and of several.
fn log(random: &mut Random, lines: usize) -> String {
    let mut text = String::new();
    for line in 0..lines {
        let word = |random: &mut Random, len: usize| -> String {
            (0..len)
                .map(|_| {
                    char::from(b"abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789"[random.below(52)])
                })
                .collect()
        };
        text += &match random.below(9) {
            0 => format!("12:00:{line} token={} sent\n", token(&line.to_string())),
            1 => format!("db_password={}\n", word(random, 14)),
            2 => format!("signup of kim{line}@acme-shop.io\r\n"),
            3 => {
                let body: String = (0..12).map(|_| word(random, 64) + "\n").collect();
                let [begin, end] = ["BEGIN", "END"].map(|edge| format!("-----{edge} PRIVATE KEY-----\n"));
                begin + &body + &end
            }
            4 => format!("client_id: {}\nclient_secret: {}\n", word(random, 24), word(random, 40)),
            _ => format!("12:00:{line} GET /orders/{} 200 in {line} ms\n", word(random, 8)),
        };
    }
    text
}

#[test]
fn pauses_change_nothing_that_is_found_and_what_is_told_stays() {
    let settings = settings();
    for seed in 0..24 {
        let mut random = Random::of(&format!("pauses {seed}"));
        // Some are longer than the pieces that are judged at once.
        let lines = if seed % 8 == 0 { 40_000 } else { 60 };
        let mut text = log(&mut random, 60);
        if lines > 60 {
            text += &"12:00:00 GET /orders 200 in 31 ms\n".repeat(lines);
            text += &log(&mut random, 60);
        }
        let mut pieces = Vec::new();
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let most = if lines > 60 && random.below(3) > 0 { 200_000 } else { 400 };
            let (piece, after) = rest.split_at(rest.len().min(1 + random.below(most)));
            pieces.push(piece);
            rest = after;
        }
        let (told, outcome, known) = live(&settings, &pieces);
        assert_eq!(report(&outcome), report(&whole(&settings, text.as_bytes())), "seed {seed}");
        assert_eq!(told, names(&outcome.verdict.shown), "seed {seed}");
        assert_eq!(known.withdrawn(&outcome.verdict.shown), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn a_value_without_end_is_kept_at_ten_thousand_places_and_the_rest_is_counted() {
    let settings = settings();
    let text = format!("token={} sent\n", token("endless")).repeat(12_345);
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(200_000).collect();
    let (told, outcome, _) = live(&settings, &pieces);
    assert_eq!((told.len(), outcome.verdict.shown[0].places.len()), (1, 10_000));
    let note = "<stdin>: 2345 more places of values that stand at 10000 places are not listed";
    assert_eq!(outcome.coverage.notes(), [note]);
    assert_eq!(report(&outcome), report(&whole(&settings, text.as_bytes())));
}

#[test]
fn a_value_of_several_lines_is_told_when_its_last_line_was_read() {
    let settings = settings();
    let mut random = Random::of("lines");
    let text =
        (0..).map(|_| log(&mut random, 6)).find(|text| text.contains("PRIVATE KEY")).expect("one of many");
    let pieces: Vec<&[u8]> = text.split_inclusive('\n').map(str::as_bytes).collect();
    let mut run = Run::new(&settings);
    let (mut next, mut told_at) = (0, None);
    let at_end =
        text.split_inclusive('\n').position(|line| line.starts_with("-----END")).expect("it has one");
    let mut script = pieces.iter().flat_map(|piece| [Next::Bytes(piece.to_vec()), Next::Quiet]);
    let position = std::cell::Cell::new(0);
    run.scan_live(
        &mut |_| {
            next += 1;
            position.set(next / 2);
            script.next().unwrap_or(Next::End(Ok(())))
        },
        &mut |findings| {
            if findings.iter().any(|finding| finding.rule.id.starts_with("private-key")) {
                told_at = Some(position.get());
            }
            Ok(())
        },
    );
    assert_eq!(told_at, Some(at_end + 1));
}

#[test]
fn an_archive_that_comes_in_pieces_is_opened_and_nothing_of_its_bytes_is_told() {
    let settings = settings();
    let mut tar = tar::Builder::new(Vec::new());
    let text = format!("token={}\n", token("in an archive"));
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_cksum();
    tar.append_data(&mut header, "a.env", text.as_bytes()).expect("memory can be written to");
    let tar = tar.into_inner().expect("memory can be written to");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&tar).expect("memory can be written to");
    for archive in [tar, gzip.finish().expect("memory can be written to")] {
        let pieces: Vec<&[u8]> = archive.chunks(300).collect();
        let (told, outcome, known) = live(&settings, &pieces);
        assert_eq!(report(&outcome), report(&whole(&settings, &archive)));
        assert_eq!((told.len(), outcome.verdict.shown.len()), (1, 1));
        assert!(outcome.verdict.shown[0].places[0].provenance.path().ends_with(b"a.env"));
        assert!(known.withdrawn(&outcome.verdict.shown).is_empty());
    }
}
