//! Secrets in encoded form: every composition of encoders, and texts made to cost as much as they can.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use libdeflater::{CompressionLvl, Compressor};
use proptest::prelude::*;
use ringfence::detect::{Detector, GROWTH, LONGEST, PlaceFacts, Settled, builtin, texts_of_readers};
use ringfence::finding::Secret;

use super::random::Random;
use super::sample::{all_rules, detector, fill, rule, secret};
use super::support::{Repo, ringfence_with_env};

/// A way to write bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoder {
    Base64,
    Base64Url,
    Wrapped,
    Hex,
    Percent,
    Unicode,
    Json,
    Entities,
    Gzip,
    Utf16Le,
    Utf16Be,
}

impl Encoder {
    pub(crate) const ALL: [Self; 11] = [
        Self::Base64,
        Self::Base64Url,
        Self::Wrapped,
        Self::Hex,
        Self::Percent,
        Self::Unicode,
        Self::Json,
        Self::Entities,
        Self::Gzip,
        Self::Utf16Le,
        Self::Utf16Be,
    ];

    /// The encoder that a corpus file calls by this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let names = ["base64", "base64url", "hex"];
        let at = names.iter().position(|known| *known == name)?;
        Some([Self::Base64, Self::Base64Url, Self::Hex][at])
    }

    pub(crate) fn text(self, value: &str) -> String {
        let bytes = self.encode(value.as_bytes());
        // Padding is no part of what is reported.
        String::from_utf8(bytes).expect("it is ASCII").trim_end_matches('=').to_owned()
    }

    /// Bytes as this writes them.
    pub(crate) fn encode(self, bytes: &[u8]) -> Vec<u8> {
        let each = |write: fn(&u8) -> String| bytes.iter().map(write).collect::<String>().into_bytes();
        match self {
            Self::Base64 => BASE64_STANDARD.encode(bytes).into_bytes(),
            Self::Base64Url => BASE64_URL_SAFE_NO_PAD.encode(bytes).into_bytes(),
            Self::Wrapped => {
                let text = BASE64_STANDARD_NO_PAD.encode(bytes).into_bytes();
                text.chunks(76).collect::<Vec<_>>().join(&b"\r\n"[..])
            }
            Self::Hex => each(|byte| format!("{byte:02x}")),
            Self::Percent => each(|byte| format!("%{byte:02X}")),
            Self::Unicode => each(|byte| format!("\\u{byte:04x}")),
            Self::Json => serde_json::to_vec(&String::from_utf8_lossy(bytes)).expect("a string"),
            Self::Entities => each(|byte| format!("&#{byte};")),
            Self::Gzip => {
                let mut packer = Compressor::new(CompressionLvl::default());
                let mut out = vec![0; packer.gzip_compress_bound(bytes.len())];
                let len = packer.gzip_compress(bytes, &mut out).expect("it fits the bound");
                BASE64_STANDARD.encode(&out[..len]).into_bytes()
            }
            Self::Utf16Le => bytes.iter().flat_map(|&byte| [byte, 0]).collect(),
            Self::Utf16Be => bytes.iter().flat_map(|&byte| [0, byte]).collect(),
        }
    }
}

fn find(text: &[u8]) -> Settled {
    detector().find(text, &PlaceFacts::of_path(b"app.conf"))
}

fn holds(settled: &Settled, text: &[u8], id: &str, value: &str) -> bool {
    let is_it = |found: &&ringfence::detect::Match| {
        detector().rules()[usize::from(found.rule)].meta.id == id && found.value_in(text) == value.as_bytes()
    };
    settled.matches.iter().any(|found| is_it(&found))
}

/// Words that gzip does not make much shorter.
fn words(random: &mut Random, len: usize) -> String {
    let mut text = String::new();
    while text.len() < len {
        text.push_str(&format!("{:x} ", random.below(1 << 30)));
    }
    text
}

const RULES: [&str; 3] = ["github-pat", "slack-bot-token", "connection-string-postgres"];

