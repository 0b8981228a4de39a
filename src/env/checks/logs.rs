//! Whole environments and single secrets that are printed.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::bind_yaml::is_ci;
use super::super::model::{Env, File, Project};
use super::super::names::{means_secret, re};
use super::code::{self, is_test_or_example, scripts, searches};
use super::{Problem, Sink};

pub(super) fn look(project: &Project, sink: &mut Sink) {
    code::search_about_env(project, sink, &DUMPS);
    in_logs(project, sink);
    in_scripts(project, sink);
}

const JS: &[&str] = &["js", "ts", "mjs", "cjs", "jsx", "tsx", "mts", "cts", "vue", "svelte"];

searches! { DUMPS:
    "env-dump-in-log", JS, r"\b(?:console\.\w+|(?:\w*[lL]ogger|log|winston|pino)\.\w+|res(?:ponse)?\.(?:json|send|end)|c\.json|Response\.json)\(\s*(?:[^;\n]*?[,\s+(])?(?:JSON\.stringify\(\s*)?(?:\{\s*\.\.\.)?process\.env\b\s*(?:[,)}\s]|null)", "Every variable is printed";
    "env-dump-in-log", JS, r"\$\{\s*JSON\.stringify\(\s*process\.env\s*[,)]", "Every variable is printed";
    "env-dump-in-log", JS, r"\bObject\.(?:entries|keys)\(\s*process\.env\s*\)\s*\.(?:forEach|map)\([^;]{0,80}?\b(?:console|logger|log)\.\w+\(", "Every variable is printed";
    "env-dump-in-log", JS, r"\bfor\s*\(\s*(?:const|let|var)\s+[^;()\n]{1,40}\s(?:in|of)\s+(?:Object\.\w+\(\s*)?process\.env\s*\)*\s*\{?\s*(?:console|logger|log)\.\w+\(", "Every variable is printed";
    "env-dump-in-log", &["py"], r"\bfor\s+\w+(?:\s*,\s*\w+)?\s+in\s+(?:sorted\(\s*)?os\.environ(?:\.items\(\))?\s*\)?\s*:\s*(?:print|pprint|logg(?:er|ing)\.\w+|log\.\w+)\(", "Every variable is printed";
    "env-dump-in-log", &["py"], r"\b(?:print|pprint|pp|logg(?:er|ing)\.\w+|log\.\w+|jsonify|json\.dumps|JSONResponse)\(\s*(?:[^;\n]*?[,\s(])?(?:dict\(\s*|str\(\s*|repr\(\s*|\*\*)?os\.environ\b(?:\.items\(\)|\.copy\(\))?\s*[,)]", "Every variable is printed";
    "env-dump-in-log", &["py"], r"\b(?:print|logg(?:er|ing)\.\w+|log\.\w+)\(\s*f['\x22][^'\x22\n]*\{(?:dict\(\s*)?os\.environ\s*\)?\s*[!:=}]", "Every variable is printed";
    "env-dump-in-log", &["ex", "exs"], r"\b(?:IO\.(?:inspect|puts)|Logger\.\w+)[ (]\s*(?:inspect\(\s*)?System\.get_env\(\s*\)", "Every variable is printed";
    "env-dump-in-log", &["rb"], r"(?m)\b(?:p|pp|puts|ap|logger\.\w+|Rails\.logger\.\w+)[ (]+ENV(?:\.(?:to_h|inspect|to_hash|to_a))?\s*\)?\s*$", "Every variable is printed";
    "env-dump-in-log", &["php"], r"\b(?:var_dump|print_r|dd|dump|var_export|json_encode)\(\s*(?:\$_ENV|\$_SERVER|getenv\(\))\s*[,)]|\bphpinfo\(\s*\)", "Every variable is printed";
    "env-dump-in-log", &["go"], r"(?:fmt\.Print\w*|log\.\w+)\([^;\n]*os\.Environ\(\)", "Every variable is printed";
    "env-dump-in-log", &["rs"], r"(?:println!|dbg!|info!|debug!|error!|warn!|trace!|eprintln!)\([^;\n]*env::vars\(\)", "Every variable is printed";
    "env-dump-in-log", &["java", "kt"], r"(?:println|log\w*\.\w+)\([^;\n]*System\.getenv\(\)", "Every variable is printed";
    "env-dump-in-log", &["cs"], r"(?:WriteLine|Log\w*)\([^;\n]*GetEnvironmentVariables\(\)", "Every variable is printed";
}

/// The beginning of a call that logs.
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"\b(?:console\.(?:log|info|warn|error|debug|trace)|(?:\w*[lL]ogger|log|logging|winston|pino|Log|slog|tracing)\.(?:\w+)|print|println!|eprintln!|info!|debug!|warn!|error!|puts|pp|error_log|var_dump|dd|dump|fmt\.Print\w*|System\.out\.print\w*|Console\.Write\w*)[ (]",
    )
});
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r#"(?:process\.env\??\.|import\.meta\.env\.|Bun\.env\.)([A-Za-z_]\w*)|(?:process\.env\[|os\.environ\[|environ\.get\(|os\.getenv\(|getenv\(|ENV\[|ENV\.fetch\(|\$_ENV\[|env\(|os\.Getenv\(|env::var\(|System\.getenv\(|GetEnvironmentVariable\(|Deno\.env\.get\()\s*["']([A-Za-z_]\w*)["']"#,
    )
});

