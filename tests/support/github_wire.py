"""Bytes on the wire: writes an answer as HTTP/1.1, with whatever edits a fault asked for."""

import gzip
import http
import socket
import struct

PACK_FROM = 512


def _phrase(status):
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unnamed"


class Writer:
    """Writes answers to one connection. send() is true when another request may follow."""

    def __init__(self, connection, closing):
        self.connection, self.closing = connection, closing

    def send(self, call_method, answer, headers, accepts_gzip, keep):
        edits = dict(answer.edits)
        if "silence" in edits:
            self.closing.wait(edits["silence"].get("seconds", 600))
            return False
        if "reset" in edits:
            return self._reset()
        if "drop" in edits:
            return False
        if "hold" in edits:
            while not edits["hold"]["gate"].wait(0.01):
                if self.closing.is_set():
                    return False
        self.closing.wait(edits.get("delay", {}).get("seconds", 0))
        body = answer.render()
        bodiless = answer.status in (204, 304) or call_method == "HEAD"
        packs = not bodiless and len(body) >= PACK_FROM and accepts_gzip
        if "gzip" in edits or "bad_gzip" in edits or "gzip_cut" in edits or packs:
            body = self._packed(body, edits)
            headers = [*headers, ("Content-Encoding", "gzip")]
        for name, value in edits.get("headers", {}).get("set", {}).items():
            headers = [pair for pair in headers if pair[0].lower() != name.lower()] + ([(name, str(value))] if value is not None else [])
        keep = keep and not {"close", "short", "chunked_cut", "stall", "reset_mid"} & set(edits)
        framing = []
        if "chunked" in edits or "chunked_cut" in edits:
            framing = [("Transfer-Encoding", "chunked")]
        elif answer.status not in (204, 304):
            framing = [("Content-Length", str(len(body) + 1000 if "short" in edits else len(body) // 2 if "long" in edits else len(body)))]
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}", *(f"{name}: {value}" for name, value in [*headers, *framing])]
        if not keep:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return self._body(head, b"" if bodiless else body, edits) and keep and "long" not in edits

    def _packed(self, body, edits):
        packed = gzip.compress(body, 1, mtime=0)
        if "bad_gzip" in edits:
            middle = len(packed) // 2
            return packed[:middle] + bytes(byte ^ 0x5A for byte in packed[middle:])
        return packed[: len(packed) // 2] if "gzip_cut" in edits else packed

    def _body(self, head, body, edits):
        if "chunked" in edits or "chunked_cut" in edits:
            half = len(body) // 2
            chunk = lambda data: b"%x\r\n%b\r\n" % (len(data), data) if data else b""  # noqa: E731
            whole = chunk(body[:half]) + chunk(body[half:]) + b"0\r\n\r\n"
            self.connection.sendall(head + (whole if "chunked" in edits else whole[: len(whole) - len(body) // 4 - 5]))
            return "chunked" in edits
        if "drip" in edits:
            step, pause = edits["drip"].get("bytes", 1), edits["drip"].get("pause", 0.01)
            self.connection.sendall(head)
            for place in range(0, len(body), step):
                if self.closing.wait(pause):
                    return False
                self.connection.sendall(body[place:place + step])
            return True
        if "late_body" in edits:
            self.connection.sendall(head)
            self.closing.wait(edits["late_body"].get("seconds", 1))
            self.connection.sendall(body)
            return True
        if "stall" in edits or "reset_mid" in edits:
            edit = edits.get("stall") or edits.get("reset_mid") or {}
            self.connection.sendall(head + body[: edit.get("after", len(body) // 2)])
            if "reset_mid" in edits:
                return self._reset()
            self._await_end(edit.get("seconds", 600))
            return False
        self.connection.sendall(head + body)
        return True

    def _await_end(self, seconds):
        """Says nothing more until the client gives up, the server closes or the time is over."""
        self.connection.settimeout(0.1)
        for _ in range(int(seconds * 10)):
            if self.closing.is_set():
                return
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def _reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        return False
