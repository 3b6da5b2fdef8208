"""Names: every answer of a name server leads to the right address or the right reason, and every probe asks anew.

    /usr/bin/python3 tests/e2e/dns_test.py -v

The agent reads a resolv.conf of its own; the servers are ours (exact, slow or silent on demand) and a real dnsmasq.
"""

import os
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import own_resolv  # noqa: E402
from dns_server import A, AAAA, REFUSED, SERVFAIL, DnsServer, Zone, free_address_53  # noqa: E402
from exposition import parse_text, samples, value  # noqa: E402
from own_resolv import on_names  # noqa: E402
from process import Process, tool  # noqa: E402
from website import Site, reply  # noqa: E402

SANITIZED = bool(os.environ.get("VEDETTE_SANITIZER"))

# Module: (preferred family, fallback).
CHOICES = {"only4": ("ip4", "false"), "first4": ("ip4", "true"), "only6": ("ip6", "false"), "first6": ("ip6", "true")}
CONFIG = "modules:\n" + "".join(
    f"  {name}: {{prober: http, timeout: 1s, http: {{preferred_ip_protocol: {family}, ip_protocol_fallback: {fallback}}}}}\n"
    for name, (family, fallback) in CHOICES.items())

ZONES = {
    "four.test": Zone(a=["127.0.0.1"]),
    "six.test": Zone(aaaa=["::1"]),
    "both.test": Zone(a=["127.0.0.1"], aaaa=["::1"]),
    "none.test": Zone(),
    "broken.test": Zone(code=SERVFAIL),
    "refused.test": Zone(code=REFUSED),
    "silent.test": Zone(silent=True),
    "slow.test": Zone(a=["127.0.0.1"], delay=0.1),
    "fleeting.test": Zone(a=["127.0.0.1"], ttl=0),
    "shop.example.test": Zone(a=["127.0.0.1"]),
    "hosted.test": Zone(a=["127.0.0.9"]),
}

# Name: what each of CHOICES must come to, in their order: the family, or the reason.
NO_ADDRESS = "dns_no_address"
# After a refusal the resolver asks the next server, and not every c-ares remembers what the last one said.
REFUSAL = "dns_refused or dns_servfail"
OUTCOMES = {
    "four.test": (4, 4, NO_ADDRESS, 4),
    "six.test": (NO_ADDRESS, 6, 6, 6),
    "both.test": (4, 4, 6, 6),
    "none.test": (NO_ADDRESS,) * 4,
    "gone.test": ("dns_nxdomain",) * 4,
    "broken.test": ("dns_servfail",) * 4,
    "refused.test": (REFUSAL,) * 4,
}


def probed(agent, name, module="first4", port=9):
    return parse_text(agent.probe(f"http://{name}:{port}/", module).body)


def came_to(families):
    """The family of the chosen address, or the reason why there is none."""
    for sample in samples(families, "probe_failure_info"):
        if sample.labels["phase"] == "resolve":
            return sample.labels["reason"]
    return int(value(families, "probe_ip_protocol"))


class NamesTest(unittest.TestCase):
    def assert_came_to(self, families, want):
        """`want` is a family, a reason, or several reasons with "or" between them."""
        got = came_to(families)
        self.assertIn(got, want.split(" or ") if isinstance(want, str) else (want,))


class AnswersTest(NamesTest):
    """One agent, one server of ours."""

    @classmethod
    def setUpClass(cls):
        cls.dns = cls.enterClassContext(DnsServer(ZONES))
        cls.site = cls.enterClassContext(Site({}, default=reply(body=b"hi")))
        cls.agent = cls.enterClassContext(on_names(
            CONFIG, f"search example.test\nnameserver {cls.dns.address}\n", "127.0.0.1 localhost hosted.test\n"))

    def setUp(self):
        self.dns.forget()

    def asked_about(self, *beginnings):
        """Only what this test may be blamed for: an earlier look-up that had its answer may still be asking on."""
        return [name for name, _ in self.dns.questions if name.lower().startswith(beginnings)]

    def test_every_answer_leads_to_its_address_or_reason(self):
        for name, outcomes in OUTCOMES.items():
            for module, want in zip(CHOICES, outcomes):
                with self.subTest(name=name, module=module):
                    families = probed(self.agent, name, module)
                    self.assert_came_to(families, want)
                    if isinstance(want, str):
                        self.assertEqual(value(families, "probe_success"), 0)
                        self.assertEqual(value(families, "probe_ip_protocol"), 0)

    def test_a_found_address_is_probed(self):
        families = probed(self.agent, "four.test", port=self.site.port)
        self.assertEqual(value(families, "probe_success"), 1)
        self.assertEqual(self.site.requests[-1].values("Host"), [f"four.test:{self.site.port}"])

    def test_without_fallback_only_one_family_is_asked_for(self):
        probed(self.agent, "four.test", "only4")
        self.assertEqual((self.dns.asked("four.test", A), self.dns.asked("four.test", AAAA)), (1, 0))

    def test_every_probe_asks_anew(self):
        for name in ("four.test", "fleeting.test"):
            for turn in range(1, 6):
                self.assertEqual(came_to(probed(self.agent, name)), 4)
                self.assertEqual(self.dns.asked(name, A), turn, f"{name} was remembered")

    def test_a_silent_server_ends_in_time(self):
        begin = time.monotonic()
        families = probed(self.agent, "silent.test")
        self.assertEqual(came_to(families), "dns_timeout")
        self.assertGreaterEqual(value(families, "probe_duration_seconds"), 0.95)
        self.assertLess(time.monotonic() - begin, 1.5)

    def test_a_silent_name_holds_up_no_other(self):
        waiting = threading.Thread(target=probed, args=(self.agent, "silent.test"))
        waiting.start()
        families = probed(self.agent, "four.test")
        self.assertTrue(waiting.is_alive())
        waiting.join(10)
        self.assertEqual(came_to(families), 4)
        self.assertLess(value(families, "probe_dns_lookup_time_seconds"), 0.5)

    def test_the_lookup_time_is_the_servers(self):
        families = probed(self.agent, "slow.test")
        took = value(families, "probe_dns_lookup_time_seconds")
        self.assertEqual(value(families, "probe_http_duration_seconds", phase="resolve"), took)
        self.assertGreaterEqual(took, 0.09)
        if not SANITIZED:
            self.assertLess(took, 0.15)

    def test_a_single_word_is_looked_for_in_the_search_domain(self):
        families = probed(self.agent, "shop", port=self.site.port)
        self.assertEqual(value(families, "probe_success"), 1)
        self.assertGreaterEqual(self.dns.asked("shop.example.test", A), 1)

    def test_the_hosts_file_comes_first(self):
        for name in ("hosted.test", "HOSTED.test", "localhost"):
            families = probed(self.agent, name, port=self.site.port)
            self.assertEqual(value(families, "probe_success"), 1, name)
        self.assertEqual(self.asked_about("hosted", "localhost"), [])

    def test_a_literal_is_not_asked_for(self):
        probed(self.agent, "127.0.0.1", port=self.site.port)
        probed(self.agent, "[::1]", "only6")
        self.assertEqual(self.asked_about("127.", "::1", "[::1]"), [])


