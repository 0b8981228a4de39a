//! Every place at which some values stand in a text, those that overlap included.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem;

/// Up to so many values are looked for one by one: each costs a pass over the text, and building an automaton of them more.
const FEW: usize = 8;

/// Calls `found` with the place and the index of each value wherever it stands in `text`; in no certain order.
pub(super) fn of(values: &[&[u8]], text: &[u8], found: &mut dyn FnMut(usize, usize)) {
    if values.len() <= FEW && !values.iter().any(|value| overlaps_itself(value)) {
        for (index, value) in values.iter().enumerate() {
            memmem::find_iter(text, value).for_each(|at| found(at, index));
        }
        return;
    }
    // Used once: what is quick to build is quick.
    let all = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(values);
    let Ok(all) = all else { return };
    for hit in all.find_overlapping_iter(text) {
        found(hit.start(), hit.pattern().as_usize());
    }
}

/// Whether a value begins as it ends, so that two places of it may share bytes.
fn overlaps_itself(value: &[u8]) -> bool {
    // The longest beginning of the value that each of its parts ends with (Knuth, Morris, Pratt).
    let mut longest = vec![0; value.len()];
    for at in 1..value.len() {
        let mut len = longest[at - 1];
        while len > 0 && value[len] != value[at] {
            len = longest[len - 1];
        }
        longest[at] = len + usize::from(value[len] == value[at]);
    }
    longest.last().is_some_and(|len| *len > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_place_of_every_value_is_found_once(
            values in proptest::collection::vec("[ab]{1,4}", 0..12),
            text in "[abc]{0,60}",
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
