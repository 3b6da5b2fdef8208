"""Invents what happens around the code: issues and who closes them, reviews, workflow runs, deployments, releases, alerts."""

from dataclasses import replace

from github_history import DAY, phrase, spread
from github_model import Alert, Deployment, Event, Issue, Job, Release, Review, Run

LABELS = ("bug", "feature", "question", "incident", "good first issue")
WORKFLOWS = (("build.yml", "push"), ("test.yml", "pull_request"), ("deploy.yml", "push"), ("nightly.yml", "schedule"))
SEVERITIES = ("low", "medium", "high", "critical")


def event(world, kind, at, actor, **more):
    return Event(world.new_id("event"), kind, int(at), actor, **more)


def close_issue(world, issue, at, actor, reason="completed", closer=None):
    """Closes it now, by a person, or through a pull request or commit."""
    issue.state, issue.reason, issue.closed, issue.closed_by = "closed", reason, int(at), actor
    issue.events.append(event(world, "closed", at, actor, closer=closer, reason=reason))
    issue.updated = max(issue.updated, int(at))


def reopen_issue(world, issue, at, actor):
    issue.state, issue.reason, issue.closed, issue.closed_by = "open", "reopened", None, None
    issue.events.append(event(world, "reopened", at, actor))
    issue.updated = max(issue.updated, int(at))


