#!/usr/bin/env bash
# All of action.yml's logic. Inputs come as INPUT_… variables, never as text of a script.
#
# Builds ringfence from the action's own revision, scans, writes outputs and a job summary, and ends with
# the scan's exit code: 0 complete and nothing found, 1 findings, 2 usage error or incomplete.
set -euo pipefail

action=${GITHUB_ACTION_PATH:?this script is run by action.yml}
output=${GITHUB_OUTPUT:?this script is run by action.yml}
summary=${GITHUB_STEP_SUMMARY:-/dev/null}

set_output() { printf '%s=%s\n' "$1" "$2" >> "$output"; }
stop() {
  # The message may hold an input: no line of it may be read as a command of the runner.
  printf '::error::ringfence: %s\n' "$(printf '%s' "$1" | tr '\r\n' '  ')"
  set_output exit-code 2
  { echo '### ringfence: not scanned'; echo; printf '    %s\n' "$(printf '%s' "$1" | tr '\r\n' '  ')"; } >> "$summary"
  exit 2
}

for input in "${INPUT_PATH:=.}" "${INPUT_MODE:=auto}" "${INPUT_SARIF:=}" "${INPUT_VERSION:=}"; do
  case $input in *$'\n'* | *$'\r'*) stop 'an input holds a line break' ;; esac
done
case $INPUT_MODE in
  auto) command=check ;;
  tree) command=scan ;;
  history) command=git ;;
  *) stop "mode is \`$INPUT_MODE\`; it can be auto, tree or history" ;;
esac
flags=(--fail-on "${INPUT_FAIL_ON:-medium}" --confidence "${INPUT_CONFIDENCE:-medium}" --quiet)
while IFS= read -r flag; do
  [ -z "$flag" ] || flags+=("$flag")
done <<< "${INPUT_EXTRA_ARGS:-}"

# Built from the action's own folder: the scanned repository's Cargo and toolchain settings have no say.
command -v cargo > /dev/null || stop 'cargo is not installed on this runner; install Rust in a step before'
target=${CARGO_TARGET_DIR:-${RUNNER_TEMP:-${TMPDIR:-/tmp}}/ringfence-target}
echo '::group::Build ringfence'
(cd "$action" && cargo build --release --locked --target-dir "$target") || stop 'the build failed; see the log'
echo '::endgroup::'
ringfence=$target/release/ringfence
version=$("$ringfence" --version | awk '{print $2}')
if [ -n "$INPUT_VERSION" ] && [ "${INPUT_VERSION#v}" != "$version" ]; then
  stop "version $INPUT_VERSION was asked for, and this revision of the action is $version"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# For people, in the log. What a scanned file chose cannot start a line with a command of the runner there.
stopper=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$stopper"
code=0
"$ringfence" "$command" "${flags[@]}" --color never -- "$INPUT_PATH" || code=$?
echo "::$stopper::"

# For machines: the last line of JSONL has the counts.
again=0
"$ringfence" "$command" "${flags[@]}" --format jsonl --output "$work/report.jsonl" -- "$INPUT_PATH" || again=$?
findings=
if [ -s "$work/report.jsonl" ]; then
  trailer=$(tail -n 1 "$work/report.jsonl")
  findings=$(sed -n 's/.*"summary":{"findings":\([0-9]*\).*/\1/p' <<< "$trailer")
  severities=$(sed -n 's/.*"by_severity":{\([^}]*\)}.*/\1/p' <<< "$trailer" | tr -d '"' | sed 's/:/ /g; s/,/, /g')
  complete=$(sed -n 's/^{"coverage":{"complete":\([a-z]*\),.*/\1/p' <<< "$trailer")
fi
# Two scans of one tree agree; if they do not, something wrote to it, and neither can be believed.
[ "$again" = "$code" ] || code=2

if [ -n "$INPUT_SARIF" ]; then
  "$ringfence" "$command" "${flags[@]}" --format sarif --output "$INPUT_SARIF" -- "$INPUT_PATH" || true
  [ ! -s "$INPUT_SARIF" ] || set_output sarif "$INPUT_SARIF"
fi

set_output exit-code "$code"
set_output findings "$findings"
{
  case $code in
    0) echo '### ringfence: nothing to mend, and everything in scope was scanned' ;;
    1) echo '### ringfence: findings' ;;
    2) echo '### ringfence: not everything was scanned' ;;
    *) echo "### ringfence: exit code $code" ;;
  esac
  echo
  echo '| | |'
  echo '|---|---|'
  echo "| findings | ${findings:-unknown}${severities:+ ($severities)} |"
  echo "| complete | ${complete:-unknown} |"
  echo "| mode | $INPUT_MODE |"
  echo "| exit code | $code |"
  echo "| version | $version |"
  echo
  echo 'Where they are, and what to do about each, stands in the log of this step.'
} >> "$summary"
exit "$code"
