//! Outcomes for the tests of all formats. Values are made here, so that no token stands in the source.

use std::io;

use super::{Format, Options, write};
use crate::finding::{
    Audit, CommitRef, Confidence, Coverage, Excerpt, Exposure, Finding, FingerprintKey, GapReason,
    HiddenReason, LaunchRow, LaunchState, Mask, OutOfScope, Outcome, Place, Provenance, Release, RuleMeta,
    Scanned, Secret, Severity, Span, Step, Verdict, excerpt, partly_shown,
};

/// Rule 0 is the worst.
pub(super) const RULES: [RuleMeta; 3] = [
    RuleMeta {
        id: "github-pat",
        title: "GitHub personal access token",
        provider: "GitHub",
        risk: "Acts as its owner on every repository the owner can reach.",
        severity: Severity::Critical,
        docs: "https://docs.github.com/authentication",
        rotate_console: "https://github.com/settings/tokens",
        rotate_steps: &["Revoke the token", "Read the security log", "Issue a new one with the least scopes"],
        lint: None,
    },
    RuleMeta {
        id: "generic-password",
        title: "Password in a settings file",
        provider: "Generic",
        risk: "Opens whatever the password protects",
        severity: Severity::Medium,
        docs: "not a url",
        rotate_console: "",
        rotate_steps: &["Change the password"],
        lint: None,
    },
    RuleMeta {
        id: "unused-rule",
        title: "Unused",
        provider: "Nobody",
        risk: "None.",
        severity: Severity::Info,
        docs: "https://example.com/",
        rotate_console: "",
        rotate_steps: &[],
        lint: None,
    },
];

/// The value of finding `n`: 40 characters no rule knows.
pub(super) fn value(n: usize) -> String {
    (0..40).map(|i| char::from(b'a' + ((i * 7 + i * i * 3 + n * 5) % 26) as u8)).collect()
}

/// A commit number `n`, a day apart each.
pub(super) fn commit(n: i64) -> CommitRef {
    let time = 1_767_323_045 + n * 86_400;
    CommitRef { commit_time: time, author_time: time, id: format!("{n:02x}").repeat(20) }
}

/// A place of value `n` at `line`, with the excerpt that a scan would cut.
pub(super) fn place(provenance: Provenance, n: usize, line: u64) -> Place {
    let text = format!("const token = \"{}\"; // pay", value(n));
    let range = 15..55;
    let mask = Mask { range: range.clone(), shown: shown(n) };
    let history = provenance.is_history();
    Place {
        provenance,
        span: Span { start: 115, end: 155, line, column: 16, end_line: line, end_column: 56 },
        excerpt: excerpt(text.as_bytes(), &range, &[mask]),
        commit: history.then(|| commit(3)),
        at_head: history.then_some(false),
        line_hash: Some("c129715d7a2bc9a3:1".to_owned()),
        encoding: None,
        part: None,
        original: None,
        layer: None,
    }
}

fn shown(n: usize) -> String {
    format!("{} · fp {}", partly_shown(&Secret::new(value(n).as_bytes()), 4), identity(n).short())
}

fn identity(n: usize) -> crate::finding::Identity {
    FingerprintKey::from_secret(b"test").identity(&Secret::new(value(n).as_bytes()), &[])
}

/// Finding `n` at these places.
pub(super) fn finding(n: usize, places: Vec<Place>) -> Finding {
    let rule = RULES[n.min(1)];
    Finding {
        rule,
        severity: rule.severity,
        confidence: if n == 0 { Confidence::High } else { Confidence::Medium },
        identity: identity(n),
        masked: shown(n),
        secret: Secret::new(value(n).as_bytes()),
        reasons: vec!["valid checksum".to_owned(), "assigned to a key name".to_owned()],
        decoded_by: Vec::new(),
        places,
        environments: Vec::new(),
        exposure: None,
        lint: None,
    }
}

/// An outcome with these findings, complete, nothing hidden.
pub(super) fn outcome(shown: Vec<Finding>) -> Outcome {
    let mut coverage = Coverage::default();
    coverage.scanned = Scanned { files: 1204, file_bytes: 3_565_158, ..Scanned::default() };
    Outcome {
        verdict: Verdict { shown, ..Verdict::default() },
        coverage,
        launch: Vec::new(),
        audit: None,
        inventory: Vec::new(),
        subject: "shop".to_owned(),
        show_secrets: false,
        rules: RULES.to_vec(),
    }
}

