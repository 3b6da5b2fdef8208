"""The REST API, first half: how a path finds its handler, and what belongs to no repository. The rest is github_rest_repo.py.

A handler is a function (hub, call, **path fields) -> Answer, entered by @route with the template that the request log shows.
"""

import re

import github_shapes as shapes
from github_call import Answer, Refusal, page_of, problem, refuse
from github_model import iso

_ROUTES = []


def route(template, permission="metadata", method="GET", resource="core"):
    """Enters a handler. Templates under /repos/{owner}/{repo} get `repo` instead of the two names, and serve /repositories/{id} too."""
    pattern = template.removeprefix("/repos/{owner}/{repo}") if "{repo}" in template else template
    patterns = {"basehead": ".+", "ref": ".+", "branch": ".+", "user_id": r"\d+"}
    regex = re.compile(re.sub(r"\{(\w+)\}", lambda field: f"(?P<{field[1]}>{patterns.get(field[1], '[^/]+')})", pattern) + "$")

    def enter(handler):
        _ROUTES.append((method, "{repo}" in template, regex, template, permission, resource, handler))
        return handler

    return enter


def find_route(call):
    """(template, permission, resource, handler, fields, repository part) of a request, or None."""
    parts = re.match(r"/repos/([^/]+)/([^/]+)(/.*)?$", call.path) or re.match(r"/repositories/()(\d+)(/.*)?$", call.path)
    for method, of_repo, regex, template, permission, resource, handler in _ROUTES:
        if method != ("GET" if call.method == "HEAD" else call.method) or of_repo != bool(parts):
            continue
        matched = regex.match(parts[3] or "" if of_repo else call.path)
        if matched:
            return template, permission, resource, handler, matched.groupdict(), parts
    return None


def locate(hub, call, parts):
    """The repository a path names; 301 when by a former name, 404 when the caller may not see it."""
    if parts[1]:
        repo, moved = hub.world.repo_of_name(f"{parts[1]}/{parts[2]}")
    else:
        repo, moved = hub.world.repos.get(int(parts[2])), False
    if repo is None or not visible(call, repo):
        refuse(404, "Not Found", "/repos/repos#get-a-repository")
    if moved:
        query = "?" + call.target.partition("?")[2] if "?" in call.target else ""
        location = f"{call.base}/repositories/{repo.id}{parts[3] or ''}{query}"
        raise Refusal(Answer(301, {"message": "Moved Permanently", "url": location, "documentation_url": "https://docs.github.com/rest"},
                             [("Location", location)], tagged=False))
    if repo.owner.login in call.credential.sso:
        refuse(403, "Resource protected by organization SAML enforcement. You must grant your token access to this organization.", "",
               [("X-GitHub-SSO", f"required; url=https://github.test/orgs/{repo.owner.login}/sso?authorization_request=A1")])
    if repo.blocked:
        block = {"reason": repo.blocked["reason"], "created_at": iso(repo.updated), "html_url": "https://github.test/tos"}
        raise Refusal(Answer(repo.blocked["status"], {"message": "Repository access blocked", "block": block}, tagged=False))
    return repo


def visible(call, repo):
    """Private repositories are for credentials that were given them; a limited credential sees its own and what is public."""
    who = call.credential
    if not repo.private:
        return who.kind != "installation" or who.repos is None or repo.id in who.repos
    return who.kind != "anonymous" and (who.repos is None or repo.id in who.repos)


def check_permission(call, permission):
    """A fine-grained token or installation without the permission is told which one it lacks."""
    granted = call.credential.permissions
    if granted is None or permission is None or permission == "metadata" or permission in granted:
        return
    who = "integration" if call.credential.kind == "installation" else "personal access token"
    refuse(403, f"Resource not accessible by {who}", "", [("X-Accepted-GitHub-Permissions", f"{permission}=read")])


