"""POST /graphql: checks a query against the schema, counts its cost by the documented formula, runs it, reports errors with their path."""

from github_call import Answer, problem
from github_fields import FIELDS
from github_model import iso, read_node_id
from github_query import NOTHING, Field, QueryError, fill_in, parse
from github_resolvers import Connection, View
from github_rest import visible
from github_schema import SCHEMA, bare
from github_validate import Validator

MAX_NODES = 500_000
PERMISSION = {"issues": "issues", "issue": "issues", "pullRequests": "pull_requests", "pullRequest": "pull_requests", "history": "contents",
              "deployments": "deployments", "vulnerabilityAlerts": "vulnerability_alerts", "releases": "contents"}


class NullHere(Exception):
    """A null where the schema forbids it: the parent becomes null instead."""


def requests_and_nodes(document, operation, variables):
    """(how many connection fetches, how many nodes at most): the two numbers of GitHub's cost formula."""
    total = {"requests": 0, "nodes": 0}

    def walk(selections, parents, type_name):
        for field in merged(document, selections, variables):
            found = SCHEMA.fields.get(field.owner or type_name, {}).get(field.name)
            if found is None:
                continue
            inside, child = parents, bare(found.type)
            if child.endswith("Connection"):
                arguments = fill_in(field.arguments, variables)
                size = arguments.get("first") or arguments.get("last") or 0
                total["requests"] += parents
                total["nodes"] += parents * size
                inside = parents * size
            walk(field.selections, inside, child)

    walk(operation.selections, 1, "Query")
    return total["requests"], total["nodes"]


def wanted(node, variables):
    """Whether @skip and @include leave a selection in."""
    for name, arguments in node.directives:
        value = fill_in(arguments.get("if"), variables)
        if (name == "skip" and value is True) or (name == "include" and value is False):
            return False
    return True


def merged(document, selections, variables, type_name=None):
    """The fields of a selection with fragments opened and equal keys merged; with a type, only fragments that apply to it."""
    found = {}

    def gather(rows, owner):
        for node in rows:
            if not wanted(node, variables):
                continue
            if isinstance(node, Field):
                known = found.get(node.key)
                made = Field(node.name, node.alias, node.arguments, [], (known.selections if known else []) + node.selections, node.place)
                made.owner = owner
                found[node.key] = made
                continue
            spread = document.fragments[node.name] if node.name else node
            if type_name is None or spread.type is None or type_name in SCHEMA.possible[spread.type]:
                gather(spread.selections, spread.type or owner)

    gather(selections, None)
    return list(found.values())


