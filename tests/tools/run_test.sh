#!/usr/bin/env bash
# tools/run around a stub server: the order of things, every way it ends, and that the server ends with it.
source "$(dirname "$0")/checks.bash"
check_help tools/run "Usage: tools/run"
# shellcheck source=stub_repository.bash
source "$(dirname "$0")/stub_repository.bash"

for wrong in 0 65536 1x ''; do
  run "$stub/tools/run" --port "$wrong"
  expect_status "--port '$wrong'" 64
done

run "$stub/tools/run" --once
expect_status "--once" 0
expect_output "--once: steps" "6/6"
expect_output "--once: health" "https://localhost:$port/health: {\"status\":\"ok\"}"
expect "--once: the server is gone" server_is_gone
expect_equal "--once: what was called, in order" "cmake --preset release
cmake --build $stub/build/release
demo --url https://localhost:$port --ca $stub/var/tls/localhost.crt --keys $stub/var/demo" \
  "$(sed 's/ -DKAVRO.*//; s/ --parallel .*//' "$folder/calls")"
expect "--once: only what running needs is built" grep -q -- '--target kavro_run$' "$folder/calls"
expect_equal "var is its owner's" 700 "$(stat -c %a "$stub/var")"
expect_equal "the log is its owner's" 600 "$(stat -c %a "$stub/var/kavro.log")"

other=$(free_port)
cd / || exit 1
ln -s "$stub/tools/run" "$folder/run_link"
run "$folder/run_link" --once --port "$other"
expect_status "through a link, with --port" 0
expect_output "--port" "https://localhost:$other/health"

run env STUB_DEMO=7 "$stub/tools/run" --once
expect_status "the demo fails" 1
expect_output "the demo fails: it says so" "the demo failed with status 7"
expect_output "the demo fails: the log is shown" "stub server starts"
expect "the demo fails: the server is gone" server_is_gone

run env STUB_SERVER=dies "$stub/tools/run" --once
expect_status "the server dies" 1
expect_output "the server dies: it says so" "the server ended while starting, with status 78"
expect_output "the server dies: the log is shown" "stub server: no good"
expect_no_output "the server dies: only the log of this run is shown" "stub server stops"

run env STUB_SERVER=fails_at_stop "$stub/tools/run" --once
expect_status "the server fails at its stop" 1
expect_output "the server fails at its stop: it says so" "the demo passed, but the server stopped with status 3"

# Serving until a signal; the signal is sent once it says that it serves.
for ending in INT:0 TERM:143 HUP:129; do
  : >"$folder/serving" # or what the run before has said would be taken for this one's
  env --default-signal="${ending%:*}" "$stub/tools/run" >"$folder/serving" 2>&1 </dev/null &
  pid=$!
  tail -n +1 -f --pid="$pid" "$folder/serving" 2>/dev/null | grep -q -m 1 "try: curl"
  kill -"${ending%:*}" "$pid"
  wait "$pid"
  status=$? output=$(cat "$folder/serving")
  expect_status "serving until SIG${ending%:*}" "${ending#*:}"
  expect "SIG${ending%:*}: the server is gone" server_is_gone
  expect_output "SIG${ending%:*}: the log is shown to the end" "stub server stops"
done

: >"$folder/serving"
env --default-signal=INT "$stub/tools/run" >"$folder/serving" 2>&1 </dev/null &
pid=$!
tail -n +1 -f --pid="$pid" "$folder/serving" 2>/dev/null | grep -q -m 1 "try: curl"
kill -KILL "$(cat "$stub/var/stub.pid")"
wait "$pid"
status=$? output=$(cat "$folder/serving")
expect_status "the server dies while serving" 1
expect_output "the server dies while serving: it says so" "the server ended by itself, with status 137"

# A port that somebody else holds. The file is there before tail looks for it.
: >"$folder/taken"
python3 -c '
import signal, socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
signal.pause()' >"$folder/taken" 2>/dev/null &
holder=$!
taken=$(tail -n +1 -f --pid="$holder" "$folder/taken" | head -n 1)
: >"$folder/calls"
run "$stub/tools/run" --once --port "$taken"
kill "$holder"
expect_status "a taken port" 1
expect_output "a taken port: it says so" "port $taken is taken by "
expect_output "a taken port: and what to do" "tools/run --port $((taken % 65535 + 1))"
expect_equal "a taken port: nothing was built" "" "$(cat "$folder/calls")"

printf '[http]\nlisten = http://localhost:8000\n' >"$stub/conf/kavro.ini"
run "$stub/tools/run" --once
expect_status "a configuration without HTTPS" 1
expect_output "a configuration without HTTPS: it says so" "the demo speaks HTTPS only"
finish
