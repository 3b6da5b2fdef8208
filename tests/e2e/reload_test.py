"""A reload is all or nothing, keeps what stays, and disturbs no probe; a stop never looks like an outage."""

import os
import re
import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from exposition import parse_text, samples, value  # noqa: E402
from process import vedette_on, wait_until  # noqa: E402
from website import Site, reply  # noqa: E402

SANITIZED = bool(os.environ.get("VEDETTE_SANITIZER"))
MODULES = "modules: {m: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4}}}\n"


def config_of(site, count, interval="200ms", extra=""):
    lines = [MODULES, "targets:\n"]
    for number in range(count):
        lines.append(f"  - {{name: t{number:03}, url: '{site.url(f'/{number}')}', module: m, interval: {interval}}}\n")
    return "".join(lines) + extra


class Counters:
    """Every counter and bucket of the targets, checked to only ever grow."""

    def __init__(self, test):
        self.test = test
        self.last = {}

    def look(self, agent):
        families = parse_text(agent.get("/metrics").body)
        for family in families.values():
            if family.kind not in ("counter", "histogram") or not family.name.startswith("vedette_probe_"):
                continue
            for sample in family.samples:
                before = self.last.get(sample.key, 0)
                self.test.assertGreaterEqual(sample.value, before, f"{sample.key} fell")
                self.last[sample.key] = sample.value
        return families


