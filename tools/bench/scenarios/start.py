"""From nothing to the first answer, and the memory of a server that has nothing to do."""

import http.client
import ssl
import time

import machine
from machine import Failure, say
from table import Row, Side, value_at_most

TIME_MARK_MS = 150
MEMORY_MARK_MB = 30


def start(bench):
    """As shipped, on all cores. The first start, which makes the database, is not measured."""
    first = Row("start to the first answer of GET /health", Side("kavro"), marks=[value_at_most(TIME_MARK_MS)],
                unit=" ms")
    memory = Row("resident memory, idle (RSS)", Side("kavro"), marks=[value_at_most(MEMORY_MARK_MB)], unit=" MB")
    with bench.workplace() as folder:
        server = bench.kavro(folder, pinned=False)
        context = ssl.create_default_context(cafile=server.certificate)
        server.stop()
        for number in range(bench.rounds):
            server = bench.kavro(folder, pinned=False)
            connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=30)
            connection.request("GET", "/health")
            answer = connection.getresponse()
            answer.read()
            first.kavro.values.append(1e3 * (time.monotonic() - server.process.started))
            memory.kavro.values.append(machine.resident_bytes(server.process.pid) / 1e6)
            connection.close()
            if answer.status != 200:
                raise Failure(f"GET /health: found {answer.status}, expected 200")
            server.stop()
            say(f"  round {number + 1}: {first.kavro.values[-1]:.0f} ms, {memory.kavro.values[-1]:.1f} MB")
    return [first, memory]
