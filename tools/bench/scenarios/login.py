"""A storm of logins: how many there are, and what somebody else notices of it."""

import json

import servers
from bench import CONNECTIONS
from client import PASSWORD, register
from load import Call, HEALTH, Load, measure, warm_up
from machine import say
from table import Row, Side, ratio_at_least, value_at_most

PEOPLE = 32
ARGON_MARK = 0.9
PATIENCE_MARK_MS = 20


def login_calls(people):
    return [Call("POST", "/auth/login", body=json.dumps({"username": person.name, "password": PASSWORD}))
            for person in people]


def login(bench):
    """Logins on all connections; and somebody who asks for /health now and then on others."""
    rate = Row(f"POST /auth/login, {CONNECTIONS} connections, 2 cores", Side("kavro"), Side("Argon2id alone"),
               [ratio_at_least(ARGON_MARK)])
    patience = Row("p99 of GET /health during these logins", Side("kavro"), Side("without logins"),
                   [value_at_most(PATIENCE_MARK_MS)], unit=" ms")
    with bench.workplace() as folder:
        server = bench.kavro(folder, pinned=False, rules=servers.GENEROUS)
        logins = bench.load(server, login_calls(register(server, PEOPLE)), pinned=False)
        visits = Load(server, HEALTH, 4, bench.seconds, bench.all_cores, pause_ms=10)
        auth = server.settings["auth"]
        cost = auth["hash_passes"], servers.size_in_bytes(auth["hash_memory"])
        warm_up(folder, logins)
        for number in range(bench.rounds):
            calm, = measure(folder, visits)
            storm, visited = measure(folder, logins, visits)
            rate.beside.values.append(bench.loop("bench_argon_loop", len(bench.all_cores), bench.seconds, *cost))
            rate.kavro.add(storm)
            patience.kavro.values.append(visited.p99_ms)
            patience.beside.values.append(calm.p99_ms)
            rate.foreign = patience.foreign = max(rate.foreign, storm.foreign, calm.foreign)
            say(f"  round {number + 1}: kavro: {storm.rate:.1f}/s, Argon2id alone: {rate.beside.values[-1]:.1f}/s; "
                f"p99 of GET /health {visited.p99_ms:.1f} ms, without logins {calm.p99_ms:.1f} ms")
    return [rate, patience]
