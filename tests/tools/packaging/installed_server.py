"""The installed server, started by hand as its user, and a client of it."""

import http.client
import json
import queue
import re
import signal
import socket
import ssl
import subprocess
import threading

SETTINGS = "/etc/kavro/kavro.ini"
WAIT_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class InstalledServer:
    """With activated=True systemd-socket-activate listens, and starts it at the first connection."""

    def __init__(self, activated=False):
        command = ["/usr/bin/kavro", "run", "-c", SETTINGS]
        self.port = None
        if activated:
            self.port = free_port()
            command = ["systemd-socket-activate", "-l", f"127.0.0.1:{self.port}",
                       "-E", f"KAVRO_HTTP_LISTEN=https://127.0.0.1:{self.port}", *command]
        self.lines, self.said = queue.Queue(), []
        self.process = subprocess.Popen(command, user="kavro", group="kavro", extra_groups=[], cwd="/", text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        env={"PATH": "/usr/bin:/bin"})
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if activated:
            self.wait_for(r"Listening on ")
        else:
            self.port = int(self.wait_for(r"listening on https://127\.0\.0\.1:(\d+)")[1])

    def read(self):
        for line in self.process.stderr:
            self.lines.put(line)
        self.lines.put(None)

    def wait_for(self, pattern):
        while True:
            try:
                line = self.lines.get(timeout=WAIT_S)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"the server did not say {pattern}:\n{''.join(self.said)}")
            self.said.append(line)
            if match := re.search(pattern, line):
                return match

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()

    def get(self, path):
        """Status and JSON; the certificate is checked, as a client that trusts this one would."""
        trust = ssl.create_default_context(cafile="/etc/kavro/tls/server.crt")
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=WAIT_S, context=trust)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def ask(self, command):
        """What `kavro COMMAND` says, run as root."""
        result = subprocess.run(["/usr/bin/kavro", command, "-c", SETTINGS], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=WAIT_S, check=False)
        if result.returncode != 0:
            raise AssertionError(f"kavro {command}: exit code {result.returncode}\n{result.stdout}")
        return result.stdout

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=WAIT_S)
