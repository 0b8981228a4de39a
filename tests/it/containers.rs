//! Formats that hold others: what is in them is found where it stands.

use serde_json::{Value, json};

use super::archive::gaps;
use super::pack::{
    ar, asar, brotli, cpio, docx, gzip, hermes, page, pdf, png, pyc, rpm, settings, seven_zip, sqlite, tar,
    xz, zip,
};
use super::support::{Repo, token};

/// Paths and lines of all places of all findings, sorted.
fn places(report: &Value) -> Vec<(String, u64)> {
    let list = |value: &Value| value.as_array().expect("it is a list").clone();
    let place = |place: Value| {
        let location = &place["location"];
        let path = location["path"].as_str().expect("it is text").to_owned();
        (path, location["line"].as_u64().expect("it is a number"))
    };
    let findings = list(&report["findings"]).into_iter().flat_map(|finding| list(&finding["places"]));
    let mut places: Vec<_> = findings.map(place).collect();
    places.sort();
    places
}

fn lzma2(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let options = lzma_rust2::Lzma2Options::with_preset(1);
    let mut writer = lzma_rust2::Lzma2Writer::new(&mut out, options);
    std::io::Write::write_all(&mut writer, bytes).expect("memory can be written");
    writer.finish().expect("memory can be written");
    out
}

#[test]
fn each_container_is_opened_and_its_members_are_named() {
    let text = settings("containers");
    let value = token("containers");
    let member = [("conf/app.env", text.as_slice())];
    let data = gzip(&tar(&member));
    let cases = [
        ("app.env.br", brotli(&text), "app.env.br!/app.env", 2),
        ("a.tar.br", brotli(&tar(&member)), "a.tar.br!/conf/app.env", 2),
        ("a.a", ar(&[("app.env", &text)]), "a.a!/app.env", 2),
        (
            "a.deb",
            ar(&[("debian-binary", b"2.0\n"), ("data.tar.gz", &data)]),
            "a.deb!/data.tar.gz!/conf/app.env",
            2,
        ),
        ("a.cpio", cpio(&member), "a.cpio!/conf/app.env", 2),
        ("a.rpm", rpm(b"a script", &gzip(&cpio(&member))), "a.rpm!/conf/app.env", 2),
        ("script.rpm", rpm(&text, &xz(&cpio(&[]))), "script.rpm", 2),
        ("copy.7z", seven_zip("app.env", &text, (&[0], b""), &text), "copy.7z!/app.env", 2),
        ("a.7z", seven_zip("app.env", &text, (&[0x21], &[18]), &lzma2(&text)), "a.7z!/app.env", 2),
        ("app.asar", asar(&[("a.js", b"1\n"), ("app.env", &text)]), "app.asar!/lib/app.env", 2),
        ("a.pdf", pdf("/FlateDecode", &page(&value)), "a.pdf!/object 7 text", 1),
        ("a.png", png(&text), "a.png!/zTXt Comment", 2),
        ("a.docx", docx(&value), "a.docx!/word/document.xml!/text", 1),
        ("a.pyc", pyc(&format!("say {value} twice")), "a.pyc!/strings", 1),
        ("index.android.bundle", hermes(&["alpha", &value, "beta"]), "index.android.bundle!/strings", 2),
        ("a.db", sqlite(["a name", &value, &"note".repeat(160)]), "a.db!/rows", 2),
        ("long.db", sqlite(["a name", &"note".repeat(115), &value]), "long.db!/rows", 3),
        (
            "nested.zip",
            zip(&[("a.deb", &ar(&[("data.tar.gz", &data)]))]),
            "nested.zip!/a.deb!/data.tar.gz!/conf/app.env",
            2,
        ),
    ];
    for (name, bytes, path, line) in cases {
        let repo = Repo::new();
        repo.write(name, &bytes);
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        assert_eq!(outcome.code, 1, "{name}: {}", outcome.stdout);
        let found = places(&outcome.json());
        assert!(found.contains(&(path.to_owned(), line)), "{name}: {found:?}");
        let by_stream = repo.scan_input(&["scan", "-", "-f", "json"], &bytes);
        // Only its name tells that brotli has packed it.
        if !name.ends_with(".br") {
            assert_eq!(by_stream.code, 1, "{name}: {}", by_stream.stdout);
        }
    }
}

