"""HTTP/1 bodies that are cut, miscounted, without end, or larger than they look."""

import gzip
import zlib

from faults_core import fault
from faults_http1 import OK, answer

MEGABYTE = 1024 * 1024
HUGE = 64 * MEGABYTE


async def _length(link, value, body=b"hello"):
    await answer(link, OK + b"Content-Length: " + value + b"\r\nConnection: close\r\n\r\n" + body)


@fault()
async def length_too_long(link):
    """Announces 1000 bytes, sends 500, closes."""
    await _length(link, b"1000", b"x" * 500)


@fault()
async def length_too_short(link):
    """Announces 5 bytes and sends 500: the rest is not part of the answer."""
    await _length(link, b"5", b"x" * 500)


@fault()
async def length_two_different(link):
    """Two lengths that contradict each other."""
    await _length(link, b"5\r\nContent-Length: 4")


@fault()
async def length_two_equal(link):
    """The same length twice: allowed."""
    await _length(link, b"5\r\nContent-Length: 5")


@fault()
async def length_negative(link):
    """A negative length."""
    await _length(link, b"-5")


@fault()
async def length_not_a_number(link):
    """A length of letters."""
    await _length(link, b"five")


@fault()
async def length_overflow(link):
    """A length that fits into no integer."""
    await _length(link, b"99999999999999999999")


@fault()
async def length_and_chunked(link):
    """Both framings at once: chunked wins, or the answer is refused."""
    head = OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    await answer(link, head + b"5\r\nhello\r\n0\r\n\r\n")


@fault()
async def no_content_with_body(link):
    """204 with a body, which is not part of the answer."""
    await answer(link, b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


CHUNKED = OK + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"


@fault()
async def chunk_size_bad(link):
    """A chunk size of letters."""
    await answer(link, CHUNKED + b"ZZZ\r\nhello\r\n0\r\n\r\n")


@fault()
async def chunk_size_overflow(link):
    """A chunk size that fits into no integer."""
    await answer(link, CHUNKED + b"FFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")


@fault()
async def chunk_too_long(link):
    """A chunk longer than it says."""
    await answer(link, CHUNKED + b"3\r\nhello world\r\n0\r\n\r\n")


@fault()
async def chunk_cut(link):
    """Closes in the middle of a chunk."""
    await answer(link, CHUNKED + b"ff\r\nhello")


@fault()
async def chunk_last_missing(link):
    """Closes between two chunks, without the last one."""
    await answer(link, CHUNKED + b"5\r\nhello\r\n")


@fault()
async def chunk_extension_endless(link):
    """A chunk extension without end."""
    await link.request()
    await link.send(CHUNKED + b"5;")
    await link.flood(b"a" * 65536)


@fault()
async def chunks_tiny_endless(link):
    """Chunks of one byte without end."""
    await link.request()
    await link.send(CHUNKED)
    await link.flood(b"1\r\nx\r\n" * 5000)


@fault()
async def redirect_chunks_endless(link):
    """A redirect to nowhere with nine hundred headers, and a body in chunks of one byte without end."""
    await link.request()
    lines = b"".join(b"X-%03d: v\r\n" % number for number in range(900))
    await link.send(b"HTTP/1.1 301 Moved\r\nTransfer-Encoding: chunked\r\n" + lines + b"\r\n")
    await link.flood(b"1\nx\n" * 8000)


@fault()
async def trailers_endless(link):
    """Trailers without end after the last chunk."""
    await link.request()
    await link.send(CHUNKED + b"5\r\nhello\r\n0\r\n")
    await link.flood(b"X-Trailer: and more and more\r\n" * 1000)


@fault()
async def slow_body(link):
    """A byte now and then, for longer than anybody waits."""
    await link.request()
    await link.send(OK + b"Content-Length: 100000\r\n\r\n")
    await link.drip(b"x" * 100_000)


@fault()
async def huge_body(link):
    """64 MB, honestly announced and sent."""
    await link.request()
    await link.send(OK + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % HUGE)
    block = b"x" * (256 * 1024)
    for _ in range(HUGE // len(block)):
        await link.send(block)
    await link.finish()


@fault()
async def endless_body(link):
    """A body without length and without end."""
    await link.request()
    await link.send(OK + b"Connection: close\r\n\r\n")
    await link.flood(b"x" * (256 * 1024))


def _gzip_bomb():
    """A gigabyte of zeros as one megabyte: one packed megabyte, repeated, which deflate allows after a full flush."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    sum_of_zeros = 0x5B64C2B0  # CRC-32 of 2^30 zeros
    tail = b"\3\0" + sum_of_zeros.to_bytes(4, "little") + (1 << 30).to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\2\3" + block * 1024 + tail


BOMB = _gzip_bomb()
GZIPPED = b"Content-Encoding: gzip\r\nConnection: close\r\n"


@fault()
async def gzip_bomb(link):
    """One megabyte that unpacks to a gigabyte."""
    await _gzipped(link, BOMB)


def _brotli_bomb():
    """The same by brotli in less than 2 kB: what 16 MB of zeros are packed to, first after nothing, then after more."""
    first = bytes.fromhex("cbffff3f002400e2b14072effff8feff078004401c1680eafd9f01")
    again = bytes.fromhex("fcffff034002200e0b40f7fe8fefff7f004800c46101a8deff19")
    return first + again * 63 + b"\3"


@fault()
async def brotli_bomb(link):
    """Less than two kilobytes that unpack to a gigabyte."""
    packed = _brotli_bomb()
    head = b"Content-Encoding: br\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(packed)
    await answer(link, OK + head + packed)


async def _gzipped(link, packed):
    await answer(link, OK + GZIPPED + b"Content-Length: %d\r\n\r\n" % len(packed) + packed)


@fault()
async def gzip_corrupt(link):
    """Says gzip, sends noise."""
    await _gzipped(link, b"this was never packed by anybody")


@fault()
async def gzip_cut(link):
    """A gzip stream that ends too early in an answer that is complete."""
    await _gzipped(link, gzip.compress(bytes(range(256)) * 64)[:-20])


@fault()
async def gzip_wrong_sum(link):
    """A gzip stream whose checksum is wrong."""
    packed = bytearray(gzip.compress(b"hello" * 100))
    packed[-6] ^= 0xFF
    await _gzipped(link, bytes(packed))
