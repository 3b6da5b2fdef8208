#!/usr/bin/python3
"""The stand-in GitHub, second half: credentials, redirects, refusals, GraphQL, transport faults."""

import http.client
import json
import socket
import sys
import unittest
import zlib
from pathlib import Path

SUPPORT = Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))

from github_client import Client  # noqa: E402
from github_model import from_iso  # noqa: E402
from github_server import Github  # noqa: E402
from process import http_get  # noqa: E402

SHOP, EPOCH = "/repos/octo/shop", 1_780_000_000
COMMITS = "/repos/{owner}/{repo}/commits"


class Own(unittest.TestCase):
    """Each test has a small world of its own."""

    def serve(self, size="tiny", frozen=True, **options):
        hub = self.enterContext(Github(seed=1, size=size, frozen=frozen, epoch=EPOCH, **options))
        return hub, self.client(hub)

    def client(self, hub, token="", **more):
        client = Client(hub, token, **more)
        self.addCleanup(client.close)
        return client


class AuthTest(Own):
    """Group 6."""

    def mint(self, hub, **changes):
        claims = {"iat": EPOCH - 60, "exp": EPOCH + 540, "iss": hub.app.client_id, **changes}
        client = self.client(hub, hub.app.sign({key: value for key, value in claims.items() if value is not None}))
        return client.ask("POST", f"/app/installations/{hub.app.installation_id}/access_tokens")

    def test_an_app_mints_installation_tokens_that_last_an_hour(self):
        hub, _ = self.serve()
        made = self.mint(hub)
        self.assertEqual((made.status, from_iso(made.data["expires_at"])), (201, EPOCH + 3600))
        self.assertEqual(self.mint(hub, iss=hub.app.app_id).status, 201)
        client = self.client(hub, made.data["token"])
        self.assertEqual(client.get("/installation/repositories").status, 200)
        self.assertEqual(client.get("/user/repos").status, 403)
        hub.control.advance(3601)
        self.assertEqual(client.get(SHOP).status, 401)

    def test_a_token_can_expire_between_two_pages(self):
        hub, _ = self.serve()
        walk = self.client(hub, self.mint(hub).data["token"])
        hub.control.hook(COMMITS, "expire_installation_tokens")
        page = walk.get(f"{SHOP}/commits?per_page=5")
        self.assertEqual(walk.get(page.links["next"]).status, 401)
        again = self.client(hub, self.mint(hub).data["token"])
        self.assertEqual(again.get(page.links["next"]).status, 200)
        self.assertEqual(again.get(f"{SHOP}/commits?per_page=5", If_None_Match=page.headers["etag"]).status, 200)

    def test_statements_are_verified(self):
        hub, _ = self.serve()
        wrong = {"too far ahead": {"exp": EPOCH + 601}, "expired": {"exp": EPOCH - 1}, "issued in the future": {"iat": EPOCH + 5},
                 "no time": {"iat": None}, "another App": {"iss": "Iv23other"}, "text for a time": {"exp": "soon"}}
        for name, changes in wrong.items():
            with self.subTest(name):
                self.assertEqual(self.mint(hub, **changes).status, 401)
        good = hub.app.sign({"iat": EPOCH - 60, "exp": EPOCH + 540, "iss": hub.app.app_id})
        broken = good[:-8] + ("A" if good[-8] != "A" else "B") + good[-7:]
        for token in (broken, hub.app.sign({"iat": EPOCH, "exp": EPOCH + 9, "iss": hub.app.app_id}, {"alg": "none", "typ": "JWT"})):
            self.assertEqual(self.client(hub, token).get("/app").status, 401)
        self.assertEqual(self.client(hub, good).get("/app").data["id"], hub.app.app_id)
        self.assertEqual(self.client(hub, None, Authorization="token " + good).get("/app").status, 401)

    def test_wrong_and_revoked_tokens_are_401_and_several_lock_the_user_out(self):
        hub, client = self.serve(lockout_after=3)
        self.assertEqual((self.client(hub, "ghp_wrong").get(SHOP).status), 401)
        token = hub.control.add_token("spare", user=hub.core.world.cast.people[0][0].login)
        hub.control.revoke_token("spare")
        spare = self.client(hub, token)
        self.assertEqual([spare.get(SHOP).status for _ in range(4)], [401, 401, 401, 403])
        self.assertEqual(client.get(SHOP).status, 403)  # the same person's good token too
        hub.control.advance(400)
        self.assertEqual(client.get(SHOP).status, 200)

    def test_missing_permissions_are_named(self):
        hub, _ = self.serve()
        client = self.client(hub, hub.control.add_token("narrow", "fine", permissions={"contents": "read"}))
        refused = client.get(f"{SHOP}/issues")
        self.assertEqual((refused.status, refused.headers["x-accepted-github-permissions"]), (403, "issues=read"))
        self.assertEqual(client.get(f"{SHOP}/commits").status, 200)
        data, errors, _ = client.graphql('{ repository(owner: "octo", name: "shop") { issues { totalCount } } }')
        self.assertEqual((data, errors[0]["type"], errors[0]["path"]), ({"repository": None}, "FORBIDDEN", ["repository", "issues"]))

    def test_hidden_repositories_single_sign_on_and_missing_headers(self):
        hub, client = self.serve()
        self.assertEqual(client.get("/repos/octo/vault").status, 200)
        self.assertEqual(self.client(hub, None).get("/repos/octo/vault").status, 404)
        outside = self.client(hub, hub.control.add_token("outside", sso=["octo"]))
        self.assertEqual((outside.get(SHOP).status, "required" in outside.get(SHOP).headers["x-github-sso"]), (403, True))
        listed = outside.get("/user/repos")
        self.assertTrue(listed.headers["x-github-sso"].startswith("partial-results; organizations="))
        self.assertEqual({row["owner"]["login"] for row in listed.data}, {"crew"})
        self.assertEqual(client.get(SHOP, User_Agent=None).status, 403)
        self.assertEqual(client.get(SHOP, X_GitHub_Api_Version="1999-01-01").status, 400)
        expiring = self.client(hub, hub.control.add_token("brief", expires_in=600))
        self.assertEqual(expiring.get(SHOP).headers["github-authentication-token-expiration"], "2026-05-28 20:36:40 UTC")


