//! Runs one rule's regex in a bounded window round a keyword, with the real bytes on either side as context.
//!
//! Nearly every rule is tried a few times and matches never, so that building it is most of its cost. A lazy DFA of the
//! pattern without its groups tells whether there is a match, from one start after another; what finds the groups is
//! built for the first match.

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{Compiler, Config, NFA, WhichCaptures};
use regex_automata::util::captures::Captures;
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, PatternID};
use regex_syntax::hir::Hir;

use super::compile::parse;
use super::head::Head;
use super::telling::Telling;
use super::work::visited;
use super::{PrecheckName, Range2, Rule};

/// A rule's regex, built when a keyword of the rule is first seen.
#[derive(Debug)]
pub(super) struct WindowRegex {
    pattern: &'static str,
    keywords: &'static [&'static [u8]],
    before: usize,
    max_len: usize,
    precheck: Option<PrecheckName>,
    hints: OnceLock<Hints>,
    engine: OnceLock<Engine>,
}

/// What a pattern tells without being run.
#[derive(Debug)]
struct Hints {
    hir: Hir,
    head: Head,
    telling: Telling,
}

impl WindowRegex {
    pub(super) fn new(rule: &Rule) -> Self {
        let (hints, engine) = (OnceLock::new(), OnceLock::new());
        let (before, max_len, precheck) = (rule.before, rule.max_len, rule.precheck);
        Self { pattern: rule.pattern, keywords: rule.keywords, before, max_len, precheck, hints, engine }
    }

    fn hints(&self) -> &Hints {
        self.hints.get_or_init(|| {
            let hir = parse(self.pattern).expect("the loader has parsed the pattern");
            let (head, telling) = (Head::of(&hir), Telling::of(&hir, self.keywords));
            Hints { hir, head, telling }
        })
    }

    /// Whether a match may begin at a keyword. False is certain, true is not.
    ///
    /// Looks at the head, and for a rule with that precheck at [`USERINFO`] bytes.
    pub(super) fn may_begin_at(&self, bytes: &[u8], at: usize) -> bool {
        (self.precheck != Some(PrecheckName::Userinfo) || userinfo_round(bytes, at))
            && (self.before > 0 || self.hints().head.may_begin(bytes, at))
    }

    /// Whether a match may lie round a keyword. False is certain, true is not.
    fn may_match_at(&self, bytes: &[u8], at: usize) -> bool {
        let window = at.saturating_sub(self.before)..bytes.len().min(at + self.max_len);
        visited(|| window.len() * self.hints().telling.count());
        self.may_begin_at(bytes, at) && self.hints().telling.may_match(&bytes[window])
    }

    /// Span and value of the leftmost match that covers the keyword at `at`.
    ///
    /// The window is a function of `at` alone: no match is lost to another one before it. A match is one of its start alone,
    /// since the window leaves room for the longest: so where windows overlap, no start is `tried` twice. Keywords must come
    /// in order of their place.
    pub(super) fn match_at(
        &self,
        bytes: &[u8],
        (at, len): (usize, usize),
        tried: &mut Tried,
    ) -> Option<(Range2, Range2)> {
        if !self.may_match_at(bytes, at) {
            return None;
        }
        let hints = self.hints();
        let engine = self.engine.get_or_init(|| Engine::new(&hints.hir));
        let first = at.saturating_sub(self.before);
        tried.forget_before(first);
        if let Some(found) = tried.covering(at + len) {
            return engine.value(&hints.hir, bytes, found);
        }
        let mut cache = engine.caches.get();
        while tried.next <= at {
            let start = tried.next;
            tried.next += 1;
            visited(|| 1);
            if !hints.head.may_begin(bytes, start) {
                continue;
            }
            let end = bytes.len().min(start + self.max_len);
            let input = Input::new(bytes).range(start..end).anchored(Anchored::Yes);
            visited(|| engine.walked(&mut cache, &input));
            let end = engine.forward.try_search_fwd(&mut cache, &input).expect("nothing makes it give up");
            let Some(end) = end else { continue };
            tried.found.push_back(Tried::match_of(start, end.offset()));
            if let Some(found) = tried.covering(at + len) {
                return engine.value(&hints.hir, bytes, found);
            }
        }
        None
    }
}

