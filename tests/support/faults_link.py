"""One connection of the fault server: bytes as they are, or TLS by hand on top, so that it can be cut at any byte."""

import asyncio
import contextlib
import fcntl
import socket
import ssl
import struct

BLOCK = 64 * 1024
SIOCOUTQ = 0x5411


class Counts:
    """What one behaviour has seen. Written by the server's thread, read by anybody."""

    def __init__(self):
        self.connections = 0
        self.open = 0
        self.requests = 0
        self.received = 0
        self.sent = 0
        self.heads = []  # of the last requests over HTTP/1

    def __repr__(self):
        return (f"{self.connections} connections ({self.open} open), {self.requests} requests,"
                f" {self.received} B in, {self.sent} B out")


class Gone(ConnectionError):
    """The client has left: the ordinary end of most behaviours."""


class Link:
    """One accepted connection."""

    def __init__(self, reader, writer, counts, server):
        self.reader = reader
        self.writer = writer
        self.counts = counts
        self.server = server
        self.left = b""

    async def read(self, size=BLOCK):
        """What has arrived; b"" at the end."""
        if self.left:
            data, self.left = self.left[:size], self.left[size:]
            return data
        return await self.receive(size)

    async def receive(self, size):
        data = await self.reader.read(size)
        self.counts.received += len(data)
        return data

    async def read_exactly(self, size):
        data = b""
        while len(data) < size:
            more = await self.read(size - len(data))
            if not more:
                raise Gone
            data += more
        return data

    async def request(self):
        """The head of the next request, without the blank line. A body is left unread."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = await self.read()
            if not more:
                raise Gone
            data += more
        head, self.left = data.split(b"\r\n\r\n", 1)
        self.counts.requests += 1
        self.counts.heads = self.counts.heads[-999:] + [head]
        return head

    async def send(self, data):
        """Sends all of it and lets the others run: a flood must not starve the rest of the server."""
        self.writer.write(data)
        self.counts.sent += len(data)
        await self.writer.drain()
        await asyncio.sleep(0)

    async def flood(self, block, pause=0.001):
        """Sends the same block until the client leaves; the pause keeps two cores usable by somebody else."""
        while True:
            await self.send(block)
            await asyncio.sleep(pause)

    async def drip(self, data, pause=0.02):
        """Sends byte by byte."""
        for byte in data:
            await self.send(bytes([byte]))
            await asyncio.sleep(pause)

    async def hang(self):
        """Says nothing more, until the client leaves."""
        while await self.read():
            pass

    async def close(self):
        """An orderly end: FIN, and what is still in flight is let go."""
        self.writer.close()

    async def finish(self):
        """Ends the sending side only and waits for the client to leave: no reset can overtake the last bytes."""
        with contextlib.suppress(OSError):  # the client may have been faster
            self.writer.write_eof()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.hang(), 5)

    def reset(self):
        """RST, at once; what was sent and not yet read may be lost."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def reset_after_delivery(self):
        """RST, once the kernel has handed over what was sent."""
        await self.delivered()
        self.reset()

    async def delivered(self):
        """Waits until the client's side has acknowledged all bytes (SIOCOUTQ), at most a second."""
        descriptor = self.writer.get_extra_info("socket").fileno()
        for _ in range(1000):
            waiting = struct.unpack("i", fcntl.ioctl(descriptor, SIOCOUTQ, b"\0\0\0\0"))[0]
            if waiting == 0:
                break
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)


def server_context(certificate, key, protocol):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols([protocol])
    return context


class TlsLink(Link):
    """The same calls as a Link, inside TLS; `raw` is the link below."""

    def __init__(self, raw, context):
        super().__init__(raw.reader, raw.writer, raw.counts, raw.server)
        self.raw = raw
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)

    async def _feed(self):
        data = await self.raw.read()
        if not data:
            raise Gone
        self._in.write(data)

    def take_output(self):
        """The records that wait to be sent."""
        return self._out.read()

    async def handshake(self):
        while not await self.handshake_step():
            await self.raw.send(self.take_output())
        await self.raw.send(self.take_output())

    async def handshake_step(self):
        """Reads once and computes; the answer stays in take_output(). True when the handshake is over."""
        await self._feed()
        try:
            self._tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise Gone from error

    async def receive(self, size):
        while True:
            try:
                return self._tls.read(size)
            except ssl.SSLWantReadError:
                try:
                    await self._feed()
                except Gone:
                    return b""
            except ssl.SSLError:
                return b""  # close_notify, or an alert: the client is done with us

    async def send(self, data):
        for start in range(0, len(data), BLOCK):
            self._tls.write(data[start:start + BLOCK])
            await self.raw.send(self.take_output())

    async def close(self):
        """close_notify, then FIN."""
        await self.finish()

    async def finish(self):
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass
        await self.raw.send(self.take_output())
        await self.raw.finish()

    async def cut(self):
        """FIN without close_notify: nobody can tell it from an attack."""
        await self.raw.finish()