class Execution:
    def __init__(self, hub, call, document, operation, variables, cost):
        self.hub, self.call, self.document, self.operation, self.variables, self.cost = hub, call, document, operation, variables, cost
        self.errors = []
        self.dry = any(isinstance(field, Field) and fill_in(field.arguments, variables).get("dryRun") is True for field in operation.selections)

    def run(self):
        try:
            return self._object(View("Query", self.hub, None, None), "Query", self.operation.selections, [])
        except NullHere:
            return None

    def _object(self, view, type_name, selections, path):
        page = {}
        for field in merged(self.document, selections, self.variables, type_name):
            if field.name == "__typename":
                page[field.key] = type_name
                continue
            shape = SCHEMA.fields[type_name][field.name].type
            here = [*path, field.key]
            arguments = {key: value for key, value in fill_in(field.arguments, self.variables).items() if value is not None}
            try:
                page[field.key] = self._complete(self._resolve(view, type_name, field, arguments), shape, field, arguments, here)
            except QueryError as error:
                self.errors.append({**error.entry, "path": here, "locations": [{"line": field.place[0], "column": field.place[1]}]})
                if shape.endswith("!"):
                    raise NullHere() from None
                page[field.key] = None
            except NullHere:
                if shape.endswith("!"):
                    raise
                page[field.key] = None
        return page

    def _resolve(self, view, type_name, field, arguments):
        needed, granted = PERMISSION.get(field.name), self.call.credential.permissions
        if needed and granted is not None and needed not in granted and type_name in ("Repository", "Commit"):
            raise QueryError("Resource not accessible by integration", type="FORBIDDEN", extensions={"saml_failure": False})
        if type_name == "Query":
            if self.dry and field.name != "rateLimit":
                return None
            return getattr(self, "root_" + field.name)(view, arguments)
        if isinstance(view, tuple) and not isinstance(view, View):
            return view[0][field.name]  # an edge or pageInfo, made below
        return FIELDS[type_name][field.name](view, arguments)

    def _complete(self, value, shape, field, arguments, path):
        if value is None or value is NOTHING:
            if shape.endswith("!"):
                self.errors.append({"message": f"Cannot return null for non-nullable field {field.name}", "path": path})
                raise NullHere()
            return None
        inner = shape.rstrip("!")
        if inner.startswith("["):
            return [self._entry(item, inner[1:-1], field, arguments, [*path, n]) for n, item in enumerate(value)]
        if isinstance(value, Connection):
            return self._connection(value, inner, field, arguments, path)
        if isinstance(value, View):
            return self._object(value, value.type, field.selections, path)
        if isinstance(value, tuple):
            return self._object(value, inner, field.selections, path)
        return value

    def _entry(self, item, shape, field, arguments, path):
        try:
            return self._complete(item, shape, field, arguments, path)
        except QueryError as error:
            self.errors.append({**error.entry, "path": path})
        except NullHere:
            if shape.endswith("!"):
                raise
        return None

    def _connection(self, rows, shape, field, arguments, path):
        """The window that first/last/after/before cut out, and what may be asked about it."""
        begin, end, count = 0, len(rows.rows), len(rows.rows)
        for name in ("after", "before"):
            if arguments.get(name):
                place = rows.place(arguments[name], name == "after")
                if place is None:
                    raise QueryError(f"`{arguments[name]}` does not appear to be a valid cursor.", type="INVALID_CURSOR_ARGUMENTS")
                begin, end = (place, end) if name == "after" else (begin, place)
        if arguments.get("first") is not None:
            end = min(end, begin + arguments["first"])
        elif arguments.get("last") is not None:
            begin = max(begin, end - arguments["last"])
        span = range(begin, max(end, begin))
        first, last = (rows.cursor(span[0]), rows.cursor(span[-1])) if span and rows.rows[span[0]] is not None else (None, None)
        info = {"hasNextPage": end < count, "hasPreviousPage": begin > 0, "startCursor": first, "endCursor": last}
        views = [rows.view(rows.rows[place]) for place in span]
        edges = [({"cursor": rows.cursor(place), "node": view},) for place, view in zip(span, views)] if span and views[0] else []
        parts = {"totalCount": count if rows.whole is None else rows.whole, "pageInfo": (info,), "nodes": views, "edges": edges,
                 "filteredCount": count, "pageCount": len(span), "updatedAt": iso(self.hub.world.epoch)}
        return self._object((parts,), shape, field.selections, path)

    def root_repository(self, view, arguments):
        name = f"{arguments['owner']}/{arguments['name']}"
        repo, moved = self.hub.world.repo_of_name(name)
        if repo is None or (moved and arguments.get("followRenames") is False) or not visible(self.call, repo):
            raise QueryError(f"Could not resolve to a Repository with the name '{name}'.", type="NOT_FOUND")
        if repo.owner.login in self.call.credential.sso:
            raise QueryError("Resource protected by organization SAML enforcement. You must grant your token access to this organization.",
                             type="FORBIDDEN", extensions={"saml_failure": True})
        if repo.blocked:
            raise QueryError("Repository access blocked", type="FORBIDDEN")
        return View("Repository", self.hub, repo, repo)

    def root_rateLimit(self, _, __):
        if not self.hub.limits.enabled:
            return None
        bucket = self.hub.limits.bucket(self.call.credential, "graphql", self.call.now)
        _, nodes = requests_and_nodes(self.document, self.operation, self.variables)
        used = min(bucket.used + self.cost, bucket.limit)
        return ({"limit": bucket.limit, "cost": self.cost, "remaining": bucket.limit - used, "used": used, "resetAt": iso(bucket.reset),
                 "nodeCount": nodes},)

    def root_viewer(self, view, _):
        user = self.call.credential.user or self.hub.world.cast.bots[0]
        return View(user.type, self.hub, None, user)

    def root_user(self, _, arguments):
        user = self.hub.world.user_of_login(arguments["login"])
        if user is None or user.type != "User":
            raise QueryError(f"Could not resolve to a User with the login of '{arguments['login']}'.", type="NOT_FOUND")
        return View("User", self.hub, None, user)

    def root_organization(self, _, arguments):
        user = self.hub.world.user_of_login(arguments["login"])
        if user is None or user.type != "Organization":
            raise QueryError(f"Could not resolve to an Organization with the login of '{arguments['login']}'.", type="NOT_FOUND")
        return View("Organization", self.hub, None, user)

    def root_node(self, _, arguments):
        prefix, key = read_node_id(arguments["id"])
        for repo in self.hub.world.repos.values():
            if prefix == "R" and str(repo.id) == key and visible(self.call, repo):
                return View("Repository", self.hub, repo, repo)
            for item in repo.items.values() if prefix in ("I", "PR") and visible(self.call, repo) else ():
                if (item.is_pull and prefix == "PR" and str(item.pull_id) == key) or (not item.is_pull and prefix == "I" and str(item.id) == key):
                    return View("PullRequest" if item.is_pull else "Issue", self.hub, repo, item)
            for one in repo.deployments if prefix == "DE" else ():
                if str(one.id) == key:
                    return View("Deployment", self.hub, repo, one)
        user = self.hub.world.users.get(int(key)) if key and key.isdigit() and prefix in ("U", "BOT", "O", "M") else None
        if user is not None and not user.deleted:
            return View(user.type, self.hub, None, user)
        raise QueryError(f"Could not resolve to a node with the global id of '{arguments['id']}'", type="NOT_FOUND")

    def root_nodes(self, view, arguments):
        found = []
        for place, identity in enumerate(arguments["ids"]):
            try:
                found.append(self.root_node(view, {"id": identity}))
            except QueryError as error:
                self.errors.append({**error.entry, "path": ["nodes", place]})
                found.append(None)
        return found