/// The starts from which a rule was tried, and the matches that begin there.
#[derive(Debug, Default)]
pub(super) struct Tried {
    next: usize,
    found: VecDeque<Found>,
}

/// A match, and what its groups say once that was asked.
#[derive(Debug)]
struct Found {
    whole: Range2,
    value: OnceCell<Option<Range2>>,
}

impl Tried {
    fn match_of(start: usize, end: usize) -> Found {
        Found { whole: (start..end).into(), value: OnceCell::new() }
    }

    /// Of a later keyword's window, the first start.
    fn forget_before(&mut self, first: usize) {
        self.next = self.next.max(first);
        while self.found.front().is_some_and(|found| found.whole.start < first) {
            self.found.pop_front();
        }
    }

    /// The leftmost match that goes as far as `end`.
    fn covering(&self, end: usize) -> Option<&Found> {
        self.found.iter().find(|found| found.whole.end >= end)
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

/// Bytes of a lazy DFA's cache beyond the least that it needs. Few rules ever fill it: with an eighth of it the texts of
/// `benches/worst.rs` take up to three times as long, and a scan of all of them 4 % less memory.
const CACHE: usize = 1 << 21;

/// Finds matches of one pattern, at a given start.
#[derive(Debug)]
struct Engine {
    forward: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>,
    groups: OnceLock<(BoundedBacktracker, usize)>,
}

impl Engine {
    /// With small caches, since windows are short. A search never gives up on its cache: what finds the groups visits every
    /// state of the pattern at every byte, and building a state again costs far less.
    fn new(hir: &Hir) -> Self {
        let nfa = nfa(hir, WhichCaptures::None);
        let least = DFA::config().get_minimum_cache_capacity(&nfa).expect("any pattern has a least capacity");
        let forward = DFA::builder()
            .configure(DFA::config().cache_capacity(least + CACHE))
            .build_from_nfa(nfa)
            .expect("without Unicode no byte is beyond a DFA");
        let of = forward.clone();
        let caches: Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe> =
            Box::new(move || of.create_cache());
        Self { forward, caches: Pool::new(caches), groups: OnceLock::new() }
    }

    /// The bytes that a search looks at; it is asked in tests only.
    fn walked(&self, cache: &mut Cache, input: &Input<'_>) -> usize {
        let mut state = self.forward.start_state_forward(cache, input).expect("it can begin anywhere");
        let text = &input.haystack()[input.get_range()];
        let is_over = |byte: &u8| {
            state = self.forward.next_state(cache, state, *byte).expect("nothing makes it give up");
            state.is_dead()
        };
        text.iter().position(is_over).map_or(text.len(), |last| last + 1)
    }

    /// The match and the value in it.
    fn value(&self, hir: &Hir, bytes: &[u8], found: &Found) -> Option<(Range2, Range2)> {
        let input = || Input::new(bytes).range(found.whole.range()).anchored(Anchored::Yes);
        let value = found.value.get_or_init(|| self.groups(hir, &input()));
        value.map(|value| (found.whole, value))
    }

    /// The value in a match.
    fn groups(&self, hir: &Hir, input: &Input<'_>) -> Option<Range2> {
        let (backtracker, secret) = self.groups.get_or_init(|| {
            let nfa = nfa(hir, WhichCaptures::All);
            let secret = nfa.group_info().to_index(PatternID::ZERO, "secret");
            let config = BoundedBacktracker::config().visited_capacity(1 << 20);
            let backtracker = BoundedBacktracker::builder().configure(config).build_from_nfa(nfa);
            (backtracker.expect("any pattern can be tried"), secret.expect("the loader has found the group"))
        });
        visited(|| input.get_span().len());
        let mut captures = Captures::all(backtracker.get_nfa().group_info().clone());
        if input.get_span().len() <= backtracker.max_haystack_len() {
            VISITED.with_borrow_mut(|cache| {
                let cache = cache.get_or_insert_with(|| backtracker.create_cache());
                cache.reset(backtracker);
                backtracker.try_captures(cache, input.clone(), &mut captures).expect("it is short enough");
            });
        } else {
            let machine =
                PikeVM::new_from_nfa(backtracker.get_nfa().clone()).expect("any pattern can be run");
            machine.captures(&mut machine.create_cache(), input.clone(), &mut captures);
        }
        captures.get_group(*secret).map(|value| value.range().into())
    }
}

thread_local! {
    /// What the last search for groups has visited: large, and so one for all rules.
    static VISITED: RefCell<Option<backtrack::Cache>> = const { RefCell::new(None) };
}

/// Without Unicode tables.
fn nfa(hir: &Hir, captures: WhichCaptures) -> NFA {
    let config = Config::new().utf8(false).nfa_size_limit(Some(8 << 20)).which_captures(captures);
    Compiler::new()
        .configure(config)
        .build_from_hir(hir)
        .expect("the loader has parsed the pattern and bounded its size")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::{Random, builtin, walk};

    /// The leftmost match that covers the keyword, by a machine that knows no shortcut.
    fn by_machine(rule: &Rule, bytes: &[u8], at: usize, len: usize) -> Option<(Range2, Range2)> {
        let machine = PikeVM::new_from_nfa(nfa(&parse(rule.pattern).ok()?, WhichCaptures::All)).ok()?;
        let end = bytes.len().min(at + rule.max_len);
        let mut start = at.saturating_sub(rule.before);
        let mut captures = machine.create_captures();
        while start <= at {
            let anchored = if rule.before == 0 { Anchored::Yes } else { Anchored::No };
            let input = Input::new(bytes).range(start..end).anchored(anchored);
            machine.captures(&mut machine.create_cache(), input, &mut captures);
            let whole = captures.get_match().filter(|whole| whole.start() <= at)?;
            if whole.end() >= at + len {
                let value = captures.get_group_by_name("secret")?;
                return Some((whole.range().into(), value.range().into()));
            }
            start = whole.start() + 1;
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_a_window_finds_is_what_a_plain_machine_finds(
            (which, seed) in any::<(u16, u64)>(),
            (cut, byte) in (any::<(u16, u16)>(), proptest::sample::select(&b"aZ0=\" ;:/\n_-"[..])),
        ) {
            let rules = builtin();
            let rules: Vec<&Rule> = rules.iter().filter(|rule| rule.matcher.is_none()).collect();
            let rule = rules[usize::from(which) % rules.len()];
            let hir = parse(rule.pattern).expect("the loader has parsed the pattern");
            let filled = walk(&hir, &mut Random::of(&seed.to_string()));
            // Twice, so that matches overlap and follow each other; and a byte of it another one.
            let mut text = [filled.as_bytes(), filled.as_bytes()].concat();
            text.drain(..usize::from(cut.0) % (text.len() / 2 + 1));
            let changed = usize::from(cut.1) % text.len().max(1);
            text.get_mut(changed).into_iter().for_each(|at| *at = byte);
            let regex = WindowRegex::new(rule);
            let mut tried = Tried::default();
            for at in 0..text.len() {
                let stands = |keyword: &&&[u8]| text[at..].len() > keyword.len() && text[at..at + keyword.len()].eq_ignore_ascii_case(keyword);
                for keyword in rule.keywords.iter().filter(stands) {
                    let found = regex.match_at(&text, (at, keyword.len()), &mut tried);
                    let expected = by_machine(rule, &text, at, keyword.len());
                    prop_assert_eq!(found, expected, "{} at {}", rule.meta.id, at);
                }
            }
        }
    }
}
