//! The line round a finding, with every secret in it replaced. Clipped, so that a minified line is short.

use std::ops::Range;

use super::Secret;

/// Bytes shown before and after the finding's value on its line.
const CONTEXT: usize = 60;

/// A part of the text that must not be shown, and what stands there instead.
#[derive(Debug, Clone)]
pub struct Mask {
    /// Byte range in the text.
    pub range: Range<usize>,
    /// What is shown.
    pub shown: String,
}

/// One line of text that is safe to print.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The text: no control characters, no secrets.
    pub text: String,
    /// Byte range of the finding's mask in `text`.
    pub mark: Range<usize>,
}

/// Cuts the excerpt for the finding at `range` out of `text`; `masks` cover every candidate, sorted.
///
/// Of a value over several lines, the first line is shown.
#[must_use]
pub fn excerpt(text: &[u8], range: &Range<usize>, masks: &[Mask]) -> Excerpt {
    let line_start = memchr::memrchr(b'\n', &text[..range.start]).map_or(0, |at| at + 1);
    let line_end = memchr::memchr(b'\n', &text[range.end..]).map_or(text.len(), |at| range.end + at);
    let masks = near(masks, range.start.saturating_sub(CONTEXT)..range.end + CONTEXT);
    let from = outside(masks, line_start.max(range.start.saturating_sub(CONTEXT)), true);
    let to = outside(masks, line_end.min(range.end + CONTEXT), false);
    let mut out = Excerpt::default();
    if from > line_start {
        out.text.push('…');
    }
    let mut at = from;
    for mask in masks.iter().filter(|mask| mask.range.end > from && mask.range.start < to) {
        if mask.range.start < at {
            continue;
        }
        push_clean(&mut out.text, &text[at..mask.range.start]);
        let begin = out.text.len();
        out.text.push_str(&mask.shown);
        if mask.range.start <= range.start && range.end <= mask.range.end {
            out.mark = begin..out.text.len();
        }
        at = mask.range.end;
    }
    push_clean(&mut out.text, &text[at.min(to)..to]);
    if to < line_end {
        out.text.push('…');
    }
    out
}

/// The masks that touch `range`; they are sorted and do not overlap.
fn near(masks: &[Mask], range: Range<usize>) -> &[Mask] {
    let first = masks.partition_point(|mask| mask.range.end < range.start);
    let end = masks.partition_point(|mask| mask.range.start <= range.end);
    &masks[first..end.max(first)]
}

/// Moves a cut out of any mask: to its start or its end.
fn outside(masks: &[Mask], cut: usize, to_start: bool) -> usize {
    masks
        .iter()
        .find(|mask| mask.range.start < cut && cut < mask.range.end)
        .map_or(cut, |mask| if to_start { mask.range.start } else { mask.range.end })
}

/// Appends text with control characters (a terminal would obey them) shown as spaces or `�`.
fn push_clean(out: &mut String, bytes: &[u8]) {
    out.extend(String::from_utf8_lossy(bytes).chars().map(|c| match c {
        '\t' | '\n' => ' ',
        c if c.is_control() || is_bidi_control(c) => '\u{fffd}',
        c => c,
    }));
}

/// Characters that change the direction of text, with which a file can lie about its content.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What may be shown of a value: the rule's fixed prefix and the last 4 characters where enough stays hidden.
///
/// `prefix_len` is the length of the public prefix.
#[must_use]
pub fn partly_shown(secret: &Secret, prefix_len: usize) -> String {
    let value = secret.expose();
    let hidden = value.len().saturating_sub(prefix_len + 4);
    if hidden < 32 || !value.iter().all(u8::is_ascii_graphic) {
        return "[redacted]".into();
    }
    let text = String::from_utf8_lossy(value);
    format!("{}…{}", &text[..prefix_len], &text[text.len() - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(range: Range<usize>) -> Mask {
        Mask { range, shown: "[redacted]".into() }
    }

    #[test]
    fn every_secret_of_the_line_is_replaced_and_the_mark_is_on_its_own() {
        let text = b"first\na = SECRET1; b = SECRET2\nlast";
        let (one, two) = (10..17, 23..30);
        assert_eq!((&text[one.clone()], &text[two.clone()]), (&b"SECRET1"[..], &b"SECRET2"[..]));
        let got = excerpt(text, &two, &[mask(one), mask(two.clone())]);
        assert_eq!(got.text, "a = [redacted]; b = [redacted]");
        assert_eq!(&got.text[got.mark.clone()], "[redacted]");
        assert_eq!(got.mark.start, 20);
    }

    #[test]
    fn a_long_line_is_clipped_and_never_cuts_into_a_secret() {
        let mut text = vec![b'x'; 500];
        text[200..240].fill(b'S');
        text[170..199].fill(b'T');
        let got = excerpt(&text, &(200..240), &[mask(130..199), mask(200..240)]);
        assert!(!got.text.contains('S') && !got.text.contains('T'));
        assert!(got.text.starts_with('…') && got.text.ends_with('…') && got.text.len() < 200);
    }

    #[test]
    fn control_and_direction_characters_do_not_reach_the_terminal() {
        let text = "a\u{1b}[31m\u{202e}b SECRET".as_bytes();
        let at = text.len() - 6;
        let got = excerpt(text, &(at..at + 6), &[mask(at..at + 6)]);
        assert!(!got.text.contains('\u{1b}') && !got.text.contains('\u{202e}'));
    }

    #[test]
    fn a_mask_shows_ends_only_where_enough_stays_hidden() {
        let long = Secret::new(&[b'k'; 44]);
        assert_eq!(partly_shown(&long, 4), "kkkk…kkkk");
        let short = Secret::new(&[b'k'; 24]);
        assert_eq!(partly_shown(&short, 4), "[redacted]");
    }
}
