#!/usr/bin/python3
"""The whole chain on one machine: a site, vedette, Prometheus, Alertmanager, a mail box. Break the site and watch.

Without arguments it runs until Ctrl-C and says what to type. With --runs N it breaks and mends the site N times by itself and tells
how long the mail and the page took.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import servers  # noqa: E402

PORTS = {"vedette": 9115, "prometheus": 9090, "alertmanager": 9093, "site": 8081, "mail": 2525, "webhook": 2526}
OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Demo:
    """Everything that runs, with its files in one folder."""

    def __init__(self, folder, vedette, ports, with_prometheus=True, show=print, config=HERE / "vedette.yml"):
        self.folder, self.vedette, self.ports, self.config = Path(folder), str(vedette), dict(ports), config
        self.with_prometheus, self.children, self.servers = with_prometheus, {}, []
        self.events = servers.Events(show)

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            for name, make in (("site", servers.site), ("mail", servers.post_office), ("webhook", servers.webhook)):
                server = make(self.ports[name], self.events)
                self.ports[name] = server.port
                self.servers.append(server)
            self.start_alertmanager()
            if self.with_prometheus:
                self.start_prometheus()
            self.start_vedette()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in list(self.children):
            self.stop(name)
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def base(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self, name, command, ready, **environment):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.children[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                   env={**os.environ, **environment}, start_new_session=True)
        end = time.monotonic() + 30
        while not self.answers(self.base(name) + ready):
            if self.children[name].poll() is not None or time.monotonic() > end:
                raise SystemExit(f"demo: {name} did not start; {self.folder}/{name}.log ends with\n"
                                 + (self.folder / f"{name}.log").read_text("utf-8", "replace")[-800:])
            time.sleep(0.02)

    def stop(self, name, how=signal.SIGTERM):
        child = self.children.pop(name, None)
        if child is None:
            return
        child.send_signal(how)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    @staticmethod
    def answers(url):
        try:
            with OPEN(url, timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def filled(self, name, **values):
        text = (HERE / name).read_text()
        for key, value in values.items():
            text = text.replace(f"@{key.upper()}@", str(value))
        return text

    def start_alertmanager(self):
        shipped = (ROOT / "alerts/alertmanager.yml").read_text()
        inhibit = shipped[shipped.index("inhibit_rules:"):shipped.index("receivers:")]
        path = self.folder / "alertmanager.yml"
        path.write_text(self.filled("alertmanager.yml", mail=self.ports["mail"], webhook=self.ports["webhook"],
                                    templates=ROOT / "alerts/templates") + inhibit)
        self.start("alertmanager", [tool("prometheus-alertmanager"), f"--config.file={path}", "--cluster.listen-address=",
                                    f"--web.listen-address=127.0.0.1:{self.ports['alertmanager']}",
                                    f"--storage.path={self.folder}/alertmanager"], "/-/ready")

    def start_prometheus(self):
        path = self.folder / "prometheus.yml"
        path.write_text(self.filled("prometheus.yml", rules=ROOT / "alerts/rules", vedette=self.ports["vedette"],
                                    alertmanager=self.ports["alertmanager"]))
        self.start("prometheus", [tool("prometheus"), f"--config.file={path}", f"--storage.tsdb.path={self.folder}/prometheus",
                                  f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}"], "/-/ready")

    def start_vedette(self):
        self.start("vedette", [self.vedette, "run", f"--config.file={self.config}",
                               f"--web.listen-address=127.0.0.1:{self.ports['vedette']}"], "/-/healthy",
                   DEMO_SITE=str(self.ports["site"]), DEMO_ALERTMANAGER=str(self.ports["alertmanager"]),
                   DEMO_FOLDER=str(self.folder))

    def await_calm(self, timeout=30.0):
        """Until every alarm has seen the site well."""
        end = time.monotonic() + timeout
        while True:
            with OPEN(self.base("vedette") + "/metrics", timeout=5) as answer:
                states = [line for line in answer.read().decode().splitlines() if line.startswith("vedette_alarm_state{")]
            if states and all(line.endswith(" 0") for line in states):
                return
            if time.monotonic() > end:
                raise SystemExit("demo: the alarms are not ok: " + "; ".join(states))
            time.sleep(0.05)

    def change(self, mood):
        """break, slow, hang or mend; returns the place of what follows in the list of events."""
        position = self.events.count()
        OPEN(urllib.request.Request(f"{self.base('site')}/{mood}", method="POST"), timeout=5).close()
        return position

    def await_messages(self, position, status, timeout=30.0):
        """The seconds until (page, mail) that say so; None for what did not come."""
        subject = {"firing": "[CRITICAL]", "resolved": "[RESOLVED]"}[status]

        def times(entries):
            page = [after for kind, what, after in entries if kind == "page" and what.startswith(status)]
            mail = [after for kind, what, after in entries if kind == "mail" and what.startswith(subject)]
            return (page[0], mail[0]) if page and mail else None

        return self.events.wait(times, position, timeout)


def tool(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        raise SystemExit(f"demo: {name} is not installed; ./dev demo installs it")
    return path


def tell(demo):
    site, agent = demo.base("site"), demo.base("vedette")
    print(f"""
  {agent}/   the agent          {demo.base('prometheus')}/   Prometheus
  {demo.base('alertmanager')}/   Alertmanager       {site}/         the site

  In another terminal:
    curl -X POST {site}/break      it answers 503: a page and a mail
    curl -X POST {site}/slow       it takes half a second
    curl -X POST {site}/hang       it says nothing
    curl -X POST {site}/mend       all is well again: the page is resolved
    {demo.vedette} alarms list --store sqlite:{demo.folder}/vedette.db
  Ctrl-C stops everything. Logs are in {demo.folder}.
