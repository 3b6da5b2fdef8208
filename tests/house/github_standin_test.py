#!/usr/bin/python3
"""The stand-in GitHub behaves as GitHub documents: its data, lists, feeds, commits, caching and quotas. See github_standin_more_test.py."""

import json
import sys
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from github_client import Client  # noqa: E402
from github_data import describe, make_world  # noqa: E402
from github_model import from_iso  # noqa: E402
from github_server import Github  # noqa: E402
from github_truth import Truth  # noqa: E402

SHOP = "/repos/octo/shop"
EPOCH = 1_780_000_000
HISTORY = """query($after: String) { repository(owner: "octo", name: "shop") { defaultBranchRef { target { ... on Commit {
  history(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { oid authoredDate parents { totalCount } author { email user { databaseId } } } } } } } } }"""
PULLS = """query($after: String) { repository(owner: "octo", name: "shop") {
  pullRequests(first: 50, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) { pageInfo { hasNextPage endCursor }
    nodes { number mergedAt author { __typename ... on User { databaseId } }
      reviews(first: 100) { nodes { state author { __typename login ... on User { databaseId } } } } } } } }"""
ISSUES = """query($after: String) { repository(owner: "octo", name: "shop") {
  issues(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
    nodes { number state stateReason timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent {
      actor { __typename ... on User { databaseId } ... on Mannequin { databaseId } } } } } } } } }"""


def pages(client, query, path):
    """All nodes of a connection, by its cursors."""
    after, found = None, []
    while True:
        data, errors, _ = client.graphql(query, after=after)
        assert errors is None, errors
        for name in path:
            data = data[name]
        found += data["nodes"]
        after = data["pageInfo"]["endCursor"]
        if not data["pageInfo"]["hasNextPage"]:
            return found


class DataTest(unittest.TestCase):
    def test_the_full_world_is_as_large_as_promised_and_the_small_one_a_tenth(self):
        full, small = (describe(make_world(1, size, EPOCH)) for size in ("full", "small"))
        shop = full["octo/shop"]
        self.assertTrue(shop["commits"] >= 10_000 and shop["pulls"] >= 2_000 and shop["issues"] >= 5_000, shop)
        self.assertGreaterEqual(len(full), 5)
        self.assertLessEqual(small["octo/shop"]["commits"], 1_010)

    def test_the_same_seed_makes_the_same_world_and_another_seed_another(self):
        texts = [json.dumps(Truth(make_world(seed, "tiny", EPOCH), EPOCH).as_json(True)) for seed in (1, 1, 2)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])

    def test_many_people_did_more_than_a_page_and_every_special_case_is_there(self):
        world = make_world(1, "full", EPOCH)
        truth, shop = Truth(world, EPOCH), world.repo_of_name("octo/shop")[0]
        people = [row for row in truth.developers("octo/shop").values() if row["commit"]["all"] > 30 and row["pr_opened"]["all"] != 30]
        self.assertGreaterEqual(len(people), 50)
        reviews = [review for pull in shop.pulls() for review in pull.reviews]
        self.assertLess(50, max(len(pull.reviews) for pull in shop.pulls()))
        self.assertTrue(any(review.state == "PENDING" for review in reviews))
        self.assertTrue(any(row["self_review"]["all"] for row in truth.developers("octo/shop").values()))
        self.assertTrue(any(issue.reason == "reopened" for issue in shop.issues()))
        self.assertTrue(any(issue.closed_by and issue.closed_by.type == "Bot" for issue in shop.issues()))
        self.assertLess(100, max(Counter(issue.updated for issue in shop.issues()).values()))  # more than a page at one moment
        self.assertTrue(all(item.id > 2**31 for item in shop.items.values()))
        line = {sha: place for place, sha in enumerate(shop.git.log(shop.head))}
        late = [pull for pull in shop.pulls() if pull.head.startswith("old/")]
        self.assertLess(8, sum(line[pull.commits[0]] - line[pull.merge_sha] > 200 for pull in late))


