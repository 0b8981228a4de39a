//! Finds the keywords of all rules in one pass, caselessly, overlaps included.
//!
//! Two engines with the same hits: the vector gate where the processor has AVX2, and an Aho-Corasick
//! automaton everywhere else. The automaton is also what the gate is tested against.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::Rule;
use super::decode::WORDS;
use super::gate::Gate;

/// A keyword in the text.
pub(super) struct Hit<'a> {
    pub(super) at: usize,
    pub(super) len: usize,
    /// Indices of the rules that have this keyword; beyond them, those of words that tell of encoded regions.
    pub(super) rules: &'a [u16],
}

#[derive(Debug)]
enum Engine {
    Gate(Gate),
    Automaton(AhoCorasick),
}

/// All keywords, and whose they are.
#[derive(Debug)]
pub(super) struct Prefilter {
    keywords: Vec<&'static [u8]>,
    rules: Vec<Vec<u16>>,
    longest: usize,
    engine: Engine,
}

impl Prefilter {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut by_keyword: BTreeMap<&'static [u8], Vec<u16>> = BTreeMap::new();
        for (index, rule) in rules.iter().enumerate() {
            let index = u16::try_from(index).expect("fewer than 65,536 rules");
            for keyword in rule.keywords {
                by_keyword.entry(keyword).or_default().push(index);
            }
        }
        for (word, (text, _)) in WORDS.iter().enumerate() {
            let index = u16::try_from(rules.len() + word).expect("fewer than 65,536 rules and words");
            by_keyword.entry(text).or_default().push(index);
        }
        let keywords: Vec<_> = by_keyword.keys().copied().collect();
        let engine =
            Gate::new(&keywords).map_or_else(|| Engine::Automaton(automaton(&keywords)), Engine::Gate);
        let longest = keywords.iter().map(|keyword| keyword.len()).max().unwrap_or(0);
        Self { keywords, rules: by_keyword.into_values().collect(), longest, engine }
    }

    /// Calls `sink` for every keyword that begins in `range`, in no particular order.
    pub(super) fn hits(&self, bytes: &[u8], range: Range<usize>, sink: &mut dyn FnMut(Hit<'_>)) {
        let hit = |at: usize, keyword: usize| Hit {
            at,
            len: self.keywords[keyword].len(),
            rules: &self.rules[keyword],
        };
        match &self.engine {
            Engine::Gate(gate) => gate.hits(bytes, range, &mut |found| sink(hit(found.at, found.keyword))),
            Engine::Automaton(automaton) => {
                let end = bytes.len().min(range.end + self.longest.saturating_sub(1));
                for found in automaton.find_overlapping_iter(&bytes[range.start..end]) {
                    let at = range.start + found.start();
                    if at < range.end {
                        sink(hit(at, found.pattern().as_usize()));
                    }
                }
            }
        }
    }
}

fn automaton(keywords: &[&[u8]]) -> AhoCorasick {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .prefilter(false)
        .build(keywords)
        .expect("a few hundred short keywords fit any automaton")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::builtin;

    /// Text made of keywords, pieces of keywords and other bytes, so that near misses are frequent.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let keywords: Vec<&'static [u8]> = builtin().iter().flat_map(|rule| rule.keywords).copied().collect();
        let piece = (proptest::sample::select(keywords), 0..24usize, any::<bool>()).prop_map(
            |(keyword, len, upper)| {
                let piece = keyword[..len.min(keyword.len())].to_vec();
                if upper { piece.to_ascii_uppercase() } else { piece }
            },
        );
        let other = proptest::collection::vec(any::<u8>(), 0..12);
        proptest::collection::vec(prop_oneof![piece, other], 0..40).prop_map(|pieces| pieces.concat())
    }

    fn hits(prefilter: &Prefilter, bytes: &[u8], range: Range<usize>) -> Vec<(usize, usize, Vec<u16>)> {
        let mut all = Vec::new();
        prefilter.hits(bytes, range, &mut |hit| all.push((hit.at, hit.len, hit.rules.to_vec())));
        all.sort();
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_gate_finds_what_the_automaton_finds(bytes in text(), cut in any::<(u16, u16)>()) {
            let gate = Prefilter::new(&builtin());
            let engine = Engine::Automaton(automaton(&gate.keywords));
            let oracle = Prefilter { engine, keywords: gate.keywords.clone(), rules: gate.rules.clone(), longest: gate.longest };
            let (a, b) = (usize::from(cut.0) % (bytes.len() + 1), usize::from(cut.1) % (bytes.len() + 1));
            for range in [0..bytes.len(), a.min(b)..a.max(b)] {
                prop_assert_eq!(hits(&gate, &bytes, range.clone()), hits(&oracle, &bytes, range));
            }
        }
    }
}
