"""Asks an exporter about the rows of faults_table.py through /probe, and measures what the asking cost.

By hand, as a survey: `python3 tests/e2e/faults_asking.py vedette|blackbox [row ...]` prints one line a row.
"""

import contextlib
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import faults  # noqa: E402
import faults_socket  # noqa: E402
import faults_table  # noqa: E402
from certs import Certs  # noqa: E402
from exposition import parse_text, samples, value  # noqa: E402
from process import Blackbox, Vedette, http_get, wait_until  # noqa: E402

PATIENCE = 5.0  # what is not over by then counts as hung
MEGABYTE = 1024 * 1024
UPLOAD = 8 * MEGABYTE


def sanitized():
    """Whether the binary under test was built with a sanitizer: slower, and with another idea of memory."""
    return os.environ.get("VEDETTE_SANITIZER", "0") not in ("", "0")


TIMEOUT = 2.0 if sanitized() else 1.0


def modules_text(directory, upload=True):
    body = Path(directory) / "upload.bin"
    body.write_bytes(b"u" * UPLOAD)
    text = faults_table.MODULES + (faults_table.UPLOAD_MODULE[1:] if upload else "")
    return text.format(ca=Certs.shared().ca_file, body=body, timeout=f"{TIMEOUT * 1000:.0f}ms")


class Outcome:
    """One probe: the verdict in the table's words, the seconds by the agent's clock and ours, connections, memory."""

    def __init__(self, said, seconds, wall):
        self.verdict = said
        self.seconds = seconds
        self.wall = wall
        self.connections = 0
        self.grown = 0

    def __repr__(self):
        return f"{self.verdict} after {self.seconds:.3f} s ({self.wall:.3f} s)"


def verdict(families, **labels):
    """`up` or `phase/reason`; an agent that says neither gets `down`."""
    if value(families, "probe_success", **labels) == 1:
        return "up"
    for name in ("probe_failure_info", "vedette_probe_failure_info"):
        for sample in samples(families, name, **labels):
            if sample.value == 1:
                return f"{sample.labels['phase']}/{sample.labels['reason']}"
    return "down"


class Memory:
    """The highest resident size since the last reset (VmHWM, which the kernel lets an owner reset)."""

    def __init__(self, pid):
        self.pid = pid
        self.base = 0

    def reset(self):
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        self.base = self.peak()
        return self

    def peak(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")

    def grown(self):
        return self.peak() - self.base


class Asker:
    """A fault server, the sockets below it, and an exporter that is asked about them."""

    def __init__(self, server, urls, exporter):
        self.server = server
        self.urls = urls
        self.exporter = exporter

    def url(self, row):
        return self.urls.get(row.fault) or self.server.url(row.fault)

    def ask(self, row):
        begin = time.monotonic()
        try:
            query = urlencode({"target": self.url(row), "module": row.module})
            answer = http_get(f"{self.exporter.base}/probe?{query}", timeout=PATIENCE)
        except TimeoutError:
            return Outcome("hung", PATIENCE, PATIENCE)
        wall = time.monotonic() - begin
        if answer.status != 200:
            raise AssertionError(f"{row.name}: /probe answered {answer.status}: {answer.text[:500]}")
        families = parse_text(answer.body)
        return Outcome(verdict(families), value(families, "probe_duration_seconds"), wall)

    def ask_all(self, rows, together=8):
        """{row name: Outcome}; rows of one behaviour are never asked at once, so that connections can be counted."""
        outcomes = {}
        locks = {row.fault: threading.Lock() for row in rows}

        def one(row):
            with locks[row.fault]:
                counts = self.server.counts.get(row.fault)
                before = counts.connections if counts else 0
                outcome = self.ask(row)
                outcome.connections = counts.connections - before if counts else 0
                outcomes[row.name] = outcome

        with ThreadPoolExecutor(together) as pool:
            for done in [pool.submit(one, row) for row in rows]:
                done.result()
        return outcomes

    def ask_alone(self, row):
        """One row while nothing else runs, with the memory it took."""
        memory = Memory(self.exporter.pid).reset()
        outcome = self.ask_all([row])[row.name]
        outcome.grown = memory.grown()
        return outcome

    def await_quiet(self):
        """Every connection of the fault server has ended: nobody is still being talked to."""
        wait_until(lambda: self.server.open_links() == 0, 10, "all connections to the fault server to end")


@contextlib.contextmanager
def fault_world():
    """(server, urls): all behaviours, and the faults that need no server."""
    with faults_socket.full_queue() as full, faults.serve_shared() as server:
        yield server, {"refused": faults_socket.refused_url(), "queue_full": full}


@contextlib.contextmanager
def asked_exporter(kind, arguments=()):
    """An Asker whose exporter has the table's modules and nothing else."""
    with tempfile.TemporaryDirectory() as directory, fault_world() as (server, urls):
        config = Path(directory) / "faults.yml"
        config.write_text(modules_text(directory, upload=kind is Vedette))
        with kind(config, arguments) as exporter:
            yield Asker(server, urls, exporter)


def judge(row, outcome):
    """How the verdict stands in the table; an exporter without reasons is only asked whether down is right."""
    if outcome.verdict == "down":
        return "yes" if any(right != "up" for right in row.verdicts) else "NO"
    return "yes" if outcome.verdict == row.verdicts[0] else "also" if outcome.verdict in row.verdicts else "NO"


def survey(kind, names):
    rows = [row for row in faults_table.rows() if not names or row.name in names]
    rows = [row for row in rows if kind is Vedette or row.module != "upload"]
    print(f"{'behaviour':34} {'verdict':28} {'s':>6} {'conns':>5} {'memory':>8}  right")
    with asked_exporter(kind) as asker:
        for row in rows:
            outcome = asker.ask_alone(row)
            print(f"{row.name:34} {outcome.verdict:28} {outcome.seconds:6.3f} {outcome.connections:5}"
                  f" {outcome.grown / MEGABYTE:5.1f} MB  {judge(row, outcome)}", flush=True)
        with contextlib.suppress(AssertionError):
            asker.await_quiet()
        for name, counts in asker.server.counts.items():
            if counts.open:
                print(f"{name}: still being talked to, {counts}")
        for error in asker.server.errors:
            print(f"fault server: {error}")


if __name__ == "__main__":
    survey({"vedette": Vedette, "blackbox": Blackbox}[sys.argv[1]], sys.argv[2:])
