//! Whether a value is a part of a longer encoded text, such as an image in base64, where the shape of a token
//! comes about by chance: `+` and `/` end a word there, and a prefix of four letters stands in a few megabytes.

use super::Range2;

/// How far on either side of a value is looked.
pub(super) const REACH: usize = 64;
/// Digits of base64 on both sides together that make it one.
const ENOUGH: usize = 48;
/// How many of them are capitals, small letters and numbers at least: a path has words, not all of these.
const OF_EACH: usize = 5;

/// Whether `value` goes on in digits of base64 on at least one side, over line breaks too; `seen` is what may be looked at.
pub(super) fn is_in_base64(bytes: &[u8], value: Range2, seen: Range2) -> bool {
    let before = &bytes[value.start.saturating_sub(REACH).max(seen.start).min(value.start)..value.start];
    let after = &bytes[value.end..(value.end + REACH).min(seen.end).min(bytes.len()).max(value.end)];
    let is_joined = |byte: Option<&u8>| byte.is_some_and(|byte| is_digit(*byte));
    if !is_joined(before.last()) && !is_joined(after.first()) {
        return false;
    }
    let beside: Vec<u8> = digits(before.iter().rev()).chain(digits(after.iter())).collect();
    let count = |is: fn(&u8) -> bool| beside.iter().filter(|byte| is(byte)).count();
    beside.len() >= ENOUGH
        && [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit]
            .iter()
            .all(|is| count(*is) >= OF_EACH)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// The digits that a text begins with, over line breaks.
fn digits<'b>(text: impl Iterator<Item = &'b u8>) -> impl Iterator<Item = u8> {
    text.copied().filter(|byte| !b"\r\n".contains(byte)).take_while(|byte| is_digit(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(before: &str, after: &str) -> bool {
        let value = "x".repeat(40);
        let text = format!("{before}{value}{after}");
        let range = |start, end| Range2 { start, end };
        is_in_base64(text.as_bytes(), range(before.len(), before.len() + 40), range(0, text.len()))
    }

    #[test]
    fn a_value_in_a_long_encoded_text_is_told_from_one_that_stands_alone() {
        let noise = "iVBORw0KGgoAAAANSUhEUgAA7b9cQ3xZ2mLk5TfW8yEoPj1HsRd4Nv";
        assert!(is_in(&format!("{noise}/"), "") && is_in("", &format!("+{noise}")));
        assert!(is_in(&format!("{noise}\n"), &format!("/{noise}")));
        assert!(!is_in("token = ", "\n") && !is_in(&format!("{noise}\n"), &format!("\n{noise}\n")));
        assert!(!is_in("https://example.org/some/path/that/goes/on/and/on/for/ever/and/ever/", "/more"));
    }
}