fn in_logs(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files.iter().enumerate() {
        // Most programs read no variable, and none of their calls can log one.
        if is_test_or_example(project, index) || !file.may_read_env || !VARIABLE.is_match(&file.code) {
            continue;
        }
        let mut at = 0;
        while let Some(call) = CALL.find_at(&file.code, at) {
            let arguments = arguments(&file.code, call.end());
            at = arguments.end.max(call.start() + 1);
            in_call(sink, (index, file), arguments);
        }
    }
}

/// What is handed to a call, from `start` up to the end of the statement or the line; at most 300 characters.
fn arguments(code: &str, start: usize) -> Range<usize> {
    let rest = code[start..].char_indices().take(300);
    let len =
        rest.take_while(|(_, c)| !matches!(c, ';' | '\n')).last().map_or(0, |(at, c)| at + c.len_utf8());
    start..start + len
}

/// Secrets among the arguments of a call that logs.
fn in_call(sink: &mut Sink, (index, file): (usize, &File), arguments: Range<usize>) {
    let text = &file.code[arguments.clone()];
    for variable in VARIABLE.captures_iter(text) {
        let (Some(whole), Some(name)) = (variable.get(0), variable.get(1).or(variable.get(2))) else {
            continue;
        };
        let before = text[..whole.start()].trim_end();
        let after = text[whole.end()..].trim_start_matches([')', ']', ' ']);
        let asked = ["!!", "Boolean(", "bool(", "len("].iter().any(|end| before.ends_with(end))
            || ["? ", "===", "!==", ".length"].iter().any(|start| after.starts_with(start));
        if means_secret(&name.as_str().to_ascii_uppercase()) && !asked {
            let span = arguments.start + name.start()..arguments.start + name.end();
            let message = format!("{} is printed", name.as_str());
            let problem = Problem::at("secret-in-log", index, span, file.env, message);
            sink.push(Problem { key: name.as_str().to_owned(), ..problem });
        }
    }
}

/// Commands that print every variable, and `set -x`, which prints every command.
static PRINT_ALL: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"(?m)(?:^|[;&|(]|&&|\bthen|\bdo)[ \t]*(?:-[ \t]+)?(?:sudo[ \t]+)?(printenv|env|export -p|set|declare -x|export)[ \t]*(?:\||$|;|&&|>>?[ \t]*\S|\))",
    )
});
static ECHO: LazyLock<Regex> = LazyLock::new(|| {
    re(
        r"(?m)\b(?:echo|printf)\b[^\n|>]*?(\$\{\{\s*secrets\.[A-Za-z_]\w*\s*\}\}|\$\{?([A-Z][A-Z0-9_]*)\}?)[^\n|>]*(?P<pipe>[|>])?",
    )
});
static TRACE: LazyLock<Regex> = LazyLock::new(|| re(r"(?m)^[ \t]*set[ \t]+-[a-wyz]*x[a-z]*\b"));

/// Whether what a command prints goes into a value, or the word is the label of a case.
fn is_taken_up(text: &str, command: &Range<usize>) -> bool {
    let before = text[..command.start].trim_end();
    let is_label = text[command.end..].trim_start().starts_with(')') && !before.ends_with('(');
    is_label || before.ends_with("$(") || before.ends_with('`')
}

fn in_scripts(project: &Project, sink: &mut Sink) {
    for script in scripts(project) {
        let file = &project.files[script.file];
        let text = if file.code.is_empty() { &file.text } else { &file.code };
        let text = &text[script.span.clone()];
        let start = script.span.start;
        let problem = |check, found: Range<usize>, message| {
            Problem::at(check, script.file, start + found.start..start + found.end, script.env, message)
        };
        let is_json = !script.name.is_empty();
        for found in PRINT_ALL.captures_iter(text).filter_map(|found| found.get(1)) {
            if is_taken_up(text, &found.range()) || is_test_or_example(project, script.file) {
                continue;
            }
            let at_start = is_json && found.start() == 0 && text.len() == found.len();
            if !is_json || at_start || text.contains('|') {
                sink.push(problem("env-dump-in-log", found.range(), "Every variable is printed"));
            }
        }
        for found in ECHO.captures_iter(text) {
            let Some(value) = found.get(1) else { continue };
            let name = found.get(2).map_or("", |name| name.as_str());
            let is_secret = value.as_str().starts_with("${{") || means_secret(name);
            if is_secret && found.name("pipe").is_none() && script.env != Env::Example {
                sink.push(problem("secret-in-log", value.range(), "A secret is printed"));
            }
        }
        // A job's steps are pieces of their own, and the secret may be another's.
        let around = if is_ci(&file.path) { file.text.as_str() } else { text };
        let uses_secret = around.contains("secrets.")
            || around
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .any(|word| word.bytes().all(|b| !b.is_ascii_lowercase()) && means_secret(word));
        if let Some(found) = TRACE.find(text).filter(|_| uses_secret) {
            sink.push(problem(
                "env-dump-in-log",
                found.range(),
                "Every command is printed, with the secrets in it",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_whose_output_is_taken_up_prints_nothing() {
        let taken = |text: &str| {
            let found = PRINT_ALL.captures(text).and_then(|found| found.get(1)).expect("it is found");
            is_taken_up(text, &found.range())
        };
        assert!(taken("for folder in $(env | cut -d= -f2); do") && taken("  set)\n    shift"));
        assert!(!taken("env | sort") && !taken("(env)") && !taken("set -e; printenv\n"));
    }
}
