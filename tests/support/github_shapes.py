"""What the REST API's objects look like: one function per object, from the model to plain data. `at` is the request's base URL."""

from github_model import GHOST_ID, WEB_FLOW_ID, iso, node_id


def user(world, someone, at):
    """A "simple user"; a deleted account is written by ghost."""
    if someone is None:
        return None
    if someone.deleted:
        someone = world.users[GHOST_ID]
    url = f"{at}/users/{someone.rest_login}".replace("[", "%5B").replace("]", "%5D")
    page = f"https://github.test/{someone.login}" if someone.type != "Bot" else f"https://github.test/apps/{someone.login}"
    return {"login": someone.rest_login, "id": someone.id, "node_id": someone.node_id, "avatar_url": f"https://avatars.test/u/{someone.id}?v=4",
            "gravatar_id": "", "url": url, "html_url": page, "followers_url": url + "/followers", "repos_url": url + "/repos",
            "events_url": url + "/events{/privacy}", "type": someone.type, "user_view_type": "public", "site_admin": False}


def license_of(repo, at):
    if not repo.license:
        return None
    names = {"apache-2.0": "Apache License 2.0", "mit": "MIT License"}
    return {"key": repo.license, "name": names.get(repo.license, repo.license), "spdx_id": repo.license.title().replace("Mit", "MIT"),
            "url": f"{at}/licenses/{repo.license}", "node_id": node_id("L", repo.license)}


