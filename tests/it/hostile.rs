//! Repositories made to stop a scan: folders that hold themselves, or each other many times.

use std::io::Write;

use super::support::{Repo, token};

/// Writes a loose tree whose id is not that of its bytes.
fn forge_tree(repo: &Repo, id: &str, body: &[u8]) {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    write!(packed, "tree {}\0", body.len()).expect("memory takes it");
    packed.write_all(body).expect("memory takes it");
    let path = format!(".git/objects/{}/{}", &id[..2], &id[2..]);
    repo.write(&path, packed.finish().expect("memory takes it"));
}

fn entry(mode: &str, name: &str, id: &str) -> Vec<u8> {
    let id = (0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).expect("git's ids are hex"));
    format!("{mode} {name}\0").into_bytes().into_iter().chain(id).collect()
}

/// A blob with a token that no file holds; returns its id.
fn planted(repo: &Repo, seed: &str) -> String {
    repo.write("f", format!("token = \"{}\"\n", token(seed)));
    let blob = repo.git(&["hash-object", "-w", "f"]);
    std::fs::remove_file(repo.path().join("f")).expect("it was just written");
    blob
}

/// A repository whose only commit has this tree.
fn with_tree(repo: &Repo, tree: &str) {
    let commit = repo.git(&["commit-tree", tree, "-m", "all"]);
    repo.git(&["update-ref", "refs/heads/main", &commit]);
}

#[test]
fn a_forged_tree_that_holds_itself_ends_no_scan() {
    let repo = Repo::new();
    let blob = planted(&repo, "forged");
    let id = "ab".repeat(20);
    let body = [entry("100644", "f", &blob), entry("40000", "self", &id)].concat();
    forge_tree(&repo, &id, &body);
    with_tree(&repo, &id);
    let outcome = repo.scan(&["git", "-f", "json"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    let report = outcome.json();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1), "{report}");
    assert!(outcome.stdout.contains("leads back to itself"), "{}", outcome.stdout);
}

#[test]
fn folders_that_hold_each_other_many_times_have_their_first_paths_told() {
    let repo = Repo::new();
    let blob = planted(&repo, "bomb");
    let of = |line: &dyn Fn(usize) -> String| {
        let all: String = (0..10).map(line).collect();
        repo.write("list", all);
        let tree = repo.git(&["-c", "alias.t=!git mktree < list", "t"]);
        std::fs::remove_file(repo.path().join("list")).expect("it was just written");
        tree
    };
    let mut tree = of(&|at| format!("100644 blob {blob}\tf{at}\n"));
    for _ in 0..9 {
        tree = of(&|at| format!("040000 tree {tree}\td{at}\n"));
    }
    with_tree(&repo, &tree);
    let outcome = repo.scan(&["git", "-f", "json"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    let report = outcome.json();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1), "one value");
    assert!(outcome.stdout.contains("\"many-paths\""), "the gap has its reason");
    assert!(outcome.stdout.contains(&blob), "and names the object");
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_repeats_one_secret_takes_no_gigabytes() {
    let repo = Repo::new();
    let line = format!("TOKEN={}\n", token("again"));
    repo.write("a.txt", line.repeat(20_000));
    // Each of 20,000 matches used to ask for all 20,000 places of its value.
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 3000000; exec \"$0\" scan a.txt -f json -j 2"])
        .arg(env!("CARGO_BIN_EXE_ringfence"))
        .current_dir(repo.path())
        .output()
        .expect("there is a shell");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(report["findings"][0]["places"].as_array().map(Vec::len), Some(20_000));
}
