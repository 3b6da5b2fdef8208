"""What a scrape of the agent costs: /metrics read as Prometheus reads it, and what it does to the probes meanwhile."""

import re
import subprocess
import time
from functools import cached_property

from lab import TARGETS, unpin
from process import http_get, tool, wait_until

SERIES = 25 * TARGETS
TEXT = "text/plain;version=0.0.4"
LATENESS = b"vedette_scheduler_lateness_seconds"


def read_metrics(port, gzip=False):
    """The body of one scrape, still compressed if it was asked for that way. Prometheus would sit on another machine, so
    what reads here steps behind the agent and the site.
    """
    argv = ["nice", tool("curl"), "--silent", "--fail", "--max-time", "60", "--header", f"Accept: {TEXT}",
            "--write-out", "%{stderr}%header{content-encoding}", f"http://127.0.0.1:{port}/metrics"]
    if gzip:
        argv[2:2] = ["--header", "Accept-Encoding: gzip"]
    done = subprocess.run(argv, capture_output=True, check=False)
    if done.returncode:
        raise OSError(f"/metrics: curl ended with {done.returncode}")
    if (done.stderr == b"gzip") != gzip:
        raise AssertionError(f"/metrics: Content-Encoding {done.stderr}")
    return done.stdout


def first_page(agent):
    """When the agent, just started, first answered /metrics."""

    def asked():
        try:
            answer = http_get(f"http://127.0.0.1:{agent.port}/metrics")
        except OSError:
            return None
        return time.monotonic() if answer.status == 200 else None

    return wait_until(asked, 10, "the first /metrics answer", step=0.001)


class Page:
    """One plain scrape and what it says. It is read at once and understood when asked: going through 40 MB takes a core
    for a while, and at the begin of a window that would be the core of the agent that is measured.
    """

    def __init__(self, agent):
        self.body = read_metrics(agent.port)

    @cached_property
    def failures(self):
        return self._sum(rb'^vedette_probe_results_total\{[^}]*result="failure"[^}]*\} (\S+)$')

    @cached_property
    def buckets(self):
        bucket = rb"^" + LATENESS + rb'_bucket\{[^}]*le="([^"]+)"[^}]*\} (\S+)$'
        return [(float(bound), float(count)) for bound, count in re.findall(bucket, self.body, re.M)]

    def _sum(self, pattern):
        return sum(float(value) for value in re.findall(pattern, self.body, re.M))

    @property
    def series(self):
        return sum(1 for line in self.body.splitlines() if line and not line.startswith(b"#"))

    def up(self):
        return len(re.findall(rb"^probe_success\{[^}]*\} 1$", self.body, re.M))

    def lateness_p99(self, before):
        """In ms, of the probes started since `before`; inside a bucket as Prometheus' histogram_quantile does it."""
        earlier = dict(before.buckets)
        counts = [(bound, count - earlier.get(bound, 0)) for bound, count in self.buckets]
        if not counts or counts[-1][1] <= 0:
            raise AssertionError("no probe was counted in the lateness histogram")
        rank, low, below = 0.99 * counts[-1][1], 0.0, 0.0
        for bound, count in counts:
            if count >= rank:
                inside = 0 if bound == float("inf") else (bound - low) * (rank - below) / (count - below)
                return 1000 * (low + inside)
            low, below = bound, count
        return 1000 * low


def scrape_scenes(lab, report, repetition, settings, agent):
    """The agent may use every core here, as it would anywhere."""
    unpin(agent.pid)
    before = Page(agent)
    cpu, probes, _ = lab.window(agent.pid, lambda: time.sleep(settings.scraped))
    per_probe = cpu / max(1, probes)
    page = Page(agent)
    report.add("targets_10k.lateness_p99", page.lateness_p99(before), "ms", repetition)
    scale = SERIES / page.series
    if page.up() != TARGETS:
        report.warn(f"scrape: only {page.up()} of {TARGETS} targets are up on the page")
    report.add("scrape.series", page.series, "series", repetition)
    for name, gzip in (("plain", False), ("gzip", True)):
        cost, size = cost_of_scrapes(lab, agent, gzip, per_probe)
        report.add("scrape.gzip_bytes" if gzip else "scrape.bytes", size / 1e6, "MB", repetition)
        if cost <= 0:
            report.warn(f"scrape.{name}: lost in the noise of the probes, repetition {repetition + 1} does not count")
            continue
        report.add(f"scrape.{name}", cost * scale, "ms/250k", repetition)
        report.add(f"scrape.{name}_as_is", cost, "ms", repetition)
    late_while_scraped(report, repetition, settings, agent)
    at_start = report.value("targets_10k.rss_at_start", repetition) * 1e6
    now, ten_targets = agent.rss_bytes(), report.value("targets_10.rss", repetition) * 1e6
    report.add("scrape.memory_per_series", max(0.0, now - at_start) / page.series, "B", repetition)
    report.add("scrape.memory_with_targets", max(0.0, now - ten_targets) / page.series, "B", repetition)
    against_others(lab, report, repetition, page, scale)


def cost_of_scrapes(lab, agent, gzip, per_probe, count=10):
    """(CPU milliseconds of the process per scrape, bytes). What the probes took meanwhile is counted and subtracted."""
    sizes = []

    def scrape():
        sizes.extend(len(read_metrics(agent.port, gzip)) for _ in range(count))

    cpu, probes, _ = lab.window(agent.pid, scrape)
    return (cpu - probes * per_probe) / count * 1000, sizes[-1]


def late_while_scraped(report, repetition, settings, agent):
    """One gzip scrape a second: far more than any Prometheus asks for."""
    before = Page(agent)
    end = time.monotonic() + settings.scraped
    while (began := time.monotonic()) < end:
        read_metrics(agent.port, gzip=True)
        time.sleep(max(0.0, began + 1 - time.monotonic()))  # the pace of the scrapes, not a wait for something
    report.add("targets_10k.lateness_p99_scraped", Page(agent).lateness_p99(before), "ms", repetition)


def against_others(lab, report, repetition, page, scale):
    """The same page copied and compressed by bare libraries, and 250,000 gauges in prometheus-cpp's own registry."""
    path = lab.directory / "page.txt"
    path.write_bytes(page.body)
    out = lab.program("serialize", page=path, targets=TARGETS)
    report.add("scrape.prometheus_cpp", out["prometheus_cpp_ms"], "ms/250k", repetition)
    for name in ("memcpy", "isal1", "libdeflate1", "zlib1"):
        report.add(f"scrape.{name}", out[f"{name}_ms"] * scale, "ms/250k", repetition)
    report.add("scrape.prometheus_cpp_memory", out["scraped_bytes_per_series"], "B", repetition)
    # What prometheus-cpp's figure holds, and no more: the page is made, and nobody sends it.
    out = lab.program("page", targets=TARGETS)
    for name in ("copy", "plain", "gzip"):
        report.add(f"scrape.unsent_{name}", out[f"{name}_ms"] * SERIES / out["series"], "ms/250k", repetition)
