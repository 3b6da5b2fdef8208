"""An HTTP client that sends exactly the bytes it is given and says exactly what came back: for rude requests."""

import socket
import time


class RawAnswer:
    """What came back on one connection for one request."""

    def __init__(self, status, headers, body, complete, seconds):
        self.status = status  # None: the connection ended without an answer
        self.headers = headers  # lower-case name -> value
        self.body = body
        self.complete = complete  # framed as announced, to the last byte
        self.seconds = seconds

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        state = "complete" if self.complete else "CUT"
        return f"{self.status} {state} {len(self.body)} B after {self.seconds:.2f} s {self.body[:80]!r}"


class RawConnection:
    """One TCP connection; `with RawConnection(port) as line: line.send(b"..."); line.answer()`."""

    def __init__(self, port, timeout=10.0, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.begin = time.monotonic()
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Sends as much as the other side takes: it may well hang up on us."""
        try:
            self.socket.sendall(data)
        except (ConnectionError, TimeoutError):
            pass
        return self

    def get(self, path, *headers, method="GET", host="127.0.0.1"):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]
        return self.send("\r\n".join(lines).encode("latin-1"))

    def _more(self):
        """b"" at the end, however it comes; a silence longer than the timeout is an error of the server."""
        try:
            return self.socket.recv(65536)
        except ConnectionError:
            return b""

    def _until(self, mark):
        while mark not in self.left:
            more = self._more()
            if not more:
                return None
            self.left += more
        piece, self.left = self.left.split(mark, 1)
        return piece

    def _exactly(self, size):
        """(data, whether it is all)."""
        pieces, have = [self.left], len(self.left)
        while have < size:
            more = self._more()
            if not more:
                break
            pieces.append(more)
            have += len(more)
        data = b"".join(pieces)
        self.left = data[size:]
        return data[:size], have >= size

    def answer(self, method="GET"):
        """The next answer."""
        head = self._until(b"\r\n\r\n")
        if head is None:
            return RawAnswer(None, {}, self.left, False, time.monotonic() - self.begin)
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): text.strip() for name, _, text in (line.partition(":") for line in rest)}
        status = int(first.split(" ")[1])
        if 100 <= status < 200:
            return self.answer(method)
        body, complete = self._body(method, status, headers)
        return RawAnswer(status, headers, body, complete, time.monotonic() - self.begin)

    def _body(self, method, status, headers):
        if method == "HEAD" or status in (204, 304):
            return b"", True
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        data = self.left  # ends with the connection: nobody can tell whether it is complete
        while more := self._more():
            data += more
        return data, False

    def _chunks(self):
        body = b""
        while True:
            line = self._until(b"\r\n")
            if line is None:
                return body, False
            size = int(line.split(b";")[0], 16)
            data, complete = self._exactly(size + 2)
            if not complete or data[-2:] != b"\r\n":
                return body + data, False
            if size == 0:
                return body, True
            body += data[:-2]

    def at_end(self):
        """Whether the server has closed (waits for it up to the timeout)."""
        try:
            return not self._more()
        except TimeoutError:
            return False


def ask(port, data, timeout=10.0, method="GET"):
    """One connection, one request as bytes, one answer."""
    with RawConnection(port, timeout) as line:
        return line.send(data).answer(method)


def ask_path(port, path, *headers, method="GET", timeout=10.0):
    with RawConnection(port, timeout) as line:
        return line.get(path, *headers, "Connection: close", method=method).answer(method)
