"""Random lives: a seeded sequence of changes of every kind, for tests that ask whether counts still equal the truth afterwards."""

import random as random_module

WEIGHTS = {"push": 30, "open_issue": 8, "close_issue": 10, "reopen_issue": 6, "open_pull": 8, "merge_pull": 10, "close_pull": 3, "reopen_pull": 2,
           "submit_review": 10, "touch_issue": 5, "transfer_issue": 2, "delete_issue": 1, "late_merge": 3, "force_push": 3, "rerun": 4, "deploy": 3,
           "rename_repo": 1, "rename_user": 1, "delete_user": 1, "rename_branch": 1, "download": 2}


class Mutations:
    """Part of the control plane."""

    def mutate(self, count=200, seed=1, repos=("octo/shop", "octo/api"), kinds=None, step=0):
        """`count` random changes; returns [(kind, repository, result)] in their order. All happen now, unless `step` moves the clock each time."""
        random, done = random_module.Random(f"mutate:{seed}"), []
        chosen = [self._repo(name) for name in repos]
        weights = {kind: weight for kind, weight in WEIGHTS.items() if kinds is None or kind in kinds}
        while len(done) < count:
            if step:
                self.hub.clock.advance(step)
            kind, repo = random.choices(list(weights), list(weights.values()))[0], random.choice(chosen)
            arguments = self._pick(kind, repo, random)
            if arguments is not None:
                named = {} if kind in ("rename_user", "delete_user") else {"repo": repo.full_name}
                done.append((kind, repo.full_name, getattr(self, kind)(**named, **arguments)))
        return done

    def _pick(self, kind, repo, random):
        """Arguments for one change, or None when there is nothing to do it to."""
        issues, pulls = repo.issues(), repo.pulls()
        living = [user for user, _ in self.world.cast.people if not user.deleted]
        pools = {"close_issue": [one for one in issues if one.state == "open"], "reopen_issue": [one for one in issues if one.state == "closed"],
                 "touch_issue": issues + pulls, "delete_issue": issues, "transfer_issue": issues,
                 "merge_pull": [one for one in pulls if one.state == "open" and one.commits],
                 "close_pull": [one for one in pulls if one.state == "open"], "submit_review": pulls,
                 "reopen_pull": [one for one in pulls if one.state == "closed" and one.merged is None and one.commits]}
        if kind in pools:
            if not pools[kind]:
                return None
            item = random.choice(pools[kind])
            more = {}
            if kind == "transfer_issue":
                others = [other for other in self.world.repos.values() if other is not repo and other.has_issues and other.head]
                more = {"to": random.choice(others).full_name}
            elif kind == "merge_pull":
                more = {"method": random.choice(("merge", "squash", "rebase"))}
            elif kind == "close_issue":
                more = {"reason": random.choice(("completed", "completed", "completed", "not_planned", "duplicate"))}
            elif kind == "submit_review":
                more = {"state": random.choice(("APPROVED", "COMMENTED", "CHANGES_REQUESTED"))}
            return {"number": item.number, **more}
        if kind == "push":
            return {"count": random.choice((1, 1, 2, 5, 120))}
        if kind == "force_push":
            return {"drop": random.randrange(1, 6), "push": random.randrange(0, 4)}
        if kind == "late_merge":
            return {"commits": random.randrange(1, 5), "days": random.randrange(40, 300)}
        if kind == "rerun":
            finished = [run for run in repo.runs if run.status == "completed"]
            return {"run_id": random.choice(finished).id} if finished else None
        if kind == "rename_repo":
            return {"name": f"{repo.name.partition('-')[0]}-{random.randrange(1000)}"}
        if kind == "rename_branch":
            return {"name": f"branch-{random.randrange(1000)}"}
        if kind == "rename_user":
            return {"login": random.choice(living).login, "new": f"renamed-{random.randrange(100_000)}"}
        if kind == "delete_user":
            return {"login": random.choice(living).login} if len(living) > 8 else None
        return {}
