#!/usr/bin/env python3
"""The agent against every behaviour of the fault server, asked through /probe and as targets of its own.

For each: the verdict of faults_table.py, over in time, little memory, no storm of connections, no descriptor left
behind, and a healthy neighbour that notices nothing.
"""

import contextlib
import math
import re
import sys
import tempfile
import time
import unittest
from pathlib import Path

import faults_asking
import faults_table
from exposition import parse_text, samples, value
from faults_asking import MEGABYTE, TIMEOUT, Memory, sanitized
from process import Process, Vedette, wait_until

SLACK = 1.5 if sanitized() else 0.5  # seconds after the timeout
MEMORY = (300 if sanitized() else 20) * MEGABYTE
# A loop that is held up by one target shows at once (a gzip bomb costs seconds); a busy machine must not.
NEIGHBOUR_P90, NEIGHBOUR_P99 = (1.0, 1.0) if sanitized() else (0.1, 0.5)
DESCRIPTORS = 4  # kept-alive scrapes and the like
CONNECTIONS = 2  # a run, unless it follows redirects
HOPS = {"redirect_chain": 11, "redirect_self": 11, "redirect_slow_chain": 11}

SETTLING = 30 if sanitized() else 10


def await_descriptors(exporter, before):
    """Fails when descriptors beyond the earlier count stay open."""
    wait_until(lambda: exporter.descriptors() <= before + DESCRIPTORS, SETTLING,
               f"descriptors to fall from {exporter.descriptors()} to {before}")


class Refusing(unittest.TestCase):
    """Tables are judged whole: one failure names every row that is wrong."""

    def refuse(self, complaints):
        found = list(complaints)
        if found:
            self.fail(f"{len(found)} of {len(self.rows)} rows:\n" + "\n".join(found))


class ThroughProbe(Refusing):
    """All rows are asked once in setUpClass; the tests look at what came back."""

    @classmethod
    def setUpClass(cls):
        cls.asker = cls.enterClassContext(faults_asking.asked_exporter(Vedette))
        cls.rows = faults_table.rows()
        named = {row.name: row for row in cls.rows}
        # What is set up once (libraries, certificates, threads of the web side) belongs to the baseline.
        cls.asker.ask_all([named["healthy"], named["h2_healthy"]] * 8)
        cls.asker.await_quiet()
        cls.descriptors = cls.asker.exporter.descriptors()
        memory = Memory(cls.asker.exporter.pid).reset()
        cls.outcomes = cls.asker.ask_all([row for row in cls.rows if row.fault not in faults_table.GREEDY], together=6)
        cls.grown_together = memory.grown()
        for row in cls.rows:
            if row.fault in faults_table.GREEDY:
                cls.outcomes[row.name] = cls.asker.ask_alone(row)

    def test_verdict_and_reason(self):
        self.refuse(f"{row.name}: {outcome}, wanted {' or '.join(row.verdicts)}"
                    for row, outcome in self.pairs() if outcome.verdict not in row.verdicts)

    def test_over_in_time(self):
        self.refuse(f"{row.name}: {outcome}" for row, outcome in self.pairs()
                    if max(outcome.seconds, outcome.wall) > TIMEOUT + SLACK)

    def test_no_storm_of_connections(self):
        self.refuse(f"{row.name}: {outcome.connections} connections" for row, outcome in self.pairs()
                    if outcome.connections > HOPS.get(row.fault, CONNECTIONS))

    def test_little_memory(self):
        self.assertLessEqual(self.grown_together, MEMORY, "all modest behaviours together")
        self.refuse(f"{row.name}: {outcome.grown / MEGABYTE:.1f} MB" for row, outcome in self.pairs()
                    if outcome.grown > MEMORY)

    def pairs(self):
        return [(row, self.outcomes[row.name]) for row in self.rows]

    def test_nothing_stays_open(self):
        self.asker.await_quiet()
        await_descriptors(self.asker.exporter, self.descriptors)

    def test_fault_server_itself_is_well(self):
        self.assertEqual(self.asker.server.errors, [])


@contextlib.contextmanager
def neighbour_site():
    """The URL of a good site in a process of its own, which no flood of the fault server can delay."""
    script = Path(faults_asking.__file__).resolve().parents[1] / "support" / "faults.py"
    with Process([sys.executable, script, "healthy"], name="neighbour") as site:
        yield site.await_log(r"(http://127\.0\.0\.1:\d+/) +healthy").group(1)


