"""The end of an exchange: the agent takes its leave and goes, whether the server answers the goodbye or not.

    /usr/bin/python3 tests/e2e/goodbye_test.py -v

Nothing else may talk meanwhile: libcurl 8 tidies up after one exchange while it works on another.
"""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import faults  # noqa: E402
from certs import Certs  # noqa: E402
from exposition import parse_text, value  # noqa: E402
from process import Vedette, wait_until  # noqa: E402

MODULE = "modules: {{plain: {{prober: http, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca}}}}}}}}}\n"
STUBBORN = ("tls_never_closes", "h2_never_closes")


class GoodbyeTest(unittest.TestCase):
    def test_no_connection_outlives_its_probe(self):
        directory = self.enterContext(tempfile.TemporaryDirectory())
        config = Path(directory) / "vedette.yml"
        config.write_text(MODULE.format(ca=Certs.shared().ca_file))
        server = self.enterContext(faults.serve_shared(STUBBORN))
        agent = self.enterContext(Vedette(config))
        for name in STUBBORN:
            with self.subTest(name):
                families = parse_text(agent.probe(server.url(name), "plain").body)
                self.assertEqual(value(families, "probe_success"), 1)
                self.assertEqual(server.counts[name].connections, 1)
                wait_until(lambda: server.open_links() == 0, 5, "the connection to end")


if __name__ == "__main__":
    unittest.main()
