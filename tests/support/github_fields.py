"""The table of GraphQL fields by type. Each entry is a function (View, arguments) -> value; the longer ones are in github_resolvers.py."""

import github_resolvers as r
from github_model import iso, node_id
from github_resolvers import View, actor, commit_view, connection, counted, enum, event_fields, people, small


def _shared(prefix, identity):
    """id, databaseId and fullDatabaseId; a 64-bit id is written as text."""
    return {"id": lambda v, a: node_id(prefix, identity(v.it)), "databaseId": lambda v, a: small(identity(v.it)),
            "fullDatabaseId": lambda v, a: str(identity(v.it))}


REPOSITORY = {
    "id": lambda v, a: v.repo.node_id, "databaseId": lambda v, a: small(v.repo.id), "name": lambda v, a: v.repo.name,
    "nameWithOwner": lambda v, a: v.repo.full_name, "owner": lambda v, a: View(v.repo.owner.type, v.hub, None, v.repo.owner),
    "url": lambda v, a: f"https://github.test/{v.repo.full_name}", "description": lambda v, a: v.repo.description,
    "stargazerCount": lambda v, a: v.repo.stars, "forkCount": lambda v, a: v.repo.forks, "diskUsage": lambda v, a: v.repo.size_kb,
    "isArchived": lambda v, a: v.repo.archived, "isFork": lambda v, a: v.repo.fork, "isPrivate": lambda v, a: v.repo.private,
    "isEmpty": lambda v, a: v.repo.head is None, "isDisabled": lambda v, a: False, "isLocked": lambda v, a: False,
    "visibility": lambda v, a: "PRIVATE" if v.repo.private else "PUBLIC", "hasIssuesEnabled": lambda v, a: v.repo.has_issues,
    "createdAt": lambda v, a: iso(v.repo.created), "updatedAt": lambda v, a: iso(v.repo.updated), "pushedAt": lambda v, a: iso(v.repo.pushed),
    "primaryLanguage": lambda v, a: View("Language", v.hub, v.repo, v.repo.language) if v.repo.language else None,
    "licenseInfo": lambda v, a: View("License", v.hub, v.repo, v.repo.license) if v.repo.license else None,
    "latestRelease": r.latest_release, "watchers": lambda v, a: counted(v, v.repo.subscribers), "stargazers": lambda v, a: counted(v, v.repo.stars),
    "issues": r.issues, "pullRequests": r.pulls, "issue": lambda v, a: r.item_of(v, a["number"], ("Issue",)),
    "pullRequest": lambda v, a: r.item_of(v, a["number"], ("PullRequest",)),
    "issueOrPullRequest": lambda v, a: r.item_of(v, a["number"], ("Issue", "PullRequest")), "releases": r.releases, "deployments": r.deployments,
    "defaultBranchRef": lambda v, a: r.ref_view(v, v.repo.default_branch),
    "ref": lambda v, a: r.ref_view(v, a["qualifiedName"].removeprefix("refs/heads/")),
    "refs": lambda v, a: connection(v, sorted(v.repo.git.refs), "Ref"),
    "object": lambda v, a: commit_view(v, a.get("oid") or v.repo.git.refs.get(a.get("expression"), a.get("expression"))),
    "vulnerabilityAlerts": r.alerts,
}

COMMIT = {
    "id": lambda v, a: node_id("C", f"{v.repo.id}:{v.it.sha}"), "oid": lambda v, a: v.it.sha, "abbreviatedOid": lambda v, a: v.it.sha[:7],
    "repository": lambda v, a: View("Repository", v.hub, v.repo, v.repo), "message": lambda v, a: v.it.message,
    "messageHeadline": lambda v, a: v.it.message.split("\n")[0], "committedDate": lambda v, a: iso(v.it.committed),
    "authoredDate": lambda v, a: iso(v.it.authored), "pushedDate": lambda v, a: None,
    "author": lambda v, a: r.git_actor(v, v.it.name, v.it.email, v.it.authored),
    "committer": lambda v, a: r.git_actor(v, v.it.committer_name, v.it.committer_email, v.it.committed), "authors": r.authors,
    "parents": lambda v, a: connection(v, [v.repo.git.commits[sha] for sha in v.it.parents], "Commit"), "additions": lambda v, a: 2,
    "deletions": lambda v, a: 1, "changedFilesIfAvailable": lambda v, a: 1, "history": r.history,
    "associatedPullRequests": r.pulls_of_commit,
}

