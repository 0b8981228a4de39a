//! Every place at which some values stand in a text, those that overlap included.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem;

/// Bytes that are read for one value after another; beyond, building an automaton of all of them costs less.
const PASSES: usize = 1 << 20;

/// Calls `found` with the place and the index of each value wherever it stands in `text`; in no certain order.
pub(super) fn of(values: &[&[u8]], text: &[u8], found: &mut dyn FnMut(usize, usize)) {
    let borders: Vec<usize> = values.iter().map(|value| border(value)).collect();
    // A value that is the same again and again is read many times where it stands.
    let is_periodic = values.iter().zip(&borders).any(|(value, border)| *border > value.len() / 2);
    if values.len() * text.len() > PASSES || is_periodic {
        return at_once(values, text, found);
    }
    for (index, (value, border)) in values.iter().zip(borders).enumerate() {
        let finder = memmem::Finder::new(value);
        let mut from = 0;
        while let Some(at) = finder.find(&text[from..]).map(|at| from + at) {
            found(at, index);
            from = at + value.len() - border;
        }
    }
}

fn at_once(values: &[&[u8]], text: &[u8], found: &mut dyn FnMut(usize, usize)) {
    // Used once: what is quick to build is quick.
    let all = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(values);
    let Ok(all) = all else { return };
    for hit in all.find_overlapping_iter(text) {
        found(hit.start(), hit.pattern().as_usize());
    }
}

/// The most bytes that two places of a value may share: the longest part, not all, that it both begins and ends with.
fn border(value: &[u8]) -> usize {
    // The same of each beginning of the value (Knuth, Morris, Pratt).
    let mut longest = vec![0; value.len()];
    for at in 1..value.len() {
        let mut len = longest[at - 1];
        while len > 0 && value[len] != value[at] {
            len = longest[len - 1];
        }
        longest[at] = len + usize::from(value[len] == value[at]);
    }
    longest.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_place_of_every_value_is_found_once(
            values in proptest::collection::vec("[abc]{1,6}", 0..12),
            text in "[abc]{0,90}",
        ) {
            let values: Vec<&[u8]> = values.iter().map(String::as_bytes).collect();
            let mut all = Vec::new();
            of(&values, text.as_bytes(), &mut |at, index| all.push((at, index)));
            all.sort_unstable();
            let places = (0..text.len()).flat_map(|at| (0..values.len()).map(move |index| (at, index)));
            let is_there = |&(at, index): &(usize, usize)| text.as_bytes()[at..].starts_with(values[index]);
            prop_assert_eq!(all, places.filter(is_there).collect::<Vec<_>>());
        }
    }
}
