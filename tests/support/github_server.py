#!/usr/bin/python3
"""A stand-in for GitHub on a loopback port: REST, GraphQL, quotas, an App, faults on demand, and the true answers to compare with.

    with Github(seed=1, size="small") as hub:          # "tiny", "small" (a tenth), "full" (10,000 commits, 2,000 PRs, 5,000 issues)
        get(hub.url + "/repos/octo/shop", token=hub.token)
        hub.control.push("octo/shop", 3)               # everything in github_changes.py and github_control.py
        hub.control.fault("bad_gateway", route="/repos/{owner}/{repo}/issues", nth=2)
        hub.truth().developers("octo/shop")            # github_truth.py
        hub.spent(), hub.requests(status=304)          # what it cost, what was asked

By hand: `python3 tests/support/github_server.py --size full --port 8080` prints the URL and the token and serves until interrupted.
Under /__control/ the same methods are reachable over HTTP; GET /__control/ lists them.
"""

import argparse
import inspect
import json
import socket
import ssl
import sys
import threading
import time

from github_auth import Doorman
from github_call import Call
from github_control import over_http
from github_hub import Hub, Options
from github_limits import Limits
from github_model import User
from github_wire import Writer
from website import read_request, server_context

TIMEOUT = 60


class Door:
    """A listening socket with a thread per connection; `serve(request, writer)` is true when the connection may carry on."""

    def __init__(self, serve, context=None, port=0, host="127.0.0.1"):
        self._serve, self._context, self.host = serve, context, host
        self.closing = threading.Event()
        self._open, self._lock = set(), threading.Lock()
        self._listener = socket.create_server((host, port), backlog=256)
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"{'https' if self._context else 'http'}://{self.host}:{self.port}"

    def close(self):
        if self.closing.is_set():
            return
        self.closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._thread.join(5)

    def _accept(self):
        while not self.closing.is_set():
            try:
                connection, peer = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection, peer), daemon=True).start()

    def _talk(self, connection, peer):
        with self._lock:
            self._open.add(connection)
        plain = connection
        try:
            connection.settimeout(TIMEOUT)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            writer = Writer(connection, self.closing)
            with connection:
                while not self.closing.is_set():
                    request = read_request(connection)
                    if request is None or request.method == "TLS" or not self._serve(request, writer, peer):
                        break
        except (OSError, ValueError, ssl.SSLError):
            pass  # a client that went away, or spoke no HTTP
        finally:
            with self._lock:
                self._open.discard(plain)
            connection.close()


def _take(options, target):
    """The keyword arguments that a constructor understands."""
    known = set(inspect.signature(target).parameters)
    return {name: options.pop(name) for name in list(options) if name in known}


