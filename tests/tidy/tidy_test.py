"""Each rule passes a small good tree, and finds the one thing that is wrong in a changed one."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import binary_rules
import code_rules
import document_rules
import text_rules
from tree import Tree

GOOD = {
    "README.md": "# Kavro\n\n| Plugin | What |\n|---|---|\n| [vault](plugins/vault/README.md) | encrypts |\n",
    "conf/kavro.ini": "[plugins]\nvault = on\n\n[vault]\nkeys_file = var/keys\n; ttl = 5s\nrule.a = 1\n",
    "plugins/vault/README.md": "# vault\n\n| `[vault]` | Default |\n|---|---|\n| `keys` | |\n| `ttl` | |\n"
                               "| `rule.*` | |\n",
    "plugins/vault/manifest.json": json.dumps({
        "name": "vault", "settings": {"keys": {"type": "secret"}, "ttl": {"type": "duration"}, "rule.*": {}}}),
    "plugins/vault/CMakeLists.txt": "kavro_add_plugin(vault SOURCES vault.cpp LIBRARIES kavro::build_flags)\n",
    "plugins/vault/vault.cpp": "#include <kavro/plugin.hpp>\n#include <sodium.h>\n#include \"key.hpp\"\n",
    "plugins/vault/key.hpp": "#pragma once\n#include <string>\n",
    "tests/plugins/vault/CMakeLists.txt": "kavro_add_test(vault_test SOURCES vault_test.cpp)\n",
    "tests/plugins/vault/vault_test.cpp": "#include <gtest/gtest.h>\n",
    "sdk/include/kavro/plugin.hpp": "#pragma once\n#include <memory>\n#include <kavro/abi/base.h>\n",
    "sdk/include/kavro/abi/base.h": "#include <stdint.h>\n",
    "sdk/examples/hello/hello.cpp": "#include <kavro/plugin.hpp>\n",
    "sdk/CMakeLists.txt": "kavro_add_plugin(hello SOURCES examples/hello/hello.cpp)\n",
    "kernel/CMakeLists.txt": "add_executable(kavro main.cpp)\n",
    "kernel/main.cpp": "// the vault plugin is only named in a comment\nint authenticate = 1;  // \"vault\"\n",
}

ALL = text_rules.RULES + code_rules.RULES + document_rules.RULES


class TidyTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kavro-tidy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for path, content in GOOD.items():
            self.write(path, content)

    def write(self, path, content):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(content)

    def append(self, path, content):
        self.write(path, (self.folder / path).read_text() + content)

    def findings(self):
        tree = Tree(self.folder)
        return [(rule.__name__, str(finding.path), finding.line) for rule in ALL for finding in rule(tree)]

    def expect(self, rule, path, line):
        """That one rule finds one thing, at this place."""
        self.assertEqual([(rule, path, line)], self.findings())

    def test_a_good_tree_passes(self):
        self.assertEqual([], self.findings())

    def test_build_folders_and_binary_files_are_left_alone(self):
        self.write("build/release/x.cpp", "TO" "DO")
        self.write("var/secret.ini", "TO" "DO")
        (self.folder / "picture.png").write_bytes(b"\x89PNG\xff" + b"\n" * 1000)
        self.assertEqual([], self.findings())


class TextRules(TidyTest):
    def test_machine_path(self):
        self.append("README.md", "see /w" "ork/main/README.md\n")
        self.expect("no_machine_paths", "README.md", 6)

    def test_words_that_look_like_machine_paths(self):
        self.append("README.md", "kernel/w" "ork/pool.hpp and https://example.org/h" "ome/x\n")
        self.assertEqual([], self.findings())

    def test_unfinished(self):
        self.append("kernel/main.cpp", "// TO" "DO: later\n")
        self.expect("no_unfinished", "kernel/main.cpp", 3)

    def test_private_key(self):
        self.append("tests/plugins/vault/vault_test.cpp", "// -----BEGIN EC PRIVATE" " KEY-----\n")
        self.expect("no_secrets", "tests/plugins/vault/vault_test.cpp", 2)

    def test_token(self):
        token = "eyJ" "hbGciOiJIUzI1NiJ9." "eyJzdWIiOiIxMjM0NTY3ODkwIn0." "dozjgNryP4J3jVmNHl0w5N"
        self.append("README.md", token + "\n")
        self.expect("no_secrets", "README.md", 6)

    def test_token_in_a_test_is_a_vector(self):
        self.append("tests/plugins/vault/vault_test.cpp",
                    "// eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVm\n")
        self.assertEqual([], self.findings())

    def test_fernet_key(self):
        self.append("plugins/vault/README.md", "\n" + "A" * 43 + "=\n")
        self.expect("no_secrets", "plugins/vault/README.md", 9)

    def test_secret_in_the_configuration(self):
        self.append("conf/kavro.ini", "keys = 0123456789abcdef0123\n")
        self.expect("no_secrets", "conf/kavro.ini", 8)

    def test_long_file(self):
        self.write("tools/long", "\n" * 601)
        self.expect("file_length", "tools/long", 601)


class CodeRules(TidyTest):
    def test_plugin_includes_the_kernel(self):
        self.write("kernel/site.hpp", "")
        self.append("plugins/vault/vault.cpp", '#include "kernel/site.hpp"\n')
        self.expect("plugin_includes", "plugins/vault/vault.cpp", 4)

    def test_plugin_includes_another(self):
        self.append("plugins/vault/vault.cpp", '#include "../auth/token.hpp"\n')
        self.expect("plugin_includes", "plugins/vault/vault.cpp", 4)

    def test_plugin_includes_what_the_sdk_does_not_have(self):
        self.append("plugins/vault/key.hpp", "#include <kavro/nothing.hpp>\n")
        self.expect("plugin_includes", "plugins/vault/key.hpp", 3)

    def test_plugin_includes_a_file_it_does_not_have(self):
        self.append("plugins/vault/key.hpp", '#include "other.hpp"\n')
        self.expect("plugin_includes", "plugins/vault/key.hpp", 3)

    def test_plugin_links_the_kernel(self):
        self.append("plugins/vault/CMakeLists.txt", "target_link_libraries(vault PRIVATE kavro::config)\n")
        self.expect("plugin_links", "plugins/vault/CMakeLists.txt", 2)

    def test_sdk_includes_a_library(self):
        self.append("sdk/include/kavro/plugin.hpp", "#include <sodium.h>\n")
        self.expect("sdk_includes", "sdk/include/kavro/plugin.hpp", 4)

    def test_boundary_includes_cxx(self):
        self.append("sdk/include/kavro/abi/base.h", "#include <string>\n")
        self.expect("sdk_includes", "sdk/include/kavro/abi/base.h", 2)

    def test_kernel_names_a_plugin(self):
        for number, code in enumerate(('const char* name = "vault";', "bool hasVault();", "int vault_count;",
                                       'const char* path = "/vault/keys";', 'const char* table = "inbox";')):
            with self.subTest(code=code):
                self.write("kernel/main.cpp", "\n" * number + code + "\n")
                self.expect("kernel_names_no_feature", "kernel/main.cpp", number + 1)

    def test_dead_source(self):
        self.write("kernel/old.cpp", "")
        self.expect("sources_are_built", "kernel/old.cpp", 1)

    def test_dead_header(self):
        self.write("kernel/old.hpp", "")
        self.expect("headers_are_included", "kernel/old.hpp", 1)


class DocumentRules(TidyTest):
    def test_plugin_without_tests(self):
        shutil.rmtree(self.folder / "tests")
        self.expect("plugin_is_complete", "tests/plugins/vault", 1)

    def test_plugin_without_readme(self):
        (self.folder / "plugins/vault/README.md").unlink()
        self.write("README.md", GOOD["README.md"].replace("[vault](plugins/vault/README.md)", "`vault`"))
        self.expect("plugin_is_complete", "plugins/vault/README.md", 1)

    def test_plugin_of_another_name(self):
        self.write("plugins/vault/manifest.json", GOOD["plugins/vault/manifest.json"].replace('"vault"', '"value"'))
        self.expect("plugin_is_complete", "plugins/vault/manifest.json", 1)

    def test_setting_missing_in_the_readme(self):
        self.write("plugins/vault/README.md", GOOD["plugins/vault/README.md"].replace("| `ttl` | |\n", ""))
        self.expect("settings_are_in_the_readme", "plugins/vault/README.md", 1)

    def test_row_without_a_setting(self):
        self.append("plugins/vault/README.md", "| `tll` | |\n")
        self.expect("settings_are_in_the_readme", "plugins/vault/README.md", 8)

    def test_setting_missing_in_the_configuration(self):
        self.write("conf/kavro.ini", GOOD["conf/kavro.ini"].replace("; ttl = 5s\n", ""))
        self.expect("settings_are_in_the_configuration", "conf/kavro.ini", 4)

    def test_family_missing_in_the_configuration(self):
        self.write("conf/kavro.ini", GOOD["conf/kavro.ini"].replace("rule.a = 1\n", ""))
        self.expect("settings_are_in_the_configuration", "conf/kavro.ini", 4)

    def test_setting_of_nobody_in_the_configuration(self):
        self.append("conf/kavro.ini", "; tll = 5s\n")
        self.expect("settings_are_in_the_configuration", "conf/kavro.ini", 8)

    def test_plugin_missing_in_the_readme(self):
        self.write("README.md", GOOD["README.md"].replace("[vault](plugins/vault/README.md)", "`valut`"))
        self.assertEqual([("readme_lists_the_plugins", "README.md", 3), ("readme_lists_the_plugins", "README.md", 5)],
                         self.findings())

    def test_readme_without_table(self):
        self.write("README.md", "# Kavro\n")
        self.expect("readme_lists_the_plugins", "README.md", 1)

    def test_broken_link(self):
        self.append("README.md", "\n[gone](kernel/README.md#top) [web](https://example.org) [here](#top)\n")
        self.expect("links_lead_somewhere", "README.md", 7)


class BinaryRules(TidyTest):
    """With libraries of a line of C each; skipped where there is no C compiler."""

    def setUp(self):
        super().setUp()
        if not shutil.which("cc"):
            self.skipTest("no C compiler")
        for folder in ("plugins", "bin"):
            (self.folder / "build" / folder).mkdir(parents=True)
        self.compile("int kavro_plugin = 1;", "plugins/vault.so", "-shared", "-fPIC")
        self.compile("int main(void) { return 0; }", "bin/kavro")

    def compile(self, code, output, *options):
        build = self.folder / "build"
        subprocess.run(["cc", "-xc", "-", "-xnone", *options, "-o", build / output], input=code, text=True, check=True,
                       cwd=build / "plugins")

    def binary_findings(self):
        tree = Tree(self.folder, self.folder / "build")
        return [(rule.__name__, str(finding.path)) for rule in binary_rules.RULES for finding in rule(tree)]

    def test_good_ones_pass(self):
        self.assertEqual([], self.binary_findings())

    def test_second_symbol(self):
        self.compile("int kavro_plugin = 1; int other;", "plugins/vault.so", "-shared", "-fPIC")
        self.assertEqual([("one_symbol_per_plugin", "plugins/vault")], self.binary_findings())

    def test_library_that_was_not_built(self):
        (self.folder / "build/plugins/vault.so").unlink()
        self.assertEqual([("one_symbol_per_plugin", "plugins/vault")], self.binary_findings())

    def test_program_with_a_plugin_in_it(self):
        self.compile("int kavro_plugin = 1; int main(void) { return 0; }", "bin/kavro")
        self.assertEqual([("program_links_no_plugin", "kernel/CMakeLists.txt")], self.binary_findings())

    def test_plugin_that_needs_another(self):
        self.compile("extern int kavro_plugin; int f(void) { return kavro_plugin; }", "plugins/user.so", "-shared",
                     "-fPIC", "-Wl,--no-as-needed", "vault.so")
        self.assertIn(("plugins_need_no_plugin", "sdk/examples/user"), self.binary_findings())


if __name__ == "__main__":
    unittest.main()
