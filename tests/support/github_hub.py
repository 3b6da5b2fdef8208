"""The stand-in without its sockets: a request goes in, an answer comes out, and the log remembers both."""

import email.utils
import hashlib
import json
import threading
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field

import github_graphql
import github_rest
import github_rest_repo  # noqa: F401  enters its routes  pylint: disable=unused-import
import github_rest_work  # noqa: F401  enters its routes  pylint: disable=unused-import
from github_auth import Credential, Doorman
from github_call import Answer, Refusal, problem
from github_control import Control
from github_data import make_world
from github_faults import Scripts, play
from github_limits import Limits
from github_model import Clock, iso
from github_truth import Truth

ANONYMOUS = {"core": 60, "search": 10, "graphql": 0}


@dataclass
class Options:
    """How this server differs from github.com as of 2026."""

    ghes: str = None  # a version such as "3.19.1": an Enterprise Server, under /api/v3, without quotas unless limits are enabled
    omit_last: bool = False  # links without rel=last
    issues_depth: int = 1000  # how many issues can be read by page= before only cursors help; None: all
    stats_delay: int = 2  # how often stats/contributors says 202 after a push
    closed_by_in_lists: bool = False
    graphql_max_nodes: int = None  # a query that asks for more nodes ends like graphql_overload says
    graphql_overload: str = "502"  # "502", "504", "resource_limits" or "null"
    graphql_timeout_points: int = 10  # what such a query costs on top
    versions: tuple = ("2022-11-28", "2026-03-10")
    gzip: bool = True


@dataclass
class Entry:
    """One request in the log. `quota` is what it cost, `headers` are those of the request."""

    at: float
    method: str
    target: str
    path: str
    route: str
    resource: str
    credential: str
    headers: dict
    status: int = 0
    quota: int = 0
    fault: str = None
    conditional: bool = False
    bytes: int = 0
    seconds: float = 0.0
    body: str = ""
    remaining: int = None

    def as_json(self):
        return asdict(self)