class AsTargets(Refusing):
    """All rows as targets at once, each twice, beside a neighbour that is asked ten times a second."""

    # All behaviours come from one process, which floods keep busy: so they are spread, and get time. Less than three
    # seconds, though: after that never_reads resets, and redirect_slow_chain has been through all its hops.
    INTERVAL, TIMEOUT = 20, 2.0

    @classmethod
    def setUpClass(cls):
        cls.server, cls.urls = cls.enterClassContext(faults_asking.fault_world())
        directory = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.site = cls.enterClassContext(neighbour_site())
        cls.rows = faults_table.rows()
        cls.config = Path(directory) / "vedette.yml"
        cls.modules = faults_asking.modules_text(directory)
        cls.config.write_text(cls.modules + cls.targets_text([]))
        cls.agent = cls.enterClassContext(Vedette(cls.config))
        wait_until(lambda: cls.runs("neighbour") >= 3, SETTLING, "the neighbour's first runs")
        cls.descriptors = cls.agent.descriptors()
        cls.watch_all()

    @classmethod
    def watch_all(cls):
        """Reloads with all rows, waits for two rounds, keeps what /metrics said, reloads without them."""
        memory = Memory(cls.agent.pid).reset()
        before, begin = cls.runs("neighbour"), time.monotonic()
        cls.reload(cls.rows)
        wait_until(lambda: all(cls.runs(row.name) >= 2 for row in cls.rows), 3 * cls.INTERVAL + SETTLING,
                   "two runs of every target", step=0.25)
        cls.families = cls.scrape()
        cls.neighbour_runs = cls.runs("neighbour", cls.families) - before
        cls.elapsed = time.monotonic() - begin
        cls.connections = {name: counts.connections for name, counts in cls.server.counts.items()}
        cls.grown = memory.grown()
        cls.reload([])

    @classmethod
    def targets_text(cls, rows):
        lines = ["targets:", f"  - {{name: neighbour, url: '{cls.site}', module: plain, interval: 100ms}}"]
        for row in rows:
            url = cls.urls.get(row.fault) or cls.server.url(row.fault)
            lines.append(f"  - {{name: {row.name}, url: '{url}', module: {row.module}, interval: {cls.INTERVAL}s,"
                         f" timeout: {cls.TIMEOUT * 1000:.0f}ms}}")
        return "\n".join(lines) + "\n"

    @classmethod
    def reload(cls, rows):
        cls.config.write_text(cls.modules + cls.targets_text(rows))
        answer = cls.agent.get("/-/reload", method="POST", data=b"")
        if answer.status != 200:
            raise AssertionError(f"reload: {answer.status} {answer.text}")

    @classmethod
    def scrape(cls):
        return parse_text(cls.agent.get("/metrics").body)

    @classmethod
    def runs(cls, target, families=None):
        """How often a target was probed."""
        found = samples(families or cls.cached(), "vedette_probe_results_total", target=target)
        return sum(sample.value for sample in found)

    @classmethod
    def cached(cls):
        """One scrape for a burst of questions."""
        now = time.monotonic()
        if now - getattr(cls, "cached_at", -math.inf) > 0.2:
            cls.cached_at, cls.cache = now, cls.scrape()
        return cls.cache

    def test_verdict_and_reason(self):
        said = {row: faults_asking.verdict(self.families, target=row.name) for row in self.rows}
        self.refuse(f"{row.name}: {verdict}, wanted {' or '.join(row.verdicts)}"
                    for row, verdict in said.items() if verdict not in row.verdicts)

    def test_results_are_counted_as_they_are(self):
        for row in self.rows:
            up, down = self.results(row.name, "success"), self.results(row.name, "failure")
            with self.subTest(row.name):
                self.assertGreaterEqual(up + down, 2)
                if "up" not in row.verdicts:
                    self.assertEqual(up, 0)
                elif len(row.verdicts) == 1:
                    self.assertEqual(down, 0)

    def results(self, target, result):
        return value(self.families, "vedette_probe_results_total", target=target, result=result) or 0

    def test_over_in_time(self):
        took = {row.name: value(self.families, "probe_duration_seconds", target=row.name) for row in self.rows}
        self.refuse(f"{name}: {seconds} s" for name, seconds in took.items()
                    if seconds is None or seconds > self.TIMEOUT + SLACK)

    def test_no_storm_of_connections(self):
        for fault, count in self.connections.items():
            runs = sum(self.runs(row.name, self.families) + 1 for row in self.rows if row.fault == fault)
            with self.subTest(fault):
                self.assertLessEqual(count, HOPS.get(fault, CONNECTIONS) * runs)

    def test_little_memory(self):
        self.assertLessEqual(self.grown, 3 * MEMORY, "all behaviours at once")

    def test_nothing_stays_open(self):
        wait_until(lambda: self.server.open_links() == 0, SETTLING, "all connections to the fault server to end")
        await_descriptors(self.agent, self.descriptors)

    def test_removed_targets_take_their_series_with_them(self):
        page = self.agent.get("/metrics").text
        self.assertEqual(set(re.findall(r'target="([^"]+)"', page)), {"neighbour"})

    def test_the_neighbour_notices_nothing(self):
        self.assertEqual(self.results("neighbour", "failure"), 0)
        self.assertGreaterEqual(self.neighbour_runs, 0.8 * self.elapsed / 0.1 if not sanitized() else self.elapsed)
        self.assertLessEqual(self.neighbour_quantile(0.90), NEIGHBOUR_P90)
        self.assertLessEqual(self.neighbour_quantile(0.99), NEIGHBOUR_P99)

    def neighbour_quantile(self, rank):
        """The upper end of the bucket in which that share of all runs lies."""
        buckets = sorted((float(sample.labels["le"]), sample.value) for sample in
                         samples(self.families, "vedette_probe_duration_seconds_bucket", target="neighbour"))
        self.assertTrue(buckets, "no histogram")
        return next(bound for bound, count in buckets if count >= rank * buckets[-1][1])

    def test_fault_server_itself_is_well(self):
        self.assertEqual(self.server.errors, [])


if __name__ == "__main__":
    unittest.main()
