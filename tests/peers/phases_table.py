"""The scenarios of phases_test.py: what the servers do, what the module says, and the reason where the probe must fail."""

import gzip
from dataclasses import dataclass

from phases_server import At, Hop, UNTIL_CLIENT_LEAVES

TEXT = b"".join(b"line %d of a page that packs well\n" % number for number in range(300))
PACKED = gzip.compress(TEXT, mtime=0)
GZIP = (("Content-Encoding", "gzip"),)
THERE = (("Location", "{to}"),)
MEGABYTE = b"m" * (1 << 20)
LEAVES = UNTIL_CLIENT_LEAVES

TLS13 = At("good")
TLS12 = At("good", "TLSv1_2")
H2 = At("good", alpn="h2")
TRUSTED = "tls_config: {ca_file: @CA@}"
UNPACKS = "compression: gzip, headers: {Accept-Encoding: gzip}"
ANYONE = "tls_config: {insecure_skip_verify: true}"


@dataclass(frozen=True)
class Scenario:
    """`http` is the inside of the module's http block; `reason` is "phase/reason" of vedette's failure info."""

    name: str
    hops: tuple
    http: str = ""
    reason: str = ""
    facts: tuple = ()
    host: str = "127.0.0.1"
    timeout: str = "5s"
    nginx: bool = False  # the hop is behind nginx, which speaks HTTP/2 over TLS

    @property
    def tls_at(self):
        """The last hop, if it speaks TLS."""
        if self.nginx:
            return TLS13
        return self.hops[-1].at if self.speaks_tls else None

    @property
    def speaks_tls(self):
        return self.nginx or bool(self.hops and self.hops[-1].at.cert)

    @property
    def speaks_h2(self):
        return self.nginx or bool(self.hops and self.hops[-1].at.alpn == "h2")


def one(name, http="", reason="", timeout="5s", **hop):
    return Scenario(name, (Hop(**hop),), http, reason, timeout=timeout)


def hello(name, http=TRUSTED, reason="", at=TLS13, **hop):
    """One hop over TLS."""
    return one(name, http, reason, at=at, **hop)


IN_THE_CLEAR = [
    one("small"),
    one("empty", pieces=()),
    one("slow first byte", wait=0.02),
    one("slower first byte", wait=0.06),
    one("slow body", pieces=(b"first", 0.04, b"last")),
    one("body in steps", pieces=(b"a", 0.01, b"b", 0.01, b"c", 0.01, b"d")),
    one("headers, then a pause", pieces=(0.03, b"body")),
    one("slow first byte and body", wait=0.03, pieces=(b"first", 0.03, b"last")),
    one("chunked", framing="chunked"),
    one("chunked, slow", framing="chunked", wait=0.01, pieces=(b"first", 0.02, b"last")),
    one("body until the close", framing="none", pieces=(b"first", 0.02, b"last")),
    one("204, slow", status=204, pieces=(), wait=0.02),
    one("HEAD, slow", "method: HEAD", wait=0.02),
    one("POST", 'method: POST, body: "a=1"', wait=0.01),
    one("POST of 20 kB", f'method: POST, body: "{"w" * 20000}"', wait=0.01),
    one("4 MB", pieces=(MEGABYTE,) * 4),
    one("2 MB in steps", pieces=(0.005, MEGABYTE[:262144]) * 8),
    one("404, slow", status=404, wait=0.02, reason="check/status"),
    one("500, slow body", status=500, pieces=(b"first", 0.02, b"last"), reason="check/status"),
    one("Last-Modified", headers=(("Last-Modified", "Wed, 01 Jan 2025 12:00:05 GMT"),), wait=0.01),
    one("body matches, slow body", "fail_if_body_not_matches_regexp: [last]", pieces=(b"first", 0.02, b"last")),
    one("body must not match", "fail_if_body_matches_regexp: [last]", "check/body_mismatch", wait=0.01,
        pieces=(b"first", 0.01, b"last")),
    Scenario("a name", (Hop(wait=0.01),), host="localhost"),
]

PACKED_BODIES = [
    one("gzip", UNPACKS, headers=GZIP, pieces=(PACKED,)),
    one("gzip, slow first byte", UNPACKS, headers=GZIP, pieces=(PACKED,), wait=0.02),
    one("gzip, slow body", UNPACKS, headers=GZIP, pieces=(PACKED[:200], 0.03, PACKED[200:])),
    hello("gzip over TLS", f"{UNPACKS}, {TRUSTED}", headers=GZIP, pieces=(PACKED[:200], 0.01, PACKED[200:])),
]

