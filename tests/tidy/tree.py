"""The files that the rules look at, and what a rule finds."""

import dataclasses
import functools
import pathlib
import re

SKIPPED_FOLDERS = re.compile(r"\.git|build|build-.*|var|__pycache__|\.cache|\.vscode|\.idea")
CXX_SUFFIXES = (".hpp", ".cpp", ".h", ".c")
CXX_TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)'
    r'|(?P<string>R"(?P<mark>[^()\\ ]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*")'
    r"|(?P<character>'(?:\\.|[^'\\\n])+')"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<number>\d[\w'.]*)",
    re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Finding:
    path: pathlib.Path  # relative to the tree
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Tree:
    def __init__(self, source, build=None):
        self.source = pathlib.Path(source).resolve()
        self.build = pathlib.Path(build).resolve() if build else None

    @functools.cached_property
    def files(self):
        """Every file of the repository, relative to it; what builds and runs leave behind is not looked at."""
        found = []
        pending = [self.source]
        while pending:
            for entry in sorted(pending.pop().iterdir()):
                if entry.is_symlink():
                    continue
                if entry.is_dir():
                    if not SKIPPED_FOLDERS.fullmatch(entry.name):
                        pending.append(entry)
                else:
                    found.append(entry.relative_to(self.source))
        return sorted(found)

    def within(self, *folders, suffixes=None):
        for path in self.files:
            if path.parts[0] in folders and (suffixes is None or path.suffix in suffixes):
                yield path

    @functools.cache
    def text(self, path):
        """The content, or None when it is not text."""
        try:
            return (self.source / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return None

    def matches(self, pattern, paths):
        """(path, line, match) for each match of the pattern in the files."""
        for path in paths:
            text = self.text(path)
            for match in re.finditer(pattern, text) if text is not None else ():
                yield path, line_of(text, match.start()), match

    def includes(self, path):
        """(line, quoted, name) for each #include."""
        text = self.text(path)
        for match in INCLUDE.finditer(text):
            yield line_of(text, match.start()), match[1] == '"', match[2]

    def tokens(self, path):
        """(line, kind, text) of the C++ tokens that are words or strings; comments are left out."""
        text = self.text(path)
        for match in CXX_TOKEN.finditer(text):
            if match.lastgroup in ("string", "word") or match["string"] is not None:
                kind = "string" if match["string"] is not None else "word"
                yield line_of(text, match.start()), kind, match[0]

    @property
    def plugins(self):
        """The folders under plugins/, by name."""
        folder = self.source / "plugins"
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
        return {name: pathlib.Path("plugins") / name for name in names}


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
