#!/usr/bin/env bash
# The delivered configuration, the secrets that tools/secrets makes, the built server with all of its plugins, and the
# demo client, together: what tools/run does after the build. Called with the repository and the build folder.
source "$(dirname "$0")/checks.bash"

build=$(readlink -f "$2")
cp -r "$repository/conf" "$folder/"
for preset in kavro kavro-python; do
  "$repository/tools/secrets" "$folder/var" >/dev/null
  run "$build/bin/kavro" check -c "$folder/conf/$preset.ini"
  expect_status "kavro check of $preset.ini" 0
  expect_no_output "kavro check of $preset.ini" warning
done

server=''
trap '[[ -z $server ]] || kill -KILL "$server"; rm -rf "$folder"' EXIT
: >"$folder/log" # there before tail looks for it
KAVRO_HTTP_LISTEN=https://localhost:0 \
  "$build/bin/kavro" run -c "$folder/conf/kavro.ini" >"$folder/log" 2>&1 </dev/null &
server=$!
url=$(tail -n +1 -f --pid="$server" "$folder/log" 2>/dev/null | grep -o -m 1 'https://localhost:[1-9][0-9]*')
demo=("$build/bin/demo_client" --url "$url" --ca "$folder/var/tls/localhost.crt" --keys "$folder/var/demo")

# More runs than there are logins in 15 minutes: they do with the tokens of the first.
for number in 1 2 3 4 5 6; do
  run "${demo[@]}" --message "A text that only Bob reads, number $number"
  expect_status "demo, run $number" 0
  expect_output "demo, run $number" "stored as message $number"
  expect_output "demo, run $number" "Bob read exactly what Alice wrote"
done
run "${demo[@]}" --keys "$folder/other"
expect_status "the same names with another key folder" 1
expect_output "the same names with another key folder" "the name alice_demo is taken"

kill -TERM "$server"
wait "$server"
status=$? output=$(cat "$folder/log")
server=''
expect_status "the server stops in order" 0

# What is on the disk and in the log: neither what was said, nor what must stay secret.
expect "the database is there" test -s "$folder/var/kavro.db"
for secret in "A text that only Bob reads" "$(cat "$folder/var/demo/alice_demo.password")" \
  "$(cat "$folder/var/demo/alice_demo.token")" "$(cat "$folder/var/demo/bob_demo.private_key")" \
  "$(cat "$folder/var/auth.secret")" '"topic"' "demo client"; do
  run grep -raF -- "$secret" "$folder/var/kavro.db" "$folder/log"
  expect_status "not in the database or the log: ${secret:0:12}..." 1
done
finish
