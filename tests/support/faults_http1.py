"""HTTP/1 answers that are late, cut, malformed or without end: what a server may do with its head."""

import asyncio

from faults_core import fault

OK = b"HTTP/1.1 200 OK\r\n"
GOOD = OK + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello"


async def answer(link, data):
    """Reads the request, sends the bytes as they are, ends in good order."""
    await link.request()
    await link.send(data)
    await link.finish()


@fault()
async def healthy(link):
    """A good answer, for comparison and for the neighbour."""
    await answer(link, GOOD)


@fault()
async def silent(link):
    """Accepts, reads, never answers."""
    await link.hang()


@fault()
async def slow_headers(link):
    """Headers a byte at a time, for ever."""
    await link.request()
    await link.drip(OK)
    while True:
        await link.drip(b"X-Slow: aaaaaaaaaaaaaaaaaaaa\r\n")


@fault()
async def slow_first_byte_then_silent(link):
    """The status line after 300 ms, then nothing."""
    await link.request()
    await asyncio.sleep(0.3)
    await link.send(OK)
    await link.hang()


@fault()
async def reset_at_accept(link):
    """RST as soon as the connection is up."""
    link.reset()


@fault()
async def close_at_accept(link):
    """FIN as soon as the connection is up."""
    await link.close()


@fault()
async def close_after_request(link):
    """Reads the request and closes without a word (nginx' 444)."""
    await link.request()
    await link.finish()


@fault()
async def reset_after_request(link):
    """Reads the request and resets."""
    await link.request()
    link.reset()


@fault()
async def reset_in_headers(link):
    """Resets in the middle of a header."""
    await link.request()
    await link.send(OK + b"Content-Type: text/pl")
    await link.reset_after_delivery()


@fault()
async def close_in_headers(link):
    """Closes in the middle of a header."""
    await answer(link, OK + b"Content-Length: 5\r\nContent-Type: text/pl")


@fault()
async def close_in_status_line(link):
    """Closes in the middle of the status line."""
    await answer(link, b"HTTP/1.1 20")


@fault()
async def reset_in_body(link):
    """Resets in the middle of the body."""
    await link.request()
    await link.send(OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 500)
    await link.reset_after_delivery()


