"""A client of one connection: looks at answers, and prepares the people and messages of a measurement."""

import base64
import concurrent.futures
import dataclasses
import http.client
import json
import secrets
import ssl

from machine import Failure

PASSWORD = "Correct-Horse-1"
NOT_COMPARED = {"date", "server", "connection"}  # nginx cannot leave out the last two


@dataclasses.dataclass
class Answer:
    status: int
    fields: list  # of (name, value), in order
    body: bytes
    tls: tuple  # version and cipher

    def json(self):
        return json.loads(self.body)


class Client:
    """One kept connection to a server, whose certificate is verified. Not for several threads."""

    def __init__(self, server):
        if server.scheme == "https":
            context = ssl.create_default_context(cafile=server.certificate)
            self._connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=30)
        else:
            self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

    def ask(self, method, path, token=None, body=None):
        fields = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            fields["Content-Type"] = "application/json"
            body = json.dumps(body)
        self._connection.request(method, path, body, fields)
        response = self._connection.getresponse()
        content = response.read()
        socket = self._connection.sock
        tls = (socket.version(), socket.cipher()[0]) if isinstance(socket, ssl.SSLSocket) else None
        return Answer(response.status, response.getheaders(), content, tls)

    def expect(self, status, method, path, token=None, body=None):
        answer = self.ask(method, path, token, body)
        if answer.status != status:
            raise Failure(f"{method} {path}: found {answer.status}, expected {status}: {answer.body[:300]!r}")
        return answer

    def close(self):
        self._connection.close()


def ask_once(server, path):
    client = Client(server)
    try:
        return client.expect(200, "GET", path)
    finally:
        client.close()


def require_same(name, answer, model):
    """Status, body, field names and values, and TLS must be what Kavro's are; otherwise the comparison is unfair."""
    def comparable(fields):
        return sorted((key.lower(), value) for key, value in fields if key.lower() not in NOT_COMPARED)

    for what, found, expected in (("status", answer.status, model.status), ("body", answer.body, model.body),
                                  ("header fields", comparable(answer.fields), comparable(model.fields)),
                                  ("TLS version and cipher", answer.tls, model.tls)):
        if found != expected:
            raise Failure(f"{name} does not answer as Kavro does. {what}: found {found}, expected {expected}")


@dataclasses.dataclass
class Person:
    id: int
    name: str
    token: str


def register(server, count):
    """New users, a few at a time: hashing a password takes its time."""
    def one(number):
        name = f"bench_{secrets.token_hex(4)}_{number}"
        client = Client(server)
        try:
            token = client.expect(201, "POST", "/auth/register",
                                  body={"username": name, "password": PASSWORD}).json()["access_token"]
            return Person(client.expect(200, "GET", "/auth/me", token).json()["user_id"], name, token)
        finally:
            client.close()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(count)))


def message(recipient, size=400):
    """The body of a send, as JSON text of exactly `size` bytes, metadata included."""
    fields = {"recipient_id": recipient.id, "ciphertext": "", "ephemeral_pubkey": secrets.token_hex(32),
              "metadata": {"type": "text", "device": "laptop", "note": ""}}
    room = size - len(json.dumps(fields))
    fields["ciphertext"] = base64.b64encode(secrets.token_bytes(room * 3 // 4 // 3 * 3 - 3)).decode()
    fields["metadata"]["note"] = "n" * (size - len(json.dumps(fields)))
    return json.dumps(fields)


def fill_inboxes(server, people, count):
    """Gives each person so many messages and one published key, by writing to them in a ring."""
    client = Client(server)
    try:
        for sender, recipient in zip(people, people[1:] + people[:1]):
            client.expect(201, "POST", "/keys/publish", sender.token,
                          {"identity_pubkey": secrets.token_hex(32), "device_name": "laptop"})
            for _ in range(count):
                client.expect(201, "POST", "/messages/", sender.token, json.loads(message(recipient)))
    finally:
        client.close()
