"""Phase times against the truth: what vedette and blackbox_exporter report, and what the server did meanwhile.

    /usr/bin/python3 tests/peers/phases_test.py -v

Both are asked in turn, several times per scenario. The error of a phase is |reported - truth|; its median over the
scenarios' medians must not be worse than blackbox_exporter's. Everything else that vedette says must be exactly right.
"""

import os
import statistics
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from certs import Certs  # noqa: E402
from exposition import parse_text, value  # noqa: E402
from nginx import Nginx  # noqa: E402
from phases_facts import expected_facts, wrong_facts  # noqa: E402
from phases_server import Server  # noqa: E402
from phases_table import SCENARIOS  # noqa: E402
from process import Blackbox, Vedette, free_port  # noqa: E402

SANITIZED = bool(os.environ.get("VEDETTE_SANITIZER"))
ROUNDS = 2 if SANITIZED else 8
PHASES = ("resolve", "connect", "tls", "processing", "transfer")
# Server, asker and exporter share two cores with whatever else runs: which of them the kernel wakes first moves a
# median by some tens of microseconds from run to run, and that must not decide who measures better.
TOLERANCE = 50e-6

NGINX = """
  server {
    listen 127.0.0.1:@PORT@ ssl http2;
    ssl_protocols TLSv1.3;
    ssl_certificate @CRT@;
    ssl_certificate_key @KEY@;
    location / { proxy_pass @BACKEND@; proxy_buffering off; }
  }
"""


class Stage:
    """The servers, and both exporters on the same modules."""

    def __init__(self, enter):
        self.certs = Certs.shared()
        self.server = enter(Server(self.certs))
        self.closed_port = free_port()
        self.nginx_port = free_port()
        good = self.certs["good"]
        words = {"PORT": self.nginx_port, "CRT": good.crt, "KEY": good.key, "BACKEND": self.server.url(SCENARIOS[0].hops[0].at)}
        enter(Nginx(good, more=filled(NGINX, words)))
        config = Path(enter(tempfile.TemporaryDirectory(prefix="phases-"))) / "modules.yml"
        config.write_text("modules:\n" + "".join(self.module(number) for number in range(len(SCENARIOS))))
        self.sides = {"vedette": enter(Vedette(config)), "blackbox": enter(Blackbox(config))}

    def module(self, number):
        scenario = SCENARIOS[number]
        http = ", ".join(filter(None, ("preferred_ip_protocol: ip4", filled(scenario.http, {"CA": self.certs.ca_file}))))
        return f"  m{number}: {{prober: http, timeout: {scenario.timeout}, http: {{{http}}}}}\n"

    def target(self, scenario):
        if not scenario.hops:
            return f"http://127.0.0.1:{self.closed_port}/"
        if scenario.nginx:
            return f"https://127.0.0.1:{self.nginx_port}/"
        return self.server.url(scenario.hops[0].at, scenario.host)

    def ask(self, side, scenario):
        """One probe: what it reported, and the truth of it."""
        run = self.server.begin(scenario.hops)
        answer = self.sides[side].probe(self.target(scenario), f"m{SCENARIOS.index(scenario)}")
        assert answer.status == 200, answer.text
        truth = {"resolve": 0.0, **run.truth()}
        if scenario.nginx:
            truth.update(connect=None, tls=None)  # the stamps are of the connection behind nginx
        return parse_text(answer.body), truth


def filled(text, words):
    for name, content in words.items():
        text = text.replace(f"@{name}@", str(content))
    return text


def reported(families, phase):
    found = value(families, "probe_http_duration_seconds", phase=phase)
    return 0.0 if found is None else found


class Tally:
    """Errors in seconds by phase, exporter and scenario."""

    def __init__(self):
        self.errors = {}

    def add(self, side, scenario, families, truth):
        for phase in PHASES:
            if truth[phase] is not None:
                row = self.errors.setdefault((phase, side), {}).setdefault(scenario.name, [])
                row.append(reported(families, phase) - truth[phase])

    def median(self, phase, side):
        """Over the scenarios' own medians, so that each weighs the same."""
        return statistics.median(self.of_scenarios(phase, side).values())

    def of_scenarios(self, phase, side):
        return {name: statistics.median(map(abs, row)) for name, row in self.errors[phase, side].items()}

    def table(self):
        lines = [f"{'median error, us':28}{'scenarios':>10}{'vedette':>10}{'blackbox':>10}"]
        for phase in PHASES:
            ours, theirs = (self.median(phase, side) * 1e6 for side in ("vedette", "blackbox"))
            lines.append(f"{phase:28}{len(self.errors[phase, 'vedette']):10}{ours:10.1f}{theirs:10.1f}")
        return "\n".join(lines)

    def by_scenario(self):
        """Every scenario's signed error, for whoever looks for the cause."""
        lines = [f"{'error, us (vedette/blackbox)':36}" + "".join(f"{phase:>18}" for phase in PHASES)]
        for scenario in SCENARIOS:
            cells = []
            for phase in PHASES:
                pair = [self.errors[phase, side].get(scenario.name) for side in ("vedette", "blackbox")]
                cells.append("/".join(f"{statistics.median(row) * 1e6:.0f}" if row else "-" for row in pair))
            lines.append(f"{scenario.name:36}" + "".join(f"{cell:>18}" for cell in cells))
        return "\n".join(lines)


class PhasesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(cls.enterClassContext)
        cls.tally = Tally()
        cls.complaints = {}
        certs = cls.stage.certs
        facts = {scenario.name: expected_facts(scenario, certs) for scenario in SCENARIOS}
        for side in cls.stage.sides:  # what a process does once (its CA file, its first connection) is not measured
            cls.stage.ask(side, SCENARIOS[0])
        for turn in range(ROUNDS):
            for scenario in SCENARIOS:
                order = ("vedette", "blackbox") if turn % 2 else ("blackbox", "vedette")
                for side in order:
                    families, truth = cls.stage.ask(side, scenario)
                    cls.tally.add(side, scenario, families, truth)
                    if side == "vedette":
                        cls.complaints.setdefault(scenario.name, []).extend(wrong_facts(families, facts[scenario.name]))

    @classmethod
    def tearDownClass(cls):
        print("\n" + cls.tally.by_scenario() + "\n\n" + cls.tally.table(), file=sys.stderr)

    def test_there_are_enough_scenarios(self):
        self.assertGreaterEqual(len({scenario.name for scenario in SCENARIOS}), 40)
        self.assertEqual(len({scenario.name for scenario in SCENARIOS}), len(SCENARIOS))

    def test_the_server_did_what_it_was_told(self):
        self.assertEqual(self.stage.server.problems, [])

    def test_every_fact_is_right(self):
        for scenario in SCENARIOS:
            with self.subTest(scenario=scenario.name):
                self.assertEqual(sorted(set(self.complaints[scenario.name])), [])

    if os.environ.get("VEDETTE_TIMING"):  # `./dev bench` sets it: beside other work, or unoptimised, times say nothing

        def test_no_phase_is_further_from_the_truth_than_the_peers(self):
            for phase in PHASES:
                with self.subTest(phase=phase):
                    ours, theirs = (self.tally.median(phase, side) for side in ("vedette", "blackbox"))
                    said = f"{phase}: {ours * 1e6:.0f} us, peer {theirs * 1e6:.0f} us"
                    self.assertLessEqual(ours, theirs + TOLERANCE, said)


if __name__ == "__main__":
    unittest.main()
