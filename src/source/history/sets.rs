//! Sets of numbers that share what they have in common.
//!
//! A set is a binary tree over the bits of its numbers with leaves of 64, and equal subtrees are kept once. So sets are
//! equal if their roots are, what two differ in is found without a look at what they share, and a set that differs from
//! another in one number takes a node of 12 bytes for each level, log2(n / 64) + 1 of them: n sets that each have one
//! number more than the last take n log n where lists would take n².

use std::collections::HashMap;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Unions that are remembered.
const REMEMBERED: usize = 1 << 16;
/// Numbers have 32 bits, a leaf has 6 of them.
const HIGHEST: u8 = 26;

/// A set: its top node, and how many levels are below it. None is higher than its numbers need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Set {
    node: u32,
    level: u8,
}

impl Set {
    /// The set of nothing.
    pub const EMPTY: Self = Self { node: 0, level: 0 };

    /// Stands for a set that is not worked out.
    pub(super) const UNKNOWN: Self = Self { node: 0, level: u8::MAX };
    /// Stands for a set that waits for others.
    pub(super) const OPEN: Self = Self { node: 1, level: u8::MAX };

    /// Whether it is one.
    pub(super) fn is_known(self) -> bool {
        self.level < u8::MAX
    }

    fn new(node: u32, level: u8) -> Self {
        if node == 0 { Self::EMPTY } else { Self { node, level } }
    }

    /// Its top node and its height, as they are stored.
    pub(super) fn to_store(self) -> (u32, u8) {
        (self.node, self.level)
    }
}

/// All sets. Nodes are numbered from 0, which is nothing; the same pair may be a leaf in one place (64 bits) and stand for
/// the halves of a set in another.
#[derive(Debug, Clone)]
pub struct Sets {
    nodes: Vec<[u32; 2]>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Unions of late: two nodes, their level, and what they make.
    unions: Vec<(u32, u32, u8, u32)>,
}

impl Default for Sets {
    fn default() -> Self {
        let (numbers, hasher, unions) = Default::default();
        Self { nodes: vec![[0, 0]], numbers, hasher, unions }
    }
}

/// For each number a set, and for a set the union of those of its numbers. What is worked out for a part of a set is
/// remembered: for the next set that has it in common.
#[derive(Debug, Default)]
pub struct Images {
    /// The sets they are in.
    pub sets: Sets,
    /// By part and its first number.
    known: HashMap<(Set, u64), Set>,
}

impl Images {
    /// The union of the images of the numbers of a set of `all`.
    pub fn of(&mut self, (all, set): (&Sets, Set), images: &[Set]) -> Set {
        self.of_part(all, (set, 0), images)
    }

    fn of_part(&mut self, all: &Sets, (set, first): (Set, u64), images: &[Set]) -> Set {
        if set == Set::EMPTY {
            return set;
        }
        if let Some(&known) = self.known.get(&(set, first)) {
            return known;
        }
        let image = if set.level == 0 {
            let numbers = all.list(set).into_iter().map(|number| first as u32 + number);
            let keyed: Vec<(u32, Set)> = numbers.map(|number| (number, images[number as usize])).collect();
            self.sets.union_of(&keyed)
        } else {
            let [low, high] = all.halves(set, set.level);
            let low = self.of_part(all, (low, first), images);
            let high = self.of_part(all, (high, first + half_span(set.level)), images);
            self.sets.union(low, high)
        };
        self.known.insert((set, first), image);
        image
    }
}

/// How many numbers one half of a set of this level spans.
fn half_span(level: u8) -> u64 {
    32 << level
}

fn bits([low, high]: [u32; 2]) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

impl Sets {
    /// How many nodes there are, which is what all sets take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    /// All nodes, as they are stored.
    pub(super) fn nodes(&self) -> &[[u32; 2]] {
        &self.nodes
    }

