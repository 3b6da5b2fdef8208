"""A server that waits where it is told to and stamps what it does: the truth that phase times are compared with.

    with Server(certs) as server:
        run = server.begin([Hop(wait=0.03, pieces=[b"hi"])])
        ... one probe of server.url(hop.at) ...
        run.truth()      # {"connect": seconds or None, "tls": ..., "processing": ..., "transfer": ...}

One probe at a time. Both exporters open a connection per request, so the n-th connection plays the n-th hop.
What came from the client has the kernel's stamp of its arrival; what goes to it is stamped just before it is sent,
because the client it wakes may take this very core. Either way no stamp waits for Python to be scheduled.
"""

import os
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field

import http2_frames as h2
from process import wait_until
from website import Received, Reply, read_request, render_head, server_context

WORKERS = 3  # enough for a connection that lingers while the next one of a redirect comes in
SLICE = 16384
TCPI_RTT = 68  # offset in struct tcp_info, microseconds
SO_TIMESTAMPING = 37  # Python has no names for these (linux/net_tstamp.h)
RX_SOFTWARE, REPORT_SOFTWARE = 1 << 3, 1 << 4


@dataclass(frozen=True)
class At:
    """Where a hop is served: in the clear, or over TLS with a certificate, one version and one protocol."""

    cert: str = ""
    tls: str = "TLSv1_3"
    alpn: str = "http/1.1"

    @property
    def scheme(self):
        return "https" if self.cert else "http"


PLAIN = At()
UNTIL_CLIENT_LEAVES = "until the client leaves"


@dataclass(frozen=True)
class Hop:
    """One answer: pauses before ServerHello and before the first byte, then pieces of body and pauses between them."""

    status: int = 200
    headers: tuple = ()
    pieces: tuple = (b"0123456789",)
    at: At = PLAIN
    hello_wait: float = 0.0
    wait: float = 0.0
    framing: str = "exact"  # "exact", "chunked", "none" (ends with the connection) or a Content-Length of our own
    silent: bool = False    # no answer at all: waits, then closes

    @property
    def body(self):
        return b"".join(piece for piece in self.pieces if isinstance(piece, bytes))

    def head(self, request, to=None):
        headers = [(name, value.format(to=to)) for name, value in self.headers]
        length = str(len(self.body)) if self.framing == "exact" and self.status != 204 else self.framing
        chunks = [] if self.framing == "chunked" else None
        return render_head(Reply(self.status, headers, self.body, chunks, length), request)


@dataclass
class Stamps:
    """One connection, in seconds of the monotonic clock; None: never happened."""

    rtt: float = 0.0
    hello: float = None
    shaken: float = None
    asked: float = None
    first: float = None
    last: float = None
    over: bool = False


@dataclass
class Run:
    """One probe's connections."""

    hops: list
    links: list = field(default_factory=list)

    def truth(self):
        """Waits until every connection is over; sums over hops except for transfer, which is the last answer's."""
        wait_until(lambda: all(link.over for link in self.links), 5, "the server's connections to end")
        shaken = [link.shaken - link.hello for link in self.links if link.hello]
        waited = [link.first - link.asked for link in self.links if link.first]
        last = self.links[-1] if self.links else None
        return {"connect": sum(link.rtt for link in self.links) if self.links else None,
                "tls": sum(shaken) if shaken else None,
                "processing": sum(waited) if waited else None,
                "transfer": last.last - last.first if last and last.last else None}


def stamp():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def arrival(raw):
    """Waits for the client's next bytes, leaves them there, and says when the kernel got them (now, if it left)."""
    seen, notes, _, _ = raw.recvmsg(1, 256, socket.MSG_PEEK)
    for level, kind, content in notes if seen else ():
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            seconds, nanoseconds = struct.unpack_from("<qq", content)
            since = time.clock_gettime_ns(time.CLOCK_REALTIME) - seconds * 10**9 - nanoseconds
            return stamp() - since / 1e9
    return stamp()


