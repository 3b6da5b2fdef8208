"""A live stack in which everything goes wrong that alerts/rules speaks of: agents, sites, hosts, pages of others, and a real Prometheus.

The rules are loaded as they are shipped, but for two words: all groups are evaluated every second, and `rate(...[5m])` is one of 15 s,
since it counts what was before the first sample as nothing. What takes longer happened before Prometheus started: `promtool tsdb
create-blocks-from openmetrics` writes that past into its data.
"""

import contextlib
import json
import re
import resource
import signal
import tempfile
import time
import urllib.parse
from pathlib import Path

from certs import Certs
from live_rules_pages import PAGES, page
from node_exporter import Host, NodeExporter
from process import Process, free_port, http_get, run_command, tool, vedette_on
from website import Site, redirect, reply

RULES = Path(__file__).resolve().parents[2] / "alerts/rules"
# As the Prometheus operator adds them to what it scrapes.
SCRAPED = {"namespace": "monitoring", "container": "vedette", "endpoint": "http", "service": "vedette"}
OWN = {"module": "http_2xx", "team": "web", "region": "eu", "node": "n1"}
TEXT = {"Content-Type": "text/plain; version=0.0.4"}
CERTIFICATES = {"soon": {"days": (-1, 20)}, "sooner": {"days": (-1, 3)}, "now": {"days": (-1, 0.5)}}
INVALID = ("expired", "not_yet_valid", "unknown_authority", "self_signed", "wrong_name")

HOME = """
store: none
modules:
  http_2xx: {{prober: http, http: {{preferred_ip_protocol: ip4}}}}
  https: {{prober: http, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: "{ca}"}}}}}}
  secret: {{prober: http, http: {{preferred_ip_protocol: ip4, basic_auth: {{username: a, password_file: /nonexistent/secret}}}}}}
defaults: {{interval: 1s, timeout: 900ms, labels: {{team: web, region: eu, node: n1}}}}
targets:
  - {{name: up, url: "{site}"}}
  - name: down
    url: "{site}down"
    slo: {{availability: 99.9}}
    alarm: {{unavailable: {{period: 1s, severity: critical}}, few: {{kind: slow, above: 1s, period: 1s}}}}
  - {{name: slow, url: "{site}slow", interval: 2s, timeout: 5s, slo: {{latency: 100ms}}}}
  - {{name: slow_by_its_own, url: "{site}slow", interval: 2s, timeout: 5s, alarm: {{slow: {{above: 2s}}}}}}
  - {{name: flapping, url: "{site}flapping", interval: 500ms}}
  - {{name: hanging, url: "{site}hanging", interval: 500ms, timeout: 3s}}
  - {{name: circle, url: "{site}circle"}}
  - {{name: nowhere, url: "{site}nowhere"}}
  - {{name: moved, url: "{site}moved"}}
  - {{name: wandering, url: "http://{address}:{port}/"}}
  - {{name: unreadable, url: "{site}", module: secret}}
"""
LEAVING = '  - {{name: leaving, url: "{site}"}}\n'

STRAINED = """
store: {{url: "postgresql://vedette@127.0.0.1:{closed}/alarms"}}
alertmanagers: ["http://127.0.0.1:{closed}"]
flights: 2
modules: {{http_2xx: {{prober: http, http: {{preferred_ip_protocol: ip4}}}}}}
defaults: {{interval: 1s, timeout: 700ms, labels: {{team: web, region: us, node: n2}}}}
targets:
  - {{name: down, url: "{site}down"}}
  - {{name: many, url: "{site}down", interval: 100ms, alarm: {{{alarms}}}}}
"""

IDLE = """
store: none
defaults: {interval: 7d}
targets: [{name: rare, url: "http://127.0.0.1:9/"}]
"""


def samples(series, labels, value, first, last, step=60):
    """[(time, line), ...] of one series in the past; `first` and `last` are seconds ago, `value` may be a function of that."""
    written = ",".join(f'{name}="{text}"' for name, text in sorted(labels.items()))
    now = time.time()
    return [(now - ago, f"{series}{{{written}}} {value(ago) if callable(value) else value} {now - ago:.3f}") for ago in range(first, last, -step)]


