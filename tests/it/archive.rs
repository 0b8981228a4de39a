//! Archives and packed files: what they hold is found where it stands, and what cannot be read is told.

use serde_json::Value;

use super::pack::{bzip2, gzip, settings, stored, tar, xz, zip, zstd};
use super::support::{Repo, token};

/// The reasons of what was not scanned, with the first place of each.
pub(crate) fn gaps(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    let gaps = report["coverage"]["not_scanned"].as_array().expect("it is a list");
    gaps.iter().map(|gap| (text(&gap["reason"]), text(&gap["examples"][0]["place"]))).collect()
}

#[test]
fn what_an_archive_holds_is_found_where_it_stands() {
    let text = settings("everywhere");
    let inner = [("conf/app.env", text.as_slice())];
    let jar = zip(&[("lib/a.jar", &zip(&inner))]);
    let cases = [
        ("a.zip", zip(&inner), "a.zip!/conf/app.env", vec!["a.zip"]),
        ("named.docx", stored(&inner), "named.docx!/conf/app.env", vec!["named.docx"]),
        ("a.tar", tar(&inner), "a.tar!/conf/app.env", vec!["a.tar"]),
        ("app.env.gz", gzip(&text), "app.env.gz!/app.env", vec!["app.env.gz"]),
        ("app.env.bz2", bzip2(&text), "app.env.bz2!/app.env", vec!["app.env.bz2"]),
        ("app.env.xz", xz(&text), "app.env.xz!/app.env", vec!["app.env.xz"]),
        ("app.env.zst", zstd(&text), "app.env.zst!/app.env", vec!["app.env.zst"]),
        ("no-ending", gzip(&text), "no-ending!/no-ending", vec!["no-ending"]),
        ("a.tgz", gzip(&tar(&inner)), "a.tgz!/conf/app.env", vec!["a.tgz"]),
        ("joined.gz", [gzip(b"first\n"), gzip(&text)].concat(), "joined.gz!/joined", vec!["joined.gz"]),
        ("joined.zst", [zstd(b"first\n"), zstd(&text)].concat(), "joined.zst!/joined", vec!["joined.zst"]),
        (
            "joined.tar",
            [tar(&[("b.txt", b"first")]), tar(&inner)].concat(),
            "joined.tar!/conf/app.env",
            vec!["joined.tar"],
        ),
        ("a.war", jar.clone(), "a.war!/lib/a.jar!/conf/app.env", vec!["a.war", "a.war!/lib/a.jar"]),
        (
            "deep.tar.xz",
            xz(&tar(&[("b.war", &jar)])),
            "deep.tar.xz!/b.war!/lib/a.jar!/conf/app.env",
            vec!["deep.tar.xz", "deep.tar.xz!/b.war", "deep.tar.xz!/b.war!/lib/a.jar"],
        ),
    ];
    for (name, bytes, path, chain) in cases {
        let repo = Repo::new();
        repo.write(name, bytes);
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        let report = outcome.json();
        assert_eq!(outcome.code, 1, "{name}: {}", outcome.stdout);
        let findings = report["findings"].as_array().expect("it is a list");
        assert_eq!(findings.len(), 1, "{name}");
        let places = findings[0]["places"].as_array().expect("it is a list");
        assert_eq!(places.len(), 1, "{name}: its own bytes are no text");
        assert_eq!(places[0]["location"]["path"], path);
        let line = if name.starts_with("joined.") && !name.ends_with("tar") { 3 } else { 2 };
        assert_eq!(places[0]["location"]["line"], line, "{name}");
        assert_eq!(places[0]["kind"], "member");
        assert_eq!(places[0]["chain"], serde_json::json!(chain), "{name}");
        assert_eq!(report["coverage"]["scanned"]["files"], 1);
    }
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_scanned() {
    let text = settings("gaps");
    let two = || stored(&[("first.txt", b"nothing of interest\n"), ("second.env", &text)]);
    // In the local header and in the directory: the flags and the method of the first member.
    let patched = |local: usize, directory: usize, value: u8| {
        let mut bytes = two();
        let at = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("there is a directory");
        bytes[local] |= value;
        bytes[at + directory] |= value;
        bytes
    };
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 5].to_vec();
    let with_tail = |mut bytes: Vec<u8>| {
        bytes.extend_from_slice(b"something else");
        bytes
    };
    let damaged = {
        let mut bytes = two();
        let at = memchr::memmem::find(&bytes, b"interest").expect("it is stored");
        bytes[at] = b'I';
        bytes
    };
    let many = (0..3).fold(text.clone(), |inner, _| zip(&[("inner.zip", &inner)]));
    let long = [text.as_slice(), &b"x".repeat(3000)].concat();
    let cases = [
        ("a.zip", patched(6, 8, 1), "encrypted-member", "a.zip!/first.txt", true),
        ("a.zip", patched(8, 10, 97), "unknown-compression", "a.zip!/first.txt", true),
        ("a.zip", damaged, "corrupt-archive", "a.zip!/first.txt", true),
        ("a.zip", cut(two())[..60].to_vec(), "corrupt-archive", "a.zip", false),
        ("a.tar", tar(&[("a.env", &long)])[..2000].to_vec(), "corrupt-archive", "a.tar", true),
        ("a.gz", cut(gzip(&text)), "corrupt-archive", "a.gz", true),
        ("a.gz", with_tail(gzip(&text)), "corrupt-archive", "a.gz", true),
        ("a.xz", cut(xz(&text)), "corrupt-archive", "a.xz", true),
        ("a.zst", with_tail(zstd(&text)), "corrupt-archive", "a.zst", true),
        ("a.bz2", cut(bzip2(&text)), "corrupt-archive", "a.bz2", true),
        ("deep.zip", many, "archive-depth", "deep.zip!/inner.zip!/inner.zip", false),
    ];
    for (name, bytes, reason, place, found) in cases {
        let repo = Repo::new();
        repo.write(name, bytes);
        let outcome = repo.scan(&["scan", ".", "-f", "json", "--max-archive-depth", "2"]);
        let report = outcome.json();
        assert_eq!(outcome.code, 2, "{name} {reason}");
        let told = gaps(&report);
        assert!(
            told.iter().any(|(why, at)| why == reason && at.starts_with(place)),
            "{name} {reason}: {told:?}"
        );
        let findings = report["findings"].as_array().expect("it is a list").len();
        assert_eq!(findings == 1, found, "{name} {reason}: {}", outcome.stdout);
    }
}

