"""The REST API of a repository: itself, commits, comparison, branches, contributors, releases, runs, runners, deployments."""

from collections import Counter, defaultdict
from types import SimpleNamespace

import github_shapes as shapes
from github_call import Answer, link_header, page_of, page_size, refuse
from github_model import from_iso, iso
from github_rest import route

HERE = "/repos/{owner}/{repo}"
WEEK = 7 * 86400


def path_of(call, rest):
    """How links name a repository: by id, whatever the request said."""
    return f"/repositories/{call.repo.id}{rest}"


def moment(call, name):
    """A time from the query; 422 when it is none."""
    text = call.get(name)
    try:
        return from_iso(text) if text else None
    except ValueError:
        return refuse(422, f"Invalid {name} value", errors=[{"resource": "Search", "field": name, "code": "invalid"}])


def commit_shape(hub, call):
    return lambda sha: shapes.commit(hub.world, call.repo, call.repo.git.commits[sha], call.base)


@route(HERE)
def one_repo(hub, call, repo):
    return Answer(200, shapes.repo(hub.world, repo, call.base, version=call.version), modified=repo.updated)


@route(HERE + "/installation", permission=None)
def repo_installation(hub, call, repo):
    from github_rest import org_installation

    return org_installation(hub, call, repo.owner.login)


@route(HERE + "/commits", permission="contents")
def commits(hub, call, repo):
    """since and until look at the committer date; author is a login or an address."""
    if repo.head is None:
        refuse(409, "Git Repository is empty.", "/commits/commits#list-commits")
    start = repo.git.find(call.get("sha") or repo.default_branch)
    if start is None:
        refuse(404, "Not Found", "/commits/commits#list-commits")
    since, until, author = moment(call, "since"), moment(call, "until"), call.get("author")
    rows = repo.git.log(start.sha)
    if since is not None or until is not None or author:
        wanted = hub.world.user_of_login(author) if author else None

        def fits(sha):
            found = repo.git.commits[sha]
            by = not author or found.email == author or (wanted and hub.world.user_of_email(found.email) is wanted)
            return by and (since is None or found.committed >= since) and (until is None or found.committed <= until)

        rows = [sha for sha in rows if fits(sha)]
    return page_of(call, rows, path_of(call, "/commits"), commit_shape(hub, call), known_end=not hub.options.omit_last)


@route(HERE + "/commits/{sha}/pulls", permission="pull_requests")
def pulls_of_commit(hub, call, repo, sha):
    """The merged pull requests that brought a commit to the default branch."""
    rows = [item for item in repo.pulls() if sha in (item.merge_sha, *item.commits)]
    return page_of(call, rows, path_of(call, f"/commits/{sha}/pulls"), lambda item: shapes.pull(hub.world, repo, item, call.base, call.version))


@route(HERE + "/commits/{ref}", permission="contents")
def one_commit(hub, call, repo, ref):
    if repo.head is None:
        refuse(409, "Git Repository is empty.", "/commits/commits#get-a-commit")
    found = repo.git.find(ref)
    if found is None:
        refuse(422, f"No commit found for SHA: {ref}", "/commits/commits#get-a-commit")
    if "vnd.github.sha" in call.header("accept"):
        return Answer(200, None, [("Content-Type", "application/vnd.github.sha; charset=utf-8")], body=found.sha.encode())
    row = shapes.commit(hub.world, repo, found, call.base) | {"stats": {"total": 3, "additions": 2, "deletions": 1}, "files": []}
    return Answer(200, row, modified=found.committed)


