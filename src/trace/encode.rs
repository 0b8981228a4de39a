//! A value in every encoding in which it may be written.
//!
//! Each encoding gives one or more texts, since programs that write it differ in what they escape. Of
//! base64 only the characters that the value alone decides are kept, so that it is found at any alignment.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// How a value is written at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// As it is.
    Raw,
    /// Base64, standard or for URLs, at any of the three alignments.
    Base64,
    /// Hex digits.
    Hex,
    /// `%2F`, as in URLs and forms.
    Percent,
    /// Escaped for a JSON string.
    Json,
    /// Escaped for a string of JavaScript.
    Js,
    /// With HTML's character references.
    Html,
    /// Escaped for a shell.
    Shell,
    /// Two bytes a character, low byte first.
    Utf16Le,
    /// Two bytes a character, high byte first.
    Utf16Be,
    /// Backwards.
    Reversed,
}

impl Encoding {
    /// As reports name it; nothing for the value as it is.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Percent => "percent-encoded",
            Self::Json => "JSON-escaped",
            Self::Js => "JS-escaped",
            Self::Html => "HTML-escaped",
            Self::Shell => "shell-escaped",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Reversed => "reversed",
        }
    }
}

/// Every way to write the value; no two texts are equal, and the simplest encoding comes first.
pub(super) fn all(value: &[u8]) -> Vec<(Encoding, Vec<u8>)> {
    written(value, std::str::from_utf8(value).is_ok_and(is_plain))
}

