//! Checks that a value carries in itself: a wrong one is no working secret.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::ChecksumName;
use super::decode::decode_base32;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether the value's own check is right; nothing if a value of this form has none.
pub(super) fn check(kind: ChecksumName, value: &[u8]) -> Option<bool> {
    match kind {
        ChecksumName::GitlabRoutable => memchr::memchr(b'.', value).map(|_| gitlab_routable(value)),
        _ => Some(is_valid(kind, value)),
    }
}

fn is_valid(kind: ChecksumName, value: &[u8]) -> bool {
    match kind {
        ChecksumName::GitlabRoutable => gitlab_routable(value),
        ChecksumName::Bech32 => bech32(value),
        ChecksumName::Crc32Base62Tail => crc32_base62_tail(value),
        ChecksumName::Crc32HexTail => crc32_hex_tail(value),
        ChecksumName::Base64Pair => base64_pair(value),
        ChecksumName::Jwt => jwt(value),
        ChecksumName::Discord => discord(value),
        ChecksumName::Crc16Base32 => crc16_base32(value),
    }
}

/// Prefix up to the last `_`, body, then CRC-32 of the body as 6 base-62 digits.
///
/// Source: GitHub, "Behind GitHub's new authentication token formats" (2021).
fn crc32_base62_tail(value: &[u8]) -> bool {
    let body_start = memchr::memrchr(b'_', value).map_or(0, |at| at + 1);
    let body = &value[body_start..];
    let Some(split) = body.len().checked_sub(6) else { return false };
    base62_tail(crc32fast::hash(&body[..split])) == body[split..]
}

/// A CRC-32 as 6 base-62 digits, most significant first.
pub(crate) fn base62_tail(mut crc: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(crc % 62) as usize];
        crc /= 62;
    }
    digits
}

/// Prefix up to the first `_` or `ATATT3`-like letters, body, then CRC-32 of it as 8 hex digits.
///
/// Providers differ in what the check covers: the body with or without its separator and prefix.
/// Each reading is tried; a wrong value passes one of the four by chance once in 10^9.
fn crc32_hex_tail(value: &[u8]) -> bool {
    let Some(split) = value.len().checked_sub(8) else { return false };
    let Some(told) =
        std::str::from_utf8(&value[split..]).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok())
    else {
        return false;
    };
    let body = &value[..split];
    let bare = body.strip_suffix(b"_").or(body.strip_suffix(b"=")).unwrap_or(body);
    let after = memchr::memchr(b'_', bare).map_or(0, |at| at + 1);
    [body, bare, &bare[after..], &body[after.min(body.len())..]]
        .iter()
        .any(|part| crc32fast::hash(part) == told)
}

/// Base64 of `user:password`, both printable (RFC 7617).
fn base64_pair(value: &[u8]) -> bool {
    let Ok(text) = BASE64.decode(value) else { return false };
    let printable =
        text.iter().all(|&byte| byte >= 0x20 && byte != 0x7f) && std::str::from_utf8(&text).is_ok();
    printable && memchr::memchr(b':', &text).is_some_and(|at| at + 1 < text.len())
}

/// The password in base64 of `user:password`.
pub(super) fn password_of_pair(value: &[u8]) -> Option<Vec<u8>> {
    let text = BASE64.decode(value).ok()?;
    let colon = memchr::memchr(b':', &text)?;
    Some(text[colon + 1..].to_vec())
}

/// The user in base64 of `user:password`.
pub(super) fn user_of_pair(value: &[u8]) -> Option<Vec<u8>> {
    let text = BASE64.decode(value).ok()?;
    let colon = memchr::memchr(b':', &text)?;
    Some(text[..colon].to_vec())
}

/// Header and payload are JSON objects and the header names an algorithm (RFC 7519, RFC 7515 4.1.1).
fn jwt(value: &[u8]) -> bool {
    let mut parts = value.split(|&byte| byte == b'.');
    let mut object = || json_object(parts.next()?);
    let (Some(header), Some(_payload)) = (object(), object()) else { return false };
    header.get("alg").is_some_and(serde_json::Value::is_string)
}

pub(super) fn json_object(part: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_slice(&BASE64_URL.decode(part).ok()?).ok()
}

/// The first part is the bot's decimal id in base64 (Discord, "Authentication").
fn discord(value: &[u8]) -> bool {
    let first = value.split(|&byte| byte == b'.').next().unwrap_or_default();
    BASE64_URL.decode(first).is_ok_and(|id| id.len() >= 15 && id.iter().all(u8::is_ascii_digit))
}

/// Prefix, payload, `.`, version, `.`, length of the payload as 2 digits of base 36, then CRC-32 of all that as 7.
///
/// Source: GitLab, "Cells: Routable Tokens" and `Authn::TokenField::Generator::RoutableToken` of gitlab-org/gitlab; the
/// first tokens of this form had no version.
fn gitlab_routable(value: &[u8]) -> bool {
    let Some((body, told)) = value.split_last_chunk::<7>() else { return false };
    let number = |digits: &[u8]| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 36).ok();
    let Some((head, length)) = body.split_last_chunk::<2>() else { return false };
    let payload = head.split(|&byte| byte == b'.').next().unwrap_or_default();
    // The prefix is not counted, and may be an instance's own.
    let fits = number(length).is_some_and(|length| length <= payload.len() as u64);
    fits && number(told) == Some(u64::from(crc32fast::hash(body)))
}

