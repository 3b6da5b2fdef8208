"""Who is trusted, and what that costs: one CA set never answers for another, and the roots are parsed once."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certs import Certs  # noqa: E402
from exposition import parse_text, value  # noqa: E402
from process import vedette_on  # noqa: E402
from website import Site, reply  # noqa: E402

SANITIZED = bool(os.environ.get("VEDETTE_SANITIZER"))

CONFIG = """
modules:
  ours: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ours}}}}}}}
  theirs: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {theirs}}}}}}}
  system: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4}}}}
"""


def cpu_seconds(agent):
    return value(parse_text(agent.get("/metrics").body), "process_cpu_seconds_total")


class TrustTest(unittest.TestCase):
    def setUp(self):
        self.certs = Certs.shared()
        self.config = CONFIG.format(ours=self.certs.ca_file, theirs=self.certs.other_ca_file)

    def success(self, agent, url, module):
        return value(parse_text(agent.probe(url, module).body), "probe_success")

    def test_a_target_is_verified_against_its_own_authorities_only(self):
        with Site({"/": reply(body=b"hi")}, cert=self.certs["good"]) as site, vedette_on(self.config) as agent:
            url = site.url("/", host="localhost")
            for _ in range(10):
                self.assertEqual(self.success(agent, url, "ours"), 1)
                self.assertEqual(self.success(agent, url, "theirs"), 0)
                self.assertEqual(self.success(agent, url, "system"), 0)

    def test_a_handshake_does_not_parse_the_systems_roots_again(self):
        probes = 40
        # Parsing Debian's 144 roots costs 22 ms; a handshake under load on a busy machine stays far below this.
        most = 0.040 if SANITIZED else 0.010
        with Site({"/": reply(body=b"hi")}, cert=self.certs["good"]) as site, vedette_on(self.config) as agent:
            url = site.url("/", host="localhost")
            self.success(agent, url, "system")
            before = cpu_seconds(agent)
            for _ in range(probes):
                self.success(agent, url, "system")
            self.assertLess((cpu_seconds(agent) - before) / probes, most)

    def test_a_changed_authority_file_counts_without_a_reload(self):
        bundle = Path(self.certs.directory) / "rotating.pem"
        bundle.write_bytes(Path(self.certs.other_ca_file).read_bytes())
        config = CONFIG.format(ours=bundle, theirs=self.certs.other_ca_file)
        with Site({"/": reply(body=b"hi")}, cert=self.certs["good"]) as site, vedette_on(config) as agent:
            url = site.url("/", host="localhost")
            self.assertEqual(self.success(agent, url, "ours"), 0)
            bundle.write_bytes(Path(self.certs.ca_file).read_bytes())
            agent.await_true(lambda: self.success(agent, url, "ours") == 1, 10, "the new authorities")


if __name__ == "__main__":
    unittest.main()