/// The same; of a `plain` value only what escapes all of it, for the rest leaves it as it is.
fn written(value: &[u8], plain: bool) -> Vec<(Encoding, Vec<u8>)> {
    let mut out: Vec<(Encoding, Vec<u8>)> = vec![(Encoding::Raw, value.to_vec())];
    if let Ok(text) = std::str::from_utf8(value) {
        let escaped = [
            (Encoding::Percent, percent(value, plain)),
            (Encoding::Json, json(text, plain)),
            (Encoding::Js, js(text, plain)),
            (Encoding::Html, html(text, plain)),
            (Encoding::Shell, shell(text, plain)),
        ];
        for (encoding, texts) in escaped {
            out.extend(texts.into_iter().map(|text| (encoding, text.into_bytes())));
        }
        out.push((Encoding::Utf16Le, text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        out.push((Encoding::Utf16Be, text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
        out.push((Encoding::Reversed, text.chars().rev().collect::<String>().into_bytes()));
    }
    out.extend(base64(value).into_iter().map(|text| (Encoding::Base64, text)));
    for digits in [hex(value, false), hex(value, true)] {
        out.push((Encoding::Hex, digits.into_bytes()));
    }
    let mut kept: Vec<(Encoding, Vec<u8>)> = Vec::with_capacity(out.len());
    for (encoding, text) in out {
        if kept.iter().all(|(_, known)| *known != text) {
            kept.push((encoding, text));
        }
    }
    kept
}

fn base64(value: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for before in 0..3 {
        let padded: Vec<u8> = vec![0; before].into_iter().chain(value.iter().copied()).collect();
        let own = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
        out.push(STANDARD_NO_PAD.encode(&padded).as_bytes()[own.clone()].to_vec());
        out.push(URL_SAFE_NO_PAD.encode(&padded).as_bytes()[own].to_vec());
    }
    out
}

fn hex(value: &[u8], upper: bool) -> String {
    let mut out = String::with_capacity(value.len() * 2);
    value.iter().for_each(|byte| push_hex(*byte, upper, &mut out));
    out
}

/// Whether no encoder escapes any of it, but those that escape all.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What URI and form encoders leave as it is differs: these are RFC 3986, encodeURIComponent, encodeURI,
/// forms, and all bytes.
fn percent(value: &[u8], plain: bool) -> Vec<String> {
    let sets: [&[u8]; 6] = [b"-._~", b"-._~!'()*", b"-._~!'()*;,/?:@&=+$#", b"-._*", b"-._~/", b""];
    let mut out = Vec::new();
    for upper in [true, false] {
        let digits = hex(value, upper);
        let escaped = |keep: &dyn Fn(u8) -> Option<char>| {
            let mut text = String::with_capacity(value.len() * 3);
            for (at, &byte) in value.iter().enumerate() {
                match keep(byte) {
                    Some(kept) => text.push(kept),
                    None => {
                        text.push('%');
                        text.push_str(&digits[at * 2..at * 2 + 2]);
                    }
                }
            }
            text
        };
        for (at, set) in sets.iter().enumerate().filter(|_| !plain) {
            let is_form = at == 3;
            out.push(escaped(&|byte| match byte {
                b' ' if is_form => Some('+'),
                byte => (byte.is_ascii_alphanumeric() || set.contains(&byte)).then(|| char::from(byte)),
            }));
        }
        out.push(escaped(&|_| None));
    }
    out
}

/// Replaces characters as `escape` says.
fn escaped(text: &str, escape: impl Fn(char) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match escape(c) {
            Some(instead) => out.push_str(&instead),
            None => out.push(c),
        }
    }
    out
}

/// All characters as `write` says.
fn rewritten(text: &str, write: impl Fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len() * 6);
    text.chars().for_each(|c| write(c, &mut out));
    out
}

/// `\u` escapes of a character, two of them outside the basic plane.
fn unicode(c: char, upper: bool) -> String {
    let mut out = String::new();
    push_unicode(c, upper, &mut out);
    out
}

fn push_unicode(c: char, upper: bool, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.push_str("\\u");
        unit.to_be_bytes().into_iter().for_each(|byte| push_hex(byte, upper, out));
    }
}

fn push_hex(byte: u8, upper: bool, out: &mut String) {
    let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    out.push(char::from(digits[usize::from(byte >> 4)]));
    out.push(char::from(digits[usize::from(byte & 15)]));
}

/// What every encoder of JSON escapes.
fn json_must(c: char) -> Option<String> {
    match c {
        '"' => Some("\\\"".into()),
        '\\' => Some("\\\\".into()),
        '\n' => Some("\\n".into()),
        '\r' => Some("\\r".into()),
        '\t' => Some("\\t".into()),
        '\u{8}' => Some("\\b".into()),
        '\u{c}' => Some("\\f".into()),
        c if c < ' ' => Some(unicode(c, false)),
        _ => None,
    }
}

/// Encoders differ in `/`, in what HTML gives a meaning, and in what is not ASCII.
fn json(text: &str, plain: bool) -> Vec<String> {
    if plain {
        return [false, true].map(|upper| rewritten(text, |c, out| push_unicode(c, upper, out))).into();
    }
    let mut out = vec![escaped(text, json_must)];
    for upper in [false, true] {
        let html = |c: char| "<>&'+".contains(c).then(|| unicode(c, upper));
        let foreign = |c: char| (!c.is_ascii()).then(|| unicode(c, upper));
        let slash = |c: char| (c == '/').then(|| "\\/".to_owned());
        out.push(escaped(text, |c| json_must(c).or_else(|| "<>&".contains(c).then(|| unicode(c, upper)))));
        out.push(escaped(text, |c| json_must(c).or_else(|| html(c))));
        out.push(escaped(text, |c| json_must(c).or_else(|| foreign(c))));
        out.push(escaped(text, |c| json_must(c).or_else(|| foreign(c)).or_else(|| html(c))));
        out.push(escaped(text, |c| json_must(c).or_else(|| foreign(c)).or_else(|| slash(c))));
        out.push(rewritten(text, |c, out| push_unicode(c, upper, out)));
    }
    out.push(escaped(text, |c| json_must(c).or_else(|| (c == '/').then(|| "\\/".to_owned()))));
    // JSON within a string of JSON.
    let once = escaped(text, json_must);
    out.push(escaped(&once, json_must));
    out
}

/// Each kind of quote, and `\x` for all that is no letter or digit.
fn js(text: &str, plain: bool) -> Vec<String> {
    let basic = |c: char| match c {
        '"' => None,
        c => json_must(c),
    };
    let quoted = |quote: char| move |c: char| basic(c).or_else(|| (c == quote).then(|| format!("\\{c}")));
    let mut out = Vec::new();
    if !plain {
        out.extend(['\'', '"', '`'].map(|quote| escaped(text, quoted(quote))));
        out.push(escaped(text, quoted('`')).replace("${", "\\${"));
        out.push(escaped(text, |c| basic(c).or_else(|| "'\"".contains(c).then(|| format!("\\{c}")))));
    }
    for upper in [false, true] {
        let hexed = |c: char| {
            let mut bytes = [0; 4];
            hex(c.encode_utf8(&mut bytes).as_bytes(), upper)
        };
        let mark = |c: char| (c.is_ascii() && !c.is_ascii_alphanumeric()).then(|| format!("\\x{}", hexed(c)));
        out.push(escaped(text, |c| mark(c).or_else(|| (!c.is_ascii()).then(|| unicode(c, upper)))));
        out.push(rewritten(text, |c, out| match u8::try_from(c) {
            Ok(byte) if c.is_ascii() => {
                out.push_str("\\x");
                push_hex(byte, upper, out);
            }
            _ => push_unicode(c, upper, out),
        }));
    }
    out
}

/// The references that encoders write for the five characters that must be escaped, and for some more.
fn html(text: &str, plain: bool) -> Vec<String> {
    let quotes = ["&quot;", "&#34;", "&#x22;"];
    let singles = ["'", "&#39;", "&#x27;", "&#039;", "&apos;"];
    let mut out = Vec::new();
    let must = |c: char| match c {
        '&' => Some("&amp;".to_owned()),
        '<' => Some("&lt;".into()),
        '>' => Some("&gt;".into()),
        _ => None,
    };
    for single in singles.iter().filter(|_| !plain) {
        for quote in quotes {
            let one = |c: char| match c {
                '"' => Some(quote.to_owned()),
                '\'' => Some((*single).to_owned()),
                c => must(c),
            };
            out.push(escaped(text, one));
            let more = |c: char| "/`=+".contains(c).then(|| format!("&#x{:X};", u32::from(c)));
            out.push(escaped(text, |c| one(c).or_else(|| more(c))));
        }
    }
    if !plain {
        out.push(escaped(text, must));
    }
    let references: [fn(char, &mut String); 3] = [
        |c, out| push_reference(format_args!("&#{};", u32::from(c)), out),
        |c, out| push_reference(format_args!("&#x{:x};", u32::from(c)), out),
        |c, out| push_reference(format_args!("&#x{:X};", u32::from(c)), out),
    ];
    out.extend(references.map(|write| rewritten(text, write)));
    out
}

fn push_reference(text: std::fmt::Arguments<'_>, out: &mut String) {
    std::fmt::Write::write_fmt(out, text).expect("a String takes all that is written to it");
}

/// Within single quotes, within double quotes, and with backslashes.
fn shell(text: &str, plain: bool) -> Vec<String> {
    if plain {
        return Vec::new();
    }
    let before = |marks: &'static str| move |c: char| marks.contains(c).then(|| format!("\\{c}"));
    let plain = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "@%+=:,./_-".contains(c);
    vec![
        text.replace('\'', "'\\''"),
        text.replace('\'', "'\"'\"'"),
        escaped(text, before("\\\"$`")),
        escaped(text, before("\\\"$`!")),
        escaped(text, before("\\'")),
        escaped(text, |c| (!plain(c)).then(|| format!("\\{c}"))),
        escaped(text, |c| (!plain(c) || "=:,%@+".contains(c)).then(|| format!("\\{c}"))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_encoder_escapes_is_written_in_the_same_ways_without_asking_each() {
        for value in ["x7Kq92mT", "0123456789abcdefABCDEF", "a"] {
            assert_eq!(written(value.as_bytes(), true), written(value.as_bytes(), false), "{value}");
        }
        assert!(!is_plain("a-b") && !is_plain("ä"));
    }
}
