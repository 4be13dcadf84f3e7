#!/usr/bin/env python3
"""Counts the instructions that the pieces of the hot path take, and compares them with budget.json.

A time depends on the machine and on what else runs there; the number of instructions does not, so this can be a test.
Valgrind's callgrind counts what tools/bench/micro runs. What libraries choose by the CPU they find themselves on
(glibc's memcpy, OpenSSL's AES, simdjson) is pinned to what every x86-64 CPU with AES-NI can do, so that the budget
holds on all of them; it is for RelWithDebInfo by the compiler that is named in it, and other builds are skipped.

A piece may take 10 % more than its budget. Renew the budget on purpose with --update, in the commit that changes what a
piece takes, and say why there.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUDGET = pathlib.Path(__file__).resolve().with_name("budget.json")
SLACK = 0.10
ALLOCATIONS_SLACK = 0.05  # a table that grows now and then
SKIPPED = 77              # as ctest is told
FUNCTION = "kavro_micro_counted"
PROFILE_LINES = 40

# CPUID leaf 1: MMX, FXSR, SSE, SSE2 and, in the upper half, PCLMULQDQ, SSSE3, SSE4.1, AES; of leaf 7 nothing.
OPENSSL_CAPABILITIES = "0x0208020207800010:0"
GLIBC_FEATURES_OFF = ("AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "BMI1", "BMI2", "ERMS", "FSRM", "LZCNT",
                      "MOVBE", "POPCNT", "RTM", "SSSE3", "SSE4_1", "SSE4_2", "AVX_Fast_Unaligned_Load",
                      "Fast_Unaligned_Copy", "Fast_Unaligned_Load", "Fast_Copy_Backward", "Slow_BSF", "Prefer_ERMS",
                      "Prefer_FSRM")


def pinned_environment():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAVRO_")}
    environment["OPENSSL_ia32cap"] = OPENSSL_CAPABILITIES
    environment["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=" + ",".join("-" + name for name in GLIBC_FEATURES_OFF)
    environment["SIMDJSON_FORCE_IMPLEMENTATION"] = "westmere"
    environment.pop("LD_PRELOAD", None)
    return environment


def read_cache(build):
    """The variables of the build folder's CMakeCache.txt."""
    cache = build / "CMakeCache.txt"
    if not cache.is_file():
        sys.exit(f"check.py: found no {cache}, expected a build folder; give the one to look at with --build FOLDER")
    return dict(re.findall(r"^(\w+):\w+=(.*)$", cache.read_text(), re.MULTILINE))


def build_of(cache):
    """What the budget is for, of this build: {"machine", "compiler", "build_type", "flags"}."""
    compiler = cache["CMAKE_CXX_COMPILER"]
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    kind = "g++" if "Free Software Foundation" in version else "clang++" if "clang" in version else "another compiler"
    major = subprocess.run([compiler, "-dumpversion"], capture_output=True, text=True, check=True).stdout.split(".")[0]
    flags = [cache.get("CMAKE_CXX_FLAGS", "")]
    if cache.get("KAVRO_SANITIZE"):
        flags.append("sanitize=" + cache["KAVRO_SANITIZE"])
    return {"machine": platform.machine(), "compiler": f"{kind} {major.strip()}",
            "build_type": cache.get("CMAKE_BUILD_TYPE", ""), "flags": " ".join(flags).strip()}


def why_not_comparable(found, expected):
    """Why counts of this build say nothing about the budget, or nothing."""
    differences = [f"{name} is '{found[name]}', and the budget is for '{expected[name]}'"
                   for name in expected if found[name] != expected[name]]
    return "; ".join(differences)


def run_callgrind(program, names, folder):
    """Runs the pieces: what the program wrote, and {name: callgrind's file in `folder`}."""
    if not program.is_file():
        sys.exit(f"check.py: found no {program}; build it: cmake --build {program.parents[1]} --target {program.name}")
    output = pathlib.Path(folder) / "callgrind.out"
    command = ["valgrind", "--quiet", "--tool=callgrind", f"--toggle-collect={FUNCTION}", "--dump-line=no",
               f"--callgrind-out-file={output}", str(program), *names]
    result = subprocess.run(command, env=pinned_environment(), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"check.py: {program.name} ended with {result.returncode}:\n{result.stderr}")
    parts = {}
    for part in pathlib.Path(folder).glob("callgrind.out.*"):
        name = re.search(r"^desc: Trigger: Client Request: (.*)$", part.read_text(), re.MULTILINE)
        if name:
            parts[name[1]] = part
    return result.stdout, parts


