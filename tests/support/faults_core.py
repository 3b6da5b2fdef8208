"""The fault server's machinery: ports, connections, counters. The behaviours themselves are in faults_*.py.

A behaviour is a coroutine that is handed one Link (one accepted connection) and does something hostile with it. Each
has a port of its own, so that every connection is counted where it belongs. The server lives on its own thread; the
test reads `server.counts["name"]` at any time.
"""

import asyncio
import threading

from faults_link import BLOCK, Counts, Link, TlsLink, server_context

_BEHAVIOURS = {}

PLAIN = "http"  # the link carries bytes as they are
RAW = "raw https"  # the client wants TLS, the behaviour gets the bytes below it
TLS = "https"  # the handshake is done, ALPN offers http/1.1
H2 = "h2"  # the handshake is done, ALPN offers h2 only


class Behaviour:
    """One row of the list: what it is called, how it is reached, what it does, what the client sees in one sentence."""

    def __init__(self, name, layer, play):
        self.name = name
        self.layer = layer
        self.play = play
        self.help = (play.__doc__ or "").strip()

    @property
    def scheme(self):
        return "http" if self.layer == PLAIN else "https"


def fault(layer=PLAIN):
    """Enters a coroutine into the list under its own name."""

    def enter(play):
        name = play.__name__
        assert name not in _BEHAVIOURS, name
        _BEHAVIOURS[name] = Behaviour(name, layer, play)
        return play

    return enter


def behaviours():
    return dict(_BEHAVIOURS)


class FaultServer:
    """All behaviours, or those named, each on a port of 127.0.0.1; use it as a context manager."""

    def __init__(self, certificate, key, names=None):
        self.certificate = str(certificate)
        self.key = str(key)
        listed = behaviours()
        self.behaviours = {name: listed[name] for name in (names or listed)}
        self.counts = {name: Counts() for name in self.behaviours}
        self.ports = {}
        self.errors = []  # behaviours that broke by themselves: a test must find this empty
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="faults", daemon=True)
        self._started = threading.Event()
        self._contexts = {}
        self._tasks = set()
        self._servers = []

    def url(self, name, path="/"):
        return f"{self.behaviours[name].scheme}://127.0.0.1:{self.ports[name]}{path}"

    def open_links(self):
        return sum(count.open for count in self.counts.values())

    def __enter__(self):
        self._thread.start()
        if not self._started.wait(10) or self.errors:
            raise AssertionError(f"the fault server did not start: {self.errors}")
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
        except OSError as error:
            self.errors.append(f"listen: {error}")
            self._started.set()
            return
        self._started.set()
        self._loop.run_forever()

    async def _listen(self):
        for behaviour in self.behaviours.values():
            server = await asyncio.start_server(self._acceptor(behaviour), "127.0.0.1", 0, limit=BLOCK)
            self.ports[behaviour.name] = server.sockets[0].getsockname()[1]
            self._servers.append(server)

    def _acceptor(self, behaviour):
        async def accept(reader, writer):
            task = asyncio.current_task()
            self._tasks.add(task)
            counts = self.counts[behaviour.name]
            counts.connections += 1
            counts.open += 1
            try:
                await self._play(behaviour, Link(reader, writer, counts, self))
            except (ConnectionError, asyncio.CancelledError, TimeoutError):
                pass  # the client left, or the server stops
            except Exception as error:  # pylint: disable=broad-except
                self.errors.append(f"{behaviour.name}: {error!r}")
            finally:
                counts.open -= 1
                self._tasks.discard(task)
                writer.close()

        return accept

    async def _play(self, behaviour, link):
        if behaviour.layer in (TLS, H2):
            link = await self._shake_hands(link, "h2" if behaviour.layer == H2 else "http/1.1")
        await behaviour.play(link)

    async def _shake_hands(self, link, protocol):
        """A TlsLink on top of the link."""
        secure = TlsLink(link, self.tls_context(protocol))
        await secure.handshake()
        return secure

    def tls_context(self, protocol):
        if protocol not in self._contexts:
            self._contexts[protocol] = server_context(self.certificate, self.key, protocol)
        return self._contexts[protocol]

    async def _stop(self):
        for server in self._servers:
            server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
