//! Who may know whom, and how long files and functions may be. Habits that nobody has to remember.

use std::path::{Path, PathBuf};

/// Which modules of the crate each module may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("finding", &["finding"]),
    ("source", &["source", "finding"]),
    ("detect", &["detect", "finding"]),
    ("report", &["report", "finding"]),
    ("env", &["env", "detect", "finding"]),
    ("import", &["import", "finding"]),
    ("trace", &["trace", "env", "finding"]),
    ("run", &["run", "trace", "source", "env", "detect", "finding"]),
    ("cli", &["cli", "run", "report", "import", "trace", "source", "env", "detect", "finding"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    let mut open = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("the sources are here") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
                files.push((path, text));
            }
        }
    }
    assert!(files.len() > 30, "the walk found the sources");
    files
}

fn module_of(path: &Path) -> String {
    let below =
        path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("it is below src");
    let first = below.components().next().expect("it has a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Code before the tests, without comments and blank lines.
fn code_lines(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")).collect()
}

#[test]
fn modules_know_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path);
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else { continue };
        for line in code_lines(&text) {
            for part in line.split("crate::").skip(1) {
                let used: String =
                    part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                if !used.is_empty() && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
            if line.contains("clap") && module != "cli" {
                wrong.push(format!("{}: only cli knows clap", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("{}: does not begin with what it is", path.display()));
        }
        let lines = code_lines(&text).len();
        if lines > 400 {
            wrong.push(format!("{}: {lines} lines of code, at most 400", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn unsafe_stands_where_the_security_page_says_and_as_often() {
    let security = std::fs::read_to_string("SECURITY.md").expect("it is there");
    let mut rows = Vec::new();
    for (path, text) in sources() {
        let count =
            |what: &str| code_lines(&text).iter().map(|line| line.matches(what).count()).sum::<usize>();
        let (blocks, functions) = (count("unsafe {"), count("unsafe fn"));
        assert_eq!(count("unsafe impl") + count("unsafe extern"), 0, "{}", path.display());
        if blocks + functions > 0 {
            let path = path.to_string_lossy().replace('\\', "/");
            let at = path.find("src/").expect("sources are below src");
            rows.push(format!("| `{}` | {blocks} | {functions} |", &path[at..]));
        }
    }
    rows.sort();
    let told: Vec<&str> = security.lines().filter(|line| line.starts_with("| `src/")).collect();
    let told: Vec<&str> =
        told.iter().map(|line| &line[..=line.rfind("| ").expect("cells")]).map(str::trim).collect();
    assert_eq!(rows, told);
}