    fn node(&mut self, pair: [u32; 2]) -> u32 {
        if pair == [0, 0] {
            return 0;
        }
        let (hash, nodes, hasher) = (self.hasher.hash_one(pair), &mut self.nodes, &self.hasher);
        if let Some(&known) = self.numbers.find(hash, |&node| nodes[node as usize] == pair) {
            return known;
        }
        let number = nodes.len() as u32;
        nodes.push(pair);
        self.numbers.insert_unique(hash, number, |&node| hasher.hash_one(nodes[node as usize]));
        number
    }

    /// The set of these, which are sorted.
    pub fn of_sorted(&mut self, numbers: &[u32]) -> Set {
        let Some(last) = numbers.last() else { return Set::EMPTY };
        let level = (u32::BITS - (last >> 6).leading_zeros()) as u8;
        Set::new(self.build(numbers, level, 0), level)
    }

    fn build(&mut self, numbers: &[u32], level: u8, first: u64) -> u32 {
        match level {
            _ if numbers.is_empty() => 0,
            0 => {
                let all = numbers.iter().fold(0u64, |all, &number| all | 1 << (u64::from(number) - first));
                self.node([all as u32, (all >> 32) as u32])
            }
            _ => {
                let middle = first + half_span(level);
                let (low, high) =
                    numbers.split_at(numbers.partition_point(|&number| u64::from(number) < middle));
                let pair = [self.build(low, level - 1, first), self.build(high, level - 1, middle)];
                self.node(pair)
            }
        }
    }

    /// What is in one or the other.
    pub fn union(&mut self, one: Set, other: Set) -> Set {
        let level = one.level.max(other.level);
        let (one, other) = (self.lifted(one, level), self.lifted(other, level));
        Set::new(self.join(one, other, level), level)
    }

    fn lifted(&mut self, set: Set, level: u8) -> u32 {
        (set.level..level).fold(set.node, |node, _| self.node([node, 0]))
    }

    fn join(&mut self, one: u32, other: u32, level: u8) -> u32 {
        let (one, other) = (one.min(other), one.max(other));
        if one == 0 || one == other {
            return other;
        }
        let ([a, b], [c, d]) = (self.nodes[one as usize], self.nodes[other as usize]);
        if level == 0 {
            return self.node([a | c, b | d]);
        }
        if self.unions.is_empty() {
            self.unions = vec![(0, 0, 0, 0); REMEMBERED];
        }
        let slot = self.hasher.hash_one((one, other)) as usize % REMEMBERED;
        let known = self.unions[slot];
        if (known.0, known.1, known.2) == (one, other, level) {
            return known.3;
        }
        let pair = [self.join(a, c, level - 1), self.join(b, d, level - 1)];
        let joined = self.node(pair);
        self.unions[slot] = (one, other, level, joined);
        joined
    }

    /// What is in any of these, which are sorted by their keys. Joined by the bits of the keys, so that another list that differs
    /// in one of them has most steps in common.
    pub fn union_of(&mut self, keyed: &[(u32, Set)]) -> Set {
        match keyed {
            [] => Set::EMPTY,
            [(_, set)] => *set,
            [(first, one), .., (last, _)] if first == last => {
                keyed.iter().fold(*one, |all, (_, set)| self.union(all, *set))
            }
            [(first, _), .., (last, _)] => {
                let bit = 1 << (first ^ last).ilog2();
                let (low, high) = keyed.split_at(keyed.partition_point(|(key, _)| key & bit == 0));
                let (low, high) = (self.union_of(low), self.union_of(high));
                self.union(low, high)
            }
        }
    }

    /// The lower and the upper half of a set, as one of this level.
    fn halves(&self, set: Set, level: u8) -> [Set; 2] {
        if set.level < level {
            return [set, Set::EMPTY];
        }
        self.nodes[set.node as usize].map(|node| Set::new(node, level - 1))
    }

