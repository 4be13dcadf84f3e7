"""The Debian package, made from what is built: what is in it, and what installing, serving, and removing it do.

    packaging_test.py SOURCE BUILD

As root it is installed on this machine, purged again, and the user that it made removed; not when a package kavro is
installed already, and not by others than root: those tests are skipped then.
"""

import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest

from installed_server import InstalledServer

SOURCE, BUILD = sys.argv[1:3]
EXPOSURE_MAX = 1.5
PLACES = ["/etc/kavro", "/var/lib/kavro", "/var/log/kavro", "/run/kavro", "/usr/lib/kavro", "/usr/bin/kavro",
          "/etc/logrotate.d/kavro", "/lib/systemd/system/kavro.service", "/lib/systemd/system/kavro.socket",
          "/usr/lib/sysusers.d/kavro.conf", "/usr/lib/tmpfiles.d/kavro.conf", "/usr/share/doc/kavro", "/usr/share/lintian/overrides/kavro",
          "/etc/systemd/system/kavro.service", "/etc/systemd/system/multi-user.target.wants/kavro.service"]
SECRETS = ["/etc/kavro/tls/server.key", "/etc/kavro/secrets/auth.secret", "/etc/kavro/secrets/vault.keys",
           "/etc/kavro/secrets/audit.key"]


def run(*command, **options):
    """What it printed; an error that shows it when it failed."""
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit code {result.returncode}\n{result.stdout}")
    return result.stdout


def content_of(path):
    with open(path) as file:
        return file.read()


def setUpModule():
    global folder, package, root
    holder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(holder.cleanup)
    folder = holder.name
    os.chmod(folder, 0o755)
    run("cpack", "-G", "DEB", "-B", folder, "--config", f"{BUILD}/CPackConfig.cmake", cwd=folder)
    package = next(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".deb"))
    root = os.path.join(folder, "root")
    run("dpkg-deb", "--extract", package, root)


class Content(unittest.TestCase):
    def test_lintian_finds_no_error(self):
        user = ["--allow-root"] if os.geteuid() == 0 else []
        run("lintian", "--fail-on", "error", *user, package)

    def test_holds_no_secret_and_no_data(self):
        for path in SECRETS + ["/var", "/run"]:
            self.assertFalse(os.path.exists(root + path), path)

    def test_everything_is_roots_and_nobody_else_writes_it(self):
        for line in run("dpkg-deb", "--contents", package).splitlines():
            rights, owner = line.split()[:2]
            self.assertEqual(owner, "root/root", line)
            self.assertNotIn("w", rights[5:], line)

    def test_depends_on_what_it_links(self):
        needs = run("dpkg-deb", "--field", package, "Depends")
        for library in ["libc6", "libpoconet", "libssl3", "libsystemd0", "libsqlite3-0", "libpq5", "libhiredis"]:
            self.assertIn(library, needs)

    def test_plugins_keep_their_manifest_and_their_one_symbol(self):
        plugins = os.listdir(root + "/usr/lib/kavro/plugins")
        self.assertIn("auth.so", plugins)
        self.assertNotIn("hello.so", plugins)
        for name in plugins:
            path = f"{root}/usr/lib/kavro/plugins/{name}"
            sections = run("readelf", "--sections", "--wide", path)
            self.assertIn(" .kavro.manifest ", sections, name)
            self.assertNotIn(" .debug_info ", sections, f"{name} is not stripped")
            symbols = run("nm", "--dynamic", "--defined-only", path).split()[2::3]
            self.assertEqual(symbols, ["kavro_plugin"], name)

    def test_its_plugins_and_configuration_fit(self):
        sections = re.findall(r"^\[([a-z-]+)\]$", content_of(root + "/etc/kavro/kavro.ini"), re.M)
        switched = re.findall(r"^([a-z-]+) = on$", content_of(root + "/etc/kavro/kavro.ini"), re.M)
        plugins = [name[:-3] for name in os.listdir(root + "/usr/lib/kavro/plugins")]
        self.assertEqual([name for name in switched if name not in plugins], [])
        self.assertEqual(len(sections), len(set(sections)))

    def test_every_configuration_file_is_known_to_dpkg(self):
        known = set(run("dpkg-deb", "--info", package, "conffiles").split())
        found = {os.path.join(path, name)[len(root):] for path, _, names in os.walk(root + "/etc") for name in names}
        self.assertEqual(found, known)


