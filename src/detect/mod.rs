//! Finds secrets in one piece of bytes. Pure: same bytes, same rules, same answer; no I/O, no clock.
//!
//! `scan` enumerates keyword hits (`prefilter`) and tries each rule in a bounded window round its hit.
//! A candidate is a function of the bytes round its own keyword, never of what else the text holds, so a
//! chunk, a thread or a delta sees what the whole would show. `settle` then decides, per blob and in one
//! canonical order: dismissals, checksums, overlaps, pairs.

mod assign;
mod beside;
mod checksum;
mod compile;
mod context;
mod decode;
mod dismiss;
mod entropy;
mod evidence;
mod examples;
mod file;
mod gate;
mod head;
mod jwk;
mod key_block;
mod load;
mod local;
pub mod pii;
mod prefilter;
mod random;
mod redacted;
mod rule;
mod sample;
mod score;
mod settle;
mod telling;
mod window;
mod work;
mod worst;

use std::ops::Range;

pub use compile::parse as parse_pattern;
pub use context::{Language, PlaceFacts, Places, Role};
pub use decode::{Decoded, Encoding, GROWTH, LONGEST, MAX_DEPTH};
pub use dismiss::Dismissed;
pub(crate) use dismiss::is_documented_sample;
pub use examples::{ExampleFault, example_faults};
pub use load::{
    ChecksumName, FileName, KindName, LoadError, LoadedRule, MatcherName, PositionName, PrecheckName,
    RuleFile, RuleSource, SampleName, TellsName, load,
};
pub use random::Random;
pub use rule::{Rule, builtin, load_user};
pub use sample::{fill, filler, sample, walk};
pub use score::{Feature, Features, Score, bias, weight};
pub use settle::{Match, Settled, WRONG_CHECK};
pub use worst::{texts as worst_texts, texts_of_readers};

use prefilter::{Hit, Prefilter};
use window::{Tried, WindowRegex};

/// Longest window of a rule that is tried while scanning; longer ones are tried when a blob is settled.
///
/// Keeps the reach of a scan small, so that little text round a change must be read again. With 300 the reach
/// is about that of the assignment matcher; the history of git/git takes 2 % less CPU time than with 400.
const LONG_RULE: usize = 300;

/// Keywords this far outside a chunk's core are looked at, so that what overlaps or pairs with a match at
/// the core's edge is seen from both sides.
const AROUND_CORE: usize = 8 << 10;

/// What may be a secret: a rule matched round a keyword. Nothing is decided yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Index of the rule in the detector.
    pub rule: u16,
    /// The whole match; empty for a long rule until the blob is settled.
    pub span: Range2,
    /// The value.
    pub value: Range2,
    /// Where the keyword begins.
    pub anchor: usize,
    /// How the value is written.
    pub syntax: Syntax,
}

impl Candidate {
    /// The same candidate in a text where what stood at `from` stands at `to`.
    #[must_use]
    pub fn shifted(&self, from: usize, to: usize) -> Self {
        let shift = |at: usize| (at + to).wrapping_sub(from);
        let move_range = |range: Range2| match range {
            Range2 { start: 0, end: 0 } => range,
            Range2 { start, end } => Range2 { start: shift(start), end: shift(end) },
        };
        let (span, value) = (move_range(self.span), move_range(self.value));
        Self { span, value, anchor: shift(self.anchor), ..self.clone() }
    }
}

/// A byte range that can be ordered and copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range2 {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Range2 {
    /// As a range of the standard library.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl From<Range<usize>> for Range2 {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// How an assignment's value is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Syntax {
    /// Not an assignment: the rule's pattern decides.
    #[default]
    Pattern,
    /// Between quotes.
    Quoted,
    /// Up to the next blank or delimiter.
    Bare,
    /// The text of an XML element.
    Element,
    /// No value yet: an encoded region, which is read when its blob is settled.
    Encoded(Encoding),
}

/// All rules, ready to scan. Cheap to share between threads; regexes are built when first needed.
#[derive(Debug)]
pub struct Detector {
    rules: Vec<Rule>,
    prefilter: Prefilter,
    regexes: Vec<WindowRegex>,
    reach: usize,
    decode_depth: usize,
}

