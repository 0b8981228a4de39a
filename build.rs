//! Compiles rules/*.toml into tables. Dropping a file into rules/ is enough to add its rules.

#[path = "src/detect/compile.rs"]
#[expect(unreachable_pub, reason = "public in the crate, which shares this module")]
mod compile;
#[path = "src/detect/load.rs"]
#[expect(unreachable_pub, dead_code, reason = "the crate, which shares this module, also reads the examples")]
mod load;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use load::{LoadedRule, RuleFile};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("rules.rs");
    match tables(Path::new("rules")) {
        Ok(code) => fs::write(out, code).expect("OUT_DIR is writable"),
        Err(message) => {
            println!("cargo::error={}", message.replace('\n', " "));
            process::exit(1);
        }
    }
}

fn tables(dir: &Path) -> Result<String, String> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .map_err(|error| format!("{}: {error}", dir.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    let mut code = String::from("pub(super) static BUILTIN: &[Rule] = &[\n");
    for path in files {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.display().to_string();
        let (file, rules) = load::load(&name, &text).map_err(|error| error.to_string())?;
        for rule in &rules {
            write_rule(&mut code, &file, rule);
        }
    }
    code.push_str("];\n");
    Ok(code)
}

fn write_rule(code: &mut String, file: &RuleFile, rule: &LoadedRule) {
    let (source, shape) = (&rule.source, &rule.shape);
    let near = source.near.as_ref().map(|near| (near.rule.as_str(), near.lines));
    let keywords: Vec<String> = shape
        .keywords
        .iter()
        .map(|k| format!("&[{}]", k.iter().map(|b| format!("{b},")).collect::<String>()))
        .collect();
    writeln!(
        code,
        "Rule {{ meta: RuleMeta {{ id: {:?}, title: {:?}, provider: {:?}, risk: {:?}, severity: Severity::{:?}, \
         docs: {:?}, rotate_console: {:?}, rotate_steps: &{:?}, lint: None }}, confidence: Confidence::{:?}, pattern: {:?}, \
         keywords: &[{}], before: {}, max_len: {}, secret_prefix: {:?}, precheck: {}, position: {}, min_entropy: {:?}f32, checksum: {}, \
         kind: {}, tells: {}, near: {:?}, matcher: {}, file: {} }},",
        source.id,
        source.title,
        file.provider,
        source.risk,
        source.severity,
        file.docs,
        file.rotate.console,
        file.rotate.steps,
        source.confidence,
        shape.pattern,
        keywords.join(", "),
        shape.before,
        shape.max_len,
        shape.secret_prefix,
        named("PrecheckName", source.precheck),
        named("PositionName", source.position),
        source.min_entropy,
        named("ChecksumName", source.checksum),
        named("KindName", source.kind),
        named("TellsName", source.tells),
        near,
        named("MatcherName", source.matcher),
        named("FileName", source.file),
    )
    .expect("writing to a string cannot fail");
}

fn named<T: std::fmt::Debug>(kind: &str, value: Option<T>) -> String {
    value.map_or("None".into(), |value| format!("Some({kind}::{value:?})"))
}
