"""Bytes that are no good request, and targets that are no good target: data for web_test.py."""

_GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
_POST = b"POST /-/reload HTTP/1.1\r\nHost: x\r\n"

# Refused with a 4xx or 5xx, or by hanging up; never answered with a page.
BROKEN_REQUESTS = {
    "zeros": bytes(200) + b"\r\n\r\n",
    "noise": bytes(range(128, 256)) * 4 + b"\r\n\r\n",
    "a word": b"GARBAGE\r\n\r\n",
    "a method alone": b"GET\r\n\r\n",
    "no version": b"GET /metrics\r\n\r\n",
    "an unknown version": b"GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n",
    "another protocol": b"GET /metrics SPDY/1\r\nHost: x\r\n\r\n",
    "an empty target": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target without slash": b"GET metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    "a NUL in the target": b"GET /met\0rics HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(200) + b"\r\n\r\n",
    "the HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    "an SSH greeting": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a negative length": _POST + b"Content-Length: -1\r\n\r\n",
    "a length of letters": _POST + b"Content-Length: ten\r\n\r\n",
    "an endless length": _POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "two framings": _POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two different lengths": _POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
    "an unknown transfer encoding": _POST + b"Transfer-Encoding: gargle\r\n\r\n0\r\n\r\n",
    "a bad chunk size": _POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n",
    "a huge chunk size": _POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "ten thousand headers": _GET + b"X-Many: v\r\n" * 10_000 + b"\r\n",
    "a line of 64 kB": b"GET /" + b"a" * 65536 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
}

# As they stand in the query of /probe. None may succeed, hang or end the agent; none is a name that could be asked for.
ODD_TARGETS = [
    "%", "%zz", "%25", "%2525zz", "%00", "http://%00/", "%0a", "%0d%0a%0d%0a", "+", "%20", "%ff%fe", ":", "::",
    "http://", "http:///", "http://:80/", "http://%5B::1/", "http://%5B%5D/", "http://%5B::1%5Dx/", "http://%23",
    "?", "%23", "http://@/",
    "http://127.0.0.1:0/", "http://127.0.0.1:-1/", "http://127.0.0.1:65536/", "http://127.0.0.1:99999999999/",
    "http://127.0.0.1:http/", "http://127.0.0.1%20:1/", "javascript:alert(1)", "//127.0.0.1:1", "/etc/passwd",
    "http://a%20b/", "http://a%0ab/", "http://a%09b/", "http://a%3Cb/", "http://user:pass@127.0.0.1:1/",
    "http://127.0.0.1:1/" + "a" * 4000, "http://127.0.0.1:1/%ff%00%0a",
    "a" * 300, ".".join(["a" * 63] * 10), "..", "a..b",
]
