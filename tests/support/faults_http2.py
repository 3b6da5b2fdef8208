"""HTTP/2 servers that refuse, flood, cut and lie. The frames are made by hand: no library would agree to send them."""

import asyncio

import http2_frames as h2
from faults_core import H2, fault


class Session:
    """One HTTP/2 connection up to the point where it goes wrong: preface, settings, frames of the client."""

    def __init__(self, link):
        self.link = link

    async def open(self, *pairs):
        """Takes the client's preface and sends our settings."""
        if await self.link.read_exactly(len(h2.PREFACE)) != h2.PREFACE:
            raise ConnectionError("no HTTP/2 preface")
        await self.link.send(h2.settings(*pairs))
        return self

    async def next_frame(self):
        """(kind, flags, stream, payload); settings and pings are answered on the way."""
        head = await self.link.read_exactly(9)
        payload = await self.link.read_exactly(int.from_bytes(head[:3], "big"))
        kind, flags = head[3], head[4]
        if kind in (h2.SETTINGS, h2.PING) and not flags & h2.ACK:
            await self.link.send(h2.frame(kind, h2.ACK, 0, b"" if kind == h2.SETTINGS else payload))
        return kind, flags, int.from_bytes(head[5:9], "big") & 0x7FFFFFFF, payload

    async def request(self):
        """The stream of the next request."""
        while True:
            kind, _, stream, _ = await self.next_frame()
            if kind == h2.HEADERS:
                self.link.counts.requests += 1
                return stream

    async def hang(self):
        """Behaves, answers nothing, until the client leaves."""
        while True:
            await self.next_frame()

    async def flood(self, block, pause=0.001):
        """Floods while it goes on reading, as a client would expect of a server."""
        reading = asyncio.ensure_future(self.link.hang())
        try:
            await self.link.flood(block, pause)
        finally:
            reading.cancel()


async def _asked(link, *pairs):
    session = await Session(link).open(*pairs)
    return session, await session.request()


@fault(H2)
async def h2_healthy(link):
    """A good answer, for comparison."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream, 200, (b"content-length", b"5")) + h2.data(stream, b"hello", end=True))
    await session.hang()


@fault(H2)
async def h2_never_closes(link):
    """A good answer, after which the client's GOAWAY and close_notify find no answer: the connection stays open."""
    _, stream = await _asked(link)
    await link.send(h2.answer(stream, 200, (b"content-length", b"5")) + h2.data(stream, b"hello", end=True))
    await link.raw.hang()


@fault(H2)
async def h2_silent(link):
    """Reads the request, never answers."""
    session, _ = await _asked(link)
    await session.hang()


@fault(H2)
async def h2_silent_without_settings(link):
    """Takes the connection and never sends a frame."""
    await link.hang()


@fault(H2)
async def h2_goaway_at_once(link):
    """GOAWAY before any request: this connection takes none."""
    session = await Session(link).open()
    await link.send(h2.goaway(0, h2.NO_ERROR))
    await session.hang()


@fault(H2)
async def h2_goaway_and_close(link):
    """GOAWAY as the answer to a request, which it excludes, then the end."""
    await _asked(link)
    await link.send(h2.goaway(0, h2.NO_ERROR))
    await link.close()


@fault(H2)
async def h2_goaway_after_headers(link):
    """Headers of a good answer, then GOAWAY with an error and the end."""
    _, stream = await _asked(link)
    await link.send(h2.answer(stream, 200, (b"content-length", b"1000")) + h2.goaway(stream, h2.ENHANCE_YOUR_CALM))
    await link.close()


@fault(H2)
async def h2_refused_stream(link):
    """RST_STREAM(REFUSED_STREAM) for every stream, which invites an eager client to try for ever."""
    session, stream = await _asked(link)
    while True:
        await link.send(h2.rst_stream(stream, h2.REFUSED_STREAM))
        stream = await session.request()


@fault(H2)
async def h2_close_after_request(link):
    """Reads the request and closes without a word (nginx' 444)."""
    await _asked(link)
    await link.close()