def read_request(hub, call):
    """(document, operation, variables) of a request's body, checked; raises QueryError."""
    asked = hub.decode_json(call.body)
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        raise QueryError("A query attribute must be specified and must be a string.")
    document = parse(asked["query"])
    operations = {operation.name: operation for operation in document.operations}
    name = asked.get("operationName")
    if name and name not in operations:
        raise QueryError(f'No operation named "{name}"')
    if not name and len(document.operations) > 1:
        raise QueryError("An operation name is required")
    operation = operations[name] if name else document.operations[0]
    if operation.kind != "query":
        raise QueryError(f"Schema is not configured for {operation.kind}s")
    variables = Validator(document, operation).variables(asked.get("variables") or {})
    return document, operation, variables


def overload(hub, call, document):
    """What happens to a query that asks for more than this server manages in its ten seconds."""
    kind, words = hub.options.graphql_overload, "Something went wrong while executing your query. This may be the result of a timeout."
    if kind == "resource_limits":
        keys = {field.key: None for field in document.operations[0].selections if isinstance(field, Field)}
        error = {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."}
        return Answer(200, {"data": keys, "errors": [error]}, tagged=False)
    if kind == "null":
        return Answer(200, {"data": None, "errors": [{"message": words}]}, tagged=False)
    return Answer(int(kind), {"data": None, "errors": [{"message": words}]}, tagged=False)


def answer(hub, call):
    """The reply to POST /graphql; sets the call's cost."""
    call.cost = 1
    if call.credential.kind == "anonymous":
        return problem(401, "This endpoint requires you to be authenticated.", "/guides/getting-started-with-the-rest-api")
    try:
        document, operation, variables = read_request(hub, call)
        Validator(document, operation).check(variables)
        requests, nodes = requests_and_nodes(document, operation, variables)
        if nodes > MAX_NODES:
            raise QueryError(f"This query requests up to {nodes:,} possible nodes which exceeds the maximum limit of {MAX_NODES:,}.",
                             type="MAX_NODE_LIMIT_EXCEEDED")
    except QueryError as error:
        return Answer(200, {"errors": error.entry if isinstance(error.entry, list) else [error.entry]}, tagged=False)
    except ValueError:
        return problem(400, "Problems parsing JSON")
    call.cost = max(1, int(requests / 100 + 0.5))
    if hub.options.graphql_max_nodes and nodes > hub.options.graphql_max_nodes:
        call.cost += hub.options.graphql_timeout_points
        return overload(hub, call, document)
    execution = Execution(hub, call, document, operation, variables, call.cost)
    page = {"data": execution.run()}
    call.cost = 0 if execution.dry else call.cost
    if execution.errors:
        page["errors"] = execution.errors
    return Answer(200, page, tagged=False)

