//! `node --env-file` and `util.parseEnv`, version 20.

use super::{Setting, plain};

/// What it reads.
#[must_use]
pub fn read(text: &str) -> Vec<Setting> {
    let text = text.replace('\r', "");
    let mut rest = trimmed(&text);
    let mut settings = Vec::new();
    while !rest.is_empty() {
        // A comment on the last line is read like a pair if no line end follows it.
        if rest.starts_with(['\n', '#'])
            && let Some((_, after)) = rest.split_once('\n')
        {
            rest = after;
            continue;
        }
        let Some((name, after)) = rest.split_once('=').filter(|(key, _)| !key.is_empty()) else { break };
        // Of a name that is all blanks it takes the line end before it.
        let key = Some(trimmed(name)).filter(|key| !key.is_empty()).unwrap_or("\n");
        let key = key.strip_prefix("export ").unwrap_or(key);
        let (value, after) = value(after);
        settings.extend(value.map(|value| plain(key, value)));
        rest = after;
    }
    settings
}

/// A value, and what follows it. There is none where a quote is open on the last line: then that is read again,
/// as the name of the next.
fn value(text: &str) -> (Option<String>, &str) {
    let text = trimmed(text);
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) {
        if let Some((value, after)) = text[1..].split_once(quote) {
            let value = if quote == '"' { value.replace("\\n", "\n") } else { value.to_owned() };
            return (Some(value), after.find('\n').map_or("", |at| &after[at..]));
        }
        let line = text.find('\n').map(|end| text[..end].to_owned());
        let length = line.as_ref().map_or(0, String::len);
        return (line, &text[length..]);
    }
    let line = text.split('\n').next().unwrap_or_default();
    let value = line.split('#').next().unwrap_or_default();
    (Some(trimmed(value).to_owned()), &text[line.len()..])
}

/// Without blanks round it.
fn trimmed(text: &str) -> &str {
    text.trim_matches(' ')
}
