//! What stands between a name and its value, and where the value opens.

use super::{Range2, blanks, count, is_name, starts};

/// Where a value opens, and what may open there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// A quoted or a bare value.
    Any(usize),
    /// A quoted value only: anything else is code.
    Quoted(usize),
    /// The arguments of a call; quoted ones count.
    Arguments(usize),
    /// The text of an XML element.
    Element(usize),
    /// A bare value that ends at `&`.
    Query(usize),
    /// A bare value in `${NAME:-…}`.
    Default(usize),
}

/// Finds the operator after the name and where the value opens.
pub(super) fn after(text: &[u8], name: Range2) -> Option<Opening> {
    let closed = closers(text, past_dimension(text, name.end));
    let closers = closed - name.end;
    let quoted_flag = closers > 0 && text[name.range()].starts_with(b"--");
    let at = closed + blanks(text, closed);
    let spaced = at > closed;
    let before = match name.start.checked_sub(1).map(|at| text[at]) {
        // The prefix of a namespace: `<app:password>`.
        Some(b':') if is_prefixed_tag(text, name.start - 1) => Some(b'<'),
        before => before,
    };
    let operator = text.get(at).copied()?;
    match operator {
        b'=' if matches!(before, Some(b'?' | b'&' | b';'))
            && closers == 0
            && text.get(at + 1) != Some(&b'=') =>
        {
            Some(Opening::Query(at + 1))
        }
        b':' if text.get(at + 1) == Some(&b'-') && before == Some(b'{') => Some(Opening::Default(at + 2)),
        // `${NAME:?what is said if there is none}`
        b':' | b'?'
            if matches!(text.get(at..), Some([b':', b'?' | b'+', ..] | [b'?', ..]))
                && before == Some(b'{') =>
        {
            None
        }
        // The path of a type or module, such as `Secret::new`.
        b':' if starts(text, at, b"::") && !starts(text, at, b"::=") => None,
        b'=' | b':' => Some(Opening::Any(assigned(text, at, operator))),
        b'!' | b'?' | b'+' if text.get(at + 1) == Some(&b'=') => {
            Some(Opening::Any(at + 2 + count(text, at + 2, |b| b == b'=').min(1)))
        }
        b',' if quoted_flag => member(text, at).or(Some(Opening::Quoted(at + 1))),
        b',' if closers == 0 && is_paired(text, name) => Some(Opening::Quoted(at + 1)),
        b',' if closers > 0 => {
            member(text, at).or_else(|| is_first_argument(text, name).then_some(Opening::Quoted(at + 1)))
        }
        b'(' if at == name.end && returned(text, at).is_some() => returned(text, at).map(Opening::Quoted),
        b'(' if at == name.end && is_setter(&text[name.range()]) => Some(Opening::Arguments(at + 1)),
        b'<' if starts(text, at, b"</") => next_element(text, at),
        b'<' if spaced && starts(text, at, b"<- ") => Some(Opening::Quoted(at + 3)),
        b'>' if closers == 0 && before == Some(b'<') => {
            let is_value = !text[name.range()].eq_ignore_ascii_case(b"key") || is_cdata(text, at + 1);
            is_value.then(|| Opening::Element(at + 1))
        }
        _ if spaced && closers == 0 && before == Some(b'<') => attributes(text, at),
        b'>' if matches!(before, Some(b'"' | b'\'')) => Some(Opening::Element(at + 1)),
        b'|' | b'?' | b')' | b'o' if fallback(text, at).is_some() => fallback(text, at).map(Opening::Quoted),
        _ if spaced && closers == 0 && is_flag(text, name) && operator != b'-' => Some(Opening::Any(at)),
        b'"' | b'\''
            if spaced && closers == 0 && (is_directive(&text[name.range()]) || is_set(text, name)) =>
        {
            Some(Opening::Quoted(at))
        }
        b'B' | b'b' | b'W' | b'w' if spaced && statement(text, at).is_some() => statement(text, at),
        b'A' | b'a' if spaced && typed(text, at).is_some() => typed(text, at).map(Opening::Quoted),
        _ if spaced && closers == 0 && is_setting(text, name, at) => Some(Opening::Any(past_kind(text, at))),
        _ => member(text, closed),
    }
}

