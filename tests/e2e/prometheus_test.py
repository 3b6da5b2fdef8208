"""The page as its reader sees it: promtool is silent, and a real Prometheus scrapes both formats."""

import json
import subprocess
import sys
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certs import Certs  # noqa: E402
from exposition import parse_openmetrics, parse_text, samples  # noqa: E402
from process import Process, vedette_on, free_port, http_get, tool  # noqa: E402
from website import Site, redirect, reply  # noqa: E402

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def world(certs):
    """A healthy site, a redirect, one with a certificate, one that is down: every family has something to say."""
    plain = Site({"/": reply(body=b"hi", headers=[("Last-Modified", "Fri, 20 Nov 2026 10:00:00 GMT")]), "/old": redirect("/")})
    secure = Site({"/": reply(body=b"hi")}, cert=certs["good"])
    return plain, secure


def config_of(plain, secure, certs):
    return f"""
modules:
  m: {{prober: http, timeout: 2s, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {certs.ca_file}}}}}}}
defaults: {{module: m, interval: 300ms, labels: {{region: "eu \\"west\\""}}}}
targets:
  - {{name: good, url: '{plain.url("/")}', labels: {{team: web}}}}
  - {{name: moved, url: '{plain.url("/old")}'}}
  - {{name: secure, url: '{secure.url("/", host="localhost")}'}}
  - {{name: missing, url: '{plain.url("/none")}'}}
  - {{name: closed, url: 'http://127.0.0.1:1/'}}
"""


class PrometheusTest(unittest.TestCase):
    def setUp(self):
        certs = Certs.shared()
        plain, secure = world(certs)
        self.enterContext(plain)
        self.enterContext(secure)
        self.agent = self.enterContext(vedette_on(config_of(plain, secure, certs)))
        self.agent.await_true(lambda: len(samples(parse_text(self.agent.get("/metrics").body), "probe_success")) == 5, 20,
                              "every target probed")

    def test_promtool_has_nothing_to_say(self):
        page = self.agent.get("/metrics").body
        check = subprocess.run([tool("promtool"), "check", "metrics"], input=page, capture_output=True, timeout=60)
        self.assertEqual((check.returncode, check.stdout, check.stderr), (0, b"", b""))

    def test_both_formats_say_the_same(self):
        def targets(families):
            return {(s.key[0].removesuffix("_created"), s.key[1:]) for f in families.values() for s in f.samples
                    if dict(s.labels).get("target") and "_created" not in s.key[0]
                    and not f.name.startswith("vedette_probe_duration")}

        text = parse_text(self.agent.get("/metrics").body)
        answer = self.agent.get("/metrics", headers={"Accept": OPENMETRICS})
        self.assertIn("application/openmetrics-text", answer.headers["content-type"])
        self.assertEqual(targets(text), targets(parse_openmetrics(answer.body)))

    def query(self, port, expression):
        answer = http_get(f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        return json.loads(answer.body)["data"]["result"] if answer.status == 200 else []

    def scraped_by_prometheus(self, arguments):
        port = free_port()
        directory = Path(self.agent.directory) / f"prometheus-{port}"
        directory.mkdir()
        config = directory / "prometheus.yml"
        config.write_text("global: {scrape_interval: 200ms}\nscrape_configs:\n"
                          f"  - {{job_name: vedette, static_configs: [{{targets: ['127.0.0.1:{self.agent.port}']}}]}}\n")
        argv = [tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={directory}/data",
                f"--web.listen-address=127.0.0.1:{port}", *arguments]
        with Process(argv, name=f"prometheus-{port}", directory=directory) as prometheus:
            prometheus.await_true(lambda: self.ready(port), 30, "Prometheus")
            prometheus.await_true(lambda: len(self.query(port, "probe_success")) == 5, 30, "five targets in Prometheus")
            self.assertEqual(len(self.query(port, "probe_success == 1")), 3)
            self.assertEqual(self.query(port, "up")[0]["value"][1], "1")
            self.assertEqual(len(self.query(port, 'vedette_probe_failure_info{reason="connect_refused",phase="connect"}')), 1)
            self.assertTrue(self.query(port, 'histogram_quantile(0.9, vedette_probe_duration_seconds_bucket{target="good"})'))
            self.assertTrue(self.query(port, 'vedette_probe_results_total{target="good",result="success",team="web"}'))

    def ready(self, port):
        try:
            return http_get(f"http://127.0.0.1:{port}/-/ready", timeout=2).status == 200
        except OSError:
            return False

    def test_a_real_prometheus_scrapes_the_text_format(self):
        self.scraped_by_prometheus(["--web.enable-lifecycle"])

    def test_a_real_prometheus_scrapes_openmetrics(self):
        # This feature makes Prometheus ask for OpenMetrics, with exemplars.
        self.scraped_by_prometheus(["--enable-feature=exemplar-storage"])


if __name__ == "__main__":
    unittest.main()
