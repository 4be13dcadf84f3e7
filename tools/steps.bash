# Sourced by tools/run and tools/test: numbered steps with the time since the start, and the one way to build.
# The sourcing script has set `root` (the repository) and `step_count`, and runs with `set -euo pipefail`.

# shellcheck shell=bash disable=SC2154 # root and step_count come from the sourcing script

script=$(basename "$(readlink -f "$0")")
build_folder=$root/build/release
step_number=0
SECONDS=${TOOLS_SECONDS:-0} # set when the script started itself again, see install_packages

# step TEXT: announces the next step.
step() {
  step_number=$((step_number + 1))
  local begin='' end=''
  if [[ -t 1 ]]; then begin=$'\e[1m' end=$'\e[0m'; fi
  printf '%s[%d:%02d] %d/%d  %s%s\n' "$begin" $((SECONDS / 60)) $((SECONDS % 60)) "$step_number" "$step_count" "$1" "$end"
}

# say TEXT: one line below the step.
say() { printf '          %s\n' "$1"; }

# fail TEXT: says why on stderr and ends the script.
fail() {
  printf '%s: %s\n' "tools/$script" "$1" >&2
  exit 1
}

# Step 1 of both scripts. `sudo tools/run` by the user who owns the checkout: root is only needed for the packages, so
# the rest goes on as that user, and no file of root's is left behind in build/ and var/.
# install_packages SCOPE ARGUMENT...: the arguments are those of the script, to start it again.
install_packages() {
  local scope=$1
  shift
  step "Packages"
  if [[ -n ${TOOLS_SECONDS-} ]]; then
    unset TOOLS_SECONDS
    say "installed; going on as $(id -un), who owns this checkout"
    return
  fi
  "$root/tools/packages" "$scope" | sed 's/^/          /'
  if ((EUID != 0)) || [[ -z ${SUDO_UID-} || ${SUDO_UID-} == 0 || $(stat -c %u "$root") != "$SUDO_UID" ]]; then
    return
  fi
  local folder
  for folder in build var; do
    # shellcheck disable=SC2153
    if [[ -e $root/$folder ]]; then chown -Rh "$SUDO_UID:$SUDO_GID" "$root/$folder"; fi
  done
  exec setpriv --reuid="$SUDO_UID" --regid="$SUDO_GID" --init-groups \
    env HOME="$(getent passwd "$SUDO_UID" | cut -d: -f6)" USER="$SUDO_USER" LOGNAME="$SUDO_USER" \
    TOOLS_SECONDS="$SECONDS" "$root/tools/$script" "$@"
}

# ensure_folder PATH MODE: creates it (its parent is there), or says what stands in the way.
ensure_folder() {
  if [[ ! -d $1 ]]; then mkdir -m "$2" "$1"; fi || fail "cannot create $1"
  [[ -w $1 ]] || fail "$1 belongs to $(stat -c %U "$1"), and this runs as $(id -un). Give it back with:
  sudo chown -R $(id -un) $1"
}

# A compiler working on templates takes up to 1.5 GB: no more of them at once than cores and memory allow.
job_count() {
  local cores memory_kib limit
  cores=$(nproc)
  memory_kib=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
  limit=$((${memory_kib:-1572864} / 1572864))
  if ((limit < 1)); then limit=1; fi
  echo $((cores < limit ? cores : limit))
}

# build TESTS TARGET [PRESET]: configures (TESTS is ON or OFF) and builds in build/PRESET. That is build/release when no
# preset is given, which tools/run and tools/test share, so that nothing is compiled twice. Changing TESTS changes which
# targets there are, not the objects.
build() {
  local preset=${3:-release} launcher=()
  local folder=$root/build/$preset
  local log=$folder/configure.log
  ensure_folder "$root/build" 755
  ensure_folder "$folder" 755
  exec {lock}>"$root/build/.lock"
  if ! flock --nonblock "$lock"; then
    say "another tools/run or tools/test is building; waiting for it"
    flock "$lock"
  fi
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  if ! (cd "$root" && cmake --preset "$preset" -DKAVRO_TESTS="$1" "${launcher[@]}") >"$log" 2>&1; then
    cat "$log" >&2
    fail "configuring failed; the message is above and in $log"
  fi
  NINJA_STATUS='          [%f/%t, %es] ' cmake --build "$folder" --parallel "$(job_count)" --target "$2" ||
    fail "the build failed; the first error above says why"
  exec {lock}>&-
}
