"""What a good client has of slow ones: 1,000 of each kind, and how long its answers take meanwhile."""

import pathlib
import sys
import time

import machine
from load import HEALTH, measure, warm_up
from machine import Failure, say
from process import Process
from table import Row, Side, value_at_most

KINDS = ("handshake", "headers", "body", "read")
CLIENTS = 1000  # of each kind
CONNECTIONS = 4  # of the good client
PAUSE_MS = 10  # before each of its requests
P99_MARK_MS = 250
MEMORY_MARK_MIB = 512
READY_S = 120
SETTLE_S = 8  # longer than body_grace_time, so that some have been let go and have come back
PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "slow_clients.py"


def start_slow(bench, folder, server, kind):
    process = Process(f"slow-{kind}", [sys.executable, PROGRAM, server.port, kind, CLIENTS], folder, bench.load_cores)
    deadline = time.monotonic() + READY_S
    while "ready" not in (folder / f"slow-{kind}.out").read_text():
        process.check()
        if time.monotonic() > deadline:
            raise Failure(f"{CLIENTS} slow clients ({kind}) were not there after {READY_S} s: {process.log()}")
        time.sleep(0.05)
    return process


def mebibytes(server):
    return machine.shared_out_bytes(server.process.pids()) / 1024 / 1024


def slow(bench):
    rows = {kind: Row(f"p99 of GET /health beside {CLIENTS:,} slow clients: {kind}", Side("kavro"),
                      Side("without them"), [value_at_most(P99_MARK_MS)], unit=" ms")
            for kind in (*KINDS, "all four")}
    memory = Row(f"memory with {CLIENTS:,} slow clients of each kind", Side("kavro"), Side("without them"),
                 [value_at_most(MEMORY_MARK_MIB)], unit=" MiB")
    machine.raise_file_limit(CLIENTS * len(KINDS) + 500)
    for number in range(bench.rounds):
        for kind, row in rows.items():
            with bench.workplace() as folder:
                kavro = bench.kavro(folder, pinned=True)
                load = bench.load(kavro, HEALTH, CONNECTIONS, pause_ms=PAUSE_MS)
                warm_up(folder, load)
                alone, = measure(folder, load)
                before = mebibytes(kavro)
                for one in KINDS if kind == "all four" else (kind,):
                    start_slow(bench, folder, kavro, one)
                time.sleep(SETTLE_S)
                beside, = measure(folder, load)
                kavro.process.check()
                row.kavro.values.append(beside.p99_ms)
                row.kavro.p50_ms.append(beside.p50_ms)
                row.kavro.p99_ms.append(beside.p99_ms)
                row.beside.values.append(alone.p99_ms)
                after = mebibytes(kavro)
                if kind == "all four":
                    memory.kavro.values.append(after)
                    memory.beside.values.append(before)
            say(f"  round {number + 1}: {kind}: p50 {beside.p50_ms:.2f} ms, p99 {beside.p99_ms:.2f} ms; without "
                f"{alone.p50_ms:.2f}, {alone.p99_ms:.2f}; memory {before:.0f} -> {after:.0f} MiB")
    return [*rows.values(), memory]