""", flush=True)


def watch(demo):
    tell(demo)
    while all(child.poll() is None for child in demo.children.values()):
        time.sleep(0.5)
    raise SystemExit("demo: a program ended; see its log in " + str(demo.folder))


def measure(demo, runs):
    """Breaks and mends the site that often; fails when a message does not come."""
    took = {"page": [], "mail": [], "resolve": []}
    demo.await_calm()
    for run in range(runs):
        position = demo.change("break")
        fired = demo.await_messages(position, "firing")
        position = demo.change("mend")
        resolved = demo.await_messages(position, "resolved")
        if not fired or not resolved:
            raise SystemExit(f"demo: run {run + 1}: no {'mail or page' if not fired else 'resolve'} within 30 s")
        took["page"].append(fired[0])
        took["mail"].append(fired[1])
        took["resolve"].append(resolved[1])
    print()
    for name, values in took.items():
        print(f"{name:8} median {statistics.median(values):5.2f} s   worst {max(values):5.2f} s   of {runs} runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vedette", default=ROOT / "build/release/vedette", help="the agent's binary")
    parser.add_argument("--folder", default=ROOT / "build/demo", type=Path, help="where logs and data go; emptied first")
    parser.add_argument("--runs", type=int, default=0, help="break and mend the site so many times, tell the times, and end")
    parser.add_argument("--without-prometheus", action="store_true", help="the agent alone tells Alertmanager")
    for name, port in PORTS.items():
        parser.add_argument(f"--{name}-port", type=int, default=port, help=f"default {port}")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # either way everything that was started is stopped
    ports = {name: getattr(options, f"{name}_port") for name in PORTS}
    mark = options.folder / "of-the-demo"
    if options.folder.exists() and any(options.folder.iterdir()) and not mark.exists():
        raise SystemExit(f"demo: {options.folder} holds something else; it would be emptied")
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    mark.touch()
    try:
        with Demo(options.folder, options.vedette, ports, not options.without_prometheus) as demo:
            measure(demo, options.runs) if options.runs else watch(demo)
    except OSError as error:
        raise SystemExit(f"demo: {error}; other ports: see --help") from None
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