@dataclass
class Hub:
    """State and decisions; one request at a time touches the world, under `lock`."""

    options: Options
    limits: Limits
    doorman: Doorman
    seed: int = 1
    size: str = "small"
    epoch: int = None
    extra_repos: int = 0
    frozen: bool = False
    stranger_url: str = ""
    stranger_requests: list = field(default_factory=list)

    def __post_init__(self):
        begun = int(time.time())
        self.epoch = begun if self.epoch is None else int(self.epoch)
        self.clock = Clock(self.epoch if self.frozen else None)
        if not self.frozen:
            self.clock.advance(self.epoch - begun)
        self.world = make_world(self.seed, self.size, self.epoch, self.extra_repos)
        self.lock = threading.RLock()
        self.scripts, self.hooks, self.broken_items = Scripts(), [], {}
        self.gate = threading.Event()  # what the fault "hold" waits for
        self.listeners = []  # functions of an Entry, called after an answer is made and before it is sent
        self.stats_asked = defaultdict(int)
        self._log, self._log_lock = [], threading.Lock()
        self.control = Control(self, self.seed)
        owner = self.world.cast.people[0][0]
        self.token = "ghp_" + hashlib.sha256(f"token:{self.seed}".encode()).hexdigest()[:36]
        limits = {"core": 5000, "search": 30, "graphql": 5000}
        self.doorman.add(Credential("main", "classic", self.token, owner, f"user:{owner.id}", limits))

    # --- what tests read

    def truth(self):
        with self.lock:
            return Truth(self.world, self.clock.now())

    def requests(self, **wanted):
        """Log entries; each keyword must equal an entry's attribute."""
        with self._log_lock:
            rows = list(self._log)
        return [row for row in rows if all(getattr(row, key) == value for key, value in wanted.items())]

    def counts(self):
        return Counter((row.route, row.status, row.credential) for row in self.requests())

    def spent(self):
        rows = self.requests()
        used = Counter()
        for row in rows:
            used[row.resource] += row.quota
        return {"requests": len(rows), "core": used["core"], "graphql": used["graphql"], "search": used["search"]}

    def forget(self):
        with self._log_lock:
            self._log = []
        self.limits.early.clear()

    # --- a request's way

    @staticmethod
    def decode_json(body):
        """A request's JSON body; an empty one is None."""
        return json.loads(body) if body.strip() else None

    def prefix_of(self, target):
        """What stands before the API's own paths: /api/v3 or nothing. An Enterprise Server knows its prefix only."""
        if target.startswith("/api/v3/") or target == "/api/v3":
            return "/api/v3"
        return None if self.options.ghes and not target.startswith("/api/graphql") else ""

    def handle(self, call, prefix):
        """(answer, response headers, log entry). Call leave() when the answer was sent."""
        begun = time.monotonic()
        call.split_target(prefix)
        graphql = call.path in ("/graphql", "/api/graphql")
        found = None if graphql else github_rest.find_route(call)
        call.route = "/graphql" if graphql else found[0] if found else "(none)"
        call.resource = "graphql" if graphql else found[2] if found else "core"
        entry = Entry(call.now, call.method, call.target, call.path, call.route, call.resource, "", dict(call.headers),
                      conditional="if-none-match" in call.headers or "if-modified-since" in call.headers,
                      body=call.body.decode("utf-8", "replace") if graphql else "")
        with self.lock:
            answer = self._admit(call, entry, graphql)
            if answer.status != 304:
                answer = self._conditional(call, answer)
            self._charge(call, answer, entry)
            headers = self._headers(call, answer)
            answer.render()
        entry.status, entry.credential, entry.bytes = answer.status, call.credential.name, len(answer.render())
        entry.seconds = time.monotonic() - begun
        with self._log_lock:
            self._log.append(entry)
        self._run_hooks(call)
        for listen in list(self.listeners):
            listen(entry)
        return answer, headers, entry

    def leave(self, call):
        self.limits.leave(call)

    def _admit(self, call, entry, graphql):
        """The answer before anything about caching: who asks, may they, what is it."""
        credential, refusal = self.doorman.identify(call)
        call.credential = credential or Credential("unknown", "anonymous", "", None, f"ip:{call.client}", ANONYMOUS)
        limited = self.limits.enter(call)
        if not call.header("user-agent"):
            return Answer(403, None, [("Content-Type", "text/html")], tagged=False, limited=False,
                          body=b"Request forbidden by administrative rules. Please make sure your request has a User-Agent header")
        version = call.header("x-github-api-version")
        if version and version not in self.options.versions:
            return problem(400, f"Version {version} is not supported.", "/about-the-rest-api/api-versions")
        call.version = version or "2022-11-28"
        if refusal or limited:
            return refusal or limited

        def proceed():
            try:
                return github_graphql.answer(self, call) if graphql and call.method == "POST" else github_rest.dispatch(self, call)
            except Refusal as refused:
                return refused.answer

        script = self.scripts.due(call)
        if script is None:
            return proceed()
        entry.fault = script.kind
        return play(self, call, script, proceed)

    def _conditional(self, call, answer):
        """Gives the answer its ETag, and turns it into a 304 when the client already has it."""
        if answer.status != 200 or not answer.tagged or call.method not in ("GET", "HEAD"):
            return answer
        salt = f"{call.credential.token}|{call.header('accept')}|{call.base}|{call.target}|".encode()
        tag = f'W/"{hashlib.sha256(salt + answer.render()).hexdigest()}"'
        answer.headers.append(("ETag", tag))
        if answer.modified is not None:
            answer.headers.append(("Last-Modified", email.utils.formatdate(answer.modified, usegmt=True)))
        asked = call.header("if-none-match")
        same = bool(asked) and (asked.strip() == "*" or tag.removeprefix("W/") in [one.strip().removeprefix("W/") for one in asked.split(",")])
        if not asked and answer.modified is not None and call.header("if-modified-since"):
            since = email.utils.parsedate_to_datetime(call.header("if-modified-since"))
            same = answer.modified <= since.timestamp()
        if not same:
            return answer
        kept = [pair for pair in answer.headers if pair[0] in ("ETag", "Last-Modified")]
        free = call.credential.kind != "anonymous"
        return Answer(304, headers=kept, body=b"", limited=not free, limit_headers=answer.limit_headers, edits=answer.edits)

    def _charge(self, call, answer, entry):
        if answer.limited:
            self.limits.charge(call)
            entry.quota = call.cost if self.limits.enabled and call.credential.kind != "app" else 0
        if self.limits.enabled:
            entry.remaining = self.limits.bucket(call.credential, call.resource, call.now).remaining

    def _headers(self, call, answer):
        """All headers but those of framing and coding."""
        private = "private" if call.credential.kind != "anonymous" else "public"
        found = [("Server", "github.com"), ("Date", email.utils.formatdate(call.now, usegmt=True)),
                 ("Cache-Control", f"{private}, max-age=60, s-maxage=60"), ("X-GitHub-Media-Type", "github.v3; format=json"),
                 ("X-GitHub-Request-Id", hashlib.sha256(f"{call.now}{call.target}".encode()).hexdigest()[:20].upper()),
                 ("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With")]
        if not answer.header("Content-Type") and answer.status not in (204, 304):
            found.append(("Content-Type", "application/json; charset=utf-8"))
        if call.header("x-github-api-version"):
            found.append(("X-GitHub-Api-Version-Selected", call.version))
        if call.credential.kind == "classic":
            found += [("X-OAuth-Scopes", "repo, read:org"), ("X-Accepted-OAuth-Scopes", "repo")]
            if call.credential.expires is not None:
                stamp = iso(call.credential.expires).replace("T", " ").replace("Z", " UTC")
                found.append(("github-authentication-token-expiration", stamp))
        if self.options.ghes:
            found.append(("X-GitHub-Enterprise-Version", self.options.ghes))
        if answer.limit_headers:
            found += self.limits.headers(call)
        return found + answer.headers

    def _run_hooks(self, call):
        """Changes that were to happen after this answer was made and before the next one is."""
        with self.lock:
            for hook in self.hooks:
                script = hook["script"]
                if not script.concerns(call):
                    continue
                script.seen += 1
                if script.seen >= script.nth and (script.times is None or script.seen < script.nth + script.times):
                    getattr(self.control, hook["change"])(**hook["arguments"])
