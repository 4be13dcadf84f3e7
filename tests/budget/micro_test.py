"""Every piece of kavro_micro runs and is measured, and those that tools/bench/run reads have the names it knows.

micro_test.py PROGRAM: what the measured times are is not looked at.
"""

import json
import subprocess
import sys

# "NAME": the allocations that it may have, or None.
READ_BY_TOOLS_BENCH_RUN = {"NoOpFilter/direct": 0, "NoOpFilter/abi": 0, "Pipeline/health": 0,
                           "Pipeline/health_kernel_only": 0}


def main(program):
    command = [program, "--benchmark_min_time=0.001", "--benchmark_format=json"]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    benchmarks = {entry["name"]: entry for entry in json.loads(output)["benchmarks"]}
    failures = [f"{name}: {entry['error_message']}" for name, entry in benchmarks.items()
                if entry.get("error_occurred")]
    for name, allocations in READ_BY_TOOLS_BENCH_RUN.items():
        if name not in benchmarks:
            failures.append(f"found no {name}, expected it among {', '.join(benchmarks)}")
        elif round(benchmarks[name].get("allocations", -1), 1) != allocations:
            failures.append(f"{name}: found {benchmarks[name].get('allocations')} allocations, expected {allocations}")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main(sys.argv[1])
