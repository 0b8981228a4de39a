//! Makes texts that cost a rule most: its keywords close together, its matches, and what nearly are, with keywords wherever a
//! repetition may hold them. Made for tests and benchmarks: no scan calls it.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::sample::walk;
use super::{Random, Rule, parse_pattern};

/// Texts of `len` bytes for a rule, each with a name; none for a rule without a pattern.
///
/// # Panics
/// Never: the loader has parsed the pattern.
#[must_use]
pub fn texts(rule: &Rule, len: usize) -> Vec<(String, Vec<u8>)> {
    if rule.pattern.is_empty() {
        return Vec::new();
    }
    let hir = parse_pattern(rule.pattern).expect("the loader has parsed the pattern");
    let mut random = Random::of(rule.meta.id);
    let matching = walk(&hir, &mut random).into_bytes();
    let near = &matching[..matching.len().saturating_sub(1)];
    let mut units =
        vec![("matches", [&matching, &b"\n"[..]].concat()), ("near misses", [near, b"\n"].concat())];
    units.push(("all keywords", rule.keywords.concat()));
    for keyword in rule.keywords.iter().take(3) {
        units.push(("a keyword", keyword.to_vec()));
        units.push(("a word", [keyword, &b" "[..]].concat()));
        let mut longest = Vec::new();
        stretch(&hir, keyword, &mut random, &mut longest);
        for quarters in 1..=4 {
            units.push(("a stretched match", longest[..longest.len() * quarters / 4].to_vec()));
        }
    }
    units.retain(|(_, unit)| !unit.is_empty());
    let filled = |unit: Vec<u8>| unit.into_iter().cycle().take(len).collect();
    units.into_iter().map(|(name, unit)| (format!("{}: {name}", rule.meta.id), filled(unit))).collect()
}

/// A match as long as it gets, with the keyword again and again where a repetition may hold it.
fn stretch(hir: &Hir, keyword: &[u8], random: &mut Random, out: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(_) => out.extend(walk(hir, random).bytes()),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min) as usize;
            match held(&repetition.sub, keyword) {
                Some(word) => out.extend(word.iter().cycle().take(most)),
                None => (0..most).for_each(|_| stretch(&repetition.sub, keyword, random, out)),
            }
        }
        HirKind::Capture(capture) => stretch(&capture.sub, keyword, random, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| stretch(part, keyword, random, out)),
        HirKind::Alternation(branches) => {
            let longest = branches.iter().max_by_key(|branch| branch.properties().maximum_len());
            longest.into_iter().for_each(|branch| stretch(branch, keyword, random, out));
        }
    }
}

/// The keyword in the case in which a class has all its letters.
fn held(hir: &Hir, keyword: &[u8]) -> Option<Vec<u8>> {
    let HirKind::Class(Class::Bytes(class)) = hir.kind() else { return None };
    let has = |byte: &u8| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(byte));
    [keyword.to_ascii_lowercase(), keyword.to_ascii_uppercase()].into_iter().find(|word| word.iter().all(has))
}

