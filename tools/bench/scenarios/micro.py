"""Rows from the micro-benchmarks, kavro_micro: what a filter and a whole pipeline cost without network."""

import json
import os
import subprocess

from machine import Failure, say
from table import Row, Side, value_at_most

FILTER_MARK_NS = 25
PIPELINE_MARK_NS = 2000
DIRECT, THROUGH_ABI = "NoOpFilter/direct", "NoOpFilter/abi"
PIPELINE, KERNEL_ONLY = "Pipeline/health", "Pipeline/health_kernel_only"
TIMEOUT_S = 300
NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def micro(bench):
    """On the server's core; the benchmarks take turns, and each repetition is a round."""
    program = bench.tools / "bin/kavro_micro"
    if not program.is_file():
        raise Failure(f"found no {program}; it needs Google Benchmark. As root: apt-get install "
                      "--no-install-recommends libbenchmark-dev; then without --no-build, or by hand: "
                      f"cmake {bench.tools} && cmake --build {bench.tools} --target kavro_micro")
    wanted = "|".join((DIRECT, THROUGH_ABI, PIPELINE, KERNEL_ONLY))
    command = [str(program), "--benchmark_format=json", f"--benchmark_filter=^({wanted})$",
               f"--benchmark_repetitions={bench.rounds}", "--benchmark_enable_random_interleaving=true"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S,
                            preexec_fn=lambda: os.sched_setaffinity(0, bench.server_cores))
    if result.returncode != 0:
        raise Failure(f"kavro_micro ended with status {result.returncode}: {result.stderr[-1000:]}")
    sides, allocations = read_sides(json.loads(result.stdout)["benchmarks"])
    added = [ours - kernel for ours, kernel in zip(allocations[PIPELINE], allocations[KERNEL_ONLY], strict=True)]
    return [Row("a no-op filter through the C boundary", sides[THROUGH_ABI].renamed("kavro"),
                sides[DIRECT].renamed("a direct call"), [value_at_most(FILTER_MARK_NS)], unit=" ns"),
            Row("route, all filters, handler and response for /health", sides[PIPELINE].renamed("kavro"),
                sides[KERNEL_ONLY].renamed("the kernel without plugins"), [value_at_most(PIPELINE_MARK_NS)],
                unit=" ns"),
            Row("memory allocations that all plugins add to it", Side("kavro", added), marks=[value_at_most(0)],
                unit="")]


def read_sides(benchmarks):
    """{name: Side} with the CPU time of each repetition, in nanoseconds; and {name: [allocations]}."""
    sides = {name: Side(name) for name in (DIRECT, THROUGH_ABI, PIPELINE, KERNEL_ONLY)}
    allocations = {name: [] for name in sides}
    for found in benchmarks:
        if found.get("error_occurred"):
            raise Failure(f"kavro_micro, {found['name']}: {found.get('error_message')}")
        if found["run_type"] == "iteration" and found["run_name"] in sides:
            sides[found["run_name"]].values.append(found["cpu_time"] * NANOSECONDS[found["time_unit"]])
            allocations[found["run_name"]].append(found["allocations"])
    missing = [name for name, side in sides.items() if not side.values]
    if missing:
        raise Failure(f"kavro_micro has no benchmark {', '.join(missing)}; --benchmark_list_tests shows what it has")
    for side in sides.values():
        say(f"  {side.name}: {side.median:.1f} ns, {allocations[side.name][0]:g} allocations")
    return sides, allocations
