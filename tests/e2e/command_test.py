"""The command line: help that helps, slips that are found, exit codes that can be trusted."""

import json
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certs import Certs  # noqa: E402
from process import ROOT, run_command, vedette_binary  # noqa: E402
from website import Site, reply  # noqa: E402

MODULE = "modules: {html: {prober: http, http: {preferred_ip_protocol: ip4%s}}}\n"


def vedette(*words, cwd=None, env=None):
    return run_command([vedette_binary(), *words], cwd=cwd, env=env)


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.home = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="command-")))

    def write(self, text, name="vedette.yml"):
        path = self.home / name
        path.write_text(text)
        return path


class HelpTest(unittest.TestCase):
    def test_the_help_of_run_has_every_flag_on_one_line_and_in_groups(self):
        table = (ROOT / "docs/configuration.md").read_text().partition("## Command line")[2].partition("`vedette check")[0]
        flags = re.findall(r"^\| `(--[\w.-]+)` \|", table, re.M)
        self.assertGreater(len(flags), 10)
        shown = vedette("run", "--help")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for flag in flags:
            self.assertRegex(shown.stdout, rf"(?m)^ .*{re.escape(flag)}\b.* {{2,}}\S")
        for group in ("Configuration", "Probes", "Log", "Web"):
            self.assertRegex(shown.stdout, rf"(?mi)^(\[Option Group: )?{group}\]?:")

    def test_the_help_of_vedette_is_short_and_says_where_the_flags_are(self):
        shown = vedette("--help")
        self.assertEqual(shown.returncode, 0)
        self.assertNotIn("--log.level", shown.stdout)
        self.assertIn("vedette run --help", shown.stdout)

    def test_the_help_of_probe_says_what_a_target_is(self):
        self.assertIn("A URL, or the name of a target", vedette("probe", "--help").stdout)


class CheckTest(CommandTest):
    def test_the_file_may_be_a_flag_or_the_one_that_run_would_take(self):
        path = self.write("targets: []\n")
        for words in (["check", path], ["check", f"--config.file={path}"], ["check", "--config.file", path],
                      ["check"], [f"--config.file={path}", "check"]):
            with self.subTest(words):
                done = vedette(*words, cwd=self.home)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertRegex(done.stdout, r"vedette\.yml: 0 targets")

    def test_blackbox_yml_is_checked_where_only_that_exists(self):
        self.write("modules: {}\n", "blackbox.yml")
        self.assertRegex(vedette("check", cwd=self.home).stdout, r"^blackbox\.yml: ")

    def test_one_mistake_is_one_problem(self):
        rows = {
            "targets: [{name: a}]": "targets[0]: a target needs a url or an address",
            "targets: [{name: a, url: ''}]": "targets[0].url: must not be empty",
            "targets: [{name: a, url: 'http://h:0/'}]": "targets[0].url: the port must be between 1 and 65535",
            "targets: [{name: a, url: 'http://${unclosed'}]": "targets[0].url: holds a ${ that begins no variable",
            "targets: [{name: a, url: 'http://${VEDETTE_UNSET}/'}]": "targets[0].url: the environment variable VEDETTE_UNSET",
            "targets: [{name: a, url: 'http://a%zz/'}]": "targets[0].url: not a usable URL: ",
            "targets: [word]": "targets[0]: must be a map, found a single value",
            "modules: {m: {timeout: 5s}}": "modules.m.prober: prober '' is not valid: a module says how it probes",
            "modules: {m: {prober: htp}}": "modules.m.prober: prober 'htp' is not valid, did you mean \"http\"?",
            "modules: {m: {prober: icmp}}": "modules.m.prober: prober 'icmp' is not valid: this version has http",
            "modules: {m: {prober: [http]}}": "modules.m.prober: must be text, found a list",
            "modules: {m: {prober: http, http: {enable_http3: true, enable_http2: false}}}":
                "modules.m.http.enable_http3: this version of vedette cannot probe over HTTP/3",
        }
        for text, problem in rows.items():
            with self.subTest(text):
                done = vedette("check", self.write(text + "\n"))
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
                self.assertIn(f":1: {problem}", done.stdout)
                self.assertNotIn("one of", done.stdout)


class ProbeTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.site = self.enterContext(Site({"/slow": reply(delay=20)}, default=reply(body=b"hi")))
        self.file = self.write(MODULE % "" + "defaults: {timeout: 1500ms, module: html}\ntargets:\n"
                               f"  - {{name: loop, url: '{self.site.url()}'}}\n"
                               f"  - {{name: slow, url: '{self.site.url('/slow')}'}}\n"
                               f"  - {{name: slower, url: '{self.site.url('/slow')}', timeout: 300ms}}\n")

    def test_a_slip_in_a_name_is_not_asked_for(self):
        done = vedette("probe", "loops", "-c", self.file)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn('there is no target "loops", did you mean "loop"?', done.stderr)
        self.assertEqual(vedette("probe", "loop", "-c", self.file).returncode, 0)
        self.assertEqual(vedette("probe", self.site.url("/loops"), "-c", self.file, "-m", "html").returncode, 0)

    def test_a_slip_in_a_module_is_answered_with_the_one_that_is_near(self):
        done = vedette("probe", "loop", "-c", self.file, "-m", "htlm")
        self.assertEqual(done.returncode, 2)
        self.assertIn('there is no module "htlm", did you mean "html"? (there are: html http_2xx)', done.stderr)

    def test_a_target_has_the_time_that_the_agent_gives_it(self):
        for words, least, most in ((["slow"], 1.5, 8), (["slower"], 0.3, 1.4), (["slower", "-t", "2s"], 2, 8)):
            with self.subTest(words):
                done = vedette("probe", "--json", *words, "-c", self.file)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                took = json.loads(done.stdout)["seconds"]
                self.assertGreaterEqual(took, least)
                self.assertLess(took, most)

    def test_names_of_a_certificate_hold_its_addresses(self):
        certs = Certs.shared()
        with Site({}, default=reply(), cert=certs["good"]) as site:
            file = self.write(MODULE % f", tls_config: {{ca_file: {certs.ca_file}}}", "tls.yml")
            done = vedette("probe", site.url(), "-c", file, "-m", "html")
            self.assertRegex(done.stdout, r"(?m)^  names .*localhost.*,127\.0\.0\.1\b", done.stdout + done.stderr)


class OutputTest(CommandTest):
    def test_what_cannot_be_written_is_no_success(self):
        good, bad = self.write("targets: []\n"), self.write("targets: 7\n", "bad.yml")
        with Site({}, default=reply()) as site:
            for words in (["probe", site.url()], ["probe", "--json", site.url()], ["check", good], ["check", bad],
                          ["--help"], ["--version"], ["run", "--config.check", f"--config.file={good}"]):
                with self.subTest(words):
                    done = run_command(["/bin/sh", "-c", '"$@" >/dev/full', "sh", vedette_binary(), *words])
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn("vedette: cannot write to standard output", done.stderr)


if __name__ == "__main__":
    unittest.main()