/// Texts of about `len` bytes that cost decoders and hand-written matchers most.
#[must_use]
pub fn texts_of_readers(len: usize) -> Vec<(&'static str, Vec<u8>)> {
    let block = ["-----BEGIN", "PRIVATE KEY-----\n"].join(" ");
    let keyed = [&b"api_key="[..], &b"2NEpo7TZRRrLZSi2U".repeat(3)].concat();
    let units: [(&str, &[u8]); 22] = [
        ("one letter", b"A"),
        ("escaped escapes", b"%25"),
        ("escapes", b"\\u0041"),
        ("base64", b"YWFh"),
        ("lines of base64", b"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n"),
        ("joints", b"\"a\" + "),
        ("entities", b"&amp;"),
        ("ascii85", b"<~9jqo^BlbD-BleB1DJ+*+F(f,q"),
        ("base58 by name", &keyed),
        ("zeros", b"\0"),
        ("two bytes a letter", b"Q\0U\0F\0B\0 \0t\0o\0k\0e\0n\0 \0"),
        ("tables within tables", b"|token|\n|-|\n"),
        ("headings and cells", b"|token|\n|-|\n|abcdef|\n"),
        ("lines of commas", b"#a,b\ntoken,b\n"),
        ("statements of SQL", b"into a (token) values ("),
        ("names and operators", b"password="),
        ("names and quotes", b"password=\""),
        ("lists", b"tokens = [\"a\", "),
        ("key blocks without an end", block.as_bytes()),
        ("PuTTY files", b"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n"),
        ("JSON web keys", b"{\"kty\":\"oct\","),
        ("numbers of letters", b"[104, 105, "),
    ];
    units.into_iter().map(|(name, unit)| (name, unit.iter().copied().cycle().take(len).collect())).collect()
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::detect::{Detector, PlaceFacts, builtin, load_user, work};

    const LEN: usize = 4 << 10;
    /// Most times that a byte is looked at. What was counted: 656 by `basic-auth-curl-user`, whose own name is all there is.
    const MOST: u64 = 1024;

    /// Bytes looked at in a text, and in its first half.
    fn cost(detector: &Detector, text: &[u8]) -> (u64, u64) {
        let facts = PlaceFacts::of_path(b"a.env");
        let of = |text: &[u8]| work::of(|| drop(detector.find(text, &facts)));
        (of(text), of(&text[..text.len() / 2]))
    }

    fn check(name: &str, len: usize, (whole, half): (u64, u64)) {
        assert!(whole <= MOST * len as u64, "{name}: {whole} of {len} bytes were looked at");
        assert!(whole <= 3 * half + 64 * len as u64, "{name}: {half} in half of {len} bytes, {whole} in all");
    }

    #[test]
    fn no_text_made_of_a_rules_own_pattern_is_looked_at_more_often_than_its_share() {
        let detector = Detector::new(builtin());
        detector.rules().par_iter().flat_map_iter(|rule| texts(rule, 2 * LEN)).for_each(|(name, text)| {
            check(&name, text.len(), cost(&detector, &text));
        });
    }

    #[test]
    fn no_text_made_for_a_reader_is_looked_at_more_often_than_its_share() {
        let detector = Detector::new(builtin());
        texts_of_readers(256 << 10).into_par_iter().for_each(|(name, text)| {
            check(name, text.len(), cost(&detector, &text));
        });
    }

    /// A rule file with one rule.
    fn user(pattern: &str) -> String {
        format!(
            "provider = \"A\"\n[[rule]]\nid = \"a-key\"\ntitle = \"A key\"\nrisk = \"None.\"\nseverity = \"low\"\n\
             confidence = \"high\"\npattern = '{pattern}'\n[rule.examples]\nmatches = []\nignores = []\n\
             [rotate]\nconsole = \"https://example.com\"\nsteps = []\n"
        )
    }

    #[test]
    fn a_users_rule_is_linear_or_refused() {
        for (pattern, is_allowed) in [
            (r"acme_(?P<secret>[a-z_]{20,1000})", true),
            (r"(?:acme[ =:]{0,20}){1,40}(?P<secret>[a-z]{8,9})", true),
            (r"[a-z_]{0,600}acme(?P<secret>[a-z]{20,400})", true),
            (r"[a-z_]{0,1200}acme(?P<secret>[a-z]{20,400})", false),
            (r"aaa(?P<secret>[a-z]{20,2000})", false),
            (r"acme_(?P<secret>[a-z]{20,})", false),
        ] {
            let loaded = load_user("mine.toml", &user(pattern));
            assert_eq!(loaded.is_ok(), is_allowed, "{pattern}: {loaded:?}");
            let Ok(rules) = loaded else { continue };
            let detector = Detector::new(rules.clone());
            for (name, text) in rules.iter().flat_map(|rule| texts(rule, 4 * LEN)) {
                check(&name, text.len(), cost(&detector, &text));
            }
        }
    }
}