def dispatch(hub, call):
    """The answer of the handler that a path names."""
    found = find_route(call)
    if found is None:
        return problem(404, "Not Found")
    _, permission, _, handler, fields, parts = found
    if parts:
        call.repo = locate(hub, call, parts)
        fields["repo"] = call.repo
    check_permission(call, permission)
    if call.credential.kind == "app" and not call.path.startswith("/app") and not call.path.endswith("/installation"):
        refuse(401, "A JSON web token could not be decoded")
    return handler(hub, call, **fields)


@route("/rate_limit")
def rate_limit(hub, call):
    return hub.limits.overview(call)


@route("/meta")
def meta(hub, call):
    page = {"verifiable_password_authentication": False}
    return Answer(200, page | {"installed_version": hub.options.ghes} if hub.options.ghes else page)


@route("/user")
def myself(hub, call):
    if call.credential.kind == "anonymous":
        refuse(401, "Requires authentication", "/users/users#get-the-authenticated-user")
    if call.credential.user is None:
        refuse(403, "Resource not accessible by integration")
    return Answer(200, shapes.user(hub.world, call.credential.user, call.base), modified=hub.world.epoch)


@route("/users/{login}")
def one_user(hub, call, login):
    found = hub.world.user_of_login(login)
    if found is None:
        refuse(404, "Not Found", "/users/users#get-a-user")
    row = shapes.user(hub.world, found, call.base) | {"name": found.name, "company": None, "email": None, "created_at": iso(1_300_000_000)}
    return Answer(200, row, modified=hub.world.epoch)


@route("/user/{user_id}")
def user_by_id(hub, call, user_id):
    found = hub.world.users.get(int(user_id)) if user_id.isdigit() else None
    if found is None or found.deleted:
        refuse(404, "Not Found", "/users/users#get-a-user-using-their-id")
    return Answer(200, shapes.user(hub.world, found, call.base) | {"name": found.name})


def _listed(hub, call, chosen, path, key=None):
    rows = [repo for repo in chosen if visible(call, repo) and repo.owner.login not in call.credential.sso]
    wrap = (lambda part: {"total_count": len(rows), "repository_selection": "all", key: part}) if key else None
    answer = page_of(call, rows, path, lambda repo: shapes.repo(hub.world, repo, call.base, full=False), wrap)
    if call.credential.sso:
        answer.headers.append(("X-GitHub-SSO", "partial-results; organizations=" + ",".join(
            str(hub.world.user_of_login(login).id) for login in call.credential.sso)))
    return answer


def _owned(hub, login):
    owner = hub.world.user_of_login(login)
    if owner is None:
        refuse(404, "Not Found", "/repos/repos#list-organization-repositories")
    return owner, [repo for repo in hub.world.repos.values() if repo.owner is owner]


@route("/orgs/{login}")
def one_org(hub, call, login):
    owner, repos = _owned(hub, login)
    return Answer(200, {"login": owner.login, "id": owner.id, "node_id": owner.node_id, "type": "Organization", "name": owner.name,
                        "public_repos": sum(not repo.private for repo in repos), "total_private_repos": sum(repo.private for repo in repos),
                        "url": f"{call.base}/orgs/{owner.login}", "created_at": iso(1_300_000_000), "updated_at": iso(hub.world.epoch)})


@route("/orgs/{login}/repos")
def org_repos(hub, call, login):
    owner, repos = _owned(hub, login)
    return _listed(hub, call, repos, f"/organizations/{owner.id}/repos")


@route("/organizations/{org_id}/repos")
def org_repos_by_id(hub, call, org_id):
    return _listed(hub, call, [repo for repo in hub.world.repos.values() if str(repo.owner.id) == org_id], f"/organizations/{org_id}/repos")


@route("/users/{login}/repos")
def user_repos(hub, call, login):
    owner, repos = _owned(hub, login)
    return _listed(hub, call, [repo for repo in repos if not repo.private], f"/user/{owner.id}/repos")


@route("/user/repos")
def my_repos(hub, call):
    if call.credential.kind == "anonymous":
        refuse(401, "Requires authentication", "/repos/repos#list-repositories-for-the-authenticated-user")
    if call.credential.kind == "installation":
        refuse(403, "Resource not accessible by integration")
    return _listed(hub, call, hub.world.repos.values(), "/user/repos")


