"""The requests that Prometheus and people make of blackbox_exporter, made of both: status, content type and text.

    /usr/bin/python3 tests/peers/endpoint_test.py -v  [--only blackbox|vedette]
"""

import gzip
import re
import sys
import tempfile
import unittest
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import differences  # noqa: E402
import exposition  # noqa: E402
from process import Blackbox, Vedette  # noqa: E402
from replay import blackbox_version  # noqa: E402
from sides import chosen_sides  # noqa: E402
from website import Site, reply  # noqa: E402

SIDES = chosen_sides()
TIMEOUT = "X-Prometheus-Scrape-Timeout-Seconds"
MODULES = """modules:
  http_2xx: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  hosted: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, headers: {Host: other.test}}}
  secret: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, bearer_token: hush-hush}}
  password: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, basic_auth: {username: keeper, password: hush-hush}}}
  patient: {prober: http, http: {preferred_ip_protocol: ip4}}
"""


@dataclass
class Ask:
    """One request and what must come back: status, an exact text, or texts inside."""

    name: str
    path: str
    status: int = 200
    text: str = None
    inside: tuple = ()
    outside: tuple = ()
    method: str = "GET"
    headers: dict = field(default_factory=dict)
    success: int = None
    kind: str = "text/plain"
    saw_host: str = None
    exact: bool = False


def asks(port):
    target = f"target=127.0.0.1:{port}"
    slow = f"target=127.0.0.1:{port}/slow"
    twice = f"target=http%253A%252F%252F127.0.0.1%253A{port}%252Fa"
    yield Ask("unknown module", "/probe?target=x&module=nobody", 400, 'Unknown module "nobody"\n', exact=True)
    yield Ask("unknown module, no target", "/probe?module=nobody", 400, 'Unknown module "nobody"\n', exact=True)
    yield Ask("no target", "/probe?module=http_2xx", 400, "Target parameter is missing\n", exact=True)
    yield Ask("nothing", "/probe", 400, "Target parameter is missing\n", exact=True)
    yield Ask("empty target", "/probe?target=", 400, "Target parameter is missing\n", exact=True)
    yield Ask("default module", f"/probe?{target}", success=1)
    yield Ask("empty module", f"/probe?{target}&module=", success=1)
    yield Ask("module twice", f"/probe?{target}&module=http_2xx&module=nobody", success=1)
    yield Ask("POST", f"/probe?{target}", success=1, method="POST")
    yield Ask("HEAD", f"/probe?{target}", method="HEAD")
    yield Ask("timeout is a word", f"/probe?{target}", 500, headers={TIMEOUT: "soon"},
              inside=("Failed to parse timeout from Prometheus header",))
    yield Ask("timeout and no target", "/probe", 500, headers={TIMEOUT: "soon"}, inside=("Failed to parse timeout",))
    yield Ask("timeout empty", f"/probe?{target}", headers={TIMEOUT: ""}, success=1)
    yield Ask("timeout 0", f"/probe?{target}", headers={TIMEOUT: "0"}, success=1)
    yield Ask("timeout cut by the offset", f"/probe?{slow}", headers={TIMEOUT: "0.8"}, success=0)
    yield Ask("timeout with an exponent", f"/probe?{target}", headers={TIMEOUT: "1e1"}, success=1)
    yield Ask("timeout below the offset", f"/probe?{target}&module=patient", headers={TIMEOUT: "0.4"}, success=0)
    yield Ask("timeout below the offset, module's own", f"/probe?{target}", headers={TIMEOUT: "0.4"}, success=1)
    yield Ask("target encoded twice", f"/probe?{twice}", success=1)
    yield Ask("hostname", f"/probe?{target}&hostname=shop.test", success=1, saw_host="shop.test")
    yield Ask("hostname against Host", f"/probe?{target}&hostname=shop.test&module=hosted", 400,
              inside=("host header defined both in module configuration (other.test) and with URL-parameter 'hostname' (shop.test)",))
    yield Ask("hostname equal to Host", f"/probe?{target}&hostname=other.test&module=hosted", success=1)
    yield Ask("debug", f"/probe?{target}&debug=true", inside=(
        "Logs for the probe:\n", "\n\n\n\nMetrics that would have been returned:\n", "probe_success 1",
        "\n\n\n\nModule configuration:\nprober: http\n"))
    yield Ask("debug is not false", f"/probe?{target}&debug=1", success=1)
    yield Ask("debug and a token", f"/probe?{target}&debug=true&module=secret", inside=("<secret>",), outside=("hush",))
    yield Ask("debug and a password", f"/probe?{target}&debug=true&module=password", inside=("<secret>",), outside=("hush",))
    yield Ask("configuration", "/config", inside=("http_2xx:", "prober: http", "<secret>"), outside=("hush",))
    yield Ask("healthy", "/-/healthy", text="Healthy", exact=True)
    yield Ask("reload by GET", "/-/reload", 405, "This endpoint requires a POST request.\n", exact=True)
    yield Ask("reload", "/-/reload", method="POST", text="", exact=True, kind=None)
    yield Ask("front page", "/", kind="text/html", inside=("<html",))
    yield Ask("own metrics", "/metrics", inside=("process_cpu_seconds_total",))


