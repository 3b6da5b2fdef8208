#!/usr/bin/python3
"""What the agent posts beside the real Prometheus and Alertmanager: both ways are one alert, and a cluster tells of it once.

The posts are tests/golden/alerts.json, which a unit test compares with what the agent makes, at times of now.
"""

import http.server
import json
import sys
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from process import Process, free_port, http_get, tool, wait_until  # noqa: E402

ON, COMPOSITE = json.loads((ROOT / "tests/golden/alerts.json").read_text())
ESCAPED = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in ON["labels"].items() if name != "alertname"}
SERIES = "vedette_alarm_state{" + ",".join(f'{name}="{value}"' for name, value in ESCAPED.items()) + "}"
ROUTES = """
route: {{receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: {interval}, repeat_interval: 4h}}
receivers: [{{name: hook, webhook_configs: [{{url: '{url}', send_resolved: true}}]}}]
"""


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"


class Site:
    """A page of metrics that a test changes, and a webhook that notes what it gets."""

    def __init__(self):
        site = self
        self.state, self.notes = 0, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.reply(f"# TYPE vedette_alarm_state gauge\n{SERIES} {site.state}\n".encode())

            def do_POST(self):
                site.notes.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.reply(b"")

            def reply(self, body):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.authority = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def told(self, status):
        return [note for note in self.notes if note["status"] == status]


class Alertmanager(Process):
    def __init__(self, site, interval="1s", cluster="", peer=""):
        self.port = free_port()
        flags = [f"--cluster.listen-address={cluster}", "--cluster.peer-timeout=1s"] + ([f"--cluster.peer={peer}"] if peer else [])
        super().__init__([tool("prometheus-alertmanager"), f"--web.listen-address=127.0.0.1:{self.port}", *flags])
        config = self.directory / "alertmanager.yml"
        config.write_text(ROUTES.format(url=f"http://{site.authority}/", interval=interval))
        self.argv += [f"--config.file={config}", f"--storage.path={self.directory}/data"]
        self.base = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        super().__enter__()
        self.await_answer(self.base + "/-/ready", 30)
        return self

    def post(self, alerts):
        return http_get(self.base + "/api/v2/alerts", {"Content-Type": "application/json"}, "POST", json.dumps(alerts).encode())

    def alerts(self):
        return json.loads(http_get(self.base + "/api/v2/alerts").body)

    def peers(self):
        return len(json.loads(http_get(self.base + "/api/v2/status").body)["cluster"]["peers"])


class Prometheus(Process):
    """With the shipped rules, one of several targets being the site."""

    def __init__(self, site, alertmanager):
        self.port = free_port()
        super().__init__([tool("prometheus"), f"--web.listen-address=127.0.0.1:{self.port}", "--alertmanager.notification-queue-capacity=100"])
        config = self.directory / "prometheus.yml"
        config.write_text(f"""
global: {{scrape_interval: 500ms, evaluation_interval: 500ms}}
rule_files: [{ROOT}/alerts/rules/alarms.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager.port}']}}]}}]}}
scrape_configs: [{{job_name: vedette, honor_labels: true, static_configs: [{{targets: ['{site.authority}']}}]}}]
""")
        self.argv += [f"--config.file={config}", f"--storage.tsdb.path={self.directory}/data"]

    def __enter__(self):
        super().__enter__()
        self.await_answer(f"http://127.0.0.1:{self.port}/-/ready", 30)
        return self

    def posted(self):
        """How many alerts it has sent, by its own count."""
        text = http_get(f"http://127.0.0.1:{self.port}/metrics").text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("prometheus_notifications_sent_total{"))


class NotifierTest(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site())

    def on(self, began, lease=240.0):
        return {**ON, "startsAt": utc(began), "endsAt": utc(time.time() + lease)}

    def over(self, began, ended):
        return {**ON, "startsAt": utc(began), "endsAt": utc(ended)}

    def settled(self, seconds):
        """Nothing more is to come: waits for as long as a second notification would take, and counts."""
        end = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() >= end, seconds + 5)
        return len(self.site.told("firing")), len(self.site.told("resolved"))

    def test_what_the_agent_posts_is_taken_even_if_it_is_nothing(self):
        manager = self.enterContext(Alertmanager(self.site))
        for alerts in ([], [ON, COMPOSITE], [self.on(time.time())]):
            answer = manager.post(alerts)
            self.assertEqual(answer.status, 200, answer.text)

    def test_one_bad_alert_does_not_keep_the_good_ones_away_and_is_answered_with_400(self):
        manager = self.enterContext(Alertmanager(self.site))
        bad = {**self.on(time.time()), "labels": {"no such name": "x"}}
        self.assertEqual(manager.post([self.on(time.time()), bad]).status, 400)
        self.assertEqual(manager.post([{**ON, "startsAt": "yesterday"}]).status, 400)

    def both_ways(self, agent_first):
        """The alarm goes off, by Prometheus and by the agent, and is over; what Alertmanager has and said of it."""
        manager = self.enterContext(Alertmanager(self.site))
        prometheus = self.enterContext(Prometheus(self.site, manager))
        began = time.time()
        if agent_first:
            manager.post([self.on(began)])
            wait_until(lambda: self.site.told("firing"), 20, "the notification")
        self.site.state = 1
        wait_until(lambda: prometheus.posted() >= 1, 30, "an alert of Prometheus")
        manager.post([self.on(began)])
        wait_until(lambda: self.site.told("firing"), 20, "the notification")
        alerts = manager.alerts()
        self.site.state = 0
        wait_until(lambda: prometheus.posted() >= 2, 30, "Prometheus to see the end")
        manager.post([self.over(began, time.time())])
        wait_until(lambda: self.site.told("resolved"), 20, "the end")
        return alerts

    def test_prometheus_and_the_agent_make_one_alert_and_one_notification(self):
        for agent_first in (True, False):
            with self.subTest(agent_first=agent_first):
                self.site.notes.clear()
                alerts = self.both_ways(agent_first)
                self.assertEqual([alert["labels"] for alert in alerts], [ON["labels"]])
                self.assertEqual(self.settled(4), (1, 1))
                self.doCleanups()
                self.setUp()

    def test_a_cluster_of_two_that_are_both_told_notifies_once(self):
        # A second one that waits for the first must not do so with a state from before the first's next message.
        gossip = f"127.0.0.1:{free_port()}"
        one = self.enterContext(Alertmanager(self.site, "4s", gossip))
        two = self.enterContext(Alertmanager(self.site, "4s", f"127.0.0.1:{free_port()}", gossip))
        wait_until(lambda: one.peers() == 2 and two.peers() == 2, 60, "the cluster to be whole")
        began = time.time()
        for manager in (one, two):
            self.assertEqual(manager.post([self.on(began)]).status, 200)
        wait_until(lambda: self.site.told("firing"), 30, "the notification")
        self.assertEqual(self.settled(8), (1, 0))
        ended = time.time()
        for manager in (one, two):
            self.assertEqual(manager.post([self.over(began, ended)]).status, 200)
        wait_until(lambda: self.site.told("resolved"), 30, "the end")
        self.assertEqual(self.settled(8), (1, 1))

    def test_an_alert_that_is_not_told_again_ends_with_its_lease(self):
        manager = self.enterContext(Alertmanager(self.site))
        began = time.time()
        manager.post([self.on(began, 4.0)])
        wait_until(lambda: self.site.told("firing"), 20, "the notification")
        wait_until(lambda: self.site.told("resolved"), 30, "the end")
        self.assertGreaterEqual(time.time(), began + 4)


if __name__ == "__main__":
    unittest.main()