class Stack(contextlib.ExitStack):
    """Everything that runs; `ask` queries Prometheus, `stir` keeps the trouble going and takes up to a second."""

    def __enter__(self):
        super().__enter__()
        try:
            self.begin = time.monotonic()
            self.later = False
            self.folder = Path(self.enter_context(tempfile.TemporaryDirectory()))
            self.start_sites()
            self.start_agents()
            self.start_hosts()
            self.start_prometheus()
        except BaseException:
            self.close()
            raise
        return self

    # What is watched.

    def start_sites(self):
        def flapping(_):
            return reply(503 if int(self.seconds() / 1.5) % 2 else 200)

        def moved(_):
            return reply() if self.later else redirect("/")

        routes = {"/": reply(), "/down": reply(503), "/slow": reply(delay=1.3), "/flapping": flapping, "/hanging": reply(delay=20),
                  "/circle": redirect("/circle"), "/nowhere": redirect("gopher://nowhere/"), "/moved": moved}
        routes |= {f"/pages/{name}": (lambda _, text=text: reply(headers=TEXT, body=page(text, self.seconds()))) for name, text in PAGES.items()}
        self.site = self.enter_context(Site(routes, host="0.0.0.0"))
        self.certs = Certs.shared()
        made = {name: self.certs.issue(name, **fields) for name, fields in CERTIFICATES.items()} | {name: self.certs[name] for name in INVALID}
        self.encrypted = {name: self.enter_context(Site({"/": reply()}, cert=cert)) for name, cert in made.items()}

    def home(self, leaving="", address="127.0.0.1"):
        words = {"site": f"http://127.0.0.1:{self.site.port}/", "port": self.site.port, "ca": self.certs.ca_file, "address": address}
        https = "".join(f'  - {{name: {name}, url: "{site.url()}", module: https}}\n' for name, site in self.encrypted.items())
        return (HOME + leaving).format(**words) + https

    def seconds(self):
        return time.monotonic() - self.begin

    # The agents.

    def start_agents(self):
        closed = free_port()
        alarms = ", ".join(f"a{number}: {{kind: unavailable, period: 1s, missing_data: breaching}}" for number in range(110))
        hanging = "".join(f'  - {{{{name: h{number}, url: "{{site}}hanging"}}}}\n' for number in range(6))
        site = f"http://127.0.0.1:{self.site.port}/"
        web = self.folder / "web.yml"
        web.write_text("{}\n")
        self.agents = {
            "home": vedette_on(self.home(LEAVING)),
            "strained": vedette_on((STRAINED + hanging).format(closed=closed, site=site, alarms=alarms), [f"--web.config.file={web}"]),
            "idle": vedette_on(IDLE),
            "restless": vedette_on("store: none\ntargets: []\n"),
        }
        for agent in self.agents.values():
            self.enter_context(agent)
        strained = self.agents["strained"]
        strained.stop_signal = signal.SIGKILL  # it would wait for its store
        strained.config_path.write_text("targets: nonsense\n")
        web.write_text("nonsense: [\n")
        strained.get("/-/reload", method="POST")
        strained.await_true(lambda: self.troubled(strained.get("/metrics").text), 30, "a store and a configuration in trouble")
        descriptors = int(re.search(r"^process_open_fds (\d+)", self.agents["idle"].get("/metrics").text, re.M)[1])
        hard = resource.prlimit(self.agents["idle"].pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(self.agents["idle"].pid, resource.RLIMIT_NOFILE, (descriptors + 1, hard))

    @staticmethod
    def troubled(text):
        """Before Prometheus looks, so that `max_over_time(...) == 0` need not wait for the good times to be forgotten."""
        values = dict(re.findall(r"^(\w+) (\S+)$", text, re.M))
        names = ("vedette_store_up", "vedette_config_last_reload_successful", "vedette_web_config_last_reload_successful")
        return all(values[name] == "0" for name in names) and float(values["vedette_store_pending_rows"]) > 100

    # The hosts, and Prometheus.

    def start_hosts(self):
        busy = self.enter_context(Host(user=0.98, idle=0.01, iowait=0.01))
        waiting = self.enter_context(Host(user=0.3, idle=0.1, iowait=0.6))
        every = {"here": (), "busy": busy.flags, "waiting": waiting.flags, "gone": ("--collector.disable-defaults", "--collector.uname")}
        self.hosts = {name: self.enter_context(NodeExporter(flags)) for name, flags in every.items()}

    def past(self):
        """Results of the same hours of the days before; a day of one address and of redirects; a disk that filled for six hours."""
        home = {**SCRAPED, **OWN, "job": "vedette", "pod": "home", "instance": f"127.0.0.1:{self.agents['home'].port}"}
        mean = {name: value for name, value in home.items() if name not in ("instance", "module", "pod")}
        lines = []
        for target, value in (("slow", 0.005), ("up", 100)):  # what is then unusually slow, and unusually fast
            for day in range(1, 8):
                ago = int((24 * day - 0.5) * 3600)
                lines += samples("vedette:probe_duration_seconds:mean1h", {**mean, "target": target}, value, ago + 240, ago - 240)
        lines += samples("probe_ip_addr_hash", {**home, "target": "wandering"}, 1, 90000, 960, 600)
        lines += samples("probe_http_redirects", {**home, "target": "moved"}, 1, 90000, 960, 600)
        for target in ("leaving", "up"):
            lines += samples("probe_success", {**home, "target": target}, 1, 2400, 1200)
        disk = {"job": "node", "instance": self.hosts["busy"].address, "device": "/dev/vdb", "fstype": "ext4", "mountpoint": "/data"}
        lines += samples("node_filesystem_avail_bytes", disk, lambda ago: ago * 1e12, 21000, 960, 600)
        return "\n".join(line for _, line in sorted(lines)) + "\n# EOF\n"

    def scrapes(self):
        def job(name, *addresses, path="/metrics"):
            return {"job_name": name, "honor_labels": True, "metrics_path": path, "static_configs": [{"targets": addresses}]}

        agents = job("vedette")
        agents["static_configs"] = [{"targets": [f"127.0.0.1:{agent.port}"], "labels": {**SCRAPED, "pod": name}}
                                    for name, agent in self.agents.items()]
        return [agents, job("node", *(host.address for host in self.hosts.values())),
                *(job(name, f"127.0.0.1:{self.site.port}", path=f"/pages/{name}") for name in PAGES)]

    def start_prometheus(self):
        rules = self.folder / "rules"
        rules.mkdir()
        for path in RULES.glob("*.yml"):
            text = re.sub(r"^    interval: \d+m\n", "", path.read_text(), flags=re.M)
            (rules / path.name).write_text(re.sub(r"(\brate\(\w+(?:\{[^}]*\})?)\[5m\]", r"\1[15s]", text))
        config, past, data = (self.folder / name for name in ("prometheus.yml", "past.txt", "data"))
        config.write_text(json.dumps({"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [f"{rules}/*.yml"],
                                      "scrape_configs": self.scrapes()}))
        past.write_text(self.past())
        written = run_command([tool("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=256h", past, data])
        if written.returncode:
            raise AssertionError(written.stdout + written.stderr)
        self.started = time.time()
        self.base = f"http://127.0.0.1:{free_port()}"
        self.prometheus = self.enter_context(Process(
            [tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={data}", f"--web.listen-address={self.base[7:]}"]))
        self.prometheus.await_answer(self.base + "/-/ready", 60)

    def api(self, path, **parameters):
        answer = http_get(f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        if answer.status != 200:
            raise AssertionError(f"{path} {parameters}: {answer.text}")
        return json.loads(answer.text)["data"]

    def ask(self, query, at=None):
        """The labels of every series of the answer, now or at another moment."""
        return [series["metric"] for series in self.api("query", query=query, time=at or time.time())["result"]]

    # What happens while Prometheus looks.

    def stir(self):
        self.stop_for_a_moment(self.agents["strained"])
        self.restart(self.agents["restless"])
        if not self.later and self.ready_for_more():
            self.later = True
            self.hosts["gone"].stop()
            home = self.agents["home"]
            home.config_path.write_text(self.home(address="127.0.0.2"))
            answer = home.get("/-/reload", method="POST")
            if answer.status != 200:
                raise AssertionError(answer.text)

    def ready_for_more(self):
        """Whether Prometheus has seen the time before the change."""
        return all(self.ask(query) for query in (
            'probe_http_redirects{target="moved"} == 1', 'probe_success{target="leaving"} == 1', 'probe_ip_addr_hash{target="wandering"}',
            f'node_uname_info{{instance="{self.hosts["gone"].address}"}}'))

    @staticmethod
    def stop_for_a_moment(agent):
        """Its timers fire late, as those of an agent that gets no processor do."""
        agent.send(signal.SIGSTOP)
        try:
            time.sleep(0.4)
        finally:
            agent.send(signal.SIGCONT)

    def restart(self, agent):
        """Once per round, until it stays away: each start has to be scraped first."""
        if not agent.alive:
            return
        series = f'process_start_time_seconds{{instance="127.0.0.1:{agent.port}"}}'
        current = float(re.search(r"^process_start_time_seconds (\S+)", agent.get("/metrics").text, re.M)[1])
        if self.ask(f"changes({series}[30m]) > 3"):
            agent.stop()
        elif self.ask(f"abs({series} - {current!r}) < 0.01"):
            agent.stop()
            agent.start().await_ready()
