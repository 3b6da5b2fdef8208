"""`vedette check`: every file of the bad corpus is refused with all its errors at once, each with its line, path and rule; good files pass."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import bad_config  # noqa: E402
from process import run_command, vedette_binary  # noqa: E402

PROBLEM = re.compile(r"^(?P<file>.+?):(?P<line>\d+): (?:(?P<path>[\w.\[\]\"*-]+): )?(?P<rule>.*)$")

EVERY_HTTP_FIELD = r"""
modules:
  everything:
    prober: http
    timeout: 1m30s
    http:
      valid_status_codes: [200, 404]
      valid_http_versions: [HTTP/1.1, HTTP/2.0]
      preferred_ip_protocol: ip4
      ip_protocol_fallback: false
      skip_resolve_phase_with_proxy: true
      follow_redirects: true
      fail_if_ssl: false
      fail_if_not_ssl: false
      method: POST
      headers: {Host: shop.test, Accept-Language: fy, Accept-Encoding: "gzip, *;q=0.5"}
      http_headers: {X-Lamp: {values: [lit], secrets: [word], files: [lamp.txt]}}
      body: "lamp=lit"
      compression: gzip
      body_size_limit: 10MB
      fail_if_body_matches_regexp: ["out$", "(?i)dark"]
      fail_if_body_not_matches_regexp: ['\blit\b']
      fail_if_header_matches: [{header: X-Dark, regexp: ".*", allow_missing: true}]
      fail_if_header_not_matches: [{header: Content-Type, regexp: "^text/"}]
      enable_http2: true
      basic_auth: {username: keeper, password_file: /run/word}
      proxy_url: http://user:word@127.0.0.1:3128
      no_proxy: "localhost,127.0.0.0/8"
      proxy_connect_header: {X-Pass: [word]}
      tls_config: {ca_file: ca.pem, cert_file: c.pem, key_file: c.key, server_name: shop.test,
                   insecure_skip_verify: true, min_version: TLS12, max_version: TLS13}
  by_bearer: {prober: http, http: {bearer_token: word, no_follow_redirects: true, body_size_limit: 0}}
  by_bearer_file: {prober: http, http: {bearer_token_file: /run/word, body_file: body.txt}}
  by_authorization: {prober: http, http: {authorization: {type: Watch, credentials: word}}}
  by_environment: {prober: http, http: {proxy_from_environment: true, enable_http3: false}}
  by_default: {prober: http}
"""


def problems(text):
    """The lines of `check` as (file, line, path, rule)."""
    found = []
    for line in text.splitlines():
        match = PROBLEM.match(line)
        if match:
            found.append((match["file"], match["line"], match["path"] or "", match["rule"]))
    return found


class CheckTest(unittest.TestCase):
    def check(self, path):
        return run_command([vedette_binary(), "check", path])

    def test_bad_files_are_refused_with_every_error(self):
        files = bad_config.corpus()
        self.assertGreater(len(files), 50)
        for bad in files:
            with self.subTest(file=bad.path.name):
                self.refused(bad)

    def refused(self, bad):
        done = self.check(bad.path)
        shown = f"\n{done.stdout}{done.stderr}"
        self.assertEqual(done.returncode, 1, shown)
        found = problems(done.stdout + done.stderr)
        self.assertTrue(all(file == str(bad.path) for file, *_ in found), shown)
        for expected in bad.expected:
            self.assertTrue(any(expected.met_by(*problem[1:]) for problem in found), f"no line says {expected}{shown}")
        for problem in found:
            self.assertTrue(any(expected.met_by(*problem[1:]) for expected in bad.expected),
                            f"nobody expected {problem}{shown}")
        self.assertEqual(len(found), len(bad.expected), shown)

    def test_problems_come_in_the_order_of_the_file(self):
        done = self.check(bad_config.CORPUS / "several-at-once.yml")
        lines = [int(line) for _, line, *_ in problems(done.stdout + done.stderr)]
        self.assertEqual(lines, sorted(lines))

    def test_a_file_with_every_http_field_is_good(self):
        with tempfile.TemporaryDirectory() as home:
            path = Path(home) / "good.yml"
            path.write_text(EVERY_HTTP_FIELD)
            done = self.check(path)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(problems(done.stdout + done.stderr), [])

    def test_a_missing_file_is_one_error(self):
        done = self.check("/nonexistent/vedette.yml")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("/nonexistent/vedette.yml", done.stdout + done.stderr)

    def test_secrets_are_not_in_the_errors(self):
        with tempfile.TemporaryDirectory() as home:
            path = Path(home) / "secret.yml"
            path.write_text("modules:\n  watch:\n    prober: http\n    http:\n      bearer_token: [hush, hush]\n"
                            "      basic_auth: {password: hush, password_file: x, lantern: lit}\n"
                            "      proxy_url: 'http://user:hush@[::1/'\n")
            done = self.check(path)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertNotIn("hush", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
