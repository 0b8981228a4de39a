//! Source maps: what their sources hold is found where it stands, and generated code is led back to its sources.

use base64::Engine;
use serde_json::{Value, json};

use super::support::{Repo, token};

/// A source with a token in its third line, which begins at column 15 there.
fn source(seed: &str) -> String {
    format!("// pay\nimport x from 'x';\nconst token = \"{}\";\n", token(seed))
}

/// Code on one line, with the token from column 15 on.
fn generated(seed: &str) -> String {
    format!("var a=1;var t=\"{}\";\n", token(seed))
}

/// One number of a mapping.
fn vlq(number: i64) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut rest = (number.unsigned_abs() << 1) | u64::from(number < 0);
    let mut out = String::new();
    loop {
        let more = if rest > 31 { 32 } else { 0 };
        out.push(char::from(DIGITS[(rest & 31 | more) as usize]));
        rest >>= 5;
        if rest == 0 {
            return out;
        }
    }
}

/// Column 0 comes from the start of source 0, column 14 from line 3, column 15 of source 1 (counted from 1).
fn mappings() -> String {
    let segment = |numbers: [i64; 4]| numbers.map(vlq).concat();
    format!("{},{}", segment([0, 0, 0, 0]), segment([14, 1, 2, 14]))
}

fn map(seed: &str) -> Value {
    json!({
        "version": 3, "file": "app.js", "sourceRoot": "", "names": [],
        "sources": ["src/main.ts", "src/pay.ts"],
        "sourcesContent": [null, source(seed)],
        "mappings": mappings(),
    })
}

/// Path, line, column and origin of every place of the only finding.
fn places(report: &Value) -> Vec<(String, u64, u64, String)> {
    let findings = report["findings"].as_array().expect("it is a list");
    assert_eq!(findings.len(), 1, "{report:#}");
    let number = |value: &Value| value.as_u64().expect("it is a number");
    let place = |place: &Value| {
        let at = &place["location"];
        let from = &place["original"];
        let from = match from["path"].as_str() {
            Some(path) => format!("{path}:{}:{}", from["line"], from["column"]),
            None => String::new(),
        };
        let path = at["path"].as_str().expect("it is text").to_owned();
        (path, number(&at["line"]), number(&at["column"]), from)
    };
    findings[0]["places"].as_array().expect("it is a list").iter().map(place).collect()
}

fn at(path: &str, line: u64, column: u64, from: &str) -> (String, u64, u64, String) {
    (path.into(), line, column, from.into())
}

fn notes(report: &Value) -> String {
    report["coverage"]["notes"].to_string()
}

#[test]
fn a_secret_in_a_map_is_told_once_at_its_line_of_the_source() {
    let repo = Repo::new();
    let plain = map("map").to_string();
    let shielded = format!(")]}}'\n{plain}");
    for text in [plain, shielded] {
        repo.write("dist/app.js.map", text);
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        assert_eq!(outcome.code, 1);
        assert_eq!(places(&outcome.json()), [at("dist/app.js.map!/src/pay.ts", 3, 16, "")]);
    }
}

#[test]
fn sections_sources_without_a_name_and_a_root_are_read() {
    let repo = Repo::new();
    let inner = json!({
        "version": 3, "sourceRoot": "webpack://shop/", "sources": ["lib/a.ts"], "mappings": "",
        "sourcesContent": [source("sections")],
    });
    let unnamed = json!({
        "version": 3, "sources": [null], "mappings": "", "sourcesContent": [source("sections")],
    });
    let section = |line: u64, map: Value| json!({"offset": {"line": line, "column": 0}, "map": map});
    let whole = json!({"version": 3, "sections": [section(0, inner), section(4, unnamed)]});
    repo.write("app.js.map", whole.to_string());
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    let want =
        [at("app.js.map!/<source 0>", 3, 16, ""), at("app.js.map!/webpack://shop/lib/a.ts", 3, 16, "")];
    assert_eq!(places(&report), want);
}

