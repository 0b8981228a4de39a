//! Formats of a setting a line: Java properties, `key = "value"` of Terraform, .NET's `<add key value>`, and
//! templates no parser reads.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::names::re;
use super::tree::Leaf;

/// `key=value` and `key: value`; comments begin with `#` or `!`, in .ini and .npmrc with `;` too.
#[must_use]
pub fn properties(text: &str) -> Vec<Leaf> {
    each(text, |line| {
        if line.starts_with(['#', '!', ';']) {
            return None;
        }
        let at = line.find(['=', ':'])?;
        let key = line[..at].trim_end();
        Some((key, trimmed(line, at + 1..line.len()), false))
    })
}

/// `key = "value"` and `key = value`; names of blocks are left out. Comments begin with `#` or `//`.
#[must_use]
pub fn hcl(text: &str) -> Vec<Leaf> {
    each(text, |line| {
        let at = line.find('=').filter(|&at| !line[at + 1..].starts_with(['=', '>']))?;
        let key = line[..at].trim().trim_matches('"');
        if !is_name(key) || line.starts_with(['#', '/']) {
            return None;
        }
        Some(value(key, line, trimmed(line, at + 1..line.len())))
    })
}

/// `key: value` lines of YAML that is a template, without nesting.
#[must_use]
pub fn template(text: &str) -> Vec<Leaf> {
    each(text, |line| {
        let line_key = line.strip_prefix("- ").unwrap_or(line);
        let at = line.find(": ")?;
        let key = line_key[..at - (line.len() - line_key.len())].trim();
        if !is_name(key) || line.starts_with('#') {
            return None;
        }
        Some(value(key, line, trimmed(line, at + 1..line.len())))
    })
}

/// `<add key="name" value="text" />` and `<add name="name" connectionString="text" />`.
#[must_use]
pub fn xml(text: &str) -> Vec<Leaf> {
    static ADD: LazyLock<Regex> = LazyLock::new(|| {
        re(
            r#"<add\s[^<>]*?\b(?:key|name)\s*=\s*"([^"]+)"[^<>]*?\b(?:value|connectionString)\s*=\s*"([^"]*)""#,
        )
    });
    let leaf = |found: regex::Captures<'_>| {
        let (key, value) = (found.get(1)?, found.get(2)?);
        Some(Leaf {
            path: vec![key.as_str().to_owned()],
            text: value.as_str().to_owned(),
            key_span: key.range(),
            span: value.range(),
            document: 0,
            quoted: true,
        })
    };
    ADD.captures_iter(text).filter_map(leaf).collect()
}

type Found<'l> = (&'l str, Range<usize>, bool);

fn value<'l>(key: &'l str, line: &'l str, range: Range<usize>) -> Found<'l> {
    let text = &line[range.clone()];
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote.and_then(|quote| text[1..].find(quote)) {
        Some(end) => (key, range.start + 1..range.start + 1 + end, true),
        None => {
            let end = text.find(" #").unwrap_or(text.len());
            (key, range.start..range.start + text[..end].trim_end().len(), false)
        }
    }
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

fn trimmed(line: &str, range: Range<usize>) -> Range<usize> {
    let text = &line[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}

fn each<'t>(text: &'t str, read: impl Fn(&'t str) -> Option<Found<'t>>) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim();
        let start = at + (whole.len() - whole.trim_start().len());
        at += whole.len();
        if let Some((key, range, quoted)) = read(line) {
            let key_at = start + line.find(key).unwrap_or(0);
            leaves.push(Leaf {
                path: key.split('.').map(str::to_owned).collect(),
                text: line[range.clone()].to_owned(),
                key_span: key_at..key_at + key.len(),
                span: start + range.start..start + range.end,
                document: 0,
                quoted,
            });
        }
    }
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn got(text: &str, leaves: Vec<Leaf>) -> Vec<(String, String)> {
        leaves.into_iter().map(|leaf| (leaf.path.join("."), text[leaf.span].to_owned())).collect()
    }

    #[test]
    fn each_format_has_its_own_separators_and_quotes() {
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let text = "# c\na.b=1\n c : d e \n!x=1\n; y=1\n";
        assert_eq!(got(text, properties(text)), own(&[("a.b", "1"), ("c", "d e")]));
        let text = "a = \"x # y\" # c\nb = true # c\nif a == b {\n}\n";
        assert_eq!(got(text, hcl(text)), own(&[("a", "x # y"), ("b", "true")]));
        let text = "<add key=\"a\" value=\"b\" />\n<add name=\"c\" connectionString=\"d\"/><x key=\"e\"/>";
        assert_eq!(got(text, xml(text)), own(&[("a", "b"), ("c", "d")]));
        let text = "{{ if .x }}\n  a: 'b'\n  - c: d\n# e: f\n";
        assert_eq!(got(text, template(text)), own(&[("a", "b"), ("c", "d")]));
    }
}