    /// The lowest number of a set; 0 for the set of nothing.
    pub(super) fn first(&self, set: Set) -> u32 {
        let (mut node, mut first) = (set.node, 0);
        for level in (1..=set.level).rev() {
            let [low, high] = self.nodes[node as usize];
            (node, first) = if low == 0 { (high, first + half_span(level)) } else { (low, first) };
        }
        let own = bits(self.nodes[node as usize]).trailing_zeros();
        if set == Set::EMPTY { 0 } else { first as u32 + own }
    }

    /// The numbers of a set, sorted.
    #[must_use]
    pub fn list(&self, set: Set) -> Vec<u32> {
        self.minus(set, &[])
    }

    /// What is in none of the others, sorted.
    #[must_use]
    pub fn minus(&self, set: Set, others: &[Set]) -> Vec<u32> {
        let level = others.iter().fold(set.level, |level, other| level.max(other.level));
        let mut out = Vec::new();
        self.add_difference(set, others, (level, 0), &mut out);
        out
    }

    fn add_difference(&self, set: Set, others: &[Set], (level, first): (u8, u64), out: &mut Vec<u32>) {
        if set == Set::EMPTY || others.contains(&set) {
            return;
        }
        if level == 0 {
            let of = |set: &Set| bits(self.nodes[set.node as usize]);
            let mut left = of(&set) & !others.iter().fold(0, |all, other| all | of(other));
            while left != 0 {
                out.push((first + u64::from(left.trailing_zeros())) as u32);
                left &= left - 1;
            }
            return;
        }
        let own = self.halves(set, level);
        let others: Vec<[Set; 2]> = others.iter().map(|&other| self.halves(other, level)).collect();
        for (half, first) in [first, first + half_span(level)].into_iter().enumerate() {
            let others: Vec<Set> =
                others.iter().map(|halves| halves[half]).filter(|other| *other != Set::EMPTY).collect();
            self.add_difference(own[half], &others, (level - 1, first), out);
        }
    }

    /// Whether one of these, which are sorted, is in the set.
    #[must_use]
    pub fn has_one(&self, set: Set, wanted: &[u32]) -> bool {
        self.has_one_from(set, wanted, 0)
    }

    fn has_one_from(&self, set: Set, wanted: &[u32], first: u64) -> bool {
        let end = first + 2 * half_span(set.level);
        let wanted = &wanted[..wanted.partition_point(|&number| u64::from(number) < end)];
        if set == Set::EMPTY || wanted.is_empty() {
            return false;
        }
        if set.level == 0 {
            let all = bits(self.nodes[set.node as usize]);
            return wanted.iter().any(|&number| all >> (u64::from(number) - first) & 1 == 1);
        }
        let middle = first + half_span(set.level);
        let (low, high) = wanted.split_at(wanted.partition_point(|&number| u64::from(number) < middle));
        // An empty half is of no level.
        let [lower, upper] = self.halves(set, set.level);
        self.has_one_from(lower, low, first) || self.has_one_from(upper, high, middle)
    }

    /// Takes over sets that were stored, and no more of the nodes than they need. Nothing if they cannot be.
    pub(super) fn adopt(&mut self, nodes: &[[u32; 2]], stored: &[(u32, u8)]) -> Option<Vec<Set>> {
        let mut known = HashMap::new();
        let set = |&(node, level): &(u32, u8)| {
            let is_one = (node as usize) < nodes.len() && level <= HIGHEST;
            Some(Set::new(self.adopt_node((nodes, node, level), &mut known).filter(|_| is_one)?, level))
        };
        stored.iter().map(set).collect()
    }

