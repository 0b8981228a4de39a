//! One finding as a compiler would show it: the redacted line, then facts and what to do.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Element, Level, Renderer, Snippet};
use anstyle::AnsiColor;

use super::super::{Options, safe, words};
use super::paint;
use crate::finding::{Excerpt, Exposure, Finding, Place, Severity, Span};

/// Other places that are listed; the rest is counted.
const PLACES: usize = 5;

/// The frame of one finding, without a line end at its end.
///
/// In an audit every place is told, whether the value is in use, and each step has a box to tick.
pub(super) fn render(finding: &Finding, show_secrets: bool, audit: bool, options: &Options) -> String {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(options.terminal_width);
    let title = level(finding.severity).primary_title(finding.rule.title).id(finding.rule.id);
    let place = finding.places.first();
    let group = title.elements(place.map(snippet)).elements(
        facts(finding, show_secrets, audit)
            .into_iter()
            .map(|(name, fact)| Element::from(Level::NOTE.with_name(name).message(fact))),
    );
    let frame = renderer.render(&[group]);
    match (place, frame.split_once('\n')) {
        (Some(place), Some((title, rest))) => format!("{title}\n{}\n{rest}", origin(place, options)),
        _ => frame,
    }
}

/// What became known of a finding that was shown before.
pub(super) fn more(finding: &Finding) -> String {
    let (severity, rule, fp) = (finding.severity.name(), finding.rule.id, finding.identity.short());
    let also = other_places(finding, PLACES)
        .map(|text| format!(", also at {}", text.replace('\n', ", ")))
        .unwrap_or_default();
    format!("more of {severity}[{rule}] fp {fp}: confidence {}{also}\n", finding.confidence.name())
}

fn level(severity: Severity) -> Level<'static> {
    let level = match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low | Severity::Info => Level::INFO,
    };
    level.with_name(severity.name())
}

/// The line round the value.
fn snippet(place: &Place) -> Snippet<'static, Annotation<'static>> {
    let (before, mark, after) = split(&place.excerpt);
    let span = before.len()..before.len() + mark.len();
    Snippet::source(before + &mark + &after)
        .line_start(usize::try_from(place.span.line).unwrap_or(usize::MAX))
        .annotation(AnnotationKind::Primary.span(span))
}

/// Where it is. The renderer would count the column in the excerpt, which may begin within the line.
fn origin(place: &Place, options: &Options) -> String {
    let Span { line, column, .. } = place.span;
    let indent = " ".repeat(line.to_string().len());
    let arrow = paint("-->", AnsiColor::BrightBlue.on_default().bold(), options);
    format!(
        "{indent}{arrow} {}:{line}:{column}{}",
        safe::terminal(&words::path(place)),
        safe::terminal(&words::from(place))
    )
}

/// The excerpt's text before, at and after the mark.
fn split(excerpt: &Excerpt) -> (String, String, String) {
    let part = |range: std::ops::Range<usize>| excerpt.text.get(range).map(safe::terminal);
    let mark = &excerpt.mark;
    match (part(0..mark.start), part(mark.clone()), part(mark.end..excerpt.text.len())) {
        (Some(before), Some(mark), Some(after)) => (before, mark, after),
        _ => (safe::terminal(&excerpt.text), String::new(), String::new()),
    }
}

