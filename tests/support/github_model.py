"""What the stand-in GitHub knows: people, repositories, issues, pull requests, runs, deployments. Plain data, times in epoch seconds.

The generator (github_data.py) and the control plane (github_control.py) write it; REST, GraphQL and the truth only read it.
"""

import base64
import time
from dataclasses import dataclass, field

GHOST_ID = 10137
WEB_FLOW_ID = 19864447

# Real ids left 32 bits behind long ago, so most kinds start above 2^31.
FIRST_IDS = {"user": 1001, "repo": 712_000_001, "issue": 2_900_000_001, "pull": 2_200_000_001, "review": 3_100_000_001,
             "run": 19_000_000_001, "job": 52_000_000_001, "deployment": 2_300_000_001, "status": 4_400_000_001,
             "release": 251_000_001, "asset": 301_000_001, "event": 21_000_000_001, "runner": 4001}


def iso(moment):
    """An epoch second as GitHub writes it; None stays None."""
    return None if moment is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def from_iso(text):
    """The epoch second of an ISO 8601 time in UTC, with or without fractions; ValueError otherwise."""
    import calendar

    bare = text.strip().replace("+00:00", "Z").rstrip("Z").partition(".")[0]
    shape = "%Y-%m-%dT%H:%M:%S" if "T" in bare else "%Y-%m-%d"
    return calendar.timegm(time.strptime(bare, shape))


def node_id(prefix, key):
    """An opaque global id that tells its kind to us only."""
    return f"{prefix}_" + base64.urlsafe_b64encode(f"0:{key}".encode()).decode().rstrip("=")


def read_node_id(text):
    """(prefix, key) of one of our node ids, or (None, None)."""
    prefix, _, rest = str(text).partition("_")
    try:
        plain = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4)).decode()
    except ValueError:
        return None, None
    return (prefix, plain[2:]) if plain.startswith("0:") else (None, None)


@dataclass(slots=True, eq=False)
class User:
    id: int
    login: str
    name: str
    type: str = "User"  # User, Bot, Organization, Mannequin
    emails: list = field(default_factory=list)
    former: list = field(default_factory=list)
    deleted: bool = False

    @property
    def rest_login(self):
        return self.login + "[bot]" if self.type == "Bot" else self.login

    @property
    def node_id(self):
        prefixes = {"Bot": "BOT", "Organization": "O", "Mannequin": "M"}
        return node_id(prefixes.get(self.type, "U"), self.id)


@dataclass(slots=True, eq=False)
class Commit:
    sha: str
    parents: list
    name: str
    email: str
    authored: int
    committed: int
    message: str
    committer_name: str = ""
    committer_email: str = ""

    @property
    def co_authors(self):
        """(name, email) of every Co-authored-by trailer."""
        found = []
        for line in self.message.split("\n"):
            if line.startswith("Co-authored-by: "):
                name, _, rest = line[16:].partition(" <")
                found.append((name, rest.rstrip(">")))
        return found


@dataclass(slots=True, eq=False)
class Event:
    """One timeline entry: closed, reopened, labeled, assigned, merged, ready_for_review, transferred."""

    id: int
    kind: str
    at: int
    actor: User
    closer: object = None  # a Pull or a Commit that closed the issue
    reason: str = None


@dataclass(slots=True, eq=False)
class Issue:
    number: int
    id: int
    user: User
    title: str
    created: int
    updated: int
    state: str = "open"
    reason: str = None  # completed, not_planned, duplicate, reopened
    closed: int = None
    closed_by: User = None
    assignees: list = field(default_factory=list)
    labels: list = field(default_factory=list)
    comments: int = 0
    events: list = field(default_factory=list)

    is_pull = False


@dataclass(slots=True, eq=False)
class Review:
    id: int
    user: User
    state: str  # APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING
    submitted: int  # None while PENDING
    commit: str


@dataclass(slots=True, eq=False)
class Pull(Issue):
    pull_id: int = 0
    base: str = "main"
    base_sha: str = ""
    head: str = "topic"
    commits: list = field(default_factory=list)
    draft: bool = False
    merged: int = None
    merged_by: User = None
    merge_sha: str = None
    method: str = "merge"
    reviews: list = field(default_factory=list)
    closes: list = field(default_factory=list)

    is_pull = True


@dataclass(slots=True, eq=False)
class Job:
    id: int
    name: str
    attempt: int
    created: int
    started: int
    completed: int
    status: str
    conclusion: str
    runner: str = "GitHub Actions 12"
    group: str = "GitHub Actions"
    labels: tuple = ("ubuntu-24.04",)


