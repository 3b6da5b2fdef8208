#!/usr/bin/python3
"""The arithmetic of the measurement: ratios, goals, quantiles."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from report import GOALS, Report  # noqa: E402
from scrapes import Page  # noqa: E402

NAME, TOP, BOTTOM, MOST = next(goal for goal in GOALS if goal[1] and goal[3])


def page(counts):
    """A page of which only the histogram matters."""
    made = Page.__new__(Page)
    made.buckets = list(zip((0.001, 0.005, 0.010, float("inf")), counts))
    return made


def report_of(pairs):
    report = Report()
    for repetition, (top, bottom) in enumerate(pairs):
        report.add(TOP, top, "us/probe", repetition)
        report.add(BOTTOM, bottom, "us/probe", repetition)
    return report


class Ratios(unittest.TestCase):
    def ratio(self, pairs):
        return next(row for row in report_of(pairs).results() if row["name"] == NAME)

    def test_a_ratio_is_taken_inside_each_repetition(self):
        row = self.ratio([(10, 100), (40, 200), (90, 300)])
        self.assertEqual((row["value"], row["n"]), (0.2, 3))
        self.assertEqual((row["min"], row["max"]), (0.1, 0.3))

    def test_a_goal_is_met_up_to_its_limit_and_missed_beyond(self):
        self.assertTrue(self.ratio([(MOST, 1)])["met"])
        self.assertFalse(self.ratio([(MOST * 1.01, 1)])["met"])

    def test_a_repetition_that_lost_one_side_gives_no_ratio(self):
        report = report_of([(10, 100)])
        report.add(TOP, 99, "us/probe", 1)
        row = next(row for row in report.results() if row["name"] == NAME)
        self.assertEqual(row["n"], 1)

    def test_what_was_not_measured_is_named(self):
        self.assertNotIn(NAME, report_of([(1, 1)]).missing())
        self.assertIn("scrape.plain", report_of([(1, 1)]).missing())


class Output(unittest.TestCase):
    def test_the_file_holds_name_value_unit_and_spread(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "a/b.json"
            report_of([(1, 2), (3, 4)]).write(path)
            rows = json.loads(path.read_text())
        self.assertEqual(rows[0], {"name": TOP, "value": 2, "unit": "us/probe", "min": 1, "max": 3, "n": 2})

    def test_the_table_says_met_or_missed(self):
        self.assertIn("met", report_of([(1, 1000)]).table())
        self.assertIn("MISSED", report_of([(1000, 1)]).table())


class Lateness(unittest.TestCase):
    def test_it_is_taken_inside_the_bucket(self):
        self.assertAlmostEqual(page((0, 98, 100, 100)).lateness_p99(page((0, 0, 0, 0))), 7.5)

    def test_earlier_probes_do_not_count(self):
        self.assertAlmostEqual(page((0, 100, 1100, 1100)).lateness_p99(page((0, 100, 100, 100))), 9.95)

    def test_beyond_the_last_bound_it_is_that_bound(self):
        self.assertAlmostEqual(page((0, 0, 0, 10)).lateness_p99(page((0, 0, 0, 0))), 10)

    def test_no_probe_at_all_is_an_error(self):
        with self.assertRaises(AssertionError):
            page((1, 1, 1, 1)).lateness_p99(page((1, 1, 1, 1)))


if __name__ == "__main__":
    unittest.main()
