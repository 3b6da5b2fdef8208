"""One web configuration file, both exporters: the same clients are served, refused and told so."""

import ssl
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from certs import Certs  # noqa: E402
from web_agent import ANOTHER, SECRET, WebBlackbox, WebVedette, client_context, login  # noqa: E402

CERTS = Certs.shared()
TLS = f"""
tls_server_config:
  cert_file: {CERTS['good'].crt}
  key_file: {CERTS['good'].key}
"""
CLIENTS = f"""  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: {CERTS.ca_file}
"""
USERS = f"basic_auth_users: {{alice: '{SECRET}', bob: '{ANOTHER}'}}\n"
HEADERS = "http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=60}}\n"


def facts(answer):
    """What both must say alike."""
    names = ("www-authenticate", "x-content-type-options", "x-frame-options", "strict-transport-security", "content-type")
    return (answer.status, answer.body, {name: answer.headers.get(name) for name in names})


class WebConfigTest(unittest.TestCase):
    def both(self, web_config, asked, context=None):
        """What each of them answers to every question, compared."""
        with WebVedette(web_config, context) as ours, WebBlackbox(web_config, context) as theirs:
            for name, question in asked.items():
                with self.subTest(name):
                    self.assertEqual(question(ours), question(theirs))

    def test_users_and_headers(self):
        cases = {"nobody": {}, "an unknown name": login("eve", "secret"), "a wrong password": login("alice", "another"),
                 "another scheme": {"Authorization": "Bearer secret"}, "no base64": {"Authorization": "Basic ???"},
                 "no colon": {"Authorization": "Basic YWxpY2U="}}
        questions = {name: lambda side, headers=headers: facts(side.ask("/metrics", headers)) for name, headers in cases.items()}
        for name, password in (("alice", "secret"), ("bob", "another")):
            headers = login(name, password)
            questions[name] = lambda side, headers=headers: (side.ask("/metrics", headers).status, side.ask("/probe", headers).body)
        self.both(USERS + HEADERS, questions)

    def test_tls(self):
        good, versions = client_context(CERTS.ca_file), ssl.TLSVersion
        self.both(TLS + HEADERS, {
            "served": lambda side: side.ask("/probe").body,
            "another authority": lambda side: side.refuses(client_context(CERTS.other_ca_file)),
            "too old": lambda side: side.refuses(client_context(CERTS.ca_file, low=versions.TLSv1_1, high=versions.TLSv1_1)),
            "TLS 1.2": lambda side: side.refuses(client_context(CERTS.ca_file, high=versions.TLSv1_2)),
            "without TLS": lambda side: side.get("/metrics").text}, good)

    def test_certificates_of_clients(self):
        shown = {name: name and CERTS[name] for name in (None, "client", "client_unknown", "client_expired", "good")}
        self.both(TLS + CLIENTS + USERS, {
            str(name): lambda side, cert=cert: side.refuses(client_context(CERTS.ca_file, cert=cert)) for name, cert in shown.items()},
            client_context(CERTS.ca_file, cert=CERTS["client"]))

    def test_mistakes_keep_both_from_starting(self):
        for wrong in ("basic_auth_users: {alice: secret}\n", "tls_server_config: {cert_file: x}\n", "unknown: 1\n",
                      "http_server_config: {headers: {X-Mine: x}}\n", TLS + "  client_auth_type: Sometimes\n",
                      TLS + f"  client_ca_file: {CERTS.ca_file}\n", TLS + "  min_version: TLS9\n", TLS + "  curve_preferences: [x]\n"):
            for kind in (WebVedette, WebBlackbox):
                with self.subTest(wrong, kind=kind.family):
                    process = kind(wrong).start()
                    try:
                        self.assertEqual(process.await_exit(), 1, process.log())
                    finally:
                        process.__exit__()


if __name__ == "__main__":
    unittest.main()
