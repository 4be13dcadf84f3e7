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

expect_no_output "with a filter nothing is fuzzed" "Fuzz"

# The whole of it, with a stand-in for what fuzzes.
mkdir -p "$stub/tests/fuzz"
cat >"$stub/tests/fuzz/run" <<TEXT
#!/usr/bin/env bash
echo "fuzz \$*" >>"$folder/calls"
echo "fuzzing"
exit \${STUB_FUZZ-0}
TEXT
chmod 755 "$stub/tests/fuzz/run"
: >"$folder/calls"
run "$stub/tools/test"
expect_status "tools/test without arguments" 0
expect_output "tools/test without arguments: steps" "5/5"
expect "it builds the fuzz targets" grep -q -- '--preset fuzz ' "$folder/calls"
expect "in a folder of their own" grep -q -- "--build $stub/build/fuzz .*--target fuzz_targets\$" "$folder/calls"
expect_equal "it fuzzes after the tests, for a minute each" "ctest fuzz" \
  "$(grep -oE '^(ctest|fuzz)' "$folder/calls" | paste -sd ' ')"
expect_equal "for a minute each" "fuzz --seconds 60 --jobs 2" "$(grep '^fuzz' "$folder/calls")"
run env STUB_FUZZ=1 "$stub/tools/test" --fuzz 5 --filter '^Parser'
expect_status "a fuzz target that fails" 1
expect_output "a fuzz target that fails" "a fuzz target has failed"
expect_equal "as long as it is told" "fuzz --seconds 5 --jobs 2" "$(grep '^fuzz' "$folder/calls" | tail -n 1)"
: >"$folder/calls"
run "$stub/tools/test" --fuzz=0
expect_status "--fuzz=0" 0
expect_output "--fuzz=0: steps" "3/3"
expect_equal "nothing is fuzzed" "" "$(grep '^fuzz' "$folder/calls")"
run "$stub/tools/test" --fuzz soon
expect_status "--fuzz with no number" 64

# With sanitizers: both, or one; the tests of scripts are left out, and a report is a failure whatever ctest says.
: >"$folder/calls"
run "$stub/tools/test" --sanitize
expect_status "--sanitize" 0
expect_output "--sanitize: steps" "5/5"
expect_equal "--sanitize builds and tests twice" "asan tsan" \
  "$(sed -n 's/^ctest --test-dir .*build\/\([a-z]*\) .*--exclude-regex ^(Budget.*/\1/p' "$folder/calls" | paste -sd ' ')"
expect "with the options of the sanitizers" grep -q "detect_leaks=1.*log_path=$stub/build/asan/reports" "$folder/options"
: >"$folder/calls"
run "$stub/tools/test" --sanitize=thread --filter '^Parser'
expect_status "--sanitize=thread" 0
expect_equal "only that one" "tsan" "$(sed -n 's/^cmake --preset \([a-z]*\) .*/\1/p' "$folder/calls")"
expect "only those that match" grep -q -- '--tests-regex ^Parser$' "$folder/calls"
run env STUB_REPORT="data race in a server" "$stub/tools/test" --sanitize=thread
expect_status "a report that no test saw" 1
expect_output "a report that no test saw" "data race in a server"
run "$stub/tools/test" --sanitize=memory
expect_status "a sanitizer that there is not" 64

run env STUB_CTEST=8 "$stub/tools/test" --sanitize=address
expect_status "--sanitize has the status of the tests" 8
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
