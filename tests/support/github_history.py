"""Invents the commits and pull requests of one repository: direct pushes, merges, squashes, rebases, late merges of old branches.

Everything happens in the order of one timeline, so what a branch was cut from is what the default branch was at that moment.
"""

import bisect

from github_model import WEB_FLOW_ID, Commit, Event, Pull

DAY = 86400
VERBS = ("add", "fix", "drop", "speed up", "rename", "document", "test", "simplify", "guard", "cache")
NOUNS = ("the cart", "checkout", "login", "the search page", "retries", "the importer", "stock levels", "mail", "the price feed", "logs")


def phrase(random):
    return f"{random.choice(VERBS)} {random.choice(NOUNS)}"


class Historian:
    """Writes one repository's graph. `people` are (user, weight) pairs; bots open pull requests, never push directly."""

    def __init__(self, world, repo, random, people, bots):
        self.world, self.repo, self.random = world, repo, random
        self.people = [user for user, _ in people]
        self.weights = [weight for _, weight in people]
        self.bots = bots
        self._heads = []  # (time, sha) of the default branch, to cut old branches from
        self._topics = {}  # pull request number -> (base sha, [shas])

    def someone(self, but=None):
        """A person by weight, other than `but`."""
        while True:
            user = self.random.choices(self.people, self.weights)[0]
            if user is not but or len(self.people) < 2:
                return user

    def commit(self, parents, user, authored, committed, message, web=False, email=None):
        """A new commit; `web` means GitHub itself committed it (merge button)."""
        email = email or self._email_of(user)
        flow = self.world.users[WEB_FLOW_ID]
        commit = Commit(self.repo.git.new_sha(), parents, user.name, email, int(authored), int(committed), message,
                        flow.name if web else user.name, flow.emails[0] if web else email)
        return self.repo.git.add(commit)

    def _email_of(self, user):
        """Mostly the first address, sometimes another of theirs."""
        return user.emails[0] if len(user.emails) == 1 or self.random.random() < 0.7 else self.random.choice(user.emails[1:])

    def message(self, user):
        """One line, sometimes with a co-author who must not be credited."""
        text = phrase(self.random)
        if self.random.random() < 0.06:
            other = self.someone(but=user)
            text += f"\n\nCo-authored-by: {other.name} <{other.emails[0]}>"
        return text

    def write(self, pulls, commits, start, end, stray_emails=()):
        """Plays `pulls` (made by plan_pulls) and enough direct pushes that the default branch has at least `commits` commits."""
        fixed = sum({"merge": pull_size + 1, "squash": 1, "rebase": pull_size}[pull.method]
                    for pull, pull_size in pulls if pull.merged is not None)
        direct = max(commits - fixed, 1)
        events = [(when, 0, None) for when in spread(self.random, direct - 1, start + 60, end)] + [(start, 0, None)]
        for pull, size in pulls:
            events.append((pull.created, 1, (pull, size)))
            if pull.merged is not None:
                events.append((pull.merged, 2, (pull, size)))
        events.sort(key=lambda event: (event[0], event[1], event[2][0].number if event[2] else 0))
        for when, what, subject in events:
            if what == 0:
                self._push(when, stray_emails)
            elif what == 1:
                self._open(*subject)
            else:
                self._merge(subject[0])
        self.repo.pushed = max(self._heads[-1][0], self.repo.pushed)

    def _advance(self, when, sha):
        self.repo.git.refs[self.repo.default_branch] = sha
        self._heads.append((when, sha))

    def _push(self, when, stray_emails):
        user = self.someone()
        stray = self.random.choice(stray_emails) if stray_emails and self.random.random() < 0.02 else None
        authored = when - (self.random.randrange(0, 3 * DAY) if self.random.random() < 0.1 else 0)
        parents = [self.repo.head] if self.repo.head else []
        self._advance(when, self.commit(parents, user, authored, when, self.message(user), email=stray).sha)

    def _open(self, pull, size):
        """Cuts the branch. An old one was cut, written and dated long before anyone opened the pull request."""
        old = pull.head.startswith("old/")
        begun = pull.created - (self.random.randrange(60, 400) * DAY if old else self.random.randrange(600, 2 * DAY))
        place = max(bisect.bisect_right(self._heads, (begun, "~")) - 1, 0)
        base, begun = self._heads[place][1], max(begun, self._heads[place][0])
        finished = max(begun + 1, min(begun + DAY, pull.created) if old else pull.created)
        moments = sorted(self.random.randrange(begun, finished) for _ in range(size))
        parent, shas = base, []
        for moment in moments:
            commit = self.commit([parent], pull.user, moment, moment, self.message(pull.user))
            parent = commit.sha
            shas.append(parent)
        pull.commits, pull.base_sha = shas, self.repo.head
        self.repo.git.refs[pull.head] = parent

    def _merge(self, pull):
        merge_pull(self, pull, pull.merged, pull.merged_by, pull.method)
        self._heads.append((pull.merged, self.repo.head))