#[test]
fn a_map_in_a_comment_is_read_and_leads_back() {
    let encoded = base64::engine::general_purpose::STANDARD.encode(map("inline").to_string());
    let url = format!("sourceMappingURL=data:application/json;charset=utf-8;base64,{encoded}");
    let cases = [("app.js", format!("//# {url}\n")), ("app.css", format!("/*# {url} */\n"))];
    for (name, comment) in cases {
        let repo = Repo::new();
        repo.write(name, generated("inline") + &comment);
        let report = repo.scan(&["scan", ".", "-f", "json"]).json();
        let want = [at(name, 1, 16, "src/pay.ts:3:15"), at(&format!("{name}!/src/pay.ts"), 3, 16, "")];
        assert_eq!(places(&report), want, "the encoded text is not told as well");
    }
}

#[test]
fn generated_code_is_led_back_by_the_map_it_names_in_every_format() {
    let cases = [
        ("dist/app.js.map", ""),
        ("dist/maps/app.map", "//# sourceMappingURL=maps/app.map\n"),
        ("dist/app-1.map", "//# sourceMappingURL=https://cdn.example.org/x/app-1.map?v=3\n"),
    ];
    for (path, comment) in cases {
        let repo = Repo::new();
        let mut map = map("beside");
        map["sourcesContent"] = Value::Null;
        repo.write(path, map.to_string());
        repo.write("dist/app.js", generated("beside") + comment);
        let report = repo.scan(&["scan", ".", "-f", "json"]).json();
        assert_eq!(places(&report), [at("dist/app.js", 1, 16, "src/pay.ts:3:15")], "{path}");
        let text = repo.scan(&["scan", "."]).stdout;
        assert!(text.contains("--> dist/app.js:1:16, from src/pay.ts:3:15\n"), "{text}");
        let markdown = repo.scan(&["scan", ".", "-f", "markdown"]).stdout;
        assert!(markdown.contains("<code>dist/app.js:1</code> from <code>src/pay.ts:3</code>"), "{markdown}");
        for format in ["sarif", "github", "gitlab", "junit"] {
            let shown = repo.scan(&["scan", ".", "-f", format]).stdout;
            assert!(shown.contains("Generated from 'src/pay.ts:3:15'."), "{format}: {shown}");
        }
        let csv = repo.scan(&["scan", ".", "-f", "csv"]).stdout;
        assert!(csv.contains(", from src/pay.ts:3:15\""), "{csv}");
        let html = repo.scan(&["scan", ".", "-f", "html"]).stdout;
        assert!(html.contains("\"original\":{\"path\":\"src/pay.ts\",\"line\":3"), "the page shows it");
    }
}

#[test]
fn lines_and_wide_characters_before_the_value_do_not_shift_its_origin() {
    let repo = Repo::new();
    let mut map = map("wide");
    map["sourcesContent"] = Value::Null;
    // Two UTF-16 units for one character: the value begins at unit 15 of line 2.
    map["mappings"] = format!(";{}", mappings()).into();
    repo.write("app.js.map", map.to_string());
    repo.write("app.js", format!("/* \u{e9} */\nlet a=\"\u{1f600}\",b=\"{}\"\n", token("wide")));
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    assert_eq!(places(&report), [at("app.js", 2, 14, "src/pay.ts:3:15")]);
}

#[test]
fn a_broken_map_is_named_and_what_it_is_about_is_still_found() {
    let mut bad = map("broken");
    bad["mappings"] = "AAAA,!!".into();
    let mut beyond = map("broken");
    beyond["sources"] = json!([]);
    beyond["sourcesContent"] = Value::Null;
    bad["sourcesContent"] = Value::Null;
    let cut = map("broken").to_string()[..40].to_owned();
    let deep = format!("{{\"sections\":{}", "[".repeat(100_000));
    let cases = [
        (bad.to_string(), "its mappings cannot be read"),
        (cut, "no source map that can be read"),
        (deep, "no source map that can be read"),
        (beyond.to_string(), ""),
        ("{}".to_owned(), "no source map that can be read"),
        (String::new(), "no source map that can be read"),
    ];
    for (text, note) in cases {
        let repo = Repo::new();
        repo.write("app.js.map", &text);
        repo.write("app.js", generated("broken"));
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        assert_eq!(outcome.code, 1, "it is no gap: everything was read as text");
        assert_eq!(places(&outcome.json()), [at("app.js", 1, 16, "")]);
        assert!(notes(&outcome.json()).contains(note), "{}", notes(&outcome.json()));
    }
}