@route(HERE + "/compare/{basehead}", permission="contents")
def compare(hub, call, repo, basehead):
    """base...head: commits only in head, oldest first; the newest 250 in one answer, all of them when asked for pages."""
    base, _, head = basehead.partition("...")
    first, second = repo.git.find(base), repo.git.find(head)
    if first is None or second is None or not head:
        refuse(404, "Not Found", "/commits/commits#compare-two-commits")
    status, ahead, behind, merge_base = repo.git.compare(first.sha, second.sha)
    if merge_base is None:
        refuse(404, f"No common ancestor between {base} and {head}.", "/commits/commits#compare-two-commits")
    shape, url = commit_shape(hub, call), f"{call.base}/repos/{repo.full_name}/compare/{basehead}"
    page = {"url": url, "html_url": url, "permalink_url": url, "diff_url": url + ".diff", "patch_url": url + ".patch",
            "base_commit": shape(first.sha), "merge_base_commit": shape(merge_base), "status": status, "ahead_by": len(ahead),
            "behind_by": behind, "total_commits": len(ahead)}
    path = path_of(call, f"/compare/{basehead}")
    if call.get("page") is None and call.get("per_page") is None:
        return Answer(200, page | {"commits": [shape(sha) for sha in ahead[-250:]], "files": []})
    files = {"files": []} if call.number("page", 1) <= 1 else {}
    return page_of(call, ahead, path, shape, lambda part: page | {"commits": part} | files)


def _branch(call, repo, name):
    return {"name": name, "commit": {"sha": repo.git.refs[name], "url": f"{call.base}/repos/{repo.full_name}/commits/{repo.git.refs[name]}"},
            "protected": name == repo.default_branch}


@route(HERE + "/branches", permission="contents")
def branches(hub, call, repo):
    return page_of(call, sorted(repo.git.refs), path_of(call, "/branches"), lambda name: _branch(call, repo, name))


@route(HERE + "/branches/{branch}", permission="contents")
def one_branch(hub, call, repo, branch):
    if branch not in repo.git.refs:
        refuse(404, "Branch not found", "/branches/branches#get-a-branch")
    row = _branch(call, repo, branch)
    return Answer(200, row | {"commit": shapes.commit(hub.world, repo, repo.git.commits[repo.git.refs[branch]], call.base)})


@route(HERE + "/git/ref/heads/{branch}", permission="contents")
def git_ref(hub, call, repo, branch):
    if branch not in repo.git.refs:
        refuse(409 if repo.head is None else 404, "Git Repository is empty." if repo.head is None else "Not Found", "/git/refs#get-a-reference")
    sha = repo.git.refs[branch]
    return Answer(200, {"ref": f"refs/heads/{branch}", "node_id": repo.node_id, "url": f"{call.base}/repos/{repo.full_name}/git/refs/heads/{branch}",
                        "object": {"sha": sha, "type": "commit", "url": f"{call.base}/repos/{repo.full_name}/git/commits/{sha}"}})


@route(HERE + "/contributors", permission="metadata")
def contributors(hub, call, repo):
    """Counts per account, most first; with anon=1 the unlinked addresses too. Nothing at all (204) for an empty repository."""
    if repo.head is None:
        return Answer(204, tagged=False)
    known, anonymous = Counter(), Counter()
    for sha in repo.git.log(repo.head):
        found = repo.git.commits[sha]
        user = hub.world.user_of_email(found.email)
        if shapes.ghost_free(user):
            known[user] += 1
        else:
            anonymous[found.email, found.name] += 1
    rows = [shapes.user(hub.world, user, call.base) | {"contributions": count} for user, count in known.most_common()]
    if call.get("anon") in ("1", "true"):
        rows += [{"email": email, "name": name, "type": "Anonymous", "contributions": count} for (email, name), count in anonymous.most_common()]
    return page_of(call, rows, path_of(call, "/contributors"), lambda row: row)


