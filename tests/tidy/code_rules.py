"""Rules about the code: who may include and name whom, and files that nobody uses."""

import pathlib
import re

from tree import CXX_SUFFIXES, Finding

# Names of plugins that are also words of any HTTP server, so that only the whole string counts as the plugin's name.
COMMON_WORDS = {"keys", "headers", "metrics"}
FEATURE_WORDS = {"limiter", "login", "inbox", "ciphertext", "argon2", "bcrypt", "fernet", "x25519"}
# What of the SDK is more than the C boundary needs, and may use the system; the plugins that include it do already.
SDK_ON_POSIX = {"client_address.hpp", "line_target.hpp", "line_writer.hpp"}
POSIX_HEADERS = {"arpa/inet.h", "fcntl.h", "netinet/in.h", "poll.h", "pthread.h", "signal.h", "sys/file.h", "sys/socket.h",
                 "sys/stat.h", "unistd.h"}
# Names that other people's libraries have given, such as SQLITE_AUTH.
FOREIGN = re.compile(r"(?:SQLITE|SSL|POCO|BOOST|EVP|OPENSSL)_\w+")
OUR_FOLDERS = {"kernel", "plugins", "tests", "tools", "sdk"}


def plugin_includes(tree):
    """A plugin includes <kavro/...>, its own folder and system libraries; the SDK's example the same."""
    homes = list(tree.plugins.values()) + [pathlib.Path("sdk/examples/hello")]
    for home in homes:
        for path in tree.within(home.parts[0], suffixes=CXX_SUFFIXES):
            if home not in path.parents:
                continue
            for line, quoted, name in tree.includes(path):
                problem = include_problem(tree, home, path, quoted, name)
                if problem:
                    yield Finding(path, line, f"found {name!r}, {problem}")


def include_problem(tree, home, path, quoted, name):
    if name.startswith("kavro/"):
        if not (tree.source / "sdk/include" / name).is_file():
            return "which is not in sdk/include"
        return None
    if name.split("/")[0] in OUR_FOLDERS or ".." in name.split("/"):
        return "expected <kavro/...>, the plugin's own files, or a system library"
    if quoted and not ((tree.source / path.parent / name).is_file() or (tree.source / home / name).is_file()):
        return f"which is not in {home}"
    return None


def plugin_links(tree):
    """A plugin links kavro::sdk, kavro::build_flags, its own parts and system libraries; it adds no other folder."""
    for name, home in tree.plugins.items():
        own = name.replace("-", "_")
        lists = [path for path in tree.files if path.name == "CMakeLists.txt" and home in path.parents]
        for path, line, match in tree.matches(r"\bkavro::(\w+)|add_subdirectory\((.*?)\)", lists):
            target = match[1]
            if target is not None and target not in ("sdk", "build_flags") and not target.startswith(own):
                yield Finding(path, line,
                              f"found {match[0]}, expected kavro::sdk, kavro::build_flags or kavro::{own}...")
            if match[2] is not None and ".." in match[2]:
                yield Finding(path, line, f"found {match[0]}, expected only folders within {home}")


def sdk_includes(tree):
    """The SDK includes itself and the standard library; the C boundary only C's <stddef.h> and <stdint.h>;
    SDK_ON_POSIX the system's too."""
    for path in tree.within("sdk", suffixes=CXX_SUFFIXES):
        if path.parts[:2] != ("sdk", "include"):
            continue
        is_c = "abi" in path.parts
        for line, quoted, name in tree.includes(path):
            own = (tree.source / path.parent / name).resolve() if quoted else tree.source / "sdk/include" / name
            if own.is_file() and own.is_relative_to(tree.source / "sdk/include"):
                continue
            if not is_c and not quoted and "/" not in name and not name.endswith(".h"):
                continue
            if is_c and not quoted and name in ("stddef.h", "stdint.h"):
                continue
            if path.name in SDK_ON_POSIX and not quoted and name in POSIX_HEADERS:
                continue
            yield Finding(path, line, f"found {name!r}, expected a header of the SDK or of the standard library")


def kernel_names_no_feature(tree):
    """The kernel knows no plugin and no feature: none of their names in its identifiers and strings."""
    distinct = (set(tree.plugins) - COMMON_WORDS) | FEATURE_WORDS
    for path in tree.within("kernel", suffixes=CXX_SUFFIXES):
        included = {line for line, _, _ in tree.includes(path)}
        for line, kind, text in tree.tokens(path):
            if line in included or FOREIGN.fullmatch(text):
                continue
            whole = text.strip('"')
            found = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", whole)) if kind == "string" else words_of(text)
            found &= distinct
            if kind == "string" and (whole in tree.plugins or any(f"/{name}/" in whole for name in tree.plugins)):
                found.add(whole)
            if found:
                yield Finding(path, line,
                              f"found {', '.join(sorted(found))} in {text}, expected a kernel that knows no feature")


def words_of(identifier):
    """rateLimit_max -> rate, limit, max, and the whole."""
    parts = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", identifier)
    return {part.lower() for part in parts} | {identifier.lower()}


def sources_are_built(tree):
    """Every .cpp is named in the CMakeLists.txt of its folder or of one above."""
    for path in tree.files:
        if path.suffix not in (".cpp", ".c") or path.parts[0] not in OUR_FOLDERS:
            continue
        lists = [folder / "CMakeLists.txt" for folder in path.parents]
        name = re.compile(rf"(?<![\w-]){re.escape(path.name)}(?!\w)")
        if not any(name.search(tree.text(candidate)) for candidate in lists if candidate in tree.files):
            # What a script compiles itself (a benchmark's, a test's) it names.
            scripts = [p for p in tree.files if p.parent == path.parent and p.suffix in ("", ".py", ".sh")]
            if not any(path.name in (tree.text(script) or "") for script in scripts):
                yield Finding(path, 1, "found no CMakeLists.txt that builds this file: a dead file")


def headers_are_included(tree):
    """Every header is included by somebody; the SDK's are for others."""
    included = {pathlib.PurePosixPath(name).name
                for path in tree.within(*OUR_FOLDERS, suffixes=CXX_SUFFIXES)
                for _, _, name in tree.includes(path)}
    for path in tree.within("kernel", "plugins", "tests", "tools", suffixes=(".hpp", ".h")):
        if path.name not in included:
            yield Finding(path, 1, "found nobody who includes this file: a dead file")


RULES = [plugin_includes, plugin_links, sdk_includes, kernel_names_no_feature, sources_are_built, headers_are_included]