/// After an assignment operator such as `=`, `:=`, `=>`, `===`, and after a type: `password: &str = "…"`.
fn assigned(text: &[u8], at: usize, operator: u8) -> usize {
    let mut value = at + count(text, at, |byte| matches!(byte, b':' | b'=' | b'>')).min(3);
    // `**Password:** x`
    value += count(text, value, |byte| byte == b'*').min(2);
    value += blanks(text, value);
    if operator != b':' {
        return value;
    }
    let type_len = count(text, value, |byte| is_name(byte) || b"&<>[]?| ".contains(&byte)).min(40);
    match text.get(value + type_len) {
        Some(b'=') if type_len > 0 => {
            let after = value + type_len + count(text, value + type_len, |byte| byte == b'=').min(2);
            after + blanks(text, after)
        }
        _ => value,
    }
}

/// The end of a key: quotes, brackets, their escapes and entities, emphasis.
fn closers(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < from + 16 {
        at += match text.get(at) {
            Some(b'"' | b'\'' | b'`' | b']' | b'\\' | b'*') => 1,
            Some(b'&') => match super::value::entity(text, at) {
                0 => return at,
                len => len,
            },
            _ => return at,
        };
    }
    at
}

/// Past `[]` or `[32]` after the name of an array.
fn past_dimension(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'[') => {
            let digits = count(text, at + 1, |byte| byte.is_ascii_digit());
            if text.get(at + 1 + digits) == Some(&b']') { at + 2 + digits } else { at }
        }
        _ => at,
    }
}

/// Whether the name is what is compared in a call, or the first of a pair: `strcmp(password, "…")`, `{password, "…"}`.
fn is_paired(text: &[u8], name: Range2) -> bool {
    let before = &text[name.start.saturating_sub(20)..name.start];
    let compares = [&b"cmp("[..], b"equals(", b"Equals(", b"compare_digest("];
    before.ends_with(b"{") || compares.iter().any(|call| before.ends_with(call))
}

/// What a function of this name returns at once: `getPassword() { return "…"`, `def secret():\n return '…'`.
fn returned(text: &[u8], at: usize) -> Option<usize> {
    let inner = count(text, at + 1, |byte| byte != b')' && byte != b'\n').min(16);
    let from = at + 2 + inner;
    let head = text.get(from..text.len().min(from + 44))?;
    let end = memchr::memmem::find(head, b"return ")?;
    let is_head = |byte: &u8| is_name(*byte) || byte.is_ascii_whitespace() || b"{:>*&[]<".contains(byte);
    (text[from - 1] == b')' && head[..end].iter().all(is_head)).then_some(from + end + 7)
}

/// `Dim password As String = "…"`.
fn typed(text: &[u8], at: usize) -> Option<usize> {
    let word = at + 3;
    let operator = word + count(text, word, is_name).min(24);
    let operator = operator + blanks(text, operator);
    (starts(text, at, b"as ") && text.get(operator) == Some(&b'=')).then_some(operator + 1)
}

/// The line up to the name, as far as it is near.
fn line_before(text: &[u8], name: Range2) -> &[u8] {
    let before = &text[name.start.saturating_sub(48)..name.start];
    before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..].trim_ascii_start()
}

/// Whether a shell's command sets a variable of this name: `set -x TOKEN "…"`, `setenv TOKEN …`.
fn is_set(text: &[u8], name: Range2) -> bool {
    let line = line_before(text, name);
    [&b"set -"[..], b"setenv ", b"setx ", b"proxy_set_header ", b"fastcgi_param "]
        .iter()
        .any(|command| line.starts_with(command))
}

/// Whether the line is a setting, its value the last word: `requirepass …`, `bindpw …`, `username bob password 0 …`.
/// In a sentence the last word has no digits.
fn is_setting(text: &[u8], name: Range2, at: usize) -> bool {
    let value = past_kind(text, at);
    let len = count(text, value, |byte| byte.is_ascii_graphic() && !b"\"'`;,(){}<>[]|".contains(&byte));
    let ends = matches!(text.get(value + len + blanks(text, value + len)), None | Some(b'\n' | b'\r'));
    let word = &text[value..value + len];
    let mixed = word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic);
    let line = line_before(text, name);
    let begins = line.is_empty()
        || is_set(text, name)
        || [&b"username "[..], b"enable "].iter().any(|w| line.starts_with(w));
    begins && ends && mixed && len >= 6
}

/// Past the number that says how a router's password is written: `password 0 …`.
fn past_kind(text: &[u8], at: usize) -> usize {
    match text.get(at..at + 2) {
        Some([b'0'..=b'9', b' ']) => at + 2,
        _ => at,
    }
}

