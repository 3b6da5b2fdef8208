#!/usr/bin/env python3
"""The fault server against curl: each behaviour really is late, broken or fine, for a client that we did not write."""

import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1] / "support"), str(HERE.parents[1] / "e2e")]

import faults  # noqa: E402
import faults_asking  # noqa: E402
import faults_table  # noqa: E402
from certs import Certs  # noqa: E402
from process import run_command, tool  # noqa: E402

FINE, LATE, BROKEN = "fine", "late", "broken"
TIMED_OUT = 28

# Where curl judges otherwise than we want the agent to, with its reason.
CURL_JUDGES = {
    "endless_body_limited": LATE,  # no limit is given to curl
    "gzip_bomb": FINE,
    "brotli_bomb": FINE,
    "gzip_cut": FINE,  # zlib is not asked whether it has finished
    "h2_many_headers": FINE,
    "h2_status_421": FINE,  # a status is no error to curl
    "huge_body_limited": FINE,
    "huge_body_regex": FINE,
    "length_overflow": FINE,  # taken as no length at all
    "length_two_different": FINE,
    "redirect_endless_body": LATE,  # curl drains the redirect's body first
    "redirect_nowhere": FINE,
    "status_421": FINE,
}
# Where one curl judges so and the next one otherwise.
CURL_MAY_JUDGE = {
    "h2_reset_without_error": {FINE},  # curl 7 takes what came for the whole
    "h2_early_answer_upload": {LATE},  # which waits for room that never comes
    "many_headers": {FINE},  # curl 8 takes five thousand
    "status_too_long": {FINE},  # curl 8 reads the first three digits
}


def kind_of(verdict):
    if verdict == "up":
        return FINE
    return LATE if verdict.endswith("/timeout") else BROKEN


def kind_of_exit(code):
    return {0: FINE, TIMED_OUT: LATE}.get(code, BROKEN)


class FaultServerAgainstCurl(unittest.TestCase):
    """One run of curl for each row of the table; the class keeps what came back."""

    @classmethod
    def setUpClass(cls):
        world = faults_asking.fault_world()
        cls.server, cls.urls = cls.enterClassContext(world)
        cls.body = Certs.shared().directory / "upload.bin"
        cls.body.write_bytes(b"u" * faults_asking.UPLOAD)
        cls.rows = faults_table.rows()
        with ThreadPoolExecutor(6) as pool:
            cls.codes = dict(zip([row.name for row in cls.rows], pool.map(cls.curl, cls.rows)))

    @classmethod
    def curl(cls, row):
        options = ["-sS", "-o", "/dev/null", "-m", "1.5", "-L", "--max-redirs", "10", "--noproxy", "*",
                   "--cacert", Certs.shared().ca_file]
        if row.module == "upload":
            options += ["-T", cls.body, "-X", "POST", "-H", "Expect:"]
        if row.module.startswith("gzip") and row.fault != "gzip_bomb":  # curl unpacks it whole, whatever the time
            options += ["--compressed"]
        url = cls.urls.get(row.fault) or cls.server.url(row.fault)
        return run_command([tool("curl"), *options, url]).returncode

    def test_every_row_is_what_it_says(self):
        for row in self.rows:
            wanted = {kind_of(verdict) for verdict in row.verdicts}
            if row.name in CURL_JUDGES or row.fault in CURL_JUDGES:
                wanted = {CURL_JUDGES.get(row.name) or CURL_JUDGES[row.fault]}
            wanted |= CURL_MAY_JUDGE.get(row.name, set())
            with self.subTest(row.name):
                self.assertIn(kind_of_exit(self.codes[row.name]), wanted, f"curl ended with {self.codes[row.name]}")

    def test_every_behaviour_was_met_and_counted(self):
        for name, counts in self.server.counts.items():
            with self.subTest(name):
                self.assertGreaterEqual(counts.connections, 1)

    def test_no_behaviour_broke_by_itself(self):
        self.assertEqual(self.server.errors, [])

    def test_every_behaviour_has_a_row_and_a_sentence(self):
        listed = faults.behaviours()
        self.assertEqual(set(listed) - {row.fault for row in self.rows}, set())
        self.assertEqual([name for name, behaviour in listed.items() if not behaviour.help.endswith(".")
                          and not behaviour.help.endswith(").")], [])
        self.assertGreaterEqual(len(listed), 100)


if __name__ == "__main__":
    unittest.main()
