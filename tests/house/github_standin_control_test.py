#!/usr/bin/python3
"""The stand-in GitHub's control plane: changes while somebody reads, over HTTP too, random ones, and the program by itself."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

SUPPORT = Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))

from github_client import Client  # noqa: E402
from github_server import Github  # noqa: E402
from github_webhook import deliver, payload_of, sign  # noqa: E402
from process import http_get, run_command  # noqa: E402
from website import Site, reply  # noqa: E402

SHOP, EPOCH = "/repos/octo/shop", 1_780_000_000
COMMITS = "/repos/{owner}/{repo}/commits"


class ControlTest(unittest.TestCase):
    def serve(self, size="tiny", **options):
        hub = self.enterContext(Github(seed=1, size=size, frozen=True, epoch=EPOCH, **options))
        client = Client(hub)
        self.addCleanup(client.close)
        return hub, client

    def test_everything_is_possible_over_http(self):
        hub, client = self.serve()
        self.assertIn("push", client.get(hub.root + "/__control/").data)
        shas = client.control("push", repo="octo/shop", count=2)
        self.assertEqual(client.get(f"{SHOP}/commits").data[0]["sha"], shas[-1])
        self.assertEqual(client.control("counts"), [{"route": COMMITS, "status": 200, "credential": "main", "count": 1}])
        self.assertEqual(client.control("truth")["repos"]["octo/shop"]["head_sha"], shas[-1])
        self.assertEqual(client.control("close_issue", repo="octo/nowhere", number=1)["message"], "AssertionError: no repository octo/nowhere")

    def test_changes_are_seen_and_the_truth_follows(self):
        hub, client = self.serve()
        before = hub.truth().totals("octo/shop")
        late = hub.control.late_merge("octo/shop", commits=2, author="ada-brandt0")
        number = hub.control.open_issue("octo/shop")
        hub.control.close_issue("octo/shop", number, actor="bo-costa1", pull=late["number"])
        after = hub.truth().totals("octo/shop")
        wanted = {"commit": 2, "merge_commit": 1, "pr_merged": 1, "issue_resolved": 1, "issue_resolved_closing_pr_author": 1}
        self.assertEqual({kind: after[kind] - before[kind] for kind in wanted}, wanted)
        hub.control.reopen_issue("octo/shop", number)
        self.assertEqual(hub.truth().totals("octo/shop")["issue_resolved"], before["issue_resolved"])
        self.assertEqual(client.get(f"{SHOP}/issues/{number}").data["state_reason"], "reopened")
        run = client.get(f"{SHOP}/actions/runs?status=success").data["workflow_runs"][0]
        hub.control.rerun("octo/shop", run["id"])
        again = client.get(f"{SHOP}/actions/runs/{run['id']}").data
        self.assertEqual((again["run_attempt"], again["created_at"]), (run["run_attempt"] + 1, run["created_at"]))
        lost = hub.control.force_push("octo/shop", drop=1, push=1)
        self.assertIn(late["merge_sha"], lost)

    def test_two_hundred_random_changes_are_repeatable(self):
        told = []
        for _ in range(2):
            hub, _ = self.serve(size="small")
            done = hub.control.mutate(200, seed=5)
            told.append((json.dumps(done, default=str), json.dumps(hub.truth().as_json())))
        self.assertEqual(told[0], told[1])
        self.assertGreaterEqual(len({kind for kind, _, _ in done}), 15)

    def test_webhooks_are_signed_as_documented(self):
        hub, _ = self.serve()
        self.assertEqual(sign("It's a Secret to Everybody", b"Hello, World!"),
                         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
        with Site({"/hook": reply(202)}) as site:
            payload = payload_of(hub, "push", "octo/shop")
            self.assertEqual(deliver(site.url("/hook"), "secret", "push", payload).status, 202)
            deliver(site.url("/hook"), "secret", "push", payload, signature="")
            first, second = site.requests
        self.assertEqual(first.values("X-Hub-Signature-256"), [sign("secret", first.body)])
        self.assertEqual(second.values("X-Hub-Signature-256"), [])

    def test_the_program_prints_where_it_is(self):
        program = [sys.executable, SUPPORT / "github_server.py"]
        child = subprocess.Popen([*program, "--size", "tiny", "--option", "stats_delay=0"], stdout=subprocess.PIPE)
        try:
            told = json.loads(child.stdout.readline())
            answer = http_get(told["url"] + SHOP, {"Authorization": "token " + told["token"], "User-Agent": "t"})
            self.assertEqual((answer.status, json.loads(answer.text)["full_name"]), (200, "octo/shop"))
        finally:
            child.terminate()
            child.wait(10)
            child.stdout.close()
        self.assertIn("--seed", run_command([*program, "--help"]).stdout)


if __name__ == "__main__":
    unittest.main()
