"""The replay engine: a Case (module YAML, server, target, expected) is asked of vedette and of blackbox_exporter by the same code.

Three questions per case: does each side report what the case expects; do the two sides report the same metrics (names, labels, values, HELP
and TYPE; of times only whether they are there); if not, does differences.py know why? Anything else is a failure.
"""

import math
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import differences
import exposition
from certs import Certs
from process import Blackbox, Vedette, blackbox_binary, run_command
from website import Reply, Site

ABSENT = "absent"
PRESENT = "present"

# Values that no two runs share: compared by presence, and by being zero or not where a zero means "never got there".
TIMES = ("probe_duration_seconds", "probe_dns_lookup_time_seconds", "probe_http_duration_seconds")
HOUSEHOLD = re.compile(r"probe_")


@dataclass
class Case:
    """One line of the table. Words between @ signs in `http` and `target` are filled in: @PORT@ @CA@ @PROXY@ @BODY_FILE@ ..."""

    row: str
    name: str
    http: str = ""                      # the inside of the module's http block, YAML flow style
    serve: object = None                # Reply (for every path), {path: route}, or None: nothing listens
    expect: dict = field(default_factory=dict)
    ours: dict = field(default_factory=dict)  # what vedette says beyond it, or knowingly otherwise
    target: str = "/"                   # a path on the case's site, or a whole target
    cert: str = ""                      # a name of certs.py: the site speaks TLS
    tls: dict = field(default_factory=dict)
    host: str = ""                      # name in the target's URL instead of 127.0.0.1
    saw: object = None                  # function(Site) -> what is wrong with the requests, or ""
    log: str = ""                       # a text that debug=true must show
    no_log: str = ""                    # a text that it must not show
    since: str = ""                     # the first blackbox_exporter that knows the module's fields
    parameters: dict = field(default_factory=dict)
    nginx: bool = False                 # the target is on the shared HTTP/2 server
    module: str = ""                    # anything after `prober: http, timeout: 5s`

    @property
    def id(self):
        return f"{self.row}/{self.name}"

    @property
    def module_name(self):
        return "row_" + re.sub(r"[^A-Za-z0-9]+", "_", self.id)


@dataclass
class Outcome:
    """What one side answered for one case."""

    side: str
    status: int = 0
    text: str = ""
    families: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)

    def short(self, case):
        if not self.side:
            return "-"
        words = []
        for key in list(case.expect) or ["probe_success"]:
            words.append(show(self.value(key)))
        return " ".join(words)

    def value(self, key):
        """The sample with this name; with labels in braces, the one that carries exactly those."""
        name, _, rest = key.partition("{")
        wanted = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        found = exposition.samples(self.families, name, **wanted)
        return found[0].value if found else None


def show(number):
    if number is None:
        return "none"
    return f"{number:.0f}" if number == int(number) and abs(number) < 1e12 else f"{number:g}"


def blackbox_version():
    text = run_command([blackbox_binary(), "--version"])
    return re.search(r"version (\d+\.\d+\.\d+)", text.stdout + text.stderr).group(1)