class Served(unittest.TestCase):
    """Tests that read one small server."""

    options = {}

    @classmethod
    def setUpClass(cls):
        cls.hub = cls.enterClassContext(Github(seed=3, size="small", **cls.options))
        cls.client = Client(cls.hub)
        cls.addClassCleanup(cls.client.close)

    def tearDown(self):
        self.hub.control.clear_faults()
        self.hub.control.clear_hooks()


class TruthTest(Served):
    """Reading everything as a client should gives exactly the truth."""

    def expect(self, kind, counts):
        rows = self.hub.truth().developers("octo/shop")
        wanted = {user: row[kind]["all"] for user, row in rows.items() if row[kind]["all"] and not row["deleted"]}
        self.assertEqual(dict(counts), wanted, kind)

    def test_commits(self):
        rows = pages(self.client, HISTORY, ("repository", "defaultBranchRef", "target", "history"))
        people = [row["author"]["user"]["databaseId"] for row in rows if row["parents"]["totalCount"] <= 1 and row["author"]["user"]]
        self.expect("commit", Counter(people))

    def test_pull_requests_and_reviews(self):
        rows = pages(self.client, PULLS, ("repository", "pullRequests"))
        alive = [row for row in rows if row["author"] and row["author"]["__typename"] == "User"]
        self.expect("pr_opened", Counter(row["author"]["databaseId"] for row in alive))
        self.expect("pr_merged", Counter(row["author"]["databaseId"] for row in alive if row["mergedAt"]))
        reviews = Counter(review["author"]["databaseId"] for row in rows for review in row["reviews"]["nodes"]
                          if review["author"] and review["author"]["__typename"] == "User" and review["state"] != "PENDING"
                          and review["author"].get("databaseId") != (row["author"] or {}).get("databaseId"))
        self.expect("review", reviews)

    def test_resolved_issues(self):
        rows = pages(self.client, ISSUES, ("repository", "issues"))
        closers = [row["timelineItems"]["nodes"][0]["actor"] for row in rows if row["state"] == "CLOSED" and row["stateReason"] == "COMPLETED"]
        self.expect("issue_resolved", Counter(actor["databaseId"] for actor in closers if actor and actor["__typename"] != "Bot"))

    def test_all_of_it_after_two_hundred_random_changes(self):
        self.hub.control.mutate(200, seed=9)
        self.test_commits()
        self.test_pull_requests_and_reviews()
        self.test_resolved_issues()


class ListTest(Served):
    """Group 1."""

    def test_pages_have_30_rows_and_at_most_100(self):
        for asked, got in (("", 30), ("&per_page=7", 7), ("&per_page=500", 100), ("&per_page=0", 30)):
            self.assertEqual(len(self.client.get(f"{SHOP}/commits?sha=main{asked}").data), got, asked)

    def test_links_lead_everywhere_by_repository_id(self):
        reply = self.client.get(f"{SHOP}/pulls?state=all&per_page=50&page=2")
        identity = self.client.get(SHOP).data["id"]
        self.assertEqual(set(reply.links), {"prev", "next", "last", "first"})
        self.assertEqual(reply.links["next"], f"{self.hub.url}/repositories/{identity}/pulls?state=all&per_page=50&page=3")
        self.assertEqual(self.client.get(reply.links["next"]).status, 200)
        self.assertEqual(set(self.client.get(reply.links["last"]).links), {"prev", "first"})

    def test_one_page_has_no_link_and_an_option_omits_last(self):
        self.assertNotIn("link", self.client.get("/orgs/octo/repos?per_page=100").headers)
        self.hub.control.option(omit_last=True)
        self.addCleanup(self.hub.control.option, omit_last=False)
        self.assertEqual(set(self.client.get(f"{SHOP}/commits").links), {"next"})

    def test_both_bases_answer_in_their_own_names(self):
        client = Client(self.hub, base=self.hub.enterprise_url)
        self.addCleanup(client.close)
        self.assertTrue(client.get(f"{SHOP}/commits").links["next"].startswith(self.hub.root + "/api/v3/repositories/"))

    def test_following_next_reads_everything_once(self):
        shas = [row["sha"] for row in self.client.walk(f"{SHOP}/commits?per_page=100")]
        self.assertEqual((len(shas), len(set(shas))), (self.hub.truth().as_json()["repos"]["octo/shop"]["commits"],) * 2)


