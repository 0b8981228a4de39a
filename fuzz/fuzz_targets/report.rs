//! Reports of any scanner, read and written in every format.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::finding::FingerprintKey;
use ringfence::report::{Format, Options};

fuzz_target!(|data: &[u8]| {
    let Ok(outcome) = ringfence::import::read(data, &FingerprintKey::public()) else { return };
    let options = Options { color: true, quiet: false, terminal_width: 80, now: 0 };
    for format in Format::ALL {
        let mut out = Vec::new();
        ringfence::report::write(format, &outcome, &options, &mut out).expect("memory can be written");
        let text = String::from_utf8(out).expect("reports are UTF-8");
        if format == Format::Html {
            assert_eq!(text.matches("<script").count(), 2, "the page has its data and its code, and no more");
        }
    }
});
