//! What a user sees of the command line: exit codes, coverage, messages, formats.

use super::random::Random;
use super::support::{Repo, ringfence, ringfence_with_env, ringfence_with_input, token};

#[test]
fn exit_codes_say_clean_found_or_incomplete() {
    let repo = Repo::new();
    repo.write("a.txt", "nothing here\n");
    assert_eq!(repo.scan(&["scan", "."]).code, 0);
    assert_eq!(repo.scan(&["scan", ".", "missing.txt"]).code, 2, "a path that is not there is not scanned");
    repo.write(".env", format!("GITHUB_TOKEN={}\n", token("codes")));
    assert_eq!(repo.scan(&["scan", "."]).code, 1);
    assert_eq!(repo.scan(&["dir", "."]).code, 1);
    assert_eq!(repo.scan(&["scan", ".", "missing.txt"]).code, 2, "incomplete wins over found");
    assert_eq!(repo.scan(&["scan", ".", "--exit-code", "7"]).code, 7);
    assert_eq!(repo.scan(&["scan", ".", "--fail-on", "never"]).code, 0);
    repo.write(".env", format!("AWS_ACCESS_KEY_ID={}\n", ["AKIA", "Q4ZP2WXLV7RTN3GD"].concat()));
    assert_eq!(repo.scan(&["scan", "."]).code, 0, "a low finding is below the default of --fail-on");
    assert_eq!(repo.scan(&["scan", ".", "--fail-on", "low"]).code, 1);
}

#[test]
fn usage_errors_name_the_flag_and_exit_2() {
    let repo = Repo::new();
    for (args, expected) in [
        (
            &["scan", "--format", "yaml"][..],
            "[possible values: text, json, jsonl, sarif, github, gitlab, junit, csv, markdown, html]",
        ),
        (&["scan", "--confidence", "sure"], "[possible values: low, medium, high]"),
        (&["scan", "--jbos", "2"], "--jobs"),
        (&["scan", "--max-memory", "0"], "nothing runs without memory"),
        (&["scan", "--max-memory", "-1"], "such as 512M"),
        (&["git", "--max-memory", "12Q"], "such as 512M"),
        (&["check", "--max-memory", "99999999T"], "no machine with so much memory"),
        (&["git", "/"], "not a git repository"),
        (&["rules", "show", "github-pta"], "did you mean github-pat"),
        (&["rules", "show", "GitHub_PAT"], "did you mean github-pat"),
        (&["rules", "show", "sentry-tokn"], "sentry-user-token"),
        (&["rules", "show", "qqqqqqqq"], "no rule `qqqqqqqq`; `ringfence rules list` names them all"),
        (&["scan", "--fingerprint-key-file", "no.key"], "no.key"),
    ] {
        let outcome = repo.scan(args);
        assert_eq!(outcome.code, 2, "{args:?}");
        assert!(outcome.stderr.contains(expected), "{args:?}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{args:?}");
    }
}

#[test]
fn default_passwords_are_reported_unless_the_host_is_local() {
    let repo = Repo::new();
    let pair = ["postgres"; 2].join(":");
    let url = |host: &str| format!("DATABASE_URL=postgres://{pair}@{host}:5432/shop\n");
    for host in ["localhost", "127.0.0.1", "[::1]", "db"] {
        repo.write("a.env", url(host));
        assert_eq!(repo.scan(&["scan", "a.env", "--confidence", "low"]).code, 0, "{host}");
    }
    repo.commit("local");
    repo.write("a.env", url("db.shop.internal"));
    let guilty = repo.commit("another host");
    for command in ["scan", "git"] {
        let outcome = repo.scan(&[command, ".", "-f", "json"]);
        assert_eq!(outcome.code, 1, "{command}: {}", outcome.stderr);
        assert_eq!(outcome.json()["findings"][0]["severity"], "critical");
    }
    let introduced = &repo.scan(&["git", ".", "-f", "json"]).json()["findings"][0]["exposure"]["introduced"];
    assert_eq!(introduced[0]["id"], guilty);
}

