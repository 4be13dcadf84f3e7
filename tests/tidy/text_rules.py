"""Rules about any file: what must not be in it, and how long it may be.

The patterns have a bracket in their middle so that this file does not match them.
"""

from tree import Finding

LINES_MAX = 600
MACHINE = r"(?<![\w./-])/(?:w[o]rk|r[o]ot|h[o]me)/[\w.]|/tmp/b[a]sh|/tmp/k[a]vro_|/tmp/b[u]ild"
UNFINISHED = r"\bT[O]DO\b|\bF[I]XME\b|\bX[X]X\b|\bH[A]CK\b"
# At the beginning of a line or a string: a message that only names the form of such a file is none.
PRIVATE_KEY = r"(?m)(?:^[ \t/#*;]*|[\"'`])[ (]*-----B[E]GIN [A-Z ]*PRIVATE KEY-----"
TOKEN = r"\bey[J][\w-]{12,}\.[\w-]{12,}\.[\w-]{12,}|\bgA[A]AAA[\w-]{60,}|(?<![\w/+=-])[\w-]{43}=(?![\w=])"
WRITTEN_SECRET = r"(?im)^\s*(?:\w*secret|\w*password|keys?)\s*=\s*[^\s;]{16,}\s*$"


def no_machine_paths(tree):
    """No path of the machine on which something was written."""
    for path, line, match in tree.matches(MACHINE, tree.files):
        yield Finding(path, line,
                      f"found {match[0]!r}, expected no path of one machine: use relative or temporary ones")


def no_unfinished(tree):
    """Nothing is marked as to be done: it is done, or it is an issue."""
    for path, line, match in tree.matches(UNFINISHED, tree.files):
        yield Finding(path, line, f"found {match[0]!r}, expected it to be done, or to be an issue instead")


def no_secrets(tree):
    """No private key, token or secret, made for tests or not; tests may hold published test vectors of tokens."""
    for path, line, _ in tree.matches(PRIVATE_KEY, tree.files):
        yield Finding(path, line, "found a private key: make it when it is needed, and change it where it was used")
    for path, line, match in tree.matches(TOKEN, [p for p in tree.files if p.parts[0] != "tests"]):
        yield Finding(path, line, f"found what looks like a token or key ({match[0][:12]}...)")
    for path, line, _ in tree.matches(WRITTEN_SECRET, tree.within("conf")):
        yield Finding(path, line, "found a secret in a configuration: name a file with it (key_file = ...)")


def file_length(tree):
    """No file is longer than 600 lines."""
    for path in tree.files:
        text = tree.text(path)
        lines = text.count("\n") if text is not None else 0
        if lines > LINES_MAX:
            yield Finding(path, LINES_MAX + 1, f"found {lines} lines, expected at most {LINES_MAX}: "
                                               "what is the second thing in this file?")


RULES = [no_machine_paths, no_unfinished, no_secrets, file_length]
