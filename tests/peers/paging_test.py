#!/usr/bin/python3
"""From a site that breaks to one page and one mail, and their end: the demo's chain of vedette, Prometheus and Alertmanager."""

import json
import signal
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "config/demo")]

import demo  # noqa: E402
from alarm_rows import stored_rows  # noqa: E402
from process import free_port, http_get, vedette_binary, wait_until  # noqa: E402

ALARM = "VedetteAlarm/unavailable"


# What a Lambda a minute, two CloudWatch alarms and a mail did, by the second.
ORIGIN = """
defaults: {{interval: 1s, timeout: 900ms}}
modules: {{http_2xx: {{prober: http, http: {{preferred_ip_protocol: ip4}}}}}}
targets:
  - name: shop
    url: http://127.0.0.1:${{DEMO_SITE}}/
    labels: {{URL: shop.example.org, Region: eu-west-1}}
    alarm:
      latency: {{kind: slow, above: 0.28s, period: 1s, datapoints: 1 of 1, severity: critical}}
      availability: {{kind: unavailable, below: 1, period: 1s, datapoints: 1 of 1, severity: critical}}
alertmanagers: ["http://127.0.0.1:${{DEMO_ALERTMANAGER}}"]
store: sqlite:{folder}/vedette.db
"""


class PagingTest(unittest.TestCase):
    def chain(self, with_prometheus, config=None):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        ports = {name: free_port() for name in demo.PORTS}
        more = {}
        if config:
            more["config"] = Path(folder, "vedette.yml")
            more["config"].write_text(config.format(folder=folder))
        chain = self.enterContext(demo.Demo(folder, vedette_binary(), ports, with_prometheus, show=lambda line: None, **more))
        wait_until(lambda: set(self.states(chain).values()) == {0}, 30, "all alarms to be ok")
        return chain

    @staticmethod
    def states(chain):
        found = {}
        for line in http_get(chain.base("vedette") + "/metrics").text.splitlines():
            if line.startswith("vedette_alarm_state{"):
                found[line.split('alarm="')[1].split('"')[0]] = int(line.rsplit(" ", 1)[1])
        return found

    @staticmethod
    def rows(chain):
        """(alarm, from, to), oldest first."""
        return [(row["alarm"], row["from"], row["to"]) for row in stored_rows(f"sqlite:{chain.folder}/vedette.db")]

    def pages(self, chain, position, status):
        return [what for kind, what, _ in chain.events.since(position) if kind == "page" and f"{ALARM} {status}" in what]

    def break_and_mend(self, chain):
        """One page and one mail, one resolve of each: counted after the next change has come through, so that a second would show."""
        start = position = chain.change("break")
        self.assertTrue(chain.await_messages(position, "firing"), "no page and mail")
        position = chain.change("mend")
        self.assertTrue(chain.await_messages(position, "resolved"), "no end of it")
        return start

    def test_with_prometheus_both_ways_are_one_page(self):
        chain = self.chain(True)
        asked = chain.base("prometheus") + "/api/v1/query?query=ALERTS%7Balertname%3D%22VedetteAlarm%22%2Calertstate%3D%22firing%22%7D"
        start = chain.change("break")
        self.assertTrue(chain.await_messages(start, "firing"))
        wait_until(lambda: json.loads(http_get(asked).text)["data"]["result"], 30, "Prometheus to fire, too")
        wait_until(lambda: "graph?g0" in http_get(chain.base("alertmanager") + "/api/v2/alerts").text, 30,
                   "Alertmanager to have heard of it")
        position = chain.change("mend")
        self.assertTrue(chain.await_messages(position, "resolved"))
        again = self.break_and_mend(chain)
        self.assertEqual(len(self.pages(chain, start, "firing")), 2)
        self.assertEqual(len(self.pages(chain, again, "firing")), 1)
        self.break_and_mend(chain)  # whatever came twice has come by then
        self.assertEqual(len(self.pages(chain, start, "resolved")), 3)

    def test_without_prometheus_the_agent_pages(self):
        chain = self.chain(False)
        starts = [self.break_and_mend(chain) for _ in range(3)]
        self.assertEqual(len(self.pages(chain, starts[0], "firing")), 3)
        self.assertEqual(len(self.pages(chain, starts[0], "resolved")), 3)
        self.assertEqual([row for row in self.rows(chain) if row[0] == "unavailable"],
                         [("unavailable", "insufficient_data", "ok")]
                         + 3 * [("unavailable", "ok", "alarm"), ("unavailable", "alarm", "ok")])

    def test_the_origin_slowed_broken_and_stopped_is_one_page_and_one_end_each(self):
        chain = self.chain(False, ORIGIN)
        for mood, alarm in (("slow", "latency"), ("break", "availability"), ("hang", "availability")):
            with self.subTest(mood):
                start = chain.change(mood)
                self.assertTrue(chain.await_messages(start, "firing"), "no page and mail")
                position = chain.change("mend")
                self.assertTrue(chain.await_messages(position, "resolved"), "no end of it")
                pages = [what for kind, what, _ in chain.events.since(start) if kind == "page"]
                self.assertEqual(pages, [f"firing: VedetteAlarm/{alarm} firing", f"resolved: VedetteAlarm/{alarm} resolved"])
                mails = [what for kind, what, _ in chain.events.since(start) if kind == "mail"]
                self.assertEqual(len(mails), 2, mails)
                wait_until(lambda: set(self.states(chain).values()) == {0}, 30, "all alarms to be ok again")
        rows = stored_rows(f"sqlite:{chain.folder}/vedette.db", "--label", "Region=eu-west-1", "--state", "alarm")
        self.assertEqual([row["alarm"] for row in rows], ["latency", "availability", "availability"])
        self.assertEqual(rows[0]["labels"]["URL"], "shop.example.org")
        self.assertGreater(rows[0]["value"], 0.28)

    def test_killed_in_the_middle_of_an_alarm_it_neither_pages_again_nor_forgets(self):
        chain = self.chain(False)
        start = chain.change("break")
        self.assertTrue(chain.await_messages(start, "firing"))
        for _ in range(5):
            chain.stop("vedette", signal.SIGKILL)
            chain.start_vedette()
            self.assertEqual(self.states(chain)["unavailable"], 1)
            runs = chain.base("vedette") + "/metrics"
            wait_until(lambda: 'vedette_probe_results_total{target="shop",module="http_2xx",team="web",region="demo",result="failure"} 2'
                       in http_get(runs).text, 30, "two more results")
        position = chain.change("mend")
        self.assertTrue(chain.await_messages(position, "resolved"))
        self.assertEqual(len(self.pages(chain, start, "firing")), 1)
        self.assertEqual([row for row in self.rows(chain) if row[0] == "unavailable"],
                         [("unavailable", "insufficient_data", "ok"), ("unavailable", "ok", "alarm"), ("unavailable", "alarm", "ok")])


if __name__ == "__main__":
    unittest.main()