def count(program):
    """{name: {"instructions", "allocations"}}, both of one time."""
    with tempfile.TemporaryDirectory(prefix="kavro-budget-") as folder:
        output, parts = run_callgrind(program, (), folder)
        totals = {name: int(re.search(r"^totals: (\d+)", part.read_text(), re.MULTILINE)[1])
                  for name, part in parts.items()}
    counts = {}
    for line in output.splitlines():
        name, times, allocations = line.split()
        counts[name] = {"instructions": round(totals[name] / int(times), 1),
                        "allocations": round(int(allocations) / int(times), 2)}
    return counts


def profile(program, name):
    """Prints the functions that the piece's instructions go to, the most expensive first."""
    with tempfile.TemporaryDirectory(prefix="kavro-budget-") as folder:
        _, parts = run_callgrind(program, [name], folder)
        if name not in parts:
            sys.exit(f"check.py: found no piece {name}; those there are: " + ", ".join(read_budget()["pieces"]))
        command = ["callgrind_annotate", "--auto=no", "--threshold=100", str(parts[name])]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # callgrind_annotate books everything on those who call the piece, too: the lines with 100 %.
    lines = [line for line in text.splitlines()
             if re.match(r" *[\d,]+ \( ?\d+\.\d+%\)", line) and "(100.0%)" not in line]
    for line in lines[:PROFILE_LINES]:
        print(re.sub(r"std::basic_string_view<char, std::char_traits<char> ?>", "string_view", line)[:160])


def read_budget():
    return json.loads(BUDGET.read_text())


def compare(counts, budget):
    """(problems, hints), each a list of lines."""
    problems, hints = [], []
    for name, found in counts.items():
        if name not in budget:
            problems.append(f"{name}: found {found['instructions']} instructions, expected a budget for it")
            continue
        allowed = budget[name]["instructions"]
        share = found["instructions"] / allowed - 1
        if share > SLACK:
            problems.append(f"{name}: found {found['instructions']} instructions, expected at most "
                            f"{allowed * (1 + SLACK):.1f}: {share:+.1%} against the budget of {allowed}")
        elif share < -SLACK:
            hints.append(f"{name}: found {found['instructions']} instructions, {share:+.1%} against the budget of "
                         f"{allowed}: lower it, or what was won can be lost unseen")
        if found["allocations"] > budget[name]["allocations"] + ALLOCATIONS_SLACK:
            problems.append(f"{name}: found {found['allocations']} allocations, expected at most "
                            f"{budget[name]['allocations']}")
    problems += [f"{name}: found no such piece, expected one, as it has a budget" for name in budget
                 if name not in counts]
    return problems, hints


def table(counts, budget):
    yield f"{'piece':<32}{'instructions':>13}{'budget':>10}{'':>9}{'allocations':>13}"
    for name, found in counts.items():
        allowed = budget.get(name, {}).get("instructions")
        share = f"{found['instructions'] / allowed - 1:+.1%}" if allowed else ""
        yield f"{name:<32}{found['instructions']:>13}{allowed or '-':>10}{share:>9}{found['allocations']:>13}"


def write_budget(build, counts):
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(found)}" for name, found in counts.items())
    BUDGET.write_text(f'{{\n  "build": {json.dumps(build)},\n  "pieces": {{\n{lines}\n  }}\n}}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release",
                        help="the build folder, with kavro_micro_count in it (default: build/release)")
    parser.add_argument("--update", action="store_true", help="take what is found as the budget")
    parser.add_argument("--profile", metavar="PIECE", help="say where the instructions of this piece go")
    arguments = parser.parse_args()
    program = arguments.build / "bin/kavro_micro_count"

    if arguments.profile:
        return profile(program, arguments.profile)
    budget = read_budget()
    build = build_of(read_cache(arguments.build))
    reason = why_not_comparable(build, budget["build"])
    if reason and not arguments.update:
        print(f"skipped: {reason}")
        return SKIPPED
    counts = count(program)
    print("\n".join(table(counts, budget["pieces"])))
    if arguments.update:
        write_budget(build, counts)
        print(f"{BUDGET.relative_to(ROOT)} is what was found now: look at its changes before they are committed")
        return 0
    problems, hints = compare(counts, budget["pieces"])
    if hints:
        print("\nBetter than the budget:\n  " + "\n  ".join(hints))
    if problems:
        print("\nOver the budget:\n  " + "\n  ".join(problems))
        print("\nWhere they go: tests/budget/check.py --profile PIECE")
    if hints or problems:
        print("If this is meant to be: tests/budget/check.py --update, and say in the commit what for.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
