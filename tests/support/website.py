"""A small HTTP(S)/1.1 site whose routes are data, and which remembers every request exactly as it came.

    with Site({"/": reply(body=b"hi"), "/old": redirect("/"), "/echo": echo}) as site:
        site.url("/old"); site.requests[0].headers   # [(name, value), ...] in the order and case of the wire

A route is a Reply, a list of Replies (one per request, the last one stays) or a function from Received to Reply.
The server speaks just enough HTTP to be exact about it: no library decides what is sent.
"""

import gzip
import http
import json
import socket
import ssl
import threading
import time
import zlib
from dataclasses import dataclass, field

MAX_HEAD = 1 << 20


@dataclass
class Received:
    """One request as the server saw it."""

    method: str
    target: str
    version: str
    headers: list
    body: bytes = b""
    chunked: bool = False
    raw_head: bytes = b""
    server_name: str = ""
    client: tuple = ()
    tls: bool = False
    arrived: float = 0.0

    def values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def path(self):
        """The target without query; of an absolute target (a proxy's), what follows the authority."""
        target = self.target
        if "://" in target:
            target = "/" + target.split("://", 1)[1].partition("/")[2]
        return target.partition("?")[0]

    def as_json(self):
        return {"method": self.method, "target": self.target, "version": self.version, "chunked": self.chunked,
                "headers": [list(pair) for pair in self.headers], "body": self.body.decode("latin-1")}


@dataclass
class Reply:
    """What to send. `raw` replaces everything; `chunks` are sent as chunks, a number among them is a pause in seconds."""

    status: int = 200
    headers: list = field(default_factory=list)
    body: bytes = b""
    chunks: list = None
    length: str = "exact"  # "exact", "none" (ends with the connection), or the text of a Content-Length of our own
    delay: float = 0.0
    raw: bytes = None


def reply(status=200, headers=(), body=b"", **more):
    """A Reply from plain values; headers may be a dict or a list of pairs."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    return Reply(status, pairs, body.encode() if isinstance(body, str) else body, **more)


def redirect(location, status=302, headers=(), body=b""):
    more = reply(status, headers, body)
    more.headers.insert(0, ("Location", location))
    return more


def echo(request):
    """Answers with the request itself, as JSON."""
    return reply(headers={"Content-Type": "application/json"}, body=json.dumps(request.as_json()))


def packed(coding, body):
    """A body in a content coding: gzip, br, deflate (raw), zlib (what RFC 9110 calls deflate), identity."""
    if coding == "gzip":
        return gzip.compress(body, mtime=0)
    if coding == "zlib":
        return zlib.compress(body)
    if coding == "deflate":
        packer = zlib.compressobj(wbits=-15)
        return packer.compress(body) + packer.flush()
    if coding == "br":
        import brotli  # Debian's python3-brotli; only tests that pack with it need it

        return brotli.compress(body)
    return body


def encoded(coding, body, label=None):
    """A Reply with a packed body and its Content-Encoding."""
    return reply(headers={"Content-Encoding": label or coding}, body=packed(coding, body))


def server_context(cert, client_ca=None, low=None, high=None, alpn=("http/1.1",)):
    """TLS of a server with one of certs.py's certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert.crt, cert.key)
    if low:
        context.minimum_version = low
    if high:
        context.maximum_version = high
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