@fault(H2)
async def h2_reset_in_body(link):
    """RST_STREAM(INTERNAL_ERROR) in the middle of the body."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream, 200, (b"content-length", b"1000")) + h2.data(stream, b"x" * 500))
    await link.send(h2.rst_stream(stream, h2.INTERNAL_ERROR))
    await session.hang()


@fault(H2)
async def h2_reset_without_error(link):
    """RST_STREAM(NO_ERROR) in the middle of a body whose length nobody knows."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream) + h2.data(stream, b"x" * 500) + h2.rst_stream(stream, 0))
    await session.hang()


@fault(H2)
async def h2_early_answer(link):
    """A whole answer while the request's body has no window to go through; the stream stays half open."""
    session, stream = await _asked(link, (h2.INITIAL_WINDOW_SIZE, 0))
    await link.send(h2.answer(stream) + h2.data(stream, b"enough", end=True))
    await session.hang()


@fault(H2)
async def h2_close_in_body(link):
    """Closes the connection in the middle of the body."""
    _, stream = await _asked(link)
    await link.send(h2.answer(stream, 200, (b"content-length", b"1000")) + h2.data(stream, b"x" * 500))
    await link.close()


@fault(H2)
async def h2_length_mismatch(link):
    """Ends the stream after 5 of 10 announced bytes."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream, 200, (b"content-length", b"10")) + h2.data(stream, b"hello", end=True))
    await session.hang()


@fault(H2)
async def h2_continuation_endless(link):
    """A header block of CONTINUATION frames without end."""
    session, stream = await _asked(link)
    start = h2.headers(stream, h2.fields((b":status", b"200")), end_headers=False)
    await link.send(start)
    await session.flood(h2.frame(h2.CONTINUATION, 0, stream, h2.fields((b"x-more", b"a" * 1000)) * 16))


@fault(H2)
async def h2_continuation_empty_endless(link):
    """Empty CONTINUATION frames without end."""
    session, stream = await _asked(link)
    await link.send(h2.headers(stream, h2.fields((b":status", b"200")), end_headers=False))
    await session.flood(h2.frame(h2.CONTINUATION, 0, stream) * 1000)


@fault(H2)
async def h2_headers_never_ended(link):
    """A header block without its end, then nothing."""
    session, stream = await _asked(link)
    await link.send(h2.headers(stream, h2.fields((b":status", b"200")), end_headers=False))
    await session.hang()


@fault(H2)
async def h2_header_bomb(link):
    """One field of 4 kB in the table, then thousands of one-byte references to it: 64 MB of headers in 16 kB."""
    session, stream = await _asked(link)
    first = h2.fields((b":status", b"200")) + h2.literal(b"x-bomb", b"a" * 4000, indexed=True)
    await link.send(h2.headers(stream, first, end_headers=False))
    await session.flood(h2.frame(h2.CONTINUATION, 0, stream, b"\xbe" * 16000))


@fault(H2)
async def h2_many_headers(link):
    """Two thousand small headers and a good body."""
    session, stream = await _asked(link)
    fields = h2.fields((b":status", b"200"), *((b"x-%04d" % number, b"v") for number in range(2000)))
    blocks = [fields[at:at + 16000] for at in range(0, len(fields), 16000)]
    await link.send(h2.headers(stream, blocks[0], end_headers=len(blocks) == 1))
    for block in blocks[1:]:
        await link.send(h2.frame(h2.CONTINUATION, h2.END_HEADERS if block is blocks[-1] else 0, stream, block))
    await link.send(h2.data(stream, b"hello", end=True))
    await session.hang()


@fault(H2)
async def h2_header_index_invalid(link):
    """A reference to a field that is in no table."""
    session, stream = await _asked(link)
    await link.send(h2.headers(stream, h2.integer(5000, 7, 0x80)))
    await session.hang()


@fault(H2)
async def h2_status_missing(link):
    """An answer without :status."""
    session, stream = await _asked(link)
    await link.send(h2.headers(stream, h2.fields((b"content-length", b"0")), end_stream=True))
    await session.hang()


@fault(H2)
async def h2_settings_flood(link):
    """SETTINGS frames without end."""
    session, _ = await _asked(link)
    await session.flood(h2.settings((h2.INITIAL_WINDOW_SIZE, 65535)) * 1000)


@fault(H2)
async def h2_ping_flood(link):
    """PING frames without end."""
    session, _ = await _asked(link)
    await session.flood(h2.frame(h2.PING, payload=b"12345678") * 1000)


@fault(H2)
async def h2_ping_flood_unread(link):
    """PING frames without end from a server that never reads the answers."""
    await _asked(link)
    link.writer.transport.pause_reading()
    await link.flood(h2.frame(h2.PING, payload=b"12345678") * 1000)


@fault(H2)
async def h2_early_hints_flood(link):
    """103 Early Hints without end."""
    session, stream = await _asked(link)
    await session.flood(h2.answer(stream, 103, (b"link", b"</a>")) * 500)


@fault(H2)
async def h2_empty_data_flood(link):
    """Empty DATA frames without end."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream))
    await session.flood(h2.data(stream, b"") * 1000)


