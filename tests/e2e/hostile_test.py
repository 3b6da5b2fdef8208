#!/usr/bin/env python3
"""What hostile servers and odd files may not do: freeze the agent, fill its log, or learn what is not for them."""

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import faults_asking  # noqa: E402
from certs import Certs  # noqa: E402
from exposition import parse_text, value  # noqa: E402
from faults_core import FaultServer  # noqa: E402
from process import vedette_on  # noqa: E402
from website import Reply, Site, redirect, reply  # noqa: E402

import faults  # noqa: E402,F401  pylint: disable=unused-import

FILES = """
modules:
  good: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4}}}}
  body: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4, method: POST, body_file: {file}}}}}
  ca: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {file}}}}}}}
  cert:
    prober: http
    timeout: 5s
    http: {{preferred_ip_protocol: ip4, tls_config: {{insecure_skip_verify: true, cert_file: {file}, key_file: {key}}}}}
  key:
    prober: http
    timeout: 5s
    http: {{preferred_ip_protocol: ip4, tls_config: {{insecure_skip_verify: true, cert_file: {cert}, key_file: {file}}}}}
  key_through_proxy:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      proxy_url: "{proxy}"
      tls_config: {{insecure_skip_verify: true, cert_file: {cert}, key_file: {file}}}
"""

SECRETS = """
modules:
  secrets:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      headers: {X-Functions-Key: hunter2, X-Auth-User: hunter2, Ocp-Apim-Subscription-Key: hunter2, X-Plain: shown}
"""


class OddFiles(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.cert = Certs.shared()["client"]
        self.site = self.enterContext(Site({"/": reply(body=b"hi")}, cert=Certs.shared()["good"]))
        self.plain = self.enterContext(Site({"/": reply(body=b"hi")}))
        self.proxy = self.enterContext(Site({}, default=Reply(200)))

    def odd_files(self):
        pipe, huge = self.folder / "pipe", self.folder / "huge"
        os.mkfifo(pipe)
        with open(huge, "wb") as file:
            file.truncate(1 << 40)
        return {"a pipe": pipe, "a device": "/dev/zero", "a folder": self.folder, "a huge file": huge,
                "a missing file": self.folder / "absent"}

    def test_none_freezes_the_agent_and_each_error_names_its_file(self):
        for what, file in self.odd_files().items():
            config = FILES.format(file=file, cert=self.cert.crt, key=self.cert.key, proxy=self.proxy.url("").rstrip("/"))
            with vedette_on(config) as agent:
                for module in ("body", "ca", "cert", "key", "key_through_proxy"):
                    with self.subTest(what, module=module):
                        begin = time.monotonic()
                        url = self.plain.url("/") if module == "body" else self.site.url("/", host="localhost")
                        page = agent.probe(url, module, debug="true").text
                        self.assertIn("down in phase agent, reason secret_unreadable", page)
                        self.assertIn(str(file), page.split("Metrics that would")[0])
                        self.assertLess(time.monotonic() - begin, 4)
                good = agent.probe(self.plain.url("/"), "good")
                self.assertEqual(value(parse_text(good.body), "probe_success"), 1)


class WhatIsSaid(unittest.TestCase):
    def test_long_redirects_leave_no_long_sentences(self):
        names = ["redirect_long_host", "redirect_long_path"]
        good = Certs.shared()["good"]
        config = "modules: {plain: {prober: http, timeout: 2s, http: {preferred_ip_protocol: ip4}}}\ntargets:\n"
        with FaultServer(good.crt, good.key, names) as server:
            for name in names:
                config += f"  - {{name: {name}, url: '{server.url(name)}', module: plain, interval: 500ms, timeout: 400ms}}\n"
            with vedette_on(config, ["--log.level=debug", "--log.prober=debug"]) as agent:
                for name in names:
                    page = agent.probe(server.url(name), "plain", debug="true").text
                    self.assertIn("reason bad_redirect", page)
                    self.assertLess(len(page.split("Metrics that would")[0]), 20_000)
                agent.await_true(lambda: all(f"={name} " in agent.log() for name in names), 10, "all targets in the log")
                self.assertLess(max(len(line) for line in agent.log().splitlines()), 8000)

    def test_secrets_in_addresses_and_headers_stay_secret(self):
        with Site({"/in": reply(body=b"in")}) as stranger:
            away = stranger.url("/in?sig=hunter2&page=2#access_token=hunter2", host="localhost")
            with Site({"/": redirect("/next?token=hunter2"), "/next": redirect(away)}) as site:
                with vedette_on(SECRETS) as agent:
                    page = agent.probe(site.url("/?key=hunter2"), "secrets", debug="true").text
                self.assertEqual(site.requests[1].values("X-Functions-Key"), ["hunter2"])
            told = page.split("Module configuration")[0]
            self.assertNotIn("hunter2", told)
            self.assertIn("page=2", told)
            request = stranger.requests[0]
            self.assertEqual(request.values("X-Plain"), ["shown"])
            self.assertEqual([pair for pair in request.headers if "hunter2" in pair[1] and pair[0] != "Referer"], [])


class Bombs(unittest.TestCase):
    def test_a_small_bomb_does_not_hold_up_others(self):
        good = Certs.shared()["good"]
        with tempfile.TemporaryDirectory() as directory, Site({"/": reply(body=b"hi")}) as site, \
                FaultServer(good.crt, good.key, ["brotli_bomb"]) as server:
            config = faults_asking.modules_text(directory) + "targets:\n" + "".join(
                f"  - {{name: bomb{i}, url: '{server.url('brotli_bomb')}', module: brotli, interval: 1s, timeout: 900ms}}\n"
                for i in range(3)) + f"  - {{name: good, url: '{site.url('/')}', module: plain, interval: 100ms}}\n"
            with vedette_on(config) as agent:
                def bombs():
                    text = agent.get("/metrics").body
                    return min(value(parse_text(text), "vedette_probe_results_total", target=f"bomb{i}", result="failure") or 0
                               for i in range(3))
                agent.await_true(lambda: bombs() >= 3, 30, "three rounds of bombs")
                families = parse_text(agent.get("/metrics").body)
                self.assertEqual(value(families, "vedette_probe_results_total", target="good", result="failure") or 0, 0)
                self.assertGreaterEqual(value(families, "vedette_probe_duration_seconds_bucket", target="good", le="0.25"),
                                        0.9 * value(families, "vedette_probe_duration_seconds_count", target="good"))


if __name__ == "__main__":
    unittest.main()
