#!/usr/bin/python3
"""alerts/ beside the real promtool, Prometheus, amtool and Alertmanager: rules load, fire and stay silent, and messages reach the right ones."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALERTS, CASES = ROOT / "alerts", ROOT / "tests/alerts"
sys.path[:0] = [str(ROOT / "tests/support"), str(ALERTS)]

import build  # noqa: E402
from process import free_port, tool, wait_until  # noqa: E402

RULES, RUNBOOKS = sorted((ALERTS / "rules").glob("*.yml")), sorted((ALERTS / "runbooks").glob("*.md"))
SECTIONS = ["Meaning", "Impact", "First three commands", "Usual causes"]
# severity, team: who hears it besides the record.
ROUTES = {
    ("critical", "web"): "page-web", ("critical", "platform"): "page-platform", ("critical", "other"): "page-any", ("critical", ""): "page-any",
    ("warning", "web"): "team-web", ("warning", "platform"): "team-platform", ("warning", "other"): "team-any", ("warning", ""): "team-any",
    ("info", "web"): "notes", ("info", "platform"): "notes", ("info", "other"): "notes", ("info", ""): "notes",
}


def run(*command):
    """What the command printed; a test that cares for its exit code compares that."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def ask(url, body=None):
    """The JSON at a URL on this machine, whatever proxy the environment names; None while nobody answers."""
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, {"Content-Type": "application/json"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
            text = answer.read()
            return json.loads(text) if text else {}
    except OSError:
        return None


class Server:
    """A Prometheus or Alertmanager on a free port of loopback, with a directory of its own."""

    def __init__(self, program, config, *flags):
        self.directory = tempfile.TemporaryDirectory()
        path = Path(self.directory.name, "config.yml")
        path.write_text(config)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = Path(self.directory.name, "log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [tool(program), f"--config.file={path}", f"--web.listen-address={self.url[7:]}",
                 *(flag.format(directory=self.directory.name) for flag in flags)], stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.directory.cleanup()

    def await_answer(self, path, wanted=bool):
        def answer():
            found = ask(self.url + path)
            return found if found is not None and wanted(found) else None

        return wait_until(answer, timeout=30, what=f"{path} of {self.process.args[0]}: {self.log.read_text()[-2000:]}")


class RulesTest(unittest.TestCase):
    """The rules as Prometheus understands them."""

    @classmethod
    def setUpClass(cls):
        files = "".join(f"  - {path}\n" for path in RULES)
        server = cls.enterClassContext(Server("prometheus", f"rule_files:\n{files}", "--storage.tsdb.path={directory}/data"))
        groups = server.await_answer("/api/v1/rules")["data"]["groups"]
        cls.alerts = [rule for group in groups for rule in group["rules"] if rule["type"] == "alerting"]

    def test_promtool_finds_nothing_to_say(self):
        code, said = run(tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", *RULES)
        self.assertEqual(code, 0, said)

    def test_every_case_comes_out_as_written(self):
        for path in sorted(CASES.glob("*.yml")):
            with self.subTest(path.name):
                code, said = run(tool("promtool"), "test", "rules", path)
                self.assertEqual(code, 0, said)

    def test_every_alert_has_a_case_of_each_severity_and_one_of_silence(self):
        silent, firing = set(), set()
        for path in sorted(CASES.glob("*.yml")):
            for name, rest in re.findall(r"^ +alertname: (\w+)\n +exp_alerts:(.*?)(?=\n +- eval_time|\n\n|\Z)", path.read_text(), re.M | re.S):
                silent |= {name} if rest.strip() == "[]" else set()
                firing |= {(name, severity) for severity in re.findall(r"exp_labels: .*\bseverity: (\w+)", rest)}
        templated = {rule["name"] for rule in self.alerts if "{{" in rule["labels"]["severity"]}
        there = {(rule["name"], rule["labels"]["severity"]) for rule in self.alerts if rule["name"] not in templated}
        self.assertEqual({pair for pair in firing if pair[0] not in templated}, there)
        self.assertEqual(silent, {rule["name"] for rule in self.alerts})
        self.assertLessEqual({(name, severity) for name in templated for severity in ("critical", "warning")}, firing)

    def test_every_alert_says_what_how_bad_and_where_to_read_on(self):
        for rule in self.alerts:
            with self.subTest(rule["name"]):
                self.assertIn(rule["labels"].get("severity"), ("critical", "warning", "info", '{{ or $labels.severity "warning" }}'))
                self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook_url"})
                self.assertRegex(rule["annotations"]["summary"], r"^[A-Z{].*\.$")
                self.assertEqual(rule["annotations"]["runbook_url"], f"{build.SHIPPED_BASE}/{rule['name']}.md")

    def test_every_runbook_belongs_to_an_alert_and_is_whole(self):
        self.assertEqual({path.stem for path in RUNBOOKS}, {rule["name"] for rule in self.alerts})
        for path in RUNBOOKS:
            with self.subTest(path.name):
                text = path.read_text()
                self.assertEqual(text.split("\n", 1)[0], f"# {path.stem}")
                self.assertEqual(re.findall(r"^## (.*)$", text, re.M), SECTIONS)
                self.assertEqual(len(re.search(r"^```sh\n(.*?)\n```$", text, re.M | re.S)[1].split("\n")), 3)

    def test_every_link_leads_to_a_file(self):
        for path in [*RUNBOOKS, ALERTS / "README.md"]:
            for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
                self.assertTrue("://" in link or (path.parent / link.partition("#")[0]).exists(), f"{path.name}: {link}")

    def test_the_table_of_the_readme_has_every_alert_and_no_other(self):
        rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| ([\w, ]+) \|", (ALERTS / "README.md").read_text(), re.M)
        told = {(name, severity) for name, page, severities in rows for severity in severities.split(", ") if name == page}
        there = {(rule["name"], "its own" if "{{" in rule["labels"]["severity"] else rule["labels"]["severity"]) for rule in self.alerts}
        self.assertEqual(told, there)

    def test_the_kubernetes_objects_are_made_from_the_rules(self):
        made = {name: text for name, text in build.made().items() if name.startswith("kubernetes/")}
        there = {f"kubernetes/{path.name}": path.read_text() for path in (ALERTS / "kubernetes").glob("*.yml")}
        self.assertEqual(made, there, "alerts/rules/ changed: run alerts/build.py")

    def test_an_installer_can_change_base_labels_and_namespace(self):
        with tempfile.TemporaryDirectory() as out:
            code, said = run(ALERTS / "build.py", "--runbooks", "https://wiki.test/r/", "--label", "release=kube", "--namespace", "watch", out)
            self.assertEqual(code, 0, said)
            rules, made = sorted(Path(out, "rules").glob("*.yml")), Path(out, "kubernetes/slo.yml").read_text()
            self.assertEqual(run(tool("promtool"), "check", "rules", *rules)[0], 0)
            self.assertNotIn(build.SHIPPED_BASE, "".join(path.read_text() for path in rules) + made)
            self.assertIn("https://wiki.test/r/SloBurns.md\n", made)
            self.assertIn("  namespace: watch\n", made)
            self.assertIn("    release: kube\n", made)
        self.assertEqual(run(ALERTS / "build.py", "--namespace", "watch")[0], 2)


class AlertmanagerTest(unittest.TestCase):
    """The shipped configuration and templates of Alertmanager."""

    config = ALERTS / "alertmanager.yml"

    def test_it_loads(self):
        code, said = run(tool("amtool"), "check-config", self.config)
        self.assertEqual(code, 0, said)
        self.assertIn("1 templates", said)

    def test_every_severity_of_every_team_reaches_the_right_ones(self):
        for (severity, team), receiver in ROUTES.items():
            with self.subTest(severity=severity, team=team):
                labels = [f"severity={severity}", "alertname=SiteSlow", "target=shop", *([f"team={team}"] if team else [])]
                code, said = run(tool("amtool"), "config", "routes", "test", f"--config.file={self.config}",
                                 f"--verify.receivers=record,{receiver}", *labels)
                self.assertEqual(code, 0, said)

    def test_an_alert_without_severity_is_not_lost(self):
        code, said = run(tool("amtool"), "config", "routes", "test", f"--config.file={self.config}", "--verify.receivers=team-any", "team=web")
        self.assertEqual(code, 0, said)

    def test_every_receiver_is_used_and_says_when_it_is_over(self):
        text = self.config.read_text()
        named = set(re.findall(r"^  - name: (\S+)$", text[text.index("\nreceivers:"):], re.M))
        self.assertEqual(named, {*ROUTES.values(), "record"})
        shown = run(tool("amtool"), "check-config", self.config)[1]
        self.assertIn(f"{len(named)} receivers", shown)
        whole = [block for block in re.split(r"\n +- ", text) if re.match(r"(&\w+\n +)?(to|url|channel|topic_arn|routing_key_file):", block)]
        self.assertEqual(len(whole), 6)
        for block in whole:
            self.assertIn("send_resolved: true", block)

    def test_secrets_are_in_files(self):
        text = self.config.read_text()
        self.assertEqual(re.findall(r"\b(?:auth_password|api_url|routing_key|service_key|credentials|secret_key|access_key|password):", text), [])
        self.assertGreaterEqual(len(re.findall(r"\w+_file: /etc/alertmanager/secrets/", text)), 6)

    def test_messages_say_what_since_when_how_bad_why_and_where(self):
        labels = {"alertname": "SiteDownEverywhere", "severity": "critical", "target": "shop", "team": "web"}
        notes = {"summary": "shop is down.", "description": "Reason: connect/connect_refused.", "runbook_url": "https://r/SiteDownEverywhere.md"}
        alert = {"status": "firing", "labels": labels, "annotations": notes, "startsAt": "2026-11-20T19:44:47Z", "endsAt": "2026-11-20T20:00:00Z",
                 "generatorURL": "http://prometheus/graph", "fingerprint": "1"}
        for status, head in (("firing", "[CRITICAL] shop is down."), ("resolved", "[RESOLVED] shop is down.")):
            data = {"receiver": "page-web", "status": status, "alerts": [{**alert, "status": status}], "groupLabels": labels,
                    "commonLabels": labels, "commonAnnotations": notes, "externalURL": "http://alertmanager"}
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                file.write(json.dumps(data))
                file.flush()
                render = [tool("amtool"), "template", "render", f"--template.glob={ALERTS}/templates/*.tmpl", f"--template.data={file.name}"]
                said = {name: run(*render, "--template.text", f'{{{{ template "vedette.{name}" . }}}}')[1]
                        for name in ("subject", "short", "text", "html", "color", "severity")}
            self.assertEqual(said["subject"].strip(), head)
            self.assertLess(len(said["short"]), 100)
            self.assertEqual(said["severity"].strip(), "critical")
            self.assertEqual(said["color"].strip(), "danger" if status == "firing" else "good")
            for name in ("text", "html"):
                for word in ("shop is down.", "connect/connect_refused", "critical", "2026-11-20 19:44:47", notes["runbook_url"], "team=web",
                             "https://grafana.example.org/", "https://vedette.example.org/"):
                    self.assertIn(word, said[name], name)
                self.assertEqual("2026-11-20 20:00:00" in said[name], status == "resolved", name)

    def inhibited(self, *alerts):
        """Which of these alerts a real Alertmanager holds back, under the shipped rules and without anybody to tell."""
        text = self.config.read_text()
        head, receivers = text.split("\nreceivers:")
        head = head.replace("templates/*.tmpl", str(ALERTS / "templates/*.tmpl"))
        quiet = "".join(f"  - name: {name}\n" for name in re.findall(r"^  - name: (\S+)$", receivers, re.M))
        with Server("prometheus-alertmanager", f"{head}\nreceivers:\n{quiet}", "--storage.path={directory}/data", "--cluster.listen-address=") as server:
            server.await_answer("/api/v2/status")
            ask(server.url + "/api/v2/alerts", [{"labels": labels} for labels in alerts])
            path = "/api/v2/alerts"
            shown = server.await_answer(path, lambda found: len(found) == len(alerts) and all(one["status"]["state"] != "unprocessed" for one in found))
            return {(one["labels"]["alertname"], one["labels"].get("target"), one["labels"]["severity"])
                    for one in shown if one["status"]["inhibitedBy"]}

    def test_the_graver_mutes_the_lighter(self):
        def alert(name, severity, target, **more):
            return {"alertname": name, "severity": severity, "target": target, **more}

        held = self.inhibited(
            alert("SiteDownEverywhere", "critical", "shop"), alert("SiteDownHere", "warning", "shop", region="eu"),
            alert("SiteDownHere", "warning", "other", region="eu"), alert("SiteCertificateExpires", "info", "shop"),
            alert("SiteCertificateExpires", "warning", "late"), alert("SiteCertificateExpires", "info", "late"),
            alert("SiteCertificateExpires", "critical", "dead"), alert("SiteCertificateExpires", "warning", "dead"),
            alert("VedetteAlarm", "critical", "fast", alarm="unavailable"), alert("SiteDownEverywhere", "critical", "fast"),
            alert("VedetteAlarm", "critical", "slow", alarm="slow"), alert("SiteDownEverywhere", "critical", "slow"))
        self.assertEqual(held, {
            ("SiteDownHere", "shop", "warning"), ("SiteCertificateExpires", "late", "info"), ("SiteCertificateExpires", "dead", "warning"),
            ("SiteDownEverywhere", "fast", "critical")})


if __name__ == "__main__":
    unittest.main()
