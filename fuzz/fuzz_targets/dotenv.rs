//! Env files: the grammar, and what each loader makes of them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::env::parse::dotenv::{self, Kind};
use ringfence::env::parse::loader::{dotenvy, node, npm, python};
use ringfence::env::parse::profile::Profile;

fuzz_target!(|text: &str| {
    for line in dotenv::parse(text) {
        if let Kind::Pair(pair) = &line.kind {
            assert!(text.get(pair.raw.clone()).is_some(), "a value is a part of the text");
            for (_, profile) in Profile::ALL {
                let _ = profile.value(text, pair);
            }
        }
    }
    for read in [dotenvy::read, node::read, npm::read, python::read] {
        let _ = read(text);
    }
});
