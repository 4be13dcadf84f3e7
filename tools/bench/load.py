"""Load made with wrk, and what came of it."""

import dataclasses
import json
import math
import os
import pathlib
import subprocess
import time

import machine
from machine import Failure, find_program
from process import Process

TIMEOUT_S = 10  # of one request
DISTURBED = 0.05  # of a core: so much foreign work makes a measurement doubtful
WARM_UP_S = 1
RUN_MARGIN_S = 60  # how much longer than asked a run of wrk may take before it is ended


@dataclasses.dataclass
class Call:
    method: str
    path: str
    token: str = None
    body: str = None


HEALTH = [Call("GET", "/health")]


@dataclasses.dataclass
class Load:
    """What wrk is to do. `pause_ms`: how long each connection waits before each request; None: not at all."""
    server: object
    calls: list
    connections: int
    seconds: float
    on_cores: list
    threads: int = 1
    pause_ms: int = None
    may_be_idle: bool = False  # no answer at all is no failure

    def start(self, folder):
        return Wrk(self, folder)

    def briefly(self):
        return dataclasses.replace(self, seconds=WARM_UP_S, may_be_idle=True)


@dataclasses.dataclass
class Result:
    rate: float  # answers a second
    p50_ms: float
    p99_ms: float
    answers: int
    cpu_us: float = 0.0  # what an answer cost the server in time of a core; hardly touched by what else runs
    foreign: float = 0.0  # how much of a core was busy with other things meanwhile


def lua(value):
    """A value as Lua source. Tokens, paths and JSON texts: printable ASCII."""
    return json.dumps(value) if isinstance(value, str) else "false" if value is None else str(value)


def script(load):
    calls = ",\n".join("  {" + ", ".join(lua(part) for part in (call.method, call.path, call.body, call.token)) + "}"
                       for call in load.calls)
    return ((f"pause_ms = {load.pause_ms}\n" if load.pause_ms is not None else "")
            + "calls = {\n" + calls + "\n}\n\n" + pathlib.Path(__file__).with_name("load.lua").read_text())


class Generator:
    """A running program that makes a load, on the load's cores."""

    def __init__(self, load, command):
        self.load = load
        self._process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                         preexec_fn=lambda: os.sched_setaffinity(0, load.on_cores))

    def await_end(self, what):
        """The program's status, and what it printed."""
        try:
            output, _ = self._process.communicate(timeout=self.load.seconds + RUN_MARGIN_S)
        except subprocess.TimeoutExpired:
            self.end()
            raise Failure(f"{what}: not ended within {self.load.seconds + RUN_MARGIN_S} s")
        return self._process.returncode, output

    def end(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Wrk(Generator):
    """A running wrk."""

    count = 0

    def __init__(self, load, folder):
        Wrk.count += 1
        path = folder / f"load-{Wrk.count}.lua"
        path.write_text(script(load))
        super().__init__(load, [find_program("wrk"), "-t", load.threads, "-c", load.connections, "-d",
                                f"{math.ceil(load.seconds)}s", "--timeout", f"{TIMEOUT_S}s", "-s", path,
                                load.server.url + load.calls[0].path])

    def finish(self):
        status, output = self.await_end("wrk")
        line = next((line for line in output.splitlines() if line.startswith("RESULT ")), None)
        if status != 0 or line is None:
            raise Failure(f"wrk ended with status {status}:\n{output}")
        found = json.loads(line.removeprefix("RESULT "))
        what = f"{self.load.calls[0].method} {self.load.calls[0].path} on {self.load.server.process.name}"
        errors = {name: count for name, count in found["errors"].items() if count}
        if errors:
            raise Failure(f"{what}: of {found['requests']} answers, these went wrong: {errors}")
        if not found["requests"] and not self.load.may_be_idle:
            raise Failure(f"{what}: not one answer:\n{output}")
        rate = found["requests"] / found["microseconds"] * 1e6
        return Result(rate, found["p50_us"] / 1e3, found["p99_us"] / 1e3, found["requests"])


def warm_up(folder, load):
    """Fills caches and makes the first mistakes."""
    return measure(folder, load.briefly())[0]


def server_seconds(server):
    return sum(map(machine.process_seconds, server.process.pids()))


def measure(folder, *loads):
    """Runs the loads at the same time, and returns a result of each.

    A load has a `server`, and `start(folder)`, which returns what has `finish()`, for its Result, and `end()`.
    """
    def ours():
        programs = [pid for process in Process.running for pid in process.pids()]
        return sum(map(machine.process_seconds, programs)) + sum(os.times()[:4])

    busy, our, start = machine.busy_seconds(), ours(), time.monotonic()
    spent = [server_seconds(load.server) for load in loads]
    runs = [load.start(folder) for load in loads]
    try:
        results = [run.finish() for run in runs]
    finally:
        for run in runs:
            run.end()
    spent = [server_seconds(load.server) - before for load, before in zip(loads, spent)]
    for load in loads:
        load.server.process.check()
    foreign = (machine.busy_seconds() - busy - (ours() - our)) / (time.monotonic() - start)
    return [dataclasses.replace(result, cpu_us=seconds / max(1, result.answers) * 1e6, foreign=max(0.0, foreign))
            for result, seconds in zip(results, spent)]
