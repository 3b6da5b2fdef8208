"""What every GraphQL field means: FIELDS[type][field] is a function (View, arguments) -> value, Connection or View.

A View is a model object under its GraphQL type, with the repository it belongs to. A deleted account is nobody (null).
"""

import base64
from dataclasses import dataclass
from typing import NamedTuple

from github_model import from_iso, iso, node_id
from github_query import QueryError

INT_MAX = 2**31 - 1


class View(NamedTuple):
    type: str
    hub: object
    repo: object
    it: object


@dataclass
class Connection:
    """Rows with cursors. `key` orders them; `downwards` when greater keys come first. `name` replaces key-made cursors."""

    rows: list
    view: object  # row -> View
    key: object = None  # row -> (value, tie-breaker)
    downwards: bool = False
    name: object = None  # position -> cursor text
    find: object = None  # cursor text -> position after it, or None
    whole: int = None  # what filteredCount does not say

    def cursor(self, place):
        if self.name:
            return self.name(place)
        value, tie = self.key(self.rows[place]) if self.key else (place, place)
        return base64.b64encode(f"cursor:v2:{value}:{tie}".encode()).decode()

    def place(self, cursor, after):
        """Where rows after (or before) a cursor begin (or end). A row that has moved away leaves its place behind."""
        if self.find:
            found = self.find(cursor)
            return None if found is None else found if after else max(found - 1, 0)
        try:
            _, _, value, tie = base64.b64decode(cursor, validate=True).decode().split(":")
            mark = int(value), int(tie)
        except ValueError:
            return None
        keys = [self.key(row) for row in self.rows] if self.key else [(n, n) for n in range(len(self.rows))]
        reached = sum((key >= mark) if self.downwards else (key <= mark) for key in keys)
        return reached if after else reached - (mark in keys)


def actor(view, user):
    return None if user is None or user.deleted else View(user.type, view.hub, None, user)


def person(view, user):
    """Where the schema says User: a bot cannot be one."""
    return actor(view, user) if user is not None and user.type == "User" else None


def small(number):
    """databaseId is a 32-bit Int: a larger id has none."""
    return number if number <= INT_MAX else None


def enum(text):
    return None if text is None else text.upper()


def connection(view, rows, kind, **more):
    return Connection(list(rows), lambda row: View(kind, view.hub, view.repo, row), **more)


def ordered(view, rows, arguments, kind):
    """Issues or pull requests by orderBy; by default in the order of creation."""
    wish = arguments.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    name = {"CREATED_AT": "created", "UPDATED_AT": "updated", "COMMENTS": "comments"}[wish["field"]]
    downwards = wish["direction"] == "DESC"
    rows = sorted(rows, key=lambda item: (getattr(item, name), item.number), reverse=downwards)
    return connection(view, rows, kind, key=lambda item: (getattr(item, name), item.number), downwards=downwards)


def issues(view, arguments):
    wish = arguments.get("filterBy") or {}
    states = arguments.get("states") or wish.get("states") or ("OPEN", "CLOSED")
    labels = set(arguments.get("labels") or wish.get("labels") or ())
    since = from_iso(wish["since"]) if wish.get("since") else 0
    author, assignee = wish.get("createdBy"), wish.get("assignee")
    rows = [item for item in view.repo.issues() if item.state.upper() in states and item.updated >= since
            and (not labels or labels & set(item.labels)) and author in (None, item.user.login)
            and (not assignee or assignee in [user.login for user in item.assignees])]
    return ordered(view, rows if view.repo.has_issues else [], arguments, "Issue")


def pull_state(item):
    return "MERGED" if item.merged is not None else item.state.upper()


def pulls(view, arguments):
    states, labels = arguments.get("states") or ("OPEN", "CLOSED", "MERGED"), set(arguments.get("labels") or ())
    rows = [item for item in view.repo.pulls() if pull_state(item) in states and (not labels or labels & set(item.labels))
            and arguments.get("baseRefName") in (None, item.base) and arguments.get("headRefName") in (None, item.head)]
    return ordered(view, rows, arguments, "PullRequest")


def item_of(view, number, kinds):
    """repository.issue, .pullRequest and .issueOrPullRequest."""
    item = view.repo.items.get(number)
    name = {("Issue",): "an Issue", ("PullRequest",): "a PullRequest"}.get(kinds, "an issue or pull request")
    broken = view.hub.broken_items.get((view.repo.id, number))
    if broken:
        raise QueryError("Something went wrong while executing your query.", type=broken)
    if item is None or ("PullRequest" if item.is_pull else "Issue") not in kinds:
        raise QueryError(f"Could not resolve to {name} with the number of {number}.", type="NOT_FOUND")
    return View("PullRequest" if item.is_pull else "Issue", view.hub, view.repo, item)


def history(view, arguments):
    """As git log; a cursor names the commit the walk began at, so a push in its middle moves nothing."""
    git = view.repo.git

    def chosen(head):
        since, until, author = arguments.get("since"), arguments.get("until"), arguments.get("author") or {}
        low, high = from_iso(since) if since else None, from_iso(until) if until else None
        rows = git.log(head)
        if low is not None or high is not None or author:
            emails = set(author.get("emails") or ())
            user = next((u for u in view.hub.world.users.values() if u.node_id == author.get("id")), None)
            emails |= set(user.emails) if user else set()
            rows = [sha for sha in rows if (low is None or git.commits[sha].committed >= low) and (high is None or git.commits[sha].committed <= high)
                    and (not author or git.commits[sha].email in emails)]
        return rows

    mark = arguments.get("after") or arguments.get("before") or ""
    head = mark.partition(" ")[0] if mark.partition(" ")[0] in git.commits else view.it.sha

    def find(cursor):
        sha, _, place = cursor.partition(" ")
        return int(place) + 1 if sha in git.commits and place.isdigit() else None

    return Connection(chosen(head), lambda sha: View("Commit", view.hub, view.repo, git.commits[sha]), name=lambda n: f"{head} {n}", find=find)