/// Names and texts of the lines below the source.
fn facts(finding: &Finding, show_secrets: bool, audit: bool) -> Vec<(&'static str, String)> {
    let mut facts = vec![("secret", safe::terminal(&finding.masked))];
    if show_secrets {
        facts.push(("value", value(finding)));
    }
    let mut sure = finding.confidence.name().to_owned();
    if !finding.reasons.is_empty() {
        sure += &format!(" ({})", safe::terminal(&finding.reasons.join("; ")));
    }
    facts.push(("confidence", sure));
    if !finding.decoded_by.is_empty() {
        facts.push(("decoded from", safe::terminal(&finding.decoded_by.join(", then "))));
    }
    facts.extend(history(finding).map(|text| ("commit", text)));
    facts.extend(exposed(finding).map(|text| ("exposed", text)));
    let written = finding.places.first().and_then(|place| place.encoding);
    let layer = finding.places.first().and_then(|place| place.layer);
    facts.extend(layer.map(|layer| ("image", layer.to_string())));
    facts.extend(written.map(|encoding| ("written", encoding.to_owned())));
    facts.extend(audit.then(|| ("in use", words::in_use(finding))));
    let places = if audit { usize::MAX } else { PLACES };
    facts.extend(other_places(finding, places).map(|text| ("also at", text)));
    facts.push(("risk", finding.rule.risk.to_owned()));
    facts.extend(to_do(finding, audit).map(|text| ("to do", text)));
    facts
}

/// The value, a line of it a line.
fn value(finding: &Finding) -> String {
    let text = String::from_utf8_lossy(finding.secret.expose());
    text.lines().map(safe::terminal).collect::<Vec<_>>().join("\n")
}

/// Who brought it in and whether it is still there; `None` where no history tells.
fn history(finding: &Finding) -> Option<String> {
    let place = finding.places.first();
    let introduced = finding.exposure.as_ref().map_or(&[][..], |exposure| &exposure.introduced);
    let first = introduced.first().or(place.and_then(|place| place.commit.as_ref()))?;
    let mut text = words::commit(&first.id, first.author_time);
    if introduced.len() > 1 {
        text += &format!(" and {} more", words::number(introduced.len() as u64 - 1));
    }
    match &finding.exposure {
        Some(exposure) => text += &whereabouts(exposure),
        None => text += &head_of(place?),
    }
    Some(text)
}

/// Whether HEAD holds it, who took it out, and whether anything leads to it.
fn whereabouts(exposure: &Exposure) -> String {
    let mut text = format!(", {}", words::at_head(exposure.at_head));
    if let Some(last) = exposure.removed.last().filter(|_| !exposure.at_head) {
        text += &format!(", removed in {}", words::commit(&last.id, last.author_time));
    }
    if !exposure.reachable {
        text += ", in no branch or tag";
    }
    text
}

/// For how long, and which branches and tags hold it.
fn exposed(finding: &Finding) -> Option<String> {
    let exposure = finding.exposure.as_ref().filter(|exposure| exposure.reachable)?;
    let mut lines = Vec::new();
    if let Some(days) = exposure.days_reachable {
        let at_head = exposure.days_at_head.map(|at_head| match at_head == days {
            true => ", all of them at HEAD".to_owned(),
            false => format!(", {} of them at HEAD", words::number(at_head)),
        });
        let refs = words::count(exposure.refs_leading, "reference");
        let verb = if exposure.refs_leading == 1 { "leads" } else { "lead" };
        lines.push(format!(
            "{}{}; {refs} {verb} to it",
            words::count(days, "day"),
            at_head.unwrap_or_default()
        ));
    }
    for (noun, names) in [("held by branch", &exposure.branches), ("held by tag", &exposure.tags)] {
        lines.extend(listed(noun, names));
    }
    if let Some(first) = &exposure.first_release {
        let day = words::day(first.time).map(|day| format!(" of {day}")).unwrap_or_default();
        lines.push(format!("first release: {}{day}", safe::terminal(&first.tag)));
    }
    Some(lines.join("\n")).filter(|text| !text.is_empty())
}

/// The first few names; the rest is counted.
fn listed(noun: &str, names: &[String]) -> Option<String> {
    let shown: Vec<String> = names.iter().take(PLACES).map(|name| safe::terminal(name)).collect();
    let more = names.len().saturating_sub(PLACES) as u64;
    let more = if more > 0 { format!(" and {} more", words::number(more)) } else { String::new() };
    (!names.is_empty()).then(|| format!("{noun} {}{more}", shown.join(", ")))
}

fn head_of(place: &Place) -> String {
    place.at_head.map(|yes| format!(", {}", words::at_head(yes))).unwrap_or_default()
}

