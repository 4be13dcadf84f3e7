"""What clients read all the time."""

from bench import CONNECTIONS, PEOPLE, interleaved
from client import fill_inboxes, register
from load import Call, HEALTH
from servers import GENEROUS
from table import Row, value_at_least

INBOX_MESSAGES = 60  # of each person, for an inbox of 50
MARKS = {"GET /auth/me": 40_000, "GET /keys/{id}": 40_000, "GET /messages/inbox?limit=50": 8_000}  # a second


def read_calls(people):
    return {"GET /health": HEALTH,
            "GET /auth/me": [Call("GET", "/auth/me", person.token) for person in people],
            "GET /keys/{id}": [Call("GET", f"/keys/{person.id}") for person in people],
            "GET /messages/inbox?limit=50": [Call("GET", "/messages/inbox?limit=50", person.token)
                                             for person in people]}


def reads(bench):
    with bench.workplace() as folder:
        server = bench.kavro(folder, pinned=True, rules=GENEROUS)
        people = register(server, PEOPLE)
        fill_inboxes(server, people, INBOX_MESSAGES)
        loads = {name: bench.load(server, calls) for name, calls in read_calls(people).items()}
        sides, foreign = interleaved(bench, folder, loads)
    beside = sides.pop("GET /health").renamed("its own GET /health")
    return [Row(f"{name}, {CONNECTIONS} connections, 1 core", side, beside, [value_at_least(MARKS[name])],
                foreign=foreign)
            for name, side in sides.items()]