class RedirectTest(Own):
    """Group 7."""

    def test_a_renamed_repository_moved_permanently_by_id(self):
        hub, client = self.serve()
        identity = client.get(SHOP).data["id"]
        hub.control.rename_repo("octo/shop", "market")
        moved = client.get(f"{SHOP}/commits?per_page=2")
        self.assertEqual((moved.status, moved.headers["location"]), (301, f"{hub.url}/repositories/{identity}/commits?per_page=2"))
        self.assertEqual(len(client.get(moved.headers["location"]).data), 2)
        data, _, _ = client.graphql('{ repository(owner: "octo", name: "shop") { nameWithOwner } }')
        self.assertEqual(data["repository"]["nameWithOwner"], "octo/market")
        data, errors, _ = client.graphql('{ repository(owner: "octo", name: "shop", followRenames: false) { id } }')
        self.assertEqual((data["repository"], errors[0]["type"]), (None, "NOT_FOUND"))

    def test_temporary_ones_a_loop_and_one_to_another_host(self):
        hub, client = self.serve()
        for code in (302, 307):
            hub.control.clear_faults()
            hub.control.fault(f"redirect_{code}", path="/repos/octo/api")
            moved = client.get(SHOP)
            self.assertEqual((moved.status, client.get(moved.headers["location"]).data["name"]), (code, "api"))
        hub.control.fault("redirect_302", loop=True, times=None)
        self.assertEqual(client.get(SHOP).headers["location"], hub.url + SHOP)
        hub.control.clear_faults()
        hub.control.fault("redirect_307", stranger=True)
        target = client.get(SHOP).headers["location"]
        self.assertFalse(target.startswith(hub.root))
        http_get(target, {"Authorization": "Bearer secret"})
        self.assertEqual(hub.stranger_requests[0]["headers"]["Authorization"], "Bearer secret")


