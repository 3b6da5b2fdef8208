"""What the demo plays by itself: a site that one can break, and a post office that shows every mail and every page at once."""

import http.server
import json
import socketserver
import sys
import threading
import time


class Events:
    """What happened, with the seconds since the site was last changed."""

    def __init__(self, show=print):
        self.show, self.condition = show, threading.Condition()
        self.changed, self.entries = time.monotonic(), []

    def change(self, what):
        with self.condition:
            self.changed = time.monotonic()
            self.entries.append(("change", what, 0.0))
        self.show(f"\n--- the site: {what}")

    def note(self, kind, what):
        with self.condition:
            after = time.monotonic() - self.changed
            self.entries.append((kind, what, after))
            self.condition.notify_all()
        self.show(f"{after:6.2f} s  {kind}: {what}")

    def count(self):
        with self.condition:
            return len(self.entries)

    def since(self, position):
        """What came after that many entries."""
        with self.condition:
            return self.entries[position:]

    def wait(self, wanted, position, timeout):
        """Waits until wanted(entries from that position on) is true, and returns it."""
        end = time.monotonic() + timeout
        with self.condition:
            while True:
                found = wanted(self.entries[position:])
                left = end - time.monotonic()
                if found or left <= 0:
                    return found
                self.condition.wait(left)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 64

    def __init__(self, port, handler):
        super().__init__(("127.0.0.1", port), handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """Who hangs up early, as the agent does when the site is silent, is no trouble."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def site(port, events):
    """GET / is the shop. POST /break, /slow, /hang and /mend change how it answers."""
    state = {"mood": "mend", "door": threading.Event()}

    class Shop(http.server.BaseHTTPRequestHandler):
        server_version, sys_version = "shop", ""

        def do_GET(self):
            mood = state["mood"]
            if mood == "slow":
                time.sleep(0.5)
            if mood == "hang":
                state["door"].wait(30)
            self.answer(503 if mood == "break" else 200, "closed\n" if mood == "break" else "open\n")

        def do_POST(self):
            mood = self.path.strip("/")
            if mood not in ("break", "slow", "hang", "mend"):
                self.answer(404, "POST /break, /slow, /hang or /mend\n")
                return
            state["mood"] = mood
            state["door"].set()
            state["door"] = threading.Event()
            events.change({"break": "broken", "slow": "slow", "hang": "silent", "mend": "well again"}[mood])
            self.answer(200, "done\n")

        def answer(self, status, text):
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    return Server(port, Shop)


def webhook(port, events):
    """Alertmanager's webhook: a line for each notification."""

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            names = ", ".join(sorted(f"{alert['labels']['alertname']}/{alert['labels'].get('alarm', '-')}"
                                     f" {alert['status']}" for alert in message["alerts"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            events.note("page", f"{message['status']}: {names}")

        def log_message(self, *_):
            pass

    return Server(port, Hook)


def post_office(port, events):
    """As much SMTP as Alertmanager speaks. A line for each mail: its subject."""

    class Mail(socketserver.StreamRequestHandler):
        def say(self, line):
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self):
            self.say("220 post office of the demo")
            for raw in self.rfile:
                word = raw.decode("utf-8", "replace").strip().upper().split(" ")[0]
                if word == "DATA":
                    self.say("354 go on")
                    events.note("mail", self.subject())
                    self.say("250 taken")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                elif word in ("HELO", "EHLO", "MAIL", "RCPT", "RSET", "NOOP"):
                    self.say("250 fine")
                else:
                    self.say("502 not here")

        def subject(self):
            subject = "(none)"
            for raw in self.rfile:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if line == ".":
                    break
                if line.lower().startswith("subject:"):
                    subject = line[8:].strip()
            return subject

    return Server(port, Mail)
