//! Runs one rule's regex in a bounded window round a keyword, with the real bytes on either side as context.

use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input};

use super::compile::parse;
use super::head::Head;
use super::telling::Telling;
use super::{PrecheckName, Range2, Rule};

/// A rule's regex, built when a keyword of the rule is first seen.
#[derive(Debug)]
pub(super) struct WindowRegex {
    pattern: &'static str,
    keywords: &'static [&'static [u8]],
    before: usize,
    max_len: usize,
    precheck: Option<PrecheckName>,
    hints: OnceLock<(Head, Telling)>,
    regex: OnceLock<(Regex, usize)>,
}

impl WindowRegex {
    pub(super) fn new(rule: &Rule) -> Self {
        let (hints, regex) = (OnceLock::new(), OnceLock::new());
        let (before, max_len, precheck) = (rule.before, rule.max_len, rule.precheck);
        Self { pattern: rule.pattern, keywords: rule.keywords, before, max_len, precheck, hints, regex }
    }

    fn hints(&self) -> &(Head, Telling) {
        self.hints.get_or_init(|| {
            let hir = parse(self.pattern).expect("the loader has parsed the pattern");
            (Head::of(&hir), Telling::of(&hir, self.keywords))
        })
    }

    /// Whether a match may begin at a keyword. False is certain, true is not.
    ///
    /// Looks at the head, and for a rule with that precheck at [`USERINFO`] bytes.
    pub(super) fn may_begin_at(&self, bytes: &[u8], at: usize) -> bool {
        (self.precheck != Some(PrecheckName::Userinfo) || userinfo_round(bytes, at))
            && (self.before > 0 || self.hints().0.may_begin(bytes, at))
    }

    /// Whether a match may lie round a keyword. False is certain, true is not.
    fn may_match_at(&self, bytes: &[u8], at: usize) -> bool {
        let window = at.saturating_sub(self.before)..bytes.len().min(at + self.max_len);
        self.may_begin_at(bytes, at) && self.hints().1.may_match(&bytes[window])
    }

    /// Calls `found` with span and value of the leftmost match that covers the keyword at `at`.
    ///
    /// The window is a function of `at` alone: no match is lost to another one before it.
    pub(super) fn matches_at(
        &self,
        bytes: &[u8],
        at: usize,
        len: usize,
        mut found: impl FnMut(Range2, Range2),
    ) {
        if !self.may_match_at(bytes, at) {
            return;
        }
        let (regex, secret) = self.regex.get_or_init(|| build(self.pattern));
        let end = bytes.len().min(at + self.max_len);
        let mut start = at.saturating_sub(self.before);
        let anchored = if self.before == 0 { Anchored::Yes } else { Anchored::No };
        let mut captures: Option<Captures> = None;
        while start <= at {
            let input = Input::new(bytes).range(start..end).anchored(anchored);
            let Some(whole) = regex.search(&input) else { return };
            if whole.start() > at {
                return;
            }
            if whole.end() >= at + len {
                let captures = captures.get_or_insert_with(|| regex.create_captures());
                regex.search_captures(&input, captures);
                if let Some(value) = captures.get_group(*secret) {
                    found(whole.range().into(), value.range().into());
                }
                return;
            }
            start = whole.start() + 1;
        }
    }
}

/// Longest userinfo of a URL that is looked at.
pub(super) const USERINFO: usize = 256;

/// Whether `user:password@` follows the `://` that is at `at` or a little after it.
fn userinfo_round(bytes: &[u8], at: usize) -> bool {
    let text = &bytes[at..bytes.len().min(at + USERINFO)];
    let Some(scheme_end) = memchr::memmem::find(&text[..text.len().min(48)], b"://") else { return false };
    let info = &text[scheme_end + 3..];
    let end = info.iter().position(|&b| b == b'@' || b.is_ascii_whitespace() || b"/\"'<>`".contains(&b));
    end.is_some_and(|end| info[end] == b'@' && memchr::memchr(b':', &info[..end]).is_some())
}

/// Builds without Unicode tables; with a small lazy DFA, since windows are short.
fn build(pattern: &str) -> (Regex, usize) {
    let syntax = regex_automata::util::syntax::Config::new().unicode(false).utf8(false);
    let config =
        Regex::config().utf8_empty(false).hybrid_cache_capacity(1 << 16).nfa_size_limit(Some(8 << 20));
    let regex = Regex::builder()
        .configure(config)
        .syntax(syntax)
        .build(pattern)
        .expect("the loader has parsed the pattern and bounded its size");
    let secret = regex
        .group_info()
        .to_index(regex_automata::PatternID::ZERO, "secret")
        .expect("the loader has found the group");
    (regex, secret)
}
