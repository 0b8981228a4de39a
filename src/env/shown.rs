//! Files as findings show them: where their lines are, and what of these must not be seen.
//!
//! A value is masked if it is a secret or may be one. Only lines that are shown need it, so the text round these is
//! searched, and a file as a whole only where more of it may tell what a line holds.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::checks::Problem;
use super::class::Known;
use super::model::{File, Format, Project};
use crate::detect::Detector;
use crate::finding::{LineIndex, Mask, Place, Provenance, excerpt};

/// A file of which lines are shown.
pub(super) struct View<'p> {
    file: &'p File,
    lines: LineIndex<'p>,
    masks: Vec<Mask>,
}

/// What is shown of a file: places, and which of them hold a secret.
#[derive(Default)]
struct Wanted {
    places: Vec<Range<usize>>,
    secrets: Vec<Range<usize>>,
}

/// The files that these problems show something of, by index.
pub(super) fn views<'p>(
    project: &'p Project,
    detector: &Detector,
    problems: &[Problem],
) -> HashMap<usize, View<'p>> {
    let mut wanted: HashMap<usize, Wanted> = HashMap::new();
    for problem in problems {
        let own = wanted.entry(problem.file).or_default();
        own.places.push(problem.span.clone());
        own.secrets.extend(problem.secret.is_some().then(|| problem.span.clone()));
        for (file, span) in &problem.related {
            wanted.entry(*file).or_default().places.push(span.clone());
        }
    }
    let view = |(index, wanted)| (index, View::new(project, detector, (index, wanted)));
    wanted.into_par_iter().map(view).collect()
}

impl<'p> View<'p> {
    fn new(project: &'p Project, detector: &Detector, (index, wanted): (usize, Wanted)) -> Self {
        let file = &project.files[index];
        let mut spans = wanted.secrets;
        if file.format == Format::Opaque {
            spans.push(0..file.text.len());
        } else {
            let lines = lines(&file.text, wanted.places, 2 * detector.reach());
            spans.extend(secrets(file, detector, &lines, project.hidden[index].is_local));
            spans.extend(project.hidden[index].spans.iter().cloned());
        }
        let masks = masks(spans, file.text.len());
        Self { file, lines: LineIndex::new(file.text.as_bytes(), 1, 0, 1), masks }
    }

    /// The place of some bytes, and the line they stand in.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let len = self.file.text.len();
        let span = span.start.min(len)..span.end.min(len).max(span.start.min(len));
        let provenance = Provenance::File(self.file.shown.as_str().into());
        Place {
            excerpt: excerpt(self.file.text.as_bytes(), &span, &self.masks),
            ..Place::new(provenance, self.lines.span(span.clone()))
        }
    }
}

/// The whole lines that these places stand in, in order; what is at most `gap` bytes apart is one.
fn lines(text: &str, mut places: Vec<Range<usize>>, gap: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    places.sort_by_key(|place| (place.start, place.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for Range { start, end } in places {
        let (start, end) = (start.min(bytes.len()), end.max(start).min(bytes.len()));
        if let Some(last) = out.last_mut().filter(|last| end <= last.end) {
            debug_assert!(last.start <= start, "they are sorted");
            continue;
        }
        let from = memchr::memrchr(b'\n', &bytes[..start]).map_or(0, |at| at + 1);
        let to = memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |at| end + at);
        match out.last_mut() {
            Some(last) if from <= last.end + gap => last.end = to,
            _ => out.push(from..to),
        }
    }
    out
}

/// Where secrets stand on these lines, or what may be one.
fn secrets(file: &File, detector: &Detector, lines: &[Range<usize>], is_local: bool) -> Vec<Range<usize>> {
    let near = |line: &Range<usize>| detector.values_near(file.text.as_bytes(), line.clone());
    let near: Option<Vec<_>> = is_local.then(|| lines.iter().map(near).collect()).flatten();
    match near {
        Some(near) => near.concat(),
        None => Known::new(detector, &file.text, &file.path).spans().collect(),
    }
}

/// Masks over these spans, which may overlap.
fn masks(mut spans: Vec<Range<usize>>, len: usize) -> Vec<Mask> {
    spans.retain(|span| span.start < span.end && span.end <= len);
    spans.sort_by_key(|span| (span.start, span.end));
    let mut masks: Vec<Mask> = Vec::new();
    for span in spans {
        match masks.last_mut() {
            Some(last) if span.start < last.range.end => last.range.end = last.range.end.max(span.end),
            _ => masks.push(Mask { range: span, shown: "[redacted]".into() }),
        }
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Random, builtin, filler};

    #[test]
    fn lines_that_are_searched_alone_hide_what_the_whole_file_hides() {
        let detector = Detector::new(builtin());
        let mut random = Random::of("lines");
        let mut value = |kind: &str| filler(kind, &mut random).expect("a filler");
        let mut text = String::new();
        for part in 0..40 {
            let (one, two) = (value("alnum:24"), value("hex:40"));
            text +=
                &format!("# the old password: {one}\nPART_{part}_TITLE=a b c\nAPI_TOKEN_{part}=\"{two}\"\n");
        }
        let known = Known::formats(&detector, &text, ".env");
        assert!(known.is_local, "nothing in it is read from far away");
        let whole: Vec<_> = Known::new(&detector, &text, ".env").spans().collect();
        assert!(whole.len() >= 80);
        for line in lines(&text, text.match_indices('\n').map(|(at, _)| at..at).collect(), 0) {
            let near = detector.values_near(text.as_bytes(), line.clone()).expect("it is told here");
            for span in whole.iter().filter(|span| span.start < line.end && line.start < span.end) {
                assert!(near.contains(span), "{span:?} of {line:?}");
            }
        }
    }

    #[test]
    fn places_on_one_line_are_looked_up_once() {
        let text = "ab cd\nef\n\ngh\n";
        assert_eq!(lines(text, vec![3..5, 0..1, 7..8], 0), [0..5, 6..8]);
        assert_eq!(lines(text, vec![0..1, 11..12], 20).first(), Some(&(0..12)));
    }
}
