"""Durable sends beside SQLite alone, at several numbers of connections."""

import contextlib
import itertools
import sqlite3

from bench import CONNECTIONS, PEOPLE, turns
from client import message, register
from load import Call, measure, warm_up
from machine import Failure, say
from servers import GENEROUS
from table import Row, Side, p99_at_most, ratio_at_least, value_at_least

COMMIT_GROUP = 64  # rows to a commit of SQLite alone
GROUPED_MARK = 0.35
P99_MARK_MS = 10
FAST_RAW, FAST_MARK = 75_000, 25_000  # a second: where SQLite alone makes so many, Kavro makes these
SINGLE_MARK = 0.5  # of one connection, beside one row a commit
CLIFF_MARK = 1.0  # of very many connections, beside 64
FEW, VERY_MANY = 8, 512


def sends(people):
    """A message from each of the first half of the people to each of the other half."""
    half = len(people) // 2
    pairs = list(itertools.product(people[:half], people[half:]))
    return [Call("POST", "/messages/", sender.token, message(recipient)) for sender, recipient in pairs]


def stored_messages(server):
    with contextlib.closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as database:
        return database.execute("SELECT count(*) FROM messages").fetchone()[0]


def measure_sends(bench, connections, rows_a_commit=None):
    """On a new database, so that all start alike; the answers are then counted against its rows.

    Returns the result, and, with `rows_a_commit`, how many of the same rows a second SQLite alone makes.
    """
    with bench.workplace() as folder:
        server = bench.kavro(folder, pinned=False, rules=GENEROUS)
        load = bench.load(server, sends(register(server, PEOPLE)), connections, pinned=False)
        first = warm_up(folder, load)
        result, = measure(folder, load)
        status = server.stop()
        if status != 0:
            raise Failure(f"kavro stopped with status {status}:\n{server.process.log()}")
        # At the end of each load wrk leaves, and counts no answer to what its connections have just sent.
        stored, answered = stored_messages(server), first.answers + result.answers
        if not answered <= stored <= answered + 2 * connections:
            raise Failure(f"{answered} messages were answered with 201, and {stored} are in the database")
        alone = (bench.loop("bench_sqlite_loop", server.database, "messages", folder / "alone.db", rows_a_commit,
                            bench.seconds) if rows_a_commit else None)
    say(f"    {connections} connections: {result.rate:,.0f}/s, p99 {result.p99_ms:.2f} ms, all {answered} that were "
        "answered are stored" + (f"; SQLite alone, {rows_a_commit} a commit: {alone:,.0f}/s" if alone else ""))
    return result, alone


def send(bench):
    beside = {1: 1, FEW: None, CONNECTIONS: COMMIT_GROUP, VERY_MANY: None}
    results, alone, foreign = {count: Side("kavro") for count in beside}, {1: Side("SQLite alone, 1 row a commit"),
                               CONNECTIONS: Side(f"SQLite alone, {COMMIT_GROUP} rows a commit")}, 0.0
    for number in range(bench.rounds):
        say(f"  round {number + 1}")
        for count in turns(beside, number):
            result, raw = measure_sends(bench, count, beside[count])
            results[count].add(result)
            foreign = max(foreign, result.foreign)
            if raw:
                alone[count].values.append(raw)

    def row(count, side, *marks):
        what = f"POST /messages/ durable, {count} connection{'s' if count > 1 else ''}, 2 cores"
        return Row(what, results[count], side, list(marks), foreign=foreign)

    of_many = results[CONNECTIONS].renamed(f"its own {CONNECTIONS} connections")
    grouped = row(CONNECTIONS, alone[CONNECTIONS], ratio_at_least(GROUPED_MARK), p99_at_most(P99_MARK_MS))
    if grouped.beside.median >= FAST_RAW:
        grouped.marks.append(value_at_least(FAST_MARK))
    return [grouped, row(1, alone[1], ratio_at_least(SINGLE_MARK)), row(FEW, of_many),
            row(VERY_MANY, of_many, ratio_at_least(CLIFF_MARK))]
