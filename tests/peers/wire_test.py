"""What each exporter really puts on the wire, request by request, compared and printed as a table.

    /usr/bin/python3 tests/peers/wire_test.py -v  [--only blackbox|vedette]
"""

import re
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import differences  # noqa: E402
import exposition  # noqa: E402
from certs import Certs  # noqa: E402
from process import Blackbox, Vedette  # noqa: E402
from replay import blackbox_version, older  # noqa: E402
from sides import chosen_sides  # noqa: E402
from website import Reply, Site, reply  # noqa: E402
from wire_cases import CASES  # noqa: E402

SIDES = chosen_sides()
AGENT = re.compile(r"(?i)(blackbox[ -]exporter|vedette)/[0-9][^ ]*")


def fill(text, words):
    for name, content in words.items():
        text = text.replace(f"@{name}@", str(content))
    return text


def filled(answer, words):
    if isinstance(answer, list):
        return [filled(one, words) for one in answer]
    headers = [(name, fill(content, words)) for name, content in answer.headers]
    return Reply(answer.status, headers, answer.body)


class WireTest(unittest.TestCase):
    """One test per case, made below; the sites and both exporters live as long as the class."""

    seen = []

    @classmethod
    def setUpClass(cls):
        cls.certs = Certs.shared()
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="wire-")))
        end = reply(200, body=b"end")
        cls.sites = {name: Site({}, host=host, default=end, cert=cert) for name, host, cert in (
            ("A", "127.0.0.1", None), ("B", "127.0.0.1", None), ("C", "127.0.0.2", None),
            ("S", "127.0.0.1", cls.certs["good"]), ("P", "127.0.0.1", None))}
        cls.words = cls.fill_words()
        for case in CASES:
            for place, answer in case.hops.items():
                name, path = place.split(" ")
                cls.sites[name].routes[path] = filled(answer, cls.words)
        for site in cls.sites.values():
            cls.enterClassContext(site)
        cls.version = blackbox_version() if "blackbox" in SIDES else "0"
        cls.running = {side: cls.enterClassContext(cls.exporter(side)) for side in SIDES}

    @classmethod
    def fill_words(cls):
        words = {"CA": cls.certs.ca_file}
        for name, text in (("BODY_FILE", "from a file\n"), ("SECRET_FILE", "s3cret\n"), ("EMPTY_FILE", "")):
            words[name] = cls.home / name.lower()
            words[name].write_text(text)
        for name, site in cls.sites.items():
            words[name] = f"{site.host}:{site.port}"
            words[f"{name}_PORT"] = site.port
        return words

    @classmethod
    def exporter(cls, side):
        lines = ["modules:"]
        for number, case in enumerate(CASES):
            if cls.knows(side, case):
                inside = "preferred_ip_protocol: ip4" + (", " + case.http if case.http else "")
                lines.append(f"  m{number}: {{prober: http, timeout: 5s, http: {{{fill(inside, cls.words)}}}}}")
        path = cls.home / f"{side}.yml"
        path.write_text("\n".join(lines) + "\n")
        return (Blackbox if side == "blackbox" else Vedette)(path)

    @classmethod
    def knows(cls, side, case):
        return side == "vedette" or not case.since or not older(cls.version, case.since)

    @classmethod
    def tearDownClass(cls):
        print("\n" + "\n".join(cls.seen), file=sys.stderr)

    def ask(self, side, number, case):
        """The requests of one probe as (site, line, headers, body) with everything that must differ replaced."""
        for site in self.sites.values():
            site.forget()
        target = fill(case.target, self.words)
        answer = self.running[side].probe(target, f"m{number}", **case.parameters)
        self.assertEqual(answer.status, 200, answer.text)
        families = exposition.parse_text(answer.body)
        facts = " ".join(f"{name[6:]}={exposition.value(families, name):g}" for name in (
            "probe_success", "probe_http_status_code", "probe_http_redirects", "probe_http_content_length"))
        got = []
        for name, site in self.sites.items():
            for request in site.requests:
                got.append((request.arrived, name, self.neutral(f"{request.method} {request.target} {request.version}"),
                            [(key, self.neutral(content)) for key, content in request.headers],
                            ("chunked " if request.chunked else "") + repr(request.body.decode("latin-1")[:60])))
        return facts, [entry[1:] for entry in sorted(got, key=lambda entry: entry[0])]

    def neutral(self, text):
        text = AGENT.sub("(agent)", text)
        for name, site in self.sites.items():
            text = re.sub(rf":{site.port}\b", f":({name})", text)
        return text

    def run_case(self, number, case):
        answers = {side: self.ask(side, number, case) for side in self.running if self.knows(side, case)}
        lines, failures = [f"{case.name}"], []
        if len(answers) == 2:
            for kind, what, detail in compare(answers["vedette"], answers["blackbox"]):
                reason = differences.explain(f"wire/{case.name}", kind, what, detail, self.version)
                lines.append(f"  {'explained' if reason else 'DIFFERS'} {kind} {what}: {detail} {reason and f'[{reason}]'}")
                failures += [] if reason else [f"{kind} {what}: {detail}"]
        for side, (facts, requests) in answers.items():
            if side == "vedette" and len(answers) == 2 and not failures and len(lines) == 1:
                continue
            lines.append(f"  {side}: {facts}")
            for name, line, headers, body in requests:
                shown = " | ".join(f"{key}: {content}" for key, content in headers)
                lines.append(f"    {name} {line} | {shown}" + (f" || {body}" if body != "''" else ""))
        self.seen.append("\n".join(lines))
        self.assertFalse(failures, "\n".join(lines))


def compare(vedette, blackbox):
    """Yields (kind, what, detail) for each difference of two answers."""
    if vedette[0] != blackbox[0]:
        yield "wire facts", "metrics", f"vedette {vedette[0]}, blackbox {blackbox[0]}"
    if len(vedette[1]) != len(blackbox[1]):
        yield "wire count", "requests", f"vedette {len(vedette[1])}, blackbox {len(blackbox[1])}"
        return
    for place, (ours, theirs) in enumerate(zip(vedette[1], blackbox[1])):
        for what, left, right in zip(("site", "line"), ours, theirs):
            if left != right:
                yield "wire", what, f"request {place}: vedette {left}, blackbox {right}"
        if ours[3] != theirs[3]:
            yield "wire", "body", f"request {place}: vedette {ours[3]}, blackbox {theirs[3]}"
        yield from compare_headers(place, ours[2], theirs[2])


def compare_headers(place, ours, theirs):
    left = [(name.lower(), content) for name, content in ours]
    right = [(name.lower(), content) for name, content in theirs]
    for name in dict.fromkeys(name for name, _ in left + right):
        mine = [content for key, content in left if key == name]
        other = [content for key, content in right if key == name]
        if mine != other:
            yield "wire header", name, f"request {place}: vedette {mine}, blackbox {other}"
    if sorted(left) == sorted(right) and [name for name, _ in left] != [name for name, _ in right]:
        yield "wire order", "headers", (f"request {place}: vedette {[name for name, _ in left]}, "
                                        f"blackbox {[name for name, _ in right]}")


def add_cases():
    for number, case in enumerate(CASES):
        name = f"test_{number:03d}_" + re.sub(r"\W+", "_", case.name)
        setattr(WireTest, name, lambda self, number=number, case=case: self.run_case(number, case))


add_cases()

if __name__ == "__main__":
    unittest.main()
