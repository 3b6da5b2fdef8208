"""What was measured, repetition by repetition, and what is said about it.

Ratios are taken inside a repetition, where both sides met the same machine, and then the median is quoted: so a ratio
can differ from the quotient of two medians.
"""

import json
import statistics

# (name of the ratio or value, numerator, denominator or None, at most): the goals of the project, in one place.
GOALS = [
    ("http.paced_1000.vedette/blackbox", "http.paced_1000.vedette.cpu", "http.paced_1000.blackbox.cpu", 1 / 8),
    ("http.paced_1000.vedette/floor", "http.paced_1000.vedette.cpu", "http.paced_1000.floor.cpu", 2.5),
    ("http.closed.vedette/blackbox", "http.closed.vedette.cpu", "http.closed.blackbox.cpu", 1 / 9),
    ("http.closed.vedette/floor", "http.closed.vedette.cpu", "http.closed.floor.cpu", 3),
    ("rsa.closed.vedette/blackbox", "rsa.closed.vedette.cpu", "rsa.closed.blackbox.cpu", 0.7),
    ("rsa.closed.vedette/floor", "rsa.closed.vedette.cpu", "rsa.closed.floor.cpu", 1.5),
    ("ecdsa.closed.vedette/blackbox", "ecdsa.closed.vedette.cpu", "ecdsa.closed.blackbox.cpu", 0.7),
    ("ecdsa.closed.vedette/floor", "ecdsa.closed.vedette.cpu", "ecdsa.closed.floor.cpu", 1.5),
    ("rsa.paced_300.vedette/blackbox", "rsa.paced_300.vedette.cpu", "rsa.paced_300.blackbox.cpu", 0.7),
    ("rsa.paced_300.vedette/floor", "rsa.paced_300.vedette.cpu", "rsa.paced_300.floor.cpu", 1.5),
    ("http.paced_300.vedette/blackbox", "http.paced_300.vedette.cpu", "http.paced_300.blackbox.cpu", None),
    ("http.paced_300.vedette/floor", "http.paced_300.vedette.cpu", "http.paced_300.floor.cpu", None),
    ("http.probe_endpoint.vedette/blackbox", "http.probe_endpoint.vedette.cpu", "http.closed.blackbox.cpu", None),
    ("alarms.with/without", "alarms.with.cpu", "alarms.without.cpu", 1.1),
    ("targets_10k.cores", None, None, 0.25),
    ("targets_10k.lateness_p99", None, None, 10),
    ("targets_10k.lateness_p99_scraped", None, None, 10),
    ("targets_10k.rss", None, None, 60),
    ("targets_10.rss", None, None, 20),
    ("targets_10.first_metrics", None, None, 150),
    ("scrape.unsent_plain", None, None, 15),
    ("scrape.unsent_gzip", None, None, 60),
    ("scrape.plain", None, None, 15),
    ("scrape.gzip", None, None, 60),
    ("scrape.memory_per_series", None, None, 40),
    ("scrape.vedette/prometheus_cpp", "scrape.unsent_plain", "scrape.prometheus_cpp", None),
    ("scrape.vedette/memcpy", "scrape.unsent_plain", "scrape.memcpy", None),
]


class Report:
    """Values by name and repetition."""

    def __init__(self):
        self._rows = {}
        self._units = {}
        self.warnings = []

    def add(self, name, value, unit, repetition):
        self._units[name] = unit
        self._rows.setdefault(name, {})[repetition] = value

    def value(self, name, repetition):
        return self._rows[name][repetition]

    def warn(self, text):
        if text not in self.warnings:
            self.warnings.append(text)

    def _pairs(self, top, bottom):
        above, below = self._rows.get(top, {}), self._rows.get(bottom, {})
        return [above[i] / below[i] for i in sorted(above.keys() & below.keys()) if below[i] > 0]

    @staticmethod
    def _result(name, values, unit):
        return {"name": name, "value": statistics.median(values), "unit": unit, "min": min(values), "max": max(values),
                "n": len(values)}

    def results(self):
        """Every value, then the ratios; those with a goal say it and whether it is met."""
        limits = {name: most for name, top, _, most in GOALS if top is None}
        rows = []
        for name, by_repetition in self._rows.items():
            row = self._result(name, list(by_repetition.values()), self._units[name])
            rows.append(self._judged(row, limits.get(name)))
        for name, top, bottom, most in GOALS:
            pairs = self._pairs(top, bottom) if top else []
            if pairs:
                rows.append(self._judged(self._result(name, pairs, "ratio"), most))
        return rows

    @staticmethod
    def _judged(row, most):
        if most is not None:
            row["at_most"] = most
            row["met"] = row["value"] <= most
        return row

    def missing(self):
        """Goals that nothing was measured for."""
        names = {row["name"] for row in self.results()}
        return [name for name, _, _, most in GOALS if most is not None and name not in names]

    def write(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.results(), indent=1) + "\n")

    def table(self):
        lines = [f"{'what':<44}{'median':>10} {'unit':<11}{'min - max':>21}  goal", "-" * 100]
        rows, before = self.results(), None
        order = list(dict.fromkeys(group(row) for row in rows))
        for row in sorted(rows, key=lambda row: order.index(group(row))):
            if before not in (None, group(row)):
                lines.append("")
            before = group(row)
            spread = f"{number(row['min'])} - {number(row['max'])}"
            goal = f"<= {number(row['at_most'])}  {'met' if row['met'] else 'MISSED'}" if "met" in row else ""
            lines.append(f"{row['name']:<44}{number(row['value']):>10} {row['unit']:<11}{spread:>21}  {goal}".rstrip())
        lines += [""] + [f"warning: {text}" for text in self.warnings]
        return "\n".join(lines).rstrip()


def group(row):
    """Rows of one group stand together in the table."""
    parts = row["name"].split(".")
    return "ratio" if row["unit"] == "ratio" else ".".join(parts[:-2] or parts[:1])


def number(value):
    """Three digits that matter."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
