"""Rules about documents: each plugin's folder is complete, and what is written matches what is there."""

import json
import pathlib
import re

from tree import Finding, line_of

README = pathlib.Path("README.md")
CONFIGURATION = pathlib.Path("conf/kavro.ini")


def plugin_is_complete(tree):
    """Each folder under plugins/ has README.md, manifest.json and CMakeLists.txt, and tests under tests/plugins/."""
    for name, home in tree.plugins.items():
        for file in ("README.md", "manifest.json", "CMakeLists.txt"):
            if home / file not in tree.files:
                yield Finding(home / file, 1, "found no such file, expected one in every plugin's folder")
        tests = pathlib.Path("tests/plugins") / name
        if not any(tests in path.parents and "_test." in path.name for path in tree.files):
            yield Finding(tests, 1, f"found no test (*_test.*), expected the tests of {name}")
        manifest = read_manifest(tree, home)
        if manifest and manifest.get("name") != name:
            yield Finding(home / "manifest.json", 1, f"found the name {manifest.get('name')!r}, expected {name!r}")


def settings_are_in_the_readme(tree):
    """Each setting of a manifest has a row in the plugin README's table of settings, and each row is a setting."""
    for home in tree.plugins.values():
        manifest = read_manifest(tree, home)
        readme = tree.text(home / "README.md") if home / "README.md" in tree.files else None
        if manifest is None or readme is None:
            continue  # plugin_is_complete says so
        rows = settings_rows(readme)
        for key in manifest.get("settings", {}):
            if key not in rows:
                yield Finding(home / "README.md", 1, f"found no row `{key}` in a table with the first column "
                                                         f"\"Setting\" or `[{manifest.get('name')}]`")
        for key, line in rows.items():
            if find_setting(manifest, key) is None:
                yield Finding(home / "README.md", line, f"found `{key}`, which is no setting of the manifest")


def settings_rows(markdown):
    """The keys in the first column of the tables whose first column is "Setting", "Key" or `[section]`: {key: line}."""
    rows, within = {}, False
    for number, line in enumerate(markdown.splitlines(), 1):
        if not line.startswith("|"):
            within = False
            continue
        cell = line.split("|")[1].strip()
        if re.fullmatch(r"Settings?|Key|`\[[a-z][a-z0-9-]*\]`", cell):
            within = True
        elif within:
            rows.update((key, number) for key in re.findall(r"`([a-z][\w.*-]*)`", cell))
    return rows


def settings_are_in_the_configuration(tree):
    """Each setting of a manifest is in conf/kavro.ini, written or behind ";", and each one there is a setting."""
    if CONFIGURATION not in tree.files:
        yield Finding(CONFIGURATION, 1, "found no such file, expected every setting in it")
        return
    sections = read_sections(tree.text(CONFIGURATION))
    for name, home in tree.plugins.items():
        manifest = read_manifest(tree, home)
        if manifest is None:
            continue
        line, entries = sections.get(name, (1, {}))
        for key, setting in manifest.get("settings", {}).items():
            candidates = [key] + ([key + "_file"] if setting.get("type") == "secret" else [])
            if key.endswith(".*"):
                candidates = [entry for entry in entries if entry.startswith(key[:-1])] or [key]
            if not any(candidate in entries for candidate in candidates):
                yield Finding(CONFIGURATION, line,
                              f"found no {key} in [{name}], expected a line with it (or \"; {key} = ...\")")
        for key, entry_line in entries.items():
            if find_setting(manifest, key) is None:
                yield Finding(CONFIGURATION, entry_line,
                              f"found {key} in [{name}], which is no setting of its manifest")


def read_sections(ini):
    """{section: (line, {key: line})}, settings behind ";" included."""
    sections, entries = {}, {}
    for number, line in enumerate(ini.splitlines(), 1):
        section = re.fullmatch(r"\s*;?\s*\[([a-z][a-z0-9-]*)\]\s*", line)
        entry = re.match(r"\s*(?:;\s?)?([a-z][\w.-]*)\s*=(?:\s|$)", line)
        if section:
            entries = sections.setdefault(section[1], (number, {}))[1]
        elif entry:
            entries.setdefault(entry[1], number)
    return sections


def find_setting(manifest, key):
    """The key of the manifest that `key` in a file belongs to."""
    settings = manifest.get("settings", {})
    if key in settings:
        return key
    if key.endswith("_file") and settings.get(key[:-5], {}).get("type") == "secret":
        return key[:-5]
    return next((family for family in settings if family.endswith(".*") and key.startswith(family[:-1])), None)


def read_manifest(tree, home):
    path = home / "manifest.json"
    return json.loads(tree.text(path)) if path in tree.files else None


def readme_lists_the_plugins(tree):
    """The README's table whose first column is "Plugin" has one row for each folder under plugins/."""
    text = tree.text(README) if README in tree.files else ""
    table = re.search(r"^\|\s*Plugin\s*\|.*\n\|[-| :]+\|\n((?:\|.*\n?)+)", text or "", re.MULTILINE)
    if not table:
        yield Finding(README, 1, "found no table with the first column \"Plugin\", expected one row for each plugin")
        return
    listed = {}
    for number, row in enumerate(table[1].splitlines(), line_of(text, table.start(1))):
        name = re.match(r"\|[\s\[`*]*([a-z][a-z0-9-]*)", row)
        if name:
            listed[name[1]] = number
    for name in tree.plugins:
        if name not in listed:
            yield Finding(README, line_of(text, table.start()), f"found no row for {name}, which is in plugins/")
    for name, number in listed.items():
        if name not in tree.plugins:
            yield Finding(README, number, f"found {name}, which is not in plugins/")


def links_lead_somewhere(tree):
    """Each relative link of a Markdown file leads to a file or folder of the repository."""
    documents = [path for path in tree.files if path.suffix == ".md"]
    for path, line, match in tree.matches(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", documents):
        if re.match(r"[a-z]+:", match[1]):
            continue
        if not (tree.source / path.parent / match[1]).exists():
            yield Finding(path, line, f"found a link to {match[1]}, which is not there")


RULES = [plugin_is_complete, settings_are_in_the_readme, settings_are_in_the_configuration, readme_lists_the_plugins,
         links_lead_somewhere]