@fault(H2)
async def h2_window_never_opened(link):
    """A window of zero that is never opened: the request's body cannot be sent."""
    session, _ = await _asked(link, (h2.INITIAL_WINDOW_SIZE, 0))
    await session.hang()


@fault(H2)
async def h2_window_ignored(link):
    """DATA without end, without regard to the client's window."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream))
    await session.flood(h2.data(stream, b"x" * 16384) * 4)


@fault(H2)
async def h2_window_overflow(link):
    """Opens the window beyond what 31 bits can hold."""
    session, _ = await _asked(link)
    await link.send(h2.frame(h2.WINDOW_UPDATE, 0, 0, (0x7FFFFFFF).to_bytes(4, "big")) * 2)
    await session.hang()


@fault(H2)
async def h2_unknown_stream(link):
    """DATA for a stream that nobody opened."""
    session, stream = await _asked(link)
    await link.send(h2.data(stream + 100, b"hello"))
    await session.hang()


@fault(H2)
async def h2_push_unwanted(link):
    """Pushes although the client did not allow it."""
    session, stream = await _asked(link)
    block = (2).to_bytes(4, "big") + h2.fields((b":method", b"GET"), (b":path", b"/x"), (b":scheme", b"https"),
                                              (b":authority", b"x"))
    await link.send(h2.frame(h2.PUSH_PROMISE, h2.END_HEADERS, stream, block))
    await session.hang()


@fault(H2)
async def h2_frame_too_large(link):
    """A frame of 16 MB, far above what the client allows, instead of an answer."""
    session, stream = await _asked(link)
    await link.send(h2.frame(h2.HEADERS, h2.END_HEADERS, stream, b"x" * 1000, length=0xFFFFFF))
    await session.flood(b"x" * 65536)


@fault(H2)
async def h2_frame_too_large_in_body(link):
    """A frame of 16 MB, far above what the client allows, in the middle of the body."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream, 200, (b"content-length", b"1000000")) + h2.data(stream, b"x" * 500))
    await link.send(h2.frame(h2.DATA, 0, stream, b"x" * 1000, length=0xFFFFFF))
    await session.flood(b"x" * 65536)


@fault(H2)
async def h2_garbage(link):
    """Noise instead of frames."""
    await _asked(link)
    await link.send(bytes(range(255, 0, -1)) * 8)
    await link.hang()


@fault(H2)
async def h2_speaks_http1(link):
    """Agrees on h2 and answers in HTTP/1.1."""
    await link.read()
    link.counts.requests += 1
    await link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
    await link.hang()


@fault(H2)
async def h2_status_421(link):
    """421 Misdirected Request: this connection is the wrong one, says the server, to every client."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream, 421, end_stream=True))
    await session.hang()


@fault(H2)
async def h2_slow_body(link):
    """One byte a DATA frame, slowly."""
    session, stream = await _asked(link)
    await link.send(h2.answer(stream, 200, (b"content-length", b"1000")))
    reading = asyncio.ensure_future(session.hang())
    try:
        while not reading.done():
            await link.send(h2.data(stream, b"x"))
            await asyncio.sleep(0.02)
    finally:
        reading.cancel()
