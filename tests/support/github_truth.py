"""The true answers: every fact of every person in every repository, with its moment, so that any window can be counted.

    truth = Truth(world, now)
    truth.count("octo/shop", "commit", user=1004, days=30)
    truth.developers("octo/shop")   # {user id: {"login": ..., "commit": {"all": 81, "7d": 0, "30d": 4, "90d": 11}, ...}}
    truth.as_json()

What counts (the defaults of the ledger): a commit reachable from the default branch with at most one parent, for its author, never
for co-authors, at its author date; a pull request for its author; an issue that is closed now as completed, for whoever closed it last;
a submitted review of somebody else's pull request. Bots never count. Alternatives have kinds of their own; see KINDS.
"""

from collections import defaultdict
from typing import NamedTuple

from github_model import iso

DAY = 86400
WINDOWS = (7, 30, 90)
KINDS = {
    "commit": "commits on the default branch, merges out",
    "co_authored": "commits whose trailers name this person (not credited by default)",
    "merge_commit": "commits with several parents (not credited by default)",
    "pr_opened": "pull requests opened", "pr_merged": "own pull requests merged", "pr_merged_by": "pull requests this person merged",
    "issue_opened": "issues opened",
    "issue_resolved": "issues closed as completed by this person, and still closed",
    "issue_resolved_assignee": "the same, credited to every assignee",
    "issue_resolved_closing_pr_author": "the same, credited to the author of the pull request that closed it, to nobody without one",
    "issue_resolved_author_or_closer": "the same, credited to the author of the closing pull request or commit, else to who closed it",
    "issue_closing": "every closing as completed that ever was, reopened ones included",
    "review": "reviews submitted on others' pull requests", "self_review": "reviews submitted on own pull requests",
}


class Fact(NamedTuple):
    repo_id: int
    kind: str
    key: str
    user: object  # User
    at: int


def _commit_facts(world, repo):
    """(facts, {email: [moments]} of commits that GitHub links to nobody)."""
    facts, strays = [], defaultdict(list)
    for sha in repo.git.log(repo.head) if repo.head else ():
        commit = repo.git.commits[sha]
        user = world.user_of_email(commit.email, even_deleted=True)
        kind = "commit" if len(commit.parents) <= 1 else "merge_commit"
        if user is None:
            strays[commit.email].append(commit.authored)
            continue
        facts.append(Fact(repo.id, kind, sha, user, commit.authored))
        for _, email in commit.co_authors:
            other = world.user_of_email(email, even_deleted=True)
            if other and kind == "commit":
                facts.append(Fact(repo.id, "co_authored", sha, other, commit.authored))
    return facts, dict(strays)


def _pull_facts(repo):
    for pull in repo.pulls():
        key = str(pull.number)
        yield Fact(repo.id, "pr_opened", key, pull.user, pull.created)
        if pull.merged is not None:
            yield Fact(repo.id, "pr_merged", key, pull.user, pull.merged)
            yield Fact(repo.id, "pr_merged_by", key, pull.merged_by, pull.merged)
        for review in pull.reviews:
            if review.state != "PENDING":
                kind = "self_review" if review.user is pull.user else "review"
                yield Fact(repo.id, kind, str(review.id), review.user, review.submitted)


def _issue_facts(world, repo):
    for issue in repo.issues():
        key = str(issue.number)
        yield Fact(repo.id, "issue_opened", key, issue.user, issue.created)
        for closing in (entry for entry in issue.events if entry.kind == "closed" and entry.reason in (None, "completed")):
            yield Fact(repo.id, "issue_closing", f"{key}@{closing.at}", closing.actor, closing.at)
        if issue.state != "closed" or issue.reason not in (None, "completed"):
            continue
        last = [entry for entry in issue.events if entry.kind == "closed"][-1]
        yield Fact(repo.id, "issue_resolved", key, last.actor, last.at)
        for user in issue.assignees:
            yield Fact(repo.id, "issue_resolved_assignee", key, user, last.at)
        author = last.actor
        if getattr(last.closer, "is_pull", False):
            author = last.closer.user
            yield Fact(repo.id, "issue_resolved_closing_pr_author", key, author, last.at)
        elif last.closer is not None:
            author = world.user_of_email(last.closer.email, even_deleted=True) or last.actor
        yield Fact(repo.id, "issue_resolved_author_or_closer", key, author, last.at)


def first_review(pull):
    """The first submitted review by a person other than the author, or None."""
    moments = [review.submitted for review in pull.reviews
               if review.state != "PENDING" and review.user is not pull.user and review.user.type != "Bot"]
    return min(moments, default=None)


def ready_since(pull):
    """When a pull request began to wait for a review."""
    return max((entry.at for entry in pull.events if entry.kind == "ready_for_review"), default=pull.created)


