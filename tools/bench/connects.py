"""Load of new TLS connections, made with bench_tls_connect."""

import dataclasses
import json
import pathlib

from load import Generator, Result, WARM_UP_S
from machine import Failure


@dataclasses.dataclass
class Connects:
    """New connections, so many under way at once; `resumed`: with tickets, otherwise full handshakes."""
    program: pathlib.Path
    server: object
    connections: int
    seconds: float
    on_cores: list
    resumed: bool

    def start(self, _):
        return Run(self)

    def briefly(self):
        return dataclasses.replace(self, seconds=WARM_UP_S)


class Run(Generator):
    """A running bench_tls_connect."""

    def __init__(self, load):
        super().__init__(load, [load.program, load.server.port, load.connections, load.seconds,
                                "resumed" if load.resumed else "full"])

    def finish(self):
        what = f"new connections to {self.load.server.process.name}"
        status, output = self.await_end(what)
        if status != 0:
            raise Failure(f"{what}: {output.strip()}")
        found = json.loads(output)
        count, expected = found["connections"], found["connections"] if self.load.resumed else 0
        if found["resumed"] != expected:
            raise Failure(f"{what}: {found['resumed']} of {count} were resumed, expected {expected}")
        if not count:
            raise Failure(f"{what}: not one in {self.load.seconds} s")
        return Result(count / found["seconds"], found["p50_us"] / 1e3, found["p99_us"] / 1e3, count)
