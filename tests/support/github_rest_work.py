"""The REST API of people's work: issues, pull requests, reviews, their events, alerts, search."""

import base64
import re

import github_shapes as shapes
from github_call import Answer, link_header, page_of, page_size, problem, refuse
from github_model import from_iso
from github_rest import route, visible
from github_rest_repo import HERE, cursor_page, moment, path_of

DEPTH = "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)"


def _no_issues(repo):
    if not repo.has_issues:
        refuse(410, "Issues are disabled for this repo", "/issues/issues#list-repository-issues")


def issue_cursor(value, number):
    return base64.b64encode(f"cursor:{value}:{number}".encode()).decode()


def read_issue_cursor(text):
    """(sort value, number) of a cursor; 422 for any other text."""
    try:
        _, value, number = base64.b64decode(text, validate=True).decode().split(":")
        return int(value), int(number)
    except ValueError:
        return refuse(422, "Invalid cursor")


def selected_issues(hub, call, repo):
    """(rows in order, sort key): issues and pull requests mixed, as the feed has them; `since` includes its second."""
    since, state = moment(call, "since"), call.get("state") or "open"
    rows = [item for item in repo.items.values() if state in ("all", item.state) and (since is None or item.updated >= since)]
    if call.get("creator"):
        rows = [item for item in rows if item.user.rest_login == call.get("creator")]
    if call.get("assignee") not in (None, "", "*"):
        rows = [item for item in rows if any(user.login == call.get("assignee") for user in item.assignees)]
    for label in filter(None, (call.get("labels") or "").split(",")):
        rows = [item for item in rows if label in item.labels]
    sort = call.get("sort") or "created"
    if sort not in ("created", "updated", "comments"):
        refuse(422, "Validation Failed", errors=[{"resource": "Issue", "field": "sort", "code": "invalid"}])

    def key(item):
        return getattr(item, sort), item.number

    rows.sort(key=key, reverse=(call.get("direction") or "desc") != "asc")
    return rows, key


@route(HERE + "/issues", permission="issues")
def issues(hub, call, repo):
    """By page up to a depth, beyond it by after and before only; then links carry both, and there is no last."""
    _no_issues(repo)
    rows, key = selected_issues(hub, call, repo)
    depth, size = hub.options.issues_depth, page_size(call)
    path, shape = path_of(call, "/issues"), lambda item: shapes.issue(hub.world, repo, item, call.base, call.version, hub.options.closed_by_in_lists)
    after, before = call.get("after"), call.get("before")
    if depth is None or (len(rows) <= depth and not after and not before):
        return page_of(call, rows, path, shape, known_end=not hub.options.omit_last)
    page = max(call.number("page", 1), 1)
    if not after and not before and (page - 1) * size >= depth:
        return problem(422, DEPTH, "/issues/issues#list-repository-issues")
    downwards = (call.get("direction") or "desc") != "asc"
    if after or before:
        mark = read_issue_cursor(after or before)
        past = [(key(item) < mark) == downwards and key(item) != mark for item in rows]
        begin = next((n for n, beyond in enumerate(past) if beyond), len(rows))
        if before:
            begin = max(next((n for n, item in enumerate(rows) if key(item) == mark or past[n]), len(rows)) - size, 0)
    else:
        begin = (page - 1) * size
    part, steps = rows[begin:begin + size], []
    if begin > 0 and part:
        steps.append(("prev", {"before": issue_cursor(*key(part[0])), "after": None, "page": max(page - 1, 1)}))
    if begin + size < len(rows):
        steps.append(("next", {"after": issue_cursor(*key(part[-1])), "before": None, "page": page + 1}))
    return Answer(200, [shape(item) for item in part], [link_header(call, path, steps)] if steps else [])


def _item(hub, call, repo, number, rest=""):
    """An issue or pull request; deleted ones are gone, transferred ones have moved."""
    found = repo.items.get(int(number)) if number.isdigit() else None
    fate = repo.gone.get(int(number)) if number.isdigit() else None
    if found is not None:
        return found
    if fate == "deleted":
        refuse(410, "This issue was deleted", "/issues/issues#get-an-issue")
    if fate:
        location = f"{call.base}/repositories/{fate[0].id}/issues/{fate[1]}{rest}"
        refuse(301, "Moved Permanently", headers=[("Location", location)], url=location)
    return refuse(404, "Not Found", "/issues/issues#get-an-issue")