@dataclass(slots=True, eq=False)
class Run:
    id: int
    number: int
    workflow: str  # file name
    event: str
    branch: str
    sha: str
    actor: User
    created: int
    started: int
    updated: int
    status: str = "completed"
    conclusion: str = "success"
    attempt: int = 1
    jobs: list = field(default_factory=list)
    history: list = field(default_factory=list)  # (attempt, started, updated, status, conclusion) of earlier attempts


@dataclass(slots=True, eq=False)
class Deployment:
    id: int
    sha: str
    ref: str
    environment: str
    creator: User
    created: int
    statuses: list = field(default_factory=list)  # (id, state, at, creator), oldest first


@dataclass(slots=True, eq=False)
class Release:
    id: int
    tag: str
    name: str
    author: User
    created: int
    published: int
    draft: bool = False
    prerelease: bool = False
    assets: list = field(default_factory=list)  # [id, name, size, downloads]


@dataclass(slots=True, eq=False)
class Alert:
    kind: str  # dependabot, code_scanning, secret_scanning
    number: int
    state: str
    severity: str
    created: int
    updated: int
    fixed: int = None
    subject: str = ""


@dataclass(slots=True, eq=False)
class Repo:
    id: int
    owner: User
    name: str
    created: int
    git: object = None
    default_branch: str = "main"
    former: list = field(default_factory=list)  # full names that redirect here
    private: bool = False
    archived: bool = False
    fork: bool = False
    has_issues: bool = True
    description: str = ""
    language: str = "C++"
    license: str = "apache-2.0"
    stars: int = 0
    forks: int = 0
    subscribers: int = 0
    size_kb: int = 0
    pushed: int = 0
    updated: int = 0
    items: dict = field(default_factory=dict)  # number -> Issue or Pull
    gone: dict = field(default_factory=dict)  # number -> "deleted" or the (repo, number) it was transferred to
    last_number: int = 0
    runs: list = field(default_factory=list)
    deployments: list = field(default_factory=list)
    releases: list = field(default_factory=list)
    alerts: list = field(default_factory=list)
    runners: list = field(default_factory=list)
    off: dict = field(default_factory=dict)  # alert kind -> status of the refusal
    blocked: dict = None  # {"status": 451 or 403, "reason": ...}
    topics: list = field(default_factory=list)

    @property
    def full_name(self):
        return f"{self.owner.login}/{self.name}"

    @property
    def node_id(self):
        return node_id("R", self.id)

    @property
    def head(self):
        return self.git.refs.get(self.default_branch)

    def issues(self):
        return [item for item in self.items.values() if not item.is_pull]

    def pulls(self):
        return [item for item in self.items.values() if item.is_pull]


class Clock:
    """The server's time: the machine's plus an offset, or standing still until it is advanced."""

    def __init__(self, frozen_at=None):
        self._frozen = frozen_at
        self._offset = 0.0

    def now(self):
        return (time.time() if self._frozen is None else self._frozen) + self._offset

    def advance(self, seconds):
        self._offset += seconds

    def freeze(self, moment=None):
        """Stops, now or at a moment."""
        self._frozen, self._offset = self.now() if moment is None else moment, 0.0


class World:
    """Everything behind the API."""

    def __init__(self, epoch):
        self.epoch = int(epoch)
        self.users = {}
        self.repos = {}
        self.teams = {}  # (org login, slug) -> {"repos": [Repo], "members": [User]}
        self.open_items = {}  # repository id -> open issues and pull requests; the control plane clears it
        self._by_email = {}
        self._next = dict(FIRST_IDS)

    def new_id(self, kind):
        self._next[kind] += 1
        return self._next[kind] - 1

    def add_user(self, user):
        self.users[user.id] = user
        for email in user.emails:
            self._by_email[email.lower()] = user
        return user

    def user_of_email(self, email, even_deleted=False):
        """Whom GitHub links a commit to: None for an address nobody registered and for a deleted account."""
        user = self._by_email.get(email.lower())
        return user if user and (even_deleted or not user.deleted) else None

    def user_of_login(self, login):
        wanted = login.lower()
        return next((user for user in self.users.values() if user.rest_login.lower() == wanted and not user.deleted), None)

    def repo_of_name(self, full_name):
        """(repo, redirected): a former name still finds it, a present name wins."""
        wanted = full_name.lower()
        for repo in self.repos.values():
            if repo.full_name.lower() == wanted:
                return repo, False
        for repo in self.repos.values():
            if wanted in (name.lower() for name in repo.former):
                return repo, True
        return None, False
