//! What the targets share.

use std::panic;
use std::path::{Path, PathBuf};
use std::sync::{Once, OnceLock};

use ringfence::detect::{Detector, builtin};

/// The detector with all rules, made once.
pub fn detector() -> &'static Detector {
    static DETECTOR: OnceLock<Detector> = OnceLock::new();
    DETECTOR.get_or_init(|| Detector::new(builtin()))
}

/// Lets the library that unpacks Zstandard panic: that is contained, and told as a gap. Any other panic ends the run.
pub fn forgive() {
    static FORGIVEN: Once = Once::new();
    FORGIVEN.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |failure| {
            if !failure.location().is_some_and(|at| at.file().contains("ruzstd")) {
                before(failure);
            }
        }));
    });
}

/// A folder of this process, in memory where there is such a file system.
pub fn scratch(target: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = base.join(format!("ringfence-fuzz-{target}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// The first byte chooses one of `choices`; the rest is the input.
pub fn choose<'a, T: Copy>(data: &'a [u8], choices: &[T]) -> Option<(T, &'a [u8])> {
    let (&first, rest) = data.split_first()?;
    Some((choices[usize::from(first) % choices.len()], rest))
}
