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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_is_near_the_most_and_repetition_is_far_from_it() {
        assert!(relative(b"q8Zr2LwX0pVt") > 0.95);
        assert!(relative(b"aaaaaaaabbbb") < 0.4);
        assert!(relative(b"x").abs() < f32::EPSILON);
    }
}
