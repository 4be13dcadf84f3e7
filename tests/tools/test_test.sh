#!/usr/bin/env bash
# tools/test and .ci/run: what they call, and whose status they give.
source "$(dirname "$0")/checks.bash"
check_help tools/test "Usage: tools/test"
# shellcheck source=stub_repository.bash
source "$(dirname "$0")/stub_repository.bash"

cd / || exit 1
run "$stub/tools/test" --filter '^Parser'
expect_status "tools/test" 0
expect_output "tools/test: steps" "3/3"
expect "it builds the tests" grep -q -- '--preset release -DKAVRO_TESTS=ON' "$folder/calls"
expect "it builds everything" grep -q -- '--target all$' "$folder/calls"
expect_equal "it runs the tests that match" \
  "ctest --test-dir $stub/build/release --output-on-failure --parallel 2 --no-tests=error --tests-regex ^Parser" \
  "$(grep ctest "$folder/calls")"

run env STUB_CTEST=8 "$stub/.ci/run"
expect_status ".ci/run has the status of the tests" 8

run "$stub/tools/test" --filter
expect_status "--filter without a value" 64

# One build at a time in a folder.
: >"$folder/calls"
: >"$folder/waiting" # there before tail looks for it
(
  flock 9
  "$stub/tools/test" >"$folder/waiting" 2>&1 9>&- &
  echo $! >"$folder/waiting.pid"
  tail -n +1 -f --pid=$! "$folder/waiting" 2>/dev/null | grep -q -m 1 "is building; waiting"
  cp "$folder/calls" "$folder/calls.while"
) 9>"$stub/build/.lock"
tail -f --pid="$(cat "$folder/waiting.pid")" /dev/null
expect_equal "a second build waits" "" "$(cat "$folder/calls.while")"
expect "and then goes on" grep -q ctest "$folder/calls"
finish