#[test]
fn a_long_random_value_without_digits_is_found_and_a_name_is_not() {
    let repo = Repo::new();
    let letters: String = ('a'..='z').chain('A'..='Z').collect();
    let value = Random::of("letters").text(&letters, 32);
    for (value, code) in [(value.as_str(), 1), ("currentUserAccessTokenProviderName", 0)] {
        repo.write("a.env", format!("api_key = \"{value}\"\n"));
        assert_eq!(repo.scan(&["scan", "a.env", "--confidence", "low"]).code, code, "{value}");
    }
}

#[test]
fn a_path_that_is_no_repository_says_why_in_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a.txt"), "fine\n").expect("a file can be written");
    for (path, expected) in [
        (".", "no .git folder and no bare repository there or above it"),
        ("gone", "there is nothing with this name"),
        ("a.txt", "it is a file, not a folder"),
    ] {
        let outcome = ringfence(folder.path(), &["git", path]);
        assert_eq!(outcome.code, 2, "{path}");
        assert!(
            outcome.stderr.contains(&format!("not a git repository ({expected});")),
            "{}",
            outcome.stderr
        );
    }
    let repo = Repo::new();
    for config in ["[core\n", "[core]\nrepositoryformatversion = 99\n"] {
        repo.write(".git/config", config);
        let message = repo.scan(&["git", "."]).stderr;
        assert!(message.contains("cannot be opened: "), "{message}");
        assert!(!message.contains(" { ") && message.lines().count() == 1, "{message}");
    }
    std::fs::remove_dir_all(repo.path().join(".git/objects")).expect("it is ours");
    let message = repo.scan(&["git", "."]).stderr;
    assert!(message.contains("cannot be opened: it lacks a readable HEAD"), "{message}");
}

#[test]
fn a_broken_rule_file_is_named_with_line_and_column() {
    let repo = Repo::new();
    let head = "provider = \"Own\"\n[[rule]]\nid = \"own-key\"\ntitle = \"t\"\nrisk = \"r\"\nseverity = \"high\"\nconfidence = \"high\"\n";
    for (rest, expected) in [
        ("pattern = 'own_(?P<secret>[a-z]+)'\n", "no upper bound"),
        ("pattern = 'own_[a-z]{9}'\n", "(?P<secret>"),
        ("pattern = '(?P<secret>[a-z]{9})'\n", "keywords"),
        ("pattern = '^own_(?P<secret>[a-z]{9})'\n", "anchors"),
        ("patern = 'own_(?P<secret>[a-z]{9})'\n", "rules.toml:8:1: unknown field `patern`"),
        ("keywords = [\"ab\"]\npattern = 'own_(?P<secret>[a-z]{9})'\n", "fewer than 3"),
    ] {
        repo.write("rules.toml", format!("{head}{rest}"));
        for args in [&["rules", "check", "rules.toml"][..], &["scan", "--rules", "rules.toml"]] {
            let outcome = repo.scan(args);
            assert_eq!(outcome.code, 2, "{rest}");
            assert!(
                outcome.stderr.contains("rules.toml:") && outcome.stderr.contains(expected),
                "{}",
                outcome.stderr
            );
        }
    }
    repo.write("rules.toml", format!("{head}pattern = '\\bown_(?P<secret>[a-z]{{9}})\\b'\n"));
    repo.write("a.txt", "own_qzkwvxjyp\n");
    let found = repo.scan(&["scan", "a.txt", "--rules", "rules.toml", "-f", "json"]);
    assert_eq!(found.json()["findings"][0]["rule"], "own-key");
}