    fn adopt_node(
        &mut self,
        (nodes, node, level): (&[[u32; 2]], u32, u8),
        known: &mut HashMap<(u32, u8), u32>,
    ) -> Option<u32> {
        if node == 0 || level > HIGHEST {
            return (node == 0).then_some(0);
        }
        if let Some(&adopted) = known.get(&(node, level)) {
            return Some(adopted);
        }
        let mut pair = *nodes.get(node as usize)?;
        if level > 0 {
            for half in &mut pair {
                *half = self.adopt_node((nodes, *half, level - 1), known)?;
            }
        }
        let adopted = self.node(pair);
        known.insert((node, level), adopted);
        Some(adopted)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn numbers() -> impl Strategy<Value = BTreeSet<u32>> {
        let number = prop_oneof![0..200u32, 0..100_000u32, any::<u32>()];
        proptest::collection::btree_set(number, 0..60)
    }

    proptest! {
        #[test]
        fn sets_are_what_lists_would_be(lists in proptest::collection::vec(numbers(), 1..6), more in numbers()) {
            let mut sets = Sets::default();
            let sorted = |list: &BTreeSet<u32>| list.iter().copied().collect::<Vec<u32>>();
            let all: Vec<Set> = lists.iter().map(|list| sets.of_sorted(&sorted(list))).collect();
            for (set, list) in all.iter().zip(&lists) {
                prop_assert_eq!(sets.list(*set), sorted(list));
                prop_assert_eq!(sets.first(*set), list.first().copied().unwrap_or(0));
                prop_assert_eq!(sets.has_one(*set, &sorted(&more)), !list.is_disjoint(&more));
            }
            let keyed: Vec<(u32, Set)> = all.iter().enumerate().map(|(at, set)| (at as u32 * 3, *set)).collect();
            let union: BTreeSet<u32> = lists.iter().flatten().copied().collect();
            prop_assert_eq!(sets.union_of(&keyed), sets.of_sorted(&sorted(&union)));
            let rest: BTreeSet<u32> = lists[1..].iter().flatten().copied().collect();
            prop_assert_eq!(sets.minus(all[0], &all[1..]), sorted(&(&lists[0] - &rest)));
            let stored: Vec<(u32, u8)> = all.iter().map(|set| set.to_store()).collect();
            let mut next = Sets::default();
            let adopted = next.adopt(sets.nodes(), &stored).expect("they are whole");
            for (set, list) in adopted.into_iter().zip(&lists) {
                prop_assert_eq!(next.list(set), sorted(list));
            }
        }
    }

    #[test]
    fn each_set_of_one_more_takes_a_node_a_level() {
        let size = |count: u32| {
            let (mut sets, mut last) = (Sets::default(), Set::EMPTY);
            for number in 0..count {
                // Not in their order.
                let one = sets.of_sorted(&[number.wrapping_mul(7_919) % count]);
                last = sets.union(last, one);
            }
            assert_eq!(sets.list(last).len(), count as usize);
            sets.size()
        };
        assert!(size(300) < 300 * 12, "{}", size(300));
        assert!(size(4_801) < 4_801 * 18, "{}", size(4_801));
    }

    #[test]
    fn what_sets_of_one_more_object_hold_is_kept_once() {
        let size = |count: u32| {
            let (mut objects, mut values, mut last) = (Sets::default(), Images::default(), Set::EMPTY);
            let of: Vec<Set> = (0..count).map(|object| values.sets.of_sorted(&[object, 2 * count])).collect();
            for object in 0..count {
                let one = objects.of_sorted(&[object]);
                last = objects.union(last, one);
                let held = values.of((&objects, last), &of);
                let expected: Vec<u32> = (0..=object).chain([2 * count]).collect();
                assert_eq!(values.sets.list(held), expected);
            }
            values.sets.size()
        };
        let (one, two) = (size(300), size(600));
        assert!(two < 3 * one, "{one} {two}");
        assert!(one < 300 * 30, "{one}");
    }

    #[test]
    fn what_was_stored_badly_is_not_taken_over() {
        let mut sets = Sets::default();
        assert!(sets.adopt(&[[0, 0], [7, 0]], &[(1, 1)]).is_none());
        assert!(sets.adopt(&[[0, 0]], &[(1, 0)]).is_none());
        assert!(sets.adopt(&[[0, 0], [1, 1]], &[(1, 200)]).is_none());
    }
}
