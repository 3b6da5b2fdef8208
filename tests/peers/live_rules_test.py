#!/usr/bin/python3
"""Every rule of alerts/rules answers on a live stack in which its trouble was made to happen.

Each side of an outermost `or` of each expression has to return data, and so has what an `unless` leaves out. Every selector has to find live
series, every label that it or a grouping names has to exist. One table says how each rule was shown.
"""

import re
import sys
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/peers")]

import live_rules_promql as promql  # noqa: E402
from live_rules_stack import CERTIFICATES, INVALID, RULES, Stack  # noqa: E402
from process import http_get  # noqa: E402

LIMIT = 120.0  # seconds; a machine that has nothing else to do takes 20
# The disk is real and has room: of these, the part that may be used is compared with everything.
THRESHOLDS = {name: (r"< 0\.\d+", "< 1.01") for name in ("HostDiskFull", "HostDiskFills", "HostInodesLow")}
# True until the first agent is scraped.
BEFORE = "VedetteBlind"
# Where one answer is not enough: the values that a label must show.
EACH = {
    "SiteCertificateInvalid": ("target", set(INVALID)),
    "SiteRedirectBroken": ("target", {"circle", "nowhere"}),
    "SiteLatencyUnusual": ("target", {"slow", "up"}),
    "SloBurns": ("slo", {"availability", "latency"}),
    "WebErrors": ("source", {"http_requests_total", "http_server_requests", "opentelemetry", "nginx-ingress", "traefik", "haproxy", "envoy"}),
    "WebSlow": ("source", {"http_requests_total", "http_server_requests", "opentelemetry", "nginx-ingress", "traefik", "envoy"}),
    "WorkloadShort": ("kind", {"Deployment", "StatefulSet", "DaemonSet"}),
    "NodePressure": ("condition", {"DiskPressure", "MemoryPressure", "PIDPressure"}),
}


class Proof:
    """One rule: what is still to be shown, and with which labels it answered."""

    def __init__(self, file, rule):
        self.rule, self.name, self.file = rule, rule["name"], file
        self.threshold = THRESHOLDS.get(self.name)
        self.open = promql.questions(rule, self.threshold)
        self.count, self.expressions, self.at = len(self.open), {query for query, what in self.open.items() if what == "expression"}, 0.0
        self.answers = {query: [] for query in self.expressions}

    @property
    def severity(self):
        return self.rule["labels"].get("severity", "") if self.rule["type"] == "alerting" else "record"

    def missing(self):
        """What one answer more would show."""
        label, values = EACH.get(self.name, ("", set())) if self.rule["type"] == "alerting" else ("", set())
        return values - {labels.get(label) for found in self.answers.values() for labels in found}

    def look(self, ask, since, before):
        if not self.open and not self.missing():
            return
        for query in [*self.open] if self.open else self.expressions:
            found = ask(query, before if self.name == BEFORE and query in self.answers else None)
            if found and query in self.answers:
                self.answers[query] += found
            if found:
                self.open.pop(query, None)
        self.at = time.monotonic() - since

    def row(self):
        changed = "threshold 1.01" if self.threshold else "rate of 15 s" if "[15s]" in self.rule["query"] else "as shipped"
        state = "NOT SHOWN" if self.open or self.missing() else changed
        series = sum(len({tuple(sorted(labels.items())) for labels in found}) for found in self.answers.values())
        return f"{self.file:18} {self.name:48} {self.severity[:10]:10} {state:15} {self.count:3} questions {series:4} series {self.at:5.1f} s"


class LiveRulesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = cls.enterClassContext(Stack())
        begin = time.monotonic()
        groups = cls.groups()
        cls.proofs = [Proof(Path(group["file"]).name, rule) for group in groups for rule in group["rules"]]
        while any(proof.open or proof.missing() for proof in cls.proofs) and time.monotonic() < begin + LIMIT:
            for proof in cls.proofs:
                proof.look(cls.stack.ask, begin, cls.stack.started)
            cls.stack.stir()
        print("\n" + "\n".join(proof.row() for proof in cls.proofs), flush=True)

    @classmethod
    def groups(cls):
        return cls.stack.api("rules")["groups"]

    def test_every_rule_is_here(self):
        written = sum(len(re.findall(r"^      - (?:alert|record): ", path.read_text(), re.M)) for path in RULES.glob("*.yml"))
        self.assertEqual(len(self.proofs), written)

    def test_every_rule_answers(self):
        for proof in self.proofs:
            with self.subTest(proof.name, severity=proof.severity):
                self.assertEqual(proof.open, {}, "no data of these")
                self.assertEqual(proof.missing(), set(), "never seen")

    def test_texts_use_labels_that_are_there(self):
        for proof in self.proofs:
            used = set(re.findall(r"\$labels\.(\w+)", "".join(proof.rule.get("annotations", {}).values())))
            there = {label for found in proof.answers.values() for labels in found for label in labels} | set(proof.rule.get("labels") or {})
            with self.subTest(proof.name, severity=proof.severity):
                self.assertLessEqual(used, there)

    def test_prometheus_evaluates_and_fills_in_all_of_them(self):
        fired = 0
        for rule in (rule for group in self.groups() for rule in group["rules"]):
            with self.subTest(rule["name"]):
                self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""))
                for alert in rule.get("alerts", []):
                    fired += 1
                    for text in alert["annotations"].values():
                        self.assertNotRegex(text, r"<no value>|<error|%!|: *\.$|: *from \.")
        self.assertGreater(fired, 40)

    def test_reasons_and_phases_are_those_that_are_documented(self):
        text = (ROOT / "docs/metrics.md").read_text().partition("## Why a probe failed")[2].partition("\n## ")[0]
        known = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
        for proof in self.proofs:
            for metric, matchers in promql.selectors(proof.rule["query"]):
                for label, _, quoted in matchers:
                    if metric == "vedette_probe_failure_info" and label in ("phase", "reason"):
                        found = {word for word in known if re.fullmatch(quoted.strip('"'), word)}
                        self.assertEqual(len(found), quoted.count("|") + 1, f"{proof.name}: {label} {quoted} of {known}")

    def test_certificates_are_told_by_how_soon_they_expire(self):
        told = {proof.severity: {labels["target"] for found in proof.answers.values() for labels in found}
                for proof in self.proofs if proof.name == "SiteCertificateExpires"}
        urgent = {"now", "expired"}
        self.assertEqual({severity: targets & {*CERTIFICATES, "expired"} for severity, targets in told.items()},
                         {"critical": urgent, "warning": urgent | {"sooner"}, "info": urgent | {"sooner", "soon"}})

    def test_what_an_agent_cannot_probe_says_nothing_of_the_site(self):
        self.assertTrue(self.stack.ask('probe_success{target="unreadable"} == 0'))
        self.assertEqual(self.stack.ask('vedette:probe_success:sound{target="unreadable"}'), [])

    def test_a_host_that_waits_is_not_busy(self):
        busy, waiting = (self.stack.hosts[name].address for name in ("busy", "waiting"))
        for name, there, absent in (("HostCpuBusy", busy, waiting), ("HostIoWait", waiting, busy)):
            query = next(proof.rule["query"] for proof in self.proofs if proof.name == name)
            found = {labels["instance"] for labels in self.stack.ask(query)}
            self.assertIn(there, found, name)
            self.assertNotIn(absent, found, name)

    def test_all_vantage_points_are_one_alert_and_each_is_one(self):
        for name, count in (("SiteDownEverywhere", 1), ("SiteDownHere", 2)):
            query = next(proof.rule["query"] for proof in self.proofs if proof.name == name)
            self.assertEqual(len([labels for labels in self.stack.ask(query) if labels["target"] == "down"]), count, name)

    def test_this_machine_has_what_the_rules_of_hosts_want(self):
        """Names of the real exporter on the real /proc; what depends on the machine's disks and firewall is shown on the other hosts."""
        shown = http_get(f"http://{self.stack.hosts['here'].address}/metrics").text
        there = set(re.findall(r"^(\w+)(?:\{| )", shown, re.M)) | {"up"}
        for proof in self.proofs:
            for metric, _ in promql.selectors(proof.rule["query"]) if proof.file == "hosts.yml" else []:
                if not metric.startswith(("vedette:", "node_filesystem_", "node_disk_", "node_nf_")):
                    self.assertIn(metric, there, proof.name)


if __name__ == "__main__":
    unittest.main()