@route("/installation/repositories")
def installation_repos(hub, call):
    if call.credential.kind != "installation":
        refuse(403, "You must authenticate with an installation access token in order to list repositories for an installation.")
    return _listed(hub, call, hub.world.repos.values(), "/installation/repositories", "repositories")


@route("/orgs/{login}/teams/{slug}/repos", permission="members")
def team_repos(hub, call, login, slug):
    team = hub.world.teams.get((login, slug))
    if team is None:
        refuse(404, "Not Found", "/teams/teams")
    return _listed(hub, call, team["repos"], f"/orgs/{login}/teams/{slug}/repos")


@route("/orgs/{login}/teams/{slug}/members", permission="members")
def team_members(hub, call, login, slug):
    team = hub.world.teams.get((login, slug))
    if team is None:
        refuse(404, "Not Found", "/teams/teams")
    return page_of(call, team["members"], f"/orgs/{login}/teams/{slug}/members", lambda user: shapes.user(hub.world, user, call.base))


def _installation(hub, call):
    app = hub.doorman.app
    owner = hub.world.user_of_login("octo")
    return {"id": app.installation_id, "account": shapes.user(hub.world, owner, call.base),
            "repository_selection": "all" if app.repos is None else "selected",
            "access_tokens_url": f"{call.base}/app/installations/{app.installation_id}/access_tokens", "app_id": app.app_id, "target_id": owner.id,
            "client_id": app.client_id, "target_type": "Organization", "permissions": app.permissions, "events": [],
            "created_at": "2017-07-08T16:18:44-04:00", "app_slug": "vedette-test",
            "updated_at": iso(hub.world.epoch), "suspended_at": iso(hub.world.epoch) if app.suspended else None}


def _app_only(call):
    if call.credential.kind != "app":
        refuse(401, "A JSON web token could not be decoded")


@route("/app", permission=None)
def the_app(hub, call):
    _app_only(call)
    app = hub.doorman.app
    return Answer(200, {"id": app.app_id, "client_id": app.client_id, "slug": "vedette-test", "name": "vedette test", "permissions": app.permissions})


@route("/app/installations", permission=None)
def installations(hub, call):
    _app_only(call)
    return page_of(call, [None], "/app/installations", lambda _: _installation(hub, call))


@route("/orgs/{login}/installation", permission=None)
def org_installation(hub, call, login):
    _app_only(call)
    if login != "octo":
        refuse(404, "Not Found", "/apps/apps")
    return Answer(200, _installation(hub, call))


@route("/app/installations/{installation}/access_tokens", permission=None, method="POST")
def mint_token(hub, call, installation):
    _app_only(call)
    app = hub.doorman.app
    if installation != str(app.installation_id):
        refuse(404, "Integration not found" if not installation.isdigit() else "Not Found", "/apps/apps")
    if app.suspended:
        refuse(403, "This installation has been suspended")
    try:
        wished = hub.decode_json(call.body)
    except ValueError:
        refuse(400, "Problems parsing JSON")
    made = hub.doorman.mint(call.now, wished)
    return Answer(201, {"token": made.token, "expires_at": iso(made.expires), "permissions": made.permissions,
                        "repository_selection": "all" if made.repos is None else "selected"}, tagged=False)


@route("/organizations/{org}/settings/billing/usage", permission="organization_administration")
def billing(hub, call, org):
    """Daily rows when asked for a day; without a date only what GitHub gives: the first day of the month."""
    day = f"{call.number('year', 2026):04}-{call.number('month', 1):02}-{call.number('day', 1):02}T00:00:00Z"
    row = {"date": day, "product": "actions", "sku": "Actions Linux", "quantity": 125, "unitType": "minutes", "pricePerUnit": 0.006,
           "grossAmount": 0.75, "discountAmount": 0.25, "netAmount": 0.5, "organizationName": org, "repositoryName": "octo/shop"}
    return Answer(200, {"usageItems": [row]})