#[test]
fn rules_check_tries_the_examples_and_names_those_that_fail() {
    let repo = Repo::new();
    let rule = |matches: &str, ignores: &str| {
        format!(
            "provider = \"Own\"\n[[rule]]\nid = \"own-key\"\ntitle = \"t\"\nrisk = \"r\"\nseverity = \"high\"\n\
             confidence = \"high\"\npattern = '\\bown_(?P<secret>[0-9a-f]{{24}})\\b'\n[rule.examples]\n\
             matches = [{matches}]\nignores = [{ignores}]\n"
        )
    };
    let check = |matches: &str, ignores: &str| {
        repo.write("own.toml", rule(matches, ignores));
        repo.scan(&["rules", "check", "own.toml"])
    };
    let sound = check("'a = own_<secret>', 'b: own_<secret>'", "'own_{hex:23}'");
    assert_eq!(sound.code, 0, "{}", sound.stderr);
    assert_eq!(sound.stdout, "1 rules in 1 files are sound; 3 examples were tried\n");
    for (matches, ignores, expected) in [
        ("'own_<secret>', 'own-<secret>'", "", "example 2 of `matches`: not found"),
        ("'own_<secret>', 'nothing'", "", "example 2 of `matches`: it has no <secret>"),
        ("'own_<secret>'", "'own_{hex:9}', 'own_{hex:24}'", "example 2 of `ignores`: found"),
        ("'<secret> own_{hex:24}'", "", "example 1 of `matches`: what is found is not <secret> alone"),
        ("'own_<secret>; db_password = \"{alnum:20}\"'", "", "the rule `generic-credential` finds something"),
    ] {
        let outcome = check(matches, ignores);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{matches} {ignores}");
        assert!(outcome.stderr.contains("own.toml: rule `own-key`: "), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "the others are sound: {}", outcome.stderr);
        let hex = |text: &str| text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(!outcome.stderr.split(|c: char| !c.is_alphanumeric()).any(hex), "{}", outcome.stderr);
    }
}

