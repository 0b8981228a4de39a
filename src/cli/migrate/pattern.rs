//! Regexes of another dialect as ours: one named group, every repetition bounded, no ends of text. And regexes of
//! paths as globs, where they are no more than that.

/// What an open repetition is bounded to.
const MOST: usize = 200;

/// The pattern in our form; the value is group `group`, else the first group, else all of it.
///
/// # Errors
/// When there is no such group, or none can be told.
pub(super) fn own(regex: &str, group: usize) -> Result<String, String> {
    let bounded = bounded(&without_ends(regex));
    let groups = captures(&bounded);
    if groups.len() < group {
        return Err(format!("it has no group {group}"));
    }
    let value = groups.get(group.saturating_sub(1)).copied();
    let mut out = String::new();
    for (at, c) in bounded.char_indices() {
        out.push(c);
        if groups.contains(&at) {
            out.push_str(if Some(at) == value { "?P<secret>" } else { "?:" });
        }
    }
    Ok(if value.is_none() { format!("(?P<secret>{out})") } else { out })
}

/// Each character that means something, with its position: neither escaped nor in a class.
fn plain(regex: &str) -> Vec<(usize, char)> {
    let mut out = Vec::new();
    let (mut escaped, mut class) = (false, false);
    let mut at_start_of_class = false;
    for (at, c) in regex.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' if class && !at_start_of_class => class = false,
            '[' if !class => {
                class = true;
                at_start_of_class = true;
                continue;
            }
            '^' if class && at_start_of_class => continue,
            _ if !class => out.push((at, c)),
            _ => {}
        }
        at_start_of_class = false;
    }
    out
}

/// Where capturing groups open.
fn captures(regex: &str) -> Vec<usize> {
    let opens = plain(regex).into_iter().filter(|(at, c)| *c == '(' && !regex[at + 1..].starts_with('?'));
    opens.map(|(at, _)| at).collect()
}

/// Without `|$`, `^|` and ends at the outside: a rule here sees a window, which has none.
fn without_ends(regex: &str) -> String {
    let text = regex.replace("|$)", ")").replace("|\\z)", ")").replace("(^|", "(").replace("(?:^|", "(?:");
    let text = text.strip_prefix('^').unwrap_or(&text);
    match text.strip_suffix('$') {
        Some(rest) if !rest.ends_with('\\') => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// `*`, `+` and `{n,}` with an end.
fn bounded(regex: &str) -> String {
    let marks = plain(regex);
    let mut out = String::new();
    for (at, c) in regex.char_indices() {
        let means = marks.binary_search(&(at, c)).is_ok();
        match c {
            '*' if means => out += &format!("{{0,{MOST}}}"),
            '+' if means => out += &format!("{{1,{MOST}}}"),
            '}' if means && out.ends_with(',') => out += &format!("{MOST}}}"),
            c => out.push(c),
        }
    }
    out
}

/// Globs that match what a regex of paths matches; nothing if it is more than letters, `.*`, ends and a choice.
pub(super) fn globs(regex: &str) -> Option<Vec<String>> {
    let (from_start, rest) = strip(regex, |text| text.strip_prefix('^'));
    let (to_end, rest) = strip(rest, |text| text.strip_suffix('$').filter(|rest| !rest.ends_with('\\')));
    let mut all = vec![String::new()];
    for part in parts(rest)? {
        all = all.iter().flat_map(|begun| part.iter().map(move |more| format!("{begun}{more}"))).collect();
    }
    let mut out = Vec::new();
    for text in all.into_iter().filter(|text| !text.is_empty()) {
        let begun = match (from_start, text.starts_with("**")) {
            (true, _) | (_, true) => text,
            (false, false) => format!("**{text}"),
        };
        let ends = if to_end || begun.ends_with("**") { begun } else { format!("{begun}**") };
        // A glob without a slash looks at the name alone.
        out.push(if ends.contains('/') { ends } else { format!("/{ends}") });
    }
    Some(out)
}

fn strip<'t>(text: &'t str, strip: impl Fn(&'t str) -> Option<&'t str>) -> (bool, &'t str) {
    strip(text).map_or((false, text), |rest| (true, rest))
}

/// Pieces of the regex, each with what it may be.
fn parts(regex: &str) -> Option<Vec<Vec<String>>> {
    let mut out = Vec::new();
    let mut rest = regex;
    while let Some(c) = rest.chars().next() {
        let any = ["(.*?)", "(.*)", "(?:.*?)", "(?:.*)", ".*?", ".*", "(.+)", ".+"];
        if let Some(after) = any.iter().find_map(|any| rest.strip_prefix(any)) {
            out.push(vec!["**".to_owned()]);
            rest = after;
        } else if c == '(' {
            let (choice, after) = rest[1..].split_once(')')?;
            let choice = choice.strip_prefix("?:").unwrap_or(choice);
            out.push(choice.split('|').map(literal).collect::<Option<_>>()?);
            rest = after;
        } else {
            let end = rest[1..].find(['(', '.', '\\']).map_or(rest.len(), |at| at + 1);
            let end = if c == '\\' { 1 + rest[1..].chars().next()?.len_utf8() } else { end };
            out.push(vec![literal(&rest[..end])?]);
            rest = &rest[end..];
        }
    }
    Some(out)
}

/// Text in which nothing but escaped marks means something.
fn literal(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().filter(|c| "./-_ ".contains(*c))?),
            c if c.is_ascii_alphanumeric() || "/_- @".contains(c) => out.push(c),
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_gets_one_group_and_bounds() {
        let cases = [
            ("acme_[a-z]{20}", 0, "(?P<secret>acme_[a-z]{20})"),
            (r"acme\s*=\s*([a-z+*]+)", 0, r"acme\s{0,200}=\s{0,200}(?P<secret>[a-z+*]{1,200})"),
            (r"(a|b)_([0-9]{8,})(?:;|$)", 2, r"(?:a|b)_(?P<secret>[0-9]{8,200})(?:;)"),
            (r"\(x\)[(]+", 0, r"(?P<secret>\(x\)[(]{1,200})"),
        ];
        for (regex, group, want) in cases {
            assert_eq!(own(regex, group).as_deref(), Ok(want), "{regex}");
        }
        assert!(own("a(b)", 2).is_err());
    }

    #[test]
    fn paths_become_globs_if_they_are_no_more() {
        let cases: &[(&str, Option<&[&str]>)] = &[
            (r"^tests/.*", Some(&["tests/**"])),
            (r"vendor/", Some(&["**vendor/**"])),
            (r"(.*?)(png|jpg)$", Some(&["/**png", "/**jpg"])),
            (r"go\.sum$", Some(&["/**go.sum"])),
            (r"[a-z]+\.lock", None),
            (r"a.b", None),
        ];
        for (regex, want) in cases {
            let want = want.map(|globs| globs.iter().map(|&glob| glob.to_owned()).collect::<Vec<_>>());
            assert_eq!(globs(regex), want, "{regex}");
        }
    }
}
