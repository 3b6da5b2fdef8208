"""What may happen to the world while somebody watches: pushes, merges, force-pushes, renames, people at work, accounts that vanish.

Every method takes repositories by full name and people by login, returns plain data, and happens at the server's present time.
"""

import random as random_module

from github_activity import Chronicler, close_issue, event, reopen_issue
from github_data import add_repo, fill_repo
from github_git import Graph
from github_history import DAY, Historian, merge_pull, phrase
from github_model import Deployment, Issue, Pull, Release, Review, Run


class Changes:
    """Base of the control plane: everything that changes data. `self.hub` has the world and the clock."""

    def __init__(self, hub, seed):
        self.hub, self.world = hub, hub.world
        self.random = random_module.Random(f"changes:{seed}")

    # --- finding

    def _now(self):
        return int(self.hub.clock.now())

    def _repo(self, name):
        repo, _ = self.world.repo_of_name(name)
        assert repo is not None, f"no repository {name}"
        return repo

    def _user(self, login=None, but=None):
        if login:
            user = self.world.user_of_login(login)
            assert user is not None, f"nobody is called {login}"
            return user
        alive = [user for user, _ in self.world.cast.people if not user.deleted and user is not but]
        return self.random.choice(alive)

    def _historian(self, repo):
        alive = [(user, weight) for user, weight in self.world.cast.people if not user.deleted]
        return Historian(self.world, repo, self.random, alive, self.world.cast.bots)

    def _chronicler(self, repo):
        return Chronicler(self.world, repo, self._historian(repo), self._now())

    def _pushed(self, repo):
        repo.pushed = repo.updated = self._now()

    def _item(self, repo, number, pull=None):
        item = repo.items.get(number)
        assert item is not None and pull in (None, item.is_pull), f"{repo.full_name} has no such item {number}"
        return item

    # --- commits and branches

    def push(self, repo, count=1, author=None, email=None, co_author=None, branch=None):
        """New commits on a branch (the default one); returns their shas."""
        repo, shas = self._repo(repo), []
        historian, name = self._historian(repo), branch or repo.default_branch
        for _ in range(count):
            user = self._user(author) if author else historian.someone()
            text = phrase(self.random)
            if co_author:
                text += f"\n\nCo-authored-by: {self._user(co_author).name} <{self._user(co_author).emails[0]}>"
            parents = [repo.git.refs[name]] if name in repo.git.refs else []
            commit = historian.commit(parents, user, self._now(), self._now(), text, email=email)
            repo.git.refs[name] = commit.sha
            shas.append(commit.sha)
        self._pushed(repo)
        return shas

    def late_merge(self, repo, commits=3, days=200, author=None):
        """A branch that was cut and written `days` ago is merged now: its commits are older than everything anybody read lately."""
        repo = self._repo(repo)
        historian, user, then = self._historian(repo), self._user(author), self._now() - days * DAY
        line = repo.git.log(repo.head)
        parent = next((sha for sha in line if repo.git.commits[sha].committed <= then), line[-1])
        pull = self._new_pull(repo, user, f"old/{repo.last_number + 1}")
        for step in range(commits):
            made = historian.commit([parent], user, then + step * 60, then + step * 60, phrase(self.random))
            pull.commits.append(made.sha)
            parent = made.sha
        repo.git.refs[pull.head] = parent
        self.merge_pull(repo.full_name, pull.number, "merge")
        return {"number": pull.number, "shas": pull.commits, "merge_sha": pull.merge_sha}

    def force_push(self, repo, drop=3, push=1, forget=False):
        """The default branch loses its last `drop` first-parent steps and gains `push` others; returns what was lost from its history."""
        repo = self._repo(repo)
        old, sha = repo.head, repo.head
        for _ in range(drop):
            sha = repo.git.commits[sha].parents[0] if repo.git.commits[sha].parents else sha
        repo.git.refs[repo.default_branch] = sha
        if push:
            self.push(repo.full_name, push)
        lost = sorted(repo.git.reachable(old) - repo.git.reachable(repo.head))
        if forget:
            repo.git.collect_garbage()
        self._pushed(repo)
        return lost

    def forget_unreachable(self, repo):
        """Commits that no branch reaches are gone: comparing with them is a 404."""
        self._repo(repo).git.collect_garbage()

    def rename_branch(self, repo, name):
        repo = self._repo(repo)
        repo.git.refs[name] = repo.git.refs.pop(repo.default_branch)
        repo.default_branch, repo.updated = name, self._now()

    def empty_repo(self, repo):
        """All commits and branches are gone, as after deleting and creating it again under the same id."""
        repo = self._repo(repo)
        repo.git = Graph(f"emptied:{repo.id}:{self._now()}")

    # --- repositories and people

    def add_repo(self, owner, name, size="tiny", scale=0.15):
        from github_data import SIZES

        repo = add_repo(self.world, self._user(owner), name, self.random, "later")
        if scale:
            fill_repo(self.world, repo, self.random, self.world.cast, SIZES[size], scale)
        return {"id": repo.id, "full_name": repo.full_name}

    def rename_repo(self, repo, name):
        repo = self._repo(repo)
        repo.former.append(repo.full_name)
        repo.name, repo.updated = name, self._now()
        return repo.full_name

    def transfer_repo(self, repo, owner):
        repo = self._repo(repo)
        repo.former.append(repo.full_name)
        repo.owner, repo.updated = self._user(owner), self._now()
        return repo.full_name

    def delete_repo(self, repo):
        del self.world.repos[self._repo(repo).id]

    def set_repo(self, repo, **fields):
        """Any plain field: stars, forks, subscribers, private, archived, has_issues, blocked={"status": 451, "reason": "dmca"}, off={...}."""
        repo = self._repo(repo)
        for name, value in fields.items():
            assert hasattr(repo, name), name
            setattr(repo, name, value)

    def delete_user(self, login=None):
        """The account is gone: commits have no author, issues and pull requests were written by ghost."""
        user = self._user(login)
        user.deleted = True
        for repo in self.world.repos.values():
            for item in repo.items.values():
                item.assignees = [one for one in item.assignees if one is not user]
        return {"id": user.id, "login": user.login}

    def rename_user(self, login, new):
        user = self._user(login)
        user.former.append(user.login)
        user.login = new
        return user.id

    # --- issues

    def _number(self, repo):
        repo.last_number += 1
        return repo.last_number

    def open_issue(self, repo, author=None, assignees=(), labels=()):
        repo, now = self._repo(repo), self._now()
        issue = Issue(self._number(repo), self.world.new_id("issue"), self._user(author), phrase(self.random), now, now)
        issue.assignees, issue.labels = [self._user(login) for login in assignees], list(labels)
        repo.items[issue.number] = issue
        return issue.number

    def close_issue(self, repo, number, actor=None, reason="completed", pull=None, commit=None):
        """By hand, or through a pull request (its number) or a commit (its sha)."""
        repo = self._repo(repo)
        closer = self._item(repo, pull, True) if pull else repo.git.commits[commit] if commit else None
        close_issue(self.world, self._item(repo, number, False), self._now(), self._user(actor), reason, closer)

    def reopen_issue(self, repo, number, actor=None):
        reopen_issue(self.world, self._item(self._repo(repo), number, False), self._now(), self._user(actor))

    def touch_issue(self, repo, number):
        """A comment: only updated_at and the count of comments change."""
        item = self._item(self._repo(repo), number)
        item.comments, item.updated = item.comments + 1, max(item.updated, self._now())

    def delete_issue(self, repo, number):
        repo = self._repo(repo)
        self._item(repo, number, False)
        del repo.items[number]
        repo.gone[number] = "deleted"

    def transfer_issue(self, repo, number, to):
        """It gets a number there, keeps its dates, and its old address leads to the new one."""
        repo, target = self._repo(repo), self._repo(to)
        issue = self._item(repo, number, False)
        del repo.items[number]
        issue.number, issue.id, issue.updated = self._number(target), self.world.new_id("issue"), self._now()
        issue.events.append(event(self.world, "transferred", self._now(), self._user()))
        target.items[issue.number] = issue
        repo.gone[number] = (target, issue.number)
        return issue.number

    # --- pull requests

    def _new_pull(self, repo, user, head):
        now = self._now()
        pull = Pull(self._number(repo), self.world.new_id("issue"), user, phrase(self.random), now, now, pull_id=self.world.new_id("pull"),
                    head=head, base=repo.default_branch, base_sha=repo.head)
        repo.items[pull.number] = pull
        return pull

    def open_pull(self, repo, author=None, commits=2, draft=False):
        repo = self._repo(repo)
        user, historian = self._user(author), self._historian(repo)
        pull, parent = self._new_pull(repo, user, f"topic/{repo.last_number + 1}"), repo.head
        for _ in range(commits):
            parent = historian.commit([parent], user, self._now(), self._now(), phrase(self.random)).sha
            pull.commits.append(parent)
        repo.git.refs[pull.head], pull.draft = parent, draft
        return pull.number

    def merge_pull(self, repo, number, method="merge", actor=None):
        repo, now = self._repo(repo), self._now()
        pull = self._item(repo, number, True)
        assert pull.state == "open", f"#{number} is {pull.state}"
        who = self._user(actor)
        merge_pull(self._historian(repo), pull, now, who, method)
        pull.merged = pull.closed = pull.updated = now
        pull.merged_by = pull.closed_by = who
        pull.state, pull.method, pull.draft = "closed", method, False
        pull.events += [event(self.world, "merged", now, who), event(self.world, "closed", now, who)]
        self._pushed(repo)
        return pull.merge_sha

    def close_pull(self, repo, number, actor=None):
        pull = self._item(self._repo(repo), number, True)
        close_issue(self.world, pull, self._now(), self._user(actor))

    def reopen_pull(self, repo, number, actor=None):
        pull = self._item(self._repo(repo), number, True)
        assert pull.merged is None, f"#{number} is merged"
        reopen_issue(self.world, pull, self._now(), self._user(actor))

    def submit_review(self, repo, number, reviewer=None, state="APPROVED"):
        repo = self._repo(repo)
        pull = self._item(repo, number, True)
        user = self._user(reviewer, but=pull.user)
        tip = pull.commits[-1] if pull.commits else pull.base_sha
        pull.reviews.append(Review(self.world.new_id("review"), user, state, None if state == "PENDING" else self._now(), tip))
        pull.updated = max(pull.updated, self._now())
        return pull.reviews[-1].id

    # --- runs, deployments, releases

    def start_run(self, repo, workflow="build.yml", event_name="push"):
        repo, now = self._repo(repo), self._now()
        run = Run(self.world.new_id("run"), len(repo.runs) + 1, workflow, event_name, repo.default_branch, repo.head, self._user(), now, now, now,
                  "in_progress", None)
        repo.runs.append(run)
        return run.id

    def _run(self, repo, run_id):
        return next(run for run in self._repo(repo).runs if run.id == run_id)

    def finish_run(self, repo, run_id, conclusion="success"):
        run, repo = self._run(repo, run_id), self._repo(repo)
        run.jobs = [job for job in run.jobs if job.attempt != run.attempt]
        self._chronicler(repo).play_run(run, run.started)
        run.conclusion, run.updated = conclusion, max(run.updated, self._now())

    def rerun(self, repo, run_id):
        """Another attempt of the same run: same id, same created_at, one attempt more."""
        run = self._run(repo, run_id)
        self._chronicler(self._repo(repo)).rerun(run, self._now())
        return run.attempt

    def deploy(self, repo, environment="production", state="success"):
        repo, now = self._repo(repo), self._now()
        made = Deployment(self.world.new_id("deployment"), repo.head, repo.default_branch, environment, self._user(), now)
        made.statuses = [(self.world.new_id("status"), step, now, made.creator) for step in dict.fromkeys(("in_progress", state))]
        repo.deployments.append(made)
        return made.id

    def deployment_status(self, repo, deployment, state):
        made = next(one for one in self._repo(repo).deployments if one.id == deployment)
        made.statuses.append((self.world.new_id("status"), state, self._now(), made.creator))

    def release(self, repo, tag, prerelease=False):
        repo, now = self._repo(repo), self._now()
        made = Release(self.world.new_id("release"), tag, tag, self._user(), now, now, prerelease=prerelease)
        made.assets = [[self.world.new_id("asset"), f"{tag}.deb", 1000, 0]]
        repo.releases.append(made)
        return made.id

    def download(self, repo, count=1):
        """Somebody downloads the first asset of the latest release."""
        next(one for one in reversed(self._repo(repo).releases) if one.assets and not one.draft).assets[0][3] += count