class FeedTest(Served):
    """Group 2."""

    feed = SHOP + "/issues?state=all&sort=updated&direction=asc&per_page=100"

    def test_issues_and_pull_requests_come_mixed_and_in_order(self):
        rows = self.client.walk(self.feed)
        self.assertEqual([row["updated_at"] for row in rows], sorted(row["updated_at"] for row in rows))
        merged = sum(bool(row.get("pull_request", {}).get("merged_at")) for row in rows)
        self.assertEqual(merged, self.hub.truth().as_json()["repos"]["octo/shop"]["pulls"]["merged"])
        self.assertTrue(all("closed_by" not in row for row in rows))

    def test_since_includes_its_second(self):
        moment = self.client.get(self.feed).data[50]["updated_at"]
        rows = self.client.get(f"{self.feed}&since={moment}").data
        self.assertEqual(rows[0]["updated_at"], moment)

    def test_beyond_the_depth_only_cursors_lead_on(self):
        self.hub.control.option(issues_depth=200)
        self.addCleanup(self.hub.control.option, issues_depth=1000)
        first = self.client.get(self.feed)
        self.assertEqual(set(first.links), {"next"})
        self.assertIn("after=", first.links["next"])
        refusal = self.client.get(self.feed + "&page=3")
        self.assertEqual((refusal.status, "Pagination with the page parameter" in refusal.data["message"]), (422, True))
        numbers = [row["number"] for row in self.client.walk(self.feed)]
        self.assertEqual(len(set(numbers)), len(self.hub.world.repo_of_name("octo/shop")[0].items))

    def test_an_item_that_moves_between_two_pages_shifts_a_walk_by_page(self):
        number = self.client.get(self.feed).data[3]["number"]
        expected = self.client.get(self.feed + "&page=2").data[0]["number"]
        self.hub.control.hook("/repos/{owner}/{repo}/issues", "touch_issue", repo="octo/shop", number=number)
        self.client.get(self.feed)
        self.assertNotEqual(self.client.get(self.feed + "&page=2").data[0]["number"], expected)

    def test_disabled_issues_are_gone(self):
        self.assertEqual(self.client.get("/repos/octo/site/issues").status, 410)