class Unit(unittest.TestCase):
    def test_systemd_understands_it(self):
        # The units that every system has are not in the package; what is said of ours counts.
        result = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}",
                                 "/lib/systemd/system/kavro.service", "/lib/systemd/system/kavro.socket"],
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        ours = [line for line in result.stdout.splitlines() if re.search(r"kavro\.(service|socket):", line)]
        self.assertEqual(ours, [])

    def test_is_exposed_no_more_than_it_must(self):
        said = run("systemd-analyze", "security", "--no-pager", "--offline=true",
                   root + "/lib/systemd/system/kavro.service")
        exposure = re.search(r"Overall exposure level for kavro\.service: ([0-9.]+)", said)
        self.assertIsNotNone(exposure, said)
        self.assertLessEqual(float(exposure[1]), EXPOSURE_MAX)

    def test_the_socket_has_the_addresses_of_the_configuration(self):
        socket = content_of(root + "/lib/systemd/system/kavro.socket")
        settings = content_of(root + "/etc/kavro/kavro.ini")
        listens = re.findall(r"^ListenStream=(.+)$", socket, re.M)
        served = re.search(r"^listen = (.+)$", settings, re.M)[1].replace("https://", "").split()
        self.assertEqual(listens, served)


class Files(unittest.TestCase):
    def test_the_manual_has_no_warnings(self):
        for page in ["man1/kavro.1.gz", "man5/kavro.ini.5.gz"]:
            with open(os.devnull, "w") as nowhere:
                result = subprocess.run(["man", "--warnings", "--local-file", f"{root}/usr/share/man/{page}"],
                                        stdout=nowhere, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
            self.assertEqual((result.returncode, result.stderr), (0, ""), page)

    @unittest.skipUnless(os.path.exists("/usr/sbin/logrotate"), "logrotate is not installed")
    def test_logrotate_renames_and_leaves_opening_to_the_plugins(self):
        logs = tempfile.mkdtemp(dir=folder)
        with open(f"{logs}/audit.jsonl", "w") as log:
            log.write("{}\n")
        rules = content_of(root + "/etc/logrotate.d/kavro")
        self.assertIn("/var/log/kavro/*.jsonl", rules)
        rules = rules.replace("/var/log/kavro", logs).replace("\tsu kavro kavro\n", "")
        with open(f"{logs}/rules", "w") as file:
            file.write(rules)
        os.chmod(f"{logs}/rules", 0o644)
        run("/usr/sbin/logrotate", "--force", "--state", f"{logs}/state", f"{logs}/rules")
        self.assertEqual(sorted(os.listdir(logs)), ["audit.jsonl.1", "rules", "state"])


class Completion(unittest.TestCase):
    def complete(self, *words):
        """What pressing Tab after the words offers; the last one is what was typed of it."""
        program = f"{root}/usr/bin/kavro"
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kavro 2>/dev/null; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        said = run("bash", "--norc", "-c", script, "bash", f"{root}/usr/share/bash-completion/completions/kavro",
                   program, *words)
        return said.split()

    def test_commands_and_their_options(self):
        self.assertIn("reload", self.complete(""))
        self.assertEqual(self.complete("st"), ["status"])
        self.assertEqual(self.complete("check", "-c", "x", "--pr"), ["--probe", "--print"])
        self.assertEqual(self.complete("run", "--pr"), [])
        self.assertEqual(self.complete("check", "--print", ""), ["ini", "xml"])

    def test_plugins_and_levels_of_log(self):
        settings = f"{SOURCE}/conf/kavro.ini"
        names = self.complete("log", "-c", settings, "--socket", "x", "")
        self.assertIn("kernel", names)
        with open(f"{folder}/plugins.ini", "w") as file:
            file.write(f"[server]\nplugin_path = {root}/usr/lib/kavro/plugins\n[plugins]\nheaders = on\n")
        self.assertEqual(self.complete("log", "-c", f"{folder}/plugins.ini", "hea"), ["headers"])
        self.assertEqual(self.complete("log", "-c", settings, "auth", "d"), ["debug", "default"])

    def test_files_and_settings(self):
        with open(f"{folder}/settings.ini", "w") as file:
            file.write(f"[server]\nplugin_path = {root}/usr/lib/kavro/plugins\n[http]\nlisten = http://127.0.0.1:0\n"
                       "[plugins]\nheaders = on\n")
        self.assertEqual(self.complete("run", "-c", f"{folder}/settings.i"), [f"{folder}/settings.ini"])
        self.assertEqual(self.complete("run", "-c", f"{folder}/settings.ini", "--set", "http.idle"),
                         ["http.idle_timeout="])


def installable():
    if os.geteuid() != 0:
        return "installing needs root"
    if subprocess.run(["dpkg-query", "--status", "kavro"], capture_output=True).returncode == 0:
        return "a package kavro is installed on this machine"
    for place in PLACES:
        if os.path.lexists(place):
            return f"{place} is there and does not belong to a package"
    return ""


@unittest.skipIf(installable(), installable())
class Installed(unittest.TestCase):
    """The life of an installation, in one test, because each step is where the next one begins."""

    def setUp(self):
        self.had_user = subprocess.run(["getent", "passwd", "kavro"], capture_output=True).returncode == 0
        self.addCleanup(self.leave)

    def leave(self):
        subprocess.run(["dpkg", "--purge", "kavro"], capture_output=True)
        if not self.had_user:
            subprocess.run(["userdel", "kavro"], capture_output=True)

    def install(self):
        run("dpkg", "--install", package, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})

    def assertMode(self, path, mode, owner):
        status = os.stat(path)
        self.assertEqual(oct(stat.S_IMODE(status.st_mode)), oct(mode), path)
        self.assertEqual(run("stat", "--format=%U:%G", path).strip(), owner, path)

    def test_life(self):
        self.install()
        for path in SECRETS:
            self.assertMode(path, 0o600, "kavro:kavro")
        self.assertMode("/etc/kavro/tls/server.crt", 0o644, "kavro:kavro")
        self.assertMode("/etc/kavro/secrets", 0o750, "root:kavro")
        self.assertMode("/var/lib/kavro", 0o750, "kavro:kavro")
        self.assertMode("/var/log/kavro", 0o750, "kavro:kavro")
        self.assertTrue(os.path.islink("/etc/systemd/system/multi-user.target.wants/kavro.service"))
        secrets = {path: content_of(path) for path in SECRETS}
        with open("/etc/kavro/conf.d/50-test.ini", "w") as file:
            file.write("[http]\nlisten = https://127.0.0.1:0\n")

        self.serves()
        self.serves_what_systemd_listens_on()

        self.install()  # once more, as an upgrade does it
        self.assertEqual({path: content_of(path) for path in SECRETS}, secrets)

        run("dpkg", "--remove", "kavro")
        self.assertFalse(os.path.exists("/usr/bin/kavro"))
        self.assertFalse(os.path.exists("/run/kavro"))
        self.assertTrue(os.path.exists("/var/lib/kavro/kavro.db"))
        self.assertEqual({path: content_of(path) for path in SECRETS}, secrets)

        run("dpkg", "--purge", "kavro")
        self.assertEqual([place for place in PLACES if os.path.lexists(place)], [])
        left = run("find", "/etc", "/usr", "/lib/systemd", "/var", "/run", "-xdev", "-name", "kavro*", "-not", "-path",
                   f"{SOURCE}/*").split()
        self.assertEqual([path for path in left if not path.startswith("/usr/local/")], [])

    def serves(self):
        with InstalledServer() as server:
            status, body = server.get("/health")
            self.assertEqual((status, body["status"]), (200, "ok"))
            said = server.ask("status")
            self.assertIn("auth", said)
            with open("/etc/kavro/conf.d/60-test.ini", "w") as file:
                file.write("[http]\nidle_timeout = 31s\n")
            server.ask("reload")
            self.assertEqual(server.get("/health")[0], 200)
            os.remove("/etc/kavro/conf.d/60-test.ini")
            self.assertEqual(server.stop(), 0)
        self.assertMode("/var/log/kavro/audit.jsonl", 0o600, "kavro:kavro")
        self.assertIn('"/health"', content_of("/var/log/kavro/access.jsonl"))

    def serves_what_systemd_listens_on(self):
        with InstalledServer(activated=True) as server:
            self.assertEqual(server.get("/health")[0], 200)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