def content_type(answer):
    """Without what newer client libraries append to it."""
    return answer.headers.get("content-type", "").replace("; escaping=underscores", "")


class EndpointTest(unittest.TestCase):
    """One test: subtests are cheap and the table wants all of them."""

    def setUp(self):
        home = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="endpoint-")))
        routes = {"/slow": reply(delay=3.0), "/a": reply(200)}
        self.site = self.enterContext(Site(routes, default=reply(200, body=b"here")))
        config = home / "blackbox.yml"
        config.write_text(MODULES)
        self.version = blackbox_version() if "blackbox" in SIDES else "0"
        self.running = {name: self.enterContext(kind(config)) for name, kind in (("blackbox", Blackbox), ("vedette", Vedette))
                        if name in SIDES}

    def complaints(self, side, ask):
        """What is wrong with one side's answer, and the answer."""
        self.site.forget()
        answer = self.running[side].get(ask.path, ask.headers, ask.method)
        wrong = []
        if answer.status != ask.status:
            wrong.append(f"status {answer.status}, expected {ask.status}: {answer.text[:200]!r}")
        if ask.kind and not answer.headers.get("content-type", "").startswith(ask.kind):
            wrong.append(f"content type {answer.headers.get('content-type')}")
        if ask.exact and answer.text != ask.text:
            wrong.append(f"text {answer.text[:200]!r}, expected {ask.text!r}")
        wrong += [f"lacks {text!r}" for text in ask.inside if text not in answer.text]
        wrong += [f"shows {text!r}" for text in ask.outside if text in answer.text]
        if ask.success is not None and answer.status == 200:
            got = exposition.value(exposition.parse_text(answer.body), "probe_success")
            wrong += [] if got == ask.success else [f"probe_success {got:g}, expected {ask.success}"]
        if ask.saw_host is not None:
            hosts = [request.values("Host") for request in self.site.requests]
            wrong += [] if hosts == [[ask.saw_host]] else [f"server saw Host {hosts}"]
        return wrong, answer

    def test_requests(self):
        lines = []
        for ask in asks(self.site.port):
            with self.subTest(ask=ask.name):
                failures, answers = [], {}
                for side in self.running:
                    wrong, answers[side] = self.complaints(side, ask)
                    for text in wrong:
                        reason = side == "blackbox" and differences.explain(
                            f"endpoint/{ask.name}", "expected", side, text, self.version)
                        lines.append(f"{'explained' if reason else 'WRONG'} {ask.name}: {side}: {text}"
                                     + (f" [{reason}]" if reason else ""))
                        failures += [] if reason else [f"{side}: {text}"]
                types = {side: content_type(answer) for side, answer in answers.items()}
                if len(set(types.values())) == 2:
                    reason = differences.explain(f"endpoint/{ask.name}", "value", "content-type", str(types), self.version)
                    failures += [] if reason else [str(types)]
                self.assertFalse(failures, "\n".join(failures))
                lines.append(f"agree     {ask.name}")
        print("\n" + "\n".join(lines), file=sys.stderr)

    def test_gzip_by_accept_encoding(self):
        for side, exporter in self.running.items():
            with self.subTest(side=side):
                answer = exporter.get(f"/probe?target=127.0.0.1:{self.site.port}", {"Accept-Encoding": "gzip"})
                self.assertEqual(answer.headers.get("content-encoding"), "gzip")
                families = exposition.parse_text(gzip.decompress(answer.body))
                self.assertEqual(exposition.value(families, "probe_success"), 1)

    def test_openmetrics_is_never_sent_from_probe(self):
        accept = {"Accept": "application/openmetrics-text; version=1.0.0, text/plain; version=0.0.4; q=0.5"}
        for side, exporter in self.running.items():
            with self.subTest(side=side):
                answer = exporter.get(f"/probe?target=127.0.0.1:{self.site.port}", accept)
                self.assertTrue(re.match(r"text/plain; version=0\.0\.4", answer.headers["content-type"]), answer.headers)
                exposition.parse_text(answer.body)


if __name__ == "__main__":
    unittest.main()