class RefusalTest(Own):
    """Group 8."""

    def test_statistics_are_accepted_before_they_are_there(self):
        hub, client = self.serve(stats_delay=2)
        self.assertEqual([client.get(f"{SHOP}/stats/contributors").status for _ in range(4)], [202, 202, 200, 200])
        hub.control.push("octo/shop")
        self.assertEqual(client.get(f"{SHOP}/stats/contributors").data, {})
        self.assertEqual(client.get("/repos/octo/empty/contributors").status, 204)

    def test_blocked_repositories_say_why(self):
        hub, client = self.serve()
        for status in (451, 403):
            hub.control.set_repo("octo/api", blocked={"status": status, "reason": "dmca"})
            refused = client.get("/repos/octo/api")
            self.assertEqual((refused.status, refused.data["block"]["reason"]), (status, "dmca"))
            self.assertEqual(refused.data["message"], "Repository access blocked")
        self.assertEqual(client.get(SHOP).status, 200)

    def test_deleted_issues_are_gone_and_transferred_ones_moved(self):
        hub, client = self.serve()
        first, second = (hub.control.open_issue("octo/shop") for _ in range(2))
        hub.control.delete_issue("octo/shop", first)
        there = hub.control.transfer_issue("octo/shop", second, "octo/api")
        self.assertEqual(client.get(f"{SHOP}/issues/{first}").status, 410)
        moved = client.get(f"{SHOP}/issues/{second}")
        self.assertEqual((moved.status, client.get(moved.headers["location"]).data["number"]), (301, there))

    def test_alerts_have_cursors_or_reasons(self):
        _, client = self.serve(size="small")
        path = f"{SHOP}/dependabot/alerts?per_page=15"
        self.assertEqual(client.get(path + "&page=1").status, 400)
        self.assertEqual(set(client.get(path).links), {"next"})
        self.assertEqual(len(client.walk(path)), 40)
        for name, status in (("dependabot", 403), ("code-scanning", 403), ("secret-scanning", 404)):
            self.assertEqual(client.get(f"/repos/octo/vault/{name}/alerts").status, status, name)
        self.assertEqual(client.get("/repos/octo/site/code-scanning/alerts").status, 404)

    def test_filtered_runs_end_at_a_thousand(self):
        hub, client = self.serve(size="full")
        runs = len(hub.world.repo_of_name("octo/shop")[0].runs)
        rows = lambda data: data["workflow_runs"]  # noqa: E731
        self.assertEqual(len(client.walk(f"{SHOP}/actions/runs?per_page=100", rows)), runs)
        filtered = f"{SHOP}/actions/runs?per_page=100&created=>=2020-01-01"
        self.assertEqual((client.get(filtered).data["total_count"], len(client.walk(filtered, rows))), (runs, 1000))