class Stage:
    """All servers of all cases, one configuration file for each side, and both exporters running on it."""

    def __init__(self, cases, sides, nginx=None):
        self.cases = cases
        self.sides = sides
        self.certs = Certs.shared()
        self.nginx = nginx
        self.version = blackbox_version() if "blackbox" in self.sides else "0"
        self.directory = tempfile.TemporaryDirectory(prefix="replay-")
        self.words = self._words()
        self.sites = {}
        self.proxy = Site({}, default=Reply(200, [("X-Proxy", "yes")], b"from the proxy"))
        self.running = {}

    def _words(self):
        body_file = Path(self.directory.name) / "body.txt"
        body_file.write_text("body from a file\n")
        client = self.certs["client"]
        return {"CA": self.certs.ca_file, "OTHER_CA": self.certs.other_ca_file, "BODY_FILE": body_file,
                "CLIENT_CRT": client.crt, "CLIENT_KEY": client.key, "SECRET_FILE": self._secret_file()}

    def _secret_file(self):
        path = Path(self.directory.name) / "secret.txt"
        path.write_text("s3cret")
        return path

    def __enter__(self):
        self.proxy.__enter__()
        self.words["PROXY"] = self.proxy.url("").rstrip("/")
        self.words["PROXY_PORT"] = self.proxy.port
        for case in self.cases:
            if case.serve is not None:
                self.sites[case.id] = self._site(case).__enter__()
        try:
            for side in self.sides:
                self._start(side)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for exporter in self.running.values():
            exporter.__exit__()
        for site in self.sites.values():
            site.__exit__()
        self.proxy.__exit__()
        self.directory.cleanup()

    def _site(self, case):
        tls = dict(case.tls)
        if tls.pop("client_ca", None):
            tls["client_ca"] = self.certs.ca_file
        routes, default = (case.serve, None) if isinstance(case.serve, dict) else ({}, case.serve)
        return Site(routes, default=default, cert=self.certs[case.cert] if case.cert else None, **tls)

    def _start(self, side):
        text = "modules:\n" + "".join(self._module(case) for case in self.cases if self.knows(side, case))
        path = Path(self.directory.name) / f"{side}.yml"
        path.write_text(text)
        kind = Vedette if side == "vedette" else Blackbox
        clear = {name: "" for name in ("http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY")}
        self.running[side] = kind(path, ["--log.prober=debug"] if self._takes_prober_level(side) else ["--log.level=debug"],
                                  env={**clear, "HTTP_PROXY": self.words["PROXY"]})
        self.running[side].__enter__()

    def _takes_prober_level(self, side):
        return side == "vedette" or not older(self.version, "0.26.0")

    def knows(self, side, case):
        return side == "vedette" or not case.since or not older(self.version, case.since)

    def _module(self, case):
        inside = self._filled(case, case.http)
        if "preferred_ip_protocol" not in inside:
            inside = "preferred_ip_protocol: ip4" + (", " + inside if inside else "")
        more = f", {case.module}" if case.module else ""
        timeout = "" if "timeout:" in more else ", timeout: 5s"
        return f"  {case.module_name}: {{prober: http{timeout}{more}, http: {{{inside}}}}}\n"

    def _filled(self, case, text):
        words = dict(self.words)
        if case.id in self.sites:
            words["PORT"] = self.sites[case.id].port
        for name, content in words.items():
            text = text.replace(f"@{name}@", str(content))
        return text

    def target(self, case):
        text = self._filled(case, case.target)
        if not text.startswith("/"):
            return text
        if case.nginx:
            return self.nginx.url(text, host=case.host or "127.0.0.1")
        return self.sites[case.id].url(text, host=case.host or None)

    def ask(self, side, case):
        """One probe, judged against the case's own expectations."""
        if not self.knows(side, case):
            return Outcome("")
        site = self.sites.get(case.id)
        for used in filter(None, (site, self.proxy)):
            used.forget()
        exporter = self.running[side]
        answer = exporter.probe(self.target(case), case.module_name, **case.parameters)
        outcome = Outcome(side, answer.status, answer.text)
        if answer.status != 200:
            outcome.wrong.append(f"/probe answered {answer.status}: {answer.text.strip()[:200]}")
            return outcome
        outcome.families = exposition.parse_text(answer.body)
        expected = {**case.expect, **case.ours} if side == "vedette" else case.expect
        for key, want in expected.items():
            got = outcome.value(key)
            if not agrees(got, want):
                outcome.wrong.append(f"{key} is {show(got)}, expected {want}")
        complaint = case.saw(site or self.proxy) if case.saw else ""
        if complaint:
            outcome.wrong.append(f"server saw: {complaint}")
        if case.log or case.no_log:
            debug = exporter.probe(self.target(case), case.module_name, debug="true", **case.parameters).text
            if case.log and case.log not in debug:
                outcome.wrong.append(f"log lacks {case.log!r}")
            if case.no_log and case.no_log in debug:
                outcome.wrong.append(f"log has {case.no_log!r}")
        return outcome


def older(version, than):
    def numbers(text):
        return [int(part) for part in text.split(".")]

    return numbers(version) < numbers(than)


def agrees(got, want):
    if want == ABSENT:
        return got is None
    if got is None:
        return False
    if want == PRESENT:
        return True
    if callable(want):
        return bool(want(got))
    return math.isclose(got, want, rel_tol=1e-9) or got == want


