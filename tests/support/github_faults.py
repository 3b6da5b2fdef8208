"""Everything that can go wrong between GitHub and its reader, each under a name, and the script that says when it does.

    hub.control.fault("bad_gateway", route="/repos/{owner}/{repo}/issues", nth=3, times=2)

A fault is a function (hub, call, proceed, parameters) -> Answer; proceed() is the answer that would have been given.
What concerns bytes on the wire is left as an edit (name, parameters) for github_wire.py.
"""

import fnmatch
import json
import re
import threading
from dataclasses import dataclass, field

from github_call import Answer, link_header, problem
from github_limits import secondary_refusal
from github_model import iso

_FAULTS = {}
PAGE = "<!DOCTYPE html><html><head><title>Unicorn!</title></head><body><p>This page is taking too long to load.</p></body></html>"


def fault(play):
    _FAULTS[play.__name__.rstrip("_")] = play
    return play


def names():
    return {name: (play.__doc__ or "").strip() for name, play in sorted(_FAULTS.items())}


@dataclass
class Script:
    """Plays one fault on the nth matching request and the `times - 1` after it; times None means for ever."""

    kind: str
    route: str = "*"  # a template, a path, or a pattern with * of either; "GET " or "POST " in front narrows it
    nth: int = 1
    times: int = 1
    parameters: dict = field(default_factory=dict)
    credential: str = None
    seen: int = 0
    played: int = 0

    def concerns(self, call):
        method, _, pattern = self.route.rpartition(" ")
        if method not in ("", call.method) or self.credential not in (None, getattr(call.credential, "name", None)):
            return False
        return pattern in (call.route, call.path) or fnmatch.fnmatchcase(call.route, pattern) or fnmatch.fnmatchcase(call.path, pattern)


class Scripts:
    """All faults in force; the first that is due plays."""

    def __init__(self):
        self.rows = []
        self._lock = threading.Lock()

    def add(self, kind, route="*", nth=1, times=1, credential=None, **parameters):
        if kind not in _FAULTS:
            raise ValueError(f"no fault is called {kind}; there are {', '.join(sorted(_FAULTS))}")
        row = Script(kind, route, nth, times, parameters, credential)
        with self._lock:
            self.rows.append(row)
        return row

    def clear(self):
        with self._lock:
            self.rows = []

    def due(self, call):
        """The fault to play on this request, or None. Counts the request for every script it concerns."""
        chosen = None
        with self._lock:
            for row in self.rows:
                if not row.concerns(call):
                    continue
                row.seen += 1
                ended = row.times is not None and row.seen >= row.nth + row.times
                if chosen is None and row.seen >= row.nth and not ended:
                    chosen = row
                    row.played += 1
        return chosen


def play(hub, call, script, proceed):
    return _FAULTS[script.kind](hub, call, proceed, script.parameters)


def _edited(answer, name, **parameters):
    answer.edits.append((name, parameters))
    return answer


# --- answers instead of the true one


@fault
def status(hub, call, proceed, p):
    """any status with any message: status, message, headers"""
    return problem(p.get("status", 500), p.get("message", "Server Error"), headers=list(p.get("headers", {}).items()))


def _server_error(code, words):
    def answer(hub, call, proceed, p):
        if p.get("html"):
            return Answer(code, None, [("Content-Type", "text/html; charset=utf-8")], body=PAGE.encode(), tagged=False, limit_headers=False)
        return problem(code, words)

    answer.__doc__ = f"{code} as JSON, or with html=true as a page"
    return answer


for _name, _code, _words in (("internal_error", 500, "Server Error"), ("bad_gateway", 502, "Server Error"),
                             ("unavailable", 503, "No server is currently available to service your request."),
                             ("gateway_timeout", 504, "We couldn't respond to your request in time.")):
    _FAULTS[_name] = _server_error(_code, _words)


@fault
def primary_limit(hub, call, proceed, p):
    """over the hourly quota: 403 or status=429, remaining 0, reset; in GraphQL a 200 with an error"""
    return hub.limits.primary_refusal(call, p.get("status", 403))


@fault
def secondary_limit(hub, call, proceed, p):
    """403 or status=429 with Retry-After; retry_after=None leaves only the words"""
    wait = p.get("retry_after", hub.limits.retry_after)
    hub.limits.park(call, wait or 60, "secondary")
    return secondary_refusal(p.get("status", 403), wait)