/// `|| "…"`, `?? "…"`, `or "…"` after a variable or the call that reads it.
fn fallback(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    if text.get(at) == Some(&b')') {
        at += 1;
        at += blanks(text, at);
    }
    let operator =
        [&b"||="[..], b"||", b"??=", b"??", b"or "].into_iter().find(|word| starts(text, at, word))?;
    Some(at + operator.len())
}

/// `IDENTIFIED BY '…'`, `IDENTIFIED WITH plugin BY '…'`, `PASSWORD BY '…'`.
fn statement(text: &[u8], at: usize) -> Option<Opening> {
    let mut at = at;
    if starts(text, at, b"with ") {
        at += 5;
        at += count(text, at, |byte| is_name(byte) || byte == b'\'');
        at += blanks(text, at);
    }
    starts(text, at, b"by ").then_some(Opening::Quoted(at + 3))
}

/// Whether the quoted name follows a `(`: in a list, what comes after a name is the next name.
fn is_first_argument(text: &[u8], name: Range2) -> bool {
    let before = &text[name.start.saturating_sub(4)..name.start];
    let quoted = |byte: &u8| b"\"'`\\ @b".contains(byte);
    before.iter().rfind(|byte| !quoted(byte)) == Some(&b'(')
}

/// Whether a call of this name takes a credential: `must_pass(…)` does not.
fn is_setter(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    !lower.ends_with(b"pass")
        || [&b"setpass"[..], b"set_pass", b"withpass", b"userpass"].iter().any(|end| lower.ends_with(end))
}

/// The value after an element with its name: `<key>Password</key> <string>…</string>`, as in property lists,
/// and `<param-name>password</param-name> <param-value>…</param-value>`, as in deployment descriptors.
fn next_element(text: &[u8], at: usize) -> Option<Opening> {
    let end = [&b"</key>"[..], b"</name>", b"</param-name>"].into_iter().find(|end| starts(text, at, end))?;
    let at = at + end.len();
    let at = at + count(text, at, |byte| byte.is_ascii_whitespace());
    let open =
        [&b"<string>"[..], b"<value>", b"<param-value>"].into_iter().find(|open| starts(text, at, open))?;
    Some(Opening::Element(at + open.len()))
}

/// The attributes of an element named so, up to its text: `<password encoding="plain">…`.
fn attributes(text: &[u8], at: usize) -> Option<Opening> {
    let end = at + count(text, at, |byte| !b"<>\n".contains(&byte));
    (text.get(end) == Some(&b'>') && text[end - 1] != b'/').then_some(Opening::Element(end + 1))
}

/// Whether a colon stands between a namespace and the name of an element.
fn is_prefixed_tag(text: &[u8], colon: usize) -> bool {
    let before = &text[colon.saturating_sub(16)..colon];
    let prefix = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    prefix > 0 && before.len() > prefix && before[before.len() - prefix - 1] == b'<'
}

/// What opens a section of plain text in XML.
pub(super) const CDATA: &[u8] = b"<![CDATA[";

fn is_cdata(text: &[u8], at: usize) -> bool {
    starts(text, at + count(text, at, |byte| byte.is_ascii_whitespace()), CDATA)
}

/// Whether a name with a quoted value after a blank is more than a word of a sentence: `PASSWORD 'x'`, not `token "x"`.
fn is_directive(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let strong = [&b"passw"[..], b"passphrase", b"pwd", b"secret", b"api-key", b"api_key", b"apikey"];
    strong.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
}

/// `--password`, or `-password` after a blank.
fn is_flag(text: &[u8], name: Range2) -> bool {
    let rest = &text[name.start..];
    let after_blank = || name.start > 0 && text[name.start - 1].is_ascii_whitespace();
    rest.starts_with(b"--") || (rest.starts_with(b"-") && after_blank())
}

/// The name is itself a value, and the next member has its value: `name: DB_PASSWORD`, `value: "…"`.
fn member(text: &[u8], at: usize) -> Option<Opening> {
    let key = at + count(text, at, |byte| byte.is_ascii_whitespace() || b",;{\"'\\".contains(&byte));
    if key == at {
        return None;
    }
    let word = [&b"defaultValue"[..], b"default", b"value", b"val", b"content"]
        .into_iter()
        .find(|word| starts(text, key, word))?;
    let closed = closers(text, key + word.len());
    let operator = closed + blanks(text, closed);
    matches!(text.get(operator), Some(b'=' | b':')).then(|| Opening::Any(assigned(text, operator, b'=')))
}
