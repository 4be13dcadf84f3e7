"""Builds a plugin as somebody else would: a project of their own, with a copy of sdk/ and nothing else of Kavro.

    third_party_test.py SDK_FOLDER CMAKE CXX_COMPILER
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SDK = pathlib.Path()
CMAKE = "cmake"
COMPILER = "c++"

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(greeter LANGUAGES C CXX)
add_subdirectory(sdk EXCLUDE_FROM_ALL)
kavro_add_plugin(greeter SOURCES greeter.cpp)
"""

PLUGIN = """\
#include <kavro/plugin.hpp>

class Greeter : public kavro::Plugin {
 public:
  explicit Greeter(kavro::Host& host) {
    host.get("/greet", [](const kavro::Request& request) -> kavro::Task<kavro::Response> {
      co_return kavro::Response::text("Good day, " + request.query("name").value_or("whoever you are"));
    });
  }
};

KAVRO_PLUGIN(Greeter)
"""

# What a manifest may well contain and CMake likes to take for something else.
MANIFEST = {
    "name": "greeter",
    "version": "0.1.0",
    "summary": 'Says "good day"; [politely] \\ ${HOME} @NAME@, in an Ärmelkanal',
    "licence": "MIT",
    "settings": {"list": {"type": "string", "default": "a;b; c", "summary": "A list; of things"}},
}


def run(*command, cwd=None):
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


class ThirdParty(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kavro-third-party-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.copytree(SDK, self.folder / "sdk")
        (self.folder / "CMakeLists.txt").write_text(PROJECT)
        (self.folder / "greeter.cpp").write_text(PLUGIN)
        (self.folder / "manifest.json").write_text(json.dumps(MANIFEST, indent=2, ensure_ascii=False))

    def configure(self):
        run(CMAKE, "-S", self.folder, "-B", self.folder / "build", f"-DCMAKE_CXX_COMPILER={COMPILER}",
            "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror")

    def build(self):
        self.configure()
        run(CMAKE, "--build", self.folder / "build")
        return self.folder / "build" / "plugins" / "greeter.so"

    def test_the_library_is_what_the_server_expects(self):
        library = self.build()

        symbols = [line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines()]
        self.assertEqual(["kavro_plugin"], symbols)

        section = self.folder / "section"
        run("objcopy", "--dump-section", f".kavro.manifest={section}", library, self.folder / "copy")
        self.assertEqual({**MANIFEST, "abi": 1}, json.loads(section.read_bytes()))

        needed = run("readelf", "-d", library)
        for system in ("libc.so", "libstdc++.so", "libgcc_s.so", "libm.so", "ld-linux"):
            needed = "\n".join(line for line in needed.splitlines() if system not in line)
        self.assertNotIn("(NEEDED)", needed, "a plugin needs nothing of Kavro's")

    def test_a_manifest_of_another_name_is_refused(self):
        (self.folder / "manifest.json").write_text(json.dumps({**MANIFEST, "name": "other"}))
        with self.assertRaisesRegex(AssertionError, r"is 'other',\s+expected\s+'greeter'\n"):
            self.configure()

    def test_a_symbol_that_nothing_defines_is_refused(self):
        with (self.folder / "greeter.cpp").open("a") as source:
            source.write("\nint nowhere();\n__attribute__((used)) static int call() { return nowhere(); }\n")
        with self.assertRaisesRegex(AssertionError, "nowhere"):
            self.build()


if __name__ == "__main__":
    SDK, CMAKE, COMPILER = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    del sys.argv[1:4]
    unittest.main()