@route(HERE + "/stats/contributors", permission="metadata")
def stats(hub, call, repo):
    """Computed in the background: 202 with {} until it was asked for often enough since the last push; merges out, top 100."""
    if repo.head is None:
        return Answer(204, tagged=False)
    asked = hub.stats_asked[repo.id, repo.head] = hub.stats_asked[repo.id, repo.head] + 1
    if asked <= hub.options.stats_delay:
        return Answer(202, {}, tagged=False)
    weeks = defaultdict(Counter)
    for sha in repo.git.log(repo.head):
        found = repo.git.commits[sha]
        user = hub.world.user_of_email(found.email)
        if user is not None and len(found.parents) <= 1:
            weeks[user][found.authored // WEEK * WEEK] += 1
    lines = 0 if len(repo.git.log(repo.head)) >= 10_000 else 2  # of large repositories only commits are counted
    ranked = sorted(weeks.items(), key=lambda pair: sum(pair[1].values()))[-100:]
    return Answer(200, [{"total": sum(count.values()), "author": shapes.user(hub.world, user, call.base),
                         "weeks": [{"w": week, "a": lines * n, "d": lines * n // 2, "c": n} for week, n in sorted(count.items())]}
                        for user, count in ranked])


@route(HERE + "/releases", permission="contents")
def releases(hub, call, repo):
    """Newest first; drafts only for who may push, which nobody here may."""
    rows = [release for release in reversed(repo.releases) if not release.draft]
    return page_of(call, rows, path_of(call, "/releases"), lambda release: shapes.release(hub.world, repo, release, call.base))


@route(HERE + "/releases/latest", permission="contents")
def latest_release(hub, call, repo):
    rows = [release for release in repo.releases if not release.draft and not release.prerelease]
    if not rows:
        refuse(404, "Not Found", "/releases/releases#get-the-latest-release")
    newest = max(rows, key=lambda release: release.created)
    return Answer(200, shapes.release(hub.world, repo, newest, call.base), modified=newest.published)


def _created_filter(text):
    """(low, high) of a range such as 2026-01-01..2026-02-01, >=2026-01-01 or *..2026-02-01."""
    low, high = 0, 1 << 40
    if ".." in text:
        first, last = text.split("..", 1)
        low = from_iso(first) if first != "*" else low
        high = from_iso(last) + (86399 if "T" not in last else 0) if last != "*" else high
    else:
        sign = text[:2] if text[:2] in (">=", "<=") else text[:1] if text[:1] in "<>" else ""
        at = from_iso(text[len(sign):])
        whole = 86399 if "T" not in text else 0
        low = at if sign == ">=" else at + whole + 1 if sign == ">" else at if not sign else low
        high = at + whole if sign in ("<=", "") else at - 1 if sign == "<" else high
    return low, high


@route(HERE + "/actions/runs", permission="actions")
def runs(hub, call, repo):
    """Newest first. With any filter only the first 1000 can be read, though total_count tells them all."""
    rows, filtered = sorted(repo.runs, key=lambda run: (-run.created, -run.id)), False
    tests = {"status": lambda run, text: text in (run.status, run.conclusion), "branch": lambda run, text: run.branch == text,
             "event": lambda run, text: run.event == text, "head_sha": lambda run, text: run.sha == text,
             "actor": lambda run, text: run.actor.rest_login == text}
    for name, test in tests.items():
        if call.get(name):
            filtered, rows = True, [run for run in rows if test(run, call.get(name))]
    if call.get("created"):
        try:
            low, high = _created_filter(call.get("created"))
        except ValueError:
            refuse(422, "Invalid created value", "/actions/workflow-runs")
        filtered, rows = True, [run for run in rows if low <= run.created <= high]
    total = len(rows)
    return page_of(call, rows[:1000] if filtered else rows, path_of(call, "/actions/runs"),
                   lambda run: shapes.run(hub.world, repo, run, call.base), lambda part: {"total_count": total, "workflow_runs": part})


def _run(repo, run_id):
    found = next((run for run in repo.runs if str(run.id) == run_id), None)
    return found or refuse(404, "Not Found", "/actions/workflow-runs#get-a-workflow-run")


@route(HERE + "/actions/runs/{run_id}", permission="actions")
def one_run(hub, call, repo, run_id):
    return Answer(200, shapes.run(hub.world, repo, _run(repo, run_id), call.base))


@route(HERE + "/actions/runs/{run_id}/attempts/{attempt}", permission="actions")
def one_attempt(hub, call, repo, run_id, attempt):
    found = _run(repo, run_id)
    if attempt == str(found.attempt):
        return Answer(200, shapes.run(hub.world, repo, found, call.base))
    earlier = next((row for row in found.history if str(row[0]) == attempt), None)
    if earlier is None:
        refuse(404, "Not Found", "/actions/workflow-runs#get-a-workflow-run-attempt")
    return Answer(200, shapes.run(hub.world, repo, found, call.base, earlier))


def _jobs(call, repo, found, attempt, rest):
    rows = [job for job in found.jobs if attempt is None or job.attempt == attempt]
    return page_of(call, rows, path_of(call, rest), lambda job: shapes.job(repo, found, job, call.base),
                   lambda part: {"total_count": len(rows), "jobs": part})


@route(HERE + "/actions/runs/{run_id}/jobs", permission="actions")
def jobs(hub, call, repo, run_id):
    found = _run(repo, run_id)
    return _jobs(call, repo, found, None if call.get("filter") == "all" else found.attempt, f"/actions/runs/{run_id}/jobs")


@route(HERE + "/actions/runs/{run_id}/attempts/{attempt}/jobs", permission="actions")
def attempt_jobs(hub, call, repo, run_id, attempt):
    return _jobs(call, repo, _run(repo, run_id), int(attempt) if attempt.isdigit() else -1, f"/actions/runs/{run_id}/attempts/{attempt}/jobs")


def _runner_rows(call, runners, path):
    def row(one):
        identity, name, status, busy, labels = one
        return {"id": identity, "name": name, "os": "linux", "status": status, "busy": busy, "ephemeral": False, "runner_group_id": 1,
                "labels": [{"id": n, "name": label, "type": "read-only"} for n, label in enumerate(labels)]}

    return page_of(call, runners, path, row, lambda part: {"total_count": len(runners), "runners": part})


@route(HERE + "/actions/runners", permission="administration")
def runners(hub, call, repo):
    return _runner_rows(call, repo.runners, path_of(call, "/actions/runners"))


@route("/orgs/{login}/actions/runners", permission="organization_self_hosted_runners")
def org_runners(hub, call, login):
    rows = [one for repo in hub.world.repos.values() if repo.owner.login == login for one in repo.runners]
    return _runner_rows(call, rows, f"/orgs/{login}/actions/runners")


@route(HERE + "/deployments", permission="deployments")
def deployments(hub, call, repo):
    rows = [one for one in reversed(repo.deployments) if call.get("environment") in (None, "", one.environment)]
    return page_of(call, rows, path_of(call, "/deployments"), lambda one: shapes.deployment(hub.world, repo, one, call.base))


@route(HERE + "/deployments/{identity}/statuses", permission="deployments")
def statuses(hub, call, repo, identity):
    found = next((one for one in repo.deployments if str(one.id) == identity), None)
    if found is None:
        refuse(404, "Not Found", "/deployments/statuses")
    return page_of(call, found.statuses[::-1], path_of(call, f"/deployments/{identity}/statuses"),
                   lambda status: shapes.deployment_status(hub.world, repo, found, status, call.base))


@route(HERE + "/events", permission="metadata")
def repo_events(hub, call, repo):
    """A hint that something happened: at most 300 entries of the last 30 days."""
    since = call.now - 30 * 86400
    seen = [SimpleNamespace(item=item, at=item.updated) for item in repo.items.values() if item.updated >= since]
    seen = sorted(seen, key=lambda entry: (-entry.at, -entry.item.number))[:300]

    def shape(entry):
        kind = "PullRequestEvent" if entry.item.is_pull else "IssuesEvent"
        return {"id": str(entry.item.id), "type": kind, "actor": shapes.user(hub.world, entry.item.user, call.base), "public": not repo.private,
                "repo": {"id": repo.id, "name": repo.full_name, "url": f"{call.base}/repos/{repo.full_name}"},
                "payload": {"action": "edited", "number": entry.item.number}, "created_at": iso(entry.at)}

    answer = page_of(call, seen, path_of(call, "/events"), shape)
    answer.headers.append(("X-Poll-Interval", "60"))
    return answer


def cursor_page(call, rows, path, shape, key):
    """A page by after/before instead of page; `key` names a row in a cursor. Only prev and next are linked."""
    names = [key(row) for row in rows]
    size, after, before = page_size(call), call.get("after"), call.get("before")
    begin = next((n + 1 for n, name in enumerate(names) if name == after), None) if after else 0
    if before:
        end = next((n for n, name in enumerate(names) if name == before), None)
        begin = None if end is None else max(end - size, 0)
    if begin is None:
        refuse(400, "The cursor is not valid.")
    part = rows[begin:begin + size]
    steps = []
    if begin + size < len(rows):
        steps.append(("next", {"after": key(part[-1]), "before": None}))
    if begin > 0 and part:
        steps.append(("prev", {"before": key(part[0]), "after": None}))
    return Answer(200, [shape(row) for row in part], [link_header(call, path, steps)] if steps else [])
