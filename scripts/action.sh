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

for input in "${INPUT_PATH:=.}" "${INPUT_MODE:=auto}" "${INPUT_SARIF:=}" "${INPUT_VERSION:=}" \
  "${INPUT_CONFIG:=}" "${INPUT_BASELINE:=}"; do
  case $input in *$'\n'* | *$'\r'*) stop 'an input holds a line break' ;; esac
done
if [ "$INPUT_MODE" = auto ]; then
  case ${GITHUB_EVENT_NAME:-} in
    pull_request | pull_request_target | push | merge_group) INPUT_MODE=diff ;;
    *) INPUT_MODE=full ;;
  esac
fi
case $INPUT_MODE in
  full) command=(check) ;;
  diff) command=(git --event) ;;
  tree) command=(scan) ;;
  history) command=(git) ;;
  *) stop "mode is \`$INPUT_MODE\`; it can be auto, full, diff, tree or history" ;;
esac
flags=(--fail-on "${INPUT_FAIL_ON:-medium}" --confidence "${INPUT_CONFIDENCE:-medium}")
[ -z "$INPUT_CONFIG" ] || flags+=(--config "$INPUT_CONFIG")
[ -z "$INPUT_BASELINE" ] || flags+=(--baseline "$INPUT_BASELINE")
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

# One scan, and a report for everyone who reads one. In the log, for people: what a scanned file chose cannot
# start a line with a command of the runner there.
reports=(--also "jsonl=$work/report.jsonl" --also "github=$work/annotations" --also "markdown=$work/summary.md")
[ -z "$INPUT_SARIF" ] || reports+=(--also "sarif=$INPUT_SARIF")
stopper=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$stopper"
code=0
"$ringfence" "${command[@]}" "${flags[@]}" "${reports[@]}" --color never --quiet -- "$INPUT_PATH" || code=$?
echo "::$stopper::"

findings=
if [ -s "$work/report.jsonl" ]; then
  # The last line has the counts.
  findings=$(tail -n 1 "$work/report.jsonl" | sed -n 's/.*"summary":{"findings":\([0-9]*\).*/\1/p')
  cat "$work/annotations"
  cat "$work/summary.md" >> "$summary"
else
  # The reason stands in the log.
  { echo '### ringfence: not scanned'; echo; echo 'The log of this step says why.'; } >> "$summary"
fi
[ -z "$INPUT_SARIF" ] || [ ! -s "$INPUT_SARIF" ] || set_output sarif "$INPUT_SARIF"
set_output exit-code "$code"
set_output findings "$findings"
if [ "$INPUT_MODE" = diff ]; then set_output new-findings "$findings"; else set_output new-findings ''; fi
echo "ringfence $version, mode $INPUT_MODE: exit code $code"
exit "$code"
