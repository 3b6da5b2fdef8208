#!/usr/bin/python3
"""README.md, agent/README.md and docs/ say what the program does: names, keys, flags, reasons, examples and links are compared with it."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "peers")]

import differences  # noqa: E402
import source  # noqa: E402
from certs import Certs  # noqa: E402
from exposition import parse_openmetrics, parse_text  # noqa: E402
from process import free_port, run_command, vedette_binary, vedette_on  # noqa: E402
from website import Site, redirect, reply  # noqa: E402

PAGES = [ROOT / "README.md", ROOT / "agent/README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONFIGURATION, METRICS = ROOT / "docs/configuration.md", ROOT / "docs/metrics.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
OURS = re.compile(r"\b(?:probe|vedette|process|blackbox)_[a-z0-9_]+\b")

WATCHED = """
alertmanagers: ["http://127.0.0.1:{closed}"]
store: none
defaults: {{alarm: {{unavailable: {{period: 1s}}}}, slo: {{availability: 99.9}}, interval: 100ms, timeout: 5s, labels: {{team: web}}}}
modules:
  http_2xx: {{prober: http, http: {{preferred_ip_protocol: ip4}}}}
  https: {{prober: http, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca}}}}}}}
targets:
  - {{name: up, url: "{http}"}}
  - {{name: down, url: "{http}down"}}
  - {{name: moved, url: "{http}moved"}}
  - {{name: refused, url: "http://127.0.0.1:{closed}/"}}
  - {{name: encrypted, url: "{https}", module: https}}
  - {{name: untrusted, url: "{https}"}}
