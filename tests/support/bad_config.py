"""The corpus of bad configurations, tests/config_bad/*.yml, as data.

A file starts with what must be said of it, one comment a problem, and what blackbox_exporter says (from the version in brackets on):
    # expect: LINE: PATH: part of the message          LINE or PATH may be *, where several are right
    # blackbox[0.24]: part of its message              or the word accepts
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from process import ROOT

CORPUS = ROOT / "tests/config_bad"
_EXPECT = re.compile(r"# expect: (\*|\d+): (\S+): ?(.*)$")
_BLACKBOX = re.compile(r"# blackbox(?:\[([\d.]+)\])?: (.*)$")


@dataclass(frozen=True)
class Expected:
    line: str
    path: str
    message: str

    def met_by(self, line, path, rule):
        return self.line in ("*", line) and self.path in ("*", path) and self.message in rule


@dataclass
class BadConfig:
    path: Path
    expected: list = field(default_factory=list)
    blackbox: str = ""
    blackbox_since: str = "0.0"


def read_bad(path):
    bad = BadConfig(path)
    for text in path.read_text().splitlines():
        if not text.startswith("#"):
            break
        if found := _EXPECT.match(text):
            bad.expected.append(Expected(*found.groups()))
        elif found := _BLACKBOX.match(text):
            bad.blackbox_since, bad.blackbox = found.group(1) or "0.0", found.group(2)
        else:
            raise AssertionError(f"{path}: what is {text!r}?")
    if not bad.expected:
        raise AssertionError(f"{path}: expects nothing")
    return bad


def corpus():
    return [read_bad(path) for path in sorted(CORPUS.glob("*.yml"))]
