#!/usr/bin/env python3
"""Holds connections that do as little as they may, until it is ended: for `slow` of tools/bench.

    slow_clients.py PORT KIND COUNT

KIND: handshake (a byte of it a second), headers, body (the same, after a handshake), read (asks for much and takes
nothing). Who is closed by the server comes back. Prints "ready" when all are there for the first time.
"""

import select
import socket
import ssl
import sys
import time

EVERY_S = 1
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
HEADER = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: "
BODY = b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def context():
    """Not verified: this one looks at no answer."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


class SlowClient:
    def __init__(self, port, kind, tls):
        self.port, self.kind, self.tls = port, kind, tls
        self.connection, self.sent = None, 0

    def connect(self):
        self.close()
        connection = socket.socket()
        if self.kind == "read":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        try:
            connection.connect(("127.0.0.1", self.port))
            if self.kind != "handshake":
                connection = self.tls.wrap_socket(connection)
                connection.sendall({"headers": HEADER, "body": BODY, "read": REQUEST}[self.kind])
            connection.setblocking(False)
            self.connection, self.sent = connection, 0
        except OSError:
            connection.close()

    def trickle(self):
        """A byte more, or, when the server has had enough, a new connection."""
        if self.connection is None:
            return self.connect()
        try:
            if self.kind == "handshake":
                self.connection.send(HELLO[self.sent:self.sent + 1] or b"\0")
            elif self.kind == "read":
                self.connection.send(REQUEST * 100)
            else:
                self.connection.send(b"y")
            self.sent += 1
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError:
            return self.connect()
        if self.kind != "read" and self.was_closed():
            self.connect()

    def was_closed(self):
        """The server says something to such a client only when it lets it go."""
        poll = select.poll()
        poll.register(self.connection, select.POLLIN | select.POLLRDHUP)
        found = poll.poll(0)
        if not found:
            return False
        if found[0][1] & (select.POLLRDHUP | select.POLLHUP | select.POLLERR):
            return True
        try:
            return self.connection.recv(65536) == b""  # TLS has session tickets to tell of, too
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def main(port, kind, count):
    tls = context()
    clients = [SlowClient(int(port), kind, tls) for _ in range(int(count))]
    for client in clients:
        client.connect()
    print("ready", flush=True)
    while True:
        start = time.monotonic()
        for client in clients:
            client.trickle()
        time.sleep(max(0.0, EVERY_S - (time.monotonic() - start)))


if __name__ == "__main__":
    main(*sys.argv[1:])