def kernel_rtt(connection):
    """How long the kernel waited for the last packet of TCP's handshake: what connect takes on this network."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return struct.unpack_from("<I", info, TCPI_RTT)[0] / 1e6


class Server:
    """All fronts, each opened when it is first asked for."""

    def __init__(self, certs):
        self.certs = certs
        self.fronts = {}
        self.problems = []
        self._lock = threading.Lock()
        self._run = Run([])
        self._threads = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.fronts.values():
            listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for listener in self.fronts.values():
            listener.close()

    def port(self, at):
        return self._front(at).getsockname()[1]

    def url(self, at, host="127.0.0.1"):
        return f"{at.scheme}://{host}:{self.port(at)}/"

    def begin(self, hops):
        """What the next connections are for."""
        self._run = Run(list(hops))
        return self._run

    def _front(self, at):
        if at not in self.fronts:
            listener = self.fronts[at] = socket.create_server(("127.0.0.1", 0), backlog=16)
            context = None
            if at.cert:
                version = ssl.TLSVersion[at.tls]
                context = server_context(self.certs[at.cert], low=version, high=version, alpn=(at.alpn,))
            for _ in range(WORKERS):
                # Waiting in accept(), so that no stamp is late by the start of a thread.
                thread = threading.Thread(target=self._work, args=(listener, context), daemon=True)
                thread.start()
                self._threads.append(thread)
        return self.fronts[at]

    def _work(self, listener, context):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            link = Stamps(kernel_rtt(connection))
            with self._lock:
                run = self._run
                number = len(run.links)
                run.links.append(link)
            try:
                with connection:
                    connection.settimeout(10)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, RX_SOFTWARE | REPORT_SOFTWARE)
                    if number < len(run.hops):
                        self._play(connection, context, link, run, number)
                    else:
                        self.problems.append(f"connection {number + 1} of {len(run.hops)}")
            except OSError as error:
                self.problems.append(repr(error))
            finally:
                link.over = True

    def _play(self, connection, context, link, run, number):
        hop = run.hops[number]
        following = run.hops[number + 1] if number + 1 < len(run.hops) else None
        to = self.url(following.at) if following else ""
        with socket.socket(fileno=os.dup(connection.fileno())) as raw:  # to look below TLS
            raw.settimeout(10)
            if context:
                connection = shake(connection, raw, context, link, hop)
            if not connection:
                return
            with connection:
                voice = (Http2 if is_h2(connection) else Http1)(connection, raw, link)
                if voice.read():
                    answer(voice, link, hop, to)


def shake(connection, raw, context, link, hop):
    """Waits for the greeting, then as long as the hop says, then shakes hands; None when the client refused."""
    link.hello = arrival(raw)
    time.sleep(hop.hello_wait)
    secure = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    secure.settimeout(0)
    heard = None
    try:
        while not link.shaken:
            try:
                heard, waited = None, heard
                secure.do_handshake()
                # The client has the last word in TLS 1.3 (one packet), the server in TLS 1.2.
                link.shaken = waited if waited and secure.version() == "TLSv1.3" else stamp()
            except ssl.SSLWantReadError:
                heard = arrival(raw)
    except OSError:
        link.shaken = waited or stamp()  # its alert
        secure.close()
        return None
    secure.settimeout(10)
    return secure


def answer(voice, link, hop, to):
    time.sleep(hop.wait)
    if hop.silent:
        if UNTIL_CLIENT_LEAVES in hop.pieces:
            voice.await_end()
        link.first = stamp()
        return
    link.first = link.last = stamp()
    started = voice.start(hop, to)
    try:
        for piece in hop.pieces[started:]:
            if piece == UNTIL_CLIENT_LEAVES:
                voice.await_end()
                link.last = stamp()
            elif isinstance(piece, float):
                time.sleep(piece)
            elif not voice.without_body(hop):
                for at in range(0, len(piece), SLICE):
                    link.last = stamp()
                    voice.send(piece[at:at + SLICE])
        voice.finish(hop)
        voice.await_end()
    except OSError:
        return  # the client had enough


def is_h2(connection):
    return isinstance(connection, ssl.SSLSocket) and connection.selected_alpn_protocol() == "h2"


def pending(connection):
    """Whether bytes have come through TLS that nobody has read yet."""
    return isinstance(connection, ssl.SSLSocket) and connection.pending() > 0


class Http1:
    """The answers of HTTP/1.1."""

    def __init__(self, connection, raw, link):
        self.connection = connection
        self.raw = raw
        self.link = link
        self.request = Received("", "", "", [])
        self.chunked = False

    def read(self):
        if not pending(self.connection):
            self.link.asked = arrival(self.raw)
        else:
            self.link.asked = stamp()
        self.request = read_request(self.connection)
        return self.request is not None

    def without_body(self, hop):
        return self.request.method == "HEAD" or hop.status == 204

    def start(self, hop, to):
        """Sends the head together with a small first piece; returns how many pieces went with it."""
        self.chunked = hop.framing == "chunked"
        head = hop.head(self.request, to)
        first = hop.pieces[0] if hop.pieces else None
        together = isinstance(first, bytes) and len(first) <= SLICE and not self.without_body(hop)
        self.connection.sendall(head + self._framed(first) if together else head)
        return 1 if together else 0

    def _framed(self, piece):
        return b"%x\r\n%b\r\n" % (len(piece), piece) if self.chunked else piece

    def send(self, piece):
        self.connection.sendall(self._framed(piece))

    def finish(self, hop):
        if self.chunked:
            self.link.last = stamp()
            self.connection.sendall(b"0\r\n\r\n")
        if hop.framing not in ("exact", "chunked"):
            self.link.last = stamp()
            self.connection.shutdown(socket.SHUT_WR)

    def await_end(self):
        """Until the client closes: a server that closes first could cut its own last bytes."""
        try:
            while self.connection.recv(65536):
                pass
        except OSError:
            return


class Http2(Http1):
    """The answers of HTTP/2: one request, one stream."""

    def __init__(self, connection, raw, link):
        super().__init__(connection, raw, link)
        self.stream = 0

    def read(self):
        if self._exactly(len(h2.PREFACE)) != h2.PREFACE:
            return False
        self.connection.sendall(h2.settings())
        while not self.stream:
            heard = stamp() if pending(self.connection) else arrival(self.raw)
            head = self._exactly(9)
            self._exactly(int.from_bytes(head[:3], "big"))
            if head[3] == h2.SETTINGS and not head[4] & h2.ACK:
                self.connection.sendall(h2.frame(h2.SETTINGS, h2.ACK, 0))
            elif head[3] == h2.HEADERS:
                self.stream = int.from_bytes(head[5:9], "big")
                self.link.asked = heard
        return True

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.connection.recv(size - len(data))
            if not more:
                raise ConnectionError("the client left in the middle of a frame")
            data += more
        return data

    def start(self, hop, to):
        pairs = [(name.lower().encode(), value.format(to=to).encode()) for name, value in hop.headers]
        if hop.framing == "exact":
            pairs.append((b"content-length", str(len(hop.body)).encode()))
        self.connection.sendall(h2.answer(self.stream, hop.status, *pairs))
        return 0

    def send(self, piece):
        self.connection.sendall(h2.data(self.stream, piece))

    def finish(self, _hop):
        self.link.last = stamp()
        self.connection.sendall(h2.data(self.stream, b"", end=True))
