"""Quotas: the hourly ones per credential and resource, and the secondary ones by concurrency and burst.

Refusals come in the forms that GitHub uses: 403 or 429, with or without Retry-After; GraphQL says it in a 200.
"""

import threading
from collections import defaultdict, deque
from dataclasses import dataclass

from github_call import Answer, problem

RESOURCES = ("core", "graphql", "search")
LIMITS_PAGE = "/overview/rate-limits-for-the-rest-api"
PRIMARY = "API rate limit exceeded for {who}."
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@dataclass
class Bucket:
    limit: int
    used: int
    reset: int

    @property
    def remaining(self):
        return max(self.limit - self.used, 0)


class Limits:
    """All quotas. `enabled=False` is an Enterprise Server that has them off: no headers, no refusals."""

    def __init__(self, enabled=True, refusal_status=403, secondary_status=403, retry_after=60, concurrent=100, rest_points=900,
                 graphql_points=2000, graphql_type="RATE_LIMITED", hour=3600):
        self.enabled = enabled
        self.refusal_status, self.secondary_status, self.retry_after = refusal_status, secondary_status, retry_after
        self.concurrent, self.points = concurrent, {"rest": rest_points, "graphql": graphql_points}
        self.graphql_type = graphql_type
        self.windows = {"core": hour, "graphql": hour, "search": min(hour, 60)}  # an hour may be made of seconds
        self.early = []  # requests that came while their credential was told to wait: (moment, credential, why)
        self._buckets = {}
        self._in_flight = defaultdict(int)
        self._bursts = defaultdict(deque)
        self._parked = {}  # bucket key -> (until, why)
        self._lock = threading.Lock()

    def bucket(self, credential, resource, now):
        """The present window of one resource."""
        key = (credential.bucket, resource)
        limit = (credential.limits or {}).get(resource, 5000)
        found = self._buckets.get(key)
        if found is None or found.reset <= now:
            found = self._buckets[key] = Bucket(limit, 0, int(now) + self.windows[resource])
        found.limit = limit
        return found

    def set_used(self, credential, resource, used, now):
        """Puts a bucket where a test wants it."""
        self.bucket(credential, resource, now).used = used

    def enter(self, call):
        """Counts a request in; the answer that refuses it, or None. Pair with leave()."""
        key = call.credential.bucket
        with self._lock:
            self._in_flight[key] += 1
            if not self.enabled:
                return None
            self._note_early(call, key)
            return self._secondary(call, key) or self._primary(call)

    def leave(self, call):
        with self._lock:
            self._in_flight[call.credential.bucket] -= 1

    def charge(self, call, cost=None):
        """Takes the cost of a request that was answered."""
        if self.enabled and call.credential.kind != "app":
            with self._lock:
                bucket = self.bucket(call.credential, call.resource, call.now)
                bucket.used = min(bucket.used + (call.cost if cost is None else cost), max(bucket.limit, bucket.used))

    def park(self, call, seconds, why):
        """Remembers that this credential was told to wait, however the refusal came about."""
        with self._lock:
            self._parked[call.credential.bucket, why] = call.now + seconds

    def _note_early(self, call, key):
        for why in ("secondary", f"primary {call.resource}"):
            until = self._parked.get((key, why))
            if until is not None and call.now < until and call.route != "/rate_limit":
                self.early.append({"at": call.now, "until": until, "credential": call.credential.name, "why": why, "route": call.route})

    def _secondary(self, call, key):
        family = "graphql" if call.resource == "graphql" else "rest"
        burst = self._bursts[key, family]
        while burst and burst[0][0] <= call.now - 60:
            burst.popleft()
        burst.append((call.now, 1 if call.method in ("GET", "HEAD", "OPTIONS") or family == "graphql" else 5))
        parked = self._parked.get((key, "secondary"), 0) > call.now
        if self._in_flight[key] <= self.concurrent and sum(points for _, points in burst) <= self.points[family] and not parked:
            return None
        if not parked:
            self._parked[key, "secondary"] = call.now + self.retry_after
        wait = max(int(self._parked[key, "secondary"] - call.now + 0.999), 1)
        return secondary_refusal(self.secondary_status, wait)

    def _primary(self, call):
        if call.route == "/rate_limit" or call.credential.kind == "app":
            return None
        bucket = self.bucket(call.credential, call.resource, call.now)
        if bucket.used < bucket.limit or (call.resource == "graphql" and bucket.limit == 0):
            return None
        return self.primary_refusal(call, self.refusal_status)

    def primary_refusal(self, call, status):
        """Over the hourly quota: says so until the window ends."""
        bucket = self.bucket(call.credential, call.resource, call.now)
        bucket.used = max(bucket.used, bucket.limit)
        self._parked[call.credential.bucket, f"primary {call.resource}"] = bucket.reset
        who = f"user ID {call.credential.user.id}" if call.credential.user else call.credential.bucket.replace(":", " ID ")
        if call.resource == "graphql":
            error = {"type": self.graphql_type, "message": PRIMARY.format(who=who)}
            if self.graphql_type == "RATE_LIMIT":
                error = {"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": f"API rate limit already exceeded for {who}."}
            return Answer(200, {"errors": [error]}, tagged=False, limited=False)
        refusal = problem(status, PRIMARY.format(who=who), LIMITS_PAGE)
        refusal.limited = False
        return refusal

    def headers(self, call):
        """x-ratelimit-* of the resource this request used."""
        if not self.enabled or call.credential is None:
            return []
        with self._lock:
            bucket = self.bucket(call.credential, call.resource, call.now)
            return [("X-RateLimit-Limit", str(bucket.limit)), ("X-RateLimit-Remaining", str(bucket.remaining)),
                    ("X-RateLimit-Reset", str(bucket.reset)), ("X-RateLimit-Used", str(bucket.used)), ("X-RateLimit-Resource", call.resource)]

    def overview(self, call):
        """The body of /rate_limit, or the refusal of a server that counts nothing."""
        if not self.enabled:
            return problem(404, "Rate limiting is not enabled.", "/rate-limit/rate-limit")
        with self._lock:
            resources = {name: vars(self.bucket(call.credential, name, call.now)) | {"resource": name} for name in RESOURCES}
        for row in resources.values():
            row["remaining"] = max(row["limit"] - row["used"], 0)
        for name in ("code_search", "integration_manifest", "dependency_snapshots", "actions_runner_registration"):
            resources[name] = {"limit": 100, "used": 0, "remaining": 100, "reset": int(call.now) + 60, "resource": name}
        page = {"resources": resources}
        if call.version < "2026-03-10":
            page["rate"] = resources["core"]
        return Answer(200, page, tagged=False, limited=False)


def secondary_refusal(status, wait=None):
    """Too fast: 403 or 429, with Retry-After or (wait None) with nothing but the words."""
    refusal = problem(status, SECONDARY, LIMITS_PAGE + "#about-secondary-rate-limits", [("Retry-After", str(wait))] if wait else [])
    refusal.limited = False
    return refusal
