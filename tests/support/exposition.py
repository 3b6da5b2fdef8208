"""Strict readers of Prometheus text 0.0.4 and OpenMetrics 1.0: what they accept, any scraper accepts.

    families = parse_text(body)          # or parse_openmetrics(body)
    value(families, "probe_success")     # one sample's value

Both return {family name: Family}; both raise Malformed with the line number on the first thing that is not as the format says.
"""

import math
import re
from dataclasses import dataclass, field

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_TEXT_TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
_OPEN_SUFFIXES = {
    "counter": ("_total", "_created"), "gauge": ("",), "unknown": ("",), "info": ("_info",), "stateset": ("",),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "gaugehistogram": ("_bucket", "_gcount", "_gsum"), "summary": ("", "_count", "_sum", "_created"),
}


class Malformed(AssertionError):
    """The exposition breaks a rule of its format."""


@dataclass
class Sample:
    name: str
    labels: dict
    value: float
    timestamp: float = None
    exemplar: tuple = None
    text: str = ""

    @property
    def key(self):
        return self.name, tuple(sorted(self.labels.items()))


@dataclass
class Family:
    name: str
    kind: str = "untyped"
    help: str = ""
    unit: str = ""
    samples: list = field(default_factory=list)


class _Line:
    """A cursor over one line."""

    def __init__(self, text, number):
        self.text = text
        self.number = number
        self.at = 0

    def fail(self, why):
        raise Malformed(f"line {self.number}: {why}: {self.text!r}")

    def peek(self):
        return self.text[self.at:self.at + 1]

    def take(self, pattern, what):
        found = pattern.match(self.text, self.at)
        if not found or not found.group():
            self.fail(f"{what} expected at column {self.at + 1}")
        self.at = found.end()
        return found.group()

    def expect(self, literal):
        if not self.text.startswith(literal, self.at):
            self.fail(f"{literal!r} expected at column {self.at + 1}")
        self.at += len(literal)

    def rest(self):
        return self.text[self.at:]


def number(text, line):
    """A float as the formats write it: Go's spelling, NaN and the infinities."""
    special = {"NaN": math.nan, "+Inf": math.inf, "-Inf": -math.inf, "Inf": math.inf}
    if text in special:
        return special[text]
    if not _NUMBER.match(text):
        line.fail(f"{text!r} is no number")
    return float(text)


def _label_value(line):
    line.expect('"')
    out = []
    while True:
        char = line.peek()
        if not char:
            line.fail("label value not closed")
        line.at += 1
        if char == '"':
            return "".join(out)
        if char == "\\":
            escaped = line.peek()
            if escaped not in ("\\", '"', "n"):
                line.fail(f"escape \\{escaped} in a label value")
            out.append("\n" if escaped == "n" else escaped)
            line.at += 1
        else:
            out.append(char)


def _labels(line):
    found = {}
    if line.peek() != "{":
        return found
    line.expect("{")
    while line.peek() != "}":
        name = line.take(_LABEL, "label name")
        line.expect("=")
        if name in found:
            line.fail(f"label {name} twice")
        found[name] = _label_value(line)
        if line.peek() != "}":
            line.expect(",")
    line.expect("}")
    return found


def _unescaped_help(text, line, quotes):
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\":
            following = text[at + 1:at + 2]
            if following not in (("\\", "n", '"') if quotes else ("\\", "n")):
                line.fail("bad escape in HELP")
            out.append("\n" if following == "n" else following)
            at += 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def _lines(body):
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    if "\r" in text:
        raise Malformed("carriage return in the exposition")
    if text and not text.endswith("\n"):
        raise Malformed("the last line does not end with a line feed")
    return [_Line(line, index + 1) for index, line in enumerate(text.split("\n")[:-1])]


class _Reader:
    """What both formats share: families in one piece each, no sample twice."""

    def __init__(self):
        self.families = {}
        self.current = None
        self.seen = set()

    def open(self, name, line):
        if self.current and self.current.name == name:
            return self.current
        if name in self.families:
            line.fail(f"family {name} in two pieces")
        self.current = self.families[name] = Family(name)
        return self.current

    def add(self, family, sample, line):
        if sample.key in self.seen:
            line.fail("sample twice")
        self.seen.add(sample.key)
        family.samples.append(sample)

    def finish(self):
        for family in self.families.values():
            if family.kind in ("histogram", "gaugehistogram"):
                check_histogram(family)
        return self.families


def parse_text(body):
    """Prometheus text format 0.0.4."""
    reader = _Reader()
    for line in _lines(body):
        if not line.text:
            continue
        if line.text.startswith("#"):
            _text_comment(reader, line)
            continue
        name = line.take(_NAME, "metric name")
        labels = _labels(line)
        line.expect(" ")
        words = line.rest().split(" ")
        if len(words) > 2:
            line.fail("more than value and timestamp")
        stamp = int(words[1]) / 1000 if len(words) == 2 else None
        family = reader.open(_text_family(reader, name), line)
        reader.add(family, Sample(name, labels, number(words[0], line), stamp, text=words[0]), line)
    return reader.finish()


def _text_family(reader, name):
    current = reader.current
    suffixes = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}
    if current and name in {current.name + suffix for suffix in suffixes.get(current.kind, ())}:
        return current.name
    return name