class ReloadTest(unittest.TestCase):
    def test_a_hundred_reloads_under_load_disturb_nothing(self):
        with Site({}, default=reply(body=b"hi")) as site:
            with vedette_on(config_of(site, 40)) as agent:
                counters = Counters(self)
                agent.await_true(lambda: len(samples(counters.look(agent), "probe_success")) == 40, 20, "all probed")
                for turn in range(100):
                    odd = config_of(site, 40, extra=f"  - {{name: extra{turn}, url: '{site.url('/x')}', module: m}}\n")
                    agent.config_path.write_text(odd if turn % 2 else config_of(site, 40))
                    self.assertEqual(agent.get("/-/reload", method="POST").status, 200)
                    if turn % 10 == 0:
                        counters.look(agent)
                families = counters.look(agent)
                self.assertEqual(value(families, "vedette_config_reloads_total"), 101)
                self.check_pace(site)
                for sample in samples(families, "vedette_probe_results_total", result="failure"):
                    self.assertEqual(sample.value, 0, sample.key)

    def check_pace(self, site):
        """No target twice within a slot, none left out: the gaps between its requests are its interval."""
        arrivals = {}
        for request in list(site.requests):
            arrivals.setdefault(request.path, []).append(request.arrived)
        slack = 0.19 if SANITIZED else 0.12
        for number in range(40):
            times = arrivals[f"/{number}"]
            gaps = [after - before for before, after in zip(times, times[1:])]
            self.assertGreater(min(gaps), 0.2 - slack, f"target {number} was probed twice")
            self.assertLess(sorted(gaps)[len(gaps) // 2], 0.2 + slack, f"target {number} lags")

    def test_a_bad_file_changes_nothing_and_names_every_error(self):
        with Site({}, default=reply(body=b"hi")) as site, vedette_on(config_of(site, 2)) as agent:
            good = agent.get("/config").text
            bad = config_of(site, 2).replace("timeout: 3s", "timeout: soon, tiemout: 1s") + "nonsense: 1\n"
            agent.config_path.write_text(bad)
            answer = agent.get("/-/reload", method="POST")
            self.assertEqual(answer.status, 500)
            self.assertRegex(answer.text, r"^failed to reload config: ")
            for words in (r":1: modules\.m\.timeout:", r":1: modules\.m\.tiemout: unknown key", r"nonsense: unknown key"):
                self.assertRegex(answer.text, words)
            families = parse_text(agent.get("/metrics").body)
            self.assertEqual(value(families, "vedette_config_last_reload_successful"), 0)
            self.assertEqual(agent.get("/config").text, good)
            self.assertEqual(agent.get("/-/ready").status, 200)
            agent.config_path.write_text(config_of(site, 2))
            agent.send(signal.SIGHUP)
            wait_until(lambda: value(parse_text(agent.get("/metrics").body), "vedette_config_last_reload_successful") == 1,
                       10, "SIGHUP reloads")

    def test_a_changed_file_is_noticed_when_asked_for(self):
        flags = ["--config.enable-auto-reload", "--config.auto-reload-interval=1"]
        with Site({}, default=reply(body=b"hi")) as site, vedette_on(config_of(site, 1), flags) as agent:
            agent.config_path.write_text(config_of(site, 3))
            agent.await_true(lambda: value(parse_text(agent.get("/metrics").body), "vedette_scheduler_targets") == 3, 15,
                             "three targets")

    def test_a_broken_file_is_tried_once_and_the_log_says_what_stays(self):
        flags = ["--config.enable-auto-reload", "--config.auto-reload-interval=1"]
        with Site({}, default=reply(body=b"hi")) as site, vedette_on(config_of(site, 1), flags) as agent:
            def reloads():
                return value(parse_text(agent.get("/metrics").body), "vedette_config_reloads_total")

            agent.config_path.write_text(config_of(site, 1, extra="nonsense: 1\n"))
            agent.await_log("msg=\"reload failed, the old configuration stays in force\"")
            tried, asked = reloads(), len(site.requests)
            agent.await_true(lambda: len(site.requests) > asked + 14, 20, "probes of three more looks at the file")
            self.assertEqual(reloads(), tried)
            agent.config_path.write_text(config_of(site, 2))
            agent.await_true(lambda: value(parse_text(agent.get("/metrics").body), "vedette_scheduler_targets") == 2, 15,
                             "two targets")
            self.assertEqual(reloads(), tried + 1)
            self.assertEqual(agent.log().count("nonsense: unknown key"), 1)

    def test_a_target_that_goes_takes_its_series_with_it(self):
        with Site({}, default=reply(body=b"hi")) as site, vedette_on(config_of(site, 3)) as agent:
            agent.await_true(lambda: b't002' in agent.get("/metrics").body, 10, "the third target")
            agent.config_path.write_text(config_of(site, 2))
            self.assertEqual(agent.get("/-/reload", method="POST").status, 200)
            self.assertNotIn(b"t002", agent.get("/metrics").body)

    def test_a_stop_waits_for_runs_and_calls_nothing_down(self):
        slow = reply(chunks=[b"a", 0.5, b"b"])
        with Site({}, default=slow) as site, vedette_on(config_of(site, 20, interval="1s")) as agent:
            agent.await_true(lambda: len(site.requests) >= 10, 20, "runs under way")
            agent.send(signal.SIGTERM)
            self.assertEqual(agent.await_exit(20), 0)
            self.assertNotIn("target is down", agent.log())
            self.assertRegex(agent.log(), re.compile("msg=ended"))

    def test_a_stop_ends_within_its_grace_period(self):
        with Site({}, default=reply(chunks=[b"a", 30, b"b"])) as site:
            config = config_of(site, 5, interval="1s").replace("timeout: 3s", "timeout: 60s")
            with vedette_on(config, ["--shutdown.grace=1s"]) as agent:
                agent.await_true(lambda: len(site.requests) >= 1, 20, "runs under way")
                agent.send(signal.SIGTERM)
                self.assertEqual(agent.await_exit(10), 0)
                self.assertNotIn("target is down", agent.log())

    def test_a_second_signal_ends_at_once(self):
        with Site({}, default=reply(chunks=[b"a", 30, b"b"])) as site:
            with vedette_on(config_of(site, 1).replace("timeout: 3s", "timeout: 60s"), ["--shutdown.grace=60s"]) as agent:
                agent.await_true(lambda: len(site.requests) >= 1, 20, "a run under way")
                agent.send(signal.SIGTERM)
                agent.await_log("msg=ending signal=SIGTERM")
                agent.send(signal.SIGINT)
                self.assertEqual(agent.await_exit(5), 1)
                self.assertRegex(agent.log(), r'level=WARN msg="ended at once by a second signal, [^"]*" signal=SIGINT')
                self.assertNotRegex(agent.log(), r"msg=ended\b")


if __name__ == "__main__":
    unittest.main()