#[test]
fn what_stands_in_a_file_as_it_is_is_found_whatever_parts_it_has() {
    let text = settings("as it stands");
    let with = |bytes: Vec<u8>| [bytes, text.clone()].concat();
    for (name, bytes) in
        [("a.pdf", with(pdf("/FlateDecode", &page("nothing")))), ("a.png", with(png(b"none")))]
    {
        let repo = Repo::new();
        repo.write(name, bytes);
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        let found = places(&outcome.json());
        assert_eq!((outcome.code, found.len(), found[0].0.as_str()), (1, 1, name), "{}", outcome.stdout);
    }
}

#[test]
fn a_secret_that_a_later_layer_deletes_is_found_and_said_to_be_deleted() {
    let text = settings("layers");
    let layers = [tar(&[("app/.env", &text)]), tar(&[("app/.wh..env", b""), ("app/other", b"x")])];
    let config = json!({ "config": { "Env": [format!("GITHUB_TOKEN={}", token("image env"))] } }).to_string();
    let by_docker = json!([{ "Config": "c.json", "Layers": ["1/layer.tar", "2/layer.tar"] }]).to_string();
    let index = json!({ "manifests": [{ "digest": "sha256:aa" }] }).to_string();
    let manifest = json!({ "layers": [{ "digest": "sha256:01" }, { "digest": "sha256:02" }] }).to_string();
    let cases = [
        (
            "image.tar",
            tar(&[
                ("2/layer.tar", &layers[1]),
                ("1/layer.tar", &layers[0]),
                ("c.json", config.as_bytes()),
                ("manifest.json", by_docker.as_bytes()),
            ]),
            "image.tar!/1/layer.tar!/app/.env",
        ),
        (
            "oci.tar",
            tar(&[
                ("blobs/sha256/01", &gzip(&layers[0])),
                ("blobs/sha256/02", &gzip(&layers[1])),
                ("blobs/sha256/aa", manifest.as_bytes()),
                ("blobs/sha256/cc", config.as_bytes()),
                ("index.json", index.as_bytes()),
            ]),
            "oci.tar!/blobs/sha256/01!/app/.env",
        ),
    ];
    for (name, bytes, path) in cases {
        let repo = Repo::new();
        repo.write(name, bytes);
        let report = repo.scan(&["scan", ".", "-f", "json"]).json();
        let findings = report["findings"].as_array().expect("it is a list");
        assert_eq!(findings.len(), 2, "the file and the image's configuration: {report}");
        let place = findings
            .iter()
            .map(|finding| &finding["places"][0])
            .find(|place| place["location"]["path"] == path);
        let layer = &place.expect("the deleted file is told")["layer"];
        assert_eq!(*layer, json!({ "number": 1, "of": 2, "deleted_in": 2 }), "{name}");
        let text = repo.scan(&["scan", "."]).stdout;
        assert!(text.contains("layer 1 of 2, deleted in layer 2"), "{text}");
        let sarif = repo.scan(&["scan", ".", "-f", "sarif"]).stdout;
        assert!(sarif.contains("deleted in layer 2"), "{sarif}");
    }
}

#[test]
fn a_bundle_gives_every_version_with_its_path() {
    let repo = Repo::new();
    let lines = "a line that makes a delta worth while\n".repeat(60);
    repo.write("conf/app.env", [settings("bundled"), lines.clone().into_bytes()].concat());
    repo.commit("one");
    repo.write("conf/app.env", &lines);
    repo.commit(&format!("token {}", token("message")));
    repo.repack();
    repo.git(&["bundle", "create", "-q", "../a.bundle", "main"]);
    let bundle = std::fs::read(repo.path().join("../a.bundle")).expect("git made it");
    std::fs::remove_file(repo.path().join("../a.bundle")).expect("it is ours");
    let other = Repo::new();
    other.write("a.bundle", bundle);
    let outcome = other.scan(&["scan", ".", "-f", "json"]);
    let found = places(&outcome.json());
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|(path, line)| path == "a.bundle!/conf/app.env" && *line == 2), "{found:?}");
    assert!(found.iter().any(|(path, _)| path.starts_with("a.bundle!/<commit ")), "{found:?}");
}

#[test]
fn a_bundle_that_is_built_on_what_it_lacks_is_incomplete() {
    let repo = Repo::new();
    let lines =
        |n: usize| (0..n).map(|n| format!("line {n} of a file with many lines\n")).collect::<String>();
    repo.write("a.txt", lines(300));
    repo.commit("one");
    repo.write("a.txt", lines(301));
    repo.commit("two");
    repo.git(&["bundle", "create", "-q", "thin.bundle", "main~1..main"]);
    std::fs::remove_file(repo.path().join("a.txt")).expect("it was just written");
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert_eq!(gaps(&outcome.json()), [("corrupt-archive".to_owned(), "thin.bundle".to_owned())]);
}

