"""The seeded world of the stand-in GitHub: who there is, which repositories, how large. The same seed and epoch make the same world.

    world = make_world(seed=1, size="full", epoch=1_780_000_000)

Times are relative to `epoch`, the moment at which the story ends; ids, shas and everybody's deeds depend on the seed alone.
"""

import random as random_module
from dataclasses import dataclass, field

from github_activity import Chronicler
from github_git import Graph
from github_history import DAY, Historian, plan_pulls, spread
from github_model import GHOST_ID, WEB_FLOW_ID, Repo, User, World, node_id

FIRST = ("Ada", "Bo", "Chen", "Dilek", "Emeka", "Farah", "Goran", "Hana", "Ivo", "Jun", "Kaja", "Lior", "Mina", "Nils", "Oya")
LAST = ("Brandt", "Costa", "Dvorak", "Eriksen", "Fofana", "Garcia", "Haddad", "Ito", "Jansen", "Kowal")


@dataclass
class Size:
    """How much there is in the largest repository, and how many people."""

    people: int
    commits: int
    pulls: int
    issues: int
    runs: int
    deployments: int
    alerts: int
    days: int = 900


SIZES = {"tiny": Size(12, 80, 26, 60, 20, 12, 12, 400), "small": Size(16, 950, 190, 480, 130, 40, 40),
         "full": Size(60, 10_100, 2_030, 5_060, 1_300, 240, 130)}


@dataclass
class Cast:
    """The people of a world by the part they play."""

    people: list = field(default_factory=list)  # (user, weight)
    bots: list = field(default_factory=list)
    extras: list = field(default_factory=list)  # only write issues: a mannequin, an organisation member from outside
    stray_emails: tuple = ("nobody@laptop.local", "someone@old-employer.test")


