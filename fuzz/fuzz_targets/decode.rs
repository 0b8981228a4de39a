//! Rules, decoders and scoring on any bytes, and what redact leaves of them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::detect::PlaceFacts;
use ringfence::finding::{Confidence, FingerprintKey};
use ringfence::run::Redactor;
use ringfence_fuzz::{choose, detector};

const NAMES: [&str; 6] = ["a.env", "a.py", "a.md", "test/a.json", "a.yml", "id_rsa"];

fuzz_target!(|data: &[u8]| {
    ringfence_fuzz::forgive();
    let Some((name, bytes)) = choose(data, &NAMES) else { return };
    let settled = detector().find(bytes, &PlaceFacts::of_path(name.as_bytes()));
    for found in &settled.matches {
        assert!(
            found.value.range().end <= bytes.len() && !found.value_in(bytes).is_empty(),
            "{}",
            found.rule
        );
    }
    let key = FingerprintKey::public();
    let mut redactor = Redactor::new(detector(), &key, Confidence::Medium);
    let mut out = Vec::new();
    redactor.copy(name.as_bytes(), &mut &bytes[..], &mut out).expect("memory can be written");
});