/// Bytes that end in 4 to 9 or A to F are percents without a small letter in base64, which looks like a name in capitals.
#[test]
fn percents_in_base64_without_a_small_letter_are_read() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("percents"));
    let text = format!("{} token={value}", "efghijklmno".repeat(12));
    let once = Encoder::Percent.encode(text.as_bytes());
    let encoded = Encoder::Wrapped.encode(&once);
    let first = &encoded[..76];
    assert!(!first.iter().any(u8::is_ascii_lowercase), "the first line is the case that is meant");
    assert!(holds(&find(&encoded), &encoded, "github-pat", &value));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_is_found_through_any_four_encoders(
        seed in any::<u32>(),
        before in 0..2048usize,
        after in 0..2048usize,
        encoders in proptest::collection::vec(proptest::sample::select(&Encoder::ALL[..]), 1..=4),
    ) {
        let mut random = Random::of(&seed.to_string());
        let id = RULES[seed as usize % 2];
        let (value, _) = secret(rule(id), &mut random);
        let payload = format!("{}token={value} {}", words(&mut random, before), words(&mut random, after));
        // What is read of the outermost region, and how long that is.
        let (mut text, mut inside, mut region) = (payload.into_bytes(), 0, 0);
        for encoder in &encoders {
            let next = encoder.encode(&text);
            let twice_wide = next.contains(&0) && text.contains(&0);
            if next.len() <= LONGEST && !twice_wide {
                inside += text.len() + if *encoder == Encoder::Gzip { next.len() } else { 0 };
                region = next.len();
                text = next;
            }
        }
        let settled = find(&text);
        let within_bounds = inside * 5 / 4 <= GROWTH * region;
        prop_assert!(!within_bounds || holds(&settled, &text, id, &value), "{encoders:?} of {} bytes", text.len());
        prop_assert!(settled.decoded_bytes <= GROWTH * text.len());
    }

    #[test]
    fn all_that_is_read_is_at_most_eight_times_the_text(
        pieces in proptest::collection::vec((any::<u16>(), 0..300usize, proptest::collection::vec(proptest::sample::select(&Encoder::ALL[..]), 0..4)), 1..12)
    ) {
        let mut text = Vec::new();
        for (seed, len, encoders) in pieces {
            let plain = words(&mut Random::of(&seed.to_string()), len).into_bytes();
            text.extend(encoders.iter().fold(plain, |text, encoder| encoder.encode(&text)));
            text.push(b"\n +%\\&\""[usize::from(seed) % 7]);
        }
        prop_assert!(find(&text).decoded_bytes <= GROWTH * text.len());
    }
}

#[test]
fn literals_that_are_put_together_are_read_as_one() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("joined"));
    let (a, rest) = value.split_at(7);
    let (b, c) = rest.split_at(12);
    let backwards: String = value.chars().rev().collect();
    let list =
        |write: fn(u8) -> String, between: &str| value.bytes().map(write).collect::<Vec<_>>().join(between);
    let decimal = list(|byte| byte.to_string(), ", ");
    let hex = list(|byte| format!("0x{byte:02x}"), ", ");
    for text in [
        format!("const t = \"{a}\" + \"{b}\" + \"{c}\";\n"),
        format!("t = '{a}'+'{b}'+'{c}'\n"),
        format!("String t = \"{a}\"\n        + \"{b}\"\n        + \"{c}\";\n"),
        format!("String t = \"{a}\" +\r\n    \"{b}\" +\r\n    \"{c}\";\r\n"),
        format!("$t = '{a}' . '{b}' . '{c}';\n"),
        format!("char *t = \"{a}\" \"{b}\"\n    \"{c}\";\n"),
        format!("t = (\"{a}\"\n     \"{b}\"\n     '{c}')\n"),
        format!("t = concat(\"{a}\", \"{b}\", \"{c}\");\n"),
        format!("const T: &str = concat!(\"{a}\", \"{b}\",\n    \"{c}\");\n"),
        format!("t = \"{a}\".concat(\"{b}\").concat(\"{c}\");\n"),
        format!("t = [\"{a}\", \"{b}\", \"{c}\"].join(\"\");\n"),
        format!("t = ['{a}',\n  '{b}',\n  '{c}',\n].join('')\n"),
        format!("t = \"\".join([\"{a}\", \"{b}\", \"{c}\"])\n"),
        format!("t = strings.Join([]string{{\"{a}\", \"{b}\", \"{c}\"}}, \"\")\n"),
        format!("t = `{a}${{\"{b}\"}}{c}`;\n"),
        format!("t = String.fromCharCode({decimal});\n"),
        format!("t = bytes([{decimal}]).decode()\n"),
        format!("t = Buffer.from([{hex}])\n"),
        format!("static const char t[] = {{ {hex} }};\n"),
        format!("t = \"{backwards}\"[::-1]\n"),
        format!("t = \"{backwards}\".split(\"\").reverse().join(\"\");\n"),
        format!("$t = strrev(\"{backwards}\");\n"),
    ] {
        assert!(holds(&find(text.as_bytes()), text.as_bytes(), "github-pat", &value), "{text}");
    }
}