"""


def tables(text):
    """{heading: [row, ...]} of a page, a row being its cells, without the head of each table."""
    found, heading = {}, ""
    for line in FENCE.sub("", text).splitlines():
        if line.startswith("#"):
            heading = line.strip()
        elif line.startswith("|"):
            found.setdefault(heading, []).append([cell.strip() for cell in line.strip("|").split("|")])
        elif found.get(heading) and found[heading][-1] != "end":
            found[heading].append("end")
    rule = re.compile(r"-+")
    for heading, rows in found.items():
        heads = {i for i, row in enumerate(rows) if row != "end" and i + 1 < len(rows) and rule.fullmatch(rows[i + 1][0])}
        found[heading] = [row for i, row in enumerate(rows) if row != "end" and i not in heads and not rule.fullmatch(row[0])]
    return found


def words(cell):
    """What stands in `such quotes`."""
    return re.findall(r"`([^`]+)`", cell)


def code(*patterns):
    """The text of files of agent/, one after the other."""
    return "\n".join(path.read_text() for pattern in patterns for path in sorted((ROOT / "agent").glob(pattern)))


def keys_asked_for(text):
    """Every key of a YAML map that this code reads."""
    keys = set(re.findall(r'\.at\("(\w+)"\)', text))
    calls = re.findall(r'\b(?:read_secret|refuse_reference)\(\w+((?:, "\w+")+)\)', text)
    loops = re.findall(r"const char\* key : \{([^}]*)\}", text)
    return keys.union(*(re.findall(r'"(\w+)"', part) for part in calls + loops))


def first_words(rows):
    return [word for row in rows for word in words(row[0])]


class MetricsTest(unittest.TestCase):
    """docs/metrics.md beside a live agent."""

    @classmethod
    def setUpClass(cls):
        cls.documented = {}
        for rows in tables(METRICS.read_text()).values():
            cls.documented.update({words(row[0])[0]: row for row in rows if len(row) == 4})
        certs = Certs.shared()
        routes = {"/": reply(headers={"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}), "/down": reply(503), "/moved": redirect("/")}
        plain, encrypted = cls.enterClassContext(Site(routes)), cls.enterClassContext(Site(routes, cert=certs["good"]))
        agent = cls.enterClassContext(vedette_on(WATCHED.format(
            ca=certs.ca_file, http=plain.url(), https=encrypted.url(), closed=free_port())))

        def page():
            families = parse_text(agent.get("/metrics").text)
            ran = {sample.labels["target"] for sample in families["probe_success"].samples} if "probe_success" in families else set()
            late = {"vedette_web_requests_total", "vedette_alarm_value", "vedette_alertmanager_up", "vedette_alertmanager_post_seconds"}
            return families if len(ran) == 6 and late <= families.keys() else None

        cls.metrics = agent.await_true(page, what="every target's first probe")
        cls.open_metrics = parse_openmetrics(agent.get("/metrics", {"Accept": "application/openmetrics-text"}).text)
        cls.probes = [parse_text(agent.probe(url, module).text) for url, module in (
            (plain.url(), "http_2xx"), (plain.url("/down"), "http_2xx"), (encrypted.url(), "https"), (encrypted.url(), "http_2xx"))]

    def test_every_metric_of_the_agent_is_documented_and_the_reverse(self):
        live = set(self.metrics).union(*self.probes)
        self.assertEqual(sorted(live - set(self.documented)), [], "not in docs/metrics.md")
        self.assertEqual(sorted(set(self.documented) - live), [], "in docs/metrics.md only")

    def test_openmetrics_has_the_same_families(self):
        names = {family.name + ("_total" if family.kind == "counter" else "") for family in self.open_metrics.values()}
        self.assertEqual(names, set(self.metrics))

    def test_types_and_labels_are_as_documented(self):
        for families in (self.metrics, *self.probes):
            common = {"target", "module", "team"} if families is self.metrics else set()
            for family in (family for name, family in families.items() if name in self.documented):
                with self.subTest(family.name):
                    _, kind, labels, _ = self.documented[family.name]
                    self.assertEqual(family.kind, kind)
                    live = {name for sample in family.samples for name in sample.labels} - common
                    self.assertLessEqual(live, set(words(labels)))

    def test_every_name_in_any_text_exists(self):
        # A histogram has three series of its own; the other words are a program, a page and files.
        known = set(self.documented) | {"blackbox_exporter", "blackbox_differences"}
        known |= {path.stem for path in (ROOT / "agent").glob("*/*")}
        known |= {name + end for name, row in self.documented.items() if row[1] == "histogram" for end in ("_bucket", "_sum", "_count")}
        for page in PAGES:
            names = {name for name in OURS.findall(page.read_text()) if not name.endswith("_")}
            self.assertEqual(sorted(names - known), [], page.name)

    def test_phases_and_reasons_are_the_closed_sets(self):
        why = {words(row[0])[0]: row[1] for row in tables(METRICS.read_text())["## Why a probe failed"]}
        header = code("model/failure.h")
        phases = re.search(r"enum class Phase \{([^}]*)\}", header)[1].replace(" ", "").split(",")
        reasons = re.findall(r'X\((\w+),\s*"([^"]*)"\)', header)
        self.assertGreater(len(reasons), 30)
        self.assertEqual(list(why), [*phases, *(name for name, _ in reasons)])
        for name, meaning in reasons:
            self.assertEqual(why[name], meaning)

    def test_what_differs_everywhere_is_told(self):
        text = (ROOT / "docs/blackbox_differences.md").read_text()
        for family in differences.EVERYWHERE:
            self.assertIn(family, text)


class ConfigurationTest(unittest.TestCase):
    """docs/configuration.md beside the code that reads keys and flags."""

    def setUp(self):
        self.tables = tables(CONFIGURATION.read_text())

    def below(self, heading):
        """The first words of that heading's table and of those deeper than it, up to the next heading of its depth."""
        depth, inside, found = heading.index(" "), False, []
        for name, rows in self.tables.items():
            inside = name == heading or (inside and name.index(" ") > depth)
            found += first_words(rows) if inside else []
        return found

    def test_every_key_of_the_http_block_is_documented_and_the_reverse(self):
        asked, told = keys_asked_for(code("probe/http_*.cc")), set(self.below("### `http`"))
        self.assertGreater(len(asked), 50)
        self.assertEqual(sorted(asked - told), [], "not in docs/configuration.md")
        self.assertEqual(sorted(told - asked), [], "in docs/configuration.md only")

    def test_the_http_table_has_the_keys_of_its_block(self):
        block = re.search(r'Block\{"http",((?:\s*"[^"]*")+)\}', code("config/modules.cc"))[1]
        keys = " ".join(re.findall(r'"([^"]*)"', block)).split()
        self.assertEqual(sorted(first_words(self.tables["### `http`"])), sorted(keys))

    def test_every_other_key_is_documented_and_the_reverse(self):
        files = {"## The whole file": "config/config.cc", "## `modules`": "config/modules.cc"}
        for heading, file in files.items():
            with self.subTest(heading):
                extra = {"http"} if "modules.cc" in file else set()
                self.assertEqual(set(first_words(self.tables[heading])), keys_asked_for(code(file)) | extra)
        told = {*first_words(self.tables["## `defaults`"]), *first_words(self.tables["## `targets`"])}
        self.assertEqual(told, keys_asked_for(code("config/targets.cc")))

    def test_every_key_of_alarms_and_objectives_is_documented_and_the_reverse(self):
        kinds, words = set(first_words(self.tables["## Alarms"])), code("alarm/draft.cc")
        self.assertEqual(kinds, set(re.findall(r'"(\w+)"', re.search(r"kKinds = \{([^}]*)\}", words)[1])))
        asked = keys_asked_for(words + code("alarm/alarm_text.cc", "alarm/composites.cc", "alarm/objectives.cc", "alarm/options.cc"))
        self.assertGreater(len(asked), 20)
        self.assertEqual(set(self.below("## Alarms")) - kinds | {"use", "kind", "reading"}, asked)

    def test_every_key_of_the_web_configuration_is_documented_and_the_reverse(self):
        text = code("serve/web_config.cc")
        asked = keys_asked_for(text) | set(re.findall(r'"(\w+)"', " ".join(re.findall(r"pem\(block, ([^)]*)", text))))
        web = tables((ROOT / "docs/web.md").read_text())
        self.assertIn("client_ca_file", asked)
        told = {word for heading in web if heading.startswith("### `") for word in [heading[5:-1], *first_words(web[heading])]}
        policies = set(re.findall(r'Policy\{"(\w+)"', text)) - {"RequireClientCert"}
        self.assertEqual(told | {"basic_auth_users"}, asked | policies)

    def test_every_flag_is_documented_and_the_reverse(self):
        cli = code("command/cli.cc")
        named = re.findall(r'add_(?:option|flag)\(\s*"(-[^"]*)",', cli)
        flags = {flag for names in named for flag in names.split(",")} | {"--version", "--help"}
        flags |= {"--" + name for name in re.findall(r'add_switch\(app, "([^"]*)"', cli)}
        told = {flag for flag in self.below("## Command line") if flag.startswith("-")}
        self.assertEqual(told, flags)

    def test_every_path_is_documented_and_the_reverse(self):
        routes = set(re.findall(r'routes\.push_back\(\{"([^"]+)"', code("command/agent.cc"))) | {"/"}
        self.assertEqual({path.partition("?")[0] for path in self.below("## Web")}, routes)