def _text_comment(reader, line):
    words = line.text.split(" ", 3)
    if len(words) < 3 or words[0] != "#" or words[1] not in ("HELP", "TYPE"):
        return
    family = reader.open(words[2], line)
    if family.samples:
        line.fail(f"{words[1]} after the samples of its family")
    if words[1] == "HELP":
        family.help = _unescaped_help(words[3] if len(words) > 3 else "", line, quotes=False)
    elif len(words) < 4 or words[3] not in _TEXT_TYPES:
        line.fail("unknown type")
    else:
        family.kind = words[3]


def parse_openmetrics(body):
    """OpenMetrics 1.0: ends with # EOF, suffixes by type, exemplars on buckets and totals only."""
    lines = _lines(body)
    if not lines or lines[-1].text != "# EOF":
        raise Malformed("no # EOF at the end")
    reader = _Reader()
    for line in lines[:-1]:
        if line.text.startswith("# "):
            _open_comment(reader, line)
        elif not line.text or line.text.startswith("#"):
            line.fail("neither comment nor sample")
        else:
            _open_sample(reader, line)
    return reader.finish()


def _open_comment(reader, line):
    words = line.text.split(" ", 3)
    if len(words) < 4 and not (len(words) == 3 and words[1] == "HELP"):
        line.fail("incomplete comment")
    if words[1] not in ("HELP", "TYPE", "UNIT"):
        line.fail("unknown comment")
    family = reader.open(words[2], line)
    if family.samples:
        line.fail(f"{words[1]} after the samples of its family")
    rest = words[3] if len(words) > 3 else ""
    if words[1] == "HELP":
        family.help = _unescaped_help(rest, line, quotes=True)
    elif words[1] == "UNIT":
        if rest and not family.name.endswith("_" + rest):
            line.fail("unit is not the end of the name")
        family.unit = rest
    elif rest not in _OPEN_SUFFIXES:
        line.fail("unknown type")
    else:
        family.kind = rest


def _open_sample(reader, line):
    name = line.take(_NAME, "metric name")
    labels = _labels(line)
    line.expect(" ")
    plain, mark, exemplar = line.rest().partition(" # ")
    words = plain.split(" ")
    if len(words) > 2:
        line.fail("more than value and timestamp")
    family = _open_family(reader, name, line)
    stamp = number(words[1], line) if len(words) == 2 else None
    sample = Sample(name, labels, number(words[0], line), stamp, text=words[0])
    if mark:
        if not name.endswith(("_bucket", "_total")):
            line.fail("exemplar on a sample that cannot have one")
        sample.exemplar = _exemplar(exemplar, line)
    reader.add(family, sample, line)


def _open_family(reader, name, line):
    current = reader.current
    kind = "unknown" if current is None or current.kind == "untyped" else current.kind
    if current and name in {current.name + suffix for suffix in _OPEN_SUFFIXES[kind]}:
        return current
    family = reader.open(name, line)
    if family.kind not in ("untyped", "unknown", "gauge", "stateset", "summary"):
        line.fail(f"{name} is no sample name of a {family.kind}")
    return family


def _exemplar(text, line):
    cursor = _Line(text, line.number)
    labels = _labels(cursor)
    if sum(len(name) + len(content) for name, content in labels.items()) > 128:
        line.fail("exemplar labels longer than 128 characters")
    cursor.expect(" ")
    words = cursor.rest().split(" ")
    return labels, number(words[0], line), number(words[1], line) if len(words) > 1 else None


def check_histogram(family):
    """Every series: ascending le, cumulative counts, +Inf equal to _count."""
    series = {}
    for sample in family.samples:
        plain = tuple(sorted((key, content) for key, content in sample.labels.items() if key != "le"))
        series.setdefault(plain, {"buckets": [], "count": None})
        if sample.name.endswith("_bucket"):
            if "le" not in sample.labels:
                raise Malformed(f"{sample.name}: bucket without le")
            series[plain]["buckets"].append((float(sample.labels["le"]), sample.value))
        elif sample.name.endswith("count"):
            series[plain]["count"] = sample.value
    for plain, found in series.items():
        buckets = found["buckets"]
        if not buckets or buckets[-1][0] != math.inf:
            raise Malformed(f"{family.name}{dict(plain)}: no +Inf bucket at the end")
        if any(left[0] >= right[0] or left[1] > right[1] for left, right in zip(buckets, buckets[1:])):
            raise Malformed(f"{family.name}{dict(plain)}: buckets not ascending or not cumulative")
        if found["count"] is not None and found["count"] != buckets[-1][1]:
            raise Malformed(f"{family.name}{dict(plain)}: _count differs from +Inf")


def samples(families, name, /, **labels):
    """All samples of that sample name whose labels include the given ones."""
    return [sample for family in families.values() for sample in family.samples
            if sample.name == name and all(sample.labels.get(key) == want for key, want in labels.items())]


def value(families, name, /, **labels):
    """The value of the one such sample; None when there is none."""
    found = samples(families, name, **labels)
    if len(found) > 1:
        raise AssertionError(f"{name}{labels}: {len(found)} samples")
    return found[0].value if found else None