#[test]
fn rarer_encodings_are_read_too() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("rare"));
    let line = format!("the token is {value} and so on");
    let each = |write: fn(u8) -> String| line.bytes().map(write).collect::<String>();
    let (start, end) = value.split_at(20);
    let key = ["api", "key"].join("_");
    for (name, text) in [
        ("ascii85", format!("t = <~{}~>\n", ascii85(line.as_bytes()))),
        ("ascii85", format!("<~\n{}\n~>\n", wrapped(&ascii85(line.repeat(4).as_bytes())))),
        ("ascii85", format!("{key}: \"{}\"\n", quotable_ascii85(&line))),
        ("base58", format!("{key} = \"{}\"\n", base58(line.as_bytes()))),
        ("base58", format!("export {}={}\n", key.to_uppercase(), base58(value.as_bytes()))),
        ("base32", format!("t = {}\n", base32(line.as_bytes()))),
        ("base32", format!("t = {}\n", base32(line.as_bytes()).to_lowercase())),
        ("hex", format!("t = 0x{}\n", each(|byte| format!("{byte:02X}")))),
        ("escapes", format!("t = \"{}\"\n", each(|byte| format!("\\x{byte:02x}")))),
        ("escapes", format!("t = \"{}\"\n", each(|byte| format!("\\{byte:03o}")))),
        ("escapes", format!("t = \"{}\"\n", each(|byte| format!("\\u{{{byte:x}}}")))),
        ("html", format!("<b>{}</b>\n", each(|byte| format!("&#x{byte:x};")))),
        ("html", format!("<b>{}&lowbar;{}</b>\n", &value[..3], &value[4..])),
        ("percent", format!("https://example.org/?t={}%5F{}\n", &value[..3], &value[4..])),
        ("escapes", format!("{{\"t\": \"{}\\u005f{}\"}}\n", &value[..3], &value[4..])),
        ("quoted-printable", format!("{}t {start}=\n{end}\n", "and so on ".repeat(5))),
        ("quoted-printable", format!("t=3D{start}=\r\n{end}\n")),
    ] {
        let settled = find(text.as_bytes());
        assert!(holds(&settled, text.as_bytes(), "github-pat", &value), "{name}: {text}");
        let chain = |found: &ringfence::detect::Match| found.decoded.as_ref().map(|one| one.chain.clone());
        assert_eq!(chain(&settled.matches[0]), Some(vec![name]), "{text}");
    }
}

#[test]
fn base58_is_no_encoding_where_no_key_names_it() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("rare"));
    let text = format!("see {} and more\n", base58(value.as_bytes()));
    assert_eq!(find(text.as_bytes()).matches, []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_between_the_marks_of_ascii85_is_found_whatever_is_round_it(
        seed in any::<u64>(),
        before in "[ -~]{0,40}", after in "[ -~]{0,40}", inner in "[ -~]{0,40}",
    ) {
        let (value, _) = secret(rule("github-pat"), &mut Random::of(&format!("dense {seed}")));
        let encoded = ascii85(format!("{inner} {value} {inner}").as_bytes());
        let text = format!("{before}<~{encoded}~>{after}");
        let settled = find(text.as_bytes());
        let found = settled.matches.iter().find(|found| found.value_in(text.as_bytes()) == value.as_bytes());
        let region = found.map(|found| text[found.value.range()].to_owned());
        prop_assert_eq!(region, Some(format!("<~{encoded}~>")));
    }
}

/// As Adobe has it, without marks.
fn ascii85(bytes: &[u8]) -> String {
    let group = |four: &[u8]| {
        let mut padded = [0; 4];
        padded[..four.len()].copy_from_slice(four);
        let number = u32::from_be_bytes(padded);
        if number == 0 && four.len() == 4 {
            return "z".to_owned();
        }
        let digit = |place: u32| char::from(b'!' + (number / 85u32.pow(place) % 85) as u8);
        (0..5).rev().map(digit).take(four.len() + 1).collect()
    };
    bytes.chunks(4).map(group).collect()
}

/// Text and a number before it, counted up until its ascii85 may stand between quotes as it is.
fn quotable_ascii85(text: &str) -> String {
    let mut tries = (0..10_000).map(|n| ascii85(format!("{n} {text}").as_bytes()));
    tries.find(|text| !text.contains(['"', '\\'])).expect("one of them has neither")
}

fn wrapped(text: &str) -> String {
    text.as_bytes().chunks(75).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n")
}

