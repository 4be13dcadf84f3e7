"""What every scenario needs: cores, places, servers, loads, and rounds in which both sides take turns."""

import contextlib
import dataclasses
import pathlib
import shutil
import subprocess
import tempfile

import machine
import servers
from load import Load, measure, warm_up
from machine import Failure, say
from process import Process
from table import Side

CONNECTIONS = 64
PEOPLE = 16  # senders and recipients of messages


@dataclasses.dataclass
class Bench:
    """How to measure, and where."""
    root: pathlib.Path
    tools: pathlib.Path  # the build folder with the programs of tools/bench
    program: pathlib.Path  # kavro
    folder: pathlib.Path  # for temporary files, on a disk
    rounds: int
    seconds: float

    def __post_init__(self):
        self.all_cores = machine.cores()
        self.server_cores, self.load_cores = self.all_cores[:1], self.all_cores[1:2]

    @contextlib.contextmanager
    def workplace(self):
        """A folder for one scenario or round. What was started in it is stopped before it is removed."""
        folder, before = pathlib.Path(tempfile.mkdtemp(dir=self.folder)), Process.running[:]
        try:
            yield folder
        finally:
            for process in reversed(Process.running[:]):
                if process not in before:
                    process.stop()
            shutil.rmtree(folder, ignore_errors=True)

    def kavro(self, folder, pinned, rules=None, wrapper=(), **options):
        on_cores = self.server_cores if pinned else self.all_cores
        return servers.Kavro(self.root, self.program, folder, on_cores, 1 if pinned else 0, rules, wrapper, **options)

    def tool(self, name):
        """A program of tools/bench."""
        return servers.program(self.tools, name)

    def load(self, server, calls, connections=CONNECTIONS, pinned=True, **options):
        cores = self.load_cores if pinned else self.all_cores
        threads = 1 if pinned or connections < 2 else 2
        return Load(server, calls, connections, options.pop("seconds", self.seconds), cores, threads, **options)

    def loop(self, name, *arguments):
        """One of the loops without a server, on all cores: (count a second)."""
        command = [self.tool(name), *arguments]
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                                timeout=self.seconds + 60)
        if result.returncode != 0:
            raise Failure(f"{name} ended with status {result.returncode}: {result.stderr}")
        count, seconds = result.stdout.split()
        return int(count) / float(seconds)


def turns(names, number):
    """The names, each round beginning with another."""
    names = list(names)
    shift = number % len(names)
    return names[shift:] + names[:shift]


def interleaved(bench, folder, loads):
    """The loads in turn. Returns a Side of each, and the most foreign work."""
    for load in loads.values():
        warm_up(folder, load)
    sides, foreign = {name: Side(name) for name in loads}, 0.0
    for number in range(bench.rounds):
        for name in turns(loads, number):
            result, = measure(folder, loads[name])
            sides[name].add(result)
            foreign = max(foreign, result.foreign)
            say(f"  round {number + 1}: {name}: {result.rate:,.0f}/s, p99 {result.p99_ms:.2f} ms")
    return sides, foreign
