#!/usr/bin/env python3
"""The agent's own web side against rude, slow and odd clients: it answers in full, in time, and stays alive."""

import contextlib
import gzip
import sys
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1] / "support"))

import faults  # noqa: E402
from exposition import parse_openmetrics, parse_text, value  # noqa: E402
from faults_asking import MEGABYTE, Memory, sanitized  # noqa: E402
from process import Vedette, wait_until  # noqa: E402
from raw_http import RawConnection, ask, ask_path  # noqa: E402
from web_requests import BROKEN_REQUESTS, ODD_TARGETS  # noqa: E402

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
# What Prometheus 2.42 and 3.x send.
ACCEPT_PROMETHEUS = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
SOON = 6.0 if sanitized() else 2.0
TARGETS = 100

MODULES = """
modules:
  plain: {prober: http, timeout: 1s, http: {preferred_ip_protocol: ip4}}
"""


class WebCase(unittest.TestCase):
    """One agent for the class, with enough targets that /metrics is a page of some size."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(faults.serve_shared(["healthy"]))
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.config = cls.directory / "vedette.yml"
        cls.write_config(TARGETS)
        cls.agent = cls.enterClassContext(Vedette(cls.config))
        cls.port = cls.agent.port
        wait_until(lambda: len(cls.agent.get("/metrics").body) > 500 * TARGETS, 30, "all targets on the page")

    @classmethod
    def write_config(cls, targets, interval="10s"):
        url = cls.server.url("healthy")
        rows = "".join(f"  - {{name: t{number}, url: '{url}', module: plain, interval: {interval}}}\n"
                       for number in range(targets))
        cls.config.write_text(MODULES + "targets:\n" + rows)

    def ask_path(self, path, *headers, method="GET"):
        return ask_path(self.port, path, *headers, method=method)

    def assert_healthy(self, within=SOON):
        answer = ask_path(self.port, "/-/healthy", timeout=within)
        self.assertEqual((answer.status, answer.complete), (200, True), answer)
        self.assertLessEqual(answer.seconds, within)


class Rude(WebCase):
    """Requests that no honest client sends."""

    def setUp(self):
        self.descriptors = self.agent.descriptors()

    def tearDown(self):
        self.assert_healthy()
        wait_until(lambda: self.agent.descriptors() <= self.descriptors + 2, 20, "rude clients to be let go")

    def test_broken_requests_are_refused(self):
        for name, data in BROKEN_REQUESTS.items():
            with self.subTest(name), RawConnection(self.port, timeout=SOON + 5) as line:
                answer = line.send(data).answer()
                self.assertTrue(answer.status is None or 400 <= answer.status < 600, answer)
                ended = answer.complete or answer.headers.get("connection") == "close"
                self.assertTrue(answer.status is None or ended, answer)

    def test_broken_requests_together(self):
        with ThreadPoolExecutor(16) as pool:
            for _ in pool.map(lambda data: ask(self.port, data, SOON + 10), list(BROKEN_REQUESTS.values()) * 4):
                pass

    def test_huge_headers_are_refused_without_being_kept(self):
        memory = Memory(self.agent.pid).reset()
        for data in (b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Huge: " + b"a" * (8 * MEGABYTE) + b"\r\n\r\n",
                     b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"X-More: and more\r\n" * 200_000 + b"\r\n",
                     b"GET /" + b"a" * (8 * MEGABYTE) + b" HTTP/1.1\r\nHost: x\r\n\r\n"):
            answer = ask(self.port, data)
            self.assertTrue(answer.status is None or answer.status in (400, 413, 414, 431), answer)
        self.assertLessEqual(memory.grown(), (100 if sanitized() else 8) * MEGABYTE)

    def test_bodies_beyond_the_cap_are_refused(self):
        memory = Memory(self.agent.pid).reset()
        head = "POST /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        lengths = [16 * MEGABYTE, 99_999_999_999, 2 ** 63]
        for length in lengths:
            sent = b"x" * min(length, 2 * MEGABYTE)
            with self.subTest(length):
                answer = ask(self.port, f"{head}Content-Length: {length}\r\n\r\n".encode() + sent, SOON + 5)
                self.assertIn(answer.status, (None, 400, 413), answer)
        chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 64
        answer = ask(self.port, chunked + b"0\r\n\r\n", SOON + 5)
        self.assertIn(answer.status, (None, 400, 413), answer)
        self.assertLessEqual(memory.grown(), (100 if sanitized() else 8) * MEGABYTE)

    def test_a_lying_length_does_not_reload(self):
        before = self.reloads()
        ask(self.port, b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nshort", SOON + 20)
        self.assertEqual(self.reloads(), before)

    def reloads(self):
        return value(parse_text(self.ask_path("/metrics").body), "vedette_config_last_reload_success_timestamp_seconds")

    def test_silent_clients_do_not_block_others(self):
        half_a_body = b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
        for beginning in (b"", b"GET /metrics HT", half_a_body):
            with self.subTest(beginning), contextlib.ExitStack() as stack:
                for _ in range(16):
                    stack.enter_context(RawConnection(self.port)).send(beginning)
                self.assert_healthy(within=SOON)

    def test_clients_that_do_not_read_do_not_block_others(self):
        with contextlib.ExitStack() as stack:
            for _ in range(16):
                stack.enter_context(RawConnection(self.port, receive_buffer=4096)).get("/metrics")
            self.assert_healthy(within=SOON)

    def test_clients_that_leave_in_the_middle(self):
        for _ in range(50):
            with RawConnection(self.port) as line:
                line.get("/metrics")


class Paths(WebCase):
    """What is asked for, and how."""

    def test_unknown_paths_show_nothing_they_should_not(self):
        start = self.ask_path("/")
        for path in ("/nowhere", "/metricsx", "/metrics/deeper", "/metrics%00x", "/-/healthyx", "/-/reload/x", "/..",
                     "/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/probe/x?target=y",
                     "/-/", "/.git/config"):
            with self.subTest(path):
                answer = self.ask_path(path)
                self.assertTrue(answer.complete)
                if answer.status == 200:  # blackbox_exporter shows its start page wherever there is nothing else
                    self.assertEqual(answer.headers["content-type"], start.headers["content-type"])
                    self.assertIn("<title>", answer.text)
                else:
                    self.assertIn(answer.status, (400, 404), answer)
                for secret in ("root:", "probe_success", "modules:"):
                    self.assertNotIn(secret, answer.text)

    def test_a_slip_in_a_path_of_the_api_is_not_found(self):
        for path in ("/api", "/api/", "/api/v1/alarm", "/api/v1/alarms/", "/api/v2/alerts"):
            with self.subTest(path):
                answer = self.ask_path(path)
                self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/html; charset=utf-8") if path == "/api" else
                                 (404, "application/json"))

    def test_methods(self):
        for method in ("GET", "PUT", "DELETE", "HEAD", "OPTIONS"):
            with self.subTest(method):
                answer = self.ask_path("/-/reload", method=method)
                self.assertEqual((answer.status, answer.complete), (405, True), answer)
        self.assertEqual(self.ask_path("/-/reload").text, "This endpoint requires a POST request.\n")
        self.assertEqual(self.ask_path("/-/reload", "Content-Length: 0", method="POST").status, 200)

    def test_head_is_get_without_a_body(self):
        for path in ("/metrics", "/-/healthy", "/-/ready", "/config", "/"):
            with self.subTest(path), RawConnection(self.port) as line:
                head = line.get(path, "Connection: close", method="HEAD").answer("HEAD")
                self.assertEqual(head.status, 200)
                self.assertEqual(head.headers.get("content-type"), self.ask_path(path).headers.get("content-type"))
                self.assertTrue(line.at_end(), "a HEAD answer has no body")
                self.assertEqual(line.left, b"")

    def test_other_methods_are_answered_in_full(self):
        for method in ("OPTIONS", "DELETE", "PUT", "PATCH", "TRACE", "CONNECT", "BREW"):
            for path in ("/metrics", "/nowhere"):
                with self.subTest(f"{method} {path}"):
                    answer = self.ask_path(path, "Content-Length: 0", method=method)
                    self.assertTrue(answer.status is None or 200 <= answer.status < 600, answer)
                    self.assertNotIn("Content-Length: 0\r\n", answer.text, "TRACE must not echo")
        self.assert_healthy()

    def test_one_connection_serves_many_requests(self):
        with RawConnection(self.port) as line:
            for _ in range(5):
                answer = line.get("/-/healthy").answer()
                self.assertEqual((answer.status, answer.complete), (200, True))

    def test_http10_without_host(self):
        answer = ask(self.port, b"GET /-/healthy HTTP/1.0\r\n\r\n")
        self.assertEqual(answer.status, 200)

    def test_expect_continue(self):
        with RawConnection(self.port) as line:
            line.get("/-/reload", "Connection: close", "Expect: 100-continue", "Content-Length: 4", method="POST")
            line.send(b"body")
            self.assertEqual(line.answer().status, 200)


class ProbeTargets(WebCase):
    """/probe with targets that nobody in his right mind configures."""

    def probe(self, query, *headers):
        return self.ask_path("/probe?" + query, *headers)

    def test_odd_targets_are_down_or_refused(self):
        for target in ODD_TARGETS:
            with self.subTest(target[:60]):
                answer = self.probe(f"module=plain&target={target}")
                self.assertIn(answer.status, (200, 400), answer)
                self.assertTrue(answer.complete)
                if answer.status == 200:
                    self.assertEqual(value(parse_text(answer.body), "probe_success"), 0, answer)
        self.assert_healthy()

    def test_a_target_is_decoded_twice(self):
        url = self.server.url("healthy")
        for times in range(3):
            target = url
            for _ in range(times):
                target = quote(target, safe="")
            with self.subTest(times):
                answer = self.probe(f"module=plain&target={target}")
                self.assertEqual(value(parse_text(answer.body), "probe_success"), 1, answer)

    def test_no_header_can_be_smuggled_into_the_probe(self):
        address = self.server.url("healthy").rstrip("/")
        for injected in ("/%0d%0aX-Smuggled:%20yes", "/%250d%250aX-Smuggled:%2520yes",
                         "/x%20HTTP/1.1%0d%0aX-Smuggled:%20yes%0d%0a"):
            with self.subTest(injected):
                self.assertIn(self.probe(f"module=plain&target={address}{injected}").status, (200, 400))
                for head in self.server.counts["healthy"].heads:
                    self.assertNotRegex(head, rb"(?mi)^x-smuggled:")

    def test_parameters(self):
        url = quote(self.server.url("healthy"))
        for query, status, text in (
                ("", 400, "Target parameter is missing"), ("target=", 400, "Target parameter is missing"),
                (f"target={url}&module=nowhere", 400, 'Unknown module "nowhere"'),
                (f"target={url}&module=%22%0a", 400, "Unknown module"),
                (f"module=plain&target={url}&target=nowhere.invalid", 200, "probe_success 1"),
                (f"module=plain&{'x=y&' * 500}target={url}", 200, "probe_success 1"),
                (f"&&&=&=x&module=plain&target={url}&", 200, "probe_success 1")):
            with self.subTest(query[:60]):
                answer = self.probe(query)
                self.assertEqual(answer.status, status, answer)
                self.assertIn(text, answer.text)

    def test_scrape_timeout_header(self):
        url = quote(self.server.url("healthy"))
        for header, status in (("abc", 500), ("", 200), ("5", 200), ("1e1", 200), ("5s", 500), ("-5", 400), ("0", 200),
                               ("99999999999999999999", 200)):
            with self.subTest(header):
                answer = self.probe(f"module=plain&target={url}", f"X-Prometheus-Scrape-Timeout-Seconds: {header}")
                self.assertEqual((answer.status, answer.complete), (status, True), answer)


class Metrics(WebCase):
    """/metrics: formats, compression, completeness."""

    def test_format_follows_accept(self):
        for accept, wanted in (
                (None, TEXT), ("*/*", TEXT), ("text/plain", TEXT), ("text/html", TEXT), ("application/json", TEXT),
                ("", TEXT), (ACCEPT_PROMETHEUS, OPEN_METRICS), ("application/openmetrics-text", OPEN_METRICS),
                ("application/openmetrics-text; version=1.0.0", OPEN_METRICS),
                ("application/openmetrics-text;q=0, text/plain", TEXT),
                ("text/plain;q=0.9, application/openmetrics-text;q=0.1", TEXT),
                (";;;,,,q=;=", TEXT), ("text/plain;q=abc", TEXT), ("a/b," * 1000, TEXT)):
            with self.subTest(accept and accept[:60]):
                answer = self.ask_path("/metrics", *([] if accept is None else [f"Accept: {accept}"]))
                self.assertEqual((answer.status, answer.complete), (200, True), answer)
                self.assertEqual(answer.headers.get("content-type"), wanted)
                self.assertEqual(answer.text.endswith("\n# EOF\n"), wanted == OPEN_METRICS)
        for accept, parse in ((TEXT, parse_text), (OPEN_METRICS, parse_openmetrics)):
            parse(self.ask_path("/metrics", f"Accept: {accept}").body)

    def test_compression_follows_accept_encoding(self):
        for accept, packed in ((None, False), ("gzip", True), ("deflate, gzip;q=0.5", True), ("br, gzip", True),
                               ("GZIP", True), ("gzip;q=0", False), ("gzip; q=0.0", False), ("identity", False),
                               ("br", False), ("gzipped", False), ("x-not-gzip", False), ("", False)):
            for format_header in (TEXT, OPEN_METRICS):
                with self.subTest((accept, format_header)):
                    headers = [f"Accept: {format_header.split(';')[0]}"]
                    headers += [] if accept is None else [f"Accept-Encoding: {accept}"]
                    answer = self.ask_path("/metrics", *headers)
                    self.assertEqual((answer.status, answer.complete), (200, True), answer)
                    self.assertEqual(answer.headers.get("content-encoding"), "gzip" if packed else None)
                    body = gzip.decompress(answer.body) if packed else answer.body
                    self.assertGreater(len(body), 500 * TARGETS)
                    self.assertEqual(body.endswith(b"\n# EOF\n"), format_header == OPEN_METRICS)

    def test_a_slow_reader_gets_the_whole_page(self):
        with RawConnection(self.port, receive_buffer=4096) as line:
            answer = line.get("/metrics", "Connection: close").answer()
        self.assertTrue(answer.complete)
        self.assertGreater(len(answer.body), 500 * TARGETS)
        parse_text(answer.body)

    def test_scrapes_are_whole_while_the_agent_reloads(self):
        stop = threading.Event()
        answers = []

        def scrape(headers):
            while not stop.is_set():
                answers.append(self.ask_path("/metrics", *headers))

        with ThreadPoolExecutor(4) as pool:
            scrapers = [pool.submit(scrape, headers) for headers in
                        ([], [], ["Accept-Encoding: gzip"], [f"Accept: {OPEN_METRICS}"])]
            for turn in range(20):
                self.write_config(TARGETS if turn % 2 else TARGETS // 2)
                self.assertEqual(self.ask_path("/-/reload", "Content-Length: 0", method="POST").status, 200)
            stop.set()
            for scraper in scrapers:
                scraper.result()
        self.assertGreaterEqual(len(answers), 20)
        for answer in answers:
            self.assertEqual((answer.status, answer.complete), (200, True), answer)
        for answer in answers[::len(answers) // 10]:
            body = gzip.decompress(answer.body) if "content-encoding" in answer.headers else answer.body
            (parse_text if answer.headers["content-type"] == TEXT else parse_openmetrics)(body)


if __name__ == "__main__":
    unittest.main()
