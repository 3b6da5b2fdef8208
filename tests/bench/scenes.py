"""The probing scenes. Each takes (lab, report, repetition, settings) and adds one value per name to the report."""

import time
from dataclasses import dataclass

from lab import TARGETS, allow_cores, cpu_seconds, unpin
from process import wait_until
from scrapes import Page, first_page, read_metrics, scrape_scenes

CLIENTS = ("floor", "vedette", "blackbox")


@dataclass
class Settings:
    """How long each window is, in seconds."""

    closed: float = 3.0
    paced: float = 6.0
    scraped: float = 6.0


def rotated(items, by):
    """Another one goes first in each repetition, so that no client always follows the same one."""
    by %= len(items)
    return items[by:] + items[:by]


def note(report, name, out, probes_seen, repetition):
    """The figures of one client, after a check that it did the work it claims."""
    report.add(f"{name}.cpu", out["cpu_us"], "us/probe", repetition)
    if out["failures"]:
        report.warn(f"{name}: {out['failures']} of {out['probes']} probes failed {out['said']}".rstrip())
    if abs(probes_seen - out["probes"]) > 2 + 0.02 * out["probes"]:
        report.warn(f"{name}: {out['probes']} probes, but the site saw {probes_seen} requests")


def driven(lab, report, name, repetition, run, pid=None):
    """Runs one client that counts its own probes. With a pid the CPU time is that process', not the client's."""
    asked, cpu = lab.requests(), cpu_seconds(pid) if pid else 0
    out = run()
    if pid:
        out["cpu_us"] = (cpu_seconds(pid) - cpu) / max(1, out["probes"]) * 1e6
    note(report, name, out, lab.requests() - asked, repetition)
    return out


def closed(lab, report, repetition, settings, kind):
    """As fast as it goes: 32 probes in flight, 100 connections to blackbox_exporter."""
    for client in rotated(CLIENTS, repetition):
        name = f"{kind}.closed.{client}"
        if client == "blackbox":
            driven(lab, report, name, repetition,
                   lambda: lab.load(kind, lab.blackbox, seconds=settings.closed), lab.blackbox.pid)
            report.add(f"{name}.rss", lab.blackbox.rss_bytes() / 1e6, "MB", repetition)
            continue
        program = "floor_client" if client == "floor" else "closed_loop"
        out = driven(lab, report, name, repetition,
                     lambda p=program: lab.program(p, seconds=settings.closed, **lab.client_flags(kind)))
        report.add(f"{name}.rss", out["rss_kb"] * 1024 / 1e6, "MB", repetition)


def paced(lab, report, repetition, settings, kind, rate):
    """So many probes a second, spread evenly over 10,000 targets."""
    for client in rotated(CLIENTS, repetition):
        name = f"{kind}.paced_{rate}.{client}"
        if client == "vedette":
            paced_agent(lab, report, repetition, settings, kind, rate)
        elif client == "floor":
            pace = {"rate": rate, "targets": TARGETS, "seconds": settings.paced}
            out = driven(lab, report, name, repetition,
                         lambda p=pace: lab.program("floor_client", **p, **lab.client_flags(kind)))
            report.add(f"{name}.lateness_p99", out["lateness_p99_ms"], "ms", repetition)
        else:
            pace = {"rate": rate, "targets": TARGETS, "seconds": settings.paced}
            driven(lab, report, name, repetition, lambda p=pace: lab.load(kind, lab.blackbox, **p), lab.blackbox.pid)


