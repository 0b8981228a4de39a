//! The report for people: the launch page if there is one, a frame per finding, then the summary.
//!
//! The last line says whether the result may be believed. Nothing is written that a scanned file chose
//! without [`safe::terminal`](super::safe::terminal), and no escape at all where colour is off.

mod audit;
mod frame;
mod lint;
mod summary;

use std::io;

use anstyle::{AnsiColor, Style};

use super::{Options, Report, safe};
use crate::finding::{Finding, LaunchRow, LaunchState, Outcome};

/// The report for people.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// How it looks.
    pub options: Options,
}

impl Report for Text {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        if !outcome.launch.is_empty() {
            out.write_all(launch_page(&outcome.launch, &self.options).as_bytes())?;
            out.write_all(b"\n")?;
        }
        let (linted, secrets): (Vec<&Finding>, Vec<&Finding>) =
            outcome.verdict.shown.iter().partition(|finding| finding.lint.is_some());
        self.write_frames(&secrets, (outcome.show_secrets, outcome.audit.is_some()), out)?;
        let audit = outcome.audit.as_ref().map(audit::render).unwrap_or_default();
        out.write_all(audit.as_bytes())?;
        out.write_all(lint::render(&linted, &self.options).as_bytes())?;
        self.write_end(outcome, out)
    }
}

impl Text {
    /// Findings while more may come.
    pub(super) fn write_findings(
        &self,
        findings: &[&Finding],
        show_secrets: bool,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let (linted, secrets): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().partition(|finding| finding.lint.is_some());
        self.write_frames(&secrets, (show_secrets, false), out)?;
        out.write_all(lint::render(&linted, &self.options).as_bytes())
    }

    /// What became known of findings that were written before: a line each.
    pub(super) fn write_more(&self, findings: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
        let (linted, secrets): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().partition(|finding| finding.lint.is_some());
        for finding in &secrets {
            out.write_all(frame::more(finding).as_bytes())?;
        }
        if !secrets.is_empty() {
            out.write_all(b"\n")?;
        }
        out.write_all(lint::render(&linted, &self.options).as_bytes())
    }

    /// What comes after the findings.
    pub(super) fn write_end(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(summary::render(outcome, &self.options).as_bytes())?;
        out.flush()
    }

    fn write_frames(
        &self,
        secrets: &[&Finding],
        (show_secrets, audit): (bool, bool),
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        for finding in secrets {
            let frame = frame::render(finding, show_secrets, audit, &self.options);
            out.write_all(frame.as_bytes())?;
            out.write_all(b"\n\n")?;
        }
        Ok(())
    }
}

/// A line a row, in columns.
fn launch_page(rows: &[LaunchRow], options: &Options) -> String {
    let titles: Vec<String> = rows.iter().map(|row| safe::terminal(&row.title)).collect();
    let width = titles.iter().map(|title| title.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (row, title) in rows.iter().zip(titles) {
        let state = paint(&format!("{:<11}", row.state.name()), state_style(row.state), options);
        let detail = safe::terminal(&row.detail.replace('\n', "; "));
        out.push_str(format!("{state}  {title:<width$}  {detail}").trim_end());
        out.push('\n');
    }
    out
}

fn state_style(state: LaunchState) -> Style {
    match state {
        LaunchState::FixFirst => AnsiColor::BrightRed.on_default().bold(),
        LaunchState::Defer => AnsiColor::Yellow.on_default().bold(),
        LaunchState::Ok => AnsiColor::Green.on_default().bold(),
        LaunchState::NotChecked => Style::new().bold(),
    }
}

/// The text in this style, if colour is on.
fn paint(text: &str, style: Style, options: &Options) -> String {
    if options.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, file, finding, outcome, place, rendered};
    use super::super::{Format, write};
    use super::*;

    fn text(outcome: &Outcome, quiet: bool, color: bool) -> String {
        let options = Options { color, quiet, terminal_width: 120, now: 0 };
        let mut out = Vec::new();
        write(Format::Text, outcome, &options, &mut out).expect("a Vec can be written to");
        String::from_utf8(out).expect("reports are UTF-8")
    }

    #[test]
    fn a_clean_run_is_three_lines() {
        assert_eq!(
            rendered(Format::Text, &outcome(Vec::new())),
            "findings: none\n\
             scanned: 1,204 files (3.4 MiB)\n\
             complete: everything in scope was scanned\n"
        );
    }

    #[test]
    fn a_finding_reads_from_what_it_is_to_what_to_do() {
        let mut one = finding(0, vec![place(file(b"src/pay.ts"), 0, 12), place(file(b"b.ts"), 0, 7)]);
        let masked = one.masked.clone();
        one.places[1].span.column = 3;
        let shown = rendered(Format::Text, &outcome(vec![one]));
        let want = format!(
            r#"critical[github-pat]: GitHub personal access token
  --> src/pay.ts:12:16
   |
12 | const token = "{masked}"; // pay
   |                {carets}
   |
   = secret: {masked}
   = confidence: high (valid checksum; assigned to a key name)
   = also at: b.ts:7:3
   = risk: Acts as its owner on every repository the owner can reach.
   = to do: https://github.com/settings/tokens
            1. Revoke the token
            2. Read the security log
            3. Issue a new one with the least scopes

findings: 1 (1 critical)
"#,
            carets = "^".repeat(masked.chars().count()),
        );
        assert!(shown.starts_with(&want), "{shown}\nis not\n{want}");
    }

    #[test]
    fn a_clipped_excerpt_still_names_the_true_column() {
        let mut far = place(file(b"min.js"), 0, 1);
        far.span.column = 90_000;
        let shown = rendered(Format::Text, &outcome(vec![finding(0, vec![far])]));
        assert!(shown.contains("--> min.js:1:90000\n"), "{shown}");
    }

    #[test]
    fn an_incomplete_scan_says_so_last_even_when_quiet() {
        let hostile = fixture::hostile();
        for quiet in [false, true] {
            let shown = text(&hostile, quiet, false);
            let last = shown.lines().last().expect("there is a line");
            assert_eq!(last, "INCOMPLETE: 131 things in scope were not scanned");
            assert_eq!(shown.contains("findings: 3"), !quiet);
        }
        assert_eq!(text(&outcome(Vec::new()), true, false), "");
    }

    #[test]
    fn escapes_are_written_only_where_colour_is_on() {
        let mut hostile = fixture::hostile();
        hostile.launch = fixture::launch();
        assert!(text(&hostile, false, true).contains("\u{1b}["));
        let plain = text(&hostile, false, false);
        assert!(!plain.contains('\u{1b}') && !plain.contains('\u{202e}'));
        // With colour, only our own escapes: none of those that the files' names hold.
        let coloured = text(&hostile, false, true);
        assert!(!coloured.contains("\u{1b}[31mred") && !coloured.contains("\u{1b}]0;"));
    }

    #[test]
    fn the_launch_page_comes_first_in_columns() {
        let mut check = outcome(Vec::new());
        check.launch = fixture::launch();
        let shown = rendered(Format::Text, &check);
        assert!(
            shown.starts_with(
                "fix first    Secrets in code and history  3 findings in 1,204 files\n\
                 not checked  Logs                         no log files here; look at the sinks\n\nfindings"
            ),
            "{shown}"
        );
    }
}
