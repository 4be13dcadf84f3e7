"""What is measured: each scenario returns rows of the table."""

import contextlib
import dataclasses
import itertools
import json
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import tempfile

import machine
import servers
from client import ask_once, fill_inboxes, message, register, require_same, PASSWORD
from load import Call, HEALTH, Load, measure, warm_up
from machine import Failure, say
from process import Process

CONNECTIONS = 64
MANY_CONNECTIONS = 1000
PEOPLE = 16  # senders and recipients of messages
LOGIN_PEOPLE = 32
INBOX_MESSAGES = 60  # of each person, for an inbox of 50
COMMIT_GROUP = 64  # rows to a commit of SQLite alone

POCO_MARK = 2.0
NGINX_MARK = 0.6
SEND_MARK = 10000  # a second


@dataclasses.dataclass
class Side:
    """One of the two things compared: its name, and what each round gave."""
    name: str
    values: list
    p50_ms: list = dataclasses.field(default_factory=list)
    p99_ms: list = dataclasses.field(default_factory=list)
    cpu_us: list = dataclasses.field(default_factory=list)  # of the server, an answer

    def add(self, result):
        self.values.append(result.rate)
        self.p50_ms.append(result.p50_ms)
        self.p99_ms.append(result.p99_ms)
        self.cpu_us.append(result.cpu_us)

    @property
    def median(self):
        return statistics.median(self.values)


@dataclasses.dataclass
class Row:
    """One line of the table. `value_mark` and `ratio_mark`: the least that is good enough, or None."""
    what: str
    kavro: Side
    beside: Side
    value_mark: float = None
    ratio_mark: float = None
    unit: str = "/s"
    foreign: float = 0.0  # the most, of a core, that other programs took in a round

    @property
    def ratios(self):
        """Of each round: both sides of a round were measured one right after the other."""
        return [kavro / beside for kavro, beside in zip(self.kavro.values, self.beside.values)]

    @property
    def met(self):
        """None without a mark."""
        if self.ratio_mark is not None:
            return statistics.median(self.ratios) >= self.ratio_mark
        return self.kavro.median >= self.value_mark if self.value_mark is not None else None


