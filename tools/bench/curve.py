"""Latency against load: GET /health from one connection to a thousand, on all three servers."""

import dataclasses
import statistics

from bench import turns
from load import HEALTH, measure, warm_up
from machine import say
from scenarios.health import start_all

CONNECTIONS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
SECONDS_MAX = 2  # of each point and round: there are many


@dataclasses.dataclass
class Point:
    """Medians of the rounds."""
    connections: int
    rate: float
    p50_ms: float
    p99_ms: float


@dataclasses.dataclass
class Curve:
    name: str
    points: list


def measure_curves(bench):
    """In each round all servers take turns at each number of connections."""
    seconds = min(bench.seconds, SECONDS_MAX)
    with bench.workplace() as folder:
        servers = start_all(bench, folder, max(CONNECTIONS))
        results = {name: {count: [] for count in CONNECTIONS} for name in servers}
        for server in servers.values():
            warm_up(folder, bench.load(server, HEALTH))
        for number in range(bench.rounds):
            for count in CONNECTIONS:
                for name in turns(servers, number):
                    result, = measure(folder, bench.load(servers[name], HEALTH, count, seconds=seconds))
                    results[name][count].append(result)
            say(f"  round {number + 1}: {len(CONNECTIONS)} loads of {len(servers)} servers")
    return [Curve(name, [middle(count, found) for count, found in of_server.items()])
            for name, of_server in results.items()]


def middle(connections, results):
    return Point(connections, *(statistics.median(getattr(result, field) for result in results)
                                for field in ("rate", "p50_ms", "p99_ms")))