def commit_view(view, sha):
    found = view.repo.git.commits.get(sha) if sha else None
    return View("Commit", view.hub, view.repo, found) if found else None


def git_actor(view, name, email, date):
    return View("GitActor", view.hub, view.repo, (name, email, date))


def authors(view, _):
    it = view.it
    rows = [(it.name, it.email, it.authored)] + [(name, email, it.authored) for name, email in it.co_authors]
    return connection(view, rows, "GitActor")


EVENT_TYPES = {"closed": "ClosedEvent", "reopened": "ReopenedEvent", "merged": "MergedEvent", "ready_for_review": "ReadyForReviewEvent",
               "labeled": "LabeledEvent", "transferred": "TransferredEvent", "convert_to_draft": "ConvertToDraftEvent"}


def timeline(view, arguments):
    wanted = arguments.get("itemTypes")
    since = from_iso(arguments["since"]) if arguments.get("since") else 0
    rows = [entry for entry in view.it.events if entry.at >= since and (not wanted or f"{entry.kind.upper()}_EVENT" in wanted)]
    rows.sort(key=lambda entry: (entry.at, entry.id))
    return Connection(rows[arguments.get("skip") or 0:], lambda entry: View(EVENT_TYPES[entry.kind], view.hub, view.repo, (view.it, entry)),
                      whole=len(view.it.events))


def closer(view, _):
    found = view.it[1].closer
    if found is None:
        return None
    return View("PullRequest" if getattr(found, "is_pull", False) else "Commit", view.hub, view.repo, found)


def reviews(view, arguments):
    states, author = arguments.get("states"), arguments.get("author")
    rows = [one for one in view.it.reviews if (not states or one.state in states) and author in (None, one.user.login)]
    return connection(view, rows, "PullRequestReview")


def status_view(view, deployment, status):
    return View("DeploymentStatus", view.hub, view.repo, (deployment, status))


def deployments(view, arguments):
    wanted = arguments.get("environments")
    downwards = (arguments.get("orderBy") or {}).get("direction") == "DESC"
    rows = [one for one in view.repo.deployments if not wanted or one.environment in wanted]
    rows.sort(key=lambda one: (one.created, one.id), reverse=downwards)
    return connection(view, rows, "Deployment", key=lambda one: (one.created, one.id), downwards=downwards)


def deployment_state(view, _):
    last = view.it.statuses[-1][1] if view.it.statuses else "pending"
    return {"success": "ACTIVE"}.get(last, last.upper())


def releases(view, arguments):
    downwards = (arguments.get("orderBy") or {}).get("direction") == "DESC"
    rows = sorted((one for one in view.repo.releases if not one.draft), key=lambda one: (one.created, one.id), reverse=downwards)
    return connection(view, rows, "Release", key=lambda one: (one.created, one.id), downwards=downwards)


def latest_release(view, _):
    rows = [one for one in view.repo.releases if not one.draft and not one.prerelease]
    return View("Release", view.hub, view.repo, max(rows, key=lambda one: one.created)) if rows else None


def ref_view(view, name):
    return View("Ref", view.hub, view.repo, name) if name in view.repo.git.refs else None


def alerts(view, arguments):
    states = arguments.get("states")
    rows = [one for one in view.repo.alerts if one.kind == "dependabot" and (not states or one.state.upper() in states)]
    return connection(view, rows, "RepositoryVulnerabilityAlert")


def people(view, users, kind="User"):
    rows = [user for user in users if not user.deleted and (kind != "User" or user.type == "User")]
    return Connection(rows, lambda user: View(user.type, view.hub, None, user))


def counted(view, count):
    """A connection of which only the number is known."""
    return Connection([None] * count, lambda _: None)


def labels(view, _):
    return connection(view, view.it.labels, "Label")


def pulls_of_commit(view, _):
    rows = [item for item in view.repo.pulls() if view.it.sha in (item.merge_sha, *item.commits)]
    return connection(view, rows, "PullRequest")


def closing_pulls(view, _):
    rows = [item for item in view.repo.pulls() if view.it.number in item.closes]
    return connection(view, rows, "PullRequest")


def account_fields(extra=()):
    fields = {"id": lambda v, a: v.it.node_id, "databaseId": lambda v, a: small(v.it.id), "login": lambda v, a: v.it.login,
              "avatarUrl": lambda v, a: f"https://avatars.test/u/{v.it.id}", "url": lambda v, a: f"https://github.test/{v.it.login}",
              "resourcePath": lambda v, a: f"/{v.it.login}", "name": lambda v, a: v.it.name, "email": lambda v, a: "",
              "createdAt": lambda v, a: iso(1_300_000_000)}
    return fields | dict(extra)


def event_fields(**extra):
    return {"id": lambda v, a: node_id("EV", v.it[1].id), "actor": lambda v, a: actor(v, v.it[1].actor), "createdAt": lambda v, a: iso(v.it[1].at),
            "url": lambda v, a: f"https://github.test/{v.repo.full_name}/issues/{v.it[0].number}#event-{v.it[1].id}", **extra}


def reason_of(view, _):
    return enum(view.it.reason) if view.it.reason else ("COMPLETED" if view.it.state == "closed" else None)
