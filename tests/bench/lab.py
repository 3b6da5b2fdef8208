"""Everything that is measured against each other, on one machine: the site, the agents, and how their CPU time is read.

The site (nginx, one worker) has a core of its own and the clients have another, so that nobody is charged for his
neighbour's cache. blackbox_exporter is free to use both, as it would be anywhere.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from certs import Certs  # noqa: E402
from process import Blackbox, Process, Vedette, free_port, http_get, tool  # noqa: E402

SERVER_NAME = "bench.test"
TARGETS = 10_000
SCHEMES = {"http": "http", "rsa": "https", "ecdsa": "https"}

NGINX = """
daemon off; master_process off; pid {dir}/nginx.pid; error_log stderr warn; worker_rlimit_nofile 16384;
events {{ worker_connections 8000; }}
http {{
  access_log off; default_type text/plain; root {dir}/site;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
  uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  ssl_protocols TLSv1.2 TLSv1.3;
  allow 127.0.0.0/8; deny all;
  server {{ listen {http} backlog=4096; }}
  server {{ listen {rsa} ssl backlog=4096; ssl_certificate {rsa_crt}; ssl_certificate_key {rsa_key}; }}
  server {{ listen {ecdsa} ssl backlog=4096; ssl_certificate {ecdsa_crt}; ssl_certificate_key {ecdsa_key}; }}
  server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
}}
"""

MODULES = """modules:
  http: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4}}}}
  https:
    prober: http
    timeout: 5s
    http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca}, server_name: {name}}}}}
"""


def cores():
    """(core of the clients, core of the site)."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def pinned(core, argv):
    return [tool("taskset"), "-c", str(core), *map(str, argv)]


def allow_cores(pid, allowed):
    """Every thread of the process may use these cores, and no others."""
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            os.sched_setaffinity(int(task), allowed)
        except ProcessLookupError:  # it ended meanwhile
            continue


def unpin(pid):
    allow_cores(pid, os.sched_getaffinity(0))


def cpu_seconds(pid):
    """User and system time of a running process. The scheduler's nanoseconds know only threads that still live, the
    clock ticks know those that ended too: the larger one is nearer the truth.
    """
    living = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            living += int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return max(living / 1e9, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


class Lab:
    """`with Lab(programs, directory) as lab`: the site and blackbox_exporter run, and the rest can be started."""

    def __init__(self, programs, directory):
        self.programs = Path(programs)
        self.directory = Path(directory)
        self.client_core, self.site_core = cores()
        self.port = {name: free_port() for name in ("http", "rsa", "ecdsa", "status")}
        (self.directory / "certs").mkdir()
        certs = Certs(self.directory / "certs")
        self.ca = certs.ca_file
        self.certs = {kind: certs.issue(f"bench-{kind}", san=f"DNS:{SERVER_NAME}", key=key)
                      for kind, key in (("rsa", "rsa"), ("ecdsa", "ec"))}
        self.modules = MODULES.format(ca=self.ca, name=SERVER_NAME)
        self.nginx = self.blackbox = None

    def __enter__(self):
        site = self.directory / "site"
        site.mkdir()
        (site / "index.html").write_text("vedette " * 128)
        paths = {f"{kind}_{end}": getattr(cert, end) for kind, cert in self.certs.items() for end in ("crt", "key")}
        (self.directory / "nginx.conf").write_text(NGINX.format(dir=self.directory, **self.port, **paths))
        argv = [tool("nginx"), "-p", self.directory, "-c", self.directory / "nginx.conf", "-e", "stderr"]
        self.nginx = Process(pinned(self.site_core, argv), name="nginx", directory=self.directory).start()
        try:
            self.nginx.await_answer(f"http://127.0.0.1:{self.port['http']}/")
            (self.directory / "blackbox.yml").write_text(self.modules)
            config = self.directory / "blackbox.yml"
            self.blackbox = Blackbox(config, ["--log.level=error"], directory=self.directory).start().await_ready()
            self._check_blackbox()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (self.blackbox, self.nginx):
            if process:
                process.stop()

    def _check_blackbox(self):
        """What is not a success must not be taken for a cheap probe."""
        for kind, scheme in SCHEMES.items():
            page = self.blackbox.probe(f"{scheme}://127.1.0.1:{self.port[kind]}/", scheme).text
            if "\nprobe_success 1\n" not in page:
                raise AssertionError(f"blackbox_exporter cannot probe the {kind} site:\n{page}")

    def requests(self):
        """How many requests the site has served so far, without those that asked this question."""
        self._asked = getattr(self, "_asked", 0) + 1
        page = http_get(f"http://127.0.0.1:{self.port['status']}/").text
        return int(re.search(r"\n\s*\d+ +\d+ +(\d+)", page).group(1)) - self._asked

    def window(self, pid, work):
        """(CPU seconds of the process, requests that the site saw, seconds) while work() ran."""
        asked, cpu, clock = self.requests(), cpu_seconds(pid), time.monotonic()
        work()
        cpu, clock = cpu_seconds(pid) - cpu, time.monotonic() - clock
        return cpu, self.requests() - asked, clock

    def program(self, name, **flags):
        """Runs one of our measuring programs on the clients' core and returns what it printed."""
        words = [f"--{key.replace('_', '-')}={value}" for key, value in flags.items()]
        argv = pinned(self.client_core, [self.programs / name, *words])
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise AssertionError(f"{name} {' '.join(words)}: exit {done.returncode}\n{done.stderr}")
        return {**json.loads(done.stdout), "said": done.stderr.strip()}

    def client_flags(self, kind):
        """How floor_client and closed_loop are told about the site; https is verified."""
        flags = {"port": self.port[kind]}
        if SCHEMES[kind] == "https":
            flags.update(tls=1, ca=self.ca, server_name=SERVER_NAME)
        return flags

    def load(self, kind, exporter, **flags):
        """Our load generator against an exporter's /probe."""
        scheme = SCHEMES[kind]
        return self.program("load", exporter_port=exporter.port, module=scheme, scheme=scheme,
                            target_port=self.port[kind], **flags)

    def vedette(self, kind, targets, interval_ms, pin=True, defaults=""):
        """An agent, not yet started, that probes so many targets at that interval."""
        scheme = SCHEMES[kind]
        lines = [self.modules, defaults, "targets:\n"]
        for n in range(targets):
            address = 0x7F010001 + n
            dotted = ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
            lines.append(f"  - {{name: site-{n:05}, url: '{scheme}://{dotted}:{self.port[kind]}/', module: {scheme}, "
                         f"interval: {interval_ms}ms, labels: {{region: eu-west-1, team: web}}}}\n")
        config = self.directory / "vedette.yml"
        config.write_text("".join(lines))
        agent = Vedette(config, ["--log.level=warn"], directory=self.directory)
        if pin:
            agent.argv = pinned(self.client_core, agent.argv)
        return agent