class Chronicler:
    """Fills everything but commits and pull requests of one repository."""

    def __init__(self, world, repo, historian, end):
        self.world, self.repo, self.historian, self.end = world, repo, historian, end
        self.random = historian.random

    def write_issues(self, numbered, extra_authors):
        """Issues for (number, created) pairs: open, closed by hand, by pull request, by commit, by bot, reopened, never planned."""
        random = self.random
        merged = sorted((pull for pull in self.repo.pulls() if pull.merged is not None), key=lambda pull: pull.merged)
        main_line = [sha for sha in self.repo.git.log(self.repo.head) if len(self.repo.git.commits[sha].parents) == 1][:500]
        for number, created in numbered:
            author = random.choice(extra_authors) if extra_authors and random.random() < 0.06 else self.historian.someone()
            issue = Issue(number, self.world.new_id("issue"), author, phrase(random), created, created, comments=random.randrange(6))
            issue.labels = random.sample(LABELS, random.choice((0, 1, 1, 2)))
            issue.assignees = list(dict.fromkeys(self.historian.someone() for _ in range(random.choice((0, 0, 1, 1, 2)))))
            self.repo.items[number] = issue
            if random.random() < 0.72:
                self._close_somehow(issue, merged, main_line)
            issue.updated = max([issue.updated] + [entry.at for entry in issue.events])
            if random.random() < 0.1:
                issue.updated = min(issue.updated + random.randrange(60, 5 * DAY), self.end - 1)
        self._relabel_many()

    def _close_somehow(self, issue, merged, main_line):
        random, way = self.random, self.random.random()
        when = issue.created + int(random.lognormvariate(11.5, 1.6)) + 120
        if when >= self.end - 60:
            return
        later = [pull for pull in random.sample(merged, min(6, len(merged))) if pull.merged > issue.created]
        if way < 0.33 and later:
            pull = later[0]
            when = pull.merged
            pull.closes.append(issue.number)
            close_issue(self.world, issue, when, pull.merged_by, closer=pull)
        elif way < 0.40:
            fitting = [sha for sha in random.sample(main_line, min(6, len(main_line)))
                       if self.repo.git.commits[sha].committed > issue.created]
            if fitting:
                commit = self.repo.git.commits[fitting[0]]
                when = commit.committed
                actor = self.world.user_of_email(commit.email, even_deleted=True) or self.historian.someone()
                close_issue(self.world, issue, when, actor, closer=commit)
        elif way < 0.52:
            bot = random.random() < 0.4 and self.historian.bots
            actor = self.historian.bots[0] if bot else self.historian.someone()
            close_issue(self.world, issue, when, actor, random.choice(("not_planned", "not_planned", "not_planned", "duplicate")))
        elif way < 0.55 and self.historian.bots:
            close_issue(self.world, issue, when, self.historian.bots[-1])
        else:
            close_issue(self.world, issue, when, self.historian.someone())
        if issue.state == "closed" and random.random() < 0.09:
            again = when + random.randrange(600, 20 * DAY)
            if again < self.end - 2 * DAY:
                reopen_issue(self.world, issue, again, self.historian.someone())
                if random.random() < 0.6:
                    close_issue(self.world, issue, again + random.randrange(600, DAY), self.historian.someone())

    def _relabel_many(self):
        """A bulk edit: more than one page of issues share one updated_at, which a walk by time must survive."""
        moment = self.end - 25 * DAY - 7
        quiet = [issue for issue in self.repo.issues() if issue.updated < moment]
        for issue in quiet[-min(130, len(quiet) // 3):] if len(quiet) > 3 else []:
            issue.labels = list(dict.fromkeys([*issue.labels, "triaged"]))
            issue.updated = moment

    def write_reviews(self):
        """Reviews by others, by bots first, by the author, pending ones; one pull request has more than a page of 50."""
        random, world = self.random, self.world
        many = max(self.repo.pulls(), key=lambda pull: (pull.merged or 0) - pull.created, default=None)
        for pull in self.repo.pulls():
            finish = pull.closed or self.end - 120
            count = 70 if pull is many else random.choices((0, 1, 2, 3, 5), (28, 38, 20, 10, 4))[0]
            moments = sorted(random.randrange(pull.created + 30, max(finish, pull.created + 60)) for _ in range(count))
            for place, moment in enumerate(moments):
                user = self.historian.someone(but=pull.user)
                if place == 0 and self.historian.bots and random.random() < 0.15:
                    user = self.historian.bots[-1]
                elif random.random() < 0.08:
                    user = pull.user
                state = random.choices(("APPROVED", "COMMENTED", "CHANGES_REQUESTED", "DISMISSED"), (55, 28, 14, 3))[0]
                if user is pull.user:
                    state = "COMMENTED"
                if random.random() < 0.04:
                    state, moment = "PENDING", None
                tip = pull.commits[-1] if pull.commits else pull.base_sha
                pull.reviews.append(Review(world.new_id("review"), user, state, moment, tip))
                pull.updated = max(pull.updated, moment or 0)

    def write_runs(self, count, start):
        random, world = self.random, self.world
        shas = self.repo.git.log(self.repo.head)
        for number, when in enumerate(spread(random, count, start, self.end - 60), 1):
            workflow, kind = random.choice(WORKFLOWS)
            branch = self.repo.default_branch if kind != "pull_request" else f"topic/{number}"
            run = Run(world.new_id("run"), number, workflow, kind, branch, random.choice(shas[:400]), self.historian.someone(), when, when, when)
            self.play_run(run, when)
            if random.random() < 0.06:
                self.rerun(run, run.updated + random.randrange(60, 7200))
            self.repo.runs.append(run)
        for run in self.repo.runs[-3:]:
            run.status, run.conclusion = "in_progress", None

    def play_run(self, run, when):
        """One attempt: queued, started, finished, with its jobs."""
        random = self.random
        result = random.choices(("success", "failure", "cancelled", "skipped"), (80, 13, 5, 2))[0]
        run.started, run.updated, run.status, run.conclusion = int(when), int(when), "completed", result
        for name in ("lint", "unit", "package")[: random.randrange(1, 4)]:
            queue = 0 if result == "skipped" else random.randrange(1, 300)
            took = 0 if result == "skipped" else random.randrange(20, 1500)
            begun = int(when) + queue
            run.jobs.append(Job(self.world.new_id("job"), name, run.attempt, int(when), begun, begun + took, "completed", result))
            run.updated = max(run.updated, begun + took)

    def rerun(self, run, when):
        run.history.append((run.attempt, run.started, run.updated, run.status, run.conclusion))
        run.attempt += 1
        kept = [job for job in run.jobs if job.attempt == run.attempt - 1][:1] if run.conclusion == "failure" else []
        for job in kept:  # re-running what failed repeats the other jobs under new ids, with the times they had
            run.jobs.append(replace(job, id=self.world.new_id("job"), attempt=run.attempt, created=int(when)))
        self.play_run(run, when)

    def write_deployments(self, count, start):
        random, world = self.random, self.world
        line = [self.repo.git.commits[sha] for sha in reversed(self.repo.git.log(self.repo.head))]
        previous = {}
        for when in spread(random, count, start, self.end - 900):
            known = [commit for commit in line[-2000:] if commit.committed <= when]
            commit = known[-1] if known else line[0]
            environment = random.choices(("production", "staging"), (40, 60))[0]
            made = Deployment(world.new_id("deployment"), commit.sha, self.repo.default_branch, environment, self.historian.someone(), when)
            result = random.choices(("success", "failure", "error", None), (84, 10, 3, 3))[0]
            steps = [("queued", 5), ("in_progress", 20)] + ([(result, random.randrange(60, 800))] if result else [])
            for state, delay in steps:
                made.statuses.append((world.new_id("status"), state, when + delay, made.creator))
            if result == "success":
                if environment in previous:
                    old = previous[environment]
                    old.statuses.append((world.new_id("status"), "inactive", made.statuses[-1][2] + 1, made.creator))
                previous[environment] = made
            self.repo.deployments.append(made)

    def write_releases(self, count, start):
        random, world = self.random, self.world
        for number, when in enumerate(spread(random, count, start, self.end - 3600), 1):
            release = Release(world.new_id("release"), f"v1.{number}.0", f"Release 1.{number}", self.historian.someone(), when - 7200, when)
            release.prerelease = random.random() < 0.1
            release.assets = [[world.new_id("asset"), f"shop-1.{number}-{arch}.deb", 900_000 + number, random.randrange(5000)]
                              for arch in ("amd64", "arm64")]
            self.repo.releases.append(release)
        if self.repo.releases:
            self.repo.releases[-1].draft, self.repo.releases[-1].published = True, None

    def write_alerts(self, counts, start):
        """counts: kind -> how many; a fifth of them are still open."""
        for kind, count in counts.items():
            for number, when in enumerate(spread(self.random, count, start, self.end - 3600), 1):
                is_open = self.random.random() < 0.4
                closed = min(when + self.random.randrange(DAY, 60 * DAY), self.end - 60)
                state = "open" if is_open else {"secret_scanning": "resolved"}.get(kind, "fixed")
                self.repo.alerts.append(Alert(kind, number, state, self.random.choice(SEVERITIES), when, when if is_open else closed,
                                              None if is_open else closed, f"{kind}-subject-{number % 17}"))
