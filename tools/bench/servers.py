"""The three servers that are measured, each with the same certificate and, for GET /health, the same answer."""

import os
import pathlib
import re
import subprocess

from machine import Failure, find_program
from process import Process, free_port

BUNDLED = {"auth", "keys", "messaging", "ratelimit", "headers", "audit", "limiter-memory", "vault"}

# No request of a measurement is turned away, and each is counted as it is with rules that do.
GENEROUS = {"rule.register": "POST /auth/register 1000000000 per 1h by address",
            "rule.login": "POST /auth/login 1000000000 per 15min by address",
            "rule.send": "POST /messages/ 1000000000 per 1min by user"}


class Server:
    """A process that speaks HTTPS, or plain HTTP, on a port of 127.0.0.1."""

    def __init__(self, name, command, folder, on_cores, port, certificate, scheme="https"):
        self.port = port
        self.certificate = certificate
        self.scheme = scheme
        self.process = Process(name, command, folder, on_cores)
        self.process.wait_for_port(port)

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def stop(self):
        return self.process.stop()


def read_ini(path):
    """{section: {key: value}} of a Kavro configuration. Kavro itself is the strict reader of what is made of this."""
    sections, section = {}, None
    for line in map(str.strip, path.read_text().splitlines()):
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith(";"):
            key, _, value = line.partition("=")
            section[key.strip()] = value.strip()
    return sections


def write_ini(path, sections):
    path.write_text("".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items()) + "\n"
                            for name, entries in sections.items()))


class Kavro(Server):
    """The configuration as shipped, in a folder of its own, with the certificate and secrets of tools/secrets.

    `rules`: None for the shipped rate limits, or other entries of [ratelimit]. `settings`: {section: {key: value}}
    that are not as shipped. `reactors`: 0 for one a core. `wrapper`: a command that runs the program, such as valgrind.
    In a folder where one was before, it finds that one's secrets and database.
    """

    def __init__(self, root, program, folder, on_cores, reactors, rules=None, wrapper=(), settings=None,
                 scheme="https"):
        self.folder = folder
        self.database = folder / "var/kavro.db"
        self.plugins = program.resolve().parent.parent / "plugins"
        subprocess.run([root / "tools/secrets", folder / "var"], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        self.settings = read_ini(root / "conf/kavro.ini")
        off = BUNDLED - {name for name, switch in self.settings.get("plugins", {}).items() if switch == "on"}
        if off:
            raise Failure(f"conf/kavro.ini: found {', '.join(sorted(off))} not on, expected all bundled plugins on: "
                          "that is what is measured")
        self.settings["server"] |= {"home": folder, "reactors": reactors}
        self.settings["http"]["listen"] = f"{scheme}://127.0.0.1:{port}"
        if rules is not None:
            kept = {key: value for key, value in self.settings["ratelimit"].items() if not key.startswith("rule.")}
            self.settings["ratelimit"] = kept | rules
        for section, entries in (settings or {}).items():
            self.settings[section] = self.settings.get(section, {}) | entries
        write_ini(folder / "kavro.ini", self.settings)
        super().__init__("kavro", [*wrapper, program, "run", "-c", folder / "kavro.ini"], folder, on_cores, port,
                         folder / "var/tls/localhost.crt", scheme)


def same_answer_fields(answer):
    """The fields that a server is told to send; it sends these three by itself."""
    return [(name, value) for name, value in answer.fields
            if name.lower() not in ("date", "content-length", "connection")]


class Poco(Server):
    """A minimal Poco::Net::HTTPServer, tools/bench/poco_server.cpp."""

    def __init__(self, program, folder, on_cores, certificate, answer, connections):
        port = free_port()
        (folder / "poco.fields").write_text("".join(f"{name}: {value}\n" for name, value in same_answer_fields(answer)))
        (folder / "poco.body").write_bytes(answer.body)
        command = [program, port, certificate, certificate.with_suffix(".key"), folder / "poco.fields",
                   folder / "poco.body", connections + 8]
        super().__init__("poco", command, folder, on_cores, port, certificate)


def nginx_text(value):
    if "$" in value:
        raise Failure(f"found '$' in {value!r}; nginx has no way to write it in a configuration")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Nginx(Server):
    """nginx, `return 200`, one worker, everything in a folder of its own."""

    def __init__(self, folder, on_cores, certificate, answer, scheme, connections_max):
        port = free_port()
        prefix = folder / "nginx"
        prefix.mkdir()
        fields = [(name, value) for name, value in same_answer_fields(answer) if name.lower() != "content-type"]
        kind = next(value for name, value in answer.fields if name.lower() == "content-type")
        temporary = "".join(f"  {name}_temp_path {prefix}/{name};\n"
                            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (prefix / "nginx.conf").write_text(
            ("user root;\n" if os.geteuid() == 0 else "")  # the worker reads and writes nothing but this folder
            + f"""daemon off;
worker_processes 1;
pid {prefix}/nginx.pid;
error_log stderr warn;
events {{ worker_connections {connections_max}; }}
http {{
{temporary}  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
  keepalive_timeout 75s;
  server {{
    listen 127.0.0.1:{port}{' ssl' if scheme == 'https' else ''} backlog=1024;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate.with_suffix('.key')};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    default_type {nginx_text(kind)};
    location / {{
""" + "".join(f"      add_header {name} {nginx_text(value)};\n" for name, value in fields)
            + f"      return 200 {nginx_text(answer.body.decode())};\n    }}\n  }}\n}}\n")
        command = [find_program("nginx"), "-p", prefix, "-c", prefix / "nginx.conf", "-e", "stderr"]
        super().__init__("nginx", command, folder, on_cores, port, certificate, scheme)


def size_in_bytes(text):
    """Of a setting such as 19MiB."""
    number, unit = re.fullmatch(r"(\d+)\s*(\w*)", text).groups()
    return int(number) * {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit]


def program(folder, name):
    path = pathlib.Path(folder) / "bin" / name
    if not path.is_file():
        raise Failure(f"found no {path}; build it: cmake --build {folder} --target kavro_run kavro_bench")
    return path