@fault
def graphql_secondary(hub, call, proceed, p):
    """GraphQL's secondary limit as a 200"""
    hub.limits.park(call, p.get("retry_after", 60), "secondary")
    words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Answer(200, {"errors": [{"type": "RATE_LIMITED", "message": words}]}, [("Retry-After", str(p.get("retry_after", 60)))], tagged=False)


@fault
def unauthorized(hub, call, proceed, p):
    """401 Bad credentials"""
    return problem(401, "Bad credentials")


@fault
def not_accessible(hub, call, proceed, p):
    """403 Resource not accessible, with the permission that is missing"""
    return problem(403, "Resource not accessible by integration", headers=[("X-Accepted-GitHub-Permissions", p.get("needs", "issues=read"))])


@fault
def sso(hub, call, proceed, p):
    """403 until the token has signed on"""
    return problem(403, "Resource protected by organization SAML enforcement. You must grant your token access to this organization.",
                   headers=[("X-GitHub-SSO", "required; url=https://github.test/orgs/octo/sso?authorization_request=A1")])


@fault
def not_found(hub, call, proceed, p):
    """404 Not Found"""
    return problem(404, "Not Found")


@fault
def blocked(hub, call, proceed, p):
    """451, or status=403, with a block body"""
    code = p.get("status", 451)
    block = {"reason": p.get("reason", "dmca" if code == 451 else "tos"), "created_at": iso(hub.world.epoch), "html_url": "https://github.test/dmca"}
    return Answer(code, {"message": "Repository access blocked", "block": block}, tagged=False)


def _redirect(code):
    def answer(hub, call, proceed, p):
        location = p.get("location") or (hub.stranger_url + call.path if p.get("stranger") else f"{call.base}{p.get('path', call.target)}")
        if p.get("loop"):
            location = f"{call.base}{call.path}" + ("?" + call.target.partition("?")[2] if "?" in call.target else "")
        return Answer(code, {"message": "Moved", "url": location}, [("Location", location)], tagged=False)

    answer.__doc__ = f"{code} to location=, to path= on this server, to another host (stranger=true), or to itself (loop=true)"
    return answer


for _code in (301, 302, 307, 308):
    _FAULTS[f"redirect_{_code}"] = _redirect(_code)


@fault
def accepted(hub, call, proceed, p):
    """202 with an empty object"""
    return Answer(202, {}, tagged=False)


@fault
def no_content(hub, call, proceed, p):
    """204"""
    return Answer(204, tagged=False)


@fault
def empty(hub, call, proceed, p):
    """200 with no body at all"""
    return Answer(200, None, [("Content-Type", "application/json; charset=utf-8")], body=b"", tagged=False)


@fault
def html(hub, call, proceed, p):
    """200 with a web page instead of JSON"""
    return Answer(200, None, [("Content-Type", "text/html; charset=utf-8")], body=PAGE.encode(), tagged=False)


@fault
def huge(hub, call, proceed, p):
    """a body of bytes= (50 MB) of valid JSON"""
    size = p.get("bytes", 50_000_000)
    return Answer(200, None, [("Content-Type", "application/json; charset=utf-8")], body=b'["' + b"x" * (size - 4) + b'"]', tagged=False)


@fault
def deep(hub, call, proceed, p):
    """JSON nested depth= (100000) arrays deep"""
    depth = p.get("depth", 100_000)
    return Answer(200, None, [("Content-Type", "application/json; charset=utf-8")], body=b"[" * depth + b"]" * depth, tagged=False)


@fault
def graphql_null(hub, call, proceed, p):
    """200, data null, an error without path"""
    return Answer(200, {"data": None, "errors": [{"message": p.get("message", "Something went wrong while executing your query.")}]}, tagged=False)


@fault
def graphql_type(hub, call, proceed, p):
    """200 with one error of type= (RESOURCE_LIMITS_EXCEEDED, SERVICE_UNAVAILABLE, ...)"""
    error = {"type": p.get("type", "SERVICE_UNAVAILABLE"), "message": p.get("message", "Try again later.")}
    return Answer(200, {"data": None, "errors": [error]}, tagged=False)