#[test]
fn a_map_of_nothing_is_a_map() {
    let repo = Repo::new();
    repo.write("app.js.map", json!({"version": 3, "sources": [], "sections": []}).to_string());
    repo.write("app.js", generated("nothing"));
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    assert_eq!((places(&report), notes(&report).as_str()), (vec![at("app.js", 1, 16, "")], "[]"));
}

#[test]
fn a_map_too_large_to_hold_is_read_as_text_and_says_so() {
    let repo = Repo::new();
    let mut map = map("large");
    map["mappings"] = ";".repeat(65 << 20).into();
    map["x_after"] = json!(token("large"));
    repo.write("app.js.map", map.to_string());
    repo.write("app.js", generated("large"));
    let outcome = repo.scan(&["scan", ".", "-f", "json"]);
    assert_eq!(outcome.code, 1);
    let report = outcome.json();
    assert!(places(&report).iter().any(|place| place.0 == "app.js.map"), "{report}");
    assert!(notes(&report).contains("app.js.map: over 64 MiB, read as text"), "{}", notes(&report));
    assert!(notes(&report).contains("its places are not led back"), "{}", notes(&report));
}

#[test]
fn a_map_outside_the_folder_of_its_code_is_not_opened() {
    let repo = Repo::new();
    let mut map = map("outside");
    map["sourcesContent"] = Value::Null;
    repo.write("private/app.map", map.to_string());
    repo.write("dist/app.js", generated("outside") + "//# sourceMappingURL=../private/app.map\n");
    let report = repo.scan(&["scan", "dist", "-f", "json"]).json();
    assert_eq!(places(&report), [at("dist/app.js", 1, 16, "")]);
}

#[test]
fn a_map_in_an_archive_tells_its_sources() {
    let repo = Repo::new();
    let mut builder = tar::Builder::new(Vec::new());
    let text = map("archive").to_string();
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, "dist/app.js.map", text.as_bytes()).expect("memory can be written");
    repo.write("site.tar", builder.into_inner().expect("memory can be written"));
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    assert_eq!(places(&report), [at("site.tar!/dist/app.js.map!/src/pay.ts", 3, 16, "")]);
}

#[test]
fn a_value_of_an_env_file_in_a_source_of_a_map_is_in_the_bundle() {
    let repo = Repo::new();
    let value = token("env");
    repo.write(".gitignore", ".env.production\ndist/\n");
    repo.write(".env.production", format!("DEPLOY_TOKEN={value}\n"));
    repo.write("dist/app.js.map", map("env").to_string());
    let report = repo.scan(&["env", ".", "-f", "json", "--no-history"]).json();
    let findings = report["findings"].as_array().expect("it is a list");
    let told: Vec<&Value> =
        findings.iter().filter(|finding| finding["rule"] == "env-value-in-bundle").collect();
    assert_eq!(told.len(), 1, "{report:#}");
    assert_eq!(told[0]["location"]["path"], "dist/app.js.map!/src/pay.ts");
    assert_eq!(told[0]["location"]["line"], 3);
}

#[test]
fn a_map_of_more_sources_than_anybody_has_is_read_as_text() {
    let repo = Repo::new();
    let mut map = map("many");
    map["sourcesContent"] = std::iter::repeat_n(json!(""), 200_000).chain([json!(source("many"))]).collect();
    repo.write("app.js.map", map.to_string());
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    assert!(places(&report).iter().all(|place| place.0 == "app.js.map"), "{report}");
    assert!(notes(&report).contains("app.js.map: no source map that can be read"), "{}", notes(&report));
}

/// A tar of these members.
fn tarred(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).expect("memory can be written");
    }
    builder.into_inner().expect("memory can be written")
}