@route(HERE + "/issues/events", permission="issues")
def issue_events(hub, call, repo):
    """All events of all issues, newest first, and no more than 300 pages of 100."""
    rows = sorted(((entry, item) for item in repo.items.values() for entry in item.events), key=lambda row: (-row[0].at, -row[0].id))
    return page_of(call, rows[:30_000], path_of(call, "/issues/events"),
                   lambda row: shapes.event(hub.world, repo, row[1], row[0], call.base, call.version))


@route(HERE + "/issues/{number}", permission="issues")
def one_issue(hub, call, repo, number):
    item = _item(hub, call, repo, number)
    if not item.is_pull:
        _no_issues(repo)
    return Answer(200, shapes.issue(hub.world, repo, item, call.base, call.version, alone=True), modified=item.updated)


@route(HERE + "/issues/{number}/events", permission="issues")
def events_of_issue(hub, call, repo, number):
    item = _item(hub, call, repo, number, "/events")
    return page_of(call, item.events, path_of(call, f"/issues/{number}/events"),
                   lambda entry: shapes.event(hub.world, repo, item, entry, call.base, call.version, with_issue=False))


@route(HERE + "/issues/{number}/timeline", permission="issues")
def timeline(hub, call, repo, number):
    return events_of_issue(hub, call, repo, number)


@route(HERE + "/pulls", permission="pull_requests")
def pulls(hub, call, repo):
    """Knows no `since`: one that is given changes nothing."""
    state, sort = call.get("state") or "open", call.get("sort") or "created"
    rows = [item for item in repo.pulls() if state in ("all", item.state)]
    if call.get("base"):
        rows = [item for item in rows if item.base == call.get("base")]
    names = {"created": "created", "updated": "updated", "popularity": "comments", "long-running": "created"}
    if sort not in names:
        refuse(422, "Validation Failed", errors=[{"resource": "PullRequest", "field": "sort", "code": "invalid"}])
    default = "desc" if sort == "created" else "asc" if call.get("sort") is None else "desc"
    rows.sort(key=lambda item: (getattr(item, names[sort]), item.number), reverse=(call.get("direction") or default) != "asc")
    return page_of(call, rows, path_of(call, "/pulls"), lambda item: shapes.pull(hub.world, repo, item, call.base, call.version),
                   known_end=not hub.options.omit_last)


def _pull(repo, number):
    found = repo.items.get(int(number)) if number.isdigit() else None
    return found if found is not None and found.is_pull else refuse(404, "Not Found", "/pulls/pulls#get-a-pull-request")


@route(HERE + "/pulls/{number}", permission="pull_requests")
def one_pull(hub, call, repo, number):
    item = _pull(repo, number)
    return Answer(200, shapes.pull(hub.world, repo, item, call.base, call.version, alone=True), modified=item.updated)


@route(HERE + "/pulls/{number}/reviews", permission="pull_requests")
def reviews(hub, call, repo, number):
    """In the order of time. Another's pending review is nobody's business but here the token sees it, as its author's would."""
    item = _pull(repo, number)
    return page_of(call, item.reviews, path_of(call, f"/pulls/{number}/reviews"),
                   lambda review: shapes.review(hub.world, repo, item, review, call.base))


@route(HERE + "/pulls/{number}/commits", permission="pull_requests")
def pull_commits(hub, call, repo, number):
    """At most 250."""
    item = _pull(repo, number)
    return page_of(call, item.commits[:250], path_of(call, f"/pulls/{number}/commits"),
                   lambda sha: shapes.commit(hub.world, repo, repo.git.commits[sha], call.base))


REFUSALS = {
    ("dependabot", 403): "Dependabot alerts are disabled for this repository.",
    ("code_scanning", 403): "Code scanning is not enabled for this repository. Please enable code scanning in the repository settings.",
    ("code_scanning", 404): "no analysis found",
    ("secret_scanning", 404): "Secret scanning is disabled on this repository.",
}


