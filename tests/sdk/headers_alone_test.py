"""Compiles every header of the SDK by itself, twice in one file, so that each says all it needs and guards itself.

    headers_alone_test.py SDK_INCLUDE_FOLDER

kavro/abi/**/*.h as C11 and as C++20, kavro/**/*.hpp as C++20; with g++/gcc and, where it is there, clang.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

INCLUDE = pathlib.Path()
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
COMPILERS = {
    "C11": [["gcc", "-std=c11", "-xc"], ["clang", "-std=c11", "-xc"]],
    "C++20": [["g++", "-std=c++20", "-xc++"], ["clang++", "-std=c++20", "-xc++"]],
}


def compile_alone(header, command):
    source = f"#include <{header}>\n#include <{header}>\nextern int kavro_unused;\n"
    command = command[:1] + WARNINGS + command[1:2] + ["-fsyntax-only", f"-I{INCLUDE}"] + command[2:] + ["-"]
    result = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    return f"{' '.join(command)} < {header}\n{result.stderr}" if result.returncode else ""


class HeadersAlone(unittest.TestCase):
    def check(self, pattern, language):
        headers = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.glob(pattern))
        self.assertGreater(len(headers), 5, f"{INCLUDE} has hardly any {pattern}")
        present = [command for command in COMPILERS[language] if shutil.which(command[0])]
        self.assertTrue(present, f"no compiler for {language}")
        for command in present:
            for header in headers:
                with self.subTest(compiler=command[0], language=language, header=header):
                    self.assertEqual("", compile_alone(header, command))

    def test_abi_as_c11(self):
        self.check("kavro/abi/**/*.h", "C11")

    def test_abi_as_cxx20(self):
        self.check("kavro/abi/**/*.h", "C++20")

    def test_cxx_headers(self):
        self.check("kavro/**/*.hpp", "C++20")

    def test_a_header_that_cannot_stand_alone_is_found(self):
        self.assertIn("no-such", compile_alone("kavro/no-such.h", COMPILERS["C11"][0]))


if __name__ == "__main__":
    INCLUDE = pathlib.Path(sys.argv.pop(1)).resolve()
    os.environ.pop("CPATH", None)  # nothing but the SDK and the system
    unittest.main()
