"""tools/bench: what becomes of numbers that have been measured; nothing is measured here.

    bench_test.py SOURCE [unittest's options]
"""

import json
import pathlib
import sys
import unittest
import xml.etree.ElementTree

SOURCE = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(SOURCE / "tools/bench"))

import plot
import report
import scenarios
from curve import CONNECTIONS, Curve, Point
from table import Row, Side, p99_at_most, ratio_at_least, ratio_at_most, value_at_least, value_at_most

ABOUT = {"kavro": "1.2.3", "rounds": 3, "seconds": 8, "processor": "A <fast> one", "cores": 2, "kernel": "6", "disk":
         "ext4", "nginx": "nginx/1", "wrk": "wrk 4", "openssl": "OpenSSL 3", "load_average": 0.1}


def row(kavro, beside=None, *marks, p99_ms=()):
    return Row("GET /x", Side("kavro", kavro, p50_ms=[1.0] * len(p99_ms), p99_ms=list(p99_ms)),
               Side("nginx", beside) if beside else None, list(marks))


class Marks(unittest.TestCase):
    def test_without_a_mark_a_row_is_neither_met_nor_missed(self):
        self.assertIsNone(row([1], [1]).met)

    def test_the_ratio_is_the_median_of_the_rounds_ratios_and_not_the_ratio_of_medians(self):
        self.assertEqual(row([10, 20, 90], [10, 40, 30]).ratio, 1)

    def test_at_least_and_at_most_include_the_limit(self):
        for mark, met in ((ratio_at_least(2), True), (ratio_at_least(2.01), False), (ratio_at_most(2), True),
                          (ratio_at_most(1.99), False), (value_at_least(20), True), (value_at_least(21), False),
                          (value_at_most(20), True), (value_at_most(19), False)):
            self.assertIs(row([20], [10], mark).met, met, mark)

    def test_one_missed_mark_of_several_misses_the_row(self):
        several = (ratio_at_least(1), p99_at_most(10))
        self.assertTrue(row([2], [1], *several, p99_ms=[9]).met)
        self.assertFalse(row([2], [1], *several, p99_ms=[11]).met)

    def test_sides_of_unequal_rounds_are_refused(self):
        with self.assertRaises(ValueError):
            row([1, 2], [1]).ratios


class Table(unittest.TestCase):
    def lines(self, *rows, failures=()):
        return report.markdown(rows, failures, ABOUT).splitlines()

    def cells(self, one):
        line = next(line for line in self.lines(one) if line.startswith("| GET /x"))
        return [cell.strip() for cell in line.strip("|").split("|")]

    def test_a_row_has_the_medians_the_spread_and_the_verdict(self):
        self.assertEqual(self.cells(row([3000, 1000, 2000], [1000, 1000, 1000], ratio_at_least(0.85))),
                         ["GET /x", "2,000/s (1,000-3,000)", "", "nginx", "1,000/s (1,000-1,000)", "2.00 (1.00-3.00)",
                          "≥ 0.85 x", "met", ""])

    def test_a_row_with_nothing_beside_it_has_as_many_cells_as_the_head(self):
        found = self.cells(row([20], None, value_at_most(10)))
        self.assertEqual(found, ["GET /x", "20.0/s (20.0-20.0)", "", "", "", "", "≤ 10/s", "**missed**", ""])
        self.assertEqual(len(found), report.HEADER.splitlines()[0].count("|") - 1)

    def test_of_several_marks_the_missed_ones_are_named(self):
        self.assertEqual(self.cells(row([20], [10], ratio_at_least(1), p99_at_most(10), p99_ms=[50]))[7],
                         "**missed** p99 ≤ 10 ms")

    def test_a_disturbed_row_says_so(self):
        disturbed = row([1], [1])
        disturbed.foreign = 0.5
        self.assertEqual(self.cells(disturbed)[7], "disturbed")
        self.assertIn("50% of a core", self.lines(disturbed)[-1])

    def test_what_was_not_measured_is_below_the_table(self):
        self.assertIn("**Not measured.** send: no disk", self.lines(row([1], [1]), failures=["send: no disk"]))

    def test_json_has_each_mark_with_its_verdict(self):
        curves = [Curve("kavro", [Point(1, 10.0, 0.1, 0.2)])]
        found = json.loads(report.as_json([row([3], [2], ratio_at_least(1), value_at_least(4))], [], ABOUT, curves))
        self.assertEqual(found["rows"][0]["ratio"], 1.5)
        self.assertEqual([mark["met"] for mark in found["rows"][0]["marks"]], [True, False])
        self.assertIs(found["rows"][0]["met"], False)
        self.assertEqual(found["latency_against_load"][0]["points"][0]["p99_ms"], 0.2)


class Plot(unittest.TestCase):
    SVG = "{http://www.w3.org/2000/svg}"

    def drawn(self):
        curves = [Curve(name, [Point(count, 1000.0 * number, 0.05 * number, 300.0 * number)
                               for number, count in enumerate(CONNECTIONS, 1)]) for name in ("kavro", "nginx", "poco")]
        return xml.etree.ElementTree.fromstring(plot.svg(curves, ABOUT))

    def test_it_is_well_formed_with_a_line_for_each_server_in_both_panels(self):
        self.assertEqual(len(self.drawn().findall(f"{self.SVG}polyline")), 6)

    def test_everything_is_inside_the_picture(self):
        for line in self.drawn().findall(f"{self.SVG}polyline"):
            for place in line.get("points").split():
                x, y = map(float, place.split(","))
                self.assertTrue(0 <= x <= plot.WIDTH and plot.TOP <= y <= plot.TOP + plot.PANEL_HEIGHT, place)

    def test_servers_axes_and_numbers_of_connections_are_written(self):
        written = {text.text for text in self.drawn().findall(f"{self.SVG}text")}
        self.assertLessEqual({*plot.NAMES.values(), "median", "99th percentile", "answers a second", "1 ms", "64",
                              "1,000"}, written)


class Scenarios(unittest.TestCase):
    def test_the_readme_has_a_row_for_each(self):
        readme = (SOURCE / "tools/bench/README.md").read_text()
        self.assertEqual([name for name in scenarios.ALL if f"\n| `{name}` |" not in readme], [])


if __name__ == "__main__":
    unittest.main()
