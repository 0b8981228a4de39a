//! Lists that many share, each kept once and known by a number.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Lists by number, from 0 in the order in which they came; all items stand in one row.
#[derive(Debug)]
pub(super) struct Lists<T> {
    items: Vec<T>,
    /// Where each list ends.
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        let (items, ends, numbers, hasher) = Default::default();
        Self { items, ends, numbers, hasher }
    }
}

/// The list with a number.
fn list<'a, T>(items: &'a [T], ends: &[usize], number: u32) -> &'a [T] {
    let at = number as usize;
    let start = at.checked_sub(1).map_or(0, |before| ends[before]);
    &items[start..ends[at]]
}

impl<T: Copy + Eq + Hash> Lists<T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, number: u32) -> &[T] {
        list(&self.items, &self.ends, number)
    }

    /// The number of a list, and whether it is new.
    pub(super) fn intern(&mut self, wanted: &[T]) -> (u32, bool) {
        let hash = self.hasher.hash_one(wanted);
        let (items, ends, hasher) = (&mut self.items, &mut self.ends, &self.hasher);
        if let Some(&known) = self.numbers.find(hash, |&number| list(items, ends, number) == wanted) {
            return (known, false);
        }
        let number = ends.len() as u32;
        items.extend_from_slice(wanted);
        ends.push(items.len());
        self.numbers.insert_unique(hash, number, |&number| hasher.hash_one(list(items, ends, number)));
        (number, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lists_have_one_number_and_are_given_back() {
        let mut lists = Lists::default();
        let given: Vec<Vec<u32>> = (0..200).map(|number| (0..number % 50).collect()).collect();
        let numbers: Vec<u32> = given.iter().map(|list| lists.intern(list).0).collect();
        assert_eq!(lists.len(), 50);
        assert!(numbers.iter().zip(&given).all(|(&number, list)| lists.get(number) == list.as_slice()));
        assert_eq!(lists.intern(&[7]), (50, true));
        assert_eq!(lists.get(50), [7]);
    }
}
