//! Shannon entropy of a value, and how random it looks for its alphabet.

/// Bits a byte, 0.0 to 8.0, by the `entropy` crate.
pub(super) fn shannon(value: &[u8]) -> f32 {
    entropy::shannon_entropy(value)
}

/// Entropy as a share of what a random value of this length could have at most, 0.0 to 1.0.
///
/// A random value of n bytes cannot show more than log2(n) bits a byte, however random.
pub(super) fn relative(value: &[u8]) -> f32 {
    if value.len() < 2 {
        return 0.0;
    }
    let most = (value.len() as f32).log2().min(alphabet_bits(value));
    (shannon(value) / most).min(1.0)
}

/// log2 of the size of the smallest usual alphabet that holds the value.
fn alphabet_bits(value: &[u8]) -> f32 {
    let all = |test: fn(&u8) -> bool| value.iter().all(test);
    if all(u8::is_ascii_digit) {
        10f32.log2()
    } else if all(u8::is_ascii_hexdigit) {
        4.0
    } else if all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase) {
        26f32.log2()
    } else {
        6.0
    }
}

/// Whether a long value changes between upper and lower case nearly as often as chance has it.
///
/// Every second pair of random letters does, and fewer than one of three in `currentUserName`. Whether the
/// letters read like words does not count.
pub(super) fn has_mixed_letters(value: &[u8]) -> bool {
    let letters = |pair: &&[u8]| pair.iter().all(u8::is_ascii_alphabetic);
    let changes = |pair: &[u8]| pair[0].is_ascii_uppercase() != pair[1].is_ascii_uppercase();
    let pairs: Vec<bool> = value.windows(2).filter(letters).map(changes).collect();
    let changed = pairs.iter().filter(|changes| **changes).count();
    value.len() >= LONG && pairs.len() * 2 >= LONG && changed * 3 >= pairs.len() && shannon(value) >= 3.5
}

/// Shorter values without digits are names more often than credentials.
const LONG: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_is_near_the_most_and_repetition_is_far_from_it() {
        assert!(relative(b"q8Zr2LwX0pVt") > 0.95);
        assert!(relative(b"aaaaaaaabbbb") < 0.4);
        assert!(relative(b"x").abs() < f32::EPSILON);
    }

    #[test]
    fn random_letters_change_their_case_more_often_than_names() {
        assert!(has_mixed_letters(b"qZrWxKvBnMtYpLsDhGjFcR"));
        for name in ["currentUserAccessTokenName", "CURRENT_USER_ACCESS_TOKEN", "current-user-access-token"] {
            assert!(!has_mixed_letters(name.as_bytes()), "{name}");
        }
        assert!(!has_mixed_letters(b"qZrWxKvBnMtY"), "short");
    }
}
