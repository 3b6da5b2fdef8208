#!/usr/bin/python3
"""A small site for the example configuration: one page that is well, one that is slow, one that is down, one that moved.

It listens on loopback only, so that `./dev run` has something to watch without internet.
"""

import argparse
import http.server
import sys
import time
from pathlib import Path

PAGE = """<!doctype html>
<html lang="en">
<title>The example shop</title>
<h1>The example shop</h1>
<p>Open. This page is watched by vedette.</p>
<ul>
<li><a href="/slow">/slow</a> takes its time
<li><a href="/down">/down</a> answers 503
<li><a href="/moved">/moved</a> redirects here
</ul>
</html>
"""
SLOW = 0.4  # seconds


class Site(http.server.BaseHTTPRequestHandler):
    """path -> (status, body, headers)"""

    server_version, sys_version = "example", ""

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/slow":
            time.sleep(SLOW)
            self.answer(200, "slow, but well\n", "text/plain")
        elif path == "/down":
            self.answer(503, "closed for the night\n", "text/plain")
        elif path == "/moved":
            self.answer(302, "", "text/plain", {"Location": "/"})
        elif path == "/":
            self.answer(200, PAGE, "text/html; charset=utf-8")
        else:
            self.answer(404, "no such page\n", "text/plain")

    do_HEAD = do_GET

    def answer(self, status, body, content_type, headers=None):
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format, *args):
        """Silent: the agent asks every few seconds, and its log is the one to read."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8080, help="port on 127.0.0.1 (default 8080)")
    parser.add_argument("--ready", type=Path, help="file to write once the site listens")
    options = parser.parse_args()
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Site)
    except OSError as error:
        sys.exit(f"example site: 127.0.0.1:{options.port}: {error.strerror}")
    server.daemon_threads = True
    if options.ready:
        options.ready.write_text(f"{server.server_port}\n")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