class PagesTest(unittest.TestCase):
    """What holds for every page."""

    def test_every_yaml_example_is_a_good_configuration(self):
        count = 0
        for page in PAGES:
            for language, text in FENCE.findall(page.read_text()):
                self.assertIn(language, ("yaml", "text", "sh"), f"{page.name}: a block says what it is")
                if language != "yaml":
                    continue
                count += 1
                with self.subTest(page.name, text=text[:60]), tempfile.TemporaryDirectory() as directory:
                    path, web = Path(directory, "vedette.yml"), Path(directory, "web.yml")
                    is_web = page.name == "web.md"
                    path.write_text("targets: []\n" if is_web else text)
                    web.write_text(text if is_web else "")
                    good = Certs.shared()["good"]
                    Path(directory, "server.crt").write_text(good.crt.read_text())
                    Path(directory, "server.key").write_text(good.key.read_text())
                    done = run_command([vedette_binary(), "check", path, f"--web.config.file={web}"])
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreaterEqual(count, 2)

    def test_every_link_leads_somewhere(self):
        for page in PAGES:
            for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text())):
                if "://" in link:
                    continue
                with self.subTest(page.name, link=link):
                    self.assertTrue((page.parent / link.partition("#")[0]).exists(), f"{page.name}: {link}")

    def test_the_map_names_every_file_of_the_agent_and_no_other(self):
        told, folder = set(), ""
        for _, named, files, _ in tables((ROOT / "agent/README.md").read_text())["## Floors and folders"]:
            folder = named or folder
            told |= {f"{folder}/{file}" for file in files.split(", ")}
        there = {f"{path.parts[1]}/{path.stem}" for path in source.project_files(ROOT)
                 if path.parts[0] == "agent" and len(path.parts) == 3 and path.suffix in (".h", ".cc")}
        there -= {"command/commands"}  # the three declarations that main.cc needs
        self.assertEqual(sorted(told ^ there), [])

    def test_the_functions_of_the_life_of_a_probe_exist(self):
        text = (ROOT / "agent/README.md").read_text()
        life = text[text.index("## Life of a probe"):text.index("## Life of an alarm")]
        steps = re.findall(r"^\d+\. `([\w:]+)` in \[([\w/.]+)\]", life, re.M)
        self.assertEqual(len(steps), 10)
        for function, file in steps:
            self.assertRegex((ROOT / "agent" / file).read_text(), rf"\b{function}\(")


if __name__ == "__main__":
    unittest.main()
