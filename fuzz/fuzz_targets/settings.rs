//! Manifests and settings that the environment lint reads.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::env::parse::{dockerfile, json, lines, source, toml, yaml};
use ringfence_fuzz::choose;

fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = choose(data, &[0, 1, 2, 3, 4, 5]) else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let leaves = match which {
        0 => json::parse(text).0,
        1 => yaml::parse(text).0,
        2 => toml::parse(text).0,
        3 => [lines::properties(text), lines::hcl(text), lines::template(text), lines::xml(text)].concat(),
        4 => {
            let instructions = dockerfile::parse(text);
            let _ = dockerfile::final_stages(text, &instructions);
            for instruction in &instructions {
                for (name, value) in dockerfile::pairs(text, instruction) {
                    assert!(text.get(name).is_some() && text.get(value).is_some(), "parts of the text");
                }
            }
            Vec::new()
        }
        _ => {
            for ending in ["js", "py", "rb", "sql"] {
                assert_eq!(source::without_comments(text, ending).len(), text.len());
            }
            Vec::new()
        }
    };
    drop(leaves);
});
