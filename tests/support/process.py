"""Programs under test: started, awaited, read and stopped, each by its own pid.

Nothing here sleeps and hopes. Every wait is `wait_until`: a condition, a bound, and the program's log in the error text.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PROBE_CONNECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ToolMissing(AssertionError):
    """A program the tests need is not installed: a failure, never a skip."""


def tool(name):
    """The path of an installed program."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin")
    if not found:
        raise ToolMissing(f"{name} is not installed; ./dev test installs what the tests need")
    return found


def vedette_binary():
    """The agent under test: env VEDETTE, else the optimised build of this tree."""
    path = Path(os.environ.get("VEDETTE") or ROOT / "build/release/vedette")
    if not os.access(path, os.X_OK):
        raise ToolMissing(f"{path} is not built; build it or set VEDETTE")
    return str(path.resolve())


def blackbox_binary():
    """The peer: env BLACKBOX_EXPORTER, else Debian's package."""
    return os.environ.get("BLACKBOX_EXPORTER") or tool("prometheus-blackbox-exporter")


def free_port(host="127.0.0.1"):
    """A port that nobody listened on a moment ago. Prefer port 0 wherever a program can be asked what it got."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def wait_until(condition, timeout=10.0, what="condition", step=0.005):
    """Returns the first true value of condition(), or fails after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"{what}: not seen within {timeout:g} s")
        time.sleep(step)


def accepts(port, host="127.0.0.1"):
    """Whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


class Answer:
    """One HTTP answer to a test: status, headers (lower-cased names), body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


def http_get(url, headers=None, method="GET", data=None, timeout=30.0):
    """Asks and answers with whatever status came back; only a broken connection raises."""
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with _PROBE_CONNECT.open(request, timeout=timeout) as got:
            return Answer(got.status, got.getheaders(), got.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers.items(), error.read())


class Process:
    """A child program with its output in a file; use it as a context manager."""

    def __init__(self, argv, name=None, env=None, cwd=None, stop_signal=signal.SIGTERM, directory=None):
        self.argv = [str(word) for word in argv]
        self.name = name or Path(self.argv[0]).name
        self.env = {**os.environ, **(env or {})}
        self.cwd = cwd
        self.stop_signal = stop_signal
        self._own_directory = directory is None
        self.directory = Path(directory or tempfile.mkdtemp(prefix=f"{self.name}-"))
        self.log_path = self.directory / f"{self.name}.log"
        self._child = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self._child = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                           env=self.env, cwd=self.cwd)
        return self

    @property
    def pid(self):
        return self._child.pid

    @property
    def exit_code(self):
        """None while it runs."""
        return self._child.poll() if self._child else None

    @property
    def alive(self):
        return self._child is not None and self._child.poll() is None

    def log(self):
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    def await_true(self, condition, timeout=10.0, what="condition"):
        """wait_until, which also ends at once when the program died."""

        def check():
            value = condition()
            if not value and not self.alive:
                raise AssertionError(f"{self.name} ended with {self.exit_code} while waiting for {what}\n{self.log()}")
            return value

        try:
            return wait_until(check, timeout, what)
        except AssertionError as error:
            if self.alive:
                raise AssertionError(f"{self.name}: {error}\n--- its log:\n{self.log()[-4000:]}") from None
            raise

    def await_log(self, pattern, timeout=10.0):
        """The first match of a regular expression in the log."""
        return self.await_true(lambda: re.search(pattern, self.log()), timeout, f"log line /{pattern}/")

    def await_answer(self, url, timeout=10.0, status=200):
        """Waits until the URL answers with that status."""

        def asked():
            try:
                answer = http_get(url, timeout=5)
            except OSError:
                return None
            return answer if answer.status == status else None

        return self.await_true(asked, timeout, f"{url} to answer {status}")

    def await_exit(self, timeout=10.0):
        """Waits for the end and returns the exit code."""
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {timeout:g} s\n{self.log()[-4000:]}") from None

    def send(self, number):
        self._child.send_signal(number)

    def stop(self, timeout=10.0):
        """Asks this one child to end, insists after the timeout, and returns its exit code."""
        if self._child is None:
            return None
        if self.alive:
            self._child.send_signal(self.stop_signal)
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self._child.kill()
            return self._child.wait(timeout)

    def rss_bytes(self):
        """Resident memory now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def descriptors(self):
        """How many file descriptors it holds."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def __enter__(self):
        if self._child is None:
            self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)


class Exporter(Process):
    """A program with /probe and /metrics on 127.0.0.1: `await_ready()` gives it its address."""

    family = ""
    ready_path = "/-/healthy"

    def __init__(self, binary, config, arguments=(), port=None, env=None, cwd=None, directory=None):
        self.port = port or free_port()
        super().__init__([binary, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{self.port}", *arguments],
                         name=self.family, env=env, cwd=cwd, directory=directory)

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    def await_ready(self, timeout=15.0):
        self.await_answer(self.base + self.ready_path, timeout)
        return self

    def get(self, path, headers=None, method="GET", data=None, timeout=30.0):
        return http_get(self.base + path, headers, method, data, timeout)

    def probe(self, target, module, scrape_timeout=None, headers=None, **parameters):
        """One request to /probe."""
        query = urllib.parse.urlencode({"target": target, "module": module, **parameters})
        sent = dict(headers or {})
        if scrape_timeout is not None:
            sent["X-Prometheus-Scrape-Timeout-Seconds"] = f"{scrape_timeout:g}"
        return self.get(f"/probe?{query}", sent)

    def __enter__(self):
        super().__enter__()
        try:
            return self.await_ready()
        except BaseException:
            self.__exit__()
            raise


class Vedette(Exporter):
    """The agent: `with Vedette(config_path) as agent: agent.get("/metrics")`."""

    family = "vedette"

    def __init__(self, config, arguments=(), **options):
        super().__init__(vedette_binary(), config, arguments, **options)
        self.argv.insert(1, "run")


def vedette_on(config_text, arguments=(), **options):
    """The agent on a configuration of its own, which `agent.config_path.write_text` changes."""
    directory = Path(tempfile.mkdtemp(prefix="vedette-"))
    path = directory / "vedette.yml"
    path.write_text(config_text)
    agent = Vedette(path, arguments, directory=directory, **options)
    agent.config_path = path
    agent._own_directory = True  # ours to remove at the end
    return agent


class Blackbox(Exporter):
    """The real blackbox_exporter."""

    family = "blackbox"

    def __init__(self, config, arguments=(), **options):
        super().__init__(blackbox_binary(), config, arguments, **options)


def run_command(argv, timeout=60.0, env=None, cwd=None):
    """Runs to the end: an object with returncode, stdout, stderr (text)."""
    return subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout, env={**os.environ, **(env or {})}, cwd=cwd, check=False)