class Github:
    """The server. Options: everything in Options (github_hub.py), Limits and Doorman (their constructors), and

    epoch        the moment the story ends (default: now); frozen=True: the clock stands there until it is advanced
    extra_repos  so many small repositories more: octo/part-001 ...
    tls          True: HTTPS with the test CA of certs.py (`hub.ca_file`)
    """

    def __init__(self, seed=1, size="small", tls=False, port=0, **options):
        if options.get("ghes") and "enabled" not in options:
            options["enabled"] = False
        parts = {name: _take(options, kind)
                 for name, kind in (("options", Options), ("limits", Limits), ("doorman", Doorman))}
        self.core = Hub(Options(**parts["options"]), Limits(**parts["limits"]), Doorman(**parts["doorman"]), seed, size, **options)
        self._tls, self._port = tls, port
        self.control, self.world, self.clock, self.limits = self.core.control, self.core.world, self.core.clock, self.core.limits
        self.token = self.core.token
        self.ca_file = None
        self._door = self._stranger = None

    def __enter__(self):
        context = None
        if self._tls:
            from certs import Certs

            context = server_context(Certs.shared()["good"])
            self.ca_file = str(Certs.shared().ca_file)
        self._door = Door(self._serve, context, self._port)
        self._stranger = Door(self._serve_stranger)
        self.core.stranger_url = self._stranger.url
        return self

    def __exit__(self, *_):
        self._door.close()
        self._stranger.close()
        self.core.doorman.app.close()

    @property
    def root(self):
        """scheme://host:port of the server."""
        return self._door.url

    @property
    def url(self):
        """The REST base; of an Enterprise Server, or as `enterprise_url` of any, it ends with /api/v3."""
        return self.enterprise_url if self.core.options.ghes else self._door.url

    @property
    def enterprise_url(self):
        return self._door.url + "/api/v3"

    @property
    def graphql_url(self):
        return self._door.url + ("/api/graphql" if self.core.options.ghes else "/graphql")

    @property
    def app(self):
        return self.core.doorman.app

    @property
    def stranger_requests(self):
        """(method, target, headers) of what reached the other host."""
        return self.core.stranger_requests

    @property
    def connections(self):
        return self._door.connections

    def listen(self, function):
        """Calls function(entry) for every request from now on, when its answer is made and not yet sent: the place to kill a client."""
        self.core.listeners.append(function)

    def truth(self):
        return self.core.truth()

    def requests(self, **wanted):
        return self.core.requests(**wanted)

    def counts(self):
        return self.core.counts()

    def spent(self):
        return self.core.spent()

    def forget(self):
        self.core.forget()

    def _serve(self, request, writer, peer):
        keep = request.version != "HTTP/1.0" and not any(value.lower() == "close" for value in request.values("connection"))
        if request.target.startswith("/__control/"):
            return self._serve_control(request, writer, keep)
        headers = {name.lower(): value for name, value in request.headers}
        prefix = self.core.prefix_of(request.target)
        base = self._door.url + (prefix or "")
        target = request.target if prefix is not None else "/(outside the API)"
        call = Call(request.method, target, headers, request.body, base, peer[0], self.clock.now())
        answer, out, _ = self.core.handle(call, prefix or "")
        try:
            accepts = self.core.options.gzip and "gzip" in headers.get("accept-encoding", "")
            return writer.send(request.method, answer, out, accepts, keep)
        finally:
            self.core.leave(call)

    def _serve_control(self, request, writer, keep):
        from github_call import Answer

        name = request.path.removeprefix("/__control/").strip("/")
        try:
            arguments = json.loads(request.body) if request.body.strip() else {}
            status, data = over_http(self.control, name, arguments)
        except ValueError as error:
            status, data = 400, {"message": str(error)}
        answer = Answer(status, None, body=json.dumps(data, default=describe_object).encode())
        return writer.send(request.method, answer, [("Content-Type", "application/json")], False, keep)

    def _serve_stranger(self, request, writer, _):
        """Another host: nobody should bring secrets here."""
        from github_call import Answer

        self.core.stranger_requests.append({"method": request.method, "target": request.target, "headers": dict(request.headers)})
        return writer.send(request.method, Answer(200, []), [("Content-Type", "application/json")], False, False)


def describe_object(value):
    """What json cannot write by itself."""
    if isinstance(value, User):
        return value.login
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def main(words):
    parser = argparse.ArgumentParser(description="A stand-in for GitHub on a loopback port.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", choices=("tiny", "small", "full"), default="small")
    parser.add_argument("--extra-repos", type=int, default=0)
    parser.add_argument("--epoch", type=int)
    parser.add_argument("--frozen", action="store_true", help="the clock stands still until /__control/advance")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--ghes", metavar="VERSION")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=JSON", help="any other option of Github()")
    asked = parser.parse_args(words)
    more = {name: json.loads(value) for name, _, value in (pair.partition("=") for pair in asked.option)}
    with Github(asked.seed, asked.size, asked.tls, asked.port, ghes=asked.ghes, epoch=asked.epoch, frozen=asked.frozen,
                extra_repos=asked.extra_repos, **more) as hub:
        print(json.dumps({"url": hub.url, "graphql_url": hub.graphql_url, "token": hub.token, "ca_file": hub.ca_file}), flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        pass
