"""The control plane: `hub.control` in a test, POST /__control/<method> with a JSON object of arguments over HTTP.

Besides what github_changes.py does to the world it writes fault scripts, hooks a change between two page reads, hands out and takes
away credentials, moves the clock, and reads the request log. GET /__control/ lists every method.
"""

import functools
import inspect

import github_faults
from github_auth import Credential
from github_changes import Changes
from github_mutations import Mutations


def _locked(method):
    """Changes happen between two answers, never in the middle of one."""

    @functools.wraps(method)
    def held(self, *positional, **named):
        with self.hub.lock:
            self.hub.world.open_items.clear()
            return method(self, *positional, **named)

    return held


class Control(Mutations, Changes):
    # --- credentials

    def add_token(self, name, kind="classic", user=None, limit=5000, permissions=None, repos=None, expires_in=None, sso=()):
        """A personal token; returns its text. permissions {"issues": "read"} and repos [full names] narrow it."""
        prefix = {"classic": "ghp_", "fine": "github_pat_"}[kind]
        token = prefix + "".join(self.random.choices("ABCDEFGHabcdefgh0123456789", k=36))
        owner = self._user(user) if user else self.world.user_of_login("passer-by")
        chosen = None if repos is None else {self._repo(one).id for one in repos}
        expires = None if expires_in is None else self.hub.clock.now() + expires_in
        bucket = f"user:{owner.id}" if user else f"token:{name}"
        self.hub.doorman.add(Credential(name, kind, token, owner, bucket, {"core": limit, "search": 30, "graphql": limit}, permissions, chosen,
                                        expires, sso=tuple(sso)))
        return token

    def _credential(self, name):
        found = next((one for one in self.hub.doorman.credentials.values() if one.name == name or one.token == name), None)
        assert found is not None, f"no credential {name}"
        return found

    def revoke_token(self, name):
        """From now on it is a 401."""
        self._credential(name).revoked = True

    def expire_token(self, name, after=0):
        self._credential(name).expires = self.hub.clock.now() + after

    def expire_installation_tokens(self):
        """All that were minted so far; returns how many."""
        tokens = [one for one in self.hub.doorman.credentials.values() if one.kind == "installation"]
        for one in tokens:
            one.expires = min(one.expires, self.hub.clock.now())
        return len(tokens)

    def set_credential(self, name, **fields):
        """permissions, repos (ids), limits, sso of a credential."""
        for key, value in fields.items():
            setattr(self._credential(name), key, value)

    def set_app(self, **fields):
        """permissions, repos (ids), suspended of the App's installation."""
        for key, value in fields.items():
            assert hasattr(self.hub.doorman.app, key), key
            setattr(self.hub.doorman.app, key, value)

    def set_used(self, name, resource="core", used=0):
        """Moves a quota: how much of this hour is gone."""
        self.hub.limits.set_used(self._credential(name), resource, used, self.hub.clock.now())

    def quota(self, name, resource="core"):
        """{limit, used, remaining, reset} of a credential now."""
        bucket = self.hub.limits.bucket(self._credential(name), resource, self.hub.clock.now())
        return {"limit": bucket.limit, "used": bucket.used, "remaining": bucket.remaining, "reset": bucket.reset}

    # --- faults and hooks

    def fault(self, kind, route="*", nth=1, times=1, credential=None, **parameters):
        """Plays a fault on the nth request of a route; see `faults` for their names and parameters."""
        self.hub.scripts.add(kind, route, nth, times, credential, **parameters)

    def clear_faults(self):
        self.hub.scripts.clear()

    def faults(self):
        """Every kind of fault with its sentence."""
        return github_faults.names()

    def hook(self, route, change, nth=1, times=1, **arguments):
        """Does `change` (a method of this class) right after the nth answer of a route: what happens between two pages."""
        assert hasattr(self, change), change
        self.hub.hooks.append({"script": github_faults.Script("hook", route, nth, times), "change": change, "arguments": arguments})

    def clear_hooks(self):
        self.hub.hooks.clear()

    def break_item(self, repo, number, type="SERVICE_UNAVAILABLE"):
        """GraphQL cannot resolve this one issue or pull request until mend_item."""
        self.hub.broken_items[self._repo(repo).id, number] = type

    def mend_item(self, repo, number):
        self.hub.broken_items.pop((self._repo(repo).id, number), None)

    def option(self, **fields):
        """Changes options of the running server: graphql_max_nodes, issues_depth, omit_last, stats_delay, ..."""
        for key, value in fields.items():
            assert hasattr(self.hub.options, key), key
            setattr(self.hub.options, key, value)

    def limit(self, **fields):
        """Changes the rate model: enabled, refusal_status, secondary_status, retry_after, concurrent, graphql_type, points."""
        for key, value in fields.items():
            assert hasattr(self.hub.limits, key), key
            setattr(self.hub.limits, key, value)

    # --- time and records

    def now(self):
        return self.hub.clock.now()

    def advance(self, seconds):
        self.hub.clock.advance(seconds)
        return self.hub.clock.now()

    def freeze(self, moment=None):
        """The clock stands still, here or at a moment, until it is advanced."""
        self.hub.clock.freeze(moment)
        return self.hub.clock.now()

    def release_held(self):
        """Lets every request go on that the fault `hold` holds, and those to come."""
        self.hub.gate.set()

    def hold_again(self):
        self.hub.gate.clear()

    def requests(self, **wanted):
        """The log; route=, status=, credential=, method= and resource= narrow it."""
        return [entry.as_json() for entry in self.hub.requests(**wanted)]

    def counts(self):
        """Requests by route, status and credential."""
        return [{"route": route, "status": status, "credential": name, "count": count}
                for (route, status, name), count in sorted(self.hub.counts().items(), key=str)]

    def spent(self):
        """Quota used since the log began, by resource, and the number of requests."""
        return self.hub.spent()

    def early(self):
        """Requests that came before their credential was allowed to ask again."""
        return list(self.hub.limits.early)

    def forget(self):
        """Starts a new request log."""
        self.hub.forget()

    def truth(self, moments=False):
        return self.hub.truth().as_json(moments)

    def leaked(self):
        """What reached the other host, with its headers."""
        return list(self.hub.stranger_requests)

    def app(self):
        """What a client needs to act as the App."""
        app = self.hub.doorman.app
        return {"app_id": app.app_id, "client_id": app.client_id, "installation_id": app.installation_id, "key_file": app.key_file}

    def tokens(self):
        return {one.name: one.token for one in self.hub.doorman.credentials.values()}


METHODS = {name: method for name, method in inspect.getmembers(Control, inspect.isfunction) if not name.startswith("_")}
for _name, _method in METHODS.items():
    setattr(Control, _name, _locked(_method))


def over_http(control, name, arguments):
    """(status, data) of a control request."""
    if not name:
        return 200, {method: f"{inspect.signature(METHODS[method])} {inspect.getdoc(METHODS[method]) or ''}".strip() for method in sorted(METHODS)}
    if name not in METHODS:
        return 404, {"message": f"no control method {name}"}
    try:
        return 200, getattr(control, name)(**arguments)
    except (AssertionError, KeyError, TypeError, ValueError, StopIteration) as error:
        return 422, {"message": f"{type(error).__name__}: {error}"}
