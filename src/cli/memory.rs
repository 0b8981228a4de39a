//! Runs work on as many threads as asked for, within the memory that is allowed, and says if that was not enough.

use std::thread::available_parallelism;

use anyhow::{Context, Result};

use super::args::ScanFlags;
use super::say;
use crate::run::Memory;

impl ScanFlags {
    /// How much memory the scan may take.
    pub(super) fn max_memory(&self) -> Memory {
        self.max_memory.map(Memory::of).unwrap_or_default()
    }
}

/// How many threads a scan has.
pub(super) fn threads(flags: &ScanFlags) -> usize {
    let wanted = flags.jobs.filter(|jobs| *jobs > 0);
    flags.max_memory().threads(wanted.unwrap_or_else(|| available_parallelism().map_or(1, Into::into)))
}

/// Runs `work` on as many threads as asked for.
pub(super) fn with_threads(
    flags: &ScanFlags,
    work: impl FnOnce(&ScanFlags) -> Result<u8> + Send,
) -> Result<u8> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads(flags))
        .build()
        .context("cannot start threads; try fewer with --jobs")?;
    let code = pool.install(|| work(flags))?;
    if let Some(peak) = peak().filter(|peak| flags.max_memory().is_below(*peak) && !flags.quiet) {
        say(&format!(
            "this took {} MiB, more than --max-memory: what findings and the tables of a history need cannot be less",
            peak.div_ceil(1 << 20)
        ))?;
    }
    Ok(code)
}

/// The most memory that this process has had so far, in bytes; nothing where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// Reads a size such as `512M`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("a size is a number with K, M, G or T, such as 512M, or of bytes".into()),
    };
    if number.is_empty() {
        return Err("a size begins with a number, such as 512M".into());
    }
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    match bytes {
        None => Err("there is no machine with so much memory".into()),
        Some(0) => Err("nothing runs without memory".into()),
        Some(bytes) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_a_unit_or_without() {
        let sizes = [
            ("1", 1),
            ("1048576", 1 << 20),
            ("512M", 512 << 20),
            ("2g", 2 << 30),
            ("3k", 3 << 10),
            ("1T", 1 << 40),
        ];
        for (text, want) in sizes {
            assert_eq!(size(text), Ok(want), "{text}");
        }
        let wrong = [
            "",
            "0",
            "0M",
            "-1",
            "12Q",
            "1.5G",
            "M",
            " 1",
            "1 M",
            "1MiB",
            "18446744073709551616",
            "99999999T",
        ];
        for text in wrong {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_peak_is_that_of_this_process() {
        if cfg!(target_os = "linux") {
            assert!(peak().is_some_and(|bytes| bytes > 1 << 20 && bytes < 1 << 40));
        }
    }
}