# --- the true answer, with something wrong about it


@fault
def hold(hub, call, proceed, p):
    """the true answer, made at once, is sent after control.release_held()"""
    return _edited(proceed(), "hold", gate=hub.gate)


@fault
def graphql_partial(hub, call, proceed, p):
    """the true data, but keys= of it (default: the first alias) are null with an error each"""
    answer = proceed()
    data = (answer.data or {}).get("data") or {}
    chosen = p.get("keys") or [key for key in data if key != "rateLimit"][:1]
    errors = answer.data.setdefault("errors", [])
    for key in chosen:
        data[key] = None
        errors.append({"type": p.get("type", "SERVICE_UNAVAILABLE"), "path": [key], "message": "Something went wrong."})
    return answer


@fault
def truncated(hub, call, proceed, p):
    """JSON cut in its middle under a matching Content-Length"""
    answer = proceed()
    answer.body = answer.render()[: len(answer.render()) // 2]
    return answer


@fault
def invalid_utf8(hub, call, proceed, p):
    """a byte that is no UTF-8 inside the first string"""
    answer = proceed()
    answer.body = answer.render().replace(b'"', b'"\xff\xfe', 1)
    return answer


@fault
def wrong_type(hub, call, proceed, p):
    """the true body under another Content-Type (type=)"""
    answer = proceed()
    answer.set_header("Content-Type", p.get("type", "application/octet-stream"))
    return answer


@fault
def headers(hub, call, proceed, p):
    """the true answer with headers set= or removed (null): x-ratelimit-*, Date, Retry-After, anything"""
    return _edited(proceed(), "headers", set=p.get("set", {}))


@fault
def no_limit_headers(hub, call, proceed, p):
    """the true answer without any x-ratelimit header"""
    answer = proceed()
    answer.limit_headers = False
    return answer


@fault
def link_loop(hub, call, proceed, p):
    """rel=next leads to this very page"""
    answer = proceed()
    answer.set_header(*link_header(call, call.path, [("next", {})]))
    return answer


@fault
def link_stranger(hub, call, proceed, p):
    """rel=next leads to another host"""
    answer = proceed()
    answer.set_header("Link", f'<{hub.stranger_url}{call.path}?page=2>; rel="next"')
    return answer


@fault
def no_last(hub, call, proceed, p):
    """links without rel=last"""
    answer = proceed()
    kept = [part for part in (answer.header("Link") or "").split(", ") if part and 'rel="last"' not in part]
    answer.set_header("Link", ", ".join(kept) or None)
    return answer


@fault
def duplicated_rows(hub, call, proceed, p):
    """every row twice, in reverse order"""
    answer = proceed()
    if isinstance(answer.data, list):
        answer.data = (answer.data + answer.data)[::-1]
    return answer


@fault
def strange_fields(hub, call, proceed, p):
    """fields nobody knows, times with offsets and fractions"""
    answer = proceed()
    text = json.dumps(answer.data)
    text = re.sub(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z"', r'"\1.000+00:00"', text)
    answer.body = text.replace("{", '{"an_unknown_field":{"deep":[1,null]},', 1).encode()
    return answer


def _on_wire(name, words):
    def answer(hub, call, proceed, p):
        return _edited(proceed(), name, **p)

    answer.__doc__ = words
    return answer


_WIRE = {
    "delay": "waits seconds= before the head",
    "drip": "sends bytes= (1) at a time with pause= (0.01) between",
    "late_body": "head, seconds= of silence, body",
    "stall": "half of the body (or after=), then silence until the connection is closed",
    "short": "promises more bytes than it sends, then closes",
    "long": "sends more bytes than promised",
    "chunked": "a chunked body",
    "chunked_cut": "a chunked body that ends inside a chunk",
    "gzip": "a gzip body",
    "bad_gzip": "gzip by its label, damaged inside",
    "gzip_cut": "a gzip body that ends early",
    "reset": "closes with a reset instead of answering",
    "reset_mid": "a reset in the middle of the body",
    "close": "Connection: close after the answer",
    "drop": "closes politely without any answer",
    "silence": "accepts the request and never answers",
}
for _name, _words in _WIRE.items():
    _FAULTS[_name] = _on_wire(_name, _words)
