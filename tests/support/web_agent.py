"""The agent, or its peer, behind a web configuration: started with it and asked over TLS or without, with users or without."""

import base64
import http.client
import os
import socket
import ssl
import tempfile
import warnings
from pathlib import Path

from process import Answer, Blackbox, Vedette

# bcrypt hashes of these words.
SECRET = "$2b$04$OXgay/vcjsR5nt85UHtovOCc2hPW/3fAJkOFRAQLXJWgoI91Ju2pq"
ANOTHER = "$2y$04$OrrbIOniOkSg/vHicMO0muQamcALS00xVYMZ4q8Xu4mkb.6ahkH56"
SLOW_SECRET = "$2b$11$Rmj2sATdUeWNH1i6iyfaFerqhAQZr1GlpH0lS9tt31PrhpzCtRbN6"

TARGETS = "targets: []\n"


def client_context(ca_file, cert=None, low=None, high=None, alpn=None):
    """How a test speaks TLS: `cert` is a Cert to show, low and high are ssl.TLSVersion."""
    context = ssl.create_default_context(cafile=ca_file)
    if cert:
        context.load_cert_chain(cert.crt, cert.key)
    if low or high:
        context.set_ciphers("DEFAULT@SECLEVEL=0")  # for versions below 1.2
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # they are old: that is the point
            context.minimum_version = low or high
            context.maximum_version = high or ssl.TLSVersion.MAXIMUM_SUPPORTED
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class _Local(http.client.HTTPConnection):
    """HTTP over any connected socket."""

    def __init__(self, connected):
        super().__init__("localhost")
        self.sock = connected


def ask(connected, path="/-/healthy", headers=None, method="GET", body=None):
    """One request on a connected socket, which is closed afterwards."""
    line = _Local(connected)
    try:
        line.request(method, path, body=body, headers={"Connection": "close", **(headers or {})})
        got = line.getresponse()
        return Answer(got.status, got.getheaders(), got.read())
    finally:
        line.close()


def login(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


class _WithWebConfig:
    """What both exporters do the same way. `context`: None for plain HTTP."""

    def __init__(self, web_config, context=None, config=TARGETS, arguments=(), **options):
        directory = Path(tempfile.mkdtemp(prefix=f"{self.family}-web-"))
        self.web_path, self.config_path = directory / "web.yml", directory / "config.yml"
        self.web_path.write_text(web_config)
        self.config_path.write_text(config)
        self.context = context
        super().__init__(self.config_path, [f"--web.config.file={self.web_path}", *arguments], directory=directory, **options)
        self._own_directory = True  # ours to remove at the end

    def await_ready(self, timeout=20.0):
        self.await_true(self._accepts, timeout, "a listening socket")
        return self

    def _accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def connect(self, context=None, timeout=20.0):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout)
        context = context or self.context
        if not context:
            return plain
        try:
            return context.wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise

    def ask(self, path="/-/healthy", headers=None, context=None, **more):
        return ask(self.connect(context), path, headers, **more)

    def refuses(self, context):
        """Whether a client with this context gets no answer. TLS 1.3 tells of a bad certificate only after the handshake."""
        try:
            self.ask(context=context)
        except (ssl.SSLError, ConnectionError, http.client.BadStatusLine):
            return True
        return False


class WebVedette(_WithWebConfig, Vedette):
    def rewrite(self, text):
        """Replaces the web configuration at once, as an editor or Kubernetes does."""
        replace(self.web_path, text)

    def inner_port(self):
        """Where civetweb listens for the front: the listening socket on 127.0.0.1 that is not the announced one."""
        inodes = set()
        for fd in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                inodes.add(os.readlink(f"/proc/{self.pid}/fd/{fd}"))
            except FileNotFoundError:
                continue
        for row in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]:
            fields = row.split()
            port = int(fields[1].split(":")[1], 16)
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes and port != self.port:
                return port
        return None


class WebBlackbox(_WithWebConfig, Blackbox):
    """The peer's own configuration must hold a module."""

    def __init__(self, web_config, context=None, **options):
        super().__init__(web_config, context, "modules: {http_2xx: {prober: http}}\n", **options)


def replace(path, text):
    """A new file in the place of an old one, never half of it."""
    fresh = Path(f"{path}.new")
    fresh.write_text(text)
    fresh.replace(path)
