"""One request and its answer on their way through the stand-in: what was asked, by whom, and what will be sent."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

DOCS = "https://docs.github.com/rest"


@dataclass
class Call:
    """A request, taken apart. `base` is the URL prefix that the client used, without a slash at its end."""

    method: str
    target: str
    headers: dict  # lower-case names
    body: bytes
    base: str
    client: str
    now: float
    path: str = ""  # decoded, without the base's prefix and without the query
    query: list = field(default_factory=list)
    credential: object = None
    version: str = "2022-11-28"
    route: str = ""
    resource: str = "core"
    cost: int = 1
    repo: object = None

    def header(self, name, default=""):
        return self.headers.get(name, default)

    def get(self, name, default=None):
        """The last value of a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def number(self, name, default):
        """A whole number from the query; what is none counts as not given."""
        text = self.get(name, "")
        return int(text) if text.isdigit() and len(text) < 12 else default

    def split_target(self, prefix):
        raw, _, query = self.target.partition("?")
        self.path = unquote(raw.removeprefix(prefix)) or "/"
        self.query = parse_qsl(query, keep_blank_values=True)


@dataclass
class Answer:
    """What to send. `data` is rendered as JSON unless `body` is given. `edits` are transport faults to apply, see github_faults.py."""

    status: int = 200
    data: object = None
    headers: list = field(default_factory=list)
    body: bytes = None
    modified: float = None  # Last-Modified, on the routes that have one
    tagged: bool = True  # whether it carries an ETag
    limited: bool = True  # whether it costs quota
    limit_headers: bool = True
    edits: list = field(default_factory=list)

    def render(self):
        if self.body is None:
            self.body = b"" if self.status in (204, 304) else json.dumps(self.data, separators=(",", ":")).encode()
        return self.body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def set_header(self, name, value):
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        if value is not None:
            self.headers.append((name, str(value)))


class Refusal(Exception):
    """Carries an Answer out of a handler."""

    def __init__(self, answer):
        super().__init__(f"{answer.status} {answer.data}")
        self.answer = answer


def problem(status, message, path="", headers=(), **more):
    """An error as the API words it."""
    data = {"message": message, **more, "documentation_url": DOCS + path, "status": str(status)}
    return Answer(status, data, list(headers), tagged=False)


def refuse(status, message, path="", headers=(), **more):
    raise Refusal(problem(status, message, path, headers, **more))


def query_text(pairs):
    return "&".join(f"{quote(key, safe='')}={quote(value, safe=':,+')}" for key, value in pairs)


def page_size(call):
    """per_page as GitHub reads it: 30 when absent or senseless, at most 100."""
    return min(call.number("per_page", 30) or 30, 100)


def link_header(call, path, steps):
    """A Link header; steps: (rel, {parameter: value or None}) in the order in which they are shown."""
    parts = []
    for rel, changes in steps:
        pairs = [(key, value) for key, value in call.query if key not in changes]
        pairs += [(key, str(value)) for key, value in changes.items() if value is not None]
        parts.append(f'<{call.base}{path}?{query_text(pairs)}>; rel="{rel}"')
    return ("Link", ", ".join(parts))


def page_of(call, rows, path, shape, wrap=None, known_end=True):
    """One page of `rows` by page and per_page: only the page's rows are shaped. `wrap` builds the body from the list."""
    size, page = page_size(call), max(call.number("page", 1), 1)
    last = max((len(rows) + size - 1) // size, 1)
    part = [shape(row) for row in rows[(page - 1) * size:page * size]]
    steps = []
    if page > 1:
        steps.append(("prev", {"page": min(page - 1, last)}))
    if page < last:
        steps.append(("next", {"page": page + 1}))
        if known_end:
            steps.append(("last", {"page": last}))
    if page > 1:
        steps.append(("first", {"page": 1}))
    return Answer(200, wrap(part) if wrap else part, [link_header(call, path, steps)] if steps else [])
