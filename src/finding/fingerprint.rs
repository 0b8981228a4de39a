//! Names for a value that do not give the value away: keyed hashes, and positions where a hash would.
//!
//! A hash of a guessable value is as good as the value to somebody who can guess. So without a secret
//! key such a value is named by where it stands (`w-…`), never by what it is.

use std::fmt;

use super::Secret;

/// Built in when the user gave no key: joins equal values, keeps nobody from guessing.
const PUBLIC_KEY_CONTEXT: &str = "ringfence 2026 fingerprint public key v1";
const SECRET_KEY_CONTEXT: &str = "ringfence 2026 fingerprint user key v1";

/// The key of all fingerprints of a run.
#[derive(Clone)]
pub struct FingerprintKey {
    key: [u8; 32],
    secret: bool,
}

impl FingerprintKey {
    /// The built-in key: everybody has it.
    #[must_use]
    pub fn public() -> Self {
        Self { key: blake3::derive_key(PUBLIC_KEY_CONTEXT, b""), secret: false }
    }

    /// A key only the user has, from a file or the environment.
    #[must_use]
    pub fn from_secret(material: &[u8]) -> Self {
        Self { key: blake3::derive_key(SECRET_KEY_CONTEXT, material), secret: true }
    }

    /// Whether only the user has this key, so that hashes of guessable values are safe to write.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// The fingerprint of a value: 128 bits of keyed BLAKE3 over `"v1"` and the value.
    #[must_use]
    pub fn fingerprint(&self, value: &[u8]) -> Fingerprint {
        // Most values are short, and a hasher is large.
        let mut text = [0; 130];
        text[..2].copy_from_slice(b"v1");
        if let Some(short) = text.get_mut(2..2 + value.len()) {
            short.copy_from_slice(value);
            return Fingerprint(first_16(&blake3::keyed_hash(&self.key, &text[..2 + value.len()])));
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(b"v1");
        hasher.update(value);
        Fingerprint(first_16(&hasher.finalize()))
    }

    /// The name under which a value may be written to a report.
    ///
    /// `place` says where a guessable value stands (rule, path, key name, ordinal).
    #[must_use]
    pub fn identity(&self, secret: &Secret, place: &[&[u8]]) -> Identity {
        if self.secret || !is_guessable(secret.expose()) {
            return Identity::Value(self.fingerprint(secret.expose()));
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(b"w1");
        for part in place {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Identity::Place(Fingerprint(first_16(&hasher.finalize())))
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FingerprintKey {{ secret: {} }}", self.secret)
    }
}

fn first_16(hash: &blake3::Hash) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&hash.as_bytes()[..16]);
    out
}

/// Whether an attacker may find the value from its hash with fewer than 2^64 guesses.
///
/// An estimate from below, in bits: letters that read like words cost little however many they are, a
/// character that repeats or continues a run next to nothing. A password meter with dictionaries (zxcvbn)
/// would take 40 ms to load, more than the whole scan of a staged change.
fn is_guessable(value: &[u8]) -> bool {
    let mut runs = value.chunk_by(|a, b| class(*a) == class(*b));
    let mut bits = 0.0;
    !runs.any(|run| {
        bits += run_bits(run);
        bits >= 64.0
    })
}

/// Letters, digits, everything else.
fn class(byte: u8) -> u8 {
    if byte.is_ascii_alphabetic() { 0 } else { 1 + u8::from(byte.is_ascii_digit()) }
}

/// The least that guessing a run of one class costs, in bits.
fn run_bits(run: &[u8]) -> f32 {
    let fresh = 1.0 + run.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) > 1).count() as f32;
    match class(run[0]) {
        0 if run.len() >= 4 && reads_like_words(run) => fresh.min(12.0) + 4.0,
        0 => fresh * 5.0,
        1 => fresh * 4.0,
        _ => fresh * 3.3,
    }
}

/// Between a fifth and two thirds vowels, and never more than four consonants in a row.
fn reads_like_words(letters: &[u8]) -> bool {
    let vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte);
    let vowels = letters.iter().filter(|byte| vowel(byte)).count();
    let longest = letters.split(vowel).map(<[u8]>::len).max().unwrap_or(0);
    longest <= 4 && vowels * 5 >= letters.len() && vowels * 3 <= letters.len() * 2
}

/// 128 bits that name a value under a key. People see the first 8 hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// All 32 hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        let digit = |half: u8| char::from_digit(u32::from(half), 16).expect("four bits are a digit");
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex()[..8])
    }
}

/// How a finding is named in reports and suppressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// By value: the same wherever the value stands.
    Value(Fingerprint),
    /// By place: for guessable values without a secret key.
    Place(Fingerprint),
}

impl Identity {
    /// 8 hex digits, for people; a `w-` marks an identity by place.
    #[must_use]
    pub fn short(&self) -> String {
        match self {
            Self::Value(print) => print.hex()[..8].to_owned(),
            Self::Place(print) => format!("w-{}", &print.hex()[..8]),
        }
    }

    /// The identity that [`Identity::full`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, is_place) = text.strip_prefix("w-").map_or((text, false), |digits| (digits, true));
        let bytes = (0..32).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
        let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
        let print = Fingerprint(bytes.try_into().ok()?);
        (digits.len() == 32).then_some(if is_place { Self::Place(print) } else { Self::Value(print) })
    }

    /// All digits, for machines.
    #[must_use]
    pub fn full(&self) -> String {
        match self {
            Self::Value(print) => print.hex(),
            Self::Place(print) => format!("w-{}", print.hex()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 30 characters nobody guesses, made here so that no token stands in the source.
    fn unguessable() -> Vec<u8> {
        (0..30u32).map(|i| b"qZ7rW2xK9vB4nM6tY1pL"[(i * 7 % 20) as usize] ^ (i as u8 & 1)).collect()
    }

    #[test]
    fn a_guessable_value_is_named_by_its_place_unless_the_key_is_secret() {
        assert!(!is_guessable(&unguessable()));
        for weak in [
            "summer2024",
            "correcthorsebatterystaple",
            "Tr0ub4dor&3",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "1234567890123456",
        ] {
            assert!(is_guessable(weak.as_bytes()), "{weak}");
        }
        let weak = Secret::new(b"summer2024");
        let public = FingerprintKey::public();
        let here = public.identity(&weak, &[b"rule", b"a.env"]);
        let there = public.identity(&weak, &[b"rule", b"b.env"]);
        assert!(here.short().starts_with("w-"));
        assert_ne!(here, there, "the place decides, not the value");

        for identity in [here, public.identity(&Secret::new(&unguessable()), &[])] {
            assert_eq!(Identity::parse(&identity.full()), Some(identity));
        }
        assert_eq!(Identity::parse("w-0123"), None);

        let private = FingerprintKey::from_secret(b"0123456789abcdef0123456789abcdef");
        assert_eq!(private.identity(&weak, &[b"x"]), private.identity(&weak, &[b"y"]));
    }

    #[test]
    fn an_unguessable_value_has_one_name_everywhere() {
        let strong = Secret::new(&unguessable());
        let key = FingerprintKey::public();
        assert_eq!(key.identity(&strong, &[b"a"]), key.identity(&strong, &[b"b"]));
        assert!(!key.identity(&strong, &[b"a"]).short().starts_with("w-"));
    }

    #[test]
    fn keys_change_fingerprints() {
        let value = unguessable();
        let one = FingerprintKey::from_secret(b"one").fingerprint(&value);
        assert_ne!(one, FingerprintKey::from_secret(b"two").fingerprint(&value));
        assert_ne!(one, FingerprintKey::public().fingerprint(&value));
    }
}
