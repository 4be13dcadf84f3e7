"""A large database beside a small one: the same rows for each user, a hundred times as many users."""

import concurrent.futures
import contextlib
import dataclasses
import pathlib
import random
import shutil
import sqlite3

from bench import CONNECTIONS, interleaved, turns
from client import Client, PASSWORD, Person, fill_inboxes, message, register
from load import Call, measure, warm_up
from machine import Failure, say
from servers import GENEROUS
from table import Row, Side, ratio_at_least, ratio_at_most

MESSAGES_OF_EACH = 100
SMALL_USERS, LARGE_USERS = 100, 10_000
MODELS = 16  # people who register and write; the other users and messages are made of theirs
MODEL_MESSAGES = 4  # of each
ASKERS_MAX = 256  # users who ask for their inboxes and send
SEND_CALLS = 2000  # each to a user taken at random
SEED = 4  # of what is taken at random, so that all rounds send the same
INBOX_MARK = 1.2  # times the small one's median
SEND_MARK = 0.8


@dataclasses.dataclass
class Stock:
    """A folder with a database of so many users, and those who ask."""
    name: str
    folder: pathlib.Path
    people: list
    users: int

    def kept(self):
        return self.folder / "var/kept.db"


def multiply(path, users, messages):
    """Makes the models' rows into so many users, and so many messages to random ones of them."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -262144")
        database.execute("""
            INSERT INTO users (username, password_hash, created_us)
            WITH RECURSIVE n(i) AS (SELECT (SELECT count(*) FROM users) + 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            SELECT 'user_' || i, (SELECT password_hash FROM users LIMIT 1), (SELECT created_us FROM users LIMIT 1)
            FROM n""", [users])
        found = database.execute("SELECT min(id), max(id), count(*) FROM users").fetchone()
        if found != (1, users, users):
            raise Failure(f"{path}: found users (least id, greatest id, number) {found}, expected {(1, users, users)}")
        columns = [name for name, in database.execute("SELECT name FROM pragma_table_info('messages') WHERE pk = 0")]
        taken = {"sender_id", "recipient_id"}
        values = [f"1 + abs(random()) % {users}" if name in taken else name for name in columns]
        database.execute("CREATE TEMP TABLE model AS SELECT row_number() OVER () - 1 AS number, * FROM messages")
        database.execute("CREATE UNIQUE INDEX temp.model_number ON model (number)")
        models, = database.execute("SELECT count(*) FROM temp.model").fetchone()
        database.execute(f"""
            INSERT INTO messages ({", ".join(columns)})
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            SELECT {", ".join(values)} FROM n CROSS JOIN temp.model ON number = i % {models}""", [messages - models])


def log_in(server, users):
    """The last of the users, made of a model each, with the models' password."""
    def one(number):
        client = Client(server)
        try:
            body = {"username": f"user_{number}", "password": PASSWORD}
            return Person(number, body["username"],
                          client.expect(200, "POST", "/auth/login", body=body).json()["access_token"])
        finally:
            client.close()

    numbers = random.Random(SEED).sample(range(MODELS + 1, users + 1), min(users - MODELS, ASKERS_MAX))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, numbers))


def prepare(bench, place, name, users):
    messages = users * MESSAGES_OF_EACH
    folder = place / name
    folder.mkdir()
    server = bench.kavro(folder, pinned=False, rules=GENEROUS)
    fill_inboxes(server, register(server, MODELS), MODEL_MESSAGES)
    server.stop()
    multiply(server.database, users, messages)
    server = bench.kavro(folder, pinned=False, rules=GENEROUS)
    people = log_in(server, users)
    server.stop()
    stock = Stock(f"{messages:,} messages of {users:,} users", folder, people, users)
    say(f"  made {stock.name}: {server.database.stat().st_size / 1e6:,.0f} MB")
    return stock


def inbox_row(bench, place, small, large):
    servers = {stock.name: bench.kavro(stock.folder, pinned=True, rules=GENEROUS) for stock in (small, large)}
    loads = {stock.name: bench.load(servers[stock.name], [Call("GET", "/messages/inbox?limit=50", person.token)
                                                          for person in stock.people]) for stock in (small, large)}
    sides, foreign = interleaved(bench, place, loads)
    for server in servers.values():
        server.stop()
    of_small, of_large = (sides[stock.name].with_values(sides[stock.name].p50_ms) for stock in (small, large))
    return Row(f"median of GET /messages/inbox?limit=50, {large.name}, {CONNECTIONS} connections, 1 core", of_large,
               of_small, [ratio_at_most(INBOX_MARK)], " ms", foreign)


def send_row(bench, place, small, large):
    """The small database starts each round anew, or it would not stay small; the large one keeps what it got."""
    of_small, of_large = Side(small.name), Side(large.name)
    row = Row(f"POST /messages/ durable, {large.name}, {CONNECTIONS} connections, 2 cores", of_large, of_small,
              [ratio_at_least(SEND_MARK)])
    shutil.copy(small.folder / "var/kavro.db", small.kept())
    for number in range(bench.rounds):
        for stock, side in turns([(small, of_small), (large, of_large)], number):
            if stock is small:
                shutil.copy(small.kept(), small.folder / "var/kavro.db")
            server = bench.kavro(stock.folder, pinned=False, rules=GENEROUS)
            load = bench.load(server, random_sends(stock), pinned=False)
            warm_up(place, load)
            result, = measure(place, load)
            server.stop()
            side.add(result)
            row.foreign = max(row.foreign, result.foreign)
            say(f"  round {number + 1}: {stock.name}: {result.rate:,.0f} sends/s, p99 {result.p99_ms:.2f} ms")
    return row


def random_sends(stock):
    chosen = random.Random(SEED)
    return [Call("POST", "/messages/", stock.people[number % len(stock.people)].token,
                 message(Person(chosen.randint(1, stock.users), "", ""))) for number in range(SEND_CALLS)]


def scale(bench):
    with bench.workplace() as place:
        small = prepare(bench, place, "small", SMALL_USERS)
        large = prepare(bench, place, "large", LARGE_USERS)
        return [inbox_row(bench, place, small, large), send_row(bench, place, small, large)]