class Truth:
    """A picture of the world at `now`; later changes of the world do not alter it."""

    def __init__(self, world, now):
        self.now = now
        self.facts, self.strays, self.repos, self._names, self._former = [], {}, {}, {}, {}
        for repo in world.repos.values():
            commits, strays = _commit_facts(world, repo)
            self.facts += commits
            self.facts += _pull_facts(repo)
            self.facts += _issue_facts(world, repo)
            self.strays[repo.id] = strays
            self.repos[repo.id] = self._describe(repo)
            self._names[repo.full_name] = repo.id
            self._former.update({name: repo.id for name in repo.former})
        self.people = {user.id: {"login": user.login, "type": user.type, "deleted": user.deleted} for user in world.users.values()}
        self._cells = defaultdict(list)
        for fact in self.facts:
            self._cells[fact.repo_id, fact.user.id, fact.kind].append(fact.at)

    @staticmethod
    def _describe(repo):
        """Gauges and lists that belong to no person."""
        issues, pulls = repo.issues(), repo.pulls()
        published = [release.published for release in repo.releases if not release.draft and not release.prerelease]
        head = repo.git.commits[repo.head] if repo.head else None
        reviewed = {pull.number: first_review(pull) - ready_since(pull) for pull in pulls if first_review(pull) is not None}
        return {
            "id": repo.id, "full_name": repo.full_name, "default_branch": repo.default_branch, "private": repo.private,
            "archived": repo.archived, "fork": repo.fork, "stars": repo.stars, "forks": repo.forks, "subscribers": repo.subscribers,
            "size_kb": repo.size_kb, "pushed_at": repo.pushed, "has_issues": repo.has_issues,
            "head_sha": repo.head, "head_committed_at": head.committed if head else None,
            "commits": len(repo.git.log(repo.head)) if repo.head else 0,
            "issues": {"open": sum(i.state == "open" for i in issues), "closed": sum(i.state == "closed" for i in issues)},
            "pulls": {"open": sum(p.state == "open" for p in pulls), "merged": sum(p.merged is not None for p in pulls),
                      "closed": sum(p.state == "closed" and p.merged is None for p in pulls)},
            "latest_release_at": max(published, default=None),
            "downloads": {release.tag: sum(asset[3] for asset in release.assets) for release in repo.releases if not release.draft},
            "time_to_merge": {p.number: p.merged - p.created for p in pulls if p.merged is not None},
            "time_to_first_review": reviewed,
            "deployments": [{"id": d.id, "environment": d.environment, "sha": d.sha, "created": d.created,
                             "state": d.statuses[-1][1] if d.statuses else "pending",
                             "states": [[state, at] for _, state, at, _ in d.statuses]} for d in repo.deployments],
            "runs": [{"id": r.id, "attempt": attempt, "workflow": r.workflow, "event": r.event, "started": started, "updated": updated,
                      "status": status, "conclusion": conclusion}
                     for r in repo.runs for attempt, started, updated, status, conclusion
                     in [*r.history, (r.attempt, r.started, r.updated, r.status, r.conclusion)]],
            "open_alerts": {kind: sum(a.kind == kind and a.state == "open" for a in repo.alerts)
                            for kind in ("dependabot", "code_scanning", "secret_scanning")},
        }

    def repo_id(self, repo):
        """A repository by full name, former full name or id."""
        return repo if isinstance(repo, int) else self._names[repo] if repo in self._names else self._former[repo]

    def moments(self, repo, kind, user):
        """When a person did it, ascending."""
        return sorted(self._cells.get((self.repo_id(repo), user, kind), ()))

    def count(self, repo, kind, user, days=None):
        """How often, ever or within the last `days` days. Bots count nothing."""
        if self.people[user]["type"] == "Bot":
            return 0
        moments = self._cells.get((self.repo_id(repo), user, kind), ())
        return len(moments) if days is None else sum(at >= self.now - days * DAY for at in moments)

    def developers(self, repo):
        """Everybody who did anything countable in a repository; bots are left out, deleted accounts are marked."""
        identity = self.repo_id(repo)
        rows = {}
        for user in sorted({user for repo_id, user, _ in self._cells if repo_id == identity}):
            person = self.people[user]
            if person["type"] == "Bot":
                continue
            row = dict(person)
            for kind in KINDS:
                row[kind] = {"all": self.count(identity, kind, user)}
                row[kind].update({f"{days}d": self.count(identity, kind, user, days) for days in WINDOWS})
            rows[user] = row
        return rows

    def totals(self, repo):
        """Sums over people (bots out) and what GitHub's own totalCounts say."""
        identity, sums = self.repo_id(repo), defaultdict(int)
        for (repo_id, user, kind), moments in self._cells.items():
            if repo_id == identity and self.people[user]["type"] != "Bot":
                sums[kind] += len(moments)
        return dict(sums)

    def as_json(self, moments=False):
        """Plain data. With `moments`, every fact's time stamp too."""
        page = {"now": self.now, "now_iso": iso(self.now), "kinds": KINDS, "repos": {}}
        for name, identity in self._names.items():
            people = self.developers(identity)
            if moments:
                for user, row in people.items():
                    row["moments"] = {kind: self.moments(identity, kind, user) for kind in KINDS}
            page["repos"][name] = {**self.repos[identity], "totals": self.totals(identity), "developers": people,
                                   "unlinked_emails": {email: sorted(at) for email, at in self.strays[identity].items()}}
        return page
