"""What check.py makes of counts: what is over, what is not, and what it says of it."""

import unittest

import check

BUDGET = {"Parse/get": {"instructions": 1000.0, "allocations": 0.0}}


def counts(instructions, allocations=0.0, name="Parse/get"):
    return {name: {"instructions": instructions, "allocations": allocations}}


class CompareTest(unittest.TestCase):
    def test_what_is_within_the_slack_passes(self):
        for instructions in (901.0, 1000.0, 1099.0):
            self.assertEqual(([], []), check.compare(counts(instructions), BUDGET), instructions)

    def test_more_than_the_slack_is_named_with_found_and_budget(self):
        problems, hints = check.compare(counts(1101.0), BUDGET)
        self.assertEqual(["Parse/get: found 1101.0 instructions, expected at most 1100.0: +10.1% against the budget "
                          "of 1000.0"], problems)
        self.assertEqual([], hints)

    def test_much_less_is_a_hint_and_no_problem(self):
        problems, hints = check.compare(counts(899.0), BUDGET)
        self.assertEqual([], problems)
        self.assertEqual(1, len(hints))
        self.assertIn("-10.1%", hints[0])

    def test_an_allocation_more_is_a_problem(self):
        self.assertEqual([], check.compare(counts(1000.0, 0.04), BUDGET)[0])
        self.assertEqual(["Parse/get: found 1.0 allocations, expected at most 0.0"],
                         check.compare(counts(1000.0, 1.0), BUDGET)[0])

    def test_every_piece_has_a_budget_and_every_budget_a_piece(self):
        problems, _ = check.compare(counts(5.0, name="Parse/put"), BUDGET)
        self.assertEqual(["Parse/put: found 5.0 instructions, expected a budget for it",
                          "Parse/get: found no such piece, expected one, as it has a budget"], problems)


class BuildTest(unittest.TestCase):
    RELEASE = {"machine": "x86_64", "compiler": "g++ 12", "build_type": "RelWithDebInfo", "flags": ""}

    def test_the_same_build_is_comparable(self):
        self.assertEqual("", check.why_not_comparable(dict(self.RELEASE), self.RELEASE))

    def test_another_is_not_and_the_reason_is_said(self):
        for name, value in (("machine", "aarch64"), ("compiler", "clang++ 14"), ("build_type", "Debug"),
                            ("flags", "sanitize=thread")):
            reason = check.why_not_comparable(self.RELEASE | {name: value}, self.RELEASE)
            self.assertEqual(f"{name} is '{value}', and the budget is for '{self.RELEASE[name]}'", reason)


if __name__ == "__main__":
    unittest.main()
