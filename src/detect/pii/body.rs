//! Passwords in request bodies that a program has written out: a field of JSON, or of a form beside others.
//!
//! Whether the password is a strong one does not matter: people use the same for other things. What is masked is left alone.

use std::ops::Range;

use bstr::ByteSlice;

/// The longest name of a field and the longest password that are believed.
const NAME: usize = 64;
const LONGEST: usize = 256;

/// The password in the field of a body whose name ends at `end`, if it is one.
pub(super) fn password(text: &[u8], end: usize) -> Option<Range<usize>> {
    const ENDS: [&[u8]; 4] = [b"password", b"passwd", b"password_confirmation", b"passwordconfirmation"];
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let ends_with = |name: &&[u8]| {
        let start = end.checked_sub(name.len());
        start.is_some_and(|start| text[start..end].eq_ignore_ascii_case(name))
    };
    ENDS.iter().find(|name| ends_with(name))?;
    let len = text[..end].iter().rev().take(NAME).take_while(is_name).count();
    value(text, end - len..end)
}

/// The value of the field with this name, if it is one of a body and not masked.
fn value(text: &[u8], name: Range<usize>) -> Option<Range<usize>> {
    let value = in_json(text, name.clone()).or_else(|| in_form(text, name))?;
    let shown = &text[value.clone()];
    let is_filler = shown.iter().all(|byte| b"*xX.-_ ".contains(byte)) || shown.starts_with(b"***");
    let is_named = shown.starts_with(b"[") || shown.starts_with(b"<") || shown.starts_with(b"${");
    let words =
        [&b"redacted"[..], b"filtered", b"masked", b"hidden", b"removed", b"null", b"undefined", b"string"];
    let is_word = words.iter().any(|word| shown.eq_ignore_ascii_case(word));
    // `%5BFILTERED%5D`, `%2A%2A%2A`
    let is_encoded = shown.starts_with(b"%5B") || shown.starts_with(b"%2A") || shown.starts_with(b"%3C");
    (!shown.is_empty() && !is_filler && !is_named && !is_word && !is_encoded).then_some(value)
}

/// `"password": "…"`, also within a string of JSON.
fn in_json(text: &[u8], name: Range<usize>) -> Option<Range<usize>> {
    let opens = text[..name.start].ends_with(b"\"");
    let quote: &[u8] = if text[..name.start].ends_with(b"\\\"") { b"\\\"" } else { b"\"" };
    let rest = text[name.end..].strip_prefix(quote).filter(|_| opens)?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(quote)?;
    let start = text.len() - rest.len();
    let len = rest[..rest.len().min(LONGEST + quote.len())].find(quote)?;
    (!rest[..len].contains(&b'\n')).then_some(start..start + len)
}

/// `a=b&password=…`, `password=…&a=b`.
fn in_form(text: &[u8], name: Range<usize>) -> Option<Range<usize>> {
    let start = name.end + 1;
    let is_value = |byte: &&u8| byte.is_ascii_alphanumeric() || b"%+._~*!()-".contains(byte);
    let len = text.get(start..)?.iter().take(LONGEST + 1).take_while(is_value).count();
    let follows = text[..name.start].ends_with(b"&");
    let goes_on = text.get(start + len) == Some(&b'&');
    let is_field = text.get(name.end) == Some(&b'=') && (follows || goes_on) && len <= LONGEST;
    is_field.then_some(start..start + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_bodies_count_and_what_is_masked_or_no_field_does_not() {
        let plain = ["hunt", "er2"].concat();
        let cases = [
            (format!(r#"body={{"user":"kim","password":"{plain}"}}"#), true),
            (format!(r#"{{"m":"{{\"userPassword\": \"{plain}\"}}"}}"#), true),
            (format!("POST /login user=kim&password={plain} 200"), true),
            (format!("passwd={plain}&user=kim"), true),
            (format!("user=kim&password_confirmation={plain}"), true),
            (format!("password={plain} is a setting"), false),
            (format!("the password: {plain}"), false),
            (format!("\"password\":\n {plain}"), false),
            (format!("password_reset_url={plain}&a=b"), false),
            ("user=kim&password=%5BFILTERED%5D".to_owned(), false),
            ("user=kim&password=********&a=b".to_owned(), false),
            ("user=kim&password=&a=b".to_owned(), false),
            (r#"{"password":"[FILTERED]"}"#.to_owned(), false),
            (r#"{"password":"REDACTED"}"#.to_owned(), false),
            (r#"{"password":null,"x":"y"}"#.to_owned(), false),
            (r#"{"password":""#.to_owned(), false),
            ("assw".to_owned(), false),
            ("password".to_owned(), false),
        ];
        for (text, want) in cases {
            let ends = (0..=text.len()).filter_map(|end| password(text.as_bytes(), end));
            let found: Vec<_> = ends.map(|at| &text.as_bytes()[at]).collect();
            assert_eq!(found, if want { vec![plain.as_bytes()] } else { Vec::new() }, "{text}");
        }
    }
}
