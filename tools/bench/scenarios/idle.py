"""What a connection costs that does nothing: memory of the server, TLS and plain, beside nginx."""

import socket
import ssl

import machine
from bench import turns
from machine import Failure, say
from scenarios.health import start_kavro_and_nginx
from table import Row, Side, ratio_at_most, value_at_most

CONNECTIONS = 10_000
SPARE_FILES = 500  # of the client and of the server, for everything else
TLS_MARK = 1.2  # times nginx's
PLAIN_MARK_KIB = 8
REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def context():
    """Not verified: the answers were compared beforehand."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def connect(server, tls):
    """A connection that has had its answer, and now waits."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    if server.scheme == "https":
        connection = tls.wrap_socket(connection)
    connection.sendall(REQUEST)
    answer = b""
    while b"}" not in answer:  # the end of the only JSON object
        more = connection.recv(65536)
        answer += more
        if not more or not answer.startswith(b"HTTP/1.1 200 "):
            raise Failure(f"{server.process.name}, GET /health: found {answer[:200]!r}, expected 200 and a JSON object")
    return connection


def memory_of_each(server, count):
    """KiB that the server grew by, for each of so many idle connections."""
    tls, held = context(), []
    connect(server, tls).close()  # whatever is made once is there
    before = machine.shared_out_bytes(server.process.pids())
    try:
        for _ in range(count):
            held.append(connect(server, tls))
        after = machine.shared_out_bytes(server.process.pids())
        server.process.check()
    finally:
        for connection in held:
            connection.close()
    return (after - before) / count / 1024


def idle(bench):
    """Each measurement with new servers: one that was big stays so."""
    count = min(CONNECTIONS, machine.open_files_max() - SPARE_FILES)
    if count < CONNECTIONS:
        say(f"  {machine.open_files_max()} open files are allowed (ulimit -n): {count} connections, not {CONNECTIONS}")
    tls = Row(f"memory of an idle connection, TLS, {count:,} of them", Side("kavro"), Side("nginx"),
              [ratio_at_most(TLS_MARK)], unit=" KiB")
    plain = Row(f"memory of an idle connection, plain, {count:,} of them", Side("kavro"), Side("nginx"),
                [value_at_most(PLAIN_MARK_KIB)], unit=" KiB")
    for number in range(bench.rounds):
        for scheme, row in (("https", tls), ("http", plain)):
            with bench.workplace() as folder:
                pair = dict(zip(("kavro", "nginx"), start_kavro_and_nginx(bench, folder, scheme, count + SPARE_FILES)))
                for name in turns(pair, number):
                    (row.kavro if name == "kavro" else row.beside).values.append(memory_of_each(pair[name], count))
            say(f"  round {number + 1}: {scheme}: kavro {row.kavro.values[-1]:.1f} KiB, "
                f"nginx {row.beside.values[-1]:.1f} KiB")
    return [tls, plain]
