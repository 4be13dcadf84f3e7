#!/usr/bin/env bash
# tools/packages with an apt-get and a dpkg-query of the test's own: $folder/installed lists what is there.
source "$(dirname "$0")/checks.bash"
check_help tools/packages "Usage: tools/packages"

packages=$repository/tools/packages
bash_path=$(command -v bash)
command_file dpkg-query <<TEXT
#!$bash_path
if grep -qx -- "\${*: -1}" "$folder/installed"; then printf installed; else exit 1; fi
TEXT
command_file apt-get <<TEXT
#!$bash_path
echo "\${DEBIAN_FRONTEND-} \$*" >>"$folder/calls"
if [[ -s "$folder/failing" && \$* == *"\$(head -n 1 "$folder/failing")"* ]]; then
  sed -i 1d "$folder/failing"
  exit 100
fi
if [[ \$* == *" install "* ]]; then printf '%s\n' "\${@}" >>"$folder/installed"; fi
TEXT
export PATH=$folder/bin:$PATH
all=$("$packages" --help | sed -n 's/^run: //p; s/^test: //p' | tr ' ' '\n')

# begin PACKAGE...: everything is installed but these.
begin() {
  grep -vxF "$(printf '%s\n' "$@")" <<<"$all" >"$folder/installed"
  : >"$folder/calls"
  : >"$folder/failing"
}

if ((EUID != 0)); then
  # Without root, the part of root is played through a sudo that changes nothing.
  command_file sudo <<TEXT
#!$bash_path
exec "\$@"
TEXT
fi

begin no-such-package
run "$packages" test
expect_status "nothing missing" 0
expect_equal "nothing missing: apt-get is not called" "" "$(cat "$folder/calls")"

begin ninja-build libgtest-dev
run "$packages"
expect_status "one missing for run" 0
expect_output "it says what it installs" "installing 1 packages from Debian: ninja-build"
expect_equal "it updates, then installs what is missing and no more" \
  "noninteractive -qq update
noninteractive -qq --yes --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install ninja-build" \
  "$(cat "$folder/calls")"
run "$packages"
expect_output "the second time there is nothing to do" "packages are there"

begin ninja-build libgtest-dev
run "$packages" test
expect_output "test installs for run too" "installing 2 packages from Debian: ninja-build libgtest-dev"

begin cmake
echo update >"$folder/failing"
run "$packages"
expect_status "an update that fails once" 0
expect_equal "is tried again" 2 "$(grep -c update "$folder/calls")"

begin cmake
printf 'update\nupdate\n' >"$folder/failing"
run "$packages"
expect_status "an update that fails twice does not stop the install" 0
expect_output "but is told" "apt-get update failed twice"

begin cmake
echo install >"$folder/failing"
run "$packages"
expect_status "an install that fails" 1
expect_output "shows what to do by hand" "apt-get update && apt-get install --no-install-recommends cmake"

# An ordinary user, without sudo and with it. Only what the script uses is on that user's PATH.
chmod 755 "$folder"
chmod 666 "$folder/calls" "$folder/installed" "$folder/failing"
cp "$packages" "$folder/packages"
mkdir "$folder/user"
for program in bash env cat grep sed head dirname readlink; do ln -s "$(command -v "$program")" "$folder/user/"; done
cp "$folder/bin/dpkg-query" "$folder/bin/apt-get" "$folder/user/"
as_user=(env "PATH=$folder/user")
if ((EUID == 0)); then as_user=("$(command -v setpriv)" --reuid=65534 --regid=65534 --clear-groups "$(command -v env)"
  "PATH=$folder/user"); fi

begin cmake ninja-build
run "${as_user[@]}" "$folder/packages"
expect_status "no root and no sudo" 1
expect_output "gives the exact command" \
  "apt-get update && apt-get install --yes --no-install-recommends cmake ninja-build"
expect_equal "and calls nothing" "" "$(cat "$folder/calls")"

cat >"$folder/user/sudo" <<TEXT
#!$bash_path
echo "sudo \$*" >>"$folder/calls"
exec "\$@"
TEXT
chmod 755 "$folder/user/sudo"
run "${as_user[@]}" "$folder/packages"
expect_status "no root, but sudo" 0
expect_output "installs" "installing 2 packages"
expect_equal "through sudo" 2 "$(grep -c '^sudo env DEBIAN_FRONTEND=noninteractive apt-get' "$folder/calls")"

rm "$folder/user/apt-get"
run "${as_user[@]}" "$folder/packages"
expect_status "not Debian" 1
expect_output "not Debian" "this is not Debian"
finish
