//! `ringfence explain`: for each candidate in a file, what decided about it. No value is printed.

use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::args::{ExplainArgs, ExplainFormat};
use crate::detect::{Candidate, Decoded, Detector, Dismissed, PlaceFacts, Score, bias, weight};
use crate::finding::{Confidence, FingerprintKey, LineIndex, Secret, partly_shown};

/// What is said of a value that could be guessed from its hash.
const BY_PLACE: &str = "known by its place, since its hash would give it away: once a baseline has it, another guessable \
                        value there is hidden as well, unless you bring a fingerprint key";

/// A candidate and what became of it.
struct Explained {
    candidate: Candidate,
    verdict: Result<Confidence, Dismissed>,
    reasons: Vec<String>,
    score: Option<Score>,
    /// The value and what was undone to see it, if it stands there in encoded form.
    decoded: Option<Decoded>,
}

/// A text, where it stands, and the line that is asked for.
struct Text {
    path: String,
    line: Option<u64>,
    bytes: Vec<u8>,
}

/// Runs `explain`; returns the exit code.
pub(super) fn run(args: &ExplainArgs) -> Result<u8> {
    let detector = Detector::new(super::in_force::rules(&args.rules, &super::own::config(None)?)?);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for place in &args.places {
        let text = read(place, args.path.as_deref())?;
        let written = match args.format {
            ExplainFormat::Text => write_text(&detector, &text, &mut out),
            ExplainFormat::Jsonl => write_jsonl(&detector, &text, &mut out),
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
            other => other.context("cannot write to standard output")?,
        }
    }
    out.flush().context("cannot write to standard output")?;
    Ok(0)
}

/// Reads `FILE`, `FILE:LINE` or `-`.
fn read(place: &str, path: Option<&str>) -> Result<Text> {
    if place == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
        return Ok(Text { path: path.unwrap_or("-").to_owned(), line: None, bytes });
    }
    let split = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u64>().ok()?)));
    let (file, line) = match split {
        Some((file, line)) if !Path::new(place).exists() => (file, Some(line)),
        _ => (place, None),
    };
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
    let lines = bstr::ByteSlice::lines(bytes.as_slice()).count() as u64;
    if let Some(line) = line.filter(|line| !(1..=lines).contains(line)) {
        bail!("{file} has no line {line}: its lines are 1 to {lines}");
    }
    Ok(Text { path: path.unwrap_or(file).to_owned(), line, bytes })
}

/// All candidates on the wanted line, in order of position.
fn explain(detector: &Detector, text: &Text) -> Vec<(Explained, u64, u64)> {
    let facts = PlaceFacts::of_path(text.path.as_bytes());
    let settled = detector.find(&text.bytes, &facts);
    let lines = LineIndex::new(&text.bytes, 1, 0, 1);
    let matches = settled.matches.into_iter().map(|found| {
        let (rule, span, value, syntax) = (found.rule, found.span, found.value, found.syntax);
        let candidate = Candidate { rule, span, value, anchor: span.start, syntax };
        (candidate, Ok(found.confidence), (words(found.reasons, found.facts), found.decoded))
    });
    let dismissed =
        settled.dismissed.into_iter().map(|(candidate, why)| (candidate, Err(why), Default::default()));
    let mut all: Vec<(Explained, u64, u64)> = matches
        .chain(dismissed)
        .map(|(candidate, verdict, (reasons, decoded))| {
            // The text that a decoded value was scored in is not at hand.
            let score = match decoded {
                Some(_) => None,
                None => detector.score(&text.bytes, &candidate, &facts),
            };
            let span = lines.span(candidate.value.start..candidate.value.end);
            (Explained { candidate, verdict, reasons, score, decoded }, span.line, span.column)
        })
        .filter(|(_, line, _)| text.line.is_none_or(|wanted| wanted == *line))
        .collect();
    all.sort_by_key(|(explained, _, _)| (explained.candidate.value, explained.candidate.rule));
    all
}

/// Why it is as sure as it is, and what the text tells besides.
fn words(reasons: Vec<&'static str>, facts: Vec<String>) -> Vec<String> {
    reasons.into_iter().map(str::to_owned).chain(facts).collect()
}

fn write_text(detector: &Detector, text: &Text, out: &mut dyn Write) -> io::Result<()> {
    let all = explain(detector, text);
    if all.is_empty() {
        return writeln!(out, "{}: no candidates: no rule sees a value here", text.path);
    }
    for (explained, line, column) in &all {
        let rule = &detector.rules()[usize::from(explained.candidate.rule)];
        let value = match &explained.decoded {
            Some(decoded) => decoded.secret.clone(),
            None => Secret::new(&text.bytes[explained.candidate.value.start..explained.candidate.value.end]),
        };
        let verdict = match explained.verdict {
            Ok(confidence) => format!("a finding of {} confidence", confidence.name()),
            Err(why) => format!("dismissed: {}", why.words()),
        };
        writeln!(out, "{}:{line}:{column}: {}: {verdict}", text.path, rule.meta.id)?;
        let shown = match explained.verdict {
            Ok(_) => partly_shown(&value, rule.secret_prefix.len()),
            Err(_) => "[redacted]".to_owned(),
        };
        let named = FingerprintKey::public().identity(&value, &[]).short();
        if named.starts_with("w-") {
            writeln!(out, "  value {shown} · {BY_PLACE}")?;
        } else {
            writeln!(out, "  value {shown} · fp {named}")?;
        }
        if let Some(decoded) = &explained.decoded {
            writeln!(out, "  decoded from {}", decoded.chain.join(", then "))?;
        }
        explained.reasons.iter().try_for_each(|reason| writeln!(out, "  {reason}"))?;
        if let Some(score) = &explained.score {
            write_score(score, out)?;
        }
    }
    Ok(())
}

/// The features with their weights, what speaks most for or against first.
fn write_score(score: &Score, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  score {:+.2}, of which {:+.2} before any feature", score.sum, bias())?;
    let mut features: Vec<_> = score.features.iter().map(|feature| (weight(feature), feature)).collect();
    features.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(&b.1)));
    features.iter().try_for_each(|(weight, feature)| {
        writeln!(out, "  {weight:+6.2}  {:<24} {}", feature.name(), feature.words())
    })
}

fn write_jsonl(detector: &Detector, text: &Text, out: &mut dyn Write) -> io::Result<()> {
    for (explained, line, column) in explain(detector, text) {
        let rule = &detector.rules()[usize::from(explained.candidate.rule)];
        let features = |score: &Score| score.features.iter().map(|f| f.name()).collect::<Vec<_>>();
        let object = serde_json::json!({
            "path": text.path,
            "line": line,
            "column": column,
            "rule": rule.meta.id,
            "confidence": explained.verdict.ok().map(Confidence::name),
            "dismissed": explained.verdict.err().map(Dismissed::words),
            "reasons": explained.reasons,
            "decoded_by": explained.decoded.map(|decoded| decoded.chain).unwrap_or_default(),
            "score": explained.score.map(|score| score.sum),
            "features": explained.score.as_ref().map(features),
        });
        writeln!(out, "{object}")?;
    }
    Ok(())
}