impl Detector {
    /// Builds the prefilter over all rules' keywords.
    ///
    /// # Panics
    /// Never: the loader has checked the keywords.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        let prefilter = Prefilter::new(&rules);
        let regexes = rules.iter().map(WindowRegex::new).collect();
        let reach = rules.iter().map(scan_reach).max().unwrap_or(0).max(decode::REACH);
        Self { rules, prefilter, regexes, reach, decode_depth: MAX_DEPTH }
    }

    /// The same detector, undoing at most `depth` encodings within each other.
    #[must_use]
    pub fn with_decode_depth(self, depth: usize) -> Self {
        Self { decode_depth: depth.min(MAX_DEPTH), ..self }
    }

    /// The rules, in the order of their indices.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// How many bytes on either side of a keyword's first byte may decide about a candidate there.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// Every candidate in `bytes`, in no particular order; `settle` puts them in one.
    #[must_use]
    pub fn scan(&self, bytes: &[u8]) -> Vec<Candidate> {
        let mut out = Vec::new();
        self.scan_range(bytes, 0..bytes.len(), &mut out);
        self.scan_wide(bytes, &mut out);
        out
    }

    /// The same without candidates of short rules that tell a value by its position; some may be there all the same.
    pub(super) fn scan_formats(&self, bytes: &[u8]) -> Vec<Candidate> {
        let mut out = Vec::new();
        let wanted = |rule: &Rule| rule.has_own_format() || is_long(rule);
        let wants = |rule: u16| wanted(&self.rules[usize::from(rule)]);
        self.scan_where(bytes, 0..bytes.len(), (self.decode_depth, wants), &mut out);
        self.scan_wide(bytes, &mut out);
        out
    }

    /// All that may be a secret and stands in `range`, found or to be dismissed, told by the text near it. Nothing if more
    /// of the text has to be read to know.
    #[must_use]
    pub fn values_near(&self, bytes: &[u8], range: Range<usize>) -> Option<Vec<Range<usize>>> {
        let around = range.start.saturating_sub(self.reach)..bytes.len().min(range.end + self.reach);
        let mut out = Vec::new();
        self.scan_range(bytes, around, &mut out);
        let told = !out.iter().any(|candidate| self.is_long(candidate));
        told.then(|| out.iter().map(|candidate| candidate.value.range()).collect())
    }

    /// The candidates whose keyword begins in `range`; they may read `reach` bytes beyond it. Without text of several
    /// bytes a character, which is for [`Detector::scan_wide`].
    pub fn scan_range(&self, bytes: &[u8], range: Range<usize>, out: &mut Vec<Candidate>) {
        self.scan_layer(bytes, range, self.decode_depth, out);
    }

    /// The same for a text that may itself have been decoded; with regions, if more may be.
    fn scan_layer(&self, bytes: &[u8], range: Range<usize>, depth: usize, out: &mut Vec<Candidate>) {
        self.scan_where(bytes, range, (depth, |_| true), out);
    }

    /// The same with the rules that are wanted only.
    fn scan_where(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        (depth, wants): (usize, impl Fn(u16) -> bool),
        out: &mut Vec<Candidate>,
    ) {
        if depth > 0 {
            self.scan_regions(bytes, range.clone(), out);
        }
        let mut waiting = Vec::new();
        self.prefilter.hits(bytes, range, &mut |hit| {
            for &rule in hit.rules {
                match usize::from(rule).checked_sub(self.rules.len()) {
                    None if wants(rule) => {
                        let first = out.len();
                        self.try_rule(bytes, rule, &hit, (&mut waiting, out));
                        if depth > 0 {
                            self.keyed_region(bytes, (hit.at, first), out);
                            self.column_region(bytes, (rule, hit.at), out);
                        }
                    }
                    None => {}
                    Some(word) if depth > 0 => self.region_at_word(bytes, (hit.at, word), out),
                    Some(_) => {}
                }
            }
        });
        self.try_waiting(bytes, waiting, out);
    }

    /// What is found in `bytes` with its value beginning in `core`; the rest is context.
    #[must_use]
    pub fn find_in(&self, bytes: &[u8], core: Range<usize>, facts: &PlaceFacts) -> Settled {
        let mut candidates = Vec::new();
        let around = core.start.saturating_sub(AROUND_CORE)..bytes.len().min(core.end + AROUND_CORE);
        self.scan_range(bytes, around, &mut candidates);
        self.scan_wide(bytes, &mut candidates);
        let mut settled = self.settle(bytes, &candidates, facts);
        settled.matches.retain(|found| core.contains(&found.value.start));
        settled.cut.retain(|anchor| core.contains(anchor));
        settled.dismissed.retain(|(candidate, _)| core.contains(&candidate.value.start));
        settled
    }

    /// Whether the candidate is an encoded region, or its rule is tried when its blob is settled, not while scanning.
    #[must_use]
    pub fn is_long(&self, candidate: &Candidate) -> bool {
        matches!(candidate.syntax, Syntax::Encoded(_)) || is_long(&self.rules[usize::from(candidate.rule)])
    }

    /// Whether it stands for a long rule that is still to be tried.
    fn is_untried(&self, candidate: &Candidate) -> bool {
        candidate.syntax == Syntax::Pattern
            && candidate.span.end == 0
            && is_long(&self.rules[usize::from(candidate.rule)])
    }

    /// The bytes on either side of a long rule's keyword, or of a region's anchor, that may decide about a match
    /// there.
    #[must_use]
    pub fn long_reach(&self, bytes: &[u8], candidate: &Candidate) -> usize {
        if let Syntax::Encoded(encoding) = candidate.syntax {
            return Self::region_reach(bytes, encoding, candidate.anchor);
        }
        let rule = &self.rules[usize::from(candidate.rule)];
        match rule.matcher {
            Some(_) => key_block::LONGEST,
            None => rule.before.max(rule.max_len) + after_match(rule) + 1,
        }
    }

    fn try_rule(
        &self,
        bytes: &[u8],
        index: u16,
        hit: &Hit<'_>,
        (waiting, out): (&mut Vec<Waiting>, &mut Vec<Candidate>),
    ) {
        let (at, len) = (hit.at, hit.len);
        let rule = &self.rules[usize::from(index)];
        if rule.matcher == Some(MatcherName::Assignment) {
            assign::at(bytes, at, len, &mut |found| out.push(found.candidate(index, at)));
        } else if is_long(rule) {
            // Only what a rule's head and its precheck tell lies within the reach of a scan.
            if rule.matcher.is_some() || self.regexes[usize::from(index)].may_begin_at(bytes, at) {
                let (span, value, syntax) = Default::default();
                out.push(Candidate { rule: index, span, value, anchor: at, syntax });
            }
        } else if self.regexes[usize::from(index)].may_begin_at(bytes, at) {
            waiting.push((index, at, len));
        }
    }

    /// Tries rules at their keywords, each in order of place, so that no start is tried twice.
    fn try_waiting(&self, bytes: &[u8], mut waiting: Vec<Waiting>, out: &mut Vec<Candidate>) {
        waiting.sort_unstable();
        for hits in waiting.chunk_by(|one, other| one.0 == other.0) {
            let mut tried = Tried::default();
            for &(rule, anchor, len) in hits {
                let found = self.regexes[usize::from(rule)].match_at(bytes, (anchor, len), &mut tried);
                out.extend(found.map(|(span, value)| Candidate {
                    rule,
                    span,
                    value,
                    anchor,
                    syntax: Syntax::Pattern,
                }));
            }
        }
    }

    /// Tries long rules at their keywords: what `candidates` come to, in order of rule and anchor. Encoded regions, and what
    /// was tried before, are left out.
    #[must_use]
    pub fn resolve<'c>(
        &self,
        bytes: &[u8],
        candidates: impl IntoIterator<Item = &'c Candidate>,
    ) -> Vec<Candidate> {
        let mut out = Vec::new();
        let mut waiting = Vec::new();
        for candidate in candidates.into_iter().filter(|candidate| self.is_untried(candidate)) {
            let (index, at) = (candidate.rule, candidate.anchor);
            let rule = &self.rules[usize::from(index)];
            let whole = |s: Range2| Candidate { span: s, value: s, ..(*candidate).clone() };
            match rule.matcher {
                Some(MatcherName::Pem) => out.extend(key_block::pem(bytes, at).into_iter().map(whole)),
                Some(MatcherName::Putty) => out.extend(key_block::putty(bytes, at).into_iter().map(whole)),
                Some(MatcherName::Jwk) => out.extend(jwk::private_members(bytes, at).into_iter().map(whole)),
                Some(MatcherName::Der) => out.extend(key_block::der(bytes, at).into_iter().map(whole)),
                Some(MatcherName::Assignment) => {}
                None => {
                    let len = rule
                        .keywords
                        .iter()
                        .map(|k| k.len())
                        .filter(|&len| is_keyword_at(rule, bytes, at, len));
                    waiting.extend(len.max().map(|len| (index, at, len)));
                }
            }
        }
        self.try_waiting(bytes, waiting, &mut out);
        out.sort_unstable_by_key(|candidate| (candidate.rule, candidate.anchor));
        out
    }
}

