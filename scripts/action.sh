#!/usr/bin/env bash
# All of action.yml's logic. Inputs come as INPUT_… variables, never as text of a script.
#
# Takes the released binary where a version is named, else builds the action's own revision; scans, writes outputs and a job summary, and ends with
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

# The released binary of a version, if there is one for this runner: 0 installed, 1 there is none.
install_release() {
  local system release archive
  case ${RUNNER_OS:-$(uname -s)}/${RUNNER_ARCH:-$(uname -m)} in
    Linux/X64 | Linux/x86_64) system=x86_64-unknown-linux-gnu ;;
    Linux/ARM64 | Linux/aarch64) system=aarch64-unknown-linux-gnu ;;
    macOS/ARM64 | Darwin/arm64) system=aarch64-apple-darwin ;;
    macOS/X64 | Darwin/x86_64) system=x86_64-apple-darwin ;;
    *) return 1 ;;
  esac
  archive=ringfence-$system.tar.gz
  release=${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_ACTION_REPOSITORY:-ringfence/ringfence}/releases/download/v$1
  for file in "$archive" "$archive.sha256"; do
    curl --fail --silent --show-error --location --retry 3 --output "$work/$file" "$release/$file" || return 1
  done
  [ "$(hash_of "$work/$archive")" = "$(awk 'NR == 1 {print $1}' "$work/$archive.sha256")" ] ||
    stop "$release/$archive is not what its checksum says; nothing of it was run"
  tar -xzf "$work/$archive" -C "$work" ringfence
  ringfence=$work/ringfence
}
hash_of() { if command -v sha256sum > /dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | awk '{print $1}'; }

# Built from the action's own folder: the scanned repository's Cargo and toolchain settings have no say.
build() {
  command -v cargo > /dev/null || stop 'cargo is not installed on this runner; install Rust in a step before'
  local target=${CARGO_TARGET_DIR:-${RUNNER_TEMP:-${TMPDIR:-/tmp}}/ringfence-target}
  echo '::group::Build ringfence'
  (cd "$action" && cargo build --release --locked --target-dir "$target") || stop 'the build failed; see the log'
  echo '::endgroup::'
  ringfence=$target/release/ringfence
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A tag of the action names its version.
wanted=${INPUT_VERSION#v}
[ -n "$wanted" ] || [[ ! ${GITHUB_ACTION_REF:-} =~ ^v([0-9]+\.[0-9]+\.[0-9]+)$ ]] || wanted=${BASH_REMATCH[1]}
[[ $wanted =~ ^[0-9A-Za-z.+-]*$ ]] || stop "version is \`$wanted\`, which is none"
if [ -z "$wanted" ] || ! install_release "$wanted"; then
  build
fi
version=$("$ringfence" --version | awk '{print $2}')
if [ -n "$wanted" ] && [ "$wanted" != "$version" ]; then
  stop "version $wanted was asked for and has no release for this runner; this revision of the action is $version"
fi

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
