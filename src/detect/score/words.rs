//! Splitting names into words, and looking for words in text.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Splits `dbPassword_URL` into `db`, `password`, `url`; `lower` is the same name in small letters.
pub(in crate::detect) fn words_of<'n>(name: &[u8], lower: &'n [u8]) -> Vec<&'n [u8]> {
    let mut words = Vec::with_capacity(8);
    let mut from = 0;
    for (at, &byte) in name.iter().enumerate() {
        let before = at.checked_sub(1).map_or(b'_', |at| name[at]);
        let after_lower = before.is_ascii_lowercase() || before.is_ascii_digit();
        // The last capital of a run begins a word: `DBPassword` is `db`, `password`.
        let ends_run = before.is_ascii_uppercase() && name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let boundary =
            !byte.is_ascii_alphanumeric() || (byte.is_ascii_uppercase() && (after_lower || ends_run));
        if boundary {
            words.extend(lower.get(from..at).filter(|word| !word.is_empty()));
            from = at + usize::from(!byte.is_ascii_alphanumeric());
        }
    }
    words.extend(lower.get(from..).filter(|word| !word.is_empty()));
    words
}

/// Lists of words that are looked for in a text, all in one pass.
#[derive(Debug)]
pub(in crate::detect) struct Lists {
    automaton: AhoCorasick,
    /// The list of each pattern.
    lists: Vec<u8>,
}

impl Lists {
    /// At most 32 lists of lower-case words.
    pub(in crate::detect) fn new(lists: &[&[&str]]) -> Self {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(lists.iter().copied().flatten())
            .expect("a few hundred short words fit any automaton");
        let of_list = |(list, words): (usize, &&[&str])| std::iter::repeat_n(list as u8, words.len());
        Self { automaton, lists: lists.iter().enumerate().flat_map(of_list).collect() }
    }

    /// The lists that have a word in `text`, a bit each.
    pub(in crate::detect) fn in_text(&self, text: &[u8]) -> u32 {
        self.automaton
            .find_overlapping_iter(text)
            .fold(0, |set, found| set | 1 << self.lists[found.pattern().as_usize()])
    }
}

/// Vowels and consonants alternate as in words: no run of five consonants, and 20 to 70 % vowels.
pub(in crate::detect) fn reads_like_a_word(word: &[u8]) -> bool {
    let vowel = |byte: u8| b"aeiouy".contains(&byte);
    let vowels = word.iter().filter(|&&byte| vowel(byte)).count();
    let longest = word.split(|&byte| vowel(byte)).map(<[u8]>::len).max().unwrap_or(0);
    longest <= 4 && vowels * 10 >= word.len() * 2 && vowels * 10 <= word.len() * 7
}