class GraphqlTest(Own):
    """Group 9. What reads whole connections is in github_standin_test.py."""

    def test_the_cost_is_the_documented_formula(self):
        _, client = self.serve()
        query = """{ rateLimit { cost nodeCount limit remaining } repository(owner: "octo", name: "shop") {
          pullRequests(first: 50) { nodes { reviews(first: 50) { nodes { id } } labels(first: 10) { nodes { name } }
            commits(first: 1) { nodes { id } } } } } }"""
        data, errors, reply = client.graphql(query)
        self.assertIsNone(errors)
        self.assertEqual(data["rateLimit"], {"cost": 2, "nodeCount": 50 + 50 * 50 + 50 * 10 + 50, "limit": 5000, "remaining": 4998})
        self.assertEqual((reply.limit("used"), reply.headers["x-ratelimit-resource"]), (2, "graphql"))
        example = """{ rateLimit { cost nodeCount } viewer { repositories(first: 100) { edges { node { issues(first: %d) { edges { node {
          labels(first: %d) { edges { node { name } } } } } } } } } } }"""
        self.assertEqual(client.graphql(example % (50, 60))[0]["rateLimit"], {"cost": 51, "nodeCount": 305_100})
        self.assertEqual(client.graphql(example % (100, 100))[1][0]["type"], "MAX_NODE_LIMIT_EXCEEDED")

    def test_aliases_variables_fragments_and_errors_with_a_path(self):
        hub, client = self.serve()
        number = hub.control.open_issue("octo/shop", author="ada-brandt0")
        query = """query Q($n: Int!, $with: Boolean = false) { r0: repository(owner: "octo", name: "shop") { good: issue(number: $n) { ...Row }
          bad: issue(number: 999999) { ...Row } } r1: repository(owner: "octo", name: "nowhere") { id } }
          fragment Row on Issue { number author { __typename login ... on User { databaseId } } title @include(if: $with) }"""
        data, errors, reply = client.graphql(query, n=number)
        author = {"__typename": "User", "login": "ada-brandt0", "databaseId": 1001}
        self.assertEqual(data["r0"], {"good": {"number": number, "author": author}, "bad": None})
        self.assertEqual([(error["type"], error["path"]) for error in errors], [("NOT_FOUND", ["r0", "bad"]), ("NOT_FOUND", ["r1"])])
        self.assertEqual((reply.status, data["r1"]), (200, None))

    def test_wrong_queries_are_refused_whole(self):
        _, client = self.serve()
        inside = 'repository(owner: "octo", name: "shop")'
        wrong = {f"{{ {inside} {{ stars }} }}": "undefinedField", f"{{ {inside} {{ issues(since: 1) {{ totalCount }} }} }}": "argumentNotAccepted",
                 f"{{ {inside} {{ issues(first: 1, states: OPENED) {{ totalCount }} }} }}": "argumentLiteralsIncompatible",
                 f"{{ {inside} {{ owner }} }}": "selectionMismatch", f"query($a: Int) {{ {inside} {{ id }} }}": "variableNotUsed",
                 f"{{ {inside} {{ defaultBranchRef {{ target {{ ... on User {{ id }} }} }} }} }}": "cannotSpreadFragment",
                 f"{{ {inside} {{ issue {{ id }} }} }}": "missingRequiredArguments"}
        for query, code in wrong.items():
            data, errors, reply = client.graphql(query)
            self.assertEqual((data, errors[0]["extensions"]["code"], reply.status), (None, code, 200), query)
        for argument, kind in (("first: 101", "EXCESSIVE_PAGINATION"), ("after: null", "MISSING_PAGINATION_BOUNDARIES")):
            _, errors, _ = client.graphql(f"{{ {inside} {{ issues({argument}) {{ nodes {{ id }} }} }} }}")
            self.assertEqual(errors[0]["type"], kind)
        self.assertIn("Parse error", client.graphql("{ repository(")[1][0]["message"])

    def test_people_who_are_gone_and_bots(self):
        hub, client = self.serve()
        number = hub.control.open_issue("octo/shop", author="bo-costa1")
        hub.control.push("octo/shop", author="bo-costa1")
        hub.control.delete_user("bo-costa1")
        data, _, _ = client.graphql("""query($n: Int!) { repository(owner: "octo", name: "shop") { issue(number: $n) { author { login } }
          defaultBranchRef { target { ... on Commit { author { email user { login } } } } } } }""", n=number)
        self.assertIsNone(data["repository"]["issue"]["author"])
        self.assertIsNone(data["repository"]["defaultBranchRef"]["target"]["author"]["user"])
        self.assertEqual(client.get(f"{SHOP}/issues/{number}").data["user"]["login"], "ghost")
        self.assertIsNone(client.get(f"{SHOP}/commits").data[0]["author"])
        bots = [row for row in client.walk("/repos/octo/shop/pulls?state=all") if row["user"]["type"] == "Bot"]
        data, _, _ = client.graphql("""query($n: Int!) { repository(owner: "octo", name: "shop") {
          pullRequest(number: $n) { author { __typename login } } } }""", n=bots[0]["number"])
        author = data["repository"]["pullRequest"]["author"]
        self.assertEqual((author["__typename"], author["login"] + "[bot]"), ("Bot", bots[0]["user"]["login"]))

    def test_both_words_for_a_limit_come_in_a_200(self):
        for word in ("RATE_LIMITED", "RATE_LIMIT"):
            hub, client = self.serve(graphql_type=word)
            hub.control.set_used("main", "graphql", 4999)
            self.assertIsNone(client.graphql("{ viewer { login } }")[1])
            data, errors, reply = client.graphql("{ viewer { login } }")
            self.assertEqual((data, errors[0]["type"], reply.status, reply.limit("remaining")), (None, word, 200, 0))

    def test_a_query_that_asks_too_much_fails_until_it_is_halved(self):
        hub, client = self.serve(graphql_max_nodes=30)
        query = 'query($n: Int) { repository(owner: "octo", name: "shop") { pullRequests(first: $n) { nodes { number } } } }'
        for kind, status in (("502", 502), ("504", 504), ("resource_limits", 200), ("null", 200)):
            hub.control.option(graphql_overload=kind)
            _, errors, reply = client.graphql(query, n=40)
            self.assertEqual((reply.status, bool(errors)), (status, True), kind)
        self.assertEqual(client.graphql(query, n=20)[1], None)
        self.assertGreater(hub.spent()["graphql"], 40)

    def test_one_item_may_be_broken_alone(self):
        hub, client = self.serve()
        first, second = hub.control.open_issue("octo/shop"), hub.control.open_issue("octo/shop")
        hub.control.break_item("octo/shop", first)
        data, errors, _ = client.graphql("""query($a: Int!, $b: Int!) { repository(owner: "octo", name: "shop") {
          a: issue(number: $a) { number } b: issue(number: $b) { number } } }""", a=first, b=second)
        self.assertEqual((data["repository"]["a"], data["repository"]["b"]["number"], errors[0]["path"]), (None, second, ["repository", "a"]))