def compare(vedette, blackbox, unknown):
    """Yields (kind, what, detail) for every difference of two parsed answers; `unknown` labels of vedette are left out."""
    for name in sorted({*vedette.families, *blackbox.families}):
        if not HOUSEHOLD.match(name):
            yield "foreign", name, "a family that is not probe_*"
        ours, theirs = vedette.families.get(name), blackbox.families.get(name)
        if theirs is None and name in differences.EVERYWHERE:
            continue
        if theirs is None:
            yield "only vedette", name, " ".join(str(sample.labels or show(sample.value)) for sample in ours.samples)
        elif ours is None:
            yield "only blackbox", name, " ".join(str(sample.labels or show(sample.value)) for sample in theirs.samples)
        else:
            yield from compare_family(name, ours, theirs, unknown.get(name, ()))
    if list(vedette.families) != sorted(vedette.families):
        yield "order", "families", "vedette does not sort its families by name"


def compare_family(name, ours, theirs, unknown):
    for what, left, right in (("HELP", ours.help, theirs.help), ("TYPE", ours.kind, theirs.kind)):
        if left != right:
            yield what, name, f"vedette {left!r}, blackbox {right!r}"
    left = {without(sample.key, unknown): sample for sample in ours.samples}
    right = {sample.key: sample for sample in theirs.samples}
    for key in sorted({*left, *right}):
        text = name + ("{" + ",".join(f'{label}="{content}"' for label, content in key[1]) + "}" if key[1] else "")
        if key not in right:
            yield "only vedette", text, show(left[key].value)
        elif key not in left:
            yield "only blackbox", text, show(right[key].value)
        elif name in TIMES:
            if (left[key].value == 0) != (right[key].value == 0):
                yield "zero", text, f"vedette {left[key].value:g}, blackbox {right[key].value:g}"
        elif left[key].value != right[key].value:
            yield "value", text, f"vedette {show(left[key].value)}, blackbox {show(right[key].value)}"
    names = [sample.key for sample in ours.samples]
    if names != sorted(names):
        yield "order", name, "vedette does not sort the samples by label"


def without(key, labels):
    return key[0], tuple(pair for pair in key[1] if pair[0] not in labels)


@dataclass
class Verdict:
    """The line of the printed table, and what makes the test fail."""

    case: Case
    vedette: Outcome
    blackbox: Outcome
    word: str = "agree"
    notes: list = field(default_factory=list)
    failures: list = field(default_factory=list)


def judge(case, vedette, blackbox, version):
    """vedette must meet the expectation; blackbox must too, unless the table knows; both must agree, unless the table knows."""
    verdict = Verdict(case, vedette, blackbox)
    verdict.failures += [f"vedette: {wrong}" for wrong in vedette.wrong]
    found = [("expected", "blackbox", wrong) for wrong in blackbox.wrong]
    if vedette.families and blackbox.families:
        found += list(compare(vedette, blackbox, differences.unknown_labels(version)))
    for kind, what, detail in found:
        reason = differences.explain(case.id, kind, what, detail, version)
        line = f"{kind} {what}: {detail}"
        if reason:
            verdict.notes.append(f"{line} [{reason}]")
        else:
            verdict.failures.append(line)
    if verdict.failures:
        verdict.word = "DIFFERS"
    elif not vedette.side or not blackbox.side:
        verdict.word = f"{vedette.side or blackbox.side} only"
    elif verdict.notes:
        verdict.word = "explained"
    return verdict


def table(verdicts):
    """The printed table: row, case, expected, vedette, blackbox, verdict."""
    lines = [("row", "case", "expected", "vedette", "blackbox", "verdict")]
    for verdict in verdicts:
        case = verdict.case
        expected = " ".join(f"{brief(key)}={want if isinstance(want, str) else 'ok' if callable(want) else show(want)}"
                            for key, want in case.expect.items())
        lines.append((case.row, case.name, expected, verdict.vedette.short(case), verdict.blackbox.short(case),
                      verdict.word))
    widths = [min(max(len(line[column]) for line in lines), 78) for column in range(6)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def brief(key):
    return re.sub(r"^probe_(http_)?", "", key)