ISSUE = _shared("I", lambda it: it.id) | {
    "number": lambda v, a: v.it.number, "title": lambda v, a: v.it.title, "state": lambda v, a: v.it.state.upper(), "stateReason": r.reason_of,
    "createdAt": lambda v, a: iso(v.it.created), "updatedAt": lambda v, a: iso(v.it.updated), "closedAt": lambda v, a: iso(v.it.closed),
    "closed": lambda v, a: v.it.state == "closed", "author": lambda v, a: actor(v, v.it.user), "assignees": lambda v, a: people(v, v.it.assignees),
    "assignedActors": lambda v, a: people(v, v.it.assignees, "any"), "labels": r.labels,
    "repository": lambda v, a: View("Repository", v.hub, v.repo, v.repo), "timelineItems": r.timeline,
    "closedByPullRequestsReferences": r.closing_pulls,
    "url": lambda v, a: f"https://github.test/{v.repo.full_name}/issues/{v.it.number}",
}

PULL = ISSUE | _shared("PR", lambda it: it.pull_id) | {
    "state": lambda v, a: r.pull_state(v.it), "isDraft": lambda v, a: v.it.draft, "mergedAt": lambda v, a: iso(v.it.merged),
    "merged": lambda v, a: v.it.merged is not None, "mergedBy": lambda v, a: actor(v, v.it.merged_by),
    "mergeCommit": lambda v, a: commit_view(v, v.it.merge_sha), "headRefOid": lambda v, a: v.it.commits[-1] if v.it.commits else v.it.base_sha,
    "baseRefOid": lambda v, a: v.it.base_sha, "headRefName": lambda v, a: v.it.head, "baseRefName": lambda v, a: v.it.base,
    "additions": lambda v, a: 10, "deletions": lambda v, a: 2, "changedFiles": lambda v, a: 1, "reviews": r.reviews,
    "commits": lambda v, a: connection(v, v.it.commits, "PullRequestCommit"),
    "reviewDecision": lambda v, a: "APPROVED" if any(one.state == "APPROVED" for one in v.it.reviews) else None,
    "closingIssuesReferences": lambda v, a: connection(v, [v.repo.items[n] for n in v.it.closes if n in v.repo.items], "Issue"),
    "url": lambda v, a: f"https://github.test/{v.repo.full_name}/pull/{v.it.number}",
}

REVIEW = _shared("PRR", lambda it: it.id) | {
    "author": lambda v, a: actor(v, v.it.user), "state": lambda v, a: v.it.state, "submittedAt": lambda v, a: iso(v.it.submitted),
    "createdAt": lambda v, a: iso(v.it.submitted or v.hub.world.epoch), "publishedAt": lambda v, a: iso(v.it.submitted),
    "commit": lambda v, a: commit_view(v, v.it.commit), "body": lambda v, a: "",
}

DEPLOYMENT = _shared("DE", lambda it: it.id) | {
    "commitOid": lambda v, a: v.it.sha, "commit": lambda v, a: commit_view(v, v.it.sha), "environment": lambda v, a: v.it.environment,
    "latestEnvironment": lambda v, a: v.it.environment, "originalEnvironment": lambda v, a: v.it.environment,
    "createdAt": lambda v, a: iso(v.it.created), "updatedAt": lambda v, a: iso(v.it.statuses[-1][2] if v.it.statuses else v.it.created),
    "creator": lambda v, a: actor(v, v.it.creator), "state": r.deployment_state,
    "latestStatus": lambda v, a: r.status_view(v, v.it, v.it.statuses[-1]) if v.it.statuses else None,
    "statuses": lambda v, a: r.Connection(v.it.statuses[::-1], lambda status: r.status_view(v, v.it, status)),
    "ref": lambda v, a: r.ref_view(v, v.it.ref), "task": lambda v, a: "deploy", "payload": lambda v, a: "{}",
}