/// In Bitcoin's alphabet.
fn base58(bytes: &[u8]) -> String {
    let mut digits: Vec<u32> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let alphabet = ('1'..='9').chain('A'..='Z').chain('a'..='z').filter(|c| !"IOl".contains(*c));
    let alphabet: Vec<char> = alphabet.collect();
    digits.iter().rev().map(|digit| alphabet[*digit as usize]).collect()
}

/// As RFC 4648 has it.
fn base32(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digit = |five: &[u8]| {
        let value = five.iter().fold(0, |all, bit| all << 1 | (bit - b'0')) << (5 - five.len());
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(value)])
    };
    bits.as_bytes().chunks(5).map(digit).collect()
}

#[test]
fn a_webhook_in_json_is_read_without_its_backslashes() {
    let (value, _) = secret(rule("slack-webhook"), &mut Random::of("json"));
    let url = format!("https://hooks.slack.com/{value}").replace('/', "\\/");
    let text = format!("{{\"hook\":\"{url}\"}}\n");
    let settled = find(text.as_bytes());
    assert!(holds(&settled, text.as_bytes(), "slack-webhook", &value), "{text}");
    let place = settled.matches[0].value;
    assert_eq!(
        (place.start, place.end),
        (9 + url.find("services").expect("it is there"), text.len() - 3),
        "the place is that of the value alone"
    );
}

/// What stands in a text as it is, is found as without decoding.
#[test]
fn decoding_takes_nothing_away() {
    let plain = Detector::new(builtin()).with_decode_depth(0);
    let facts = PlaceFacts::of_path(b"app.conf");
    for (n, rule) in all_rules().iter().enumerate() {
        let mut random = Random::of(&format!("plain {n}"));
        let (value, _) = secret(rule, &mut random);
        for example in &rule.source.examples.matches {
            let text = fill(example, &mut random).replace("<secret>", &value);
            let (with, without) = (find(text.as_bytes()), plain.find(text.as_bytes(), &facts));
            let lost: Vec<_> = without.matches.iter().filter(|one| !with.matches.contains(one)).collect();
            assert!(lost.is_empty(), "{}: {lost:?}", rule.source.id);
        }
    }
}

/// What is random is no secret because it can be decoded.
#[test]
fn noise_that_is_decoded_gives_nothing() {
    let mut random = Random::of("noise");
    let mut text = String::new();
    for length in 1..400 {
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        for encoder in [Encoder::Base64, Encoder::Base64Url, Encoder::Hex, Encoder::Percent, Encoder::Unicode]
        {
            text.push_str(&String::from_utf8_lossy(&encoder.encode(&bytes)));
            text.push('\n');
        }
    }
    let found: Vec<_> =
        find(text.as_bytes()).matches.into_iter().filter(|one| one.decoded.is_some()).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_history_with_encoded_values_is_kept_for_the_next_scan() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("kept"));
    let repo = Repo::new();
    let cache = tempfile::tempdir().expect("a folder");
    let encoded = Encoder::Base64.text(&format!("the token is {value}, and that is it"));
    repo.write("a.txt", format!("blob: {encoded}\n"));
    repo.commit("one");
    let scan = |more: &[&str]| {
        let flags = [&["git", ".", "-f", "json", "--show-secrets"], more].concat();
        let env = [
            ("XDG_CACHE_HOME", cache.path().to_str().expect("its name is UTF-8")),
            ("SOURCE_DATE_EPOCH", "1800000000"),
        ];
        ringfence_with_env(repo.path(), &flags, &env).stdout
    };
    let first = scan(&[]);
    assert!(first.contains(&value) && first.contains("\"base64\""), "{first}");
    let files = || std::fs::read_dir(cache.path().join("ringfence")).map(|files| files.count()).unwrap_or(0);
    assert_eq!(files(), 1, "it is stored");
    repo.write("b.txt", "nothing of interest\n");
    repo.commit("two");
    assert_eq!(scan(&[]), scan(&["--no-cache"]));
}

#[test]
fn explain_names_what_was_undone() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("explain"));
    let encoded = Encoder::Gzip.text(&format!("token {value} and more"));
    let repo = Repo::new();
    repo.write("a.txt", format!("blob: {encoded}\n"));
    let told = repo.scan(&["explain", "a.txt"]).stdout;
    assert!(
        told.contains("github-pat: a finding") && told.contains("decoded from base64, then gzip"),
        "{told}"
    );
    assert!(!told.contains(&value));
}

