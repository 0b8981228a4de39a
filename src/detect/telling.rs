//! Byte strings of which every match of a pattern has one, beside its keyword.
//!
//! A keyword such as `curl` or `://` is common, and what makes a match of it, such as ` -u` or `@`, is not.
//! Searching a window for those few strings tells long before a regex could.

use memchr::memmem::Finder;
use regex_syntax::hir::literal::{Extractor, Seq};
use regex_syntax::hir::{Hir, HirKind};

/// Most strings that are sought: each costs a pass over the window.
const MOST: usize = 4;

/// Single bytes that are rare enough in text to be worth a search.
const RARE: &[u8] = b"@!~^|";

/// Strings one of which is in every match; none where nothing is known.
#[derive(Debug, Default)]
pub(super) struct Telling(Vec<Finder<'static>>);

impl Telling {
    /// The fewest and longest such strings that the keywords do not imply.
    pub(super) fn of(hir: &Hir, keywords: &[&[u8]]) -> Self {
        let parts = match hir.kind() {
            HirKind::Concat(parts) => parts.as_slice(),
            _ => std::slice::from_ref(hir),
        };
        let strings = parts.iter().filter_map(|part| strings(part, keywords));
        let best = strings.min_by_key(|found| {
            let shortest = found.iter().map(Vec::len).min().unwrap_or(0);
            (found.len(), std::cmp::Reverse(shortest))
        });
        let finders = best.unwrap_or_default().into_iter().map(|text| Finder::new(&text).into_owned());
        Self(finders.collect())
    }

    /// How many strings are sought.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether a match may lie in `window`. False is certain, true is not.
    pub(super) fn may_match(&self, window: &[u8]) -> bool {
        self.0.is_empty() || self.0.iter().any(|finder| finder.find(window).is_some())
    }
}

/// The strings with one of which a match of `part` begins, if they are few and tell more than a keyword.
fn strings(part: &Hir, keywords: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    let mut found: Seq = Extractor::new().limit_total(MOST).extract(part);
    found.dedup();
    let texts: Vec<Vec<u8>> = found.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
    let tells = |text: &Vec<u8>| text.len() > 1 || (text.len() == 1 && RARE.contains(&text[0]));
    let implied = |text: &Vec<u8>| keywords.iter().any(|k| holds(k, text) || holds(text, k));
    let fits = (1..=MOST).contains(&texts.len()) && texts.iter().all(tells) && !texts.iter().any(implied);
    fits.then_some(texts)
}

/// Whether `part` stands in `whole`, caselessly.
fn holds(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::parse_pattern;

    fn may_match(pattern: &str, keyword: &str, window: &str) -> bool {
        let hir = parse_pattern(pattern).expect("a valid pattern");
        Telling::of(&hir, &[keyword.as_bytes()]).may_match(window.as_bytes())
    }

    #[test]
    fn a_window_without_what_every_match_has_is_passed_over() {
        let address = "a://[a-z]{1,9}:(?P<secret>[a-z]{2,9})@[a-z]";
        assert!(may_match(address, "a://", "a://b:cd@e") && !may_match(address, "a://", "a://b/cd/e"));
        let option = r"curl\b[^\n]{0,99}?[ \t](?:-u|--user)[ =](?P<secret>[a-z]{2,9})";
        assert!(may_match(option, "curl", "curl --user abc") && may_match(option, "curl", "curl -u abc"));
        assert!(!may_match(option, "curl", "curl -o abc"));
    }

    #[test]
    fn what_may_be_left_out_tells_nothing() {
        assert!(may_match("a://[a-z@]{1,9}(?:x@)?", "a://", "a://b"));
        assert!(may_match("key[a-z]{1,9}(?:xx|y)(?P<secret>[a-z]{2,9})", "key", "keyz"));
    }
}