@fault()
async def closed_second_request(link):
    """Keeps the connection and redirects, but closes without a word when a second request comes on it."""
    head = await link.request()
    if b"/second" in head.split(b"\r\n")[0]:
        await link.send(GOOD)
        return await link.finish()
    await link.send(b"HTTP/1.1 302 Found\r\nLocation: /second\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
    await link.request()
    await link.finish()


@fault()
async def answer_before_request(link):
    """Answers before it was asked."""
    await link.send(GOOD)
    await link.request()
    await link.finish()


@fault()
async def never_reads(link):
    """Does not read the request for 3 s, then resets: a large one gets stuck."""
    link.writer.transport.pause_reading()
    await asyncio.sleep(3)  # a client that gives up cannot be seen: its FIN waits behind what is not read
    link.reset()


@fault()
async def garbage_status(link):
    """Noise instead of a status line."""
    await answer(link, bytes(range(128, 256)) * 4 + b"\r\n\r\n")


@fault()
async def ssh_banner(link):
    """Another protocol's greeting."""
    await answer(link, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")


@fault()
async def http09(link):
    """HTTP/0.9: a body and nothing else."""
    await answer(link, b"<html><body>hello</body></html>\n")


@fault()
async def version_unknown(link):
    """A protocol version that does not exist."""
    await answer(link, b"HTTP/7.3 200 OK\r\nContent-Length: 5\r\n\r\nhello")


@fault()
async def status_not_a_number(link):
    """A status code of letters."""
    await answer(link, b"HTTP/1.1 abc OK\r\nContent-Length: 5\r\n\r\nhello")


@fault()
async def status_too_long(link):
    """A status code of five digits."""
    await answer(link, b"HTTP/1.1 20000 OK\r\nContent-Length: 5\r\n\r\nhello")


@fault()
async def endless_headers(link):
    """Headers without end, as fast as they are read."""
    await link.request()
    await link.send(OK)
    await link.flood(b"X-More: and more and more and more\r\n" * 1000)


@fault()
async def endless_status_line(link):
    """A reason phrase without end."""
    await link.request()
    await link.send(b"HTTP/1.1 200 ")
    await link.flood(b"O" * 65536)


@fault()
async def huge_header(link):
    """One header without end."""
    await link.request()
    await link.send(OK + b"X-Huge: ")
    await link.flood(b"a" * 65536)


@fault()
async def many_headers(link):
    """Ten thousand small headers, 240 kB, and a good body: each costs more than its bytes."""
    lines = b"".join(b"X-Header-%05d: value\r\n" % number for number in range(10_000))
    await answer(link, OK + lines + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello")


@fault()
async def nul_in_header(link):
    """A NUL byte in a header's value."""
    await answer(link, OK + b"X-Nul: a\0b\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


@fault()
async def nul_in_header_name(link):
    """A NUL byte in a header's name."""
    await answer(link, OK + b"X-N\0ul: ab\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


@fault()
async def header_without_colon(link):
    """A header line that is none."""
    await answer(link, OK + b"this line says nothing\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


@fault()
async def folded_header(link):
    """A header folded over two lines: obsolete, but readable."""
    await answer(link, OK + b"X-Folded: one\r\n two\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


@fault()
async def bare_newlines(link):
    """Lines that end without a carriage return: tolerated everywhere."""
    await answer(link, b"HTTP/1.1 200 OK\nContent-Length: 5\nConnection: close\n\nhello")


@fault()
async def unrequested_101(link):
    """Switches to a protocol that nobody asked for, and keeps the line open."""
    await link.request()
    await link.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    await link.send(b"\x81\x05hello")
    await link.hang()


@fault()
async def continue_flood(link):
    """100 Continue for ever."""
    await link.request()
    await link.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


@fault()
async def early_hints_flood(link):
    """103 Early Hints with headers for ever."""
    await link.request()
    await link.flood(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nX-Pad: 1234567890\r\n\r\n" * 500)


@fault()
async def status_421(link):
    """421 Misdirected Request."""
    await answer(link, b"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


async def redirect(link, location):
    """A short redirect, after the request was read."""
    await link.send(b"HTTP/1.1 302 Found\r\n" + location + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    await link.finish()


@fault()
async def redirect_chain(link):
    """Each page leads to the next, without end."""
    head = await link.request()
    number = int(head.split(b" ")[1].rsplit(b"/", 1)[1] or b"0")
    await redirect(link, b"Location: /%d\r\n" % (number + 1))


@fault()
async def redirect_slow_chain(link):
    """Each page leads to the next after 300 ms: no single hop is late, all together are."""
    await link.request()
    await asyncio.sleep(0.3)
    await redirect(link, b"Location: /on\r\n")


@fault()
async def redirect_endless_body(link):
    """A redirect to a good page, with a body that does not end: nobody should wait for it."""
    head = await link.request()
    if b"/good" in head.split(b"\r\n")[0]:
        await link.send(GOOD)
        return await link.finish()
    await link.send(b"HTTP/1.1 302 Found\r\nLocation: /good\r\nContent-Length: 99999999999\r\n\r\n")
    await link.flood(b"x" * 65536)


def _redirecting(name, location, sentence):
    async def play(link):
        await link.request()
        await redirect(link, location)

    play.__name__ = name
    play.__doc__ = sentence
    fault()(play)


_redirecting("redirect_self", b"Location: /\r\n", "Leads to itself.")
_redirecting("redirect_bad_url", b"Location: http://[::1/\r\n", "Leads to something that is no URL.")
_redirecting("redirect_bad_port", b"Location: http://127.0.0.1:99999/\r\n", "Leads to a port that cannot exist.")
_redirecting("redirect_long_host", b"Location: http://" + b"a." * 250_000 + b"test/\r\n", "Leads to a name of 500 kB.")
_redirecting("redirect_long_path", b"Location: /" + b"a" * 1_000_000 + b"\r\n", "Leads to a path of 1 MB.")
_redirecting("redirect_file", b"Location: file:///etc/passwd\r\n", "Leads to a file of the prober's own machine.")
_redirecting("redirect_ftp", b"Location: ftp://127.0.0.1/\r\n", "Leads to another scheme.")
_redirecting("redirect_javascript", b"Location: javascript:alert(1)\r\n", "Leads to a script.")
_redirecting("redirect_gopher", b"Location: gopher://127.0.0.1:1/_x\r\n", "Leads to a scheme that nobody remembers.")
_redirecting("redirect_nowhere", b"", "A redirect without a Location.")
_redirecting("redirect_refused", b"Location: http://127.0.0.1:1/\r\n", "Leads to a closed port.")
