"""tools/docker: what of it can be tried without an engine.

    docker_test.py SOURCE BUILD [unittest's options]

The compose file is read and held against the Dockerfile and the configuration; the configuration goes through the real
`kavro check`, the image's list of packages is held against ldd, and the commands that are written into these files run
as they are, but for their paths and ports.
"""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

SOURCE = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2])
HOME = SOURCE / "tools" / "docker"
PATIENCE_S = 10


def compose():
    return yaml.safe_load((HOME / "compose.yaml").read_text())


def configuration():
    """{section: {key: value}}, in the order written."""
    sections, entries = {}, {}
    for line in (HOME / "kavro.ini").read_text().splitlines():
        if line.startswith("["):
            entries = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith(";"):
            key, value = line.split(" = ", 1)
            entries[key] = value
    return sections


def dockerfile():
    """The last stage as one line for each instruction."""
    text = re.sub(r"^#.*\n", "", (HOME / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return text[text.rindex("\nFROM"):].strip().splitlines()


def health_command():
    (line,) = [line for line in dockerfile() if line.startswith("HEALTHCHECK")]
    return json.loads(line.split(" CMD ", 1)[1])


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def names_of(items, key="source"):
    return {item if isinstance(item, str) else item[key] for item in items}


class Compose(unittest.TestCase):
    def setUp(self):
        self.file = compose()
        self.services = self.file["services"]

    def test_every_service_is_hardened(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertIs(service["read_only"], True)
                self.assertEqual(["ALL"], service["cap_drop"])
                self.assertNotIn("cap_add", service)
                self.assertNotIn("privileged", service)
                self.assertEqual(["no-new-privileges:true"], service["security_opt"])

    def test_no_service_is_root_and_each_owns_its_secrets(self):
        (own,) = [line.split()[1] for line in dockerfile() if line.startswith("USER")]
        users = {name: service.get("user", own) for name, service in self.services.items()}
        owners = {}
        for name, service in self.services.items():
            self.assertRegex(users[name], r"^[1-9][0-9]*:[1-9][0-9]*$")
            for secret in names_of(service["secrets"]):
                self.assertEqual(users[name], owners.setdefault(secret, users[name]), f"{secret} has two owners")
        guide = (HOME / "README.md").read_text()
        self.assertIn("chmod 400 secrets/* && sudo chown 999 secrets/* && sudo chown 101 secrets/tls_*", guide)
        for secret, owner in owners.items():
            self.assertEqual("101:101" if secret.startswith("tls_") else "999:999", owner)

    def test_every_service_says_how_it_is(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertTrue("healthcheck" in service or name == "kavro" and health_command())
                for other, wish in service.get("depends_on", {}).items():
                    self.assertIn(other, self.services)
                    self.assertEqual({"condition": "service_healthy"}, wish)

    def test_only_nginx_can_be_reached_from_outside(self):
        self.assertEqual(["nginx"], [name for name, service in self.services.items() if "ports" in service])
        self.assertEqual({"internal": True}, self.file["networks"]["back"])
        for name in ("postgres", "redis"):
            self.assertEqual(["back"], self.services[name]["networks"])

    def test_images_have_a_version_and_no_registry(self):
        bases = re.findall(r"^FROM (\S+)", (HOME / "Dockerfile").read_text(), re.MULTILINE)
        for image in [service["image"] for service in self.services.values()] + bases:
            self.assertRegex(image, r"^[a-z]+:(\d[\w.-]*|local|bookworm-slim)$")

    def test_what_is_named_is_defined_and_what_is_defined_is_used(self):
        for kind in ("secrets", "configs", "networks"):
            used = set().union(*(names_of(service.get(kind, [])) for service in self.services.values()))
            self.assertEqual(set(self.file[kind]), used, kind)
        volumes = [volume.split(":")[0] for service in self.services.values() for volume in service.get("volumes", [])]
        self.assertEqual(set(self.file["volumes"]), set(volumes))
        for name, config in self.file["configs"].items():
            self.assertTrue((HOME / config["file"]).is_file(), name)
        guide = (HOME / "README.md").read_text()
        for name, secret in self.file["secrets"].items():
            self.assertEqual(f"secrets/{name}", secret["file"])
            self.assertIn(secret["file"], guide)

    def test_secrets_stay_out_of_git_and_of_the_image(self):
        self.assertIn("secrets/", (HOME / ".gitignore").read_text().splitlines())
        self.assertIn("tools/docker/secrets", (SOURCE / ".dockerignore").read_text().splitlines())

    def test_an_engine_reads_it_too(self):
        if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
            self.skipTest("no docker compose")
        result = subprocess.run(["docker", "compose", "-f", HOME / "compose.yaml", "config", "--quiet"],
                                capture_output=True, text=True)
        self.assertEqual("", result.stderr)
        self.assertEqual(0, result.returncode)


class Configuration(unittest.TestCase):
    def test_it_fits_the_compose_file(self):
        file, settings = compose(), configuration()
        kavro = file["services"]["kavro"]
        (network,) = file["networks"]["front"]["ipam"]["config"]
        self.assertEqual(network["subnet"], settings["http"]["trusted_proxies"])
        for url in (settings["database"]["url"], settings["limiter-redis"]["url"]):
            host = re.match(r"\w+://(?:\w+@)?(\w+)[:/]", url)[1]
            self.assertIn(host, kavro["depends_on"])
        secrets = {value for section in settings.values() for key, value in section.items() if key.endswith("_file")}
        self.assertEqual({f"/run/secrets/{name}" for name in kavro["secrets"]}, secrets)
        port = settings["http"]["listen"].rsplit(":", 1)[1]
        self.assertIn(f"EXPOSE {port}", dockerfile())
        self.assertIn(f"/dev/tcp/127.0.0.1/{port} ", health_command()[2])
        self.assertIn(f"server kavro:{port} ", (SOURCE / "conf" / "nginx" / "kavro.conf").read_text())
        entrypoint = [line for line in dockerfile() if line.startswith(("ENTRYPOINT", "CMD", "COPY tools"))]
        self.assertEqual("COPY tools/docker/kavro.ini " + json.loads(entrypoint[2].split(" ", 1)[1])[2], entrypoint[0])

    def test_kavro_accepts_it(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name in compose()["services"]["kavro"]["secrets"]:
                content = "A" * 43 + "=" if name == "vault_keys" else "0123456789abcdef" * 4
                (folder / name).write_text(content + "\n")
                (folder / name).chmod(0o400)
            text = (HOME / "kavro.ini").read_text().replace("/run/secrets/", f"{folder}/")
            (folder / "kavro.ini").write_text(text)
            result = subprocess.run([BUILD / "bin" / "kavro", "check", "-c", folder / "kavro.ini"],
                                    capture_output=True, text=True)
        self.assertEqual("", result.stderr)
        self.assertEqual(0, result.returncode)
        self.assertIn(f"ok, {len(configuration()['plugins'])} plugins on", result.stdout)


def packages_of_libraries():
    """The packages of what kavro and the bundled plugins are linked with."""
    names = [entry.name for entry in (SOURCE / "plugins").iterdir() if entry.is_dir()]
    binaries = [BUILD / "bin" / "kavro"] + [BUILD / "plugins" / f"{name}.so" for name in names]
    ldd = subprocess.run(["ldd", *(binary for binary in binaries if binary.exists())],
                         capture_output=True, text=True, check=True).stdout
    assert "not found" not in ldd, ldd
    packages = set()
    for path in set(re.findall(r"=> (/\S+)", ldd)):
        for candidate in (path, str(pathlib.Path(path).resolve()), path.removeprefix("/usr"), "/usr" + path):
            found = subprocess.run(["dpkg-query", "--search", candidate], capture_output=True, text=True)
            if found.returncode == 0:
                packages.add(found.stdout.split(":")[0])
                break
        else:
            raise AssertionError(f"no package has {path}")
    return packages


def dependencies_of(package, known):
    """Adds the package and all that installing it brings."""
    if package in known:
        return known
    known.add(package)
    depends = subprocess.run(["dpkg-query", "--show", "--showformat=${Pre-Depends},${Depends}", package],
                             capture_output=True, text=True).stdout
    for name in re.findall(r"(?:^|,)\s*([a-z0-9][a-z0-9.+-]*)", depends):
        dependencies_of(name, known)
    return known


@unittest.skipUnless(shutil.which("dpkg-query"), "not Debian")
class Image(unittest.TestCase):
    def test_it_has_the_libraries_and_none_without_need(self):
        (line,) = [line for line in dockerfile() if "apt-get install" in line]
        listed = line.split("--no-install-recommends", 1)[1].split("&&")[0].split()
        self.assertEqual(sorted(listed), listed)
        needed = packages_of_libraries()
        brought = set()
        for package in listed + ["bash", "libc6"]:
            dependencies_of(package, brought)
        self.assertEqual(set(), needed - brought, "needed, and not in the Dockerfile")
        self.assertEqual(set(), set(listed) - needed, "in the Dockerfile, and not needed")


class Commands(unittest.TestCase):
    def start(self, arguments, folder):
        process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.terminate(), process.wait(PATIENCE_S)))

    def wait_for(self, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "nothing has come up in time")
            time.sleep(0.05)  # between looks from outside; nothing tells

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def test_the_health_of_kavro(self):
        folder, port = self.folder(), free_port()
        configuration_file = pathlib.Path(folder) / "kavro.ini"
        configuration_file.write_text(f"[http]\nlisten = http://127.0.0.1:{port}\n[database]\nurl = sqlite:k.db\n")
        command = [word.replace("/8080 ", f"/{port} ") for word in health_command()]
        healthy = lambda: subprocess.run(command, capture_output=True).returncode == 0
        self.assertFalse(healthy())
        self.start([BUILD / "bin" / "kavro", "run", "-c", configuration_file], folder)
        self.wait_for(healthy)
        elsewhere = [word.replace("GET /health", "GET /nothing") for word in command]
        self.assertNotEqual(0, subprocess.run(elsewhere, capture_output=True).returncode)

    @unittest.skipUnless(shutil.which("redis-server") and shutil.which("redis-cli"), "no Redis")
    def test_redis_takes_its_password_from_the_file(self):
        folder, port = self.folder(), free_port()
        (pathlib.Path(folder) / "redis_password").write_text("For-Tests-Only-8\n")
        redis = compose()["services"]["redis"]
        local = lambda text: text.replace("$$", "$").replace("/run/secrets", folder).replace("--dir /data", f"--dir {folder}")
        self.start([local(word).replace("redis-server ", f"redis-server --bind 127.0.0.1 --port {port} ")
                    for word in redis["entrypoint"]], folder)
        health = local(redis["healthcheck"]["test"][1]).replace("redis-cli", f"redis-cli -p {port}")
        self.wait_for(lambda: subprocess.run(["sh", "-c", health], capture_output=True).returncode == 0)
        stranger = subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True, text=True)
        self.assertIn("NOAUTH", stranger.stdout + stranger.stderr)
        self.assertTrue((pathlib.Path(folder) / "appendonlydir").is_dir())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