fn other_places(finding: &Finding, most: usize) -> Option<String> {
    let others = finding.places.get(1..).filter(|others| !others.is_empty())?;
    let mut lines: Vec<String> = others.iter().take(most).map(place_line).collect();
    if others.len() > most {
        lines.push(format!("and {} more", words::number((others.len() - most) as u64)));
    }
    Some(lines.join("\n"))
}

fn place_line(place: &Place) -> String {
    let path = safe::terminal(&words::path(place));
    let from = safe::terminal(&words::from(place));
    let mut line = format!("{path}:{}:{}{from}", place.span.line, place.span.column);
    if let Some(part) = place.part {
        line += &format!(" ({part})");
    }
    if let Some(layer) = place.layer {
        line += &format!(" ({layer})");
    }
    if let Some(encoding) = place.encoding {
        line += &format!(" ({encoding})");
    }
    if let Some(commit) = &place.commit {
        line += &format!(" (commit {}{})", words::commit(&commit.id, commit.author_time), head_of(place));
    }
    line
}

/// Where to rotate, and the steps.
fn to_do(finding: &Finding, audit: bool) -> Option<String> {
    let tick = if audit { "[ ] " } else { "" };
    let console = Some(finding.rule.rotate_console.to_owned()).filter(|url| !url.is_empty());
    let steps = finding.rule.rotate_steps.iter().zip(1..).map(|(step, n)| format!("{tick}{n}. {step}"));
    let lines: Vec<String> = console.into_iter().chain(steps).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{blob, commit, file, finding, hostile, place, plain_excerpt, value};
    use super::*;
    use crate::finding::Exposure;

    fn frame(finding: &Finding, show_secrets: bool) -> String {
        render(
            finding,
            show_secrets,
            false,
            &Options { color: false, quiet: false, terminal_width: 120, now: 0 },
        )
    }

    #[test]
    fn the_value_has_a_line_of_its_own_only_when_asked_for() {
        let one = finding(0, vec![place(file(b"a"), 0, 1)]);
        assert!(!frame(&one, false).contains("value:"));
        assert!(frame(&one, true).contains(&format!("= value: {}\n", value(0))));
    }

    #[test]
    fn a_place_in_the_history_says_which_commit_and_whether_it_is_gone() {
        let shown = frame(&finding(1, vec![place(blob(b"old.env"), 1, 3)]), false);
        assert!(shown.contains("--> old.env:3:16\n"), "{shown}");
        assert!(shown.contains("= commit: 030303030303 of 2026-01-05, no longer at HEAD\n"), "{shown}");

        let mut both = finding(1, vec![place(file(b"a"), 1, 1), place(blob(b"old.env"), 1, 3)]);
        let introduced = vec![commit(1), commit(2)];
        both.exposure = Some(Exposure { introduced, at_head: true, ..Exposure::default() });
        let shown = frame(&both, false);
        let line = "= commit: 010101010101 of 2026-01-03 and 1 more, still at HEAD, in no branch or tag\n";
        assert!(shown.contains(line), "{shown}");
        let other = "= also at: old.env:3:16 (commit 030303030303 of 2026-01-05, no longer at HEAD)\n";
        assert!(shown.contains(other), "{shown}");
    }

    #[test]
    fn five_other_places_are_listed_and_the_rest_is_counted() {
        let shown = frame(&hostile().verdict.shown[0], false);
        assert!(shown.contains("and 5 more\n"), "{shown}");
        assert!(shown.contains("= decoded from: base64\n"), "{shown}");
    }

    #[test]
    fn an_excerpt_without_a_mark_is_shown_all_the_same() {
        let mut odd = place(file(b"a"), 0, 1);
        odd.excerpt = plain_excerpt("ü = [redacted]");
        odd.excerpt.mark = 1..90;
        let shown = frame(&finding(0, vec![odd]), false);
        assert!(shown.contains("1 | ü = [redacted]\n"), "{shown}");
        assert!(frame(&finding(0, Vec::new()), false).starts_with("critical[github-pat]"));
    }
}