class TransportTest(Own):
    """Group 10."""

    def faulty(self, kind, **more):
        self.hub.control.clear_faults()
        self.hub.control.fault(kind, route=COMMITS, **more)
        return self.one.get(f"{SHOP}/commits")

    def setUp(self):
        self.hub, self.one = self.serve()

    def test_bodies_that_are_wrong(self):
        for kind in ("truncated", "html", "empty", "invalid_utf8"):
            reply = self.faulty(kind)
            with self.subTest(kind), self.assertRaises(ValueError):
                self.assertEqual(reply.status, 200)
                json.loads(reply.body.decode())
        self.assertEqual(len(self.faulty("huge").body), 50_000_000)
        self.assertEqual(self.faulty("wrong_type").headers["content-type"], "application/octet-stream")
        true = self.one.get(f"{SHOP}/commits").data
        for kind, more in (("chunked", {}), ("late_body", {"seconds": 0.01}), ("delay", {"seconds": 0.01}),
                           ("drip", {"bytes": 20000, "pause": 0.001})):
            self.assertEqual(self.faulty(kind, **more).data, true, kind)
        self.assertEqual(len(self.faulty("duplicated_rows").data), 2 * len(true))

    def test_connections_that_break(self):
        for kind in ("short", "chunked_cut", "reset", "reset_mid", "drop", "gzip_cut", "bad_gzip"):
            with self.subTest(kind), self.assertRaises((http.client.HTTPException, OSError, EOFError, zlib.error)):
                self.faulty(kind)
            self.one.close()
        self.assertEqual(self.one.get(f"{SHOP}/commits").status, 200)

    def test_a_body_that_stalls_ends_with_the_reader(self):
        self.hub.control.fault("stall", route=COMMITS)
        self.one._line.timeout = 0.3
        with self.assertRaises(TimeoutError):
            self.one.get(f"{SHOP}/commits")

    def test_server_errors_come_as_json_and_as_pages(self):
        for kind, status in (("internal_error", 500), ("bad_gateway", 502), ("unavailable", 503), ("gateway_timeout", 504)):
            self.assertIn("message", self.faulty(kind).data)
            page = self.faulty(kind, html=True)
            self.assertEqual((page.status, page.headers["content-type"]), (status, "text/html; charset=utf-8"))

    def test_links_and_headers_that_lie(self):
        self.assertEqual(self.faulty("link_loop").links["next"], f"{self.hub.url}{SHOP}/commits?")
        self.assertFalse(self.faulty("link_stranger").links["next"].startswith(self.hub.root))
        self.assertEqual(set(self.faulty("no_last").links), {"next"})
        self.assertNotIn("x-ratelimit-limit", self.faulty("no_limit_headers").headers)
        self.assertEqual(self.faulty("headers", set={"X-RateLimit-Reset": "yesterday"}).headers["x-ratelimit-reset"], "yesterday")

    def test_faults_play_on_the_nth_call_of_their_route_only(self):
        self.hub.control.fault("bad_gateway", route="GET " + COMMITS, nth=2, times=2)
        self.assertEqual([self.one.get(f"{SHOP}/commits").status for _ in range(4)], [200, 502, 502, 200])
        self.assertEqual((self.one.get(SHOP).status, len(self.hub.requests(fault="bad_gateway"))), (200, 2))

    def test_an_answer_can_be_held_back_and_seen_before_it_is_sent(self):
        seen = []
        self.hub.listen(lambda entry: (seen.append((entry.route, entry.status)), self.hub.control.release_held()))
        self.assertEqual((self.faulty("hold").status, seen), (200, [(COMMITS, 200)]))

    def test_connections_are_kept_and_closed_when_asked(self):
        for _ in range(3):
            self.one.get(SHOP)
        self.assertEqual(self.hub.connections, 1)
        self.assertEqual(self.faulty("close").headers["connection"], "close")
        self.one.get(SHOP)
        self.assertEqual(self.hub.connections, 2)

    def test_gzip_when_accepted(self):
        with socket.create_connection(("127.0.0.1", int(self.hub.root.rsplit(":", 1)[1])), 5) as line:
            line.sendall(f"GET {SHOP}/commits HTTP/1.1\r\nHost: h\r\nUser-Agent: t\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode())
            head = line.recv(4000)
        self.assertIn(b"Content-Encoding: gzip", head)

    def test_tls_with_a_private_authority(self):
        hub = self.enterContext(Github(size="tiny", tls=True))
        self.assertEqual(self.client(hub, ca_file=hub.ca_file).get(SHOP).status, 200)
        with self.assertRaises(OSError):
            self.client(hub).get(SHOP)


if __name__ == "__main__":
    unittest.main()