class ChangesTest(unittest.TestCase):
    """What happens to the files while the agent runs."""

    def test_a_change_of_resolv_conf_is_noticed(self):
        with DnsServer({}) as before, DnsServer({"moved.test": Zone(a=["127.0.0.1"])}) as after:
            with on_names(CONFIG, f"nameserver {before.address}\n") as agent:
                self.assertEqual(came_to(probed(agent, "moved.test")), "dns_nxdomain")
                agent.resolv_conf.write_text(f"# moved\nnameserver {after.address}\n")
                agent.await_true(lambda: came_to(probed(agent, "moved.test")) == 4, 5, "the new server to be asked")

    def test_a_change_of_the_hosts_file_is_noticed(self):
        with DnsServer({}) as dns, on_names(CONFIG, f"nameserver {dns.address}\n") as agent:
            self.assertEqual(came_to(probed(agent, "new.test")), "dns_nxdomain")
            agent.hosts_file.write_text("127.0.0.1 localhost new.test\n")
            agent.await_true(lambda: came_to(probed(agent, "new.test")) == 4, 5, "the new line to count")

    def test_a_second_server_helps_out(self):
        # One server refuses, so the next one is asked: what resolv.conf lists several servers for.
        with DnsServer({"four.test": Zone(code=SERVFAIL)}) as first, DnsServer(ZONES) as second:
            with on_names(CONFIG, f"nameserver {first.address}\nnameserver {second.address}\n") as agent:
                self.assertEqual(came_to(probed(agent, "four.test")), 4)
                self.assertGreaterEqual(first.asked("four.test"), 1)


class Dnsmasq(Process):
    """A real name server that knows a few names of .test and nobody else to ask."""

    MANY = [f"127.1.{number // 200}.{number % 200 + 1}" for number in range(60)]  # more than a UDP answer holds

    def __init__(self):
        self.address = free_address_53()
        records = [f"--host-record=many.test,{address}" for address in self.MANY]
        # --no-daemon also keeps it the user that it is, which a namespace of our own has no other of.
        super().__init__([tool("dnsmasq"), "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                          "--bind-interfaces", f"--listen-address={self.address}", "--local=/test/",
                          "--host-record=real.test,127.0.0.1,::1", "--cname=alias.test,real.test", *records],
                         name="dnsmasq")

    def __enter__(self):
        super().__enter__()
        self.await_log("started, version")
        return self


class DnsmasqTest(NamesTest):
    def test_a_real_server_is_understood(self):
        with Dnsmasq() as dnsmasq, on_names(CONFIG, f"nameserver {dnsmasq.address}\n") as agent:
            rows = {"real.test": (4, 4, 6, 6), "alias.test": (4, 4, 6, 6), "gone.test": ("dns_nxdomain",) * 4,
                    "elsewhere.invalid": (REFUSAL,) * 4}
            for name, outcomes in rows.items():
                for module, want in zip(CHOICES, outcomes):
                    with self.subTest(name=name, module=module):
                        self.assert_came_to(probed(agent, name, module), want)
            # Comes over TCP. Last and once: without children, dnsmasq serves nobody else while that connection is open.
            self.assert_came_to(probed(agent, "many.test", "only4"), 4)


if __name__ == "__main__":
    own_resolv.become_root()
    unittest.main()