/// The way out of a leak.
pub(super) fn audit() -> Audit {
    let step = |text: &str, commands: &[&str]| Step {
        text: text.to_owned(),
        commands: commands.iter().map(|&command| command.to_owned()).collect(),
    };
    Audit {
        steps: vec![step("Rotate", &[]), step("Rewrite", &["git filter-repo --path 'a\u{1b}[2J|b'"])],
        by_hand: vec!["`x` <b>is</b> short".to_owned()],
        out_of_reach: vec!["forks".to_owned()],
    }
}

/// A file of the work tree.
pub(super) fn file(path: &[u8]) -> Provenance {
    Provenance::File(path.into())
}

/// A blob of the history.
pub(super) fn blob(path: &[u8]) -> Provenance {
    Provenance::Blob { path: path.into(), id: "0b".repeat(20) }
}

/// Everything at once: hostile names, history, many places, gaps, hidden and left-out counts.
pub(super) fn hostile() -> Outcome {
    let id = "e7".repeat(20);
    let names: [&[u8]; 8] = [
        "src/ü ö.ts".as_bytes(),
        b"100% sure#1?.env",
        b"a\nb\x1b[31mred\x9b",
        b"caf\xe9/\xff.env",
        "evil\u{202e}st.exe\u{9b}1m".as_bytes(),
        b"/etc/app/./.env",
        b"../other/c:d.env",
        b"C:/x/y.env",
    ];
    let mut first: Vec<Place> =
        names.iter().zip(1..).map(|(name, line)| place(file(name), 0, line)).collect();
    first.extend([blob(b"old/caf\xe9.env"), blob(b"")].map(|from| place(from, 0, 9)));
    first.push(place(Provenance::Message { id }, 0, 2));
    let mut one = finding(0, first);
    one.exposure = Some(Exposure {
        introduced: vec![commit(1), commit(2)],
        removed: vec![commit(3)],
        reachable: true,
        branches: vec!["evil\u{1b}[31m/\u{202e}branch".to_owned()],
        tags: (0..9).map(|n| format!("v{n}")).collect(),
        first_release: Some(Release { tag: "v0".to_owned(), time: 1_600_000_000 }),
        refs_leading: 12,
        days_at_head: Some(1),
        days_reachable: Some(2_000),
        ..Exposure::default()
    });
    one.decoded_by = vec!["base64".to_owned()];
    let two = finding(1, vec![place(Provenance::Stdin, 1, 1)]);
    let mut three = finding(2, vec![place(blob(b"gone.env"), 2, 4)]);
    three.places[0].commit.as_mut().expect("a blob has a commit").author_time = i64::MAX;
    let mut all = outcome(vec![one, two, three]);
    all.verdict.hidden = [(HiddenReason::Confidence, 77), (HiddenReason::Unreachable, 88)].into();
    all.coverage.leave_out(OutOfScope::Ignored, 99);
    all.coverage.note("the repository belongs to another user\u{1b}[2J");
    all.coverage.gap(GapReason::CorruptObject, "pack-1\u{1b}]0;x\u{7}.pack", "bad\nchecksum");
    for n in 0..130 {
        all.coverage.gap(GapReason::Unreadable, format!("no/{n:03}"), "permission denied");
    }
    all.coverage.scanned.commits = 12;
    all.coverage.scanned.blobs = 40;
    all.coverage.scanned.refs = 3;
    all
}

/// The hostile outcome as a run with `--show-secrets` makes it: the excerpts hold the values too.
pub(super) fn asked() -> Outcome {
    let mut all = hostile();
    all.show_secrets = true;
    for (n, finding) in all.verdict.shown.iter_mut().enumerate() {
        for place in &mut finding.places {
            place.excerpt = plain_excerpt(&format!("const token = \"{}\"; // pay", value(n)));
        }
    }
    all
}

/// Rows as `check` makes them.
pub(super) fn launch() -> Vec<LaunchRow> {
    let row =
        |title: &str, state, detail: &str| LaunchRow { title: title.into(), state, detail: detail.into() };
    vec![
        row("Secrets in code and history", LaunchState::FixFirst, "3 findings in 1,204 files"),
        row("Logs", LaunchState::NotChecked, "no log files here\nlook at the sinks"),
    ]
}

/// An excerpt that shows `text` and marks nothing.
pub(super) fn plain_excerpt(text: &str) -> Excerpt {
    Excerpt { text: text.to_owned(), mark: 0..0 }
}

/// The report as text, without colour.
pub(super) fn rendered(format: Format, outcome: &Outcome) -> String {
    let options = Options { color: false, quiet: false, terminal_width: 120, now: 0 };
    let mut out = Vec::new();
    write(format, outcome, &options, &mut out).expect("a Vec can be written to");
    String::from_utf8(out).expect("reports are UTF-8")
}

/// A pipe nobody reads.
pub(super) struct Broken;

impl io::Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
