//! Private keys in armour: PEM, OpenSSH, PGP, SSH2 and PuTTY blocks, also inside string literals.
//!
//! The header is the candidate; the body is read when the blob is settled. A header without a body (in
//! documentation, or in code that looks for keys) is no key.

use super::Range2;
use super::work::visited;

/// The longest block read, as for a 16,384-bit RSA key with attributes.
pub(super) const LONGEST: usize = 16 << 10;
/// The fewest base64 characters of a body: an Ed25519 key has 64 in PKCS#8.
const SHORTEST_BODY: usize = 40;
/// The fewest base64 characters on some line of it; armour has 64 or 76, prose and code have fewer.
const SHORTEST_LINE: usize = 32;
const DASHES: &[u8] = b"----";

/// The block whose `-----BEGIN` (or SSH2's `---- BEGIN`) is at `at`, if it is a private key with a body.
pub(super) fn pem(bytes: &[u8], at: usize) -> Option<Range2> {
    let text = &bytes[at..bytes.len().min(at + LONGEST)];
    visited(|| 80);
    let label_end = memchr::memmem::find(&text[10..text.len().min(80)], b"----").map(|found| found + 10)?;
    let label = &text[..label_end];
    memchr::memmem::find(label, b"PRIVATE KEY")?;
    let after = label_end + text[label_end..].iter().take_while(|&&byte| byte == b'-').count();
    let end = memchr::memmem::find(&text[after..], b"-----END")
        .or_else(|| memchr::memmem::find(&text[after..], b"---- END"))
        .map(|found| after + found);
    let body_end = end.unwrap_or_else(|| after + body_len(&text[after..]));
    let body = &text[after..body_end];
    visited(|| body.len());
    if memchr::memmem::find(body, b"BEGIN").is_some() || !is_body(body) {
        return None;
    }
    let close = end.map_or(body_end, |end| end_of_footer(text, end));
    Some((at..at + close).into())
}

/// The PuTTY file whose `PuTTY-User-Key-File-` is at `at`, from there to the end of its private lines.
pub(super) fn putty(bytes: &[u8], at: usize) -> Option<Range2> {
    let text = &bytes[at..bytes.len().min(at + LONGEST)];
    // The public lines of the longest key take 3 KiB; what begins another file has no private lines of its own.
    let head = &text[..text.len().min(HEAD)];
    let private = memchr::memmem::find(head, b"Private-Lines:")?;
    visited(|| private);
    if memchr::memmem::find(&head[MARK.len()..private.max(MARK.len())], MARK).is_some() {
        return None;
    }
    let body = private + b"Private-Lines:".len();
    let len = body_len(&text[body..]);
    let mac = memchr::memmem::find(&text[body..], b"Private-MAC:").unwrap_or(len);
    is_body(&text[body..body + mac]).then(|| (at..at + body + mac).into())
}

/// The private key in base64 DER, without the lines of PEM, that begins at `at` (RFC 8017, RFC 5958, RFC 5915).
pub(super) fn der(bytes: &[u8], at: usize) -> Option<Range2> {
    let before = at.checked_sub(1).map(|at| bytes[at]);
    let text = &bytes[at..bytes.len().min(at + LONGEST)];
    let rsa = text.starts_with(b"MII")
        && text.get(3..15).is_some_and(|head| {
            // The version, 0, and then a modulus or the identifier of RSA.
            [&b"IBAAK"[..], b"IBADAN"]
                .iter()
                .any(|mark| memchr::memmem::find(head, mark).is_some_and(|at| at >= 2))
        });
    let other =
        [&b"MIGHAgEAMBMG"[..], b"MC4CAQAwBQYD", b"MHcCAQEEI"].iter().any(|head| text.starts_with(head));
    if !(rsa || other) || before.is_some_and(is_base64) {
        return None;
    }
    let in_key = |byte: &&u8| is_base64(**byte) || **byte == b'=';
    let end = text.iter().take_while(in_key).count();
    visited(|| end);
    (end >= SHORTEST_DER).then(|| (at..at + end).into())
}

/// Where the private lines of a PuTTY file begin at the latest.
const HEAD: usize = 8 << 10;
/// How a PuTTY file begins.
const MARK: &[u8] = b"PuTTY-User-Key-File-";

/// An Ed25519 key in PKCS#8 has 48 bytes.
const SHORTEST_DER: usize = 60;

fn end_of_footer(text: &[u8], end: usize) -> usize {
    let footer = &text[end..text.len().min(end + 80)];
    let label = footer.iter().take_while(|&&b| b == b'-').count();
    memchr::memmem::find(&footer[label..], DASHES).map_or(text.len().min(end + 80), |found| {
        let dashes = footer[label + found..].iter().take_while(|&&byte| byte == b'-').count();
        end + label + found + dashes.min(5)
    })
}

/// Characters of a body: base64, white space, escapes and quotes of a literal, header lines.
fn body_len(text: &[u8]) -> usize {
    text.iter().take_while(|&&byte| is_base64(byte) || b" \t\r\n\\\"'+,=-:".contains(&byte)).count()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// Whether enough of it is base64, in lines of armour, and more than a few letters occur.
fn is_body(body: &[u8]) -> bool {
    let digits = body.iter().filter(|&&byte| is_base64(byte)).count();
    let longest = body.split(|&byte| !is_base64(byte)).map(<[u8]>::len).max().unwrap_or(0);
    let mut kinds = [false; 256];
    body.iter().filter(|&&byte| is_base64(byte)).for_each(|&byte| kinds[usize::from(byte)] = true);
    let kinds = kinds.iter().filter(|&&seen| seen).count();
    let filler =
        body.windows(3).filter(|w| w == b"...").count() > 0 || body.windows(3).any(|w| w == "…".as_bytes());
    digits >= SHORTEST_BODY && longest >= SHORTEST_LINE && kinds >= 12 && !(filler && digits < 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(newline: &str) -> String {
        let line: String = (0..64).map(|i| char::from(b'A' + (i * 7 % 26) as u8)).collect();
        let (open, close) =
            (["-----BEGIN", "PRIVATE KEY-----"].join(" "), ["-----END", "PRIVATE KEY-----"].join(" "));
        [open.as_str(), &line, &line, &close].join(newline)
    }

    #[test]
    fn a_key_is_found_on_lines_and_inside_a_literal() {
        for newline in ["\n", "\r\n", "\\n", "\n    ", " "] {
            let text = format!("key = \"{}\";", block(newline));
            let at = text.find("-----").expect("there is a header");
            let span = pem(text.as_bytes(), at).unwrap_or_else(|| panic!("no key with {newline:?}"));
            assert_eq!(span.range(), at..text.len() - 2);
        }
    }

    #[test]
    fn a_header_without_a_body_or_of_a_public_key_is_no_key() {
        let bare = format!("if text.starts_with(\"{} RSA PRIVATE KEY-----\") {{", "-----BEGIN");
        let public = block("\n").replace("PRIVATE", "PUBLIC");
        let cut = block("\n")[..60].to_owned();
        for text in [bare, public, cut] {
            let at = text.find("-----").expect("there is a header");
            assert_eq!(pem(text.as_bytes(), at), None, "{text}");
        }
    }
}