def make_people(world, random, count):
    """`count` people, two bots, a mannequin, ghost and web-flow. Some people are special; see the comments."""
    cast = Cast()
    world.add_user(User(GHOST_ID, "ghost", "Deleted user"))
    world.add_user(User(WEB_FLOW_ID, "web-flow", "GitHub", emails=["noreply@github.com"]))
    for number in range(count):
        first, last = FIRST[number % len(FIRST)], LAST[(number // len(FIRST) + number) % len(LAST)]
        login = f"{first.lower()}-{last.lower()}{number}"
        identity = world.new_id("user")  # accounts and repositories still fit into 31 bits, most other ids do not
        user = User(identity, login, f"{first} {last}", emails=[f"{login}@shop.test"])
        if number % 4 == 1:
            user.emails.append(f"{identity}+{login}@users.noreply.github.com")
        if number == 2:  # one person, two addresses of their own
            user.emails.append("chen.private@mail.test")
        if number == 3:  # renamed, and the old noreply address is still in the history
            user.former.append("old-dilek")
            user.emails.append("old-dilek@users.noreply.github.com")
        if number == 6:  # an account that is gone: its commits have no author, its issues were written by ghost
            user.deleted = True
        world.add_user(user)
        cast.people.append((user, 1.0 / (1 + number * 0.12)))
    for identity, login in ((49_699_333, "dependabot"), (41_898_282, "github-actions")):
        email = f"{identity}+{login}[bot]@users.noreply.github.com"
        cast.bots.append(world.add_user(User(identity, login, f"{login}[bot]", "Bot", [email])))
    cast.extras.append(world.add_user(User(world.new_id("user"), "imported-reporter", "Imported Reporter", "Mannequin")))
    cast.extras.append(world.add_user(User(world.new_id("user"), "passer-by", "Passer By", emails=["passer@by.test"])))
    return cast


def fill_repo(world, repo, random, cast, size, scale, kinds=("dependabot", "code_scanning", "secret_scanning")):
    """The whole life of one repository at `scale` of the largest."""
    end, start = world.epoch - 600, world.epoch - size.days * DAY
    historian = Historian(world, repo, random, cast.people, cast.bots)
    pulls, issues = int(size.pulls * scale), int(size.issues * scale) if repo.has_issues else 0
    order = ["pull"] * pulls + ["issue"] * issues
    random.shuffle(order)
    created = spread(random, len(order), start + 3 * DAY, end - 3600)
    numbered = [(number, when, kind) for number, (when, kind) in enumerate(zip(created, order), 1)]
    plans = plan_pulls(historian, [(number, when) for number, when, kind in numbered if kind == "pull"], end)
    repo.items = {pull.number: pull for pull, _ in plans}
    historian.write(plans, max(int(size.commits * scale), 12), start, end, cast.stray_emails)
    chronicler = Chronicler(world, repo, historian, end)
    chronicler.write_issues([(number, when) for number, when, kind in numbered if kind == "issue"], cast.extras)
    chronicler.write_reviews()
    chronicler.write_runs(max(int(size.runs * scale), 4), end - 60 * DAY)
    chronicler.write_deployments(max(int(size.deployments * scale), 3), end - 200 * DAY)
    chronicler.write_releases(max(int(35 * scale), 2), start + 30 * DAY)
    chronicler.write_alerts({kind: int(size.alerts * scale) for kind in kinds}, end - 300 * DAY)
    for item in repo.items.values():
        item.events.sort(key=lambda entry: entry.at)
    repo.items = dict(sorted(repo.items.items()))
    repo.last_number = len(order)
    repo.updated = max(repo.pushed, repo.created)
    _lose_some(repo, random)


def _lose_some(repo, random):
    """Deleted issues leave holes in the numbers."""
    issues = [issue.number for issue in repo.issues() if issue.state == "open"]
    for number in random.sample(issues, min(3, len(issues) // 10)):
        del repo.items[number]
        repo.gone[number] = "deleted"


def add_repo(world, owner, name, random, seed, **fields):
    """An empty repository with made-up popularity."""
    identity = world.new_id("repo")
    repo = Repo(identity, owner, name, world.epoch - 1000 * DAY, git=Graph(f"{seed}:{owner.login}/{name}:{identity}"), **fields)
    repo.stars, repo.forks, repo.subscribers = random.randrange(5000), random.randrange(400), random.randrange(300)
    repo.size_kb, repo.description = random.randrange(100, 90_000), f"The {name} of {owner.login}"
    repo.pushed = repo.updated = repo.created
    world.repos[identity] = repo
    return repo


def make_world(seed=1, size="small", epoch=1_780_000_000, extra_repos=0):
    """Everything. `extra_repos` adds that many repositories of a dozen commits each, octo/part-001 and so on."""
    how_much = SIZES[size]
    random = random_module.Random(f"world:{seed}")
    world = World(epoch)
    cast = make_people(world, random, how_much.people)
    octo = world.add_user(User(9_919_001, "octo", "Octo Shop", "Organization"))
    crew = world.add_user(User(9_919_002, "crew", "The Crew", "Organization"))
    plan = (("shop", 1.0, {}), ("api", 0.08, {"default_branch": "trunk", "former": ["octo/backend"]}),
            ("site", 0.04, {"has_issues": False, "license": None, "language": None}), ("vault", 0.04, {"private": True}))
    repos = []
    for name, scale, fields in plan:
        repo = add_repo(world, octo, name, random_module.Random(f"{seed}:{name}"), seed, **fields)
        kinds = ("dependabot", "code_scanning", "secret_scanning") if name != "vault" else ()
        fill_repo(world, repo, random_module.Random(f"{seed}:{name}:life"), cast, how_much, scale, kinds)
        repos.append(repo)
    repos[3].off = {"dependabot": 403, "code_scanning": 403, "secret_scanning": 404}
    repos[2].off = {"code_scanning": 404}
    repos[0].runners = [(world.new_id("runner"), f"builder-{n}", "online" if n else "offline", n == 1, ("self-hosted", "linux")) for n in range(4)]
    repos.append(add_repo(world, octo, "empty", random, seed))
    old = add_repo(world, crew, "attic", random, seed, archived=True, fork=True)
    fill_repo(world, old, random_module.Random(f"{seed}:attic"), cast, how_much, 0.03)
    for number in range(1, extra_repos + 1):
        part = add_repo(world, octo, f"part-{number:03}", random, seed)
        fill_repo(world, part, random_module.Random(f"{seed}:part:{number}"), cast, SIZES["tiny"], 0.15)
    world.teams[("octo", "sellers")] = {"repos": repos[:2], "members": [user for user, _ in cast.people[:5]]}
    world.cast = cast
    return world


def describe(world):
    """Sizes by repository, to look at."""
    return {repo.full_name: {"id": repo.id, "node_id": node_id("R", repo.id), "commits": len(repo.git.log(repo.head)) if repo.head else 0,
                             "pulls": len(repo.pulls()), "issues": len(repo.issues()), "runs": len(repo.runs),
                             "deployments": len(repo.deployments), "releases": len(repo.releases), "alerts": len(repo.alerts)}
            for repo in world.repos.values()}
