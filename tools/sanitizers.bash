# Sourced by tools/test and tests/fuzz/run: what the sanitizers are told, for programs and for all that those start.
# shellcheck shell=bash

# set_sanitizers REPOSITORY REPORTS: a finding ends the program that has it, and is written to a file in the folder
# REPORTS too, since a test may start a server and not look at how it ended.
set_sanitizers() {
  local known=$1/tests/sanitizers
  mkdir -p "$2"
  find "$2" -type f -name 'report.*' -delete
  export ASAN_OPTIONS="detect_leaks=1:halt_on_error=1:strict_string_checks=1:check_initialization_order=1:log_path=$2/report"
  export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:log_path=$2/report"
  export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$known/tsan.txt:log_path=$2/report"
  export LSAN_OPTIONS="suppressions=$known/lsan.txt:print_suppressions=0"
}

# print_reports REPORTS: what was written there; false when there is anything but LeakSanitizer's remark, on a machine that
# is busy, that it looked for leaks while a thread ran.
print_reports() {
  local report any=0
  for report in "$1"/report.*; do
    [[ -f $report ]] || continue
    grep --quiet --invert-match 'was not suspended. False leaks are possible\.$' "$report" || continue
    any=1
    echo "--- $report" >&2
    head -n 60 "$report" >&2
  done
  ((any == 0))
}