class CommitTest(Served):
    """Group 3."""

    def test_pulls_ignore_since(self):
        path = f"{SHOP}/pulls?state=all&sort=updated&direction=asc"
        self.assertEqual(self.client.get(path + "&since=2099-01-01T00:00:00Z").data, self.client.get(path).data)

    def test_since_and_until_look_at_the_committer_date(self):
        world = self.hub.world
        repo = world.repo_of_name("octo/shop")[0]
        late = next(pull for pull in repo.pulls() if pull.head.startswith("old/") and pull.merged)
        since = repo.git.commits[late.commits[-1]].committed + 1
        from github_model import iso

        shas = {row["sha"] for row in self.client.walk(f"{SHOP}/commits?per_page=100&since={iso(since)}")}
        self.assertIn(late.merge_sha, shas)
        self.assertNotIn(late.commits[-1], shas)
        rows = self.client.get(f"{SHOP}/commits?per_page=100&until={iso(since)}").data
        self.assertTrue(all(from_iso(row["commit"]["committer"]["date"]) <= since for row in rows))

    def test_author_is_a_login_or_an_address(self):
        login, email = "chen-dvorak2", "chen.private@mail.test"
        by_login = self.client.walk(f"{SHOP}/commits?per_page=100&author={login}")
        by_email = self.client.walk(f"{SHOP}/commits?per_page=100&author={email}")
        self.assertTrue(0 < len(by_email) < len(by_login))
        self.assertEqual({row["author"]["login"] for row in by_login}, {login})

    def test_an_empty_repository_is_a_conflict(self):
        reply = self.client.get("/repos/octo/empty/commits")
        self.assertEqual((reply.status, reply.data["message"]), (409, "Git Repository is empty."))

    def test_compare_knows_all_four_relations(self):
        control = self.hub.control
        old = self.client.get(f"{SHOP}/commits/main", Accept="application/vnd.github.sha").body.decode()
        new = control.push("octo/shop", 120)
        page = self.client.get(f"{SHOP}/compare/{old}...{new[-1]}?per_page=100")
        self.assertEqual((page.data["status"], page.data["ahead_by"], page.data["total_commits"]), ("ahead", 120, 120))
        shas = [row["sha"] for row in self.client.walk(f"{SHOP}/compare/{old}...main?per_page=100", lambda data: data["commits"])]
        self.assertEqual(shas, new)
        self.assertNotIn("files", self.client.get(page.links["next"]).data)
        lost = control.force_push("octo/shop", drop=2, push=3)
        page = self.client.get(f"{SHOP}/compare/{new[-1]}...main").data
        self.assertEqual((page["status"], page["ahead_by"], page["behind_by"]), ("diverged", 3, len(lost)))
        back = self.client.get(f"{SHOP}/compare/main...{new[-1]}").data
        self.assertEqual([row["sha"] for row in back["commits"]], new[-2:])
        self.assertEqual(self.client.get(f"{SHOP}/compare/main...{old}").data["status"], "behind")
        self.assertEqual(self.client.get(f"{SHOP}/compare/main...main").data["status"], "identical")
        control.forget_unreachable("octo/shop")
        self.assertEqual(self.client.get(f"{SHOP}/compare/{new[-1]}...main").status, 404)


