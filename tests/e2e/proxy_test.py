"""What a proxy is told: its own headers with CONNECT, and nothing of them with a plain request, which goes on to the target."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certs import Certs  # noqa: E402
from exposition import parse_text, value  # noqa: E402
from process import Vedette  # noqa: E402
from website import Site, reply  # noqa: E402

MODULES = """
modules:
  plain: {{prober: http, http: {{{common}, proxy_connect_header: {{X-Pass: [yes it is]}}}}}}
  named: {{prober: http, http: {{{common}, headers: {{User-Agent: watch/1}}}}}}
  proxy_named: {{prober: http, http: {{{common}, proxy_connect_header: {{User-Agent: [porter/1]}}}}}}
"""
COMMON = "preferred_ip_protocol: ip4, proxy_url: 'http://pu:pp@{proxy}', tls_config: {{ca_file: {ca}}}"


class ProxyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        certs = Certs.shared()
        cls.proxy = cls.enterClassContext(Site({}, default=reply(body=b"end")))
        cls.secure = cls.enterClassContext(Site({}, default=reply(body=b"end"), cert=certs["good"]))
        common = COMMON.format(proxy=f"127.0.0.1:{cls.proxy.port}", ca=certs.ca_file)
        path = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="proxy-"))) / "vedette.yml"
        path.write_text(MODULES.format(common=common))
        cls.agent = cls.enterClassContext(Vedette(path))

    def ask(self, target, module):
        """The one request that the proxy got."""
        self.proxy.forget()
        self.secure.forget()
        self.assertEqual(value(parse_text(self.agent.probe(target, module).body), "probe_success"), 1)
        self.assertEqual(len(self.proxy.requests), 1)
        return self.proxy.requests[0]

    def test_a_plain_request_has_the_credentials_and_no_connect_header(self):
        request = self.ask("http://localhost:1/end", "plain")
        self.assertEqual(request.target, "http://localhost:1/end")
        self.assertEqual(request.values("x-pass"), [])
        self.assertEqual(len(request.values("proxy-authorization")), 1)
        self.assertEqual(request.values("proxy-connection"), [])
        self.assertRegex(request.values("user-agent")[0], r"^vedette/\d")

    def test_connect_has_both_and_the_target_gets_neither(self):
        request = self.ask(self.secure.url(), "plain")
        self.assertEqual(request.method, "CONNECT")
        self.assertEqual(request.values("x-pass"), ["yes it is"])
        self.assertEqual(len(request.values("proxy-authorization")), 1)
        self.assertRegex(request.values("user-agent")[0], r"^vedette/\d")
        for name in ("x-pass", "proxy-authorization"):
            self.assertEqual(self.secure.requests[0].values(name), [])

    def test_the_agents_name_for_the_target_is_not_told_to_the_proxy(self):
        request = self.ask(self.secure.url(), "named")
        self.assertRegex(request.values("user-agent")[0], r"^vedette/\d")
        self.assertEqual(self.secure.requests[0].values("user-agent"), ["watch/1"])
        self.assertEqual(self.ask(self.secure.url(), "proxy_named").values("user-agent"), ["porter/1"])


if __name__ == "__main__":
    unittest.main()