@dataclasses.dataclass
class Bench:
    """What every scenario needs."""
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
        """A folder for one scenario or round. What runs in it is stopped before it is removed."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        try:
            yield folder
        finally:
            Process.stop_all()
            shutil.rmtree(folder, ignore_errors=True)

    def kavro(self, folder, pinned, rules=None, wrapper=()):
        on_cores = self.server_cores if pinned else self.all_cores
        return servers.Kavro(self.root, self.program, folder, on_cores, 1 if pinned else 0, rules, wrapper)

    def load(self, server, calls, connections=CONNECTIONS, pinned=True, **options):
        return Load(server, calls, connections, self.seconds, self.load_cores if pinned else self.all_cores,
                    threads=1 if pinned else 2, **options)

    def loop(self, name, *arguments):
        """One of the loops without a server, on all cores: (count a second)."""
        command = [servers.program(self.tools, name), *arguments]
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                                timeout=self.seconds + 60)
        if result.returncode != 0:
            raise Failure(f"{name} ended with status {result.returncode}: {result.stderr}")
        count, seconds = result.stdout.split()
        return int(count) / float(seconds)


def interleaved(bench, folder, loads):
    """The loads in turn, each round beginning with another. Returns a Side of each, and the most foreign work."""
    for load in loads.values():
        warm_up(folder, load)
    sides, foreign = {name: Side(name, []) for name in loads}, 0.0
    names = list(loads)
    for number in range(bench.rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            result, = measure(folder, loads[name])
            sides[name].add(result)
            foreign = max(foreign, result.foreign)
            say(f"  round {number + 1}: {name}: {result.rate:,.0f}/s")
    return sides, foreign


def health(bench, connections=CONNECTIONS, with_poco=True):
    with bench.workplace() as folder:
        all_servers = [bench.kavro(folder, pinned=True)]
        certificate, answer = all_servers[0].certificate, ask_once(all_servers[0], "/health")
        all_servers.append(servers.Nginx(folder, bench.server_cores, certificate, answer))
        if with_poco:
            all_servers.append(servers.Poco(servers.program(bench.tools, "bench_poco_server"), folder,
                                            bench.server_cores, certificate, answer, connections))
        for server in all_servers[1:]:
            require_same(server.process.name, ask_once(server, "/health"), answer)
        loads = {server.process.name: bench.load(server, HEALTH, connections) for server in all_servers}
        sides, foreign = interleaved(bench, folder, loads)
    what = f"GET /health, {connections:,} connections, 1 core"
    nginx = Row(what, sides["kavro"], renamed(sides["nginx"], "nginx `return 200`"), foreign=foreign)
    if not with_poco:
        return [nginx]
    nginx.ratio_mark = NGINX_MARK
    poco = renamed(sides["poco"], "Poco::Net::HTTPServer")
    return [Row(what, sides["kavro"], poco, ratio_mark=POCO_MARK, foreign=foreign), nginx]


def renamed(side, name):
    return dataclasses.replace(side, name=name)


def many(bench):
    return health(bench, MANY_CONNECTIONS, with_poco=False)


def sends(people):
    """A message from each of the first half of the people to each of the other half."""
    half = len(people) // 2
    pairs = list(itertools.product(people[:half], people[half:]))
    return [Call("POST", "/messages/", sender.token, message(recipient)) for sender, recipient in pairs]


def stored_messages(server):
    with contextlib.closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as database:
        return database.execute("SELECT count(*) FROM messages").fetchone()[0]


def send(bench):
    """Each round on a new database, so that all start alike; the answers are then counted against its rows."""
    row = Row(f"POST /messages/ durable, {CONNECTIONS} connections, 2 cores", Side("kavro", []),
              Side(f"SQLite alone, {COMMIT_GROUP} rows a commit", []), value_mark=SEND_MARK)
    for number in range(bench.rounds):
        with bench.workplace() as folder:
            server = bench.kavro(folder, pinned=False, rules=servers.GENEROUS)
            calls = sends(register(server, PEOPLE))
            load = bench.load(server, calls, pinned=False, drain=True)
            first = warm_up(folder, load)
            result, = measure(folder, load)
            stored, answered = stored_messages(server), first.sent + result.sent
            if stored != answered:
                raise Failure(f"{answered} messages were answered with 201, and {stored} are in the database")
            status = server.stop()
            if status != 0:
                raise Failure(f"kavro stopped with status {status}:\n{server.process.log()}")
            row.kavro.add(result)
            row.foreign = max(row.foreign, result.foreign)
            row.beside.values.append(bench.loop("bench_sqlite_loop", server.database, "messages", folder / "alone.db",
                                                COMMIT_GROUP, bench.seconds))
        say(f"  round {number + 1}: kavro: {result.rate:,.0f}/s, all {stored} that were answered are stored; "
            f"SQLite alone: {row.beside.values[-1]:,.0f}/s")
    return [row]


def read_calls(people):
    return {"GET /health": HEALTH,
            "GET /auth/me": [Call("GET", "/auth/me", person.token) for person in people],
            "GET /keys/{id}": [Call("GET", f"/keys/{person.id}") for person in people],
            "GET /messages/inbox?limit=50": [Call("GET", "/messages/inbox?limit=50", person.token)
                                             for person in people]}


def login_calls(people):
    return [Call("POST", "/auth/login", body=json.dumps({"username": person.name, "password": PASSWORD}))
            for person in people]


def reads(bench):
    with bench.workplace() as folder:
        server = bench.kavro(folder, pinned=True, rules=servers.GENEROUS)
        people = register(server, PEOPLE)
        fill_inboxes(server, people, INBOX_MESSAGES)
        loads = {name: bench.load(server, calls) for name, calls in read_calls(people).items()}
        sides, foreign = interleaved(bench, folder, loads)
    beside = renamed(sides.pop("GET /health"), "its own GET /health")
    return [Row(f"{name}, {CONNECTIONS} connections, 1 core", side, beside, foreign=foreign)
            for name, side in sides.items()]


def login(bench):
    """Logins on all connections; and what somebody else who asks for /health now and then notices of it."""
    rate = Row(f"POST /auth/login, {CONNECTIONS} connections, 2 cores", Side("kavro", []), Side("Argon2id alone", []))
    patience = Row("p99 of GET /health during these logins", Side("kavro", []), Side("without logins", []), unit=" ms")
    with bench.workplace() as folder:
        server = bench.kavro(folder, pinned=False, rules=servers.GENEROUS)
        logins = bench.load(server, login_calls(register(server, LOGIN_PEOPLE)), pinned=False)
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


ALL = {"health": health, "send": send, "reads": reads, "login": login, "many": many}
