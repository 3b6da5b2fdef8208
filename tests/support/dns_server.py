"""A name server for tests: answers from a table, counts what it is asked, and can be slow, silent, or wrong on demand.

    with DnsServer({"shop.test": Zone(a=["127.0.0.1"])}) as dns:
        dns.address                      # a loopback address whose port 53 is ours
        dns.asked("shop.test", A)        # how many questions came for that

Names that are not in the table are NXDOMAIN.
"""

import errno
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

A, AAAA = 1, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
KINDS = {A: (socket.AF_INET, "a"), AAAA: (socket.AF_INET6, "aaaa")}


@dataclass
class Zone:
    """One name: addresses by family, and how the server treats whoever asks for it."""

    a: list = field(default_factory=list)
    aaaa: list = field(default_factory=list)
    code: int = NOERROR
    delay: float = 0.0
    silent: bool = False
    ttl: int = 300


def parse_question(packet):
    """(name in small letters, type, end of the question)."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii").lower())
        at += 1 + packet[at]
    kind, _ = struct.unpack_from("!HH", packet, at + 1)
    return ".".join(labels), kind, at + 5


def render(packet, end, zone, kind):
    """The answer to `packet`; compression points every owner name to the question."""
    family, attribute = KINDS.get(kind, (None, ""))
    addresses = getattr(zone, attribute, []) if zone.code == NOERROR else []
    flags = 0x8180 | zone.code
    head = packet[:2] + struct.pack("!HHHHH", flags, 1, len(addresses), 0, 0)
    records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, zone.ttl, 4 if kind == A else 16) +
                       socket.inet_pton(family, address) for address in addresses)
    return head + packet[12:end] + records


def bind_port_53(kind=socket.SOCK_DGRAM):
    """A socket on port 53 of a loopback address that nobody uses: resolv.conf cannot name another port."""
    for last in range(53, 254):
        found = socket.socket(socket.AF_INET, kind)
        try:
            found.bind((f"127.0.53.{last}", 53))
            return found
        except OSError as error:
            found.close()
            if error.errno != errno.EADDRINUSE:
                raise
    raise AssertionError("port 53 is taken on every loopback address that was tried")


def free_address_53():
    """A loopback address whose port 53 was free a moment ago, for a program that binds it itself."""
    with bind_port_53() as found:
        return found.getsockname()[0]


class DnsServer:
    """UDP on port 53 of a loopback address; every question is answered on a thread of its own, so one delay holds up no other."""

    def __init__(self, zones):
        self.zones = dict(zones)
        self.questions = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._socket = bind_port_53()
        self._socket.settimeout(0.1)
        self.address = self._socket.getsockname()[0]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def asked(self, name, kind=None):
        with self._lock:
            return sum(1 for asked, of in self.questions if asked == name and kind in (None, of))

    def forget(self):
        with self._lock:
            self.questions = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self):
        while not self._closing.is_set():
            try:
                packet, peer = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            name, kind, end = parse_question(packet)
            with self._lock:
                self.questions.append((name, kind))
            zone = self.zones.get(name, Zone(code=NXDOMAIN))
            if zone.silent:
                continue
            answer = render(packet, end, zone, kind)
            if zone.delay:
                threading.Thread(target=self._later, args=(zone.delay, answer, peer), daemon=True).start()
            else:
                self._socket.sendto(answer, peer)

    def _later(self, delay, answer, peer):
        time.sleep(delay)
        if not self._closing.is_set():
            self._socket.sendto(answer, peer)
