"""The commit graph of one repository: references, history in git's order, reachability, comparison."""

import hashlib
import heapq
from collections import OrderedDict

KEPT = 24


class Graph:
    """Commits by sha and branches by name. Nothing is ever forgotten except by collect_garbage()."""

    def __init__(self, salt):
        self.commits = {}
        self.refs = {}
        self._salt = salt
        self._count = 0
        self._logs = OrderedDict()
        self._sets = OrderedDict()

    def new_sha(self):
        self._count += 1
        return hashlib.sha1(f"{self._salt}:{self._count}".encode()).hexdigest()

    def add(self, commit):
        self.commits[commit.sha] = commit
        return commit

    def find(self, text):
        """A commit by branch, full sha, or abbreviated sha; None when there is none."""
        if text in self.refs:
            return self.commits[self.refs[text]]
        name = text.removeprefix("refs/").removeprefix("heads/")
        if name in self.refs:
            return self.commits[self.refs[name]]
        if text in self.commits:
            return self.commits[text]
        if 7 <= len(text) < 40:
            return next((commit for sha, commit in self.commits.items() if sha.startswith(text)), None)
        return None

    def log(self, head):
        """Shas reachable from head as `git log` lists them: newest committer date first among those whose child was listed."""
        if head in self._logs:
            self._logs.move_to_end(head)
            return self._logs[head]
        seen, order, serial = {head}, [], 0
        queue = [(-self.commits[head].committed, 0, head)]
        while queue:
            sha = heapq.heappop(queue)[2]
            order.append(sha)
            for parent in self.commits[sha].parents:
                if parent not in seen:
                    seen.add(parent)
                    serial += 1
                    heapq.heappush(queue, (-self.commits[parent].committed, serial, parent))
        return self._keep(self._logs, head, order)

    def reachable(self, head):
        if head in self._sets:
            return self._sets[head]
        return self._keep(self._sets, head, frozenset(self.log(head)))

    def compare(self, base, head):
        """(status, shas only in head oldest first, number only in base, merge base)."""
        in_base, in_head = self.reachable(base), self.reachable(head)
        ahead = [sha for sha in reversed(self.log(head)) if sha not in in_base]
        behind = len(in_base - in_head)
        merge_base = next((sha for sha in self.log(head) if sha in in_base), None)
        if ahead and behind:
            return "diverged", ahead, behind, merge_base
        return ("ahead" if ahead else "behind" if behind else "identical"), ahead, behind, merge_base

    def collect_garbage(self):
        """Forgets what no branch reaches, as GitHub does some time after a force-push."""
        kept = set()
        for sha in self.refs.values():
            kept |= self.reachable(sha)
        self.commits = {sha: commit for sha, commit in self.commits.items() if sha in kept}
        self._logs.clear()
        self._sets.clear()

    @staticmethod
    def _keep(cache, key, value):
        cache[key] = value
        while len(cache) > KEPT:
            cache.popitem(last=False)
        return value
