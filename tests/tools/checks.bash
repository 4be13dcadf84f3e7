# Sourced by the tests of the scripts in tools/. A test is called with the repository's folder; it ends with 1 when a
# check failed, having said which.
# shellcheck shell=bash
set -uo pipefail

repository=$(readlink -f "$1")
folder=$(mktemp -d) # everything a test writes is in here
trap 'rm -rf "$folder"' EXIT
failures=0

# run COMMAND...: sets `output` (both streams) and `status`. A command that hangs ends with status 124.
run() {
  output=$(timeout --kill-after=50 60 "$@" 2>&1 </dev/null)
  status=$?
}

fail() {
  printf 'FAILED: %s\n  status %s, output:\n%s\n' "$1" "${status-}" "    ${output-}"
  failures=$((failures + 1))
}

# expect WHAT COMMAND...: the command succeeds.
expect() {
  local what=$1
  shift
  "$@" || fail "$what"
}

# expect_status WHAT NUMBER: of the last run.
expect_status() { [[ $status == "$2" ]] || fail "$1: expected status $2"; }

# expect_output WHAT TEXT, expect_no_output WHAT TEXT: of the last run.
expect_output() { [[ $output == *"$2"* ]] || fail "$1: expected in the output: $2"; }
expect_no_output() { [[ $output != *"$2"* ]] || fail "$1: not expected in the output: $2"; }

# expect_equal WHAT EXPECTED ACTUAL
expect_equal() { [[ $2 == "$3" ]] || fail "$1: expected '$2', found '$3'"; }

# command_file NAME: creates an executable from stdin in $folder/bin, which a test puts in front of PATH.
command_file() {
  mkdir -p "$folder/bin"
  cat >"$folder/bin/$1"
  chmod 755 "$folder/bin/$1"
}

# What every script does: good syntax, and --help from anywhere, also through a link.
check_help() {
  local script=$1 word=$2
  run bash -n "$repository/$script"
  expect_status "$script: syntax" 0
  run env --chdir=/ "$repository/$script" --help
  expect_status "$script --help from another folder" 0
  expect_output "$script --help" "$word"
  ln -s "$repository/$script" "$folder/link"
  run "$folder/link" --help
  expect_status "$script --help through a link" 0
  expect_output "$script --help through a link" "$word"
  run "$repository/$script" --no-such-option
  expect_status "$script: unknown option" 64
}

finish() {
  ((failures == 0)) && echo "passed"
  exit $((failures > 0))
}