#[test]
fn a_bundle_with_an_object_as_long_as_can_be_is_damaged_and_no_more() {
    let repo = Repo::new();
    let header = [&b"# v3 git bundle\n\nPACK"[..], &[0, 0, 0, 2, 0, 0, 0, 1]].concat();
    let longest = [&[0xbf][..], &[0xff; 8], &[0x7f]].concat();
    repo.write("long.bundle", [header, longest, vec![0xff; 40]].concat());
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert_eq!(gaps(&outcome.json()), [("corrupt-archive".to_owned(), "long.bundle".to_owned())]);
}

#[test]
fn what_a_container_keeps_to_itself_is_told_by_name() {
    let text = settings("kept");
    let encrypted = [&pdf("/FlateDecode", &page("x"))[..], b"<< /Encrypt 9 0 R >>\n"].concat();
    let cases = [
        (
            "a.7z",
            seven_zip("a.env", &text, (&[3, 4, 1], &[6, 0, 0, 0, 1]), &text),
            "unknown-compression",
            "a.7z!/a.env",
        ),
        (
            "a.7z",
            seven_zip("a.env", &text, (&[6, 0xf1, 7, 1], b"\x13"), &text),
            "encrypted-member",
            "a.7z!/a.env",
        ),
        ("a.pdf", pdf("/LZWDecode", b"xyz"), "unknown-compression", "a.pdf!/object 7"),
        ("a.pdf", pdf("/FlateDecode", b"no zlib"), "corrupt-archive", "a.pdf!/object 7"),
        ("b.pdf", encrypted, "encrypted-member", "b.pdf!/streams"),
        ("a.rar", b"Rar!\x1a\x07\x01\0and so on".to_vec(), "unknown-compression", "a.rar"),
        ("a.rpm", rpm(b"x", b"something else"), "corrupt-archive", "a.rpm"),
        ("a.deb", ar(&[("a", b"1")])[..40].to_vec(), "corrupt-archive", "a.deb"),
        ("a.br", brotli(&settings("cut"))[..40].to_vec(), "corrupt-archive", "a.br"),
    ];
    for (name, bytes, reason, place) in cases {
        let repo = Repo::new();
        repo.write(name, bytes);
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        assert_eq!(outcome.code, 2, "{name} {reason}: {}", outcome.stdout);
        let told = gaps(&outcome.json());
        assert!(told.iter().any(|(why, at)| why == reason && at == place), "{name} {reason}: {told:?}");
    }
}

#[test]
fn text_that_is_called_like_a_packed_file_is_read_as_text() {
    let repo = Repo::new();
    repo.write("notes.br", settings("text"));
    repo.write("a.asar", settings("asar"));
    repo.write("numbers.csv", [b"070701\n", settings("cpio").as_slice()].concat());
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!((outcome.code, places(&outcome.json()).len()), (1, 3), "{}", outcome.stdout);
}

#[test]
fn a_broken_archive_may_be_accepted_by_the_own_configuration_only() {
    let repo = Repo::new();
    let broken = zip(&[("a.env", &settings("broken"))])[..60].to_vec();
    repo.write("test/broken.zip", &broken);
    repo.write("other.zip", &broken);
    let accept = "[[coverage.accept]]\npath = \"test/*.zip\"\nreason = \"made for a test\"\n";
    repo.write("ringfence.toml", accept);
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert_eq!(gaps(&outcome.json()), [("corrupt-archive".to_owned(), "other.zip".to_owned())]);
    std::fs::remove_file(repo.path().join("other.zip")).expect("it was just written");
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stdout);
    let report = outcome.json();
    let accepted = report["coverage"]["out_of_scope"].as_array().expect("a list").iter();
    let accepted: Vec<&Value> = accepted.filter(|entry| entry["reason"] == "accepted").collect();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0]["examples"][0], "test/broken.zip (corrupt-archive): made for a test");
    let elsewhere = Repo::new();
    let target = repo.path().to_str().expect("its name is UTF-8");
    assert_eq!(elsewhere.scan(&["scan", target]).code, 2, "a scanned folder does not choose what counts");
}