#[test]
fn generated_code_in_an_archive_is_led_back_by_the_map_beside_it_or_in_it() {
    let mut map = map("packed");
    map["sourcesContent"] = Value::Null;
    let text = map.to_string();
    let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
    let inline =
        format!("{}//# sourceMappingURL=data:application/json;base64,{encoded}\n", generated("packed"));
    let beside = tarred(&[("dist/app.js", &generated("packed")), ("dist/app.js.map", &text)]);
    for archive in [beside, tarred(&[("dist/app.js", &inline)])] {
        let repo = Repo::new();
        repo.write("site.tar", archive);
        let report = repo.scan(&["scan", ".", "-f", "json"]).json();
        assert_eq!(places(&report), [at("site.tar!/dist/app.js", 1, 16, "src/pay.ts:3:15")]);
    }
}

#[test]
fn a_broken_map_in_an_archive_is_named() {
    let repo = Repo::new();
    repo.write("site.tar", tarred(&[("app.js", &generated("bad")), ("app.js.map", "{\"mappings\":")]));
    let report = repo.scan(&["scan", ".", "-f", "json"]).json();
    assert_eq!(places(&report), [at("site.tar!/app.js", 1, 16, "")]);
    assert!(notes(&report).contains("site.tar!/app.js.map: no source map"), "{}", notes(&report));
}

/// The places that each way of reading a repository tells.
fn in_every_way(repo: &Repo) -> Vec<(String, u64, u64, String)> {
    let whole = places(&repo.scan(&["git", ".", "-f", "json", "--no-seam", "--no-cache"]).json());
    for args in [&["--no-cache"][..], &[], &[], &["--range", "HEAD~1..HEAD"]] {
        let report = repo.scan(&[&["git", ".", "-f", "json"], args].concat()).json();
        assert_eq!(places(&report), whole, "{args:?}");
    }
    whole
}

#[test]
fn maps_in_a_history_and_staged_are_read_as_in_files() {
    let encoded = base64::engine::general_purpose::STANDARD.encode(map("commented").to_string());
    let inline =
        format!("{}//# sourceMappingURL=data:application/json;base64,{encoded}\n", generated("commented"));
    let cases = [
        ("app.js.map", map("plain").to_string(), vec![at("app.js.map!/src/pay.ts", 3, 16, "")]),
        ("other.json", map("named otherwise").to_string(), vec![]),
        ("app.js", inline, vec![at("app.js", 1, 16, "src/pay.ts:3:15"), at("app.js!/src/pay.ts", 3, 16, "")]),
    ];
    for (name, text, want) in cases {
        let repo = Repo::new();
        repo.commit("nothing");
        repo.write(name, &text);
        let in_files = places(&repo.scan(&["scan", ".", "-f", "json"]).json());
        repo.git(&["add", "-A"]);
        assert_eq!(places(&repo.scan(&["git", "--staged", "-f", "json"]).json()), in_files, "{name}");
        repo.commit("a map");
        assert_eq!(in_every_way(&repo), in_files, "{name}");
        if !want.is_empty() {
            assert_eq!(in_files, want);
        }
    }
}

#[test]
fn a_value_that_only_a_source_in_a_map_spells_out_is_found_in_every_version() {
    let repo = Repo::new();
    for version in 0..4 {
        let source = format!("const password = \"q8Zr{version}LwX<pVt{version}kM\";\n");
        let mut map = map("versions");
        map["sourcesContent"] = json!([null, source]);
        map["names"] = (0..400).map(|n| json!(format!("name{n}"))).collect();
        // In the map's own text the value is written otherwise.
        repo.write("app.js.map", map.to_string().replace('<', "\\u003c"));
        repo.commit("a version");
    }
    repo.repack();
    let run = |more: &[&str]| repo.scan(&[&["git", ".", "-f", "json", "--no-cache"], more].concat()).stdout;
    let (by_changes, whole) = (run(&[]), run(&["--no-seam"]));
    assert_eq!(by_changes, whole);
    assert!(by_changes.matches("\"path\": \"app.js.map!/src/pay.ts\"").count() > 3, "{by_changes}");
}
