//! Program text with its comments blanked, byte for byte, so that what a comment says is no finding.

/// How a language writes comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `//` and `/* */`.
    Slash,
    /// `#`.
    Hash,
    /// Both (PHP, HCL).
    Both,
    /// `<!-- -->` besides `//` and `/* */` (HTML, Vue).
    Markup,
}

impl Style {
    /// The bytes with which strings and comments begin.
    fn marks(self) -> [bool; 256] {
        let marks: &[u8] = match self {
            Self::Slash => b"\"'`/",
            Self::Hash => b"\"'`#",
            Self::Both => b"\"'`/#",
            Self::Markup => b"/<",
        };
        std::array::from_fn(|byte| marks.contains(&(byte as u8)))
    }
}

/// The text with comments replaced by blanks; positions stay what they are.
#[must_use]
pub fn without_comments(text: &str, ending: &str) -> String {
    let style = match ending {
        "py" | "rb" | "sh" | "bash" | "zsh" | "ex" | "exs" | "conf" | "yml" | "yaml" | "pl" | "ps1" => {
            Style::Hash
        }
        "php" | "tf" | "tfvars" | "hcl" => Style::Both,
        "html" | "vue" | "svelte" | "astro" => Style::Markup,
        _ => Style::Slash,
    };
    let mut out = text.as_bytes().to_vec();
    let may_begin = style.marks();
    let mut at = 0;
    // Most bytes begin neither a string nor a comment.
    while let Some(skipped) = out[at.min(out.len())..].iter().position(|byte| may_begin[usize::from(*byte)]) {
        at += skipped;
        at = match out[at] {
            quote @ (b'"' | b'\'' | b'`') if style != Style::Markup => after_string(&out, at, quote),
            _ => match comment_end(text, at, style) {
                Some(end) => {
                    out[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
                    end
                }
                None => at + 1,
            },
        };
    }
    String::from_utf8(out).expect("only whole characters were replaced")
}

fn comment_end(text: &str, at: usize, style: Style) -> Option<usize> {
    let rest = text.as_bytes().get(at..)?;
    let line_end = || memchr::memchr(b'\n', rest).map_or(text.len(), |n| at + n);
    let until =
        |mark: &str| memchr::memmem::find(rest, mark.as_bytes()).map_or(text.len(), |n| at + n + mark.len());
    let before = at.checked_sub(1).map(|at| text.as_bytes()[at]);
    match rest {
        [b'/', b'*', ..] if style != Style::Hash => Some(until("*/")),
        // Not within a URL that stands bare.
        [b'/', b'/', ..] if style != Style::Hash && before != Some(b':') => Some(line_end()),
        [b'#', ..]
            if matches!(style, Style::Hash | Style::Both)
                && before.is_none_or(|b| b.is_ascii_whitespace()) =>
        {
            Some(line_end())
        }
        [b'<', b'!', b'-', b'-', ..] if style == Style::Markup => Some(until("-->")),
        _ => None,
    }
}

/// One past the closing quote; a quote that its line does not close is no string, except a template's.
fn after_string(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 1,
            b'\n' if quote != b'`' => return at + 1,
            byte if byte == quote => return end + 1,
            _ => {}
        }
        end += 1;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_and_strings_are_not() {
        let cases = [
            ("a // b", "js", "a     "),
            ("\"// no\" /* x\ny */ z", "ts", "\"// no\"     \n     z"),
            ("x = 'a#b' # c", "py", "x = 'a#b'    "),
            ("fetch(`http://a/b`)", "js", "fetch(`http://a/b`)"),
            ("it's // x", "js", "it's     "),
            ("<!-- a --><b>", "html", "          <b>"),
            ("// ü", "js", "     "),
        ];
        for (text, ending, want) in cases {
            assert_eq!(without_comments(text, ending), want, "{text}");
            assert_eq!(without_comments(text, ending).len(), text.len());
        }
    }
}
