//! Repositories whose own files are made to do harm: to run a program, to stop a scan, to lead it elsewhere, to hide something.

#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::support::{Outcome, Repo, token};

/// Longer than any of these scans takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Every way of ours to look at a repository.
const COMMANDS: &[&[&str]] = &[
    &["check", "."],
    &["scan", "."],
    &["git", "."],
    &["git", ".", "--unreachable", "--no-cache"],
    &["git", "--staged"],
    &["git", ".", "--range", "HEAD~1..HEAD"],
    &["git", ".", "--since", "2001-01-01"],
    &["env", "."],
    &["env", "--staged"],
    &["trace", "."],
    &["audit", "."],
    &["inventory"],
    &["hook", "run"],
];

/// Runs ringfence, and fails if it does not come to an end.
fn ended(folder: &Path, args: &[&str], env: &[(&str, &str)], what: &str) -> Outcome {
    let file = |name: &str| tempfile::tempfile().unwrap_or_else(|error| panic!("{name}: {error}"));
    let (out, err) = (file("stdout"), file("stderr"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(out.try_clone().expect("a descriptor is left"))
        .stderr(err.try_clone().expect("a descriptor is left"))
        .spawn()
        .expect("the binary was built");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if start.elapsed() > PATIENCE {
            drop((child.kill(), child.wait()));
            panic!("{args:?} hangs: {what}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = |mut file: std::fs::File| {
        let mut text = String::new();
        std::io::Seek::rewind(&mut file).expect("a file has a start");
        std::io::Read::read_to_string(&mut file, &mut text).expect("what we write is UTF-8");
        text
    };
    let code = status.code().unwrap_or_else(|| panic!("{args:?} was killed: {what}"));
    Outcome { code, stdout: text(out), stderr: text(err) }
}

fn line(seed: &str) -> String {
    format!("GITHUB_TOKEN={}\n", token(seed))
}

fn pipe(path: &Path) {
    drop(std::fs::remove_file(path));
    std::fs::create_dir_all(path.parent().expect("it is below a folder")).expect("a folder can be made");
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.is_ok_and(|made| made.success()), "a pipe can be made");
}

/// Two commits, each with a secret, and what is staged with one more.
fn fill(repo: &Repo) {
    repo.write("a.txt", line("first"));
    repo.commit("one");
    repo.write("sub/b.txt", line("second"));
    repo.write(".env", line("env"));
    repo.commit("two");
    repo.write("c.txt", line("staged"));
    repo.git(&["add", "c.txt"]);
}

/// A configuration in which everything that names a program names one that leaves a mark.
fn hostile_config(mark: &Path, pipe: &Path) -> String {
    let (touch, pipe) = (format!("touch {}", mark.display()), pipe.display());
    let core: String =
        ["fsmonitor", "sshCommand", "gitProxy", "pager", "editor", "askPass", "alternateRefsCommand"]
            .map(|key| format!("\t{key} = {touch}\n"))
            .concat();
    format!(
        "[core]\n\trepositoryformatversion = 1\n\thooksPath = .hooks\n\tattributesFile = .gitattributes\n{core}\
         [diff]\n\texternal = {touch}\n[diff \"x\"]\n\ttextconv = {touch}\n\tcommand = {touch}\n\
         [filter \"x\"]\n\tclean = {touch}\n\tsmudge = {touch}\n\tprocess = {touch}\n\trequired = true\n\
         [merge \"x\"]\n\tdriver = {touch}\n[credential]\n\thelper = \"!{touch}\"\n[gpg]\n\tprogram = {touch}\n\
         [uploadpack]\n\tpackObjectsHook = {touch}\n[alias]\n\tfor-each-ref = \"!{touch}\"\n\trev-parse = \"!{touch}\"\n\
         [pager]\n\tfor-each-ref = {touch}\n[protocol]\n\tallow = always\n[protocol \"ext\"]\n\tallow = always\n\
         [url \"ext::sh -c '{touch}' \"]\n\tinsteadOf = https://\n\
         [remote \"origin\"]\n\turl = \"ext::sh -c '{touch}'\"\n\tpromisor = true\n\tuploadpack = {touch}\n\tvcs = x\n\
         [submodule \"sub\"]\n\tupdate = \"!{touch}\"\n\turl = \"ext::sh -c '{touch}'\"\n\
         [include]\n\tpath = {pipe}\n[includeIf \"gitdir:/\"]\n\tpath = {pipe}\n[include]\n\tpath = config\n\
         [extensions]\n\tpartialClone = origin\n"
    )
}

/// Variables of the user's that name programs, files to write and other repositories.
fn hostile_environment(mark: &str) -> Vec<(&'static str, String)> {
    let touch = format!("touch {mark}");
    let programs =
        ["GIT_SSH_COMMAND", "GIT_SSH", "GIT_EXTERNAL_DIFF", "GIT_PROXY_COMMAND", "GIT_ASKPASS", "GIT_PAGER"];
    let mut all: Vec<(&str, String)> = programs.into_iter().map(|name| (name, touch.clone())).collect();
    let files = ["GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE_SETUP"];
    all.extend(files.into_iter().map(|name| (name, mark.to_owned())));
    all.extend([
        ("GIT_DIR", "/nowhere".to_owned()),
        ("GIT_WORK_TREE", "/nowhere".to_owned()),
        ("GIT_CEILING_DIRECTORIES", "/".to_owned()),
        ("GIT_CONFIG_COUNT", "1".to_owned()),
        ("GIT_CONFIG_KEY_0", "core.fsmonitor".to_owned()),
        ("GIT_CONFIG_VALUE_0", touch),
    ]);
    all
}

#[test]
fn nothing_that_a_repository_or_the_environment_names_is_run_or_waited_for() {
    let outside = tempfile::tempdir().expect("a temporary folder");
    let (mark, fifo) = (outside.path().join("ran"), outside.path().join("pipe"));
    pipe(&fifo);
    let environment = hostile_environment(mark.to_str().expect("its name is UTF-8"));
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for format in ["files", "reftable"] {
        let repo = Repo::new();
        std::fs::remove_dir_all(repo.path().join(".git")).expect("it is ours");
        repo.git(&["init", "-q", "-b", "main", &format!("--ref-format={format}")]);
        fill(&repo);
        repo.write(
            ".gitattributes",
            "* filter=x diff=x merge=x -text export-ignore working-tree-encoding=UTF-16\n",
        );
        for hook in [
            "post-checkout",
            "reference-transaction",
            "pre-commit",
            "post-index-change",
            "fsmonitor-watchman",
        ] {
            let script = format!("#!/bin/sh\ntouch {}\n", mark.display());
            for folder in [".hooks", ".git/hooks"] {
                let path = repo.write(&format!("{folder}/{hook}"), &script);
                std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("it is ours");
            }
        }
        let before: Vec<usize> = COMMANDS.iter().map(|args| found(&repo, args, &[])).collect();
        let own = std::fs::read_to_string(repo.path().join(".git/config")).expect("git has written it");
        repo.write(
            ".git/config",
            hostile_config(&mark, &fifo)
                + &own.replace("repositoryformatversion = 0", "repositoryformatversion = 1"),
        );
        for (args, before) in COMMANDS.iter().zip(before) {
            for env in [&[][..], &environment] {
                let now = found(&repo, args, env);
                assert!(now >= before, "{args:?} of {format}: {now} found, and {before} before");
                assert!(!mark.exists(), "{args:?} of {format}: something was run or written");
            }
        }
    }
}

/// How many of the secrets of [`fill`] are told.
fn found(repo: &Repo, args: &[&str], env: &[(&str, &str)]) -> usize {
    let outcome = ended(repo.path(), args, env, "a hostile configuration");
    assert!(outcome.code <= 2, "{args:?}: {}", outcome.stderr);
    outcome.stdout.matches("[github-pat]").count()
}

#[test]
fn no_pipe_or_device_among_gits_own_files_stops_a_scan() {
    let places = [
        "HEAD",
        "commondir",
        "config",
        "config.worktree",
        "packed-refs",
        "index",
        "info/exclude",
        "shallow",
        "objects/info/alternates",
        "refs/heads/other",
        "objects/pack/pack-1.idx",
        "objects/pack/multi-pack-index",
        "worktrees/x/HEAD",
        "logs/HEAD",
        "FETCH_HEAD",
        "info/grafts",
    ];
    for place in places {
        let repo = Repo::new();
        fill(&repo);
        pipe(&repo.path().join(".git").join(place));
        stops_nothing(&repo, place);
    }
    let endless: [(&str, Make); 7] = [
        ("a .git that is a pipe", |git| pipe(git)),
        ("a .git that is a device", |git| symlink("/dev/zero", git).expect("a link can be made")),
        ("a .git that leads to itself", |git| {
            std::fs::write(git, "gitdir: .git\n").expect("it can be written")
        }),
        ("a .git that leads to a device", |git| {
            std::fs::write(git, "gitdir: /dev/zero\n").expect("it can be written")
        }),
        ("a .git of links in a circle", |git| symlink(".git", git).expect("a link can be made")),
        ("a HEAD that leads to itself", |git| {
            std::fs::create_dir_all(git.join("objects")).expect("a folder can be made");
            symlink("HEAD", git.join("HEAD")).expect("a link can be made");
        }),
        ("a configuration of a gigabyte", |git| {
            std::fs::create_dir_all(git.join("objects")).expect("a folder can be made");
            std::fs::create_dir_all(git.join("refs")).expect("a folder can be made");
            std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("it can be written");
            let config = std::fs::File::create(git.join("config")).expect("it can be written");
            config.set_len(1 << 30).expect("it has holes");
        }),
    ];
    for (what, make) in endless {
        let repo = Repo::new();
        repo.write("a.txt", line("first"));
        repo.write(".env", line("env"));
        std::fs::remove_dir_all(repo.path().join(".git")).expect("it is ours");
        make(&repo.path().join(".git"));
        stops_nothing(&repo, what);
    }
}

/// Makes something of the place where `.git` stands.
type Make = fn(&Path);

/// Whatever is wrong with the repository, commands end, the work tree is scanned, and a history that was not read is no pass.
fn stops_nothing(repo: &Repo, what: &str) {
    for args in COMMANDS {
        let outcome = ended(repo.path(), args, &[], what);
        assert!(outcome.code <= 2, "{args:?}, {what}: {}", outcome.stderr);
        if args[0] == "scan" || args[0] == "check" {
            assert!(
                outcome.stdout.contains("[github-pat]") && outcome.code > 0,
                "{args:?}, {what}: {}",
                outcome.stdout
            );
        } else if args[0] == "git" {
            assert!(outcome.code > 0, "{args:?}, {what}: {}", outcome.stdout);
        }
    }
}

#[test]
fn patterns_that_cannot_be_read_as_a_file_leave_nothing_out_and_stop_nothing() {
    let places = [
        ".gitignore",
        "sub/.gitignore",
        ".git/info/exclude",
        "inner/.git/info/exclude",
        "inner/.git",
        "../.gitignore",
    ];
    for place in places {
        let outer = Repo::new();
        let top = outer.path().join("top");
        outer.write("top/a.txt", line("first"));
        outer.write("top/sub/b.log", line("second"));
        outer.write("top/.git/info/exclude", "*.log\n");
        pipe(&top.join(place));
        for args in [&["scan", "."][..], &["check", "."], &["env", "."], &["scan", "sub"]] {
            let outcome = ended(&top, args, &[], place);
            let expected = match (args[0], args[1]) {
                ("env", _) => 0,
                // What the outer repository excludes can be read.
                (_, "sub") => usize::from(!place.starts_with("inner")),
                _ => 2,
            };
            let told = outcome.stdout.matches("[github-pat]").count();
            assert!(told >= expected, "{args:?}, {place}: {}", outcome.stdout);
        }
    }
}

#[test]
fn where_a_configuration_says_the_work_tree_is_hides_no_tracked_file() {
    for (key, value) in
        [("core.worktree", "/"), ("core.bare", "true"), ("core.excludesFile", ".all"), ("index.version", "9")]
    {
        let repo = Repo::new();
        repo.write(".all", "*\n");
        repo.write(".gitignore", "*.env\n");
        repo.write("a.env", line("tracked"));
        repo.git(&["add", "-f", "a.env"]);
        repo.git(&["config", key, value]);
        let outcome = repo.scan(&["scan", ".", "-f", "json"]);
        let found = outcome.json()["findings"].as_array().map_or(0, Vec::len);
        assert_eq!((outcome.code, found), (1, 1), "{key}: {}", outcome.stdout);
    }
}

#[test]
fn an_index_with_a_wrong_checksum_or_cut_off_is_told_where_something_is_ignored() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.env\n");
    repo.write("a.env", line("tracked"));
    repo.write("b.txt", line("beside"));
    repo.git(&["add", "-f", "a.env", "b.txt", ".gitignore"]);
    let index = repo.path().join(".git/index");
    let whole = std::fs::read(&index).expect("git has written it");
    let mut wrong = whole.clone();
    wrong[40] ^= 1;
    for broken in [&wrong[..], &whole[..whole.len() / 2], b"", b"DIRC"] {
        std::fs::write(&index, broken).expect("it can be written");
        for args in [&["scan", ".", "-f", "json"][..], &["check", ".", "-f", "json"]] {
            let outcome = repo.scan(args);
            assert_eq!(outcome.code, 2, "{args:?}: {}", outcome.stdout);
            assert!(outcome.stdout.contains("index of ."), "{args:?}: {}", outcome.stdout);
            assert!(outcome.stdout.contains("github-pat"), "the rest is scanned: {}", outcome.stdout);
        }
        let staged = repo.scan(&["git", "--staged"]);
        assert!(staged.code == 2 && staged.stderr.contains("index"), "{}", staged.stderr);
    }
}

#[test]
fn links_that_are_tracked_lead_no_scan_out_of_the_repository() {
    let outside = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(outside.path().join(".env"), line("outside")).expect("a file can be written");
    let repo = Repo::new();
    repo.write("in.txt", "nothing\n");
    symlink(outside.path().join(".env"), repo.path().join(".env")).expect("a link can be made");
    repo.write("folder/.env", "A=1\n");
    repo.commit("one");
    std::fs::remove_dir_all(repo.path().join("folder")).expect("it is ours");
    symlink(outside.path(), repo.path().join("folder")).expect("a link can be made");
    for args in [&["scan", "."][..], &["check", "."], &["env", "."], &["trace", "."], &["inventory"]] {
        let outcome = repo.scan(args);
        let told = outcome.stdout.contains("github-pat") || outcome.stdout.contains("GITHUB_TOKEN");
        assert!(!told, "{args:?}: {}", outcome.stdout);
    }
}

#[test]
fn what_a_scanned_folder_has_decided_for_itself_is_not_obeyed() {
    let target = Repo::new();
    fill(&target);
    let all = "[[ignore]]\nrule = \"*\"\npaths = [\"**\"]\nreason = \"trust me\"\n";
    let bomb = format!("[[ignore]]\nrule = \"*\"\npaths = [\"{}\"]\nreason = \"x\"\n", "{a,b}*".repeat(3000));
    let texts = [all.to_owned(), bomb, "no [ toml".to_owned(), "x".repeat(40 << 20)];
    let user = Repo::new();
    let name = target.path().to_str().expect("its name is UTF-8");
    let baseline = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(["baseline", "create", "."])
        .current_dir(target.path())
        .status();
    assert!(baseline.is_ok_and(|made| made.success()), "a baseline can be made");
    for text in texts {
        target.write("ringfence.toml", text);
        for args in [["scan", name], ["git", name], ["check", name], ["audit", name]] {
            let outcome = ended(user.path(), &args, &[], "a hostile ringfence.toml");
            assert!(
                outcome.stdout.contains("[github-pat]") || args[0] == "audit",
                "{args:?}: {}",
                outcome.stdout
            );
            assert!(
                outcome.code > 0 && !outcome.stderr.contains("ringfence.toml:"),
                "{args:?}: {}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn what_is_mended_is_never_written_through_a_link() {
    let outside = tempfile::tempdir().expect("a temporary folder");
    let victim = outside.path().join("victim");
    std::fs::write(&victim, "as it was\n").expect("a file can be written");
    let repo = Repo::new();
    repo.write(".env", "A = 1\nB=2 \nA=3\n");
    for name in [".env.ringfence-backup", ".gitignore"] {
        symlink(&victim, repo.path().join(name)).expect("a link can be made");
    }
    let outcome = repo.scan(&["env", ".", "--fix"]);
    assert!(outcome.stderr.contains("mended"), "{}", outcome.stderr);
    assert_eq!(std::fs::read_to_string(victim).expect("it is there"), "as it was\n");
}

#[test]
fn grafts_and_replacements_hide_no_commit() {
    let repo = Repo::new();
    repo.write("a.txt", line("before the graft"));
    repo.commit("one");
    repo.write("a.txt", "gone\n");
    repo.commit("two");
    repo.write("a.txt", "still gone\n");
    let last = repo.commit("three");
    repo.write(".git/info/grafts", format!("{last}\n"));
    assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]), "1", "git itself sees no parents");
    for args in [&["git", ".", "-f", "json"][..], &["git", ".", "--range", "HEAD~2..HEAD", "-f", "json"]] {
        let outcome = repo.scan(args);
        let found = outcome.json()["findings"].as_array().map_or(0, Vec::len);
        // The first commit is none of the range.
        let expected = usize::from(args[2] == "-f");
        assert_eq!((found, outcome.code), (expected, expected as i32), "{args:?}: {}", outcome.stdout);
    }
}

#[test]
fn alternates_in_a_circle_or_of_nothing_are_told() {
    let repo = Repo::new();
    fill(&repo);
    for borrowed in ["../objects", "/nowhere/objects", "\"/nowhere\\n/objects\"", "/dev/zero"] {
        repo.write(".git/objects/info/alternates", format!("{borrowed}\n"));
        let outcome = ended(repo.path(), &["git", ".", "-f", "json"], &[], borrowed);
        assert_eq!(outcome.code, 2, "{borrowed}: {}", outcome.stdout);
    }
}
