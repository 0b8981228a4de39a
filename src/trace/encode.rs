//! A value in every encoding in which it may be written.
//!
//! Each encoding gives one or more texts, since programs that write it differ in what they escape. Of
//! base64 only the characters that the value alone decides are kept, so that it is found at any alignment.

use std::fmt::Write as _;

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
    let mut out: Vec<(Encoding, Vec<u8>)> = vec![(Encoding::Raw, value.to_vec())];
    if let Ok(text) = std::str::from_utf8(value) {
        let escaped = [
            (Encoding::Percent, percent(value)),
            (Encoding::Json, json(text)),
            (Encoding::Js, js(text)),
            (Encoding::Html, html(text)),
            (Encoding::Shell, shell(text)),
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
    let mut seen = std::collections::HashSet::new();
    out.retain(|(_, text)| seen.insert(text.clone()));
    out
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
    value.iter().fold(String::new(), |mut out, byte| {
        let written = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
        written.expect("a String can be written to");
        out
    })
}

/// What URI and form encoders leave as it is differs: these are RFC 3986, encodeURIComponent, encodeURI,
/// forms, and all bytes.
fn percent(value: &[u8]) -> Vec<String> {
    let sets: [&[u8]; 6] = [b"-._~", b"-._~!'()*", b"-._~!'()*;,/?:@&=+$#", b"-._*", b"-._~/", b""];
    let mut out = Vec::new();
    for upper in [true, false] {
        let escape = |byte: u8| format!("%{}", hex(&[byte], upper));
        for (at, set) in sets.iter().enumerate() {
            let kept = |byte: u8| byte.is_ascii_alphanumeric() || set.contains(&byte);
            let is_form = at == 3;
            let one = |&byte: &u8| match byte {
                b' ' if is_form => "+".to_owned(),
                byte if kept(byte) => char::from(byte).to_string(),
                byte => escape(byte),
            };
            out.push(value.iter().map(one).collect());
        }
        out.push(value.iter().map(|&byte| escape(byte)).collect());
    }
    out
}

/// Replaces characters as `escape` says.
fn escaped(text: &str, escape: impl Fn(char) -> Option<String>) -> String {
    text.chars().map(|c| escape(c).unwrap_or_else(|| c.to_string())).collect()
}

/// `\u` escapes of a character, two of them outside the basic plane.
fn unicode(c: char, upper: bool) -> String {
    let mut units = [0; 2];
    let one = |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
    c.encode_utf16(&mut units).iter().map(one).collect()
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
fn json(text: &str) -> Vec<String> {
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
        out.push(escaped(text, |c| Some(unicode(c, upper))));
    }
    out.push(escaped(text, |c| json_must(c).or_else(|| (c == '/').then(|| "\\/".to_owned()))));
    // JSON within a string of JSON.
    let once = escaped(text, json_must);
    out.push(escaped(&once, json_must));
    out
}

/// Each kind of quote, and `\x` for all that is no letter or digit.
fn js(text: &str) -> Vec<String> {
    let basic = |c: char| match c {
        '"' => None,
        c => json_must(c),
    };
    let quoted = |quote: char| move |c: char| basic(c).or_else(|| (c == quote).then(|| format!("\\{c}")));
    let mut out = vec![escaped(text, quoted('\'')), escaped(text, quoted('"')), escaped(text, quoted('`'))];
    out.push(escaped(text, quoted('`')).replace("${", "\\${"));
    out.push(escaped(text, |c| basic(c).or_else(|| "'\"".contains(c).then(|| format!("\\{c}")))));
    for upper in [false, true] {
        let hexed = |c: char| {
            let mut bytes = [0; 4];
            hex(c.encode_utf8(&mut bytes).as_bytes(), upper)
        };
        let mark = |c: char| (c.is_ascii() && !c.is_ascii_alphanumeric()).then(|| format!("\\x{}", hexed(c)));
        out.push(escaped(text, |c| mark(c).or_else(|| (!c.is_ascii()).then(|| unicode(c, upper)))));
        out.push(escaped(text, |c| {
            Some(if c.is_ascii() { format!("\\x{}", hexed(c)) } else { unicode(c, upper) })
        }));
    }
    out
}

/// The references that encoders write for the five characters that must be escaped, and for some more.
fn html(text: &str) -> Vec<String> {
    let quotes = ["&quot;", "&#34;", "&#x22;"];
    let singles = ["'", "&#39;", "&#x27;", "&#039;", "&apos;"];
    let mut out = Vec::new();
    let must = |c: char| match c {
        '&' => Some("&amp;".to_owned()),
        '<' => Some("&lt;".into()),
        '>' => Some("&gt;".into()),
        _ => None,
    };
    for single in singles {
        for quote in quotes {
            let one = |c: char| match c {
                '"' => Some(quote.to_owned()),
                '\'' => Some(single.to_owned()),
                c => must(c),
            };
            out.push(escaped(text, one));
            let more = |c: char| "/`=+".contains(c).then(|| format!("&#x{:X};", u32::from(c)));
            out.push(escaped(text, |c| one(c).or_else(|| more(c))));
        }
    }
    out.push(escaped(text, must));
    out.push(text.chars().map(|c| format!("&#{};", u32::from(c))).collect());
    out.push(text.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect());
    out.push(text.chars().map(|c| format!("&#x{:X};", u32::from(c))).collect());
    out
}

/// Within single quotes, within double quotes, and with backslashes.
fn shell(text: &str) -> Vec<String> {
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
