"""What is written about settings, against the program: conf/kavro.ini and conf/kavro.xml, the READMEs' tables, the schema.

usage: reference_test.py SOURCE BUILD
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import jsonschema

SOURCE, BUILD = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
KAVRO = BUILD / "bin/kavro"


def kavro(*arguments):
    return subprocess.run([KAVRO, *arguments], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})


def sections_of(ini):
    """{section: {key: value}} of what `kavro check --print ini` or conf/kavro.ini writes: no quotes, no repeats."""
    sections, entries = {}, None
    for line in ini.splitlines():
        head = re.fullmatch(r"\[([a-z0-9-]+)\]", line)
        if head:
            entries = sections.setdefault(head[1], {})
        elif " =" in line and not line.startswith(";"):
            key, _, value = line.partition(" =")
            entries[key] = value.strip()
    return sections


class Reference(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads(kavro("schema").stdout)
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="kavro-reference-"))
        subprocess.run([SOURCE / "tools/secrets", cls.home / "var"], check=True, capture_output=True)
        for name in ("kavro.ini", "kavro.xml"):
            (cls.home / "conf").mkdir(exist_ok=True)
            shutil.copy(SOURCE / "conf" / name, cls.home / "conf" / name)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.home)

    def printed(self, file, form="ini"):
        result = kavro("check", "-c", file, "--print", form)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def test_nothing_is_stale(self):
        result = subprocess.run([SOURCE / "tools/reference", "--program", KAVRO, "--check"], capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_xml_says_the_same_as_ini(self):
        ini, xml = (sections_of(self.printed(self.home / "conf" / name)) for name in ("kavro.ini", "kavro.xml"))
        self.assertEqual(ini, xml)
        self.assertGreater(len(ini), 10)

    def test_what_is_printed_means_the_same(self):
        first = self.printed(self.home / "conf/kavro.ini")
        again = self.home / "again.ini"
        again.write_text(first)
        self.assertEqual(sections_of(self.printed(again)), sections_of(first))
        xml = self.home / "again.xml"
        xml.write_text(self.printed(again, "xml"))
        self.assertEqual(sections_of(self.printed(xml)), sections_of(first))

    def as_json(self, sections):
        """Values as JSON has them: integers are numbers, everything else is text."""
        def value(section, key, text):
            setting = self.schema["properties"][section]["properties"].get(key, {})
            return int(text) if setting.get("type") == "integer" else text
        return {section: {key: value(section, key, text) for key, text in entries.items()}
                for section, entries in sections.items()}

    def test_the_schema_takes_the_configuration(self):
        validator = jsonschema.Draft202012Validator
        validator.check_schema(self.schema)
        for text in ((SOURCE / "conf/kavro.ini").read_text(), self.printed(self.home / "conf/kavro.ini")):
            jsonschema.validate(self.as_json(sections_of(text)), self.schema, cls=validator)

    def test_the_schema_refuses_what_check_refuses(self):
        for section, key, value in (("http", "idle_timout", "5s"), ("http", "idle_timeout", "5"), ("http", "backlog", 0),
                                    ("http", "body_bytes_max", "1MB"), ("log", "level", "loud"), ("htpp", "listen", "x"),
                                    ("plugins", "auth", "maybe"), ("auth", "on_failure", "shut"),
                                    ("auth", "password_digit", "often"), ("ratelimit", "rul.x", "off")):
            with self.subTest(key=f"{section}.{key}"), self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate({section: {key: value}}, self.schema)

    def test_an_instance_has_a_section_of_its_own(self):
        file = self.home / "two.ini"
        file.write_text("[plugins]\nlimiter-b = limiter-memory\n[limiter-b]\nkeys_max = 5000\n")
        schema = json.loads(kavro("schema", "-c", file).stdout)
        self.assertEqual(schema["properties"]["limiter-b"]["x-plugin"], "limiter-memory")
        self.assertIn("keys_max", schema["properties"]["limiter-b"]["properties"])

    def test_secrets_are_marked(self):
        secret = self.schema["properties"]["auth"]["properties"]["secret"]
        self.assertTrue(secret["writeOnly"])
        self.assertIn("secret_file", self.schema["properties"]["auth"]["properties"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