def paced_agent(lab, report, repetition, settings, kind, rate):
    """The real agent on its own configuration. At 1000/s over http it also answers what 10,000 targets cost."""
    name = f"{kind}.paced_{rate}.vedette"
    whole = kind == "http" and rate == 1000
    started = time.monotonic()
    with lab.vedette(kind, TARGETS, round(TARGETS / rate * 1000)) as agent:
        agent.await_answer(agent.base + "/-/ready", 60)
        if whole:
            report.add("targets_10k.ready", time.monotonic() - started, "s", repetition)
            report.add("targets_10k.rss_at_start", agent.rss_bytes() / 1e6, "MB", repetition)
        settle(lab, TARGETS if whole else 3 * rate)
        # Reading the page must not delay the probes of the window: it gets the other core.
        unpin(agent.pid)
        before = Page(agent)
        allow_cores(agent.pid, {lab.client_core})
        cpu, probes, clock = lab.window(agent.pid, lambda: time.sleep(settings.paced))
        after = Page(agent)
        report.add(f"{name}.cpu", cpu / max(1, probes) * 1e6, "us/probe", repetition)
        if after.failures > before.failures:
            report.warn(f"{name}: {after.failures - before.failures:.0f} probes failed")
        # Slots are hashes of names, so a window holds more of them or fewer, as chance has it.
        if abs(probes - rate * clock) > 4 * (rate * clock) ** 0.5:
            report.warn(f"{name}: {probes / clock:.0f} probes a second instead of {rate}")
        report.add(f"{name}.lateness_p99", after.lateness_p99(before), "ms", repetition)
        if whole:
            report.add("targets_10k.cores", cpu / clock, "cores", repetition)
            report.add("targets_10k.rss", agent.rss_bytes() / 1e6, "MB", repetition)
            scrape_scenes(lab, report, repetition, settings, agent)


ALARMS = """
store: sqlite:{folder}/vedette.db
defaults:
  alarm:
    unavailable: {{datapoints: 2 of 3, missing_data: breaching, severity: critical}}
    slow: {{above: 280ms, statistic: p90, datapoints: 2 of 3}}
  slo: {{availability: 99.9, latency: 300ms}}
"""


def alarms(lab, report, repetition, settings):
    """What two alarms and two objectives of each target add to a probe: the same agent with them and without, by turns."""
    rate = 1000
    for name in rotated(("without", "with"), repetition):
        defaults = ALARMS.format(folder=lab.directory) if name == "with" else ""
        with lab.vedette("http", TARGETS, round(TARGETS / rate * 1000), defaults=defaults) as agent:
            agent.await_answer(agent.base + "/-/ready", 60)
            settle(lab, 7 * TARGETS if name == "with" else TARGETS)  # until the windows of the alarms are full
            cpu, probes, _ = lab.window(agent.pid, lambda: time.sleep(max(20, 2 * settings.paced)))  # two steps at least
            report.add(f"alarms.{name}.cpu", cpu / max(1, probes) * 1e6, "us/probe", repetition)
            report.add(f"alarms.{name}.rss", agent.rss_bytes() / 1e6, "MB", repetition)


def settle(lab, probes):
    """Waits until that many probes have reached the site since now: first runs and warm-up are not what is measured."""
    first = lab.requests()
    wait_until(lambda: lab.requests() - first >= probes, 120, f"{probes} probes", step=0.2)


def probe_endpoint(lab, report, repetition, settings):
    """The agent as a drop-in: /probe asked by the same generator that asks blackbox_exporter."""
    with lab.vedette("http", 1, 3_600_000, pin=False) as agent:
        driven(lab, report, "http.probe_endpoint.vedette", repetition,
               lambda: lab.load("http", agent, seconds=settings.closed), agent.pid)


def small(lab, report, repetition, _settings):
    """Ten targets: from exec to the first /metrics answer, and the memory once all were probed and scraped."""
    agent = lab.vedette("http", 10, 1000)
    started = time.monotonic()
    agent.start()
    with agent:
        report.add("targets_10.first_metrics", (first_page(agent) - started) * 1000, "ms", repetition)
        settle(lab, 30)
        for _ in range(3):
            read_metrics(agent.port, gzip=True)
        report.add("targets_10.rss", agent.rss_bytes() / 1e6, "MB", repetition)