def merge_pull(historian, pull, when, who, method):
    """Lands a pull request's commits on the default branch the way its button does."""
    repo, git = historian.repo, historian.repo.git
    if method == "merge":
        text = f"Merge pull request #{pull.number} from {repo.owner.login}/{pull.head}\n\n{pull.title}"
        tip = historian.commit([repo.head, pull.commits[-1]], who, when, when, text, web=True)
    elif method == "squash":
        tip = historian.commit([repo.head], pull.user, when, when, f"{pull.title} (#{pull.number})", web=True)
    else:
        parent = repo.head
        for sha in pull.commits:
            old = git.commits[sha]
            tip = historian.commit([parent], pull.user, old.authored, when, old.message, web=True, email=old.email)
            parent = tip.sha
    repo.git.refs[repo.default_branch] = tip.sha
    git.refs.pop(pull.head, None)
    pull.merge_sha = tip.sha


def spread(random, count, start, end):
    """`count` whole seconds, sorted, denser towards the end, as the life of a project is."""
    width = end - start
    return sorted(int(start + width * random.random() ** 0.7) for _ in range(count))


def plan_pulls(historian, numbered, end):
    """[(Pull, commits on its branch)] for (number, created) pairs: who, when merged, how. Their commits do not exist yet."""
    random, world, repo = historian.random, historian.world, historian.repo
    plans = []
    for index, (number, created) in enumerate(numbered):
        bot = historian.bots and random.random() < 0.07
        user = random.choice(historian.bots) if bot else historian.someone()
        old = index % 157 == 20  # late merges of old branches, a few in every repository that has more than 20
        pull = Pull(number, world.new_id("issue"), user, phrase(random), created, created, pull_id=world.new_id("pull"),
                    head=f"{'old' if old else 'topic'}/{number}", base=repo.default_branch)
        pull.method = "merge" if old else random.choices(("merge", "squash", "rebase"), (40, 45, 15))[0]
        size = 1 if bot else random.choices((1, 2, 3, 5, 9), (50, 25, 15, 8, 2))[0]
        landed = created + int(random.lognormvariate(10.8, 1.4)) + 300
        fate = random.random()
        if old or (fate < 0.78 and landed < end):
            pull.merged = pull.closed = min(landed, end - 30)
            pull.merged_by = historian.someone(but=user if random.random() < 0.8 else None)
            pull.state, pull.closed_by = "closed", pull.merged_by
            pull.events.append(Event(world.new_id("event"), "merged", pull.merged, pull.merged_by))
            pull.events.append(Event(world.new_id("event"), "closed", pull.merged, pull.merged_by))
        elif fate < 0.9 and landed < end:
            pull.state, pull.closed = "closed", landed
            pull.closed_by = random.choice((user, historian.someone()))
            pull.events.append(Event(world.new_id("event"), "closed", landed, pull.closed_by))
        elif random.random() < 0.2:
            pull.draft = True
        if not pull.draft and random.random() < 0.1:
            ready = created + (max(pull.closed - created, 2) if pull.closed else 3600) // 3
            pull.events.append(Event(world.new_id("event"), "ready_for_review", ready, user))
        pull.updated = max([created] + [event.at for event in pull.events])
        plans.append((pull, size))
    return plans
