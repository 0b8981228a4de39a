//! Rule files, ringfence.toml and baselines.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::env::Config;
use ringfence::finding::Baseline;
use ringfence_fuzz::choose;

fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = choose(data, &[0, 1, 2]) else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match which {
        0 => drop(ringfence::detect::load_user("rules.toml", text)),
        1 => drop(Config::parse(text)),
        _ => drop(Baseline::parse(text)),
    }
});
