"""What is measured: each scenario takes a Bench and returns rows of the table."""

from bench import Bench
from scenarios.handshakes import handshakes
from scenarios.health import health, many, MANY_CONNECTIONS
from scenarios.idle import idle
from scenarios.login import login, login_calls
from scenarios.micro import micro
from scenarios.reads import read_calls, reads, INBOX_MESSAGES
from scenarios.scale import scale
from scenarios.send import send, sends
from scenarios.slow import slow
from scenarios.start import start

ALL = {"health": health, "many": many, "handshakes": handshakes, "send": send, "reads": reads, "login": login,
       "idle": idle, "slow": slow, "scale": scale, "micro": micro, "start": start}

__all__ = ["ALL", "Bench", "INBOX_MESSAGES", "MANY_CONNECTIONS", "login_calls", "read_calls", "sends"]