class Site:
    """One listening socket, one thread per connection; a context manager."""

    def __init__(self, routes, cert=None, host="127.0.0.1", default=None, context=None, **tls):
        self.routes = dict(routes)
        self.default = default or reply(404, body=b"not found")
        self.requests = []
        self.problems = []
        self.connections = 0
        self._hits = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._context = context or (server_context(cert, **tls) if cert else None)
        self._cert = cert
        self._names = {}
        if self._context:
            self._context.sni_callback = self._note_name
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=256)
        self.host = host
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def scheme(self):
        return "https" if self._context else "http"

    def url(self, path="/", host=None):
        name = host or self.host
        return f"{self.scheme}://{'[' + name + ']' if ':' in name else name}:{self.port}{path}"

    def forget(self):
        """Starts a new list of requests and counts routes' hits from zero."""
        with self._lock:
            self.requests = []
            self.problems = []
            self._hits = {}

    def hits(self, path):
        with self._lock:
            return sum(1 for request in self.requests if request.path == path)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self):
        while not self._closing.is_set():
            try:
                connection, peer = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(connection, peer), daemon=True).start()

    def _note_name(self, connection, name, _context):
        self._names[id(connection)] = name or ""

    def _serve(self, connection, peer):
        try:
            connection.settimeout(30)
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                while self._one_request(connection, peer):
                    pass
        except (OSError, ValueError) as error:
            with self._lock:
                self.problems.append(repr(error))
            connection.close()
        finally:
            self._names.pop(id(connection), None)

    def _one_request(self, connection, peer):
        """Serves one request; true when the connection may carry another."""
        request = read_request(connection)
        if request is None:
            return False
        if request.method == "TLS":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        request.client = peer
        request.arrived = time.monotonic()
        request.tls = self._context is not None
        request.server_name = self._names.get(id(connection), "") if request.tls else ""
        with self._lock:
            self.requests.append(request)
        if request.method == "CONNECT" and "CONNECT" not in self.routes:
            tunnel(connection, request.target)
            return False
        answer = self._route(request)
        self._pause(answer.delay)
        connection.sendall(answer.raw if answer.raw is not None else render_head(answer, request))
        if answer.raw is None and request.method != "HEAD" and answer.status not in (204, 304):
            self._send_body(connection, answer)
        closes = any(value.lower() == "close" for value in request.values("connection"))
        return answer.raw is None and answer.length == "exact" and not closes

    def _route(self, request):
        with self._lock:
            key = request.method if request.method in self.routes else request.path
            found = self.routes.get(key, self.default)
            number = self._hits.get(key, 0)
            self._hits[key] = number + 1
        if isinstance(found, list):
            found = found[min(number, len(found) - 1)]
        return found if isinstance(found, Reply) else found(request)

    def _pause(self, seconds):
        if seconds:
            self._closing.wait(seconds)

    def _send_body(self, connection, answer):
        if answer.chunks is None:
            connection.sendall(answer.body)
            return
        for piece in answer.chunks:
            if isinstance(piece, (int, float)):
                self._pause(piece)
            else:
                connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        connection.sendall(b"0\r\n\r\n")


def render_head(answer, request):
    """Status line and headers, with the framing the Reply asks for."""
    try:
        phrase = http.HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Unnamed"
    lines = [f"HTTP/1.1 {answer.status} {phrase}"] + [f"{name}: {value}" for name, value in answer.headers]
    if answer.chunks is not None:
        lines.append("Transfer-Encoding: chunked")
    elif answer.length not in ("exact", "none"):
        lines.append(f"Content-Length: {answer.length}")
    elif answer.length == "exact" and answer.status not in (204, 304):
        lines.append(f"Content-Length: {len(answer.body)}")
    if answer.length == "none" or any(value.lower() == "close" for value in request.values("connection")):
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _read_until(connection, mark, data):
    while mark not in data:
        if len(data) > MAX_HEAD:
            raise ValueError("request head too long")
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    return data


def read_request(connection):
    """Reads one request, decoding a chunked body; None when the client closed first, method TLS for a TLS greeting in the clear."""
    data = connection.recv(65536)
    if data.startswith(b"\x16\x03"):
        return Received("TLS", "", "", [])
    data = _read_until(connection, b"\r\n\r\n", data) if data else None
    if data is None:
        return None
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
    request = Received(method, target, version, headers, raw_head=head)
    if any(value.lower() == "100-continue" for value in request.values("expect")):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if any(value.lower() == "chunked" for value in request.values("transfer-encoding")):
        request.chunked = True
        request.body = _read_chunks(connection, rest)
    else:
        length = int((request.values("content-length") or ["0"])[0])
        while len(rest) < length:
            more = connection.recv(65536)
            if not more:
                raise ValueError(f"body ended after {len(rest)} of {length} bytes")
            rest += more
        request.body = rest[:length]
    return request


def _read_chunks(connection, data):
    body = b""
    while True:
        data = _read_until(connection, b"\r\n", data)
        if data is None:
            raise ValueError("chunked body ended early")
        size_text, _, data = data.partition(b"\r\n")
        size = int(size_text.split(b";")[0], 16)
        while len(data) < size + 2:
            more = connection.recv(65536)
            if not more:
                raise ValueError("chunked body ended inside a chunk")
            data += more
        body += data[:size]
        data = data[size + 2:]
        if size == 0:
            return body


def tunnel(connection, authority):
    """A proxy's CONNECT: carries bytes both ways until one side closes."""
    host, _, port = authority.rpartition(":")
    try:
        upstream = socket.create_connection((host.strip("[]"), int(port)), timeout=10)
    except OSError:
        connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        return
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    back = threading.Thread(target=_carry, args=(upstream, connection), daemon=True)
    back.start()
    _carry(connection, upstream)
    back.join(10)
    upstream.close()


def _carry(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