#[test]
fn ignored_files_are_counted_and_tracked_ones_are_scanned() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.secret\nbuild/\n");
    repo.write("tracked.secret", format!("k={}\n", token("tracked")));
    repo.git(&["add", "-f", "tracked.secret"]);
    repo.commit("first");
    repo.write("local.secret", format!("k={}\n", token("local")));
    repo.write("build/out.js", format!("k={}\n", token("built")));
    // Only .gitignore is policy: a file that other tools honour cannot hide anything.
    repo.write(".ignore", "*\n");
    let outcome = repo.scan(&["scan", ".", "-f", "json"]).json();
    let paths: Vec<_> =
        outcome["findings"].as_array().expect("a list").iter().map(|f| &f["location"]["path"]).collect();
    assert_eq!(paths, ["tracked.secret"]);
    let text = repo.scan(&["scan", "."]).stdout;
    assert!(text.contains("2 ignored files left out (--no-ignore takes them in)"), "{text}");
    let all = repo.scan(&["scan", ".", "--no-ignore", "-f", "json"]).json();
    assert_eq!(all["findings"].as_array().map(Vec::len), Some(3));
    assert_eq!(repo.scan(&["scan", "local.secret"]).code, 1, "a file the user names is scanned");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_a_gap_and_what_has_no_end_is_left_out() {
    let repo = Repo::new();
    repo.write("a.txt", format!("k={}\n", token("fifo")));
    let made = std::process::Command::new("mkfifo").arg(repo.path().join("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo works");
    std::os::unix::fs::symlink(repo.path(), repo.path().join("loop")).expect("a link can be made");
    let outcome = repo.scan(&["scan", "."]);
    assert_eq!(outcome.code, 1, "neither makes the scan incomplete: {}", outcome.stdout);
    assert!(outcome.stdout.contains("1 pipes, sockets or devices left out"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("1 symbolic links not followed"), "{}", outcome.stdout);
    // A file that fails on the first read, even for root.
    if cfg!(target_os = "linux") {
        let outcome = repo.scan(&["scan", ".", "/proc/self/mem"]);
        assert_eq!(outcome.code, 2);
        assert!(outcome.stdout.contains("/proc/self/mem"), "{}", outcome.stdout);
        assert!(outcome.stdout.contains("github-pat"), "the rest is scanned");
    }
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_hide_nothing() {
    use std::os::unix::ffi::OsStrExt as _;
    let repo = Repo::new();
    let line = [b"\xff\xfe\x00\x01 k=", token("binary").as_bytes(), b"\x00\x00\xff"].concat();
    let name = std::ffi::OsStr::from_bytes(b"bad\xff\x1b[31mname.png");
    std::fs::write(repo.path().join(name), line).expect("the file system takes any bytes");
    let outcome = repo.scan(&["scan", "."]);
    assert_eq!(outcome.code, 1);
    assert!(!outcome.stdout.contains('\u{1b}'), "a file name must not reach the terminal as commands");
}

#[test]
fn standard_input_is_a_stream_like_a_file() {
    let repo = Repo::new();
    let text = format!("first\nGITHUB_TOKEN={}\n", token("stdin"));
    let outcome = ringfence_with_input(repo.path(), &["scan", "-", "-f", "json"], text.as_bytes());
    assert_eq!(outcome.code, 1);
    let location = &outcome.json()["findings"][0]["location"];
    assert_eq!((&location["path"], &location["line"]), (&"<stdin>".into(), &2.into()));
}

#[test]
fn a_large_file_is_read_in_pieces_and_loses_nothing_at_their_borders() {
    let repo = Repo::new();
    let mut text = String::new();
    let tokens: Vec<String> = (0..9).map(|n| token(&format!("large {n}"))).collect();
    // Pieces of 1 MiB: tokens stand before, on and after each border.
    for (at, token) in [
        1_000_000usize,
        1_048_560,
        1_048_640,
        2_081_000,
        2_097_130,
        2_097_152,
        3_100_000,
        3_145_720,
        4_200_000,
    ]
    .into_iter()
    .zip(&tokens)
    {
        while text.len() + 65 < at {
            text.push_str("the quick brown fox jumps over the lazy dog, and on it goes ....\n");
        }
        text.push_str(&" ".repeat(at.saturating_sub(text.len())));
        text.push_str(token);
        text.push('\n');
    }
    repo.write("big.log", &text);
    let found = repo.scan(&["scan", "big.log", "-f", "json"]).json();
    let mut starts: Vec<usize> = found["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| finding["location"]["byte_start"].as_u64().expect("a number") as usize)
        .collect();
    starts.sort_unstable();
    let expected: Vec<usize> =
        tokens.iter().map(|token| text.find(token.as_str()).expect("it was planted")).collect();
    assert_eq!(starts, expected);
    for finding in found["findings"].as_array().expect("a list") {
        let start = finding["location"]["byte_start"].as_u64().expect("a number") as usize;
        let line = text[..start].matches('\n').count() + 1;
        assert_eq!(finding["location"]["line"], line);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let repo = Repo::new();
    for n in 0..40 {
        repo.write(
            &format!("d{}/f{n}.txt", n % 7),
            format!("k={}\npassword = \"{n}q8Zr2LwX0pVt\"\n", token(&n.to_string())),
        );
    }
    repo.commit("all");
    for command in [&["scan", "."][..], &["git", "."], &["check", "."]] {
        let run = |jobs: &str| repo.scan(&[command, &["-f", "json", "-j", jobs]].concat()).stdout;
        assert_eq!(run("1"), run("4"), "{command:?}");
    }
}

#[test]
fn a_large_file_on_many_threads_gives_what_it_gives_on_one() {
    let repo = Repo::new();
    let line = |at: usize| match at % 5000 {
        0 => format!("{at} key {}\n", token(&at.to_string())),
        1 => format!("{at} to someone{at}@mail.acmecorp.io\n"),
        _ => format!("{at} nothing happened here, as on most days of the year\n"),
    };
    repo.write("app.log", (0..200_000).map(line).collect::<String>());
    let run = |jobs: &str| repo.scan(&["scan", ".", "-f", "json", "-j", jobs]);
    let (one, many) = (run("1"), run("4"));
    let found = one.json()["findings"].as_array().map_or(0, Vec::len);
    assert_eq!(found, 41, "forty keys and the addresses");
    assert_eq!(one.stdout, many.stdout);
}

#[test]
fn with_less_memory_the_same_is_found_and_a_note_says_that_it_was_not_enough() {
    let repo = Repo::new();
    for n in 0..30 {
        let lines = |of: usize| format!("text of {n} and {of}, as in many files\n").repeat(200);
        repo.write("a.txt", format!("{}k={}\n{}", lines(1), token(&(n % 9).to_string()), lines(n % 3)));
        repo.write(&format!("d/{n}.txt"), format!("{}k={}\n", lines(2), token(&n.to_string())));
        repo.commit("more");
    }
    repo.git(&["gc", "-q"]);
    repo.write("a.txt", format!("k={}\n", token("staged")));
    repo.git(&["add", "a.txt"]);
    let commands = [
        &["git", "--no-cache"][..],
        &["git", "--range", "HEAD~20..HEAD"],
        &["git", "--staged"],
        &["scan"],
        &["check"],
    ];
    for command in commands {
        let run = |more: &[&str]| repo.scan(&[command, &["-f", "json", "-j", "4"], more].concat());
        let whole = run(&[]);
        assert!(whole.stdout.contains("github-pat"), "{command:?}: {}", whole.stderr);
        for size in ["1", "64K", "2M", "1G"] {
            let less = run(&["--max-memory", size]);
            assert_eq!((less.code, &less.stdout), (whole.code, &whole.stdout), "{command:?} {size}");
            let is_told = less.stderr.contains("more than --max-memory");
            assert_eq!(
                is_told,
                cfg!(target_os = "linux") && size != "1G",
                "{command:?} {size}: {}",
                less.stderr
            );
        }
        assert!(!run(&["--max-memory", "1", "-q"]).stderr.contains("max-memory"), "{command:?}");
    }
}

#[test]
fn no_format_prints_a_value_unless_asked() {
    let repo = Repo::new();
    let (token, password) = (token("formats"), "q8Zr2LwX0pVt!");
    repo.write("a.env", format!("TOKEN={token}\nDB_PASSWORD={password}\nboth={token}:{password}\n"));
    repo.commit("first");
    for command in ["scan", "git", "check"] {
        for format in ["text", "json", "jsonl", "sarif"] {
            let hidden = repo.scan(&[command, ".", "-f", format]);
            assert_eq!(hidden.code, 1, "{command} {format}");
            assert!(
                !hidden.stdout.contains(&token[4..30]) && !hidden.stdout.contains(password),
                "{command} {format}"
            );
            let shown = repo.scan(&[command, ".", "-f", format, "--show-secrets"]);
            assert_eq!(shown.stdout.contains(&token), format != "sarif", "{command} {format}");
        }
    }
}

#[test]
fn json_follows_its_schema_and_a_report_may_go_to_a_file() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", token("schema")));
    repo.commit("first");
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../docs/json-schema.json")).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    for args in [&["scan", ".", "gone"][..], &["git", "."], &["check", "."]] {
        let outcome = repo.scan(&[args, &["-f", "json", "-o", "report.json"]].concat());
        assert_eq!(outcome.stdout, "");
        let report = std::fs::read_to_string(repo.path().join("report.json")).expect("it was written");
        let document = serde_json::from_str(&report).expect("one document");
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{args:?}: {errors:?}");
    }
}

#[test]
fn check_prints_a_row_for_each_question_and_works_without_a_repository() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a.txt"), "fine\n").expect("a file can be written");
    let outcome = ringfence(folder.path(), &["check", "."]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("Secrets in the work tree"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("not in a git repository"), "{}", outcome.stdout);
    std::fs::write(folder.path().join("a.txt"), format!("k={}\n", token("check")))
        .expect("a file can be written");
    let outcome = ringfence(folder.path(), &["check", "."]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("fix first"), "{}", outcome.stdout);
}

#[test]
fn check_of_a_repository_that_cannot_be_opened_is_not_green() {
    for (file, text) in [
        (".git/config", "[core\n"),
        (".git/config", "[core]\nrepositoryformatversion = 99\n"),
        (".git/HEAD", ""),
    ] {
        let repo = Repo::new();
        repo.write("a.txt", "fine\n");
        repo.commit("one");
        repo.write(file, text);
        let outcome = repo.scan(&["check", "."]);
        assert_eq!(outcome.code, 2, "{file} = {text:?}: {}{}", outcome.stdout, outcome.stderr);
    }
}

/// What a terminal, a log of Actions, a job summary or a viewer of SARIF would take for more than a name.
#[cfg(unix)]
#[test]
fn hostile_names_mean_nothing_in_any_report() {
    let names = [
        "a\n::set-output name=x::y",
        "b\n::error::no",
        "c\u{1b}[31mred",
        "d\u{202e}txt.exe",
        "e](https:~~x.example)<img src=x>`|@team",
        "f\r##[group]g",
        "g\u{9b}1m%0A::warning::x",
    ];
    let repo = Repo::new();
    for (at, name) in names.iter().enumerate() {
        repo.write(&format!("{name}.txt"), format!("k={}\n", token(&format!("hostile-{at}"))));
    }
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qm", "::set-output name=x::y\n\n\u{1b}[31m<img src=x>"]);
    repo.git(&["branch", "x/<img>`|now"]);
    for format in ["text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "csv", "markdown"] {
        for command in ["scan", "git"] {
            let report = repo.scan(&[command, ".", "-f", format]);
            assert_eq!(report.code, 1, "{command} {format}: {}", report.stderr);
            let control = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{9b}".contains(c);
            let told = report.stdout.to_owned() + &report.stderr;
            assert!(!told.contains(control), "{command} {format}");
            let starts = |line: &str| {
                ["::set-output", "::error::no", "::warning::x", "##["]
                    .iter()
                    .any(|mark| line.starts_with(mark))
            };
            assert!(!told.lines().any(starts), "{command} {format}: {told}");
            if format == "markdown" {
                assert!(!told.contains("](https") && !told.contains("<img"), "{told}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_that_is_named_is_left_out_and_does_not_hang() {
    let repo = Repo::new();
    let made = std::process::Command::new("mkfifo").arg(repo.path().join("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo works");
    let outcome = repo.scan(&["scan", "pipe"]);
    assert!(outcome.stdout.contains("1 pipes, sockets or devices left out"), "{}", outcome.stdout);
}

#[test]
fn a_submodule_that_is_not_checked_out_is_counted() {
    let repo = Repo::new();
    repo.write("a.txt", "fine\n");
    let id = repo.commit("one");
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},vendor/lib")]);
    let outcome = repo.scan(&["scan", "."]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.contains("1 submodules left out"), "{}", outcome.stdout);
}

#[test]
fn a_value_is_hidden_also_where_no_rule_sees_it() {
    let repo = Repo::new();
    let token = token("context");
    repo.write("a.txt", format!("{token} and once more x{token}x {token}\n"));
    let outcome = repo.scan(&["scan", "."]);
    assert_eq!(outcome.code, 1);
    assert!(!outcome.stdout.contains(&token[4..30]), "{}", outcome.stdout);
}

#[test]
fn the_environment_sets_flags_and_the_command_line_wins() {
    let repo = Repo::new();
    repo.write("a.txt", format!("k={}\n", token("from the environment")));
    let run = |args: &[&str], env: &[(&str, &str)]| ringfence_with_env(repo.path(), args, env);
    assert_eq!(run(&["scan", "."], &[("RINGFENCE_FAIL_ON", "never")]).code, 0);
    let both = run(
        &["scan", ".", "--fail-on", "low"],
        &[("RINGFENCE_FAIL_ON", "never"), ("RINGFENCE_FORMAT", "json")],
    );
    assert_eq!((both.code, both.json()["summary"]["findings"].as_u64()), (1, Some(1)));
    let wrong = run(&["scan", "."], &[("RINGFENCE_COLOR", "pink")]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert_eq!(run(&["inventory"], &[("RINGFENCE_FORMAT", "sarif")]).code, 0, "its formats are others");
}