class CacheTest(Served):
    """Group 4."""

    def test_a_known_page_is_304_without_body_and_free(self):
        before = self.client.get(f"{SHOP}/issues?state=all")
        again = self.client.get(f"{SHOP}/issues?state=all", If_None_Match=before.headers["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(again.limit("remaining"), before.limit("remaining"))
        self.assertIn("Authorization", again.headers["vary"])
        self.hub.control.touch_issue("octo/shop", before.data[0]["number"])
        self.assertEqual(self.client.get(f"{SHOP}/issues?state=all", If_None_Match=before.headers["etag"]).status, 200)

    def test_tags_are_weak_and_differ_by_token_page_and_accept(self):
        other = Client(self.hub, self.hub.control.add_token("second"))
        self.addCleanup(other.close)
        path = f"{SHOP}/commits?per_page=5"
        tags = [self.client.get(path), other.get(path), self.client.get(path + "&page=2"), self.client.get(path, Accept="application/json")]
        self.assertEqual(len({reply.headers["etag"] for reply in tags}), 4)
        self.assertTrue(all(reply.headers["etag"].startswith('W/"') for reply in tags))
        self.assertEqual(other.get(path, If_None_Match=tags[0].headers["etag"]).status, 200)

    def test_some_routes_have_last_modified(self):
        moment = self.client.get(SHOP).headers["last-modified"]
        self.assertEqual(self.client.get(SHOP, If_Modified_Since=moment).status, 304)
        self.assertNotIn("last-modified", self.client.get(f"{SHOP}/commits").headers)

    def test_an_anonymous_304_costs(self):
        client = Client(self.hub, None)
        self.addCleanup(client.close)
        before = client.get(SHOP)
        again = client.get(SHOP, If_None_Match=before.headers["etag"])
        self.assertEqual((again.status, again.limit("limit"), before.limit("remaining") - again.limit("remaining")), (304, 60, 1))


class LimitTest(unittest.TestCase):
    """Group 5."""

    def serve(self, **options):
        hub = self.enterContext(Github(seed=1, size="tiny", frozen=True, epoch=EPOCH, **options))
        client = Client(hub)
        self.addCleanup(client.close)
        return hub, client

    def test_every_resource_has_its_own_quota_and_rate_limit_is_free(self):
        _, client = self.serve()
        client.get(SHOP)
        client.get("/search/issues?q=repo:octo/shop")
        client.graphql("{ viewer { login } }")
        page = client.get("/rate_limit").data
        used = {name: page["resources"][name]["used"] for name in ("core", "search", "graphql")}
        self.assertEqual((used, page["rate"]["limit"]), ({"core": 1, "search": 1, "graphql": 1}, 5000))
        self.assertNotIn("rate", client.get("/rate_limit", X_GitHub_Api_Version="2026-03-10").data)

    def test_over_the_quota_is_403_or_429_until_the_window_ends(self):
        for status in (403, 429):
            hub, client = self.serve(refusal_status=status)
            hub.control.set_used("main", "core", 4999)
            self.assertEqual(client.get(SHOP).limit("remaining"), 0)
            refused = client.get(SHOP)
            self.assertEqual((refused.status, refused.limit("remaining"), refused.limit("reset")), (status, 0, EPOCH + 3600))
            self.assertIn("API rate limit exceeded", refused.data["message"])
            client.get(SHOP)
            self.assertEqual([row["why"] for row in hub.control.early()], ["primary core"])
            self.assertIsNone(client.graphql("{ viewer { login } }")[1])
            hub.control.advance(3601)
            self.assertEqual(client.get(SHOP).status, 200)

    def test_an_hour_can_be_made_of_seconds(self):
        hub, client = self.serve(hour=5)
        self.assertEqual(client.get(SHOP).limit("reset"), EPOCH + 5)
        hub.control.advance(5)
        self.assertEqual(client.get(SHOP).limit("used"), 1)

    def test_a_burst_is_told_to_wait_and_asking_early_is_recorded(self):
        hub, client = self.serve(rest_points=10, retry_after=30, secondary_status=429)
        for _ in range(10):
            self.assertEqual(client.get(SHOP).status, 200)
        refused = client.get(SHOP)
        self.assertEqual((refused.status, refused.headers["retry-after"]), (429, "30"))
        self.assertIn("secondary rate limit", refused.data["message"])
        self.assertEqual(client.get(SHOP).status, 429)
        self.assertEqual(len(hub.control.early()), 1)
        hub.control.advance(61)
        self.assertEqual((client.get(SHOP).status, len(hub.control.early())), (200, 1))

    def test_too_many_at_once_are_refused(self):
        from threading import Thread

        from process import wait_until

        hub, client = self.serve(concurrent=1)
        hub.control.fault("silence", route=SHOP, seconds=20)
        other = Client(hub)
        waiting = Thread(target=lambda: self.assertRaises(OSError, other.get, SHOP), daemon=True)
        waiting.start()
        wait_until(lambda: hub.requests(fault="silence"), what="the first request to be held")
        self.assertEqual(client.get(SHOP + "/commits").status, 403)
        hub.__exit__()
        waiting.join(10)

    def test_one_variant_has_nothing_but_the_words(self):
        hub, client = self.serve()
        hub.control.fault("secondary_limit", retry_after=None, status=403)
        refused = client.get(SHOP)
        self.assertEqual((refused.status, "retry-after" in refused.headers, "secondary" in refused.data["message"]), (403, False, True))

    def test_an_enterprise_server_may_have_no_limits(self):
        _, client = self.serve(ghes="3.19.1")
        reply = client.get(SHOP)
        self.assertEqual((reply.status, reply.headers["x-github-enterprise-version"]), (200, "3.19.1"))
        self.assertFalse([name for name in reply.headers if name.startswith("x-ratelimit")])
        self.assertEqual(client.get("/rate_limit").status, 404)
        self.assertEqual(client.graphql("{ rateLimit { remaining } }")[:2], ({"rateLimit": None}, None))


if __name__ == "__main__":
    unittest.main()