def _alerts(hub, call, repos, kind, path):
    if kind == "dependabot" and any(call.get(name) is not None for name in ("page", "first", "last")):
        refuse(400, "Pagination using the `page` parameter is not supported.", "/dependabot/alerts")
    rows = [(repo, found) for repo in repos for found in repo.alerts if found.kind == kind]
    state, severity = call.get("state"), call.get("severity")
    rows = [row for row in rows if (not state or row[1].state in state.split(",")) and (not severity or row[1].severity in severity.split(","))]
    rows.sort(key=lambda row: (-row[1].created, -row[0].id, -row[1].number))

    def shape(row):
        more = {"repository": shapes.repo(hub.world, row[0], call.base, full=False)} if len(repos) != 1 or call.repo is None else {}
        return shapes.alert(row[0], row[1], call.base, call.get("hide_secret") != "true") | more

    if kind != "dependabot":
        return page_of(call, rows, path, shape)
    return cursor_page(call, rows, path, shape, lambda row: base64.b64encode(f"alert:{row[0].id}:{row[1].number}".encode()).decode())


def _repo_alerts(kind):
    def handler(hub, call, repo):
        if kind in repo.off:
            refuse(repo.off[kind], REFUSALS.get((kind, repo.off[kind]), "Not Found"))
        return _alerts(hub, call, [repo], kind, path_of(call, f"/{kind.replace('_', '-')}/alerts"))

    return handler


def _org_alerts(kind):
    def handler(hub, call, login):
        owner = hub.world.user_of_login(login)
        repos = [repo for repo in hub.world.repos.values() if repo.owner is owner and kind not in repo.off and visible(call, repo)]
        if owner is None or not repos:
            refuse(404, "Not Found")
        return _alerts(hub, call, repos, kind, f"/organizations/{owner.id}/{kind.replace('_', '-')}/alerts")

    return handler


for _kind, _permission in (("dependabot", "vulnerability_alerts"), ("code_scanning", "security_events"),
                           ("secret_scanning", "secret_scanning_alerts")):
    route(HERE + f"/{_kind.replace('_', '-')}/alerts", permission=_permission)(_repo_alerts(_kind))
    route(f"/orgs/{{login}}/{_kind.replace('_', '-')}/alerts", permission=_permission)(_org_alerts(_kind))


def _search_terms(text):
    return {key: value for key, value in re.findall(r'(\w+):"?([^\s"]+)"?', text)}


@route("/search/issues", resource="search")
def search_issues(hub, call):
    """repo:, is:, type:, author:, state: and created:>=; the first 1000 results are all there is."""
    terms, text = _search_terms(call.get("q") or ""), call.get("q") or ""
    if not text:
        refuse(422, "Validation Failed", errors=[{"resource": "Search", "field": "q", "code": "missing"}])
    repo, _ = hub.world.repo_of_name(terms.get("repo", ""))
    rows = [] if repo is None or not visible(call, repo) else list(repo.items.values())
    for word in re.findall(r"(?:is|type|state):(\w[\w-]*)", text):
        rows = [item for item in rows if {"pr": item.is_pull, "pull-request": item.is_pull, "issue": not item.is_pull, "open": item.state == "open",
                                          "closed": item.state == "closed", "merged": item.is_pull and item.merged is not None}.get(word, True)]
    if "author" in terms:
        rows = [item for item in rows if item.user.login == terms["author"]]
    created = re.search(r"created:>=?([\dTZ:-]+)", text)
    if created:
        rows = [item for item in rows if item.created >= from_iso(created[1])]
    rows.sort(key=lambda item: (-item.created, -item.number))
    if max(call.number("page", 1), 1) * page_size(call) > 1000:
        refuse(422, "Only the first 1000 search results are available", "/search/search")
    return page_of(call, rows[:1000], "/search/issues", lambda item: shapes.issue(hub.world, repo, item, call.base, call.version) | {"score": 1.0},
                   lambda part: {"total_count": len(rows), "incomplete_results": False, "items": part})


@route("/search/repositories", resource="search")
def search_repositories(hub, call):
    owner = _search_terms(call.get("q") or "")
    login = owner.get("user") or owner.get("org")
    rows = [repo for repo in hub.world.repos.values() if repo.owner.login == login and visible(call, repo)]
    if max(call.number("page", 1), 1) * page_size(call) > 1000:
        refuse(422, "Only the first 1000 search results are available", "/search/search")
    return page_of(call, rows[:1000], "/search/repositories", lambda repo: shapes.repo(hub.world, repo, call.base, full=False) | {"score": 1.0},
                   lambda part: {"total_count": len(rows), "incomplete_results": False, "items": part})
