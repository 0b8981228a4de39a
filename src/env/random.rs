//! Whether a value looks random, by its characters alone.

/// Bits a character, by how often each occurs.
pub(super) fn shannon(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let len = value.len().max(1) as f64;
    counts.iter().filter(|&&n| n > 0).map(|&n| f64::from(n) / len).map(|p| -p * p.log2()).sum()
}

/// Parts between marks that are shorter may be words.
const LONGEST_WORD: usize = 12;

/// Whether a value looks random, were its name to tell nothing.
pub(super) fn looks_random(value: &str) -> bool {
    if value.len() < 20 {
        return false;
    }
    // Words joined by marks, such as the name of a target or an image.
    if value.split(['-', '_', '.', '~']).all(|part| part.len() < LONGEST_WORD) {
        return false;
    }
    let is_hex = value.bytes().all(|b| b.is_ascii_hexdigit());
    let charset = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-~".contains(&b));
    if is_uuid(value) || !charset || value.contains("://") || has_run(value) {
        return false;
    }
    if is_hex {
        return value.len() >= 32 && shannon(value) >= 3.0 && !value.bytes().all(|b| b.is_ascii_digit());
    }
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let class = |b: u8| {
        u8::from(b.is_ascii_uppercase())
            + 2 * u8::from(b.is_ascii_lowercase())
            + 4 * u8::from(b.is_ascii_digit())
    };
    let changes = value.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    digits >= 2 && changes * 4 >= value.len() && shannon(value) >= 3.5
}

fn is_uuid(value: &str) -> bool {
    let parts: Vec<usize> = value.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && value.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// A run of eight characters that follow each other: a list of an alphabet.
fn has_run(value: &str) -> bool {
    value.as_bytes().windows(8).any(|run| run.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)))
}
