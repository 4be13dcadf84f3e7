#!/usr/bin/env bash
# tools/secrets: what it makes, and what it leaves alone.
source "$(dirname "$0")/checks.bash"
check_help tools/secrets "Usage: tools/secrets"

secrets=$repository/tools/secrets
var=$folder/new/var
certificate=$var/tls/localhost.crt
private_key=$var/tls/localhost.key

# names: of everything in $var.
names() { find "$var" -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | tr '\n' ' '; }

umask 0
run "$secrets" "$var"
umask 022
expect_status "a new folder" 0
expect_equal "the folder is its owner's" 700 "$(stat -c %a "$var")"
for file in "$certificate" "$private_key" "$var/auth.secret" "$var/vault.keys"; do
  expect_equal "$file is its owner's" 600 "$(stat -c %a "$file")"
done
expect "auth.secret is 64 hex digits" grep -qxE '[0-9a-f]{64}' "$var/auth.secret"
expect "vault.keys is one Fernet key" grep -qxE '[A-Za-z0-9_-]{43}=' "$var/vault.keys"
expect_equal "vault.keys holds 32 bytes" 32 "$(tr -- '-_' '+/' <"$var/vault.keys" | openssl base64 -d | wc -c)"
expect_equal "no draft is left" "auth.secret tls vault.keys " "$(names)"

for name in "-verify_hostname localhost" "-verify_ip 127.0.0.1" "-verify_ip ::1"; do
  # shellcheck disable=SC2086 # an option and its value
  run openssl verify -x509_strict -purpose sslserver -CAfile "$certificate" $name "$certificate"
  expect_status "the certificate is good for $name" 0
done
run openssl verify -CAfile "$certificate" -verify_hostname example.org "$certificate"
expect_status "and for nobody else" 2
run openssl x509 -in "$certificate" -noout -checkend $((825 * 24 * 3600))
expect_status "for 825 days at most" 1
run openssl x509 -in "$certificate" -noout -checkend $((30 * 24 * 3600))
expect_status "for 30 days at least" 0
run openssl x509 -in "$certificate" -noout -text
expect_output "it is on P-256" "ASN1 OID: prime256v1"
expect_output "it is no authority" "CA:FALSE"

contents() { sha256sum "$certificate" "$private_key" "$var/auth.secret" "$var/vault.keys"; }
before=$(contents)
run "$secrets" "$var"
expect_status "again" 0
expect_equal "nothing changes" "$before" "$(contents)"

# valid_for DAYS: a certificate and its key in place of what is there.
valid_for() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days "$1" -subj /CN=localhost \
    -keyout "$private_key" -out "$certificate" 2>/dev/null
}
valid_for 6
before=$(sha256sum "$certificate")
run "$secrets" "$var"
expect_output "a certificate that ends within a week is renewed" "(new, for"
expect "it is another one" test "$before" != "$(sha256sum "$certificate")"
valid_for 9
before=$(sha256sum "$certificate")
run "$secrets" "$var"
expect_equal "one that is good for longer stays" "$before" "$(sha256sum "$certificate")"

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$private_key" 2>/dev/null
run "$secrets" "$var"
expect_equal "a certificate whose key is another is made anew" \
  "$(openssl pkey -in "$private_key" -pubout)" "$(openssl x509 -in "$certificate" -noout -pubkey)"

echo mine >"$var/vault.keys"
chmod 644 "$var/vault.keys"
run "$secrets" "$var"
expect_status "a secret of the user's own" 0
expect_equal "is kept" mine "$(cat "$var/vault.keys")"
expect_equal "and closed to others" 600 "$(stat -c %a "$var/vault.keys")"

: >"$var/auth.secret"
run "$secrets" "$var"
expect_status "an empty secret" 1
expect_output "is told" "auth.secret is empty"

# Many at once on a new folder agree on one set.
var=$folder/many
for _ in 1 2 3 4 5 6; do "$secrets" "$var" >/dev/null 2>"$folder/errors" & done
wait
expect_equal "six at once: one secret" 1 "$(wc -l <"$var/auth.secret")"
expect_equal "six at once: no draft is left" "auth.secret tls vault.keys " "$(names)"
expect_equal "six at once: no error" "" "$(cat "$folder/errors")"
finish
