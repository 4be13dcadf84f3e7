"""The machine that is measured on: its cores, what else runs on it, and what it is made of."""

import os
import pathlib
import platform
import resource
import shutil
import subprocess
import sys
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
QUIET_LOAD = 1.0  # load average of a minute below which measuring makes sense

# Programs the measurements need, and the Debian package of each.
PACKAGES = {"wrk": "wrk", "nginx": "nginx-light", "cmake": "cmake", "ninja": "ninja-build", "openssl": "openssl"}


class Failure(Exception):
    """What stands in the way, and the cure; the scripts print it and end."""


def program_path():
    """nginx is in a folder that not every user's PATH has."""
    return os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin"


def find_program(name):
    path = shutil.which(name, path=program_path())
    if path is None:
        package = PACKAGES.get(name, name)
        raise Failure(f"found no program {name}. Install it, as root: "
                      f"apt-get install --no-install-recommends {package}")
    return path


def require_programs(names):
    missing = sorted({PACKAGES[name] for name in names if not shutil.which(name, path=program_path())})
    if missing:
        raise Failure("what this needs is missing. Install it, as root:\n  apt-get install --no-install-recommends "
                      + " ".join(missing)
                      + ("\n  systemctl disable --now nginx   # the package starts a server that is not needed"
                         if "nginx-light" in missing else ""))


def cores():
    found = sorted(os.sched_getaffinity(0))
    if len(found) < 2:
        raise Failure(f"found {len(found)} core, expected two: one for the server, one for the load")
    return found


def raise_file_limit(needed):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < needed:
        raise Failure(f"{needed} open files are needed and {hard} are allowed (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65536)), hard))


def load_average():
    return os.getloadavg()[0]


def wait_until_quiet(minutes):
    """Waits, at most so long, until the load average allows measuring. True: it does."""
    deadline = time.monotonic() + 60 * minutes
    while load_average() >= QUIET_LOAD:
        if time.monotonic() >= deadline:
            return False
        time.sleep(5)
    return True


def busy_seconds():
    """Time that all cores together have spent in programs and the kernel for them, since the machine's start.

    Without interrupts: what the network costs is in there for no process.
    """
    user, nice, system = (int(text) for text in pathlib.Path("/proc/stat").read_text().split(None, 4)[1:4])
    return (user + nice + system) / TICKS_PER_SECOND


def process_seconds(pid):
    """Time that a process has spent, its ended children included; 0 when it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS_PER_SECOND


def resident_bytes(pid):
    """What ps calls RSS: with every page of the shared libraries that is in memory."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def shared_out_bytes(pids):
    """PSS of all together: a page that several processes share counts once, in parts."""
    found = 0
    for pid in pids:
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        found += 1024 * next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return found


def open_files_max():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            pass  # the thread has ended
    return found


def require_disk(folder):
    """Durable writes to memory would be no measurement. Returns the kind of file system."""
    listed = subprocess.run(["df", "--output=fstype", folder], capture_output=True, text=True, check=True).stdout
    kind = listed.split()[1]  # below the head of the column
    if kind in ("tmpfs", "ramfs"):
        raise Failure(f"{folder} is in memory ({kind}); expected a disk. Choose another: --build-folder")
    return kind


def first_line(command):
    result = subprocess.run(command, capture_output=True, text=True)
    return ((result.stdout + result.stderr).strip().splitlines() or [""])[0]


def describe():
    model = next((line.partition(": ")[2] for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {
        "processor": model,
        "cores": len(cores()),
        "kernel": platform.release(),
        "nginx": first_line([find_program("nginx"), "-v"]).rpartition(" ")[2],
        "wrk": first_line([find_program("wrk"), "-v"]).split(" Copyright")[0],
        "openssl": first_line([find_program("openssl"), "version"]).rpartition(" (")[0],
        "load_average": round(load_average(), 2),
    }


def say(text):
    print(text, file=sys.stderr, flush=True)