#[test]
fn a_stream_may_be_an_archive_and_names_in_archives_are_looked_at() {
    let repo = Repo::new();
    let text = settings("stream");
    for (bytes, path) in [
        (gzip(&text), "<stdin>!/<stdin>"),
        (zip(&[("a.env", &text)]), "<stdin>!/a.env"),
        (gzip(&tar(&[("a.env", &text)])), "<stdin>!/a.env"),
    ] {
        let outcome = repo.scan_input(&["scan", "-", "-f", "json"], &bytes);
        assert_eq!(outcome.code, 1);
        assert_eq!(outcome.json()["findings"][0]["location"]["path"], path);
    }
    let secret = token("in a name");
    repo.write("named.zip", zip(&[(&format!("backup-{secret}.txt"), b"")]));
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    assert!(!outcome.stdout.contains(&secret), "the name is masked");
}

#[test]
fn reports_for_machines_point_at_the_file_that_is_there() {
    let repo = Repo::new();
    repo.write("dist/a.zip", zip(&[("conf/app.env", &settings("sarif"))]));
    let sarif = repo.scan(&["scan", ".", "-f", "sarif"]).json();
    let result = &sarif["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "dist/a.zip");
    assert_eq!(place["region"]["startLine"], 1);
    let message = result["message"]["text"].as_str().expect("it is text");
    assert!(message.contains("dist/a.zip!/conf/app.env', line 2"), "{message}");
    let gitlab = repo.scan(&["scan", ".", "-f", "gitlab"]).json();
    assert_eq!(gitlab["vulnerabilities"][0]["location"]["file"], "dist/a.zip");
    let github = repo.scan(&["scan", ".", "-f", "github"]).stdout;
    assert!(github.contains("file=dist/a.zip,title="), "{github}");
}

#[test]
fn a_packed_log_is_read_in_pieces_like_a_plain_one() {
    let repo = Repo::new();
    let line = b"2026-01-02T03:04:05Z INFO a request was answered in good time\n";
    let count = (3 << 20) / line.len();
    let mut log = line.repeat(count);
    log.extend_from_slice(&settings("log")[11..]);
    repo.write("app.log.gz", gzip(&log));
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    let location = &report["findings"][0]["location"];
    assert_eq!(location["path"], "app.log.gz!/app.log");
    assert_eq!(location["line"], count + 1);
    assert_eq!(location["byte_start"], count * line.len() + "GITHUB_TOKEN=".len());
    assert_eq!(report["coverage"]["scanned"]["member_bytes"], log.len());
}