/// Letters with a check of six letters at the end (BIP 173, <https://age-encryption.org/v1>); of one case.
fn bech32(value: &[u8]) -> bool {
    const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let lower = value.to_ascii_lowercase();
    let Some(split) = memchr::memrchr(b'1', &lower) else { return false };
    let (prefix, data) = (&lower[..split], &lower[split + 1..]);
    let of = |byte: &u8| LETTERS.iter().position(|letter| letter == byte).map(|at| at as u32);
    let Some(data) = data.iter().map(of).collect::<Option<Vec<u32>>>() else { return false };
    let high = prefix.iter().map(|byte| u32::from(byte >> 5));
    let low = prefix.iter().map(|byte| u32::from(byte & 31));
    let all = high.chain([0]).chain(low).chain(data);
    let step = |sum: u32, value: u32| {
        let top = sum >> 25;
        let base = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
        let sum = (sum & 0x1ff_ffff) << 5 ^ value;
        (0..5).filter(|bit| top >> bit & 1 == 1).fold(sum, |sum, bit| sum ^ base[bit as usize])
    };
    all.fold(1, step) == 1
}

/// Base32 of a body and its CRC-16 (XMODEM), least significant byte first.
///
/// Source: NATS, "NKeys", <https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth>,
/// and the description of the encoding in nats-io/nkeys.
fn crc16_base32(value: &[u8]) -> bool {
    let bytes = decode_base32(value);
    bytes.split_last_chunk::<2>().is_some_and(|(body, told)| crc16(body).to_le_bytes() == *told)
}

/// Polynomial 0x1021, from zero, most significant bit first.
fn crc16(bytes: &[u8]) -> u16 {
    let bit = |crc: u16, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
    bytes.iter().fold(0, |crc, &byte| (0..8).fold(crc ^ u16::from(byte) << 8, bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CRC-32 of "123456789" is the published check value 0xCBF43926.
    #[test]
    fn the_github_tail_is_crc32_in_base62_over_the_body() {
        let tail = base62_tail(0xCBF4_3926);
        let token = [b"ghp_".as_slice(), b"123456789", &tail].concat();
        assert!(is_valid(ChecksumName::Crc32Base62Tail, &token));
        let mut wrong = token.clone();
        wrong[5] = b'z';
        assert!(!is_valid(ChecksumName::Crc32Base62Tail, &wrong));
        assert!(!is_valid(ChecksumName::Crc32Base62Tail, b"gh_1"));
    }

    #[test]
    fn a_hex_tail_is_accepted_in_either_case() {
        for tail in ["cbf43926", "CBF43926", "_cbf43926", "=CBF43926"] {
            let token = format!("cfut_123456789{tail}");
            assert!(is_valid(ChecksumName::Crc32HexTail, token.as_bytes()), "{tail}");
        }
        assert!(!is_valid(ChecksumName::Crc32HexTail, b"cfut_123456780cbf43926"));
    }

    /// CRC-16 (XMODEM) of "123456789" is the published check value 0x31C3.
    #[test]
    fn a_routable_token_ends_in_its_length_and_its_crc32() {
        let base36 = |mut number: u32| {
            let mut digits = [b'0'; 7];
            for digit in digits.iter_mut().rev() {
                *digit = b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize];
                number /= 36;
            }
            digits
        };
        for version in ["", ".01"] {
            let body = format!("glpat-{}{version}.0r", "q8Zr2LwX0pVt77QmbNcE5dKfGh1");
            let token = [body.as_bytes(), &base36(crc32fast::hash(body.as_bytes()))].concat();
            assert_eq!(check(ChecksumName::GitlabRoutable, &token), Some(true), "{version}");
            let wrong = [&body.as_bytes()[..8], b"_", &token[9..]].concat();
            assert_eq!(check(ChecksumName::GitlabRoutable, &wrong), Some(false));
        }
        let classic = ["glpat", "-q8Zr2LwX0p", "Vt77QmbNcE"].concat();
        assert_eq!(check(ChecksumName::GitlabRoutable, classic.as_bytes()), None);
    }

    /// The valid and invalid strings are those of BIP 173.
    #[test]
    fn bech32_checks_its_letters() {
        for right in [
            "A12UEL5L",
            "a12uel5l",
            "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
        ] {
            assert!(bech32(right.as_bytes()), "{right}");
        }
        for wrong in ["A1G7SGD8", "x1b4n0q5v", "li1dgmt3", "10a06t9"] {
            assert!(!bech32(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn a_seed_ends_in_its_crc16() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        // "123456789" and C3 31, in base32.
        assert!(crc16_base32(b"GEZDGNBVGY3TQOODGE"));
        assert!(!crc16_base32(b"GEZDGNBVGY3TQOODGI") && !crc16_base32(b"GE"));
    }

    #[test]
    fn a_pair_is_text_with_a_colon_before_its_end() {
        let encode = |text: &str| BASE64.encode(text).into_bytes();
        assert!(base64_pair(&encode("user:pass")));
        assert!(!base64_pair(&encode("user")));
        assert!(!base64_pair(&encode("user:")));
        assert!(!base64_pair(&encode("us\u{1}r:pass")));
    }

    #[test]
    fn a_jwt_has_an_algorithm() {
        let part = |json: &str| BASE64_URL.encode(json);
        let token = |header: &str| format!("{}.{}.c2ln", part(header), part(r#"{"sub":"1"}"#));
        assert!(jwt(token(r#"{"alg":"HS256"}"#).as_bytes()));
        assert!(!jwt(token(r#"{"typ":"JWT"}"#).as_bytes()));
        assert!(!jwt(b"eyJ.eyJ.x"));
    }
}
