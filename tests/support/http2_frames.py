"""HTTP/2 frames built by hand, with the smallest HPACK that is still correct: literals, never compressed."""

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)

END_STREAM = 0x1
ACK = 0x1
END_HEADERS = 0x4

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = 7, 8, 11

INITIAL_WINDOW_SIZE = 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    """`length` lies about the payload's size when given."""
    size = len(payload) if length is None else length
    return size.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def settings(*pairs):
    return frame(SETTINGS, payload=b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in pairs))


def rst_stream(stream, code):
    return frame(RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def goaway(last, code):
    return frame(GOAWAY, payload=last.to_bytes(4, "big") + code.to_bytes(4, "big"))


def data(stream, payload, end=False):
    return frame(DATA, END_STREAM if end else 0, stream, payload)


def integer(value, prefix, first=0):
    """HPACK's integer in `prefix` bits."""
    limit = (1 << prefix) - 1
    if value < limit:
        return bytes([first | value])
    out = bytearray([first | limit])
    value -= limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    out.append(value)
    return bytes(out)


def _string(text):
    return integer(len(text), 7) + text


def literal(name, value, indexed=False):
    """A field in full; `indexed` also puts it into the dynamic table."""
    return (b"\x40" if indexed else b"\0") + _string(name) + _string(value)


def fields(*pairs):
    return b"".join(literal(name, value) for name, value in pairs)


def headers(stream, block, end_stream=False, end_headers=True):
    return frame(HEADERS, (END_STREAM if end_stream else 0) | (END_HEADERS if end_headers else 0), stream, block)


def answer(stream, status=200, *pairs, end_stream=False):
    """The HEADERS frame of an answer."""
    return headers(stream, fields((b":status", str(status).encode()), *pairs), end_stream)