RELEASE = _shared("RE", lambda it: it.id) | {
    "tagName": lambda v, a: v.it.tag, "name": lambda v, a: v.it.name, "isDraft": lambda v, a: v.it.draft,
    "isPrerelease": lambda v, a: v.it.prerelease,
    "isLatest": lambda v, a: getattr(r.latest_release(v, a), "it", None) is v.it, "createdAt": lambda v, a: iso(v.it.created),
    "publishedAt": lambda v, a: iso(v.it.published), "author": lambda v, a: r.person(v, v.it.author),
    "releaseAssets": lambda v, a: connection(v, v.it.assets, "ReleaseAsset"),
}

FIELDS = {
    "Repository": REPOSITORY, "Commit": COMMIT, "Issue": ISSUE, "PullRequest": PULL, "PullRequestReview": REVIEW, "Deployment": DEPLOYMENT,
    "Release": RELEASE, "User": r.account_fields({"repositories": lambda v, a: counted(v, 0)}.items()), "Bot": r.account_fields(),
    "Mannequin": r.account_fields(),
    "Organization": r.account_fields({"repositories": lambda v, a: r.Connection(
        [repo for repo in v.hub.world.repos.values() if repo.owner is v.it], lambda repo: View("Repository", v.hub, repo, repo))}.items()),
    "Language": {"id": lambda v, a: node_id("LN", v.it), "name": lambda v, a: v.it, "color": lambda v, a: None},
    "License": {"id": lambda v, a: node_id("L", v.it), "key": lambda v, a: v.it, "name": lambda v, a: v.it, "spdxId": lambda v, a: v.it.title()},
    "Ref": {"id": lambda v, a: node_id("REF", f"{v.repo.id}:{v.it}"), "name": lambda v, a: v.it, "prefix": lambda v, a: "refs/heads/",
            "target": lambda v, a: commit_view(v, v.repo.git.refs.get(v.it)), "repository": lambda v, a: View("Repository", v.hub, v.repo, v.repo)},
    "GitActor": {"name": lambda v, a: v.it[0], "email": lambda v, a: v.it[1], "date": lambda v, a: iso(v.it[2]),
                 "user": lambda v, a: r.person(v, v.hub.world.user_of_email(v.it[1])), "avatarUrl": lambda v, a: "https://avatars.test/a"},
    "PullRequestCommit": {"id": lambda v, a: node_id("PRC", v.it), "commit": lambda v, a: commit_view(v, v.it), "url": lambda v, a: ""},
    "ClosedEvent": event_fields(closer=r.closer, stateReason=lambda v, a: enum(v.it[1].reason)),
    "ReopenedEvent": event_fields(stateReason=lambda v, a: "REOPENED"), "ReadyForReviewEvent": event_fields(), "LabeledEvent": event_fields(),
    "ConvertToDraftEvent": event_fields(), "TransferredEvent": event_fields(fromRepository=lambda v, a: None),
    "MergedEvent": event_fields(commit=lambda v, a: commit_view(v, v.it[0].merge_sha), mergeRefName=lambda v, a: v.it[0].base),
    "Label": {"id": lambda v, a: node_id("LA", v.it), "name": lambda v, a: v.it, "color": lambda v, a: "d73a4a"},
    "ReleaseAsset": {"id": lambda v, a: node_id("RA", v.it[0]), "name": lambda v, a: v.it[1], "size": lambda v, a: v.it[2],
                     "downloadCount": lambda v, a: v.it[3]},
    "DeploymentStatus": {"id": lambda v, a: node_id("DES", v.it[1][0]), "state": lambda v, a: v.it[1][1].upper(),
                         "createdAt": lambda v, a: iso(v.it[1][2]), "updatedAt": lambda v, a: iso(v.it[1][2]),
                         "environment": lambda v, a: v.it[0].environment, "creator": lambda v, a: actor(v, v.it[1][3])},
    "RepositoryVulnerabilityAlert": {
        "id": lambda v, a: node_id("RVA", v.it.number), "number": lambda v, a: v.it.number, "state": lambda v, a: v.it.state.upper(),
        "createdAt": lambda v, a: iso(v.it.created), "fixedAt": lambda v, a: iso(v.it.fixed),
        "securityVulnerability": lambda v, a: View("SecurityVulnerability", v.hub, v.repo, v.it)},
    "SecurityVulnerability": {"severity": lambda v, a: {"medium": "MODERATE"}.get(v.it.severity, v.it.severity.upper())},
}