/// A rule that is to be tried, where its keyword begins, and how long that is.
type Waiting = (u16, usize, usize);

fn is_keyword_at(rule: &Rule, bytes: &[u8], at: usize, len: usize) -> bool {
    bytes.get(at..at + len).is_some_and(|text| rule.keywords.iter().any(|k| text.eq_ignore_ascii_case(k)))
}

/// Whether a rule is tried when the blob is settled rather than while scanning.
fn is_long(rule: &Rule) -> bool {
    match rule.matcher {
        Some(MatcherName::Assignment) => false,
        Some(_) => true,
        None => rule.before + rule.max_len > LONG_RULE,
    }
}

/// The bytes on either side of a keyword's start that decide about a candidate while scanning.
fn scan_reach(rule: &Rule) -> usize {
    let keyword = rule.keywords.iter().map(|k| k.len()).max().unwrap_or(0);
    match rule.matcher {
        Some(MatcherName::Assignment) => assign::REACH,
        _ if is_long(rule) && rule.precheck == Some(PrecheckName::Userinfo) => {
            keyword.max(window::USERINFO) + 1
        }
        _ if is_long(rule) => keyword.max(head::LONGEST) + 1,
        _ => rule.before.max(rule.max_len) + keyword + 1,
    }
}

/// The bytes after a match that decide about it.
fn after_match(rule: &Rule) -> usize {
    if rule.precheck == Some(PrecheckName::Userinfo) { local::HOST } else { beside::REACH }
}