#[test]
fn the_chain_and_the_place_of_the_encoded_text_are_reported() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("chain"));
    let encoded = Encoder::Gzip.text(&format!("token {value} and more"));
    let repo = Repo::new();
    repo.write("a.txt", format!("blob: {encoded}\n").as_bytes());
    let document = repo.scan(&["scan", "a.txt", "-f", "json", "--show-secrets"]).json();
    let finding = &document["findings"][0];
    assert_eq!(finding["decoded_by"], serde_json::json!(["base64", "gzip"]));
    assert_eq!(finding["secret"], value.as_str());
    assert_eq!((&finding["location"]["byte_start"], &finding["location"]["line"]), (&6.into(), &1.into()));
    let plain = repo.scan(&["scan", "a.txt", "-f", "json", "--max-decode-depth", "0"]);
    assert_eq!(plain.code, 0);
}

#[test]
fn text_of_several_bytes_a_character_is_found_where_it_stands() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("wide"));
    for (mark, unit) in
        [(&b"\xff\xfe"[..], [1, 0]), (b"\xfe\xff", [0, 1]), (b"", [1, 0]), (b"\x7fELF\x02", [1, 0])]
    {
        let wide = |text: &str| text.bytes().flat_map(|byte| unit.map(|own| own * byte)).collect::<Vec<u8>>();
        let start = [mark, &wide("first line\r\nnext = ")].concat();
        let text = [&start[..], &wide(&value), &wide("\r\n")].concat();
        let settled = find(&text);
        assert!(holds(&settled, &text, "github-pat", &value), "{mark:?}");
        let place = settled.matches[0].value;
        assert_eq!(
            (place.start, place.end),
            (start.len() + unit[0].abs_diff(1) as usize, start.len() + 2 * value.len() - unit[0] as usize),
            "{mark:?}"
        );
    }
}

/// Each text is a megabyte; time would show as a test that does not end.
#[test]
fn hostile_texts_cost_no_more_than_others() {
    const LEN: usize = 1 << 20;
    let nested = (0..12).fold(vec![b'x'; 40_000], |text, _| BASE64_STANDARD.encode(text).into_bytes());
    let bomb = Encoder::Gzip.encode(&vec![b' '; 8 * LEN]);
    let repeated = texts_of_readers(LEN).into_iter().map(|(_, text)| text);
    let texts = repeated.chain([nested, bomb, [&b"%"[..], &b"25".repeat(LEN / 2)].concat()]);
    for text in texts {
        let settled = find(&text);
        assert!(settled.decoded_bytes <= GROWTH * text.len(), "{} of {}", settled.decoded_bytes, text.len());
    }
}

#[test]
fn what_is_too_long_to_be_decoded_is_counted() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("long"));
    let text = format!("{} {value} {}", "some text ", "some text ".repeat(LONGEST / 8));
    let repo = Repo::new();
    repo.write("a.txt", Encoder::Base64.encode(text.as_bytes()));
    let document = repo.scan(&["scan", "a.txt", "-f", "json"]).json();
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(1), "it stands at the start");
    assert_eq!(
        document["coverage"]["out_of_scope"][0]["reason"], "long-encoding",
        "{}",
        document["coverage"]
    );
}

#[test]
fn without_decoding_text_is_read_as_it_stands() {
    let (value, _) = secret(rule("github-pat"), &mut Random::of("off"));
    let plain = Detector::new(builtin()).with_decode_depth(0);
    let text = format!("{value}\n{}\n", Encoder::Base64.text(&value));
    let settled = plain.find(text.as_bytes(), &PlaceFacts::of_path(b"a.txt"));
    assert_eq!((settled.matches.len(), settled.decoded_bytes), (1, 0));
    assert!(
        settled
            .matches
            .iter()
            .all(|found| Secret::new(found.value_in(text.as_bytes())) == Secret::new(value.as_bytes()))
    );
}

#[test]
fn what_zstandard_has_packed_is_read_in_base64_and_in_hex() {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let (value, _) = secret(rule("github-pat"), &mut Random::of("zstd"));
    let text =
        format!("{{\"apiVersion\": \"v1\", \"data\": {{\"note\": \"one of many\", \"k\": \"{value}\"}}}}\n");
    let packed = compress_to_vec(text.as_bytes(), CompressionLevel::Fastest);
    let hex: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
    let repo = Repo::new();
    for (name, encoded) in [("base64", BASE64_STANDARD.encode(&packed)), ("hex", hex)] {
        repo.write("a.yaml", format!("release: {encoded}\n"));
        let findings = repo.scan(&["scan", "a.yaml", "-f", "json"]).json()["findings"].clone();
        assert_eq!(findings[0]["rule"], "github-pat", "{name}");
        assert_eq!(findings[0]["decoded_by"], serde_json::json!([name, "zstd"]));
    }
}
