"""What a reader would trip over.

    tidy.py --source FOLDER [--build FOLDER] [RULE ...]     checks; prints FILE:LINE: what is wrong; 1 when anything is
    tidy.py --list                                          the rules

Without names every rule is checked; those about libraries need --build.
"""

import argparse
import sys

import binary_rules
import code_rules
import document_rules
import text_rules
import tree

SOURCE_RULES = text_rules.RULES + code_rules.RULES + document_rules.RULES
RULES = {rule.__name__: rule for rule in SOURCE_RULES + binary_rules.RULES}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=".")
    parser.add_argument("--build")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("rules", nargs="*", metavar="RULE")
    arguments = parser.parse_args()
    if arguments.list:
        for name, rule in RULES.items():
            print(f"{name:36} {rule.__doc__}")
        return 0
    names = arguments.rules or [name for name in RULES if arguments.build or RULES[name] in SOURCE_RULES]
    unknown = [name for name in names if name not in RULES]
    if unknown:
        parser.error(f"no such rule: {', '.join(unknown)}; --list shows them")
    repository = tree.Tree(arguments.source, arguments.build)
    findings = 0
    for name in names:
        for finding in RULES[name](repository):
            print(f"{finding} ({name})")
            findings += 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