def repo(world, it, at, full=True, version=""):
    """A repository; rows of lists and searches (full=False) lack subscribers_count and what else only the single one has."""
    url = f"{at}/repos/{it.full_name}"
    if it.id not in world.open_items:
        world.open_items[it.id] = sum(item.state == "open" for item in it.items.values())  # pull requests too, as GitHub counts
    unfinished = world.open_items[it.id]
    page = {"id": it.id, "node_id": it.node_id, "name": it.name, "full_name": it.full_name, "private": it.private,
            "owner": user(world, it.owner, at), "html_url": f"https://github.test/{it.full_name}", "description": it.description,
            "fork": it.fork, "url": url, "commits_url": url + "/commits{/sha}", "issues_url": url + "/issues{/number}",
            "pulls_url": url + "/pulls{/number}", "created_at": iso(it.created), "updated_at": iso(it.updated), "pushed_at": iso(it.pushed),
            "clone_url": f"https://github.test/{it.full_name}.git", "homepage": None, "size": it.size_kb,
            "stargazers_count": it.stars, "watchers_count": it.stars, "language": it.language, "has_issues": it.has_issues,
            "has_projects": True, "has_downloads": True, "has_wiki": False, "has_pages": False, "has_discussions": False,
            "forks_count": it.forks, "mirror_url": None, "archived": it.archived, "disabled": False, "open_issues_count": unfinished,
            "license": license_of(it, at), "allow_forking": True, "is_template": False, "topics": it.topics,
            "visibility": "private" if it.private else "public", "forks": it.forks, "open_issues": unfinished, "watchers": it.stars,
            "default_branch": it.default_branch, "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True}}
    if version >= "2026-03-10":
        del page["has_downloads"]
    if full:
        page.update({"temp_clone_token": None, "network_count": it.forks, "subscribers_count": it.subscribers,
                     "organization": user(world, it.owner, at), "allow_squash_merge": True, "allow_merge_commit": True, "allow_rebase_merge": True})
    return page


def commit(world, it, found, at):
    """A commit; author and committer are null when nobody registered the address."""
    url = f"{at}/repos/{it.full_name}/commits/{found.sha}"
    author, committer = user(world, world.user_of_email(found.email), at), user(world, world.user_of_email(found.committer_email), at)
    if author is None and found.email.endswith("@old-employer.test"):
        author = {}  # nobody is sometimes null and sometimes this
    return {"sha": found.sha, "node_id": node_id("C", f"{it.id}:{found.sha}"),
            "commit": {"author": {"name": found.name, "email": found.email, "date": iso(found.authored)},
                       "committer": {"name": found.committer_name, "email": found.committer_email, "date": iso(found.committed)},
                       "message": found.message, "tree": {"sha": found.sha[::-1], "url": f"{at}/repos/{it.full_name}/git/trees/{found.sha[::-1]}"},
                       "url": url.replace("/commits/", "/git/commits/"), "comment_count": 0,
                       "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}},
            "url": url, "html_url": f"https://github.test/{it.full_name}/commit/{found.sha}", "comments_url": url + "/comments",
            "author": author, "committer": committer,
            "parents": [{"sha": sha, "url": f"{at}/repos/{it.full_name}/commits/{sha}",
                         "html_url": f"https://github.test/{it.full_name}/commit/{sha}"} for sha in found.parents]}


def labels(world, it, names, at):
    return [{"id": 1_000_000 + len(name), "node_id": node_id("LA", name), "url": f"{at}/repos/{it.full_name}/labels/{name.replace(' ', '%20')}",
             "name": name, "color": "d73a4a", "default": False, "description": None} for name in names]


def issue(world, it, item, at, version, alone=False):
    """An issue, or a pull request as the issues endpoints show it. `closed_by` is in the single one only."""
    url, page = f"{at}/repos/{it.full_name}/issues/{item.number}", f"https://github.test/{it.full_name}"
    first = user(world, item.assignees[0], at) if item.assignees else None
    row = {"url": url, "repository_url": f"{at}/repos/{it.full_name}", "labels_url": url + "/labels{/name}", "comments_url": url + "/comments",
           "events_url": url + "/events", "html_url": f"{page}/{'pull' if item.is_pull else 'issues'}/{item.number}", "id": item.id,
           "node_id": node_id("PR", item.pull_id) if item.is_pull else node_id("I", item.id), "number": item.number, "title": item.title,
           "user": user(world, item.user, at), "labels": labels(world, it, item.labels, at), "state": item.state, "locked": False,
           "assignee": first, "assignees": [user(world, one, at) for one in item.assignees], "milestone": None, "comments": item.comments,
           "created_at": iso(item.created), "updated_at": iso(item.updated), "closed_at": iso(item.closed), "author_association": "MEMBER",
           "active_lock_reason": None, "body": f"About {item.title}.", "reactions": {"url": url + "/reactions", "total_count": 0},
           "timeline_url": url + "/timeline", "performed_via_github_app": None, "state_reason": None if item.is_pull else item.reason}
    if item.is_pull:
        pull = f"{at}/repos/{it.full_name}/pulls/{item.number}"
        row["draft"] = item.draft
        row["pull_request"] = {"url": pull, "html_url": f"{page}/pull/{item.number}", "diff_url": f"{page}/pull/{item.number}.diff",
                               "patch_url": f"{page}/pull/{item.number}.patch", "merged_at": iso(item.merged)}
    if alone:
        row["closed_by"] = user(world, item.closed_by, at)
    if version >= "2026-03-10":
        del row["assignee"]
    return row


def pull(world, it, item, at, version, alone=False):
    """A pull request of /pulls; what only the single one has comes with `alone`."""
    url = f"{at}/repos/{it.full_name}/pulls/{item.number}"
    tip = item.commits[-1] if item.commits else item.base_sha
    small = repo(world, it, at, full=False)
    row = {"url": url, "id": item.pull_id, "node_id": node_id("PR", item.pull_id),
           "html_url": f"https://github.test/{it.full_name}/pull/{item.number}",
           "issue_url": f"{at}/repos/{it.full_name}/issues/{item.number}", "number": item.number, "state": item.state, "locked": False,
           "title": item.title, "user": user(world, item.user, at), "body": None, "created_at": iso(item.created),
           "updated_at": iso(item.updated), "closed_at": iso(item.closed), "merged_at": iso(item.merged), "merge_commit_sha": item.merge_sha,
           "assignee": None, "assignees": [], "requested_reviewers": [], "requested_teams": [], "labels": labels(world, it, item.labels, at),
           "milestone": None, "draft": item.draft, "commits_url": url + "/commits",
           "head": {"label": f"{it.owner.login}:{item.head}", "ref": item.head, "sha": tip, "user": user(world, item.user, at), "repo": small},
           "base": {"label": f"{it.owner.login}:{item.base}", "ref": item.base, "sha": item.base_sha, "user": user(world, it.owner, at),
                    "repo": small},
           "author_association": "MEMBER", "auto_merge": None, "active_lock_reason": None}
    if alone:
        row.update({"merged": item.merged is not None, "mergeable": None, "mergeable_state": "unknown", "merged_by": user(world, item.merged_by, at),
                    "comments": item.comments, "review_comments": 0, "commits": len(item.commits), "additions": 10, "deletions": 2,
                    "changed_files": 1})
    if version >= "2026-03-10":
        del row["assignee"], row["merge_commit_sha"]
    return row


def review(world, it, item, found, at):
    """A review; one by a deleted account has no user, a pending one has no submitted_at at all."""
    url = f"{at}/repos/{it.full_name}/pulls/{item.number}"
    row = {"id": found.id, "node_id": node_id("PRR", found.id), "user": None if found.user.deleted else user(world, found.user, at), "body": "",
           "state": found.state, "html_url": f"https://github.test/{it.full_name}/pull/{item.number}#pullrequestreview-{found.id}",
           "pull_request_url": url, "author_association": "MEMBER", "commit_id": found.commit}
    if found.submitted is not None:
        row["submitted_at"] = iso(found.submitted)
    return row


def event(world, it, item, found, at, version, with_issue=True):
    """An entry of issues/events."""
    closer = found.closer
    row = {"id": found.id, "node_id": node_id("EV", found.id), "url": f"{at}/repos/{it.full_name}/issues/events/{found.id}",
           "actor": user(world, found.actor, at), "event": found.kind, "commit_id": getattr(closer, "sha", None), "commit_url": None,
           "created_at": iso(found.at), "performed_via_github_app": None}
    if found.kind == "closed":
        row["state_reason"] = None if found.reason == "completed" else found.reason
    if with_issue:
        row["issue"] = issue(world, it, item, at, version)
    return row


def run(world, it, found, at, attempt=None):
    """A workflow run, or one of its earlier attempts."""
    url = f"{at}/repos/{it.full_name}/actions/runs/{found.id}"
    number, started, updated, status, conclusion = attempt or (found.attempt, found.started, found.updated, found.status, found.conclusion)
    head = it.git.commits.get(found.sha)
    return {"id": found.id, "name": found.workflow.removesuffix(".yml"), "node_id": node_id("WFR", found.id), "head_branch": found.branch,
            "head_sha": found.sha, "path": f".github/workflows/{found.workflow}" + (f"@{found.branch}" if found.workflow == "deploy.yml" else ""),
            "display_title": head.message.split("\n")[0] if head else "",
            "run_number": found.number, "event": found.event, "status": status, "conclusion": conclusion,
            "workflow_id": 5_000_000_000 + sum(map(ord, found.workflow)), "check_suite_id": found.id + 7, "url": url,
            "html_url": f"https://github.test/{it.full_name}/actions/runs/{found.id}", "pull_requests": [], "created_at": iso(found.created),
            "updated_at": iso(updated), "actor": user(world, found.actor, at), "run_attempt": number, "referenced_workflows": [],
            "run_started_at": iso(started), "triggering_actor": user(world, found.actor, at), "jobs_url": url + "/jobs",
            "previous_attempt_url": f"{url}/attempts/{number - 1}" if number > 1 else None,
            "repository": repo(world, it, at, full=False)}


def job(it, found, one, at):
    done = found.status == "completed" or one.attempt < found.attempt
    return {"id": one.id, "run_id": found.id, "workflow_name": found.workflow.removesuffix(".yml"), "head_branch": found.branch,
            "run_url": f"{at}/repos/{it.full_name}/actions/runs/{found.id}", "run_attempt": one.attempt, "node_id": node_id("CR", one.id),
            "head_sha": found.sha, "url": f"{at}/repos/{it.full_name}/actions/jobs/{one.id}", "status": one.status if done else "in_progress",
            "conclusion": one.conclusion if done else None, "created_at": iso(one.created), "started_at": iso(one.started),
            "completed_at": iso(one.completed) if done else None, "name": one.name, "steps": [], "labels": list(one.labels),
            "runner_id": 12, "runner_name": one.runner, "runner_group_id": 2, "runner_group_name": one.group}


def deployment(world, it, found, at):
    url = f"{at}/repos/{it.full_name}/deployments/{found.id}"
    last = found.statuses[-1][2] if found.statuses else found.created
    return {"url": url, "id": found.id, "node_id": node_id("DE", found.id), "task": "deploy", "original_environment": found.environment,
            "environment": found.environment, "description": None, "created_at": iso(found.created), "updated_at": iso(last),
            "statuses_url": url + "/statuses", "repository_url": f"{at}/repos/{it.full_name}", "creator": user(world, found.creator, at),
            "sha": found.sha, "ref": found.ref, "payload": {}, "transient_environment": False,
            "production_environment": found.environment == "production", "performed_via_github_app": None}


def deployment_status(world, it, found, status, at):
    identity, state, moment, creator = status
    url = f"{at}/repos/{it.full_name}/deployments/{found.id}"
    return {"url": f"{url}/statuses/{identity}", "id": identity, "node_id": node_id("DES", identity), "state": state,
            "creator": user(world, creator, at), "description": "", "environment": found.environment, "target_url": "", "log_url": "",
            "environment_url": "", "created_at": iso(moment), "updated_at": iso(moment), "deployment_url": url,
            "repository_url": f"{at}/repos/{it.full_name}"}


def release(world, it, found, at):
    url = f"{at}/repos/{it.full_name}/releases"
    assets = [{"url": f"{url}/assets/{identity}", "id": identity, "node_id": node_id("RA", identity), "name": name, "label": "",
               "uploader": user(world, found.author, at), "content_type": "application/x-debian-package", "state": "uploaded", "size": size,
               "download_count": count, "created_at": iso(found.created), "updated_at": iso(found.created),
               "browser_download_url": f"https://github.test/{it.full_name}/releases/download/{found.tag}/{name}"}
              for identity, name, size, count in found.assets]
    return {"url": f"{url}/{found.id}", "assets_url": f"{url}/{found.id}/assets", "id": found.id, "node_id": node_id("RE", found.id),
            "author": user(world, found.author, at), "tag_name": found.tag, "target_commitish": it.default_branch, "name": found.name,
            "draft": found.draft, "prerelease": found.prerelease, "created_at": iso(found.created), "published_at": iso(found.published),
            "assets": assets, "html_url": f"https://github.test/{it.full_name}/releases/tag/{found.tag}", "body": ""}


def alert(it, found, at, secrets=True):
    """Any of the three kinds; each has its severity in another place."""
    url = f"{at}/repos/{it.full_name}/{found.kind.replace('_', '-')}/alerts/{found.number}"
    row = {"number": found.number, "state": found.state, "created_at": iso(found.created), "updated_at": iso(found.updated), "url": url,
           "html_url": f"https://github.test/{it.full_name}/security/{found.kind}/{found.number}"}
    if found.kind == "dependabot":
        row.update({"dependency": {"package": {"ecosystem": "pip", "name": found.subject}, "manifest_path": "requirements.txt", "scope": "runtime"},
                    "security_advisory": {"ghsa_id": f"GHSA-0000-{found.number:04}", "cve_id": None, "summary": "", "severity": found.severity},
                    "security_vulnerability": {"package": {"ecosystem": "pip", "name": found.subject}, "severity": found.severity},
                    "dismissed_at": None, "fixed_at": iso(found.fixed), "auto_dismissed_at": None})
    elif found.kind == "code_scanning":
        row.update({"rule": {"id": found.subject, "severity": "error", "security_severity_level": found.severity, "name": found.subject},
                    "tool": {"name": "CodeQL", "version": "2.19"}, "fixed_at": iso(found.fixed), "dismissed_at": None, "dismissed_reason": None})
    else:
        if secrets:
            row["secret"] = f"not-so-secret-{found.number}"
        row.update({"secret_type": found.subject, "secret_type_display_name": found.subject, "resolution": None if found.fixed is None else "revoked",
                    "resolved_at": iso(found.fixed), "push_protection_bypassed": False, "validity": "unknown"})
    return row


def ghost_free(someone):
    """Whether an account still exists and is a person: whom /contributors lists."""
    return someone is not None and not someone.deleted and someone.id not in (GHOST_ID, WEB_FLOW_ID)
