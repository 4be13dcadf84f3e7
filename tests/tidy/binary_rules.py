"""Rules about what was built: the libraries of the plugins and the program. Needs the build folder, nm and readelf."""

import pathlib
import subprocess

from tree import Finding

ENTRY = "kavro_plugin"


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def libraries(tree):
    return sorted((tree.build / "plugins").glob("*.so"))


def one_symbol_per_plugin(tree):
    """Each plugin's library is there and exports exactly one symbol, kavro_plugin."""
    built = {library.stem for library in libraries(tree)}
    for name, home in tree.plugins.items():
        if name not in built:
            yield Finding(home, 1, f"found no {tree.build.name}/plugins/{name}.so: build it first")
    for library in libraries(tree):
        symbols = [line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines()]
        if symbols != [ENTRY]:
            yield Finding(source_of(tree, library), 1,
                          f"found the exported symbols {', '.join(symbols[:5]) or 'none'}, expected only {ENTRY}")


def source_of(tree, library):
    return tree.plugins.get(library.stem, pathlib.Path("sdk/examples") / library.stem)


def plugins_need_no_plugin(tree):
    """No plugin's library needs another's, or the program."""
    for library in libraries(tree):
        for needed in needed_by(library):
            if needed in {other.name for other in libraries(tree)} or "kavro" in needed.lower():
                yield Finding(source_of(tree, library), 1, f"found that {library.name} needs {needed}")


def program_links_no_plugin(tree):
    """The kavro program contains and needs no plugin."""
    program = tree.build / "bin" / "kavro"
    kernel = pathlib.Path("kernel/CMakeLists.txt")
    if not program.is_file():
        yield Finding(kernel, 1, f"found no {tree.build.name}/bin/kavro: build it first")
        return
    for command in (("nm",), ("nm", "-D")):
        for line in run(*command, program).splitlines():
            kind, symbol = line.split()[-2:]
            if symbol == ENTRY and kind != "U":
                yield Finding(kernel, 1, f"found the symbol {ENTRY} in the program: a plugin is linked into it")
    for needed in needed_by(program):
        if needed in {library.name for library in libraries(tree)}:
            yield Finding(kernel, 1, f"found that the program needs {needed}")


def needed_by(file):
    for line in run("readelf", "-d", file).splitlines():
        if "(NEEDED)" in line:
            yield line.partition("[")[2].rstrip("]")


RULES = [one_symbol_per_plugin, plugins_need_no_plugin, program_links_no_plugin]
