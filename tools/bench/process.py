"""A program that runs in the background on chosen cores, and is ended by its process id."""

import os
import socket
import subprocess
import time

import machine
from machine import Failure

START_TIMEOUT_S = 30
START_POLL_S = 0.002  # how exact the time of a start is
STOP_TIMEOUT_S = 40  # Kavro's drain_timeout, and some more


def free_port():
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """Runs on the given cores until stop(); what it prints goes to NAME.out and NAME.err in the folder."""

    running = []  # all that have been started and not stopped, in order

    def __init__(self, name, command, folder, on_cores):
        self.name = name
        self.errors = folder / f"{name}.err"
        with open(folder / f"{name}.out", "ab") as out, open(self.errors, "ab") as errors:
            self.started = time.monotonic()
            # A session of its own: Ctrl-C reaches the script only, which then stops its programs in order.
            self._popen = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out,
                                           stderr=errors, start_new_session=True,
                                           preexec_fn=lambda: os.sched_setaffinity(0, on_cores))
        Process.running.append(self)

    @property
    def pid(self):
        return self._popen.pid

    def pids(self):
        return [self.pid] + machine.children(self.pid)

    def wait_for_port(self, port):
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            if self._popen.poll() is not None:
                raise Failure(f"{self.name} ended while starting, with status {self._popen.returncode}:\n{self.log()}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() >= deadline:
                    raise Failure(f"{self.name} does not listen on port {port} after {START_TIMEOUT_S} s:\n"
                                  + self.log())
                time.sleep(START_POLL_S)

    def check(self):
        if self._popen.poll() is not None:
            raise Failure(f"{self.name} ended by itself, with status {self._popen.returncode}:\n{self.log()}")

    def stop(self):
        """SIGTERM, and SIGKILL when it overstays. Returns its exit status."""
        if self in Process.running:
            Process.running.remove(self)
            self._popen.terminate()
            try:
                self._popen.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                machine.say(f"{self.name} has not stopped within {STOP_TIMEOUT_S} s; ending it by force")
                self._popen.kill()
                self._popen.wait()
        return self._popen.returncode

    def log(self):
        return "\n".join(self.errors.read_text(errors="replace").splitlines()[-20:])

    @staticmethod
    def stop_all():
        for process in reversed(Process.running[:]):
            process.stop()
