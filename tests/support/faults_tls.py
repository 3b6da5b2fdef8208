"""What can go wrong below TLS, in the handshake and inside the encrypted stream."""

from faults_core import RAW, TLS, fault
from faults_link import TlsLink


def _record(kind, payload):
    return bytes([kind, 3, 3]) + len(payload).to_bytes(2, "big") + payload


async def _first_flight(link):
    """What a real server would answer to this ClientHello."""
    secure = TlsLink(link, link.server.tls_context("http/1.1"))
    await secure.handshake_step()
    return secure.take_output()


@fault(RAW)
async def tls_silent(link):
    """Accepts the connection and never answers the ClientHello."""
    await link.hang()


@fault(RAW)
async def tls_close_after_hello(link):
    """Reads the ClientHello and closes."""
    await link.read()


@fault(RAW)
async def tls_reset_after_hello(link):
    """Reads the ClientHello and resets."""
    await link.read()
    link.reset()


@fault(RAW)
async def tls_half_handshake(link):
    """Sends half of its first flight and closes."""
    flight = await _first_flight(link)
    await link.send(flight[:len(flight) // 2])
    await link.finish()


@fault(RAW)
async def tls_stalled_handshake(link):
    """Sends half of its first flight and falls silent."""
    flight = await _first_flight(link)
    await link.send(flight[:len(flight) // 2])
    await link.hang()


@fault(RAW)
async def tls_slow_handshake(link):
    """Sends its first flight a byte at a time."""
    await link.drip(await _first_flight(link))


@fault(RAW)
async def tls_plain_answer(link):
    """Answers the ClientHello in plain HTTP."""
    await link.read()
    await link.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await link.finish()


@fault(RAW)
async def tls_alert(link):
    """Answers the ClientHello with a fatal handshake_failure."""
    await link.read()
    await link.send(_record(21, b"\x02\x28"))
    await link.finish()


@fault(RAW)
async def tls_old_version(link):
    """Answers the ClientHello with a fatal protocol_version."""
    await link.read()
    await link.send(_record(21, b"\x02\x46"))
    await link.finish()


@fault(RAW)
async def tls_warning_flood(link):
    """Sends warning alerts for ever instead of a handshake."""
    await link.read()
    await link.flood(_record(21, b"\x01\x5a") * 500)


@fault(RAW)
async def tls_oversized_message(link):
    """Announces a ServerHello of 16 MB and goes on sending it."""
    await link.read()
    await link.send(_record(22, b"\x02\xff\xff\xff" + b"\x03\x03" + bytes(1000)))
    await link.flood(_record(22, bytes(16384)))


@fault(TLS)
async def tls_silent_after_handshake(link):
    """Shakes hands, then says nothing."""
    await link.hang()


@fault(TLS)
async def tls_close_after_request(link):
    """Reads the request and closes in good order, without an answer."""
    await link.request()
    await link.close()


@fault(TLS)
async def tls_reset_in_body(link):
    """Resets in the middle of the body."""
    await link.request()
    await link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    await link.raw.reset_after_delivery()


@fault(TLS)
async def tls_truncated_with_length(link):
    """Half of the announced body, then FIN without close_notify."""
    await link.request()
    await link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    await link.cut()


@fault(TLS)
async def tls_truncated_without_length(link):
    """A body that ends with the connection, which ends without close_notify: an attacker may have cut it."""
    await link.request()
    await link.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 500)
    await link.cut()


@fault(TLS)
async def tls_no_close_notify(link):
    """The whole announced body, then FIN without close_notify: rude, but complete."""
    await link.request()
    await link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 500)
    await link.cut()


@fault(TLS)
async def tls_never_closes(link):
    """A good answer, after which the client's close_notify finds no answer: the connection stays open."""
    await link.request()
    await link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    await link.raw.hang()


@fault(TLS)
async def tls_garbage_in_body(link):
    """Bytes that are no TLS record in the middle of the body."""
    await link.request()
    await link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    await link.raw.send(b"this is not a record at all, not even nearly" * 10)
    await link.raw.hang()


@fault(TLS)
async def tls_forged_record_in_body(link):
    """A well-formed record with a wrong authentication tag in the middle of the body."""
    await link.request()
    await link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    await link.raw.send(_record(23, bytes(200)))
    await link.raw.hang()


@fault(TLS)
async def tls_slow_body(link):
    """A body of one byte a record, slowly."""
    await link.request()
    await link.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await link.drip(b"x" * 1000)