AWAY = Hop(302, THERE, wait=0.01)
REDIRECTS = [
    Scenario("redirect", (Hop(302, THERE), Hop())),
    Scenario("slow redirect", (AWAY, Hop(wait=0.02))),
    Scenario("three slow redirects", (AWAY, AWAY, AWAY, Hop(wait=0.01))),
    Scenario("redirect to a slow body", (AWAY, Hop(pieces=(b"first", 0.02, b"last")))),
    Scenario("ten redirects", (Hop(302, THERE),) * 10 + (Hop(),)),
    Scenario("redirect to TLS", (AWAY, Hop(at=TLS13, hello_wait=0.02)), TRUSTED),
    Scenario("redirect within TLS", (Hop(301, THERE, at=TLS13, hello_wait=0.01), Hop(at=TLS12, wait=0.01)), TRUSTED),
    Scenario("redirect from TLS", (Hop(307, THERE, at=TLS12), Hop(wait=0.01)), TRUSTED),
    Scenario("redirect to an expired certificate", (AWAY, Hop(at=At("expired"))), TRUSTED, "tls/tls_expired"),
]

OVER_TLS = [
    hello("TLS 1.3"),
    hello("TLS 1.2", at=TLS12),
    hello("TLS 1.3, slow hello", hello_wait=0.04),
    hello("TLS 1.2, slow hello", at=TLS12, hello_wait=0.04),
    hello("TLS 1.3, all slow", hello_wait=0.02, wait=0.02, pieces=(b"first", 0.02, b"last")),
    hello("RSA", at=At("rsa"), wait=0.01),
    hello("intermediate", at=At("chained"), wait=0.01),
    hello("intermediate that ends first", at=At("short_chain"), wait=0.01),
    hello("POST over TLS", f'method: POST, body: "a=1", {TRUSTED}', wait=0.01),
    hello("2 MB over TLS", pieces=(MEGABYTE, 0.01, MEGABYTE)),
]

DISTRUSTED = [
    hello("expired", at=At("expired"), reason="tls/tls_expired"),
    hello("expired, slow hello", at=At("expired", "TLSv1_2"), hello_wait=0.03, reason="tls/tls_expired"),
    hello("not yet valid", at=At("not_yet_valid"), reason="tls/tls_not_yet_valid"),
    hello("wrong name", at=At("wrong_name"), reason="tls/tls_wrong_name"),
    hello("self-signed, slow hello", at=At("self_signed"), hello_wait=0.02, reason="tls/tls_self_signed"),
    hello("unknown authority", at=At("unknown_authority"), reason="tls/tls_unknown_authority"),
    hello("expired, but not verified", ANYONE, at=At("expired"), wait=0.02),
    hello("self-signed, but not verified", ANYONE, at=At("self_signed", "TLSv1_2"), pieces=(b"first", 0.02, b"last")),
]

HTTP2 = [
    hello("h2", at=H2),
    hello("h2, slow first byte", at=H2, wait=0.03),
    hello("h2, slow body", at=H2, pieces=(b"first", 0.03, b"last")),
    hello("h2, all slow", at=H2, hello_wait=0.02, wait=0.02, pieces=(b"first", 0.02, b"last")),
    hello("h2, length unknown", at=H2, framing="chunked", wait=0.01),
    Scenario("nginx h2", (Hop(),), TRUSTED, nginx=True),
    Scenario("nginx h2, slow first byte", (Hop(wait=0.03),), TRUSTED, nginx=True),
    Scenario("nginx h2, slow body", (Hop(pieces=(b"first", 0.03, b"last")),), TRUSTED, nginx=True),
]

BROKEN = [
    Scenario("nothing listens", (), reason="connect/connect_refused"),
    one("closed without an answer", silent=True, wait=0.02, reason="response/closed"),
    one("body cut short", framing="99", pieces=(b"first", 0.02, b"last"), reason="response/truncated"),
    one("no answer in time", silent=True, pieces=(LEAVES,), timeout="120ms", reason="response/timeout"),
    one("body does not end in time", framing="99", pieces=(b"first", LEAVES), timeout="120ms",
        reason="response/timeout"),
]

SCENARIOS = [*IN_THE_CLEAR, *PACKED_BODIES, *REDIRECTS, *OVER_TLS, *DISTRUSTED, *HTTP2, *BROKEN]
