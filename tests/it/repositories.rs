//! Repositories of every kind: what git can be made to hold is read, and what is broken is never a pass.

use serde_json::Value;

use super::support::{Outcome, Repo, ringfence, token};

fn rules_found(outcome: &Outcome) -> Vec<String> {
    let document = outcome.json();
    let findings = document["findings"].as_array().expect("a list").iter();
    findings.map(|finding| finding["rule"].as_str().expect("a string").to_owned()).collect()
}

fn count(outcome: &Outcome, list: &str, reason: &str) -> u64 {
    let document = outcome.json();
    let entries = document["coverage"][list].as_array().expect("a list").iter();
    entries.filter(|entry| entry["reason"] == reason).filter_map(|entry| entry["count"].as_u64()).sum()
}

fn line(seed: &str) -> String {
    format!("GITHUB_TOKEN={}\n", token(seed))
}

#[test]
fn a_repository_with_sha256_ids_is_read() {
    let repo = Repo::new();
    repo.git(&["init", "-q", "--object-format=sha256", "-b", "main", "other"]);
    repo.write("other/.env", line("sha256"));
    repo.git(&["-C", "other", "add", "."]);
    repo.git(&["-C", "other", "commit", "-qm", "one"]);
    let id = repo.git(&["-C", "other", "rev-parse", "HEAD"]);
    let outcome = repo.scan(&["git", "other", "-f", "json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    assert_eq!(outcome.json()["findings"][0]["exposure"]["introduced"][0]["id"], id);
    repo.git(&["-C", "other", "gc", "-q"]);
    assert_eq!(repo.scan(&["git", "other", "-f", "json"]).stdout, outcome.stdout);
}

#[test]
fn loose_or_packed_the_report_is_the_same() {
    let repo = Repo::new();
    for n in 0..6 {
        repo.write(&format!("f{}.conf", n % 3), format!("{}{}", line(&n.to_string()), "same\n".repeat(50)));
        repo.commit("more");
    }
    let loose = repo.scan(&["git", ".", "-f", "json"]);
    repo.repack();
    assert_eq!(rules_found(&loose).len(), 6);
    assert_eq!(repo.scan(&["git", ".", "-f", "json"]).stdout, loose.stdout);
}

#[test]
fn a_work_tree_beside_and_a_folder_inside_lead_to_the_whole_history() {
    let repo = Repo::new();
    repo.write("src/deep/a.txt", line("inside"));
    repo.commit("one");
    repo.git(&["worktree", "add", "-q", "-b", "side", "beside"]);
    for path in [".", "src", "src/deep", "beside", ".git"] {
        let outcome = repo.scan(&["git", path, "-f", "json"]);
        assert_eq!(rules_found(&outcome), ["github-pat"], "{path}");
    }
}

#[test]
fn objects_borrowed_from_another_repository_are_read() {
    let repo = Repo::new();
    repo.write("a.txt", line("borrowed"));
    repo.commit("one");
    repo.git(&["clone", "-q", "--shared", ".", "clone"]);
    let outcome = repo.scan(&["git", "clone", "-f", "json"]);
    assert_eq!(rules_found(&outcome), ["github-pat"]);
    assert_ne!(outcome.json()["coverage"]["notes"], Value::Array(Vec::new()), "people are told");
}

#[test]
fn a_replaced_commit_does_not_hide_what_it_held() {
    let repo = Repo::new();
    repo.write("a.txt", "fine\n");
    let clean = repo.commit("clean");
    repo.write("a.txt", line("replaced"));
    let guilty = repo.commit("guilty");
    repo.git(&["replace", &guilty, &clean]);
    assert_eq!(repo.git(&["show", "HEAD:a.txt"]), "fine", "git itself shows the replacement");
    assert_eq!(rules_found(&repo.scan(&["git", ".", "-f", "json"])), ["github-pat"]);
}

#[test]
fn stashes_notes_and_tag_messages_are_part_of_the_history() {
    let repo = Repo::new();
    repo.write("a.txt", "fine\n");
    repo.commit("one");
    repo.write("a.txt", line("stashed"));
    repo.git(&["stash", "-q"]);
    repo.git(&["notes", "add", "-m", &line("noted")]);
    repo.git(&["tag", "-a", "v1", "-m", &line("tagged")]);
    let outcome = repo.scan(&["git", ".", "-f", "json"]);
    assert_eq!(rules_found(&outcome).len(), 3, "{}", outcome.stdout);
    assert_eq!(repo.scan(&["scan", "."]).code, 0, "the work tree is clean");
}

#[test]
fn a_value_that_comes_back_was_brought_in_twice() {
    let repo = Repo::new();
    repo.write("a.txt", line("back"));
    let first = repo.commit("in");
    repo.write("a.txt", "gone\n");
    repo.commit("out");
    repo.write("a.txt", line("back"));
    let again = repo.commit("in again");
    let document = repo.scan(&["git", ".", "-f", "json"]).json();
    let introduced = document["findings"][0]["exposure"]["introduced"].as_array().expect("a list").clone();
    let ids: Vec<&Value> = introduced.iter().map(|commit| &commit["id"]).collect();
    assert_eq!(ids, [first.as_str(), again.as_str()]);
    assert_eq!(document["findings"][0]["exposure"]["at_head"], true);
}

#[test]
fn a_value_in_two_files_is_one_finding_with_two_places() {
    let repo = Repo::new();
    repo.write("a.txt", line("two places"));
    repo.write("b/c.txt", line("two places"));
    repo.commit("one");
    let document = repo.scan(&["git", ".", "-f", "json"]).json();
    assert_eq!(document["summary"]["findings"], 1);
    let places = document["findings"][0]["places"].as_array().expect("a list");
    let paths: Vec<&Value> = places.iter().map(|place| &place["location"]["path"]).collect();
    assert_eq!(paths, ["a.txt", "b/c.txt"]);
    assert!(places.iter().all(|place| place["at_head"] == true), "{places:?}");
}

#[test]
fn an_empty_repository_is_clean_and_says_that_nothing_was_there() {
    let repo = Repo::new();
    let outcome = repo.scan(&["git", ".", "-f", "json"]);
    assert_eq!((outcome.code, &outcome.json()["coverage"]["scanned"]["commits"]), (0, &0.into()));
}

#[test]
fn references_in_a_format_that_is_not_read_make_the_scan_incomplete() {
    let repo = Repo::new();
    repo.git(&["init", "-q", "--ref-format=reftable", "-b", "main", "other"]);
    repo.write("other/a.txt", line("reftable"));
    repo.git(&["-C", "other", "add", "."]);
    repo.git(&["-C", "other", "commit", "-qm", "one"]);
    let outcome = repo.scan(&["git", "other", "-f", "json"]);
    assert_eq!(
        (outcome.code, count(&outcome, "not_scanned", "unsupported-repository")),
        (2, 1),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_partial_clone_is_incomplete_unless_accepted() {
    let repo = Repo::new();
    repo.write("a.txt", "one\n");
    repo.commit("one");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    let outcome = repo.scan(&["git", "partial", "-f", "json"]);
    assert_eq!(
        (outcome.code, count(&outcome, "not_scanned", "missing-object")),
        (2, 1),
        "{}",
        outcome.stdout
    );
    let accepted = repo.scan(&["git", "partial", "-f", "json", "--allow-partial"]);
    assert_eq!(
        (accepted.code, count(&accepted, "out_of_scope", "partial-clone")),
        (0, 1),
        "{}",
        accepted.stdout
    );
}

/// A repository whose only pack holds deltas, commits and trees, and a secret that HEAD does not hold.
fn packed() -> (Repo, std::path::PathBuf) {
    let repo = Repo::new();
    for n in 0..12 {
        let text: String = (0..40).map(|line| format!("line {line} of {}\n", line * n % 7)).collect();
        repo.write(&format!("f{}.txt", n % 3), text);
        if n == 5 {
            repo.write("leak.env", line("packed"));
        } else if n == 6 {
            std::fs::remove_file(repo.path().join("leak.env")).expect("it was written");
        }
        repo.commit("more");
    }
    let pack = repo.repack();
    (repo, pack)
}

/// A flipped bit is told, or it is one that changes nothing (deflate pads its last byte).
#[test]
fn no_flipped_bit_of_a_pack_hides_a_finding() {
    let (repo, pack) = packed();
    let sound = repo.scan(&["git", ".", "-f", "json"]);
    assert_eq!(rules_found(&sound), ["github-pat"]);
    let whole = std::fs::read(&pack).expect("it exists");
    let mut wrong = Vec::new();
    for at in (12..whole.len() - 20).step_by(whole.len() / 70) {
        for bit in [0, 3, 4, 5, 7] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            std::fs::write(&pack, bytes).expect("it is writable");
            let outcome = repo.scan(&["git", ".", "-f", "json"]);
            if outcome.code != 2 && outcome.stdout != sound.stdout {
                wrong.push(format!("byte {at} of {}, bit {bit}: exit code {}", whole.len(), outcome.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_broken_pack_index_passes_for_a_clean_scan() {
    let (repo, pack) = packed();
    let index = pack.with_extension("idx");
    let whole = std::fs::read(&index).expect("it exists");
    let objects =
        u32::from_be_bytes(whole[8 + 255 * 4..8 + 256 * 4].try_into().expect("four bytes")) as usize;
    let ids = 8 + 256 * 4;
    let offsets = ids + objects * 24;
    std::fs::remove_file(&index).expect("it exists");
    let broken =
        [("fan", 8 + 128 * 4), ("id", ids + 5), ("id", ids + objects * 10 + 3), ("offset", offsets + 3)];
    for (what, at) in broken {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x11;
        std::fs::write(&index, bytes).expect("it is writable");
        assert_eq!(repo.scan(&["git", "."]).code, 2, "{what} at {at}");
    }
    std::fs::write(&index, &whole[..whole.len() / 2]).expect("it is writable");
    assert_eq!(repo.scan(&["git", "."]).code, 2, "cut in the middle");
}

#[test]
fn a_loose_object_full_of_garbage_is_named() {
    let repo = Repo::new();
    repo.write("a.txt", "one\n");
    repo.commit("one");
    let id = repo.git(&["rev-parse", "HEAD:a.txt"]);
    let path = repo.path().join(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    std::fs::remove_file(&path).expect("it is loose");
    for garbage in [&b""[..], b"garbage", b"\x78\x9c\x03\x00\x00\x00\x00\x01"] {
        std::fs::write(&path, garbage).expect("it is writable");
        let outcome = repo.scan(&["git", "."]);
        assert_eq!(outcome.code, 2, "{}", outcome.stdout);
        assert!(outcome.stdout.contains("git fsck"), "{}", outcome.stdout);
    }
}

#[test]
fn a_folder_that_is_no_repository_is_said_to_be_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outcome = ringfence(folder.path(), &["git", "."]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("not a git repository"), "{}", outcome.stderr);
    let check = ringfence(folder.path(), &["check", "."]);
    let row = check.stdout.lines().find(|line| line.contains("Secrets only in history"));
    assert!(row.is_some_and(|row| row.starts_with("not checked")), "{}", check.stdout);
}
